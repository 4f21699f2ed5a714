"""What a person does next about a claim or a payment, and by when: the one place where work and its days come from."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from claimloom.payers import PayerConfig
from claimloom.remit.classify import category
from claimloom.remit.outcome import Result
from claimloom.remit.set_aside import PLB_WORDS, plb_words
from claimloom.remit.standing import Posted
from claimloom.scrub.case import Case
from claimloom.scrub.dates import WARN_DAYS, timely_deadline
from schemas.claim import Claim, ClaimScrubbed, Finding, Severity
from schemas.followup import NextAction
from schemas.money import usd
from schemas.remittance import Denial, ProviderAdjustment, RemitClaim, RemittanceReceived

HELD_DAYS: Final = 7
"""A held claim, unless filing ends sooner."""
MEND_DAYS: Final = 7
"""A claim that was refused: correct it and send it again."""
UNPROVEN_DAYS: Final = 30
"""An answer that fits nothing we sent."""
LOOK_DAYS: Final = 7
"""A payment that does not add up or was told twice: ask the payer."""
DISPUTE_DAYS: Final = 30
"""Money of nobody, or taken back at provider level."""
SOON_DAYS: Final = 30
"""A payment that is not as expected."""
BUFFER_DAYS: Final = 14
"""As long before a last day (of appeal, of filing) as a letter needs."""

TAKES_BACK: Final = frozenset({"WO", "FB", "CS", "J1", "WU"})


def held(scrubbed: ClaimScrubbed, case: Case, worth_cents: int) -> NextAction:
    """A held claim: the change that frees it, in time to be filed. ``worth_cents``: what it should bring."""
    errors = [finding for finding in scrubbed.findings if finding.severity is Severity.ERROR]
    latest = timely_deadline(case) - timedelta(days=WARN_DAYS)
    return NextAction(
        kind="held",
        reason=_rules(errors),
        action="; ".join(scrubbed.smallest_fix) + "; then raise the revision and send the visit again",
        due=max(case.as_of, min(latest, case.as_of + timedelta(days=HELD_DAYS))),
        recoverable_cents=worth_cents,
    )


def _rules(errors: Sequence[Finding]) -> str:
    """Each rule once, with its first place."""
    first: dict[str, str] = {}
    lines: Counter[str] = Counter(finding.code for finding in errors)
    for finding in errors:
        first.setdefault(finding.code, f"{finding.code} {finding.message}")
    return "; ".join(
        text + (f" (and {lines[code] - 1} more)" if lines[code] > 1 else "") for code, text in first.items()
    )


def rejected(kind: str, message: str, worth_cents: int, today: date) -> NextAction:
    """A claim that a TA1, 999 or 277CA (``kind``) refused."""
    return NextAction(
        kind="rejected",
        reason=f"{kind}: {message}",
        action="correct what it names in the EMR, raise the revision and send the visit again",
        due=today + timedelta(days=MEND_DAYS),
        recoverable_cents=worth_cents,
    )


def contradicted(kind: str, message: str, worth_cents: int, today: date) -> NextAction:
    """A claim of which a 277CA (``kind``) says both that it was taken and that it was not, or neither."""
    return NextAction(
        kind="conflict",
        reason=f"{kind} contradicts itself: {message}",
        action="ask who sent it whether the claim was taken; correct it and send it again only if it was not",
        due=today + timedelta(days=MEND_DAYS),
        recoverable_cents=worth_cents,
    )


def answers_nothing(kind: str, today: date) -> NextAction:
    """A TA1, 999 or 277CA (``kind``) of nothing that we know."""
    return NextAction(
        kind="unmatched",
        reason=f"{kind} answer fits nothing that was sent",
        action="look whether it belongs to another system or a test file",
        due=today + timedelta(days=UNPROVEN_DAYS),
        recoverable_cents=0,
    )


def unbalanced(data: RemittanceReceived, today: date) -> NextAction:
    """A remittance that was not posted because its amounts do not add up."""
    worst = max(data.imbalances, key=lambda each: abs(each.difference_cents))
    return NextAction(
        kind="suspense",
        reason=f"remittance {data.header.trace_number} does not balance: {worst.rule} by "
        f"{usd(worst.difference_cents)} at segment {worst.segment_number} of {data.file_name}",
        action="not posted; ask the payer for a corrected 835",
        due=today + timedelta(days=LOOK_DAYS),
        recoverable_cents=max(data.claim.paid_cents, 0) if data.claim else 0,
    )


def told_again(data: RemittanceReceived, today: date) -> NextAction:
    """A payment that was read before and now says something else."""
    return NextAction(
        kind="review",
        reason=f"payment {data.header.trace_number} was told again with other content, by {data.file_name}",
        action=f"compare it with {data.duplicate_of}; ask the payer which one holds",
        due=today + timedelta(days=LOOK_DAYS),
        recoverable_cents=0,
    )


def told_otherwise(differs: str, file_name: str, line: int, today: date) -> NextAction:
    """A visit that is known under its id and revision, and was told with other content (``differs``: names alone)."""
    return NextAction(
        kind="conflict",
        reason=f"line {line} of {file_name} tells the visit otherwise under the same revision: {differs}",
        action="ask the clinic which holds: a correction needs a higher revision, another visit an id of its own",
        due=today + timedelta(days=LOOK_DAYS),
        recoverable_cents=0,
    )


def unmatched(data: RemittanceReceived, paid: RemitClaim, today: date) -> NextAction:
    """A payment of a claim that we do not know."""
    return NextAction(
        kind="unmatched",
        reason=f"remittance {data.header.trace_number} pays {usd(paid.paid_cents)} for a claim that is not ours to see",
        action="find the claim, or return the money",
        due=today + timedelta(days=DISPUTE_DAYS),
        recoverable_cents=max(paid.paid_cents, 0),
    )


def provider_level(plb: ProviderAdjustment, number: str, on: date) -> NextAction | None:
    """Money taken back at provider level, or moved for a reason that we do not know; else nothing is to be done.

    ``number``: the claim that its reference names, or empty; ``on``: the day of the payment.
    """
    if not (plb.amount_cents > 0 and plb.reason in TAKES_BACK) and plb.reason in PLB_WORDS:
        return None
    about = f" for claim {number}" if number else ""
    return NextAction(
        kind="review",
        reason=f"PLB {plb.reason} ({plb_words(plb)}){about}",
        action="check that the money was owed; dispute it with the payer if not",
        due=on + timedelta(days=DISPUTE_DAYS),
        recoverable_cents=max(plb.amount_cents, 0),
    )


def of_result(result: Result, claim: Claim, posted: Sequence[Posted], payer: PayerConfig) -> NextAction | None:
    """What an answer to a claim asks for; None where it is as expected, or too little to dispute."""
    served = claim.lines[0].date_of_service
    decided = max((each.header.payment_date for each in posted if each.header.payment_date), default=None)
    start = decided or served
    soon = start + timedelta(days=SOON_DAYS)
    appeal = start + timedelta(days=payer.appeal_days - BUFFER_DAYS)
    if result.outcome == "reversed":
        return NextAction(
            kind="review",
            reason="payment reversed",
            action="look for the correction in later remittances; without one ask the payer why it took the money back",
            due=soon,
            recoverable_cents=result.expected_paid_cents or claim.total_charge_cents,
        )
    worst = _worst(result.denials)
    if worst and (result.expected_paid_cents is None or _missing(result) > 0):
        again = any(word in worst.action for word in ("again", "new claim", "reopening"))
        refile = served + timedelta(days=payer.timely_days - BUFFER_DAYS) if again else soon
        return _denied(result, worst, max(min(soon, appeal, refile), start))
    if result.outcome == "underpaid" and _worth_a_dispute(result, payer):
        return NextAction(
            kind="underpaid",
            reason=f"paid less than expected: {_causes(result)}",
            action="dispute it with the payer: claims show prints the lines, the fees and the arithmetic",
            due=min(soon, appeal),
            recoverable_cents=_missing(result),
        )
    if result.outcome == "overpaid":
        return NextAction(
            kind="overpaid",
            reason=f"paid more than expected: {_causes(result)}",
            action="check it; return what is too much (federal payers: within 60 days of finding it)",
            due=soon,
            recoverable_cents=0,
        )
    return None


def _denied(result: Result, worst: Denial, due: date) -> NextAction:
    remarks = f" with {', '.join(worst.remarks)}" if worst.remarks else ""
    nothing_paid = result.outcome == "denied" or any(cause.cause == "denied" for cause in result.causes)
    return NextAction(
        kind="denied" if nothing_paid else "underpaid",
        reason=f"{worst.group}-{worst.reason}{remarks}: {category(worst.reason).label} ({worst.category})",
        action=worst.action,
        due=due,
        recoverable_cents=worst.amount_cents if result.expected_paid_cents is None else _missing(result),
    )


def _missing(result: Result) -> int:
    return -sum(cause.amount_cents for cause in result.causes if cause.cause != "rounding")


def _causes(result: Result) -> str:
    return ", ".join(dict.fromkeys(cause.cause for cause in result.causes if cause.cause != "rounding"))


def _worst(denials: Sequence[Denial]) -> Denial | None:
    """The denial that says what to do: the largest sum of one reason code."""
    sums: dict[str, int] = defaultdict(int)
    for each in denials:
        sums[each.reason] += each.amount_cents
    return max(denials, key=lambda each: (sums[each.reason], each.amount_cents), default=None)


def _worth_a_dispute(result: Result, payer: PayerConfig) -> bool:
    """Above the payer's limits: a line by amount and share, or the claim by amount."""
    for line in result.lines:
        if line.expected_allowed_cents is not None:
            short = line.expected_allowed_cents - line.actual_allowed_cents
            if short > payer.dispute_line_cents and short > payer.dispute_line * line.expected_allowed_cents:
                return True
    return _missing(result) > payer.dispute_claim_cents
