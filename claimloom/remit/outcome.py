"""Paid against expected for a claim: how it stands, what the difference consists of, and the sentences for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from claimloom.payers import PayerConfig
from claimloom.remit.answers import SENT_ON, Answers, as_happened
from claimloom.remit.causes import line_causes
from claimloom.remit.classify import ABOVE_FEES, FORWARDED, denial, is_denial, meaning
from claimloom.remit.expected import Expected
from claimloom.remit.left import held_by, left
from claimloom.remit.standing import Line, Standing
from claimloom.remit.together import groups, taken_in, unsure
from schemas.claim import Claim
from schemas.followup import NextAction
from schemas.money import usd
from schemas.remittance import NOT_SHORT, Denial, LateInterest, LineVariance, RemitClaim, VarianceCause


@dataclass(frozen=True, slots=True)
class Result:
    """The claim as it stands after all its remittances; ``causes`` sum to what its payer paid less expected.

    ``later_cents``: paid by payers after it, once, and ``later_lost_cents`` what these took back again;
    ``of_visit_cents``: paid for other versions of the claim. ``second``: its payer says that another one comes first.
    ``next_payer_cents``: the share left to the patient, while it is the next payer's to decide (X12 RFI 1696, 2143).
    ``refused``: a later payer pays nothing, for a reason that can be mended. ``qmb_cents``: a share of the patient who
    may not be billed for it. ``unseen_cents``: taken back of payments that were never read here, so less than zero, and
    no part of what was paid. ``unsure``: lines of answers of which nobody knows for certain whether they are ours. What
    is to be done, the stamp of what it was priced by, and interest for late payment are for the desk to say.
    """

    outcome: str
    total_paid_cents: int
    expected_paid_cents: int | None
    patient_cents: int
    contractual_cents: int
    causes: list[VarianceCause]
    lines: list[LineVariance]
    denials: list[Denial]
    explanation: list[str]
    later_cents: int = 0
    of_visit_cents: int = 0
    later_lost_cents: int = 0
    second: bool = False
    refused: list[Denial] = field(default_factory=list)
    next_payer_cents: int = 0
    qmb_cents: int = 0
    unseen_cents: int = 0
    unsure: list[str] = field(default_factory=list)
    next_action: NextAction | None = None
    priced_by: str = ""
    late_interest: LateInterest | None = None


GIVEN_UP: Final = ("contractual", "sequestration", "capitated")
"""Of a charge, what nobody owes after the payer's answer."""
_TAKEN_BACK: Final = "the payer took its payment back and sent no correction"
_WHOLE_AGAIN: Final = "the whole claim was paid before, and not taken back"


def reconcile(
    claim: Claim,
    answers: Answers,
    own: Standing,
    later: Mapping[int, Standing],
    expected: Expected | None,
    payer: PayerConfig,
    *,
    of_visit_cents: int = 0,
) -> Result:
    """The claim against what it should have brought; None where nothing is known to expect.

    ``own`` is how the answers of its payer leave it, ``later`` how those of each payer after that one do, by how many
    places after it; ``of_visit_cents`` was paid for other versions of the visit's claim.
    """
    reached = max(later, default=0)
    newest = later[reached] if later else own
    paid = answers.total_cents - answers.later_cents
    nothing = not paid and not any(line.shared_cents for line in own.lines)
    for place, line in enumerate(own.lines):
        line.say_due(nothing if expected is None else _is_due(place, line, expected))
    denials = _denials(claim, own, paid, expected, payer)
    refused = _denials(claim, newest, answers.later_cents, None, payer) if later else []
    causes: list[VarianceCause] = []
    if expected is not None and answers.own:
        causes = claim_causes(claim, own, expected, payer, total_cents=paid)
        text = "paid for another version of the visit's claim, and not taken back"
        causes += _causes(("duplicate_payment", of_visit_cents, text))
    elif expected is not None and answers.ordered and not answers.later:
        causes = _causes(("reversed", paid - sum(expected.paid_cents), _TAKEN_BACK))
    twice = sum(each.whole_again_cents + sum(line.again_cents for line in each.lines) for each in later.values())
    if expected is None or not answers.own:
        twice = 0  # nothing to compare with, and nobody to say that it is too much
    text = "a payer after the first paid the same twice, and took nothing back"
    causes += _causes(("duplicate_payment", twice, text))
    if not answers.own and answers.later:
        expected = None  # a later payer was faster: nothing is known of the first
    expected_paid = sum(expected.paid_cents) if expected is not None else None
    outcome = _outcome(answers, expected_paid, causes, denials)
    follows = claim.payers_after > reached
    held = bool(refused) and not (follows and not held_by(newest))
    mine, waits = _sums(own), follows and not held  # what is left is the next payer's to decide
    decided = mine if held else _sums(newest)
    return Result(
        outcome=outcome,
        total_paid_cents=answers.total_cents,
        expected_paid_cents=expected_paid,
        patient_cents=0 if held or waits else decided["patient_responsibility"],
        contractual_cents=sum(mine[name] for name in GIVEN_UP) + taken_in(claim, own),
        causes=causes,
        lines=_line_variances(claim, own, expected),
        denials=denials,
        explanation=_explain(outcome, answers, expected_paid, causes),
        later_cents=answers.later_cents - twice,
        of_visit_cents=of_visit_cents,
        later_lost_cents=answers.later_lost_cents,
        second=answers.second,
        refused=refused,
        next_payer_cents=left(newest) if waits else 0,
        qmb_cents=decided["qmb"],
        unseen_cents=answers.unseen_cents,
        unsure=unsure(claim, answers.own, own) if own.strange else [],
    )


