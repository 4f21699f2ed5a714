"""What a payer should pay of a claim, by its fees and contract, and the claim settled against that."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from claimloom.contracts import NOT_COUNTED, VisitNumbers
from claimloom.desk import next_action
from claimloom.desk.day import PatientDay, full_unit_of, moved_by
from claimloom.desk.late_interest import late_interest, words_of
from claimloom.desk.mistaken import mistaken
from claimloom.desk.priced import Priced, by_line, priced
from claimloom.desk.stamp import priced_by
from claimloom.desk.visit_order import numbered_otherwise
from claimloom.lines import shares
from claimloom.payers import PayerConfig
from claimloom.remit.answers import Posted, in_line, sort_out
from claimloom.remit.expected import Expected, Moved
from claimloom.remit.outcome import Result, reconcile
from claimloom.remit.standing import Standing, standing
from claimloom.remit.together import together
from schemas.claim import Claim


def settled(
    claim: Claim,
    posted: Sequence[Posted],
    payer: PayerConfig,
    *,
    day: PatientDay | None = None,
    of_visit_cents: int = 0,
    clinic: str = "",
    visit: VisitNumbers = NOT_COUNTED,
) -> Result:
    """The claim against what it should have brought, with what a person does about it.

    ``day``: where other claims of the patient's day went to its payer from its billing provider; ``of_visit_cents``:
    paid for other versions of the visit's claim, where this one bears it; ``clinic``: whose claim it is, for contracts
    that differ by clinic; ``visit``: which one of the day, year and course of treatment it is.
    """
    answers = sort_out(claim, posted)
    own = standing(claim, answers.own, payer)
    # A later payer pays of what the first left, by rules of its own: nothing of its fees is expected.
    expected = expectation(claim, payer, own, day, clinic, visit) if claim.responsibility == "P" else None
    later = {place: standing(claim, some, payer) for place, some in in_line(claim, answers.later).items()}
    result = reconcile(claim, answers, own, later, expected, payer, of_visit_cents=of_visit_cents)
    action = next_action.of_result(result, claim, posted, payer)
    late = late_interest(answers.own, answers.ordered, payer)
    told = [*result.explanation, words_of(late)] if late else result.explanation
    return replace(result, next_action=action, priced_by=priced_by(payer), explanation=told, late_interest=late)


def expectation(
    claim: Claim,
    payer: PayerConfig,
    own: Standing,
    day: PatientDay | None = None,
    clinic: str = "",
    visit: VisitNumbers = NOT_COUNTED,
) -> Expected | None:
    """What the payer should pay, given the patient's share as it was taken; None without fees to go by.

    The deductible is the payer's to know; coinsurance is ours to check where a rule fixes it (Medicare). Of what was
    allowed and paid nothing is looked at.
    """
    others = [each for number, each in enumerate(day.claims) if number != day.mine] if day else []
    asked = priced(
        claim,
        payer,
        own.lines,
        full_unit_of(day, payer),
        clinic=clinic,
        others=others,
        visit=visit,
    )
    asked = _shared_over(asked, [places for places, _ in together(claim, own)])
    price = asked.price()
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
        withhold_shares=_withheld(asked),
        steps=[line.steps for line in price.lines],
        pay=asked.pay,
        pay_otherwise=asked.pay_otherwise if payer.assistant_factor != 1 else None,
        fewer_units=asked.fewer_units,
        last_year=by_line(lambda: asked.allowed(asked.lines, _year_before(payer, asked.on))),
        without_mppr_cents=full if any(mppr) else None,
        all_reduced=by_line(asked.all_reduced),
        sequestration_share=payer.sequestration,
        mistaken=mistaken(asked),
        elsewhere=asked.elsewhere(own),
        moved=_moved(day, asked, own),
    )


def _shared_over(asked: Priced, groups: Sequence[set[int]]) -> Priced:
    """Where the payer answered lines as one, what it took of one of them as the patient's is taken of all: in their
    order, of each at most what is allowed of it.
    """
    if not groups or (allowed := asked.allowed(asked.lines)) is None:
        return asked
    taken = [dict(each) for each in asked.taken]
    for places in map(sorted, groups):
        rooms = [allowed[place] for place in places]
        for name in dict.fromkeys(name for place in places for name in asked.taken[place]):
            cents = sum(asked.taken[place].get(name, 0) for place in places)
            parts = shares(cents, rooms)
            parts[0] += cents - sum(parts)
            for at, place in enumerate(places):
                taken[place][name] = parts[at]
                rooms[at] -= min(parts[at], rooms[at])
    return replace(asked, taken=taken)


def _moved(day: PatientDay | None, asked: Priced, own: Standing) -> Callable[[int], Moved | None]:
    """What other claims of the day have of a line, by whichever order of the day its term goes."""
    ranked, numbered = moved_by(day, asked, own), numbered_otherwise(day, asked, own)
    return lambda place: ranked(place) or numbered(place)


def _withheld(asked: Priced) -> list[Decimal]:
    """By line; empty where no term withholds anything."""
    if not any(term.withhold for term in asked.payer.terms):
        return []
    return [term.withhold if term else Decimal(0) for term in asked.terms()]


def _year_before(payer: PayerConfig, day: date) -> int:
    if payer.contract == "percent_of_medicare" and payer.medicare_year:
        return payer.medicare_year - 1
    return day.year - 1
