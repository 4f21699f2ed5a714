"""Numbers with what they count, as people read them."""

from __future__ import annotations


def counted(number: int, what: str, many: str = "") -> str:
    """``1 claim``, ``2 claims``; ``many`` where an s behind it is not how several are called."""
    return f"{number:,} {what if number == 1 else many or f'{what}s'}"
