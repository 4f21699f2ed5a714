"""A claim in an 837P: loop 2300 with its providers (2310), other payers (2320) and lines (2400)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from operator import itemgetter
from typing import Final

from claimloom.x12.writing.line import service_line
from claimloom.x12.writing.other_payers import other_payer
from claimloom.x12.writing.page import TextPage, others
from claimloom.x12.writing.segments import attachments, note, provider, rendering
from schemas.claim import Claim, LineAdjudication, OtherPayer

DIAGNOSIS: Final = re.compile(r"[A-Z]\d[0-9A-Z]{1,5}", re.ASCII)
DELAYS: Final = frozenset("1 2 3 4 5 6 7 8 9 10 11 15".split())
PROGRAMS: Final = frozenset("02 03 05 09".split())
CAUSES: Final = frozenset(("AA", "EM", "OA"))
CLAIM_NOTES: Final = frozenset("ADD CER DCP DGN TPO".split())
PARTS: Final = others(
    Claim,
    *("claim_id", "version", "discipline", "units", "patient_control_number", "total_charge_cents", "lines"),
    *("billing_provider", "rendering", "referring", "patient", "responsibility", "coverage", "diagnoses"),
    *("place_of_service", "frequency_code", "assignment_code", "benefits_assignment", "release_of_information"),
    "authorization_number",
)
CODES: Final = itemgetter(
    *("place_of_service", "frequency_code", "assignment_code", "benefits_assignment", "release_of_information")
)
"""What CLM05 to CLM09 of a claim without special parts are made of."""


def claim_information(page: TextPage, claim: Claim) -> None:
    """Loop 2300 to its last line."""
    page.loop = "2300"
    # Most claims have none of some thirty parts: asked once for all of them, not once for each.
    plain = not any(PARTS(vars(claim)))
    _clm(page, claim, plain)
    if plain:
        page.reference("G1", claim.authorization_number)
    else:
        _parts(page, claim)
    _diagnoses(page, claim.diagnoses)
    _providers(page, claim)
    if claim.other_payers:
        _lines_with_other_payers(page, claim)
    else:
        for line in claim.lines:
            service_line(page, claim, line, ())
    page.line = 0


def _parts(page: TextPage, claim: Claim) -> None:
    """What stands between CLM and HI."""
    _dates(page, claim)
    attachments(page, claim.attachments)
    if claim.patient_paid_cents:
        page.add("AMT", "F5", page.money(claim.patient_paid_cents, "AMT", "02"))
    page.reference("4N", claim.service_authorization_exception)
    page.reference("9F", claim.referral_number)
    page.reference("G1", claim.authorization_number)
    page.reference("F8", claim.payer_claim_control_number)
    page.reference("X4", claim.clia_number)
    page.reference("D9", claim.clearinghouse_claim_number)
    page.reference("EA", claim.medical_record_number)
    for said in claim.file_information:
        page.add("K3", page.text(said, "K3", "01", 80))
    if claim.note:
        note(page, claim.note, CLAIM_NOTES)


def _lines_with_other_payers(page: TextPage, claim: Claim) -> None:
    """Loops 2320, and 2400 with what each payer said of the line."""
    for other in claim.other_payers:
        other_payer(page, claim, other)
    adjudications: dict[int, list[tuple[OtherPayer, LineAdjudication]]] = {}
    for other in claim.other_payers:
        for each in other.lines:
            adjudications.setdefault(each.line_number, []).append((other, each))
    for line in claim.lines:
        service_line(page, claim, line, adjudications.get(line.line_number, ()))


def _clm(page: TextPage, claim: Claim, plain: bool) -> None:
    """CLM; from its fifth element on, most claims of a batch say one of a few things."""
    number = page.code(claim.patient_control_number, "CLM", "01", 38)
    total = page.money(claim.total_charge_cents, "CLM", "02")
    mark = page.separator
    key = ("CLM", *CODES(vars(claim)))
    rest = page.known.get(key) if plain else None
    if rest is None:
        faults = len(page.findings)
        rest = _from_place(page, claim)
        if plain and len(page.findings) == faults:
            page.known[key] = rest
    page.lines.append(f"CLM{mark}{number}{mark}{total}{mark}{mark}{mark}{rest}{page.end}")


def _from_place(page: TextPage, claim: Claim) -> str:
    """CLM05 to CLM20."""
    place = page.coded(claim.place_of_service, "pos", "CLM", "05-1")
    kind = page.listed(claim.frequency_code, ("1", "7", "8"), "CLM", "05-3")
    assigned = page.listed(claim.assignment_code, "ABC", "CLM", "07")
    benefits = page.listed(claim.benefits_assignment, "YNW", "CLM", "08")
    release = page.listed(claim.release_of_information, "YI", "CLM", "09")
    related = ""
    if claim.accident:
        causes = [page.listed(cause, CAUSES, "CLM", "11-1") for cause in claim.accident.related]
        state = claim.accident.state
        if state:
            state = page.coded(state, "states", "CLM", "11-4")
        related = page.composite(*[*causes, "", ""][:2], "", state)
    program, delay = claim.special_program_code, claim.delay_reason_code
    program = page.listed(program, PROGRAMS, "CLM", "12") if program else ""
    delay = page.listed(delay, DELAYS, "CLM", "20") if delay else ""
    head = (page.component.join((place, "B", kind)), "Y", assigned, benefits, release, "")
    return page.separator.join((*head, related, program, *("",) * 7, delay)).rstrip(page.separator)


def _dates(page: TextPage, claim: Claim) -> None:
    given: tuple[tuple[str, date | None], ...] = (
        ("431", claim.onset_date),
        ("454", claim.initial_treatment_date),
        ("304", claim.last_seen_date),
        ("453", claim.acute_manifestation_date),
        ("439", claim.accident.accident_date if claim.accident else None),
    )
    for qualifier, day in given:
        if day is not None:
            page.on(qualifier, day)
    if claim.disability_from and claim.disability_to:
        page.between("314", claim.disability_from, claim.disability_to)
    elif claim.disability_from:
        page.on("360", claim.disability_from)
    elif claim.disability_to:
        page.on("361", claim.disability_to)
    given = (
        ("297", claim.last_worked_date),
        ("296", claim.return_to_work_date),
        ("435", claim.admission_date),
        ("096", claim.discharge_date),
        ("444", claim.first_contact_date),
    )
    for qualifier, day in given:
        if day is not None:
            page.on(qualifier, day)


def _diagnoses(page: TextPage, codes: Sequence[str]) -> None:
    """HI."""
    key = ("HI", *codes)
    if page.again(key):
        return
    start, faults = len(page.lines), len(page.findings)
    principal, other = f"ABK{page.component}", f"ABF{page.component}"
    elements = [
        (other if place > 1 else principal)
        + page.matching(code, DIAGNOSIS, "HI", f"{place:02d}-2", "an ICD-10-CM code without its dot")
        for place, code in enumerate(codes, start=1)
    ]
    page.add("HI", *elements)
    page.keep(key, start, faults)


def _providers(page: TextPage, claim: Claim) -> None:
    """Loops 2310A to D."""
    referring, therapist = claim.referring, claim.rendering
    if referring:
        page.loop = "2310A"
        provider(page, "DN", referring)
    if therapist.npi != claim.billing_provider.npi:
        page.loop = "2310B"
        rendering(page, therapist)
    if claim.service_facility_address:
        page.loop = "2310C"
        page.organisation("77", claim.service_facility_name)
        page.address(claim.service_facility_address)
    if claim.supervising:
        page.loop = "2310D"
        provider(page, "DQ", claim.supervising)
