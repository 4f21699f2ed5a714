"""What the terms of a contract give for the lines of a visit, before the charge caps it.

Each line is priced by its own term (the most specific); what looks over several lines (MPPR over the day's units,
steps by unit, a visit's amount or cap) looks at the lines of all terms that say so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Literal

from claimloom.contracts import (
    Capitation,
    CaseRate,
    Fees,
    PercentOfCharge,
    PercentOfMedicare,
    PerVisit,
    PricedService,
    Term,
    choose,
)
from claimloom.payers import PayerConfig
from claimloom.pricing.lines import PriceLine, VisitFacts
from claimloom.reference.fee_schedule import UnitRate, round_cents
from claimloom.reference.places import place_of
from claimloom.reference.places_of_service import facility_places
from schemas.expectation import Row, row

FullUnit = int | Literal["best", "elsewhere"]
"""Which line has the one unit of the day that is paid in full: the best ranked of the claim, the one at a place, or
one of another claim of the day.
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """Lines of one patient and day at a payer. ``beside``: lines of the day's other claims of the billing provider;
    ``full_unit``: which line has the day's one unit in full; ``fee_year``: by another year's fees, to see whether a
    payer used them.
    """

    lines: Sequence[PriceLine]
    payer: PayerConfig
    on: date
    zip_code: str | None
    facts: VisitFacts = field(default_factory=VisitFacts)
    beside: Sequence[PriceLine] = ()
    full_unit: FullUnit = "best"
    fee_year: int | None = None
    instead: Sequence[Term] | None = None
    """Terms in place of the payer's, to see whether it went by them."""

    @property
    def agreed(self) -> Sequence[Term]:
        """The terms to choose from."""
        return self.payer.terms if self.instead is None else self.instead

    def term(self, line: PriceLine) -> Term | None:
        """The term of a line, None if nothing is agreed on; TermsTiedError."""
        terms = self.agreed
        if len(terms) == 1 and not terms[0].when and (only := terms[0]).in_force(self.on):
            return None if isinstance(only.way, Fees) and line.code not in only.way.fees_cents else only
        service = self.service(line)
        if self.fee_year is not None and (found := choose(terms, service, date(self.fee_year, 12, 31))):
            return found
        return choose(terms, service, self.on)

    def service(self, line: PriceLine) -> PricedService:
        """A line as conditions of terms see it."""
        facts = self.facts
        place = line.place_of_service or facts.place
        return PricedService(facts.tax_id, facts.npi, facts.plan, facts.clinic, place, line.code, line.modifiers)

    def rate(self, line: PriceLine, way: PercentOfMedicare) -> UnitRate | None:
        """Medicare's amounts of a unit as the term shares them, each to the cent."""
        year = self.fee_year if way.year is None else way.year
        if way.year is not None and self.fee_year is not None:
            year = min(self.fee_year, way.year - 1)
        place = line.place_of_service or self.facts.place
        zip_code = None if way.national else self.zip_code
        found = self.payer.schedule.unit_rate(line.code, self.on, zip_code, year, facility=place in facility_places())
        if found is None or way.share == 1:
            return found
        full, reduced = (round_cents(way.share * each / 100) for each in (found.full_cents, found.mppr_cents))
        return replace(found, full_cents=full, mppr_cents=reduced)


@dataclass(slots=True)
class Basis:
    """What its term gives for a line. ``unit_cents`` where units have an amount; ``cap_cents``: the charge that may cap
    it, None where the contract pays beyond the charge; ``told`` makes its steps.
    """

    term: Term
    amount_cents: int
    told: Callable[[], list[Row]]
    unit_cents: int = 0
    cap_cents: int | None = None
    cuts: dict[str, int] = field(default_factory=dict)
    further: list[Callable[[], Row]] = field(default_factory=list)

    @property
    def allowed_cents(self) -> int:
        """The amount, or the charge where that is less and counts."""
        return self.amount_cents if self.cap_cents is None else min(self.amount_cents, self.cap_cents)

    def steps(self, asked: Asked, line: PriceLine) -> list[Row]:
        """How the amount came about; the term of a contract's file is named with why it was chosen."""
        made = [*self.told(), *(each() for each in self.further)]
        if not self.term.rank:
            return made
        service = asked.service(line)
        others = sum(each is not self.term and each.in_force(asked.on) and each.holds(service) for each in asked.agreed)
        names = [name for name, _ in self.term.when]
        if isinstance(self.term.way, Fees) and "code" not in names:
            names.append("code")
        inputs: dict[str, int | str] = {"by": ",".join(names), "before": others}
        return [row(name="term", cents=self.amount_cents, inputs=inputs, source=self.term.source, parts=made)]


