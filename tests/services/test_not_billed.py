"""A visit that gives no claim is work, no fault of the system, until it is told so that it gives one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from claimloom.ledger.views.letters import dead_letter_rows
from claimloom.ledger.views.scope import EVERYTHING
from claimloom.ledger.views.worklist import WorkRow
from tests.services.payers_say import MEDICARE, Desk, begin, told

DAY = date(2026, 11, 20)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = begin(tmp_path, DAY)
    yield made
    made.system.close()


def session(minutes: int, code: str = "97530", **changes: Any) -> dict[str, Any]:
    return told([MEDICARE]) | {"session_id": "BAD", "timed": [{"code": code, "minutes": minutes}]} | changes


def open_items(desk: Desk) -> list[WorkRow]:
    with desk.system.engine.connect() as connection:
        assert dead_letter_rows(connection, EVERYTHING) == []
    return [each for each in desk.work() if each.kind == "not_billed"]


def test_visit_without_a_fee_is_work_until_it_has_one(desk: Desk) -> None:
    desk.visit(session(15, "97140"))
    (item,) = open_items(desk)
    assert (item.visit_id, item.patient_control_number, item.date_of_service) == ("BAD", "", "2026-11-16")
    assert item.reason == "visit BAD of 2026-11-16 is not billed: the clinic's fee list has no fee for 97140"
    assert item.action.startswith("add it to clinic.fees_cents, raise the revision and send the visit again")
    assert desk.claims() == {}
    desk.visit(session(7, revision=2))
    (item,) = open_items(desk)
    assert "7 timed minutes give no unit" in item.reason
    desk.visit(session(15, revision=3))
    assert len(desk.claims()) == 1
    assert open_items(desk) == []
    desk.system.runtime.replay()
    assert open_items(desk) == []


def test_two_tellings_in_one_file_leave_one_item(desk: Desk) -> None:
    desk.visit(session(7), session(6, revision=2))
    (item,) = open_items(desk)
    assert "6 timed minutes" in item.reason
    desk.visit(session(1, session_id="OTHER"))  # 7 minutes of the day in all
    assert {each.visit_id for each in open_items(desk)} == {"BAD", "OTHER"}


def test_a_person_closes_it(desk: Desk) -> None:
    desk.visit(session(7))
    (item,) = open_items(desk)
    desk.decide("close", item.id, outcome="done")
    assert open_items(desk) == []


def test_one_that_became_too_short_leaves_what_went_out(desk: Desk) -> None:
    desk.visit(session(15))
    assert len(desk.sent()) == 1
    desk.visit(session(7, revision=2))
    (item,) = open_items(desk)
    assert item.reason.endswith(f"no unit under Medicare's 8-minute rule; claim {desk.sent()[0].number} of it is out")
    assert "decide void for that claim" in item.action
    assert [row.state for row in desk.claims().values()] == ["sent"]