def _is_due(place: int, line: Line, expected: Expected) -> bool:
    """Whether something is to be paid of a line: not if it was given nothing and another visit of its day has that."""
    due = expected.allowed_cents[place]
    if due <= 0 or not line.seen or line.paid_cents or line.around.reasons != {ABOVE_FEES}:
        return due > 0
    moved = expected.moved(place)
    return moved is None or moved.allowed_cents != -due


def _sums(standing: Standing) -> Counter[str]:
    """Cents of the adjustments, of the claim and of its lines, by what they mean."""
    found: Counter[str] = Counter()
    for around, parts in standing.taken:
        for part in parts:
            found[meaning(part, around).name] += part.amount_cents
    return found


def _denials(
    claim: Claim, standing: Standing, total_cents: int, expected: Expected | None, payer: PayerConfig
) -> list[Denial]:
    places = [
        (ours.line_control_number, line.remarks, line.adjustments, line.around)
        for ours, line in zip(claim.lines, standing.lines, strict=True)
    ]
    found = [
        denial(part, number, remarks, replacement=payer.accepts_replacement, around=around)
        for number, remarks, parts, around in [*places, ("", standing.remarks, standing.on_claim, standing.around)]
        for part in parts
        if is_denial(part, around)
    ]
    # What is paid with another line, and paid right, is denied of nobody (X12 RFI 2320: CO-97 on bundled lines).
    paid_within = {
        claim.lines[place].line_control_number
        for group, _, off in (groups(claim, standing, expected) if expected and found else ())
        if abs(off) <= payer.line_tolerance_cents * len(group)
        for place in group
    }
    # A duplicate denial of a claim that is paid says only that we sent it twice.
    return [
        each
        for each in found
        if not (each.category == "duplicate" and total_cents > 0) and each.line_control_number not in paid_within
    ]


def claim_causes(
    claim: Claim, own: Standing, expected: Expected, payer: PayerConfig, *, total_cents: int
) -> list[VarianceCause]:
    """The difference of the claim: each line's causes, then what was done to the claim as a whole."""
    on_claim = own.on_claim
    put_aside = any(each.is_decided for each in own.strange)  # then it is no answer to the claim as a whole
    if not put_aside and not any(line.seen for line in own.lines):
        difference = total_cents - sum(expected.paid_cents)
        around = own.around
        name = "denied" if total_cents == 0 and any(is_denial(part, around) for part in on_claim) else "claim_level"
        text = f"decided for the claim as a whole: {own.given or 'no reason given'}"
        again = max(min(difference, own.whole_again_cents), 0)
        return _causes(("duplicate_payment", again, _WHOLE_AGAIN), (name, difference - again, text))
    taken = sum(part.amount_cents for part in on_claim)
    rest = total_cents - sum(line.paid_cents for line in own.lines) - own.elsewhere_cents + taken
    again = max(min(rest, own.whole_again_cents), 0)
    aside = sum(each.line.paid_cents for each in own.strange if each.is_decided)
    whole = _causes(
        ("line_not_ours", own.elsewhere_cents - aside, "paid on lines that are none of the claim's"),
        ("line_put_aside", aside, "paid on lines that are none of the claim's, as somebody decided"),
        ("claim_level_adjustment", -taken, f"taken off the claim as a whole: {own.given}"),
        ("duplicate_payment", again, _WHOLE_AGAIN),
        ("reversal_remainder", rest - again, "reversals and what they take back differ"),
    )
    together, grouped = _of_groups(claim, own, expected, payer)
    of_lines = [
        cause
        for place, (ours, line) in enumerate(zip(claim.lines, own.lines, strict=True))
        if place not in grouped
        for cause in line_causes(place, ours, line, expected, payer)
    ]
    return of_lines + together + whole


