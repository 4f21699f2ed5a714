"""What a payer should pay, with how that was worked out: a tree of named steps, from the table's row to the cent.

A step names what it rests on (a release and a row, a contract's term), never in sentences: the words are made when it
is shown, by ``claimloom.pricing.words``. So an expectation is small enough to go out with its claim.
"""

from __future__ import annotations

from pydantic import Field

from schemas.values import Cents, Noun


class Step(Noun):
    """One step, after those that it rests on (``parts``). What it takes or gives is in ``cents``, never negative."""

    name: str = Field(description="paid, allowed, medicare, fee, coinsurance ...: docs/contracts.md has all of them")
    cents: Cents = Field(description="What comes of it; of a reduction, what it takes away")
    inputs: dict[str, int | str] = Field(
        default_factory=dict, description="Units, cents and dates that went in; shares as decimals in text"
    )
    source: str = Field(
        default="", description="Release/code/locality of a Medicare rate; file, term and from-date of an agreed one"
    )
    parts: list[Step] = Field(default_factory=list)


class LineExpectation(Noun):
    """What is expected of one line, and its derivation, whose last step is the payment."""

    allowed_cents: Cents
    paid_cents: Cents
    derivation: Step


class Expectation(Noun):
    """What is expected of a claim before its payer has said anything, under what is assumed of the patient's share."""

    allowed_cents: Cents
    paid_cents: Cents
    assumed: list[str] = Field(
        default_factory=list,
        description="deductible_met, no_copay, first_visit, zip_without_last_four ...: what nobody told",
    )
    lines: list[LineExpectation] = Field(description="In the claim's order")
