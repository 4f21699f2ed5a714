"""POC: Medicare's plan of care (MBPM ch. 15 sections 220.1.2 to 220.3)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from claimloom.reference.working_days import later
from claimloom.scrub.case import Case
from claimloom.scrub.rules import Hit, MissingInputError, rule
from schemas.claim import Severity
from schemas.session import PlanOfCare
from schemas.words import counted

CERTIFY_DAYS: Final = 30
RECERTIFY_DAYS: Final = 90
REPORT_DAYS: Final = 10
ORDER_IS_ENOUGH_SINCE: Final = date(2025, 1, 1)
EVALUATIONS: Final = frozenset(
    ["97161", "97162", "97163", "97165", "97166", "97167", "92521", "92522", "92523", "92524"]
)


def _plan(case: Case) -> PlanOfCare:
    if case.session.plan_of_care is None:
        raise MissingInputError("plan_of_care")
    return case.session.plan_of_care


@rule("POC-001")
def plan_covers_the_day(case: Case) -> Iterator[Hit]:
    """The day lies inside the plan; the evaluation that starts it passes."""
    plan = _plan(case)
    evaluated = case.day == plan.start and EVALUATIONS & set(case.units)
    if not evaluated and (case.day < plan.start or (plan.end is not None and case.day > plan.end)):
        detail = f"{case.day} is outside {plan.start} to {plan.end or '...'}"
        yield Hit("session.plan_of_care", detail, ("write a plan that covers the day and correct plan_of_care",))


@rule("POC-002", after=("POC-001",))
def certified(case: Case) -> Iterator[Hit]:
    """Signed within 30 days of the first treatment, or since 2025 an order on file and the plan sent in time."""
    plan = _plan(case)
    first = plan.first_treatment or plan.start
    limit = later(first, CERTIFY_DAYS)
    sent = plan.sent_on is not None and plan.sent_on <= later(plan.start, CERTIFY_DAYS)
    by_order = plan.order_on_file and sent and case.day >= ORDER_IS_ENOUGH_SINCE
    signed = plan.certified_on is not None and plan.certified_on <= limit
    if case.as_of > limit and not signed and not by_order and not plan.delayed_certification:
        detail = f"no signature by {limit}"
        fixes = ("get the plan signed, document the delay and set plan_of_care.delayed_certification",)
        yield Hit("session.plan_of_care.certified_on", detail, fixes)


@rule("POC-003", after=("POC-001", "POC-002"))
def recertified(case: Case) -> Iterator[Hit]:
    """A certification lasts as long as it says, 90 days at most from its own beginning.

    ``certified_to`` ends the newest period, whether ``certified_on`` is the first signature or the newest: EMRs keep
    either. A period that holds the day of service ends 89 days after it at the latest.
    """
    plan = _plan(case)
    if plan.certified_on is None or plan.delayed_certification:
        return
    first = plan.first_treatment or plan.start
    last = plan.certified_to or later(first, RECERTIFY_DAYS - 1)
    fix = "get the plan recertified and correct plan_of_care.certified_to"
    if case.day > last:
        yield Hit("session.plan_of_care.certified_to", f"certified until {last}", (fix,))
    elif last - case.day >= timedelta(days=RECERTIFY_DAYS) and case.as_of < last:
        detail = f"certified until {last}, more than {RECERTIFY_DAYS} days after the visit: no period is that long"
        yield Hit("session.plan_of_care.certified_to", detail, (fix,), severity=Severity.WARN)


@rule("POC-004")
def progress_report(case: Case) -> Iterator[Hit]:
    """A report by the therapist at least every ten treatment days."""
    days = _plan(case).treatment_days_since_report
    if days is None:
        raise MissingInputError("plan_of_care.treatment_days_since_report")
    if days > REPORT_DAYS:
        yield Hit(
            "session.plan_of_care", counted(days, "treatment day"), ("write the progress report",), value=str(days)
        )
