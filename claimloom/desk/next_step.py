"""What comes after an answer: the next payer is billed now, or was sent the claim by this one, or a person decides.

A later payer is billed when the payer before it has decided, a final denial included. One for lack of information, or
for what can be mended, is mended first: the later payer would deny for the same (Security Health Plan, provider manual,
coordination of benefits, https://www.securityhealth.org/providers/provider-manual/). What a payer forwards by itself is
not billed again: plans refuse what comes within 30 days of Medicare's payment
(http://www.bcbsnm.com/provider/news/2014_05_29.html; Independence Blue Cross on Medicare supplemental claims,
https://provcomm.ibx.com/archive-ibc/), and CMS asks for 15 working days (MLN SE0909). Of a hundred such claims one
never arrives, says the same article, so the waiting ends with a question.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from claimloom.billing.secondary import Answer
from claimloom.desk.next_action import SOON_DAYS
from claimloom.payers import PayerConfig
from claimloom.remit.answers import SENT_ON, Posted, sort_out
from claimloom.remit.classify import FORWARDED, is_denial, meaning
from claimloom.remit.standing import Standing, answer_in_force, standing
from schemas.claim import Claim
from schemas.followup import NextAction
from schemas.remittance import Adjustment, RemitClaim
from schemas.session import Coverage

FINAL: Final = frozenset({"benefit_max", "benefit_exclusion", "medical_necessity"})
"""Denials that no correction changes, where they are the patient's or another payer's (group PR, OA): a later payer
may cover what this one does not. What the provider has to bear (CO) no later payer takes over.
"""
NEXT_PAYER: Final = "next_payer"
LOOK_DAYS: Final = 7


@dataclass(frozen=True, slots=True)
class NextStep:
    """Bill the next payer after this answer, or ask a person, from a day on if one is given; neither: there is nothing.

    ``told``: the answer, where there is one to bill by.
    """

    told: Answer | None = None
    action: NextAction | None = None
    not_before: date | None = None


NOTHING: Final = NextStep()


def after_answers(
    claim: Claim, posted: Sequence[Posted], payer: PayerConfig, following: Coverage, today: date, *, asked: bool = False
) -> NextStep:
    """What to do about the payer that follows, by all remittances of a claim. ``asked``: a person says to bill it, so
    nothing is waited for.
    """
    answers = sort_out(claim, posted)
    if not answers.own:
        return ask(claim, following, "no answer of the payer before it stands", None, today) if asked else NOTHING
    if answers.later and not asked:
        return NOTHING  # it has the claim
    stands = standing(claim, answers.own, payer)
    told = answer_in_force(claim, answers.own, stands)
    day = _day(answers.own, claim)
    if told is None or answers.total_cents - answers.later_cents != sum(each.claim.paid_cents for each in answers.own):
        reason = "what the payer before it answered and took back does not come to one answer"
        return ask(claim, following, reason, None, day)
    if not asked:
        if where := _forwarded_to(answers.own, payer, following):
            return _crossed_over(claim, payer, following, where, _shared(told), day)
        if not _is_decided(told, stands):
            return NOTHING
    return NextStep(told=Answer(told, day))


def ask(claim: Claim, following: Coverage, reason: str, cents: int | None, day: date) -> NextStep:
    """The next payer cannot be billed by itself."""
    return NextStep(
        action=NextAction(
            kind=NEXT_PAYER,
            reason=f"{following.payer_name} comes next and is not billed: {reason}",
            action="look at the remittances (claims show); bill it by hand with them, then close this, "
            "or decide bill_next_payer once they add up",
            due=day + timedelta(days=SOON_DAYS),
            recoverable_cents=claim.total_charge_cents if cents is None else cents,
            of_charge=cents is None,
        )
    )


def _crossed_over(claim: Claim, payer: PayerConfig, following: Coverage, where: str, cents: int, day: date) -> NextStep:
    last = day + timedelta(days=payer.crossover_wait_days)
    return NextStep(
        action=NextAction(
            kind=NEXT_PAYER,
            reason=f"{claim.coverage.payer_name} sent the claim on to {where}, which has said nothing in "
            f"{payer.crossover_wait_days} days",
            action=f"ask {following.payer_name} whether it has the claim: decide forwarded if it has, bill_next_payer "
            "if it has not",
            due=last + timedelta(days=LOOK_DAYS),
            recoverable_cents=cents,
        ),
        not_before=last,
    )


def is_unprocessable(told: RemitClaim) -> bool:
    """Whether the payer says that it could not process the claim (MA130, wherever it stands): no determination, so
    what is corrected goes out as a new claim (NGS Medicare, article 972099 on unprocessable claims).
    """
    return not told.paid_cents and "MA130" in remarks_of(told)


def remarks_of(told: RemitClaim) -> set[str]:
    """RARCs of the claim and its lines."""
    return {*told.remarks, *(code for line in told.lines for code in line.remarks)}


def _adjustments(told: RemitClaim) -> Iterable[Adjustment]:
    return [*told.adjustments, *(part for line in told.lines for part in line.adjustments)]


def _shared(told: RemitClaim) -> int:
    """What it leaves to the patient, or to who pays for him."""
    return max(sum(part.amount_cents for part in _adjustments(told) if part.group == "PR"), 0)


def _is_decided(told: RemitClaim, stands: Standing) -> bool:
    """Whether something is left for a later payer that no correction would bring."""
    if told.paid_cents:
        return _shared(told) > 0
    refused = [
        (part.group, meaning(part, around).name)
        for around, parts in stands.taken
        for part in parts
        if is_denial(part, around)
    ]
    final = all(group != "CO" and name in FINAL for group, name in refused)
    return final and (bool(refused) or _shared(told) > 0)


def _forwarded_to(own: Sequence[Posted], payer: PayerConfig, following: Coverage) -> str:
    """The payer that has the claim by now, as the 835 says it or as is agreed on; empty if none has."""
    for each in reversed(own):
        told = each.claim
        if told.status_code in SENT_ON or FORWARDED & remarks_of(told) or told.forwarded_to:
            return told.forwarded_to or following.payer_name
    agreed = following.payer_id in payer.crossover or "*" in payer.crossover
    return following.payer_name if agreed else ""


def _day(own: Sequence[Posted], claim: Claim) -> date:
    days = [day for each in own if (day := each.header.payment_date or each.header.production_date)]
    return max(days, default=claim.lines[0].date_of_service)


def still_waiting(claim: Claim, following: Coverage, payer: PayerConfig, today: date) -> NextStep:
    """A person says that the next payer has the claim: it is asked about again if no answer comes."""
    return _crossed_over(claim, payer, following, following.payer_name, claim.total_charge_cents, today)
