"""What a service is, and the check that a set of services hangs together.

A service is a name, what it consumes and emits, and one function from events to drafts. It never sends, never
commits and never draws an id: ``claimloom.runtime.step`` does that for all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Connection

from claimloom.payers import Payers
from schemas.event import Event, TypedEvent
from schemas.topics import PAYLOADS, Topic
from schemas.values import Noun


class TopologyError(Exception):
    """The services do not fit together, or one does what it did not declare; the message names it."""


class RefusedEventsError(Exception):
    """What a handler raises when it knows which events of its batch cannot be done, and why.

    These become dead letters without a further try, with the reasons (which name nobody), and the rest is handled as
    one batch.
    """

    def __init__(self, reasons: Mapping[UUID, str]) -> None:
        super().__init__(f"{len(reasons)} events are refused")
        self.reasons = reasons


class Received(NamedTuple):
    """An event with its payload typed."""

    event: Event | TypedEvent
    data: Noun


class Written(NamedTuple):
    """An event with the text under which it stands in the journal, and goes to a topic."""

    event: Event | TypedEvent
    body: str


@dataclass(frozen=True, slots=True)
class Draft:
    """What a handler returns: an event without id, source and time, which the step derives.

    ``identity`` is for events that follow from no event (a session, a remittance): what the event is about.
    """

    data: Noun
    subject: str
    tenant: str
    clinic: str
    parent: UUID | None = None
    identity: tuple[object, ...] = ()

    @property
    def topic(self) -> Topic:
        """The topic whose payload this is."""
        return TOPIC_OF[type(self.data)]


@dataclass(frozen=True, slots=True)
class Context:
    """What a handler may look at: the ledger inside the step's transaction, the time of the step, and the payers.

    A handler that decides by what other workers may be writing takes ``claimloom.ledger.database.lock`` first.
    """

    connection: Connection
    now: datetime
    payers: Payers


Handler = Callable[[Context, Sequence[Received]], Sequence[Draft]]
Project = Callable[[Connection, Sequence[Received]], None]


@dataclass(frozen=True)
class Service:
    """One subscription. ``projects`` are the tables' folds over events that it consumes or emits."""

    name: str
    handle: Handler
    consumes: tuple[Topic, ...] = ()
    emits: tuple[Topic, ...] = ()
    projects: Mapping[Topic, Project] = field(default_factory=dict)
    serial: bool = False
    """Whether its steps go one after the other over all its workers, because they look at what belongs to all."""
    within: float = 0.05
    """Seconds that a worker waits for more events before it takes a batch that is not full."""
    payers: Payers = field(default_factory=Payers)
    """What its handler is told of payers: those of the data folder that it works for."""


TOPIC_OF: dict[type[Noun], Topic] = {payload: topic for topic, payload in PAYLOADS.items()}


def check_topology(services: Sequence[Service]) -> tuple[Service, ...]:
    """The services as given, or TopologyError naming the first thing that does not fit.

    Every service may emit ``dead-letter``, so that topic needs a consumer and no declared emitter.
    """
    names = [service.name for service in services]
    for name in names:
        if names.count(name) > 1:
            raise TopologyError(f"service {name} is declared twice")
    emitted = {topic: service.name for service in services for topic in service.emits}
    consumed = {topic: service.name for service in services for topic in service.consumes}
    for topic, name in emitted.items():
        if topic not in consumed:
            raise TopologyError(f"{name} emits {topic}, which no service consumes")
    for topic, name in consumed.items():
        if topic not in emitted and topic is not Topic.DEAD_LETTER:
            raise TopologyError(f"{name} consumes {topic}, which no service emits")
    for service in services:
        for topic in service.projects:
            if topic not in (*service.consumes, *service.emits, Topic.DEAD_LETTER):
                raise TopologyError(f"{service.name} projects {topic}, which it neither consumes nor emits")
    return tuple(services)
