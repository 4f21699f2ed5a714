"""Order does not matter: an answer that comes before what it answers is looked at again when that comes, and its work
ends. Each test reads the same files in two orders; what stands in the ledger then is the same.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psycopg
import pytest

from claimloom.desk.decide import Decision
from claimloom.ledger.database import open_engine
from claimloom.ledger.migration import migrate
from claimloom.ledger.views.scope import EVERYTHING, Page, Wanted
from claimloom.ledger.views.worklist import work_page
from claimloom.sandbox.payer import Payer
from claimloom.settings import Settings
from claimloom.system import System
from tests.runtime import contract
from tests.sessions import visit
from tools.local import new_database

VISITS = contract.lines(contract.visits(24))
# A visit of the same billing company: it makes the tenant known.
FIRST = (json.dumps(visit(session_id="FIRST", tenant="demo").model_dump(mode="json")) + "\n").encode()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.server)])
def url(request: pytest.FixtureRequest) -> str:
    if request.param == "sqlite":
        return ""
    made = new_database(request.getfixturevalue("postgres"), psycopg)
    engine = open_engine(made)
    migrate(engine)
    engine.dispose()
    return made


def read(folder: Path, files: Sequence[tuple[str, bytes]], url: str = "", together: bool = False) -> System:
    """A ledger that read these files, one after the other, or all that lay there at once."""
    system = System(Settings(folder, as_of=contract.DAY, db=url))
    for name, content in files:
        (folder / "inbound" / name).write_bytes(content)
        if not together:
            system.run_until_idle()
    system.run_until_idle()
    return system


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What a payer answers to the visits' claims: TA1 and 999, 277CA, 835."""
    system = read(tmp_path_factory.mktemp("sent"), [("first.jsonl", FIRST), ("visits.jsonl", VISITS)])
    payer, found = Payer(11, contract.DAY), {}
    for path in sorted((system.settings.data / "outbound").iterdir()):
        found |= payer.answer(path.read_text(encoding="ascii"))
    system.close()
    assert {name.split("-")[0] for name in found} == {"999", "277ca", "835"}
    return found


def stands(system: System) -> dict[str, Any]:
    """Claims, sums, work and what was given up; the numbers are right by themselves, and after a replay."""
    contract.standings_equal_the_fold(system.engine)
    found = {
        "claims": contract.export(system.engine),
        "totals": contract.totals(system.engine),
        "work": contract.worklist(system.engine),
        "dead": contract.dead(system.engine),
    }
    before = contract.contents(system.engine)
    system.runtime.replay()
    assert contract.contents(system.engine) == before
    system.close()
    return found


def same_in_any_order(tmp_path: Path, url: str, answers: dict[str, bytes], kinds: tuple[str, ...]) -> None:
    some = [(name, content) for name, content in answers.items() if name.startswith(kinds)]
    assert some
    visits = [("visits.jsonl", VISITS)]
    wanted = stands(read(tmp_path / "after", [("first.jsonl", FIRST), *visits, *some]))
    found = stands(read(tmp_path / "before", [("first.jsonl", FIRST), *some, *visits], url))
    assert wanted["claims"] != []
    assert found == wanted


@pytest.mark.parametrize("kind", ["835", "277ca", "999"])
def test_an_answer_before_its_visits(tmp_path: Path, answers: dict[str, bytes], kind: str) -> None:
    same_in_any_order(tmp_path, "", answers, (kind,))


def test_all_answers_before_their_visits(tmp_path: Path, url: str, answers: dict[str, bytes]) -> None:
    same_in_any_order(tmp_path, url, answers, ("835", "277ca", "999"))


def test_answers_in_an_empty_ledger_wait_for_its_first_visit(tmp_path: Path, answers: dict[str, bytes]) -> None:
    """A tenant comes to be by its visits: money goes to none that nobody made."""
    files = [*answers.items(), ("first.jsonl", FIRST), ("visits.jsonl", VISITS)]
    early = read(tmp_path / "early", list(answers.items()))
    assert contract.export(early.engine) == []
    assert sorted(path.name for path in early.folder.left()) == sorted(answers)
    assert set(early.folder.left().values()) == {
        "no visit has been read here yet, so nobody knows whose it is; it waits for the first"
    }
    early.close()
    wanted = stands(read(tmp_path / "after", [("first.jsonl", FIRST), ("visits.jsonl", VISITS), *answers.items()]))
    assert stands(read(tmp_path / "early", files[len(answers) :])) == wanted
    assert stands(read(tmp_path / "one after the other", files)) == wanted


