"""Scrubber tables: remote therapeutic monitoring, by month, device period and episode (LIN-009, LIN-015 to LIN-017);
an evaluation after another (LIN-014)."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

import pytest

from claimloom.billing.units import Before, Treatment, derive_units
from claimloom.scrub.case import Case, OtherDay
from schemas.claim import Severity
from schemas.values import UnitRule
from tests.scrub.test_rules import COMMERCIAL, Row, case, check, fails, passes, therapist, timed, untimed, waits

CODE: Final = "2400/SV101-2"
PLAN: Final = {"start": "2026-10-19", "first_treatment": "2026-10-19", "certified_on": "2026-10-26"}


def before(code: str, day: str, payer_id: str = "06102") -> OtherDay:
    """A line on another claim."""
    return OtherDay("COTHER-1", "S-0", payer_id, date.fromisoformat(day), code)


def minutes(*parts: tuple[str, int], since: tuple[OtherDay, ...] = (), **changes: Any) -> Case:
    """Time of the month, told with a visit of November 16."""
    return case(other_days=since, **timed(*parts), **changes)


def device(code: str, days: int | None, since: tuple[OtherDay, ...] = (), **changes: Any) -> Case:
    """A device, with the days that had data."""
    return case(other_days=since, **untimed({"code": code, "device_days": days}), **changes)


def evaluated(*since: OtherDay, start: str = "2026-10-19") -> Case:
    """An initial evaluation by PT, under a plan that began on a day."""
    plan = {"plan_of_care": PLAN | {"start": start}} if start else {}
    physical = {"discipline": "PT", "therapist": therapist(taxonomy="225100000X")}
    return case(other_days=since, **untimed("97161"), **physical, **plan)


ROWS: Final[list[Row]] = [
    fails("LIN-009", "further minutes, no first", minutes(("98981", 20)), (CODE, 1), value="98981"),
    fails("LIN-009", "first of last month", minutes(("98981", 20), since=(before("98980", "2026-10-31"),)), (CODE, 1)),
    fails(
        "LIN-009", "10 minutes are no first", minutes(("98981", 20), since=(before("98979", "2026-11-02"),)), (CODE, 1)
    ),
    passes("LIN-009", "first of this month", minutes(("98981", 20), since=(before("98980", "2026-11-01"),))),
    passes(
        "LIN-009", "first built before, of a later day", minutes(("98981", 20), since=(before("98980", "2026-11-30"),))
    ),
    fails("LIN-014", "again in a plan", evaluated(before("97162", "2026-10-19")), (CODE, 1), value="97161"),
    fails("LIN-014", "after 60 days", evaluated(before("97161", "2026-09-17"), start="2026-09-17"), (CODE, 1)),
    passes("LIN-014", "after 61 days", evaluated(before("97161", "2026-09-16"), start="2026-09-16")),
    passes("LIN-014", "in a new plan", evaluated(before("97161", "2026-11-01"), start="2026-11-16")),
    passes("LIN-014", "the other discipline's", evaluated(before("97165", "2026-11-01"))),
    passes("LIN-014", "another payer's", evaluated(before("97161", "2026-11-01", "99999"))),
    passes("LIN-014", "of the same day is LIN-013", evaluated(before("97161", "2026-11-16"))),
    waits("LIN-014", "the plan is not told", evaluated(before("97161", "2026-11-01"), start="")),
    fails("LIN-015", "29 days apart", device("98977", 16, (before("98977", "2026-10-18"),)), (CODE, 1), value="98977"),
    fails("LIN-015", "29 days before one of later", device("98977", 16, (before("98977", "2026-12-15"),)), (CODE, 1)),
    fails("LIN-015", "the other code of the period", device("98985", 5, (before("98977", "2026-11-01"),)), (CODE, 1)),
    fails("LIN-015", "another part of the body", device("98976", 20, (before("98977", "2026-11-01"),)), (CODE, 1)),
    fails(
        "LIN-015",
        "two of a day",
        case(other_days=(), **untimed({"code": "98976", "device_days": 16}, {"code": "98977", "device_days": 16})),
        (CODE, 2),
    ),
    fails("LIN-015", "15 days", device("98977", 15), (CODE, 1), value="15"),
    fails("LIN-015", "16 days of the short code", device("98985", 16), (CODE, 1), value="16"),
    fails("LIN-015", "one day", device("98984", 1), (CODE, 1), value="1"),
    passes("LIN-015", "30 days apart", device("98977", 16, (before("98977", "2026-10-17"),))),
    passes("LIN-015", "another payer's", device("98977", 16, (before("98977", "2026-11-01", "99999"),))),
    passes("LIN-015", "16 days", device("98977", 16)),
    passes("LIN-015", "two days of the short code", device("98985", 2)),
    passes("LIN-015", "15 days of the short code", device("98986", 15)),
    passes("LIN-015", "set up beside it", device("98977", 16, (before("98975", "2026-11-01"),))),
    waits("LIN-015", "days are not told", device("98977", None)),
    waits("LIN-015", "nobody looked at other claims", case(**untimed({"code": "98977", "device_days": 16}))),
    fails(
        "LIN-016",
        "twice a month",
        minutes(("98980", 20), since=(before("98980", "2026-11-01"),)),
        (CODE, 1),
        value="98980",
    ),
    fails("LIN-016", "10 and 20 minutes", minutes(("98980", 20), since=(before("98979", "2026-11-30"),)), (CODE, 1)),
    fails("LIN-016", "10 minutes twice", minutes(("98979", 12), since=(before("98979", "2026-11-02"),)), (CODE, 1)),
    fails("LIN-016", "both on a claim", minutes(("98979", 12), ("98980", 20)), (CODE, 2), value="98980"),
    fails("LIN-016", "20 under 10", minutes(("98979", 20)), (CODE, 1), value="98979", severity=Severity.WARN),
    passes("LIN-016", "19 minutes", minutes(("98979", 19))),
    passes("LIN-016", "of last month", minutes(("98980", 20), since=(before("98980", "2026-10-31"),))),
    passes("LIN-016", "of the month a year ago", minutes(("98980", 20), since=(before("98980", "2025-11-16"),))),
    passes("LIN-016", "with further minutes", minutes(("98980", 40))),
    passes("LIN-016", "further minutes of before", minutes(("98980", 20), since=(before("98981", "2026-11-02"),))),
    passes(
        "LIN-016",
        "of before for another payer",
        minutes(("98980", 20), since=(before("98980", "2026-11-02"),), coverages=COMMERCIAL),
    ),
    waits("LIN-016", "nobody looked", case(**timed(("98980", 20)))),
    fails(
        "LIN-017",
        "again in a plan",
        device("98975", 16, (before("98975", "2026-10-19"),), plan_of_care=PLAN),
        (CODE, 1),
        value="98975",
    ),
    fails("LIN-017", "one day", device("98975", 1), (CODE, 1), value="1"),
    fails("LIN-017", "15 days in 2025", device("98975", 15, date_of_service="2025-12-31"), (CODE, 1), value="15"),
    passes("LIN-017", "two days", device("98975", 2)),
    passes(
        "LIN-017", "a plan that began since", device("98975", 2, (before("98975", "2026-10-18"),), plan_of_care=PLAN)
    ),
    passes("LIN-017", "16 days in 2025", device("98975", 16, date_of_service="2025-12-31")),
    waits("LIN-017", "the episode is not told", device("98975", 2, (before("98975", "2026-10-18"),))),
    waits("LIN-017", "days are not told", device("98975", None)),
]


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_monitoring_rules(row: Row) -> None:
    """Each case of the table."""
    check(row)


@pytest.mark.parametrize(("told", "units"), [(19, 0), (20, 1), (39, 1), (40, 2), (70, 3)])
def test_further_minutes_alone_are_units_of_their_own(told: int, units: int) -> None:
    """20 minutes each, as CPT says; the first 20 stand on a claim of another day of the month."""
    (row,) = derive_units([Treatment("98981", told)], UnitRule.CMS_8MIN).codes
    assert (row.code, row.units) == ("98981", units)


def test_further_minutes_join_the_first_of_the_visit_and_of_the_day() -> None:
    beside = derive_units([Treatment("98980", 20), Treatment("98981", 20)], UnitRule.CMS_8MIN)
    assert [(row.code, row.units) for row in beside.codes] == [("98980", 1), ("98981", 1)]
    first = derive_units([Treatment("98980", 20)], UnitRule.CMS_8MIN)
    later = derive_units([Treatment("98981", 25)], UnitRule.CMS_8MIN, Before.of([first], [first]))
    assert [(row.code, row.units) for row in later.codes] == [("98981", 1)]
