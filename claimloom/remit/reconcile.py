"""Paid against expected, line by line; the difference split into named causes that sum to it, to the cent.

All remittances of a claim count together, in the order of their payment, so the answer is the same in whatever order
their files came. A reversal (CLP02 = 22) takes back the remittance that it mirrors; what stands is what is left.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from claimloom.payers import PayerConfig
from claimloom.remit.classify import category, denial, is_denial, is_patient_share
from claimloom.remit.match import match_lines
from schemas.claim import Claim, ClaimLine
from schemas.followup import NextAction
from schemas.remittance import (
    Adjustment,
    Denial,
    LineVariance,
    RemitClaim,
    RemitHeader,
    RemitLine,
    VarianceCause,
)

REVERSAL: Final = "22"
NO_POSTING: Final = frozenset({"23", "25"})
FORWARDED: Final = frozenset({"19", "20", "21"})
SEQUESTRATION: Final = "253"
BUFFER_DAYS: Final = 14
SOON_DAYS: Final = 30


@dataclass(frozen=True, slots=True)
class Expected:
    """What a payer should do with the claim. ``*_cents`` by line, in the claim's order.

    ``pay`` gives the payment of a line on another allowed amount, ``fewer_units`` the allowed amount of a line when
    only some of its units are taken; ``last_year_cents`` and ``without_mppr_cents`` are what would be allowed by
    mistake, to tell one mistake from another.
    """

    allowed_cents: list[int]
    paid_cents: list[int]
    coinsurance_cents: list[int]
    sequestration_cents: list[int]
    steps: list[list[str]]
    pay: Callable[[int, int], int]
    fewer_units: Callable[[int, int], int]
    last_year_cents: list[int] | None = None
    without_mppr_cents: list[int] | None = None


@dataclass(frozen=True, slots=True)
class Posted:
    """A remittance of the claim that is to be posted, with its payment."""

    header: RemitHeader
    claim: RemitClaim
    order: tuple[str, ...] = ()


@dataclass(slots=True)
class Line:
    """What the payer did with one of our lines, over everything that stands."""

    paid_cents: int = 0
    allowed_cents: int | None = None
    derived_allowed_cents: int = 0
    units: int = 0
    codes: list[str] = field(default_factory=list)
    adjustments: list[Adjustment] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    seen: bool = False

    @property
    def allowed(self) -> int:
        """AMT*B6 if the payer sends it, else payment, patient's share and sequestration together."""
        return self.derived_allowed_cents if self.allowed_cents is None else self.allowed_cents

    def share(self, *reasons: str) -> int:
        """Sum of adjustments with these reason codes."""
        return sum(part.amount_cents for part in self.adjustments if part.reason in reasons)

    @property
    def patient_cents(self) -> int:
        """Deductible, coinsurance and copay."""
        return sum(part.amount_cents for part in self.adjustments if is_patient_share(part))


@dataclass(slots=True)
class Result:
    """The claim as it stands after all its remittances."""

    outcome: str
    total_paid_cents: int
    expected_paid_cents: int | None
    patient_cents: int
    contractual_cents: int
    causes: list[VarianceCause]
    lines: list[LineVariance]
    denials: list[Denial]
    explanation: list[str]
    next_action: NextAction | None


def standing(posted: Sequence[Posted]) -> list[Posted]:
    """The remittances that are not taken back: each reversal cancels the one whose amounts it negates."""
    left = [each for each in posted if each.claim.status_code != REVERSAL and each.claim.status_code not in NO_POSTING]
    for reversal in (each for each in posted if each.claim.status_code == REVERSAL):
        mirrored = [each for each in left if _mirrors(each.claim, reversal.claim)]
        same_number = [
            each
            for each in mirrored
            if each.claim.payer_claim_control_number == reversal.claim.payer_claim_control_number
        ]
        if found := same_number or mirrored:
            left.remove(found[0])
    return left


