"""What a payer should do with a claim, as plain amounts: whoever prices it hands them to who compares."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Moved:
    """What the day's one unit in full does to a line where the payer gave it to another line than the rule does.

    ``allowed_cents``: more (or, negative, less) allowed by it; ``told_cents``: how much of what is paid more or less by
    it comes back at another line of the day, or may still; ``text`` says which line has it.
    """

    allowed_cents: int
    told_cents: int
    text: str


@dataclass(frozen=True, slots=True)
class Expected:
    """What a payer should do with the claim. ``*_cents`` by line, in the claim's order.

    ``pay`` gives the payment of a line on another allowed amount, ``fewer_units`` the allowed amount of a line when
    only some of its units are taken; ``last_year`` and ``without_mppr_cents`` are what would be allowed by mistake, to
    tell one mistake from another, and so is ``all_reduced``, with MPPR on every unit of the day; what is called is
    worked out for who asks. ``mistaken`` tells of a line what mistakes with the contract would give: the cause, the
    cents, and in words what they are.
    ``pay_otherwise`` gives the payment with the assistant's cut where there should be none, and without it where there
    should be one; ``moved`` what became, at a line, of the day's one unit in full. ``sequestration_share``: the part of
    a payment that is cut, 0.02 for Medicare. ``elsewhere``: the locality, if it is another one, whose fees all lines of
    the claim were allowed by. ``withhold_shares``: what part of a payment the contract lets the payer keep back.
    """

    allowed_cents: list[int]
    paid_cents: list[int]
    coinsurance_cents: list[int]
    sequestration_cents: list[int]
    steps: list[list[str]]
    pay: Callable[[int, int], int]
    fewer_units: Callable[[int, int], int]
    withhold_shares: Sequence[Decimal] = ()
    last_year: Callable[[int], int | None] = lambda _place: None
    without_mppr_cents: list[int] | None = None
    all_reduced: Callable[[int], int | None] = lambda _place: None
    mistaken: Callable[[int], Sequence[tuple[str, int, str]]] = lambda _place: ()
    elsewhere: Callable[[int], str] = lambda _place: ""
    moved: Callable[[int], Moved | None] = lambda _place: None
    pay_otherwise: Callable[[int, int], int] | None = None
    sequestration_share: Decimal = Decimal(0)
