"""Which line of a claim a line of its answer means: asked in one way by who posts and by who bills the next payer."""

from __future__ import annotations

from collections.abc import Sequence

from schemas.claim import ClaimLine
from schemas.remittance import RemitLine


def match_lines(billed: Sequence[ClaimLine], answered: Sequence[RemitLine]) -> list[int | None]:
    """For each answered line the place of the billed one, or None: it is none of the claim's.

    Our own number, as the payer echoes it (REF*6R), comes first, for all lines before anything is guessed; several
    answers under one number are parts. The others share out the lines that are left, see ``_likeliest``.
    """
    numbers = {line.line_control_number: place for place, line in enumerate(billed)}
    found = [numbers.get(line.line_control_number) if line.line_control_number else None for line in answered]
    for position, line in enumerate(answered):
        if found[position] is None:
            free = [place for place in range(len(billed)) if place not in found]
            found[position] = _likeliest(billed, free, line, position)
    return found


def _likeliest(billed: Sequence[ClaimLine], free: Sequence[int], line: RemitLine, position: int) -> int | None:
    """By code, modifiers and charge; by code, first at the same place; by place and charge, if the code is another.

    Billed code and modifiers are those of SVC06 where the payer paid another code; one without modifiers left them
    off, since ours always have some. A reversal has its charge negated.
    """
    code = line.submitted_code or line.procedure_code
    marks = set(line.submitted_modifiers or line.modifiers)
    charge = abs(line.charge_cents)
    same_code = [place for place in free if billed[place].procedure_code == code]
    for place in same_code:
        if set(billed[place].modifiers) == marks and billed[place].charge_cents == charge:
            return place
    if same_code:
        return position if position in same_code else same_code[0]
    return position if position in free and billed[position].charge_cents == charge else None