def _mirrors(claim: RemitClaim, reversal: RemitClaim) -> bool:
    return (claim.charge_cents, claim.paid_cents) == (-reversal.charge_cents, -reversal.paid_cents)


def lines_of(claim: Claim, left: Sequence[Posted]) -> tuple[list[Line], int]:
    """Our lines as they stand, and what was paid on lines that are none of ours."""
    found = [Line() for _ in claim.lines]
    elsewhere = 0
    for each in left:
        for place, line in zip(match_lines(claim.lines, each.claim.lines), each.claim.lines, strict=True):
            if place is None:
                elsewhere += line.paid_cents
            else:
                _add(found[place], line, each.claim.remarks)
    return found, elsewhere


def _add(ours: Line, line: RemitLine, remarks: Sequence[str]) -> None:
    ours.seen = True
    ours.paid_cents += line.paid_cents
    ours.units += int(float(line.units_paid or "1")) if line.units_paid.replace(".", "", 1).isdigit() else 0
    ours.codes.append(line.procedure_code)
    ours.adjustments += line.adjustments
    ours.remarks += [*line.remarks, *(code for code in remarks if code not in line.remarks)]
    if line.allowed_cents is not None:
        ours.allowed_cents = (ours.allowed_cents or 0) + line.allowed_cents
    shared = sum(
        part.amount_cents for part in line.adjustments if is_patient_share(part) or part.reason in (SEQUESTRATION, "23")
    )
    ours.derived_allowed_cents += line.paid_cents + shared


def reconcile(
    claim: Claim, posted: Sequence[Posted], expected: Expected | None, payer: PayerConfig, deadline: date
) -> Result:
    """The claim against what it should have brought. ``deadline``: last day to file it again."""
    ordered = sorted(posted, key=lambda each: each.order)
    money = [each for each in ordered if each.claim.status_code not in NO_POSTING]
    total = sum(each.claim.paid_cents for each in money)
    left = standing(ordered)
    lines, elsewhere = lines_of(claim, left)
    on_claim = [part for each in left for part in each.claim.adjustments]
    denials = _denials(claim, lines, left, total, replacement=payer.accepts_replacement)
    patient = sum(line.patient_cents for line in lines) + sum(
        part.amount_cents for part in on_claim if is_patient_share(part)
    )
    parts = [*on_claim, *(part for line in lines for part in line.adjustments)]
    contractual = sum(part.amount_cents for part in parts if category(part.reason).name == "contractual")
    causes: list[VarianceCause] = []
    if expected is not None and left:
        causes = _causes(claim, lines, expected, payer, elsewhere, on_claim, total)
    elif expected is not None and (missing := total - sum(expected.paid_cents)):
        causes = [_cause("reversed", missing, "the payer took its payment back and sent no correction")]
    expected_paid = sum(expected.paid_cents) if expected is not None else None
    outcome = _outcome(left, total, expected_paid, causes, denials)
    result = Result(
        outcome,
        total,
        expected_paid,
        patient,
        contractual,
        causes,
        _line_variances(claim, lines, expected),
        denials,
        _explain(outcome, total, expected_paid, causes, ordered),
        None,
    )
    result.next_action = _next_action(result, claim, ordered, payer, deadline)
    return result


def _denials(
    claim: Claim, lines: Sequence[Line], left: Sequence[Posted], total: int, *, replacement: bool
) -> list[Denial]:
    found = [
        denial(part, ours.line_control_number, line.remarks, replacement=replacement)
        for ours, line in zip(claim.lines, lines, strict=True)
        for part in line.adjustments
        if is_denial(part)
    ]
    for each in left:
        found += [
            denial(part, "", each.claim.remarks, replacement=replacement)
            for part in each.claim.adjustments
            if is_denial(part)
        ]
    # A duplicate denial of a claim that is paid says only that we sent it twice.
    return [each for each in found if not (each.category == "duplicate" and total > 0)]


