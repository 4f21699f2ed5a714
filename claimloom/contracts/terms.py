"""A term of a contract: for which services, from when, and what is paid for them. Values only.

A contract is a list of small dated terms. A term has conditions (``when``) and one way of paying; what is agreed on
beside that (lesser of charge and rate, steps by unit, withhold ...) stands in the term too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final

CONDITIONS: Final = ("tax_id", "npi", "plan", "clinic", "code", "modifier", "place")


@dataclass(frozen=True, slots=True)
class PricedService:
    """What the terms of a contract look at. Empty where it is not known: a condition on that then does not hold.

    ``plan`` is the group (SBR03); ``place`` the place of service (CLM05-1 or SV105); ``tax_id`` and ``npi`` are the
    billing provider's.
    """

    tax_id: str = ""
    npi: str = ""
    plan: str = ""
    clinic: str = ""
    place: str = ""
    code: str = ""
    modifiers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class VisitNumbers:
    """Which visit it is of the day, the year and the course of treatment, from 1; None where nobody knows."""

    of_day: int | None = None
    of_year: int | None = None
    of_case: int | None = None


NOT_COUNTED: Final = VisitNumbers()


@dataclass(frozen=True, slots=True)
class Fees:
    """Cents of one unit, by code. A code that the table does not have is not the term's."""

    fees_cents: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class PercentOfMedicare:
    """A share of Medicare's amount of a unit: of the schedule of ``year``, or of the day's where that is None."""

    share: Decimal = Decimal(1)
    year: int | None = None
    national: bool = False
    mppr: bool = False

    def day(self, on: date) -> date:
        """The day whose schedule it is of, for a service on a day."""
        return on if self.year is None else date(self.year, 12, 31)


@dataclass(frozen=True, slots=True)
class PercentOfCharge:
    """A share of what is charged."""

    share: Decimal


@dataclass(frozen=True, slots=True)
class PerVisit:
    """An amount of the whole visit, borne by its first line; by the visit's number of the ``counted`` day or year, the
    last amount counts for all further ones.
    """

    cents: tuple[int, ...]
    counted: str = "day"


@dataclass(frozen=True, slots=True)
class CaseRate:
    """An amount of the whole course of treatment, with its first visit; nothing for the others."""

    cents: int


@dataclass(frozen=True, slots=True)
class Capitation:
    """Paid by the member and month, so nothing by the claim (CO-24)."""


Way = Fees | PercentOfMedicare | PercentOfCharge | PerVisit | CaseRate | Capitation
Conditions = tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Term:
    """One term. ``rank`` says which source goes first: a contract's terms before what a payer's file says in short.

    ``unit_steps``: shares of the first, second and every further unit (or code, by ``steps_by``), the dearest first.
    """

    file: str
    key: str
    starts: date
    way: Way
    until: date | None = None
    when: Conditions = ()
    rank: int = 1
    lesser_of: bool = True
    unit_steps: tuple[Decimal, ...] = ()
    steps_by: str = "unit"
    visit_cap_cents: int | None = None
    withhold: Decimal = Decimal(0)
    assistant_factor: Decimal | None = None
    sequestration: Decimal | None = None
    escalator: Decimal = Decimal(0)
    escalates_from: date | None = None
    weight: int = field(init=False)
    """How many conditions it has: more are more specific. A fee table is a condition on the code."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "weight", len(self.when) + (isinstance(self.way, Fees) and not self.names("code")))

    def names(self, condition: str) -> bool:
        """Whether it has that condition."""
        return any(name == condition for name, _ in self.when)

    def values(self, condition: str) -> frozenset[str] | None:
        """What the condition allows, None for anything. A fee table allows the codes that it has."""
        found = next((frozenset(values) for name, values in self.when if name == condition), None)
        if condition == "code" and isinstance(self.way, Fees):
            table = frozenset(self.way.fees_cents)
            return table if found is None else found & table
        return found

    def in_force(self, on: date) -> bool:
        """Whether it counts for a date of service."""
        return self.starts <= on and (self.until is None or on <= self.until)

    def holds(self, service: PricedService) -> bool:
        """Whether all its conditions hold."""
        if isinstance(self.way, Fees) and service.code not in self.way.fees_cents:
            return False
        for name, values in self.when:
            if name == "modifier":
                if not any(each in values for each in service.modifiers):
                    return False
            elif getattr(service, name) not in values:
                return False
        return True

    @property
    def capped_by_line(self) -> bool:
        """Whether the charge of a line caps what is allowed of it."""
        return self.lesser_of and not isinstance(self.way, PerVisit | CaseRate)

    @property
    def counts_visits(self) -> bool:
        """Whether it pays one visit otherwise than another."""
        return isinstance(self.way, CaseRate) or (isinstance(self.way, PerVisit) and len(self.way.cents) > 1)

    @property
    def source(self) -> str:
        """Where it stands, for a derivation: file, term, from-date."""
        return f"{self.file} {self.key} {self.starts}"

    def raised(self, cents: int, on: date) -> int:
        """An amount with the escalator: from ``escalates_from`` on, and again each year after, half up to the cent."""
        times = self.raises(on)
        return cents if not times else rounded(cents * (1 + self.escalator) ** times)

    def raises(self, on: date) -> int:
        """How many times the escalator has come by a date of service."""
        first = self.escalates_from
        if not self.escalator or first is None or on < first:
            return 0
        return on.year - first.year + ((on.month, on.day) >= (first.month, first.day))


def rounded(cents: Decimal) -> int:
    """To whole cents, half up."""
    return int((cents + Decimal("0.5")).__floor__())
