"""An envelope with any of its fields spoiled, on any topic, in the hands of any worker: the rest goes on, and what
cannot be taken is one letter that can be listed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine, select

from claimloom.ledger.chain import use_chain
from claimloom.ledger.database import open_engine
from claimloom.ledger.journal import event_places
from claimloom.ledger.migration import migrate
from claimloom.ledger.tables import inbox
from claimloom.ledger.views.letters import dead_letter_count, dead_letter_rows
from claimloom.ledger.views.scope import EVERYTHING
from claimloom.runtime.kafka.line import Worker, WorkerLine
from claimloom.runtime.port import Health
from claimloom.runtime.taking import Policy
from claimloom.settings import Broker, Settings
from claimloom.topology import Service
from schemas.event import Topic
from services.topology import topology
from tests.schemas.frozen import events

TEXTS = ["a\0b", "\x1b[31m", "\ud800", "x" * 300, "名" * 1_000, "", "[/]"]
NUMBERS = [2**63, 10**20, -1, 1.5]
KINDS: list[Any] = [None, True, [], {}, ["a"]]
TIMES = ["9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "2026-13-01T00:00:00Z", "1" * 400]
SPOILED: dict[str, list[Any]] = {
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
CONSUMERS = [each for each in topology(Settings(Path())) if each.consumes]


@dataclass(frozen=True)
class Message:
    """What the worker looks at of a consumed message."""

    topic: str
    offset: int
    value: bytes
    partition: int = 0


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.server)])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path}/claimloom.db"
    else:
        url = str(request.getfixturevalue("database"))
    made = open_engine(url)
    migrate(made)
    use_chain(made, tmp_path / "chain.key")
    yield made
    made.dispose()


def spoiled(topic: Topic) -> Iterator[tuple[str, dict[str, Any]]]:
    """A good event of the topic with one field after another spoiled, each under an id of its own."""
    good = events(topic)[0].model_dump(mode="json")
    for field, values in SPOILED.items():
        for value in values:
            yield field, good | {"id": str(uuid4()), field: value}
    for field in good:
        yield field, {name: each for name, each in (good | {"id": str(uuid4())}).items() if name != field}


def step(engine: Engine, service: Service, values: list[bytes], topic: Topic) -> None:
    line = WorkerLine(
        service, engine, Broker("127.0.0.1:9"), Health(service.name), policy=Policy(1, 0, tell_known=True)
    )
    worker = Worker(line, SimpleNamespace())  # type: ignore[arg-type]
    worker._step([Message(str(topic), number, value) for number, value in enumerate(values)])
    worker.thread.shutdown()


def outcomes(engine: Engine, service: Service, ids: list[str]) -> list[str]:
    with engine.connect() as connection:
        places = event_places(connection, ids)
        query = select(inbox.c.place, inbox.c.outcome).where(inbox.c.service == service.name)
        found = dict(connection.execute(query).tuples().all())
    return [found.get(places.get(each, 0), "") for each in ids]


@pytest.mark.parametrize("service", CONSUMERS, ids=lambda service: str(service.name))
def test_a_spoiled_envelope_stops_nothing_else(engine: Engine, service: Service) -> None:
    for topic in service.consumes:
        if topic is Topic.TICK:
            continue
        first, second = ({**each.model_dump(mode="json"), "id": str(uuid4())} for each in events(topic)[1:3])
        step(engine, service, [json.dumps(each).encode() for each in (first, second)], topic)
        as_ever = outcomes(engine, service, [first["id"], second["id"]])
        assert "" not in as_ever
        first, second = ({**each, "id": str(uuid4())} for each in (first, second))
        bad = [json.dumps(each).encode() for _, each in spoiled(topic)]
        step(engine, service, [json.dumps(first).encode(), *bad, json.dumps(second).encode()], topic)
        assert outcomes(engine, service, [first["id"], second["id"]]) == as_ever, topic
    rows = listed(engine)
    assert rows
    assert all(len(row["error"]) < 1000 and row["error"].isprintable() for row in rows)


def listed(engine: Engine) -> list[dict[str, Any]]:
    """Letters as they are listed, and counted."""
    with engine.connect() as connection:
        rows = dead_letter_rows(connection, EVERYTHING)
        assert dead_letter_count(connection, EVERYTHING) == len(rows)
        return rows


def test_a_bad_message_is_one_letter_however_many_read_it(engine: Engine) -> None:
    for service in CONSUMERS:
        for _ in range(2):
            step(engine, service, [b"no event", b"{}"], Topic.CLAIM_SCRUBBED)
    assert len(listed(engine)) == 2
