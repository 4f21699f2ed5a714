"""remittance_intake: one event for each CLP and each PLB pair of an 835, with what does not balance said beside it.

A payment is known by trace number, payer, date, amount and payee. The same payment again, in whatever file, gives the
same ids and so nothing new, and in whatever dress nothing at all (``again.py``); what it says otherwise is marked as
told again and not posted. Which claim of ours is meant: ``meant.py``.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, Row, select

from claimloom.ledger.books.claims import billing_providers
from claimloom.ledger.books.deposits import DEPOSITS
from claimloom.ledger.books.remittances import REMITTANCES, remittances, trace_key
from claimloom.ledger.database import among
from claimloom.ledger.journal import event_ids, payloads
from claimloom.ledger.tenants import owner_of
from claimloom.topology import Arrived, Door, Draft, Portion, Read, Service
from claimloom.x12.checking.remarks import check_counts, remark
from claimloom.x12.guides.findings import Finding
from claimloom.x12.nouns.read_835 import Remittance, Unreadable, stream_835
from schemas.event import derived_id
from schemas.remittance import ProviderAdjustment, RemitClaim, RemitHeader, RemittanceReceived
from schemas.topics import Topic
from services.remittance_intake.again import (
    Begun,
    ToldBefore,
    digest_of,
    is_told_again,
    numbers_of,
    payment_key,
    told_before,
)
from services.remittance_intake.deposits import DOOR as STATEMENTS
from services.remittance_intake.meant import Meant

PORTION: Final = 1000
"""Events that are made and put into the journal together."""


@dataclass(frozen=True, slots=True)
class _File:
    """What all payments of a file share; ``here`` is what the events of each of its STs are known by, by payment, and
    ``headers`` are those of its payments by trace number, each with digests of its claims' numbers.
    """

    name: str
    sha256: str
    odd: Sequence[Finding] = ()
    here: dict[UUID, dict[int, list[tuple[object, ...]]]] = field(default_factory=dict)
    headers: dict[str, dict[UUID, tuple[RemitHeader, set[int]]]] = field(default_factory=dict)

    def alike(self, header: RemitHeader) -> dict[UUID, tuple[RemitHeader, set[int]]]:
        """The payments that were told of so far under the trace number of a payment."""
        return self.headers.setdefault(trace_key(header.trace_number), {})

    def remarks(self, transaction_index: int) -> list[str]:
        """What does not fit of the file's envelopes, and of one ST (0-based)."""
        return [remark(each) for each in self.odd if each.transaction in (0, transaction_index + 1)]


INTEREST: Final = "L6"


