"""What a person does next about a claim or a payment, and by when: the one place where work and its days come from."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal, TypedDict

from claimloom.payers import PayerConfig
from claimloom.reference.plb_meanings import BY_PAYEE, NONE, REVIEW, WITHHELD, PlbMeaning, plb_meaning
from claimloom.remit.answers import Posted
from claimloom.remit.cause_words import category_words, cause_words
from claimloom.remit.classify import ACTIONS, category
from claimloom.remit.outcome import Result
from claimloom.scrub.case import Case
from claimloom.scrub.dates import WARN_DAYS, days_to_file, filing_ends, timely_deadline
from schemas.claim import Claim, ClaimScrubbed, Finding, Severity
from schemas.fix_words import GIVEN_UP, words_of_fix
from schemas.followup import NextAction
from schemas.money import usd
from schemas.remittance import NOT_SHORT, Denial, ProviderAdjustment, RemitClaim, RemittanceReceived
from schemas.session import Session
from schemas.values import PayerClass

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
REOPENING_DAYS: Final = 365
REFUND_DAYS: Final = 60
"""An overpayment of Medicare Part B or Medicaid, after it was identified."""
BUFFER_DAYS: Final = 14
"""As long before a last day (of appeal, of filing) as a letter needs."""


def held(scrubbed: ClaimScrubbed, case: Case, worth_cents: int | None) -> NextAction:
    """A held claim: the change that frees it, in time to be filed. ``worth_cents``: what it should bring, if known."""
    errors = [finding for finding in scrubbed.findings if finding.severity is Severity.ERROR]
    latest, last = held_until(case)
    given_up = any(each.startswith(GIVEN_UP) for each in scrubbed.smallest_fix)
    return NextAction(
        kind="held",
        reason=_rules(errors),
        action="; ".join(words_of_fix(scrubbed))
        + ("" if given_up else "; then raise the revision and send the visit again"),
        due=max(case.as_of, min(latest, case.as_of + timedelta(days=HELD_DAYS))),
        last_day=last,
        **worth(worth_cents, scrubbed.total_charge_cents),
    )


def held_until(case: Case) -> tuple[date, date]:
    """The day by which a held claim should be freed, and the last one on which it can be filed."""
    last = timely_deadline(case)
    return last - timedelta(days=WARN_DAYS), last


def _rules(errors: Sequence[Finding]) -> str:
    """Each rule once, with its first place."""
    first: dict[str, str] = {}
    lines: Counter[str] = Counter(finding.code for finding in errors)
    for finding in errors:
        first.setdefault(finding.code, f"{finding.code} {finding.message}")
    return "; ".join(
        text + (f" (and {lines[code] - 1} more)" if lines[code] > 1 else "") for code, text in first.items()
    )


def worth(cents: int | None, charge_cents: int) -> Worth:
    """What is to be had: what should be paid, or the charge, said to be one, where nobody knows that."""
    return {"recoverable_cents": charge_cents if cents is None else cents, "of_charge": cents is None}


def mend_by(today: date, last: date | None) -> date:
    """A week from now, in time before a last day."""
    soon = today + timedelta(days=MEND_DAYS)
    return max(today, min(soon, last - timedelta(days=BUFFER_DAYS))) if last else soon


class Worth(TypedDict):
    """Two fields of what is to be done."""

    recoverable_cents: int
    of_charge: bool


Blame = Literal["claim", "file", "sent_twice", "neighbour"]
"""What was refused: the claim, its whole file, a file that the receiver had before, a file because of another claim."""
MENDS: Final[dict[Blame, str]] = {
    "claim": "correct what it names in the EMR, raise the revision and send the visit again",
    "file": "nobody has the claim and nothing is wrong with the visit: put right with the partner what it names "
    "(ids, versions, enrolment), then decide resend",
    "sent_twice": "look first whether the earlier file with this number was taken in (its 999 or 277CA, or ask): if it "
    "was, close this, since sending it again bills twice; if not, decide resend, which gives it a new number",
    "neighbour": "nobody has the claim and nothing is wrong with the visit: decide resend; the other claim is mended "
    "by itself",
}


def rejected(
    kind: str,
    message: str,
    worth_cents: int | None,
    charge_cents: int,
    today: date,
    last: date | None = None,
    blame: Blame = "claim",
) -> NextAction:
    """A claim that a TA1, 999 or 277CA (``kind``) refused; filing, which ends on ``last``, was not stopped by it."""
    return NextAction(
        kind="rejected",
        reason=f"{kind}: {message}",
        action=MENDS[blame],
        due=mend_by(today, last),
        last_day=last,
        **worth(worth_cents, charge_cents),
    )


def not_billed(
    session: Session, why: str, change: str, payer: PayerConfig | None, today: date, out: str = ""
) -> NextAction:
    """A visit of which no claim could be made: ``why``, and what to ``change``; ``payer``: None where the patient pays;
    ``out``: its claim that went out.
    """
    day = session.date_of_service
    last = days_to_file(payer, day, day).day if payer else None
    return NextAction(
        kind="not_billed",
        reason=f"visit {session.session_id} of {day} is not billed: {why}"
        + (f"; claim {out} of it is out" if out else ""),
        action=f"{change}, raise the revision and send the visit again; or close this if nothing is to be billed"
        + (", and decide void for that claim" if out else ""),
        due=mend_by(today, last),
        last_day=last,
        recoverable_cents=0,
    )


def no_claim(session: Session, why: str, action: str, today: date, charge_cents: int = 0) -> NextAction:
    """A visit of which nobody wants a claim: a state, no work."""
    return NextAction(
        kind="no_claim",
        reason=f"visit {session.session_id} of {session.date_of_service} {why}",
        action=action,
        due=today,
        recoverable_cents=charge_cents,
    )


def contradicted(kind: str, message: str, worth_cents: int | None, charge_cents: int, today: date) -> NextAction:
    """A claim of which a 277CA (``kind``) says both that it was taken and that it was not, or neither."""
    return NextAction(
        kind="conflict",
        reason=f"{kind} contradicts itself: {message}",
        action="ask who sent it whether the claim was taken; correct it and send it again only if it was not",
        due=today + timedelta(days=MEND_DAYS),
        **worth(worth_cents, charge_cents),
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


def unmatched(
    data: RemittanceReceived, paid: RemitClaim, today: date, could: Sequence[tuple[str, str]] = ()
) -> NextAction:
    """A payment of a claim that we do not know; ``could``: claims that it may mean, with what fits."""
    does = "takes back" if paid.paid_cents < 0 else "pays"
    action = {"takes back": "find the claim that it was paid for", "pays": "find the claim, or return the money"}[does]
    if not paid.paid_cents:
        does, action = "decides and pays", "find the claim: it is decided, and nobody sees that at it"
    if could:
        named = ", or ".join(f"{number} (its {why})" for number, why in could)
        action = f"it could be {named}; where it is: decide match, with claim=NUMBER; else {action}"
    return NextAction(
        kind="unmatched",
        reason=f"remittance {data.header.trace_number} {does} {usd(abs(paid.paid_cents))} for a claim that is not here",
        action=action,
        due=today + timedelta(days=DISPUTE_DAYS),
        recoverable_cents=max(paid.paid_cents, 0),
    )


def provider_level(plb: ProviderAdjustment, number: str, on: date, open_cents: int | None = None) -> NextAction | None:
    """Money taken back at provider level, or moved for a reason that we do not know; else nothing is to be done.

    ``number``: the claim that its reference names, or empty; ``on``: the day of the payment. ``open_cents``: what is
    open, after it, of all that is tied to it. What the payer gave back before it took it is none of our money.
    """
    meaning = plb_meaning(plb.reason)
    amount = plb.amount_cents if open_cents is None else open_cents
    if meaning.work == NONE or not amount or (meaning.work != REVIEW and amount < 0):
        return None
    about = f" for claim {number}" if number else ""
    reason, action, recoverable = _level_words(meaning, amount, amount != plb.amount_cents)
    return NextAction(
        kind="review",
        reason=f"PLB {plb.reason} ({meaning.words}){reason}{about}",
        action=action,
        due=on + timedelta(days=DISPUTE_DAYS),
        recoverable_cents=recoverable,
    )


def _level_words(meaning: PlbMeaning, amount: int, is_rest: bool) -> tuple[str, str, int]:
    """What an amount asks for: reason, action, and what there is to get back."""
    dollars = usd(abs(amount))
    if meaning.work == WITHHELD:
        reason = f": {dollars} of the payment went to somebody else, by law or by contract"
        action = "post it beside the deposit; ask whoever it was withheld for, since the payer owes nothing more"
        return reason, action, 0
    if amount < 0:
        return f" gives {dollars}", "book it where it belongs; no claim is paid by it", 0
    rest = ", more than the payer gave back before" if is_rest else ""
    if meaning.pair == BY_PAYEE:
        action = "ask the payer for the payment that carried it forward: none that is here did; dispute it if none did"
        return f" takes {dollars}{rest}", action, amount
    return f" takes {dollars}{rest}", "check that the money was owed; dispute it with the payer if not", amount


@dataclass(frozen=True, slots=True)
class _About:
    """What an answer to a claim left, and the days that count from it."""

    result: Result
    claim: Claim
    posted: Sequence[Posted]
    payer: PayerConfig

    @property
    def served(self) -> date:
        return self.claim.lines[0].date_of_service

    @property
    def start(self) -> date:
        """The newest day of payment."""
        days = [each.header.payment_date for each in self.posted if each.header.payment_date]
        return max(days, default=self.served)

    @property
    def soon(self) -> date:
        return self.start + timedelta(days=SOON_DAYS)

    @property
    def appeal_ends(self) -> date:
        return self.start + timedelta(days=self.payer.appeal_days)

    @property
    def appeal(self) -> date:
        return self.appeal_ends - timedelta(days=BUFFER_DAYS)

    def mending_ends(self, action: str) -> date:
        """The last day to do what a denial asks for: a new claim or correction in its days, a reopening within a year
        (42 CFR 405.980(c)(1)), else an appeal.
        """
        if "reopening" in action:
            return self.start + timedelta(days=REOPENING_DAYS)
        if not any(word in action for word in ("again", "new claim")):
            return self.appeal_ends
        corrects = self.payer.accepts_replacement and "new claim" not in action
        claim = self.claim.model_copy(update={"frequency_code": "7"}) if corrects else self.claim
        return filing_ends(claim, self.payer, self.served, self.start).day


def of_result(result: Result, claim: Claim, posted: Sequence[Posted], payer: PayerConfig) -> NextAction | None:
    """What an answer to a claim asks for; None where it is as expected, or too little to dispute."""
    about = _About(result, claim, posted, payer)
    return next((found for ask in _ASKED if (found := ask(about))), None)


def _taken_back(about: _About) -> NextAction | None:
    if about.result.outcome != "reversed":
        return None
    return NextAction(
        kind="review",
        reason="payment reversed",
        action="look for the correction in later remittances; without one ask the payer why it took the money back",
        due=about.soon,
        **worth(about.result.expected_paid_cents, about.claim.total_charge_cents),
    )


def _pays_second(about: _About) -> NextAction | None:
    """Our only payer says that it pays after another one, which no coverage of the visit names."""
    result = about.result
    if not result.second:
        return None
    taken = -sum(cause.amount_cents for cause in result.causes if cause.cause == "payer_order")
    payer = about.posted[-1].header.payer_name
    return NextAction(
        kind="other_payer",
        reason=f"{payer} pays as second payer: another payer is meant to pay first, and none is known",
        action="ask the patient who pays first and bill that payer; if nobody does, have the payer correct its records",
        due=about.soon,
        recoverable_cents=max(taken, 0) or max(_missing(result), 0),
    )


def _lines_unknown(about: _About) -> NextAction | None:
    """Lines of an answer may be for lines of ours that it is not known to speak of: first of all that is found out."""
    if not about.result.unsure:
        return None
    return NextAction(
        kind="review",
        reason="; ".join(about.result.unsure),
        action="compare the two (claims show counts the lines), then decide match_line with payment=TRACE, line=NUMBER "
        "and to=LINE of the claim, or to=none",
        due=about.soon,
        recoverable_cents=max(_missing(about.result), 0),
    )


def _refused(about: _About) -> NextAction | None:
    """A denial, where money is missing by it."""
    result, worst = about.result, _worst(about.result.denials)
    if worst is None or not (result.expected_paid_cents is None or _missing(result) > 0):
        return None
    last = about.mending_ends(worst.action)
    due = max(min(about.soon, about.appeal, last - timedelta(days=BUFFER_DAYS)), about.start)
    return _denied(result, worst, due, last)


def _short(about: _About) -> NextAction | None:
    if about.result.outcome != "underpaid" or not _worth_a_dispute(about.result, about.payer):
        return None
    return NextAction(
        kind="underpaid",
        reason=f"paid less than expected: {_causes(about.result)}",
        action="dispute it with the payer: claims show prints the lines, the fees and the arithmetic",
        due=min(about.soon, about.appeal),
        last_day=about.appeal_ends,
        recoverable_cents=_missing(about.result),
    )


def _over(about: _About) -> NextAction | None:
    if about.result.outcome != "overpaid":
        return None
    back = about.start + timedelta(days=REFUND_DAYS) if _is_federal(about.payer) else None
    return NextAction(
        kind="overpaid",
        reason=f"paid {usd(-_missing(about.result))} more than expected: {_causes(about.result)}",
        action=f"check it; return what is too much {_until(about.payer)}, then: decide refund",
        due=back or about.soon,
        last_day=back,
        recoverable_cents=0,
    )


def _is_federal(payer: PayerConfig) -> bool:
    return payer.payer_class in (PayerClass.MEDICARE_B, PayerClass.MEDICAID)


def _until(payer: PayerConfig) -> str:
    """When an overpayment has to be back. Part B and Medicaid: Social Security Act 1128J(d), 42 CFR 401.305."""
    if _is_federal(payer):
        return f"within {REFUND_DAYS} days of finding it (Social Security Act 1128J(d))"
    return "as the contract with the payer says"


def _refused_later(about: _About) -> NextAction | None:
    """A later payer refuses for a reason that can be mended: its part is open, and neither the patient's nor gone."""
    worst = _worst(about.result.refused)
    if worst is None:
        return None
    return NextAction(
        kind="denied",
        reason=f"the next payer refuses: {worst.group}-{worst.reason} ({category_words(worst.category)})",
        action=worst.action,
        due=max(min(about.soon, about.appeal), about.start),
        last_day=about.appeal_ends,
        recoverable_cents=worst.amount_cents,
    )


