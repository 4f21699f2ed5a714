"""How the command line writes services: ``97110=23`` (minutes) and ``97530:GO,KX*2@15000`` (units, charge in cents)."""

from __future__ import annotations

import re

from claimloom.billing.units import Treatment
from claimloom.errors import PlainError
from claimloom.pricing import PriceLine

_MINUTES = re.compile(r"^([A-Z0-9]{5})=(\d{1,4})$")
_LINE = re.compile(r"^([A-Z0-9]{5})(?::([A-Z0-9]{2}(?:,[A-Z0-9]{2}){0,3}))?\*([1-9]\d{0,2})@(\d{1,9})$")
DAY_MINUTES = 24 * 60


def minutes(text: str) -> Treatment:
    """A code with its minutes; PlainError that shows the form."""
    if not (found := _MINUTES.match(text.upper())):
        raise PlainError(f"{text}: write a code and its minutes, as in 97110=23")
    if int(found[2]) > DAY_MINUTES:
        raise PlainError(f"{text}: a day has {DAY_MINUTES:,} minutes; write those of one visit, as in 97110=23")
    return Treatment(found[1], int(found[2]))


def priced_line(text: str) -> PriceLine:
    """A line to price; PlainError that shows the form."""
    if not (found := _LINE.match(text.upper())):
        raise PlainError(
            f"{text}: write code:modifiers*units@cents of the line, units from 1 and whole cents, "
            "as in 97530:GO*2@15000 for 2 units at $150.00"
        )
    return PriceLine(found[1], tuple(found[2].split(",")) if found[2] else (), int(found[3]), int(found[4]))