def bases(asked: Asked) -> list[Basis] | None:
    """What each line's term gives, in the order of the lines; None where a line has nothing to expect."""
    terms = [asked.term(line) for line in asked.lines]
    chosen = [term for term in terms if term is not None]
    if len(chosen) < len(terms):
        return None
    shared = _medicare(asked, chosen)
    made = []
    for number, (line, term) in enumerate(zip(asked.lines, chosen, strict=True)):
        basis = shared.get(number) if isinstance(term.way, PercentOfMedicare) else _basis(asked, number, line, chosen)
        if basis is None:
            return None
        basis.cap_cents = _cap(asked, number, chosen)
        made.append(basis)
    if any(term.unit_steps for term in chosen):
        _steps_by_unit(asked, made)
    if any(term.visit_cap_cents is not None for term in chosen):
        _cap_visit(made)
    return made


def _medicare(asked: Asked, terms: Sequence[Term]) -> dict[int, Basis]:
    """Lines that are paid by Medicare's fees: with MPPR one unit of the day in full, of every other half the PE."""
    rates: dict[int, UnitRate] = {}
    for number, (line, term) in enumerate(zip(asked.lines, terms, strict=True)):
        if isinstance(term.way, PercentOfMedicare) and (rate := asked.rate(line, term.way)) is not None:
            rates[number] = rate
    ranked = [number for number, rate in rates.items() if rate.rvu.multiple_procedure and _mppr(terms[number])]
    first = max(ranked, key=lambda number: _rank(rates[number]), default=None)
    if asked.full_unit != "best":
        first = asked.full_unit if asked.full_unit in ranked else None
    made = {}
    for number, rate in rates.items():
        line, term = asked.lines[number], terms[number]
        reduced = line.units - (number == first) if number in ranked else 0
        full = line.units - reduced
        amount = full * rate.full_cents + reduced * rate.mppr_cents
        told = _TellMedicare(
            line, term, rate, full, reduced, asked.full_unit == "elsewhere" and ranked[:1] == [number], asked
        )
        basis = Basis(term, amount, told, rate.full_cents)
        if less := line.units * rate.full_cents - amount:
            basis.cuts["mppr"] = less
        times = term.raises(asked.on)
        if times:
            basis.amount_cents = full * term.raised(rate.full_cents, asked.on) + reduced * term.raised(
                rate.mppr_cents, asked.on
            )
            basis.unit_cents = term.raised(rate.full_cents, asked.on)
            if reduced:
                basis.cuts["mppr"] = line.units * basis.unit_cents - basis.amount_cents
            basis.further.append(_raised(term, times, basis.unit_cents))
        made[number] = basis
    return made


def _mppr(term: Term) -> bool:
    return isinstance(term.way, PercentOfMedicare) and term.way.mppr


def _rank(rate: UnitRate) -> tuple[Decimal, int]:
    return rate.rvu.practice_expense, rate.full_cents


def rank_of(asked: Asked, line: PriceLine) -> tuple[Decimal, int] | None:
    """Where a line's unit stands among those of the day of which one is paid in full; None if it is not among them."""
    term = asked.term(line)
    if term is None or not isinstance(term.way, PercentOfMedicare) or not term.way.mppr:
        return None
    rate = asked.rate(line, term.way)
    return _rank(rate) if rate is not None and rate.rvu.multiple_procedure else None


