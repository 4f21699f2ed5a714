"""What the payer's amounts at provider level mean (PLB03-1): whose account each goes to, and whether it is work.

``data/plb_meanings.csv`` says where each meaning was read. What no source settles is a review.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from claimloom.reference import rows

NONE, TAKEN, WITHHELD, REVIEW = "none", "taken", "withheld", "review"
"""When it is work: never; where it takes money (of a pair: more than was put off); the same where somebody else has it;
always.
"""
BY_PAYEE, BY_REFERENCE = "payee", "reference"
UNKNOWN_WORDS: Final = "see the payer's letter"


@dataclass(frozen=True, slots=True)
class PlbMeaning:
    """A reason code. ``pair``: what ties amounts of opposite signs in several payments; empty: nothing does."""

    code: str
    words: str
    account: str
    pair: str
    work: str
    source: str


@cache
def plb_meanings() -> Mapping[str, PlbMeaning]:
    """All codes of the table."""
    return {
        row["code"]: PlbMeaning(row["code"], row["meaning"], row["account"], row["pair"], row["work"], row["source"])
        for row in rows("plb_meanings")
    }


def plb_meaning(code: str) -> PlbMeaning:
    """Of a code that the table lacks nobody knows what it means."""
    return plb_meanings().get(code) or PlbMeaning(code, UNKNOWN_WORDS, REVIEW, "", REVIEW, "")
