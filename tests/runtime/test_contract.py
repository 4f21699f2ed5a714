"""The contract over embedded + SQLite, embedded + PostgreSQL, and Kafka workers + PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine, func, select

from claimloom.ledger.database import open_engine
from claimloom.ledger.migration import migrate, open_ledger
from claimloom.ledger.tables import journal
from claimloom.settings import Settings
from claimloom.system import System
from tests.chains import looked
from tests.runtime import contract
from tools.cluster import Cluster
from tools.local import new_database

MADE = contract.visits()
SERVED = [pytest.param(name, marks=pytest.mark.server) for name in ("embedded-postgres", "kafka-postgres")]


@dataclass
class InProcess:
    """The embedded runtime over a database URL."""

    folder: Path
    db: str = ""
    system: System = field(init=False)
    engine: Engine = field(init=False)

    def __post_init__(self) -> None:
        self.system = System(Settings(self.folder, db=self.db, as_of=contract.DAY))
        self.engine = self.system.engine

    def deliver(self, files: Mapping[str, bytes]) -> None:
        for name, content in files.items():
            (self.folder / "inbound" / name).write_bytes(content)
        self.system.run_until_idle()

    def close(self) -> None:
        self.system.close()


@dataclass
class Workers:
    """One process a service, two of the builder and the scrubber."""

    cluster: Cluster
    engine: Engine = field(init=False)

    def __post_init__(self) -> None:
        self.folder = self.cluster.folder
        self.db = self.cluster.db
        self.engine = open_ledger(self.db, self.folder / "chain.key")
        self.cluster.start_all({"claim_builder": 2, "claim_scrubber": 2})

    def deliver(self, files: Mapping[str, bytes]) -> None:
        for name, content in files.items():
            self.cluster.bring(name, content)
        self.cluster.idle()

    def close(self) -> None:
        self.engine.dispose()
        self.cluster.close()


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """What the whole way gives in one process on SQLite."""
    runtime = InProcess(tmp_path_factory.mktemp("reference"))
    contract.whole_way(runtime, MADE)
    yield {
        "export": contract.export(runtime.engine),
        "worklist": contract.worklist(runtime.engine),
        "totals": contract.totals(runtime.engine),
        "events": contract.events_by_type(runtime.engine),
        "ids": contract.ids(runtime.engine, "session-completed", "claim-built", "claim-scrubbed", "claim-submitted"),
        "dead": contract.dead(runtime.engine),
        "files": contract.claims_in_files(runtime.folder),
    }
    runtime.close()


@pytest.fixture(scope="module", params=["embedded-sqlite", *SERVED])
def runtime(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Each runtime after the whole way."""
    folder = tmp_path_factory.mktemp(request.param)
    made: InProcess | Workers
    if request.param == "embedded-sqlite":
        made = InProcess(folder)
    else:
        db = new_database(request.getfixturevalue("postgres"), psycopg)
        if request.param == "embedded-postgres":
            engine = open_engine(db)
            migrate(engine)
            engine.dispose()
            made = InProcess(folder, db)
        else:
            kafka = request.getfixturevalue("kafka")
            made = Workers(Cluster(folder, kafka, db, {"CLAIMLOOM_AS_OF": "2026-11-20"}).set_up())
    try:
        made.payer = contract.whole_way(made, MADE)  # type: ignore[union-attr]
        yield made
    finally:
        made.close()


def test_same_export(runtime: Any, reference: dict[str, Any]) -> None:
    assert contract.export(runtime.engine) == reference["export"]
    assert contract.totals(runtime.engine) == reference["totals"]


def test_what_was_written_is_chained(runtime: Any) -> None:
    found = looked(runtime.db or f"sqlite:///{runtime.folder}/claimloom.db", runtime.folder)
    assert (found.faults, found.older) == ([], 0)
    with runtime.engine.connect() as connection:
        assert found.events == connection.scalar(select(func.count()).select_from(journal))


def test_same_events_with_the_same_ids(runtime: Any, reference: dict[str, Any]) -> None:
    assert contract.events_by_type(runtime.engine) == reference["events"]
    assert reference["events"]["decision-made"] == 3
    way = ("session-completed", "claim-built", "claim-scrubbed", "claim-submitted")
    assert contract.ids(runtime.engine, *way) == reference["ids"]


def test_every_claim_once_in_a_file_to_send(runtime: Any, reference: dict[str, Any]) -> None:
    found = contract.claims_in_files(runtime.folder)
    assert set(found.values()) == {1}
    assert set(found) == set(reference["files"])


def test_same_work_for_people(runtime: Any, reference: dict[str, Any]) -> None:
    assert contract.worklist(runtime.engine) == reference["worklist"]


def test_poison_is_a_dead_letter_and_the_rest_goes_on(runtime: Any, reference: dict[str, Any]) -> None:
    assert len(reference["dead"]) == 1
    assert contract.dead(runtime.engine) == reference["dead"]


def test_every_cent_is_accounted_for(runtime: Any) -> None:
    contract.conserved(runtime.engine)
    grade = contract.graded(runtime, runtime.payer, MADE)
    assert grade["disagree"] == []


def test_replay_rebuilds_the_same_tables(runtime: Any) -> None:
    contract.replayed_equal(runtime.folder, runtime.db)
