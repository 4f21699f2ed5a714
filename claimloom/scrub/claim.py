"""CLM and CLI: the claim as a whole."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Final

from claimloom.reference import rows
from claimloom.reference.apart import of_a_part
from claimloom.scrub.case import Case
from claimloom.scrub.procedure import MOST_MODIFIERS
from claimloom.scrub.rules import Hit, MissingInputError, rule
from schemas.money import usd
from schemas.values import PayerClass
from schemas.words import counted

MOST_POINTERS: Final = 4
UNLISTED: Final = frozenset({"97039", "97139", "97799"})
CAUSES: Final = {"WC": "EM", "AM": "AA"}
"""CLM11 by SBR09: employment, auto accident. Liability insurance (LM) pays for any cause."""
VOID: Final = "8"
REPLACES: Final = ("7", VOID)
CONTROL_NUMBER: Final = re.compile(r"[A-Z0-9-]{1,20}")


@cache
def _places() -> frozenset[str]:
    return frozenset(row["pos"] for row in rows("pos_codes"))


@rule("CLM-001")
def control_number(case: Case) -> Iterator[Hit]:
    """CLM01 as every receiver can give it back: 20 characters."""
    number = case.claim.patient_control_number
    if not CONTROL_NUMBER.fullmatch(number):
        yield Hit("2300/CLM01", "", ("use 1 to 20 capital letters, digits and dashes",), value=number)


@rule("CLM-002")
def charges_add_up(case: Case) -> Iterator[Hit]:
    """CLM02 is the sum of SV102, to the cent."""
    total = sum(line.charge_cents for line in case.claim.lines)
    difference = case.claim.total_charge_cents - total
    if difference:
        detail = f"the claim says {usd(case.claim.total_charge_cents)}, its lines {usd(total)}"
        yield Hit("2300/CLM02", detail, ("correct the line charges or the total",), value=str(difference))


@rule("CLM-003", after=("CLM-002",))
def charge_above_zero(case: Case) -> Iterator[Hit]:
    """A claim for nothing is refused; one line for nothing is legal."""
    if case.claim.total_charge_cents <= 0:
        yield Hit("2300/CLM02", "", ("correct clinic.fees_cents",), value=str(case.claim.total_charge_cents))
    for line in case.claim.lines:
        if line.charge_cents < 0:
            fix = f"correct clinic.fees_cents.{line.procedure_code}"
            yield Hit("2400/SV102", "", (fix,), line, str(line.charge_cents))


@rule("CLM-004")
def place_of_service(case: Case) -> Iterator[Hit]:
    """CMS place-of-service codes."""
    if case.claim.place_of_service not in _places():
        place = case.claim.place_of_service
        yield Hit("2300/CLM05-1", place, ("set place_of_service: 11 office, 12 home, 10 telehealth",), value=place)


@rule("CLM-006")
def replacement_names_its_original(case: Case) -> Iterator[Hit]:
    """Frequency 7 and 8 need the payer's number of what they replace."""
    if case.claim.frequency_code in REPLACES and not case.claim.payer_claim_control_number:
        detail = f"frequency {case.claim.frequency_code} and the payer has not told its claim number yet"
        fix = "wait for the payer's 277CA or 835 of the claim sent before: it goes out by itself then"
        yield Hit("2300/REF*F8", detail, (fix,), value=case.claim.frequency_code)


@rule("CLM-007")
def original_names_nothing(case: Case) -> Iterator[Hit]:
    """An original has no payer claim number."""
    if case.claim.frequency_code == "1" and case.claim.payer_claim_control_number:
        yield Hit("2300/REF*F8", "", ("send it as a replacement (frequency 7) or without the number",))


@rule("CLM-008")
def takes_no_corrections(case: Case) -> Iterator[Hit]:
    """Part B has no corrected claims: what was processed is reopened or appealed."""
    frequency = case.claim.frequency_code
    if frequency == "7" and not case.payer.accepts_replacement:
        fix = (
            "ask for a clerical-error reopening, or appeal: nothing is sent; a service that was never billed is told "
            "as a visit of its own"
        )
        yield Hit("2300/CLM05-3", "", (fix,), value=frequency)
    if frequency == VOID and not case.payer.accepts_void:
        fix = "ask for a reopening that denies the claim as billed in error, and return what was paid: nothing is sent"
        yield Hit("2300/CLM05-3", "", (fix,), value=frequency)


