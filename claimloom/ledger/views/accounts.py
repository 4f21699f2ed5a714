"""Accounts: the entries of a visit's, and who owes what by age."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any, Final

from sqlalchemy import Connection, func, select

from claimloom.accounts.by_people import BY_PEOPLE
from claimloom.accounts.entry import ACCOUNTS, CHARGE, NEXT
from claimloom.ledger.books.claims import FIRST, VOID, claims
from claimloom.ledger.books.payments import money_in
from claimloom.ledger.books.postings import LEGS, OWED, account_totals, postings
from claimloom.ledger.books.standings import standings
from claimloom.ledger.database import among
from claimloom.ledger.views.claims import find_claim
from claimloom.ledger.views.scope import Scope, one_of
from claimloom.ledger.views.totals import payers_named, tenants_known
from schemas.claim import PAYERS

AGES: Final = ((30, "0-30"), (60, "31-60"), (90, "61-90"), (120, "91-120"))
OLDEST: Final = "over 120"
AGE_NAMES: Final = (*(name for _, name in AGES), OLDEST)
BY: Final = ("age", "payer", "clinic")
EVER: Final = "9999-12-31"


@dataclass(slots=True)
class EntryRow:
    """An entry: cents by account, debits positive; they sum to zero."""

    day: str
    kind: str
    patient_control_number: str
    payer: str
    trace_number: str
    other: str
    reasons: dict[str, int]
    cents: dict[str, int]


@dataclass(slots=True)
class Account:
    """The account of a visit: what moved, in its order, and what of it is left. ``payers`` owe by name; ``expected`` is
    what those should pay that were billed first, as it stood when the claim was built (None: nothing to expect).
    ``next_payer_cents``: of what stands with the patient, what a payer after the one that answered decides first.
    """

    tenant: str
    clinic: str
    visit: str
    payers: dict[str, int] = field(default_factory=dict)
    expected: dict[str, int | None] = field(default_factory=dict)
    balances: dict[str, int] = field(default_factory=dict)
    next_payer_cents: int = 0
    entries: list[EntryRow] = field(default_factory=list)

    def json(self) -> dict[str, Any]:
        """As the public interface has it."""
        return asdict(self)


@dataclass(slots=True)
class Owed:
    """What payers and patients owe of the claims of a payer, a clinic, or an age in days since the service; ``ages``
    are cents of both together. Less than zero: they are owed.
    """

    key: str
    name: str
    payers_cents: int = 0
    patients_cents: int = 0
    ages: dict[str, int] = field(default_factory=lambda: dict.fromkeys(AGE_NAMES, 0))

    @property
    def total_cents(self) -> int:
        """Of both."""
        return self.payers_cents + self.patients_cents

    def json(self) -> dict[str, Any]:
        """As the public interface has it."""
        return asdict(self) | {"total_cents": self.total_cents}


def accounts_of(connection: Connection, scope: Scope, name: str) -> list[Account]:
    """The accounts of the visits that a visit's id, a claim's number or its id names."""
    visits: dict[tuple[str, str], str] = {}
    for row in find_claim(connection, scope, name):
        visits[row.tenant, row.visit] = row.clinic
    return [_account(connection, tenant, visit, clinic) for (tenant, visit), clinic in visits.items()]


def _account(connection: Connection, tenant: str, visit: str, clinic: str) -> Account:
    mine = (postings.c.tenant == tenant, postings.c.visit == visit)
    order = (postings.c.stands_at, postings.c.place, postings.c.part)
    rows = connection.execute(select(postings).where(*mine).order_by(*order)).all()
    numbers, payers = _claims(connection, {row.claim for row in rows if row.claim is not None})
    traces = _traces(connection, {row.payment_id for row in rows if row.payment_id})
    found = Account(tenant, clinic, visit, balances=dict.fromkeys(ACCOUNTS[:5], 0) | {"paid": 0})
    found.expected = _expected(connection, tenant, visit)
    for row in rows:
        cents = {name: int(getattr(row, leg)) for name, leg in zip(ACCOUNTS, LEGS, strict=True) if getattr(row, leg)}
        found.entries.append(
            EntryRow(
                day=row.day,
                kind=row.kind,
                patient_control_number=numbers.get(row.claim, ""),
                payer=payers.get(row.claim, ""),
                trace_number=traces.get(row.payment_id, ""),
                other=row.other,
                reasons=json.loads(row.reasons or "{}"),
                cents=cents,
            )
        )
        for name, amount in cents.items():
            to = name if name in found.balances else "paid"
            found.balances[to] += amount
        payer = payers.get(row.claim, "")
        found.payers[payer] = found.payers.get(payer, 0) + cents.get("receivable", 0)
    theirs = sum(each.cents.get("patient", 0) for each in found.entries if each.kind in BY_PEOPLE)
    if _waits(connection, {row.claim for row in rows if row.kind in (CHARGE, NEXT)}):
        found.next_payer_cents = max(found.balances["patient"] - theirs, 0)
    return found


def _waits(connection: Connection, places: Iterable[int]) -> bool:
    """Whether of these claims of a visit, all that went out, the last in line leaves its share to a payer after it."""
    columns = (claims.c.in_line, claims.c.version, claims.c.place, claims.c.payers_after, standings.c.patient_cents)
    joined = claims.join(standings, standings.c.place == claims.c.place)
    rows = connection.execute(select(*columns).select_from(joined).where(among(connection, claims.c.place, places)))
    last = max(rows, key=lambda row: (PAYERS.find(row.in_line), row.version, row.place), default=None)
    return last is not None and last.payers_after > 0 and not last.patient_cents


def _expected(connection: Connection, tenant: str, visit: str) -> dict[str, int | None]:
    """Of the newest claim to the first payer; a void asks for nothing."""
    mine = (claims.c.tenant == tenant, claims.c.session_id == visit, claims.c.in_line == FIRST)
    columns = (claims.c.payer_name, claims.c.expected_paid_cents, claims.c.expected_allowed_cents, claims.c.frequency)
    order = (claims.c.version.desc(), claims.c.place.desc())
    newest = connection.execute(select(*columns).where(*mine).order_by(*order).limit(1)).first()
    if newest is None or newest.frequency == VOID:
        return {}
    if newest.expected_paid_cents is None and newest.expected_allowed_cents is not None:
        return {}  # a claim of before the payment was worked out
    return {newest.payer_name: newest.expected_paid_cents}


def _claims(connection: Connection, places: Iterable[int]) -> tuple[dict[int, str], dict[int, str]]:
    query = select(claims.c.place, claims.c.patient_control_number, claims.c.payer_name)
    rows = connection.execute(query.where(among(connection, claims.c.place, places))).all()
    return {row.place: row.patient_control_number for row in rows}, {row.place: row.payer_name for row in rows}


def _traces(connection: Connection, payment_ids: Iterable[str]) -> dict[str, str]:
    query = select(money_in.c.payment_id, money_in.c.trace_number)
    rows = connection.execute(query.where(among(connection, money_in.c.payment_id, payment_ids)))
    return {row.payment_id: row.trace_number for row in rows}


def balances(connection: Connection, scope: Scope, as_of: date, by: str = "age") -> list[Owed]:
    """Who owes what after all that was posted until a day (it included), by age, payer or clinic."""
    found: dict[str, Owed] = {}
    names = dict(payers_named(connection, scope)) if by == "payer" else {}
    if by == "age":
        found = {name: Owed(name, name) for name in AGE_NAMES}
    for account in OWED:
        for row in _sums(connection, scope, account, as_of.isoformat(), by):
            age = age_of(row.served, as_of)
            key = age if by == "age" else row.key
            owed = found.setdefault(key, Owed(key, names.get(key, key)))
            owed.ages[age] += int(row.cents)
            if account == "patient":
                owed.patients_cents += int(row.cents)
            else:
                owed.payers_cents += int(row.cents)
    some = [each for each in found.values() if by == "age" or each.payers_cents or each.patients_cents]
    return some if by == "age" else sorted(some, key=lambda each: (-each.total_cents, each.key))


def _sums(connection: Connection, scope: Scope, account: str, until: str, by: str) -> Sequence[Any]:
    totals = account_totals
    key = (totals.c.clinic if by == "clinic" else totals.c.payer_id).label("key")
    mine = [
        among(connection, totals.c.tenant, scope.tenants or tenants_known(connection)),
        totals.c.account == account,
        totals.c.day <= until,
    ]
    if scope.clinics:
        mine.append(one_of(connection, totals.c.clinic, scope.clinics))
    query = select(key, totals.c.served, func.sum(totals.c.cents).label("cents")).where(*mine)
    return connection.execute(query.group_by(key, totals.c.served)).all()


def age_of(served: str, as_of: date) -> str:
    """The name of an age, in days from the service to a day."""
    days = (as_of - date.fromisoformat(served)).days if served else 0
    return next((name for most, name in AGES if days <= most), OLDEST)


def trial_balance(connection: Connection, scope: Scope, as_of: date | None = None) -> dict[str, int]:
    """Cents of every account: they sum to zero."""
    totals = account_totals
    mine = [
        among(connection, totals.c.tenant, scope.tenants or tenants_known(connection)),
        totals.c.day <= (as_of.isoformat() if as_of else EVER),
    ]
    if scope.clinics:
        mine.append(one_of(connection, totals.c.clinic, scope.clinics))
    query = select(totals.c.account, func.sum(totals.c.cents).label("cents")).where(*mine)
    rows = connection.execute(query.group_by(totals.c.account).order_by(totals.c.account))
    return {row.account: int(row.cents) for row in rows}
