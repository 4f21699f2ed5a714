"""A code with its modifiers (SV101-2 to -6): what they say by themselves, whoever the service was for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from claimloom.reference.disciplines import DISCIPLINE_OF
from claimloom.reference.therapy_codes import TherapyCode, therapy_code
from schemas.values import Discipline

MODIFIER: Final = re.compile(r"[A-Z0-9]{2}")
MOST_MODIFIERS: Final = 4
# Clinics bill a few dozen codes with a few modifiers; bounded, since a claim may say anything.
MOST_REMEMBERED: Final = 10_000


@dataclass(frozen=True, slots=True)
class Procedure:
    """What a line's code and modifiers say."""

    code: str
    marks: frozenset[str]
    """Its modifiers, in no order."""
    written: frozenset[str]
    """The code and its modifiers."""
    known: TherapyCode | None
    """The therapy code, or None if it is none of ours."""
    disciplines: tuple[Discipline, ...]
    """Disciplines that the GP, GO and GN modifiers name."""
    well_formed: bool
    """Modifiers of two characters, each once and at most four."""


@lru_cache(MOST_REMEMBERED)
def procedure(code: str, modifiers: tuple[str, ...]) -> Procedure:
    """What a code with these modifiers says, in their order on the line."""
    marks = frozenset(modifiers)
    in_shape = all(MODIFIER.fullmatch(each) for each in modifiers)
    return Procedure(
        code=code,
        marks=marks,
        written=marks | {code},
        known=therapy_code(code),
        disciplines=tuple(DISCIPLINE_OF[each] for each in modifiers if each in DISCIPLINE_OF),
        well_formed=in_shape and len(marks) == len(modifiers) <= MOST_MODIFIERS,
    )
