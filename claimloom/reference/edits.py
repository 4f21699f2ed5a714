"""NCCI: code pairs that are not paid together (PTP), and units above which nothing is paid (MUE), by day of service.

Practitioner tables of CMS.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property, lru_cache
from typing import Final

from claimloom.reference.releases import ListRelease, Lists, Own, is_active, packaged_lists

EDITS: Final = ("ncci", "mue")
MOST_REMEMBERED: Final = 20_000


@dataclass(frozen=True, slots=True)
class Pair:
    """A PTP edit in force: the column-2 code is not paid beside the column-1 code."""

    column1: str
    column2: str
    indicator: int


@dataclass(frozen=True, slots=True)
class UnitLimit:
    """MUE of a code: indicator 1 by line, 2 by day and absolute, 3 by day and clinical."""

    limit: int
    indicator: int


class Edits:
    """Both, of the release that a day has; where none covers it, of the nearest (``Lists.nearest``)."""

    def __init__(self, lists: Lists) -> None:
        self.lists = lists

    @cached_property
    def digest(self) -> str:
        """Over the releases of a data folder; empty without any."""
        return self.lists.digest(*EDITS)

    def pairs_of(self, code: str, other: str, day: date) -> tuple[Pair, ...]:
        """The edits between two codes in force on a day, in either direction."""
        return self._between(code, other, day)

    def limits(self, day: date) -> Mapping[str, UnitLimit]:
        """The limits of a day by code."""
        return _limits(self.lists.nearest("mue", day))

    def not_covered(self, day: date) -> tuple[ListRelease, ...]:
        """The releases that are used for a day though they do not cover it."""
        return self._beside(day)

    # Every claim of a day asks for the same.
    @cached_property
    def _between(self) -> Callable[[str, str, date], tuple[Pair, ...]]:
        def between(code: str, other: str, day: date) -> tuple[Pair, ...]:
            known = _pairs(self.lists.nearest("ncci", day))
            asked = day.isoformat()
            return tuple(
                Pair(*key, int(indicator))
                for key in dict.fromkeys([(code, other), (other, code)])
                for starts, ends, indicator in known.get(key, ())
                if is_active(starts, ends, indicator, asked)
            )

        return lru_cache(MOST_REMEMBERED)(between)

    @cached_property
    def _beside(self) -> Callable[[date], tuple[ListRelease, ...]]:
        def beside(day: date) -> tuple[ListRelease, ...]:
            near = (self.lists.nearest(kind, day) for kind in EDITS)
            return tuple(each for each in near if not each.covers(day))

        return lru_cache(MOST_REMEMBERED)(beside)


@lru_cache(64)
def _pairs(release: ListRelease) -> Mapping[tuple[str, str], list[Own]]:
    """First day, last day and indicator of each time that a pair was in force."""
    found: dict[tuple[str, str], list[Own]] = {}
    for one, two, *rest in release.rows:
        found.setdefault((one, two), []).append(tuple(rest))
    return found


@lru_cache(64)
def _limits(release: ListRelease) -> Mapping[str, UnitLimit]:
    return {code: UnitLimit(int(limit), int(indicator)) for code, limit, indicator in release.rows}


@cache
def packaged_edits() -> Edits:
    """Those of the packaged releases alone."""
    return Edits(packaged_lists())
