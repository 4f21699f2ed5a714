"""Claims of which something should have come and did not: no acknowledgment, no answer to the money.

What should come by when is the payer's setting (``ack_days``, ``payer_ack_days``, ``answer_days``). Looked for by the
builder's clock, once files count: of a test nothing is awaited. Each is told once for each time that the claim went
out. What of a whole file did not come says ``unreceived.py``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, func, select

from claimloom.desk.silence import FILING_ENDS, NO_ACK, NO_ANSWER, NO_PAYER_ACK, silent
from claimloom.desk.working_time import days_before
from claimloom.ledger.books.claims import claims
from claimloom.ledger.books.reconciliations import reconciliations
from claimloom.ledger.books.standings import WAITING, standings
from claimloom.ledger.books.work_items import work_items
from claimloom.ledger.journal import claims_at, payloads
from claimloom.ledger.states import REJECTED, fetch
from claimloom.ledger.views.totals import tenants_known
from claimloom.payers import PayerConfig, Payers
from claimloom.scrub.dates import WARN_DAYS
from schemas.claim import Claim, ClaimBuilt
from schemas.followup import NextAction

UNANSWERED: Final = ("sent", "syntax_ok")
"""Of whom no 277CA speaks."""
UNPROVEN: Final = (*UNANSWERED, "ch_accepted")
"""Of whom nothing says that the payer has them."""
UNDECIDED: Final = ("ch_accepted", "payer_received")
"""Of whom the payer has not said that it accepted them."""
LEAST_DAYS: Final = 1
CORRECTION: Final = "7"


@dataclass(frozen=True, slots=True)
class Silence:
    """A claim that waits longer than it should, and what a person does about it."""

    claim: Claim
    tenant: str
    clinic: str
    submitted_on: str
    action: NextAction
    file_name: str = ""
    """Where it is about the whole file."""


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What should have come: of which claims, and the kind of the work if it did not."""

    kind: str
    which: tuple[ColumnElement[bool], ...]
    told_by: tuple[str, ...] = ()
    """Kinds of work beside its own that say so as well."""


def silences(connection: Connection, today: date, payers: Payers, most: int) -> Iterator[Silence]:
    """At most so many claims whose answer is overdue and of whom nobody was told yet."""
    left = most
    for tenant in tenants_known(connection):
        for payer_id, sample in _payers_waited_for(connection, tenant, today):
            payer = _payer(connection, payers, sample)
            for wanted in _awaited(payer, today):
                rows = _overdue(connection, tenant, payer_id, wanted, left) if left > 0 else []
                found = claims_at(connection, {row.place for row in rows})
                corrects = {place for place, claim in found.items() if claim.frequency_code == CORRECTION}
                built = payloads(connection, corrects, ClaimBuilt) if corrects else {}
                allowed = _allowed(connection, [row.place for row in rows if not row.awaited_cents])
                for row in rows:
                    if (claim := found.get(row.place)) is not None:
                        answered = built[row.place].answered_on if row.place in built else None
                        worth = row.awaited_cents or allowed.get(row.place)
                        action = silent(wanted.kind, claim, row.submitted_on, payer, today, worth, answered)
                        yield Silence(claim, tenant, row.clinic, row.submitted_on, action)
                left -= len(rows)


def _allowed(connection: Connection, places: Sequence[int]) -> dict[int, int]:
    """What should be allowed of claims of which nobody said what should be paid: the contract's money, no charge."""
    columns = (claims.c.place, claims.c.expected_allowed_cents)
    rows = fetch(connection, claims, places, columns)
    return {row.place: row.expected_allowed_cents for row in rows if row.expected_allowed_cents}


def _awaited(payer: PayerConfig, today: date) -> Iterator[_Wanted]:
    if payer.ack_days:
        yield _Wanted(NO_ACK, (_sent_by(days_before(today, payer.ack_days)), standings.c.state.in_(UNANSWERED)))
    if payer.payer_ack_days:
        until = _sent_by(days_before(today, payer.payer_ack_days))
        yield _Wanted(NO_PAYER_ACK, (until, standings.c.state.in_(UNDECIDED)))
    if payer.answer_days:
        # Of what was refused no answer comes; that it is to be corrected is work already.
        until = _sent_by(today - timedelta(days=payer.answer_days))
        yield _Wanted(NO_ANSWER, (until, standings.c.state.not_in(sorted(REJECTED))))
    # Of who says nothing before it pays, nobody would be told in time.
    ended = today - timedelta(days=payer.timely_days)
    warned = ended + timedelta(days=WARN_DAYS)  # no BETWEEN: PostgreSQL refuses a collation within it
    near = (standings.c.day >= ended.isoformat()) & (standings.c.day <= warned.isoformat())
    soon = (_sent_by(today - timedelta(days=LEAST_DAYS)), near, standings.c.state.in_(UNPROVEN))
    yield _Wanted(FILING_ENDS, soon, (NO_ACK, NO_PAYER_ACK, NO_ANSWER))


def _sent_by(day: date) -> ColumnElement[bool]:
    return standings.c.submitted_on <= day.isoformat()


def _payers_waited_for(connection: Connection, tenant: str, today: date) -> list[tuple[str, int]]:
    """Payers of a tenant that owe some answer since a day or more, each with one of its claims."""
    latest = today - timedelta(days=LEAST_DAYS)
    query = (
        select(standings.c.payer_id, func.min(standings.c.place))
        .where(standings.c.tenant == tenant, WAITING, _sent_by(latest))
        .group_by(standings.c.payer_id)
    )
    return [(row[0], row[1]) for row in connection.execute(query).all()]


def _payer(connection: Connection, payers: Payers, place: int) -> PayerConfig:
    claim = claims_at(connection, {place})[place]
    coverage = claim.coverage
    return payers.config(coverage.payer_id, coverage.payer_class, claim.lines[0].date_of_service)


def _overdue(connection: Connection, tenant: str, payer_id: str, wanted: _Wanted, most: int) -> Sequence[Row[Any]]:
    told = select(work_items.c.place).where(
        work_items.c.claim == standings.c.place,
        work_items.c.kind.in_([wanted.kind, *wanted.told_by]),
        (work_items.c.state == "open") | (work_items.c.due > standings.c.submitted_on),
    )
    # A payer that sent the claim on (CLP02 = 23) has answered, though it decided nothing.
    answered = select(reconciliations.c.place).where(reconciliations.c.claim == standings.c.place)
    columns = (standings.c[name] for name in ("place", "clinic", "submitted_on", "awaited_cents"))
    query = select(*columns).where(
        standings.c.tenant == tenant,
        WAITING,
        standings.c.payer_id == payer_id,
        *wanted.which,
        ~told.correlate(standings).exists(),
        ~answered.correlate(standings).exists(),
    )
    return connection.execute(query.order_by(standings.c.submitted_on).limit(most)).all()
