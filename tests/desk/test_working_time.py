"""Working days and hours: whom a weekend or a holiday keeps from answering is not late."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from claimloom.desk.working_time import after, days_before
from claimloom.reference.working_days import holidays, is_working_day


def test_the_holidays_of_a_year_are_those_that_the_government_lists() -> None:
    """https://www.opm.gov/policy-data-oversight/pay-leave/federal-holidays/, 2026; July 4 is a Saturday."""
    listed = "01-01 01-19 02-16 05-25 06-19 07-03 09-07 10-12 11-11 11-26 12-25"
    assert sorted(holidays(2026)) == [date.fromisoformat(f"2026-{each}") for each in listed.split()]


@pytest.mark.parametrize(
    ("day", "works"),
    [
        ("2026-11-25", True),
        ("2026-11-26", False),  # Thanksgiving
        ("2026-11-27", True),
        ("2026-11-28", False),
        ("2027-07-05", False),  # the fourth is a Sunday
        ("2021-12-31", False),  # New Year's Day of 2022 is a Saturday
        ("2027-12-31", False),
        ("2026-12-31", True),
    ],
)
def test_a_day_is_a_working_day(day: str, works: bool) -> None:
    assert is_working_day(date.fromisoformat(day)) is works


@pytest.mark.parametrize(
    ("day", "count", "before"),
    [("2026-11-25", 3, "2026-11-20"), ("2026-11-30", 3, "2026-11-24"), ("2026-11-29", 1, "2026-11-27")],
)
def test_working_days_before(day: str, count: int, before: str) -> None:
    assert days_before(date.fromisoformat(day), count) == date.fromisoformat(before)


@pytest.mark.parametrize(
    ("sent", "hours", "due"),
    [
        ("2026-11-20T12:00", 2, "2026-11-20T14:00"),
        ("2026-11-20T23:00", 2, "2026-11-23T01:00"),  # over the weekend
        ("2026-11-20T12:00", 24, "2026-11-23T12:00"),
        ("2026-11-25T12:00", 24, "2026-11-27T12:00"),  # over Thanksgiving
        ("2026-11-21T12:00", 24, "2026-11-24T00:00"),  # sent on a Saturday
        ("2026-11-20T00:00", 24, "2026-11-21T00:00"),
    ],
)
def test_hours_run_on_working_days_alone(sent: str, hours: int, due: str) -> None:
    moment = datetime.fromisoformat(sent).replace(tzinfo=UTC)
    assert after(moment, hours) == datetime.fromisoformat(due).replace(tzinfo=UTC)
