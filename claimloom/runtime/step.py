"""The one place where work becomes durable.

In one database transaction: mark the events as consumed (inbox) and so learn which of them are new, call the handler
for these, derive the ids of what it returns, append that to the journal, fold it into the tables, commit. So delivery
may be repeated and reordered as it likes, and two workers may hold the same batch; the effect happens once.
"""

from __future__ import annotations

import logging
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar
from uuid import UUID

import structlog
from pydantic import ValidationError
from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.exc import DBAPIError

from claimloom.errors import PlainError
from claimloom.ledger.database import (
    among,
    insert_new,
    insert_or_update,
    insert_telling,
    is_away,
    is_of_another_schema,
    lock,
    transaction,
)
from claimloom.ledger.tables import inbox, journal, positions
from claimloom.ledger.vault import MissingMasterError, body_of, hold, read_typed, with_keys
from claimloom.runtime.metrics import DEAD, PASSED_OVER, RETRIED, STEP_SECONDS, WAITING
from claimloom.runtime.topology import (
    Context,
    Draft,
    Received,
    RefusedEventsError,
    Service,
    TopologyError,
    Written,
)
from claimloom.sealing import ErasedError
from schemas.event import Event, TypedEvent, derived_id
from schemas.followup import DeadLetter
from schemas.topics import Topic, payload
from schemas.upcasters import NewerEvent, version_of

log = structlog.get_logger(__name__)
Clock = Callable[[], datetime]
T = TypeVar("T")
AnyEvent = Event | TypedEvent
PAGE = 5000
# Before a service's name in the inbox: an event that it gave up on and shall take once more.
AGAIN = "again "
# The broker's limit (max.message.bytes, 8 MiB) less what a record has around the event: its key, and lengths.
MAX_EVENT_BYTES = 8 * 1024 * 1024 - 16 * 1024


@dataclass(frozen=True, slots=True)
class Policy:
    """How a step deals with faults, and with those beside it.

    ``attempts`` is how often a poison event is tried. ``in_order`` makes steps of all processes go one after the other
    from their beginning, so that journal places become visible in their order; who reads the journal by its places
    (the embedded runtime) needs that. ``tell_known`` gives the journalled outputs of events that were consumed before
    as well, for whoever has to send them again.
    """

    attempts: int = 3
    backoff_seconds: float = 0.05
    backoff_limit_seconds: float = 5.0
    in_order: bool = False
    tell_known: bool = False


def utc_now() -> datetime:
    """The present moment in UTC; replaced by a fixed clock where a run must be repeatable."""
    return datetime.now(UTC)


def run_step(
    engine: Engine,
    service: Service,
    events: Sequence[AnyEvent],
    *,
    clock: Clock = utc_now,
    policy: Policy = Policy(),
    position: int | None = None,
) -> list[Written]:
    """Handle a batch durably; returns the events that are new in the journal (``Policy.tell_known``: and known ones).

    A batch that fails is rolled back and taken again one event at a time, so that the poison one is found and the
    rest go on; where the handler itself names what cannot be done, the rest stays one batch. ``position`` is the
    journal place to remember for the service (embedded runtime).
    """
    appended: list[Written] = []
    rest = list(events)
    while True:
        try:
            appended += _waiting(engine, service, rest, clock, policy, position)
        except (TopologyError, MissingMasterError):
            raise
        except RefusedEventsError as refused:
            named = [event for event in rest if event.id in refused.reasons]
            if not named:  # a handler that refuses what it was not given: as any other fault
                return appended + _one_by_one(engine, service, rest, clock, policy, position)
            for event in named:
                appended += _single(engine, service, event, clock, policy)
            rest = [event for event in rest if event.id not in refused.reasons]
        except Exception as error:
            if is_of_another_schema(error):
                raise
            return appended + _one_by_one(engine, service, rest, clock, policy, position)
        else:
            if log.is_enabled_for(logging.DEBUG):
                for event in rest:
                    log.debug("handled", service=service.name, event_type=event.type, **_ids(event))
            return appended


def _one_by_one(
    engine: Engine, service: Service, events: Sequence[AnyEvent], clock: Clock, policy: Policy, position: int | None
) -> list[Written]:
    appended: list[Written] = []
    RETRIED.labels(service.name).inc(len(events))
    for event in events:
        appended += _single(engine, service, event, clock, policy)
    if position is not None:
        with transaction(engine) as connection:
            _remember(connection, service, position)
    return appended


