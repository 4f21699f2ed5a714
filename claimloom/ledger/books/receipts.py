"""Whether a file arrived: what was said of any claim of it shows that, whatever it says.

A TA1 speaks of the interchange, a 999 of a transaction (ST). A 277CA or an 835 implies both.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final, NamedTuple

from sqlalchemy import Connection, select

from claimloom.ledger.books.acknowledgments import acknowledgments
from claimloom.ledger.books.ranking import NO_TA1
from claimloom.ledger.books.reconciliations import reconciliations
from claimloom.ledger.books.submissions import submissions
from claimloom.ledger.database import among

INTERCHANGE: Final = "interchange"


class SentIn(NamedTuple):
    """The file that a claim went out in, and its transaction (BHT03)."""

    file_name: str
    batch_id: str


def files_of(connection: Connection, places: Collection[int]) -> dict[int, SentIn]:
    """Where claims stand on the wire."""
    columns = (submissions.c.claim, submissions.c.file_name, submissions.c.batch_id)
    mine = among(connection, submissions.c.claim, places)
    return {row[0]: SentIn(row[1], row[2]) for row in connection.execute(select(*columns).where(mine))}


def claims_of(connection: Connection, kind: str, sent: SentIn) -> set[int]:
    """The claims of which an answer of a kind (``no_ta1``: of the file, else of the transaction) speaks."""
    column, value = (submissions.c.file_name, sent.file_name)
    if kind != NO_TA1:
        column, value = (submissions.c.batch_id, sent.batch_id)
    return set(connection.scalars(select(submissions.c.claim).where(column == value)))


def is_heard_of(connection: Connection, kind: str, places: Collection[int]) -> bool:
    """Whether anybody said something of these claims of a file, since they stand in it, that shows that it arrived."""
    mine = among(connection, acknowledgments.c.claim, places)
    query = select(acknowledgments.c.place, acknowledgments.c.level, submissions.c.since)
    for row in connection.execute(query.join(submissions, submissions.c.claim == acknowledgments.c.claim).where(mine)):
        if row.place > (row.since or 0) and (kind == NO_TA1 or row.level != INTERCHANGE):
            return True
    decided = among(connection, reconciliations.c.claim, places)
    return connection.scalar(select(reconciliations.c.place).where(decided).limit(1)) is not None
