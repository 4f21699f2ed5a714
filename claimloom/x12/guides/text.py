"""Values as X12 writes them: money in R format, dates as CCYYMMDD, and text in the characters that a partner takes.

The guides name two character sets: *basic*, which every partner takes, and *extended*. Letters of other kinds are
spelled with those of the set (``Ł`` is ``L``, ``ß`` is ``SS``, typographic quotes become plain ones), marks without a
place in it become a space; a letter that cannot be spelled is never dropped: then there is no text.
"""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache
from typing import Final

from claimloom.reference.letters import NEAREST, latin
from claimloom.x12.guides.delimiters import Delimiters
from claimloom.x12.guides.values import BASIC_SET, Charset

USUAL: Final = Delimiters("*", ":", "^", "~")
"""The delimiters that most senders use."""

# Digits of an amount (782 has 18 at most): what is longer is none, and would be a number that cannot be said.
LONGEST: Final = 18


class Words:
    """Texts as one partner can take them."""

    def __init__(self, charset: Charset = BASIC_SET, delimiters: Delimiters = USUAL) -> None:
        # The basic set has no lower case, so there everything becomes upper case.
        self.upper = "a" not in charset.allowed
        self._allowed = charset.allowed - set(delimiters)
        self._foreign = re.compile(f"[^{re.escape(''.join(sorted(self._allowed)))}]")
        self.as_it_is = re.compile(f"[{re.escape(''.join(sorted(self._allowed - {' '})))}]+").fullmatch
        """Whether a number or code can stand as it is, by one look at its characters; ``exact`` tells of the others."""
        self.spelled: dict[str, str] = {}
        """Texts met before, as they are said."""

    def plain(self, value: str) -> str | None:
        """Free text (names, streets, notes), spelled in the set, spaces single; None if a letter would be lost."""
        said = self.spelled.get(value)
        if said is None:
            said = self._spell(value)
            if said is not None:
                self.spelled[value] = said
        return said

    def exact(self, value: str) -> str | None:
        """A number or code: every character of it as it is, but for its case; None if one has no place in the set."""
        text = value.strip()
        if self.upper:
            text = text.upper()
        return None if self._foreign.search(text) else text

    def lost(self, value: str) -> list[str]:
        """The characters of a text that cannot be said, as ``U+4E2D``."""
        return sorted({f"U+{ord(mark):04X}" for mark in value if self._letter(mark) is None})

    def lost_exactly(self, value: str) -> list[str]:
        """The characters that stand in a code's way."""
        text = value.upper() if self.upper else value
        return sorted({f"U+{ord(mark):04X}" for mark in self._foreign.findall(text)})

    def _spell(self, value: str) -> str | None:
        text = value.upper() if self.upper and value.isascii() else value
        if self._foreign.search(text):
            spelled = [self._letter(mark) for mark in text]
            if None in spelled:
                return None
            text = "".join(each for each in spelled if each is not None)
        return " ".join(text.split())

    def _letter(self, mark: str) -> str | None:
        """One character as the set spells it: itself, others, a space for a mark without a place; None: not at all."""
        allowed = self._allowed
        raised = mark.upper() if self.upper and mark.isascii() else mark
        if raised in allowed:
            return raised
        near = NEAREST.get(mark)
        if near is None:
            near = latin(mark)
        if near is None:
            return None
        near = near.upper() if self.upper else near
        return "".join(each if each in allowed else " " for each in near)


@lru_cache(maxsize=65536)
def decimal_text(amount_cents: int) -> str:
    """Cents as X12 type R: no leading zero, no trailing zeros, no trailing point (``47.1``, ``.96``, ``0``)."""
    sign = "-" if amount_cents < 0 else ""
    whole, rest = divmod(abs(amount_cents), 100)
    if not rest:
        return f"{sign}{whole}"
    return f"{sign}{whole or ''}.{rest:02d}".rstrip("0")


@lru_cache(maxsize=65536)
def cents(text: str) -> int:
    """X12 type R as cents; ValueError for what is no amount of at most two decimals.

    The amounts of a file come again and again (charges, zeros, allowed amounts), so they are remembered.
    """
    sign, digits = (-1, text[1:]) if text.startswith("-") else (1, text)
    whole, point, rest = digits.partition(".")
    if not (whole or rest) or not (whole + rest).isascii() or not (whole + rest).isdigit() or len(whole) > LONGEST:
        raise ValueError("not a decimal amount with at most two places")
    if (point and not rest) or rest[2:].strip("0"):
        raise ValueError("not a decimal amount with at most two places")
    return sign * (int(whole or 0) * 100 + int(rest[:2].ljust(2, "0") or 0))


@lru_cache(maxsize=4096)
def date_text(day: date) -> str:
    """D8: CCYYMMDD."""
    return f"{day.year:04d}{day.month:02d}{day.day:02d}"
