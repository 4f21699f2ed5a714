"""What a database does at night: locks held for long, a standby, a schema of another version, a large migration."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from alembic import command
from sqlalchemy import Connection, Engine, select, text
from sqlalchemy.exc import DBAPIError, ProgrammingError

from claimloom.errors import PlainError
from claimloom.ledger import database as ledger_database
from claimloom.ledger.chain import use_chain
from claimloom.ledger.database import insert_new, lock, open_engine, transaction
from claimloom.ledger.migration import HEAD, migrate, revision
from claimloom.ledger.tables import inbox, journal
from claimloom.runtime.feed import feed
from claimloom.runtime.step import run_step
from claimloom.runtime.taking import Policy
from claimloom.topology import Service
from schemas.event import Event
from schemas.topics import Topic
from services.session_intake.service import SERVICE as INTAKE
from services.session_intake.service import draft
from tests.runtime.test_step import SCRUBBER, visits

pytestmark = pytest.mark.migrates

QUICK = Policy(attempts=2, backoff_seconds=0.01, backoff_limit_seconds=0.2)


@pytest.fixture
def engine(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    monkeypatch.setattr(ledger_database, "STATEMENT_SECONDS", 2)
    monkeypatch.setattr(ledger_database, "LOCK_SECONDS", 1, raising=False)
    opened = open_engine(database)
    migrate(opened)
    use_chain(opened, tmp_path / "chain.key")
    yield opened
    opened.dispose()


def fed(engine: Engine, count: int = 3) -> list[Event]:
    made = feed(engine, INTAKE, lambda _: [draft(each) for each in visits(count)]).new
    return [each.event.whole() for each in made]  # type: ignore[union-attr]


def kinds(engine: Engine, service: Service, events: list[Event]) -> Counter[str]:
    return Counter(each.event.type for each in run_step(engine, service, events, policy=QUICK))


def held(url: str, take: Callable[[Connection], object], seconds: float) -> threading.Thread:
    """Hold what it takes, from now on and for so long."""
    ready = threading.Event()

    def hold() -> None:
        other = open_engine(url)
        with transaction(other) as connection:
            take(connection)
            ready.set()
            time.sleep(seconds)
        other.dispose()

    thread = threading.Thread(target=hold)
    thread.start()
    assert ready.wait(10)
    return thread


@pytest.mark.parametrize(
    "take",
    [
        lambda connection: lock(connection, [f"service {SCRUBBER.name}"]),
        lambda connection: connection.execute(text("lock table scrubs in access exclusive mode")),
    ],
    ids=["another worker", "a migration"],
)
def test_who_waits_long_for_a_lock_gives_nothing_up(
    engine: Engine, database: str, take: Callable[[Connection], object]
) -> None:
    """Longer than a statement may take, and as often as a poison event is tried."""
    events = fed(engine)
    holding = held(database, take, 7)
    assert kinds(engine, replace(SCRUBBER, serial=True), events) == {Topic.CLAIM_SCRUBBED: 3}
    holding.join()


def test_a_read_only_database_is_waited_for(engine: Engine, database: str) -> None:
    events = fed(engine)
    name = database.rpartition("/")[2]

    def only_reads(state: str) -> None:
        with psycopg.connect(database, autocommit=True) as connection:
            connection.execute("set default_transaction_read_only = off")
            connection.execute(f"alter database {name} set default_transaction_read_only = {state}")  # type: ignore[arg-type]

    only_reads("on")
    engine.dispose()
    later = threading.Timer(1.5, only_reads, ["off"])
    later.start()
    assert kinds(engine, SCRUBBER, events) == {Topic.CLAIM_SCRUBBED: 3}
    later.join()


def test_a_schema_of_another_version_makes_no_dead_letters(engine: Engine) -> None:
    events = fed(engine)
    with transaction(engine) as connection:
        connection.execute(text("alter table scrubs rename column rules_version to rules"))
    with pytest.raises(ProgrammingError):
        run_step(engine, SCRUBBER, events, policy=QUICK)
    with engine.connect() as connection:
        assert connection.scalars(select(inbox.c.place)).all() == []


def test_a_migration_may_take_longer_than_a_statement_of_a_step(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger_database, "STATEMENT_SECONDS", 1)
    upgrade = command.upgrade

    def slow(config: object, wanted: str) -> None:
        config.attributes["connection"].execute(text("select pg_sleep(1.5)"))  # type: ignore[attr-defined]
        upgrade(config, wanted)  # type: ignore[arg-type]

    monkeypatch.setattr(command, "upgrade", slow)
    opened = open_engine(database)
    migrate(opened)
    assert revision(opened) == HEAD
    with opened.connect() as connection:  # the limits of steps are as before
        assert connection.scalar(text("show statement_timeout")) == "1s"
    opened.dispose()


def test_an_error_of_the_database_does_not_quote_what_was_to_be_written(engine: Engine) -> None:
    row = {"id": "x", "type": "t", "tenant": "a\0b", "claim": None, "body": "of somebody", "month": "2026-11"}
    with pytest.raises(DBAPIError) as told, transaction(engine) as connection:
        insert_new(connection, journal, [row])
    assert "of somebody" not in str(told.value)


def test_a_port_that_is_no_number_is_one_line() -> None:
    with pytest.raises(PlainError, match=r"^database postgresql://a:\*\*\*@here:x/y: postgresql://USER@HOST:PORT/NAME"):
        open_engine("postgresql://a:secret@here:x/y")
