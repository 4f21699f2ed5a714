"""Drafts become events: ids derived, sizes held to the limit, put into the journal and folded into the tables."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, select

from claimloom.errors import PlainError
from claimloom.ledger.books.claims import claims
from claimloom.ledger.chain import note_events
from claimloom.ledger.database import among, insert_new
from claimloom.ledger.journal import Place, event_places, next_places, places
from claimloom.ledger.tables import journal
from claimloom.ledger.vault import body_of, hold, stored
from claimloom.packing import pack
from claimloom.runtime.taking import AnyEvent
from claimloom.topology import Draft, Received, Service, TopologyError, Written
from schemas.event import TypedEvent, derived_id
from schemas.topics import Topic
from schemas.upcasters import version_of

# The broker's limit (max.message.bytes, 8 MiB) less what a record has around the event: its key, and lengths.
MAX_EVENT_BYTES = 8 * 1024 * 1024 - 16 * 1024
TRACE: Final = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}", re.ASCII)
"""W3C trace context, traceparent."""


def append(
    connection: Connection, service: Service, drafts: Sequence[Draft], now: datetime, parents: Sequence[Received] = ()
) -> list[Written]:
    """Derive the events of the drafts and put the new ones into the journal and the service's tables."""
    hold(connection, (draft.tenant for draft in drafts))
    counts: Counter[object] = Counter()
    traces = {each.event.id: each.event.traceparent for each in parents}
    made: dict[UUID, TypedEvent] = {}
    asked: list[str] = []
    for draft in drafts:
        if draft.topic not in service.emits and draft.topic is not Topic.DEAD_LETTER:
            raise TopologyError(f"{service.name} emits {draft.topic}, which it did not declare")
        if draft.identity or draft.parent is None:
            event_id = identity_of(service, draft)
        else:
            event_id = derived_id(service.name, draft.parent, counts[draft.parent])
            counts[draft.parent] += 1
        if draft.identity or draft.parent not in traces:
            # The others follow from events that the inbox did not have before, so the journal has nothing of them.
            asked.append(str(event_id))
        event = TypedEvent(
            id=event_id,
            source=service.name,
            type=draft.topic,
            subject=draft.subject,
            time=now,
            tenant=draft.tenant,
            clinic=draft.clinic,
            schema_version=version_of(draft.topic),
            caused_by=draft.parent,
            traceparent=_trace(event_id, traces.get(draft.parent, "") if draft.parent else ""),
        ).carrying(draft.data)
        made.setdefault(event_id, event)
    mine = among(connection, journal.c.id, asked) & (journal.c.source == service.name)
    known = {UUID(each) for each in connection.scalars(select(journal.c.id).where(mine))} if asked else set()
    written = enter(connection, [event for event_id, event in made.items() if event_id not in known], parents)
    project(connection, service, [Received(each.event, each.place, each.claim) for each in written])
    return written


def enter(
    connection: Connection, events: Sequence[AnyEvent], parents: Sequence[Received] = (), *, ours: bool = True
) -> list[Written]:
    """Events into the journal, each under a place of its own, or under the one that it has: after a restored backup an
    event may have come by a topic before whoever makes it made it again. Until then it has no source here: its maker's
    tables do not hold it, and replay must not say so.
    """
    if not events:
        return []
    at = next_places(connection, len(events))
    claim_ids = [claim_id_of(event) for event in events]
    built = {
        claim_id: place
        for event, claim_id, place in zip(events, claim_ids, at, strict=True)
        if event.type == Topic.CLAIM_BUILT and claim_id
    }
    about = built | _claims(connection, claim_ids, parents)
    causes = {each.event.id: each.place for each in parents}
    if unknown := {str(event.caused_by) for event in events if event.caused_by and event.caused_by not in causes}:
        causes |= {UUID(event_id): place for event_id, place in event_places(connection, unknown).items()}
    bodies = [_fitting(event, body_of(connection, event)) for event in events]
    written = [
        Written(event, body, place, about.get(claim_id) if claim_id else None, pack(body.encode()))
        for event, body, claim_id, place in zip(events, bodies, claim_ids, at, strict=True)
    ]
    rows = [
        {
            "seq": place,
            "id": str(event.id),
            "type": event.type,
            "tenant": event.tenant,
            "claim": claim,
            "body": stored(body, packed),
            "source": event.source if ours else "",
            "caused_by": causes.get(event.caused_by) if event.caused_by else None,
            "month": event.time.isoformat()[:7],
        }
        for event, body, place, claim, packed in written
    ]
    new = written
    if insert_new(connection, journal, rows) != len(rows):
        written = _as_it_stands(connection, written)
        drawn = set(at)
        new = [each for each in written if each.place in drawn]
    note_events(
        connection, [(each.place, each.event.tenant, str(each.event.id), each.event.type, each.body) for each in new]
    )
    return written


