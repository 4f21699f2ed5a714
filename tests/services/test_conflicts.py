"""A visit that is known under its id and revision and is told otherwise is not taken: whoever sent it hears of it, and
it stands on the work list until a person decides. The same told again is nothing new.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from claimloom.desk.decide import Decision
from claimloom.ledger.books.work_items import work_items
from claimloom.ledger.views.claims import all_claims
from claimloom.ledger.views.scope import EVERYTHING
from claimloom.settings import Settings
from claimloom.system import System
from services.session_intake.conflicts import differing
from tests.runtime import contract
from tests.sessions import visit

Fields = dict[str, Any]
ADDRESS = {"line1": "9 ELM ST", "city": "SPRINGFIELD", "state": "IL", "zip": "62704"}


@pytest.fixture
def system(tmp_path: Path) -> Iterator[System]:
    opened = System(Settings(tmp_path, as_of=contract.DAY))
    yield opened
    opened.close()


def told(system: System, *visits: Fields, name: str = "visits.jsonl") -> list[str]:
    """Problems of a file with these visits."""
    (system.folder.inbound / name).write_text("".join(json.dumps(each) + "\n" for each in visits))
    return [problem for taken in system.run_until_idle() for problem in taken.problems]


def listed(system: System) -> list[Any]:
    with system.engine.connect() as connection:
        mine = (work_items.c.listed == 1) & (work_items.c.kind == "conflict")
        return list(connection.execute(select(work_items).where(mine)))


def claims(system: System) -> int:
    with system.engine.connect() as connection:
        return len(list(all_claims(connection, EVERYTHING)))


def changed(change: Callable[[Fields], None]) -> Fields:
    fields = visit().model_dump(mode="json")
    change(fields)
    return fields


def _minutes(fields: Fields) -> None:
    fields["timed"][1]["minutes"] = 45


def _clinic(fields: Fields) -> None:
    fields["clinic"] |= {"clinic_id": "hillside", "name": "Hillside Therapy"}


def _patient(fields: Fields) -> None:
    fields["patient"] |= {"patient_id": "P-77", "name": {"last": "QUINCE", "first": "ROSALIND"}, "address": ADDRESS}


def _one_code_more(fields: Fields) -> None:
    fields["timed"].append({"code": "97110", "minutes": 8})


def _payer(fields: Fields) -> None:
    fields["coverages"][0]["member_id"] = "1EG4TE5MK74"


@pytest.mark.parametrize(
    ("change", "differs"),
    [
        (_minutes, "minutes of timed service 2"),
        (_clinic, "clinic's id, clinic's name"),
        (_patient, "patient's id, patient's last name"),
        (_one_code_more, "timed services"),
        (_payer, "member id of insurance 1"),
    ],
)
def test_a_known_visit_told_otherwise_is_work_for_a_person(
    system: System, change: Callable[[Fields], None], differs: str
) -> None:
    good = visit().model_dump(mode="json")
    assert told(system, good) == []
    (problem,) = told(system, changed(change), good | {"session_id": "S-2"})
    assert problem.startswith("line 1: this visit is known under the same id and revision with other content")
    assert differs in problem
    (item,) = listed(system)
    assert (item.kind, item.visit, item.patient_id, item.clinic) == ("conflict", "S-1", "P-1", "riverside")
    assert differs in item.reason
    assert claims(system) == 2  # the line beside it was taken
    for value in ("QUINCE", "P-77", "1EG4TE5MK74", "45", "hillside"):
        assert value not in problem + item.reason + item.action


def test_it_is_one_item_however_often_it_is_told_and_ends_by_a_decision(system: System) -> None:
    told(system, visit().model_dump(mode="json"))
    other = changed(_minutes)
    for name in ("a.jsonl", "b.jsonl", "a.jsonl"):
        assert len(told(system, other, name=name)) == 1
    (item,) = listed(system)
    decision = Decision("close", "ann", "k-1", system.now(), "the first one holds", {"outcome": "done"})
    system.decide(EVERYTHING, item.id, decision)
    system.run_until_idle()
    assert listed(system) == []
    assert len(told(system, other, name="c.jsonl")) == 1
    assert listed(system) == []


def test_two_tellings_in_one_file(system: System) -> None:
    """Which came first counts, also where the second is of an earlier day."""
    second = changed(_minutes) | {"date_of_service": "2026-11-12"}
    (problem,) = told(system, visit().model_dump(mode="json"), second)
    assert problem.startswith("line 2: ")
    with system.engine.connect() as connection:
        (claim,) = all_claims(connection, EVERYTHING)
    assert claim.date_of_service == "2026-11-16"


def test_the_same_told_again_is_nothing_new(system: System) -> None:
    good = visit().model_dump(mode="json")
    told(system, good)
    in_other_words = visit().model_dump(mode="json", exclude_defaults=True) | {"tenant": "demo", "session_id": "S-1"}
    assert told(system, good, good, in_other_words, name="again.jsonl") == []
    assert (listed(system), claims(system)) == ([], 1)


def test_a_raised_revision_is_a_correction_and_takes_the_item_off_the_list(system: System) -> None:
    told(system, visit().model_dump(mode="json"))
    assert len(told(system, changed(_clinic))) == 1
    assert told(system, changed(_clinic) | {"revision": 2}) == []
    assert listed(system) == []


def test_where_clinics_number_each_for_itself_their_visits_are_two(tmp_path: Path) -> None:
    system = System(Settings(tmp_path, as_of=contract.DAY, numbered_by_clinic=frozenset({"demo"})))
    assert told(system, visit().model_dump(mode="json"), changed(_clinic)) == []
    assert (listed(system), claims(system)) == ([], 2)
    assert len(told(system, changed(_minutes))) == 1
    (item,) = listed(system)
    assert item.visit == "riverside/S-1"
    system.close()


def test_differences_are_named_at_their_depth() -> None:
    before, now = visit(), visit(onset_date="2026-11-01", timed=[{"code": "97530", "minutes": 60}])
    assert list(differing(before, now)) == ["timed services", "day of onset"]
    assert list(differing(before, visit())) == []