class _Payment:
    """One ST of a file. It is told in parts; for all of them counts what stood in the ledger before the first."""

    def __init__(self, file: _File, read: Remittance) -> None:
        self.file = file
        self.read = read
        self.key = payment_key(read.header, read.told)
        told = len(read.claims) + len(read.provider_adjustments)
        # Of what was left out something has to stand behind the rest, so that a mended file is known to fill a gap.
        self.size = told + (read.positions[-1] > told) or 1
        self.before: dict[str, str] = {}
        self.gaps: frozenset[int] = frozenset()
        self.again: ToldBefore | None = None
        self.passed: dict[int, Counter[str]] = {}
        self.interest = [each for each in read.provider_adjustments if each.reason == INTEREST]
        """PLB L6."""

    def id(self, tenant: str) -> UUID:
        """The payment's, whatever told of it."""
        return derived_id("payment", tenant, *self.key)

    def begun(self, tenant: str, claims: Sequence[RemitClaim]) -> Begun:
        """What tells whether it was told before."""
        return Begun(self.id(tenant), self.read.header, claims)

    def drafts(self, tenant: str, part: _Part, beside: _Beside) -> list[Draft]:
        """CLPs, then PLB pairs, from one to before another; of neither, or behind one left out, its header alone.

        Of a payment that was told before in another dress only what it says otherwise.
        """
        payment_id, first = self.id(tenant), len(self.read.claims)
        here = self.file.here.setdefault(payment_id, {})
        if part.start == 0:
            self._look_back(tenant, part, beside)
        plbs = self.read.provider_adjustments[max(part.start - first, 0) : max(part.stop - first, 0)]
        pairs: list[tuple[RemitClaim | None, ProviderAdjustment | None]] = [(claim, None) for claim in part.claims]
        pairs += [(None, plb) for plb in plbs]
        pairs += [(None, None)] * (part.stop - part.start - len(pairs))
        _, seen = self.file.alike(self.read.header)[payment_id]
        seen.update(hash(number) for each in part.claims for number in numbers_of(each))
        passed = self.passed[part.start] = Counter()  # by part, since one that is tried again counts once
        known = self.again.contents - sum(self.passed.values(), Counter()) if self.again else Counter[str]()
        made = []
        for place, (claim, plb) in enumerate(pairs, part.start):
            digest = digest_of(claim or plb or self.read.header)
            if passed[digest] < known[digest]:
                passed[digest] += 1
            else:
                made.append(self._draft(tenant, place, digest, claim, plb, beside))
        here.setdefault(self.read.transaction_index, []).extend(draft.identity for draft in made)
        return made

    def _look_back(self, tenant: str, part: _Part, beside: _Beside) -> None:
        """What was told of this payment before, in the ledger or by this file."""
        payment_id, begun = self.id(tenant), self.begun(tenant, part.claims)
        self.before, self.gaps = beside.told.get(payment_id, _Before({}, frozenset()))
        self.again = beside.again.get(payment_id)
        for index, identities in self.file.here[payment_id].items():
            if index < self.read.transaction_index:
                ids = (str(derived_id(Topic.REMITTANCE_RECEIVED, *each)) for each in identities)
                self.before = self.before | dict.fromkeys(ids, self.file.name)
        if not self.again and not self.before:
            for other, (header, numbers) in self.file.alike(self.read.header).items():
                told = {number for each in begun.claims for number in numbers_of(each) if hash(number) in numbers}
                if other != payment_id and told and is_told_again(begun, header, told):
                    self.again = ToldBefore(other, self.file.name, Counter())
                    break
        self.file.alike(self.read.header).setdefault(payment_id, (self.read.header, set()))

    def _draft(
        self,
        tenant: str,
        place: int,
        digest: str,
        claim: RemitClaim | None,
        plb: ProviderAdjustment | None,
        beside: _Beside,
    ) -> Draft:
        position, header = self.read.positions[place], self.read.header
        identity = ("remittance", tenant, *self.key, position, digest)
        row = beside.meant.claim(claim) if claim else None
        data = RemittanceReceived(
            payment_id=self.again.payment_id if self.again else self.id(tenant),
            header=header,
            claim=claim,
            provider_adjustment=plb,
            claim_id=row.claim_id if row else None,
            imbalances=[*self.read.imbalances, *self.read.claim_imbalances.get(place, [])],
            duplicate_of=self._told_first(position, identity),
            interest_cents=self._interest(claim) if claim else 0,
            file_name=self.file.name,
            file_sha256=self.file.sha256,
            file_remarks=self.file.remarks(self.read.transaction_index),
            transaction_index=self.read.transaction_index,
            position=position,
        )
        subject = str(row.claim_id) if row else f"{header.trace_number}:{position}"
        clinic = row.clinic if row else beside.clinics.get(header.payee_npi, "")
        return Draft(data, subject, tenant, clinic, identity=identity)

    def _interest(self, claim: RemitClaim) -> int | None:
        """Of the payment, for a claim; None where the payment has interest of which it does not say whose it is."""
        if claim.interest_cents or not self.interest:
            return claim.interest_cents
        mine = {claim.patient_control_number, claim.payer_claim_control_number} - {""}
        named = [pair.amount_cents for pair in self.interest if mine & set(pair.reference.split())]
        return -sum(named) if named else 0 if self.tells_all_by_claim else None

    @cached_property
    def tells_all_by_claim(self) -> bool:
        """Whether its claims say whose all of its interest is: L6 is the sum of their AMT*I (X12 RFI 2123)."""
        told = sum(each.interest_cents for each in self.read.claims)
        return told == -sum(each.amount_cents for each in self.interest)

    def _told_first(self, position: int, identity: tuple[object, ...]) -> str:
        """The file that told the payment first, if this event tells it otherwise."""
        if self.again:
            return self.again.file_name
        before = self.before
        known = not before or position in self.gaps or str(derived_id(Topic.REMITTANCE_RECEIVED, *identity)) in before
        return "" if known else min(before.values())


class _Before(NamedTuple):
    """What was told of a payment: events, with the files they came from, and the positions that were left out."""

    events: dict[str, str]
    gaps: frozenset[int]


def _told(connection: Connection, payment_ids: Iterable[UUID], sha256: str) -> dict[UUID, _Before]:
    """Events that told of payments before the file of that digest began to, with the files they came from.

    A file that was read in part before does not count as another: what it gave, and what came after that, is left out.
    What one file told stands in its order, so only what begins anew is asked from which it is.
    """
    columns = ("place", "payment_id", "file_name", "transaction_index", "position")
    mine = among(connection, remittances.c.payment_id, map(str, payment_ids))
    query = select(*(remittances.c[name] for name in columns)).where(mine).order_by(remittances.c.place)
    rows: dict[UUID, list[Row[Any]]] = {}
    for row in connection.execute(query).all():
        rows.setdefault(UUID(row.payment_id), []).append(row)
    return {payment_id: _told_of(connection, some, sha256) for payment_id, some in rows.items()}


