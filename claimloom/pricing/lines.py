"""What is priced, and what comes of it: lines of a day in, expected amounts with their derivation out."""

from __future__ import annotations

import marshal
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from claimloom.contracts import NOT_COUNTED, VisitNumbers
from claimloom.pricing.words import words_of
from schemas.expectation import PriceStep, Row, step_of

BY_VALUE: Final = 2
"""The layout of ``marshal`` in which equal rows are equal bytes, whatever they share."""


@dataclass(frozen=True, slots=True)
class PriceLine:
    """A service line to price; the charge is that of all its units. ``place_of_service`` only when not the visit's."""

    code: str
    modifiers: tuple[str, ...]
    units: int
    charge_cents: int
    line_control_number: str = ""
    place_of_service: str = ""


@dataclass(frozen=True, slots=True)
class VisitFacts:
    """What a contract asks beyond the lines; empty and None where nobody knows.

    ``tax_id`` and ``npi`` of the billing provider, ``plan`` the group (SBR03), ``place`` of service (CLM05-1),
    ``visit`` which one of the day, the year and the course of treatment it is: where that is not known the first is
    assumed, and said.
    """

    tax_id: str = ""
    npi: str = ""
    plan: str = ""
    clinic: str = ""
    place: str = ""
    visit: VisitNumbers = NOT_COUNTED


@dataclass(frozen=True, slots=True)
class LinePrice:
    """Expected amounts of one line. ``deductible_cents`` is all of the patient's that no rule works out, a copay too.

    ``reductions`` by name: mppr, multiple_units, visit_cap, lesser_of_charge, assistant, sequestration, withhold.
    """

    line: PriceLine
    allowed_cents: int
    deductible_cents: int
    coinsurance_cents: int
    reductions: dict[str, int]
    paid_cents: int
    told: Callable[[], Row] = field(repr=False, compare=False)
    """Makes the derivation, as a row: only who asks for it pays for it."""

    @property
    def derivation(self) -> PriceStep:
        """How the payment was worked out, as a tree."""
        return step_of(self.told())

    @property
    def steps(self) -> list[str]:
        """The same in words."""
        return list(_words(marshal.dumps(self.told(), BY_VALUE)))


@lru_cache(2000)
def _words(told: bytes) -> list[str]:
    """Of the derivation in this row. Visits are alike, and so are their derivations: most were put in words before."""
    return words_of(step_of(marshal.loads(told)))  # noqa: S302 - what is dumped above


@dataclass(frozen=True, slots=True)
class Price:
    """Expected amounts of a claim; the sums of its lines. ``assumed``: what nobody told, by name."""

    lines: list[LinePrice]
    assumed: tuple[str, ...] = ()
    allowed_cents: int = field(init=False)
    deductible_cents: int = field(init=False)
    coinsurance_cents: int = field(init=False)
    paid_cents: int = field(init=False)

    def __post_init__(self) -> None:
        for name in ("allowed_cents", "deductible_cents", "coinsurance_cents", "paid_cents"):
            object.__setattr__(self, name, sum(getattr(line, name) for line in self.lines))

    @property
    def reductions(self) -> dict[str, int]:
        """Reductions of all lines, added up by name."""
        total: dict[str, int] = {}
        for line in self.lines:
            for name, amount in line.reductions.items():
                total[name] = total.get(name, 0) + amount
        return total
