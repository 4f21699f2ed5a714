"""The ledger in numbers for Prometheus: dollars by state, what waits for people, payers that keep silent."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Engine

from claimloom.ledger.views.letters import dead_letter_count
from claimloom.ledger.views.scope import EVERYTHING
from claimloom.ledger.views.totals import dollars_by_state, silent_days
from claimloom.ledger.views.worklist import by_kind, due_by
from claimloom.metrics import (
    BILLED,
    CLAIMS,
    DEAD_OPEN,
    DUE,
    PAID,
    RECOVERABLE,
    SILENT,
    SUSPENSE,
    UNBALANCED,
    WORK,
)

DUE_DAYS: Final = 7


def measure(engine: Engine, now: datetime) -> None:
    """Set all gauges from what the ledger holds now. Asked first and set then, so that no scrape sees half of it."""
    today = now.date()
    latest = (today + timedelta(days=DUE_DAYS)).isoformat()
    with engine.connect() as connection:
        states = dollars_by_state(connection, EVERYTHING)
        dead = dead_letter_count(connection, EVERYTHING)
        silent = silent_days(connection, EVERYTHING, today)
        work = by_kind(connection, EVERYTHING)
        due = due_by(connection, EVERYTHING, work, latest)
    for gauge in (CLAIMS, BILLED, PAID, WORK, DUE, RECOVERABLE, SILENT):
        gauge.clear()
    for kind, (count, cents) in work.items():
        WORK.labels(kind).set(count)
        DUE.labels(kind).set(due[kind])
        RECOVERABLE.labels(kind).set(cents / 100)
    for payer, days in silent.items():
        SILENT.labels(payer).set(days)
    DEAD_OPEN.set(dead)
    suspended, cents = work.get("suspense", (0, 0))
    UNBALANCED.set(suspended)
    SUSPENSE.set(cents / 100)
    for state, (count, billed, paid) in states.items():
        BILLED.labels(state).set(billed / 100)
        PAID.labels(state).set(paid / 100)
        CLAIMS.labels(state).set(count)