def _told_of(connection: Connection, rows: Sequence[Row[Any]], sha256: str) -> _Before:
    files: dict[int, str] = {}
    there: set[int] = set()
    last: tuple[str, int, int] = ("", 0, 0)
    for row in rows:
        at = (str(row.file_name), int(row.transaction_index), int(row.position))
        if at[0] != last[0] or at <= last:
            (told,) = payloads(connection, [row.place], RemittanceReceived).values()
            if told.file_sha256 == sha256:
                break
        files[row.place], last = at[0], at
        there.add(at[2])
    events = {event_id: files[place] for place, event_id in event_ids(connection, files).items()}
    return _Before(events, frozenset(range(max(there, default=0))) - there)


def _clinics_of(connection: Connection, tenant: str, npis: Collection[str]) -> dict[str, str]:
    """The clinics that bill under the NPIs of payees, of each that is one clinic's alone."""
    mine = (billing_providers.c.tenant == tenant, among(connection, billing_providers.c.npi, npis))
    found: dict[str, set[str]] = {}
    for row in connection.execute(select(billing_providers.c.npi, billing_providers.c.clinic).where(*mine)):
        found.setdefault(row.npi, set()).add(row.clinic)
    return {npi: next(iter(clinics)) for npi, clinics in found.items() if len(clinics) == 1}


@dataclass(frozen=True)
class _Part:
    """Positions of a payment, from one to before another, and the claims there."""

    payment: _Payment
    start: int
    stop: int

    @cached_property
    def claims(self) -> Sequence[RemitClaim]:
        """Typed once for all who look at this part."""
        return self.payment.read.claims[self.start : self.stop]


def read(arrived: Arrived) -> Iterator[Read]:
    """Some thousand claims a portion, of however many payments; each payment is balanced as a whole before."""
    data = arrived.data()
    file = _File(arrived.name, hashlib.sha256(data).hexdigest(), check_counts(data, complete=True))
    parts: list[_Part] = []
    problems: list[str] = []
    room = PORTION
    for each in stream_835(data, complete=True):
        if isinstance(each, Unreadable):
            problems.append(f"transaction {each.transaction_index + 1}: {each.reason}")
            continue
        problems += [f"transaction {each.transaction_index + 1}: {part.reason}" for part in each.unreadable]
        payment, start = _Payment(file, each), 0
        while start < payment.size:
            part = _Part(payment, start, min(start + room, payment.size))
            parts.append(part)
            room -= part.stop - start
            start = part.stop
            if not room:
                yield partial(_portion, arrived.tenant, file, parts, problems)
                parts, problems, room = [], [], PORTION
    yield partial(_portion, arrived.tenant, file, parts, problems)


class _Beside(NamedTuple):
    """What the ledger holds beside a portion, asked for once."""

    told: dict[UUID, _Before]
    again: dict[UUID, ToldBefore]
    meant: Meant
    clinics: dict[str, str]


def _beside(connection: Connection, tenant: str, sha256: str, parts: Sequence[_Part]) -> _Beside:
    begun = [each.payment.begun(tenant, each.claims) for each in parts if each.start == 0]
    payees = {each.payment.read.header.payee_npi for each in parts}
    return _Beside(
        _told(connection, {each.payment_id for each in begun}, sha256),
        told_before(connection, tenant, begun),
        Meant(connection, tenant, [claim for each in parts for claim in each.claims]),
        _clinics_of(connection, tenant, payees),
    )


def _portion(
    owner: str, file: _File, parts: Sequence[_Part], problems: Sequence[str], connection: Connection
) -> Portion:
    tenant = owner_of(connection, owner)
    beside = _beside(connection, tenant, file.sha256, parts)
    drafts = [draft for each in parts for draft in each.payment.drafts(tenant, each, beside)]
    known = sum(each.stop - each.start for each in parts) - len(drafts)
    return Portion(drafts, problems, list(map(remark, file.odd)), known)


SERVICE: Final = Service(
    name="remittance_intake",
    emits=(Topic.REMITTANCE_RECEIVED, Topic.DEPOSIT_TOLD),
    keeps=(REMITTANCES, DEPOSITS),
    doors=(Door("payments", ("835",), lambda head: "835" in head.kinds, read), STATEMENTS),
)
