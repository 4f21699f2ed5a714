"""A ledger that is damaged, or of a newer program: every command ends in one line that quotes nothing of it."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from claimloom.cli.faults import said_of
from claimloom.ledger.tables import metadata
from claimloom.packing import pack, unpack
from claimloom.sandbox.payer import Payer
from claimloom.sandbox.visits import make_visits
from claimloom.settings import Settings
from claimloom.system import System
from schemas.topics import Topic
from tests.command import Done, claimloom
from tests.phi import assert_no_phi, phi_of
from tests.reading import CALLS, commands
from tests.runtime import contract

SECRET, DAY, AMOUNT = "SECRETVALUE", "1950-21-15", 98765432.5
VISITS = [each.visit for each in make_visits(5, 12, contract.DAY)]
PHI = {each for each in phi_of(VISITS) if len(each) >= 4}
Damage = Callable[[bytes], bytes]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger with events of every topic but ticks: visits, one of which gives no claim, a payer's answers, a bank's
    statement, a decision, a dead letter.
    """
    data = tmp_path_factory.mktemp("whole") / "data"
    system = System(Settings(data, as_of=contract.DAY))
    clinic: dict[str, Any] = dict(VISITS[0]["clinic"])  # type: ignore[call-overload]
    unpriced = VISITS[0] | {"session_id": "BAD", "clinic": clinic | {"fees_cents": {"97110": 1}}}
    fees = dict.fromkeys(clinic["fees_cents"], 10**19)  # more than a column holds: the builder gives it up
    dear = VISITS[0] | {"session_id": "DEAR", "clinic": clinic | {"fees_cents": fees}}
    (data / "inbound" / "v.jsonl").write_text("".join(json.dumps(each) + "\n" for each in [*VISITS, unpriced, dear]))
    system.run_until_idle()
    otherwise = VISITS[1] | {"place_of_service": "12"}
    (data / "inbound" / "w.jsonl").write_text(json.dumps(otherwise) + "\n")
    system.run_until_idle()
    payer = Payer(5, contract.DAY)
    for path in sorted((data / "outbound").iterdir()):
        for name, content in payer.answer(path.read_text(encoding="ascii")).items():
            (data / "inbound" / name).write_bytes(content)
    system.run_until_idle()
    (data / "inbound" / "statement.csv").write_bytes(contract.statement(system.engine))
    system.run_until_idle()
    system.close()
    item = json.loads(claimloom("worklist", "--json", "--limit", "1", "--data", data).stdout)["id"]
    assert claimloom("decide", "note", item, "--reason", "seen", "--data", data).returncode == 0
    with closing(sqlite3.connect(data / "claimloom.db")) as database:
        database.execute("pragma wal_checkpoint(truncate)")
        topics = {row[0] for row in database.execute("select distinct type from journal")}
    assert topics == {each.value for each in Topic} - {"tick"}
    return data


@pytest.fixture
def copy(whole: Path, tmp_path: Path) -> Iterator[Path]:
    shutil.copytree(whole, tmp_path / "data")
    yield tmp_path / "data"


def values(data: Any, change: Callable[[Any], Any]) -> Any:
    """The same with every value that is no list or object changed."""
    if isinstance(data, dict):
        return {key: values(each, change) for key, each in data.items()}
    return [values(each, change) for each in data] if isinstance(data, list) else change(data)


def changed(change: Callable[[dict[str, Any]], Any]) -> Damage:
    def damage(body: bytes) -> bytes:
        event = json.loads(body)
        return pack(json.dumps(change(event)).encode())

    return damage


def in_payload(change: Callable[[Any], Any]) -> Damage:
    return changed(lambda event: event | {"data": values(event["data"], change)})


def is_day(value: Any) -> bool:
    return isinstance(value, str) and len(value) == 10 and value[4:5] == value[7:8] == "-"


