"""LIN: remote therapeutic monitoring, which is billed by the calendar month, the 30 days of a device, and the episode.

Rules of 2026 (CMS CR 14250, MM14250): https://fairpath.ai/resources/rtm-2026-update,
https://docs.stratapt.com/documentation/clinical-documentation/remote-therapeutic-monitoring-rtm; once an episode, 16
days of data before 2026: https://www.clinii.com/careprograms/remote-therapeutic-monitoring/cpt-98975.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import combinations
from typing import Final

from claimloom.scrub.case import Case, OtherDay
from claimloom.scrub.rules import Hit, MissingInputError, rule
from schemas.claim import ClaimLine, Severity
from schemas.words import counted

SET_UP: Final = "98975"
SHORT, LONG = "98979", "98980"
A_MONTH: Final = frozenset({SHORT, LONG})
"""First minutes of a calendar month: 10 to 19, or 20; one of the two."""
FEW_DAYS: Final = frozenset({"98984", "98985", "98986"})
MANY_DAYS: Final = frozenset({"98976", "98977", "98978"})
A_DEVICE: Final = FEW_DAYS | MANY_DAYS
PERIOD_DAYS: Final = 30
SUPPLIED_DAYS: Final = 16
LEAST_DAYS: Final = 2
SHORT_PERIODS_SINCE: Final = date(2026, 1, 1)


def other_days(case: Case) -> list[OtherDay]:
    """Watched lines of the patient's other claims to the payer that were built before."""
    if case.ledger.other_days is None:
        raise MissingInputError("the patient's other claims")
    return [each for each in case.ledger.other_days if each.payer_id == case.claim.coverage.payer_id]


def in_month(case: Case) -> list[OtherDay]:
    """Those of the calendar month of the visit."""
    month = (case.day.year, case.day.month)
    return [each for each in other_days(case) if (each.day.year, each.day.month) == month]


def _lines(case: Case, codes: frozenset[str]) -> list[ClaimLine]:
    return [line for line in case.claim.lines if line.procedure_code in codes]


def _stands(code: str, other: OtherDay) -> str:
    return f"{code}; {other.code} of {other.day} stands on claim {other.patient_control_number}"


@rule("LIN-015", about=A_DEVICE)
def one_device_period(case: Case) -> Iterator[Hit]:
    """A device is supplied once in 30 days, and by how many days had data it is one code or another."""
    mine = _lines(case, A_DEVICE)
    for first, second in combinations(mine, 2):
        detail = f"{first.procedure_code} and {second.procedure_code} of one day"
        fixes = tuple(f"take {line.procedure_code} out of the visit" for line in (second, first))
        yield Hit("2400/SV101-2", detail, fixes, second, second.procedure_code)
    for line, other in ((line, other) for line in mine for other in other_days(case) if other.code in A_DEVICE):
        apart = abs((case.day - other.day).days)
        if apart < PERIOD_DAYS:
            detail = f"{_stands(line.procedure_code, other)}, {counted(apart, 'day')} apart, {PERIOD_DAYS} at least"
            fixes = (f"take {line.procedure_code} out of the visit", "correct date_of_service")
            yield Hit("2400/SV101-2", detail, fixes, line, line.procedure_code)
    for line in mine:
        yield from _days_with_data(case, line)


def _days_with_data(case: Case, line: ClaimLine) -> Iterator[Hit]:
    code = line.procedure_code
    days = _told(case, code)
    if code in FEW_DAYS:
        fits, wanted = LEAST_DAYS <= days < SUPPLIED_DAYS, f"{LEAST_DAYS} to {SUPPLIED_DAYS - 1}"
    else:
        fits, wanted = days >= SUPPLIED_DAYS, f"{SUPPLIED_DAYS} at least"
    if not fits:
        detail = f"{code} with data of {counted(days, 'day')}, {wanted}"
        fixes = (f"correct device_days of {code}", f"take {code} out of the visit")
        yield Hit("2400/SV101-2", detail, fixes, line, str(days))


def _told(case: Case, code: str) -> int:
    """On how many days of its period a device had data, as the visit says."""
    told = [each.device_days for each in case.session.untimed if each.code == code and each.device_days is not None]
    if not told:
        raise MissingInputError(f"device_days of {code}")
    return max(told)


@rule("LIN-016", about=A_MONTH)
def one_first_code_a_month(case: Case) -> Iterator[Hit]:
    """10 to 19 minutes of a calendar month, or its first 20: one of the two, once."""
    mine = _lines(case, A_MONTH)
    for first, second in combinations(mine, 2):
        detail = f"{first.procedure_code} and {second.procedure_code} of one month"
        yield Hit("2400/SV101-2", detail, (f"take {SHORT} out of the visit",), second, second.procedure_code)
    if SHORT in case.units and case.minutes.get(SHORT, 0) >= 20:
        detail = f"{SHORT} is for 10 to 19 minutes, and there are {case.minutes[SHORT]}"
        line = next(line for line in mine if line.procedure_code == SHORT)
        yield Hit("2400/SV101-2", detail, (f"bill {LONG}",), line, SHORT, Severity.WARN)
    for line in mine:
        for other in in_month(case):
            if other.code in A_MONTH:
                detail = _stands(line.procedure_code, other)
                fixes = (
                    f"add the minutes to visit {other.session_id} and take {line.procedure_code} out of this one",
                    "correct date_of_service",
                )
                yield Hit("2400/SV101-2", detail, fixes, line, line.procedure_code)
                break


@rule("LIN-017", about=[SET_UP])
def set_up_once(case: Case) -> Iterator[Hit]:
    """Setting up and teaching are billed once an episode, which is the plan of care's, and only if data came."""
    for line in _lines(case, frozenset({SET_UP})):
        others = [other for other in other_days(case) if other.code == SET_UP]
        plan = case.session.plan_of_care
        if others and plan is None:
            raise MissingInputError("plan_of_care.start, with which the episode begins")
        same = [other for other in others if plan and plan.start <= other.day]
        if same:
            fixes = (f"take {SET_UP} out of the visit", "correct plan_of_care.start if a new episode began")
            yield Hit("2400/SV101-2", _stands(SET_UP, same[0]), fixes, line, SET_UP)
        days, least = _told(case, SET_UP), LEAST_DAYS if case.day >= SHORT_PERIODS_SINCE else SUPPLIED_DAYS
        if days < least:
            detail = f"{SET_UP} with data of {counted(days, 'day')}, {least} at least"
            fixes = (f"correct device_days of {SET_UP}", f"take {SET_UP} out of the visit")
            yield Hit("2400/SV101-2", detail, fixes, line, str(days))
