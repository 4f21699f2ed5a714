"""PostgreSQL as a ledger: months, migrations with data, batched statements, backup and restore."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from alembic.migration import MigrationContext
from sqlalchemy import event, func, select, text

from claimloom.ledger.books.claims import claims
from claimloom.ledger.books.common import add_to_totals
from claimloom.ledger.books.visits import visit_totals
from claimloom.ledger.database import open_engine
from claimloom.ledger.migration import HEAD, ensure_months, migrate
from claimloom.ledger.tables import journal
from claimloom.ledger.views.claims import all_claims
from claimloom.ledger.views.scope import EVERYTHING
from claimloom.sandbox.visits import make_visits
from claimloom.settings import Settings
from claimloom.system import System
from tests.runtime.contract import contents
from tools.local import Postgres, new_database

pytestmark = pytest.mark.migrates

DAY = date(2026, 11, 20)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.server)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/claimloom.db"
    return str(request.getfixturevalue("database"))


@pytest.fixture
def filled(url: str, tmp_path: Path) -> Iterator[System]:
    """A ledger with forty visits, on either database."""
    engine = open_engine(url)
    migrate(engine)
    engine.dispose()
    settings = Settings(tmp_path, as_of=DAY, db="" if url.startswith("sqlite") else url)
    system = System(settings)
    lines = "".join(json.dumps(each.visit) + "\n" for each in make_visits(4, 40, DAY))
    (tmp_path / "inbound" / "visits.jsonl").write_text(lines)
    system.run_until_idle()
    yield system
    system.close()


def test_the_journal_stands_in_months(database: str, tmp_path: Path) -> None:
    engine = open_engine(database)
    migrate(engine)
    row = {"type": "t", "tenant": "t", "body": "{}", "source": "s"}
    with engine.begin() as connection:
        rows = [
            row | {"id": "1", "month": "2026-11"},
            row | {"id": "2", "month": "2027-01"},
            row | {"id": "3", "month": "1999-01"},
        ]
        connection.execute(journal.insert(), rows)

    def where(number: str) -> str:
        query = text("select tableoid::regclass::text from journal where id = :id")
        with engine.connect() as connection:
            return str(connection.scalar(query, {"id": number}))

    assert {where(each) for each in "123"} == {"journal_other"}
    assert ensure_months(engine, datetime(2026, 11, 30, tzinfo=UTC)) == ["2026-11", "2026-12", "2027-01"]
    assert ensure_months(engine, datetime(2026, 11, 30, tzinfo=UTC)) == []
    assert [where(each) for each in "123"] == ["journal_2026_11", "journal_2027_01", "journal_other"]
    with engine.begin() as connection:
        connection.execute(journal.insert(), [row | {"id": "4", "month": "2026-12"}])
        assert connection.scalar(select(func.count()).select_from(journal)) == 4
        assert connection.scalar(select(func.max(journal.c.seq))) == 4
        assert MigrationContext.configure(connection).get_current_revision() == HEAD
    assert where("4") == "journal_2026_12"
    engine.dispose()


def test_statements_do_not_grow_with_the_batch(database: str, tmp_path: Path) -> None:
    """Ten times the visits in a batch are the same statements, each for more rows."""

    def statements(visits: int, url: str) -> Counter[str]:
        engine = open_engine(url)
        migrate(engine)
        engine.dispose()
        folder = tmp_path / str(visits)
        system = System(Settings(folder, as_of=DAY, db=url))
        lines = "".join(json.dumps(each.visit) + "\n" for each in make_visits(4, visits, DAY))
        (folder / "inbound" / "visits.jsonl").write_text(lines)
        seen: Counter[str] = Counter()

        @event.listens_for(system.engine, "before_cursor_execute")
        def _count(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            seen[statement.split("(", maxsplit=1)[0][:60]] += 1

        system.run_until_idle()
        system.close()
        return seen

    few, many = statements(20, database), statements(200, new_database(database, psycopg))
    assert many.total() <= few.total() * 1.5, (few.total(), many.total())


def run(command: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    program = [sys.executable, "-m", "claimloom", *command]
    return subprocess.run(program, env=environment, capture_output=True, text=True, check=False, timeout=60)


def exported(system: System) -> list[Any]:
    with system.engine.connect() as connection:
        return [row.json() for row in all_claims(connection, EVERYTHING)]


@pytest.mark.process
def test_backup_is_the_whole_ledger(url: str, filled: System, tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CLAIMLOOM_")}
    environment |= {"CLAIMLOOM_DATA": str(tmp_path), "CLAIMLOOM_PG_DUMP": str(Postgres.program("pg_dump"))}
    environment |= {"CLAIMLOOM_DB": url} if filled.settings.db else {}
    file = tmp_path / "ledger.backup"
    done = run(["db", "backup", str(file), "--json"], environment)
    assert (done.returncode, json.loads(done.stdout)["bytes"]) == (0, file.stat().st_size), done.stderr
    again = run(["db", "backup", str(file)], environment)
    assert again.returncode == 2
    assert "is there already" in again.stderr
    copy = tmp_path / "copy"
    copy.mkdir()
    shutil.copy(tmp_path / "chain.key", copy)
    if filled.settings.db:
        fresh = new_database(url, psycopg)
        restore = [str(Postgres.program("pg_restore")), "--no-owner", f"--dbname={fresh}", str(file)]
        subprocess.run(restore, check=True, capture_output=True)
    else:
        fresh = ""
        file.rename(copy / "claimloom.db")
    restored = System(Settings(copy, as_of=DAY, db=fresh))
    assert exported(restored) == exported(filled) != []
    assert contents(restored.engine) == contents(filled.engine)
    restored.close()


def test_a_sum_of_nothing_leaves_no_row(url: str) -> None:
    engine = open_engine(url)
    migrate(engine)
    steps = [{("t", "a"): (2,), ("t", "b"): (3,), ("u", "a"): (1,)}, {("t", "a"): (-2,), ("t", "b"): (-1,)}]
    with engine.begin() as connection:
        for each in steps:
            add_to_totals(connection, visit_totals, each)
        found = {tuple(row) for row in connection.execute(select(visit_totals))}
    engine.dispose()
    assert found == {("t", "b", 2), ("u", "a", 1)}


def test_check_and_upgrade_say_what_is(database: str, tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CLAIMLOOM_")}
    environment |= {"CLAIMLOOM_DATA": str(tmp_path), "CLAIMLOOM_DB": database}
    said: list[tuple[int, str]] = []
    for name in ("check", "upgrade", "check", "upgrade"):
        done = run(["db", name], environment)
        said.append((done.returncode, done.stdout))
    assert [code for code, _ in said] == [1, 0, 0, 0]
    assert "does not fit: claimloom db upgrade" in said[0][1]
    assert said[1][1].startswith(f"from nothing to {HEAD}, months made: ")
    assert said[2][1].endswith("fits\n")
    assert said[3][1] == f"at {HEAD} already\n"
    away = run(["db", "check"], environment | {"CLAIMLOOM_DB": "postgresql://x:secret@127.0.0.1:1/none"})
    assert away.returncode == 2
    assert away.stderr.startswith("claimloom: database: ")
    assert "secret" not in away.stderr


def test_a_claim_knows_its_place_among_the_patients(filled: System) -> None:
    with filled.engine.connect() as connection:
        rows = connection.execute(select(claims.c.patient_id, claims.c.number).order_by(claims.c.number)).all()
    found: dict[str, list[int]] = {}
    for patient, number in rows:
        found.setdefault(patient, []).append(number)
    assert all(numbers == list(range(len(numbers))) for numbers in found.values())


def test_a_file_that_gives_a_fault_stops_no_other(database: str, tmp_path: Path) -> None:
    """PostgreSQL takes no zero byte in a text, so the step fails at any try."""
    engine = open_engine(database)
    migrate(engine)
    engine.dispose()
    system = System(Settings(tmp_path, as_of=DAY, db=database))
    good = next(each.visit for each in make_visits(4, 1, DAY))
    remit = (Path(__file__).parents[2] / "edi_samples/835/835_example.edi").read_bytes()
    (tmp_path / "inbound" / "a.edi").write_bytes(remit.replace(b"EFT20261125A", b"EFT\x0020261125A"))
    (tmp_path / "inbound" / "b.jsonl").write_text(json.dumps(good))
    taken = system.run_until_idle()
    assert [(each.name, each.new) for each in taken] == [("b.jsonl", 1), ("a.edi", 0)]  # an answer waits for a visit
    assert "cannot be read: DataError in " in (tmp_path / "rejected" / "a.edi.reason.txt").read_text()
    system.close()
