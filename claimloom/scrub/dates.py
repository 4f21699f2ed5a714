"""DAT: when it happened, and until when it can be billed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from claimloom.scrub.case import Case, fact
from claimloom.scrub.rules import Hit, rule

WARN_DAYS: Final = 14


@fact
def timely_deadline(case: Case) -> date:
    """Last day to file: Medicare one calendar year (42 CFR 424.44), others a number of days."""
    day = case.day
    if not case.medicare:
        return day + timedelta(days=case.payer.timely_days)
    leap = day.month == 2 and day.day == 29
    return date(day.year + 1, day.month, 28 if leap else day.day)


@rule("DAT-002")
def not_in_the_future(case: Case) -> Iterator[Hit]:
    """No service after the day of submission."""
    if case.day > case.as_of:
        detail = f"{case.day} is after {case.as_of}"
        yield Hit("2400/DTP*472", detail, ("correct date_of_service",), value=str(case.day))


@rule("DAT-004")
def timely(case: Case) -> Iterator[Hit]:
    """Past the deadline nothing is paid and nothing may be billed to the patient."""
    last = timely_deadline(case)
    if case.as_of > last:
        fix = "do not send; write off, or file by hand with the payer's exception for late claims"
        yield Hit("2400/DTP*472", f"last day was {last}", (fix, "correct date_of_service"), value=str(case.day))


@rule("DAT-005")
def nearly_late(case: Case) -> Iterator[Hit]:
    """Two weeks left or less."""
    last = timely_deadline(case)
    if 0 <= (last - case.as_of).days <= WARN_DAYS:
        yield Hit("2400/DTP*472", f"last day is {last}", ("send it now",), value=str(last))


@rule("DAT-007")
def covered(case: Case) -> Iterator[Hit]:
    """The registered coverage holds on the day."""
    coverage = case.claim.coverage
    early = coverage.effective_from is not None and case.day < coverage.effective_from
    late = coverage.effective_to is not None and case.day > coverage.effective_to
    if early or late:
        detail = f"{case.day} is outside {coverage.effective_from or '...'} to {coverage.effective_to or '...'}"
        dates = "correct coverages.0.effective_from or coverages.0.effective_to"
        fixes = ("put the coverage of that day first in coverages", dates)
        for line in case.claim.lines:
            yield Hit("2400/DTP*472", detail, fixes, line, str(case.day))


@rule("DAT-008")
def onset_before_service(case: Case) -> Iterator[Hit]:
    """Onset and accident come before treatment."""
    if case.claim.onset_date and case.claim.onset_date > case.day:
        yield Hit("2300/DTP*431", str(case.claim.onset_date), ("correct onset_date",), value=str(case.claim.onset_date))
    accident = case.claim.accident
    if accident and accident.accident_date and accident.accident_date > case.day:
        when = str(accident.accident_date)
        yield Hit("2300/DTP*439", when, ("correct accident.accident_date",), value=when)