def unmatched(system: System) -> list[Any]:
    with system.engine.connect() as connection:
        return list(work_page(connection, EVERYTHING, Wanted(kind="unmatched"), Page(1000)).rows)


def paid_to(answers: dict[str, bytes], change: tuple[bytes, bytes]) -> list[tuple[str, bytes]]:
    return [(name, content.replace(*change)) for name, content in answers.items() if name.startswith("835")]


@pytest.fixture
def one(tmp_path: Path) -> tuple[str, dict[str, bytes]]:
    """A claim's number, and what is answered to it."""
    system = read(tmp_path / "one", [("first.jsonl", FIRST)])
    payer = Payer(11, contract.DAY, ())  # all is paid as contracted
    (path,) = (system.settings.data / "outbound").iterdir()
    found = payer.answer(path.read_text(encoding="ascii"))
    (row,) = contract.export(system.engine)
    system.close()
    return row["patient_control_number"], found


OTHER = (
    json.dumps(
        visit(
            session_id="OTHER",
            patient={**visit().patient.model_dump(mode="json"), "patient_id": "P-9"},
            coverages=[{**visit().coverages[0].model_dump(mode="json"), "member_id": "1EG4TE5MK99"}],
        ).model_dump(mode="json")
    )
    + "\n"
).encode()


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(lambda number: number, id="its number"),
        pytest.param(lambda number: number[:12], id="the beginning of its number"),
        pytest.param(lambda number: "OLD-SYSTEM-77", id="member, day and charge"),
    ],
)
def test_however_a_payment_names_its_claim(tmp_path: Path, one: tuple[str, dict[str, bytes]], said: Any) -> None:
    number, found = one
    payments = paid_to(found, (number.encode(), said(number).encode()))
    system = read(tmp_path / "late", [("other.jsonl", OTHER), *payments])
    assert len(unmatched(system)) == 1
    (system.folder.inbound / "first.jsonl").write_bytes(FIRST)
    system.run_until_idle()
    assert unmatched(system) == []
    rows = {row["visit_id"]: row for row in contract.export(system.engine)}
    assert rows["FIRST"]["paid_cents"] > 0
    assert {row["state"] for row in rows.values()} == {"paid", "sent"}
    stands(system)


def test_a_claim_of_another_tenant_is_not_meant(tmp_path: Path, one: tuple[str, dict[str, bytes]]) -> None:
    _, found = one
    system = read(tmp_path / "late", [("other.jsonl", OTHER), *paid_to(found, (b"", b""))])
    lines = json.loads(FIRST) | {"tenant": "neighbour"}
    (system.folder.inbound / "first.jsonl").write_text(json.dumps(lines) + "\n")
    system.run_until_idle()
    assert len(unmatched(system)) == 1
    stands(system)


def test_what_a_person_set_aside_stays_so(tmp_path: Path, one: tuple[str, dict[str, bytes]]) -> None:
    _, found = one
    system = read(tmp_path / "late", [("other.jsonl", OTHER), *paid_to(found, (b"", b""))])
    (item,) = unmatched(system)
    system.decide(EVERYTHING, item.id, Decision("set_aside", "ann", "k", system.now(), "went back to the payer"))
    (system.folder.inbound / "first.jsonl").write_bytes(FIRST)
    system.run_until_idle()
    assert {row["state"] for row in contract.export(system.engine)} == {"sent", "set_aside"}
    stands(system)


def test_reading_everything_again_gives_nothing_new(tmp_path: Path, answers: dict[str, bytes]) -> None:
    system = read(tmp_path / "late", [("first.jsonl", FIRST), *answers.items(), ("visits.jsonl", VISITS)])
    before = contract.events_by_type(system.engine)
    for path in sorted((system.settings.data / "archive").iterdir()):
        (system.folder.inbound / path.name).write_bytes(path.read_bytes())
    taken = system.run_until_idle()
    assert [each.name for each in taken if each.new or each.problems] == []
    assert contract.events_by_type(system.engine) == before
    system.close()
