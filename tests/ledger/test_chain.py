"""Who has all rights in the database changes, removes or puts in what he likes: it shows, and where.

The attacker knows the code, packs and counts as it does, and has everything but the key and the data folder's files.
"""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import psycopg
import pytest

from claimloom.ledger import audit
from claimloom.ledger.chain import MARK, read_places, use_chain, written_places
from claimloom.ledger.chain_key import ChainKey
from claimloom.ledger.database import open_engine
from claimloom.ledger.erasure import erase
from claimloom.ledger.heads import NAME
from claimloom.ledger.migration import migrate
from claimloom.ledger.verification import Verified
from claimloom.packing import pack, unpack
from claimloom.sandbox.visits import make_visits
from claimloom.sealing import MasterKeys
from claimloom.settings import Settings
from claimloom.system import System
from tests.chains import looked
from tests.command import claimloom
from tests.ledger.test_upgrade import Old, old  # noqa: F401 - a fixture
from tests.runtime import contract

SEED: Final = 14
GUESSED: Final = ChainKey(b"g" * 32)
MASTER: Final = MasterKeys({"2026-11": b"m" * 32})


@dataclass
class Ledger:
    """A data folder on SQLite, and its database as an attacker has it."""

    folder: Path

    @property
    def url(self) -> str:
        return f"sqlite:///{self.folder}/claimloom.db"

    def change(self, *statements: str) -> None:
        with closing(sqlite3.connect(self.folder / "claimloom.db")) as connection:
            for each in statements:
                assert connection.execute(each).rowcount, each
            connection.commit()

    def ask(self, query: str) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(self.folder / "claimloom.db")) as connection:
            return connection.execute(query).fetchall()

    def one(self, query: str) -> int:
        found = self.ask(query)[0][0]
        assert isinstance(found, int)
        return found

    def look(self) -> Verified:
        return looked(self.url, self.folder)

    def run(self, *words: str) -> tuple[int, str]:
        done = claimloom(*words, "--data", self.folder, environment={"CLAIMLOOM_AS_OF": "2026-11-20"})
        return done.returncode, done.stdout + done.stderr


class Worked:
    """A ledger with the whole way of some visits of one tenant, visits of another, and a read."""

    def __init__(self, folder: Path, master: MasterKeys | None = None) -> None:
        self.folder = folder
        self.system = System(Settings(folder, as_of=contract.DAY, master=master))
        self.engine = self.system.engine

    def deliver(self, files: dict[str, bytes]) -> None:
        for name, content in files.items():
            (self.folder / "inbound" / name).write_bytes(content)
        self.system.run_until_idle()


def lines_of_another() -> bytes:
    others = [each.visit | {"tenant": "other"} for each in make_visits(6, 4, date(2026, 11, 20))]
    return "".join(json.dumps(each) + "\n" for each in others).encode()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("chain")
    worked = Worked(folder)
    contract.whole_way(worked, list(make_visits(SEED, 10, contract.DAY)), SEED)
    claim_ids = [str(row[0]) for row in Ledger(folder).ask("select claim_id from claims limit 3")]
    for number in range(3):
        audit.record(worked.engine, f"claims show {number}", claim_ids)
    worked.deliver({"other.jsonl": lines_of_another()})
    worked.system.close()
    return folder


@pytest.fixture
def ledger(made: Path, tmp_path: Path) -> Iterator[Ledger]:
    copied = tmp_path / "data"
    shutil.copytree(made, copied)
    yield Ledger(copied)


def test_what_nobody_changed_fits(ledger: Ledger) -> None:
    found = ledger.look()
    assert (found.faults, found.older, found.reads) == ([], 0, 9)
    assert found.events == ledger.one("select count(*) from journal")
    assert {(each.kept, each.tenant) for each in found.ends} == {
        ("ledger", ""),
        ("audit", ""),
        *(("journal", str(row[0])) for row in ledger.ask("select distinct tenant from journal")),
    }
    code, said = ledger.run("verify")
    assert (code, said.splitlines()[-1].endswith("all is as it was written")) == (0, True)
    assert ledger.run("replay")[0] == 0
    assert ledger.run("doctor")[0] in (0, 1)
    assert '"chain": "ok"' in ledger.run("doctor", "--json")[1]


