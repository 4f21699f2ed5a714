"""The one place where work becomes durable.

In one database transaction: mark the events as consumed (inbox) and so learn which of them are new, call the handler
for these, derive the ids of what it returns, append that to the journal, fold it into the tables, commit. So delivery
may be repeated and reordered as it likes, and two workers may hold the same batch; the effect happens once.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy import Connection, Engine

from claimloom.errors import PlainError
from claimloom.ledger.chain import chained
from claimloom.ledger.database import insert_or_update, is_no_events_fault, transaction
from claimloom.ledger.journal import Place
from claimloom.ledger.tables import positions
from claimloom.ledger.vault import MissingMasterError, hold, with_keys
from claimloom.metrics import PASSED_OVER, RETRIED, STEP_SECONDS
from claimloom.runtime.append import append, ids_of, places_of_events, project
from claimloom.runtime.letters import bury, letter_of
from claimloom.runtime.taking import AnyEvent, Clock, Policy, take_turns, taken, told_before, utc_now, while_away
from claimloom.sealing import ErasedError
from claimloom.topology import Context, Received, RefusedEventsError, Service, TopologyError, Written

log = structlog.get_logger(__name__)


def run_step(
    engine: Engine,
    service: Service,
    events: Sequence[AnyEvent],
    *,
    clock: Clock = utc_now,
    policy: Policy = Policy(),
    position: int | None = None,
    at: Mapping[UUID, Place] | None = None,
) -> list[Written]:
    """Handle a batch durably; returns the events that are new in the journal (``Policy.tell_known``: and known ones).

    A batch that fails is rolled back and taken again one event at a time, so that the poison one is found and the
    rest go on; where the handler itself names what cannot be done, the rest stays one batch. ``position`` is the
    journal place to remember for the service, and ``at`` where the events stand, for who knows (embedded runtime).
    """
    appended: list[Written] = []
    rest = list(events)
    while True:
        try:
            appended += _waiting(engine, service, rest, clock, policy, position, at)
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
            if is_no_events_fault(error):
                raise
            return appended + _one_by_one(engine, service, rest, clock, policy, position)
        else:
            if log.is_enabled_for(logging.DEBUG):
                for event in rest:
                    log.debug("handled", service=service.name, event_type=event.type, **ids_of(event))
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
    log.warning("event of an erased tenant passed over", service=service.name, **ids_of(event))


def _tried(engine: Engine, service: Service, event: AnyEvent, clock: Clock, policy: Policy) -> list[Written]:
    for attempt in range(1, policy.attempts + 1):
        try:
            return _waiting(engine, service, [event], clock, policy, None)
        except (TopologyError, ErasedError, MissingMasterError):
            raise
        except Exception as error:
            if is_no_events_fault(error):
                raise
            if isinstance(error, RefusedEventsError) and event.id in error.reasons:
                # A decision, not a fault: no further try would change it.
                reason = PlainError(error.reasons[event.id])
                return bury(engine, service, event, letter_of(service, event, reason, attempt), clock, policy)
            if attempt == policy.attempts:
                return bury(engine, service, event, letter_of(service, event, error, attempt), clock, policy)
            RETRIED.labels(service.name).inc()
            time.sleep(min(policy.backoff_seconds * 2**attempt, policy.backoff_limit_seconds))
    raise AssertionError("a policy needs at least one attempt")


def _waiting(
    engine: Engine,
    service: Service,
    events: Sequence[AnyEvent],
    clock: Clock,
    policy: Policy,
    position: int | None,
    at: Mapping[UUID, Place] | None = None,
) -> list[Written]:
    """One try of the step; a database that is away or locked is waited for, without a limit."""

    def once() -> list[Written]:
        with STEP_SECONDS.labels(service.name).time(), chained(engine) as connection:
            return _once(connection, service, events, clock(), policy, position, at)

    return while_away(service, policy, lambda: with_keys(engine, once))


def _once(
    connection: Connection,
    service: Service,
    events: Sequence[AnyEvent],
    now: datetime,
    policy: Policy,
    position: int | None,
    at: Mapping[UUID, Place] | None,
) -> list[Written]:
    take_turns(connection, service, policy)
    at = at or places_of_events(connection, events)
    by_place = {at[event.id]: event for event in events}
    new = taken(connection, service, [place.seq for place in by_place], "done")
    outputs: list[Written] = []
    if policy.tell_known and len(new) < len(by_place):
        outputs = told_before(connection, service, [place.seq for place in by_place if place.seq not in new])
    fresh = [(place, event) for place, event in by_place.items() if place.seq in new]
    if fresh:
        hold(connection, (event.tenant for _, event in fresh))
        received = [Received(event, *place) for place, event in fresh]
        drafts = service.handle(Context(connection, now, service.payers, service.partners), received)
        project(connection, service, received)
        outputs += append(connection, service, drafts, now, received)
    if position is not None:
        _remember(connection, service, position)
    return outputs


def _remember(connection: Connection, service: Service, position: int) -> None:
    insert_or_update(connection, positions, [{"service": service.name, "seq": position}])
