"""Asking the journal: where events stand, and what they say, by their places.

Who writes events, or reads them, mostly needs them again soon; so some are kept at hand for each ledger, up to a bound.
They may be: an event at a place is the same for ever, and one is kept only when its transaction is committed.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Final, NamedTuple, TypeVar
from weakref import WeakKeyDictionary

from pydantic import BaseModel, ConfigDict, ValidationError
from sqlalchemy import Connection, Engine, Table, select, text

from claimloom.ledger.database import among
from claimloom.ledger.tables import journal, positions
from claimloom.ledger.vault import read_envelope, read_typed
from schemas.claim import Claim, ClaimBuilt
from schemas.event import Event, TypedEvent, split
from schemas.topics import Topic, payload
from schemas.values import Noun

LOOK: Final = 5000
"""Events that are looked at together."""
YOUNG: Final = 1000
"""Places that other transactions may have drawn and not committed yet."""
AT_HAND: Final = 4000
"""Events that are kept, of each ledger: about as many as a few batches make."""
N = TypeVar("N", bound=Noun)


class Place(NamedTuple):
    """Where an event stands in the journal, and the place of the claim it is about."""

    seq: int
    claim: int | None = None


_AT_HAND: WeakKeyDictionary[Engine, OrderedDict[int, Event | TypedEvent]] = WeakKeyDictionary()


def keep_at_hand(engine: Engine, events: Iterable[tuple[int, Event | TypedEvent]]) -> None:
    """Events of a transaction that is committed, by their places; the oldest make room."""
    kept = _AT_HAND.setdefault(engine, OrderedDict())
    kept.update(events)
    while len(kept) > AT_HAND:
        kept.popitem(last=False)


def places(connection: Connection, ids: Collection[str]) -> dict[str, Place]:
    """Where the events of these ids stand, of those that are here."""
    if not ids:
        return {}
    query = select(journal.c.id, journal.c.seq, journal.c.claim).where(among(connection, journal.c.id, ids))
    return {row.id: Place(row.seq, row.claim) for row in connection.execute(query).all()}


def event_places(connection: Connection, ids: Collection[str]) -> dict[str, int]:
    """The places alone."""
    return {event_id: each.seq for event_id, each in places(connection, ids).items()}


def claims_since(connection: Connection, name: str) -> tuple[int, int, set[int]]:
    """Up to where somebody looked (``positions``), up to where this look goes, and the places of the claims that were
    built or sent in between.

    On PostgreSQL a place may be seen after a higher one: each look goes back over those that are as young as that.
    """
    after = connection.scalar(select(positions.c.seq).where(positions.c.service == name)) or 0
    back = YOUNG if connection.dialect.name == "postgresql" else 0
    mine = journal.c.type.in_((Topic.CLAIM_BUILT, Topic.CLAIM_SUBMITTED)) & (journal.c.seq > after - back)
    query = select(journal.c.seq, journal.c.claim).where(mine).order_by(journal.c.seq).limit(LOOK)
    rows = connection.execute(query).all()
    last = max([after, *(row.seq for row in rows)])
    return after, last, {row.claim for row in rows if row.claim is not None}


def event_ids(connection: Connection, seqs: Collection[int]) -> dict[int, str]:
    """The ids of the events at these places."""
    if not seqs:
        return {}
    query = select(journal.c.seq, journal.c.id).where(among(connection, journal.c.seq, seqs))
    return {row.seq: row.id for row in connection.execute(query).all()}


def kept_and_cold(
    connection: Connection, seqs: Collection[int]
) -> tuple[dict[int, Event | TypedEvent], dict[int, str]]:
    """Of the events at these places those at hand, and the texts of the others."""
    kept: Mapping[int, Event | TypedEvent] = _AT_HAND.get(connection.engine, {})
    found = {seq: event for seq in seqs if (event := kept.get(seq))}
    cold = [seq for seq in seqs if seq not in found]
    if not cold:
        return found, {}
    query = select(journal.c.seq, journal.c.body).where(among(connection, journal.c.seq, cold))
    return found, {row.seq: row.body for row in connection.execute(query).all()}


def payloads(connection: Connection, seqs: Collection[int], kind: type[N]) -> dict[int, N]:
    """What the events at these places say; all of them are of one kind."""
    kept, cold = kept_and_cold(connection, seqs)
    found = {seq: _of(kind, event) for seq, event in kept.items()}
    return found | {seq: _of(kind, read_typed(connection, body)) for seq, body in cold.items()}


def time_at(connection: Connection, seq: int) -> datetime:
    """When the event at a place was told."""
    kept, cold = kept_and_cold(connection, [seq])
    return kept[seq].time if seq in kept else read_envelope(connection, cold[seq]).time


class _ClaimAlone(BaseModel):
    """Of ``claim-built`` the claim: its session, which is as long, is passed over unread."""

    model_config = ConfigDict(extra="ignore")
    claim: Claim


def claims_at(connection: Connection, seqs: Collection[int]) -> dict[int, Claim]:
    """The claims that were built at these places."""
    kept, cold = kept_and_cold(connection, seqs)
    found = {seq: _of(ClaimBuilt, event).claim for seq, event in kept.items()}
    return found | {seq: _claim_of(read_envelope(connection, body), body) for seq, body in cold.items()}


def _claim_of(event: Event | TypedEvent, body: str) -> Claim:
    parts = split(body.encode()) if isinstance(event, TypedEvent) else None
    if parts:
        with suppress(ValidationError):
            claim = _ClaimAlone.model_validate_json(parts[1]).claim
            if "payers_after" in claim.model_fields_set:  # before that was said, the session beside it says it
                return claim
    return _of(ClaimBuilt, event).claim


def _of(kind: type[N], event: Event | TypedEvent) -> N:
    data = payload(event)
    assert isinstance(data, kind)
    return data


def next_places(connection: Connection, count: int, table: Table = journal) -> range | list[int]:
    """Places for so many new events, ascending. On PostgreSQL other transactions may draw theirs between them."""
    if connection.dialect.name == "postgresql":
        drawn = f"select nextval(pg_get_serial_sequence('{table}', 'seq')) from generate_series(1, :count)"  # noqa: S608
        return sorted(connection.scalars(text(drawn), {"count": count}))
    last = connection.scalar(select(table.c.seq).order_by(table.c.seq.desc()).limit(1)) or 0
    return range(last + 1, last + 1 + count)
