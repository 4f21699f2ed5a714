"""Modifiers that say of which part of a service they hold: what carries one is a line of its own (CGS, one side a line:
https://cgsmedicare.com/jc/pubs/news/2024/10/cope166183.html). The others (discipline, KX, ABN ...) hold for all of the
code.
"""

from __future__ import annotations

from functools import cache
from typing import Final

from claimloom.reference import rows

PARTS: Final = frozenset({"ncci", "anatomic"})
"""Classes of ``modifiers.csv`` of those that tell one part of the body, or one service, from another."""
LINES: Final = PARTS | {"repeat", "pricing", "telehealth"}
"""These, and the others that hold for the units alone that carry them."""


@cache
def of_a_part() -> frozenset[str]:
    """Modifiers that name a part."""
    return _of(PARTS)


@cache
def of_a_line() -> frozenset[str]:
    """Modifiers that set a line apart."""
    return _of(LINES)


def _of(classes: frozenset[str]) -> frozenset[str]:
    return frozenset(row["modifier"] for row in rows("modifiers") if row["class"] in classes)
