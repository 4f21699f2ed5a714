"""A real broker and database for whoever asks: CLAIMLOOM_TEST_KAFKA and CLAIMLOOM_TEST_POSTGRES, else our own."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import structlog

from tests.logs import pytest_runtest_makereport  # noqa: F401 - registered by its name
from tools.cluster import Cluster
from tools.local import Broker, Postgres, new_database

structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.INFO))
SERVERS = {"kafka", "postgres", "database", "cluster", "servers"}


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--embedded``: leave out what needs a broker or a database server."""
    parser.addoption("--embedded", action="store_true", help="only tests that need no broker and no database server")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselected, so that the summary counts them; nothing is skipped in silence."""
    if not config.getoption("--embedded"):
        return
    out = [each for each in items if SERVERS & set(getattr(each, "fixturenames", ())) or "postgres]" in each.nodeid]
    items[:] = [each for each in items if each not in out]
    config.hook.pytest_deselected(items=out)


@pytest.fixture(scope="session")
def kafka() -> Iterator[str]:
    """Address of a broker."""
    if given := os.environ.get("CLAIMLOOM_TEST_KAFKA"):
        yield given
        return
    broker = Broker().start()
    yield broker.servers
    broker.close()


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """URL of a PostgreSQL server on which databases can be made."""
    if given := os.environ.get("CLAIMLOOM_TEST_POSTGRES"):
        yield given
        return
    server = Postgres().start()
    yield server.url()
    server.close()


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
