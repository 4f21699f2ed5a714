"""What all descriptions share: the row, and how days, people, amounts and adjustments are said."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from claimloom.x12.checking.balance import Imbalance
from claimloom.x12.guides import labels
from claimloom.x12.guides.text import cents
from claimloom.x12.reading.document import Loop, Segment
from claimloom.x12.showing.phi import blank
from schemas.money import usd

COLUMNS: Final = ("Charge", "Allowed", "Adjusted", "Paid")


@dataclass(frozen=True, slots=True)
class Row:
    """One line for a person. ``amounts`` stand in columns of their own; ``tone`` is title, head, good, bad or faint."""

    depth: int
    text: str
    amounts: tuple[str, ...] = ()
    tone: str = ""


def money(text: str) -> str:
    """An amount for people; what is none may be anything, a name too, and is not shown."""
    if not text:
        return ""
    try:
        return usd(cents(text))
    except ValueError:
        return "not an amount"


def total(texts: Iterator[str]) -> int | None:
    """The sum in cents; None if one is no amount."""
    try:
        return sum(cents(each) for each in texts if each)
    except ValueError:
        return None


def day(text: str) -> str:
    """CCYYMMDD (or two of them) as 2026-11-16; what is no day is blanked."""
    first, dash, last = (each if each.isdigit() else blank(each) for each in text.partition("-"))
    said = [
        f"{each[:4]}-{each[4:6]}-{each[6:]}" if len(each) == 8 and each.isdigit() else each for each in (first, last)
    ]
    return f"{said[0]} to {said[1]}" if dash else said[0]


def spoken(loop: Loop | None, *, show_phi: bool) -> str:
    """Who a loop of NM1 or N1 names: an organisation as it stands, a person blanked."""
    if loop is None:
        return ""
    return name_of(loop.find("NM1") or loop.find("N1"), show_phi=show_phi)


def name_of(segment: Segment | None, *, show_phi: bool) -> str:
    """The name in NM1 or N1."""
    if segment is None:
        return ""
    if segment.id == "N1":
        return segment.get(2)
    if segment.get(2) == "2":
        return segment.get(3)
    name = " ".join(filter(None, (segment.get(4), segment.get(5), segment.get(3), segment.get(7))))
    return name if show_phi else blank(name)


def npi_of(segment: Segment | None) -> str:
    """``, NPI 1234567893`` if the segment has one."""
    if segment is None:
        return ""
    at = 8 if segment.id == "NM1" else 3
    return f", NPI {segment.get(at + 1)}" if segment.get(at) == "XX" else ""


def member(segment: Segment | None, *, show_phi: bool) -> str:
    """``, member W123`` blanked or not."""
    if segment is None or not segment.get(9):
        return ""
    return f", member {segment.get(9) if show_phi else blank(segment.get(9))}"


def procedure(segment: Segment, position: int) -> str:
    """Code with modifiers: ``97530 GO KX``."""
    parts = segment.components(position)
    return " ".join(code(each) for each in [*parts[1:2], *filter(None, parts[2:6])])


def quantity(text: str) -> str:
    """A number of units as it stands; what is none is blanked."""
    return text if not text.strip("-.0123456789") else blank(text)


def code(text: str) -> str:
    """A code as it stands; what is too long to be one, or has no digit and is no short one, is blanked."""
    short = len(text) <= 2 or (len(text) <= 8 and any(each.isdigit() for each in text) and " " not in text)
    return text if short or (len(text) == 11 and text.isdigit()) else blank(text)  # a drug has 11 digits


def units_of(text: str) -> str:
    """A count of a file with its word: ``1 unit``, ``2.5 units``."""
    count = quantity(text)
    return f"{count} unit{'' if count in ('1', '-1') else 's'}"


def adjustments(loop: Loop, depth: int) -> Iterator[Row]:
    """A row for each reason of the loop's CAS segments."""
    for segment in loop.find_all("CAS"):
        for at in range(2, len(segment.elements), 3):
            reason, amount, count = segment.get(at), segment.get(at + 1), segment.get(at + 2)
            if not reason and not amount:
                continue
            label = labels.reasons().get(reason, "")
            reason = code(reason)
            units = f", {units_of(count)}" if count else ""
            text = f"{code(segment.get(1))}-{reason} {label}".rstrip() + units
            yield Row(depth, text, ("", "", money(amount), ""), "faint")


def wrong(found: list[Imbalance], depth: int) -> Iterator[Row]:
    """What does not add up."""
    for each in found:
        said = f"{each.rule} fails by {usd(each.difference_cents)}"
        is_and_should = f"is {usd(each.actual_cents)}, should be {usd(each.expected_cents)}"
        yield Row(depth, f"{said} ({is_and_should}), segment {each.segment.number}", (), "bad")
