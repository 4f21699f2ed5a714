"""Clocks: a service's tick is an event of (service, window), made when something is due and never twice."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Engine

from claimloom.runtime.feed import feed
from claimloom.runtime.taking import Policy
from claimloom.topology import Draft, Service, Written
from schemas.decision import Tick
from schemas.topics import Topic

# Who strikes is nobody's service: the service consumes the tick as it does other events.
CLOCK = Service("clock", emits=(Topic.TICK,))


def strike(engine: Engine, service: Service, now: datetime, policy: Policy) -> list[Written]:
    """The tick of the present window, if something is due and nobody struck it yet."""
    work = service.clockwork
    if work is None:
        return []
    with engine.connect() as connection:
        if not work.is_due(connection, now.isoformat()):
            return []
    every = int(work.every.total_seconds())
    window = datetime.fromtimestamp(now.timestamp() // every * every, UTC)
    tick = Tick(service=service.name, window=window, every_seconds=every)
    draft = Draft(tick, service.name, "", "", identity=(service.name, window.isoformat()))
    return feed(engine, CLOCK, lambda _: [draft], clock=lambda: now, policy=policy).new
