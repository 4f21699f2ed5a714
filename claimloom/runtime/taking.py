"""What all durable work has in common: policy and clock, turns between workers, the inbox, waiting for a database."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

import structlog
from sqlalchemy import ColumnElement, Connection, Engine, select
from sqlalchemy.exc import DBAPIError

from claimloom.ledger.database import among, insert_new, insert_telling, is_away, lock, transaction
from claimloom.ledger.journal import event_places
from claimloom.ledger.tables import inbox, journal
from claimloom.ledger.vault import read_typed
from claimloom.metrics import WAITING
from claimloom.topology import Service, Written
from schemas.event import Event, TypedEvent

log = structlog.get_logger(__name__)

Clock = Callable[[], datetime]


T = TypeVar("T")


AnyEvent = Event | TypedEvent


# Before a service's name in the inbox: an event that it gave up on and shall take once more.
AGAIN = "again "


@dataclass(frozen=True, slots=True)
class Policy:
    """How a step deals with faults, and with those beside it.

    ``attempts`` is how often a poison event is tried. ``in_order`` makes steps of all processes go one after the other
    from their beginning, so that journal places become visible in their order; who reads the journal by its places
    (the embedded runtime) needs that. ``tell_known`` gives the journalled outputs of events that were consumed before
    as well, for whoever has to send them again. ``relay`` notes what is fed as not sent yet. A database that is away
    is waited for as long as it takes, or, ``at_once``, told to whoever stands before it.
    """

    attempts: int = 3
    backoff_seconds: float = 0.05
    backoff_limit_seconds: float = 5.0
    in_order: bool = False
    tell_known: bool = False
    relay: bool = False
    at_once: bool = False


def utc_now() -> datetime:
    """The present moment in UTC; replaced by a fixed clock where a run must be repeatable."""
    return datetime.now(UTC)


def while_away(service: Service, policy: Policy, work: Callable[[], T]) -> T:
    """Do it again as long as the database is away, unless the policy says at once. Whether a commit that broke off was
    made, the next try sees.
    """
    delay = policy.backoff_seconds
    while True:
        try:
            done = work()
        except DBAPIError as error:
            if policy.at_once or not is_away(error):
                raise
            WAITING.labels(service.name, "database").set(1)
            log.warning("database away, waiting", service=service.name, error_type=type(error.orig).__name__)
            time.sleep(delay)
            delay = min(max(delay, 0.01) * 2, policy.backoff_limit_seconds)
        else:
            WAITING.labels(service.name, "database").set(0)
            return done


def taken(connection: Connection, service: Service, places: Sequence[int], outcome: str) -> set[int]:
    """Mark events as consumed; gives those that the service had not consumed, or was told to take once more."""
    rows = [{"service": service.name, "place": place, "outcome": outcome} for place in places]
    new = insert_telling(connection, inbox, rows, "place")
    if known := [place for place in places if place not in new]:
        asked = (inbox.c.service == f"{AGAIN}{service.name}") & among(connection, inbox.c.place, known)
        if again := set(connection.scalars(inbox.delete().where(asked).returning(inbox.c.place))):
            mine = (inbox.c.service == service.name) & among(connection, inbox.c.place, again)
            connection.execute(inbox.update().where(mine).values(outcome=outcome))
            new |= again
    return new


def take_turns(connection: Connection, service: Service, policy: Policy) -> None:
    names = ["journal"] if policy.in_order else []
    lock(connection, [*names, f"service {service.name}"] if service.serial else names)


def told_before(connection: Connection, service: Service, parents: Sequence[int]) -> list[Written]:
    """What the service answered to events that it had consumed before, in the order it did."""
    return written_where(
        connection, (journal.c.source == service.name) & among(connection, journal.c.caused_by, parents)
    )


def written_where(connection: Connection, condition: ColumnElement[bool]) -> list[Written]:
    """Events of the journal with the text that they have there, in their order."""
    query = select(journal.c.seq, journal.c.claim, journal.c.body).where(condition).order_by(journal.c.seq)
    rows = connection.execute(query).all()
    return [Written(read_typed(connection, row.body), row.body, row.seq, row.claim) for row in rows]


def forget(engine: Engine, service: str, event: AnyEvent) -> None:
    """Let a service that gave an event up take it once more when it comes again. Until it has, the event counts as
    given up on: whoever asked for it may be stopped before the event is on its topic.
    """
    with transaction(engine) as connection:
        for place in event_places(connection, [str(event.id)]).values():
            mine = (inbox.c.service == service) & (inbox.c.place == place) & (inbox.c.outcome == "dead")
            if connection.execute(select(inbox.c.place).where(mine)).first():
                insert_new(connection, inbox, [{"service": f"{AGAIN}{service}", "place": place, "outcome": "again"}])
