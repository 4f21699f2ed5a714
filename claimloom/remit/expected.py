"""What a payer should do with a claim, as plain amounts: whoever prices it hands them to who compares."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Expected:
    """What a payer should do with the claim. ``*_cents`` by line, in the claim's order.

    ``pay`` gives the payment of a line on another allowed amount, ``fewer_units`` the allowed amount of a line when
    only some of its units are taken; ``last_year_cents`` and ``without_mppr_cents`` are what would be allowed by
    mistake, to tell one mistake from another. ``sequestration_share``: the part of a payment that is cut, 0.02 for
    Medicare.
    """

    allowed_cents: list[int]
    paid_cents: list[int]
    coinsurance_cents: list[int]
    sequestration_cents: list[int]
    steps: list[list[str]]
    pay: Callable[[int, int], int]
    fewer_units: Callable[[int, int], int]
    last_year_cents: list[int] | None = None
    without_mppr_cents: list[int] | None = None
    sequestration_share: Decimal = Decimal(0)
