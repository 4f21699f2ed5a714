"""What a payer should pay of a claim, by its fees and contract, and the claim settled against that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from claimloom.desk import next_action
from claimloom.desk.stamp import priced_by
from claimloom.payers import PayerConfig
from claimloom.pricing import Price, PriceLine, pay_allowed, price_claim, rates_of
from claimloom.remit.answers import Posted, sort_out
from claimloom.remit.classify import category, is_shared
from claimloom.remit.expected import Expected
from claimloom.remit.outcome import Result, reconcile
from claimloom.remit.standing import Line, standing
from schemas.claim import Claim

DEDUCTIBLE: Final = "1"
COPAY: Final = "3"


def settled(
    claim: Claim, posted: Sequence[Posted], payer: PayerConfig, *, day_shared: bool, of_visit_cents: int = 0
) -> Result:
    """The claim against what it should have brought, with what a person does about it.

    ``day_shared``: another claim of the patient's day was sent by the same billing provider; ``of_visit_cents``: paid
    for other versions of the visit's claim, where this one bears it.
    """
    answers = sort_out(claim, posted)
    own = standing(claim, answers.own, payer)
    lines = own.lines
    # A later payer pays of what the first left, by rules of its own: nothing of its fees is expected.
    expected = expectation(claim, payer, lines) if claim.responsibility == "P" else None
    if day_shared and payer.mppr and expected is not None:
        # The payer picks the day's one full unit over all claims; which claim it picked shows in what it allowed.
        reduced = expectation(claim, payer, lines, full_unit_used=True)
        allowed = sum(line.allowed for line in lines)
        if reduced is not None and _distance(reduced, allowed) < _distance(expected, allowed):
            expected = reduced
    later = standing(claim, answers.later, payer)
    result = reconcile(claim, answers, own, later, expected, payer, of_visit_cents=of_visit_cents)
    if claim.payers_after and not answers.later:
        result = replace(result, patient_cents=0)  # what is left is for the next payer to decide
    action = next_action.of_result(result, claim, posted, payer)
    return replace(result, next_action=action, priced_by=priced_by(payer))


def _distance(expected: Expected, allowed_cents: int) -> int:
    return abs(sum(expected.allowed_cents) - allowed_cents)


@dataclass(frozen=True, slots=True)
class _Pricing:
    """A claim as its payer prices it, with the patient's share that was taken of each line."""

    lines: list[PriceLine]
    payer: PayerConfig
    on: date
    zip_code: str
    taken: list[dict[str, int]]
    full_unit_used: bool

    def price(self) -> Price | None:
        return price_claim(
            self.lines,
            self.payer,
            self.on,
            self.zip_code,
            taken=self.taken,
            full_unit_used=self.full_unit_used,
        )

    def allowed(self, lines: Sequence[PriceLine], fee_year: int | None = None) -> list[int] | None:
        rates = rates_of(
            lines, self.payer, self.on, self.zip_code, full_unit_used=self.full_unit_used, fee_year=fee_year
        )
        if rates is None:
            return None
        return [min(rate, line.charge_cents) for line, rate in zip(lines, rates, strict=True)]

    def pay(self, place: int, allowed_cents: int) -> int:
        return pay_allowed(self.lines[place], allowed_cents, self.payer, self.taken[place])

    def fewer_units(self, place: int, units: int) -> int:
        some = [*self.lines]
        whole = some[place]
        some[place] = replace(whole, units=units, charge_cents=whole.charge_cents * units // whole.units)
        found = self.allowed(some)
        assert found is not None
        return found[place]


def expectation(
    claim: Claim, payer: PayerConfig, paid: Sequence[Line], *, full_unit_used: bool = False
) -> Expected | None:
    """What the payer should pay, given the patient's share as it was taken; None without fees to go by.

    The deductible is the payer's to know; coinsurance is ours to check where a rule fixes it (Medicare).
    """
    lines = [
        PriceLine(line.procedure_code, tuple(line.modifiers), line.units, line.charge_cents) for line in claim.lines
    ]
    day = claim.lines[0].date_of_service
    place = claim.service_facility_address or claim.billing_provider.address
    pricing = _Pricing(lines, payer, day, place.zip, _taken(payer, paid), full_unit_used)
    price = pricing.price()
    if price is None:
        return None
    mppr = [line.reductions.get("mppr", 0) for line in price.lines]
    full = [
        min(line.allowed_cents + line.reductions.get("lesser_of_charge", 0) + cut, line.line.charge_cents)
        for line, cut in zip(price.lines, mppr, strict=True)
    ]
    return Expected(
        allowed_cents=[line.allowed_cents for line in price.lines],
        paid_cents=[line.paid_cents for line in price.lines],
        coinsurance_cents=[line.coinsurance_cents for line in price.lines],
        sequestration_cents=[line.reductions.get("sequestration", 0) for line in price.lines],
        steps=[line.steps for line in price.lines],
        pay=pricing.pay,
        fewer_units=pricing.fewer_units,
        last_year_cents=pricing.allowed(lines, _year_before(payer, day)),
        without_mppr_cents=full if any(mppr) else None,
        sequestration_share=payer.sequestration,
    )


def _taken(payer: PayerConfig, paid: Sequence[Line]) -> list[dict[str, int]]:
    """What was taken of each line as the patient's, by name, as far as no rule of ours fixes it."""
    if payer.coinsurance:
        return [{category(DEDUCTIBLE).label: line.share(DEDUCTIBLE)} for line in paid]
    taken = [_shares(line) for line in paid]
    if not any(line.shared_cents for line in paid) and not any(line.paid_cents for line in paid):
        # Nothing was decided on the patient's share: what the contract says.
        taken[0] = {category(COPAY).label: payer.copay_cents}
    return taken


def _shares(line: Line) -> dict[str, int]:
    """A line's patient's share by what each reason calls it: deductible, coinsurance, copay."""
    found: dict[str, int] = {}
    for part in filter(is_shared, line.adjustments):
        name = category(part.reason).label
        found[name] = found.get(name, 0) + part.amount_cents
    return found


def _year_before(payer: PayerConfig, day: date) -> int:
    if payer.contract == "percent_of_medicare" and payer.medicare_year:
        return payer.medicare_year - 1
    return day.year - 1