def _single(engine: Engine, service: Service, event: AnyEvent, clock: Clock, policy: Policy) -> list[Written]:
    try:
        return _tried(engine, service, event, clock, policy)
    except ErasedError:
        pass_over(service, event)
        return []


def pass_over(service: Service, event: AnyEvent) -> None:
    """An event of an erased tenant has nothing to say to anybody, now or later: no dead letter."""
    PASSED_OVER.labels(service.name).inc()
    log.warning("event of an erased tenant passed over", service=service.name, **_ids(event))


def _ids(event: AnyEvent) -> dict[str, str | None]:
    return {"event_id": str(event.id), "claim_id": _claim_id(event), "trace_id": event.traceparent[3:35]}


def _tried(engine: Engine, service: Service, event: AnyEvent, clock: Clock, policy: Policy) -> list[Written]:
    for attempt in range(1, policy.attempts + 1):
        try:
            return _waiting(engine, service, [event], clock, policy, None)
        except (TopologyError, ErasedError, MissingMasterError):
            raise
        except Exception as error:
            if is_of_another_schema(error):
                raise
            if isinstance(error, RefusedEventsError) and event.id in error.reasons:
                # A decision, not a fault: no further try would change it.
                reason = PlainError(error.reasons[event.id])
                return _bury(engine, service, event, _letter(service, event, reason, attempt), clock, policy)
            if attempt == policy.attempts:
                return _bury(engine, service, event, _letter(service, event, error, attempt), clock, policy)
            RETRIED.labels(service.name).inc()
            time.sleep(min(policy.backoff_seconds * 2**attempt, policy.backoff_limit_seconds))
    raise AssertionError("a policy needs at least one attempt")


def _waiting(
    engine: Engine, service: Service, events: Sequence[AnyEvent], clock: Clock, policy: Policy, position: int | None
) -> list[Written]:
    """One try of the step; a database that is away or locked is waited for, without a limit."""

    def once() -> list[Written]:
        with STEP_SECONDS.labels(service.name).time(), transaction(engine) as connection:
            return _once(connection, service, events, clock(), policy, position)

    return while_away(service, policy, lambda: with_keys(engine, once))


def while_away(service: Service, policy: Policy, work: Callable[[], T]) -> T:
    """Do it again as long as the database is away. Whether a commit that broke off was made, the next try sees."""
    delay = policy.backoff_seconds
    while True:
        try:
            done = work()
        except DBAPIError as error:
            if not is_away(error):
                raise
            WAITING.labels(service.name, "database").set(1)
            log.warning("database away, waiting", service=service.name, error_type=type(error.orig).__name__)
            time.sleep(delay)
            delay = min(max(delay, 0.01) * 2, policy.backoff_limit_seconds)
        else:
            WAITING.labels(service.name, "database").set(0)
            return done


def _once(
    connection: Connection,
    service: Service,
    events: Sequence[AnyEvent],
    now: datetime,
    policy: Policy,
    position: int | None,
) -> list[Written]:
    _take_turns(connection, service, policy)
    by_id = {str(event.id): event for event in events}
    new = _taken(connection, service, list(by_id), "done")
    outputs: list[Written] = []
    if policy.tell_known and len(new) < len(by_id):
        outputs = _told_before(connection, service, [each for each in by_id if each not in new])
    fresh = [event for event_id, event in by_id.items() if event_id in new]
    if fresh:
        hold(connection, (event.tenant for event in fresh))
        received = [Received(event, payload(event)) for event in fresh]
        drafts = service.handle(Context(connection, now, service.payers), received)
        project(connection, service, received)
        outputs += append(connection, service, drafts, now, fresh)
    if position is not None:
        _remember(connection, service, position)
    return outputs


def _taken(connection: Connection, service: Service, ids: Sequence[str], outcome: str) -> set[str]:
    """Mark events as consumed; gives those that the service had not consumed, or was told to take once more."""
    rows = [{"service": service.name, "event_id": event_id, "outcome": outcome} for event_id in ids]
    new = insert_telling(connection, inbox, rows, "event_id")
    if known := [event_id for event_id in ids if event_id not in new]:
        asked = (inbox.c.service == f"{AGAIN}{service.name}") & among(connection, inbox.c.event_id, known)
        if again := set(connection.scalars(inbox.delete().where(asked).returning(inbox.c.event_id))):
            mine = (inbox.c.service == service.name) & among(connection, inbox.c.event_id, again)
            connection.execute(inbox.update().where(mine).values(outcome=outcome))
            new |= again
    return new


