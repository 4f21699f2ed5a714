"""The day of a patient at one billing provider and payer: which line has the one therapy unit that is paid in full, and
which line the payer gave it to.

Medicare ranks all units of the day, over all claims and disciplines, by practice expense, and pays one in full (Pub.
100-04 ch. 5 section 10.7). So a claim is never expected by itself where others are of its day. What the payer did is
compared over the day: a full unit that it gave to another line is told at both lines, and only what the two differ by
is missing. While a claim of the day is not answered, nothing of it is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from claimloom.contracts import VisitNumbers
from claimloom.desk.priced import Priced, once, priced
from claimloom.payers import PayerConfig
from claimloom.pricing import FullUnit
from claimloom.remit.answers import Posted, sort_out
from claimloom.remit.expected import Moved
from claimloom.remit.standing import Line, Standing, standing
from schemas.claim import Claim
from schemas.money import usd


@dataclass(frozen=True, slots=True)
class PatientDay:
    """Claims of the day, in the order in which they were built, with their remittances; ``mine`` is the one in hand;
    ``clinics``: of which each is, since fees and contracts may differ by clinic.

    ``visits``: their numbers, where the payer's contract asks for them.
    """

    claims: Sequence[Claim]
    posted: Sequence[Sequence[Posted]]
    mine: int
    clinics: Sequence[str]
    visits: Sequence[VisitNumbers] = ()


State = Literal["open", "refused", "full", "reduced", "other"]


@dataclass(frozen=True, slots=True)
class _Ranked:
    """A line whose units are ranked: what is allowed with the full unit and without it, and what the payer did."""

    claim: int
    place: int
    rank: tuple[Decimal, int]
    code: str
    full_cents: int
    reduced_cents: int
    paid_more_cents: int
    state: State

    @property
    def shift_cents(self) -> int:
        return self.full_cents - self.reduced_cents


def full_unit_of(day: PatientDay | None, payer: PayerConfig) -> FullUnit:
    """Which line of the claim in hand has the day's one full unit by the rule."""
    if day is None or not payer.ranks_units or len(day.claims) == 1:
        return "best"
    ranks: dict[tuple[int, int], tuple[Decimal, int]] = {}
    for number, claim in enumerate(day.claims):
        asked = priced(claim, payer, (), clinic=day.clinics[number])
        for place, line in enumerate(asked.lines):
            if rank := asked.rank(line):
                ranks[number, place] = rank
    if not ranks:
        return "best"
    claim_number, place = max(ranks, key=lambda each: ranks[each])  # the first of equal ones
    return place if claim_number == day.mine else "elsewhere"


def moved_by(day: PatientDay | None, asked: Priced, own: Standing) -> Callable[[int], Moved | None]:
    """Says of a line of the claim in hand what the full unit does to it that went elsewhere than the rule says.

    Worked out when it is first asked, so where an amount differs.
    """
    moves = once(lambda: _moves(day, asked, own) if asked.payer.ranks_units else {})
    return lambda place: moves().get(place)


def _moves(day: PatientDay | None, asked: Priced, own: Standing) -> dict[int, Moved]:
    mine = day.mine if day else 0
    ranked: list[_Ranked] = []
    for number in range(len(day.claims) if day else 1):
        if day is None or number == mine:
            ranked += _ranked(mine, asked, own, answered=True)
            continue
        claim = day.claims[number]
        answers = sort_out(claim, day.posted[number]).own
        theirs = standing(claim, answers, asked.payer)
        ranked += _ranked(
            number, priced(claim, asked.payer, theirs.lines, clinic=day.clinics[number]), theirs, answered=bool(answers)
        )
    if not ranked:
        return {}
    best = max(ranked, key=lambda each: each.rank)
    holders = [each for each in ranked if each.state == "full"]
    waits = any(each.state == "open" for each in ranked)
    if best in holders:
        return {}
    if holders:
        moves = _given_to(max(holders, key=lambda each: each.rank), best, waits=waits)
    elif waits and best.state == "reduced":
        text = f"the day's one unit in full is not on {best.code}; another claim of the day is not answered yet"
        moves = {(best.claim, best.place): Moved(-best.shift_cents, -best.paid_more_cents, text)}
    else:
        moves = {}
    return {place: move for (number, place), move in moves.items() if number == mine}


def _given_to(other: _Ranked, best: _Ranked, *, waits: bool) -> dict[tuple[int, int], Moved]:
    """The full unit that went to another line: what that has more is told, and what the best one has less as far."""
    why = "is ranked first"
    if best.state == "open":
        why += " and not answered yet"
    elif best.state == "refused":
        why += " and not paid"
    text = f"the payer gave the day's one unit in full to {other.code}, though {best.code} {why}"
    moves = {(other.claim, other.place): Moved(other.shift_cents, other.paid_more_cents, text)}
    if best.state == "reduced":
        told = best.paid_more_cents if waits or best.rank == other.rank else other.paid_more_cents
        text = f"{text}; that makes {usd(best.paid_more_cents)} less here and {usd(other.paid_more_cents)} more there"
        moves[best.claim, best.place] = Moved(-best.shift_cents, -told, text)
    return moves


def _ranked(number: int, asked: Priced, own: Standing, *, answered: bool) -> list[_Ranked]:
    made = []
    for place, (line, paid) in enumerate(zip(asked.lines, own.lines, strict=True)):
        rank = asked.rank(line)
        if rank is None:
            continue
        units = paid.units if 0 < paid.units < line.units else line.units
        full, reduced = asked.unit_in_full(place, units)
        more = asked.pay(place, full) - asked.pay(place, reduced)
        state = _state(paid, full, reduced, asked.payer) if answered else "open"
        made.append(_Ranked(number, place, rank, line.code, full, reduced, more, state))
    return made


def _state(paid: Line, full: int, reduced: int, payer: PayerConfig) -> State:
    if paid.undecided or not paid.seen:
        return "open"
    if paid.allowed <= 0:
        return "refused"
    near = max(payer.line_tolerance_cents, int(payer.line_tolerance * full))
    off_full, off_reduced = abs(paid.allowed - full), abs(paid.allowed - reduced)
    if min(off_full, off_reduced) > near:
        return "other"
    return "full" if off_full <= off_reduced else "reduced"
