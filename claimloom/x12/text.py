"""Values as X12 writes them: money in R format, dates as CCYYMMDD, text in the basic character set."""

from __future__ import annotations

import unicodedata
from datetime import date

_ALLOWED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 !\"&'()+,-./;?=")


def decimal_text(amount_cents: int) -> str:
    """Cents as X12 type R: no leading zero, no trailing zeros, no trailing point (``47.1``, ``.96``, ``0``)."""
    sign = "-" if amount_cents < 0 else ""
    whole, rest = divmod(abs(amount_cents), 100)
    if not rest:
        return f"{sign}{whole}"
    return f"{sign}{whole or ''}.{rest:02d}".rstrip("0")


def cents(text: str) -> int:
    """X12 type R as cents; ValueError for what is no amount of at most two decimals."""
    sign, digits = (-1, text[1:]) if text.startswith("-") else (1, text)
    whole, point, rest = digits.partition(".")
    if not (whole or rest) or not (whole + rest).isascii() or not (whole + rest).isdigit() or len(rest) > 2:
        raise ValueError("not a decimal amount with at most two places")
    if point and not rest:
        raise ValueError("not a decimal amount with at most two places")
    return sign * (int(whole or 0) * 100 + int(rest.ljust(2, "0") or 0))


def date_text(day: date) -> str:
    """D8: CCYYMMDD."""
    return f"{day.year:04d}{day.month:02d}{day.day:02d}"


def plain(value: str) -> str:
    """Upper case, accents taken off, and only the basic character set without our delimiters."""
    if value.isascii() and value.isalnum():
        return value.upper()
    folded = unicodedata.normalize("NFKD", value).upper()
    return " ".join("".join(character for character in folded if character in _ALLOWED).split())
