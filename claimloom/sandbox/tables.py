"""The public tables as the payer reads them: Medicare's fee of a unit at a place. Apart from our own arithmetic."""

from __future__ import annotations

import csv
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from importlib.resources import files


def round_cents(cents: Decimal) -> int:
    return int(cents.quantize(Decimal(1), ROUND_HALF_UP))


@cache
def table(name: str) -> list[dict[str, str]]:
    text = (files("claimloom.reference") / "data" / f"{name}.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


@cache
def unit_price(code: str, year: str, postal: str) -> tuple[int, int, bool, Decimal] | None:
    """Full and reduced cents of a unit, whether MPPR concerns it, and its practice expense."""
    row = next((each for each in table("mpfs_rvu_therapy") if each["year"] == year and each["hcpcs"] == code), None)
    spot = place_factors(postal, year)
    if row is None or row["status"] != "A" or spot is None:
        return None
    work, expense, risk = (Decimal(row[name]) for name in ("work_rvu", "pe_rvu_nonfacility", "mp_rvu"))
    factors = (each for each in table("conversion_factors") if each["from"][:4] <= year <= each["to"][:4])
    last_day = f"{year}-12-31"
    factor = next(
        Decimal(each["cf"])
        for each in factors
        if each["from"] <= last_day <= each["to"] and each["basis"] != "qualifying_apm"
    )
    by_work, by_expense, by_risk = spot
    amounts = [
        round_cents((work * by_work + part * expense * by_expense + risk * by_risk) * factor * 100)
        for part in (Decimal(1), Decimal("0.5"))
    ]
    multiple = row["mult_proc"] == "5"
    return amounts[0], amounts[1] if multiple else amounts[0], multiple, expense


@cache
def place_factors(postal: str, year: str) -> tuple[Decimal, Decimal, Decimal] | None:
    """The locality's factors; without a ZIP the nation's, for a ZIP that is no place None."""
    if not postal:
        return Decimal(1), Decimal(1), Decimal(1)
    spot = next((each for each in table("zip5_locality") if each["zip"] == postal), None)
    if spot is None:
        return None
    row = next(
        each
        for each in table("gpci")
        if (each["year"], each["mac"], each["locality"]) == (year, spot["mac"], spot["locality"])
    )
    return Decimal(row["work_gpci"]), Decimal(row["pe_gpci"]), Decimal(row["mp_gpci"])
