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
    answers under one number are parts. The others share out the lines that are left, see ``_Left.likeliest``.
    """
    numbers = {line.line_control_number: place for place, line in enumerate(billed)}
    found = [numbers.get(line.line_control_number) if line.line_control_number else None for line in answered]
    left = _Left(billed, {place for place in found if place is not None})
    for position, line in enumerate(answered):
        if found[position] is None:
            found[position] = left.likeliest(line, position)
    return found


class _Left:
    """Billed lines that no answer has yet, by what they are looked for; each look costs the same, however many."""

    def __init__(self, billed: Sequence[ClaimLine], taken: set[int]) -> None:
        self.billed = billed
        self.taken = taken
        self._by_code: dict[str, deque[int]] = {}
        self._by_all: dict[_Sort, deque[int]] = {}
        for place, line in enumerate(billed):
            alike = (line.procedure_code, frozenset(line.modifiers), line.charge_cents)
            self._by_code.setdefault(line.procedure_code, deque()).append(place)
            self._by_all.setdefault(alike, deque()).append(place)

    def likeliest(self, line: RemitLine, position: int) -> int | None:
        """By code, modifiers and charge; by code, first at the same place; by place and charge, if the code is another.

        Billed code and modifiers are those of SVC06 where the payer paid another code; one without modifiers left them
        off, since ours always have some. A reversal has its charge negated.
        """
        code = line.submitted_code or line.procedure_code
        marks = frozenset(line.submitted_modifiers or line.modifiers)
        charge = abs(line.charge_cents)
        place = self._first(self._by_all.get((code, marks, charge)))
        if place is None and (same_code := self._first(self._by_code.get(code))) is not None:
            place = position if self._has(position) and self.billed[position].procedure_code == code else same_code
        elif place is None and self._has(position) and self.billed[position].charge_cents == charge:
            place = position
        if place is not None:
            self.taken.add(place)
        return place

    def _has(self, place: int) -> bool:
        return place < len(self.billed) and place not in self.taken

    def _first(self, places: deque[int] | None) -> int | None:
        """The first that is left; those before it are let go of."""
        while places and places[0] in self.taken:
            places.popleft()
        return places[0] if places else None
