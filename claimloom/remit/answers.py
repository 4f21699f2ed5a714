"""Whose answers a claim has: of the payer that it went to, and of payers after that one, less what was taken back.

A later payer's answer tells the whole charge again (X12 RFI 2143: what the payers before it did is OA-23), so nothing
of it is ever added to the answer of the first but the money. Payers are named differently in claims and in their 835s
(a clearinghouse's id here, a tax id there), so that a payer counts as another one only where its number and its name
both say so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from claimloom.claim_number import squeezed
from claimloom.lines import Decided
from claimloom.remit.classify import PRIOR_PAYER
from schemas.claim import PAYERS, Claim
from schemas.remittance import NOT_OURS, RemitClaim, RemitHeader
from schemas.session import Coverage

NO_POSTING: Final = {NOT_OURS: "forwarded to another payer, nothing paid", "25": "predetermination, nothing paid"}
AS_LATER: Final = frozenset({"2", "3", "20", "21"})
"""CLP02 of who pays after another payer; 20 and 21 sent it on as well."""
AS_THIRD: Final = frozenset({"3", "21"})
SENT_ON: Final = frozenset({"19", "20", "21"})


@dataclass(frozen=True, slots=True)
class Posted:
    """A remittance of the claim that is to be posted, with its payment. ``decided``: what people said of its lines.
    ``interest_cents``: of the payment, for this claim; None where nobody knows whose the payment's interest is.
    """

    header: RemitHeader
    claim: RemitClaim
    order: tuple[str, ...] = ()
    decided: Decided = ()
    interest_cents: int | None = 0


@dataclass(frozen=True, slots=True)
class Answers:
    """A claim's remittances, sorted out. ``own`` and ``later`` are without those that were taken back.

    ``second``: the claim's own payer says that it pays after another one, which nobody has named to us.
    ``later_lost_cents``: what payers after it had paid, where they took all of it back and said no more.
    ``unseen_cents``: taken back, so negative, of payments that were never read here: no part of ``total_cents``, since
    a reversal restores what was before a payment (X12 RFI 791), and nothing was.
    """

    ordered: list[Posted]
    own: list[Posted]
    later: list[Posted]
    total_cents: int
    later_cents: int
    second: bool
    later_lost_cents: int
    unseen_cents: int = 0


def sort_out(claim: Claim, posted: Sequence[Posted]) -> Answers:
    """All remittances of a claim in the order of their payment, by payer."""
    ordered = sorted(posted, key=lambda each: each.order)
    counted = [each for each in ordered if each.claim.status_code not in NO_POSTING]
    answers = [each for each in counted if not each.claim.takes_back]
    taken = _taken_back(answers, [each for each in counted if each.claim.takes_back])
    late = _later(claim, answers)
    by_payer: tuple[list[Posted], list[Posted]] = ([], [])
    for number, each in enumerate(answers):
        by_payer[number in late].append(each)
    gone = {place for _, place in taken}
    own = [each for number, each in enumerate(answers) if number not in gone and number not in late]
    later_cents = sum(each.claim.paid_cents for each in by_payer[True])
    unseen_cents = 0
    for reversal, place in taken:
        is_late = place in late if place is not None else _is_of(reversal, by_payer[True], by_payer[False])
        if is_late:
            later_cents += reversal.claim.paid_cents
        elif place is None and _is_unseen(reversal, own):
            unseen_cents += reversal.claim.paid_cents
    later = [each for number, each in enumerate(answers) if number not in gone and number in late]
    return Answers(
        ordered=ordered,
        own=own,
        later=later,
        total_cents=sum(each.claim.paid_cents for each in counted) - unseen_cents,
        later_cents=later_cents,
        second=claim.responsibility == "P" and bool(own) and _says_later(own[-1].claim),
        later_lost_cents=0 if later else sum(answers[number].claim.paid_cents for number in late),
        unseen_cents=unseen_cents,
    )


def _is_unseen(reversal: Posted, standing: Sequence[Posted]) -> bool:
    """Whether a reversal that mirrors nothing can mean none of the payments that stand: what it takes back was paid
    before it, and they came with it or after it.
    """
    return not any(each.claim.paid_cents > 0 and each.order[:1] < reversal.order[:1] for each in standing)


def as_happened(posted: Sequence[Posted]) -> list[Posted]:
    """In the order of days, and of one day as it must have been: what was taken back, what took it back, what stands.

    Trace numbers and places in files do not tell: a payer's corrections come under a smaller number as well.
    """
    answers = [each for each in posted if not each.claim.takes_back]
    taken = _taken_back(answers, [each for each in posted if each.claim.takes_back])
    back = {id(answers[place]): reversal for reversal, place in taken if place is not None}
    told: list[Posted] = []
    for day in dict.fromkeys(each.order[:1] for each in posted):
        of_day = [each for each in posted if each.order[:1] == day]
        reversals = [each for each in of_day if each.claim.takes_back]
        for payment in (each for each in of_day if id(each) in back):
            told.append(payment)
            if any(back[id(payment)] is each for each in reversals):
                reversals = [each for each in reversals if each is not back[id(payment)]]
                told.append(back[id(payment)])
        told += reversals
        told += [each for each in of_day if not each.claim.takes_back and id(each) not in back]
    return told


def _taken_back(answers: Sequence[Posted], reversals: Sequence[Posted]) -> list[tuple[Posted, int | None]]:
    """Each reversal with the place of the answer whose amounts it negates: of several the one that is likest to it, by
    the payer's number, its place in line and the payer; of those the newest of an earlier day, as what is of the same
    day is likelier what was paid instead.
    """
    left = dict(enumerate(answers))
    found: list[tuple[Posted, int | None]] = []
    for reversal in reversals:
        mirrored = _mirrored(reversal, left)
        place = max(mirrored, key=lambda each: (*_likeness(reversal, left[each]), each), default=None)
        if place is not None:
            del left[place]
        found.append((reversal, place))
    return found


def _mirrored(reversal: Posted, answers: Mapping[int, Posted]) -> list[int]:
    """Places of the answers whose amounts a reversal negates. One of a later day only where something else was paid
    since: alone it is what was paid anew, and what was taken back was never read here.
    """
    taken, day = reversal.claim, reversal.order[:1]
    amounts = (-taken.charge_cents, -taken.paid_cents)
    found = [place for place, each in answers.items() if (each.claim.charge_cents, each.claim.paid_cents) == amounts]
    by_then = [place for place in found if not any(day) or answers[place].order[:1] <= day]
    paid_since = any(place not in found and each.order[:1] >= day for place, each in answers.items())
    return by_then or (found if paid_since else [])


def _likeness(reversal: Posted, answer: Posted) -> tuple[bool, bool, bool, bool]:
    number = reversal.claim.payer_claim_control_number
    return (
        number == answer.claim.payer_claim_control_number,
        _says_later(reversal.claim) == _says_later(answer.claim),
        same_payer(reversal.header, answer.header),
        answer.order[:1] < reversal.order[:1],
    )


def _later(claim: Claim, answers: Sequence[Posted]) -> set[int]:
    """Places of the answers of payers after the one that the claim went to. A later payer that we billed answers in its
    own place; who is third says so, and is another one.
    """
    if claim.responsibility != PAYERS[0]:
        if claim.responsibility != PAYERS[1] or not claim.payers_after:
            return set()
        third = {place for place, each in enumerate(answers) if each.claim.status_code in AS_THIRD}
        return {place for place in third if not _is_payer_of(claim, answers[place].header)}
    says = {place for place, each in enumerate(answers) if _says_later(each.claim)}
    first_is_here = len(says) < len(answers)
    return {place for place in says if first_is_here or not _is_payer_of(claim, answers[place].header)}


def _says_later(paid: RemitClaim) -> bool:
    parts = [*paid.adjustments, *(part for line in paid.lines for part in line.adjustments)]
    return paid.status_code in AS_LATER or any(
        part.reason == PRIOR_PAYER and part.amount_cents and part.group == "OA" for part in parts
    )


def _is_payer_of(claim: Claim, header: RemitHeader) -> bool:
    """Whether that may be the payer that the claim went to: only another number and another name say that it is not."""
    ours, theirs = squeezed(claim.coverage.payer_name), squeezed(header.payer_name)
    named_alike = not ours or not theirs or ours.startswith(theirs) or theirs.startswith(ours)
    return named_alike or header.payer_id in ("", claim.coverage.payer_id)


def in_line(claim: Claim, later: Sequence[Posted]) -> dict[int, list[Posted]]:
    """Answers of payers after a claim's own, by how many places after it each comes: the payer that the claim names
    there (loop 2320), else as the answer says itself (CLP02), else as another answer of that payer, else the first.
    """
    own = PAYERS.find(claim.responsibility)
    known = {PAYERS.find(each.responsibility) - own: each.coverage for each in claim.other_payers}
    after = {place: coverage for place, coverage in known.items() if place > 0}
    found: dict[int, list[Posted]] = {}
    for each in later:
        said = 2 - own if each.claim.status_code in AS_THIRD else 1 - own if each.claim.status_code in AS_LATER else 0
        named = [place for place, coverage in after.items() if _is_of_coverage(coverage, each.header)]
        alike = [place for place, some in found.items() if any(same_payer(each.header, one.header) for one in some)]
        if said not in named and named:
            said = named[0]
        place = max(said or next(iter(alike), 1), 1)
        found.setdefault(min(place, max(claim.payers_after, 1)), []).append(each)
    return dict(sorted(found.items()))


def _is_of_coverage(coverage: Coverage, header: RemitHeader) -> bool:
    ours, theirs = squeezed(coverage.payer_name), squeezed(header.payer_name)
    named_alike = bool(ours and theirs) and (ours.startswith(theirs) or theirs.startswith(ours))
    return named_alike or (bool(header.payer_id) and header.payer_id == coverage.payer_id)


def _is_of(reversal: Posted, these: Sequence[Posted], rather_than: Sequence[Posted]) -> bool:
    """Whether a reversal that mirrors nothing belongs to one of these answers: by the payer's number, by what it says
    of payers before it, else by the payer where none of the others is by the same.
    """
    number = reversal.claim.payer_claim_control_number
    for some, is_so in ((these, True), (rather_than, False)):
        if number and any(each.claim.payer_claim_control_number == number for each in some):
            return is_so
    if these and _says_later(reversal.claim):
        return True
    return any(same_payer(reversal.header, each.header) for each in these) and not any(
        same_payer(reversal.header, each.header) for each in rather_than
    )


def same_payer(one: RemitHeader, other: RemitHeader) -> bool:
    """Whether two payments are one payer's: by any of its numbers, or by its name."""
    return (
        bool(one.payer_id and one.payer_id == other.payer_id)
        or bool(one.originating_company_id and one.originating_company_id == other.originating_company_id)
        or squeezed(one.payer_name) == squeezed(other.payer_name)
    )