def _causes(
    claim: Claim,
    lines: Sequence[Line],
    expected: Expected,
    payer: PayerConfig,
    elsewhere: int,
    on_claim: Sequence[Adjustment],
    total: int,
) -> list[VarianceCause]:
    found: list[VarianceCause] = []
    if not any(line.seen for line in lines):
        difference = total - sum(expected.paid_cents)
        reasons = ", ".join(f"{part.group}-{part.reason}" for part in on_claim) or "no reason given"
        denied = total == 0 and any(is_denial(part) for part in on_claim)
        name = "denied" if denied else "claim_level"
        return [_cause(name, difference, f"decided for the claim as a whole: {reasons}")] if difference else []
    for place, (ours, line) in enumerate(zip(claim.lines, lines, strict=True)):
        found += _line_causes(place, ours, line, expected, payer)
    if elsewhere:
        found.append(_cause("line_not_ours", elsewhere, "paid on lines that are none of the claim's"))
    taken = sum(part.amount_cents for part in on_claim)
    if taken:
        reasons = ", ".join(f"{part.group}-{part.reason}" for part in on_claim)
        found.append(_cause("claim_level_adjustment", -taken, f"taken off the claim as a whole: {reasons}"))
    rest = total - sum(line.paid_cents for line in lines) - elsewhere + taken
    if rest:
        found.append(_cause("reversal_remainder", rest, "reversals and what they take back differ"))
    return found


def _line_causes(
    place: int, ours: ClaimLine, line: Line, expected: Expected, payer: PayerConfig
) -> list[VarianceCause]:
    """The difference of one line, cause by cause; what no test explains is said to be unexplained."""
    number, code = ours.line_control_number, ours.procedure_code
    left = line.paid_cents - expected.paid_cents[place]
    if left == 0:
        return []
    if not line.seen:
        return [_cause("line_missing", left, f"{code} is not on the remittance", number)]
    denied = [part for part in line.adjustments if is_denial(part)]
    if denied and line.paid_cents == 0:
        main = max(denied, key=lambda part: part.amount_cents)
        text = f"{code} denied, {main.group}-{main.reason} ({category(main.reason).label})"
        return [_cause("denied", left, text, number)]
    found: list[VarianceCause] = []

    def take(name: str, amount: int, text: str) -> None:
        nonlocal left
        if amount:
            found.append(_cause(name, amount, text, number))
            left -= amount

    allowed = expected.allowed_cents[place]
    if 0 < line.units < ours.units:
        fewer = expected.fewer_units(place, line.units)
        text = f"{code}: {line.units} of {ours.units} units paid, {_reasons(denied) or 'no reason given'}"
        take("units_cut", expected.pay(place, fewer) - expected.pay(place, allowed), text)
        allowed = fewer
    elif denied:
        cut = sum(part.amount_cents for part in denied)
        text = f"{code}: part of the charge denied, {_reasons(denied)}"
        take("denied_part", max(left, -cut) if left < 0 else 0, text)
        allowed = line.allowed if left == 0 else allowed
    actual = line.allowed
    if actual != allowed:
        name, text = _allowed_cause(place, line, ours, allowed, expected, payer)
        take(name, expected.pay(place, actual) - expected.pay(place, allowed), text)
    if abs(left) > payer.line_tolerance_cents:
        share, due = line.share("2"), expected.coinsurance_cents[place]
        text = f"{code}: coinsurance {_usd(share)}, expected {_usd(due)}"
        if actual == allowed and due - share == left:
            take("coinsurance", left, text)
        cut, due = line.share(SEQUESTRATION), expected.sequestration_cents[place]
        text = f"{code}: sequestration {_usd(cut)}, expected {_usd(due)}"
        if due - cut == left:
            take("sequestration", left, text)
    if abs(left) <= payer.line_tolerance_cents:
        take("rounding", left, f"{code}: within {payer.line_tolerance_cents} cents")
    take("unexplained", left, f"{code}: no known cause; reasons given: {_reasons(line.adjustments) or 'none'}")
    return found


