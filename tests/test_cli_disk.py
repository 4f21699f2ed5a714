"""A disk without room, a ledger that another process holds, missing rights: told at once, in a line that fits, and the
command given again goes on from there.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.exc import DBAPIError

from claimloom.ledger import database as ledger_database
from claimloom.ledger.database import open_engine
from claimloom.ledger.migration import migrate, open_ledger
from claimloom.ledger.tables import journal
from claimloom.runtime.feed import feed
from claimloom.runtime.step import run_step
from claimloom.runtime.taking import Policy
from services.claim_builder.service import SERVICE as BUILDER
from services.session_intake.service import SERVICE as INTAKE
from services.session_intake.service import draft
from tests.command import Done, claimloom
from tests.runtime import contract
from tests.runtime.test_step import visits

DAY = ("--as-of", contract.DAY.isoformat())
PAYMENT = Path(__file__).parents[1] / "edi_samples/835/835_example.edi"
ROOM = "; make room on its disk, then try again"
RIGHTS = "; see who may read and write it and its folder"
# Capabilities by which root passes over rights: bits of CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH and CAP_FOWNER.
OVERRIDES = 1 << 1 | 1 << 2 | 1 << 3
WRITING = ("run --until-idle", "sessions import {visits}", "remits import {payment}", "decide note {work} --reason r")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A ledger with some visits, and a file with others that waits."""
    folder, made = tmp_path / "data", contract.visits(24)
    (tmp_path / "first.jsonl").write_bytes(contract.lines(made[:12]))
    (tmp_path / "second.jsonl").write_bytes(contract.lines(made[12:]))
    assert claimloom("sessions", "import", tmp_path / "first.jsonl", "--data", folder, *DAY).returncode == 0
    assert claimloom("db", "backup", tmp_path / "copy.db", "--data", folder).returncode == 0
    first, *_ = claimloom("worklist", "--json", "--data", folder).stdout.splitlines()
    (tmp_path / "work").write_text(json.loads(first)["id"])
    (folder / "inbound" / "second.jsonl").write_bytes((tmp_path / "second.jsonl").read_bytes())
    return folder


def call(data: Path, command: str) -> Done:
    names = {"visits": data.parent / "second.jsonl", "payment": PAYMENT, "copy": data.parent / "copy.db"}
    words = command.format(**names, work=(data.parent / "work").read_text())
    return claimloom(*words.split(), "--data", data)


def told(done: Done, what: str, command: str) -> None:
    assert (done.returncode, done.stdout) == (2, ""), (command, done.stdout, done.stderr)
    assert done.stderr.startswith("claimloom: "), command
    assert len(done.stderr.splitlines()) == 1, (command, done.stderr)
    assert what in done.stderr, (command, done.stderr)


def mended(data: Path) -> None:
    """What waited is taken, whole, and nothing was given up."""
    done = claimloom("run", "--until-idle", "--data", data, *DAY)
    assert (done.returncode, claimloom("dead-letters", "list", "--json", "--data", data).stdout) == (0, ""), done.stderr
    rows = claimloom("claims", "export", "--data", data).stdout.splitlines()
    assert len([row for row in rows if json.loads(row)["visit_id"]]) == 24  # and payments of nobody's claims
    assert claimloom("verify", "--data", data).returncode == 0


