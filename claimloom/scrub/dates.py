"""DAT: when it happened, and until when it can be billed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from claimloom.payers import PayerConfig
from claimloom.reference.time_zones import day_at
from claimloom.reference.working_days import later, next_working_day
from claimloom.scrub.case import Case, fact
from claimloom.scrub.rules import Hit, rule
from schemas.claim import Claim
from schemas.session import on_the_clock
from schemas.values import PayerClass

WARN_DAYS: Final = 14


@fact
def timely_deadline(case: Case) -> date:
    """Last day to file the claim of a case."""
    return filing_ends(case.claim, case.payer, case.day, case.answered_on).day


@dataclass(frozen=True, slots=True)
class FilingEnd:
    """The last day to file a claim: so many days (0: a calendar year) after one, and what began then."""

    day: date
    begins: date
    days: int
    since: str

    @property
    def words(self) -> str:
        """How the day was found."""
        length = f"{self.days} days" if self.days else "one calendar year"
        return f"{length} from {self.since} {self.begins}"


SERVICE, ANSWER, BEFORE = "the service on", "the payer's answer on", "the answer of the payer before it on"


def filing_ends(claim: Claim, payer: PayerConfig, day: date, answered_on: date | None = None) -> FilingEnd:
    """Last day to file what was done on a day: Medicare one calendar year, others a number of days.

    What corrects a claim that the payer answered (``answered_on``) has days of its own, from that answer on; a later
    payer's days begin with the answer of the payer before it.
    """
    own = payer.replacement_days if claim.frequency_code == "7" else None
    if payer.payer_class is not PayerClass.MEDICARE_B and own is not None:
        begins, since = (answered_on, ANSWER) if answered_on else _begins(claim, day)
        return _ends(payer, later(begins, own), begins, own, since)
    return days_to_file(payer, day, *_begins(claim, day))


def days_to_file(payer: PayerConfig, day: date, begins: date, since: str = BEFORE) -> FilingEnd:
    """The end of a payer's days to file, which began on a day; Medicare's calendar year begins with the service (42 CFR
    424.44; of February 29 it ends on the 28th: Noridian, "Timely Filing"), whoever paid before and whatever is
    corrected (CGS, "Timely Filing Requirements").
    """
    if payer.payer_class is PayerClass.MEDICARE_B:
        leap = day.month == 2 and day.day == 29
        return _ends(payer, date(min(day.year + 1, date.max.year), day.month, 28 if leap else day.day), day, 0, SERVICE)
    return _ends(payer, later(begins, payer.timely_days), begins, payer.timely_days, since)


def _ends(payer: PayerConfig, last: date, begins: date, days: int, since: str) -> FilingEnd:
    """Where the payer's rule says so (Medicare's does: Pub. 100-04 ch. 1 section 70), a last day on which nobody works
    is followed by the next on which somebody does.
    """
    return FilingEnd(next_working_day(last) if payer.timely_next_workday else last, begins, days, since)


def _begins(claim: Claim, day: date) -> tuple[date, str]:
    told = [
        each
        for other in claim.other_payers
        for each in (other.adjudication_date, *(line.adjudication_date for line in other.lines))
        if each and each > day
    ]
    return (max(told), BEFORE) if told else (day, SERVICE)


@rule("DAT-002")
def not_in_the_future(case: Case) -> Iterator[Hit]:
    """No service after the day of submission."""
    if case.day > case.as_of:
        detail = f"{case.day} is after {case.as_of}"
        yield Hit("2400/DTP*472", detail, ("correct date_of_service",), value=str(case.day))


@rule("DAT-010")
def on_its_day(case: Case) -> Iterator[Hit]:
    """The visit began on its date of service, as told or at the clinic, and may end after midnight."""
    session = case.session
    begun = [each for each in (session.start, *(segment.start for segment in session.timed)) if each]
    if all(each.date() == case.day for each in begun):
        return  # nearly every visit
    began = min(begun, key=on_the_clock)
    if case.day in _days_of(case, began):
        return
    detail = f"the visit began on {_days_of(case, began)[-1]}, date_of_service is {case.day}"
    yield Hit("2400/DTP*472", detail, ("correct date_of_service", "correct when the visit began"), value=str(case.day))


def _days_of(case: Case, moment: datetime) -> tuple[date, ...]:
    """Of a moment with an offset the day there, and the clinic's."""
    return (moment.date(), day_at(case.session.clinic, moment)) if moment.tzinfo else (moment.date(),)


@rule("DAT-004")
def timely(case: Case) -> Iterator[Hit]:
    """Past the deadline nothing is paid and nothing may be billed to the patient."""
    last = timely_deadline(case)
    if case.as_of > last:
        fix = "do not send: file by hand with the payer's exception for late claims, or close this as not worth it"
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
