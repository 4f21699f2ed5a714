"""What those who run it need: workers, topics, the database, and the tenants' keys."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import unquote, urlsplit

import structlog
import typer
from rich.table import Table
from sqlalchemy import Engine, func, select
from sqlalchemy.exc import SQLAlchemyError

from claimloom.cli.common import (
    AsOf,
    Data,
    Json,
    libraries_log_json,
    log_to_stderr,
    out,
    print_json,
    said_of,
    settings_of,
)
from claimloom.errors import PlainError
from claimloom.ledger.database import HEAD, ensure_months, migrate, open_engine, open_ledger, revision
from claimloom.ledger.erasure import erase
from claimloom.ledger.tables import journal, tenant_keys
from claimloom.ledger.vault import Vault
from claimloom.settings import Broker, Settings, read_settings

LEVELS: Final = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING}
topics = typer.Typer(no_args_is_help=True, help="Topics of the broker.")
db = typer.Typer(no_args_is_help=True, help="The database of the ledger.")
keys = typer.Typer(no_args_is_help=True, help="Keys that payloads are sealed with.")


def add_to(app: typer.Typer) -> None:
    """Put the commands on the command line."""
    app.command()(worker)
    app.add_typer(topics, name="topics")
    app.add_typer(db, name="db")
    app.add_typer(keys, name="keys")


def worker(
    service: Annotated[str, typer.Argument(help="A service of services/topology.py.")], data: Data = None
) -> None:
    """Run one service as a Kafka worker until it is stopped. Settings come from CLAIMLOOM_*."""
    from claimloom.worker import run_worker  # noqa: PLC0415 - Faust takes half a second to import

    log_to_stderr(_level())
    libraries_log_json()
    try:
        run_worker(read_settings(data), service)
    except (PlainError, OSError, SQLAlchemyError) as error:
        # Who reads a worker's lines reads JSON.
        structlog.get_logger().error("cannot run", service=service, reason=said_of(error))
        raise SystemExit(2) from None


def _level() -> int:
    name = os.environ.get("CLAIMLOOM_LOG", "info")
    if name not in LEVELS:
        raise PlainError(f"CLAIMLOOM_LOG: {', '.join(LEVELS)} is expected")
    return LEVELS[name]


def _broker(settings: Settings) -> Broker:
    if settings.broker is None:
        raise PlainError("CLAIMLOOM_KAFKA is not set; HOST:PORT of a broker is expected")
    return settings.broker


@topics.command("create")
def create(data: Data = None, as_json: Json = False) -> None:
    """Make the topics that are not there."""
    from claimloom.runtime.kafka import create_topics  # noqa: PLC0415 - see worker

    made = asyncio.run(create_topics(_broker(read_settings(data))))
    if as_json:
        print_json({"created": made})
    else:
        out.print(f"{len(made)} topics made" + (f": {', '.join(made)}" if made else ", all are there"))


@topics.command("check")
def check(data: Data = None, as_json: Json = False) -> None:
    """Say what differs from the declaration. Exit 1 if something does."""
    from claimloom.runtime.kafka import check_topics  # noqa: PLC0415 - see worker

    wrong = asyncio.run(check_topics(_broker(read_settings(data))))
    if as_json:
        print_json({"differences": wrong})
    else:
        for each in wrong:
            out.print(each, markup=False)
        out.print(f"{len(wrong)} differences" if wrong else "all topics are as declared")
    raise typer.Exit(1 if wrong else 0)


@db.command("upgrade")
def upgrade(data: Data = None, as_of: AsOf = None, as_json: Json = False) -> None:
    """Bring the schema to this version's, and make the journal's months. Back up first."""
    settings = settings_of(data, as_of)
    if not settings.db:
        settings.data.mkdir(parents=True, exist_ok=True)
    with _engine(settings) as engine:
        before = revision(engine)
        if before != HEAD:
            migrate(engine)
        months = ensure_months(engine, settings.now())
    if as_json:
        print_json({"before": before, "after": HEAD, "months": months})
    else:
        made = f", months made: {', '.join(months)}" if months else ""
        out.print((f"at {HEAD} already" if before == HEAD else f"from {before or 'nothing'} to {HEAD}") + made)


@db.command("check")
def check_db(data: Data = None, as_json: Json = False) -> None:
    """Say whether the database fits this version. Exit 1 if not."""
    settings = read_settings(data)
    if not settings.db and not (settings.data / "claimloom.db").exists():
        raise PlainError(f"{settings.data}: no claimloom.db in it; see --data and CLAIMLOOM_DB")
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
        out.print(f"{kind}, schema {found or 'none'}, needed {HEAD}, {events} events")
        out.print("fits" if fits else "does not fit: claimloom db upgrade")
    raise typer.Exit(0 if fits else 1)


@db.command("backup")
def backup(
    target: Annotated[Path, typer.Argument(help="File to write; it must not exist.")],
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Write the whole ledger into one file: a copy of the SQLite database, or pg_dump's custom format."""
    settings = read_settings(data)
    if target.exists():
        raise PlainError(f"{target}: is there already; a backup is never written over another")
    half = target.with_name(f".{target.name}.part")
    if settings.db:
        _dump(settings.db, half)
    else:
        ledger = settings.data / "claimloom.db"
        if not ledger.exists():
            raise PlainError(f"{settings.data}: no claimloom.db in it; see --data and CLAIMLOOM_DB")
        half.unlink(missing_ok=True)
        with closing(sqlite3.connect(ledger)) as source, closing(sqlite3.connect(half)) as copy:
            source.backup(copy)  # whole as of one moment, also while somebody writes
    half.replace(target)
    size = target.stat().st_size
    if as_json:
        print_json({"file": str(target), "bytes": size})
    else:
        how = "pg_restore --clean --if-exists --dbname URL FILE" if settings.db else "put it back as claimloom.db"
        out.print(f"{target}: {size:,} bytes; to restore: {how}")


