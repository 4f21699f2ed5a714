"""The eight event types: one topic each, with the payload it carries."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from schemas.acknowledgment import ClaimAcknowledged
from schemas.claim import ClaimBuilt, ClaimScrubbed, ClaimSubmitted
from schemas.followup import DeadLetter
from schemas.remittance import ClaimReconciled, RemittanceReceived
from schemas.session import Session
from schemas.values import Noun


class Topic(StrEnum):
    """Event type and topic name in one."""

    SESSION_COMPLETED = "session-completed"
    CLAIM_BUILT = "claim-built"
    CLAIM_SCRUBBED = "claim-scrubbed"
    CLAIM_SUBMITTED = "claim-submitted"
    CLAIM_ACKNOWLEDGED = "claim-acknowledged"
    REMITTANCE_RECEIVED = "remittance-received"
    CLAIM_RECONCILED = "claim-reconciled"
    DEAD_LETTER = "dead-letter"


PAYLOADS: Final[dict[Topic, type[Noun]]] = {
    Topic.SESSION_COMPLETED: Session,
    Topic.CLAIM_BUILT: ClaimBuilt,
    Topic.CLAIM_SCRUBBED: ClaimScrubbed,
    Topic.CLAIM_SUBMITTED: ClaimSubmitted,
    Topic.CLAIM_ACKNOWLEDGED: ClaimAcknowledged,
    Topic.REMITTANCE_RECEIVED: RemittanceReceived,
    Topic.CLAIM_RECONCILED: ClaimReconciled,
    Topic.DEAD_LETTER: DeadLetter,
}
