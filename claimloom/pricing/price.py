"""Expected payment of a claim: what its payer's terms allow, and what of it the payer pays.

CMS order (Pub. 100-04 ch. 5 section 10.7 for MPPR): rank units by practice expense, line allowed as the lesser of
charge and rates, deductible, 20 % coinsurance, 15 % assistant cut of the program part, 2 % sequestration of the rest;
half up to cents, line by line. What a contract withholds is taken last (CARC 104). A code without a rate has no
expectation: None, never 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from claimloom.contracts import PercentOfMedicare, Term
from claimloom.payers import PayerConfig
from claimloom.pricing.lines import LinePrice, Price, PriceLine, VisitFacts
from claimloom.pricing.rates import Asked, Basis, FullUnit, assumptions, bases, rank_of
from claimloom.reference.disciplines import ASSISTANT
from claimloom.reference.fee_schedule import round_cents
from schemas.expectation import Row, row

NOBODY = VisitFacts()


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
    facts: VisitFacts = NOBODY,
    beside: Sequence[PriceLine] = (),
) -> Price | None:
    """Expected payment of the lines of one patient and day, or None where a line has no rate to expect.

    ``taken``: what was taken of each line as the patient's, in cents by its name (deductible, copay), where that is
    known; without it ``deductible_left_cents`` goes on the lines in their order, as what ``share_name`` calls it.
    ``zip_code`` places the clinic (None: national rates); ``facts``: what a contract asks beyond the lines;
    ``full_unit``: which line has the day's one unit paid in full (``full_unit_rank``); ``beside``: lines of the day's
    other claims, with which a contract's steps by unit go on; ``fee_year``: by another year's fees, to see whether a
    payer used them. TermsTiedError if two terms of a contract fit equally well.
    """
    asked = Asked(lines, payer, on, zip_code, facts, beside, full_unit, fee_year)
    made = bases(asked)
    if made is None:
        return None
    priced: list[LinePrice] = []
    for number, (line, basis) in enumerate(zip(lines, made, strict=True)):
        share = {share_name: deductible_left_cents} if taken is None else taken[number]
        priced.append(_finish(asked, line, basis, share))
        deductible_left_cents -= priced[-1].deductible_cents
    return Price(priced, assumptions(asked, made))


def rates_of(
    lines: Sequence[PriceLine],
    payer: PayerConfig,
    on: date,
    zip_code: str | None,
    *,
    full_unit: FullUnit = "best",
    fee_year: int | None = None,
    facts: VisitFacts = NOBODY,
    beside: Sequence[PriceLine] = (),
) -> list[int] | None:
    """Cents that the payer's terms give for each line, before its charge caps it: where ``price_claim`` begins.

    None where a line has no rate to expect; the arguments mean the same there.
    """
    made = bases(Asked(lines, payer, on, zip_code, facts, beside, full_unit, fee_year))
    return None if made is None else [each.amount_cents for each in made]


def allowed_of(
    lines: Sequence[PriceLine],
    payer: PayerConfig,
    on: date,
    zip_code: str | None,
    *,
    full_unit: FullUnit = "best",
    fee_year: int | None = None,
    facts: VisitFacts = NOBODY,
    beside: Sequence[PriceLine] = (),
    instead: Sequence[Term] | None = None,
) -> list[int] | None:
    """The same after the charge has capped it, where the contract lets it: what is allowed of each line.

    ``instead``: by other terms than the payer's.
    """
    made = bases(Asked(lines, payer, on, zip_code, facts, beside, full_unit, fee_year, instead))
    return None if made is None else [each.allowed_cents for each in made]


def terms_of(
    lines: Sequence[PriceLine], payer: PayerConfig, on: date, *, facts: VisitFacts = NOBODY
) -> list[Term | None]:
    """The term of each line, None where nothing is agreed on."""
    asked = Asked(lines, payer, on, None, facts)
    return [asked.term(line) for line in lines]


def full_unit_rank(
    line: PriceLine, payer: PayerConfig, on: date, zip_code: str | None, *, facts: VisitFacts = NOBODY
) -> tuple[Decimal, int] | None:
    """What ranks the units of a day for the one that is paid in full: practice expense, then the full fee. None for a
    code that MPPR does not touch, or of which no rate is known.
    """
    return rank_of(Asked([line], payer, on, zip_code, facts), line)


def pay_allowed(
    line: PriceLine,
    allowed_cents: int,
    payer: PayerConfig,
    taken: Mapping[str, int],
    *,
    on: date = date.max,
    facts: VisitFacts = NOBODY,
) -> int:
    """What a payer pays on a given allowed amount: the same arithmetic from there on. ``on`` and ``facts`` find the
    line's term, which may withhold or cut otherwise than its payer's settings.
    """
    term = Asked([line], payer, on, None, facts).term(line)
    if term is None or term.capped_by_line:
        allowed_cents = min(allowed_cents, line.charge_cents)
    return _paid(line, allowed_cents, payer, term, taken).paid


def nothing_because(
    lines: Sequence[PriceLine], payer: PayerConfig, on: date, zip_code: str | None, *, facts: VisitFacts = NOBODY
) -> str:
    """Why there is nothing to expect of these lines, in words; empty if there is."""
    asked = Asked(lines, payer, on, zip_code, facts)
    if bases(asked) is not None:
        return ""
    if not payer.terms:
        return f"payer {payer.key} has neither a contract nor fees of its class"
    if day := not_covered(lines, payer, on, facts=facts):
        return f"no fee schedule of Medicare covers {day}; claimloom data import mpfs takes one in"
    if zip_code and bases(Asked(lines, payer, on, None, facts)) is not None:
        return f"zip {zip_code} lies in none of Medicare's localities of {on.year}"
    without = dict.fromkeys(line.code for line in lines if bases(Asked([line], payer, on, zip_code, facts)) is None)
    return f"payer {payer.key} has no fee for {', '.join(without)} on {on}"


def not_covered(lines: Sequence[PriceLine], payer: PayerConfig, on: date, *, facts: VisitFacts = NOBODY) -> date | None:
    """Of lines that are paid by Medicare's fees of the day, or of a year that the contract names, the first such day
    that no release of them covers (of a year its last); None where all are here.
    """
    terms = terms_of(lines, payer, on, facts=facts)
    ways = [term.way for term in terms if term is not None]
    days = [way.day(on) for way in ways if isinstance(way, PercentOfMedicare)]
    return next((day for day in days if not payer.schedule.covers(day)), None)


COPAY: Final = "copay"


@dataclass(frozen=True, slots=True)
class _Paid:
    """What of an allowed amount is whose."""

    deductible: int
    coinsurance: int
    assistant: int
    sequestration: int
    withheld: int
    paid: int


def _paid(line: PriceLine, allowed: int, payer: PayerConfig, term: Term | None, taken: Mapping[str, int]) -> _Paid:
    # A copay is taken beside the coinsurance, a deductible before it.
    copay = taken.get(COPAY, 0)
    deductible = min(allowed, max(sum(taken.values()) - copay, 0))
    coinsurance = _share(payer.coinsurance, allowed - deductible)
    deductible += min(max(copay, 0), allowed - deductible - coinsurance)
    program = allowed - deductible - coinsurance
    assistant = 0
    factor, sequestered = _cuts(payer, term)
    if factor != 1 and ASSISTANT & set(line.modifiers):
        assistant = _share(1 - factor, program)
    sequestration = _share(sequestered, program - assistant)
    paid = program - assistant - sequestration
    withheld = _share(term.withhold, paid) if term is not None and term.withhold else 0
    return _Paid(deductible, coinsurance, assistant, sequestration, withheld, paid - withheld)


def _cuts(payer: PayerConfig, term: Term | None) -> tuple[Decimal, Decimal]:
    """Assistant factor and sequestration: the term's where it says so, else the payer's."""
    if term is None:
        return payer.assistant_factor, payer.sequestration
    factor = payer.assistant_factor if term.assistant_factor is None else term.assistant_factor
    return factor, payer.sequestration if term.sequestration is None else term.sequestration


def _finish(asked: Asked, line: PriceLine, basis: Basis, taken: Mapping[str, int]) -> LinePrice:
    payer, rate = asked.payer, basis.amount_cents
    reductions = dict(basis.cuts)
    allowed = basis.allowed_cents
    if allowed < rate:
        reductions["lesser_of_charge"] = rate - allowed
    got = _paid(line, allowed, payer, basis.term, taken)
    for name, cents in (("assistant", got.assistant), ("sequestration", got.sequestration), ("withhold", got.withheld)):
        if cents:
            reductions[name] = cents

    def told() -> Row:
        return _derivation(asked, line, basis, allowed, got, taken)

    return LinePrice(line, allowed, got.deductible, got.coinsurance, reductions, got.paid, told)


def _derivation(asked: Asked, line: PriceLine, basis: Basis, allowed: int, got: _Paid, taken: Mapping[str, int]) -> Row:
    parts = basis.steps(asked, line)
    rate = basis.amount_cents
    if allowed < rate:
        parts.append(row(name="charge", cents=rate - allowed, inputs={"charge": allowed, "rate": rate}))
    made = [row(name="allowed", cents=allowed, parts=parts)]
    left = got.deductible
    for name, amount in taken.items():
        if part := min(left, max(amount, 0)):
            made.append(row(name="share", cents=part, inputs={"as": name}))
        left -= part
    factor, sequestered = _cuts(asked.payer, basis.term)
    base = allowed - got.deductible
    made += _part("coinsurance", got.coinsurance, asked.payer.coinsurance, base)
    base -= got.coinsurance
    made += _part("assistant", got.assistant, 1 - factor, base)
    made += _part("sequestration", got.sequestration, sequestered, base - got.assistant)
    made += _part("withhold", got.withheld, basis.term.withhold, base - got.assistant - got.sequestration)
    return row(name="paid", cents=got.paid, parts=made)


def _part(name: str, cents: int, share: Decimal, of: int) -> list[Row]:
    return [row(name=name, cents=cents, inputs={"share": str(share), "of": of})] if cents else []


def _share(part: Decimal, cents: int) -> int:
    return round_cents(part * cents / 100)
