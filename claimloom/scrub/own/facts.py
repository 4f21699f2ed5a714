"""What a rule of one's own may look at: names, types and meaning, as docs/own-rules.md lists them.

No name, birth date or address of a person is among them. Text that nobody told is empty, a day is text (2026-11-30, so
that < and > compare days). A number that nobody told has no value: a rule that needs it gives no answer.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, Final, NamedTuple

from claimloom.scrub.case import Case, rendering_role
from schemas.claim import ClaimLine
from schemas.session import Authorization, PlanOfCare

LINE: Final = "line."


class Fact(NamedTuple):
    """A fact of a claim: its name, its type, what it means, and how it is found; None: nobody told it."""

    name: str
    kind: str
    means: str
    find: Callable[[Case], Any]


class LineFact(NamedTuple):
    """The same of a service line."""

    name: str
    kind: str
    means: str
    find: Callable[[Case, ClaimLine], Any]


TEXT, NUMBER, YES, TEXTS = "text", "number", "yes or no", "list of texts"


def _plan(case: Case, get: Callable[[PlanOfCare], date | None]) -> date | None:
    plan = case.session.plan_of_care
    return get(plan) if plan else None


def _allowed(case: Case, get: Callable[[Authorization], date | None]) -> date | None:
    known = case.session.authorization
    return get(known) if known else None


def _day(value: date | None) -> str:
    return value.isoformat() if value else ""


def _since(case: Case, value: date | None) -> int | None:
    return (case.day - value).days if value else None


def _age(case: Case) -> int:
    born, day = case.claim.patient.birth_date, case.day
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def _signed_on(case: Case) -> str:
    note = case.session.note
    return _day(note.signed_at.date()) if note and note.signed_at else ""


def _pointed(case: Case, line: ClaimLine) -> list[str]:
    named = case.claim.diagnoses
    return [named[each - 1] for each in line.diagnosis_pointers if 0 < each <= len(named)]


OF_CLAIMS: Final = (
    Fact("payer.id", TEXT, "payer id (2010BB NM109)", lambda c: c.claim.coverage.payer_id),
    Fact("payer.class", TEXT, "class of the payer: medicare_b, commercial ...", lambda c: c.payer.payer_class.value),
    Fact("coverage.member_id", TEXT, "member id", lambda c: c.claim.coverage.member_id),
    Fact("coverage.group_number", TEXT, "group number (SBR03)", lambda c: c.claim.coverage.group_number),
    Fact("coverage.filing_indicator", TEXT, "SBR09", lambda c: c.claim.coverage.filing_indicator),
    Fact("coverage.relationship", TEXT, "patient to subscriber, 18: self", lambda c: c.claim.coverage.relationship),
    Fact("claim.frequency", TEXT, "1 original, 7 replacement, 8 void", lambda c: c.claim.frequency_code),
    Fact("claim.responsibility", TEXT, "SBR01: P first payer, S second", lambda c: c.claim.responsibility),
    Fact("claim.place_of_service", TEXT, "CLM05-1", lambda c: c.claim.place_of_service),
    Fact("claim.codes", TEXTS, "procedure code of each line", lambda c: [x.procedure_code for x in c.claim.lines]),
    Fact(
        "claim.modifiers",
        TEXTS,
        "all modifiers on lines",
        lambda c: sorted({m for x in c.claim.lines for m in x.modifiers}),
    ),
    Fact("claim.diagnoses", TEXTS, "diagnoses without dots, main one first", lambda c: list(c.claim.diagnoses)),
    Fact("claim.units", NUMBER, "units of all lines", lambda c: sum(x.units for x in c.claim.lines)),
    Fact("claim.charge_cents", NUMBER, "charge of the claim, in cents", lambda c: c.claim.total_charge_cents),
    Fact("claim.authorization", TEXT, "authorization number (REF*G1)", lambda c: c.claim.authorization_number),
    Fact("claim.referral", TEXT, "referral number (REF*9F)", lambda c: c.claim.referral_number),
    Fact("claim.attachments", NUMBER, "attachments of the claim (PWK)", lambda c: len(c.claim.attachments)),
    Fact(
        "claim.accident",
        TEXTS,
        "AA auto, EM employment, OA other",
        lambda c: list(c.claim.accident.related) if c.claim.accident else [],
    ),
    Fact("claim.payers_after", NUMBER, "payers that come after this one", lambda c: c.claim.payers_after),
    Fact("visit.clinic", TEXT, "id of the clinic", lambda c: c.session.clinic.clinic_id),
    Fact("visit.discipline", TEXT, "PT, OT or SLP", lambda c: c.claim.discipline.value),
    Fact("visit.mode", TEXT, "in_person or telehealth", lambda c: c.session.mode),
    Fact("visit.day", TEXT, "date of service", lambda c: c.day.isoformat()),
    Fact("visit.weekday", NUMBER, "1 Monday to 7 Sunday", lambda c: c.day.isoweekday()),
    Fact("visit.days_ago", NUMBER, "days from the visit to today", lambda c: (c.as_of - c.day).days),
    Fact("visit.timed_minutes", NUMBER, "minutes of timed codes", lambda c: sum(c.minutes.values())),
    Fact("visit.by_assistant", YES, "an assistant gave a part", lambda c: bool(c.by_assistant)),
    Fact("visit.signed_on", TEXT, "day on which the note was signed", _signed_on),
    Fact("patient.age", NUMBER, "whole years on the day of the visit", _age),
    Fact("patient.gender", TEXT, "F, M or U", lambda c: c.claim.patient.gender),
    Fact("patient.state", TEXT, "state of the patient's address", lambda c: c.claim.patient.address.state),
    Fact("billing.npi", TEXT, "who is paid (2010AA)", lambda c: c.claim.billing_provider.npi),
    Fact("billing.taxonomy", TEXT, "its taxonomy", lambda c: c.claim.billing_provider.taxonomy),
    Fact("billing.state", TEXT, "state of its address", lambda c: c.claim.billing_provider.address.state),
    Fact("rendering.npi", TEXT, "the therapist (2310B)", lambda c: c.claim.rendering.npi),
    Fact("rendering.taxonomy", TEXT, "the therapist's taxonomy", lambda c: c.claim.rendering.taxonomy),
    Fact("rendering.role", TEXT, "PT, PTA, OT, OTA, SLP ... by the taxonomy", rendering_role),
    Fact("referring.npi", TEXT, "who referred (2310A)", lambda c: c.claim.referring.npi if c.claim.referring else ""),
    Fact(
        "authorization.from",
        TEXT,
        "first day of the authorization",
        lambda c: _day(_allowed(c, lambda a: a.valid_from)),
    ),
    Fact("authorization.to", TEXT, "last day of the authorization", lambda c: _day(_allowed(c, lambda a: a.valid_to))),
    Fact("plan.start", TEXT, "first day of the plan of care", lambda c: _day(_plan(c, lambda p: p.start))),
    Fact("plan.end", TEXT, "last day of the plan of care", lambda c: _day(_plan(c, lambda p: p.end))),
    Fact(
        "plan.certified_on",
        TEXT,
        "day of the physician's signature",
        lambda c: _day(_plan(c, lambda p: p.certified_on)),
    ),
    Fact(
        "plan.days",
        NUMBER,
        "days from the plan's first day to the visit; only if told",
        lambda c: _since(c, _plan(c, lambda p: p.start)),
    ),
    Fact("day.claims", NUMBER, "other claims of the patient that day", lambda c: len(c.ledger.same_day)),
    Fact("day.codes", TEXTS, "codes on these", lambda c: sorted({x.code for o in c.ledger.same_day for x in o.lines})),
)
OF_LINES: Final = (
    LineFact("line.number", NUMBER, "LX01", lambda _, x: x.line_number),
    LineFact("line.code", TEXT, "procedure code", lambda _, x: x.procedure_code),
    LineFact("line.modifiers", TEXTS, "its modifiers, in their order", lambda _, x: list(x.modifiers)),
    LineFact("line.units", NUMBER, "its units", lambda _, x: x.units),
    LineFact("line.charge_cents", NUMBER, "charge of all its units, in cents", lambda _, x: x.charge_cents),
    LineFact("line.diagnoses", TEXTS, "diagnoses that it points to", _pointed),
    LineFact(
        "line.minutes",
        NUMBER,
        "timed minutes of its code in the visit; 0: none",
        lambda c, x: c.minutes.get(x.procedure_code, 0),
    ),
    LineFact(
        "line.by_assistant",
        YES,
        "an assistant gave a part of its code",
        lambda c, x: x.procedure_code in c.by_assistant,
    ),
    LineFact(
        "line.place_of_service",
        TEXT,
        "its place, or the claim's",
        lambda c, x: x.place_of_service or c.claim.place_of_service,
    ),
)
FACTS: Final = (*OF_CLAIMS, *OF_LINES)


def facts_of(case: Case) -> dict[str, Any]:
    """What is known of a claim, by name; what nobody told is left out."""
    return _told({each.name: each.find(case) for each in OF_CLAIMS})


def facts_of_line(case: Case, line: ClaimLine) -> dict[str, Any]:
    """What is known of one of its lines, by name."""
    return _told({each.name: each.find(case, line) for each in OF_LINES})


def _told(found: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in found.items() if value is not None}
