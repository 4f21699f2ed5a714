"""Payments as sums: of each payment what came, and where every cent of it went.

BPR02 = posted to claims + provider level + unmatched + suspense. The first three are kept by what is posted of each
part (``postings.py``); what is left is in suspense: parts that do not balance, and what no part accounts for.
What was told again is no part of it. Amounts that leave (BPR03 = D) are negative.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from operator import add, sub
from typing import Any, Final

from sqlalchemy import BigInteger, Column, Connection, Index, Integer, String, Table, Text, func, select

from claimloom.ledger.books.common import Row, add_to_totals, typed
from claimloom.ledger.books.provider_level import pairs, provider_level
from claimloom.ledger.books.remittances import remittances, trace_key
from claimloom.ledger.database import among, insert_or_update
from claimloom.ledger.journal import event_places, payloads
from claimloom.ledger.tables import Sorted, index_where, metadata, place
from claimloom.topology import Received
from schemas.remittance import ClaimReconciled, RemittanceReceived

SUMS: Final = ("amount_cents", "posted_cents", "provider_level_cents", "unmatched_cents")
money_in = Table(
    "money_in",
    metadata,
    Column("payment_id", String(36), primary_key=True),
    # Where the journal has what told of it first.
    place(primary_key=False),
    Column("tenant", Text, nullable=False),
    Column("payer_name", Sorted, nullable=False),
    Column("payer_id", Text, nullable=False),
    Column("payee_npi", Text, nullable=False),
    Column("payee_tax_id", Text, nullable=False),
    Column("trace_number", Text, nullable=False),
    Column("trace_key", Text, nullable=False),
    Column("day", Sorted, nullable=False),
    Column("method", Text, nullable=False),
    Column("amount_cents", BigInteger, nullable=False),
    Column("posted_cents", BigInteger, nullable=False),
    Column("provider_level_cents", BigInteger, nullable=False),
    Column("unmatched_cents", BigInteger, nullable=False),
    # Whether something of it waits: suspense, money of nobody, or a pair at provider level that is not even.
    Column("is_open", Integer, nullable=False),
    Index("money_in_order", "tenant", "day", "payment_id"),
    Index("money_in_payer", "tenant", "payer_name", "day", "payment_id"),
    Index("money_in_payer_id", "tenant", "payer_id"),
    Index("money_in_trace", "tenant", "trace_key"),
    index_where("is_open = 1", "money_in_open", "tenant", "day", "payment_id"),
)
money_totals = Table(
    "money_totals",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("count", BigInteger, nullable=False),
    *(Column(name, BigInteger, nullable=False) for name in ("open", *SUMS)),
)
MOVING: Final = ("posted_cents", "provider_level_cents", "unmatched_cents", "is_open")


def payments_of(connection: Connection, received: Sequence[Received]) -> dict[int, str]:
    """By the places of ``claim-reconciled`` the payment that each speaks of."""
    said = {each.place: str(result.remittance_id) for each, result in typed(received, ClaimReconciled)}
    places = event_places(connection, set(said.values())) if said else {}
    told = {place: places[event] for place, event in said.items() if event in places}
    theirs = among(connection, remittances.c.place, set(told.values()))
    some = connection.execute(select(remittances.c.place, remittances.c.payment_id).where(theirs)) if told else ()
    ids = {row.place: row.payment_id for row in some}
    return {place: ids[remittance] for place, remittance in told.items() if remittance in ids}


def move_payments(
    connection: Connection, placed: Mapping[str, Sequence[int]], moved: Iterable[str]
) -> Sequence[Mapping[str, Any]]:
    """Payments of which some cents found their place (posted, at provider level, of nobody, by payment), and those of
    which a pair at provider level moved; gives the rows of those that are new.
    """
    beside = _tied_to(connection, moved)
    mine = among(connection, money_in.c.payment_id, placed.keys() | beside)
    before = {row.payment_id: dict(row._mapping) for row in connection.execute(select(money_in).where(mine))}
    begun = _begun(connection, placed.keys() - before.keys())
    rows = before | begun
    uneven = _uneven(connection, rows)
    changed = []
    for payment_id, row in rows.items():
        posted, level, unmatched = placed.get(payment_id, (0, 0, 0))
        now = row | {
            "posted_cents": row["posted_cents"] + posted,
            "provider_level_cents": row["provider_level_cents"] + level,
            "unmatched_cents": row["unmatched_cents"] + unmatched,
        }
        waits = now["unmatched_cents"] or suspense_cents(now) or payment_id in uneven
        now["is_open"] = int(bool(waits))
        if now != before.get(payment_id):
            changed.append(now)
    insert_or_update(connection, money_in, changed, MOVING)
    add_to_totals(connection, money_totals, _gained(changed, before))
    return list(begun.values())


def _gained(changed: Iterable[Row], before: Mapping[str, Row]) -> dict[tuple[str, ...], tuple[int, ...]]:
    """What the sums of each tenant gain by rows as they are now, less what these were."""
    found: dict[tuple[str, ...], tuple[int, ...]] = {}
    for now in changed:
        key = (now["tenant"],)
        change, was = _counted(now), before.get(now["payment_id"])
        if was:
            change = tuple(map(sub, change, _counted(was)))
        found[key] = tuple(map(add, found.get(key, (0,) * len(change)), change))
    return found


def _counted(row: Row) -> tuple[int, ...]:
    return (1, int(row["is_open"]), *(int(row[name]) for name in SUMS))


def suspense_cents(row: Any) -> int:
    """What of a payment is neither posted nor at provider level nor of nobody."""
    amount, *placed = (int(row[name]) for name in SUMS)
    return amount - sum(placed)


def _tied_to(connection: Connection, moved: Iterable[str]) -> set[str]:
    """Payments that have a part in the same pairs."""
    some = list(moved)
    if not some:
        return set()
    mine, other = provider_level, provider_level.alias()
    same = (other.c.tenant == mine.c.tenant) & (other.c.pair == mine.c.pair)
    query = select(other.c.payment_id).join(mine, same).distinct()
    return set(connection.scalars(query.where(among(connection, mine.c.payment_id, some), mine.c.pair != "")))


def _uneven(connection: Connection, payment_ids: Iterable[str]) -> set[str]:
    """Payments of which an amount at provider level belongs to a pair that is not even."""
    mine = provider_level
    of = (pairs.c.tenant == mine.c.tenant) & (pairs.c.pair == mine.c.pair)
    query = select(mine.c.payment_id).join(pairs, of).distinct()
    some = list(payment_ids)
    return set(connection.scalars(query.where(among(connection, mine.c.payment_id, some), pairs.c.cents != 0)))


def _begun(connection: Connection, new: Iterable[str]) -> dict[str, Row]:
    """Rows of payments that nothing was known of, without any part of them."""
    some = list(new)
    if not some:
        return {}
    first = select(remittances.c.payment_id, func.min(remittances.c.place).label("place"))
    mine = among(connection, remittances.c.payment_id, some)
    places = {
        row.payment_id: row.place for row in connection.execute(first.where(mine).group_by(remittances.c.payment_id))
    }
    of = {row.place: row.tenant for row in _tenants(connection, places.values())}
    told = payloads(connection, set(places.values()), RemittanceReceived)
    return {payment_id: _row(payment_id, at, of[at], told[at]) for payment_id, at in places.items()}


def _tenants(connection: Connection, places: Iterable[int]) -> Sequence[Any]:
    query = select(remittances.c.place, remittances.c.tenant)
    return connection.execute(query.where(among(connection, remittances.c.place, places))).all()


def _row(payment_id: str, at: int, tenant: str, told: RemittanceReceived) -> Row:
    header = told.header
    return {
        "payment_id": payment_id,
        "place": at,
        "tenant": tenant,
        "payer_name": header.payer_name,
        "payer_id": header.payer_id or header.originating_company_id,
        "payee_npi": header.payee_npi,
        "payee_tax_id": header.payee_tax_id,
        "trace_number": header.trace_number,
        "trace_key": trace_key(header.trace_number),
        "day": header.payment_date.isoformat() if header.payment_date else "",
        "method": header.payment_method,
        "amount_cents": header.net_cents,
        "posted_cents": 0,
        "provider_level_cents": 0,
        "unmatched_cents": 0,
        "is_open": 0,
    }
