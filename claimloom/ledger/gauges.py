"""The ledger in numbers for Prometheus: dollars by state, what waits for people, payers that keep silent."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, Connection, Engine, case, func, or_, select

from claimloom.ledger.queries import dead_letter_rows, dollars_by_state
from claimloom.ledger.states import overtaken
from claimloom.ledger.tables import acknowledgments, claims, reconciliations, submissions, work_items
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
    due: dict[str, int] = defaultdict(int)
    cents: dict[str, int] = defaultdict(int)
    counted: dict[str, int] = defaultdict(int)
    with engine.connect() as connection:
        states = dollars_by_state(connection)
        dead = len(dead_letter_rows(connection))
        silent = silent_days(connection, today)
        soon = func.sum(case((work_items.c.due <= latest, 1), else_=0))
        query = select(work_items.c.kind, func.count(), func.sum(work_items.c.recoverable_cents), soon)
        for kind, items, worth, pressing in connection.execute(
            query.select_from(work_items.outerjoin(claims, claims.c.claim_id == work_items.c.claim_id))
            .where(work_items.c.state == "open", _on_the_list())
            .group_by(work_items.c.kind)
        ):
            counted[kind], cents[kind], due[kind] = items, int(worth), pressing
    for gauge in (CLAIMS, BILLED, PAID, WORK, DUE, RECOVERABLE, SILENT):
        gauge.clear()
    for kind, count in counted.items():
        WORK.labels(kind).set(count)
        DUE.labels(kind).set(due[kind])
        RECOVERABLE.labels(kind).set(cents[kind] / 100)
    for payer, days in silent.items():
        SILENT.labels(payer).set(days)
    DEAD_OPEN.set(dead)
    UNBALANCED.set(counted["suspense"])
    SUSPENSE.set(cents["suspense"] / 100)
    for state, (count, billed, paid) in states.items():
        BILLED.labels(state).set(billed / 100)
        PAID.labels(state).set(paid / 100)
        CLAIMS.labels(state).set(count)


def _on_the_list() -> ColumnElement[bool]:
    """As ``queries.work_rows``: what a corrected visit overtook is left out, save a payment in suspense."""
    return or_(work_items.c.kind == "suspense", claims.c.claim_id.is_(None), ~overtaken())


def silent_days(connection: Connection, today: date) -> dict[str, int]:
    """By payer: days since the oldest claim was sent that nobody has answered in any way, 0 if there is none."""
    answered = select(acknowledgments.c.claim_id).where(acknowledgments.c.claim_id == submissions.c.claim_id).exists()
    paid = select(reconciliations.c.claim_id).where(reconciliations.c.claim_id == submissions.c.claim_id).exists()
    joined = submissions.join(claims, claims.c.claim_id == submissions.c.claim_id)
    found = dict.fromkeys(connection.scalars(select(claims.c.payer_name).distinct()), 0)
    query = (
        select(claims.c.payer_name, func.min(submissions.c.submitted_on)).select_from(joined).where(~answered, ~paid)
    )
    for payer, oldest in connection.execute(query.group_by(claims.c.payer_name)):
        found[payer] = max(0, (today - date.fromisoformat(oldest)).days)
    return found
