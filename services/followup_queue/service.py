"""followup_queue: what happens to claims opens and closes work items; a dead letter is kept to be looked at."""

from __future__ import annotations

from typing import Final

from claimloom.ledger import projections
from claimloom.topology import Service
from schemas.topics import Topic

WATCHED: Final = (
    Topic.CLAIM_SCRUBBED,
    Topic.CLAIM_SUBMITTED,
    Topic.CLAIM_ACKNOWLEDGED,
    Topic.CLAIM_RECONCILED,
)

SERVICE: Final = Service(
    name="followup_queue",
    handle=lambda _context, _received: [],
    consumes=(*WATCHED, Topic.DEAD_LETTER),
    serial=True,
    projects=dict.fromkeys(WATCHED, projections.work_items_of) | {Topic.DEAD_LETTER: projections.dead_letter},
)
