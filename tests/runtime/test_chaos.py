"""A short form of ``make chaos``: everything that may die, dies a few times; then all is as if it had not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tools.chaos import run, undisturbed
from tools.cluster import HURRY_PERCENT
from tools.local import Broker, Postgres


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[Broker, Postgres]]:
    """Our own, since they are killed: never those that CLAIMLOOM_TEST_KAFKA and CLAIMLOOM_TEST_POSTGRES name."""
    kafka, postgres = Broker().start(), Postgres().start()
    yield kafka, postgres
    kafka.close()
    postgres.close()


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return undisturbed(tmp_path_factory.mktemp("undisturbed"))


@pytest.mark.long
def test_as_if_nothing_had_been(servers: tuple[Broker, Postgres], expected: dict[str, Any], tmp_path: Path) -> None:
    """One run with disturbances of several kinds in it."""
    done = run("anything", 12, *servers, expected, pause_seconds=3, patience_percent=HURRY_PERCENT)
    assert done["disturbed"] >= 10


@pytest.mark.long
@pytest.mark.parametrize(
    ("name", "seed", "times"),
    [
        *(("kill_worker", 11, 10), ("anything", 14, 10), ("disk_full", 13, 10)),
        *(("spoiled", 15, 10), ("restore", 16, 2), ("answers_first", 17, 5), ("disk_full_embedded", 18, 10)),
    ],
)
def test_with_the_patience_of_workers_at_work(
    name: str, seed: int, times: int, servers: tuple[Broker, Postgres], expected: dict[str, Any], tmp_path: Path
) -> None:
    done = run(name, seed, *servers, expected, pause_seconds=3)
    assert done["disturbed"] >= times
