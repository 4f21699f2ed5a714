"""Contracts that pay by which visit of the year or of the course of treatment it is: the ledger counts them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from claimloom.ledger.visit_numbers import visits_of
from tests.runtime import contract
from tests.services.payers_say import PLAN, PLAN_OF_CARE, Desk, Line, begin, remittance, told

DAY = date(2026, 11, 20)
BY_YEAR = 'payer_ids = ["44444"]\n[[terms]]\nfrom = 2025-01-01\nper_visit_cents = [9000, 7000, 5000, 3000]\n'
YEAR = f'{BY_YEAR}counted = "year"\n'
CASE = 'payer_ids = ["44444"]\n[[terms]]\nfrom = 2025-01-01\ncase_rate_cents = 20000\n'


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = begin(tmp_path, DAY)
    yield made
    made.system.close()


def agreed(desk: Desk, text: str) -> None:
    folder = desk.folder / "contracts"
    folder.mkdir(exist_ok=True)
    (folder / "plan.toml").write_text(text)


def came(day: str, **changes: Any) -> dict[str, Any]:
    """A visit of 225.00 on a day, named by it."""
    return told([PLAN], session_id=f"V-{day}", date_of_service=day, **changes)


def awaited(desk: Desk) -> dict[str, int | None]:
    return {row.visit_id: row.awaited_cents for row in desk.claims().values()}


def answered(desk: Desk, visit: str, cents: int, trace: str) -> None:
    """The payer pays that much of a visit, on its first line."""
    (number,) = [number for number, row in desk.claims().items() if row.visit_id == visit]
    paid = f"{cents / 100:.2f}"
    lines = [
        Line("HC:97530:GO", "150", paid, (f"CO*45*{(15000 - cents) / 100:.2f}",)),
        Line("HC:97535:GO", "75", "0", ("CO*45*75",)),
    ]
    desk.give(remittance(number, lines, trace=trace, paid=paid, payer=("EXAMPLE COMMERCIAL", "44444")), f"{trace}.edi")


def stands(desk: Desk, visit: str) -> tuple[int | None, int, tuple[str, ...]]:
    (row,) = [row for row in desk.claims().values() if row.visit_id == visit]
    return row.expected_paid_cents, row.variance_cents, tuple(row.flags)


def test_visits_of_a_year_are_counted_in_the_order_of_their_days(desk: Desk) -> None:
    agreed(desk, YEAR)
    desk.visit(came("2025-12-30"), came("2026-11-03"), came("2026-11-10"))
    desk.visit(came("2026-11-16"), came("2026-11-17"), came("2026-11-18", patient=told([PLAN])["patient"] | OTHER))
    assert awaited(desk) == {
        "V-2025-12-30": 9000,
        "V-2026-11-03": 9000,
        "V-2026-11-10": 7000,
        "V-2026-11-16": 5000,
        "V-2026-11-17": 3000,
        "V-2026-11-18": 9000,  # another patient's first
    }
    answered(desk, "V-2026-11-16", 5000, "1")
    assert stands(desk, "V-2026-11-16") == (5000, 0, ())
    contract.standings_equal_the_fold(desk.system.engine)


OTHER = {"patient_id": "P-2", "name": {"last": "ROE", "first": "ANN"}}


def test_a_visit_that_comes_late_restates_those_after_it(desk: Desk) -> None:
    agreed(desk, YEAR)
    desk.visit(came("2026-11-03"), came("2026-11-10"), came("2026-11-16"))
    answered(desk, "V-2026-11-16", 5000, "1")
    answered(desk, "V-2026-11-03", 9000, "2")
    assert stands(desk, "V-2026-11-16") == (5000, 0, ())
    desk.visit(came("2026-11-12"))
    assert stands(desk, "V-2026-11-16") == (3000, 2000, ("overpaid",))
    assert stands(desk, "V-2026-11-03") == (9000, 0, ())  # before it: nothing is said anew
    late = came("2026-11-12", revision=2, withdrawn=True)
    desk.visit(late)
    assert stands(desk, "V-2026-11-16") == (5000, 0, ())


def test_the_same_stands_in_whatever_order_visits_came(tmp_path: Path) -> None:
    days = ("2026-11-03", "2026-11-10", "2026-11-16")
    seen = set()
    for number, order in enumerate(itertools.permutations(days)):
        desk = begin(tmp_path / str(number), DAY)
        agreed(desk, YEAR)
        for day in order:
            desk.visit(came(day))
            if day == "2026-11-16":
                answered(desk, "V-2026-11-16", 5000, "1")
        seen.add(stands(desk, "V-2026-11-16"))
        desk.system.close()
    assert seen == {(5000, 0, ())}


def test_a_case_rate_is_paid_with_the_first_visit_of_the_course(desk: Desk) -> None:
    agreed(desk, CASE)
    again = PLAN_OF_CARE | {"start": "2026-11-17", "first_treatment": "2026-11-17"}
    desk.visit(came("2026-10-19"), came("2026-11-16"), came("2026-11-18"))
    second = came("2026-11-17", therapist=told([PLAN])["therapist"]) | {"plan_of_care": again}
    desk.visit(second)
    # The visit of the 17th is the first of another course; that of the 18th is still of the old one.
    assert awaited(desk) == {"V-2026-10-19": 20000, "V-2026-11-16": 0, "V-2026-11-18": 0, "V-2026-11-17": 20000}
    without = came("2026-11-19") | {"plan_of_care": None}
    desk.visit(without)
    assert awaited(desk)["V-2026-11-19"] == 20000  # nobody knows of which course: the first is assumed, and said
    answered(desk, "V-2026-11-16", 0, "1")
    assert stands(desk, "V-2026-11-16")[:2] == (0, 0)


def test_a_payer_that_does_not_count_is_not_asked_about(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    agreed(desk, BY_YEAR.replace("[9000, 7000, 5000, 3000]", "9000"))

    def asked(*_: Any) -> None:
        raise AssertionError("visits are counted where no term asks for it")

    monkeypatch.setattr("claimloom.ledger.visit_numbers.visits_of", asked)
    desk.visit(came("2026-11-03"), came("2026-11-16"))
    answered(desk, "V-2026-11-16", 9000, "1")
    assert stands(desk, "V-2026-11-16") == (9000, 0, ())


def test_the_visits_of_a_patient_are_found_by_indexes(desk: Desk) -> None:
    asked: list[str] = []

    def watch(_c: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if "billing_npi" in statement:
            asked.append(statement)

    with desk.system.engine.connect() as connection:
        event.listen(connection, "before_cursor_execute", watch)
        visits_of(connection, "demo", "P-1")
        (statement,) = asked
        rows = connection.exec_driver_sql(f"explain query plan {statement}", (1, "demo", "P-1", "P", "8"))
        plan = [row[3] for row in rows]
    assert not [step for step in plan if step.startswith("SCAN")], plan
    assert any("claims_patient_day (tenant=? AND patient_id=?)" in step for step in plan), plan
    assert any("claims_session (tenant=? AND session_id=?)" in step for step in plan), plan
