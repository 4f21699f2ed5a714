"""The one place where work becomes durable.

In one database transaction: drop what the service has consumed before (inbox), call the handler, derive the ids of
what it returns, append that to the journal, fold it into the tables, mark the inputs consumed, commit. So delivery
may be repeated and reordered as it likes; the effect happens once.
"""

from __future__ import annotations

import time
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog
from pydantic import ValidationError
from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.exc import OperationalError

from claimloom.errors import PlainError
from claimloom.ledger.database import insert_new, insert_or_update, transaction
from claimloom.ledger.tables import inbox, journal, positions
from claimloom.runtime.topology import Context, Draft, Received, Service, TopologyError
from schemas.event import Event, derived_id
from schemas.followup import DeadLetter
from schemas.topics import PAYLOADS, Topic

log = structlog.get_logger(__name__)
Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Policy:
    """How often a poison event is tried, and how long a step waits for a database that is away."""

    attempts: int = 3
    backoff_seconds: float = 0.05
    backoff_limit_seconds: float = 5.0


def utc_now() -> datetime:
    """The present moment in UTC; replaced by a fixed clock where a run must be repeatable."""
    return datetime.now(UTC)


def run_step(
    engine: Engine,
    service: Service,
    events: Sequence[Event],
    *,
    clock: Clock = utc_now,
    policy: Policy = Policy(),
    position: int | None = None,
) -> list[Event]:
    """Handle a batch durably; returns the events that are new in the journal.

    A batch that fails is rolled back and taken again one event at a time, so that the poison one is found and the
    rest go on. ``position`` is the journal place to remember for the service (embedded runtime).
    """
    try:
        return _waiting(engine, service, events, clock, policy, position)
    except TopologyError:
        raise
    except Exception:  # noqa: BLE001 - any fault of a handler: look for the event that causes it
        appended: list[Event] = []
        for event in events:
            appended += _single(engine, service, event, clock, policy)
        if position is not None:
            with transaction(engine) as connection:
                _remember(connection, service, position)
        return appended


def _single(engine: Engine, service: Service, event: Event, clock: Clock, policy: Policy) -> list[Event]:
    for attempt in range(1, policy.attempts + 1):
        try:
            return _waiting(engine, service, [event], clock, policy, None)
        except TopologyError:
            raise
        except Exception as error:  # noqa: BLE001 - poison: after the last try it becomes a dead letter
            if attempt == policy.attempts:
                return _bury(engine, service, event, error, attempt, clock)
            time.sleep(min(policy.backoff_seconds * 2**attempt, policy.backoff_limit_seconds))
    raise AssertionError("a policy needs at least one attempt")


def _waiting(
    engine: Engine, service: Service, events: Sequence[Event], clock: Clock, policy: Policy, position: int | None
) -> list[Event]:
    """One try of the step; a database that is away or locked is waited for, without a limit."""
    delay = policy.backoff_seconds
    while True:
        try:
            with transaction(engine) as connection:
                return _once(connection, service, events, clock(), position)
        except OperationalError as error:
            log.warning("database away, waiting", service=service.name, error_type=type(error.orig).__name__)
            time.sleep(delay)
            delay = min(delay * 2, policy.backoff_limit_seconds)


def _once(
    connection: Connection, service: Service, events: Sequence[Event], now: datetime, position: int | None
) -> list[Event]:
    ids = [str(event.id) for event in events]
    known = set(
        connection.scalars(select(inbox.c.event_id).where(inbox.c.service == service.name, inbox.c.event_id.in_(ids)))
    )
    fresh = {str(event.id): event for event in events if str(event.id) not in known}
    appended: list[Event] = []
    if fresh:
        received = [Received(event, PAYLOADS[Topic(event.type)].model_validate(event.data)) for event in fresh.values()]
        drafts = service.handle(Context(connection, now), received)
        project(connection, service, received)
        appended = append(connection, service, drafts, now)
        rows = [{"service": service.name, "event_id": event_id, "outcome": "done"} for event_id in fresh]
        connection.execute(inbox.insert(), rows)
    if position is not None:
        _remember(connection, service, position)
    return appended


