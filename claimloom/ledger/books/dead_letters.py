"""Dead letters: events that a service gave up on, kept until somebody mended them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Column, Connection, Index, Integer, String, Table, Text

from claimloom.ledger.books.common import typed
from claimloom.ledger.database import insert_new
from claimloom.ledger.tables import metadata
from claimloom.topology import Book, Received
from schemas.followup import DeadLetter
from schemas.topics import Topic

dead_letters = Table(
    "dead_letters",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("service", String(40), nullable=False),
    Column("event_id", String(36), nullable=False),
    Column("event_type", String(32), nullable=False),
    Column("error_type", Text, nullable=False),
    Column("error", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("tenant", Text, nullable=False, server_default=""),
    Index("dead_letters_tenant", "tenant"),
)


def dead_letter(connection: Connection, received: Sequence[Received]) -> None:
    """``dead-letter`` into dead_letters."""
    rows = [
        {"id": str(each.event.id), "tenant": each.event.tenant} | letter.model_dump(mode="json")
        for each, letter in typed(received, DeadLetter)
    ]
    insert_new(connection, dead_letters, rows)


DEAD_LETTERS: Final = Book("dead_letters", (dead_letters,), {Topic.DEAD_LETTER: dead_letter})
