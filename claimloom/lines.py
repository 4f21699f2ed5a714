"""Which line of a claim a line of its answer means: asked in one way by who posts and by who bills the next payer."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from schemas.claim import ClaimLine
from schemas.remittance import RemitLine

_Sort = tuple[str, frozenset[str], int]


def match_lines(billed: Sequence[ClaimLine], answered: Sequence[RemitLine]) -> list[int | None]:
    """For each answered line the place of the billed one, or None: it is none of the claim's.

    Our own number, as the payer echoes it (REF*6R), comes first, for all lines before anything is guessed; several
    answers under one number are parts. Then those that are alike in code, modifiers and charge, again for all. The
    others share out the lines that are left, see ``_Left.likeliest``; what is left over then is a part of a line whose
    charge is not yet told in full (X12 RFI 467: a payer splits a line).
    """
    numbers = {line.line_control_number: place for place, line in enumerate(billed)}
    found = [numbers.get(line.line_control_number) if line.line_control_number else None for line in answered]
    left = _Left(billed, answered, found)
    for guess in (left.alike, left.likeliest, left.part_of):
        for position, line in enumerate(answered):
            if found[position] is None and (place := guess(line, position)) is not None:
                found[position] = place
                left.take(place, line)
    return found


class _Left:
    """Billed lines that no answer has yet, by what they are looked for; each look costs the same, however many."""

    def __init__(self, billed: Sequence[ClaimLine], answered: Sequence[RemitLine], found: Sequence[int | None]) -> None:
        self.billed = billed
        self.taken: set[int] = set()
        self.charges = [line.charge_cents for line in billed]
        self._by_code: dict[str, deque[int]] = {}
        self._by_all: dict[_Sort, deque[int]] = {}
        self._parted: dict[str, list[int]] = {}
        for place, line in enumerate(billed):
            alike = (line.procedure_code, frozenset(line.modifiers), line.charge_cents)
            self._by_code.setdefault(line.procedure_code, deque()).append(place)
            self._by_all.setdefault(alike, deque()).append(place)
        for number, known in enumerate(found):
            if known is not None:
                self.take(known, answered[number])

    def take(self, place: int, line: RemitLine) -> None:
        """The line is answered, as far as its charge goes."""
        if place not in self.taken:
            self._parted.setdefault(self.billed[place].procedure_code, []).append(place)
        self.taken.add(place)
        self.charges[place] -= abs(line.charge_cents)

    def alike(self, line: RemitLine, _position: int) -> int | None:
        """The first with its code, modifiers and charge; a reversal has its charge negated."""
        code, marks, charge = _billed_as(line)
        return self._first(self._by_all.get((code, marks, charge)))

    def likeliest(self, line: RemitLine, position: int) -> int | None:
        """By code, first at the same place; by place and charge, if the code is another."""
        code, _, charge = _billed_as(line)
        if (same_code := self._first(self._by_code.get(code))) is not None:
            return position if self._has(position) and self.billed[position].procedure_code == code else same_code
        return position if self._has(position) and self.billed[position].charge_cents == charge else None

    def part_of(self, line: RemitLine, _position: int) -> int | None:
        """The first of its code of whose charge so much is left."""
        code, _, charge = _billed_as(line)
        return next((place for place in self._parted.get(code, ()) if charge and self.charges[place] >= charge), None)

    def _has(self, place: int) -> bool:
        return place < len(self.billed) and place not in self.taken

    def _first(self, places: deque[int] | None) -> int | None:
        """The first that is left; those before it are let go of."""
        while places and places[0] in self.taken:
            places.popleft()
        return places[0] if places else None


def _billed_as(line: RemitLine) -> _Sort:
    """Code, modifiers and charge as billed: those of SVC06 where the payer paid another code. One without modifiers
    left them off, since ours always have some.
    """
    marks = frozenset(line.submitted_modifiers or line.modifiers)
    return line.submitted_code or line.procedure_code, marks, abs(line.charge_cents)
