"""What stands between a payer, a visit and its patient, by the postings; read by decisions about money."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection, select

from claimloom.accounts.by_people import FOLLOWING, RECOVERED, newest_answer
from claimloom.ledger.books.postings import SEEN, postings
from claimloom.ledger.books.reconciliations import never_by


class PayersPart(NamedTuple):
    """Cents of a payer's part of a visit: what it owes (less than zero: it is owed), what of it the patient may be
    billed and why not more, and what it paid and was not returned.
    """

    open_cents: int
    patients_cents: int
    never: str
    paid_cents: int


def owed_by(connection: Connection, tenant: str, visit: str, payer_id: str) -> PayersPart:
    """What stands of a payer's part of a visit."""
    mine = (postings.c.tenant == tenant, postings.c.visit == visit)
    rows = [dict(row._mapping) for row in connection.execute(select(*SEEN, postings.c.payer_id).where(*mine))]
    rows = [row for row in rows if row["payer_id"] == payer_id]
    told = [row for row in rows if row["kind"] not in FOLLOWING]
    people = [row for row in rows if row["kind"] in FOLLOWING]
    answer = newest_answer(rows)
    never, why = never_by(connection, answer) if answer is not None else (0, "")
    owed = sum(row["receivable_cents"] for row in rows)
    may = sum(row["receivable_cents"] for row in told) - never - sum(row["patient_cents"] for row in people)
    paid = sum(row["payment_cents"] + row["other_cents"] for row in told) + sum(row["cash_cents"] for row in people)
    paid += sum(row["other_cents"] for row in people if row["kind"] == RECOVERED)
    return PayersPart(owed, min(owed, may), why, paid)