def _of_groups(
    claim: Claim, own: Standing, expected: Expected, payer: PayerConfig
) -> tuple[list[VarianceCause], set[int]]:
    """The causes of lines that the payer answered as one, compared as one, and the places of these lines."""
    causes: list[VarianceCause] = []
    grouped: set[int] = set()
    for places, code, off in groups(claim, own, expected):
        right = abs(off) <= payer.line_tolerance_cents * len(places)
        codes = ", ".join(dict.fromkeys(claim.lines[place].procedure_code for place in sorted(places)))
        if not right and not code:
            continue
        grouped |= places
        name = "rounding" if right else "bundled"
        text = f"{codes}: paid together as {code}" if code else f"{codes}: answered as one line, and right in sum"
        causes += _causes((name, off, text))
    return causes, grouped


def _causes(*said: tuple[str, int, str]) -> list[VarianceCause]:
    """Name, cents and sentence of each, but of those that explain no cent."""
    return [VarianceCause(cause=name, amount_cents=cents, explanation=text) for name, cents, text in said if cents]


def _outcome(
    answers: Answers, expected_paid: int | None, causes: Sequence[VarianceCause], denials: Sequence[Denial]
) -> str:
    if not answers.own and not answers.later:
        return "reversed"
    if answers.total_cents == 0 and denials:
        return "denied"
    if expected_paid is None:
        return "no_expectation"
    real = sum(cause.amount_cents for cause in causes if cause.cause not in NOT_SHORT)
    if real < 0:
        return "underpaid"
    return "overpaid" if real > 0 else "paid_as_expected"


def _line_variances(claim: Claim, own: Standing, expected: Expected | None) -> list[LineVariance]:
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
        for place, (ours, line) in enumerate(zip(claim.lines, own.lines, strict=True))
    ]


def _explain(outcome: str, answers: Answers, expected_paid: int | None, causes: Sequence[VarianceCause]) -> list[str]:
    said = [
        f"{each.header.payer_name} {_verb(each.claim)} {usd(abs(each.claim.paid_cents))} by {each.header.trace_number}"
        f"{_where_next(each.claim)}"
        for each in as_happened(answers.ordered)
    ]
    paid = answers.total_cents - answers.later_cents
    if answers.unseen_cents:
        said.append(f"Of a payment that was never read here {usd(-answers.unseen_cents)} was taken back: kept apart.")
    if answers.later:
        said.append(f"Of this {usd(answers.later_cents)} by payers after the one that the claim went to.")
    if expected_paid is None:
        return [*said, f"Paid {usd(paid)}; nothing to expect is known for this payer and these codes."]
    said.append(f"Paid {usd(paid)} of {usd(expected_paid)} expected: {outcome.replace('_', ' ')}.")
    return said + [f"{usd(cause.amount_cents)} {cause.cause}: {cause.explanation}" for cause in causes]


def _where_next(paid: RemitClaim) -> str:
    """Who has the claim now, where the payer says that it sent it on."""
    remarks = {*paid.remarks, *(code for line in paid.lines for code in line.remarks)}
    if paid.status_code not in SENT_ON and not FORWARDED & remarks and not paid.forwarded_to:
        return ""
    return f", and sent the claim on to {paid.forwarded_to or 'the next payer'}"


def _verb(claim: RemitClaim) -> str:
    if claim.takes_back:
        return "took back"
    return "paid" if claim.paid_cents else "decided (status " + claim.status_code + ") and paid"