def place_of(ledger: Ledger, kind: str = "remittance-received") -> int:
    return ledger.one(f"select seq from journal where type = '{kind}' and tenant = 'demo' order by seq limit 1")


def changed_body(ledger: Ledger) -> int:
    """An amount, packed as the code packs."""
    place = place_of(ledger)
    with closing(sqlite3.connect(ledger.folder / "claimloom.db")) as connection:
        body = unpack(connection.execute("select body from journal where seq = ?", [place]).fetchone()[0])
        other = re.sub(rb'"paid_cents":(\d+)', rb'"paid_cents":1\1', body)
        assert other != body
        connection.execute("update journal set body = ? where seq = ?", [pack(other), place])
        connection.commit()
    return place


def told_anew(ledger: Ledger, place: int) -> None:
    """The records from that place on made anew, as the code makes them, by a key that was guessed."""
    with closing(sqlite3.connect(ledger.folder / "claimloom.db")) as connection:
        query = "select number, kind, places from chain where kept = 'journal' and tenant = 'demo' order by number"
        link = str(connection.execute("select link from chain where kept = 'ledger'").fetchone()[0])
        begun = False
        for number, kind, said in connection.execute(query).fetchall():
            mine = "kept = 'journal' and tenant = 'demo' and number = ?"
            before = connection.execute(f"select marks, link from chain where {mine}", [number]).fetchone()
            places = read_places(said, len(before[0]) // MARK)
            begun = begun or place in places
            if not begun:
                link = before[1]
                continue
            rows = "select seq, id, type, body from journal where seq = ?"
            digests = [
                GUESSED.row("journal", [*row[:3]], unpack(row[3]).decode())
                for each in places
                for row in connection.execute(rows, [each])
            ]
            places = [each for each in places if connection.execute(rows, [each]).fetchone()]
            link = GUESSED.link(link, ["journal", "demo", number, kind, written_places(places)], digests)
            values = [written_places(places), b"".join(each[:MARK] for each in digests), link, number]
            connection.execute(f"update chain set places = ?, marks = ?, link = ? where {mine}", values)
        connection.commit()


def changed_with_its_records(ledger: Ledger) -> int:
    place = changed_body(ledger)
    told_anew(ledger, place)
    return place


def text_in_place_of_packed(ledger: Ledger) -> int:
    place = place_of(ledger)
    ledger.change(f"update journal set body = 'nonsense' where seq = {place}")
    return place


def text_of_the_same_bytes(ledger: Ledger) -> int:
    place = place_of(ledger)
    ledger.change(f"update journal set body = cast(body as text) where seq = {place}")
    return place


def swapped(ledger: Ledger) -> int:
    first, second = place_of(ledger), place_of(ledger, "claim-built")
    ledger.change(
        f"update journal set seq = -1 where seq = {first}",
        f"update journal set seq = {first} where seq = {second}",
        f"update journal set seq = {second} where seq = -1",
    )
    return first


def removed(ledger: Ledger) -> int:
    place = place_of(ledger)
    ledger.change(f"delete from journal where seq = {place}")
    return place


def record_of(ledger: Ledger, place: int) -> int:
    query = "select number, places, length(marks) from chain where kept = 'journal' and tenant = 'demo'"
    for number, places, size in ledger.ask(query):
        if place in read_places(str(places), int(str(size)) // MARK):
            return int(str(number))
    raise AssertionError(place)


def record_removed(ledger: Ledger) -> int:
    place = place_of(ledger)
    number = record_of(ledger, place)
    ledger.change(f"delete from chain where kept = 'journal' and tenant = 'demo' and number = {number}")
    return place


def taken_out_of_its_record(ledger: Ledger) -> int:
    place = removed(ledger)
    told_anew(ledger, place)
    return place + 1


def put_in(ledger: Ledger) -> int:
    place = ledger.one("select max(seq) from journal") + 1
    ledger.change(
        "insert into journal select (select max(seq) from journal) + 1, '00000000-0000-0000-0000-000000000000', type, "
        f"tenant, claim, body, source, caused_by, month from journal where seq = {place_of(ledger)}"
    )
    return place


def put_in_with_a_record(ledger: Ledger) -> int:
    place = put_in(ledger)
    mark = GUESSED.row("journal", [place, "", ""], "")[:MARK].hex()
    ledger.change(
        "insert into chain select 'journal', 'demo', max(number) + 1, 'rows', "
        f"'{place}', x'{mark}', '{'0' * 64}' from chain where kept = 'journal' and tenant = 'demo'"
    )
    return place


def of_another_tenant(ledger: Ledger) -> int:
    place = place_of(ledger)
    ledger.change(f"update journal set tenant = 'other' where seq = {place}")
    return place


def made_by_another(ledger: Ledger) -> int:
    place = place_of(ledger)
    ledger.change(f"update journal set source = 'claim_builder' where seq = {place}")
    return place


def caused_by_another(ledger: Ledger) -> int:
    place = place_of(ledger, "claim-scrubbed")
    ledger.change(f"update journal set caused_by = {place_of(ledger)} where seq = {place}")
    return place


def caused_by_nothing(ledger: Ledger) -> int:
    place = place_of(ledger, "claim-scrubbed")
    ledger.change(f"update journal set caused_by = null where seq = {place}")
    return place


def of_another_type(ledger: Ledger) -> int:
    place = place_of(ledger)
    ledger.change(f"update journal set type = 'claim-reconciled' where seq = {place}")
    return place


AT_A_PLACE: Final = (
    *(
        changed_body,
        changed_with_its_records,
        text_in_place_of_packed,
        text_of_the_same_bytes,
        swapped,
        removed,
        record_removed,
    ),
    *(taken_out_of_its_record, put_in, put_in_with_a_record, of_another_tenant, made_by_another, caused_by_another),
    *(caused_by_nothing, of_another_type),
)


@pytest.mark.parametrize("attack", AT_A_PLACE, ids=lambda each: each.__name__)
def test_what_was_changed_is_named_by_its_place(ledger: Ledger, attack: Callable[[Ledger], int]) -> None:
    place = attack(ledger)
    found = ledger.look()
    named = {each.place: each for each in found.faults}
    assert place in named, found.faults
    assert named[place].tenant in ("demo", "other")
    code, said = ledger.run("verify")
    assert code == 1
    assert f"journal place {place} " in said
    assert "not all is as it was written" in said


def test_two_rows_that_were_swapped_are_both_named(ledger: Ledger) -> None:
    places = {place_of(ledger), place_of(ledger, "claim-built")}
    swapped(ledger)
    changed = {each.place for each in ledger.look().faults if "what it says was changed" in each.said}
    assert changed == places


def test_a_row_removed_with_its_record_leaves_a_gap(ledger: Ledger) -> None:
    number = record_of(ledger, place_of(ledger))
    places = ledger.ask(f"select places from chain where kept = 'journal' and tenant = 'demo' and number = {number}")
    first, _, last = str(places[0][0]).partition("-")
    ledger.change(
        f"delete from chain where kept = 'journal' and tenant = 'demo' and number = {number}",
        f"delete from journal where tenant = 'demo' and seq between {first} and {last or first}",
    )
    (fault,) = [each for each in ledger.look().faults if each.place is None]
    assert fault.said.startswith(f"records {number} to {number} of tenant demo are gone, which spoke of places after ")


def cut(ledger: Ledger, tenant: str = "demo", keep: int = 3) -> None:
    """The last rows of a tenant with their records."""
    query = (
        f"select places, length(marks) from chain where kept = 'journal' and tenant = '{tenant}' and number > {keep}"
    )
    gone = [place for row in ledger.ask(query) for place in read_places(str(row[0]), int(str(row[1])) // MARK)]
    ledger.change(
        f"delete from chain where kept = 'journal' and tenant = '{tenant}' and number > {keep}",
        f"delete from journal where seq in ({', '.join(map(str, gone))})",
    )


def test_a_tail_cut_off_with_its_records_shows_by_what_was_published(ledger: Ledger) -> None:
    shutil.copy(ledger.folder / NAME, ledger.folder / "elsewhere.json")
    cut(ledger)
    (fault,) = ledger.look().faults
    assert (fault.tenant, "is not here: the end was cut off" in fault.said) == ("demo", True)
    code, said = ledger.run("doctor")
    assert (code, "needs attention: chain; claimloom verify" in said) == (1, True)
    # A run after it keeps what was published, and so does one that was given a copy from elsewhere.
    before = (ledger.folder / NAME).read_bytes()
    ledger.run("run", "--until-idle")
    assert (ledger.folder / NAME).read_bytes() == before
    (ledger.folder / NAME).unlink()
    assert ledger.run("verify")[0] == 0
    assert ledger.run("verify", "--heads", str(ledger.folder / "elsewhere.json"))[0] == 1


@pytest.mark.parametrize("tenant", ["other", "demo"])
def test_a_tenant_removed_without_a_trace_shows(ledger: Ledger, tenant: str) -> None:
    ledger.change(f"delete from journal where tenant = '{tenant}'")
    assert {each.tenant for each in ledger.look().faults} == {tenant}
    ledger.change(f"delete from chain where tenant = '{tenant}'")
    assert {each.tenant for each in ledger.look().faults} == {tenant}


def test_a_chain_thrown_away_to_begin_anew_shows(ledger: Ledger) -> None:
    ledger.change("delete from chain")
    assert ledger.run("run", "--until-idle")[0] == 0
    found = ledger.look()
    assert {each.kept for each in found.faults} == {"journal", "audit", "ledger"}
    assert found.older == ledger.one("select count(*) from journal")


def test_reads_that_were_changed_removed_or_put_in_show(ledger: Ledger) -> None:
    first, second = (row[0] for row in ledger.ask("select seq from audit order by seq limit 2"))
    ledger.change(f"update audit set actor = 'nobody' where seq = {first}", f"delete from audit where seq = {second}")
    ledger.change("insert into audit select max(seq) + 1, time, actor, action, claim_id, tenant from audit")
    last = ledger.one("select max(seq) from audit")
    found = ledger.look()
    assert {(each.kept, each.place) for each in found.faults} == {("audit", each) for each in (first, second, last)}


@pytest.mark.parametrize("attack", [changed_body, removed], ids=lambda each: each.__name__)
def test_what_does_not_fit_is_not_replayed(ledger: Ledger, attack: Callable[[Ledger], int]) -> None:
    attack(ledger)
    before = ledger.ask("select * from remittances order by place")
    for _ in range(2):
        code, said = ledger.run("replay")
        assert (code, "nothing is replayed" in said) == (1, True)
    assert ledger.ask("select * from remittances order by place") == before


def test_without_the_key_or_with_another_it_says_so(ledger: Ledger) -> None:
    key = ledger.folder / "chain.key"
    assert key.stat().st_mode & 0o777 == 0o600
    key.write_bytes(b"x" * 32)
    for words in (("verify",), ("replay",), ("run", "--until-idle")):
        code, said = ledger.run(*words)
        assert (code, "CLAIMLOOM_CHAIN_KEY_FILE" in said or "another key" in said) == (2, True), said
    key.unlink()
    for words in (("verify",), ("replay",), ("run", "--until-idle")):
        code, said = ledger.run(*words)
        assert (code, "the key of the ledger's chain is not there" in said) == (2, True), said
    assert not key.exists()


def test_heads_that_somebody_wrote_are_told(ledger: Ledger) -> None:
    said = json.loads((ledger.folder / NAME).read_text())
    said["ends"][1][2] -= 1
    (ledger.folder / NAME).write_text(json.dumps(said))
    code, told = ledger.run("verify")
    assert (code, "heads.json: was changed, or made by another key" in told) == (2, True)
    code, told = ledger.run("doctor")
    assert (code, "needs attention: chain" in told) == (1, True)
    assert ledger.run("run", "--until-idle")[0] == 0
    assert json.loads((ledger.folder / NAME).read_text()) == said


def test_an_erased_tenant_fits_and_one_erased_without_a_record_shows(tmp_path: Path) -> None:
    worked = Worked(tmp_path, MASTER)
    mine = "".join(json.dumps(each.visit) + "\n" for each in make_visits(SEED, 4, contract.DAY)).encode()
    worked.deliver({"mine.jsonl": mine, "other.jsonl": lines_of_another()})
    for _ in range(2):
        erase(worked.engine, "demo", tmp_path)
    worked.system.run_until_idle()
    worked.system.close()
    ledger = Ledger(tmp_path)
    found = ledger.look()
    assert (found.faults, found.erased) == ([], ["demo"])
    ledger.change("update tenant_keys set state = 'erased', wrapped = '' where tenant = 'other'")
    (fault,) = ledger.look().faults
    assert fault.said == "tenant other: its keys are erased, and no record of its chain says so"


def test_an_older_ledger_is_chained_from_its_upgrade_on(old: Old) -> None:  # noqa: F811
    old.upgrade()
    found = looked(old.db or f"sqlite:///{old.folder}/claimloom.db", old.folder)
    with old.engine.connect() as connection:
        count = len(connection.exec_driver_sql("select seq from journal").all())
    assert (found.faults, found.events, found.older) == ([], 0, count)
    done = old.run("replay")
    assert done.returncode == 0, done.stdout
    more = [
        each.visit | {"session_id": f"more-{number}"} for number, each in enumerate(make_visits(3, 4, contract.DAY))
    ]
    visits = "".join(json.dumps(each) + "\n" for each in more).encode()
    (old.folder / "inbound").mkdir(exist_ok=True)
    (old.folder / "inbound" / "more.jsonl").write_bytes(visits)
    assert old.run("run", "--until-idle").returncode == 0
    found = looked(old.db or f"sqlite:///{old.folder}/claimloom.db", old.folder)
    assert (found.faults, found.older) == ([], count)
    assert found.events > 4


WRITER: Final = """
import sys
from pathlib import Path
from claimloom.ledger.migration import open_ledger
from claimloom.runtime.feed import feed
from tests.runtime.test_step import INTAKE, draft
from tests.sessions import visit
engine = open_ledger(sys.argv[1], Path(sys.argv[2]))
print("ready", flush=True)
sys.stdin.readline()
for number in range(40):
    some = [visit(session_id=f"{sys.argv[3]}-{number}-{each}", tenant=f"t{each % 3}") for each in range(4)]
    feed(engine, INTAKE, lambda _: [draft(each) for each in some])
"""


def test_processes_that_write_at_once_make_one_chain(database: str, tmp_path: Path) -> None:
    engine = open_engine(database)
    migrate(engine)
    key = tmp_path / "chain.key"
    command = [sys.executable, "-c", WRITER, database, str(key)]
    pipe = subprocess.PIPE
    writers = [subprocess.Popen([*command, name], stdin=pipe, stdout=pipe, text=True) for name in ("a", "b")]
    for each in writers:
        assert each.stdout is not None
        assert each.stdout.readline() == "ready\n"
    for each in writers:
        assert each.stdin is not None
        each.communicate("go\n", timeout=120)
        assert each.returncode == 0
    use_chain(engine, key)
    found = looked(database, tmp_path)
    assert (found.faults, found.events) == ([], 320)
    with psycopg.connect(database) as connection:
        connection.execute("delete from journal where seq = (select min(seq) + 7 from journal)")
        connection.execute("update journal set tenant = 'else' where seq = (select max(seq) from journal)")
    assert len(looked(database, tmp_path).faults) == 2
    engine.dispose()
