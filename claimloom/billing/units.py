"""Minutes to units: the CMS 8-minute rule over the day's pool and the AMA midpoint rule per code.

CMS Pub. 100-04 ch. 5 section 20.2 (total timed minutes decide the units of the day; the largest remainders get
them) and CPT's midpoint convention (a time unit is earned once past its middle).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import combinations, islice
from typing import Final

from claimloom.reference.code_ladders import add_on, first_code, ladders
from claimloom.reference.therapy_codes import therapy_code
from schemas.claim import CodeMinutes, UnitDerivation
from schemas.values import UnitRule
from schemas.words import counted

MAX_ALTERNATIVES: Final = 50
SOURCES: Final = {
    UnitRule.CMS_8MIN: "CMS Pub. 100-04 ch. 5 section 20.2",
    UnitRule.AMA_MIDPOINT: "CPT midpoint convention",
}

NO_VISITS: Final[Mapping[str, Mapping[str, int]]] = {}


@dataclass(frozen=True, slots=True)
class Treatment:
    """Something done: minutes of a timed code, or a count of an untimed one."""

    code: str
    minutes: int = 0
    count: int = 1
    assistant_minutes: int = 0


@dataclass(frozen=True, slots=True)
class Before:
    """What was billed of the day by visits that came first: minutes and units of the pool by code, and of services with
    a first and an add-on code what the same therapist gave, by first code: that is billed once a day, and its add-on
    code rides on it over the visits of the day (LIN-009, LIN-011: NCCI add-on code edits).
    """

    minutes: Mapping[str, int] = field(default_factory=dict)
    units: Mapping[str, int] = field(default_factory=dict)
    begun: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    unbilled: Mapping[str, int] = field(default_factory=dict)
    """Of the minutes those of visits that gave no claim, by visit."""

    @classmethod
    def of(
        cls,
        derivations: Sequence[UnitDerivation],
        same_therapist: Sequence[UnitDerivation] = (),
        unbilled: Mapping[str, Mapping[str, int]] = NO_VISITS,
    ) -> Before:
        """The sum of these; ``same_therapist``: those whose services the visit goes on with; ``unbilled``: by visit
        minutes by code that earned no unit.
        """
        minutes: dict[str, int] = {}
        units: dict[str, int] = {}
        for code, total in (pair for each in unbilled.values() for pair in each.items()):
            minutes[code] = minutes.get(code, 0) + total
        for each in derivations:
            here: dict[str, int] = {}
            for row in each.codes:
                code = first_code(row.code)
                if row.minutes and _in_pool(code):
                    here[code] = row.minutes
                    units[code] = units.get(code, 0) + row.units
            for code, total in here.items():
                minutes[code] = minutes.get(code, 0) + total
        whose = {visit: sum(each.values()) for visit, each in unbilled.items()}
        return cls(minutes, units, _begun(same_therapist), whose)


NOTHING: Final = Before()


def _begun(derivations: Sequence[UnitDerivation]) -> dict[str, tuple[int, int]]:
    found: dict[str, tuple[int, int]] = {}
    for each in derivations:
        told: set[str] = set()
        for row in each.codes:
            code = first_code(row.code)
            if row.units and row.minutes and add_on(code) != code:
                minutes, units = found.get(code, (0, 0))
                found[code] = minutes + (row.minutes if code not in told else 0), units + row.units
                told.add(code)
    return found


def derive_units(treatments: Sequence[Treatment], rule: UnitRule, before: Before = NOTHING) -> UnitDerivation:
    """Units of every code of a visit in one discipline, with the reason for each.

    Services come in the order in which they started: a tie goes to more minutes, then to the earlier start. All minutes
    of the day are one pool (Pub. 100-04 ch. 5 section 20.2 counts "in a single day"), those of earlier visits included:
    the visit gets what the pool earns less what these were billed with. The midpoint rule looks at one service of one
    visit, so of ``before`` there counts only whether a first code was billed.
    """
    minutes, assistant, counts = _gather(treatments, before)
    pooled = {code: total for code, total in minutes.items() if _in_pool(code)}
    pool_minutes = sum(pooled.values())
    if rule is UnitRule.AMA_MIDPOINT:
        before = Before(begun=before.begun)
    of_before = sum(before.minutes.values())
    pool_units = eight_minute_units(pool_minutes + of_before)
    given = sum(before.units.values())
    left = max(pool_units - given, 0)
    whole = {code: total // 15 for code, total in pooled.items()}
    if rule is UnitRule.CMS_8MIN:
        whole = _at_most(left, pooled)
        won, tie, others = _largest_remainders(pooled, whole, left)
    else:
        won, tie, others = {code: eight_minute_units(total) - whole[code] for code, total in pooled.items()}, False, []
    rows: list[CodeMinutes] = []
    for code, total in minutes.items():
        extra = won.get(code, 0)
        if code in pooled:
            units = whole[code] + extra
            because = _because(code, total, extra, rule, pool_minutes, left)
            because += _beside(before, pool_units)
        else:
            units = _unpooled(code, total, before)
            minutes_of = counted(total, "minute")
            because = (
                f"{code}: {minutes_of}, outside the 15-minute pool: {counted(units, 'unit')} by its own thresholds."
            )
        if code in before.begun:
            because += f" {code} was billed for an earlier visit of the day, so this is {add_on(code)}."
        helped = assistant[code]
        for part, part_units in _split(code, units, before):
            rows.append(
                CodeMinutes(
                    code=part,
                    minutes=total,
                    therapist_minutes=total - helped,
                    assistant_minutes=helped,
                    whole_units=total // 15,
                    remainder_minutes=total % 15,
                    extra_unit=extra > 0,
                    units=part_units,
                    because=because,
                )
            )
    rows += [
        CodeMinutes(
            code=code,
            minutes=0,
            whole_units=count,
            remainder_minutes=0,
            extra_unit=False,
            units=count,
            because=f"{code}: untimed, billed by count ({count}) whatever it took.",
        )
        for code, count in counts.items()
    ]
    alternatives = [_lines({code: whole[code] + other.get(code, 0) for code in pooled}, before) for other in others]
    return UnitDerivation(
        rule=rule,
        rule_source=SOURCES[rule],
        pool_minutes=pool_minutes,
        pool_units=left,
        earlier_minutes=of_before,
        earlier_units=given,
        unbilled_visits=dict(before.unbilled),
        codes=rows,
        tie=tie,
        alternatives=alternatives,
    )


def minutes_without_a_unit(derived: UnitDerivation) -> dict[str, int]:
    """Minutes by code of a visit that earned no unit, as far as the day's other visits are pooled with them."""
    if derived.rule is not UnitRule.CMS_8MIN or any(row.units for row in derived.codes):
        return {}
    return {row.code: row.minutes for row in derived.codes if row.minutes and _in_pool(row.code)}


