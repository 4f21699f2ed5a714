"""A ledger of the version before is refused until it is upgraded, and then says what it said, with nothing lost.

``tests/ledger/old`` holds one that was made by the code of commit ce7d22d (schema 0003) from ``contract.whole_way``: 16
visits of seed 14 with the unbuildable one and the corrected one, all answers of the invented payer, and a payment of
another company's claims (an 835 of seed 28). ``ledger.tar.xz`` is its data folder on SQLite (claimloom.db, archive,
outbound), ``ledger.sql.xz`` the same on PostgreSQL 17 by ``pg_dump --no-owner --no-privileges``, and ``said.json`` what
that version's ``claims export``, ``worklist --json --limit 0``, ``dead-letters list --json`` and ``run`` printed of it.
"""

from __future__ import annotations

import io
import json
import lzma
import shutil
import signal
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import psycopg
import pytest
from alembic.command import upgrade
from alembic.config import Config
from sqlalchemy import Engine, inspect, select, text

from claimloom.ledger import migration
from claimloom.ledger.books import FOLDED
from claimloom.ledger.database import open_engine
from claimloom.ledger.migration import HEAD
from claimloom.ledger.tables import inbox
from claimloom.packing import unpack
from tests.command import Done, claimloom
from tests.runtime import contract
from tests.services.payers_say import SUPPLEMENT, Line, claims_in, remittance
from tests.sessions import visit
from tests.test_cases import EARNEST
from tools.local import Postgres, free_port, new_database

pytestmark = pytest.mark.migrates
OLD: Final = Path(__file__).parent / "old"
SAID: Final[dict[str, Any]] = json.loads((OLD / "said.json").read_text(encoding="utf-8"))
CLAIM: Final = str(SAID["claims"][0]["patient_control_number"])
COMMANDS: Final = (
    ("claims", "list"),
    ("claims", "export"),
    ("claims", "show", CLAIM),
    ("claims", "find", CLAIM),
    ("claims", "reads", CLAIM),
    ("worklist",),
    ("run", "--until-idle"),
    ("replay",),
    ("doctor",),
    ("dead-letters", "list"),
    ("dead-letters", "show", "any"),
    ("dead-letters", "redrive", "all"),
    ("keys", "list"),
    ("keys", "rotate", "demo"),
    ("keys", "rewrap"),
    ("keys", "erase", "demo", "--yes"),
)
# What became of a table that is gone.
NOW_IN: Final = {"files": "outbox"}


@dataclass
class Old:
    """A ledger as the version before left it."""

    folder: Path
    db: str = ""
    engine: Engine = field(init=False)

    def __post_init__(self) -> None:
        self.engine = open_engine(self.db or f"sqlite:///{self.folder}/claimloom.db")

    @property
    def environment(self) -> dict[str, str]:
        return {"CLAIMLOOM_DATA": str(self.folder), "CLAIMLOOM_AS_OF": "2026-11-20", "CLAIMLOOM_DB": self.db}

    def run(self, *words: str) -> Done:
        return claimloom(*words, environment=self.environment)

    def json(self, *words: str) -> list[dict[str, Any]]:
        done = self.run(*words)
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    def upgrade(self) -> None:
        done = self.run("db", "upgrade")
        assert (done.returncode, done.stdout.partition(",")[0].strip()) == (0, f"from 0003 to {HEAD}"), done.stderr

    def counts(self) -> dict[str, int]:
        names = [name for name in inspect(self.engine).get_table_names() if not name.startswith("journal_")]
        with self.engine.connect() as connection:
            return {name: connection.scalar(text(f"select count(*) from {name}")) or 0 for name in names}

    def events(self) -> list[Any]:
        """What does not depend on the schema: each event's place, id, text, and what caused it."""
        with self.engine.connect() as connection:
            rows = connection.execute(text("select * from journal order by seq")).all()
        ids = {row.seq: row.id for row in rows}
        return [
            (
                *(row.seq, row.id, row.type, row.tenant, row.source, row.month),
                *(_text(row.body), ids.get(row.caused_by, row.caused_by)),
            )
            for row in rows
        ]


