"""Days on which those work who owe an answer or take a claim in: Monday to Friday without the federal holidays.

The holidays are those of 5 U.S.C. 6103(a); one on a Sunday is kept on Monday, one on a Saturday on the Friday before
(6103(b); Executive Order 11582), as the Federal Reserve and Medicare's contractors list them
(https://www.opm.gov/policy-data-oversight/pay-leave/federal-holidays/).
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from typing import Final

SATURDAY: Final = 5
MONDAY, THURSDAY = 0, 3
DAY: Final = timedelta(days=1)


def later(day: date, days: int) -> date:
    """So many days on; the last day of the calendar where that lies behind it, for a visit whose year is mistyped."""
    return day + timedelta(days=min(days, (date.max - day).days))


def is_working_day(day: date) -> bool:
    """Whether anybody works who owes an answer."""
    return day.weekday() < SATURDAY and day not in holidays(day.year)


@cache
def holidays(year: int) -> frozenset[date]:
    """The federal holidays that are kept in a year; New Year's Day of the next may be kept in this one."""
    fixed = [date(year, 1, 1), date(year, 6, 19), date(year, 7, 4), date(year, 11, 11), date(year, 12, 25)]
    moved = [
        *(_nth(year, 1, MONDAY, 3), _nth(year, 2, MONDAY, 3), _nth(year, 6, MONDAY, 1) - 7 * DAY),
        *(_nth(year, 9, MONDAY, 1), _nth(year, 10, MONDAY, 2), _nth(year, 11, THURSDAY, 4)),
    ]
    next_year = [date(year + 1, 1, 1)] if year < date.max.year else []
    kept = [*map(_kept, [*fixed, *next_year]), *moved]
    return frozenset(day for day in kept if day.year == year)


def _nth(year: int, month: int, weekday: int, count: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (count - 1))


def _kept(day: date) -> date:
    return day + {SATURDAY: -1, SATURDAY + 1: 1}.get(day.weekday(), 0) * DAY


def next_working_day(day: date) -> date:
    """The day itself, or the first after it on which anybody works."""
    while day < date.max and not is_working_day(day):
        day += DAY
    return day
