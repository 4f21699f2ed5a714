"""What the payers before a claim's own left to the patient: what the claim's payer is asked for."""

from __future__ import annotations

from claimloom.remit.classify import Around, meaning
from schemas.claim import PAYERS, Claim


def left_before(claim: Claim) -> int | None:
    """Cents of the shares (2320 and 2430 CAS, mostly PR) of the last payer that decided before it; None where none did.

    What that payer denied stays owed by it. Source: X12 RFI 1696 and 2143.
    """
    place = PAYERS.find(claim.responsibility)
    before = [each for each in claim.other_payers if PAYERS.find(each.responsibility) < place]
    answered = [each for each in before if each.paid_cents is not None]
    if not answered:
        return None
    last = max(answered, key=lambda each: PAYERS.find(each.responsibility))
    parts = [*last.adjustments, *(part for line in last.lines for part in line.adjustments)]
    around = Around(str(last.coverage.payer_class))
    return sum(part.amount_cents for part in parts if meaning(part, around).name in ("patient_responsibility", "qmb"))
