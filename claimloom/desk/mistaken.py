"""What payers allow by mistake with a contract: by the terms that ended, without the newest rise, of another place.

Each is worked out only where a line was allowed otherwise than is right, and named only if it gives that amount.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Final

from claimloom.contracts import Term
from claimloom.desk.priced import Priced, once
from claimloom.reference.places_of_service import facility_places

OFFICE: Final = "11"
HOSPITAL: Final = "22"
"""On-campus outpatient: one of those where the facility's fee is paid."""
Mistake = tuple[str, int, str]


def mistaken(asked: Priced) -> Callable[[int], Sequence[Mistake]]:
    """Says of a line the causes that there may be, each with what it would allow and its words."""

    all_lines = once(lambda: _all_lines(asked))
    return lambda place: [(name, cents[place], text) for name, cents, text in all_lines()]


def _all_lines(asked: Priced) -> tuple[tuple[str, list[int], str], ...]:
    chosen = asked.terms()
    return (*_old_contract(asked, chosen), *_not_raised(asked, chosen), *_other_place(asked))


def _old_contract(asked: Priced, chosen: Sequence[Term | None]) -> Iterator[tuple[str, list[int], str]]:
    begun = max((term.starts for term in chosen if term is not None and _is_dated(term)), default=None)
    if begun is None:
        return
    before = [term for term in asked.payer.terms if term.in_force(begun - timedelta(days=1))]
    instead = [replace(term, starts=date.min, until=None) for term in before]
    if instead and (cents := asked.allowed(asked.lines, instead=instead)):
        yield "old_contract", cents, f"that is by the terms until {begun - timedelta(days=1)}"


def _is_dated(term: Term) -> bool:
    """Whether something was before it: a payer's own fees that change with the year are last year's, and told so."""
    new_year = (term.starts.month, term.starts.day) == (1, 1)
    return term.starts != date.min and (bool(term.rank) or not new_year)


def _not_raised(asked: Priced, chosen: Sequence[Term | None]) -> Iterator[tuple[str, list[int], str]]:
    if not any(term and term.raises(asked.on) for term in chosen):
        return
    instead = [_raised_later(term) for term in asked.payer.terms]
    if cents := asked.allowed(asked.lines, instead=instead):
        yield "escalator_not_applied", cents, "that is without the newest rise of the escalator"


def _raised_later(term: Term) -> Term:
    first = term.escalates_from
    if first is None:
        return term
    leap_day = (first.month, first.day) == (2, 29)
    return replace(term, escalates_from=first.replace(year=first.year + 1, day=28 if leap_day else first.day))


def _other_place(asked: Priced) -> Iterator[tuple[str, list[int], str]]:
    place = asked.lines[0].place_of_service or asked.facts.place
    in_facility = place in facility_places()
    other = OFFICE if in_facility else HOSPITAL
    there = replace(asked, facts=replace(asked.facts, place=other))
    lines = [replace(line, place_of_service="") for line in asked.lines]
    if cents := there.allowed(lines):
        paid, given = ("an office", "a facility") if in_facility else ("a facility", "none")
        yield "wrong_place", cents, f"that is the fee of {paid}, and the service was in {given}"