def _lost_later(about: _About) -> NextAction | None:
    if about.result.later_lost_cents <= 0:
        return None
    return NextAction(
        kind="review",
        reason=f"the next payer took its payment back, {usd(about.result.later_lost_cents)}, and sent no correction",
        action="look for the correction in later remittances; without one ask that payer why",
        due=about.soon,
        recoverable_cents=about.result.later_lost_cents,
    )


def _not_the_patients(about: _About) -> NextAction | None:
    if about.result.qmb_cents <= 0 or about.claim.payers_after:  # a later payer that is known is billed by itself
        return None
    amount = usd(about.result.qmb_cents)
    return NextAction(
        kind="other_payer",
        reason=f"the patient is a Qualified Medicare Beneficiary and may not be billed the {amount} of cost sharing",
        action=ACTIONS["bill_medicaid"],
        due=about.soon,
        recoverable_cents=about.result.qmb_cents,
    )


def _unseen(about: _About) -> NextAction | None:
    """Money taken back of a payment that is not here: nobody can say yet whether anything is missing."""
    taken = -about.result.unseen_cents
    if not taken:
        return None
    return NextAction(
        kind="review",
        reason=f"the payer took back {usd(taken)} of a payment that was never read here",
        action="find the payment and read its 835 in (or post it); where there was none, ask the payer for its money",
        due=about.soon,
        recoverable_cents=taken,
    )