def eight_minute_units(minutes: int) -> int:
    """Units of 15 minutes of a day (CMS) or of a code (midpoint): 8-22 one, 23-37 two, then one for every 15."""
    return minutes // 15 + (minutes % 15 >= 8)


@lru_cache(5000)
def _in_pool(code: str) -> bool:
    known = therapy_code(code)
    return known is not None and known.counts_in_cms_15min_pool


def _gather(treatments: Sequence[Treatment], before: Before) -> tuple[dict[str, int], dict[str, int], dict[str, int]]:
    """Minutes, assistant minutes and counts by code; add-on codes join their first code. Order of first start."""
    begun = {each.code for each in treatments} | before.begun.keys()
    minutes: dict[str, int] = {}
    assistant: dict[str, int] = {}
    counts: dict[str, int] = {}
    for each in treatments:
        code = each.code if _of_a_month(each.code) and first_code(each.code) not in begun else first_code(each.code)
        known = therapy_code(code)
        if known is not None and (known.is_billed_by_time or (known.timed and each.minutes)):
            minutes[code] = minutes.get(code, 0) + each.minutes
            assistant[code] = assistant.get(code, 0) + each.assistant_minutes
        else:
            counts[code] = counts.get(code, 0) + each.count
    return minutes, assistant, counts


