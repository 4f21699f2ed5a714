"""Paid against expected for a claim: how it stands, what the difference consists of, and the sentences for people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from claimloom.payers import PayerConfig
from claimloom.remit.causes import line_causes
from claimloom.remit.classify import category, denial, is_denial, is_patient_share
from claimloom.remit.expected import Expected
from claimloom.remit.standing import NO_POSTING, REVERSAL, Line, Posted, as_happened, lines_of, not_taken_back
from schemas.claim import Claim
from schemas.followup import NextAction
from schemas.money import usd
from schemas.remittance import Adjustment, Denial, LineVariance, RemitClaim, VarianceCause


@dataclass(frozen=True, slots=True)
class Result:
    """The claim as it stands after all its remittances; ``causes`` sum to total paid less expected.

    What is to be done, and the stamp of what it was priced by, is for the desk to say.
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
    next_action: NextAction | None = None
    priced_by: str = ""


def reconcile(claim: Claim, posted: Sequence[Posted], expected: Expected | None, payer: PayerConfig) -> Result:
    """The claim against what it should have brought; None where nothing is known to expect."""
    ordered = sorted(posted, key=lambda each: each.order)
    total = sum(each.claim.paid_cents for each in ordered if each.claim.status_code not in NO_POSTING)
    left = not_taken_back(ordered)
    lines, elsewhere = lines_of(claim, left)
    denials = _denials(claim, lines, left, total, replacement=payer.accepts_replacement)
    causes: list[VarianceCause] = []
    if expected is not None and left:
        causes = claim_causes(claim, lines, expected, payer, elsewhere=elsewhere, left=left, total_cents=total)
    elif expected is not None and (missing := total - sum(expected.paid_cents)):
        causes = [_cause("reversed", missing, "the payer took its payment back and sent no correction")]
    expected_paid = sum(expected.paid_cents) if expected is not None else None
    outcome = _outcome(left, total, expected_paid, causes, denials)
    parts = [*_of_claim(left), *(part for line in lines for part in line.adjustments)]
    return Result(
        outcome=outcome,
        total_paid_cents=total,
        expected_paid_cents=expected_paid,
        patient_cents=sum(part.amount_cents for part in parts if is_patient_share(part)),
        contractual_cents=sum(part.amount_cents for part in parts if category(part.reason).name == "contractual"),
        causes=causes,
        lines=_line_variances(claim, lines, expected),
        denials=denials,
        explanation=_explain(outcome, total, expected_paid, causes, as_happened(ordered)),
    )


def _of_claim(left: Sequence[Posted]) -> list[Adjustment]:
    """Adjustments of the claim as a whole, CAS of loop 2100."""
    return [part for each in left for part in each.claim.adjustments]


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


def claim_causes(
    claim: Claim,
    lines: Sequence[Line],
    expected: Expected,
    payer: PayerConfig,
    *,
    elsewhere: int,
    left: Sequence[Posted],
    total_cents: int,
) -> list[VarianceCause]:
    """The difference of the claim: each line's causes, then what was done to the claim as a whole.

    ``elsewhere``: cents paid on lines that are none of the claim's.
    """
    on_claim = _of_claim(left)
    given = ", ".join(f"{part.group}-{part.reason}" for part in on_claim)
    if not any(line.seen for line in lines):
        difference = total_cents - sum(expected.paid_cents)
        name = "denied" if total_cents == 0 and any(is_denial(part) for part in on_claim) else "claim_level"
        text = f"decided for the claim as a whole: {given or 'no reason given'}"
        return [_cause(name, difference, text)] if difference else []
    taken = sum(part.amount_cents for part in on_claim)
    rest = total_cents - sum(line.paid_cents for line in lines) - elsewhere + taken
    whole = [
        _cause("line_not_ours", elsewhere, "paid on lines that are none of the claim's"),
        _cause("claim_level_adjustment", -taken, f"taken off the claim as a whole: {given}"),
        _cause("reversal_remainder", rest, "reversals and what they take back differ"),
    ]
    of_lines = [
        cause
        for place, (ours, line) in enumerate(zip(claim.lines, lines, strict=True))
        for cause in line_causes(place, ours, line, expected, payer)
    ]
    return of_lines + [cause for cause in whole if cause.amount_cents]


def _cause(name: str, amount: int, explanation: str) -> VarianceCause:
    return VarianceCause(cause=name, amount_cents=amount, explanation=explanation)


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
        f"{each.header.payer_name} {_verb(each.claim)} {usd(abs(each.claim.paid_cents))} by {each.header.trace_number}"
        for each in ordered
    ]
    if expected_paid is None:
        return [*said, f"Paid {usd(total)}; nothing to expect is known for this payer and these codes."]
    said.append(f"Paid {usd(total)} of {usd(expected_paid)} expected: {outcome.replace('_', ' ')}.")
    return said + [f"{usd(cause.amount_cents)} {cause.cause}: {cause.explanation}" for cause in causes]


def _verb(claim: RemitClaim) -> str:
    if claim.status_code == REVERSAL:
        return "took back"
    return "paid" if claim.paid_cents else "decided (status " + claim.status_code + ") and paid"
