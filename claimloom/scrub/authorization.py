"""AUT: prior authorization, where the payer wants one (``auth_required`` lists codes, ``*`` means all)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from claimloom.scrub.case import Case
from claimloom.scrub.rules import Hit, rule
from schemas.claim import ClaimLine
from schemas.words import counted

ENDING_DAYS: Final = 7
ENDING_VISITS: Final = 2
WORDS: Final = re.compile(
    r"\s*(?:(?:prior|pre)?[\s-]*auth(?:orization)?|pa|ref(?:erral)?|pre[\s-]?cert(?:ification)?|cert|case|number|num|no|#)"
    r"\s*(?:number|num|no|id)?[\s.:#-]+(?=\S*\d)",
    re.IGNORECASE,
)
"""Words that people type before the number; a prefix that is part of it (``VA0012345``) has no blank after it."""


def _wanted(case: Case) -> list[ClaimLine]:
    required = case.payer.auth_required
    return [line for line in case.claim.lines if "*" in required or line.procedure_code in required]


@rule("AUT-001")
def missing(case: Case) -> Iterator[Hit]:
    """REF*G1."""
    if (lines := _wanted(case)) and not case.claim.authorization_number:
        codes = ", ".join(line.procedure_code for line in lines)
        yield Hit("2300/REF*G1", f"payer wants one for {codes}", ("fill authorization.number",))


@rule("AUT-002", after=("AUT-001",))
def covers(case: Case) -> Iterator[Hit]:
    """The authorization's dates and codes cover the line."""
    found = case.session.authorization
    if found is None:
        return
    early = found.valid_from is not None and case.day < found.valid_from
    late = found.valid_to is not None and case.day > found.valid_to
    if early or late:
        detail = f"{case.day} is outside {found.valid_from or '...'} to {found.valid_to or '...'}"
        yield Hit("2300/REF*G1", detail, ("use the authorization of that day, or ask for an extension",))
    for line in _wanted(case):
        if found.codes and line.procedure_code not in found.codes:
            detail = f"{line.procedure_code} is not among {', '.join(found.codes)}"
            fix = f"have {line.procedure_code} added to the authorization and to authorization.codes"
            yield Hit("2300/REF*G1", detail, (fix, f"take {line.procedure_code} out of the visit"), line)


def _used(case: Case) -> tuple[int, int] | None:
    found = case.session.authorization
    if found is None or found.visits_authorized is None:
        return None
    return max(found.visits_used or 0, case.ledger.authorization_visits) + 1, found.visits_authorized


@rule("AUT-003", after=("AUT-001",))
def exhausted(case: Case) -> Iterator[Hit]:
    """Visits used with this one against visits authorized."""
    visits = _used(case)
    if visits and visits[0] > visits[1]:
        detail = f"visit {visits[0]} of {visits[1]}"
        yield Hit("2300/REF*G1", detail, ("ask for more visits and correct authorization",), value=str(visits[0]))


@rule("AUT-004", after=("AUT-001", "AUT-003"))
def ending(case: Case) -> Iterator[Hit]:
    """A week or two visits left: ask now."""
    found = case.session.authorization
    if found and found.valid_to and 0 <= (found.valid_to - case.as_of).days <= ENDING_DAYS:
        yield Hit("2300/REF*G1", f"ends on {found.valid_to}", ("ask for an extension",), value=str(found.valid_to))
    visits = _used(case)
    if visits and 0 <= visits[1] - visits[0] <= ENDING_VISITS:
        left = visits[1] - visits[0]
        yield Hit(
            "2300/REF*G1", f"{counted(left, 'visit')} left after this one", ("ask for more visits",), value=str(left)
        )


def without_words(number: str) -> str:
    """A number without the words that people type before it."""
    return WORDS.sub("", number, count=1)


@rule("AUT-005")
def number_alone(case: Case) -> Iterator[Hit]:
    """REF02 is compared letter by letter: "Auth VA0012345" is another number than "VA0012345"."""
    if WORDS.match(case.claim.authorization_number):
        fix = "leave only the number in authorization.number, without words before it"
        yield Hit("2300/REF*G1", "authorization.number begins with a word", (fix,))
