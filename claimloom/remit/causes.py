"""Why a line was paid otherwise than expected: a list of tests, each of which names one cause and its amount.

A test looks at one line's ``Shortfall`` and answers the cause with the amount that the payer's own arithmetic gives
it, or None. ``line_causes`` asks them in their order and takes each amount off what is left, so that the causes of a
line always sum to its difference, to the cent; what no test explains is said to be unexplained.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from claimloom.payers import PayerConfig
from claimloom.reference.disciplines import ASSISTANT
from claimloom.remit.classify import PRIOR_PAYER, meaning
from claimloom.remit.expected import Expected, Moved
from claimloom.remit.shortfall import Found, Shortfall
from claimloom.remit.standing import COINSURANCE, SEQUESTRATION, Line
from schemas.claim import ClaimLine
from schemas.money import usd
from schemas.remittance import Adjustment, VarianceCause

Test = Callable[[Shortfall], Found | None]


def not_decided(short: Shortfall) -> Found | None:
    """The payer answered another part of the claim alone (it splits claims): of this one nothing is known yet."""
    if not short.line.undecided:
        return None
    return Found("not_decided", short.left_cents, f"{short.code}: the payer has answered other lines alone so far")


def line_missing(short: Shortfall) -> Found | None:
    """The payer did not answer the line at all."""
    if short.line.seen:
        return None
    return Found("line_missing", short.left_cents, f"{short.code} is not on the remittance")


def denied(short: Shortfall) -> Found | None:
    """Nothing was paid, for a reason that is no contract's: the largest one names it."""
    if short.line.paid_cents or not short.denials:
        return None
    main = max(short.denials, key=lambda part: part.amount_cents)
    label = meaning(main, short.line.around).label
    return Found("denied", short.left_cents, f"{short.code} denied, {main.group}-{main.reason} ({label})")


def capitated(short: Shortfall) -> Found | None:
    """Nothing was paid for the line, since the plan pays by the month."""
    part = next((part for part in short.line.adjustments if _cause_of(part, short) == "capitated"), None)
    if part is None or short.line.paid_cents or short.denials:
        return None
    return Found("capitated", short.left_cents, f"{short.code}: paid by the month, {part.group}-{part.reason}")


def _cause_of(part: Adjustment, short: Shortfall) -> str:
    return meaning(part, short.line.around).cause


def duplicate_payment(short: Shortfall) -> Found | None:
    """The line was paid by an answer that a later one overtook, and nobody took the money back: at most that money."""
    if not short.line.again_cents or short.left_cents <= 0:
        return None
    amount = min(short.left_cents, short.line.again_cents)
    return Found("duplicate_payment", amount, f"{short.code}: paid {usd(amount)} before, and not taken back")


def payer_order(short: Shortfall) -> Found | None:
    """The payer took off what another payer is said to have done (OA-23), and none is known to us: at most that."""
    taken = short.line.share(PRIOR_PAYER)
    if taken <= 0 or short.left_cents >= 0:
        return None
    text = f"{short.code}: {usd(taken)} taken off for a payer that is meant to come first (OA-23)"
    return Found("payer_order", max(short.left_cents, -taken), text)


def told_by_code(short: Shortfall) -> Found | None:
    """The payer's own code says why: a withhold, a tax, an incentive or a penalty by law.

    Such a part stands before sequestration (2 %), which is then less by its share; so what it explains is its amount
    with or without that share, whichever is left to the cent, else its amount. Of a withhold only counts what is more,
    or less, than the contract lets the payer keep back.
    """
    around = short.line.around
    parts = [part for part in short.line.adjustments if meaning(part, around).cause not in ("", "capitated")]
    kept = sum(part.amount_cents for part in parts if meaning(part, around).cause == "withhold")
    agreed = short.expected.withhold_shares[short.place] if short.expected.withhold_shares else 0
    due = round(agreed * (short.line.paid_cents + kept))
    amount = (kept if abs(kept - due) <= 1 else due) - sum(part.amount_cents for part in parts)
    if not amount or not short.left_cents:
        return None
    less = amount - round(amount * short.expected.sequestration_share)
    near = next((each for each in (amount, less) if abs(short.left_cents - each) <= 1), None)
    name = meaning(max(parts, key=lambda part: abs(part.amount_cents)), around).cause if parts else "withhold"
    said = ", ".join(f"{part.group}-{part.reason} {usd(part.amount_cents)}" for part in parts) or "nothing kept back"
    labels = ", ".join(dict.fromkeys(meaning(part, around).label for part in parts)) or "the contract's withhold"
    agreed_on = f", {usd(due)} agreed" if due else ""
    return Found(name, amount if near is None else short.left_cents, f"{short.code}: {labels} ({said}{agreed_on})")