def _text(body: Any) -> str:
    return body if isinstance(body, str) else unpack(bytes(body)).decode()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.server)])
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Old]:
    with tarfile.open(fileobj=io.BytesIO(lzma.decompress((OLD / "ledger.tar.xz").read_bytes()))) as packed:
        packed.extractall(tmp_path, filter="data")
    url = ""
    if request.param == "postgresql":
        (tmp_path / "claimloom.db").unlink()
        url = new_database(request.getfixturevalue("postgres"), psycopg)
        dump = lzma.decompress((OLD / "ledger.sql.xz").read_bytes())
        command = [str(Postgres.program("psql")), "--quiet", "--set=ON_ERROR_STOP=1", url]
        subprocess.run(command, input=dump, check=True, capture_output=True)
    made = Old(tmp_path, url)
    yield made
    made.engine.dispose()


def test_every_command_refuses_it_in_one_line_and_leaves_it_as_it_is(old: Old, tmp_path: Path) -> None:
    sessions = tmp_path / "more.jsonl"
    sessions.write_text(json.dumps(visit().model_dump(mode="json")) + "\n")
    remits = old.folder / "archive" / "835-000000001.edi"
    commands = [*COMMANDS, ("sessions", "import", str(sessions)), ("remits", "import", str(remits))]
    before = old.counts(), old.events()
    for words in commands:
        done = old.run(*words)
        said = done.stderr.splitlines()
        assert (done.returncode, done.stdout, len(said)) == (2, "", 1), (words, done)
        assert "at schema 0003, this version needs" in said[0], (words, said)
        assert "claimloom db upgrade" in said[0], (words, said)
    assert (old.counts(), old.events()) == before
    checked = old.run("db", "check")
    assert (checked.returncode, "does not fit: claimloom db upgrade" in checked.stdout) == (1, True)


@pytest.mark.parametrize("old", [pytest.param("postgresql", marks=pytest.mark.server)], indirect=True)
def test_a_worker_refuses_it(old: Old) -> None:
    addresses = {"CLAIMLOOM_KAFKA": "127.0.0.1:1", "CLAIMLOOM_PORT": str(free_port())}
    done = claimloom("worker", "claim_builder", environment=old.environment | addresses)
    (said,) = [json.loads(line) for line in done.stderr.splitlines()]
    assert (done.returncode, said["event"]) == (2, "cannot run")
    assert "claimloom db upgrade" in said["reason"]


def test_a_backup_can_be_made_before_the_upgrade(old: Old, tmp_path: Path) -> None:
    environment = old.environment | {"CLAIMLOOM_PG_DUMP": str(Postgres.program("pg_dump"))}
    done = claimloom("db", "backup", str(tmp_path / "before"), environment=environment)
    assert done.returncode == 0, done.stderr


