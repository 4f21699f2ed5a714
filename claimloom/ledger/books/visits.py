"""Visits: how many finished visits came, corrected ones again; what became of them stands elsewhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from sqlalchemy import BigInteger, Column, Connection, Table, Text

from claimloom.ledger.books.common import add_to_totals
from claimloom.ledger.tables import metadata
from claimloom.topology import Book, Received
from schemas.topics import Topic

visit_totals = Table(
    "visit_totals",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("clinic", Text, primary_key=True),
    Column("count", BigInteger, nullable=False),
)


def session_completed(connection: Connection, received: Sequence[Received]) -> None:
    """``session-completed`` into visit_totals, each revision once."""
    count: Counter[tuple[str, ...]] = Counter((each.event.tenant, each.event.clinic) for each in received)
    add_to_totals(connection, visit_totals, {key: (number,) for key, number in count.items()})


VISITS: Final = Book("visits", (visit_totals,), {Topic.SESSION_COMPLETED: session_completed})
