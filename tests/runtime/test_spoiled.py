"""An envelope with any of its fields spoiled, on any topic, in the hands of any worker: the rest goes on, and what
cannot be taken is one letter that can be listed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine, select

from claimloom.ledger.chain import use_chain
from claimloom.ledger.database import open_engine
from claimloom.ledger.migration import migrate
from claimloom.ledger.tables import journal
from claimloom.ledger.vault import read_event
from claimloom.ledger.views.letters import dead_letter_count, dead_letter_rows
from claimloom.ledger.views.scope import EVERYTHING
from claimloom.runtime.embedded import Embedded
from claimloom.runtime.letters import bury_message
from claimloom.settings import Settings
from claimloom.topology import Service
from schemas.event import Topic
from schemas.upcasters import VERSIONS
from services.topology import topology
from tests.fuzz.messages import CONSUMERS, Message, outcomes, spoiled, step
from tests.runtime import contract
from tests.schemas.frozen import events


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


def put(engine: Engine, service: Service, values: list[bytes], topic: Topic) -> None:
    step(engine, service, [Message(str(topic), number, value) for number, value in enumerate(values)])


# What looks at a message first is the same for all; whose handlers read most of it are walked always, the others before
# a release.
ALWAYS = ("claim_builder", "followup_queue", "remittance_reconciler")


@pytest.mark.parametrize(
    "service",
    [pytest.param(each, marks=() if each.name in ALWAYS else pytest.mark.long) for each in CONSUMERS],
    ids=lambda service: str(service.name),
)
def test_a_spoiled_envelope_stops_nothing_else(engine: Engine, service: Service) -> None:
    for topic in service.consumes:
        if topic is Topic.TICK:
            continue
        first, second = ({**each.model_dump(mode="json"), "id": str(uuid4())} for each in events(topic)[1:3])
        put(engine, service, [json.dumps(each).encode() for each in (first, second)], topic)
        as_ever = outcomes(engine, service, [first["id"], second["id"]])
        assert "" not in as_ever
        first, second = ({**each, "id": str(uuid4())} for each in (first, second))
        bad = [json.dumps(each).encode() for _, each in spoiled(topic)]
        put(engine, service, [json.dumps(first).encode(), *bad, json.dumps(second).encode()], topic)
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
            put(engine, service, [b"no event", b"{}"], Topic.CLAIM_SCRUBBED)
    assert len(listed(engine)) == 2


def test_who_reads_a_bad_message_at_once_tells_of_it_once(engine: Engine) -> None:
    """Two letters under one id would differ in who gave up: the topic's and the journal's."""
    both = Barrier(2)

    def bury(service: Service) -> int:
        told = 0
        for number in range(30):
            both.wait()
            told += len(bury_message(engine, service, f"claim-scrubbed[0]@{number}", "is no event"))
        return told

    with ThreadPoolExecutor(2) as threads:
        assert sum(threads.map(bury, CONSUMERS[:2])) == 30


# Read by two: what the first put aside stands in the journal when the second has it.
UNREADABLE = [
    pytest.param({"claim": {"claim_id": str(uuid4())}}, id="no claim"),
    pytest.param({"sealed": 2}, id="sealed by nobody"),
    pytest.param({"sealed": "x" * 99, "key": "k", "text": "dGV4dA=="}, id="sealed by a stranger"),
]


@pytest.mark.parametrize("compact", [True, False])
@pytest.mark.parametrize("backwards", [True, False])
@pytest.mark.parametrize("data", UNREADABLE)
def test_what_cannot_be_read_stops_nobody_who_reads_it(
    engine: Engine, data: dict[str, Any], backwards: bool, compact: bool
) -> None:
    good = events(Topic.CLAIM_BUILT)[0].model_dump(mode="json")
    event = good | {"id": str(uuid4()), "data": data, "schema_version": VERSIONS[Topic.CLAIM_BUILT]}
    text = json.dumps(event, separators=(",", ":") if compact else None)
    readers = [each for each in CONSUMERS if Topic.CLAIM_BUILT in each.consumes]
    assert len(readers) > 2
    for service in readers[::-1] if backwards else readers:
        put(engine, service, [text.encode()], Topic.CLAIM_BUILT)
    assert {row["error_type"] for row in listed(engine)} <= {"ValidationError", "Unreadable"}
    with engine.connect() as connection:
        for body in connection.scalars(select(journal.c.body)):
            read_event(connection, body)


def test_a_claim_that_only_a_topic_tells_of_stands_nowhere(engine: Engine) -> None:
    """Nobody here built it, so no table of claims holds it; what is said of it stops neither a fold nor a replay."""
    built = events(Topic.CLAIM_BUILT)[0].model_dump(mode="json") | {"id": str(uuid4())}
    scrubber, keeper = (
        next(each for each in CONSUMERS if each.name == name) for name in ("claim_scrubber", "account_keeper")
    )
    put(engine, scrubber, [json.dumps(built).encode()], Topic.CLAIM_BUILT)
    with engine.connect() as connection:
        mine = journal.c.type == Topic.CLAIM_SCRUBBED
        (body,) = connection.scalars(select(journal.c.body).where(mine)).all()
    put(engine, keeper, [body.encode()], Topic.CLAIM_SCRUBBED)
    assert listed(engine) == []
    before = contract.contents(engine)
    assert before["standings"] == []
    assert Embedded(engine, topology(Settings(Path()))).replay().events == 2
    assert contract.contents(engine) == before