def same_fields(rows: list[dict[str, Any]], said: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows with the fields that the version before had."""
    return [{name: row[name] for name in said[0]} for row in rows]


def test_the_lists_are_what_the_version_before_said(old: Old) -> None:
    old.upgrade()

    def by_number(rows: list[dict[str, Any]]) -> list[str]:
        return sorted(json.dumps(row, sort_keys=True) for row in rows)

    claims = same_fields(old.json("claims", "export"), SAID["claims"])
    assert by_number(claims) == by_number(SAID["claims"])
    assert same_fields([contract.totals(old.engine)], [SAID["summary"]]) == [SAID["summary"]]
    # The order is another one on purpose: it weighs now how likely the money comes.
    work = same_fields(old.json("worklist", "--json", "--limit", "0"), SAID["worklist"])
    assert [row["rank"] for row in work] == list(range(1, len(work) + 1))
    assert by_number([row | {"rank": 0} for row in work]) == by_number([row | {"rank": 0} for row in SAID["worklist"]])
    assert old.json("dead-letters", "list", "--json") == SAID["dead_letters"]
    contract.standings_equal_the_fold(old.engine)


def test_nothing_is_lost_and_the_journal_is_the_same_to_the_byte(old: Old) -> None:
    counts, events = old.counts(), old.events()
    old.upgrade()
    now = old.counts()
    grown = {"inbox", "positions"}  # what the new service is said to have had
    gone = {"dead_letters"}  # they are read in the journal
    assert {name: now[NOW_IN.get(name, name)] for name in counts.keys() - grown - gone} == {
        name: count for name, count in counts.items() if name not in grown | gone
    }
    assert all(now[name] > counts[name] for name in grown)
    assert old.events() == events
    with old.engine.connect() as connection:
        assert connection.scalar(select(inbox.c.outcome).where(inbox.c.outcome == "dead")) == "dead"
    assert old.run("db", "upgrade").stdout.startswith(f"at {HEAD} already")


def test_no_row_is_without_its_tenant(old: Old) -> None:
    old.upgrade()
    with old.engine.connect() as connection:
        for table in FOLDED:
            if "tenant" in table.c and table.name != "control_numbers":
                nobody = connection.execute(select(table).where(table.c.tenant == "")).all()
                assert nobody == [], table.name


def test_rebuilding_from_the_journal_gives_the_same_tables(old: Old) -> None:
    old.upgrade()
    contract.replayed_equal(old.folder, old.db)
    contract.standings_equal_the_fold(old.engine)


def test_its_whole_archive_read_again_is_no_news(old: Old) -> None:
    old.upgrade()
    before, events = contract.contents(old.engine), old.events()
    shutil.copytree(old.folder / "archive", old.folder / "inbound", dirs_exist_ok=True)
    done = old.run("run", "--until-idle", "--json")
    assert done.returncode == 0, done.stderr
    assert list((old.folder / "inbound").iterdir()) == []
    assert old.events() == events
    assert contract.contents(old.engine) == before


def test_its_dead_letter_is_given_again_and_it_goes_on(old: Old) -> None:
    old.upgrade()
    given = old.run("dead-letters", "redrive", "all", "--json")
    assert (given.returncode, json.loads(given.stdout)) == (0, {"redriven": 1, "still_dead": 0})
    (item,) = map(json.loads, old.run("worklist", "--kind", "not_billed", "--json").stdout.splitlines())
    assert "no fee for" in item["reason"]
    # What it lacks is a fee: the visit is sent again with it.
    mended = visit(session_id="NO-FEE", revision=2).model_dump(mode="json")
    (old.folder / "inbound" / "mended.jsonl").write_text(json.dumps(mended) + "\n")
    before = contract.totals(old.engine)
    assert old.run("run", "--until-idle").returncode == 0
    after = contract.totals(old.engine)
    assert {name: after[name] - before[name] for name in ("sessions", "claims", "submitted")} == {
        "sessions": 1,
        "claims": 1,
        "submitted": 1,
    }
    contract.standings_equal_the_fold(old.engine)
    contract.replayed_equal(old.folder, old.db)


WAITS_FOR_MEDICARE: Final = "C36FZJ6E4EJPQ7-1"
"""Of 82.00, accepted by the payer and never answered."""
ITS_VISIT: Final = "V00006"


def insure_twice(old: Old) -> None:
    """Its visit has a second insurance, in the events as that version wrote them."""
    with old.engine.begin() as connection:
        for row in connection.execute(text("select seq, type, body from journal")).all():
            event = json.loads(row.body)
            visit_told = event["data"].get("session", event["data"])
            if row.type in ("session-completed", "claim-built") and visit_told["session_id"] == ITS_VISIT:
                visit_told["coverages"].append(SUPPLEMENT)
                put = text("update journal set body = :body where seq = :seq")
                connection.execute(put, {"body": json.dumps(event), "seq": row.seq})


def test_a_claim_of_before_is_followed_by_the_next_payers(old: Old) -> None:
    """It said neither what comes after its payer nor what should be paid; its visit and the contract say so."""
    insure_twice(old)
    old.upgrade()
    contract.standings_equal_the_fold(old.engine)
    contract.replayed_equal(old.folder, old.db)
    sent_before = set((old.folder / "outbound").iterdir())
    lines = (Line("HC:97535:GO:CO", "82", "40.00", ("CO*45*30", "PR*2*12")),)
    told = remittance(
        WAITS_FOR_MEDICARE, lines, trace="88001", paid="40.00", charge="82", icn="1126330000777", day="20261125"
    )
    (old.folder / "inbound" / "835-late.edi").write_text(told)
    assert old.run("run", "--until-idle").returncode == 0
    (made,) = set((old.folder / "outbound").iterdir()) - sent_before
    (second,) = claims_in(made.read_text(encoding="ascii"))
    assert (second.payer, second.place, second.frequency) == ("88888", "S", "1")
    assert second.having("AMT*D*40") == ["AMT*D*40"]
    (row,) = [each for each in old.json("claims", "export") if each["patient_control_number"] == WAITS_FOR_MEDICARE]
    assert (row["state"], row["patient_responsibility_cents"]) == ("paid", 0)
    contract.replayed_equal(old.folder, old.db)


def forget_its_answer(old: Old) -> None:
    """The claim's only remittance, which does not balance, never came."""
    with old.engine.begin() as connection:
        for table in ("remittances", "reconciliations", "work_items"):
            where = text(f"delete from {table} where patient_control_number = :number")
            connection.execute(where, {"number": WAITS_FOR_MEDICARE})
        types = "('remittance-received', 'claim-reconciled')"
        gone = text(f"delete from journal where type in {types} and body like :number")
        connection.execute(gone, {"number": f"%{WAITS_FOR_MEDICARE}%"})


def test_a_claim_of_before_that_nobody_answers_is_work_with_its_contracts_money(old: Old) -> None:
    """What was refused is not asked after: it is work already."""
    forget_its_answer(old)
    old.upgrade()
    late = old.environment | EARNEST | {"CLAIMLOOM_AS_OF": "2026-12-28"}
    assert claimloom("run", "--until-idle", environment=late).returncode == 0
    work = old.json("worklist", "--json", "--limit", "0")
    (told,) = [each for each in work if each["kind"] == "no_answer"]
    assert told["visit_id"] == ITS_VISIT
    assert (told["of_charge"], 0 < told["recoverable_cents"] < 8200) == (False, True)
    assert told["last_day"][:4] == "2027"


def to_revision(engine: Engine, wanted: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migration.__file__).parent / "migrations"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        upgrade(config, wanted)


def test_one_of_the_first_schema_becomes_the_same(old: Old, tmp_path: Path) -> None:
    """The rows are copied into a ledger of schema 0001, as far as that has their columns, and both are upgraded."""
    url = new_database(old.db, psycopg) if old.db else ""
    (tmp_path / "first").mkdir()
    first = Old(tmp_path / "first", url)
    to_revision(first.engine, "0001")
    there = inspect(first.engine)
    tables = {
        name: [each["name"] for each in there.get_columns(name)]
        for name in there.get_table_names()
        if name != "alembic_version"
    }
    with old.engine.connect() as one, first.engine.begin() as other:
        for name, columns in tables.items():
            rows = one.execute(text(f"select {', '.join(columns)} from {name}")).all()
            marks = ", ".join(f":{each}" for each in columns)
            for row in rows:
                values = dict(zip(columns, row, strict=True))
                other.execute(text(f"insert into {name} ({', '.join(columns)}) values ({marks})"), values)
    old.upgrade()
    done = first.run("db", "upgrade")
    assert done.stdout.startswith(f"from 0001 to {HEAD}"), done.stderr
    assert contract.contents(first.engine) == contract.contents(old.engine)
    assert first.events() == old.events()
    contract.replayed_equal(first.folder, first.db)
    first.engine.dispose()


# Carries the journal seven events at a time, and dies like a machine that loses its power before some statement.
KILLED: Final = """
import itertools, os, sys
from sqlalchemy import Engine, event
from claimloom.ledger import migration
from claimloom.ledger.database import open_engine
from claimloom.ledger.migrations import carry
carry.PAGE = 7
url, begin, times = sys.argv[1], sys.argv[2], int(sys.argv[3])
count = itertools.count(1)
def die(connection, cursor, statement, *_):
    if statement.lower().split() [:len(begin.split())] == begin.split() and next(count) == times:
        os.kill(os.getpid(), 9)
event.listen(Engine, "before_cursor_execute", die)
migration.migrate(open_engine(url))
"""
# Before which statement, the how manieth time, and how much of the journal has been carried then.
MOMENTS: Final = (
    ("insert into journal_next", 1, 0),
    ("insert into journal_next", 4, 21),
    ("insert into journal_next", 9, 77),
    ("drop table journal", 1, None),
    ("insert into claims", 1, None),
    ("insert into standings", 1, None),
)


@pytest.mark.process
def test_an_upgrade_that_is_killed_goes_on_where_it_was(old: Old) -> None:
    events = old.events()
    for begin, times, carried in MOMENTS:
        url = old.db or f"sqlite:///{old.folder}/claimloom.db"
        command = [sys.executable, "-c", KILLED, url, begin, str(times)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=100)
        assert done.returncode == -signal.SIGKILL, (begin, done.stderr)
        with old.engine.connect() as connection:
            count = connection.scalar(text("select count(*) from journal_next"))
        assert count == (len(events) if carried is None else carried), begin
        assert old.events() == events
        listed = old.run("claims", "list")
        assert (listed.returncode, "this version needs" in listed.stderr) == (2, True)
    assert old.run("db", "upgrade").returncode == 0
    assert old.events() == events
    contract.replayed_equal(old.folder, old.db)
    contract.standings_equal_the_fold(old.engine)
    claims = same_fields(old.json("claims", "export"), SAID["claims"])
    assert sorted(map(str, claims)) == sorted(map(str, SAID["claims"]))
