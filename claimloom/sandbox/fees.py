"""The payer's own arithmetic. Deliberately written apart from ``claimloom.pricing``: two people, one rule book.

The rule book is the Medicare Claims Processing Manual ch. 5 (MPPR 10.7, assistants 20.1) and the fee tables that CMS
publishes; what a plan pays is what its contract prints.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import cache
from typing import Final

from claimloom.sandbox.agreed import by_agreement
from claimloom.sandbox.agreements import agreement_of
from claimloom.sandbox.claims_in import Filed, FiledService
from claimloom.sandbox.tables import round_cents, unit_price
from claimloom.sandbox.verdict import AS_CONTRACTED, Terms, Verdict

MEDICARE, ADVANTAGE, PLAN, BLUE = "06102", "66666", "99999", "77777"
AGREED: Final = "agreed"
"""Payers with a contract of ``contracts/``."""
KINDS: Final = {MEDICARE: "medicare", ADVANTAGE: "advantage", PLAN: "plan", BLUE: "blue"}
# Of a payer that the sandbox does not know, SBR09 tells the class; Medicare's fees are public, a plan's are not.
BY_FILING: Final = {"MB": "medicare", "16": "advantage", "MC": "medicaid"}
MEDICARE_LIKE: Final = ("medicare", "advantage")
# What the sandbox pays where nobody knows the contract.
UNKNOWN_PERCENT: Final = {"medicaid": Decimal("0.45"), "stranger": Decimal("0.60"), "second": Decimal("0.60")}
BLUE_COPAY: Final = 2500
# The invented plan's fees of one unit, by year, as its contract prints them.
PLAN_FEES: Final = {
    "2025": "92507=75.50 92526=84.20 97110=30.50 97112=34.00 97116=30.20 97129=23.10 97130=22.10 97140=28.40 "
    "97161=99.00 97165=99.50 97530=37.10 97535=33.90",
    "2026": "92507=78.50 92526=87.60 97110=31.80 97112=35.40 97116=31.40 97129=24.00 97130=23.00 97140=29.50 "
    "97161=103.00 97165=103.50 97530=38.60 97535=35.30",
}


def kind_of(claim: Filed) -> str:
    """Which of its payers the sandbox is for this claim; ``second`` where others decided it before."""
    if claim.responsibility in ("S", "T"):
        return "second"
    if agreement_of(claim.payer_id) is not None:
        return AGREED
    return KINDS.get(claim.payer_id) or BY_FILING.get(claim.filing, "stranger")


def decide(claim: Filed, terms: Terms = AS_CONTRACTED, day: Sequence[Filed] = ()) -> list[Verdict] | None:
    """Verdicts of a claim's lines; None for a code that the payer has no fee for.

    ``day``: all claims of the patient's day at this provider, this one among them, in the order in which they came; of
    them all one unit is paid in full. Of a payer with an agreement all claims of the patient.
    """
    wanted = [service.units for service in claim.services]
    if terms.units_off:
        wanted[wanted.index(max(wanted))] -= terms.units_off
    kind = kind_of(claim)
    if (agreement := agreement_of(claim.payer_id)) is not None and kind == AGREED:
        return by_agreement(agreement, claim, wanted, terms, day or [claim])
    found = (
        _reduced(claim, wanted, terms, day or [claim]) if kind in MEDICARE_LIKE else _by_fee(claim, wanted, terms, kind)
    )
    if found is None:
        return None
    for service, verdict in zip(claim.services, found, strict=True):
        verdict.allowed = min(round_cents(verdict.allowed * Decimal(terms.percent)), service.charge)
    _share(claim, found, terms, kind)
    return found


def _by_fee(claim: Filed, wanted: Sequence[int], terms: Terms, kind: str) -> list[Verdict] | None:
    verdicts = []
    for service, count in zip(claim.services, wanted, strict=True):
        fee = service.charge // service.units if terms.charge else _fee(service, terms, kind)
        if fee is None:
            return None
        verdicts.append(Verdict(count, min(fee * count, service.charge)))
    return verdicts


def _fee(service: FiledService, terms: Terms, kind: str) -> int | None:
    if kind == "plan":
        return _plan(str(int(service.day[:4]) - terms.years_back)).get(service.code)
    if kind == "blue":
        return _blue(service.code)
    return round_cents(Decimal(service.charge) / service.units * UNKNOWN_PERCENT[kind])


def _reduced(claim: Filed, wanted: Sequence[int], terms: Terms, day: Sequence[Filed]) -> list[Verdict] | None:
    """Medicare's fees, with half of the practice expense for all units of the day but one."""
    year = str(int(claim.day[:4]) - terms.years_back)
    top = _top([claim] if terms.reduce == "alone" else day, year, terms.postal)
    if terms.reduce == "other":
        top = _top([each for each in day if top and each.number != top[0]], year, terms.postal)
    elif terms.reduce in ("every", "none"):
        top = None
    verdicts = []
    for place, (service, count) in enumerate(zip(claim.services, wanted, strict=True)):
        price = unit_price(service.code, year, (terms.postal or claim.postal)[:5])
        if price is None:
            return None
        full, half, multiple, _ = price
        whole = count
        if multiple and terms.reduce != "none":
            whole = min(count, int(top == (claim.number, place)))
        cut = (full - half) * (2 if terms.reduce == "twice" else 1)
        amount = whole * full + (count - whole) * (full - cut)
        verdicts.append(Verdict(count, min(amount, service.charge), reduced=(count - whole) * cut))
    return verdicts


