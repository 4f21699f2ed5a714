"""What a payer should pay for a claim, each number with the steps that led to it."""

from __future__ import annotations

from claimloom.pricing.lines import LinePrice, Price, PriceLine, VisitFacts
from claimloom.pricing.price import (
    allowed_of,
    full_unit_rank,
    not_covered,
    nothing_because,
    pay_allowed,
    price_claim,
    rates_of,
    terms_of,
)
from claimloom.pricing.rates import FullUnit
from claimloom.pricing.words import words_of, words_of_assumed

__all__ = [
    "FullUnit",
    "LinePrice",
    "Price",
    "PriceLine",
    "VisitFacts",
    "allowed_of",
    "full_unit_rank",
    "not_covered",
    "nothing_because",
    "pay_allowed",
    "price_claim",
    "rates_of",
    "terms_of",
    "words_of",
    "words_of_assumed",
]
