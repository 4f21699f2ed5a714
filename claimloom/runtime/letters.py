"""Dead letters: an event that is given up on is put aside with the reason, never with its data."""

from __future__ import annotations

import re
import traceback
from typing import Final

import structlog
from pydantic import ValidationError
from sqlalchemy import Connection, Engine, func, select

from claimloom.errors import PlainError
from claimloom.ledger.chain import chained
from claimloom.ledger.database import lock
from claimloom.ledger.tables import journal
from claimloom.ledger.vault import with_keys
from claimloom.metrics import DEAD
from claimloom.runtime.append import append, identity_of, ids_of, places_of_events
from claimloom.runtime.feed import Fed, feed
from claimloom.runtime.taking import AnyEvent, Clock, Policy, take_turns, taken, told_before, utc_now, while_away
from claimloom.topology import Draft, Received, Service, Written
from schemas.event import derived_id
from schemas.followup import DeadLetter
from schemas.topics import Topic
from schemas.upcasters import NewerEvent

log = structlog.get_logger(__name__)


def bury(
    engine: Engine, service: Service, event: AnyEvent, letter: DeadLetter, clock: Clock, policy: Policy
) -> list[Written]:
    """Put the event aside as a dead letter and mark it consumed, so that the rest of the line moves on."""

    def once() -> Fed:
        with chained(engine) as connection:
            take_turns(connection, service, policy)
            place = places_of_events(connection, [event])[event.id]
            if not taken(connection, service, [place.seq], "dead"):  # another worker was faster
                return Fed([], told_before(connection, service, [place.seq]) if policy.tell_known else [])
            mine = (journal.c.caused_by == place.seq) & (journal.c.type == Topic.DEAD_LETTER)
            query = select(func.count()).select_from(journal).where(mine, journal.c.source == service.name)
            identity = (service.name, event.id, connection.scalar(query))
            draft = Draft(letter, event.subject, event.tenant, event.clinic, parent=event.id, identity=identity)
            # What it says may be unreadable: that it is given up on follows from it all the same.
            parent = Received(event, *place, letter)
            return Fed(append(connection, service, [draft], clock(), [parent]), [])

    fed = while_away(service, policy, lambda: with_keys(engine, once))
    if fed.new:
        DEAD.labels(service.name).inc()
        log.error("dead letter", service=service.name, event_type=event.type, error=letter.error, **ids_of(event))
    return fed.new + fed.known


def letter_of(service: Service, event: AnyEvent, error: Exception, attempts: int) -> DeadLetter:
    """What is kept of an event that was given up on: who gave up, why, after how many tries."""
    return DeadLetter(
        service=service.name,
        event_id=event.id,
        event_type=event.type,
        error_type=type(error).__name__,
        error=safe_error(error),
        attempts=attempts,
    )


def bury_message(
    engine: Engine, service: Service, place: str, reason: str, *, clock: Clock = utc_now, policy: Policy = Policy()
) -> list[Written]:
    """A dead letter for a message that is no event at all; ``place`` (topic, partition, offset) is where it lies.

    However many services read it there, it is one letter, of the first.
    """
    event_id = derived_id("message", place)
    letter = DeadLetter(
        service=service.name,
        event_id=event_id,
        event_type=place.partition("[")[0],
        error_type="Unreadable",
        error=f"message {place}: {reason}",
        attempts=1,
    )
    draft = Draft(letter, place, "", "", identity=(event_id,))

    def make(connection: Connection) -> list[Draft]:
        lock(connection, [f"message {place}"])  # of two who read it at once one sees what the other said
        told = connection.scalar(select(journal.c.source).where(journal.c.id == str(identity_of(service, draft))))
        return [] if told not in (None, "", service.name) else [draft]

    fed = while_away(service, policy, lambda: feed(engine, service, make, clock=clock, policy=policy))
    if fed.new:
        DEAD.labels(service.name).inc()
        log.error("dead letter", service=service.name, event_type=letter.event_type, error=letter.error)
    return fed.new + fed.known


# Names of fields, and codes of procedures that fees are told by.
FIELD: Final = re.compile(r"[a-z][a-z_0-9]{0,40}|[0-9]{5}")


def place_of(where: tuple[int | str, ...]) -> str:
    """Of a field, by our names: a name of another form was given, and may be a patient's."""
    return ".".join(str(each) if isinstance(each, int) or FIELD.fullmatch(each) else "..." for each in where)


def safe_error(error: BaseException) -> str:
    """Where an error happened and what kind it is, without its data: a message may quote a patient."""
    if isinstance(error, PlainError | NewerEvent):
        return str(error)
    if isinstance(error, ValidationError):
        return "; ".join(f"{place_of(part['loc'])}: {part['type']}" for part in error.errors())
    if not error.__traceback__:
        return type(error).__name__
    last = traceback.extract_tb(error.__traceback__)[-1]
    module = last.filename.rpartition("/")[2]
    return f"{type(error).__name__} in {last.name} ({module}:{last.lineno})"
