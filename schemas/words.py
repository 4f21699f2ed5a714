"""Numbers with what they count and stamps, as people read them."""

from __future__ import annotations


def counted(number: int, what: str, many: str = "") -> str:
    """``1 claim``, ``2 claims``; ``many`` where an s behind it is not how several are called."""
    return f"{number:,} {what if number == 1 else many or f'{what}s'}"


def month_of(version: str) -> str:
    """Of the stamp of a scrub the month whose rules and tables it means, for people: 2026-11."""
    return version.partition("-")[0].replace(".", "-")
