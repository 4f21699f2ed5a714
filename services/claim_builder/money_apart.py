"""Payments whose money did not come, and money of which no 835 tells, each told once.

Only of tenants whose statements are read, and only as far as these reach: of a payment of a day before the first line
here, or behind the last one, nobody knows. A line is asked after if it is a payer's: by what stands in its text, or by
the name of a payer that paid before; what else comes onto an account has no 835. The clock is the partner's setting
(``eft_hours``, ``check_hours``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, literal_column, select

from claimloom.accounts.bank_lines import hints_at, is_claim_payment, numbers_in
from claimloom.desk.money_apart import CHECK, NO_835, NO_DEPOSIT, is_overdue, no_835, no_deposit
from claimloom.ledger.books.deposits import deposits
from claimloom.ledger.books.remittances import payments
from claimloom.ledger.books.work_items import work_items
from claimloom.ledger.database import among
from claimloom.ledger.journal import event_ids
from claimloom.ledger.views.payments import payers_paying
from claimloom.ledger.views.scope import Scope
from claimloom.ledger.views.totals import tenants_known
from claimloom.partners import Partner, Partners
from schemas.followup import MoneyApart, NextAction, WorkFound

AWAITS: Final[ColumnElement[bool]] = literal_column("payments.awaits_money") == literal_column("1")
UNTIED: Final[ColumnElement[bool]] = literal_column("deposits.payment_id") == literal_column("''")
"""As the indexes say it: so they are used."""
LONGEST: Final = timedelta(days=366)
"""What lies longer ago nobody asks after."""


@dataclass(frozen=True, slots=True)
class Apart:
    """What lacks the other, whose it is, and what a person does about it."""

    tenant: str
    money: MoneyApart
    action: NextAction

    @property
    def found(self) -> WorkFound:
        """What is told of it."""
        about = self.money.about
        return WorkFound(claim_id=about, patient_control_number="", next_action=self.action, money=self.money)


def money_apart(connection: Connection, now: datetime, partners: Partners, most: int) -> Iterator[Apart]:
    """At most so many that are overdue and of which nobody was told yet."""
    return islice(_all(connection, now, partners), most)


def _all(connection: Connection, now: datetime, partners: Partners) -> Iterator[Apart]:
    for tenant in tenants_known(connection):
        mine = select(deposits.c.day).where(deposits.c.tenant == tenant)
        first = connection.scalar(mine.order_by(deposits.c.day, deposits.c.place).limit(1))
        if first is None:
            continue
        order = (deposits.c.day.desc(), deposits.c.place.desc())
        last = connection.scalar(mine.order_by(*order).limit(1)) or first
        partner = partners.of(tenant)
        yield from _payments(connection, tenant, (first, last), partner, now)
        yield from _lines(connection, tenant, partner, now)


def _payments(
    connection: Connection, tenant: str, told: tuple[str, str], partner: Partner, now: datetime
) -> Iterator[Apart]:
    since = max(told[0], (now.date() - LONGEST).isoformat())
    days = (payments.c.payment_date >= since, payments.c.payment_date <= told[1])
    asked = select(payments).where(payments.c.tenant == tenant, AWAITS, *days)
    rows = connection.execute(asked.order_by(payments.c.payment_date, payments.c.payment_id)).all()
    late = []
    for row in rows:
        hours = partner.check_hours if row.method == CHECK else partner.eft_hours
        if is_overdue(date.fromisoformat(row.payment_date), hours, now):
            late.append((row, hours))
    told_of = _told_of(connection, [row.place for row, _ in late], NO_DEPOSIT)
    late = [(row, hours) for row, hours in late if row.place not in told_of]
    ids = event_ids(connection, [row.place for row, _ in late])
    for row, hours in late:
        money = MoneyApart(
            about=UUID(ids[row.place]),
            trace_number=row.trace_number,
            payer=row.payer_name,
            payer_id=row.payer_id,
            amount_cents=row.net_cents,
            day=date.fromisoformat(row.payment_date),
        )
        yield Apart(tenant, money, no_deposit(money, row.method, hours, now.date()))


def _lines(connection: Connection, tenant: str, partner: Partner, now: datetime) -> Iterator[Apart]:
    query = select(payments.c.payment_date).where(payments.c.tenant == tenant, payments.c.payment_date != "")
    first = connection.scalar(query.order_by(payments.c.payment_date, payments.c.payment_id).limit(1))
    if first is None:
        return  # no 835 is read here
    since = max(first, (now.date() - LONGEST).isoformat())
    asked = select(deposits).where(deposits.c.tenant == tenant, UNTIED, deposits.c.day >= since)
    asked = asked.where(deposits.c.amount_cents > 0)
    rows = connection.execute(asked.order_by(deposits.c.day, deposits.c.place)).all()
    late = [row for row in rows if is_overdue(date.fromisoformat(row.day), partner.eft_hours, now)]
    told_of = _told_of(connection, [row.place for row in late], NO_835)
    late = [row for row in late if row.place not in told_of]
    payers = payers_paying(connection, Scope((tenant,))) if late else []
    named = [(row, payer) for row in late if (payer := _payer_of(row, payers)) is not None]
    ids = event_ids(connection, [row.place for row, _ in named])
    for row, payer in named:
        firm, _ = numbers_in(row.trace, row.reference, row.description)
        money = MoneyApart(
            about=UUID(ids[row.place]),
            trace_number=firm[0] if firm else "",
            payer=payer,
            amount_cents=row.amount_cents,
            day=date.fromisoformat(row.day),
        )
        yield Apart(tenant, money, no_835(money, partner.eft_hours, now.date()))


def _payer_of(row: Any, payers: list[str]) -> str | None:
    """The payer that a line is of, empty where it is a payer that nobody knows; None: it is no payer's."""
    said = f"{row.description} {row.payer} {row.reference}"
    named = next((payer for payer in payers if hints_at(payer, said)), "")
    return named or row.payer if named or is_claim_payment(said) else None


def _told_of(connection: Connection, places: Sequence[int], kind: str) -> set[int]:
    """Of these payments or lines: those of which somebody was told before; asked apart, so it is read by places."""
    if not places:
        return set()
    mine = among(connection, work_items.c.about, places) & (work_items.c.kind == kind)
    return set(connection.scalars(select(work_items.c.about).where(mine)))
