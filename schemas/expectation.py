"""What a payer should pay, with how that was worked out: a tree of named steps, from the table's row to the cent.

A step names what it rests on (a release and a row, a contract's term), never in sentences: the words are made when it
is shown, by ``claimloom.pricing.words``. In events a step is a row, ``[name, cents, inputs, source, parts]`` without
its empty end, so that an expectation costs next to nothing on its claim's way; ``PriceStep`` is the same with names.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import Field

from schemas.values import Cents, Noun

Row = list[Any]
EMPTY: Final[tuple[Any, ...]] = ({}, "", ())


def row(
    name: str, cents: int, inputs: Mapping[str, int | str] | None = None, source: str = "", parts: Iterable[Row] = ()
) -> Row:
    """A step as events have it."""
    made: Row = [name, cents, inputs or {}, source, [*parts]]
    while not made[-1] and len(made) > 2:
        made.pop()
    return made


@dataclass(slots=True)
class PriceStep:
    """One step, after those that it rests on (``parts``). What it takes or gives is in ``cents``, never negative.

    ``name``: paid, allowed, medicare, fee, coinsurance ... (docs/contracts.md has all of them); ``inputs``: units,
    cents and dates that went in, shares as decimals in text; ``source``: release/code/locality of a Medicare rate, or
    file, term and from-date of an agreed one.
    """

    name: str
    cents: int
    inputs: Mapping[str, int | str]
    source: str
    parts: list[PriceStep]


def step_of(said: Row) -> PriceStep:
    """The step of a row; ValueError if it is none."""
    name, cents, inputs, source, parts = [*said, *EMPTY[len(said) - 2 :]]
    return PriceStep(name, cents, inputs, source, [step_of(each) for each in parts])


class Expectation(Noun):
    """What is expected of a claim before its payer has said anything, under what is assumed of the patient's share."""

    allowed_cents: Cents
    paid_cents: Cents
    assumed: list[str] = Field(
        default_factory=list, description="deductible_met, first_visit_of_day, split_zip ...: what nobody told"
    )
    lines: list[list[Any]] = Field(
        description="The derivation of each line in the claim's order, as a row of name, cents, inputs, source, parts; "
        "its last step is the payment"
    )
