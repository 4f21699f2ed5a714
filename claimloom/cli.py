"""The command line. People read the default output; with ``--json`` stdout holds JSON and nothing else.

Exit 0 fine, 1 findings, 2 cannot read or misuse; an error is one line on stderr.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from claimloom.billing.units import derive_units
from claimloom.errors import PlainError
from claimloom.notation import minutes, priced_line
from claimloom.payers import payer_config
from claimloom.pricing import Price, price_claim
from claimloom.x12.read_835 import Remittance, Unreadable, read_835
from schemas.claim import UnitDerivation
from schemas.remittance import Imbalance
from schemas.values import PayerClass, UnitRule

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Claims engine for therapy billing.")
x12 = typer.Typer(no_args_is_help=True, help="Look into X12 files.")
app.add_typer(x12, name="x12")
out = Console(soft_wrap=True, highlight=False)
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
BUILT_IN_PAYERS = {"medicare": "06102"}


@app.command()
def units(
    services: Annotated[list[str], typer.Argument(help="CODE=MINUTES, as in 97110=23")],
    rule: Annotated[str, typer.Option(help="cms, ama or both")] = "both",
    as_json: Json = False,
) -> None:
    """Turn a day's minutes into units, and say why."""
    rules = {"cms": UnitRule.CMS_8MIN, "ama": UnitRule.AMA_MIDPOINT}
    if rule not in (*rules, "both"):
        raise PlainError(f"rule {rule}: choose cms, ama or both")
    asked = [minutes(text) for text in services]
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


@app.command()
def price(
    lines: Annotated[list[str], typer.Argument(help="CODE:MODIFIERS*UNITS@CENTS, as in 97530:GO*2@15000")],
    payer: Annotated[str, typer.Option(help="medicare, or a payer id")] = "medicare",
    on: Annotated[datetime | None, typer.Option("--date", formats=["%Y-%m-%d"], help="Date of service")] = None,
    zip_code: Annotated[str | None, typer.Option("--zip", help="Clinic's ZIP; national rates without it")] = None,
    deductible_left_cents: Annotated[int, typer.Option(min=0)] = 0,
    as_json: Json = False,
) -> None:
    """Say what a payer should pay for the lines of a day, step by step."""
    day = (on or datetime.now().astimezone()).date()
    config = payer_config(BUILT_IN_PAYERS.get(payer, payer), PayerClass.COMMERCIAL, day)
    asked = [priced_line(text) for text in lines]
    found = price_claim(asked, config, day, zip_code, deductible_left_cents=deductible_left_cents)
    if found is None:
        raise PlainError(f"payer {payer}: no rate for one of these codes on {day}, so there is nothing to expect")
    if as_json:
        print_json(_price_json(found))
        return
    for line in found.lines:
        out.print(f"[bold]{line.line.code} x {line.line.units}[/bold]")
        for step in line.steps:
            out.print(f"  {step}")
    out.print(f"[bold]Expected {usd(found.paid_cents)}[/bold] of {usd(found.allowed_cents)} allowed")


@x12.command("check")
def x12_check(files: list[Path], as_json: Json = False) -> None:
    """Read 835 files and check that every line, claim and payment balances."""
    wrong = False
    for path in files:
        read = read_835(_bytes(path))
        faults = [fault for each in read for fault in _faults(each)]
        wrong |= bool(faults)
        if as_json:
            findings = [{"severity": "error"} | fault for fault in faults]
            print_json({"file": str(path), "kind": "835", "transactions": len(read), "findings": findings})
            continue
        out.print(
            f"{path}: 835, {len(read)} transactions, {'no findings' if not faults else f'{len(faults)} findings'}"
        )
        for fault in faults:
            out.print(f"  segment {fault['segment_number']}: {fault['message']}")
    raise typer.Exit(1 if wrong else 0)


@x12.command("describe")
def x12_describe(file: Path) -> None:
    """Print an 835 as a person reads it. Names and member ids are left out."""
    for remittance in read_835(_bytes(file)):
        if isinstance(remittance, Unreadable):
            out.print(f"Transaction {remittance.transaction_index + 1} cannot be read: {remittance.reason}")
            continue
        header = remittance.header
        paid = f"{header.payer_name} paid {usd(header.total_paid_cents)}"
        out.print(f"[bold]{paid}[/bold] by {header.payment_method} {header.trace_number} on {header.payment_date}")
        table = Table("Claim", "Status", "Line", "Charge", "Allowed", "Paid", "Adjustments", box=None, pad_edge=False)
        for claim in remittance.claims:
            amounts = (usd(claim.charge_cents), "", usd(claim.paid_cents))
            table.add_row(claim.patient_control_number, claim.status_code, "", *amounts, _codes(claim.adjustments))
            for line in claim.lines:
                allowed = "" if line.allowed_cents is None else usd(line.allowed_cents)
                amounts = (usd(line.charge_cents), allowed, usd(line.paid_cents))
                table.add_row("", "", line.procedure_code, *amounts, _codes(line.adjustments))
        out.print(table)
        for plb in remittance.provider_adjustments:
            out.print(f"Provider level {plb.reason} {plb.reference}: {usd(-plb.amount_cents)}")


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point: a PlainError becomes one line on stderr and exit 2."""
    try:
        app(arguments)
    except PlainError as error:
        sys.stderr.write(f"claimloom: {error}\n")
        raise SystemExit(2) from None


def usd(amount_cents: int) -> str:
    """Cents for people: $1,234.56, -$0.52."""
    dollars = f"${abs(amount_cents) // 100:,}.{abs(amount_cents) % 100:02d}"
    return f"-{dollars}" if amount_cents < 0 else dollars


def print_json(value: Any) -> None:
    """One line of JSON on stdout."""
    sys.stdout.write(json.dumps(value) + "\n")


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise PlainError(f"{path}: {error.strerror}") from None


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


def _faults(read: Remittance | Unreadable) -> list[dict[str, Any]]:
    if isinstance(read, Unreadable):
        return [{"code": "unreadable", "segment_number": 0, "message": read.reason}]
    found: list[Imbalance] = [*read.imbalances, *(each for some in read.claim_imbalances.values() for each in some)]
    return [
        {
            "code": f"unbalanced_{each.level}",
            "segment_number": each.segment_number,
            "message": f"{each.where}: {each.rule} fails by {usd(each.difference_cents)} "
            f"(is {usd(each.actual_cents)}, should be {usd(each.expected_cents)})",
        }
        for each in found
    ]


def _codes(adjustments: Sequence[Any]) -> str:
    return ", ".join(f"{part.group}-{part.reason} {usd(part.amount_cents)}" for part in adjustments)
