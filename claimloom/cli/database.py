"""``db``: the database of the ledger, for those who run it."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Annotated
from urllib.parse import unquote, urlsplit

import typer
from sqlalchemy import Engine, func, select

from claimloom.cli.folder import settings_of
from claimloom.cli.options import AsOf, Data, Json
from claimloom.cli.output import out, print_json
from claimloom.errors import PlainError
from claimloom.ledger.chain import use_chain
from claimloom.ledger.database import open_engine
from claimloom.ledger.migration import HEAD, ensure_months, migrate, revision
from claimloom.ledger.tables import journal
from claimloom.rights import make_file
from claimloom.settings import Settings, read_settings
from schemas.words import counted


def upgrade(data: Data = None, as_of: AsOf = None, as_json: Json = False) -> None:
    """Bring the schema to this version's, and make the journal's months. Back up first."""
    settings = settings_of(data, as_of)
    if not settings.db:
        settings.rights.make_data(settings.data)
    with _engine(settings) as engine:
        before = revision(engine)
        if before != HEAD:
            migrate(engine)
        use_chain(engine, settings.chain_key)
        months = ensure_months(engine, settings.now())
    if as_json:
        print_json({"before": before, "after": HEAD, "months": months})
    else:
        made = f", months made: {', '.join(months)}" if months else ""
        out.print((f"at {HEAD} already" if before == HEAD else f"from {before or 'nothing'} to {HEAD}") + made)


def check_db(data: Data = None, as_json: Json = False) -> None:
    """Say whether the database fits this version. Exit 1 if not."""
    settings = read_settings(data)
    if not settings.db and not (settings.data / "claimloom.db").exists():
        raise PlainError(
            f"{settings.data}: no claimloom.db in it; see --data and CLAIMLOOM_DB, or claimloom db upgrade makes it"
        )
    with _engine(settings) as engine:
        found = revision(engine)
        events = 0
        if found == HEAD:
            with engine.connect() as connection:
                events = connection.scalar(select(func.count()).select_from(journal)) or 0
        kind = engine.dialect.name
    fits = found == HEAD
    if as_json:
        print_json({"database": kind, "revision": found, "needed": HEAD, "fits": fits, "events": events})
    else:
        out.print(f"{kind}, schema {found or 'none'}, needed {HEAD}, {counted(events, 'event')}")
        out.print("fits" if fits else "does not fit: claimloom db upgrade")
    raise typer.Exit(0 if fits else 1)


def backup(
    target: Annotated[Path, typer.Argument(help="File to write; it must not exist.")],
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Write the whole ledger into one file: a copy of the SQLite database, or pg_dump's custom format."""
    settings = read_settings(data)
    if target.exists():
        raise PlainError(f"{target}: is there already; a backup is never written over another")
    if not target.parent.is_dir():
        raise PlainError(f"{target}: folder {target.parent} is not there")
    half = target.with_name(f".{target.name}.part")
    if settings.db:
        _dump(settings.db, half)
    else:
        ledger = settings.data / "claimloom.db"
        if not ledger.exists():
            raise PlainError(f"{settings.data}: no claimloom.db in it; see --data and CLAIMLOOM_DB")
        _begin(half)
        try:
            with closing(sqlite3.connect(ledger)) as source, closing(sqlite3.connect(half)) as copy:
                source.backup(copy)  # whole as of one moment, also while somebody writes
        except sqlite3.Error:
            half.unlink()
            raise
    half.replace(target)
    size = target.stat().st_size
    if as_json:
        print_json({"file": str(target), "bytes": size})
    else:
        how = "pg_restore --no-owner --dbname URL FILE into a new, empty database, then claimloom db restore"
        out.print(
            f"{target}: {counted(size, 'byte')}; to restore: {how if settings.db else f'claimloom db restore {target}'}"
        )
        out.print(f"it cannot be used without the key of its chain: keep a copy of {settings.chain_key} elsewhere")


def _begin(half: Path) -> None:
    """A file for nobody else; one of a backup that was broken off goes."""
    half.unlink(missing_ok=True)
    make_file(half)


def _dump(url: str, target: Path) -> None:
    program = os.environ.get("CLAIMLOOM_PG_DUMP") or shutil.which("pg_dump")
    if not program:
        raise PlainError("pg_dump is not here: install PostgreSQL's client, or name it by CLAIMLOOM_PG_DUMP")
    _begin(target)
    parts = urlsplit(url)
    environment = os.environ | ({"PGPASSWORD": unquote(parts.password)} if parts.password else {})
    command = [program, "--format=custom", "--no-owner", f"--file={target}", f"--dbname={parts.path[1:]}"]
    command += [f"--host={parts.hostname or 'localhost'}", f"--port={parts.port or 5432}"]
    command += [f"--username={unquote(parts.username)}"] if parts.username else []
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        target.unlink(missing_ok=True)
        raise PlainError(f"pg_dump: {done.stderr.strip().splitlines()[-1] if done.stderr else 'failed'}")


@contextmanager
def _engine(settings: Settings) -> Iterator[Engine]:
    engine = open_engine(settings.database_url)
    try:
        yield engine
    finally:
        engine.dispose()
