"""What the payer did with a visit's number where a contract pays the visits of a day by their order.

The ledger numbers the visits of one day by their ids, since nothing else is the same in any order of events; a payer
numbers them as they come in. No source says which of a day is the first, so what a visit lacks is only missing if no
other one of the day has it more: the claims of the day are compared together first, as the one unit in full of a day is
(``day``). While one of them is not answered, its part may still come.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from claimloom.contracts import VisitNumbers
from claimloom.desk.day import PatientDay
from claimloom.desk.priced import Priced, once, priced
from claimloom.lines import shares
from claimloom.remit.answers import sort_out
from claimloom.remit.classify import ABOVE_FEES
from claimloom.remit.expected import Moved
from claimloom.remit.standing import Standing, standing
from schemas.claim import Claim
from schemas.money import usd


@dataclass(frozen=True, slots=True)
class _Bearer:
    """The line that bears a visit's amount: what is due on it by the visit's number, and by the payer's, in cents.

    ``is_open``: not answered; ``refused_cents``: nothing is paid for it, and a later number is worth so much less.
    """

    place: int = 0
    due_cents: int = 0
    given_cents: int = 0
    refused_cents: int = 0
    is_open: bool = False


NOT_COUNTED_SO: Final = _Bearer()
_TOLD: Final = "the payer numbered the visits of the day otherwise"


def numbered_otherwise(day: PatientDay | None, asked: Priced, own: Standing) -> Callable[[int], Moved | None]:
    """Says of a line of the claim in hand what it has more or less since its visit has another visit's number, as far
    as that comes back at another claim of the day, or may still; worked out when it is first asked.
    """
    if day is None or not asked.payer.counts_visits or len(day.visits) != len(day.claims):
        return lambda _place: None
    move = once(lambda: _move(day, asked, own))
    return lambda place: found[1] if (found := move()) and found[0] == place else None


def _move(day: PatientDay, asked: Priced, own: Standing) -> tuple[int, Moved] | None:
    bearers = [_of_claim(day, number, asked, own) for number in range(len(day.claims))]
    mine = bearers[day.mine]
    off = [each.given_cents - each.due_cents for each in bearers]
    if not off[day.mine]:
        return None
    more, less = ([max(sign * cents, 0) for cents in off] for sign in (1, -1))
    if any(each.is_open for each in bearers):
        told = abs(off[day.mine])
    elif off[day.mine] > 0:
        told = shares(min(sum(more), sum(less) + sum(each.refused_cents for each in bearers)), more)[day.mine]
    else:
        told = shares(min(sum(more), sum(less)), less)[day.mine]
    if not told:
        return None
    told = told if off[day.mine] > 0 else -told
    paid = asked.pay(mine.place, mine.due_cents + told) - asked.pay(mine.place, mine.due_cents)
    text = f"{_TOLD}: {usd(mine.given_cents)} here, where {usd(mine.due_cents)} is due"
    return mine.place, Moved(told, paid, text)


def _of_claim(day: PatientDay, number: int, asked: Priced, own: Standing) -> _Bearer:
    """What the payer gave a claim of the day by the number of one of its visits; nothing to tell where by none."""
    claim, is_answered = day.claims[number], True
    if number != day.mine:
        answers = sort_out(claim, day.posted[number]).own
        own, is_answered = standing(claim, answers, asked.payer), bool(answers)
        asked = priced(claim, asked.payer, own.lines, clinic=asked.facts.clinic, visit=day.visits[number])
    by_number = [replace(asked, facts=replace(asked.facts, visit=each)) for each in _numbers(day, claim, number)]
    due = asked.allowed(asked.lines)
    others = [cents for each in by_number if (cents := each.allowed(each.lines)) is not None]
    place = next((at for at in range(len(asked.lines)) if due and any(each[at] != due[at] for each in others)), None)
    if due is None or place is None:
        return NOT_COUNTED_SO
    line, least = own.lines[place], min(each[place] for each in others)
    if not is_answered or line.undecided or not line.seen:
        return _Bearer(place, due[place], due[place], is_open=True)
    if line.allowed <= 0 < due[place] and (least or line.around.reasons != {ABOVE_FEES}):
        return _Bearer(place, due[place], due[place], refused_cents=max(due[place] - least, 0))
    near = asked.payer.line_tolerance_cents
    fits = [each[place] for each in others if abs(line.allowed - each[place]) <= near]
    is_due = abs(line.allowed - due[place]) <= near or not fits
    return _Bearer(place, due[place], due[place] if is_due else fits[0])


def _numbers(day: PatientDay, claim: Claim, number: int) -> list[VisitNumbers]:
    """The numbers of the day's other visits; that of a course of treatment only among visits of one discipline."""
    mine = day.visits[number]
    return [
        each if other.discipline == claim.discipline else replace(each, of_case=mine.of_case)
        for place, (other, each) in enumerate(zip(day.claims, day.visits, strict=True))
        if place != number
    ]
