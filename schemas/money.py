"""Money as text. Inside, money is integer cents; this is how people read it."""

from __future__ import annotations


def usd(cents: int) -> str:
    """Cents as dollars for people: -123456 is "-$1,234.56"."""
    return f"{'-' if cents < 0 else ''}${abs(cents) // 100:,}.{abs(cents) % 100:02d}"
