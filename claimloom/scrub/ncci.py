"""NCC and MUE: code pairs that are not paid together, and units above which nothing is paid (practitioner tables)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from functools import cache, lru_cache
from itertools import combinations, product, repeat
from typing import Final, NamedTuple

from claimloom.reference import rows
from claimloom.reference.edits import Pair
from claimloom.reference.releases import ListRelease
from claimloom.scrub.case import Case, fact, rendered_by
from claimloom.scrub.rules import MOST_REMEMBERED, Hit, rule
from schemas.claim import ClaimLine
from schemas.session import on_the_clock

# The modifiers that open an indicator-1 pair; 76 and 77 do not (NCCI policy manual ch. 1).
OPENS: Final = frozenset(
    [
        "E1",
        "E2",
        "E3",
        "E4",
        "FA",
        "F1",
        "F2",
        "F3",
        "F4",
        "F5",
        "F6",
        "F7",
        "F8",
        "F9",
        "TA",
        "T1",
        "T2",
        "T3",
        "T4",
        "T5",
        "T6",
        "T7",
        "T8",
        "T9",
        "LT",
        "RT",
        "LC",
        "LD",
        "RC",
        "LM",
        "RI",
        "24",
        "25",
        "57",
        "58",
        "78",
        "79",
        "27",
        "59",
        "91",
        "XE",
        "XS",
        "XP",
        "XU",
    ]
)


LISTS: Final = {"ncci": ("code pairs (NCCI)", "2400/SV101-2"), "mue": ("unit limits (MUE)", "2400/SV104")}
"""What the lists are called, and the place that they are about."""


@cache
def _old_pairs() -> frozenset[tuple[str, str]]:
    return frozenset((row["column1"], row["column2"]) for row in rows("ncci_inactive_pairs"))


class _Side(NamedTuple):
    code: str
    modifiers: frozenset[str]
    line: ClaimLine | None = None
    therapist: str = ""
    """Of another claim the NPI of who treated."""


@fact
def _collisions(case: Case) -> list[tuple[Pair, _Side, _Side, ClaimLine]]:
    """Active pairs with a line of this claim in them; of two claims the later one answers for the pair."""
    here = [_Side(said.code, said.marks, line) for line, said in case.lines]
    there = [
        _Side(line.code, line.modifiers, therapist=line.rendering_npi or other.rendering_npi)
        for other in case.neighbours
        if other.came_first
        for line in other.lines
    ]
    found: dict[tuple[str, str, int, bool], tuple[Pair, _Side, _Side, ClaimLine]] = {}
    for left, right in (*combinations(here, 2), *product(here, there)):
        for pair in case.edits.pairs_of(left.code, right.code, case.day):
            first, second = (left, right) if left.code == pair.column1 else (right, left)
            at = second.line or first.line
            assert at is not None
            key = (pair.column1, pair.column2, at.line_number, _opened(case, first, second))
            found.setdefault(key, (pair, first, second, at))
    return list(found.values())


def _opened(case: Case, first: _Side, second: _Side) -> bool:
    sides = second.modifiers if case.payer.ncci_modifier_side == "column2" else first.modifiers | second.modifiers
    return bool(sides & OPENS)


def _name(pair: Pair, first: _Side, second: _Side) -> str:
    elsewhere = "" if first.line and second.line else " of another claim of the day"
    return f"{pair.column2} beside {pair.column1}{elsewhere}"


@rule("NCC-001")
def never_together(case: Case) -> Iterator[Hit]:
    """Indicator 0: nothing opens the pair."""
    for pair, first, second, at in _collisions(case):
        if pair.indicator == 0:
            fixes = tuple(f"take {side.code} out of the visit" for side in (second, first) if side.line)
            yield Hit("2400/SV101-2", _name(pair, first, second), fixes, at, pair.column2)


@rule("NCC-002")
def needs_modifier(case: Case) -> Iterator[Hit]:
    """Indicator 1: a modifier, if the two were apart from each other."""
    for pair, first, second, at in _collisions(case):
        if pair.indicator == 1 and not _opened(case, first, second):
            fixes = _as_distinct(case, first, second, at)
            fixes += [f"take {side.code} out of the visit" for side in (second, first) if side.line]
            yield Hit("2400/SV101-3", _name(pair, first, second), tuple(fixes), at, pair.column2)


def _as_distinct(case: Case, first: _Side, second: _Side, at: ClaimLine) -> list[str]:
    """What would open the pair, if anything can, and what is known for it: 59 for separate 15 minutes, for Medicare XE
    for another visit and XP for another therapist (MLN1783722, Proper Use of Modifiers 59, XE, XP, XS, XU).
    """
    there = first if at is second.line else second
    add = f"to modifiers of {at.procedure_code}"
    if there.line is None:
        if not case.medicare:
            return [f"add 59 {add} if documented as separate"]
        if there.therapist != rendered_by(case, at).npi:
            return [f"add XP {add} if documented as separate: another therapist gave {there.code}"]
        return [f"add XE {add} if documented as separate: {there.code} is of another visit of the day"]
    apart = _apart(case, first.code, second.code)
    if apart is None:
        return [f"add 59 {add} if documented as separate"]
    return [f"add 59 {add}: its time and that of {there.code} do not overlap"] if apart else []


def _apart(case: Case, first: str, second: str) -> bool | None:
    """Whether the times of two codes of the visit lie apart; None: they are not recorded."""
    spans: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for span in case.clocked:
        spans[span.code].append((on_the_clock(span.start), on_the_clock(span.stop)))
    one, two = spans[first], spans[second]
    if not one or not two:
        return None
    return not any(a[0] < b[1] and b[0] < a[1] for a, b in product(one, two))


@rule("NCC-003")
def modifier_supported(case: Case) -> Iterator[Hit]:
    """59 says separate time: the intervals of a visit must show it. Two visits are apart (of two disciplines that are
    not, UNT-014 speaks).
    """
    for pair, first, second, at in _collisions(case):
        if pair.indicator != 1 or not _opened(case, first, second) or not (first.line and second.line):
            continue
        apart = _apart(case, first.code, second.code)
        if not apart:
            why = "their times are not recorded" if apart is None else "their times overlap"
            fix = f"give start and stop of {first.code} and {second.code}"
            yield Hit("2400/SV101-3", f"{_name(pair, first, second)}, {why}", (fix,), at, pair.column2)


@rule("NCC-004")
def old_pair(case: Case) -> Iterator[Hit]:
    """Pairs that Medicare dropped and some payers keep."""
    old = _old_pairs()
    for left, right in combinations(case.lines, 2):
        for (_, first), (line, second) in ((left, right), (right, left)):
            if (first.code, second.code) in old and not second.marks & OPENS:
                fix = f"add 59 to modifiers of {second.code} if documented as separate"
                yield Hit("2400/SV101-3", f"{second.code} beside {first.code}", (fix,), line, second.code)


@rule("NCC-005")
def list_of_the_day(case: Case) -> Iterator[Hit]:
    """No release of pairs or limits covers the day: the nearest is asked, and may be wrong by a quarter or more."""
    return map(_not_loaded, case.edits.not_covered(case.day), repeat(case.day))


@lru_cache(MOST_REMEMBERED)
def _not_loaded(release: ListRelease, day: date) -> Hit:
    what, where = LISTS[release.kind]
    detail = f"no {what} are loaded for {day}, those of {release.starts} to {release.ends} are used"
    fix = f"load the list of that day with claimloom data import {release.kind}"
    return Hit(where, detail, (fix,), value=str(day), of_the_day=True)


def _over(case: Case, indicator: int) -> Iterator[tuple[ClaimLine, int, int]]:
    limits = case.edits.limits(case.day)
    for code in case.units:
        found = limits.get(code)
        if found and found.indicator == indicator and case.day_units[code] > found.limit > 0:
            line = next(line for line in case.claim.lines if line.procedure_code == code)
            yield line, case.day_units[code], found.limit


@rule("MUE-001")
def absolute_limit(case: Case) -> Iterator[Hit]:
    """Indicator 2: policy; the whole line is denied."""
    for line, units, limit in _over(case, 2):
        detail = f"{line.procedure_code} x {units}, at most {limit} a day"
        yield Hit("2400/SV104", detail, (f"bill at most {limit} of {line.procedure_code}",), line, str(units))


@rule("MUE-002")
def clinical_limit(case: Case) -> Iterator[Hit]:
    """Indicator 3: payable on appeal with records."""
    for line, units, limit in _over(case, 3):
        detail = f"{line.procedure_code} x {units}, usually at most {limit} a day"
        yield Hit("2400/SV104", detail, ("have the records ready for an appeal",), line, str(units))


@rule("MUE-003")
def line_limit(case: Case) -> Iterator[Hit]:
    """Indicator 1: by line."""
    limits = case.edits.limits(case.day)
    for line in case.claim.lines:
        found = limits.get(line.procedure_code)
        if found and found.indicator == 1 and line.units > found.limit > 0:
            detail = f"{line.procedure_code} x {line.units}, at most {found.limit} a line"
            yield Hit("2400/SV104", detail, ("split the units over lines",), line, str(line.units))


@rule("MUE-004")
def not_payable(case: Case) -> Iterator[Hit]:
    """A limit of 0: Medicare does not pay the code. 97014 is LIN-002's, and status B LIN-003's."""
    limits = case.edits.limits(case.day)
    for line, said in case.lines:
        found = limits.get(said.code)
        if found is None or found.limit != 0:
            continue
        if said.code != "97014" and not (said.known and said.known.mpfs_status == "B"):
            fix = f"take {line.procedure_code} out of the visit"
            yield Hit("2400/SV101-2", line.procedure_code, (fix,), line, line.procedure_code)
