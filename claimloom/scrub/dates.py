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
    """Last day to file: Medicare one calendar year (42 CFR 424.44), others a number of days.

    What corrects a claim that the payer answered has days of its own, from that answer on; a later payer's days begin
    with the answer of the payer before it. Medicare's year is the same for these (no such exception in 424.44).
    """
    day = case.day
    if not case.medicare:
        return _begins(case) + timedelta(days=_days(case))
    leap = day.month == 2 and day.day == 29
    return date(day.year + 1, day.month, 28 if leap else day.day)


def _corrects(case: Case) -> bool:
    return case.claim.frequency_code == "7" and case.payer.replacement_days is not None


def _days(case: Case) -> int:
    own = case.payer.replacement_days
    return own if _corrects(case) and own is not None else case.payer.timely_days


def _begins(case: Case) -> date:
    if _corrects(case) and case.answered_on:
        return case.answered_on
    told = [
        day
        for other in case.claim.other_payers
        for day in (other.adjudication_date, *(line.adjudication_date for line in other.lines))
        if day
    ]
    return max([case.day, *told])


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
