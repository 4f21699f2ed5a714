"""What a visit's documentation needs before its claim is safe: a line a matter, by the rules of scrubbing.

Nothing is looked at a second time: whether something is missing say the findings of the claim's newest scrubbing,
whether the payer wants it says the rule itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from claimloom.scrub import RULES
from claimloom.scrub.case import Case
from claimloom.scrub.plan_of_care import EVALUATIONS, REPORT_DAYS
from schemas.claim import ClaimScrubbed, Severity
from schemas.fields import without_names
from schemas.session import Performer, Session
from schemas.words import counted

NOT_CHECKED: Final = ": not checked, "
"""What a rule that lacks something says, between its own words and what it lacks."""


class MatterState(StrEnum):
    """How a matter stands."""

    OK = "ok"
    MISSING = "missing"
    NOT_TOLD = "not told by the EMR"
    NOT_NEEDED = "not needed"


@dataclass(frozen=True, slots=True)
class Matter:
    """A line of the list: what, how it stands, why in words, and where that is written."""

    name: str
    state: MatterState
    why: str
    source: str


@dataclass(frozen=True, slots=True)
class _Asked:
    """A matter as rules see it. ``needed``: those by which a payer wants it (none: everybody does); ``rules``: all that
    say something of it; ``told``: the fact, empty where the visit has none.
    """

    name: str
    needed: Sequence[str]
    rules: Sequence[str]
    told: Callable[[Session], str]


def _note(session: Session) -> str:
    signed = session.note.signed_at if session.note else None
    return f"signed on {signed:%Y-%m-%d}" if signed else ""


def _minutes(session: Session) -> str:
    total = sum(each.duration_seconds for each in session.timed) // 60
    return counted(total, "timed minute") if session.timed else "untimed services alone"


def _plan(session: Session) -> str:
    plan = session.plan_of_care
    return f"from {plan.start} to {plan.end or 'no end told'}" if plan else ""


def _certified(session: Session) -> str:
    plan = session.plan_of_care
    if plan is None:
        return ""
    if plan.certified_on:
        return f"signed on {plan.certified_on}" + (f", to {plan.certified_to}" if plan.certified_to else "")
    return "not signed yet, and not due" if not plan.order_on_file else "an order is on file"


def _report(session: Session) -> str:
    days = session.plan_of_care.treatment_days_since_report if session.plan_of_care else None
    return "" if days is None else f"{counted(days, 'treatment day')} since the last one; due every {REPORT_DAYS}"


def _referral(session: Session) -> str:
    who = "who refers is named" if session.referring_provider else ""
    return ", ".join(filter(None, (who, "a referral number is there" if session.referral_number else "")))


def _evaluation(session: Session) -> str:
    codes = {each.code for each in session.timed} | {each.code for each in session.untimed}
    return "this visit is one" if codes & EVALUATIONS else ""


def helped(session: Session) -> bool:
    """Whether an assistant gave a part."""
    parts = [each.performer for each in session.timed] + [each.performer for each in session.untimed]
    return session.assistant is not None or Performer.ASSISTANT in parts


def _authorization(session: Session) -> str:
    found = session.authorization
    if found is None:
        return ""
    days = f"to {found.valid_to}" if found.valid_to else ""
    left = ""
    if found.visits_authorized is not None and found.visits_used is not None:
        left = f"{counted(found.visits_authorized - found.visits_used, 'visit')} left with this one"
    return ", ".join(filter(None, ("a number is there", days, left)))


MATTERS: Final = (
    _Asked("note", (), ("CLM-018",), _note),
    _Asked("minutes", (), ("UNT-001", "UNT-002", "UNT-004", "UNT-005", "UNT-007", "UNT-013"), _minutes),
    _Asked("plan of care", ("POC-001",), ("POC-001",), _plan),
    _Asked("certification", ("POC-002",), ("POC-002", "POC-003"), _certified),
    _Asked("progress report", ("POC-004",), ("POC-004",), _report),
    _Asked("referral", ("REF-001", "REF-004"), ("REF-001", "REF-004"), _referral),
    _Asked("evaluation", (), ("LIN-013",), _evaluation),
    _Asked("supervision", (), ("PRV-014", "PRV-023", "LIN-012"), lambda session: "the therapist of the visit"),
    _Asked("authorization", ("AUT-001",), ("AUT-001", "AUT-002", "AUT-003", "AUT-004", "AUT-005"), _authorization),
)


def checklist(scrubbed: ClaimScrubbed, case: Case) -> list[Matter]:
    """Every matter of a visit whose claim was scrubbed."""
    return [_matter(asked, scrubbed, case) for asked in MATTERS]


def _matter(asked: _Asked, scrubbed: ClaimScrubbed, case: Case) -> Matter:
    found = [each for each in scrubbed.findings if each.code in asked.rules]
    wrong = [each for each in found if each.severity is not Severity.NOT_EVALUATED]
    wanted = [each for each in asked.needed if RULES[each].applies(case)]
    said = asked.told(case.session)
    if wrong:
        why = "; ".join(f"{without_names(each.message)}: {without_names(each.fixes[0])}" for each in wrong)
        return Matter(asked.name, MatterState.MISSING, why, _source([each.code for each in wrong]))
    if why := _not_needed(asked, case, wanted, said, waits=bool(found)):
        return Matter(asked.name, MatterState.NOT_NEEDED, why, _source(asked.needed))
    if found or not said:
        # The rule's own words come first and accuse; what it lacks is what is asked here.
        lacks = [without_names(each.message).rpartition(NOT_CHECKED)[2] for each in found]
        why = "; ".join(filter(None, (said, *dict.fromkeys(lacks)))) if found else "the visit does not say"
        return Matter(asked.name, MatterState.NOT_TOLD, why, _source([each.code for each in found] or asked.rules))
    return Matter(asked.name, MatterState.OK, said, _source(wanted or asked.rules))


def _not_needed(asked: _Asked, case: Case, wanted: Sequence[str], said: str, *, waits: bool) -> str:
    """Why nobody asks for it; empty where somebody does, or it is there all the same."""
    if asked.name == "supervision" and not helped(case.session):
        return "no assistant gave a part of the visit"
    if said or waits:
        return ""
    if asked.needed and not wanted:
        return f"{case.payer.name} does not ask for it"
    return "the payer asks for none for these codes" if asked.name == "authorization" else ""


def _source(rules: Sequence[str]) -> str:
    """The rules with where each was read."""
    return "; ".join(f"{each}: {_words_of(RULES[each].source)}" for each in dict.fromkeys(rules))


def _words_of(source: str) -> str:
    return source.replace("payer config", "the payer's settings")
