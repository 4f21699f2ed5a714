"""Visits that their patients pay: no claim, a state. What each is charged, as the visit was told last, and the sums.

A visit is in it until it is told otherwise with a higher revision: billed, not to be billed, withdrawn.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import BigInteger, Column, Connection, Index, Integer, Table, Text, delete, select

from claimloom.ledger.books.claims import VOID
from claimloom.ledger.books.common import Row, add_to_totals
from claimloom.ledger.database import among, insert_or_update
from claimloom.ledger.states import of_visits
from claimloom.ledger.tables import Sorted, metadata, place
from claimloom.topology import Book, Received
from schemas.claim import ClaimBuilt
from schemas.followup import WorkFound
from schemas.topics import Topic

Key = tuple[str, str]
self_paid = Table(
    "self_paid",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("session_id", Sorted, primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("clinic", Text, nullable=False),
    Column("day", Sorted, nullable=False),
    Column("charge_cents", BigInteger, nullable=False),
    # The event that said so.
    place("place", primary_key=False, nullable=False),
    Index("self_paid_order", "tenant", "day", "session_id", "place"),
)
self_paid_totals = Table(
    "self_paid_totals",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("clinic", Text, primary_key=True),
    Column("count", BigInteger, nullable=False),
    Column("cents", BigInteger, nullable=False),
)


def told(connection: Connection, received: Sequence[Received]) -> None:
    """``work-found`` about visits without a claim, and ``claim-built`` of visits told again, into both tables."""
    about = [(key, each) for each in received if (key := _visit(each))]
    if not about:
        return
    keys = {key for key, _ in about}
    before = {(row["tenant"], row["session_id"]): row for row in _rows(connection, keys)}
    now: dict[Key, Row] = dict(before)
    billed = _billed(connection, {key for key, each in about if _charge(each) is not None})
    for key, each in about:
        if _revision(each) < (now[key]["revision"] if key in now else 0):
            continue
        now.pop(key, None)
        charge = _charge(each)
        if charge is not None and billed.get(key, 0) <= _revision(each):
            now[key] = _row(key, each, charge)
    _write(connection, before, now)


def _visit(each: Received) -> Key | None:
    data = each.data
    if isinstance(data, WorkFound) and data.unbilled is not None:
        return each.event.tenant, data.unbilled.session_id
    if isinstance(data, ClaimBuilt) and data.claim.version > 1 and data.claim.frequency_code != VOID:
        return each.event.tenant, data.session.session_id
    return None


def _revision(each: Received) -> int:
    data = each.data
    if isinstance(data, ClaimBuilt):
        return data.claim.version
    return data.unbilled.revision if isinstance(data, WorkFound) and data.unbilled else 0


def _charge(each: Received) -> int | None:
    data = each.data
    return data.unbilled.charge_cents if isinstance(data, WorkFound) and data.unbilled else None


def _row(key: Key, each: Received, charge: int) -> Row:
    assert isinstance(each.data, WorkFound)
    assert each.data.unbilled is not None
    tenant, session_id = key
    return {
        "tenant": tenant,
        "session_id": session_id,
        "revision": each.data.unbilled.revision,
        "clinic": each.event.clinic,
        "day": each.data.unbilled.date_of_service.isoformat(),
        "charge_cents": charge,
        "place": each.place,
    }


def _rows(connection: Connection, keys: set[Key]) -> list[dict[str, Any]]:
    mine = (
        among(connection, self_paid.c.tenant, {tenant for tenant, _ in keys}),
        among(connection, self_paid.c.session_id, {name for _, name in keys}),
    )
    rows = [dict(row._mapping) for row in connection.execute(select(self_paid).where(*mine))]
    return [row for row in rows if (row["tenant"], row["session_id"]) in keys]


def _billed(connection: Connection, keys: set[Key]) -> dict[Key, int]:
    """The highest revision of each visit of which there is a claim, or the void of one."""
    found: dict[Key, int] = {}
    for row in of_visits(connection, keys) if keys else ():
        key = (row.tenant, row.session_id)
        found[key] = max(found.get(key, 0), row.version)
    return found


def _write(connection: Connection, before: dict[Key, Row], now: dict[Key, Row]) -> None:
    for tenant, session_id in before.keys() - now.keys():
        mine = (self_paid.c.tenant == tenant, self_paid.c.session_id == session_id)
        connection.execute(delete(self_paid).where(*mine))
    insert_or_update(connection, self_paid, [row for key, row in sorted(now.items()) if row != before.get(key)])
    sums: dict[tuple[str, ...], list[int]] = defaultdict(lambda: [0, 0])
    for rows, sign in ((before, -1), (now, 1)):
        for row in rows.values():
            total = sums[row["tenant"], row["clinic"]]
            total[0] += sign
            total[1] += sign * row["charge_cents"]
    add_to_totals(connection, self_paid_totals, {key: tuple(values) for key, values in sums.items()})


SELF_PAID: Final = Book("self_paid", (self_paid, self_paid_totals), {Topic.WORK_FOUND: told, Topic.CLAIM_BUILT: told})
