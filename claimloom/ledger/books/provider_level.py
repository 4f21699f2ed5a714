"""Provider level: what payers took and gave beside all claims (PLB), and which of it is tied to something else.

A payer that takes a claim back and takes the money later says so twice: it gives the sum back in the payment that
reverses the claim, and takes it in a later one, by one reference (X12 RFI 227, 1756); a negative payment is carried to
the next one the same way (RFI 738, 2218). Such amounts are a pair, which is open until its sum is zero. Amounts carry
the sign of the file: a positive one reduces the payment.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from sqlalchemy import BigInteger, Column, Connection, Index, Integer, String, Table, Text, select

from claimloom.claim_number import squeezed
from claimloom.ledger.books.common import Row, add_to_totals, typed
from claimloom.ledger.database import among, insert_new
from claimloom.ledger.journal import event_places, payloads
from claimloom.ledger.tables import index_where, metadata, place
from claimloom.reference.plb_meanings import BY_PAYEE, plb_meaning
from claimloom.topology import Book, Received
from schemas.remittance import ClaimReconciled, ProviderAdjustment, RemitHeader, RemittanceReceived
from schemas.topics import Topic

PROVIDER_LEVEL_OUTCOME: Final = "provider_level"
NPI: Final = re.compile(r"[12]\d{9}", re.ASCII)
provider_level = Table(
    "provider_level",
    metadata,
    place(),
    Column("tenant", Text, nullable=False),
    place("remittance", primary_key=False),
    Column("payment_id", String(36), nullable=False),
    Column("day", String(10), nullable=False),
    Column("code", Text, nullable=False),
    Column("reference", Text, nullable=False),
    Column("patient_control_number", Text, nullable=False),
    Column("pair", Text, nullable=False),
    Column("cents", BigInteger, nullable=False),
    # Whether it asked a person to do something.
    Column("is_work", Integer, nullable=False),
    Index("provider_level_pair", "tenant", "pair", "place"),
    Index("provider_level_payment", "payment_id"),
)
pairs = Table(
    "pairs",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("pair", Text, primary_key=True),
    Column("count", BigInteger, nullable=False),
    Column("cents", BigInteger, nullable=False),
    index_where("cents <> 0", "pairs_open", "tenant", "pair"),
)


class PairState(NamedTuple):
    """What is open of a pair, and the place of the last event of it that asked for something, if there is one."""

    cents: int
    asked: int | None


class Payee(NamedTuple):
    """Who an amount is taken from or given to, by NPI, or by tax id where nothing says the NPI."""

    npi: str
    tax_id: str


def payee_of(header: RemitHeader, plb: ProviderAdjustment) -> Payee:
    """As the payment tells it. PLB01 is the provider that was paid, by NPI (X12 RFI 2289); a payee that has none stands
    there, and in N1*PE, by tax id (RFI 1559, 2302).
    """
    told = squeezed(plb.provider_id)
    npi = told if NPI.fullmatch(told) else header.payee_npi
    return Payee(npi, squeezed(header.payee_tax_id) or (told if not npi else ""))


def pair_of(header: RemitHeader, plb: ProviderAdjustment, number: str, npi: str = "") -> str:
    """What ties an amount to others of the payer: the account it goes to, and payee or reference; empty: nothing does.

    A reference that names a claim of ours is that claim, whichever of its numbers stands there and whatever stands
    around it (X12 RFI 2223, 2370). Without a reference it is the payee's: two billing providers of one tax id are two,
    where the payer tells them apart. ``npi``: whose the tax id is, of a payment that says no more.
    """
    meaning = plb_meaning(plb.reason)
    if not meaning.pair:
        return ""
    payer = squeezed(header.originating_company_id or header.payer_id or header.payer_name)
    reference = number.rpartition("-")[0] or squeezed(plb.reference)
    if meaning.pair == BY_PAYEE or not reference:
        payee = payee_of(header, plb)
        reference = f"payee {payee.npi or npi or payee.tax_id}"
    return f"{meaning.account} {payer} {reference}"


def pair_states(connection: Connection, tenant: str, some: Iterable[str]) -> dict[str, PairState]:
    """How pairs of a tenant stand; of those that nothing was said of yet there is none."""
    named = set(some)
    if not named:
        return {}
    mine = (among(connection, pairs.c.tenant, {tenant}), among(connection, pairs.c.pair, named))
    found = {row.pair: row.cents for row in connection.execute(select(pairs.c.pair, pairs.c.cents).where(*mine))}
    if not found:
        return {}
    rows = provider_level
    asked = (
        among(connection, rows.c.tenant, {tenant}),
        among(connection, rows.c.pair, found),
        rows.c.is_work == 1,
    )
    last: dict[str, int] = {}
    for row in connection.execute(select(rows.c.pair, rows.c.place).where(*asked)):
        last[row.pair] = max(last.get(row.pair, 0), row.place)
    return {pair: PairState(cents, last.get(pair)) for pair, cents in found.items()}


def provider_level_told(connection: Connection, received: Sequence[Received]) -> None:
    """``claim-reconciled`` of what stands at provider level into provider_level and pairs."""
    told = [
        (each, result) for each, result in typed(received, ClaimReconciled) if result.outcome == PROVIDER_LEVEL_OUTCOME
    ]
    if not told:
        return
    places = event_places(connection, {str(result.remittance_id) for _, result in told})
    said = payloads(connection, set(places.values()), RemittanceReceived)
    rows: list[Row] = []
    for each, result in told:
        at = places.get(str(result.remittance_id))
        data = said.get(at) if at is not None else None
        if data is None or data.provider_adjustment is None:
            continue
        plb = data.provider_adjustment
        rows.append(
            {
                "place": each.place,
                "tenant": each.event.tenant,
                "remittance": at,
                "payment_id": str(data.payment_id),
                "day": data.header.payment_date.isoformat() if data.header.payment_date else "",
                "code": plb.reason,
                "reference": plb.reference,
                "patient_control_number": result.patient_control_number,
                "pair": result.pair or pair_of(data.header, plb, result.patient_control_number),
                "cents": plb.amount_cents,
                "is_work": int(result.next_action is not None),
            }
        )
    here = among(connection, provider_level.c.place, [row["place"] for row in rows])
    known = set(connection.scalars(select(provider_level.c.place).where(here)))
    new = [row for row in rows if row["place"] not in known]
    insert_new(connection, provider_level, new)
    sums: dict[tuple[str, ...], tuple[int, ...]] = {}
    for row in new:
        if row["pair"]:
            count, cents = sums.get((row["tenant"], row["pair"]), (0, 0))
            sums[row["tenant"], row["pair"]] = (count + 1, cents + row["cents"])
    add_to_totals(connection, pairs, sums)


def codes_of(connection: Connection, received: Sequence[Received]) -> dict[int, str]:
    """Reason codes of what stands at provider level, by the places of the events that say so."""
    level_ones = [each.place for each in received if getattr(each.data, "outcome", "") == PROVIDER_LEVEL_OUTCOME]
    if not level_ones:
        return {}
    mine = among(connection, provider_level.c.place, level_ones)
    rows = connection.execute(select(provider_level.c.place, provider_level.c.code).where(mine))
    return {row.place: row.code for row in rows}


PROVIDER_LEVEL: Final = Book("provider_level", (provider_level, pairs), {Topic.CLAIM_RECONCILED: provider_level_told})
