"""Claims that went out though a rule warns of them: listed as long as the warning can be heeded."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from claimloom.ledger.views.claims import ClaimRow
from claimloom.ledger.views.scope import EVERYTHING
from claimloom.ledger.views.totals import summary
from tests.services.payers_say import MEDICARE, PLAN, Desk, Line, begin, remittance, told

DAY = date(2026, 11, 20)
LONG = [{"code": "97530", "minutes": 105}]
"""Seven units are more than most visits have (UNT-010), and no fault."""


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return begin(tmp_path, DAY)


def warned(desk: Desk) -> list[ClaimRow]:
    with desk.system.engine.connect() as connection:
        count = summary(connection, EVERYTHING)["warned"]
    found = [row for row in desk.claims().values() if "warned" in row.flags]
    assert len(found) == count
    return found


def test_claim_that_a_rule_warns_of_is_listed_with_the_rule(desk: Desk) -> None:
    desk.visit(told([PLAN], session_id="LONG") | {"timed": LONG})
    (row,) = warned(desk)
    assert (row.visit_id, row.state, row.warned_by) == ("LONG", "sent", ["UNT-010"])


def test_list_that_covers_no_day_is_no_claims_own_warning(desk: Desk) -> None:
    desk.visit(told([MEDICARE]))
    assert [each.state for each in desk.claims().values()] == ["sent"]
    assert warned(desk) == []


def test_held_claim_is_not_warned_of_besides(desk: Desk) -> None:
    desk.visit(told([PLAN]) | {"timed": LONG, "note": {}})
    (row,) = desk.claims().values()
    assert (row.state, row.flags, row.warned_by) == ("held", ["held"], [])


def test_warning_is_over_once_the_claim_is_answered(desk: Desk) -> None:
    desk.visit(told([PLAN]) | {"timed": LONG})
    (claim,) = desk.sent()
    (row,) = warned(desk)
    lines = [Line("HC:97530:GO", "525", "525", ())]
    payer = ("EXAMPLE COMMERCIAL", "44444")
    desk.give(remittance(claim.number, lines, trace="5501", paid="525", charge="525", payer=payer))
    assert desk.claims()[row.patient_control_number].state == "paid"
    assert warned(desk) == []
    assert desk.claims()[row.patient_control_number].warned_by == []


def test_warning_goes_with_the_correction(desk: Desk) -> None:
    desk.visit(told([PLAN]) | {"timed": LONG})
    assert len(warned(desk)) == 1
    desk.visit(told([PLAN], revision=2))
    assert warned(desk) == []