def _take_turns(connection: Connection, service: Service, policy: Policy) -> None:
    names = ["journal"] if policy.in_order else []
    lock(connection, [*names, f"service {service.name}"] if service.serial else names)


def _told_before(connection: Connection, service: Service, parents: Sequence[str]) -> list[Written]:
    """What the service answered to events that it had consumed before, in the order it did."""
    mine = (journal.c.source == service.name) & among(connection, journal.c.caused_by, parents)
    bodies = connection.scalars(select(journal.c.body).where(mine).order_by(journal.c.seq)).all()
    return [Written(read_typed(connection, body), body) for body in bodies]


@dataclass(frozen=True, slots=True)
class Fed:
    """What an intake brought in: events that are new, and those that the journal had before."""

    new: list[Written]
    known: list[Written]


def feed(
    engine: Engine,
    service: Service,
    make: Callable[[Connection], Sequence[Draft]],
    *,
    clock: Clock = utc_now,
    policy: Policy = Policy(),
) -> Fed:
    """Append what an intake read from outside. ``make`` gives the drafts, looking at the ledger in that transaction.

    Intakes of one kind go one after the other, so that the same file read twice at once is known the second time.
    """

    def once() -> Fed:
        with transaction(engine) as connection:
            names = [f"service {service.name}", "journal"] if policy.in_order else [f"service {service.name}"]
            lock(connection, names)
            drafts = make(connection)
            now = clock()
            new: list[Written] = []
            known: list[Written] = []
            for start in range(0, len(drafts), PAGE):
                new += append(connection, service, drafts[start : start + PAGE], now)
            if policy.tell_known:
                ids = {str(each.event.id) for each in new}
                asked = [str(_identity(service, draft)) for draft in drafts]
                known = _by_id(connection, [each for each in dict.fromkeys(asked) if each not in ids])
            return Fed(new, known)

    return with_keys(engine, once)


def _by_id(connection: Connection, ids: Sequence[str]) -> list[Written]:
    query = select(journal.c.body).where(among(connection, journal.c.id, ids)).order_by(journal.c.seq)
    return [Written(read_typed(connection, body), body) for body in connection.scalars(query).all()]


def _identity(service: Service, draft: Draft) -> UUID:
    if not draft.identity:
        raise TopologyError(f"{service.name} emits {draft.topic} without a parent or an identity to derive its id")
    return derived_id(draft.topic, *draft.identity)


def append(
    connection: Connection, service: Service, drafts: Sequence[Draft], now: datetime, parents: Iterable[AnyEvent] = ()
) -> list[Written]:
    """Derive the events of the drafts and put the new ones into the journal and the service's tables."""
    hold(connection, (draft.tenant for draft in drafts))
    counts: Counter[object] = Counter()
    traces = {event.id: event.traceparent for event in parents}
    made: dict[str, tuple[TypedEvent, Draft]] = {}
    asked: list[str] = []
    for draft in drafts:
        if draft.topic not in service.emits and draft.topic is not Topic.DEAD_LETTER:
            raise TopologyError(f"{service.name} emits {draft.topic}, which it did not declare")
        if draft.identity or draft.parent is None:
            event_id = _identity(service, draft)
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
        made.setdefault(str(event_id), (event, draft))
    known = set(connection.scalars(select(journal.c.id).where(among(connection, journal.c.id, asked)))) if asked else ()
    new = [pair for event_id, pair in made.items() if event_id not in known]
    written = [Written(event, _fitting(event, body_of(connection, event))) for event, _ in new]
    rows = [
        {
            "id": str(event.id),
            "type": event.type,
            "tenant": event.tenant,
            "claim_id": _claim_id(event),
            "body": body,
            "source": event.source,
            "caused_by": str(event.caused_by) if event.caused_by else None,
            "month": event.time.strftime("%Y-%m"),
        }
        for event, body in written
    ]
    insert_new(connection, journal, rows)
    project(connection, service, [Received(event, draft.data) for event, draft in new])
    return written


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
    trace = parent.split("-")[1] if parent.count("-") == 3 else event_id.hex
    return f"00-{trace}-{event_id.hex[-16:]}-01"


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