def _dump(url: str, target: Path) -> None:
    program = os.environ.get("CLAIMLOOM_PG_DUMP") or shutil.which("pg_dump")
    if not program:
        raise PlainError("pg_dump is not here: install PostgreSQL's client, or name it by CLAIMLOOM_PG_DUMP")
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


@contextmanager
def _ledger(data: Path | None) -> Iterator[tuple[Settings, Engine]]:
    settings = read_settings(data)
    if not settings.db and not (settings.data / "claimloom.db").exists():
        raise PlainError(f"{settings.data}: no claimloom.db in it; see --data and CLAIMLOOM_DB")
    engine = open_ledger(settings.database_url)
    try:
        yield settings, engine
    finally:
        engine.dispose()


def _vault(settings: Settings, engine: Engine) -> Vault:
    if settings.master is None:
        raise PlainError("no master key; set CLAIMLOOM_MASTER_KEY_FILE")
    return Vault(engine, settings.master)


@keys.command("list")
def list_keys(data: Data = None, as_json: Json = False) -> None:
    """List tenants' keys: which master key wraps them, and whether they are current, old or erased."""
    with _ledger(data) as (_, engine), engine.connect() as connection:
        rows = connection.execute(select(tenant_keys).order_by(tenant_keys.c.tenant, tenant_keys.c.state)).all()
    table = Table("Tenant", "Key", "Master key", "State", box=None, header_style="bold", pad_edge=False)
    for row in rows:
        if as_json:
            print_json({"tenant": row.tenant, "key": row.key_id, "master_key": row.master_id, "state": row.state})
        table.add_row(row.tenant, row.key_id, row.master_id, row.state)
    if not as_json:
        out.print(table if rows else "no keys: payloads are not sealed (CLAIMLOOM_MASTER_KEY_FILE)")


@keys.command("rotate")
def rotate(tenant: str, data: Data = None) -> None:
    """Seal what comes with a new key; what there is stays readable. Workers take it up within a minute."""
    with _ledger(data) as (settings, engine):
        _vault(settings, engine).rotate(tenant)
    out.print(f"{tenant}: new key for what comes")


@keys.command("rewrap")
def rewrap(data: Data = None) -> None:
    """Put all tenants' keys under the first master key of the file, so that the others may go."""
    with _ledger(data) as (settings, engine):
        count = _vault(settings, engine).rewrap()
        assert settings.master is not None
    out.print(f"{count} keys are under master key {settings.master.current}")


@keys.command("erase")
def erase_tenant(
    tenant: str,
    data: Data = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do it; there is no way back.")] = False,
    as_json: Json = False,
) -> None:
    """Make a tenant's data unreadable for ever: its keys go, and every row and file that stands in the open."""
    if not yes:
        raise PlainError(f"this cannot be undone; to erase all of {tenant}, say --yes")
    with _ledger(data) as (settings, engine):
        erased = erase(engine, tenant, settings.data)
    if as_json:
        print_json({"tenant": tenant, "rows": erased.rows, "files": erased.files, "left": erased.mixed})
        return
    out.print(f"{tenant}: keys erased, {erased.rows} rows and {len(erased.files)} files removed", markup=False)
    for name in erased.mixed:
        out.print(f"left, since it speaks of other tenants too: {name}", markup=False)
