"""Payments that somebody takes off a claim they are not for: the claim stands as without them, and the work list asks
whose they are. No claim that comes later takes such a payment by itself.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, select

from claimloom.desk import next_action
from claimloom.desk.decide import UNPOST
from claimloom.ledger.books.claims import places_of_claims
from claimloom.ledger.books.reconciliations import ADJUDICATED, UNPOSTED, reconciliations
from claimloom.ledger.database import among
from claimloom.ledger.journal import event_ids, payloads
from claimloom.ledger.states import fetch
from claimloom.remit import set_aside
from claimloom.remit.answers import Posted
from claimloom.topology import Draft, Received
from schemas.claim import Claim
from schemas.decision import DecisionMade
from schemas.event import Event, TypedEvent
from schemas.money import usd
from schemas.remittance import ClaimReconciled, RemittanceReceived


class Unposted(NamedTuple):
    """A part of a payment that leaves a claim, by their places; the id of its event, that of the event that posted it,
    and the decision.
    """

    claim: int
    remittance: int
    event_id: UUID
    data: RemittanceReceived
    said: UUID
    because: Event | TypedEvent

    def leaves(self, claim: Claim) -> ClaimReconciled:
        """What is said of the claim."""
        paid = self.data.claim
        return ClaimReconciled(
            claim_id=claim.claim_id,
            remittance_id=self.event_id,
            patient_control_number=claim.patient_control_number,
            outcome="unposted",
            billed_cents=claim.total_charge_cents,
            paid_cents=-paid.paid_cents if paid else 0,
            status_code=paid.status_code if paid else "",
            trace_number=self.data.header.trace_number,
            payment_date=self.data.header.payment_date,
            explanation=[f"Payment {self.data.header.trace_number} is not this claim's, as somebody decided."],
            overtakes=self.said,
        )

    def asks(self, claim: Claim, today: date) -> ClaimReconciled:
        """What is said of the payment: of no claim, and work."""
        assert self.data.claim is not None
        none = set_aside.unmatched(set_aside.as_told(self.event_id, self.data), self.data.claim)
        action = next_action.unmatched(self.data, self.data.claim, today)
        number = claim.patient_control_number
        said = f"remittance {self.data.header.trace_number} was taken off claim {number}: {usd(none.paid_cents)}"
        action = action.model_copy(update={"reason": said})
        why = self.leaves(claim).explanation
        return none.model_copy(update={"overtakes": self.said, "next_action": action, "explanation": why})


def unposted_by_people(connection: Connection, decided: Sequence[Received]) -> list[Unposted]:
    """What decisions take off claims, as far as it is posted there."""
    made = [(each.event, each.data) for each in decided if isinstance(each.data, DecisionMade)]
    asked = [(event, data) for event, data in made if data.kind == UNPOST]
    if not asked:
        return []
    places = places_of_claims(connection, {data.about for _, data in asked})
    names = ("claim", "remittance", "number", "outcome", "place")
    newest: dict[tuple[int, int], Any] = {}
    for row in fetch(connection, reconciliations, set(places.values()), [reconciliations.c[name] for name in names]):
        if row.remittance is not None and row.number >= getattr(newest.get((row.claim, row.remittance)), "number", 0):
            newest[row.claim, row.remittance] = row
    posted = {key: row for key, row in newest.items() if row.outcome in ADJUDICATED}
    told = payloads(connection, {remittance for _, remittance in posted}, RemittanceReceived)
    ids = event_ids(connection, {*told, *(row.place for row in posted.values())})
    found: dict[tuple[int, int], Unposted] = {}
    for event, data in asked:
        for (claim, remittance), row in sorted(posted.items()):
            said = told[remittance]
            if claim == places.get(data.about) and str(said.payment_id) == data.fields.get("payment"):
                one = Unposted(claim, remittance, UUID(ids[remittance]), said, UUID(ids[row.place]), event)
                found.setdefault((claim, remittance), one)
    return list(found.values())


def told_of(gone: Sequence[Unposted], claims: Mapping[int, Claim], today: date) -> list[Draft]:
    """What is said of claims that payments leave, and of these payments."""
    drafts = []
    for one in gone:
        event, claim = one.because, claims[one.claim]
        drafts.append(Draft(one.leaves(claim), str(claim.claim_id), event.tenant, event.clinic, parent=event.id))
        drafts.append(Draft(one.asks(claim, today), str(one.event_id), event.tenant, event.clinic, parent=event.id))
    return drafts


def without(posted: dict[int, dict[int, Posted]], gone: Sequence[Unposted]) -> dict[int, dict[int, Posted]]:
    """What is posted on claims without what leaves them."""
    for one in gone:
        posted[one.claim].pop(one.remittance, None)
    return posted


def once_unposted(connection: Connection, some: Collection[int]) -> set[int]:
    """Those of some remittances that somebody took off a claim."""
    if not some:
        return set()
    mine = among(connection, reconciliations.c.remittance, some) & (reconciliations.c.outcome == UNPOSTED)
    return set(connection.scalars(select(reconciliations.c.remittance).where(mine)))
