"""Money as text. Inside, money is integer cents; this is how people read it."""

from __future__ import annotations

import re
from typing import Final

AMOUNT: Final = re.compile(r"([0-9]{1,9})(?:\.([0-9]{1,2}))?", re.ASCII)


def usd(cents: int) -> str:
    """Cents as dollars for people: -123456 is "-$1,234.56"."""
    return f"{'-' if cents < 0 else ''}${abs(cents) // 100:,}.{abs(cents) % 100:02d}"


def cents_of(amount: str) -> int | None:
    """Dollars and cents as a person writes them ("12.50"), in cents; None if it is no amount."""
    found = AMOUNT.fullmatch(amount)
    return int(found[1]) * 100 + int((found[2] or "").ljust(2, "0")) if found else None


def dollars(cents: int) -> str:
    """Cents as ``cents_of`` reads them: 1250 is "12.50"."""
    return f"{cents // 100}.{cents % 100:02d}"
