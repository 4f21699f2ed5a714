"""Bring a ledger's schema to this version's: migrations, and the journal's months."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Engine, inspect, text

from claimloom.errors import PlainError
from claimloom.ledger.books.refold import refold
from claimloom.ledger.books.standings import rebuild
from claimloom.ledger.chain import use_chain
from claimloom.ledger.chain_key import key_beside
from claimloom.ledger.database import give_back_free_pages, lock, open_engine
from claimloom.ledger.migrations.carry import carry, start

HEAD: Final = "0038"
MONTHS_AHEAD: Final = 2
CACHE_KIB: Final = 256 * 1024
"""Of SQLite, for who migrates: ids lie everywhere, and with the usual 2 MB each is read from the disk again."""
BEFORE_PLACES: Final = "0005"
"""The last schema whose journal has to be carried over."""


def migrate(engine: Engine, carried: Callable[[int], None] = lambda _: None) -> None:
    """Bring the schema to the newest revision (Alembic), one process at a time; it may be stopped at any moment, and
    goes on when it is called again. ``carried`` is told the number of events of each page of the journal.

    What is a fold of other tables is made anew after it, in the same transaction, by the present code.
    """
    with engine.connect() as connection:
        before = _revision(connection)
    if before is not None and before <= BEFORE_PLACES:
        _to(engine, BEFORE_PLACES)
        with _undisturbed(engine) as connection:
            start(connection)
        count = 1
        while count:
            with _undisturbed(engine) as connection:
                count = carry(connection)
            carried(count)
    _to(engine, "head")
    if before not in (None, HEAD):
        give_back_free_pages(engine)


def _to(engine: Engine, wanted: str) -> None:
    # Alembic takes as long to import as all the rest: only who migrates waits for it.
    from alembic.command import upgrade  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with _undisturbed(engine) as connection:
        config.attributes["connection"] = connection
        before = _revision(connection)
        upgrade(config, wanted)
        if wanted == "head" and before not in (None, HEAD):  # a new ledger is empty, one of this schema as it was
            rebuild(connection)
            refold(connection, before or "")


@contextmanager
def _undisturbed(engine: Engine) -> Iterator[Connection]:
    """A transaction under the lock of all who migrate, without limits of time: a large ledger takes longer than a step
    may, and so may the steps that hold its tables.
    """
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("set local statement_timeout = 0"))
            connection.execute(text("set local lock_timeout = 0"))
        else:
            connection.execute(text(f"pragma cache_size = -{CACHE_KIB}"))
            # What is dropped is not written over now: at the end the whole file is written anew without it.
            connection.execute(text("pragma secure_delete = off"))
        lock(connection, ["migrate"])
        yield connection


def check_revision(engine: Engine) -> None:
    """PlainError if the ledger is at another schema than this version's."""
    found = revision(engine)
    if found != HEAD:
        raise PlainError(
            f"the database is at schema {found or 'none'}, this version needs {HEAD}: claimloom db backup FILE, "
            "then claimloom db upgrade"
        )


def open_ledger(url: str, chain_key: Path | None = None) -> Engine:
    """Engine of a ledger whose schema is up to date, to write to. A new SQLite file gets it here; what holds a ledger
    already is brought there by its owner, who makes a backup first. ``chain_key`` is the file of the chain's key; that
    of an SQLite ledger stands beside it if nothing else is said.
    """
    engine = open_engine(url)
    try:
        if engine.dialect.name == "sqlite" and revision(engine) is None:
            migrate(engine)
        else:
            check_revision(engine)
        if file := chain_key or key_beside(url):
            use_chain(engine, file)
    except PlainError:
        engine.dispose()
        raise
    return engine


def revision(engine: Engine) -> str | None:
    """The revision that the database is at, None for an empty one; PlainError for one of a newer version."""
    with engine.connect() as connection:
        return _revision(connection)


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(text("select version_num from alembic_version")).scalar()
    if found is not None and str(found) > HEAD:
        raise PlainError(f"the ledger is at schema {found}, newer than {HEAD} of this version; update claimloom")
    return str(found) if found else None


def ensure_months(engine: Engine, now: datetime) -> list[str]:
    """Make the journal's partitions of this month and the next ones (PostgreSQL); returns those that were made.

    Events of a month without a partition stand in ``journal_other``; they are moved when theirs is made.
    """
    if engine.dialect.name != "postgresql":
        return []
    made = []
    for ahead in range(MONTHS_AHEAD + 1):
        year, month = divmod(now.year * 12 + now.month - 1 + ahead, 12)
        name, value = f"journal_{year:04d}_{month + 1:02d}", f"{year:04d}-{month + 1:02d}"
        with engine.begin() as connection:
            lock(connection, ["months"])
            if connection.scalar(text("select to_regclass(:name)"), {"name": name}) is not None:
                continue
            connection.execute(text(f"create table {name} (like journal including defaults)"))
            connection.execute(
                text(
                    f"with moved as (delete from journal_other where month = :month returning *) "  # noqa: S608
                    f"insert into {name} select * from moved"
                ),
                {"month": value},
            )
            connection.execute(text(f"alter table journal attach partition {name} for values in ('{value}')"))
        made.append(value)
    return made