def _top(day: Sequence[Filed], year: str, postal: str) -> tuple[str, int] | None:
    """The claim and line that has the day's full unit: the greatest practice expense, then the greatest fee."""
    ladder = []
    for order, claim in enumerate(day):
        for place, service in enumerate(claim.services):
            price = unit_price(service.code, year, (postal or claim.postal)[:5])
            if price and price[2]:
                ladder.append((price[3], price[0], -order, -place, claim.number, place))
    return max(ladder)[4:] if ladder else None


def _share(claim: Filed, verdicts: Iterable[Verdict], terms: Terms, kind: str) -> None:
    """Deductible, coinsurance or copay, the assistant's cut and sequestration, line by line."""
    deductible = terms.deductible
    copay = terms.copay if terms.copay is not None else (BLUE_COPAY if kind == "blue" else 0)
    share = Decimal(terms.coinsurance or ("0.2" if kind in MEDICARE_LIKE else 0))
    for service, line in zip(claim.services, verdicts, strict=True):
        line.deductible = min(deductible, line.allowed)
        deductible -= line.deductible
        line.coinsurance = round_cents((line.allowed - line.deductible) * share)
        line.copay = min(copay, line.allowed - line.deductible - line.coinsurance)
        copay -= line.copay
        if kind not in MEDICARE_LIKE:
            continue
        rest = line.allowed - line.shares
        filed = "CQ" in service.modifiers or "CO" in service.modifiers
        if terms.assistant == "always" or (filed and terms.assistant == "filed"):
            line.assistant = round_cents(rest * Decimal("0.15"))
        if terms.sequester:
            line.sequestration = round_cents((rest - line.assistant) * Decimal("0.02"))


def unit_fee(claim: Filed, code: str) -> int | None:
    """What one unit of a code brings by this payer's contract, unreduced."""
    kind = kind_of(claim)
    if kind in MEDICARE_LIKE:
        price = unit_price(code, claim.day[:4], claim.postal[:5])
        return price[0] if price else None
    if kind == "plan":
        return _plan(claim.day[:4]).get(code)
    return _blue(code) if kind == "blue" else None


@cache
def _plan(year: str) -> dict[str, int]:
    pairs = (pair.split("=") for pair in PLAN_FEES.get(year, "").split())
    return {code: int(Decimal(fee) * 100) for code, fee in pairs}


@cache
def _blue(code: str) -> int | None:
    """110 % of the national fee of 2024."""
    price = unit_price(code, "2024", "")
    return round_cents(price[0] * Decimal("1.1")) if price else None
