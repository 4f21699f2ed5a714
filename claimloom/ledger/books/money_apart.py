"""Work about money and the 835 that tells of it, of which one came without the other: open until both are here.

A person who closed such an item is not asked again. What is tied can come apart, when another line comes that could
be meant as well: then the item is open once more, as it would be had that line come first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy import ColumnElement, Connection, literal_column, select

from claimloom.accounts.bank_lines import numbers_in
from claimloom.ledger.books.common import Row
from claimloom.ledger.books.deposits import ties_of
from claimloom.ledger.books.payments import payments_of
from claimloom.ledger.books.remittances import payments, trace_key
from claimloom.ledger.books.work_items import OF_MONEY, Items, work_items
from claimloom.ledger.database import among
from claimloom.ledger.journal import event_places
from claimloom.topology import Received
from schemas.deposit import DepositTold
from schemas.followup import WorkFound
from schemas.topics import Topic

ABOUT_MONEY: Final[ColumnElement[bool]] = literal_column(f"work_items.{OF_MONEY}")
"""As the index says it: so it is used."""


def money_of(connection: Connection, opening: Sequence[Received]) -> dict[int, Row]:
    """By the places of ``work-found`` about money what its item shows, and what it is about."""
    pairs = [(each.place, each.data) for each in opening]
    told = {at: found.money for at, found in pairs if isinstance(found, WorkFound) and found.money}
    places = event_places(connection, {str(money.about) for money in told.values()}) if told else {}
    return {
        at: {
            "about": places.get(str(money.about), at),
            "payer_id": money.payer_id,
            "day": money.day.isoformat(),
        }
        for at, money in told.items()
    }


def money_met(connection: Connection, received: Sequence[Received]) -> None:
    """``deposit-told`` and ``claim-reconciled``, after which lines and payments are tied otherwise than before."""
    tenants = {each.event.tenant for each in received}
    if not tenants:
        return
    asked = select(work_items.c.place).where(ABOUT_MONEY, among(connection, work_items.c.tenant, tenants))
    if connection.scalar(asked.limit(1)) is None:
        return
    touched: dict[str, tuple[set[str], set[int]]] = {tenant: (set(), set()) for tenant in tenants}
    for each in received:
        told = each.data
        if not isinstance(told, DepositTold):
            continue
        numbers, amounts = touched[each.event.tenant]
        firm, loose = numbers_in(told.trace, told.reference, told.description)
        numbers.update(map(trace_key, (*firm, *loose)))
        amounts.add(told.amount_cents)
    reconciled = [each for each in received if each.event.type == Topic.CLAIM_RECONCILED]
    ids = set(payments_of(connection, reconciled).values())
    columns = (payments.c.tenant, payments.c.trace_key, payments.c.net_cents)
    query = select(*columns).where(among(connection, payments.c.payment_id, ids))
    for row in connection.execute(query) if ids else ():
        touched[row.tenant][0].add(row.trace_key)
        touched[row.tenant][1].add(row.net_cents)
    for tenant, (numbers, amounts) in touched.items():
        ties = ties_of(connection, tenant, numbers, amounts) if amounts else {}
        put_right(connection, tenant, ties)


def put_right(connection: Connection, tenant: str, ties: Mapping[int, bool]) -> None:
    """Items about these lines and payments as they are tied now; what a person closed stays closed."""
    if not ties:
        return
    mine = (work_items.c.tenant == tenant, among(connection, work_items.c.about, ties.keys()))
    items = Items(connection, connection.execute(select(work_items).where(ABOUT_MONEY, *mine)))
    for row in items.rows.values():
        if not row["outcome"]:
            row["state"] = "closed" if ties[row["about"]] else "open"
    items.write()