DAMAGES: dict[str, Damage] = {
    "cut short": lambda body: pack(body)[: len(pack(body)) // 2],
    "no frame": lambda body: bytes.fromhex("28b52ffd") + SECRET.encode() * 4,
    "no JSON": lambda body: SECRET.encode() + body,
    "half of it": lambda body: body[: len(body) * 2 // 3],
    "no text": lambda body: b"\xff\xfe" + body,
    "another day": in_payload(lambda value: DAY if is_day(value) else value),
    "texts for numbers": in_payload(lambda value: SECRET if isinstance(value, int) else value),
    "numbers for texts": in_payload(lambda value: AMOUNT if isinstance(value, str) else value),
    "nothing in it": changed(lambda event: event | {"data": {}}),
    "no object": changed(lambda event: event | {"data": SECRET}),
    "an unknown name": changed(lambda event: event | {"data": {SECRET: SECRET} | {"secret": DAY}}),
    "a newer version": changed(lambda event: event | {"schema_version": 99, "data": {"name": SECRET}}),
    "another topic": changed(lambda event: event | {"type": SECRET}),
    "a list": changed(lambda event: [event]),
}


def sound(done: Done, said: str, *, shows: bool = False) -> None:
    """It ended as commands end, and of a fault nothing is quoted."""
    assert done.returncode in (0, 1, 2), said
    for text in (done.stderr, "" if shows and done.returncode < 2 else done.stdout):
        for quoted in ("Traceback", SECRET, DAY, str(AMOUNT), "98765432"):
            assert quoted not in text, f"{said}: {text[-400:]}"
    assert_no_phi(done.stderr, PHI)
    if done.returncode == 2:
        assert len(done.stderr.splitlines()) == 1, f"{said}: {done.stderr}"


def asked(data: Path) -> dict[str, str]:
    with closing(sqlite3.connect(data / "claimloom.db")) as database:
        claim = (
            "select patient_control_number from claims where place in (select claim from reconciliations) "
            "and place in (select claim from work_items where listed = 1)"
        )
        number = (database.execute(claim).fetchone() or database.execute("select 'X'").fetchone())[0]
        letter = database.execute("select id from journal where type = 'dead-letter'").fetchone()[0]
        payment = (
            database.execute("select payment_id from money_in").fetchone() or database.execute("select 'X'").fetchone()
        )[0]
    return {
        "payment": payment,
        "claim": number,
        "letter": letter,
        "event": letter,
        "name": str(VISITS[0]["patient"]["name"]["last"]),  # type: ignore[index]
        "file": str(Path(__file__).parents[1] / "edi_samples" / "835" / "835_example.edi"),
        "visits": str(data / "visits.jsonl"),
        "contract": str(Path(__file__).parents[1] / "edi_samples" / "contracts" / "example_plan.toml"),
        "rules": str(Path(__file__).parents[1] / "docs" / "own-rules.example.toml"),
        "statement": str(Path(__file__).parents[1] / "edi_samples" / "bank" / "statement.csv"),
        "folder": str(data),
        "tenant": str(VISITS[0]["tenant"]),
    }


def test_every_command_is_called_or_shows_nothing_of_a_ledger() -> None:
    assert sorted(CALLS) == sorted(commands())


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("topic", sorted({each.value for each in Topic} - {"tick"}))
def test_a_damaged_payload_is_told_without_its_values(copy: Path, topic: str, damage: str) -> None:
    names = asked(copy)
    with closing(sqlite3.connect(copy / "claimloom.db")) as database:
        rows = database.execute("select seq, id, body from journal where type = ?", (topic,)).fetchall()
        for seq, _, body in rows:
            database.execute("update journal set body = ? where seq = ?", (DAMAGES[damage](unpack(body)), seq))
        database.commit()
    names["event"] = rows[0][1]
    for command in (
        "claims show {claim}",
        "replay",
        *(["dead-letters show {letter}"] if topic == "dead-letter" else []),
    ):
        done = claimloom(*command.format(**names).split(), "--data", copy)
        sound(done, command)
        if command == "replay" and damage == "cut short":
            assert done.returncode == 1  # it does not fit its chain
    sound(claimloom("events", "show", names["event"], "--data", copy), "events show", shows=True)


@pytest.mark.parametrize("damage", ["cut short", "texts for numbers"])
def test_every_command_on_a_journal_that_is_damaged_throughout(copy: Path, damage: str) -> None:
    names = asked(copy)
    (copy / "visits.jsonl").write_text(json.dumps(VISITS[1] | {"revision": 7}) + "\n")
    with closing(sqlite3.connect(copy / "claimloom.db")) as database:
        for seq, body in database.execute("select seq, body from journal").fetchall():
            database.execute("update journal set body = ? where seq = ?", (DAMAGES[damage](unpack(body)), seq))
        database.commit()
    for calls in CALLS.values():
        for command in calls or ():
            done = claimloom(*command.format(**names).split(), "--data", copy)
            sound(done, command, shows=command.startswith("events show"))


KINDS = ("words", "bytes", pytest.param("large", marks=pytest.mark.long))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("table", sorted(metadata.tables))
def test_a_damaged_column_is_told_without_its_values(copy: Path, table: str, kind: str) -> None:
    """A number that is a text, a text that is none (SQLite's own error would quote it), and JSON that is none."""
    names = asked(copy)
    value = {"words": f"'{SECRET}'", "bytes": "cast(x'5345435245545641ff4c5545' as text)", "large": "1e300"}[kind]
    with closing(sqlite3.connect(copy / "claimloom.db")) as database:
        for column in metadata.tables[table].columns:
            is_number = column.type.python_type is int
            if column.name in ("tenant", "place", "seq", "claim", "id") or is_number == (kind == "bytes"):
                continue
            try:
                database.execute(f"update {table} set {column.name} = {value}")
            except sqlite3.IntegrityError:
                database.rollback()
        database.commit()
    for name in ("claims list", "claims export", "claims find", "claims show", "claims reads", "worklist"):
        command = (CALLS[name] or [])[0]
        sound(claimloom(*command.format(**names).split(), "--data", copy), f"{command} {table}", shows=True)
    more = ("doctor", "run --until-idle", "replay") if kind == "words" else ()
    for command in ("dead-letters list", "keys list", *more):
        sound(claimloom(*command.split(), "--data", copy), f"{command} {table}", shows=True)


@pytest.mark.parametrize(
    "text",
    [
        f"Could not decode to UTF-8 column 'body' with text '{SECRET}'",
        f'invalid input syntax for type bigint: "{SECRET}"\nLINE 1: select',
        f'date/time field value out of range: "{SECRET}"',
        f"duplicate key value violates unique constraint\nDETAIL:  Key (id)=({SECRET}) already exists.",
    ],
)
def test_what_a_database_quotes_is_left_out(text: str) -> None:
    said = said_of(sqlite3.OperationalError(text))
    assert SECRET not in said
    assert said.startswith(f"claimloom.db: {text[:20]}")


def test_a_fault_of_ours_is_told_by_its_place() -> None:
    try:
        int(SECRET)
    except ValueError as error:
        said = said_of(error)
    assert said.startswith("ValueError in test_a_fault_of_ours_is_told_by_its_place (test_cli_damage.py:")
    assert SECRET not in said
