"""What strangers put on topics: envelopes with any field spoiled, and the step of a worker that consumes them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import Engine, select

from claimloom.ledger.journal import event_places
from claimloom.ledger.tables import inbox
from claimloom.runtime.kafka.line import Worker, WorkerLine
from claimloom.runtime.port import Health
from claimloom.runtime.strangers import check
from claimloom.runtime.taking import Policy
from claimloom.sealing import is_sealed
from claimloom.settings import Broker, Settings
from claimloom.topology import Service
from schemas.event import Event, Topic
from services.topology import topology
from tests.schemas.frozen import events

TEXTS: Final = ("a\0b", "\x1b[31m", "\ud800", "x" * 300, "名" * 1_000, "", "[/]")
NUMBERS: Final = (2**63, 10**20, -1, 1.5)
KINDS: Final[tuple[Any, ...]] = (None, True, [], {}, ["a"])
TIMES: Final = ("9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "2026-13-01T00:00:00Z", "1" * 400)
SPOILED: Final[dict[str, list[Any]]] = {
    "specversion": ["2.0", *TEXTS, *KINDS],
    "id": ["00000000-0000-0000-0000-00000000000G", *TEXTS, *NUMBERS, *KINDS],
    "source": [*TEXTS, *NUMBERS, *KINDS],
    "type": ["claim-unheard-of", *TEXTS, *NUMBERS, *KINDS],
    "subject": [*TEXTS, *NUMBERS, *KINDS],
    "time": [*TIMES, *TEXTS, *NUMBERS, *KINDS],
    "tenant": [*TEXTS, *NUMBERS, *KINDS],
    "clinic": [*TEXTS, *NUMBERS, *KINDS],
    "schema_version": [0, 99, *TEXTS, *NUMBERS, *KINDS],
    "caused_by": ["00000000-0000-0000-0000-000000000000", *TEXTS, *NUMBERS, *KINDS],
    "traceparent": ["-", *TEXTS, *NUMBERS, *KINDS],
    "data": [{"claim": None}, {"sealed": 2}, {"sealed": "x" * 999, "key": "a\0b"}, *TEXTS, *NUMBERS, *KINDS],
    "of_nobody": [*TEXTS, *NUMBERS],
}
CONSUMERS: Final = [each for each in topology(Settings(Path())) if each.consumes]


@dataclass(frozen=True)
class Message:
    """What the worker looks at of a consumed message."""

    topic: str
    offset: int
    value: bytes
    partition: int = 0


def spoiled(topic: Topic) -> Iterator[tuple[str, dict[str, Any]]]:
    """A good event of the topic with one field after another spoiled, each under an id of its own."""
    good = events(topic)[0].model_dump(mode="json")
    for field, values in SPOILED.items():
        for value in values:
            yield field, good | {"id": str(uuid4()), field: value}
    for field in good:
        yield field, {name: each for name, each in (good | {"id": str(uuid4())}).items() if name != field}


# No event at all: empty, no object, no text, and what begins as a packed one does.
BYTES: Final = (b"", b"{}", b"[1]", b"null", b'{"id": 1', b"\0", b"\xff" * 40, b"\x28\xb5\x2f\xfd", b"\xef\xbb\xbf{}")


def refused(topic: Topic) -> list[bytes]:
    """Of these, and of bytes, what never gets as far as a handler: each is one letter, whoever reads it."""
    found = list(BYTES)
    for _, event in spoiled(topic):
        try:
            read = Event.model_validate_json(json.dumps(event))
            check(read, str(topic))
        except ValueError:
            found.append(json.dumps(event).encode())
        else:
            found += [json.dumps(event).encode()] if is_sealed(read) else []
    return found


def step(engine: Engine, service: Service, messages: Sequence[Message]) -> None:
    """A worker of the service has consumed these; what it would send goes nowhere."""
    line = WorkerLine(
        service, engine, Broker("127.0.0.1:9"), Health(service.name), policy=Policy(1, 0, tell_known=True)
    )
    worker = Worker(line, SimpleNamespace())  # type: ignore[arg-type]
    try:
        worker._step(messages)
    finally:
        worker.thread.shutdown()


def outcomes(engine: Engine, service: Service, ids: Sequence[str]) -> list[str]:
    """What became of events in the hands of a service; empty: it never had them."""
    with engine.connect() as connection:
        places = event_places(connection, ids)
        query = select(inbox.c.place, inbox.c.outcome).where(inbox.c.service == service.name)
        found = dict(map(tuple, connection.execute(query).all()))
    return [found.get(places.get(each, 0), "") for each in ids]
