"""A new SQLite ledger in the process of the tests: migrated once, afterwards a copy of what the migrations gave.

Every test begins with an empty ledger, and half of what a short one costs was making its tables again. Only a database
that is wholly empty is filled so; processes that a test starts migrate, and so does who is marked ``migrates``.

What this process commits to SQLite is not forced to the disk: no test cuts the power, and those that kill a worker
start it as a process of its own.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Generator
from functools import wraps
from threading import Lock

import pytest
from sqlalchemy import Engine, event

from claimloom.ledger import database, migration

_first: list[sqlite3.Connection] = []
_real: list[bool] = [False]
_one = Lock()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Who looks at the migrations has them run."""
    _real[0] = item.get_closest_marker("migrates") is not None
    return (yield)


def _copy() -> None:
    migrate = migration._to

    @wraps(migrate)
    def to(engine: Engine, wanted: str) -> None:
        if _real[0] or wanted != "head" or engine.dialect.name != "sqlite" or not _is_empty(engine):
            migrate(engine, wanted)
        elif not _first:
            migrate(engine, wanted)
            _first.append(sqlite3.connect(":memory:", check_same_thread=False))
            with engine.connect() as connection:
                _raw(connection).backup(_first[0])
        else:
            with _one, engine.connect() as connection:
                _first[0].backup(_raw(connection))

    migration._to = to


def _is_empty(engine: Engine) -> bool:
    with engine.connect() as connection:
        return not _raw(connection).execute("select count(*) from sqlite_master").fetchone()[0]


def _raw(connection: object) -> sqlite3.Connection:
    found = connection.connection.driver_connection  # type: ignore[attr-defined]
    assert isinstance(found, sqlite3.Connection)
    return found


def _unforced() -> None:
    make = database._sqlite_engine

    @wraps(make)
    def made(url: str) -> Engine:
        engine = make(url)
        event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF"))
        return engine

    database._sqlite_engine = made


_copy()
_unforced()
