"""Claims that follow from others: their events, their numbers, and what of the other payers can be written."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from claimloom.billing.secondary import ORDER
from claimloom.claim_number import claim_number
from claimloom.topology import Context, Draft
from claimloom.x12.writing.envelope import Envelope
from claimloom.x12.writing.other_payers import other_payer
from claimloom.x12.writing.page import TextPage
from schemas.claim import Claim, ClaimBuilt
from schemas.event import Event, TypedEvent

TRIAL: Final = ("CLAIMLOOM", "CLAIMLOOM")


def draft_of(built: ClaimBuilt, cause: Event | TypedEvent) -> Draft:
    """The event of a claim that is known by what it is made of, whichever event it was made for first."""
    claim = built.claim
    identity = ("claim", built.session.tenant, claim.claim_id)
    return Draft(built, claim.patient.patient_id, cause.tenant, cause.clinic, parent=cause.id, identity=identity)


def place_of(line: str) -> int:
    """Which of the visit's coverages the claims of a line go to."""
    return ORDER.index(line)


def numbered(claim: Claim, claim_id: UUID, frequency: str, number: str) -> Claim:
    """The claim under an id of its own, as a replacement or original."""
    name = claim_number(claim_id, claim.version)
    lines = [line.model_copy(update={"line_control_number": f"{name}-{line.line_number}"}) for line in claim.lines]
    return claim.model_copy(
        update={
            "claim_id": claim_id,
            "patient_control_number": name,
            "frequency_code": frequency,
            "payer_claim_control_number": number,
            "lines": lines,
        }
    )


def with_writable_payers(context: Context, claim: Claim) -> Claim:
    """The claim without those of its other payers that loop 2320 cannot say: that is no reason to hold the first."""
    if not claim.other_payers:
        return claim
    envelope = Envelope(*TRIAL, 1, context.now, "T")
    fit = []
    for each in claim.other_payers:
        page = TextPage(envelope, envelope.words)
        other_payer(page, claim, each)
        if not page.findings:
            fit.append(each)
    return claim if len(fit) == len(claim.other_payers) else claim.model_copy(update={"other_payers": fit})
