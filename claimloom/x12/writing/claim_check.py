"""What a claim says of itself must agree before it may be written: sums, counts, pointers, and what a frequency needs.

The values one by one are looked at where they are written (``page``), other payers in ``other_payers``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from operator import itemgetter
from typing import Final

from claimloom.x12.guides.findings import Finding
from claimloom.x12.guides.kinds import UNLISTED
from claimloom.x12.guides.text import decimal_text
from claimloom.x12.writing.other_payers import check_cob
from schemas.claim import Claim, ClaimLine
from schemas.session import Accident
from schemas.words import counted

MOST_LINES: Final = 50
MOST_DIAGNOSES: Final = 12
MOST_POINTERS: Final = 4
MOST_MODIFIERS: Final = 4
MOST_FILE_INFORMATION: Final = 10
MOST_ATTACHMENTS: Final = 10
WITH_CONDITIONS: Final = itemgetter(
    *("payer_claim_control_number", "patient_paid_cents", "attachments", "file_information", "service_facility_name")
)
LINE: Final = itemgetter(
    *("line_number", "line_control_number", "procedure_code", "modifiers", "charge_cents", "diagnosis_pointers"),
    *("date_of_service", "date_of_service_to", "attachments", "notes"),
)


def check_claim(claim: Claim, latest: date) -> list[Finding]:
    """Findings of a claim as a whole; ``latest`` is the last day that a service may be of, the day of writing.

    Nearly all claims are right, and each check that makes findings costs more than to see so. So two quick looks
    come first; what they do not know for right is looked at in full.
    """
    found = [] if _plain(claim) else [*_claim(claim)]
    usual = _usual(claim, latest)
    if not usual:
        found += _lines(claim)
    if claim.accident:
        found += _accident(claim.accident)
    if not usual:
        for line in claim.lines:
            found += _line(claim, line, latest)
    if claim.other_payers or claim.responsibility != "P":
        found += check_cob(claim)
    return found


def _fault(code: str, ack: str, loop: str, segment: str, element: str, message: str, fix: str = "") -> Finding:
    snip = 3 if code.startswith("unbalanced") else 4 if code.startswith("situational") else 2
    return Finding(code, message, snip=snip, ack=ack, loop=loop, segment=segment, element=element, fix=fix)


def _plain(claim: Claim) -> bool:
    """Whether ``_claim`` has nothing to say of a claim for certain."""
    diagnoses = claim.diagnoses
    return (
        not any(WITH_CONDITIONS(vars(claim)))
        and claim.frequency_code == "1"
        and claim.total_charge_cents >= 0
        and 0 < len(set(diagnoses)) == len(diagnoses) <= MOST_DIAGNOSES
        and claim.rendering.npi != claim.billing_provider.npi
    )


def _claim(claim: Claim) -> Iterator[Finding]:
    if claim.total_charge_cents < 0:
        yield _fault("bad_pattern", "IK4 I12", "2300", "CLM", "02", "a charge is not negative")
    if claim.frequency_code in ("7", "8") and not claim.payer_claim_control_number:
        message = "a replacement or void names the payer's number of the claim"
        fix = "take it from the newest 835 or 277CA"
        yield _fault("situational_segment_missing", "IK3 I6", "2300", "REF", "", message, fix)
    if claim.frequency_code == "1" and claim.payer_claim_control_number:
        message = "a first claim has no payer's number yet"
        yield _fault("situational_segment_present", "IK3 I9", "2300", "REF", "", message, "send 7, or leave F8 out")
    if not 0 <= claim.patient_paid_cents <= max(claim.total_charge_cents, 0):
        yield _fault("bad_pattern", "IK4 I12", "2300", "AMT", "02", "the patient paid between 0 and the charge")
    if not 1 <= len(claim.diagnoses) <= MOST_DIAGNOSES:
        code, ack = ("too_many_elements", "IK4 3") if claim.diagnoses else ("missing_segment", "IK3 3")
        yield _fault(
            code,
            ack,
            "2300",
            "HI",
            "",
            f"{counted(len(claim.diagnoses), 'diagnosis', 'diagnoses')}; a claim has 1 to 12",
        )
    if len(set(claim.diagnoses)) < len(claim.diagnoses):
        yield _fault("bad_code", "IK4 7", "2300", "HI", "", "the same diagnosis twice", "name each once")
    if len(claim.attachments) > MOST_ATTACHMENTS:
        yield _fault("too_many_segments", "IK3 5", "2300", "PWK", "", "at most 10 attachments")
    if len(claim.file_information) > MOST_FILE_INFORMATION:
        yield _fault("too_many_segments", "IK3 5", "2300", "K3", "", "at most 10 of file information")
    provider = claim.billing_provider
    by_line = (line.rendering and line.rendering.npi != claim.rendering.npi for line in claim.lines)
    if provider.entity_type == "2" and claim.rendering.npi == provider.npi and not all(by_line):
        message = "a clinic bills, so who treated is another provider than the clinic"
        yield _fault("situational_segment_missing", "IK3 I6", "2310B", "NM1", "", message)
    if claim.service_facility_name and claim.service_facility_address is None:
        yield _fault("missing_segment", "IK3 3", "2310C", "N3", "", "a facility needs its address")


def _accident(accident: Accident) -> Iterator[Finding]:
    if "AA" in accident.related and not accident.state:
        message = "an auto accident has its state"
        yield _fault("situational_element_missing", "IK4 I9", "2300", "CLM", "11-4", message)
    if accident.state and "AA" not in accident.related:
        message = "only an auto accident has a state"
        yield _fault("situational_element_present", "IK4 I13", "2300", "CLM", "11-4", message)
    if accident.accident_date is None and {"AA", "OA"} & set(accident.related):
        yield _fault("situational_segment_missing", "IK3 I6", "2300", "DTP", "", "an accident has its date")


def _lines(claim: Claim) -> Iterator[Finding]:
    lines = claim.lines
    if not 1 <= len(lines) <= MOST_LINES:
        code, ack = ("too_many_loops", "IK3 4") if lines else ("too_few_loops", "IK3 I7")
        yield _fault(
            code, ack, "2400", "LX", "", f"{counted(len(lines), 'line')}; a claim has 1 to {MOST_LINES}", "split it"
        )
    total = sum(line.charge_cents for line in lines)
    if total != claim.total_charge_cents:
        message = f"the lines add up to {decimal_text(total - claim.total_charge_cents)} more than the claim"
        yield _fault("unbalanced_claim", "", "2300", "CLM", "02", message)
    if [line.line_number for line in lines] != list(range(1, len(lines) + 1)):
        yield _fault("bad_code", "IK4 7", "2400", "LX", "01", "lines are numbered 1, 2, 3 ...")
    if len({line.line_control_number for line in lines}) < len(lines):
        message = "two lines with the same control number: the payer's answer would fit both"
        yield _fault("bad_code", "IK4 7", "2400", "REF", "02", message)


def _usual(claim: Claim, latest: date) -> bool:
    """Whether ``_lines`` and ``_line`` have nothing to say of a claim for certain."""
    diagnoses = len(claim.diagnoses)
    total = count = 0
    numbers = set()
    for line in claim.lines:
        count += 1
        number, control_number, code, modifiers, charge, pointers, day, last, attached, notes = LINE(vars(line))
        if (
            number != count
            or charge < 0
            or day > latest
            or not _pointers_fit(tuple(pointers), diagnoses)
            or code in UNLISTED
            or len(modifiers) > MOST_MODIFIERS
            or (last or attached or notes)
        ):
            return False
        total += charge
        numbers.add(control_number)
    return 0 < count <= MOST_LINES and total == claim.total_charge_cents and len(numbers) == count


@lru_cache(maxsize=4096)
def _pointers_fit(pointers: tuple[int, ...], diagnoses: int) -> bool:
    """One to four, none twice, none beyond; there are few ways to point, so they are remembered."""
    count = len(pointers)
    return 0 < count == len(set(pointers)) <= MOST_POINTERS and min(pointers) > 0 and max(pointers) <= diagnoses


def _line(claim: Claim, line: ClaimLine, latest: date) -> Iterator[Finding]:
    def fault(code: str, ack: str, segment: str, element: str, message: str) -> Finding:
        return _fault(code, ack, "2400", segment, element, f"line {line.line_number}: {message}")

    if line.charge_cents < 0:
        yield fault("bad_pattern", "IK4 I12", "SV1", "02", "a charge is not negative")
    if line.procedure_code in UNLISTED and not line.description.strip():
        message = "a service without a code of its own is described"
        yield fault("situational_element_missing", "IK4 I9", "SV1", "01-7", message)
    if len(line.modifiers) > MOST_MODIFIERS:
        yield fault("too_many_components", "IK4 13", "SV1", "01", "at most 4 modifiers")
    pointers = line.diagnosis_pointers
    if not pointers:
        yield fault("missing_element", "IK4 1", "SV1", "07-1", "a line points to at least one diagnosis")
    if len(pointers) > MOST_POINTERS:
        yield fault("too_many_components", "IK4 13", "SV1", "07", "at most 4 diagnosis pointers")
    if len(set(pointers)) < len(pointers):
        yield fault("bad_code", "IK4 7", "SV1", "07", "it points to the same diagnosis twice")
    if any(not 1 <= pointer <= len(claim.diagnoses) for pointer in pointers):
        yield fault(
            "bad_code",
            "IK4 7",
            "SV1",
            "07",
            f"it points beyond the {counted(len(claim.diagnoses), 'diagnosis', 'diagnoses')}",
        )
    if (line.date_of_service_to or line.date_of_service) > latest:
        yield fault("bad_date", "IK4 8", "DTP", "03", "the service is of a day to come")
    if len(line.attachments) > MOST_ATTACHMENTS:
        yield fault("too_many_segments", "IK3 5", "PWK", "", "at most 10 attachments")
    if line.notes and max(Counter(note.code == "TPO" for note in line.notes).values()) > 1:
        yield fault("too_many_segments", "IK3 5", "NTE", "", "at most one note (ADD or DCP) and one TPO")
