"""remittance_intake: one event for each CLP and each PLB pair of an 835, with what does not balance said beside it.

A payment is known by trace number, payer, date, amount and payee. The same payment again, in whatever file, gives the
same ids and so nothing new; another payment under the same key is marked as a duplicate and not posted.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Row, select

from claimloom.ledger.books.acknowledgments import acknowledgments
from claimloom.ledger.books.claims import billing_providers, claims
from claimloom.ledger.books.remittances import REMITTANCES, remittances
from claimloom.ledger.database import among, owned
from claimloom.ledger.journal import event_ids
from claimloom.ledger.tenants import owner_of
from claimloom.topology import Arrived, Door, Draft, Portion, Read, Service
from claimloom.x12.nouns.read_835 import Remittance, Unreadable, read_835
from schemas.event import derived_id
from schemas.remittance import Imbalance, ProviderAdjustment, RemitClaim, RemitHeader, RemittanceReceived
from schemas.topics import Topic

KNOWN_BY: Final = tuple(claims.c[name] for name in ("place", "claim_id", "tenant", "clinic", "patient_control_number"))


def drafts(connection: Connection, tenant: str, file_name: str, data: bytes) -> tuple[list[Draft], list[str]]:
    """Events of a file, and what of it could not be read; X12Error if it cannot be read at all."""
    found: list[Draft] = []
    problems: list[str] = []
    sha256 = hashlib.sha256(data).hexdigest()
    here: dict[UUID, set[str]] = {}
    for each in read_835(data):
        if isinstance(each, Unreadable):
            problems.append(f"transaction {each.transaction_index + 1}: {each.reason}")
        else:
            found += _Payment(connection, tenant, file_name, sha256, each, here).drafts()
    return found, problems


class _Payment:
    """One ST of a file; ``here`` are the events that earlier STs of the file gave, by payment."""

    def __init__(
        self,
        connection: Connection,
        tenant: str,
        file_name: str,
        sha256: str,
        read: Remittance,
        here: dict[UUID, set[str]],
    ) -> None:
        self.connection = connection
        self.tenant = tenant
        self.file_name = file_name
        self.sha256 = sha256
        self.read = read
        self.key = payment_key(read.header, read.claims)
        self.payment_id = derived_id("payment", tenant, *self.key)
        self.before = self._told()
        self.before |= dict.fromkeys(here.get(self.payment_id, ()), file_name)
        self.here = here.setdefault(self.payment_id, set())
        self.known = _claims_by_number(connection, tenant, read.claims)

    @cached_property
    def clinic(self) -> str:
        """Of what fits no claim: the clinic that bills under the payee's NPI."""
        return _clinic_of(self.connection, self.tenant, self.read.header.payee_npi)

    def drafts(self) -> list[Draft]:
        """CLPs, then PLB pairs; a payment of neither is said once, as its header alone."""
        header_wrong = self.read.imbalances
        made = [
            self._draft(place, claim, None, [*header_wrong, *self.read.claim_imbalances.get(place, [])])
            for place, claim in enumerate(self.read.claims)
        ]
        first = len(made)
        plbs = self.read.provider_adjustments
        made += [self._draft(first + place, None, plb, header_wrong) for place, plb in enumerate(plbs)]
        return made or [self._draft(0, None, None, header_wrong)]

    def _draft(
        self, position: int, claim: RemitClaim | None, plb: ProviderAdjustment | None, wrong: Iterable[Imbalance]
    ) -> Draft:
        row = self.known.get((claim.patient_control_number, claim.payer_claim_control_number)) if claim else None
        # Where a claim stands in a file is no part of what it says.
        places: Any = {"segment_number": True, "lines": {"__all__": {"segment_number"}}}
        content = (claim or plb or self.read.header).model_dump_json(exclude=places)
        identity = ("remittance", self.tenant, *self.key, position, hashlib.sha256(content.encode()).hexdigest())
        event_id = str(derived_id(Topic.REMITTANCE_RECEIVED, *identity))
        self.here.add(event_id)
        data = RemittanceReceived(
            payment_id=self.payment_id,
            header=self.read.header,
            claim=claim,
            provider_adjustment=plb,
            claim_id=row.claim_id if row else None,
            imbalances=list(wrong),
            duplicate_of="" if not self.before or event_id in self.before else min(self.before.values()),
            file_name=self.file_name,
            file_sha256=self.sha256,
            transaction_index=self.read.transaction_index,
            position=position,
        )
        subject = str(row.claim_id) if row else f"{self.read.header.trace_number}:{position}"
        return Draft(data, subject, self.tenant, row.clinic if row else self.clinic, identity=identity)

    def _told(self) -> dict[str, str]:
        """Events that told of this payment before, with their file."""
        mine = remittances.c.payment_id == str(self.payment_id)
        query = select(remittances.c.place, remittances.c.file_name).where(mine)
        files = {row.place: str(row.file_name) for row in self.connection.execute(query)}
        return {event_id: files[place] for place, event_id in event_ids(self.connection, files).items()}


