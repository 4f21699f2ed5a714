"""remittance_reconciler: each remittance meets its claim; what cannot is set aside with the reason, never dropped.

What fits no claim is looked at again when a claim is built that it could mean (``late.py``).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, select

from claimloom.claim_number import of_line, repaired
from claimloom.contracts import NOT_COUNTED, VisitNumbers
from claimloom.desk import next_action
from claimloom.desk.day import PatientDay
from claimloom.desk.expectation import settled
from claimloom.ledger.books.claims import claims
from claimloom.ledger.books.provider_level import PROVIDER_LEVEL
from claimloom.ledger.books.reconciliations import RECONCILIATIONS, remittances_of
from claimloom.ledger.books.shortfalls import SHORTFALLS
from claimloom.ledger.database import among, lock
from claimloom.ledger.days import day_of
from claimloom.ledger.journal import claims_at, event_ids, payloads
from claimloom.ledger.line_decisions import lines_decided
from claimloom.ledger.visit_numbers import numbers_at
from claimloom.payers import PayerConfig, Payers
from claimloom.remit import set_aside
from claimloom.remit.answers import NO_POSTING, Posted, sort_out
from claimloom.remit.match import likely, match_claim
from claimloom.remit.outcome import Result
from claimloom.topology import Context, Draft, Received, Service
from schemas.claim import Claim
from schemas.event import Event, TypedEvent
from schemas.followup import NextAction
from schemas.remittance import NOT_OURS, ClaimReconciled, RemitClaim, RemittanceReceived
from schemas.topics import Topic
from services.remittance_reconciler.candidates import candidates_of
from services.remittance_reconciler.late import ToldRemittance, late_claims, matched_by_people, turn_of
from services.remittance_reconciler.provider_level import Level, levels_of
from services.remittance_reconciler.recount import counted_anew, lines_moved
from services.remittance_reconciler.told import ToldLast, told_last
from services.remittance_reconciler.unposted import Unposted, told_of, unposted_by_people, without
from services.remittance_reconciler.visits import Versions, versions_of

Match = tuple[int, str]
"""Place of a claim and how it was found; 0 if none was."""


def handle(context: Context, received: Sequence[Received]) -> list[Draft]:
    """One claim-reconciled for each remittance, and for each from before that a new claim is meant by."""
    came = [each for each in received if each.event.type == Topic.REMITTANCE_RECEIVED]
    batch = [_told(each) for each in came]
    built = [each for each in received if each.event.type == Topic.CLAIM_BUILT]
    counted = counted_anew(context, built)
    late = late_claims(context.connection, built)
    decided = [each for each in received if each.event.type == Topic.DECISION_MADE]
    late += matched_by_people(context.connection, decided)
    gone = unposted_by_people(context.connection, decided)
    moved = lines_moved(context, decided)
    if not batch and not late and not counted and not gone and not moved:
        return []
    around = _around(context, [*batch, *(each.told for each in late)], {*counted, *moved}, gone)
    drafts = []
    for each, told in zip(came, batch, strict=True):
        event = each.event
        result = around.reconciled(told)
        subject = str(result.claim_id) if result.claim_id else event.subject
        drafts.append(Draft(result, subject, event.tenant, event.clinic, parent=event.id))
    for one in late:
        result = around.reconciled(one.told)
        if result.claim_id:
            found = result.model_copy(update={"overtakes": one.said})
            event = one.because
            drafts.append(Draft(found, str(result.claim_id), event.tenant, event.clinic, parent=event.id))
    drafts += around.unposted(context.connection, gone)
    drafts += around.restated({each.event.id: each.event for each in received})
    return [*drafts, *around.recounted(counted), *around.recounted(moved, always=True)]


def _told(received: Received) -> ToldRemittance:
    data = received.data
    assert isinstance(data, RemittanceReceived)
    return ToldRemittance(received.event.id, received.event.tenant, data, received.place, received.claim or 0)


@dataclass(frozen=True, slots=True)
class _Around:
    """The claims and remittances around a batch, asked for once, and the results worked out once a claim."""

    today: date
    payers: Payers
    matched: dict[UUID, Match]
    levels: dict[UUID, Level]
    claims: dict[int, Claim]
    clinics: dict[int, str]
    days: dict[int, list[int]]
    told_last: dict[int, ToldLast]
    posted: dict[int, dict[int, Posted]]
    visits: Versions
    likely: dict[UUID, list[tuple[str, str]]]
    visit: Callable[[int], VisitNumbers]
    results: dict[int, Result] = field(default_factory=dict)
    told: dict[int, UUID] = field(default_factory=dict)

    def reconciled(self, one: ToldRemittance) -> ClaimReconciled:
        """What came of one remittance."""
        data = one.data
        told = set_aside.as_told(one.event_id, data)
        if data.imbalances:
            return _with(set_aside.suspense(told, data.imbalances), next_action.unbalanced(data, self.today))
        if data.duplicate_of:
            return _with(set_aside.told_again(told, data.duplicate_of), next_action.told_again(data, self.today))
        if data.provider_adjustment:
            return self.levels[one.event_id].said(told, data.provider_adjustment, self.today)
        if data.claim is None:
            return set_aside.of_nothing(told)
        place, how = self.matched[one.event_id]
        claim = self.claims.get(place)
        if claim is None:
            could = self.likely.get(one.event_id, ())
            action = next_action.unmatched(data, data.claim, self.today, could)
            return _with(set_aside.unmatched(told, data.claim, could), action)
        return self._of_claim(told, data, place, claim, how or _named_by(data.claim, claim))

    def _of_claim(
        self, told: ClaimReconciled, data: RemittanceReceived, place: int, claim: Claim, how: str
    ) -> ClaimReconciled:
        known = told.model_copy(
            update={
                "claim_id": claim.claim_id,
                "matched_by": how,
                "patient_control_number": claim.patient_control_number,
                "billed_cents": claim.total_charge_cents,
            }
        )
        if told.status_code in NO_POSTING:
            waits = told.status_code == NOT_OURS and not self._answered_after(place, data)
            action = next_action.sent_on(data, self.today) if waits else None
            return _with(set_aside.not_posted(known), action)
        self.told[place] = told.remittance_id
        return self._stands(known, self._result(place, claim))

    def unposted(self, connection: Connection, gone: Sequence[Unposted]) -> list[Draft]:
        """How claims stand without payments that were taken off them, and these, which are of no claim now."""
        drafts = told_of(gone, self.claims, self.today)
        for place, event in {one.claim: one.because for one in gone}.items():
            if rest := self.posted[place]:
                newest = max(rest, key=lambda each, of=rest: of[each].order)  # type: ignore[misc]
                claim, told = self.claims[place], UUID(event_ids(connection, [newest])[newest])
                stands = self._stands_again(place, told)
                drafts.append(Draft(stands, str(claim.claim_id), event.tenant, event.clinic, parent=event.id))
            self.told[place] = event.id
        return drafts

    def _answered_after(self, place: int, data: RemittanceReceived) -> bool:
        """Whether the claim was answered on or after the day on which it was said to be another payer's."""
        on = _post(data).order[0]
        return any(
            each.order[0] >= on for each in self.posted[place].values() if each.claim.status_code not in NO_POSTING
        )

    def restated(self, parents: Mapping[UUID, Event | TypedEvent]) -> list[Draft]:
        """How other claims stand now that stood otherwise before these remittances: the one with which the money of a
        visit stands, and those of the same day, which share one unit in full.
        """
        drafts = []
        for place, remittance_id in list(self.told.items()):
            event = parents.get(remittance_id)
            if event is None:
                continue
            for other in [self.visits.bearer(place, self._paid_cents), *self.days.get(place, ())]:
                drafts += self._restated(other or 0, event)
        return drafts

    def recounted(self, counted: Mapping[int, Received], *, always: bool = False) -> list[Draft]:
        """How answered claims stand now that their visits have other numbers, or lines of payments another place."""
        return [draft for place, because in counted.items() for draft in self._restated(place, because.event, always)]

    def _restated(self, place: int, event: Event | TypedEvent, always: bool = False) -> list[Draft]:
        """A claim that stands otherwise than was told last. Nothing where that still says it, unless ``always``: what
        is to be done is another thing then.
        """
        told = self.told_last.get(place)
        if told is None or place in self.told:
            return []
        claim = self.claims[place]
        if not always and told.says(self._result(place, claim)):
            return []
        self.told[place] = told.remittance_id
        stands = self._stands_again(place, told.remittance_id)
        return [Draft(stands, str(claim.claim_id), event.tenant, event.clinic, parent=event.id)]

    def _stands_again(self, place: int, remittance_id: UUID) -> ClaimReconciled:
        """How a claim stands of which nothing new was told; ``remittance_id``: what said of it what still counts."""
        claim = self.claims[place]
        newest = max(self.posted[place].values(), key=lambda each: each.order)
        known = ClaimReconciled(
            claim_id=claim.claim_id,
            remittance_id=remittance_id,
            patient_control_number=claim.patient_control_number,
            outcome="information",
            billed_cents=claim.total_charge_cents,
            trace_number=newest.header.trace_number,
            payment_date=newest.header.payment_date,
        )
        return self._stands(known, self._result(place, claim))

    def _stands(self, known: ClaimReconciled, result: Result) -> ClaimReconciled:
        return known.model_copy(
            update={
                "outcome": result.outcome,
                "total_paid_cents": result.total_paid_cents,
                "unseen_cents": result.unseen_cents,
                "later_paid_cents": result.later_cents,
                "of_visit_cents": result.of_visit_cents,
                "expected_paid_cents": result.expected_paid_cents,
                "patient_responsibility_cents": result.patient_cents,
                "next_payer_cents": result.next_payer_cents,
                "contractual_cents": result.contractual_cents,
                "variance_cents": sum(cause.amount_cents for cause in result.causes),
                "causes": result.causes,
                "lines": result.lines,
                "denials": result.denials,
                "next_action": result.next_action,
                "explanation": result.explanation,
                "priced_by": result.priced_by,
                "late_interest": result.late_interest,
            }
        )

    def _result(self, place: int, claim: Claim) -> Result:
        coverage = claim.coverage
        if place not in self.results:
            payer = self.payers.config(coverage.payer_id, coverage.payer_class, claim.lines[0].date_of_service)
            posted = list(self.posted[place].values())
            self.results[place] = settled(
                claim,
                posted,
                payer,
                day=self._day(place, payer),
                of_visit_cents=self.visits.elsewhere_cents(place, self._paid_cents),
                clinic=self.clinics[place],
                visit=self.visit(place) if payer.counts_visits else NOT_COUNTED,
            )
        return self.results[place]

    def _paid_cents(self, place: int) -> int:
        return sort_out(self.claims[place], list(self.posted[place].values())).total_cents

    def _day(self, place: int, payer: PayerConfig) -> PatientDay | None:
        others = [each for each in self.days.get(place, ()) if each in self.claims]
        if not others:
            return None
        some = sorted([place, *others])
        posted = [list(self.posted.get(each, {}).values()) for each in some]
        visits = [self.visit(each) for each in some] if payer.counts_visits else []
        whose = [self.clinics[each] for each in some]
        return PatientDay([self.claims[each] for each in some], posted, some.index(place), whose, visits)


