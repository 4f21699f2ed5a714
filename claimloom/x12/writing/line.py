"""A service line in an 837P: loop 2400 with its drug (2410), providers (2420) and adjudications (2430)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from operator import itemgetter
from typing import Any, Final

from claimloom.x12.writing.other_payers import line_adjudication
from claimloom.x12.writing.page import DIGITS, TextPage, others
from claimloom.x12.writing.segments import attachments, note, procedure, provider, rendering
from schemas.claim import Claim, ClaimLine, Drug, LineAdjudication, OtherPayer

LINE_NOTES: Final = frozenset("ADD DCP TPO".split())
NATIONAL_CODE: Final = re.compile(r"\d{11}", re.ASCII)
UNITS: Final = frozenset("F2 GR ME ML UN".split())
SERVICE: Final = itemgetter(
    *("procedure_code", "modifiers", "charge_cents", "units", "diagnosis_pointers", "description")
)
PARTS: Final = others(
    ClaimLine,
    *("line_number", "line_control_number", "procedure_code", "modifiers", "charge_cents", "units"),
    *("diagnosis_pointers", "date_of_service"),
)


def service_line(
    page: TextPage, claim: Claim, line: ClaimLine, adjudications: Sequence[tuple[OtherPayer, LineAdjudication]]
) -> None:
    """All of one line; what is as the claim says is left out."""
    page.loop = "2400"
    mark, end = page.separator, page.end
    fields = vars(line)
    page.line = fields["line_number"]
    page.lines.append(f"LX{mark}{fields['line_number']}{end}")
    if adjudications or any(PARTS(fields)):
        _special(page, claim, line)
        page.loop = "2430"
        for other, each in adjudications:
            line_adjudication(page, other, each)
        return
    # Nearly every line is these four segments and no more.
    _service(page, fields)
    day = page.day(fields["date_of_service"], "DTP", "03")
    number = page.code(fields["line_control_number"], "REF", "02", 30)
    page.lines.append(f"DTP{mark}472{mark}D8{mark}{day}{end}REF{mark}6R{mark}{number}{end}")


def _special(page: TextPage, claim: Claim, line: ClaimLine) -> None:
    """All of a line that says more, but for its LX and what other payers did."""
    place = "" if line.place_of_service == claim.place_of_service else line.place_of_service
    _service(page, vars(line), place, line.emergency)
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


def _drug(page: TextPage, drug: Drug) -> None:
    code = page.matching(drug.national_code, NATIONAL_CODE, "LIN", "03", "a drug code of 11 digits")
    page.add("LIN", "", "N4", code)
    quantity = page.quantity(drug.quantity, "CTP", "04")
    page.add("CTP", "", "", "", quantity, page.listed(drug.unit, UNITS, "CTP", "05-1"))
    page.reference("XZ", drug.prescription_number)


def _providers(page: TextPage, claim: Claim, line: ClaimLine) -> None:
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


def _service(page: TextPage, fields: dict[str, Any], place: str = "", emergency: bool = False) -> None:
    """SV1; lines of a batch are the same few services over and over."""
    code, modifiers, charge, units, pointers, description = SERVICE(fields)
    key = ("SV1", code, *modifiers, charge, units, *pointers, place, emergency, description)
    if page.again(key):
        return
    start, faults = len(page.lines), len(page.findings)
    composite = procedure(page, code, modifiers, "SV1", description)
    amount = page.money(charge, "SV1", "02")
    count = page.matching(str(units), DIGITS, "SV1", "04", "a count of units")
    place = page.coded(place, "pos", "SV1", "05") if place else ""
    diagnoses = page.component.join(map(str, pointers))
    page.add("SV1", composite, amount, "UN", count, place, "", diagnoses, "", "Y" if emergency else "")
    page.keep(key, start, faults)
