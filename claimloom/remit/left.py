"""What a payer leaves to the patient, or to the payer after it: what that one is asked for."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from claimloom.remit.classify import ABOVE_FEES, Around, is_denial, meaning
from claimloom.remit.standing import Standing
from schemas.claim import PAYERS, Claim, OtherPayer
from schemas.remittance import Adjustment

FINAL: Final = frozenset({"benefit_max", "benefit_exclusion", "medical_necessity"})
"""Denials that no correction changes: where they are the patient's or another payer's (group PR, OA), a later payer may
cover what this one does not; what the provider has to bear (CO) no later payer takes over.
"""
BORNE: Final = frozenset({"bundling", "timely_filing"})
"""Denials that the provider has to bear, whatever the group says."""


def is_left(part: Adjustment, around: Around) -> bool:
    """Whether an amount is left to who comes next: a share of the patient (of a QMB as well), what is above the fees
    and said to be the patient's, or a final denial that is none of the provider's. What a payer denied otherwise stays
    owed by it (X12 RFI 1696 and 2143).
    """
    name = meaning(part, around).name
    if name in ("patient_responsibility", "qmb") or (part.group == "PR" and part.reason == ABOVE_FEES):
        return True
    return part.group != "CO" and name in FINAL


def held_by(stands: Standing) -> list[Adjustment]:
    """What was denied that is mended before the next payer is billed, since that one would deny for the same (Security
    Health Plan, provider manual, coordination of benefits). What lies above the fees holds nothing back.
    """
    return [
        part
        for around, parts in stands.taken
        for part in parts
        if is_denial(part, around) and not _is_final(part, around)
    ]


def _is_final(part: Adjustment, around: Around) -> bool:
    name = meaning(part, around).name
    return name in FINAL or name in BORNE or (part.reason == ABOVE_FEES and name == "unmapped")


def left(stands: Standing) -> int:
    """Cents that a payer's answers leave to who comes next."""
    return sum(part.amount_cents for around, parts in stands.taken for part in parts if is_left(part, around))


def last_before(claim: Claim) -> OtherPayer | None:
    """The last payer that decided before a claim's own."""
    place = PAYERS.find(claim.responsibility)
    before = [each for each in claim.other_payers if PAYERS.find(each.responsibility) < place]
    answered = [each for each in before if each.paid_cents is not None]
    return max(answered, key=lambda each: PAYERS.find(each.responsibility), default=None)


def left_by(other: OtherPayer, setting: Around) -> int:
    """Cents that a payer that decided (2320 and 2430 CAS) leaves to who comes next."""
    found = 0
    for parts in (other.adjustments, *(line.adjustments for line in other.lines)):
        around = replace(setting, reasons=frozenset(part.reason for part in parts))
        found += sum(part.amount_cents for part in parts if is_left(part, around))
    return found