def units_cut(short: Shortfall) -> Found | None:
    """Fewer units were paid than billed: the difference of the two payments."""
    if not 0 < short.line.units < short.ours.units:
        return None
    fewer = short.expected.fewer_units(short.place, short.line.units)
    why = reasons(short.denials) or "no reason given"
    text = f"{short.code}: {short.line.units} of {short.ours.units} units paid, {why}"
    return Found("units_cut", short.pays(fewer) - short.pays(short.allowed_cents), text, fewer)


def units_added(short: Shortfall) -> Found | None:
    """More units were paid than billed."""
    if short.line.units <= short.ours.units or any(code != short.code for code in short.line.codes):
        return None
    more = short.expected.fewer_units(short.place, short.line.units)
    text = f"{short.code}: {short.line.units} units paid, {short.ours.units} billed"
    return Found("units_added", short.pays(more) - short.pays(short.allowed_cents), text, more)


def denied_part(short: Shortfall) -> Found | None:
    """Part of the charge was denied: at most that part. If it explains all, what was allowed is no question."""
    if not short.denials or short.left_cents >= 0:
        return None
    amount = max(short.left_cents, -sum(part.amount_cents for part in short.denials))
    text = f"{short.code}: part of the charge denied, {reasons(short.denials)}"
    return Found("denied_part", amount, text, short.line.allowed if amount == short.left_cents else None)


def day_share(short: Shortfall) -> Found | None:
    """The payer gave the day's one unit in full to another line: what comes back there, or may still, is not short."""
    moved = _moved(short)
    if moved is None:
        return None
    # What the two lines differ by is left to ``mppr_order``, which knows what was allowed.
    return Found("day_share", moved.told_cents, f"{short.code}: {moved.text}")


def mppr_order(short: Shortfall) -> Found | None:
    """What a line lacks beside that, since the full unit went to one that is worth less."""
    moved = _moved(short)
    if moved is None:
        return None
    allowed = short.allowed_cents + moved.allowed_cents
    rest = short.pays(allowed) - short.pays(short.allowed_cents) - moved.told_cents
    return Found("mppr_order", rest, f"{short.code}: {moved.text}", allowed)


def _moved(short: Shortfall) -> Moved | None:
    return None if short.line.allowed == short.allowed_cents else short.expected.moved(short.place)


def recode(short: Shortfall) -> Found | None:
    """Another code was paid than billed."""
    if short.line.allowed == short.allowed_cents or all(code == short.code for code in short.line.codes):
        return None
    text = f"{short.allowance}; paid as {', '.join(dict.fromkeys(short.line.codes))}"
    return Found("recode", short.misallowed_cents, text)


def fee_schedule_year(short: Shortfall) -> Found | None:
    """What was allowed is what the fees of the year before give."""
    actual, near = short.line.allowed, short.payer.line_tolerance_cents
    if not short.whole or abs(actual - short.allowed_cents) <= near:
        return None
    before = short.expected.last_year(short.place)
    if before is None or abs(actual - before) > near:
        return None
    return Found("fee_schedule_year", short.misallowed_cents, f"{short.allowance}; {usd(actual)} is last year's")


