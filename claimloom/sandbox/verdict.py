"""How a payer decides a line, and what comes of it; money in cents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

REDUCTIONS: Final = ("day", "alone", "other", "none", "every", "twice")


@dataclass(frozen=True, slots=True)
class Terms:
    """How a payer decides: what stands here by itself is what its contract says. Money in cents."""

    units_off: int = 0
    """Units taken off the line that has most of them."""
    years_back: int = 0
    """By the fees of so many years ago."""
    reduce: str = "day"
    """MPPR: ``day`` one full unit a day, ``alone`` one a claim, ``other``: on another claim than is right, ``none``,
    ``every`` unit reduced, ``twice`` reduced."""
    deductible: int = 0
    coinsurance: str = ""
    """The patient's share, where it is not the contract's."""
    copay: int | None = None
    assistant: str = "filed"
    """The cut of 15 %: ``filed`` by CQ and CO, ``never``, ``always``."""
    sequester: bool = True
    postal: str = ""
    """The fees of another place."""
    percent: str = "1"
    """Of the fee: a rate that no contract names."""
    charge: bool = False
    """The charge itself is allowed."""
    as_of: str = ""
    """By what was agreed on that day, where there is an agreement."""
    rises_off: int = 0
    """So many rises of the agreement are forgotten."""
    place: str = ""
    """As if it had been done there (a place of service)."""


AS_CONTRACTED: Final = Terms()


@dataclass(slots=True)
class Verdict:
    """What the payer decides for a line, in cents."""

    units: int
    allowed: int
    reduced: int = 0
    deductible: int = 0
    coinsurance: int = 0
    copay: int = 0
    assistant: int = 0
    sequestration: int = 0
    withheld: int = 0
    by_month: bool = False
    """Paid by the member and month, so nothing by the claim."""

    @property
    def paid(self) -> int:
        """What is left of the allowed amount."""
        return self.allowed - self.shares - self.assistant - self.sequestration - self.withheld

    @property
    def shares(self) -> int:
        """What is the patient's."""
        return self.deductible + self.coinsurance + self.copay
