"""A real broker and database for whoever asks: CLAIMLOOM_TEST_KAFKA and CLAIMLOOM_TEST_POSTGRES, else our own.

Our own are one broker and one PostgreSQL for a whole run, on however many processes it is (``tools/keeper.py``).
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import psycopg
import pytest
import structlog

from tools.cluster import Cluster
from tools.keeper import Keeper, ask
from tools.local import new_database

# What helpers assert is told with its values, as in tests.
pytest.register_assert_rewrite("tests.phi", "tests.runtime.contract")
pytest_plugins = ("tests.fresh", "tests.logs", "tests.marks", "tests.order")
structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.INFO))
# A machine that is busy makes no test red. ``--hypothesis-profile=quick`` draws fewer where no number is said.
hypothesis.settings.register_profile("default", deadline=None)
hypothesis.settings.register_profile("quick", deadline=None, max_examples=20)
hypothesis.settings.load_profile("default")
KEEPER = "CLAIMLOOM_TEST_KEEPER"
# Files of tests are whole when they are there; tests/test_folder.py has those that are not.
os.environ.setdefault("CLAIMLOOM_QUIET_MILLISECONDS", "1")
_kept: list[Keeper] = []


def pytest_configure(config: pytest.Config) -> None:
    """The process that begins the run keeps the servers; those that xdist starts find them by the environment."""
    if not hasattr(config, "workerinput"):
        _kept.append(Keeper())
        os.environ[KEEPER] = _kept[0].socket


def pytest_unconfigure() -> None:
    """Servers end with the run; with one that is killed too, since its keeper notices."""
    for each in _kept:
        each.close()
        os.environ.pop(KEEPER, None)
    _kept.clear()


def kept(what: str, given: str) -> Iterator[str]:
    """Address of a server: the one that a setting names, or that of the run, whose logs are looked through."""
    if address := os.environ.get(given):
        yield address
        return
    address, folder = ask(os.environ[KEEPER], what)
    yield address
    from tests.logs import log_file  # a plugin, and imported as one

    for path in sorted(folder.glob("*.log")):
        log_file(path)


@pytest.fixture(scope="session")
def kafka() -> Iterator[str]:
    """Address of a broker."""
    yield from kept("kafka", "CLAIMLOOM_TEST_KAFKA")


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """URL of a PostgreSQL server on which databases can be made."""
    yield from kept("postgres", "CLAIMLOOM_TEST_POSTGRES")


@pytest.fixture
def database(postgres: str) -> str:
    """URL of a new, empty database."""
    return new_database(postgres, psycopg)


@pytest.fixture
def cluster(kafka: str, database: str, tmp_path: Path) -> Iterator[Cluster]:
    """Topics and schema made, no worker started yet; ended and looked through at the end."""
    made = Cluster(tmp_path / "data", kafka, database, {"CLAIMLOOM_AS_OF": "2026-11-20"}).set_up()
    yield made
    made.close()
