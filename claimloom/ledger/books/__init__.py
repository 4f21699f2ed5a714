"""Books: tables that belong together, each with the folds that keep it and its small look-ups.

A fold looks at nothing but the events and the rows that earlier events made, so that rebuilding gives the same rows.
Replay and erasure walk ``BOOKS``; there is no other list of tables. A new book is a module here, a line in ``BOOKS``
and a service that keeps it.
"""

from __future__ import annotations

from typing import Final

from claimloom.ledger.books.acknowledgments import ACKNOWLEDGMENTS
from claimloom.ledger.books.claims import CLAIMS
from claimloom.ledger.books.deposits import DEPOSITS
from claimloom.ledger.books.postings import ACCOUNTS_BOOK
from claimloom.ledger.books.provider_level import PROVIDER_LEVEL
from claimloom.ledger.books.reconciliations import RECONCILIATIONS
from claimloom.ledger.books.remittances import REMITTANCES
from claimloom.ledger.books.scrubs import SCRUBS
from claimloom.ledger.books.self_paid import SELF_PAID
from claimloom.ledger.books.shortfalls import SHORTFALLS
from claimloom.ledger.books.standings import STANDINGS
from claimloom.ledger.books.submissions import SUBMISSIONS
from claimloom.ledger.books.unbilled_visits import UNBILLED_VISITS
from claimloom.ledger.books.visits import VISITS
from claimloom.ledger.books.work import WORK
from claimloom.topology import Book

BOOKS: Final[tuple[Book, ...]] = (
    VISITS,
    CLAIMS,
    SELF_PAID,
    UNBILLED_VISITS,
    SCRUBS,
    SUBMISSIONS,
    ACKNOWLEDGMENTS,
    REMITTANCES,
    DEPOSITS,
    RECONCILIATIONS,
    SHORTFALLS,
    PROVIDER_LEVEL,
    ACCOUNTS_BOOK,
    WORK,
    STANDINGS,
)
FOLDED: Final = tuple(table for book in BOOKS for table in book.tables)
"""All tables that are folds of the journal."""
