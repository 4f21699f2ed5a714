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
from claimloom.ledger.books.remittances import brings_money, payments, remittances, trace_key
from claimloom.ledger.database import among, insert_new, insert_or_update, lock
from claimloom.ledger.journal import event_places
from claimloom.ledger.tables import Sorted, index_where, metadata, place
from claimloom.topology import Book, Received
from schemas.deposit import DepositTold
from schemas.remittance import RemittanceReceived
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
    """``deposit-told`` into deposits and deposit_numbers, and tied. What tells a line anew adds to that."""
    rows: list[Row] = []
    numbers: dict[tuple[str, str, int], Row] = {}
    again = {str(told.told_before) for _, told in typed(received, DepositTold) if told.told_before}
    places = event_places(connection, again) if again else {}
    touched: dict[str, tuple[set[str], set[int]]] = {}
    more: list[tuple[int, DepositTold]] = []
    for each, told in typed(received, DepositTold):
        tenant = each.event.tenant
        at = places.get(str(told.told_before), each.place)
        keys, amounts = touched.setdefault(tenant, (set(), set()))
        amounts.add(told.amount_cents)
        firm, loose = numbers_in(told.trace, told.reference, told.description)
        for number, is_firm in [*((one, 1) for one in firm), *((one, 0) for one in loose)]:
            if key := trace_key(number):
                one = {"tenant": tenant, "number": key, "place": at, "is_firm": is_firm}
                first = numbers.setdefault((tenant, key, at), one)
                first["is_firm"] = max(first["is_firm"], is_firm)
                keys.add(key)
        if at != each.place:
            more.append((at, told))
            continue
        row = {name: getattr(told, name) for name in ("trace", "reference", "description", "payer", "account")}
        row |= {"place": each.place, "tenant": tenant, "day": told.day.isoformat(), "amount_cents": told.amount_cents}
        rows.append(row | {"file_name": told.file_name, "line": told.line, "payment_id": "", "tied_by": ""})
    insert_new(connection, deposits, rows)
    _add_words(connection, more)
    insert_new(connection, deposit_numbers, [row for row in numbers.values() if not row["is_firm"]])
    firm_ones = [row for row in numbers.values() if row["is_firm"]]
    insert_or_update(connection, deposit_numbers, firm_ones, ("is_firm",))
    for tenant, (keys, amounts) in sorted(touched.items()):
        tie(connection, tenant, keys, amounts)


def _add_words(connection: Connection, more: Sequence[tuple[int, DepositTold]]) -> None:
    """To lines, by place, what other files say of them."""
    if not more:
        return
    columns = (deposits.c.place, deposits.c.description, deposits.c.payer, deposits.c.reference)
    query = select(*columns).where(among(connection, deposits.c.place, {at for at, _ in more}))
    rows = {row.place: dict(row._mapping) for row in connection.execute(query)}
    for at, told in ((at, told) for at, told in more if at in rows):
        for name in ("description", "payer", "reference"):
            said, new = rows[at][name], getattr(told, name)
            if new not in said:
                rows[at][name] = f"{said} / {new}" if said else new
    for at, row in rows.items():
        values = {name: row[name] for name in ("description", "payer", "reference")}
        connection.execute(deposits.update().where(deposits.c.place == at).values(values))


def payments_told(connection: Connection, received: Sequence[Received]) -> None:
    """``remittance-received``: its payment is tied, if a line of a bank's is about it."""
    told: dict[str, tuple[set[str], set[int]]] = {}
    for each, remit in typed(received, RemittanceReceived):
        numbers, amounts = told.setdefault(each.event.tenant, (set(), set()))
        numbers.add(trace_key(remit.header.trace_number))
        amounts.add(remit.header.net_cents)
    for tenant, (numbers, amounts) in sorted(told.items()):
        tie(connection, tenant, numbers, amounts)


def tie(connection: Connection, tenant: str, numbers: Collection[str], amounts: Collection[int]) -> None:
    """Tie anew what these numbers and amounts, of lines or payments that came, can change. Who reads a statement and
    who reads an 835 wait for each other here: one of them sees what the other read.
    """
    lock(connection, [f"deposits {tenant}"])
    some = _Ties(connection, tenant, numbers, amounts)
    if some.lines:
        some.write()


def ties_of(connection: Connection, tenant: str, numbers: Collection[str], amounts: Collection[int]) -> dict[int, bool]:
    """By place the lines and payments that ``tie`` looks at for these, and whether each is tied."""
    some = _Ties(connection, tenant, numbers, amounts)
    if not some.lines:
        return {}
    lines = some.lines | some.beside
    found = {at: row.payment_id != "" for at, row in lines.items()}
    return found | {row.place: row.deposit is not None for row in some.payments.values()}


def tied_among(connection: Connection, places: Collection[int]) -> set[int]:
    """Of lines (by their place) and payments (by that of what told of them first) those that are tied."""
    if not places:
        return set()
    lines = select(deposits.c.place).where(among(connection, deposits.c.place, places), deposits.c.payment_id != "")
    mine = among(connection, remittances.c.place, places)
    first = select(remittances.c.place).join(payments, payments.c.payment_id == remittances.c.payment_id)
    return {*connection.scalars(lines), *connection.scalars(first.where(mine, payments.c.deposit.is_not(None)))}


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
                    same = payment.net_cents == line.amount_cents
                    if same or is_firm:
                        rank = (not same, not is_firm, _days(payment.payment_date, line.day), payment.payment_id)
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
            if payment.payment_id in taken or not payment.net_cents:
                continue
            for line in lines.get(payment.net_cents, ()):
                said = f"{line.description} {line.payer} {line.reference}"
                if _days(payment.payment_date, line.day) <= NEAR_DAYS and hints_at(payment.payer_name, said):
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
                awaits = now is None and brings_money(row.net_cents, row.method)
                moved.append({"key": payment_id, "deposit": now, "awaits_money": int(awaits)})
        if moved:
            values: Row = {"deposit": bindparam("deposit"), "awaits_money": bindparam("awaits_money")}
            mine_too = payments.c.payment_id == bindparam("key")
            self.connection.execute(payments.update().where(mine_too).values(values), moved)

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
        mine = among(self.connection, payments.c.tenant, {self.tenant})
        columns = ("payment_id", "place", "trace_key", "net_cents", "payment_date", "payer_name", "method", "deposit")
        query = select(*(payments.c[name] for name in columns))
        found: dict[str, Any] = {}
        for column, values in ((payments.c.trace_key, set(numbers) - {""}), (payments.c.net_cents, set(amounts))):
            rows = self.connection.execute(query.where(mine, among(self.connection, column, values)))
            found |= {row.payment_id: row for row in rows}
        return found


def _grouped(rows: Iterable[Any]) -> dict[str, dict[int, int]]:
    found: dict[str, dict[int, int]] = defaultdict(dict)
    for row in rows:
        found[row.number][row.place] = row.is_firm
    return dict(found)


def _days(one: str, other: str) -> int:
    return abs((date.fromisoformat(one) - date.fromisoformat(other)).days) if one and other else 0


DEPOSITS: Final = Book(
    "deposits",
    (deposits, deposit_numbers),
    {Topic.DEPOSIT_TOLD: deposits_told, Topic.REMITTANCE_RECEIVED: payments_told},
)
