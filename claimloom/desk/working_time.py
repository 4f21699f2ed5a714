"""Working days and hours, as those count who promise an answer: Monday to Friday without the federal holidays.

Partners work round the clock on working days (a file of Friday evening is edited that night), so a working day has 24
hours. The holidays are those of 5 U.S.C. 6103(a); one on a Sunday is kept on Monday, one on a Saturday on the Friday
before (6103(b); Executive Order 11582), as the Federal Reserve and Medicare's contractors list them
(https://www.opm.gov/policy-data-oversight/pay-leave/federal-holidays/). Times are UTC, as everything that is kept.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Final

HOURS: Final = 24
SATURDAY: Final = 5
MONDAY, THURSDAY = 0, 3
DAY: Final = timedelta(days=1)


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
    kept = [*map(_kept, fixed), _kept(date(year + 1, 1, 1)), *moved]
    return frozenset(day for day in kept if day.year == year)


def _nth(year: int, month: int, weekday: int, count: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (count - 1))


def _kept(day: date) -> date:
    return day + {SATURDAY: -1, SATURDAY + 1: 1}.get(day.weekday(), 0) * DAY


def days_before(day: date, count: int) -> date:
    """The day that lies so many working days before."""
    while count:
        day -= DAY
        count -= is_working_day(day)
    return day


def after(moment: datetime, hours: int) -> datetime:
    """The moment when so many hours of working days have passed since one."""
    left = timedelta(hours=hours)
    while True:
        tomorrow = datetime.combine(moment.date() + DAY, time(), tzinfo=moment.tzinfo)
        if is_working_day(moment.date()):
            if left <= tomorrow - moment:
                return moment + left
            left -= tomorrow - moment
        moment = tomorrow