@dataclass(frozen=True, slots=True)
class _TellMedicare:
    """Makes the steps of a line by Medicare's fees."""

    line: PriceLine
    term: Term
    rate: UnitRate
    full: int
    reduced: int
    elsewhere: bool
    asked: Asked

    def __call__(self) -> list[Row]:
        way, rate = self.term.way, self.rate
        assert isinstance(way, PercentOfMedicare)
        # Without MPPR a share is told of the unit; Medicare's own fees and reduced ones are told as Medicare does.
        in_short = way.share != 1 and not way.mppr
        parts = []
        if in_short:
            whole = self.asked.rate(self.line, replace(way, share=Decimal(1)))
            assert whole is not None
            parts.append(_units("share_of_unit", self.line.units, rate.full_cents, of=whole.full_cents))
        else:
            parts += [_units("in_full", self.full, rate.full_cents)] if self.full else []
            parts += [_units("reduced", self.reduced, rate.mppr_cents)] if self.reduced else []
        if self.elsewhere:
            parts.append(row(name="full_unit_elsewhere", cents=0))
        source = f"{rate.rvu.release}/{self.line.code}"
        source += f"/{rate.locality.key}" if rate.locality.key else ""
        inputs: dict[str, int | str] = {"cf": str(rate.conversion_factor)}
        if way.share != 1 or (self.term.key == "contract" and self.asked.payer.contract == "percent_of_medicare"):
            inputs["share"] = str(way.share)
        if rate.facility:
            inputs["facility"] = 1
        amount = self.full * rate.full_cents + self.reduced * rate.mppr_cents
        return [row(name="medicare", cents=amount, inputs=inputs, source=source, parts=parts)]


def _units(name: str, units: int, unit: int, **more: int) -> Row:
    return row(name=name, cents=units * unit, inputs={"units": units, "unit": unit, **more})


def _raised(term: Term, times: int, cents: int) -> Callable[[], Row]:
    inputs: dict[str, int | str] = {"times": times, "share": str(term.escalator), "since": str(term.escalates_from)}
    return lambda: row(name="raised", cents=cents, inputs=inputs)


def _basis(asked: Asked, number: int, line: PriceLine, terms: Sequence[Term]) -> Basis | None:
    """A line by any way but Medicare's."""
    term = terms[number]
    way = term.way
    if isinstance(way, Fees):
        unit = term.raised(way.fees_cents[line.code], asked.on)
        basis = Basis(term, unit * line.units, lambda: [_fee(term, line.units, unit)], unit)
        if times := term.raises(asked.on):
            basis.further.append(_raised(term, times, unit))
        return basis
    if isinstance(way, PercentOfCharge):
        amount = round_cents(way.share * line.charge_cents / 100)
        inputs: dict[str, int | str] = {"share": str(way.share), "of": line.charge_cents}
        each = round_cents(way.share * line.charge_cents / max(line.units, 1) / 100)
        return Basis(term, amount, lambda: [row(name="charge_share", cents=amount, inputs=inputs)], each)
    if isinstance(way, Capitation):
        return Basis(term, 0, lambda: [row(name="capitation", cents=0)])
    assert isinstance(way, PerVisit | CaseRate)
    return _of_the_visit(asked, number, terms, way)


def _fee(term: Term, units: int, unit: int) -> Row:
    return row(name="fee", cents=units * unit, inputs={"units": units, "unit": unit}, source=term.source)


def _of_the_visit(asked: Asked, number: int, terms: Sequence[Term], way: PerVisit | CaseRate) -> Basis:
    """The visit's amount on the first of its lines, nothing on the others."""
    term = terms[number]
    name = "case_rate" if isinstance(way, CaseRate) else "per_visit"
    bearer = _of_term(terms, term)[0]
    if number != bearer:
        return Basis(term, 0, lambda: [row(name=name, cents=0, inputs={"borne_by": bearer + 1})])
    numbers = asked.facts.visit
    if isinstance(way, CaseRate):
        known, counted = numbers.of_case, "case"
    else:
        known, counted = (numbers.of_day if way.counted == "day" else numbers.of_year), way.counted
    visit = known or 1
    if isinstance(way, CaseRate):
        agreed = way.cents if visit == 1 else 0
    else:
        agreed = way.cents[min(visit, len(way.cents)) - 1]
    cents = term.raised(agreed, asked.on)
    inputs: dict[str, int | str] = {"visit": visit, "counted": counted}
    if known is None:
        inputs["assumed"] = 1
    basis = Basis(term, cents, lambda: [row(name=name, cents=cents, inputs=inputs)])
    if times := term.raises(asked.on):
        basis.further.append(_raised(term, times, cents))
    return basis


def _of_term(terms: Sequence[Term], term: Term) -> list[int]:
    """Places of the lines of one term."""
    return [place for place, each in enumerate(terms) if (each.file, each.key) == (term.file, term.key)]


