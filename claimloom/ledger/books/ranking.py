"""The order of the work list: what is likely to come of it, times how little time is left. Weights of our own, no
statistic.

Likelihood goes by the kind of work; money is what the contract says, and a charge, where nobody knows that, stands
behind in an order of its own. Urgency goes by the days left to the last day on which it helps
(``NextAction.last_day``), and grows while an item waits.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

NEXT_PAYER: Final = "next_payer"
# Something should have come: an acknowledgment of the file or of the claim, or an answer to the money.
NO_TA1, NO_999 = "no_ta1", "no_999"
NO_ACK, NO_PAYER_ACK, NO_ANSWER, FILING_ENDS = "no_ack", "no_payer_ack", "no_answer", "filing_ends"
NOT_BILLED: Final = "not_billed"
# Somebody wants no claim of a visit: told, and nobody's work.
NO_CLAIM: Final = "no_claim"
# A payment of an 835 whose money did not come, and money of which no 835 tells.
NO_DEPOSIT, NO_835 = "no_deposit", "no_835"
# Of a hundred such items, how many usually bring their money.
LIKELIHOOD: Final = {
    "held": 90,
    "claim_review": 90,
    "rejected": 90,
    "underpaid": 70,
    "suspense": 60,
    "unmatched": 60,
    "conflict": 50,
    "denied": 50,
    "other_payer": 50,
    NEXT_PAYER: 50,
    NO_TA1: 90,
    NO_999: 90,
    NO_ACK: 90,
    NO_PAYER_ACK: 90,
    NO_ANSWER: 70,
    FILING_ENDS: 90,
    NOT_BILLED: 90,
    NO_DEPOSIT: 90,
    NO_835: 60,
    "review": 40,
    "overpaid": 0,
}
ELSE_LIKELIHOOD: Final = 30
BEHIND: Final = 1000
WHOLE: Final = 100
# So many days left, or fewer, and how much it counts then, in hundredths; over: exceptions to a last day are rare.
URGENCY: Final = ((14, 800), (30, 400), (60, 200))
OVER: Final = 10


def likelihood(kind: str) -> int:
    """Of a hundred items of a kind, how many bring their money."""
    return LIKELIHOOD.get(kind, ELSE_LIKELIHOOD)


@dataclass(frozen=True, slots=True)
class Urgency:
    """How much an item counts on a day, in hundredths, and the day from which on that is otherwise, if one comes."""

    weight: int = WHOLE
    until: date | None = None


def urgency(last_day: date | None, today: date) -> Urgency:
    """By the days from today to the last one."""
    if last_day is None:
        return Urgency()
    left = (last_day - today).days
    if left < 0:
        return Urgency(OVER)
    bands = [(days, weight) for days, weight in URGENCY if left <= days]
    weight = bands[0][1] if bands else WHOLE
    nearer = max((days for days, _ in URGENCY if days < left), default=-1)
    return Urgency(weight, last_day - timedelta(days=nearer))


def score(kind: str, cents: int, weight: int, *, of_charge: bool) -> int:
    """Its place in the list: ascending, so that one index gives it. Of a charge a thousandth counts."""
    found = -likelihood(kind) * cents * weight // WHOLE
    return found // BEHIND if of_charge else found


def why(kind: str, cents: int, weight: int, last_day: str, *, of_charge: bool) -> str:
    """The same in words."""
    money = "what was charged, at a thousandth since nobody knows what is due," if of_charge else "what is due"
    said = f"{money} times {likelihood(kind)} % that come of such work"
    if not cents:
        said = "no money is known to be in it"
    if weight == OVER:
        return f"{said}, at a tenth since the last day was {last_day}"
    if weight != WHOLE:
        return f"{said}, {weight // WHOLE} times since the last day is {last_day}"
    return said + (f"; the last day is {last_day}" if last_day else "")
