"""Open a ledger: engine, settings of SQLite, migrations, and the one way to insert what may already be there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from alembic.command import upgrade
from alembic.config import Config
from sqlalchemy import Connection, Engine, Table, create_engine, event, inspect, text
from sqlalchemy.dialects import postgresql, sqlite

from claimloom.errors import PlainError

HEAD: Final = "0001"


def open_engine(url: str) -> Engine:
    """Engine for a database URL; SQLite gets WAL, full sync and write transactions that lock at once."""
    engine = create_engine(url)
    if engine.dialect.name == "sqlite":
        # BEGIN IMMEDIATE: a step reads before it writes; a deferred transaction would fail with SQLITE_BUSY at the
        # first write if another process had written in between.
        @event.listens_for(engine, "connect")
        def _connect(connection: Any, _record: Any) -> None:
            connection.isolation_level = None
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=30000", "foreign_keys=ON"):
                connection.execute(f"PRAGMA {pragma}")

        @event.listens_for(engine, "begin")
        def _begin(connection: Connection) -> None:
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def migrate(engine: Engine) -> None:
    """Bring the schema to the newest revision (Alembic), inside the engine's own connection."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        upgrade(config, "head")


def open_ledger(url: str) -> Engine:
    """Engine of a ledger whose schema is up to date."""
    engine = open_engine(url)
    if _revision(engine) != HEAD:
        migrate(engine)
    return engine


def _revision(engine: Engine) -> str | None:
    """The revision that the database is at, None for an empty one; PlainError for one of a newer version."""
    if not inspect(engine).has_table("alembic_version"):
        return None
    with engine.connect() as connection:
        found = connection.execute(text("select version_num from alembic_version")).scalar()
    if found is not None and str(found) > HEAD:
        raise PlainError(f"the ledger is at schema {found}, newer than {HEAD} of this version; update claimloom")
    return str(found) if found else None


@contextmanager
def transaction(engine: Engine) -> Iterator[Connection]:
    """One transaction: committed at the end of the block, rolled back if it raises."""
    with engine.begin() as connection:
        yield connection


def insert_new(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows whose key is not there yet; known keys are left as they stand."""
    if rows:
        connection.execute(_insert(connection, table).on_conflict_do_nothing(), list(rows))


def insert_or_update(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows; for known keys the other columns take the new values."""
    if rows:
        statement = _insert(connection, table)
        keys = [column.name for column in table.primary_key]
        others = {name: statement.excluded[name] for name in rows[0] if name not in keys}
        connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=others), list(rows))


def _insert(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)