@rule("CLM-010")
def assignment(case: Case) -> Iterator[Hit]:
    """Participating means assignment accepted; so does a patient with Medicaid, whoever treats (SSA 1848(g)(3)(A))."""
    if case.claim.assignment_code == "A":
        return
    fix = "set accepts_assignment to true"
    if case.claim.billing_provider.medicare_participating:
        fixes = (fix, "set billing_provider.medicare_participating to false")
        yield Hit("2300/CLM07", "", fixes, value=case.claim.assignment_code)
    elif any(each.payer_class is PayerClass.MEDICAID for each in case.session.coverages):
        detail = "the patient has Medicaid too: claims for whoever has both are always assigned"
        yield Hit("2300/CLM07", detail, (fix,), value=case.claim.assignment_code)


@rule("CLM-011")
def accident(case: Case) -> Iterator[Hit]:
    """Auto and other accidents have a date; auto has a state."""
    found = case.claim.accident
    if found and {"AA", "OA"} & set(found.related) and not found.accident_date:
        yield Hit("2300/DTP*439", "no accident date", ("fill accident.accident_date",))
    if found and "AA" in found.related and not found.state:
        yield Hit("2300/CLM11-4", "auto accident without its state", ("fill accident.state",))


@rule("CLM-012")
def line_count(case: Case) -> Iterator[Hit]:
    """1 to 50 lines."""
    count = len(case.claim.lines)
    if not 1 <= count <= 50:
        yield Hit("2400", counted(count, "line"), ("split the visit",), value=str(count))


@rule("CLM-014")
def patient_paid(case: Case) -> Iterator[Hit]:
    """AMT*F5 is at most the charge."""
    paid = case.claim.patient_paid_cents
    if not 0 <= paid <= case.claim.total_charge_cents:
        detail = f"{usd(paid)} paid, {usd(case.claim.total_charge_cents)} charged"
        yield Hit("2300/AMT*F5", detail, ("correct patient_paid_cents",), value=str(paid))


@rule("CLM-017", about=UNLISTED)
def unlisted_is_described(case: Case) -> Iterator[Hit]:
    """Unlisted codes say in words what was done."""
    for line in case.claim.lines:
        if line.procedure_code in UNLISTED and not line.description:
            fix = f"fill description of {line.procedure_code}"
            yield Hit("2400/SV101-7", line.procedure_code, (fix,), line, line.procedure_code)


@rule("CLM-018")
def note_is_signed(case: Case) -> Iterator[Hit]:
    """The visit is finished and signed by who treated."""
    if case.session.status != "completed":
        yield Hit("session.status", case.session.status, ("set status to completed",), value=case.session.status)
    note = case.session.note
    if note is None:
        raise MissingInputError("note")
    if note.signed_at is None:
        yield Hit(
            "session.note.signed_at", "note.signed_at is empty", ("have the note signed and fill note.signed_at",)
        )
    elif not note.signed_by_npi:
        raise MissingInputError("note.signed_by_npi")
    elif note.signed_by_npi != case.claim.rendering.npi:
        fixes = ("have the treating therapist sign and correct note.signed_by_npi", "correct therapist")
        yield Hit("session.note.signed_by_npi", "signed by another NPI", fixes, value=note.signed_by_npi)


@rule("CLM-021")
def left_off(case: Case) -> Iterator[Hit]:
    """What is on the visit and has no place on the claim, or earns nothing by itself."""
    said = case.services
    pointed = {pointer for each in said for pointer in each.diagnosis_pointers}
    for line in case.claim.lines if len(pointed) > MOST_POINTERS else ():
        mine = [each for each in said if each.code == line.procedure_code]
        given = {pointer for each in mine for pointer in each.diagnosis_pointers}
        if len(given) > MOST_POINTERS and len(line.diagnosis_pointers) == MOST_POINTERS:
            more = ", ".join(str(each) for each in sorted(given - set(line.diagnosis_pointers)))
            detail = f"{line.procedure_code} points to {len(given)} diagnoses, a line to {MOST_POINTERS}: not to {more}"
            fix = f"leave the four that matter in diagnosis_pointers of {line.procedure_code}"
            yield Hit("2400/SV107", detail, (fix,), line)
    for code in case.units.keys() & {each.code for each in said if each.modifiers}:
        yield from _parts_without_units(case, code)
    if any(each.therapist or each.ordering_provider for each in said):
        yield from _people_left_off(case)
    yield from _payers_left_off(case)