def _of_a_month(code: str) -> bool:
    """Whether its first code may stand on a claim of another day: further minutes of a calendar month (98981)."""
    known = therapy_code(code)
    return known is not None and known.unit_basis == "month"


def _at_most(units: int, pooled: Mapping[str, int]) -> dict[str, int]:
    """Full 15-minute blocks by code. Where earlier visits were billed with more than their minutes earned, there may be
    more blocks than units: then those with the most minutes come first.
    """
    whole: dict[str, int] = {}
    for code in sorted(pooled, key=lambda code: -pooled[code]):
        whole[code] = min(pooled[code] // 15, units)
        units -= whole[code]
    return whole


def _largest_remainders(
    pooled: Mapping[str, int], whole: Mapping[str, int], units: int
) -> tuple[dict[str, int], bool, list[dict[str, int]]]:
    """Who gets the units beyond the full blocks: codes with the largest remainders. Also the equally good choices."""
    left = units - sum(whole.values())
    order = {code: place for place, code in enumerate(pooled)}
    ranked = sorted(pooled, key=lambda code: (-(pooled[code] % 15), -pooled[code], order[code]))
    chosen = ranked[:left]
    if not chosen:
        return {}, False, []
    cut = pooled[chosen[-1]] % 15
    sure = [code for code in chosen if pooled[code] % 15 > cut]
    level = [code for code in ranked if pooled[code] % 15 == cut]
    free = left - len(sure)
    picks = (pick for pick in combinations(level, free) if {*sure, *pick} != set(chosen))
    others = [dict.fromkeys([*sure, *pick], 1) for pick in islice(picks, MAX_ALTERNATIVES)]
    return dict.fromkeys(chosen, 1), len(level) > free, others


def _unpooled(code: str, minutes: int, before: Before) -> int:
    ladder = ladders().get(code)
    if ladder is None:
        of_first = ladders().get(first_code(code))
        return minutes // of_first.step if of_first and _of_a_month(code) else eight_minute_units(minutes)
    earlier, given = before.begun.get(code, (0, 0))
    return max(ladder.units(earlier + minutes) - given, 0)


def _split(code: str, units: int, before: Before) -> list[tuple[str, int]]:
    """A family's units as billed: one of the first code a day, the rest of its add-on code."""
    later = add_on(code)
    if later == code or code in before.begun:
        return [(later, units)]
    return [(code, min(units, 1))] + ([(later, units - 1)] if units > 1 else [])


def _beside(before: Before, pool_units: int) -> str:
    """What the day's other visits did to it; nothing for a visit that is alone."""
    if not before.minutes:
        return ""
    minutes, given = sum(before.minutes.values()), sum(before.units.values())
    earlier = f"{counted(minutes, 'minute')} and {counted(given, 'unit')}"
    of_these = f", {' and '.join(before.unbilled)} without a claim among them," if before.unbilled else ""
    return f" Earlier visits of the day{of_these} had {earlier}: all of it earns {counted(pool_units, 'unit')}."


def _lines(units: Mapping[str, int], before: Before) -> dict[str, int]:
    return {part: n for code, total in units.items() for part, n in _split(code, total, before) if n}


def _because(code: str, total: int, extra: int, rule: UnitRule, pool_minutes: int, pool_units: int) -> str:
    whole, rest = divmod(total, 15)
    blocks = counted(whole, "full 15-minute block") if whole else "less than a 15-minute block"
    said = f"{code}: {counted(total, 'minute is', 'minutes are')} {blocks}"
    if not rest:
        return f"{said}, with nothing left over."
    left = f" and {rest} left over" if whole else ""
    if rule is UnitRule.AMA_MIDPOINT:
        verdict = "8 or more, so it earns a unit" if extra else "under 8, so it earns none"
        return f"{said}{left}; {verdict}."
    verdict = "won one of the units left" if extra else "won no further unit"
    pool = f"{counted(pool_units, 'unit')} for {counted(pool_minutes, 'timed minute')} in all"
    return f"{said}{left}; of {pool} it {verdict} by its remainder."
