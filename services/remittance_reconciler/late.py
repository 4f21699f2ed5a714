"""Payments that fitted no claim, looked at again when a claim is built that they could mean."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, select

from claimloom.claim_number import squeezed
from claimloom.desk.decide import MATCH
from claimloom.ledger.books.claims import claims
from claimloom.ledger.books.decisions import SET_ASIDE, decisions
from claimloom.ledger.books.reconciliations import OF_NO_CLAIM, reconciliations
from claimloom.ledger.database import among, lock, owned
from claimloom.ledger.journal import event_ids, event_places, payloads
from claimloom.remit.match import SHORTEST_PREFIX
from claimloom.topology import Received
from schemas.decision import DecisionMade
from schemas.event import Event, TypedEvent
from schemas.remittance import RemittanceReceived
from services.remittance_reconciler.unposted import once_unposted


class ToldRemittance(NamedTuple):
    """A remittance with the id, the tenant and the place of its event, and the place of the claim that it names, or
    that somebody says it means (``how``).
    """

    event_id: UUID
    tenant: str
    data: RemittanceReceived
    place: int
    claim: int
    how: str = ""


class Late(NamedTuple):
    """A remittance that fitted no claim, the id of the event that said so, and the event by which it may fit one: a
    claim's, or a decision.
    """

    told: ToldRemittance
    said: UUID
    because: Event | TypedEvent


BY_DECISION: Final = "decision"


def turn_of(tenant: str) -> str:
    """The lock of who finds a payment of no claim and of who has a new claim: one of them sees what the other did."""
    return f"unmatched {tenant}"


def late_claims(connection: Connection, built: Sequence[Received]) -> list[Late]:
    """Payments of no claim that one of these could be meant by: they have its number, or the beginning of it, or its
    member. What a person set aside stays so.
    """
    by_place = {each.claim: each.event for each in built if each.claim is not None}
    tenants = {event.tenant for event in by_place.values()}
    if not by_place:
        return []
    lock(connection, map(turn_of, tenants))
    unknown = among(connection, reconciliations.c.tenant, tenants) & OF_NO_CLAIM
    if connection.execute(select(reconciliations.c.place).where(unknown).limit(1)).first() is None:
        return []
    meant, ours = _meant(connection, by_place)
    found: dict[int, tuple[int, int]] = {}
    numbers, members = reconciliations.c.patient_control_number, reconciliations.c.member_id
    for what, column in (("number", numbers), ("member", members)):
        values = {value for _, kind, value in meant if kind == what}
        asked = (reconciliations.c.place, reconciliations.c.remittance, reconciliations.c.tenant, column)
        for place, remittance, tenant, value in connection.execute(
            select(*asked).where(unknown, among(connection, column, values))
        ).all():
            if claim := meant.get((tenant, what, value)):
                found.setdefault(place, (remittance, claim))
    taken_off = once_unposted(connection, {remittance for remittance, _ in found.values()})
    aside = set(_set_aside(connection, found)) | {at for at, each in found.items() if each[0] in taken_off}
    found = {at: each for at, each in found.items() if at not in aside}
    said = event_ids(connection, found)
    told = payloads(connection, [remittance for remittance, _ in found.values()], RemittanceReceived)
    ids = event_ids(connection, told)
    late = []
    for place, (remittance, claim) in sorted(found.items()):
        event, data = by_place[claim], told[remittance]
        if data.imbalances:  # not posted now either, but it is known whose it is
            claim_id = ours.get((event.tenant, data.claim.patient_control_number if data.claim else ""))
            data = data.model_copy(update={"claim_id": claim_id})
        one = ToldRemittance(UUID(ids[remittance]), event.tenant, data, remittance, 0)
        late.append(Late(one, UUID(said[place]), event))
    return late


def matched_by_people(connection: Connection, decided: Sequence[Received]) -> list[Late]:
    """Payments of no claim of which somebody says whose they are, each with that claim. One that has found its claim
    since is left alone.
    """
    made = [(each.event, each.data) for each in decided if isinstance(each.data, DecisionMade)]
    asked = {data.about: (event, data) for event, data in made if data.kind == MATCH}
    if not asked:
        return []
    places = event_places(connection, asked)
    columns = (reconciliations.c.place, reconciliations.c.remittance, reconciliations.c.outcome)
    mine = among(connection, reconciliations.c.place, places.values())
    rows = {row.place: row for row in connection.execute(select(*columns).where(mine)).all()}
    remittances = {row.remittance for row in rows.values() if row.remittance}
    told, ids = payloads(connection, remittances, RemittanceReceived), event_ids(connection, remittances)
    numbers: dict[str, set[str]] = {}
    for event, data in asked.values():
        numbers.setdefault(event.tenant, set()).add(data.fields.get("claim", ""))
    named = {
        (tenant, claim.patient_control_number): claim.place
        for tenant, some in numbers.items()
        for claim in owned(connection, claims, claims.c.patient_control_number, some, tenant)
    }
    late = []
    for said, (event, data) in asked.items():
        row = rows.get(places.get(said, 0))
        claim = named.get((event.tenant, data.fields.get("claim", "")), 0)
        if row is None or row.outcome != "unmatched" or not claim or row.remittance not in told:
            continue
        one = ToldRemittance(
            UUID(ids[row.remittance]), event.tenant, told[row.remittance], row.remittance, claim, BY_DECISION
        )
        late.append(Late(one, UUID(said), event))
    return late


def _meant(
    connection: Connection, places: Iterable[int]
) -> tuple[dict[tuple[str, str, str], int], dict[tuple[str, str], UUID]]:
    """By tenant, "number" or "member", and what a payment may say of it: the place of the claim. By tenant and number
    in full: its id.
    """
    names = ("place", "tenant", "patient_control_number", "member_id", "claim_id")
    query = select(*(claims.c[name] for name in names)).where(among(connection, claims.c.place, places))
    found: dict[tuple[str, str, str], int] = {}
    ours: dict[tuple[str, str], UUID] = {}
    for place, tenant, number, member, claim_id in connection.execute(query).all():
        ours[tenant, number] = UUID(claim_id)
        plain = squeezed(number)
        beginnings = [text[:length] for text in (number, plain) for length in range(SHORTEST_PREFIX, len(text) + 1)]
        for each in (number, *beginnings):
            found.setdefault((tenant, "number", each), place)
            found.setdefault((tenant, "number", each.lower()), place)
        if member:
            found.setdefault((tenant, "member", member), place)
    return found, ours


def _set_aside(connection: Connection, places: Collection[int]) -> list[int]:
    if not places:
        return []
    mine = among(connection, decisions.c.about, places) & (decisions.c.kind == SET_ASIDE)
    return list(connection.scalars(select(decisions.c.about).where(mine).distinct()))
