"""What a service is, and the check that a set of services hangs together.

A service is a name, what it consumes and emits, and one function from events to drafts. It never sends, never
commits and never draws an id: ``claimloom.runtime.step`` does that for all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, Engine, Table

from claimloom.partners import Partners
from claimloom.payers import Payers
from schemas.event import Event, TypedEvent
from schemas.topics import PAYLOADS, Topic, payload
from schemas.values import Noun
from schemas.words import counted


class TopologyError(Exception):
    """The services do not fit together, or one does what it did not declare; the message names it."""


class RefusedEventsError(Exception):
    """What a handler raises when it knows which events of its batch cannot be done, and why.

    These become dead letters without a further try, with the reasons (which name nobody), and the rest is handled as
    one batch.
    """

    def __init__(self, reasons: Mapping[UUID, str]) -> None:
        super().__init__(f"{counted(len(reasons), 'event is', 'events are')} refused")
        self.reasons = reasons


class Received:
    """An event, its place in the journal, that of the claim it is about, if there is one, and its payload."""

    __slots__ = ("_data", "claim", "event", "place")

    def __init__(
        self, event: Event | TypedEvent, place: int, claim: int | None = None, data: Noun | None = None
    ) -> None:
        self.event = event
        self.place = place
        self.claim = claim
        self._data = data

    @property
    def data(self) -> Noun:
        """The payload, typed; read when it is first asked for, since some look at the envelope alone."""
        if self._data is None:
            self._data = payload(self.event)
        return self._data


class Written(NamedTuple):
    """An event with its text, its place in the journal (0: it stands in none), that of the claim it is about, and the
    text packed, where it was just packed for the journal.
    """

    event: Event | TypedEvent
    body: str
    place: int = 0
    claim: int | None = None
    packed: bytes = b""


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
    """What a handler may look at: the ledger inside the step's transaction, the time of the step, payers and partners.

    A handler that decides by what other workers may be writing takes ``claimloom.ledger.database.lock`` first.
    """

    connection: Connection
    now: datetime
    payers: Payers
    partners: Partners


Handler = Callable[[Context, Sequence[Received]], Sequence[Draft]]
Fold = Callable[[Connection, Sequence[Received]], None]


@dataclass(frozen=True)
class Book:
    """Tables that belong together, with the folds by which events change them. One service keeps a book, others read.
    A fold that is there for several topics takes events of all of them together, in the order in which they came.

    ``lasting`` are tables whose rows replay leaves as they stand: a control number once used is never used again, also
    if what it was used for can be read no more.
    """

    name: str
    tables: tuple[Table, ...]
    folds: Mapping[Topic, Fold]
    lasting: tuple[Table, ...] = ()


class Head(NamedTuple):
    """What something from outside shows of itself: its first bytes, and what it holds ("sessions", or TA1, ST01).

    Text that is neither holds nothing of these: a door knows it by its first bytes alone.
    """

    first: bytes
    kinds: tuple[str, ...]


class Arrived:
    """Something from outside, whole, with whose it is as far as the way it came by tells (empty: it does not)."""

    def __init__(self, name: str, head: Head, tenant: str, today: str) -> None:
        self.name = name
        self.head = head
        self.tenant = tenant
        self.today = today

    def data(self) -> bytes:
        """The whole of it."""
        raise NotImplementedError

    def lines(self, most: int) -> Iterator[bytes]:
        """Its lines; of one that is longer than ``most`` bytes only the beginning."""
        raise NotImplementedError


class Portion(NamedTuple):
    """What goes into the journal in one transaction: drafts, what could not be read, a sentence each, and what was odd
    about what was read.

    ``known``: how many events the file would give beside, which the ledger has by another name.
    """

    drafts: Sequence[Draft]
    problems: Sequence[str] = ()
    remarks: Sequence[str] = ()
    known: int = 0


Read = Callable[[Connection], Portion]
"""Called in the transaction that takes the drafts, to look at the ledger; more than once if that is tried again."""


@dataclass(frozen=True)
class Door:
    """A way in: what it knows by its head, and how it is read, a portion a transaction. PlainError if it cannot be.

    ``kinds`` are those of a head that it reads, for saying which are read here; a door to other text has none.
    """

    name: str
    kinds: tuple[str, ...]
    knows: Callable[[Head], bool]
    read: Callable[[Arrived], Iterator[Read]]


@dataclass(frozen=True)
class Clockwork:
    """How often a service's clock strikes, and whether anything is due then; nothing due, no ``tick``.

    A tick is an event of (service, window): whoever strikes it, it is the same one, and replay has it at its place.
    """

    every: timedelta
    is_due: Callable[[Connection, str], bool]
    """Asked with the present time as ISO text."""


class Kept(NamedTuple):
    """A file that was read before, by name, digest and tenant, of which something would be read otherwise now; ``why``
    are the places of the events that say it as it was then.
    """

    name: str
    sha256: str
    tenant: str
    why: frozenset[int]


Again = Callable[[Connection, Collection[int]], Sequence[Kept]]


@dataclass(frozen=True)
class Service:
    """One subscription. ``keeps`` are the books whose folds it applies to events that it consumes or emits."""

    name: str
    handle: Handler = lambda _context, _received: ()
    consumes: tuple[Topic, ...] = ()
    emits: tuple[Topic, ...] = ()
    keeps: tuple[Book, ...] = ()
    doors: tuple[Door, ...] = ()
    again: Again | None = None
    """What its doors read before and would read otherwise now that some claims (by places) were built or sent."""
    serial: bool = False
    """Whether its steps go one after the other over all its workers, because they look at what belongs to all."""
    clockwork: Clockwork | None = None
    couriers: tuple[str, ...] = ()
    """What of the outbox its worker takes away after each step."""
    gauges: Callable[[Engine, datetime], None] | None = None
    """What its worker measures now and then for whoever watches."""
    batches: int = 1
    """How many batches of others it takes in one of its own, where what it does is done once for each claim."""
    within: float = 0.05
    """Seconds that a worker waits for more events before it takes a batch that is not full."""
    payers: Payers = field(default_factory=Payers)
    """What its handler is told of payers: those of the data folder that it works for."""
    partners: Partners = field(default_factory=Partners)


FROM_RUNTIME: Final = (Topic.DEAD_LETTER, Topic.TICK)
TOPIC_OF: dict[type[Noun], Topic] = {kind: topic for topic, kind in PAYLOADS.items()}


def check_topology(services: Sequence[Service], books: Sequence[Book] = ()) -> tuple[Service, ...]:
    """The services as given, or TopologyError naming the first thing that does not fit; ``books`` are all there are.

    Every service may emit ``dead-letter``, and clocks emit ``tick``: these need a consumer and no declared emitter.
    """
    names = [service.name for service in services]
    for name in names:
        if names.count(name) > 1:
            raise TopologyError(f"service {name} is declared twice")
    _check_topics(services)
    _check_books(services, books)
    return tuple(services)


def _check_topics(services: Sequence[Service]) -> None:
    emitted = {topic: service.name for service in services for topic in service.emits}
    consumed = {topic: service.name for service in services for topic in service.consumes}
    for topic, name in emitted.items():
        if topic not in consumed:
            raise TopologyError(f"{name} emits {topic}, which no service consumes")
    for topic, name in consumed.items():
        if topic not in emitted and topic not in FROM_RUNTIME:
            raise TopologyError(f"{name} consumes {topic}, which no service emits")
    for service in services:
        if service.doors and service.consumes:
            raise TopologyError(f"{service.name} has doors and consumes topics: a worker takes files or events")


def _check_books(services: Sequence[Service], books: Sequence[Book]) -> None:
    keepers: dict[str, str] = {}
    for service in services:
        if service.clockwork and Topic.TICK not in service.consumes:
            raise TopologyError(f"{service.name} has a clock and does not consume {Topic.TICK}")
        for book in service.keeps:
            if other := keepers.get(book.name):
                raise TopologyError(f"book {book.name} is kept by {other} and by {service.name}")
            keepers[book.name] = service.name
            for topic in book.folds:
                if topic not in (*service.consumes, *service.emits):
                    raise TopologyError(
                        f"{service.name} keeps {book.name}, which folds {topic}: it neither consumes nor emits that"
                    )
    known = [book.name for book in books]
    for name in known:
        if name not in keepers:
            raise TopologyError(f"book {name} is kept by no service")
    for name, keeper in keepers.items():
        if books and name not in known:
            raise TopologyError(f"{keeper} keeps book {name}, which replay and erasure do not know: it is not in BOOKS")
