"""Addresses: which two are one place however they are written, and which are a mailbox."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from claimloom.reference.letters import latin

if TYPE_CHECKING:
    from schemas.values import Address

_MARKS: Final = r"[\W_]*"
_POST: Final = rf"(?:G{_MARKS})?P{_MARKS}O|(?:GENERAL )?POST{_MARKS}OFFICE"
# Rural routes (RR 2 BOX 15) and highway contracts (HC 1 BOX 5) are places where mail is brought to: no mailbox.
_BOX: Final = re.compile(
    rf"(?<![A-Z0-9])(?:"
    rf"(?:{_POST}){_MARKS}(?:BOX|DRAWER|DRWR|DWR)(?![A-Z])"
    rf"|P{_MARKS}O{_MARKS}B{_MARKS}(?=\d)"
    rf"|(?:LOCK|CALLER){_MARKS}BOX(?![A-Z])"
    rf"|PRIVATE{_MARKS}MAIL{_MARKS}BOX|MAIL{_MARKS}BOX|P{_MARKS}M{_MARKS}B(?![A-Z])"
    rf"|APARTADO(?![A-Z])"
    rf")",
    re.IGNORECASE | re.ASCII,
)
_NOTHING_ELSE: Final = re.compile(
    r"[\W_]*(?:BOX|DRAWER|DRWR|DWR|BIN|CALLER)[\W_]*\d+[A-Z]?[\W_]*", re.IGNORECASE | re.ASCII
)
MOST_REMEMBERED: Final = 10_000

# USPS Publication 28, appendix C: the words of a street that have an abbreviation, and those of a part of a building.
WORDS: Final = {
    **dict(
        zip(
            "ALLEY AVENUE BOULEVARD CENTER CENTRE CIRCLE COURT COVE CROSSING DRIVE EXPRESSWAY FREEWAY HEIGHTS".split(),
            "ALY AVE BLVD CTR CTR CIR CT CV XING DR EXPY FWY HTS".split(),
            strict=True,
        )
    ),
    **dict(
        zip(
            "HIGHWAY LANE MOUNT PARKWAY PLACE PLAZA POINT ROAD ROUTE SQUARE STREET STR TERRACE TRAIL TURNPIKE".split(),
            "HWY LN MT PKWY PL PLZ PT RD RTE SQ ST ST TER TRL TPKE".split(),
            strict=True,
        )
    ),
    **dict(
        zip(
            "NORTH SOUTH EAST WEST NORTHEAST NORTHWEST SOUTHEAST SOUTHWEST AV BLV SAINT FORT".split(),
            "N S E W NE NW SE SW AVE BLVD ST FT".split(),
            strict=True,
        )
    ),
}
UNIT: Final = re.compile(
    r"(?:\b(?:STE|SUITE|UNIT|APT|APARTMENT|ROOM|RM|FLOOR|FL|BLDG|BUILDING|OFFICE|OFC|NO)\b[ .]*|#[ ]*)([A-Z0-9-]+)\s*$"
)


def same_place(one: Address, other: Address) -> bool:
    """Whether two addresses are one place: capitals, points, abbreviations, ZIP+4 and a suite that only one of them
    names make no difference; another suite of the house does.
    """
    if one == other:
        return True
    if (one.country, one.state, one.zip[:5]) != (other.country, other.state, other.zip[:5]):
        return False
    if _plain(one.city) != _plain(other.city):
        return False
    (street, unit), (street_too, unit_too) = _street(one.line1, one.line2), _street(other.line1, other.line2)
    return street == street_too and (not unit or not unit_too or unit == unit_too)


@lru_cache(MOST_REMEMBERED)
def _street(line1: str, line2: str) -> tuple[str, str]:
    """Street and house, and the part of the house if it is told."""
    text = " ".join(f"{line1} {line2}".upper().split())
    found = UNIT.search(text)
    street = text[: found.start()] if found else " ".join(line1.upper().split())
    unit = found[1] if found else _plain(line2)
    return " ".join(WORDS.get(word, word) for word in _plain(street).split()), unit


@lru_cache(MOST_REMEMBERED)
def _plain(text: str) -> str:
    """Letters and digits, in capitals, with single spaces between words."""
    said = "".join(mark if mark.isascii() else latin(mark) or " " for mark in text)
    return " ".join(re.sub(r"[^A-Z0-9]+", " ", said.upper()).split())


@lru_cache(MOST_REMEMBERED)
def is_mailbox(line: str) -> bool:
    """Whether a line of an address (N301, N302) is where mail is put and nobody is found: a box or drawer of a post
    office, a lock or caller box, a private mailbox.

    A billing provider (2010AA) is found at a street; a box stands in 2010AB (guide of the 837P, loop 2010AA; RFI 1451).
    Clearinghouses refuse all of these (Stedi, claim edit "invalid billing provider address", 2025-12-04); the words are
    those of USPS Publication 28 section 28, with Puerto Rico's ``apartado``.
    """
    return bool(_BOX.search(line) or _NOTHING_ELSE.fullmatch(line))
