"""Deposits: what banks told, with the payment that each line is tied to and why; payments whose money did not come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, select

from claimloom.ledger.books.deposits import BY_AMOUNT, BY_TEXT, BY_TRACE, deposits
from claimloom.ledger.books.remittances import payments
from claimloom.ledger.database import among
from claimloom.ledger.views.payments import OPEN
from claimloom.ledger.views.scope import Page, Rows, Scope, Wanted, read_on
from claimloom.ledger.views.totals import tenants_known

WHY: Final = {
    BY_TRACE: "by its trace number",
    BY_TEXT: "by a number in its text, and the amount",
    BY_AMOUNT: "by amount, days and the payer's name, since no number says it",
    "": "no 835 here tells of it",
}


@dataclass(frozen=True, slots=True)
class DepositRow:
    """A line of a statement; ``payment_amount_cents`` is None where it is tied to no payment."""

    tenant: str
    date: str
    amount_cents: int
    trace: str
    reference: str
    description: str
    payer: str
    account: str
    file_name: str
    line: int
    payment_id: str
    trace_number: str
    payment_payer: str
    payment_amount_cents: int | None
    tied_by: str
    why: str

    def json(self) -> dict[str, Any]:
        """The row as the public interface has it."""
        return {"kind": "deposit"} | asdict(self)


@dataclass(frozen=True, slots=True)
class AwaitedRow:
    """A payment that an 835 tells of and no bank."""

    tenant: str
    payment_id: str
    payer: str
    trace_number: str
    date: str
    amount_cents: int

    def json(self) -> dict[str, Any]:
        """The row as the public interface has it."""
        return {"kind": "payment"} | asdict(self)


def deposit_page(connection: Connection, scope: Scope, wanted: Wanted, page: Page) -> Rows[DepositRow]:
    """Lines by their day; of the state ``open`` those that are tied to no payment."""

    def query(tenant: str) -> Select[Any]:
        asked = select(deposits).where(deposits.c.tenant == tenant)
        if wanted.state == OPEN:
            asked = asked.where(deposits.c.payment_id == "")
        if wanted.since:
            asked = asked.where(deposits.c.day >= wanted.since)
        if wanted.until:
            asked = asked.where(deposits.c.day <= wanted.until)
        return asked

    order = (deposits.c.day, deposits.c.place)
    rows, following = read_on(connection, query, scope.tenants or tenants_known(connection), order, page)
    return Rows(_rows(connection, rows), following)


def awaited_page(connection: Connection, scope: Scope, wanted: Wanted, page: Page) -> Rows[AwaitedRow]:
    """Payments with money that no bank told of, by their day."""

    def query(tenant: str) -> Select[Any]:
        asked = select(payments).where(payments.c.tenant == tenant, payments.c.awaits_money == 1)
        if wanted.since:
            asked = asked.where(payments.c.payment_date >= wanted.since)
        if wanted.until:
            asked = asked.where(payments.c.payment_date <= wanted.until)
        return asked

    order = (payments.c.payment_date, payments.c.payment_id)
    rows, following = read_on(connection, query, scope.tenants or tenants_known(connection), order, page)
    found = [
        AwaitedRow(row.tenant, row.payment_id, row.payer_name, row.trace_number, row.payment_date, row.net_cents)
        for row in rows
    ]
    return Rows(found, following)


def deposits_of(connection: Connection, scope: Scope, payment_ids: Sequence[str]) -> dict[str, list[DepositRow]]:
    """The lines that payments are tied to."""
    mine = among(connection, deposits.c.payment_id, payment_ids)
    rows = connection.execute(select(deposits).where(mine).order_by(deposits.c.payment_id, deposits.c.place)).all()
    found: dict[str, list[DepositRow]] = {}
    for each in _rows(connection, [row for row in rows if not scope.tenants or row.tenant in scope.tenants]):
        found.setdefault(each.payment_id, []).append(each)
    return found


def _rows(connection: Connection, rows: Sequence[Row[Any]]) -> list[DepositRow]:
    ids = {row.payment_id for row in rows} - {""}
    columns = (payments.c.payment_id, payments.c.trace_number, payments.c.payer_name, payments.c.net_cents)
    query = select(*columns).where(among(connection, payments.c.payment_id, ids))
    tied = {row.payment_id: row for row in connection.execute(query)} if ids else {}
    return [_row(row, tied.get(row.payment_id)) for row in rows]


def _row(row: Row[Any], payment: Any) -> DepositRow:
    return DepositRow(
        tenant=row.tenant,
        date=row.day,
        amount_cents=row.amount_cents,
        trace=row.trace,
        reference=row.reference,
        description=row.description,
        payer=row.payer,
        account=row.account,
        file_name=row.file_name,
        line=row.line,
        payment_id=row.payment_id,
        trace_number=payment.trace_number if payment else "",
        payment_payer=payment.payer_name if payment else "",
        payment_amount_cents=payment.net_cents if payment else None,
        tied_by=row.tied_by,
        why=WHY.get(row.tied_by, ""),
    )