def _claim_id(event: AnyEvent) -> str | None:
    if isinstance(event, TypedEvent):
        data = event.payload
        found = getattr(data, "claim_id", None) or getattr(getattr(data, "claim", None), "claim_id", None)
    else:
        inner = event.data.get("claim")
        found = event.data.get("claim_id") or (inner.get("claim_id") if isinstance(inner, dict) else None)
    return str(found) if found else None


def _remember(connection: Connection, service: Service, position: int) -> None:
    insert_or_update(connection, positions, [{"service": service.name, "seq": position}])


def _letter(service: Service, event: AnyEvent, error: Exception, attempts: int) -> DeadLetter:
    return DeadLetter(
        service=service.name,
        event_id=event.id,
        event_type=event.type,
        error_type=type(error).__name__,
        error=safe_error(error),
        attempts=attempts,
    )


def _bury(
    engine: Engine, service: Service, event: AnyEvent, letter: DeadLetter, clock: Clock, policy: Policy
) -> list[Written]:
    """Put the event aside as a dead letter and mark it consumed, so that the rest of the line moves on."""

    def once() -> Fed:
        with transaction(engine) as connection:
            _take_turns(connection, service, policy)
            if not _taken(connection, service, [str(event.id)], "dead"):  # another worker was faster
                return Fed([], _told_before(connection, service, [str(event.id)]) if policy.tell_known else [])
            mine = (journal.c.caused_by == str(event.id)) & (journal.c.type == Topic.DEAD_LETTER)
            query = select(func.count()).select_from(journal).where(mine, journal.c.source == service.name)
            identity = (service.name, event.id, connection.scalar(query))
            draft = Draft(letter, event.subject, event.tenant, event.clinic, parent=event.id, identity=identity)
            return Fed(append(connection, service, [draft], clock(), [event]), [])

    fed = while_away(service, policy, lambda: with_keys(engine, once))
    if fed.new:
        DEAD.labels(service.name).inc()
        log.error("dead letter", service=service.name, event_type=event.type, error=letter.error, **_ids(event))
    return fed.new + fed.known


def forget(engine: Engine, service: str, event: AnyEvent) -> None:
    """Let a service that gave an event up take it once more when it comes again. Until it has, the event counts as
    given up on: whoever asked for it may be stopped before the event is on its topic.
    """
    mine = (inbox.c.service == service) & (inbox.c.event_id == str(event.id)) & (inbox.c.outcome == "dead")
    with transaction(engine) as connection:
        if connection.execute(select(inbox.c.event_id).where(mine)).first():
            row = {"service": f"{AGAIN}{service}", "event_id": str(event.id), "outcome": "again"}
            insert_new(connection, inbox, [row])


def bury_message(
    engine: Engine, service: Service, place: str, reason: str, *, clock: Clock = utc_now, policy: Policy = Policy()
) -> list[Written]:
    """A dead letter for a message that is no event at all; ``place`` (topic, partition, offset) is where it lies."""
    event_id = derived_id("message", place)
    letter = DeadLetter(
        service=service.name,
        event_id=event_id,
        event_type=place.partition("[")[0],
        error_type="Unreadable",
        error=f"message {place}: {reason}",
        attempts=1,
    )
    draft = Draft(letter, place, "", "", identity=(service.name, event_id))

    def make(connection: Connection) -> list[Draft]:
        # As for an event, so that the letter is listed among those that nobody mended.
        _taken(connection, service, [str(event_id)], "dead")
        return [draft]

    fed = while_away(service, policy, lambda: feed(engine, service, make, clock=clock, policy=policy))
    if fed.new:
        DEAD.labels(service.name).inc()
        log.error("dead letter", service=service.name, event_type=letter.event_type, error=letter.error)
    return fed.new + fed.known


def safe_error(error: BaseException) -> str:
    """Where an error happened and what kind it is, without its data: a message may quote a patient."""
    if isinstance(error, PlainError | NewerEvent):
        return str(error)
    if isinstance(error, ValidationError):
        return "; ".join(f"{'.'.join(map(str, part['loc']))}: {part['type']}" for part in error.errors())
    if not error.__traceback__:
        return type(error).__name__
    last = traceback.extract_tb(error.__traceback__)[-1]
    module = last.filename.rpartition("/")[2]
    return f"{type(error).__name__} in {last.name} ({module}:{last.lineno})"
