"""A line that was paid otherwise than expected, and what a test of its causes answers."""

from __future__ import annotations

from dataclasses import dataclass

from claimloom.payers import PayerConfig
from claimloom.remit.classify import is_denial
from claimloom.remit.expected import Expected
from claimloom.remit.standing import Line
from schemas.claim import ClaimLine
from schemas.money import usd
from schemas.remittance import Adjustment


@dataclass(frozen=True, slots=True)
class Shortfall:
    """A line of ours, what the payer did with it, and what of the difference no cause has explained yet.

    ``left_cents``: paid less expected, so negative where money is missing. ``allowed_cents``: what should have been
    allowed, given the causes found so far.
    """

    place: int
    ours: ClaimLine
    line: Line
    expected: Expected
    payer: PayerConfig
    left_cents: int
    allowed_cents: int

    @property
    def code(self) -> str:
        """The procedure billed, SV101-2."""
        return self.ours.procedure_code

    @property
    def denials(self) -> list[Adjustment]:
        """Adjustments that somebody can do something about."""
        around = self.line.around
        return [part for part in self.line.adjustments if is_denial(part, around)]

    @property
    def whole(self) -> bool:
        """Whether every unit was paid, or SVC05 says no number to go by."""
        return self.line.units in (0, self.ours.units)

    def pays(self, allowed_cents: int) -> int:
        """What the payer pays of the line on an allowed amount."""
        return self.expected.pay(self.place, allowed_cents)

    @property
    def misallowed_cents(self) -> int:
        """What the payment differs by because the payer allowed another amount."""
        return self.pays(self.line.allowed) - self.pays(self.allowed_cents)

    @property
    def allowance(self) -> str:
        """The two allowed amounts, for people."""
        return f"{self.code}: allowed {usd(self.line.allowed)}, expected {usd(self.allowed_cents)}"


@dataclass(frozen=True, slots=True)
class Found:
    """A cause and its part of the difference. ``allowed_cents``: what should have been allowed, if it is now known."""

    cause: str
    amount_cents: int
    explanation: str
    allowed_cents: int | None = None
