"""What comes of a remittance that is compared with no claim: each is set aside with the reason, never dropped."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from claimloom.reference.plb_meanings import plb_meaning
from claimloom.remit.answers import NO_POSTING
from claimloom.remit.match import members_of
from schemas.money import usd
from schemas.remittance import ClaimReconciled, Imbalance, ProviderAdjustment, RemitClaim, RemittanceReceived


def as_told(remittance_id: UUID, data: RemittanceReceived) -> ClaimReconciled:
    """What the remittance itself says, before anybody knows what comes of it."""
    paid = data.claim
    return ClaimReconciled(
        claim_id=data.claim_id,
        remittance_id=remittance_id,
        patient_control_number=paid.patient_control_number if paid else "",
        outcome="information",
        billed_cents=paid.charge_cents if paid else 0,
        paid_cents=paid.paid_cents if paid else 0,
        payer_claim_control_number=paid.payer_claim_control_number if paid else "",
        status_code=paid.status_code if paid else "",
        trace_number=data.header.trace_number,
        payment_date=data.header.payment_date,
    )


def suspense(told: ClaimReconciled, imbalances: Sequence[Imbalance]) -> ClaimReconciled:
    """It does not add up: not posted."""
    said = [
        f"Segment {each.segment_number}: {each.rule} fails by {usd(each.difference_cents)} "
        f"(is {usd(each.actual_cents)}, should be {usd(each.expected_cents)})."
        for each in imbalances
    ]
    return told.model_copy(update={"outcome": "suspense", "explanation": said})


def told_again(told: ClaimReconciled, before: str) -> ClaimReconciled:
    """The payment was read before, from the file ``before``: not posted a second time."""
    said = [f"Payment {told.trace_number} was read before from {before}; not posted again."]
    return told.model_copy(update={"outcome": "duplicate", "explanation": said})


def of_nothing(told: ClaimReconciled) -> ClaimReconciled:
    """A payment of no claim and no adjustment."""
    said = [f"Payment {told.trace_number} names no claim and no adjustment."]
    return told.model_copy(update={"explanation": said})


def unmatched(told: ClaimReconciled, paid: RemitClaim, could: Sequence[tuple[str, str]] = ()) -> ClaimReconciled:
    """It fits no claim of ours; ``could``: claims that it may mean, with what fits."""
    said = f"No claim of ours has number {paid.patient_control_number or 'none'} or fits member, day and charge."
    if could:
        said = "It fits no claim for certain. It could be " + ", or ".join(f"{number} ({why})" for number, why in could)
    none = {"claim_id": None, "outcome": "unmatched", "member_id": next(iter(members_of(paid)), "")}
    return told.model_copy(update={**none, "explanation": [said]})


def not_posted(told: ClaimReconciled) -> ClaimReconciled:
    """An answer that decides nothing: forwarded (CLP02 = 23), or a predetermination (25)."""
    said = f"Status {told.status_code}: {NO_POSTING[told.status_code]}."
    return told.model_copy(update={"explanation": [said]})


def provider_level(
    told: ClaimReconciled, plb: ProviderAdjustment, claim_id: UUID | None, number: str, open_cents: int | None = None
) -> ClaimReconciled:
    """A PLB pair: booked on its own; a recovery is tied to the claim (id and number) that its reference names.

    ``open_cents``: what is open, after it, of all that is tied to it; None where nothing is.
    """
    verb = "takes" if plb.amount_cents > 0 else "gives"
    amount, reference = usd(abs(plb.amount_cents)), plb.reference or "none"
    said = [f"PLB {plb.reason} ({plb_meaning(plb.reason).words}) {verb} {amount}, reference {reference}."]
    if open_cents is not None and open_cents != plb.amount_cents:
        said.append(_left(open_cents))
    return told.model_copy(
        update={
            "outcome": "provider_level",
            "claim_id": claim_id,
            "patient_control_number": number,
            "paid_cents": -plb.amount_cents,
            "explanation": said,
        }
    )


def _left(open_cents: int) -> str:
    if open_cents == 0:
        return "With what the payer said of it before nothing is open: given and taken are the same."
    if open_cents < 0:
        return f"With what the payer said of it before {usd(-open_cents)} is still to be taken by a later payment."
    return f"With what the payer said of it before {usd(open_cents)} more was taken than given."
