"""Deposits: lines of banks' statements, each tied to the payment that an 835 tells of it.

By the trace number (TRN02), wherever the bank gives it: a column, the addenda in the text (CAQH CORE rule 370), another
number in the text; of that last the amount has to fit as well. Else by the amount, within some days, where the text
names the payer, and no other line and no other payment could be meant. What is tied follows from what is known,
whichever came first.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import BigInteger, Column, Connection, Index, Integer, String, Table, Text, bindparam, select

from claimloom.accounts.bank_lines import hints_at, numbers_in
from claimloom.ledger.books.common import Row, typed
from claimloom.ledger.books.payments import money_in
from claimloom.ledger.books.remittances import trace_key
from claimloom.ledger.database import among, insert_new
from claimloom.ledger.tables import Sorted, index_where, metadata, place
from claimloom.topology import Book, Received
from schemas.deposit import DepositTold
from schemas.topics import Topic

NEAR_DAYS: Final = 7
"""CAQH CORE rule 370: an 835 comes at most three business days before or after its EFT; a check takes longer."""
BY_TRACE, BY_TEXT, BY_AMOUNT = "trace", "text", "amount"
deposits = Table(
    "deposits",
    metadata,
    place(),
    Column("tenant", Text, nullable=False),
    Column("day", Sorted, nullable=False),
    Column("amount_cents", BigInteger, nullable=False),
    Column("trace", Text, nullable=False),
    Column("reference", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("payer", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("file_name", Text, nullable=False),
    Column("line", Integer, nullable=False),
    Column("payment_id", String(36), nullable=False),
    # By what it is tied: trace, text, amount.
    Column("tied_by", String(8), nullable=False),
    Index("deposits_order", "tenant", "day", "place"),
    Index("deposits_amount", "tenant", "amount_cents"),
    Index("deposits_payment", "payment_id"),
    index_where("payment_id = ''", "deposits_open", "tenant", "day", "place"),
)
deposit_numbers = Table(
    "deposit_numbers",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("number", Text, primary_key=True),
    place(),
    # Whether it stands where a payment's number stands, and not just somewhere in the text.
    Column("is_firm", Integer, nullable=False),
    Index("deposit_numbers_place", "place"),
    sqlite_with_rowid=False,
)


def deposits_told(connection: Connection, received: Sequence[Received]) -> None:
    """``deposit-told`` into deposits and deposit_numbers, and tied."""
    rows: list[Row] = []
    numbers: dict[tuple[str, str, int], Row] = {}
    for each, told in typed(received, DepositTold):
        tenant = each.event.tenant
        row = {name: getattr(told, name) for name in ("trace", "reference", "description", "payer", "account")}
        row |= {"place": each.place, "tenant": tenant, "day": told.day.isoformat(), "amount_cents": told.amount_cents}
        rows.append(row | {"file_name": told.file_name, "line": told.line, "payment_id": "", "tied_by": ""})
        firm, loose = numbers_in(told.trace, told.reference, told.description)
        for number, is_firm in [*((each, 1) for each in firm), *((each, 0) for each in loose)]:
            if key := trace_key(number):
                one = {"tenant": tenant, "number": key, "place": each.place, "is_firm": is_firm}
                numbers.setdefault((tenant, key, each.place), one)
    insert_new(connection, deposits, rows)
    insert_new(connection, deposit_numbers, list(numbers.values()))
    for tenant in {row["tenant"] for row in rows}:
        amounts = {row["amount_cents"] for row in rows if row["tenant"] == tenant}
        tie(connection, tenant, {key for of, key, _ in numbers if of == tenant}, amounts)


def tie(connection: Connection, tenant: str, numbers: Collection[str], amounts: Collection[int]) -> None:
    """Tie anew what these numbers and amounts, of lines or payments that came, can change."""
    some = _Ties(connection, tenant, numbers, amounts)
    if some.lines:
        some.write()


class _Ties:
    """Lines and payments that could belong together, and which of them do."""

    def __init__(self, connection: Connection, tenant: str, numbers: Collection[str], amounts: Collection[int]) -> None:
        self.connection = connection
        self.tenant = tenant
        self.of_number = self._numbers(numbers)
        self.lines = self._lines({place for some in self.of_number.values() for place in some}, amounts)
        if not self.lines:
            return
        self.of_number = self._numbers_at(self.lines)
        self.amounts = {*amounts, *(row.amount_cents for row in self.lines.values())}
        self.payments = self._payments({*self.of_number, *numbers}, self.amounts)
        # A payment may be named by a line that nothing else here is about.
        self.of_number |= self._numbers({row.trace_key for row in self.payments.values()})
        beside = {place for some in self.of_number.values() for place in some} - self.lines.keys()
        self.beside = self._lines(beside, ())

    def write(self) -> None:
        """Tie, and put down what is tied otherwise than it was."""
        named = self._by_number()
        tied = {at: pair for at, pair in named.items() if at in self.lines}
        tied |= self._by_amount({payment for payment, _ in named.values()}, tied.keys())
        moved = []
        for at, row in self.lines.items():
            payment_id, how = tied.get(at, ("", ""))
            if (row.payment_id, row.tied_by) != (payment_id, how):
                moved.append({"key": at, "payment_id": payment_id, "tied_by": how})
        if moved:
            values: Row = {"payment_id": bindparam("payment_id"), "tied_by": bindparam("tied_by")}
            self.connection.execute(deposits.update().where(deposits.c.place == bindparam("key")).values(values), moved)
        self._of_payments({**{at: payment for at, (payment, _) in named.items()}, **{at: tied[at][0] for at in tied}})

    def _by_number(self) -> dict[int, tuple[str, str]]:
        """The payment of each line that names one: of several the one of its amount, then the nearest in days."""
        by_key: dict[str, list[Any]] = defaultdict(list)
        for payment in self.payments.values():
            by_key[payment.trace_key].append(payment)
        found: dict[int, tuple[Any, ...]] = {}
        for number, places in self.of_number.items():
            for at, is_firm in places.items():
                line: Any = self.lines.get(at) or self.beside.get(at)
                for payment in by_key.get(number, ()) if line else ():
                    same = payment.amount_cents == line.amount_cents
                    if same or is_firm:
                        rank = (not same, not is_firm, _days(payment.day, line.day), payment.payment_id)
                        found[at] = min(found.get(at, rank), rank)
        return {at: (rank[-1], BY_TEXT if rank[1] else BY_TRACE) for at, rank in found.items()}

    def _by_amount(self, taken: Collection[str], named: Collection[int]) -> dict[int, tuple[str, str]]:
        lines: dict[int, list[Any]] = defaultdict(list)
        for at, row in self.lines.items():
            if at not in named:
                lines[row.amount_cents].append(row)
        fits: dict[int, list[str]] = defaultdict(list)
        back: dict[str, list[int]] = defaultdict(list)
        for payment in self.payments.values():
            if payment.payment_id in taken or not payment.amount_cents:
                continue
            for line in lines.get(payment.amount_cents, ()):
                said = f"{line.description} {line.payer} {line.reference}"
                if _days(payment.day, line.day) <= NEAR_DAYS and hints_at(payment.payer_name, said):
                    fits[line.place].append(payment.payment_id)
                    back[payment.payment_id].append(line.place)
        alone = {at: some[0] for at, some in fits.items() if len(some) == 1 and len(back[some[0]]) == 1}
        return {at: (payment_id, BY_AMOUNT) for at, payment_id in alone.items()}

    def _of_payments(self, tied: Mapping[int, str]) -> None:
        """Of payments whether their money came."""
        mine: dict[str, int] = {}
        for at, payment_id in tied.items():
            mine[payment_id] = min(mine.get(payment_id, at), at)
        here = self.lines.keys() | self.beside.keys()
        moved = []
        for payment_id, row in self.payments.items():
            now = mine.get(payment_id)
            if now is None and row.deposit is not None and row.deposit not in here:
                continue  # tied to a line that nothing here is about
            if now != row.deposit:
                moved.append({"key": payment_id, "deposit": now, "awaits_money": int(now is None and _brings(row))})
        if moved:
            values: Row = {"deposit": bindparam("deposit"), "awaits_money": bindparam("awaits_money")}
            mine_too = money_in.c.payment_id == bindparam("key")
            self.connection.execute(money_in.update().where(mine_too).values(values), moved)

    def _numbers(self, numbers: Iterable[str]) -> dict[str, dict[int, int]]:
        """By number the lines that have it."""
        rows = deposit_numbers
        mine = (
            among(self.connection, rows.c.tenant, {self.tenant}),
            among(self.connection, rows.c.number, set(numbers)),
        )
        return _grouped(self.connection.execute(select(rows).where(*mine)))

    def _numbers_at(self, places: Iterable[int]) -> dict[str, dict[int, int]]:
        rows = deposit_numbers
        mine = among(self.connection, rows.c.place, list(places))
        return _grouped(self.connection.execute(select(rows).where(mine)))

    def _lines(self, places: Collection[int], amounts: Collection[int]) -> dict[int, Any]:
        found: dict[int, Any] = {}
        if places:
            query = select(deposits).where(among(self.connection, deposits.c.place, places))
            found |= {row.place: row for row in self.connection.execute(query)}
        if amounts:
            mine = among(self.connection, deposits.c.tenant, {self.tenant})
            query = select(deposits).where(mine, among(self.connection, deposits.c.amount_cents, amounts))
            found |= {row.place: row for row in self.connection.execute(query)}
        return found

    def _payments(self, numbers: Collection[str], amounts: Collection[int]) -> dict[str, Any]:
        mine = among(self.connection, money_in.c.tenant, {self.tenant})
        columns = (*("payment_id", "trace_key", "amount_cents", "day", "payer_name", "method", "deposit"),)
        query = select(*(money_in.c[name] for name in columns))
        found: dict[str, Any] = {}
        for column, values in ((money_in.c.trace_key, set(numbers) - {""}), (money_in.c.amount_cents, set(amounts))):
            rows = self.connection.execute(query.where(mine, among(self.connection, column, values)))
            found |= {row.payment_id: row for row in rows}
        return found


def _grouped(rows: Iterable[Any]) -> dict[str, dict[int, int]]:
    found: dict[str, dict[int, int]] = defaultdict(dict)
    for row in rows:
        found[row.number][row.place] = row.is_firm
    return dict(found)


def _brings(payment: Any) -> bool:
    return bool(payment.amount_cents)


def _days(one: str, other: str) -> int:
    return abs((date.fromisoformat(one) - date.fromisoformat(other)).days) if one and other else 0


DEPOSITS: Final = Book("deposits", (deposits, deposit_numbers), {Topic.DEPOSIT_TOLD: deposits_told})