def _as_it_stands(connection: Connection, written: Sequence[Written]) -> list[Written]:
    """Events with the places that they have; whoever makes them is their source from now on."""
    there = places(connection, [str(each.event.id) for each in written])
    found = []
    for each in written:
        seq, claim = there[str(each.event.id)]
        if claim is None and each.claim is not None:
            claim = seq if each.claim == each.place else each.claim
        source = {"source": each.event.source, "claim": claim}
        connection.execute(journal.update().where(journal.c.seq == seq, journal.c.source == "").values(source))
        found.append(each._replace(place=seq, claim=claim))
    return found


def places_of_events(connection: Connection, events: Sequence[AnyEvent]) -> dict[UUID, Place]:
    """Where events stand in the journal. What another program sent to a topic is put there first: else replay would
    not have it.
    """
    known = places(connection, [str(event.id) for event in events])
    found = {event.id: place for event in events if (place := known.get(str(event.id)))}
    if strangers := list({event.id: event for event in events if event.id not in found}.values()):
        hold(connection, (event.tenant for event in strangers))
        entered = enter(connection, strangers, ours=False)
        found |= {each.event.id: Place(each.place, each.claim) for each in entered}
    return found


def _claims(connection: Connection, claim_ids: Iterable[str | None], parents: Sequence[Received]) -> dict[str, int]:
    """Places of the claims that events are about: mostly those of the events that they follow from."""
    found = {claim_id: each.claim for each in parents if each.claim and (claim_id := claim_id_of(each.event))}
    if rest := {each for each in claim_ids if each and each not in found}:
        query = select(claims.c.claim_id, claims.c.place).where(among(connection, claims.c.claim_id, rest))
        found |= {row.claim_id: row.place for row in connection.execute(query).all()}
    return found


def identity_of(service: Service, draft: Draft) -> UUID:
    if not draft.identity:
        raise TopologyError(f"{service.name} emits {draft.topic} without a parent or an identity to derive its id")
    return derived_id(draft.topic, *draft.identity)


def is_too_large(body: str) -> bool:
    """Whether no topic takes an event of that text; only text that is not plain has to be encoded to see it."""
    return len(body) > MAX_EVENT_BYTES or (not body.isascii() and len(body.encode()) > MAX_EVENT_BYTES)


def _fitting(event: AnyEvent, body: str) -> str:
    """What no topic takes would be sent for ever: better that what it follows from is given up on, with the reason."""
    if is_too_large(body):
        raise PlainError(f"{event.type} of more than {MAX_EVENT_BYTES:,} bytes cannot be sent; split what it comes of")
    return body


def _trace(event_id: UUID, parent: str) -> str:
    """W3C traceparent: the trace of the parent, or one that begins here; the span is derived like the id."""
    trace = _trace_id(parent) or event_id.hex
    return f"00-{trace}-{event_id.hex[-16:]}-01"


def _trace_id(traceparent: str) -> str:
    """The trace that a traceparent names; empty where another program put anything else there: that is told nowhere."""
    found = TRACE.fullmatch(traceparent)
    return found[1] if found else ""


def project(connection: Connection, service: Service, received: Sequence[Received]) -> None:
    """Fold events into the tables of the books that the service keeps, in their order, runs of one fold at once."""
    for book in service.keeps:
        mine = [(book.folds[Topic(item.event.type)], item) for item in received if item.event.type in book.folds]
        for fold, run in groupby(mine, key=lambda pair: pair[0]):
            fold(connection, [item for _, item in run])


def claim_id_of(event: AnyEvent) -> str | None:
    """The claim that an event is about; None also where its payload cannot be read: that has to be put aside too."""
    if isinstance(event, TypedEvent):
        try:
            data = event.payload
        except ValueError:
            return None
        found = getattr(data, "claim_id", None) or getattr(getattr(data, "claim", None), "claim_id", None)
    else:
        inner = event.data.get("claim")
        found = event.data.get("claim_id") or (inner.get("claim_id") if isinstance(inner, dict) else None)
        try:
            return str(UUID(str(found)))
        except ValueError:  # another program's may hold anything there
            return None
    return str(found) if found else None


def ids_of(event: AnyEvent) -> dict[str, str | None]:
    """What a line of the log says of it."""
    return {"event_id": str(event.id), "claim_id": claim_id_of(event), "trace_id": _trace_id(event.traceparent)}
