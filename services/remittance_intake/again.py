"""A payment told again, in whatever dress: by its trace number and its payer, as people compare two advices.

Sources tell one payment differently: the payee by NPI or tax id, the trace number padded or in small letters, another
day, another interchange, parts of it in files of their own (athenahealth's duplicate checks). Whatever is the same as
was told before is the same event and posts nothing; what is not waits for a person, with the payment that it was told
in first. Another trace number is another payment. So is the same number of the same payer for other claims and another
sum, or after some months: payers count their checks anew, and tell one transfer in several payments.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, select

from claimloom.ledger.books.remittances import payments, remittances, trace_key
from claimloom.ledger.database import among
from claimloom.ledger.journal import payloads
from claimloom.remit.answers import same_payer
from claimloom.x12.nouns.read_835 import Told, is_without_money
from schemas.remittance import (
    LATER_FIELDS,
    ProviderAdjustment,
    RemitClaim,
    RemitHeader,
    RemittanceReceived,
)

PAGE: Final = 1000
NEAR_DAYS: Final = 90
NO_NUMBER: Final = frozenset({"", "0"})
"""What payers put in the place of a number that they lost (CLP01)."""
NO_CONTENT: Final[Any] = {
    "segment_number": True,
    "lines": {"__all__": {"segment_number"}},
    **dict.fromkeys(LATER_FIELDS, True),
}
"""Where a claim stands in a file is no part of what it says; nor are fields that older versions did not read."""


class Begun(NamedTuple):
    """A payment of which a file begins to tell: what it would be known by, and what it says."""

    payment_id: UUID
    header: RemitHeader
    claims: Sequence[RemitClaim]


class ToldBefore(NamedTuple):
    """A payment that was told before and is known by something else: by what, in which file, and what was said of it.

    ``contents``: of each digest so many were told.
    """

    payment_id: UUID
    file_name: str
    contents: Counter[str]


def payment_key(header: RemitHeader, paid: Iterable[Told]) -> tuple[str, ...]:
    """By what a payment is known when it is told first: TRN02, TRN03, BPR16, BPR02, payee; without money, its claims
    as well.
    """
    on = header.payment_date.isoformat() if header.payment_date else ""
    payee = header.payee_npi or header.payee_tax_id or header.payee_name
    key = (header.trace_number, header.originating_company_id, on, str(header.total_paid_cents), payee)
    if not is_without_money(header):
        return key
    text = "|".join(f"{each.payer_claim_control_number}/{each.status_code}/{each.paid_cents}" for each in paid)
    return (*key, hashlib.sha256(text.encode()).hexdigest())


def digest_of(said: RemitClaim | ProviderAdjustment | RemitHeader) -> str:
    """Over what is said. It is part of an event's id, so it never changes for what ledgers have."""
    return hashlib.sha256(said.model_dump_json(exclude=NO_CONTENT).encode()).hexdigest()


def told_before(connection: Connection, tenant: str, begun: Collection[Begun]) -> dict[UUID, ToldBefore]:
    """Of the payments those that the ledger knows by something else, by what they would be known by."""
    keys = {trace_key(each.header.trace_number) for each in begun} - {""}
    mine = (payments.c.tenant == tenant, among(connection, payments.c.trace_key, keys))
    query = select(payments.c.payment_id, payments.c.trace_key).where(*mine).order_by(payments.c.payment_id)
    there: dict[str, list[UUID]] = {}
    for row in connection.execute(query).all():
        there.setdefault(row.trace_key, []).append(UUID(row.payment_id))
    found: dict[UUID, ToldBefore] = {}
    for each in begun:
        others = there.get(trace_key(each.header.trace_number), [])
        for other in () if each.payment_id in others else others:
            if known := _same(connection, each, other):
                found[each.payment_id] = known
                break
    return found


def is_told_again(begun: Begun, before: RemitHeader, numbers: Collection[str]) -> bool:
    """Whether it is the payment ``before``, of claims of these numbers (``numbers_of``), and not another one.

    Where no claim is told again, only a sum that is the same within some months tells it: a part of a payment has the
    sum of the whole, and a check number that is counted anew takes longer.
    """
    header = begun.header
    key = trace_key(header.trace_number)
    if not key or key != trace_key(before.trace_number) or not same_payer(header, before):
        return False
    if any(number in numbers for each in begun.claims for number in numbers_of(each)):
        return True
    days = [each.payment_date for each in (header, before) if each.payment_date]
    near = len(days) < 2 or abs((days[0] - days[1]).days) <= NEAR_DAYS
    return near and before.total_paid_cents == header.total_paid_cents and not is_without_money(header)


def numbers_of(claim: RemitClaim) -> list[str]:
    """By what a claim is known to be told again: our number, and the payer's beside what it says of ours."""
    ours = claim.patient_control_number
    pair = f"{ours} {claim.payer_claim_control_number}"
    return [pair] if ours in NO_NUMBER else [ours, pair]


def _same(connection: Connection, begun: Begun, other: UUID) -> ToldBefore | None:
    columns = ("place", "patient_control_number", "payer_claim_control_number", "file_name")
    mine = remittances.c.payment_id == str(other)
    query = select(*(remittances.c[name] for name in columns)).where(mine).order_by(remittances.c.place)
    rows = connection.execute(query).all()
    places = [row.place for row in rows]
    numbers = {f"{row.patient_control_number} {row.payer_claim_control_number}" for row in rows} - {" "}
    numbers |= {row.patient_control_number for row in rows} - NO_NUMBER
    first = next(iter(payloads(connection, places[:1], RemittanceReceived).values()), None)
    if first is None or not is_told_again(begun, first.header, numbers):
        return None
    contents: Counter[str] = Counter()
    for start in range(0, len(places), PAGE):
        some = payloads(connection, places[start : start + PAGE], RemittanceReceived).values()
        contents.update(digest_of(each.claim or each.provider_adjustment or each.header) for each in some)
    return ToldBefore(other, rows[0].file_name, contents)
