"""A claim as its payer's fees price it, with the patient's share that was taken of each line: what ``desk`` asks of
pricing, in one place.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Final, TypeVar

from claimloom.contracts import NOT_COUNTED, Term, VisitNumbers
from claimloom.desk.expected import facts_of, place_zip, price_lines
from claimloom.payers import PayerConfig
from claimloom.pricing import (
    FullUnit,
    Price,
    PriceLine,
    VisitFacts,
    allowed_of,
    full_unit_rank,
    pay_allowed,
    price_claim,
    terms_of,
)
from claimloom.reference.disciplines import ASSISTANT
from claimloom.reference.places import neighbours
from claimloom.remit.classify import category, is_shared
from claimloom.remit.standing import Line, Standing
from schemas.claim import Claim
from schemas.values import PayerClass

T = TypeVar("T")
DEDUCTIBLE: Final = "1"
COINSURANCE: Final = "2"
COPAY: Final = "3"
NOBODY: Final = VisitFacts()
_BOTH: Final[tuple[FullUnit, FullUnit]] = (0, "elsewhere")


@dataclass(frozen=True, slots=True)
class Priced:
    """The claim's lines, its payer, day and place, what was taken of each line as the patient's, and which line has the
    day's one unit that is paid in full.
    """

    lines: list[PriceLine]
    payer: PayerConfig
    on: date
    zip_code: str
    taken: list[dict[str, int]]
    full_unit: FullUnit = "best"
    facts: VisitFacts = NOBODY
    beside: Sequence[PriceLine] = ()
    """Lines of the day's other claims."""
    copay_cents: int = 0
    """Where nothing is decided: what the contract takes of the claim, on its lines in their order."""

    def price(self) -> Price | None:
        """What should be paid; None without fees to go by."""
        return price_claim(
            self.lines,
            self.payer,
            self.on,
            self.zip_code,
            taken=None if self.copay_cents else self.taken,
            deductible_left_cents=self.copay_cents,
            share_name=category(COPAY).label,
            full_unit=self.full_unit,
            facts=self.facts,
            beside=self.beside,
        )

    def rank(self, line: PriceLine) -> tuple[Decimal, int] | None:
        """Where a line's unit stands among those of the day, of which one is paid in full."""
        return full_unit_rank(line, self.payer, self.on, self.zip_code, facts=self.facts)

    def allowed(
        self, lines: Sequence[PriceLine], fee_year: int | None = None, instead: Sequence[Term] | None = None
    ) -> list[int] | None:
        """Cents allowed of each of these lines, by another year's fees or by other terms if some are given."""
        return allowed_of(
            lines,
            self.payer,
            self.on,
            self.zip_code,
            full_unit=self.full_unit,
            fee_year=fee_year,
            facts=self.facts,
            beside=self.beside,
            instead=instead,
        )

    def terms(self) -> list[Term | None]:
        """The term of each line."""
        return terms_of(self.lines, self.payer, self.on, facts=self.facts)

    def all_reduced(self) -> list[int] | None:
        """Cents allowed of each line where no unit is paid in full, if units are ranked."""
        return replace(self, full_unit="elsewhere").allowed(self.lines) if self.payer.ranks_units else None

    def pay(self, place: int, allowed_cents: int) -> int:
        """What is paid of a line on another allowed amount."""
        return self._pay(self.lines[place], allowed_cents, place)

    def pay_otherwise(self, place: int, allowed_cents: int) -> int:
        """The same with the assistant's cut where there should be none, and without it where there should be one."""
        line = self.lines[place]
        plain = tuple(each for each in line.modifiers if each not in ASSISTANT)
        other = replace(line, modifiers=plain if plain != line.modifiers else (*plain, min(ASSISTANT)))
        return self._pay(other, allowed_cents, place)

    def _pay(self, line: PriceLine, allowed_cents: int, place: int) -> int:
        return pay_allowed(line, allowed_cents, self.payer, self.taken[place], on=self.on, facts=self.facts)

    def fewer_units(self, place: int, units: int) -> int:
        """What is allowed of a line when only some of its units are taken."""
        some = [*self.lines]
        some[place] = _of_units(some[place], units)
        found = self.allowed(some)
        assert found is not None
        return found[place]

    def unit_in_full(self, place: int, units: int) -> tuple[int, int]:
        """What is allowed of some units of a line with the day's one full unit, and without it."""
        line = _of_units(self.lines[place], units)
        with_it, without = (replace(self, full_unit=each).allowed([line]) for each in _BOTH)
        assert with_it and without
        return with_it[0], without[0]

    def elsewhere(self, own: Standing) -> Callable[[int], str]:
        """Says of a line the other locality of the contractor whose fees all answered lines were allowed by, if there
        is just one; worked out when it is first asked.
        """
        names = once(lambda: {name for each in neighbours(self.zip_code) if (name := self._fits(own, each))})
        return lambda _place: min(names()) if len(names()) == 1 else ""

    def _fits(self, own: Standing, zip_code: str) -> str:
        there = replace(self, zip_code=zip_code)
        allowed = there.allowed(self.lines)
        near = self.payer.line_tolerance_cents
        seen = [(line.allowed, cents) for line, cents in zip(own.lines, allowed or (), strict=False) if line.seen]
        if not seen or any(abs(given - cents) > near for given, cents in seen):
            return ""
        found = self.payer.schedule.locality(zip_code, self.on)
        return found.name if found else ""


