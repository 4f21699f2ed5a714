"""``units``: a day's minutes as units, each with its reasons. Services are written ``97110=23`` (minutes)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from claimloom.billing.units import Treatment, derive_units
from claimloom.cli.options import Json
from claimloom.cli.output import bold, out, print_json
from claimloom.cli.units_file import SUFFIXES, counted_visits
from claimloom.errors import PlainError
from claimloom.reference import rows
from claimloom.reference.therapy_codes import therapy_code
from schemas.claim import UnitDerivation
from schemas.money import usd
from schemas.values import UnitRule
from schemas.words import counted

DAY_MINUTES: Final = 24 * 60
MINUTES: Final = re.compile(r"^([A-Z0-9]{5})=(\d{1,4})$")


def units(
    services: Annotated[list[str], typer.Argument(help="CODE=MINUTES, as in 97110=23, or a .jsonl or .csv file")],
    rule: Annotated[str, typer.Option(help="cms, ama or both")] = "both",
    on: Annotated[datetime | None, typer.Option("--date", formats=["%Y-%m-%d"], help="Date of service")] = None,
    as_json: Json = False,
) -> None:
    """Turn a day's minutes into units, and say why."""
    rules = {"cms": UnitRule.CMS_8MIN, "ama": UnitRule.AMA_MIDPOINT}
    if rule not in (*rules, "both"):
        raise PlainError(f"rule {rule}: choose cms, ama or both")
    if len(services) == 1 and services[0].lower().endswith(SUFFIXES):
        if rule != "both" or on is not None:
            raise PlainError(
                f"{services[0]}: a file is told by both rules and has its dates; leave --rule and --date out"
            )
        _print_visits(Path(services[0]), as_json)
        return
    asked = [_minutes(text) for text in services]
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
        out.print(bold(derived.rule), f" ({derived.rule_source}): {billed}")
        for row in derived.codes:
            out.print(f"  {row.because}")
        if derived.tie:
            others = " or ".join(
                ", ".join(f"{code} x {n}" for code, n in each.items()) for each in derived.alternatives
            )
            out.print(f"  Equal remainders: the clinician may choose {others} instead.")


def _print_visits(path: Path, as_json: bool) -> None:
    """The visits of a file by both methods, and what these differ by."""
    for each in counted_visits(path):
        if as_json:
            said = {name: _units_json(derived) for name, derived in (("cms", each.cms), ("ama", each.ama))}
            more = {"ama_more_units": each.more_units, "ama_more_cents": each.more_cents}
            print_json({"visit": each.name, **said, **more})
            continue
        out.print(bold(each.name))
        for name, derived in (("cms", each.cms), ("ama", each.ama)):
            billed = ", ".join(f"{code} x {count}" for code, count in each.units(derived).items()) or "no unit"
            charge = each.charge_cents(derived)
            out.print(f"  {name}: {billed}" + ("" if charge is None else f", {usd(charge)}"))
        if each.more_units:
            cents = each.more_cents
            money = "" if cents is None else f", {usd(abs(cents))}"
            what = f"{counted(abs(each.more_units), 'unit')} {'more' if each.more_units > 0 else 'fewer'}"
            out.print(f"  By ama {what} than by cms{money}: the payer's rule decides, not the sum.")


def _minutes(text: str) -> Treatment:
    """A code with its minutes; PlainError that shows the form."""
    if not (found := MINUTES.match(text.upper())):
        raise PlainError(f"{text}: write a code and its minutes, as in 97110=23")
    if int(found[2]) > DAY_MINUTES:
        raise PlainError(f"{text}: a day has {DAY_MINUTES:,} minutes; write those of one visit, as in 97110=23")
    return Treatment(found[1], int(found[2]))


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
