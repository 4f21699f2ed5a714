"""Expected payment of a claim: Medicare's order of calculation, or a contract's fee table.

CMS order (Pub. 100-04 ch. 5 section 10.7 for MPPR): rank units by practice expense, line allowed as the lesser of
charge and rates, deductible, 20 % coinsurance, 15 % assistant cut of the program part, 2 % sequestration of the rest;
half up to cents, line by line. A code without a rate has no expectation: None, never 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Literal

from claimloom.payers import PayerConfig
from claimloom.reference.disciplines import ASSISTANT
from claimloom.reference.fee_schedule import UnitRate, round_cents, unit_rate
from schemas.money import usd

FullUnit = int | Literal["best", "elsewhere"]
"""Which line has the one unit of the day that is paid in full: the best ranked of the claim, the one at a place, or
one of another claim of the day.
"""


@dataclass(frozen=True, slots=True)
class PriceLine:
    """A service line to price; the charge is that of all its units."""

    code: str
    modifiers: tuple[str, ...]
    units: int
    charge_cents: int
    line_control_number: str = ""


@dataclass(frozen=True, slots=True)
class LinePrice:
    """Expected amounts of one line. ``deductible_cents`` is all of the patient's that no rule works out, a copay too;
    ``reductions`` by name: mppr, lesser_of_charge, assistant, sequestration."""

    line: PriceLine
    allowed_cents: int
    deductible_cents: int
    coinsurance_cents: int
    reductions: dict[str, int]
    paid_cents: int
    steps: list[str]


@dataclass(frozen=True, slots=True)
class Price:
    """Expected amounts of a claim; the sums of its lines."""

    lines: list[LinePrice]
    allowed_cents: int = field(init=False)
    deductible_cents: int = field(init=False)
    coinsurance_cents: int = field(init=False)
    paid_cents: int = field(init=False)

    def __post_init__(self) -> None:
        for name in ("allowed_cents", "deductible_cents", "coinsurance_cents", "paid_cents"):
            object.__setattr__(self, name, sum(getattr(line, name) for line in self.lines))

    @property
    def reductions(self) -> dict[str, int]:
        """Reductions of all lines, added up by name."""
        total: dict[str, int] = {}
        for line in self.lines:
            for name, amount in line.reductions.items():
                total[name] = total.get(name, 0) + amount
        return total


def price_claim(
    lines: Sequence[PriceLine],
    payer: PayerConfig,
    on: date,
    zip_code: str | None,
    *,
    deductible_left_cents: int = 0,
    share_name: str = "deductible",
    taken: Sequence[Mapping[str, int]] | None = None,
    full_unit: FullUnit = "best",
    fee_year: int | None = None,
) -> Price | None:
    """Expected payment of the lines of one patient and day, or None where a line has no rate to expect.

    ``taken``: what was taken of each line as the patient's, in cents by its name (deductible, copay), where that is
    known; without it ``deductible_left_cents`` goes on the lines in their order, as what ``share_name`` calls it.
    ``zip_code`` places the clinic (None: national rates); ``full_unit``: which line has the day's one unit paid
    in full (``full_unit_rank``); ``fee_year``: by another year's schedule, to see whether a payer used it.
    """
    allowed = _allowed(lines, payer, on, zip_code, full_unit, fee_year)
    if allowed is None:
        return None
    priced: list[LinePrice] = []
    for number, (line, basis) in enumerate(zip(lines, allowed, strict=True)):
        share = {share_name: deductible_left_cents} if taken is None else taken[number]
        priced.append(_finish(line, basis, payer, share))
        deductible_left_cents -= priced[-1].deductible_cents
    return Price(priced)


def rates_of(
    lines: Sequence[PriceLine],
    payer: PayerConfig,
    on: date,
    zip_code: str | None,
    *,
    full_unit: FullUnit = "best",
    fee_year: int | None = None,
) -> list[int] | None:
    """Cents that the payer's fees give for each line, before its charge caps it: where ``price_claim`` begins.

    None where a line has no rate to expect; the arguments mean the same there.
    """
    allowed = _allowed(lines, payer, on, zip_code, full_unit, fee_year)
    return None if allowed is None else [each.amount_cents for each in allowed]


def _allowed(
    lines: Sequence[PriceLine],
    payer: PayerConfig,
    on: date,
    zip_code: str | None,
    full_unit: FullUnit,
    fee_year: int | None,
) -> list[_Allowed] | None:
    if payer.contract == "percent_of_medicare":
        place = zip_code if payer.medicare_locality == "clinic" else None
        rates = _unit_rates(lines, on, place, payer.medicare_year if fee_year is None else fee_year)
        if rates is None:
            return None
        if payer.mppr:
            return _medicare_allowed(lines, [_share_of(rate, payer) for rate in rates], payer, full_unit)
        return [_percent(line, rate, payer.percent_of_medicare) for line, rate in zip(lines, rates, strict=True)]
    if payer.contract == "medicare" or payer.mppr:
        rates = _unit_rates(lines, on, zip_code, fee_year)
        return None if rates is None else _medicare_allowed(lines, rates, payer, full_unit)
    return _by_contract(lines, payer, on if fee_year is None else date(fee_year, 12, 31))


def full_unit_rank(line: PriceLine, payer: PayerConfig, on: date, zip_code: str | None) -> tuple[Decimal, int] | None:
    """What ranks the units of a day for the one that is paid in full: practice expense, then the full fee. None for a
    code that MPPR does not touch, or of which no rate is known.
    """
    if payer.contract == "percent_of_medicare":
        zip_code = zip_code if payer.medicare_locality == "clinic" else None
    rate = unit_rate(line.code, on, zip_code, payer.medicare_year if payer.contract == "percent_of_medicare" else None)
    return _rank(rate) if rate and rate.rvu.multiple_procedure and payer.mppr else None


def _rank(rate: UnitRate) -> tuple[Decimal, int]:
    return rate.rvu.practice_expense, rate.full_cents


def _unit_rates(
    lines: Sequence[PriceLine], on: date, zip_code: str | None, fee_year: int | None
) -> list[UnitRate] | None:
    rates = [unit_rate(line.code, on, zip_code, fee_year) for line in lines]
    known = [rate for rate in rates if rate is not None]
    return known if len(known) == len(rates) else None


def _by_contract(lines: Sequence[PriceLine], payer: PayerConfig, on: date) -> list[_Allowed] | None:
    table = payer.fee_table(on)
    if table is None or any(line.code not in table.fees_cents for line in lines):
        return None
    since = f"contract fees since {table.starts}"
    fees = [table.fees_cents[line.code] for line in lines]
    return [
        _Allowed(fee * line.units, 0, [f"{line.units} x {usd(fee)} by the {since}"])
        for line, fee in zip(lines, fees, strict=True)
    ]


def pay_allowed(line: PriceLine, allowed_cents: int, payer: PayerConfig, taken: Mapping[str, int]) -> int:
    """What a payer pays on a given allowed amount: the same arithmetic from there on."""
    return _finish(line, _Allowed(allowed_cents, 0, []), payer, taken).paid_cents


def _percent(line: PriceLine, rate: UnitRate, share: Decimal) -> _Allowed:
    unit = round_cents(share * rate.full_cents / 100)
    basis = f"{share:%} of {usd(rate.full_cents)} ({rate.rvu.release}, {rate.locality.name})"
    return _Allowed(unit * line.units, 0, [f"{line.units} x {usd(unit)}, {basis}"])


def _share_of(rate: UnitRate, payer: PayerConfig) -> UnitRate:
    """The plan's percent of Medicare's amounts of a unit, each to the cent, where it reduces as Medicare does."""
    full, reduced = (round_cents(payer.percent_of_medicare * each / 100) for each in (rate.full_cents, rate.mppr_cents))
    return replace(rate, full_cents=full, mppr_cents=reduced)


@dataclass(slots=True)
class _Allowed:
    amount_cents: int
    mppr_cents: int
    steps: list[str]


def _medicare_allowed(
    lines: Sequence[PriceLine], rates: Sequence[UnitRate], payer: PayerConfig, full_unit: FullUnit
) -> list[_Allowed]:
    """Sum of unit rates: one unit of the day in full, every other unit of a therapy code with half its PE."""
    ranked = [place for place, rate in enumerate(rates) if rate.rvu.multiple_procedure and payer.mppr]
    first = max(ranked, key=lambda place: _rank(rates[place]), default=None)
    if full_unit != "best":
        first = full_unit if full_unit in ranked else None
    made = []
    for place, (line, rate) in enumerate(zip(lines, rates, strict=True)):
        reduced = 0
        if place in ranked:
            reduced = line.units - (place == first)
        full = line.units - reduced
        amount = full * rate.full_cents + reduced * rate.mppr_cents
        of = f"{payer.percent_of_medicare:%} of " if payer.contract == "percent_of_medicare" else ""
        where = f"{of}{rate.rvu.release}, {rate.locality.name}, CF {rate.conversion_factor}"
        steps = [f"{full} x {usd(rate.full_cents)} in full ({where})"] if full else []
        if reduced:
            steps.append(f"{reduced} x {usd(rate.mppr_cents)} with half the practice expense (MPPR; {where})")
        if full_unit == "elsewhere" and place == ranked[0]:
            steps.append("the day's one unit paid in full is another claim's")
        made.append(_Allowed(amount, line.units * rate.full_cents - amount, steps))
    return made


def _finish(line: PriceLine, basis: _Allowed, payer: PayerConfig, taken: Mapping[str, int]) -> LinePrice:
    steps = list(basis.steps)
    reductions = {"mppr": basis.mppr_cents} if basis.mppr_cents else {}
    allowed = min(basis.amount_cents, line.charge_cents)
    if allowed < basis.amount_cents:
        reductions["lesser_of_charge"] = basis.amount_cents - allowed
        steps.append(f"charge {usd(line.charge_cents)} is less than {usd(basis.amount_cents)}: the charge counts")
    steps.append(f"allowed {usd(allowed)}")
    deductible = min(allowed, max(sum(taken.values()), 0))
    coinsurance = _share(payer.coinsurance, allowed - deductible)
    program = allowed - deductible - coinsurance
    left = deductible
    for name, amount in taken.items():
        if part := min(left, max(amount, 0)):
            steps.append(f"{name} {usd(part)}")
        left -= part
    if coinsurance:
        steps.append(f"coinsurance {payer.coinsurance:%} of {usd(allowed - deductible)} = {usd(coinsurance)}")
    cut = 0
    if ASSISTANT & set(line.modifiers) and payer.assistant_factor != 1:
        cut = _share(1 - payer.assistant_factor, program)
        reductions["assistant"] = cut
        steps.append(f"assistant {1 - payer.assistant_factor:%} of {usd(program)} = {usd(cut)} less")
    sequestration = _share(payer.sequestration, program - cut)
    if sequestration:
        reductions["sequestration"] = sequestration
        steps.append(f"sequestration {payer.sequestration:%} of {usd(program - cut)} = {usd(sequestration)} less")
    paid = program - cut - sequestration
    steps.append(f"expected {usd(paid)}")
    return LinePrice(line, allowed, deductible, coinsurance, reductions, paid, steps)


def _share(part: Decimal, cents: int) -> int:
    return round_cents(part * cents / 100)