def _cap(asked: Asked, number: int, terms: Sequence[Term]) -> int | None:
    """The charge that the rate may not pass: of the line, or of all lines of a visit's amount."""
    term = terms[number]
    if not term.lesser_of:
        return None
    if isinstance(term.way, PerVisit | CaseRate):
        return sum(asked.lines[place].charge_cents for place in _of_term(terms, term))
    return asked.lines[number].charge_cents


def _steps_by_unit(asked: Asked, made: Sequence[Basis]) -> None:
    """Units (or codes) of the terms with the same steps, the dearest first: each by the share of its place."""
    for shares, by in dict.fromkeys(
        (each.term.unit_steps, each.term.steps_by) for each in made if each.term.unit_steps
    ):
        units: list[
            tuple[int, int, int]
        ] = []  # what a unit is worth, whose line it is (-1: of another claim), how many
        for place, basis in enumerate(made):
            if (basis.term.unit_steps, basis.term.steps_by) == (shares, by):
                units.append((basis.unit_cents, place, asked.lines[place].units))
        units += [(cents, -1, count) for cents, count in _beside_units(asked, shares, by)]
        taken = 0
        for cents, place, count in sorted(units, key=partial(_dearest, by)):
            shared = [shares[min(taken + each, len(shares) - 1)] for each in range(count)]
            if by == "code":
                shared = [shares[min(taken, len(shares) - 1)]] * count
            taken += 1 if by == "code" else count
            if place < 0:
                continue
            basis = made[place]
            amount = sum(round_cents(share * cents / 100) for share in shared)
            if all(share == 1 for share in shared):
                continue
            less = basis.amount_cents - amount
            basis.amount_cents = amount
            basis.cuts["multiple_units"] = less
            said = ", ".join(f"{share:%}" for share in shared)
            basis.further.append(_told("multiple_units", less, {"by": by, "shares": said}))


def _dearest(by: str, unit: tuple[int, int, int]) -> tuple[int, int]:
    """The unit that is worth most, or the code whose units come to most ("highest total allowance", 00.01.68b)."""
    cents, place, count = unit
    return (-cents if by == "unit" else -cents * count, place)


def _beside_units(asked: Asked, shares: tuple[Decimal, ...], by: str) -> Iterable[tuple[int, int]]:
    """What units of the day's other claims are worth where their terms have the same steps."""
    others = replace(asked, lines=asked.beside, beside=()) if asked.beside else None
    for line in asked.beside:
        assert others is not None
        term = asked.term(line)
        if term is None or (term.unit_steps, term.steps_by) != (shares, by):
            continue
        if isinstance(term.way, PercentOfMedicare):
            rate = asked.rate(line, term.way)
            if rate is not None:
                yield term.raised(rate.full_cents, asked.on), line.units
        elif (basis := _basis(others, list(asked.beside).index(line), line, [term] * len(asked.beside))) is not None:
            yield basis.unit_cents, line.units


def _cap_visit(made: Sequence[Basis]) -> None:
    """A visit's cap, filled in the order of the lines."""
    left: dict[tuple[str, str], int] = {}
    for basis in made:
        cap = basis.term.visit_cap_cents
        if cap is None:
            continue
        key = (basis.term.file, basis.term.key)
        counts = basis.allowed_cents
        still = left.get(key, cap)
        if counts > still:
            basis.cuts["visit_cap"] = basis.amount_cents - still
            basis.further.append(_told("visit_cap", basis.amount_cents - still, {"cap": cap}))
            basis.amount_cents = counts = still
        left[key] = still - counts


def _told(name: str, cents: int, inputs: dict[str, int | str]) -> Callable[[], Row]:
    return lambda: row(name=name, cents=cents, inputs=inputs)


def assumptions(asked: Asked, made: Sequence[Basis]) -> tuple[str, ...]:
    """What of the visit nobody told, as far as it decides something here."""
    found: dict[str, None] = {}
    for basis in made:
        way, numbers = basis.term.way, asked.facts.visit
        if isinstance(way, PerVisit) and len(way.cents) > 1:
            known = numbers.of_day if way.counted == "day" else numbers.of_year
            if known is None:
                found[f"first_visit_of_{way.counted}"] = None
        if isinstance(way, CaseRate) and numbers.of_case is None:
            found["first_visit_of_case"] = None
        local = isinstance(way, PercentOfMedicare) and not way.national and asked.zip_code
        if local and (place := place_of(str(asked.zip_code))) and place.split:
            found["split_zip"] = None
    return tuple(found)