def payment_key(header: RemitHeader, paid: Iterable[RemitClaim]) -> tuple[str, ...]:
    """What makes a payment the same one: TRN02, TRN03, BPR16, BPR02, payee; without money, its claims as well."""
    on = header.payment_date.isoformat() if header.payment_date else ""
    payee = header.payee_npi or header.payee_tax_id or header.payee_name
    key = (header.trace_number, header.originating_company_id, on, str(header.total_paid_cents), payee)
    if header.payment_method != "NON" and header.total_paid_cents:
        return key
    text = "|".join(f"{each.payer_claim_control_number}/{each.status_code}/{each.paid_cents}" for each in paid)
    return (*key, hashlib.sha256(text.encode()).hexdigest())


def _claims_by_number(
    connection: Connection, tenant: str, paid: Iterable[RemitClaim]
) -> dict[tuple[str, str], Row[Any]]:
    """Our claims by what CLP01 or CLP07 says, as far as these tell; the reconciler looks further."""
    asked = {(each.patient_control_number, each.payer_claim_control_number) for each in paid}
    numbers = {number for number, _ in asked}
    named = owned(connection, claims, claims.c.patient_control_number, numbers, tenant, KNOWN_BY)
    ours = {row.patient_control_number: row for row in named}
    lost = {icn: number for number, icn in asked if number not in ours and icn}
    by_icn: dict[str, Row[Any]] = {}
    if lost:
        for table in (acknowledgments, remittances):
            query = select(table.c.payer_claim_control_number, table.c.claim).where(
                among(connection, table.c.payer_claim_control_number, lost), table.c.claim.is_not(None)
            )
            named_so = {row.claim: row.payer_claim_control_number for row in connection.execute(query)}
            for claim in owned(connection, claims, claims.c.place, named_so, tenant, KNOWN_BY):
                by_icn[named_so[claim.place]] = claim
    found = {}
    for number, icn in asked:
        if row := ours.get(number) or by_icn.get(icn):
            found[number, icn] = row
    return found


def _clinic_of(connection: Connection, tenant: str, npi: str) -> str:
    """The clinic that bills under the payee's NPI, if it is one."""
    mine = (billing_providers.c.tenant == tenant, billing_providers.c.npi == npi)
    found = connection.scalars(select(billing_providers.c.clinic).where(*mine).limit(2)).all()
    return str(found[0]) if len(found) == 1 else ""


def read(arrived: Arrived) -> Iterator[Read]:
    """All payments of a file in one portion."""
    owner = arrived.tenant

    def portion(connection: Connection) -> Portion:
        return Portion(*drafts(connection, owner_of(connection, owner), arrived.name, arrived.data()))

    yield portion


SERVICE: Final = Service(
    name="remittance_intake",
    emits=(Topic.REMITTANCE_RECEIVED,),
    keeps=(REMITTANCES,),
    doors=(Door("payments", ("835",), lambda head: "835" in head.kinds, read),),
)
