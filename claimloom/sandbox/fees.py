"""The payer's own arithmetic. Deliberately written apart from ``claimloom.pricing``: two people, one rule book."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from importlib.resources import files

from claimloom.sandbox.claims_in import Filed

MEDICARE, ADVANTAGE, PLAN, BLUE = "06102", "66666", "99999", "77777"
# The invented plan's fees of one unit, by year, as its contract prints them.
PLAN_FEES = {
    "2025": "92507=75.50 92526=84.20 97110=30.50 97112=34.00 97116=30.20 97129=23.10 97130=22.10 97140=28.40 "
    "97161=99.00 97165=99.50 97530=37.10 97535=33.90",
    "2026": "92507=78.50 92526=87.60 97110=31.80 97112=35.40 97116=31.40 97129=24.00 97130=23.00 97140=29.50 "
    "97161=103.00 97165=103.50 97530=38.60 97535=35.30",
}


@dataclass(slots=True)
class Verdict:
    """What the payer decides for a line, in cents."""

    units: int
    allowed: int
    reduced: int = 0
    deductible: int = 0
    coinsurance: int = 0
    copay: int = 0
    assistant: int = 0
    sequestration: int = 0

    @property
    def paid(self) -> int:
        """What is left of the allowed amount."""
        shares = self.deductible + self.coinsurance + self.copay + self.assistant + self.sequestration
        return self.allowed - shares


def decide(
    claim: Filed,
    *,
    units: Sequence[int] | None = None,
    year: str | None = None,
    deductible: int = 0,
    reduce: bool = True,
) -> list[Verdict] | None:
    """Verdicts of a claim's lines; None for a code that the payer has no fee for.

    ``units``: take only so many of each line; ``year``: by another year's fees; ``reduce``: apply MPPR.
    """
    wanted = list(units) if units is not None else [service.units for service in claim.services]
    of_year = year or claim.services[0].day[:4]
    if claim.payer_id in (MEDICARE, ADVANTAGE):
        return _medicare(claim, wanted, of_year, deductible, reduce)
    verdicts = []
    for service, count in zip(claim.services, wanted, strict=True):
        fee = _plan(of_year).get(service.code) if claim.payer_id == PLAN else _blue(service.code)
        if fee is None:
            return None
        verdicts.append(Verdict(count, min(fee * count, service.charge)))
    if claim.payer_id == BLUE:
        verdicts[0].copay = min(2500, verdicts[0].allowed)
    return verdicts


def _medicare(claim: Filed, wanted: Sequence[int], year: str, deductible: int, reduce: bool) -> list[Verdict] | None:
    prices = [_unit(service.code, year, claim.postal[:5]) for service in claim.services]
    ladder = []
    for place, price in enumerate(prices):
        if price is None:
            return None
        if price[2]:
            ladder.append((price[3], price[0], -place))
    top = -max(ladder)[2] if ladder else None
    verdicts = []
    for place, (service, count) in enumerate(zip(claim.services, wanted, strict=True)):
        full, half, multiple, _ = prices[place] or (0, 0, False, Decimal(0))
        whole = count if not multiple or not reduce else min(count, int(place == top))
        amount = whole * full + (count - whole) * half
        line = Verdict(count, min(amount, service.charge), reduced=(count - whole) * (full - half))
        line.deductible = min(deductible, line.allowed)
        deductible -= line.deductible
        line.coinsurance = _round((line.allowed - line.deductible) * Decimal("0.2"))
        rest = line.allowed - line.deductible - line.coinsurance
        if "CQ" in service.modifiers or "CO" in service.modifiers:
            line.assistant = _round(rest * Decimal("0.15"))
        line.sequestration = _round((rest - line.assistant) * Decimal("0.02"))
        verdicts.append(line)
    return verdicts


def _round(cents: Decimal) -> int:
    return int(cents.quantize(Decimal(1), ROUND_HALF_UP))


@cache
def _table(name: str) -> list[dict[str, str]]:
    text = (files("claimloom.reference") / "data" / f"{name}.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


@cache
def _plan(year: str) -> dict[str, int]:
    pairs = (pair.split("=") for pair in PLAN_FEES[year].split())
    return {code: int(Decimal(fee) * 100) for code, fee in pairs}


@cache
def _blue(code: str) -> int | None:
    """110 % of the national fee of 2024."""
    price = _unit(code, "2024", "")
    return _round(price[0] * Decimal("1.1")) if price else None


@cache
def _unit(code: str, year: str, postal: str) -> tuple[int, int, bool, Decimal] | None:
    """Full and reduced cents of a unit, whether MPPR concerns it, and its practice expense."""
    row = next((each for each in _table("mpfs_rvu_therapy") if each["year"] == year and each["hcpcs"] == code), None)
    if row is None or row["status"] != "A":
        return None
    work, expense, risk = (Decimal(row[name]) for name in ("work_rvu", "pe_rvu_nonfacility", "mp_rvu"))
    factors = (each for each in _table("conversion_factors") if each["from"][:4] <= year <= each["to"][:4])
    last_day = f"{year}-12-31"
    factor = next(
        Decimal(each["cf"])
        for each in factors
        if each["from"] <= last_day <= each["to"] and each["basis"] != "qualifying_apm"
    )
    by_work, by_expense, by_risk = _place(postal, year)
    amounts = [
        _round((work * by_work + share * expense * by_expense + risk * by_risk) * factor * 100)
        for share in (Decimal(1), Decimal("0.5"))
    ]
    multiple = row["mult_proc"] == "5"
    return amounts[0], amounts[1] if multiple else amounts[0], multiple, expense


@cache
def _place(postal: str, year: str) -> tuple[Decimal, Decimal, Decimal]:
    if not postal:
        return Decimal(1), Decimal(1), Decimal(1)
    spot = next(each for each in _table("zip5_locality") if each["zip"] == postal)
    row = next(
        each
        for each in _table("gpci")
        if (each["year"], each["mac"], each["locality"]) == (year, spot["mac"], spot["locality"])
    )
    return Decimal(row["work_gpci"]), Decimal(row["pe_gpci"]), Decimal(row["mp_gpci"])