def _people_left_off(case: Case) -> Iterator[Hit]:
    """Who treated or ordered a part that has no line of its own: its minutes earned no unit, or its code is one of a
    first and an add-on code, which are billed together.
    """
    treated = {case.claim.rendering.npi, *(line.rendering.npi for line in case.claim.lines if line.rendering)}
    ordered = {line.ordering.npi for line in case.claim.lines if line.ordering}
    for each in case.services:
        for name, who, there in (
            ("therapist", each.therapist, treated),
            ("ordering_provider", each.ordering_provider, ordered),
        ):
            if who and who.npi not in there:
                there.add(who.npi)
                fix = f"check {name} and the minutes of {each.code}, or bill that part as a visit of its own"
                yield Hit("2420", f"{name} of {each.code} stands on no line", (fix,), value=who.npi)


def _payers_left_off(case: Case) -> Iterator[Hit]:
    """Other insurances of the patient that loop 2320 does not name, though they may pay (RFI 1980)."""
    if case.claim.responsibility != "P":
        return
    named = {other.coverage.payer_id for other in case.claim.other_payers}
    for place, coverage in enumerate(case.session.coverages[1:], start=1):
        if coverage.payer_id not in named:
            what = "complete" if coverage.member_id.strip() else "fill member_id of"
            detail = f"insurance {place + 1} of the patient is not named to the first one"
            yield Hit("2320/SBR", detail, (f"{what} coverages.{place}",), value=coverage.payer_id)


def _parts_without_units(case: Case, code: str) -> Iterator[Hit]:
    lines = [line for line in case.claim.lines if line.procedure_code == code]
    on_lines = [set(line.modifiers) for line in lines]
    if any(len(line.modifiers) == MOST_MODIFIERS for line in lines):
        return  # what has no place on a line says MOD-022
    for segment in case.session.timed:
        side = of_a_part() & set(segment.modifiers)
        if segment.code == code and side and not any(side <= each for each in on_lines):
            marks = ":".join(sorted(side))
            detail = f"{code} {marks}: {counted(segment.duration_minutes, 'minute')} earn no unit beside the rest of it"
            yield Hit("2400/SV104", detail, (f"check the minutes of {code}",), lines[0], code)


@rule("CLM-022")
def cause_of_compensation(case: Case) -> Iterator[Hit]:
    """What compensation or auto insurance pays for has that cause (CLM11)."""
    cause = CAUSES.get(case.claim.coverage.filing_indicator)
    told = case.claim.accident.related if case.claim.accident else []
    if cause and cause not in told:
        detail = f"billed as {case.claim.coverage.filing_indicator} and the cause is {' and '.join(told) or 'not told'}"
        fixes = (f"put {cause} into accident.related", "correct coverages.0.filing_indicator")
        yield Hit("2300/CLM11-1", detail, fixes, value=case.claim.coverage.filing_indicator)


@rule("CLM-023")
def one_claim_a_day(case: Case) -> Iterator[Hit]:
    """Some payers take the visits of a day only together: of two claims the second is denied as a duplicate."""
    for other in case.neighbours:
        alike = (other.payer_id, other.discipline) == (case.claim.coverage.payer_id, case.claim.discipline)
        if other.came_first and alike:
            fix = (
                f"put the services of this visit into visit {other.session_id}, send that with a higher revision, and "
                "withdraw this one"
            )
            yield Hit("2300/CLM01", f"claim {other.patient_control_number} is of the same day", (fix,))
            return


@rule("CLI-001")
def laboratory_number(case: Case) -> Iterator[Hit]:
    """CLIA numbers belong to laboratories."""
    if case.claim.clia_number:
        yield Hit("2300/REF*X4", "", ("empty clia_number",), value=case.claim.clia_number)