def _undecided(about: _About) -> NextAction | None:
    late = [cause for cause in about.result.causes if cause.cause == "not_decided"]
    if not late:
        return None
    return NextAction(
        kind="review",
        reason="; ".join(cause.explanation for cause in late),
        action="wait for the payer's answer to the rest; ask for it if none comes",
        due=about.soon,
        recoverable_cents=-sum(cause.amount_cents for cause in late),
    )


_ASKED: Final[Sequence[Callable[[_About], NextAction | None]]] = (
    *(_taken_back, _pays_second, _lines_unknown, _refused, _short, _over),
    *(_refused_later, _lost_later, _not_the_patients, _unseen, _undecided),
)
"""What an answer can ask for, the most pressing first: a claim has one item of work."""


def sent_on(data: RemittanceReceived, today: date) -> NextAction:
    """A payer says that the claim is not its own, and that another one has it now (CLP02 = 23)."""
    paid = data.claim
    assert paid is not None
    return NextAction(
        kind="other_payer",
        reason=f"{data.header.payer_name} says the claim is not its own; {paid.forwarded_to or 'another payer'} has it",
        action="follow it there: ask that payer for its answer, and correct the coverage in the EMR",
        due=(data.header.payment_date or today) + timedelta(days=SOON_DAYS),
        **worth(None, paid.charge_cents),
    )


def _denied(result: Result, worst: Denial, due: date, last: date) -> NextAction:
    remarks = f" with {', '.join(worst.remarks)}" if worst.remarks else ""
    nothing_paid = result.outcome == "denied" or any(cause.cause == "denied" for cause in result.causes)
    return NextAction(
        kind="denied" if nothing_paid else "underpaid",
        reason=f"{worst.group}-{worst.reason}{remarks}: {category(worst.reason).label} "
        f"({category_words(worst.category)})",
        action=worst.action,
        due=due,
        last_day=last,
        **worth(None if result.expected_paid_cents is None else _missing(result), worst.amount_cents),
    )


def _missing(result: Result) -> int:
    return -sum(cause.amount_cents for cause in result.causes if cause.cause not in NOT_SHORT)


def _causes(result: Result) -> str:
    return ", ".join(dict.fromkeys(cause_words(cause.cause) for cause in result.causes if cause.cause not in NOT_SHORT))


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