def append(connection: Connection, service: Service, drafts: Sequence[Draft], now: datetime) -> list[Event]:
    """Derive the events of the drafts and put the new ones into the journal and the service's tables."""
    counts: Counter[object] = Counter()
    made: dict[str, tuple[Event, Draft]] = {}
    for draft in drafts:
        if draft.topic not in service.emits and draft.topic is not Topic.DEAD_LETTER:
            raise TopologyError(f"{service.name} emits {draft.topic}, which it did not declare")
        if draft.identity:
            event_id = derived_id(draft.topic, *draft.identity)
        elif draft.parent is not None:
            event_id = derived_id(service.name, draft.parent, counts[draft.parent])
            counts[draft.parent] += 1
        else:
            raise TopologyError(f"{service.name} emits {draft.topic} without a parent or an identity to derive its id")
        event = Event(
            id=event_id,
            source=service.name,
            type=draft.topic,
            subject=draft.subject,
            time=now,
            tenant=draft.tenant,
            clinic=draft.clinic,
            caused_by=draft.parent,
            data=draft.data.model_dump(mode="json"),
        )
        made.setdefault(str(event_id), (event, draft))
    known = set(connection.scalars(select(journal.c.id).where(journal.c.id.in_(list(made)))))
    new = [pair for event_id, pair in made.items() if event_id not in known]
    rows = [
        {
            "id": str(event.id),
            "type": event.type,
            "tenant": event.tenant,
            "claim_id": _claim_id(event),
            "body": event.model_dump_json(),
        }
        for event, _ in new
    ]
    insert_new(connection, journal, rows)
    project(connection, service, [Received(event, draft.data) for event, draft in new])
    return [event for event, _ in new]


def project(connection: Connection, service: Service, received: Sequence[Received]) -> None:
    """Fold events into the tables that the service owns, in their order, runs of one type at once."""
    run: list[Received] = []
    for item in received:
        if run and run[0].event.type != item.event.type:
            _fold(connection, service, run)
            run = []
        run.append(item)
    _fold(connection, service, run)


def _fold(connection: Connection, service: Service, run: Sequence[Received]) -> None:
    if run and (fold := service.projects.get(Topic(run[0].event.type))):
        fold(connection, run)


def _claim_id(event: Event) -> str | None:
    claim = event.data.get("claim")
    found = event.data.get("claim_id") or (claim.get("claim_id") if isinstance(claim, dict) else None)
    return str(found) if found else None


def _remember(connection: Connection, service: Service, position: int) -> None:
    insert_or_update(connection, positions, [{"service": service.name, "seq": position}])


def _bury(engine: Engine, service: Service, event: Event, error: Exception, attempts: int, clock: Clock) -> list[Event]:
    """Put the event aside as a dead letter and mark it consumed, so that the rest of the line moves on."""
    with transaction(engine) as connection:
        before = connection.scalar(
            select(func.count())
            .select_from(journal)
            .where(journal.c.type == Topic.DEAD_LETTER, journal.c.body.contains(str(event.id)))
        )
        letter = DeadLetter(
            service=service.name,
            event_id=event.id,
            event_type=event.type,
            error_type=type(error).__name__,
            error=safe_error(error),
            attempts=attempts,
        )
        identity = (service.name, event.id, before)
        draft = Draft(letter, event.subject, event.tenant, event.clinic, parent=event.id, identity=identity)
        appended = append(connection, service, [draft], clock())
        insert_or_update(connection, inbox, [{"service": service.name, "event_id": str(event.id), "outcome": "dead"}])
    log.error("dead letter", service=service.name, event_id=str(event.id), event_type=event.type, error=letter.error)
    return appended


def safe_error(error: Exception) -> str:
    """Where an error happened and what kind it is, without its data: a message may quote a patient."""
    if isinstance(error, PlainError):
        return str(error)
    if isinstance(error, ValidationError):
        return "; ".join(f"{'.'.join(map(str, part['loc']))}: {part['type']}" for part in error.errors())
    last = traceback.extract_tb(error.__traceback__)[-1]
    module = last.filename.rpartition("/")[2]
    return f"{type(error).__name__} in {last.name} ({module}:{last.lineno})"
