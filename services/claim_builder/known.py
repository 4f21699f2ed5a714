"""What the ledger knows of a visit's claims: which went out, the payers' numbers of them, and their answers."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from sqlalchemy import Connection, Row, select, text

from claimloom.billing.secondary import ORDER
from claimloom.desk.correction import Sent
from claimloom.desk.next_step import is_unprocessable
from claimloom.ledger.books.acknowledgments import acknowledgments
from claimloom.ledger.books.claims import VOID, claims
from claimloom.ledger.books.reconciliations import remittances_of
from claimloom.ledger.books.remittances import remittances
from claimloom.ledger.database import among
from claimloom.ledger.journal import claims_at, payloads
from claimloom.ledger.line_decisions import lines_decided
from claimloom.ledger.states import NOT_OUT, Known, known_of, of_visits
from claimloom.lines import Decided
from claimloom.remit.answers import NO_POSTING, Posted
from schemas.claim import Claim
from schemas.remittance import RemittanceReceived

WAITS: Final = text("waits = 1")
"""As the index says it, word for word: so it is used."""


class Visit:
    """The claims of a visit that were built of revisions before one."""

    def __init__(self, connection: Connection, tenant: str, session_id: str, before: int) -> None:
        self._connection = connection
        rows = of_visits(connection, {(tenant, session_id)})
        self._rows = sorted((row for row in rows if row.version < before), key=lambda row: (row.version, row.place))
        voids = [row for row in self._rows if row.frequency == VOID]
        self._voided = {row.replaces for row in voids}

    @property
    def lines(self) -> list[str]:
        """The payers in line that were billed, or were to be, in their order."""
        found = {row.in_line for row in self._rows if row.frequency != VOID}
        return sorted(found, key=ORDER.index)

    def newest(self, line: str) -> Claim | None:
        """The newest claim of a line, whether it went out or not; None if it is a void."""
        row = self._newest_row(line)
        return None if row is None or row.frequency == VOID else claims_at(self._connection, [row.place])[row.place]

    def newest_place(self, line: str) -> int | None:
        """Where that stands."""
        row = self._newest_row(line)
        return None if row is None or row.frequency == VOID else row.place

    def newest_out(self, line: str, *, tests: bool = False) -> Sent | None:
        """The newest claim of a line that a payer has, and that is not voided; ``tests``: of test files as well."""
        mine = [row for row in self._rows if row.in_line == line and row.frequency != VOID]
        known = known_of(self._connection, [row.place for row in mine if row.place not in self._voided])
        for row in reversed(mine):
            if row.place in known and (found := sent_of(self._connection, known[row.place], tests=tests)):
                return found
        return None

    def _newest_row(self, line: str) -> Row[Any] | None:
        return next((row for row in reversed(self._rows) if row.in_line == line), None)


def sent_at(connection: Connection, place: int) -> Sent | None:
    """A claim as far as a payer has it, or None."""
    known = known_of(connection, [place]).get(place)
    return sent_of(connection, known) if known else None


def sent_of(connection: Connection, known: Known, *, tests: bool = False) -> Sent | None:
    """The same of what is known. No payer has what went out in a test file alone, unless it gave it a number all the
    same.
    """
    place = known.claim.place
    if known.state in NOT_OUT:
        return None
    number = _payers_number(connection, place)
    if known.is_test and not tests and not number and not known.outcomes:
        return None
    answers = sorted(answers_of(connection, place), key=lambda each: each.order)
    decided = [each for each in answers if not each.claim.takes_back and each.claim.status_code not in NO_POSTING]
    days = [each.header.payment_date for each in decided if each.header.payment_date]
    unprocessable = known.state == "denied" and bool(decided) and is_unprocessable(decided[-1].claim)
    claim = claims_at(connection, [place])[place]
    return Sent(claim, known.state, number, max(days, default=None), unprocessable)


def _payers_number(connection: Connection, claim: int) -> str:
    """The payer's number of a claim, as it said it last by the day of its answer: numbers are no text to be compared,
    and files are read in any order.
    """
    said: list[tuple[str, int, str]] = []
    for table, day in ((remittances, remittances.c.payment_date), (acknowledgments, acknowledgments.c.process_date)):
        number = table.c.payer_claim_control_number
        query = select(day, table.c.place, number).where(table.c.claim == claim, number != "")
        said += [(str(row[0]), int(row[1]), str(row[2])) for row in connection.execute(query)]
    return max(said, default=("", 0, ""))[2]


def answers_of(connection: Connection, claim: int, *, before: int | None = None) -> list[Posted]:
    """The remittances of a claim that count: balanced, and no second telling. ``before``: those that were read before
    this place.
    """
    places = {place for place in remittances_of(connection, [claim]) if before is None or place < before}
    told = payloads(connection, places, RemittanceReceived) if places else {}
    decided = lines_decided(connection, [claim]) if told else {}
    return [
        _posted(each, decided.get((claim, place), ()))
        for place, each in told.items()
        if each.claim and not each.imbalances and not each.duplicate_of
    ]


def _posted(data: RemittanceReceived, decided: Decided) -> Posted:
    """In the order of payments; of one payment what is taken back comes before what is told anew."""
    assert data.claim is not None
    on = data.header.payment_date.isoformat() if data.header.payment_date else ""
    taken_back_first = "0" if data.claim.takes_back else "1"
    order = (on, data.header.trace_number, taken_back_first, f"{data.transaction_index:06d}", f"{data.position:06d}")
    return Posted(data.header, data.claim, order, decided)


def waiting_for(connection: Connection, sent: Collection[int]) -> list[int]:
    """Places of the corrections and voids that wait for what a payer says of these claims."""
    if not sent:
        return []
    return list(connection.scalars(select(claims.c.place).where(WAITS, among(connection, claims.c.replaces, sent))))


def with_payers_after(connection: Connection, places: Collection[int]) -> list[int]:
    """Of some claims those after whose payer another one comes."""
    if not places:
        return []
    mine = among(connection, claims.c.place, places)
    return list(connection.scalars(select(claims.c.place).where(mine, claims.c.payers_after > 0)))
