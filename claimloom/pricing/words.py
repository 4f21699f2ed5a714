"""A derivation in words: one sentence a step, in the order in which it was worked out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import cache
from typing import Any, Final

from claimloom.reference.fee_schedule import locality_name
from schemas.expectation import PriceStep
from schemas.money import usd

ORDINALS: Final = {1: "first", 2: "second", 3: "third"}
ASSUMED: Final = {
    "deductible_met": "the deductible is met",
    "copay_of_the_contract": "the copay is that of the payer's settings",
    "first_visit_of_day": "it is the first visit of the day",
    "first_visit_of_year": "it is the first visit of the year",
    "first_visit_of_case": "it is the first visit of the course of treatment",
    "split_zip": "the clinic lies in the ZIP code's main locality, though its last four digits decide",
}


def words_of(step: PriceStep) -> list[str]:
    """Sentences of a tree: first those of what a step rests on, then its own."""
    if step.name == "medicare":
        return _medicare(step)
    said = [each for part in step.parts for each in words_of(part)]
    return [*said, WORDS[step.name](step)] if step.name in WORDS else said


def words_of_assumed(names: list[str] | tuple[str, ...]) -> str:
    """What is assumed, as one clause; empty if nothing is."""
    return ", ".join(ASSUMED.get(each, each.replace("_", " ")) for each in names)


@cache
def _percent(text: object) -> str:
    return f"{Decimal(str(text)):%}"


def _medicare(step: PriceStep) -> list[str]:
    release, _, rest = step.source.partition("/")
    year = 2000 + int(release[3:5])
    place = locality_name(rest.partition("/")[2], year)
    share = step.inputs.get("share")
    where = f"{release}, {place}"
    if step.inputs.get("facility"):
        where += ", facility"
    factor = f"{where}, CF {step.inputs['cf']}"
    of = f"{_percent(share)} of " if share else ""
    said = []
    for part in step.parts:
        asked = part.inputs
        units = f"{asked.get('units')} x {usd(_cents(asked, 'unit'))}"
        if part.name == "in_full":
            said.append(f"{units} in full ({of}{factor})")
        elif part.name == "reduced":
            said.append(f"{units} with half the practice expense (MPPR; {of}{factor})")
        elif part.name == "share_of_unit":
            said.append(f"{units}, {of}{usd(_cents(asked, 'of'))} ({where})")
        elif part.name == "full_unit_elsewhere":
            said.append("the day's one unit paid in full is another claim's")
        else:
            said += words_of(part)
    return said


def _cents(inputs: Mapping[str, Any], name: str) -> int:
    return int(inputs.get(name, 0))


def _fee(step: PriceStep) -> str:
    asked = step.inputs
    file, key, since = step.source.rsplit(" ", 2)
    by = f"the contract fees since {since}" if key == "fees" else f"{key} of {file} since {since}"
    return f"{asked['units']} x {usd(_cents(asked, 'unit'))} by {by}"


def _term(step: PriceStep) -> str:
    file, key, since = step.source.rsplit(" ", 2)
    by = str(step.inputs.get("by", ""))
    words = f"by {by.replace(',', ', ')}" if by else "for everything"
    others = _cents(step.inputs, "before")
    before = f", before {others} less specific" if others else ""
    return f"{file}, {key}, since {since} ({words}{before})"


def _raised(step: PriceStep) -> str:
    times = _cents(step.inputs, "times")
    return f"raised {times} x {_percent(step.inputs['share'])} since {step.inputs['since']}: {usd(step.cents)} a unit"


def _visit(step: PriceStep) -> str:
    asked = step.inputs
    if "borne_by" in asked:
        return f"nothing by itself: line {asked['borne_by']} bears the visit's amount"
    number = _cents(asked, "visit")
    ordinal = ORDINALS.get(number, f"{number}th")
    assumed = ", as is assumed" if asked.get("assumed") else ""
    what = "the whole course of treatment" if step.name == "case_rate" else "the visit"
    of = "" if step.name == "case_rate" else f" of the {asked['counted']}"
    return f"{usd(step.cents)} for {what}, this being the {ordinal} visit{of}{assumed}"


def _cut(words: str) -> Callable[[PriceStep], str]:
    def say(step: PriceStep) -> str:
        share, of = _percent(step.inputs["share"]), usd(_cents(step.inputs, "of"))
        return f"{words} {share} of {of} = {usd(step.cents)} less"

    return say


WORDS: Final[Mapping[str, Callable[[PriceStep], str]]] = {
    "paid": lambda step: f"expected {usd(step.cents)}",
    "allowed": lambda step: f"allowed {usd(step.cents)}",
    "term": _term,
    "fee": _fee,
    "raised": _raised,
    "charge_share": lambda step: f"{_percent(step.inputs['share'])} of the charge {usd(_cents(step.inputs, 'of'))}",
    "per_visit": _visit,
    "case_rate": _visit,
    "capitation": lambda step: "nothing by the claim: it is paid by member and month",
    "multiple_units": lambda step: f"multiple {step.inputs['by']}s at {step.inputs['shares']}: {usd(step.cents)} less",
    "visit_cap": lambda step: (
        f"the visit is paid up to {usd(_cents(step.inputs, 'cap'))}, filled in the order of its lines: "
        f"{usd(step.cents)} less"
    ),
    "charge": lambda step: (
        f"charge {usd(_cents(step.inputs, 'charge'))} is less than {usd(_cents(step.inputs, 'rate'))}: "
        "the charge counts"
    ),
    "share": lambda step: f"{step.inputs['as']} {usd(step.cents)}",
    "coinsurance": lambda step: (
        f"coinsurance {_percent(step.inputs['share'])} of {usd(_cents(step.inputs, 'of'))} = {usd(step.cents)}"
    ),
    "assistant": _cut("assistant"),
    "sequestration": _cut("sequestration"),
    "withhold": _cut("withheld"),
}