def once(work_out: Callable[[], T]) -> Callable[[], T]:
    """Works it out when first asked: made for every claim, asked for few, so it is lighter than ``functools.cache``."""
    found: list[T] = []

    def of() -> T:
        if not found:
            found.append(work_out())
        return found[0]

    return of


def by_line(work_out: Callable[[], Sequence[int] | None]) -> Callable[[int], int | None]:
    """Says of a line what is worked out of all of them when it is first asked."""
    all_lines = once(work_out)
    return lambda place: found[place] if (found := all_lines()) is not None else None


def _of_units(line: PriceLine, units: int) -> PriceLine:
    return replace(line, units=units, charge_cents=line.charge_cents * units // line.units)


def priced(
    claim: Claim,
    payer: PayerConfig,
    paid: Sequence[Line],
    full_unit: FullUnit = "best",
    *,
    clinic: str = "",
    others: Sequence[Claim] = (),
    visit: VisitNumbers = NOT_COUNTED,
) -> Priced:
    """The claim with the patient's share as it was taken of its lines; ``others``: claims of its patient's day."""
    day = claim.lines[0].date_of_service
    if payer.coinsurance and payer.payer_class is not PayerClass.MEDICARE_B and _copay_instead(paid):
        payer = payer.with_copay_alone
    undecided = not payer.coinsurance and not any(line.shared_cents or line.paid_cents for line in paid)
    return Priced(
        price_lines(claim),
        payer,
        day,
        place_zip(claim),
        [_taken(payer, line) for line in paid],
        full_unit,
        facts_of(claim, clinic, visit),
        [line for other in others for line in price_lines(other)],
        payer.copay_cents if undecided else 0,
    )


def _copay_instead(paid: Sequence[Line]) -> bool:
    """Whether the plan took a copay and no coinsurance: an Advantage plan's benefits are its own."""
    return any(line.share(COPAY) for line in paid) and not any(line.share(COINSURANCE) for line in paid)


def _taken(payer: PayerConfig, line: Line) -> dict[str, int]:
    """What was taken of a line as the patient's, by name, as far as no rule of ours fixes it."""
    if payer.payer_class is PayerClass.MEDICARE_B:
        return {category(DEDUCTIBLE).label: line.share(DEDUCTIBLE)}
    if payer.coinsurance:
        return {category(each).label: line.share(each) for each in (DEDUCTIBLE, COPAY)}
    found: dict[str, int] = {}
    for part in filter(is_shared, line.adjustments):
        name = category(part.reason).label
        found[name] = found.get(name, 0) + part.amount_cents
    return found
