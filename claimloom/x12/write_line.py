"""A service line in an 837P: loop 2400 with its drug (2410), providers (2420) and adjudications (2430)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from claimloom.x12.write_cob import line_adjudication
from claimloom.x12.write_page import DIGITS, Page
from claimloom.x12.write_segments import attachments, note, procedure, provider, rendering
from schemas.claim import Claim, ClaimLine, Drug, LineAdjudication, OtherPayer

LINE_NOTES: Final = frozenset("ADD DCP TPO".split())
NATIONAL_CODE: Final = re.compile(r"\d{11}", re.ASCII)
UNITS: Final = frozenset("F2 GR ME ML UN".split())


def service_line(
    page: Page, claim: Claim, line: ClaimLine, adjudications: Sequence[tuple[OtherPayer, LineAdjudication]]
) -> None:
    """All of one line; what is as the claim says is left out."""
    page.loop = "2400"
    page.add("LX", str(line.line_number))
    _service(page, line, claim.place_of_service)
    if line.attachments:
        attachments(page, line.attachments)
    if line.date_of_service_to and line.date_of_service_to != line.date_of_service:
        page.between("472", line.date_of_service, line.date_of_service_to)
    else:
        page.on("472", line.date_of_service)
    if line.last_seen_date and line.last_seen_date != claim.last_seen_date:
        page.on("304", line.last_seen_date)
    if line.initial_treatment_date and line.initial_treatment_date != claim.initial_treatment_date:
        page.on("454", line.initial_treatment_date)
    if line.authorization_number != claim.authorization_number:
        page.reference("G1", line.authorization_number)
    page.add("REF", "6R", page.code(line.line_control_number, "REF", "02", 30))
    if line.referral_number != claim.referral_number:
        page.reference("9F", line.referral_number)
    for said in line.notes:
        note(page, said, LINE_NOTES)
    if line.drug:
        page.loop = "2410"
        _drug(page, line.drug)
    _providers(page, claim, line)
    page.loop = "2430"
    for other, each in adjudications:
        line_adjudication(page, other, each)


def _drug(page: Page, drug: Drug) -> None:
    code = page.matching(drug.national_code, NATIONAL_CODE, "LIN", "03", "a drug code of 11 digits")
    page.add("LIN", "", "N4", code)
    quantity = page.quantity(drug.quantity, "CTP", "04")
    page.add("CTP", "", "", "", quantity, page.listed(drug.unit, UNITS, "CTP", "05-1"))
    page.reference("XZ", drug.prescription_number)


def _providers(page: Page, claim: Claim, line: ClaimLine) -> None:
    """Loops 2420A, D, E and F."""
    if not (line.rendering or line.supervising or line.ordering or line.referring):
        return
    if line.rendering and line.rendering.npi != claim.rendering.npi:
        page.loop = "2420A"
        rendering(page, line.rendering)
    for loop, entity, who in (
        ("2420D", "DQ", line.supervising if line.supervising != claim.supervising else None),
        ("2420E", "DK", line.ordering),
        ("2420F", "DN", line.referring if line.referring != claim.referring else None),
    ):
        if who:
            page.loop = loop
            provider(page, entity, who)


def _service(page: Page, line: ClaimLine, claim_place: str) -> None:
    key = ("SV1", line.procedure_code, *line.modifiers, line.charge_cents, line.units, *line.diagnosis_pointers)
    usual = not (line.description or line.place_of_service or line.emergency)
    if usual and page.again(key):
        return
    start, faults = len(page.lines), len(page.findings)
    composite = procedure(page, line.procedure_code, line.modifiers, "SV1", line.description)
    charge = page.money(line.charge_cents, "SV1", "02")
    pointers = page.component.join(map(str, line.diagnosis_pointers))
    units = str(line.units)
    if not DIGITS.fullmatch(units):
        page.matching(units, DIGITS, "SV1", "04", "a count of units")
    place = "" if line.place_of_service == claim_place else line.place_of_service
    place = page.coded(place, "pos", "SV1", "05") if place else ""
    page.add("SV1", composite, charge, "UN", units, place, "", pointers, "", "Y" if line.emergency else "")
    if usual:
        page.keep(key, start, faults)
