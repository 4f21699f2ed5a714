"""What stands of a claim's remittances, and what became of each of its lines by them.

All remittances of a claim count together, in the order of their payment, so the answer is the same in whatever order
their files came. A reversal (CLP02 = 22) takes back the remittance that it mirrors; what stands is what is left.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from claimloom.lines import match_lines
from claimloom.remit.classify import is_patient_share
from schemas.claim import Claim
from schemas.remittance import Adjustment, RemitClaim, RemitHeader, RemitLine

REVERSAL: Final = "22"
NO_POSTING: Final = {"23": "forwarded to another payer, nothing paid", "25": "predetermination, nothing paid"}
SEQUESTRATION: Final = "253"
PRIOR_PAYER: Final = "23"


@dataclass(frozen=True, slots=True)
class Posted:
    """A remittance of the claim that is to be posted, with its payment."""

    header: RemitHeader
    claim: RemitClaim
    order: tuple[str, ...] = ()


@dataclass(slots=True)
class Line:
    """What the payer did with one of our lines, over everything that stands."""

    paid_cents: int = 0
    allowed_cents: int | None = None
    derived_allowed_cents: int = 0
    units: int = 0
    codes: list[str] = field(default_factory=list)
    adjustments: list[Adjustment] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    seen: bool = False

    @property
    def allowed(self) -> int:
        """AMT*B6 if the payer sends it, else payment, patient's share and sequestration together."""
        return self.derived_allowed_cents if self.allowed_cents is None else self.allowed_cents

    def share(self, *reasons: str) -> int:
        """Sum of adjustments with these reason codes."""
        return sum(part.amount_cents for part in self.adjustments if part.reason in reasons)

    @property
    def patient_cents(self) -> int:
        """Deductible, coinsurance and copay."""
        return sum(part.amount_cents for part in self.adjustments if is_patient_share(part))


def not_taken_back(posted: Sequence[Posted]) -> list[Posted]:
    """The remittances that stand: each reversal cancels the one whose amounts it negates."""
    left = [each for each in posted if each.claim.status_code != REVERSAL and each.claim.status_code not in NO_POSTING]
    for reversal in (each for each in posted if each.claim.status_code == REVERSAL):
        mirrored = [each for each in left if _mirrors(each.claim, reversal.claim)]
        same_number = [
            each
            for each in mirrored
            if each.claim.payer_claim_control_number == reversal.claim.payer_claim_control_number
        ]
        if found := same_number or mirrored:
            left.remove(found[0])
    return left


def as_happened(posted: Sequence[Posted]) -> list[Posted]:
    """In the order of days, and of one day as it must have been: what was taken back, what took it back, what stands.

    Trace numbers and places in files do not tell: a payer's corrections come under a smaller number as well.
    """
    left = not_taken_back(posted)
    told: list[Posted] = []
    for day in dict.fromkeys(each.order[:1] for each in posted):
        of_day = [each for each in posted if each.order[:1] == day]
        standing = [each for each in of_day if any(each is one for one in left)]
        reversals = [each for each in of_day if each.claim.status_code == REVERSAL]
        gone = [each for each in of_day if not any(each is one for one in (*standing, *reversals))]
        for payment in gone:
            told.append(payment)
            if back := next((each for each in reversals if _mirrors(payment.claim, each.claim)), None):
                reversals = [each for each in reversals if each is not back]
                told.append(back)
        told += [*reversals, *standing]
    return told


def _mirrors(claim: RemitClaim, reversal: RemitClaim) -> bool:
    return (claim.charge_cents, claim.paid_cents) == (-reversal.charge_cents, -reversal.paid_cents)


def lines_of(claim: Claim, left: Sequence[Posted]) -> tuple[list[Line], int]:
    """Our lines as they stand, and what was paid in cents on lines that are none of ours."""
    found = [Line() for _ in claim.lines]
    elsewhere = 0
    for each in left:
        for place, line in zip(match_lines(claim.lines, each.claim.lines), each.claim.lines, strict=True):
            if place is None:
                elsewhere += line.paid_cents
            else:
                _add(found[place], line, each.claim.remarks)
    return found, elsewhere


def _add(ours: Line, line: RemitLine, remarks: Sequence[str]) -> None:
    ours.seen = True
    ours.paid_cents += line.paid_cents
    ours.units += int(float(line.units_paid or "1")) if line.units_paid.replace(".", "", 1).isdigit() else 0
    ours.codes.append(line.procedure_code)
    ours.adjustments += line.adjustments
    ours.remarks += [*line.remarks, *(code for code in remarks if code not in line.remarks)]
    if line.allowed_cents is not None:
        ours.allowed_cents = (ours.allowed_cents or 0) + line.allowed_cents
    shared = sum(
        part.amount_cents
        for part in line.adjustments
        if is_patient_share(part) or part.reason in (SEQUESTRATION, PRIOR_PAYER)
    )
    ours.derived_allowed_cents += line.paid_cents + shared