@contextmanager
def no_file_above(size: int) -> Iterator[None]:
    """As on a full disk nothing can be written behind so many bytes of a file."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@contextmanager
def held_to_rights() -> Iterator[None]:
    """Root is held to the rights of files as anybody is."""
    if os.geteuid() != 0:
        yield
        return
    libc = ctypes.CDLL(None, use_errno=True)
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    sets = (ctypes.c_uint32 * 6)()
    assert libc.capget(header, sets) == 0
    all_of_them = sets[0]
    sets[0] = all_of_them & ~OVERRIDES
    assert libc.capset(header, sets) == 0
    try:
        yield
    finally:
        sets[0] = all_of_them
        assert libc.capset(header, sets) == 0


@pytest.mark.parametrize("room", [0, 4096, 40_000])
def test_a_full_disk_is_told_and_what_waits_goes_on_when_there_is_room(data: Path, room: int) -> None:
    for command in (*WRITING[:3], "claims list", "db restore {copy}"):
        with no_file_above(room):
            done = call(data, command)
        if room == 0 or command in WRITING[:2]:
            told(done, ROOM, command)
        assert "copy" not in done.stderr or ROOM in done.stderr, done.stderr  # of a ledger that is whole none is taken
    with no_file_above(room):
        told(claimloom("db", "backup", data.parent / "other.db", "--data", data), ROOM, "db backup")
    assert not (data.parent / "other.db").exists()
    mended(data)


@pytest.mark.parametrize("what", ["outbound", "archive", "."])
def test_a_folder_that_takes_nothing_is_named(data: Path, what: str) -> None:
    (data / what).mkdir(exist_ok=True)
    for name in ("claimloom.db-wal", "claimloom.db-shm"):
        assert not (data / name).exists()
    (data / what).chmod(0o500)
    with held_to_rights():
        for command in WRITING[:2]:
            told(call(data, command), RIGHTS, command)
    if what != ".":
        with held_to_rights():
            assert f"{data / what}" in call(data, WRITING[0]).stderr
    (data / what).chmod(0o700)
    mended(data)


@pytest.mark.parametrize("mode", [0o400, 0])
def test_a_ledger_without_rights_is_told(data: Path, mode: int) -> None:
    (data / "claimloom.db").chmod(mode)
    with held_to_rights():
        for command in (*WRITING, "claims list"):
            told(call(data, command), f"claimloom.db: {'attempt to write a readonly' if mode else 'unable'}", command)
    (data / "claimloom.db").chmod(0o600)
    mended(data)


def test_a_backup_that_nobody_may_read_is_named(data: Path) -> None:
    (data.parent / "copy.db").chmod(0)
    with held_to_rights():
        told(call(data, "db restore {copy}"), f"copy.db: Permission denied{RIGHTS}", "db restore")
    mended(data)


def test_a_ledger_that_another_process_holds_is_told_within_its_time(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_database, "LOCK_SECONDS", 0.2)
    with closing(sqlite3.connect(data / "claimloom.db", isolation_level=None)) as holder:
        holder.execute("begin immediate")
        for command in (*WRITING, "claims list"):
            told(call(data, command), "database is locked; another process writes to it; try again", command)
        holder.rollback()
    mended(data)


@contextmanager
def locked(engine: Engine) -> Iterator[None]:
    with closing(sqlite3.connect(str(engine.url.database), isolation_level=None)) as holder:
        holder.execute("begin immediate")
        yield
        holder.rollback()


def test_a_step_that_does_not_wait_gives_nothing_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger_database, "LOCK_SECONDS", 0.2)
    engine = open_ledger(f"sqlite:///{tmp_path}/claimloom.db", tmp_path / "chain.key")
    events = [each.event for each in feed(engine, INTAKE, lambda _: [draft(each) for each in visits(3)]).new]
    with locked(engine), pytest.raises(DBAPIError, match="database is locked"):
        run_step(engine, BUILDER, events, policy=Policy(at_once=True))
    made = run_step(engine, BUILDER, events, policy=Policy(at_once=True))
    assert [each.event.type for each in made] == ["claim-built"] * 3
    engine.dispose()


def only_reads(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"alter database {url.rpartition('/')[2]} set default_transaction_read_only = on")  # type: ignore[arg-type]


def lacks_rights(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        name = url.rpartition("/")[2]
        for said in (
            f"create role of_{name}",
            f"grant select on all tables in schema public to of_{name}",
            f"alter role current_user in database {name} set role = of_{name}",
        ):
            connection.execute(said)  # type: ignore[arg-type]


@pytest.mark.server
@pytest.mark.parametrize(
    ("prepare", "said"),
    [
        (
            only_reads,
            "read-only transaction; it only reads (a standby, or default_transaction_read_only); name the one",
        ),
        (
            lacks_rights,
            "permission denied for sequence journal_seq_seq; its user lacks a right there; grant it, or name another",
        ),
    ],
)
def test_a_server_that_does_not_take_it_is_told(
    database: str, tmp_path: Path, prepare: Callable[[str], None], said: str
) -> None:
    engine = open_engine(database)
    migrate(engine)
    (tmp_path / "visits.jsonl").write_bytes(contract.lines(contract.visits(3)))
    here = {"CLAIMLOOM_DATA": str(tmp_path / "data"), "CLAIMLOOM_DB": database}
    assert claimloom("run", "--until-idle", environment=here).returncode == 0
    engine.dispose()
    prepare(database)
    done = claimloom("sessions", "import", tmp_path / "visits.jsonl", environment=here)
    told(done, said, "sessions import")
    with engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(journal)) == 0
    engine.dispose()
