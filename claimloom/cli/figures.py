"""``units`` and ``price``: figures without a ledger, each with its reasons."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any, Final

import typer

from claimloom.billing.units import derive_units
from claimloom.cli.common import Json, notes, out, print_json
from claimloom.errors import PlainError
from claimloom.notation import minutes, priced_line
from claimloom.payers import PayerConfig, payer_config, payers_with_files, use_folder
from claimloom.pricing import Price, PriceLine, price_claim
from claimloom.reference import rows
from claimloom.reference.therapy_codes import therapy_code
from claimloom.settings import read_settings
from claimloom.x12.checking.balance import usd
from schemas.claim import UnitDerivation
from schemas.values import PayerClass, UnitRule

BUILT_IN_PAYERS: Final = {"medicare": "06102"}
ZIP: Final = re.compile(r"\d{5}(-?\d{4})?", re.ASCII)


def units(
    services: Annotated[list[str], typer.Argument(help="CODE=MINUTES, as in 97110=23")],
    rule: Annotated[str, typer.Option(help="cms, ama or both")] = "both",
    on: Annotated[datetime | None, typer.Option("--date", formats=["%Y-%m-%d"], help="Date of service")] = None,
    as_json: Json = False,
) -> None:
    """Turn a day's minutes into units, and say why."""
    rules = {"cms": UnitRule.CMS_8MIN, "ama": UnitRule.AMA_MIDPOINT}
    if rule not in (*rules, "both"):
        raise PlainError(f"rule {rule}: choose cms, ama or both")
    asked = [minutes(text) for text in services]
    for service in asked:
        if therapy_code(service.code) is None:
            raise PlainError(f"{service.code}: no code of the therapy table, so whether it is timed is not known")
    if on is not None:
        _in_force([service.code for service in asked], on.date())
    found = {name: derive_units(asked, each) for name, each in rules.items() if rule in (name, "both")}
    if as_json:
        print_json({name: _units_json(derived) for name, derived in found.items()})
        return
    for derived in found.values():
        billed = ", ".join(f"{code} x {count}" for code, count in _billed(derived).items()) or "no unit"
        out.print(f"[bold]{derived.rule}[/bold] ({derived.rule_source}): {billed}")
        for row in derived.codes:
            out.print(f"  {row.because}")
        if derived.tie:
            others = " or ".join(
                ", ".join(f"{code} x {n}" for code, n in each.items()) for each in derived.alternatives
            )
            out.print(f"  Equal remainders: the clinician may choose {others} instead.")


def price(
    lines: Annotated[list[str], typer.Argument(help="CODE:MODIFIERS*UNITS@CENTS, as in 97530:GO*2@15000")],
    payer: Annotated[str, typer.Option(help="medicare, or a payer id")] = "medicare",
    on: Annotated[
        datetime | None,
        typer.Option("--date", formats=["%Y-%m-%d"], help="Date of service; default the business date (UTC)"),
    ] = None,
    zip_code: Annotated[str | None, typer.Option("--zip", help="Clinic's ZIP; national rates without it")] = None,
    deductible_left_cents: Annotated[int, typer.Option(min=0)] = 0,
    as_json: Json = False,
) -> None:
    """Say what a payer should pay for the lines of a day, step by step."""
    settings = read_settings(None)
    day = (on or settings.now()).date()
    use_folder(settings.data / "payers")
    payer_id = BUILT_IN_PAYERS.get(payer, payer)
    if payer_id not in (known := payers_with_files()):
        raise PlainError(f"payer {payer}: has no file, so no fees; choose medicare or one of {', '.join(known)}")
    if zip_code and not ZIP.fullmatch(zip_code):
        raise PlainError(f"zip {zip_code}: five or nine digits are expected, as in 62701")
    config = payer_config(payer_id, PayerClass.COMMERCIAL, day)
    asked = [priced_line(text) for text in lines]
    found = price_claim(asked, config, day, zip_code, deductible_left_cents=deductible_left_cents)
    if found is None:
        raise PlainError(_why_not(asked, config, payer, day, zip_code))
    if strange := sorted({each for line in asked for each in line.modifiers} - _modifiers()):
        notes.print(f"not in the table of modifiers, so of no effect here: {', '.join(strange)}", markup=False)
    if as_json:
        print_json(_price_json(found))
        return
    for line in found.lines:
        out.print(f"[bold]{line.line.code} x {line.line.units}[/bold]")
        for step in line.steps:
            out.print(f"  {step}")
    out.print(f"[bold]Expected {usd(found.paid_cents)}[/bold] of {usd(found.allowed_cents)} allowed")


def _why_not(lines: Sequence[PriceLine], config: PayerConfig, payer: str, day: date, zip_code: str | None) -> str:
    """What stands in the way of a price: the ZIP, or the codes that have no fee."""
    if zip_code and price_claim(lines, config, day, None) is not None:
        return f"zip {zip_code}: in none of Medicare's localities of {day.year}; without --zip the national fees count"
    without = dict.fromkeys(line.code for line in lines if price_claim([line], config, day, zip_code) is None)
    return f"{', '.join(without)}: payer {payer} has no fee on {day}; docs/reference-data.md says what is here"


def _modifiers() -> set[str]:
    return {row["modifier"] for row in rows("modifiers")}


def _in_force(codes: Sequence[str], day: date) -> None:
    """PlainError naming a code that is not in force on a date of service."""
    for row in rows("therapy_codes"):
        starts, ends = row["effective_from"], row["effective_to"]
        if row["code"] in codes and not starts <= day.isoformat() <= (ends or "9999"):
            span = " ".join(filter(None, (starts and f"from {starts}", ends and f"until {ends}")))
            raise PlainError(f"{row['code']}: not in force on {day}, only {span}")


def _billed(derived: UnitDerivation) -> dict[str, int]:
    return {row.code: row.units for row in derived.codes if row.units}


def _units_json(derived: UnitDerivation) -> dict[str, Any]:
    return {
        "timed_minutes": derived.pool_minutes,
        "units": _billed(derived),
        "tie": derived.tie,
        "alternatives": derived.alternatives,
    }


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
        {"code": line.line.code, "units": line.line.units, **amounts(line), "steps": line.steps} for line in found.lines
    ]
    return amounts(found) | {"lines": lines}


def add_to(app: typer.Typer) -> None:
    """Put the commands on the command line."""
    app.command()(units)
    app.command()(price)
