"""Where a claim stands: a fold over its scrub, submission, acknowledgments and remittances, worked out when asked.

Acknowledgments are put into one order (TA1, 999, clearinghouse, payer; then process date, then receipt), so that the
state is the same in whatever order they came. A remittance beats every acknowledgment. The database folds, so that
the sums over all claims do not carry all claims to here.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    Subquery,
    Table,
    and_,
    case,
    func,
    or_,
    select,
    true,
)
from sqlalchemy.orm import aliased

from claimloom.ledger.database import among
from claimloom.ledger.projections import ADJUDICATED
from claimloom.ledger.tables import acknowledgments, claims, reconciliations, scrubs, submissions

LEVELS: Final = {"interchange": 0, "syntax": 1, "clearinghouse": 2, "payer": 3}
REJECTED: Final = frozenset({"batch_rejected", "syntax_rejected", "ch_rejected", "payer_rejected"})


def standing(connection: Connection, claim_ids: Collection[str] | None = None) -> Select[Any]:
    """Query of ``claim_id``, ``state``, ``billed_cents`` and ``paid_cents`` of some claims, or of all.

    States: built, held, clean, superseded, sent, those of the acknowledgments, paid, denied, reversed.
    """

    def mine(column: ColumnElement[Any]) -> ColumnElement[bool]:
        return true() if claim_ids is None else among(connection, column, claim_ids)

    said = acknowledgments.c
    # A TA1 that takes the interchange says nothing of a claim; that the payer has it adds nothing once it accepted it.
    of_claim = and_(mine(said.claim_id), or_(said.level != "interchange", said.state == "batch_rejected"))
    answer = _newest_answer(of_claim)
    firm = _newest_answer(and_(of_claim, said.state != "payer_received"))
    outcome = _newest(
        reconciliations,
        and_(mine(reconciliations.c.claim_id), reconciliations.c.outcome.in_(list(ADJUDICATED))),
        reconciliations.c.number.desc(),
    )
    state = case(
        (outcome.c.outcome.is_not(None), case(ADJUDICATED, value=outcome.c.outcome)),
        (and_(submissions.c.claim_id.is_not(None), answer.c.state.is_(None)), "sent"),
        (
            and_(submissions.c.claim_id.is_not(None), answer.c.state == "payer_received"),
            case((firm.c.state == "payer_accepted", "payer_accepted"), else_="payer_received"),
        ),
        (submissions.c.claim_id.is_not(None), answer.c.state),
        (overtaken(), "superseded"),
        (scrubs.c.verdict.is_not(None), scrubs.c.verdict),
        else_="built",
    )
    joined = claims
    for other in (scrubs, submissions, answer, firm, outcome):
        joined = joined.outerjoin(other, other.c.claim_id == claims.c.claim_id)  # type: ignore[assignment]
    paid = func.coalesce(outcome.c.total_paid_cents, 0).label("paid_cents")
    query = select(claims.c.claim_id, state.label("state"), claims.c.billed_cents, paid)
    return query.select_from(joined).where(mine(claims.c.claim_id))


def overtakes(later: Any) -> ColumnElement[bool]:
    """Whether the other row of claims is of a higher revision of the same visit."""
    same = and_(later.c.tenant == claims.c.tenant, later.c.session_id == claims.c.session_id)
    return and_(same, later.c.version > claims.c.version)


def overtaken() -> ColumnElement[bool]:
    """Whether there is such a row for the one of claims that a query looks at."""
    later = aliased(claims)
    return select(later.c.claim_id).where(overtakes(later)).correlate(claims).exists()


def _newest_answer(wanted: ColumnElement[bool]) -> Subquery:
    level = case(LEVELS, value=acknowledgments.c.level)
    return _newest(
        acknowledgments, wanted, level.desc(), acknowledgments.c.process_date.desc(), acknowledgments.c.number.desc()
    )


def _newest(table: Table, wanted: ColumnElement[bool], *order: ColumnElement[Any]) -> Subquery:
    """Of each claim the row that comes first in the order."""
    place = func.row_number().over(partition_by=table.c.claim_id, order_by=order).label("place")
    placed = select(table, place).where(wanted).subquery()
    return select(placed).where(placed.c.place == 1).subquery()


def claim_states(connection: Connection, claim_ids: Collection[str]) -> dict[str, str]:
    """State of each claim."""
    if not claim_ids:
        return {}
    return {row.claim_id: row.state for row in connection.execute(standing(connection, claim_ids))}


def newest_outcomes(connection: Connection, claim_ids: Collection[str]) -> dict[str, Row[Any]]:
    """The newest reconciliation of each claim that says how the claim stands."""
    found: dict[str, Row[Any]] = {}
    for row in sorted(fetch(connection, reconciliations, claim_ids), key=lambda each: each.number):
        if row.outcome in ADJUDICATED:
            found[row.claim_id] = row
    return found


def superseded_claims(connection: Connection, claim_ids: Collection[str]) -> set[str]:
    """Those of the claims of whose session a higher revision is there."""
    if not claim_ids:
        return set()
    columns = (claims.c.claim_id, claims.c.tenant, claims.c.session_id, claims.c.version)  # not the documents
    query = select(*columns).where(among(connection, claims.c.claim_id, claim_ids))
    mine = {row.claim_id: (row.tenant, row.session_id, row.version) for row in connection.execute(query)}
    newest = newest_versions(connection, {(tenant, session_id) for tenant, session_id, _ in mine.values()})
    return {claim_id for claim_id, (tenant, session, version) in mine.items() if version < newest[tenant, session]}


def newest_versions(connection: Connection, sessions: Collection[tuple[str, str]]) -> Mapping[tuple[str, str], int]:
    """The highest revision that was built of each (tenant, session id)."""
    newest: dict[tuple[str, str], int] = {}
    mine = (  # the tenants too: the index begins with them
        among(connection, claims.c.tenant, {tenant for tenant, _ in sessions}),
        among(connection, claims.c.session_id, {session_id for _, session_id in sessions}),
    )
    for row in connection.execute(select(claims.c.tenant, claims.c.session_id, claims.c.version).where(*mine)):
        key = (row.tenant, row.session_id)
        newest[key] = max(newest.get(key, 0), row.version)
    return newest


def fetch(connection: Connection, table: Table, claim_ids: Collection[str]) -> list[Row[Any]]:
    """Rows of a table about some claims."""
    if not claim_ids:
        return []
    return list(connection.execute(select(table).where(among(connection, table.c.claim_id, claim_ids))).all())