def _allowed_cause(
    place: int, line: Line, ours: ClaimLine, allowed: int, expected: Expected, payer: PayerConfig
) -> tuple[str, str]:
    """Why the payer's allowed amount is not ours."""
    actual, code = line.allowed, ours.procedure_code
    said = f"{code}: allowed {_usd(actual)}, expected {_usd(allowed)}"
    near = payer.line_tolerance_cents
    if any(other != code for other in line.codes):
        return "recode", f"{said}; paid as {', '.join(dict.fromkeys(line.codes))}"
    whole = line.units in (0, ours.units)
    last_year = expected.last_year_cents[place] if expected.last_year_cents else None
    if whole and last_year is not None and abs(actual - last_year) <= near < abs(actual - allowed):
        return "fee_schedule_year", f"{said}; {_usd(actual)} is last year's"
    full = expected.without_mppr_cents[place] if expected.without_mppr_cents else None
    if whole and full is not None and full != allowed and abs(actual - full) <= near:
        return "mppr_not_applied", f"{said}; {_usd(actual)} is the amount without MPPR"
    tolerance = max(near, int(payer.line_tolerance * allowed))
    if abs(actual - allowed) <= tolerance:
        return "rounding", f"{said}; within the tolerance of {_usd(tolerance)}"
    if actual < allowed:
        return "contract_rate", f"{said}; less than the fees in force give"
    return "contract_rate", f"{said}; more than the fees in force give"


def _outcome(
    left: Sequence[Posted],
    total: int,
    expected_paid: int | None,
    causes: Sequence[VarianceCause],
    denials: Sequence[Denial],
) -> str:
    if not left:
        return "reversed"
    if total == 0 and denials:
        return "denied"
    if expected_paid is None:
        return "no_expectation"
    real = sum(cause.amount_cents for cause in causes if cause.cause != "rounding")
    if real < 0:
        return "underpaid"
    return "overpaid" if real > 0 else "paid_as_expected"


def _line_variances(claim: Claim, lines: Sequence[Line], expected: Expected | None) -> list[LineVariance]:
    return [
        LineVariance(
            line_control_number=ours.line_control_number,
            procedure_code=ours.procedure_code,
            charge_cents=ours.charge_cents,
            expected_allowed_cents=expected.allowed_cents[place] if expected else None,
            actual_allowed_cents=line.allowed,
            allowed_derived=line.allowed_cents is None,
            expected_paid_cents=expected.paid_cents[place] if expected else None,
            paid_cents=line.paid_cents,
            steps=expected.steps[place] if expected else [],
        )
        for place, (ours, line) in enumerate(zip(claim.lines, lines, strict=True))
    ]


def _explain(
    outcome: str, total: int, expected_paid: int | None, causes: Sequence[VarianceCause], ordered: Sequence[Posted]
) -> list[str]:
    said = [
        f"{each.header.payer_name} {_verb(each.claim)} {_usd(abs(each.claim.paid_cents))} by {each.header.trace_number}"
        for each in ordered
    ]
    if expected_paid is None:
        return [*said, f"Paid {_usd(total)}; nothing to expect is known for this payer and these codes."]
    said.append(f"Paid {_usd(total)} of {_usd(expected_paid)} expected: {outcome.replace('_', ' ')}.")
    return said + [f"{_usd(cause.amount_cents)} {cause.cause}: {cause.explanation}" for cause in causes]


def _verb(claim: RemitClaim) -> str:
    if claim.status_code == REVERSAL:
        return "took back"
    return "paid" if claim.paid_cents else "decided (status " + claim.status_code + ") and paid"


