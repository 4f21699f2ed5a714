"""account_keeper: whatever is said of a claim shows at once in its standing, in the payment that said it, and in the
sums of all of them.
"""

from __future__ import annotations

from typing import Final

from claimloom.ledger.books.postings import ACCOUNTS_BOOK
from claimloom.ledger.books.standings import STANDINGS, WATCHED
from claimloom.ledger.gauges import measure
from claimloom.topology import Service

SERVICE: Final = Service(
    name="account_keeper",
    consumes=WATCHED,
    # Two workers that meet on a claim would both take its old row out of the sums.
    serial=True,
    keeps=(STANDINGS, ACCOUNTS_BOOK),
    gauges=measure,
    batches=8,
    within=0.5,
)
