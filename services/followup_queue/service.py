"""followup_queue: what happens to claims, and what people decide, opens and closes work."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from claimloom.ledger.books.awaited import is_due
from claimloom.ledger.books.work import WATCHED, WORK
from claimloom.topology import Clockwork, Service
from schemas.topics import Topic

SERVICE: Final = Service(
    name="followup_queue",
    # Dead letters change no table: a ledger put back from a backup learns from their topic those that it lacks.
    consumes=(*WATCHED, Topic.CLAIM_BUILT, Topic.DEPOSIT_TOLD, Topic.DEAD_LETTER, Topic.TICK),
    emits=(Topic.DECISION_MADE,),
    serial=True,
    keeps=(WORK,),
    # Several events of each claim come by, and few of them ask for anything.
    batches=4,
    within=0.5,
    clockwork=Clockwork(timedelta(minutes=15), is_due),
)
