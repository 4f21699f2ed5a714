"""What comes after an answer: the next payer is billed now, or was sent the claim by this one, or a person decides.

Who comes next is asked of the answer in force that stands last in the order of payers, whichever claim it came to: a
payer that was sent the claim on answers under the number of the claim that we sent. Each payer is billed after the one
before it decided, with what all of them did (Stedi, submit secondary and tertiary claims,
https://www.stedi.com/docs/healthcare/submit-secondary-tertiary-claims; Noridian, MSP tertiary claims,
https://med.noridianmedicare.com/web/jfa/topics/msp/msp-tertiary-claims).

A final denial decides too. One for lack of information, or for what can be mended, is mended first, also where other
lines were paid: the later payer would deny that line for the same (Security Health Plan, provider manual, coordination
of benefits, https://www.securityhealth.org/providers/provider-manual/), and is billed once, with the answer to all
lines. So that a share does not lie for ever, a person is asked when no correction was answered in time. What a payer
forwards by itself is not billed again: plans refuse what comes within 30 days of Medicare's payment
(http://www.bcbsnm.com/provider/news/2014_05_29.html; Independence Blue Cross on Medicare supplemental claims,
https://provcomm.ibx.com/archive-ibc/), and CMS asks for 15 working days (MLN SE0909). Of a hundred such claims one
never arrives, says the same article, so the waiting ends with a question.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from claimloom.billing.secondary import ORDER, Answer, SecondaryError, secondary_claim
from claimloom.desk.next_action import SOON_DAYS
from claimloom.payers import PayerConfig
from claimloom.remit.answers import SENT_ON, Answers, Posted, in_line, sort_out
from claimloom.remit.classify import FORWARDED
from claimloom.remit.left import held_by, left
from claimloom.remit.standing import Standing, answer_in_force, standing
from schemas.claim import Claim
from schemas.followup import NextAction
from schemas.remittance import RemitClaim
from schemas.session import Coverage

NEXT_PAYER: Final = "next_payer"
LOOK_DAYS: Final = 7
PayerOf = Callable[[Claim], PayerConfig]


@dataclass(frozen=True, slots=True)
class Turn:
    """A payer in line: the claim as it has it (our own, or as the payer before sent it on), its settings, its answers
    and how these leave the claim, the answer in force as one, and the coverage that pays after it.
    """

    claim: Claim
    payer: PayerConfig
    own: Sequence[Posted]
    stands: Standing
    told: RemitClaim | None
    following: Coverage | None

    @property
    def day(self) -> date:
        """Of its newest payment."""
        days = [day for each in self.own if (day := each.header.payment_date or each.header.production_date)]
        return max(days, default=self.claim.lines[0].date_of_service)

    @property
    def is_decided(self) -> bool:
        """Whether something is left for a later payer that no correction would bring."""
        return left(self.stands) > 0 and not held_by(self.stands)


@dataclass(frozen=True, slots=True)
class NextStep:
    """Bill the next payer after this answer, or ask a person, from a day on if one is given; neither: there is nothing.

    ``told``: the answer, where there is one to bill by, to ``claim``, after whose payer comes ``following``.
    """

    told: Answer | None = None
    claim: Claim | None = None
    following: Coverage | None = None
    action: NextAction | None = None
    not_before: date | None = None


NOTHING: Final = NextStep()


def turns(claim: Claim, answers: Answers, payer_of: PayerOf, coverages: Sequence[Coverage]) -> list[Turn]:
    """The payers in line that answered a claim, in their order, its own first; only as far as the answer of each says
    what the one after it was sent.
    """
    found = [_turn(claim, answers.own, payer_of, coverages)]
    for place, own in in_line(claim, answers.later).items():
        last = found[-1]
        if place != len(found) or last.told is None or last.following is None:
            break
        try:
            sent_on = secondary_claim(last.claim, Answer(last.told, last.day), last.following, claim_id=claim.claim_id)
        except SecondaryError:
            break
        found.append(_turn(sent_on, own, payer_of, coverages))
    return found


def _turn(claim: Claim, own: Sequence[Posted], payer_of: PayerOf, coverages: Sequence[Coverage]) -> Turn:
    payer = payer_of(claim)
    stands = standing(claim, own, payer)
    told = answer_in_force(claim, own, stands) if own else None
    return Turn(claim, payer, own, stands, told, coverage_after(claim, coverages))


def coverage_after(claim: Claim, coverages: Sequence[Coverage]) -> Coverage | None:
    """The coverage that pays after the claim's."""
    place = ORDER.find(claim.responsibility) + 1
    return coverages[place] if 0 < place < len(coverages) else None