def mistaken(short: Shortfall) -> Found | None:
    """What was allowed is what a mistake with the contract gives: of the terms before, without a rise, of a place."""
    actual, near = short.line.allowed, short.payer.line_tolerance_cents
    if not short.whole or abs(actual - short.allowed_cents) <= near:
        return None
    for name, cents, text in short.expected.mistaken(short.place):
        if abs(actual - cents) <= near:
            return Found(name, short.misallowed_cents, f"{short.allowance}; {text}")
    return None


def mppr_not_applied(short: Shortfall) -> Found | None:
    """What was allowed is the amount without the multiple procedure payment reduction."""
    actual = short.line.allowed
    if actual == short.allowed_cents or not short.whole or not short.expected.without_mppr_cents:
        return None
    full = short.expected.without_mppr_cents[short.place]
    if full == short.allowed_cents or abs(actual - full) > short.payer.line_tolerance_cents:
        return None
    text = f"{short.allowance}; {usd(actual)} is the amount without MPPR"
    return Found("mppr_not_applied", short.misallowed_cents, text)


def mppr_on_every_unit(short: Shortfall) -> Found | None:
    """The day's one unit in full was reduced as well, on whichever line it should be."""
    near = short.payer.line_tolerance_cents
    if not short.whole or short.line.allowed >= short.allowed_cents + near:
        return None
    every = short.expected.all_reduced(short.place)
    if every is None or every >= short.allowed_cents or abs(short.line.allowed - every) > near:
        return None
    text = f"{short.allowance}; that is MPPR on every unit of the day, and one is due in full"
    return Found("mppr_on_every_unit", short.misallowed_cents, text)