def _with(result: ClaimReconciled, action: NextAction | None) -> ClaimReconciled:
    return result.model_copy(update={"next_action": action})


def _named_by(paid: RemitClaim, claim: Claim) -> str:
    """By what the intake knew the claim."""
    number = claim.patient_control_number
    if paid.patient_control_number == number:
        return "claim_number"
    if number in repaired(paid.patient_control_number):
        return "damaged_claim_number"
    if any(of_line(line.line_control_number) == number for line in paid.lines):
        return "line_numbers"
    return "newer_version" if repaired(paid.patient_control_number) else "payer_claim_number"


def _around(
    context: Context, batch: Sequence[ToldRemittance], counted: Collection[int], gone: Sequence[Unposted]
) -> _Around:
    connection = context.connection
    matched = {one.event_id: _match(connection, one) for one in batch}
    if unknown := [one for one in batch if not matched[one.event_id][0] and _could_match(one)]:
        # Its claim may be built at this moment: see late_claims.
        lock(connection, [turn_of(one.tenant) for one in unknown])
        matched |= {one.event_id: _match(connection, one) for one in unknown}
    levels = levels_of(connection, batch)
    meant = {place for place, _ in matched.values()} - {0} | {one.claim for one in gone}
    days = day_of(connection, meant)
    beside = ({place for others in days.values() for place in others} | set(counted)) - meant
    days |= day_of(connection, beside) if beside else {}
    visits = versions_of(connection, meant | beside)
    places = meant | beside | visits.places
    found = claims_at(connection, places)
    whose = select(claims.c.place, claims.c.clinic).where(among(connection, claims.c.place, places))
    clinics = {row.place: row.clinic for row in connection.execute(whose)} if places else {}
    # Two remittances of one claim may be in the hands of two workers: the second counts what the first posted.
    about = {each.claim_id for each in found.values()} | {each.claim_id for each in levels.values() if each.claim_id}
    lock(connection, [f"claim {claim_id}" for claim_id in about])
    return _Around(
        today=context.now.date(),
        payers=context.payers,
        matched=matched,
        levels=levels,
        claims=found,
        clinics=clinics,
        days=days,
        told_last=told_last(connection, places - meant),
        posted=without(_posted(connection, places, batch, matched), gone),
        visits=visits,
        likely={
            one.event_id: likely(one.data.claim, candidates_of(connection, one.tenant, one.data.claim))
            for one in batch
            if one.data.claim and _could_match(one) and not matched[one.event_id][0]
        },
        visit=partial(numbers_at, connection),
    )


