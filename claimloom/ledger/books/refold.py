"""What older events give books that are new: folded again from the journal, as replay would.

Who upgrades a sealed ledger may not have its keys at hand: what cannot be opened is left, and ``claimloom replay``
takes it in later.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Connection, select

from claimloom.ledger.books.claims import PAYERS_AFTER, TAX_IDS, THERAPY_TOLD
from claimloom.ledger.books.postings import ACCOUNTS_BOOK
from claimloom.ledger.books.provider_level import PROVIDER_LEVEL
from claimloom.ledger.books.remittances import HEADERS
from claimloom.ledger.books.shortfalls import SHORTFALLS
from claimloom.ledger.books.unbilled_visits import UNBILLED_VISITS
from claimloom.ledger.database import among
from claimloom.ledger.tables import inbox, journal
from claimloom.ledger.vault import read_envelope
from claimloom.sealing import SealError
from claimloom.topology import Book, Received

PAGE: Final = 1000
SINCE: Final[dict[str, tuple[tuple[Book, str], ...]]] = {
    "0013": ((PROVIDER_LEVEL, ""),),
    "0014": ((ACCOUNTS_BOOK, "account_keeper"),),
    "0016": ((SHORTFALLS, ""),),
    "0023": ((TAX_IDS, ""), (PROVIDER_LEVEL, ""), (ACCOUNTS_BOOK, "account_keeper")),
    "0027": ((PAYERS_AFTER, ""),),
    "0030": ((HEADERS, ""), (ACCOUNTS_BOOK, "account_keeper")),
    "0035": ((THERAPY_TOLD, ""),),
    "0038": ((UNBILLED_VISITS, ""),),
}
"""By schema the books that it brought, or of which it knows more, each with the service that consumes what it folds;
empty: its maker keeps it.
"""


def refold(connection: Connection, before: str) -> None:
    """Fold the journal into the books that a ledger of the schema ``before`` lacks."""
    new = [pair for schema, some in sorted(SINCE.items()) if schema > before for pair in some]
    if not new:
        return
    topics = sorted({topic for book, _ in new for topic in book.folds})
    last = 0
    while rows := _page(connection, topics, last):
        last = rows[-1].seq
        received = [each for row in rows if (each := _read(connection, row))]
        for book, consumer in new:
            some = [each for each in received if each.event.type in book.folds]
            if consumer:
                done = _consumed(connection, consumer, [each.place for each in some])
                some = [each for each in some if each.place in done]
            for fold in dict.fromkeys(book.folds.values()):
                mine = [each for each in some if book.folds[each.event.type] is fold]  # type: ignore[index]
                if mine:
                    fold(connection, mine)


def _page(connection: Connection, topics: Sequence[str], last: int) -> Sequence[Any]:
    query = select(journal.c.seq, journal.c.claim, journal.c.body)
    mine = (among(connection, journal.c.type, topics), journal.c.seq > last, journal.c.source != "")
    rows: Sequence[Any] = connection.execute(query.where(*mine).order_by(journal.c.seq).limit(PAGE)).all()
    return rows


def _read(connection: Connection, row: Any) -> Received | None:
    try:
        return Received(read_envelope(connection, row.body), row.seq, row.claim)
    except SealError:
        return None


def _consumed(connection: Connection, service: str, places: list[int]) -> set[int]:
    mine = (inbox.c.service == service, inbox.c.outcome == "done", among(connection, inbox.c.place, places))
    return set(connection.scalars(select(inbox.c.place).where(*mine)))
