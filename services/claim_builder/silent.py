"""Claims of which something should have come and did not: no acknowledgment, no answer to the money.

What should come by when is the payer's setting (``ack_days``, ``answer_days``). Looked for by the builder's clock, once
files count: of a test nothing is awaited. Each is told once for each time that the claim went out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row, func, select

from claimloom.desk import next_action
from claimloom.ledger.books.reconciliations import reconciliations
from claimloom.ledger.books.standings import WAITING, standings
from claimloom.ledger.books.work import work_items
from claimloom.ledger.journal import claims_at
from claimloom.ledger.views.totals import tenants_known
from claimloom.payers import PayerConfig, Payers
from schemas.claim import Claim
from schemas.followup import NextAction

WEEKEND: Final = (5, 6)
UNANSWERED: Final = ("sent", "syntax_ok")
"""Of whom no 277CA speaks."""
LEAST_DAYS: Final = 1


@dataclass(frozen=True, slots=True)
class Silence:
    """A claim that waits longer than it should, and what a person does about it."""

    claim: Claim
    tenant: str
    clinic: str
    submitted_on: str
    action: NextAction


def silences(connection: Connection, today: date, payers: Payers, most: int) -> Iterator[Silence]:
    """At most so many claims whose answer is overdue and of whom nobody was told yet."""
    left = most
    for tenant in tenants_known(connection):
        for payer_id, sample in _payers_waited_for(connection, tenant, today):
            payer = _payer(connection, payers, sample)
            for kind, until, states in _awaited(payer, today):
                rows = _overdue(connection, tenant, payer_id, kind, until, states, left) if left > 0 else []
                found = claims_at(connection, {row.place for row in rows})
                for row in rows:
                    if (claim := found.get(row.place)) is not None:
                        action = next_action.silent(
                            kind, claim, row.submitted_on, payer, today, row.awaited_cents or None
                        )
                        yield Silence(claim, tenant, row.clinic, row.submitted_on, action)
                left -= len(rows)


def _awaited(payer: PayerConfig, today: date) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """What should have come for claims that went out until a day: kind of work, day, and states (empty: all)."""
    if payer.ack_days:
        yield next_action.NO_ACK, business_days_before(today, payer.ack_days).isoformat(), UNANSWERED
    if payer.answer_days:
        yield next_action.NO_ANSWER, (today - timedelta(days=payer.answer_days)).isoformat(), ()


def business_days_before(day: date, count: int) -> date:
    """The day that lies so many working days before, holidays not left out."""
    while count:
        day -= timedelta(days=1)
        count -= day.weekday() not in WEEKEND
    return day


def _payers_waited_for(connection: Connection, tenant: str, today: date) -> list[tuple[str, int]]:
    """Payers of a tenant that owe some answer since a day or more, each with one of its claims."""
    latest = (today - timedelta(days=LEAST_DAYS)).isoformat()
    query = (
        select(standings.c.payer_id, func.min(standings.c.place))
        .where(standings.c.tenant == tenant, WAITING, standings.c.submitted_on <= latest)
        .group_by(standings.c.payer_id)
    )
    return [(row[0], row[1]) for row in connection.execute(query).all()]


def _payer(connection: Connection, payers: Payers, place: int) -> PayerConfig:
    claim = claims_at(connection, {place})[place]
    coverage = claim.coverage
    return payers.config(coverage.payer_id, coverage.payer_class, claim.lines[0].date_of_service)


def _overdue(
    connection: Connection, tenant: str, payer_id: str, kind: str, until: str, states: tuple[str, ...], most: int
) -> Sequence[Row[Any]]:
    told = select(work_items.c.place).where(
        work_items.c.claim == standings.c.place,
        work_items.c.kind == kind,
        (work_items.c.state == "open") | (work_items.c.due > standings.c.submitted_on),
    )
    # A payer that sent the claim on (CLP02 = 23) has answered, though it decided nothing.
    answered = select(reconciliations.c.place).where(reconciliations.c.claim == standings.c.place)
    columns = (standings.c[name] for name in ("place", "clinic", "submitted_on", "awaited_cents"))
    query = select(*columns).where(
        standings.c.tenant == tenant,
        WAITING,
        standings.c.payer_id == payer_id,
        standings.c.submitted_on <= until,
        ~told.correlate(standings).exists(),
        ~answered.correlate(standings).exists(),
    )
    if states:
        query = query.where(standings.c.state.in_(states))
    return connection.execute(query.order_by(standings.c.submitted_on).limit(most)).all()