def mppr_twice(short: Shortfall) -> Found | None:
    """What was allowed is less by just as much again as MPPR takes."""
    if not short.whole or not short.expected.without_mppr_cents:
        return None
    full = short.expected.without_mppr_cents[short.place]
    once = full - short.allowed_cents
    near = short.payer.line_tolerance_cents + short.ours.units
    # Half of what is left of the practice expense, or all of it.
    if once <= 0 or all(abs(short.allowed_cents - each - short.line.allowed) > near for each in (once // 2, once)):
        return None
    return Found("mppr_twice", short.misallowed_cents, f"{short.allowance}; MPPR was taken twice")


def wrong_locality(short: Shortfall) -> Found | None:
    """What was allowed is what the fees of another locality of the contractor give, on every line of the claim."""
    if short.line.allowed == short.allowed_cents or not short.whole:
        return None
    name = short.expected.elsewhere(short.place)
    if not name:
        return None
    return Found("wrong_locality", short.misallowed_cents, f"{short.allowance}; that is the fee of {name}")


def allowed_nearly(short: Shortfall) -> Found | None:
    """What was allowed is within the payer's tolerance of a line."""
    tolerance = max(short.payer.line_tolerance_cents, int(short.payer.line_tolerance * short.allowed_cents))
    if not 0 < abs(short.line.allowed - short.allowed_cents) <= tolerance:
        return None
    return Found("rounding", short.misallowed_cents, f"{short.allowance}; within the tolerance of {usd(tolerance)}")


def contract_rate(short: Shortfall) -> Found | None:
    """What was allowed is no amount that the fees in force give."""
    if short.line.allowed == short.allowed_cents:
        return None
    how = "less" if short.line.allowed < short.allowed_cents else "more"
    return Found("contract_rate", short.misallowed_cents, f"{short.allowance}; {how} than the fees in force give")


def coinsurance(short: Shortfall) -> Found | None:
    """The rest is just what the patient's share differs by, on the allowed amount that was expected."""
    share, due = short.line.share(COINSURANCE), short.expected.coinsurance_cents[short.place]
    if short.line.allowed != short.allowed_cents or due - share != short.left_cents or _small(short):
        return None
    return Found("coinsurance", short.left_cents, f"{short.code}: coinsurance {usd(share)}, expected {usd(due)}")


def assistant(short: Shortfall) -> Found | None:
    """What was paid is the payment with the assistant's cut where no CQ or CO is billed, or without it where one is."""
    if short.expected.pay_otherwise is None or _small(short):
        return None
    other = short.expected.pay_otherwise(short.place, short.allowed_cents)
    if abs(short.line.paid_cents - short.line.again_cents - other) > short.payer.line_tolerance_cents:
        return None
    if ASSISTANT & set(short.ours.modifiers):
        name, text = "assistant_not_cut", "paid without the cut for an assistant"
    else:
        name, text = "assistant_cut", "paid with the cut for an assistant, though no CQ or CO is billed"
    # What was allowed was taken from what was paid, so it is no question any more.
    return Found(name, short.left_cents, f"{short.code}: {text}", short.line.allowed)


def sequestration(short: Shortfall) -> Found | None:
    """The rest is just what the 2 % cut (CARC 253) differs by."""
    cut, due = short.line.share(SEQUESTRATION), short.expected.sequestration_cents[short.place]
    if due - cut != short.left_cents or _small(short):
        return None
    return Found("sequestration", short.left_cents, f"{short.code}: sequestration {usd(cut)}, expected {usd(due)}")


def rounding(short: Shortfall) -> Found | None:
    """The rest is within the cents of tolerance of a line."""
    if not _small(short):
        return None
    return Found("rounding", short.left_cents, f"{short.code}: within {short.payer.line_tolerance_cents} cents")


def unexplained(short: Shortfall) -> Found | None:
    """What no test explains: said so, with the reasons that the payer gave."""
    given = reasons(short.line.adjustments) or "none"
    return Found("unexplained", short.left_cents, f"{short.code}: no known cause; reasons given: {given}")


def _small(short: Shortfall) -> bool:
    return abs(short.left_cents) <= short.payer.line_tolerance_cents


WHOLE: Final[Sequence[Test]] = (not_decided, line_missing, denied, capitated)
"""A test of these explains all of the difference, and no other is asked."""

PARTS: Final[Sequence[Sequence[Test]]] = (
    (duplicate_payment,),
    (payer_order,),
    (told_by_code,),
    (units_cut, units_added, denied_part),
    (assistant,),
    (day_share,),
    (mppr_order,),
    (
        recode,
        mistaken,
        fee_schedule_year,
        mppr_not_applied,
        mppr_on_every_unit,
        mppr_twice,
        allowed_nearly,
        wrong_locality,
        contract_rate,
    ),
    (coinsurance, sequestration),
    (rounding, unexplained),
)
"""A test of these explains a part. Of each row the first that fits counts."""


def line_causes(place: int, ours: ClaimLine, line: Line, expected: Expected, payer: PayerConfig) -> list[VarianceCause]:
    """The difference of one line, cause by cause: they sum to it."""
    left = line.paid_cents - expected.paid_cents[place]
    if not left:
        return []
    short = Shortfall(place, ours, line, expected, payer, left, expected.allowed_cents[place])
    if found := _first(WHOLE, short):
        return [_cause(found, short)]
    causes = []
    for row in PARTS:
        found = _first(row, short)
        if found is None:
            continue
        # A cut of units that pays the same explains no cent; yet what should be allowed is known from it.
        if found.amount_cents:
            causes.append(_cause(found, short))
        allowed = short.allowed_cents if found.allowed_cents is None else found.allowed_cents
        short = replace(short, left_cents=short.left_cents - found.amount_cents, allowed_cents=allowed)
    return causes


def _first(tests: Sequence[Test], short: Shortfall) -> Found | None:
    return next((found for test in tests if (found := test(short))), None)


def _cause(found: Found, short: Shortfall) -> VarianceCause:
    return VarianceCause(
        cause=found.cause,
        amount_cents=found.amount_cents,
        explanation=found.explanation,
        line_control_number=short.ours.line_control_number,
    )


def reasons(parts: Sequence[Adjustment]) -> str:
    """Groups and reason codes, each once: "CO-45, PR-2"."""
    return ", ".join(dict.fromkeys(f"{part.group}-{part.reason}" for part in parts))
