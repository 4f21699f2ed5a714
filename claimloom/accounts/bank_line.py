"""A line of a bank's statement, whatever the bank's file is written in; and what such a file is when it is bad."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

MOST_LINES: Final = 100_000
MOST_LETTERS: Final = 500
EARLIEST: Final = date(1990, 1, 1)
CONTROL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


@dataclass(frozen=True, slots=True)
class BankLine:
    """A line of a statement; cents less than zero left the account. ``count``: of those alike before it in the file."""

    number: int
    day: date
    cents: int
    trace: str = ""
    reference: str = ""
    description: str = ""
    payer: str = ""
    account: str = ""
    count: int = 0


@dataclass(slots=True)
class Statement:
    """The lines of a file, or what is wrong with it, a sentence each with its place: then there are no lines."""

    form: str = ""
    lines: list[BankLine] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


class FaultError(ValueError):
    """What is wrong with a value, and in which column or element."""

    def __init__(self, where: str, reason: str) -> None:
        super().__init__(f"{where}: {reason}")


def text_of(value: str, where: str) -> str:
    """A text of the bank's, in one line."""
    if found := CONTROL.search(value):
        raise FaultError(where, f"holds a control character (U+{ord(found[0]):04X})")
    plain = " ".join(value.split())
    if len(plain) > MOST_LETTERS:
        raise FaultError(where, f"is longer than {MOST_LETTERS} letters")
    return plain


def counted_alike(lines: Sequence[BankLine]) -> list[BankLine]:
    """The lines with how many alike stand before each."""
    seen: Counter[tuple[object, ...]] = Counter()
    found = []
    for line in lines:
        alike = (line.day, line.cents, line.trace, line.reference, line.description, line.payer, line.account)
        found.append(replace(line, count=seen[alike]))
        seen[alike] += 1
    return found


def shown(value: str) -> str:
    """What stands in a file, as far as it may be shown."""
    return CONTROL.sub("?", value)[:40]
