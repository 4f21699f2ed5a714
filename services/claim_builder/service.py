"""claim_builder: each session becomes one claim to its first payer, with the derivation of its units."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from claimloom.billing.build import build_claim
from claimloom.ledger import projections
from claimloom.payers import payer_config
from claimloom.runtime.topology import Context, Draft, Received, Service
from schemas.claim import ClaimBuilt
from schemas.event import derived_id
from schemas.session import Session
from schemas.topics import Topic


def handle(_context: Context, received: Sequence[Received]) -> list[Draft]:
    """A claim for each session; a session that cannot be built (no fee, no units) is an error of its event."""
    drafts = []
    for event, session in received:
        assert isinstance(session, Session)
        coverage = session.coverages[0]
        payer = payer_config(coverage.payer_id, coverage.payer_class, session.date_of_service)
        claim_id = derived_id("claim", session.tenant, session.session_id, session.revision, coverage.payer_id)
        built = ClaimBuilt(claim=build_claim(session, payer, claim_id=claim_id), session=session)
        drafts.append(Draft(built, session.patient.patient_id, event.tenant, event.clinic, parent=event.id))
    return drafts


SERVICE: Final = Service(
    name="claim_builder",
    handle=handle,
    consumes=(Topic.SESSION_COMPLETED,),
    emits=(Topic.CLAIM_BUILT,),
    projects={Topic.CLAIM_BUILT: projections.claim_built},
)
