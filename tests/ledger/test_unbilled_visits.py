"""Visits that gave no claim, of a ledger from before they were kept: what was told of them is folded anew."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from claimloom.ledger.books.unbilled_visits import unbilled_of, unbilled_visits
from claimloom.ledger.migration import migrate
from tests.ledger.older import back_to_0035
from tests.services.payers_say import MEDICARE, begin, told

pytestmark = pytest.mark.migrates
PATIENT = ("demo", "P-1", "2026-11-16")


def short(name: str, minutes: int, **changes: Any) -> dict[str, Any]:
    return told([MEDICARE]) | {"session_id": name, "timed": [{"code": "97530", "minutes": minutes}]} | changes


def test_an_older_ledger_learns_which_visits_gave_no_claim(tmp_path: Path) -> None:
    desk = begin(tmp_path, date(2026, 11, 20))
    desk.visit(short("A", 2), short("B", 3), short("C", 1), short("C", 20, revision=2))
    with desk.system.engine.begin() as connection:
        before = connection.execute(select(unbilled_visits)).all()
        assert {row.session_id for row in before} == {"A", "B", "C"}
        assert [row.session_id for row in unbilled_of(connection, [PATIENT], ())] == ["A", "B"]  # C gave one since
        assert unbilled_of(connection, [("other", *PATIENT[1:])], ()) == []
        back_to_0035(connection)
    migrate(desk.system.engine)
    with desk.system.engine.connect() as connection:
        assert connection.execute(select(unbilled_visits)).all() == before
    desk.system.close()
