"""``price``: what a payer should pay, each step with its reason.

A line is written ``97530:GO,KX*2@15000`` (units, charge in cents).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Annotated, Any, Final

import typer

from claimloom.cli.options import Json
from claimloom.cli.output import bold, notes, out, print_json
from claimloom.contracts import VisitNumbers
from claimloom.errors import PlainError
from claimloom.payers import PayerConfig, Payers
from claimloom.pricing import Price, PriceLine, VisitFacts, not_covered, nothing_because, price_claim, words_of_assumed
from claimloom.reference import rows
from claimloom.settings import read_settings
from schemas.money import usd
from schemas.values import PayerClass

BUILT_IN_PAYERS: Final = {"medicare": "06102"}
ZIP: Final = re.compile(r"\d{5}(-?\d{4})?", re.ASCII)
NumberOfVisit = Annotated[int | None, typer.Option(min=1, help="Which visit it is; the first is assumed")]
LINE: Final = re.compile(r"^([A-Z0-9]{5})(?::([A-Z0-9]{2}(?:,[A-Z0-9]{2}){0,3}))?\*([1-9]\d{0,2})@(\d{1,9})$")


def price(
    lines: Annotated[list[str], typer.Argument(help="CODE:MODIFIERS*UNITS@CENTS, as in 97530:GO*2@15000")],
    payer: Annotated[str, typer.Option(help="medicare, or a payer id")] = "medicare",
    on: Annotated[
        datetime | None,
        typer.Option("--date", formats=["%Y-%m-%d"], help="Date of service; default the business date (UTC)"),
    ] = None,
    zip_code: Annotated[str | None, typer.Option("--zip", help="Clinic's ZIP; national rates without it")] = None,
    deductible_left_cents: Annotated[int, typer.Option(min=0)] = 0,
    payer_class: Annotated[
        PayerClass | None, typer.Option("--class", help="Class of a payer that has no file of its own")
    ] = None,
    place: Annotated[str, typer.Option(help="Place of service; an office's fees without it")] = "",
    clinic: Annotated[str, typer.Option(help="Clinic id, for contracts that differ by clinic")] = "",
    plan: Annotated[str, typer.Option(help="Group number (SBR03), for contracts that differ by plan")] = "",
    npi: Annotated[str, typer.Option(help="Billing provider's NPI, for contracts that differ by it")] = "",
    tax_id: Annotated[str, typer.Option(help="Billing provider's tax id, for contracts that differ by it")] = "",
    visit_of_day: NumberOfVisit = None,
    visit_of_year: NumberOfVisit = None,
    visit_of_case: NumberOfVisit = None,
    as_json: Json = False,
) -> None:
    """Say what a payer should pay for the lines of a day, step by step."""
    settings = read_settings(None)
    day = (on or settings.now()).date()
    payers = Payers.of(settings.data)
    payer_id = BUILT_IN_PAYERS.get(payer, payer)
    if payer_id not in (known := payers.ids()) and payer_class is None:
        raise PlainError(
            f"payer {payer}: has neither file nor contract, so no fees; choose medicare or one of {', '.join(known)}, "
            "or say its --class"
        )
    if zip_code and not ZIP.fullmatch(zip_code):
        raise PlainError(f"zip {zip_code}: five or nine digits are expected, as in 62701")
    config = payers.config(payer_id, payer_class or PayerClass.COMMERCIAL, day)
    asked = [_priced_line(text) for text in lines]
    facts = VisitFacts(
        tax_id=tax_id,
        npi=npi,
        plan=plan,
        clinic=clinic,
        place=place,
        visit=VisitNumbers(visit_of_day, visit_of_year, visit_of_case),
    )
    found = price_claim(asked, config, day, zip_code, deductible_left_cents=deductible_left_cents, facts=facts)
    if found is None:
        raise PlainError(_why_not(asked, config, payer, day, zip_code, facts))
    if strange := sorted({each for line in asked for each in line.modifiers} - _modifiers()):
        notes.print(f"not in the table of modifiers, so of no effect here: {', '.join(strange)}")
    if as_json:
        print_json(_price_json(found))
        return
    for line in found.lines:
        out.print(bold(f"{line.line.code} x {line.line.units}"))
        for step in line.steps:
            out.print(f"  {step}")
    out.print(bold(f"Expected {usd(found.paid_cents)}"), f" of {usd(found.allowed_cents)} allowed")
    if found.assumed:
        out.print(f"Assumed: {words_of_assumed(found.assumed)}")


def _why_not(
    lines: Sequence[PriceLine], config: PayerConfig, payer: str, day: date, zip_code: str | None, facts: VisitFacts
) -> str:
    """What stands in the way of a price: the ZIP, or the codes that have no fee."""
    if zip_code and price_claim(lines, config, day, None, facts=facts) is not None:
        return f"zip {zip_code}: in none of Medicare's localities of {day.year}; without --zip the national fees count"
    said = nothing_because(lines, config, day, zip_code, facts=facts)
    if not_covered(lines, config, day, facts=facts):
        return said
    if config.terms:
        without = dict.fromkeys(
            line.code for line in lines if price_claim([line], config, day, None, facts=facts) is None
        )
        return f"{', '.join(without)}: payer {payer} has no fee on {day}; docs/reference-data.md says what is here"
    return f"{said}; docs/contracts.md says how to write one"


def _modifiers() -> set[str]:
    return {row["modifier"] for row in rows("modifiers")}


def _priced_line(text: str) -> PriceLine:
    """A line to price; PlainError that shows the form."""
    if not (found := LINE.match(text.upper())):
        raise PlainError(
            f"{text}: write code:modifiers*units@cents of the line, units from 1 and whole cents, "
            "as in 97530:GO*2@15000 for 2 units at $150.00"
        )
    return PriceLine(found[1], tuple(found[2].split(",")) if found[2] else (), int(found[3]), int(found[4]))


def _price_json(found: Price) -> dict[str, Any]:
    def amounts(item: Any) -> dict[str, Any]:
        return {
            "allowed_cents": item.allowed_cents,
            "deductible_cents": item.deductible_cents,
            "coinsurance_cents": item.coinsurance_cents,
            "reductions": item.reductions,
            "paid_cents": item.paid_cents,
        }

    lines = [
        {"code": line.line.code, "units": line.line.units, **amounts(line), "steps": line.steps}
        | {"derivation": asdict(line.derivation)}
        for line in found.lines
    ]
    return amounts(found) | {"assumed": list(found.assumed), "lines": lines}