def _match(connection: Connection, one: ToldRemittance) -> Match:
    """The claim that the intake knew by its number, or the one that fits what the remittance says."""
    data = one.data
    if one.claim:
        return one.claim, one.how
    if data.claim is None or not _could_match(one):
        return 0, ""
    return match_claim(data.claim, candidates_of(connection, one.tenant, data.claim))


def _could_match(one: ToldRemittance) -> bool:
    return one.data.claim is not None and not one.data.imbalances


def _posted(
    connection: Connection, places: Iterable[int], batch: Sequence[ToldRemittance], matched: Mapping[UUID, Match]
) -> dict[int, dict[int, Posted]]:
    """All remittances of the claims that count, by the places of claim and event: balanced, and not a second telling.

    Those of the batch that were matched just now are not yet known to be the claim's, so they are added.
    """
    some = sorted(places)
    found: dict[int, dict[int, Posted]] = {each: {} for each in some}
    owners = remittances_of(connection, some)
    read = {one.place: one.data for one in batch}
    read |= payloads(connection, [each for each in owners if each not in read], RemittanceReceived)
    for place, owner in owners.items():
        data = read[place]
        if data.claim and not data.imbalances and not data.duplicate_of:
            found[owner][place] = _post(data)
    for one in batch:
        owner, how = matched[one.event_id]
        if how and not one.data.duplicate_of:
            found[owner][one.place] = _post(one.data)
    for (claim, place), decided in lines_decided(connection, some).items():
        if place in found[claim]:
            found[claim][place] = replace(found[claim][place], decided=decided)
    return found


def _post(data: RemittanceReceived) -> Posted:
    assert data.claim is not None
    on = data.header.payment_date.isoformat() if data.header.payment_date else ""
    taken_back_first = "0" if data.claim.takes_back else "1"
    order = (on, data.header.trace_number, taken_back_first, f"{data.transaction_index:06d}", f"{data.position:06d}")
    return Posted(data.header, data.claim, order, interest_cents=data.interest_cents)


SERVICE: Final = Service(
    name="remittance_reconciler",
    handle=handle,
    consumes=(Topic.CLAIM_BUILT, Topic.REMITTANCE_RECEIVED, Topic.DECISION_MADE),
    emits=(Topic.CLAIM_RECONCILED,),
    keeps=(RECONCILIATIONS, SHORTFALLS, PROVIDER_LEVEL),
)
