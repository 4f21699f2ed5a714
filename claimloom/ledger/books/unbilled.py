"""Work about visits of which no claim could be made: open until one is made, or the visit is told anew."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Connection, Select, select

from claimloom.ledger.books.claims import claims
from claimloom.ledger.books.common import Row
from claimloom.ledger.books.work_items import UNBILLED, Items, work_items
from claimloom.ledger.database import among
from claimloom.ledger.states import fetch, of_visits
from claimloom.topology import Received
from schemas.followup import Unbilled, WorkFound


def _unbilled(each: Received) -> Unbilled | None:
    return each.data.unbilled if isinstance(each.data, WorkFound) else None


def visit_of(each: Received) -> Row:
    """What the list shows of a visit that has no claim."""
    visit = _unbilled(each)
    if visit is None:
        return {}
    day = visit.date_of_service.isoformat()
    return {"payer_id": visit.payer_id, "patient_id": visit.patient_id, "visit": visit.session_id, "day": day}


def billed_since(connection: Connection, opening: Sequence[Received]) -> set[int]:
    """Of events about visits without a claim the places of those whose visit has one since, or was told anew. What was
    open about a visit is closed by what is told of it later.
    """
    told: dict[tuple[str, str], dict[int, int]] = defaultdict(dict)
    for each in opening:
        if visit := _unbilled(each):
            told[each.event.tenant, visit.session_id][each.place] = visit.revision
    if not told:
        return set()
    versions: dict[tuple[str, str], int] = defaultdict(int)
    for claim in of_visits(connection, told.keys()):
        versions[claim.tenant, claim.session_id] = max(versions[claim.tenant, claim.session_id], claim.version)
    items = Items(connection, connection.execute(_open_unbilled(connection, told.keys())))
    over = {each.place for each in opening if (visit := _unbilled(each)) and visit.settled}
    for key, revisions in told.items():
        before = [row for row in items.rows.values() if (row["tenant"], row["visit"]) == key]
        last = max([*revisions, *(row["place"] for row in before)])
        for row in before:
            row["state"] = "open" if row["place"] == last else "closed"
        over |= {at for at, revision in revisions.items() if at != last or versions[key] >= revision}
    items.write()
    return over


def _open_unbilled(connection: Connection, visits: Collection[tuple[str, str]]) -> Select[Any]:
    mine = (
        among(connection, work_items.c.tenant, {tenant for tenant, _ in visits}),
        among(connection, work_items.c.visit, {name for _, name in visits}),
    )
    return select(work_items).where(UNBILLED, *mine, work_items.c.state == "open")


def billed_at_last(connection: Connection, built: set[int]) -> None:
    rows = fetch(connection, claims, built, (claims.c.place, claims.c.tenant, claims.c.session_id))
    visits = {(row.tenant, row.session_id) for row in rows}
    items = Items(connection, connection.execute(_open_unbilled(connection, visits)) if visits else ())
    for row in items.rows.values():
        row["state"] = "closed" if (row["tenant"], row["visit"]) in visits else "open"
    items.write()
