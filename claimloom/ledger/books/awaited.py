"""What is waited for: of an item of work the end of a lease, the day from which it is listed, and the day when it moves
up the list.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import date
from typing import Any, Final

from sqlalchemy import Column, Connection, Index, Table, Text, select

from claimloom.ledger.books.common import Row
from claimloom.ledger.books.ranking import urgency
from claimloom.ledger.database import among
from claimloom.ledger.tables import metadata

LEASE: Final = "lease"
# An item that is off the list until its day.
ASLEEP: Final = "asleep"
# An item whose last day comes near, and moves up the list.
NEARING: Final = "nearing"
# What of an item ends when what is awaited of it is due.
ENDS: Final = {LEASE: "owner", ASLEEP: "not_before"}
awaited = Table(
    "awaited",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("about", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("due", Text, nullable=False),
    Index("awaited_due", "kind", "due"),
)


def awaited_of(item: Row, kind: str, due: str) -> Row:
    return {"tenant": item["tenant"], "about": item["id"], "kind": kind, "due": due}


def nearing(items: Iterable[tuple[Row, date]]) -> Iterator[Row]:
    """Of open items, as they are on a day, when they move up the list."""
    for item, today in items:
        last = date.fromisoformat(item["last_day"]) if item["last_day"] else None
        if item["state"] == "open" and (until := urgency(last, today).until):
            yield awaited_of(item, NEARING, until.isoformat())


def end_waiting(connection: Connection, kind: str, items: Collection[str]) -> None:
    if not items:
        return
    mine = among(connection, awaited.c.about, items)
    connection.execute(awaited.delete().where(mine, awaited.c.kind == kind))


def is_over(kind: str, now: str) -> Any:
    return (awaited.c.kind == kind) & (awaited.c.due <= now)


def is_due(connection: Connection, now: str) -> bool:
    """Whether a clock has something to do."""
    asked = (select(awaited.c.about).where(is_over(kind, now)).limit(1) for kind in (*ENDS, NEARING))
    return any(connection.scalar(query) is not None for query in asked)
