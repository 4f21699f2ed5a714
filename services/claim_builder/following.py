"""What follows from answers and decisions: the next payer's claim, a correction that waited, a void, work for a person.

An answer of the payer in line is looked at with all that is known of its claim, so that two answers in one file, or one
told again, give one claim: its id is that of what it says. Where the next payer was billed by an earlier answer it gets
a replacement, and where nothing is new, nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any, Final

from sqlalchemy import Connection, func, select

from claimloom.billing.secondary import SecondaryError, secondary_claim
from claimloom.desk.correction import Way, replacing, void_of, voiding
from claimloom.desk.next_step import NextStep, after_answers, ask, reached, still_waiting
from claimloom.desk.stamp import priced_by
from claimloom.ledger.books.claims import VOID, places_of_claims
from claimloom.ledger.books.decisions import decisions
from claimloom.ledger.database import among
from claimloom.ledger.journal import payloads
from claimloom.ledger.states import superseded_claims
from claimloom.payers import PayerConfig
from claimloom.topology import Context, Draft, Received
from schemas.claim import Claim, ClaimBuilt
from schemas.decision import DecisionMade
from schemas.event import derived_id
from schemas.followup import WorkFound
from schemas.topics import Topic
from services.claim_builder.known import Visit, answers_of, sent_at, waiting_for, with_payers_after
from services.claim_builder.making import draft_of, numbered

BILL: Final = "bill_next_payer"
FORWARDED: Final = "forwarded"
VOIDED: Final = "void"
ALL_REVISIONS: Final = 1 << 30


class Following:
    """Answers and decisions of a batch, with the claims that something can follow for."""

    def __init__(self, context: Context, received: Sequence[Received]) -> None:
        self._context = context
        connection = context.connection
        self._told = {each.claim: each for each in received if each.claim is not None}
        self._waiting = waiting_for(connection, self._told)
        decided = [each for each in received if each.event.type == Topic.DECISION_MADE]
        places = places_of_claims(connection, {_made(each).about for each in decided})
        self._decided = [(each, at) for each in decided if (at := places.get(_made(each).about)) is not None]
        paid = {at for at, each in self._told.items() if each.event.type == Topic.CLAIM_RECONCILED}
        self._billable = with_payers_after(connection, paid)
        about = {*self._waiting, *self._billable, *(at for _, at in self._decided)}
        self._built = payloads(connection, about, ClaimBuilt) if about else {}

    @property
    def visits(self) -> set[tuple[str, str]]:
        """Of the claims that something can follow for: tenant and visit."""
        return {(each.session.tenant, each.session.session_id) for each in self._built.values()}

    def drafts(self) -> Iterator[Draft]:
        """What follows, under the locks of these visits."""
        connection = self._context.connection
        gone = superseded_claims(connection, self._built.keys()) if self._built else set()
        for place in self._waiting:
            if place not in gone:
                yield from self._goes_on(place)
        forwarded = _forwarded(connection, self._billable)
        for place in self._billable:
            if place not in gone and not self._waits_still(place, forwarded.get(place)):
                yield from self._next_payer(place, self._told[place])
        for each, place in self._decided:
            kind = _made(each).kind
            if kind == BILL:
                yield from self._next_payer(place, each, asked=True)
            elif kind == FORWARDED:
                yield from self._waits_on(place, each)
            elif kind == VOIDED:
                yield from self._void(place, each)

    def _payer(self, claim: Claim) -> PayerConfig:
        coverage = claim.coverage
        day = claim.lines[0].date_of_service
        return self._context.payers.config(coverage.payer_id, coverage.payer_class, day)

    def _goes_on(self, place: int) -> Iterator[Draft]:
        """A correction or void that waited, once it can go out, or has to go otherwise, by what the payer says now."""
        built = self._built[place]
        claim, payer = built.claim, self._payer(built.claim)
        before = places_of_claims(self._context.connection, {str(built.replaces)}).get(str(built.replaces))
        cause = self._told.get(before) if before else None
        if before is None or cause is None:
            return
        sent = sent_at(self._context.connection, before)
        is_void = claim.frequency_code == VOID
        way = (voiding(sent, payer) or Way(VOID)) if is_void else replacing(sent, payer)
        if way.waits or (way.frequency, way.number) == (claim.frequency_code, claim.payer_claim_control_number):
            return
        name = ("again", claim.claim_id, way.frequency, way.number)
        made = numbered(claim, derived_id(*name), way.frequency, way.number)
        again = built.model_copy(
            update={"claim": made, "waits": False, "answered_on": sent.answered_on if sent else built.answered_on}
        )
        yield draft_of(again, cause.event)

    def _next_payer(self, place: int, cause: Received, *, asked: bool = False) -> Iterator[Draft]:
        built = self._built[place]
        claim, coverages = built.claim, built.session.coverages
        today = self._context.now.date()
        posted = answers_of(self._context.connection, place)
        step = after_answers(claim, posted, self._payer, coverages, today, asked=asked)
        if step.told and step.claim and step.following:
            name = derived_id("next payer", claim.claim_id)
            try:
                made = secondary_claim(step.claim, step.told, step.following, claim_id=name)
            except SecondaryError as error:
                step = ask(step.claim, step.following, str(error), None, step.told.adjudicated_on)
            else:
                yield from self._billed(built, made, cause)
                return
        yield from _found(step, claim, cause)

    def _waits_still(self, place: int, forwarded: int | None) -> bool:
        """Whether a person said that the next payer has the claim, and no later payer in line answered since."""
        if forwarded is None:
            return False
        claim, connection = self._built[place].claim, self._context.connection
        then = answers_of(connection, place, before=forwarded)
        return reached(claim, then) >= reached(claim, answers_of(connection, place))

    def _billed(self, built: ClaimBuilt, made: Claim, cause: Received) -> Iterator[Draft]:
        """The claim to the next payer, unless it has just that."""
        session = built.session
        visit = Visit(self._context.connection, session.tenant, session.session_id, ALL_REVISIONS)
        line = made.responsibility
        known = visit.newest(line)
        if known is not None and _says(known) == _says(made):
            return
        before = visit.newest_out(line)
        if before and before.claim.coverage.payer_id != made.coverage.payer_id:
            before = None  # another payer's: who corrected the visit had it voided
        payer = self._payer(made)
        way = replacing(before, payer)
        told = "".join(each.model_dump_json() for each in made.other_payers)
        name = (session.tenant, session.session_id, made.version, made.coverage.payer_id, line, told, way.number)
        made = numbered(made, derived_id("claim", *name, way.frequency), way.frequency, way.number)
        after = ClaimBuilt(
            claim=made,
            session=session,
            priced_by=priced_by(payer),
            replaces=before.claim.claim_id if before else None,
            waits=way.waits,
            answered_on=before.answered_on if before else None,
        )
        yield draft_of(after, cause.event)

    def _waits_on(self, place: int, cause: Received) -> Iterator[Draft]:
        """Somebody says that the next payer has the claim: if it says nothing, that is asked about again."""
        built = self._built[place]
        posted = answers_of(self._context.connection, place)
        step = still_waiting(built.claim, posted, self._payer, built.session.coverages, self._context.now.date())
        yield from _found(step, built.claim, cause)

    def _void(self, place: int, cause: Received) -> Iterator[Draft]:
        built = self._built[place]
        sent = sent_at(self._context.connection, place)
        way = voiding(sent, self._payer(built.claim))
        if sent and way:
            claim_id = derived_id("void", built.session.tenant, sent.claim.claim_id)
            made = void_of(sent.claim, claim_id, sent.claim.version, way)
            void = ClaimBuilt(claim=made, session=built.session, replaces=sent.claim.claim_id, waits=way.waits)
            yield draft_of(void, cause.event)


def _made(each: Received) -> DecisionMade:
    assert isinstance(each.data, DecisionMade)
    return each.data


def _says(claim: Claim) -> tuple[Any, ...]:
    """What a claim tells a later payer, whatever its number."""
    lines = [(line.procedure_code, line.modifiers, line.units, line.charge_cents) for line in claim.lines]
    return claim.coverage, claim.other_payers, claim.diagnoses, lines


def _found(step: NextStep, claim: Claim, cause: Received) -> Iterator[Draft]:
    if step.action:
        found = WorkFound(
            claim_id=claim.claim_id,
            patient_control_number=claim.patient_control_number,
            next_action=step.action,
            not_before=step.not_before,
        )
        yield Draft(found, str(claim.claim_id), cause.event.tenant, cause.event.clinic, parent=cause.event.id)


def _forwarded(connection: Connection, places: Collection[int]) -> dict[int, int]:
    """Of some claims those of which a person said that the next payer has them, with the place where that was said."""
    if not places:
        return {}
    mine = among(connection, decisions.c.about, places) & (decisions.c.kind == FORWARDED)
    query = select(decisions.c.about, func.max(decisions.c.place)).where(mine).group_by(decisions.c.about)
    return {row[0]: row[1] for row in connection.execute(query)}
