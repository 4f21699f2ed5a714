"""Payments: each with where every cent of it went, and what of it waits."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, func, select

from claimloom.ledger.books.deposits import deposits
from claimloom.ledger.books.payments import SUMS, money_in, money_totals, suspense_cents
from claimloom.ledger.books.provider_level import pairs, provider_level
from claimloom.ledger.books.reconciliations import reconciliations
from claimloom.ledger.books.remittances import payments, remittances, trace_key
from claimloom.ledger.database import among
from claimloom.ledger.views.scope import Page, Rows, Scope, Wanted, check_days, check_known, one_of, read_on
from claimloom.ledger.views.totals import tenants_known
from claimloom.reference.plb_meanings import plb_meaning

ORDER: Final = ("day", "payment_id")
OPEN: Final = "open"
PARTS: Final = 1000
"""Parts of a payment that are shown at most."""


@dataclass(slots=True)
class LevelRow:
    """An amount at provider level: positive, it reduces the payment. ``open_cents``: of all that it is tied to."""

    code: str
    meaning: str
    account: str
    reference: str
    patient_control_number: str
    cents: int
    pair: str
    open_cents: int
    day: str = ""
    payment_id: str = ""


@dataclass(slots=True)
class PaymentRow:
    """A payment: ``amount_cents`` is the sum of the four behind it; negative where money leaves (BPR03 = D)."""

    payment_id: str
    tenant: str
    payer: str
    payer_id: str
    trace_number: str
    date: str
    method: str
    amount_cents: int
    posted_cents: int
    provider_level_cents: int
    suspense_cents: int
    unmatched_cents: int
    open_provider_level_cents: int
    is_open: bool
    awaits_money: bool
    deposit_cents: int | None = None
    deposit_date: str = ""
    provider_level: list[LevelRow] = field(default_factory=list)

    def json(self) -> dict[str, Any]:
        """The row as the public interface has it."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class PaymentPart:
    """What a payment said of a claim, or of the provider, and what came of it."""

    patient_control_number: str
    cents: int
    outcome: str


@dataclass(frozen=True, slots=True)
class PaymentSums:
    """Over all payments of a scope."""

    count: int
    open: int
    amount_cents: int
    posted_cents: int
    provider_level_cents: int
    unmatched_cents: int

    @property
    def suspense_cents(self) -> int:
        """What is neither posted nor at provider level nor of nobody."""
        return suspense_cents(asdict(self))


def payment_page(connection: Connection, scope: Scope, wanted: Wanted, page: Page) -> Rows[PaymentRow]:
    """Payments by their day. Of ``Wanted`` the days are those of payment, ``payer`` is a name or number of their own,
    and the state ``open`` is of those of which something waits.
    """
    names = _names(connection, scope, wanted.payer)
    order = [money_in.c[name] for name in ORDER]
    rows, following = read_on(
        connection, _query(connection, wanted, names), scope.tenants or tenants_known(connection), order, page
    )
    return Rows(_rows(connection, rows), following)


def _query(connection: Connection, wanted: Wanted, names: Sequence[str]) -> Callable[[str], Select[Any]]:
    def query(tenant: str) -> Select[Any]:
        asked = select(money_in).where(money_in.c.tenant == tenant)
        if wanted.payer:
            asked = asked.where(one_of(connection, money_in.c.payer_name, names or ("",)))
        if wanted.state == OPEN:
            asked = asked.where(money_in.c.is_open == 1)
        if wanted.since:
            asked = asked.where(money_in.c.day >= wanted.since)
        if wanted.until:
            asked = asked.where(money_in.c.day <= wanted.until)
        return asked

    return query


def payers_paying(connection: Connection, scope: Scope) -> list[str]:
    """Names of the payers that paid something, found by as many steps into the index as there are names."""
    found: set[str] = set()
    name = func.min(money_in.c.payer_name)
    for tenant in scope.tenants or tenants_known(connection):
        last: str | None = ""
        mine = money_in.c.tenant == tenant
        while (last := connection.scalar(select(name).where(mine, money_in.c.payer_name > last))) is not None:
            found.add(last)
    return sorted(found)


def _names(connection: Connection, scope: Scope, payer: str) -> list[str]:
    """A payer's names, given one of them or its number."""
    if not payer:
        return []
    tenants = scope.tenants or tenants_known(connection)
    mine = (among(connection, money_in.c.tenant, tenants), money_in.c.payer_id == payer)
    return sorted({payer, *connection.scalars(select(money_in.c.payer_name).where(*mine).distinct())})


def check_payments(connection: Connection, scope: Scope, wanted: Wanted) -> None:
    """PlainError, with the nearest names, for a filter that names nothing known here."""
    check_days(wanted)
    known = payers_paying(connection, scope)
    if not set(_names(connection, scope, wanted.payer)) & set(known):
        check_known("payer", wanted.payer, known)


def payment_sums(connection: Connection, scope: Scope) -> PaymentSums:
    """Over all payments of the tenants."""
    sums_of = [func.sum(money_totals.c[name]) for name in ("count", "open", *SUMS)]
    query = select(*sums_of)
    if scope.tenants:
        query = query.where(one_of(connection, money_totals.c.tenant, scope.tenants))
    return PaymentSums(*(int(each or 0) for each in connection.execute(query).one()))


