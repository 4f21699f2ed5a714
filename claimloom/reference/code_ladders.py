"""First codes with the add-on codes that grow out of them, from ``data/code_ladders.csv`` and ``add_on_of``.

Thresholds are midpoints: 15 minutes from 8, 30 from 16, 60 from 31; remote monitoring counts full minutes. A code whose
next unit is itself again (a test by the hour) is its own add-on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from claimloom.reference import rows
from claimloom.reference.therapy_codes import therapy_codes


@dataclass(frozen=True, slots=True)
class Ladder:
    """A first code earned at ``first`` minutes and an add-on code at ``second`` minutes and every ``step`` after.

    Without ``second`` there is one unit and never more.
    """

    add_on: str
    first: int
    second: int | None = None
    step: int = 0

    def units(self, minutes: int) -> int:
        """Units of first code and add-on code together."""
        if minutes < self.first:
            return 0
        if self.second is None or minutes < self.second:
            return 1
        return 2 + (minutes - self.second) // self.step


@cache
def ladders() -> Mapping[str, Ladder]:
    """By first code: those of which the minutes of a day give the units. Others of the pool share theirs."""
    return {
        row["code"]: Ladder(
            row["add_on"],
            int(row["first_minutes"]),
            int(row["second_minutes"]) if row["second_minutes"] else None,
            int(row["step_minutes"] or 0),
        )
        for row in rows("code_ladders")
    }


@cache
def _pooled_add_ons() -> dict[str, str]:
    """First codes by their add-on codes, of those whose minutes count in the 15-minute pool together."""
    return {
        code: known.add_on_of
        for code, known in therapy_codes().items()
        if known.add_on_of and known.counts_in_cms_15min_pool
    }


@cache
def _first_codes() -> dict[str, str]:
    return {ladder.add_on: code for code, ladder in ladders().items() if ladder.add_on} | _pooled_add_ons()


def pooled_service(code: str) -> str:
    """The code under which the pool knows a service: an add-on code carries part of the minutes of its first code."""
    return _pooled_add_ons().get(code, code)


def first_code(code: str) -> str:
    """The code that a service begins with: itself, unless it is an add-on."""
    return _first_codes().get(code, code)


@cache
def _add_ons() -> Mapping[str, str]:
    return {first: later for later, first in _first_codes().items()}


def add_on(code: str) -> str:
    """The code of every unit after the first: the code itself if it has no add-on."""
    return _add_ons().get(code, code)