def _next_action(
    result: Result, claim: Claim, ordered: Sequence[Posted], payer: PayerConfig, deadline: date
) -> NextAction | None:
    decided = max((each.header.payment_date for each in ordered if each.header.payment_date), default=None)
    start = decided or claim.lines[0].date_of_service
    soon = start + timedelta(days=SOON_DAYS)
    appeal = start + timedelta(days=payer.appeal_days - BUFFER_DAYS)
    if result.outcome == "reversed":
        action = "look for the correction in later remittances; without one ask the payer why it took the money back"
        amount = result.expected_paid_cents or claim.total_charge_cents
        return NextAction(kind="review", reason="payment reversed", action=action, due=soon, recoverable_cents=amount)
    if denied := _worst(result.denials):
        again = any(word in denied.action for word in ("again", "new claim", "reopening"))
        due = min(soon, appeal, deadline - timedelta(days=BUFFER_DAYS) if again else soon)
        remarks = f" with {', '.join(denied.remarks)}" if denied.remarks else ""
        label = category(denied.reason).label
        reason = f"{denied.group}-{denied.reason}{remarks}: {label} ({denied.category})"
        missing = -sum(cause.amount_cents for cause in result.causes if cause.cause != "rounding")
        if missing > 0 or result.expected_paid_cents is None:
            amount = missing if result.expected_paid_cents is not None else denied.amount_cents
            return NextAction(
                kind="denied" if result.outcome == "denied" or _line_denied(result) else "underpaid",
                reason=reason,
                action=denied.action,
                due=max(due, start),
                recoverable_cents=amount,
            )
    if result.outcome == "underpaid" and _worth_a_dispute(result, payer):
        missing = -sum(cause.amount_cents for cause in result.causes if cause.cause != "rounding")
        names = ", ".join(dict.fromkeys(cause.cause for cause in result.causes if cause.cause != "rounding"))
        action = "dispute it with the payer: claims show prints the lines, the fees and the arithmetic"
        reason = f"paid less than expected: {names}"
        return NextAction(
            kind="underpaid", reason=reason, action=action, due=min(soon, appeal), recoverable_cents=missing
        )
    if result.outcome == "overpaid":
        names = ", ".join(dict.fromkeys(cause.cause for cause in result.causes if cause.cause != "rounding"))
        action = "check it; return what is too much (federal payers: within 60 days of finding it)"
        return NextAction(
            kind="overpaid",
            reason=f"paid more than expected: {names}",
            action=action,
            due=soon,
            recoverable_cents=0,
        )
    return None


def _worst(denials: Sequence[Denial]) -> Denial | None:
    """The denial that says what to do: the largest sum of one reason code."""
    sums: dict[str, int] = defaultdict(int)
    for each in denials:
        sums[each.reason] += each.amount_cents
    return max(denials, key=lambda each: (sums[each.reason], each.amount_cents), default=None)


def _line_denied(result: Result) -> bool:
    return any(cause.cause == "denied" for cause in result.causes)


def _worth_a_dispute(result: Result, payer: PayerConfig) -> bool:
    """Above the payer's limits: a line by amount and share, or the claim by amount."""
    for line in result.lines:
        if line.expected_allowed_cents is not None:
            short = line.expected_allowed_cents - line.actual_allowed_cents
            if short > payer.dispute_line_cents and short > payer.dispute_line * line.expected_allowed_cents:
                return True
    missing = -sum(cause.amount_cents for cause in result.causes if cause.cause != "rounding")
    return missing > payer.dispute_claim_cents


def _cause(name: str, amount: int, explanation: str, number: str = "") -> VarianceCause:
    return VarianceCause(cause=name, amount_cents=amount, explanation=explanation, line_control_number=number)


def _reasons(parts: Sequence[Adjustment]) -> str:
    return ", ".join(dict.fromkeys(f"{part.group}-{part.reason}" for part in parts))


def _usd(cents: int) -> str:
    sign = "-" if cents < 0 else ""
    return f"{sign}${abs(cents) // 100:,}.{abs(cents) % 100:02d}"