def find_payments(connection: Connection, scope: Scope, name: str) -> list[PaymentRow]:
    """Payments of a trace number, in whatever dress, or of an id; the newest last."""
    tenants = among(connection, money_in.c.tenant, scope.tenants or tenants_known(connection))
    rows = list(connection.execute(select(money_in).where(money_in.c.payment_id == name)))
    if key := trace_key(name):
        rows += connection.execute(select(money_in).where(tenants, money_in.c.trace_key == key)).all()
    mine = {row.payment_id: row for row in rows if not scope.tenants or row.tenant in scope.tenants}
    return _rows(connection, sorted(mine.values(), key=lambda row: (row.day, row.payment_id)))


def parts_of(connection: Connection, scope: Scope, payment_id: str) -> list[PaymentPart]:
    """What became of each part of a payment, the newest word of it; at most 1000 parts."""
    mine = remittances.c.payment_id == payment_id
    columns = (remittances.c.place, remittances.c.tenant, remittances.c.patient_control_number)
    rows = connection.execute(select(*columns).where(mine).order_by(remittances.c.place).limit(PARTS)).all()
    some = [row for row in rows if not scope.tenants or row.tenant in scope.tenants]
    told = among(connection, reconciliations.c.remittance, [row.place for row in some])
    names = ("place", "remittance", "outcome", "paid_cents", "patient_control_number")
    query = select(*(reconciliations.c[name] for name in names)).where(told).order_by(reconciliations.c.place)
    first: dict[int, Any] = {}
    for row in connection.execute(query):
        known = first.get(row.remittance)
        # Of a remittance that found its claim later the second word counts; what is said again of its claim does not.
        if known is None or (known.outcome == "matched" and row.paid_cents == known.paid_cents):
            first[row.remittance] = row
    parts = []
    for row in some:
        if said := first.get(row.place):
            number = said.patient_control_number or row.patient_control_number
            parts.append(PaymentPart(number, said.paid_cents, said.outcome))
    return parts


def open_pairs(connection: Connection, scope: Scope) -> list[LevelRow]:
    """What is open at provider level: the last word of each pair that is not even."""
    tenants = among(connection, pairs.c.tenant, scope.tenants or tenants_known(connection))
    uneven = connection.execute(select(pairs.c.tenant, pairs.c.pair).where(tenants, pairs.c.cents != 0)).all()
    found: list[Row[Any]] = []
    for tenant, pair in uneven:
        mine = (provider_level.c.tenant == tenant, provider_level.c.pair == pair)
        order = (provider_level.c.tenant, provider_level.c.pair, provider_level.c.place)
        newest = select(provider_level).where(*mine).order_by(*(each.desc() for each in order)).limit(1)
        found += connection.execute(newest).all()
    return sorted(_levels(connection, found), key=lambda each: (each.day, each.pair))


def _rows(connection: Connection, rows: Sequence[Row[Any]]) -> list[PaymentRow]:
    mine = among(connection, provider_level.c.payment_id, [row.payment_id for row in rows])
    told = connection.execute(select(provider_level).where(mine).order_by(provider_level.c.place)).all()
    levels: dict[str, list[LevelRow]] = {}
    for each in _levels(connection, told):
        levels.setdefault(each.payment_id, []).append(each)
    ids = [row.payment_id for row in rows]
    came = _deposits(connection, ids)
    waiting = among(connection, payments.c.payment_id, ids)
    awaits = set(connection.scalars(select(payments.c.payment_id).where(waiting, payments.c.awaits_money == 1)))
    return [
        _row(row, levels.get(row.payment_id, []), came.get(row.payment_id), awaits=row.payment_id in awaits)
        for row in rows
    ]


def _deposits(connection: Connection, payment_ids: Sequence[str]) -> dict[str, tuple[int, str]]:
    """What banks told of payments: cents, and the first day."""
    columns = (deposits.c.payment_id, func.sum(deposits.c.amount_cents), func.min(deposits.c.day))
    mine = among(connection, deposits.c.payment_id, payment_ids)
    rows = connection.execute(select(*columns).where(mine).group_by(deposits.c.payment_id))
    return {payment_id: (int(cents), day) for payment_id, cents, day in rows}


def _row(row: Row[Any], levels: list[LevelRow], came: tuple[int, str] | None, *, awaits: bool) -> PaymentRow:
    return PaymentRow(
        payment_id=row.payment_id,
        tenant=row.tenant,
        payer=row.payer_name,
        payer_id=row.payer_id,
        trace_number=row.trace_number,
        date=row.day,
        method=row.method,
        amount_cents=row.amount_cents,
        posted_cents=row.posted_cents,
        provider_level_cents=row.provider_level_cents,
        suspense_cents=suspense_cents(row._mapping),
        unmatched_cents=row.unmatched_cents,
        open_provider_level_cents=-sum(each.cents for each in levels if each.open_cents),
        is_open=bool(row.is_open),
        awaits_money=awaits,
        deposit_cents=came[0] if came else None,
        deposit_date=came[1] if came else "",
        provider_level=levels,
    )


def _levels(connection: Connection, rows: Iterable[Any]) -> list[LevelRow]:
    some = list(rows)
    mine = (
        among(connection, pairs.c.tenant, {row.tenant for row in some}),
        among(connection, pairs.c.pair, {row.pair for row in some}),
    )
    sums = {(row.tenant, row.pair): row.cents for row in connection.execute(select(pairs).where(*mine))}
    return [
        LevelRow(
            code=row.code,
            meaning=plb_meaning(row.code).words,
            account=plb_meaning(row.code).account,
            reference=row.reference,
            patient_control_number=row.patient_control_number,
            cents=row.cents,
            pair=row.pair,
            open_cents=sums.get((row.tenant, row.pair), 0),
            day=row.day,
            payment_id=row.payment_id,
        )
        for row in some
    ]
