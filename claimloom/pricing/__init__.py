"""What a payer should pay for a claim, each number with the steps that led to it."""

from __future__ import annotations

from claimloom.pricing.price import (
    FullUnit,
    LinePrice,
    Price,
    PriceLine,
    full_unit_rank,
    pay_allowed,
    price_claim,
    rates_of,
)

__all__ = ["FullUnit", "LinePrice", "Price", "PriceLine", "full_unit_rank", "pay_allowed", "price_claim", "rates_of"]
