"""Lines of ours that a payer answered as one: what it paid is compared in sum, since no line of them says it alone."""

from __future__ import annotations

from collections.abc import Sequence

from claimloom.lines import IN_EXCESS, INCLUDED, could_be, score
from claimloom.remit.answers import Posted
from claimloom.remit.expected import Expected
from claimloom.remit.standing import Standing
from schemas.claim import Claim
from schemas.money import usd


def groups(claim: Claim, own: Standing, expected: Expected) -> list[tuple[set[int], str, int]]:
    """Lines that were answered as one: places, the code that they were paid as, and what the sum is off by."""
    return [
        (places, code, sum(own.lines[place].paid_cents - expected.paid_cents[place] for place in places))
        for places, code in together(claim, own)
    ]


def taken_in(claim: Claim, own: Standing) -> int:
    """Charges of lines (CARC 97) that the line that took them in bears (CARC 94, less than zero): no denial, but the
    same cents told twice (835 guide 1.10.2.6). Without CARC 94 the payer told them as charges of a line more.
    """
    found = 0
    for places, _ in together(claim, own):
        if sum(own.lines[each].share(IN_EXCESS) for each in places) < 0:
            found += max(sum(own.lines[each].share(INCLUDED) for each in places), 0)
    return found


def together(claim: Claim, own: Standing) -> list[tuple[set[int], str]]:
    """Places of the lines that were answered as one, and the code that they were paid as.

    Either merged, with their charges in one line (no code), or bundled: each under another code (SVC01) than it was
    billed with (SVC06), which may be that of one of them, or all within a line that the payer added.
    """
    added = {place for places, _ in own.bundled for place in places}
    pairs = zip(claim.lines, own.lines, strict=True)
    if not own.merged and all(code == ours.procedure_code for ours, line in pairs for code in line.codes):
        return []
    paid_as: dict[str, set[int]] = {}
    foreign: set[str] = set()
    for place, (ours, line) in enumerate(zip(claim.lines, own.lines, strict=True)):
        if len(set(line.codes)) == 1 and place not in added:
            paid_as.setdefault(line.codes[0], set()).add(place)
            if line.codes[0] != ours.procedure_code:
                foreign.add(line.codes[0])
    found = [*((places, "") for places in own.merged), *own.bundled]
    return found + [(places, code) for code, places in paid_as.items() if code in foreign and len(places) > 1]


def unsure(claim: Claim, answers: Sequence[Posted], own: Standing) -> list[str]:
    """Answered lines that fit no line of ours well enough to be taken for it, where one of ours may be what is meant:
    in words, each with the lines that it could be and what agrees.
    """
    found = []
    for each in own.strange:
        if each.is_decided:
            continue
        line, paid = each.line, answers[each.answer].header.trace_number
        some = [
            (claim.lines[place].line_number, names)
            for place, names in could_be(claim.lines, line)
            if not own.lines[place].seen or (line.paid_cents > 0 and not own.lines[place].paid_cents)
        ]
        if not some and not (line.paid_cents > 0 and not all(one.seen and one.paid_cents for one in own.lines)):
            continue
        could = "; ".join(f"it could be line {number} ({', '.join(names)}: {score(names)})" for number, names in some)
        said = f"line {each.number} of payment {paid} ({line.procedure_code}, {usd(line.paid_cents)})"
        found.append(f"{said} fits no line of the claim well enough" + (could and f": {could}"))
    return found
