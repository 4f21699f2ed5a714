"""Working days and hours, as those count who promise an answer: Monday to Friday without the federal holidays.

Partners work round the clock on working days (a file of Friday evening is edited that night), so a working day has 24
hours. Times are UTC, as everything that is kept.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Final

from claimloom.reference.working_days import DAY, is_working_day

HOURS: Final = 24


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