def reached(claim: Claim, posted: Sequence[Posted]) -> int:
    """How many places after a claim's own payer the last payer in line comes that answered."""
    return max(in_line(claim, sort_out(claim, posted).later), default=0)


def after_answers(
    claim: Claim,
    posted: Sequence[Posted],
    payer_of: PayerOf,
    coverages: Sequence[Coverage],
    today: date,
    *,
    asked: bool = False,
) -> NextStep:
    """What to do about the payer that follows, by all remittances of a claim. ``coverages`` of its visit; ``asked``: a
    person says to bill it, so nothing is waited for. A payer that was sent the claim and refuses it for what can be
    mended is the one that is billed then.
    """
    answers = sort_out(claim, posted)
    line = turns(claim, answers, payer_of, coverages)
    last, place = line[-1], reached(claim, posted)
    following = coverages[at] if 0 < (at := ORDER.find(claim.responsibility) + place + 1) < len(coverages) else None
    if asked and len(line) > 1 and held_by(last.stands):
        last, following = line[-2], line[-2].following
    elif following is None:
        return _nobody_next(last, today) if asked and place else NOTHING
    assert following is not None
    if not answers.own:
        return ask(claim, following, "no answer of the payer before it stands", None, today) if asked else NOTHING
    if len(line) <= place or last.told is None or _is_uneven(answers, place):
        reason = "what the payers before it answered and took back does not come to one answer"
        return ask(claim, following, reason, None, last.day)
    if not asked:
        if where := _forwarded_to(last.own, last.payer, following):
            return _crossed_over(last.claim, last.payer, following, where, left(last.stands), last.day)
        if not last.is_decided:
            return _mended_first(last, following) if left(last.stands) > 0 else NOTHING
    return NextStep(told=Answer(last.told, last.day), claim=last.claim, following=following)


def _is_uneven(answers: Answers, place: int) -> bool:
    """Whether more was paid or taken back than the answers that stand tell of, by the claim's own payer and, where the
    newest answer is a later one's, by those.
    """
    own, later = (sum(each.claim.paid_cents for each in some) for some in (answers.own, answers.later))
    return answers.total_cents - answers.later_cents != own or (place > 0 and answers.later_cents != later)


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


def _mended_first(last: Turn, following: Coverage) -> NextStep:
    """Lines were paid and others refused for what can be mended: it is asked when no correction came in time."""
    waits = last.day + timedelta(days=SOON_DAYS)
    codes = ", ".join(dict.fromkeys(f"{part.group}-{part.reason}" for part in held_by(last.stands)))
    return NextStep(
        action=NextAction(
            kind=NEXT_PAYER,
            reason=f"{following.payer_name} comes next and waits: {codes} of {last.claim.coverage.payer_name} "
            f"was not mended in {SOON_DAYS} days",
            action="mend that first, and the next payer is billed once with the answer to it; else decide "
            "bill_next_payer: it gets what was answered so far",
            due=waits + timedelta(days=LOOK_DAYS),
            recoverable_cents=left(last.stands),
        ),
        not_before=waits,
    )


def _nobody_next(last: Turn, today: date) -> NextStep:
    """Somebody wants the next payer billed, and the last one has decided."""
    return NextStep(
        action=NextAction(
            kind=NEXT_PAYER,
            reason=f"no payer comes after {last.claim.coverage.payer_name}, which answered: nobody is billed",
            action="add the insurance to the visit and raise the revision; close this if there is none",
            due=today + timedelta(days=LOOK_DAYS),
            recoverable_cents=0,
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


def _forwarded_to(own: Sequence[Posted], payer: PayerConfig, following: Coverage) -> str:
    """The payer that has the claim by now, as the 835 says it or as is agreed on; empty if none has."""
    for each in reversed(own):
        told = each.claim
        if told.status_code in SENT_ON or FORWARDED & remarks_of(told) or told.forwarded_to:
            return told.forwarded_to or following.payer_name
    agreed = following.payer_id in payer.crossover or "*" in payer.crossover
    return following.payer_name if agreed else ""


def still_waiting(
    claim: Claim, posted: Sequence[Posted], payer_of: PayerOf, coverages: Sequence[Coverage], today: date
) -> NextStep:
    """A person says that the next payer has the claim: it is asked about again if no answer comes."""
    last = turns(claim, sort_out(claim, posted), payer_of, coverages)[-1]
    if last.following is None:
        return _nobody_next(last, today)
    cents = left(last.stands) or claim.total_charge_cents
    return _crossed_over(last.claim, last.payer, last.following, last.following.payer_name, cents, today)
