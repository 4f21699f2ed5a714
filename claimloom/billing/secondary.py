"""The next payer's claim, from an earlier payer's claim and its answer: secondary after primary, tertiary after both.

A pure function. It is built from the 835 alone and copies its groups, reasons, amounts and quantities as they are,
without netting or merging (x12_837p section 8), so that the next payer can follow every cent: charge = paid +
adjustments, for the claim and for each line. An answer that does not add up gives no claim.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from claimloom.claim_number import claim_number
from claimloom.errors import PlainError
from claimloom.lines import match_lines, parted
from schemas.claim import PAYERS, Claim, ClaimLine, LineAdjudication, OtherPayer
from schemas.money import usd
from schemas.remittance import Adjustment, RemitClaim, RemitLine
from schemas.session import Coverage

ORDER: Final = PAYERS
MOST_REMARKS: Final = 5
BUNDLED: Final = "97"
NO_ANSWER: Final = {
    "23": "the payer gave the claim on and decided nothing",
    "25": "a predetermination pays nothing",
}
TAKEN_BACK: Final = "the answer is a reversal; take its correction"


class SecondaryError(PlainError):
    """An answer that no further claim can follow; says why."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What an earlier payer answered to a claim, and when: BPR16 or the date of its 835."""

    claim: RemitClaim
    adjudicated_on: date


def secondary_claim(
    claim: Claim,
    answer: Answer,
    coverage: Coverage,
    *,
    claim_id: UUID,
    authorization_number: str = "",
    referral_number: str = "",
) -> Claim:
    """The claim to the payer of ``coverage``, after the payer of ``claim`` gave its final answer.

    Authorization and referral numbers are those of the new payer; the earlier one's go with it. SecondaryError if the
    payer decided nothing, or its amounts do not add up to what was billed. Whether it sent the claim on by itself is
    for who asks to know (``claimloom.desk.next_step``).
    """
    other = _other_payer(claim, answer)
    place = ORDER.index(claim.responsibility) + 1
    earlier = [each for each in claim.other_payers if each.responsibility in ORDER[:place]]
    later = [each for each in claim.other_payers if each.responsibility in ORDER[place + 1 :]]
    number = claim_number(claim_id, claim.version)
    own: dict[str, Any] = {"authorization_number": "", "referral_number": "", "attachments": []}
    lines = [
        line.model_copy(update=own | {"line_control_number": f"{number}-{line.line_number}"}) for line in claim.lines
    ]
    return claim.model_copy(
        update={
            "claim_id": claim_id,
            "patient_control_number": number,
            "frequency_code": "1",
            "payer_claim_control_number": "",
            "responsibility": ORDER[place],
            "payers_after": max(claim.payers_after - 1, 0),
            "coverage": coverage,
            "authorization_number": authorization_number,
            "referral_number": referral_number,
            "service_authorization_exception": "",
            "clearinghouse_claim_number": "",
            "delay_reason_code": "",
            "attachments": [],
            "file_information": [],
            "other_payers": [*earlier, other, *later],
            "lines": lines,
        }
    )


def _other_payer(claim: Claim, answer: Answer) -> OtherPayer:
    told = answer.claim
    number = claim.patient_control_number
    if claim.responsibility not in ORDER[:-1]:
        raise SecondaryError(f"claim {number}: no payer comes after one at place {claim.responsibility}")
    if told.takes_back or told.status_code in NO_ANSWER:
        raise SecondaryError(f"claim {number}: {NO_ANSWER.get(told.status_code, TAKEN_BACK)}")
    _balanced(number, "claim", claim.total_charge_cents, told.paid_cents, _all_adjustments(told))
    lines = _lines(claim, answer)
    if lines:
        own = sum(each.amount_cents for each in told.adjustments)
        given = sum(line.paid_cents for line in lines) - own
        if given != told.paid_cents:
            raise SecondaryError(f"claim {number}: paid is off its lines by {usd(told.paid_cents - given)}")
    return OtherPayer(
        responsibility=claim.responsibility,
        coverage=claim.coverage,
        paid_cents=told.paid_cents,
        adjustments=_amounts(told.adjustments),
        remaining_liability_cents=None if lines else _patients_share(told.adjustments),
        benefits_assignment=claim.benefits_assignment,
        release_of_information=claim.release_of_information,
        remarks=told.remarks[:MOST_REMARKS],
        adjudication_date=answer.adjudicated_on,
        payer_claim_control_number=told.payer_claim_control_number,
        authorization_number=claim.authorization_number,
        referral_number=claim.referral_number,
        lines=lines,
    )


def _lines(claim: Claim, answer: Answer) -> list[LineAdjudication]:
    """Each line's answers. A payer that answered by line answered every line, or the claim waits."""
    if not answer.claim.lines:
        return []
    number = claim.patient_control_number
    found = []
    answered, _ = parted(claim.lines, answer.claim.lines)
    for position, place in enumerate(match_lines(claim.lines, answered)):
        if place is None:
            raise SecondaryError(f"claim {number}: answer {position + 1} fits none of its lines")
        found.append((claim.lines[place], answered[position]))
    for billed in claim.lines:
        said = [line for of, line in found if of is billed]
        if not said:
            raise SecondaryError(f"claim {number}: the payer says nothing of line {billed.line_number}")
        paid = sum(line.paid_cents for line in said)
        parts = [part for line in said for part in line.adjustments]
        _balanced(number, f"line {billed.line_number}", billed.charge_cents, paid, parts)
    ordered = sorted(found, key=lambda pair: pair[0].line_number)
    return [_adjudication(of, line, ordered, answer.adjudicated_on) for of, line in ordered]


def _adjudication(
    of: ClaimLine, line: RemitLine, all_lines: Sequence[tuple[ClaimLine, RemitLine]], day: date
) -> LineAdjudication:
    return LineAdjudication(
        line_number=of.line_number,
        paid_cents=line.paid_cents,
        procedure_code=line.procedure_code,
        modifiers=line.modifiers,
        units_paid=line.units_paid,
        bundled_into=_bundled_into(of, line, all_lines),
        adjustments=_amounts(line.adjustments),
        adjudication_date=day,
        remaining_liability_cents=_patients_share(line.adjustments),
    )


def _bundled_into(of: ClaimLine, line: RemitLine, all_lines: Sequence[tuple[ClaimLine, RemitLine]]) -> int | None:
    """Another line, adjudicated under the same code and not itself taken in, that paid for this one."""
    if line.paid_cents or not any(part.reason == BUNDLED for part in line.adjustments):
        return None
    for other, said in all_lines:
        taken = any(part.reason == BUNDLED for part in said.adjustments)
        if other is not of and said.procedure_code == line.procedure_code and not taken:
            return other.line_number
    return None


def _amounts(given: Sequence[Adjustment]) -> list[Adjustment]:
    return [part for part in given if part.amount_cents]


def _all_adjustments(told: RemitClaim) -> list[Adjustment]:
    return [*told.adjustments, *(part for line in told.lines for part in line.adjustments)]


def _patients_share(given: Sequence[Adjustment]) -> int:
    return sum(part.amount_cents for part in given if part.group == "PR")


def _balanced(number: str, what: str, charge: int, paid: int, parts: Sequence[Adjustment]) -> None:
    off = paid + sum(part.amount_cents for part in parts) - charge
    if off:
        raise SecondaryError(f"claim {number}: paid and adjusted of the {what} differ from its charge by {usd(off)}")
