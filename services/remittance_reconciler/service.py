"""remittance_reconciler: each remittance meets its claim; what cannot is set aside with the reason, never dropped."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, select

from claimloom.desk import next_action
from claimloom.desk.expectation import settled
from claimloom.ledger.books.acknowledgments import acknowledgments
from claimloom.ledger.books.claims import claim_lines, claims
from claimloom.ledger.books.reconciliations import RECONCILIATIONS, reconciliations
from claimloom.ledger.books.remittances import remittances
from claimloom.ledger.books.submissions import submissions
from claimloom.ledger.database import among, beginning, lock, owned
from claimloom.ledger.states import fetch
from claimloom.payers import Payers
from claimloom.remit import set_aside
from claimloom.remit.match import SHORTEST_PREFIX, Candidate, match_claim
from claimloom.remit.outcome import Result
from claimloom.remit.standing import NO_POSTING, REVERSAL, Posted
from claimloom.topology import Context, Draft, Received, Service
from schemas.claim import Claim
from schemas.followup import NextAction
from schemas.remittance import ClaimReconciled, ProviderAdjustment, RemitClaim, RemittanceReceived
from schemas.topics import Topic

Match = tuple[str, str]
"""Claim id and how it was found, or two empty texts."""


class _Told(NamedTuple):
    """A remittance with the id and the tenant of its event."""

    event_id: UUID
    tenant: str
    data: RemittanceReceived


def handle(context: Context, received: Sequence[Received]) -> list[Draft]:
    """One claim-reconciled for each remittance."""
    batch = [_told(each) for each in received]
    around = _around(context, batch)
    drafts = []
    for (event, _), told in zip(received, batch, strict=True):
        result = around.reconciled(told)
        subject = str(result.claim_id) if result.claim_id else event.subject
        drafts.append(Draft(result, subject, event.tenant, event.clinic, parent=event.id))
    return drafts


def _told(received: Received) -> _Told:
    event, data = received
    assert isinstance(data, RemittanceReceived)
    return _Told(event.id, event.tenant, data)


@dataclass(frozen=True, slots=True)
class _Around:
    """The claims and remittances around a batch, asked for once, and the results worked out once a claim."""

    today: date
    payers: Payers
    matched: dict[UUID, Match]
    named: dict[UUID, tuple[str, str]]
    claims: dict[str, Claim]
    days_shared: set[str]
    posted: dict[str, dict[str, Posted]]
    results: dict[str, Result] = field(default_factory=dict)

    def reconciled(self, one: _Told) -> ClaimReconciled:
        """What came of one remittance."""
        data = one.data
        told = set_aside.as_told(one.event_id, data)
        if data.imbalances:
            return _with(set_aside.suspense(told, data.imbalances), next_action.unbalanced(data, self.today))
        if data.duplicate_of:
            return _with(set_aside.told_again(told, data.duplicate_of), next_action.told_again(data, self.today))
        if data.provider_adjustment:
            return self._provider_level(told, data.provider_adjustment)
        if data.claim is None:
            return set_aside.of_nothing(told)
        claim_id, how = self.matched[one.event_id]
        claim = self.claims.get(claim_id)
        if claim is None:
            return _with(set_aside.unmatched(told, data.claim), next_action.unmatched(data, data.claim, self.today))
        return self._of_claim(told, claim, how or _named_by(data.claim, claim))

    def _provider_level(self, told: ClaimReconciled, plb: ProviderAdjustment) -> ClaimReconciled:
        claim_id, number = self.named[told.remittance_id]
        found = set_aside.provider_level(told, plb, UUID(claim_id) if claim_id else None, number)
        return _with(found, next_action.provider_level(plb, number, told.payment_date or self.today))

    def _of_claim(self, told: ClaimReconciled, claim: Claim, how: str) -> ClaimReconciled:
        known = told.model_copy(
            update={
                "claim_id": claim.claim_id,
                "matched_by": how,
                "patient_control_number": claim.patient_control_number,
                "billed_cents": claim.total_charge_cents,
            }
        )
        if told.status_code in NO_POSTING:
            return set_aside.not_posted(known)
        result = self._result(claim)
        return known.model_copy(
            update={
                "outcome": result.outcome,
                "total_paid_cents": result.total_paid_cents,
                "expected_paid_cents": result.expected_paid_cents,
                "patient_responsibility_cents": result.patient_cents,
                "contractual_cents": result.contractual_cents,
                "variance_cents": sum(cause.amount_cents for cause in result.causes),
                "causes": result.causes,
                "lines": result.lines,
                "denials": result.denials,
                "next_action": result.next_action,
                "explanation": result.explanation,
                "priced_by": result.priced_by,
            }
        )

    def _result(self, claim: Claim) -> Result:
        claim_id, coverage = str(claim.claim_id), claim.coverage
        if claim_id not in self.results:
            payer = self.payers.config(coverage.payer_id, coverage.payer_class, claim.lines[0].date_of_service)
            posted = list(self.posted[claim_id].values())
            self.results[claim_id] = settled(claim, posted, payer, day_shared=claim_id in self.days_shared)
        return self.results[claim_id]


def _with(result: ClaimReconciled, action: NextAction | None) -> ClaimReconciled:
    return result.model_copy(update={"next_action": action})


def _named_by(paid: RemitClaim, claim: Claim) -> str:
    """By which number the intake knew the claim."""
    exact = paid.patient_control_number == claim.patient_control_number
    return "claim_number" if exact else "payer_claim_number"


def _around(context: Context, batch: Sequence[_Told]) -> _Around:
    connection = context.connection
    matched = {one.event_id: _match(connection, one) for one in batch}
    named = {one.event_id: _named_claim(connection, one) for one in batch if one.data.provider_adjustment}
    ids = {claim_id for claim_id, _ in matched.values()} - {""}
    # Two remittances of one claim may be in the hands of two workers: the second counts what the first posted.
    about = ids | {claim_id for claim_id, _ in named.values()} - {""}
    lock(connection, [f"claim {claim_id}" for claim_id in about])
    return _Around(
        today=context.now.date(),
        payers=context.payers,
        matched=matched,
        named=named,
        claims=_documents(connection, ids),
        days_shared=_days_shared(connection, ids),
        posted=_posted(connection, ids, batch, matched),
    )


def _match(connection: Connection, one: _Told) -> Match:
    """The claim that the intake knew by its number, or the one that fits what the remittance says."""
    data = one.data
    if data.claim_id:
        return str(data.claim_id), ""
    if data.claim is None or data.imbalances:
        return "", ""
    return match_claim(data.claim, _candidates(connection, one.tenant, data.claim))


def _documents(connection: Connection, ids: Collection[str]) -> dict[str, Claim]:
    rows = fetch(connection, claims, ids, (claims.c.claim_id, claims.c.document))
    return {row.claim_id: Claim.model_validate_json(row.document) for row in rows}


def _days_shared(connection: Connection, ids: Iterable[str]) -> set[str]:
    """Claims of whose patient's day another claim of the same billing provider was sent: they share one full unit."""
    mine, other = claims, claims.alias()
    line, other_line = claim_lines, claim_lines.alias()
    query = (
        select(mine.c.claim_id)
        .join(
            other,
            (other.c.tenant == mine.c.tenant)
            & (other.c.patient_id == mine.c.patient_id)
            & (other.c.date_of_service == mine.c.date_of_service)
            & (other.c.session_id != mine.c.session_id),
        )
        .join(line, (line.c.claim_id == mine.c.claim_id) & (line.c.line_number == 1))
        .join(other_line, (other_line.c.claim_id == other.c.claim_id) & (other_line.c.line_number == 1))
        .join(submissions, submissions.c.claim_id == other.c.claim_id)
        .where(among(connection, mine.c.claim_id, ids), other_line.c.billing_npi == line.c.billing_npi)
    )
    return set(connection.scalars(query))


def _posted(
    connection: Connection, claim_ids: Iterable[str], batch: Sequence[_Told], matched: Mapping[UUID, Match]
) -> dict[str, dict[str, Posted]]:
    """All remittances of the claims that count, by claim and event: balanced, and not a second telling.

    Those of the batch that were matched just now are not yet known to be the claim's, so they are added.
    """
    ids = sorted(claim_ids)
    found: dict[str, dict[str, Posted]] = {each: {} for each in ids}
    known = (reconciliations.c.remittance_id, reconciliations.c.claim_id)
    owners = {row.remittance_id: row.claim_id for row in fetch(connection, reconciliations, ids, known)}
    told = fetch(connection, remittances, ids, (remittances.c.event_id, remittances.c.claim_id))
    owners |= {row.event_id: row.claim_id for row in told}
    read = {str(one.event_id): one.data for one in batch}
    asked = [each for each in owners if each not in read]
    query = select(remittances.c.event_id, remittances.c.document)
    for row in connection.execute(query.where(among(connection, remittances.c.event_id, asked))) if asked else ():
        read[row.event_id] = RemittanceReceived.model_validate_json(row.document)
    for event_id, owner in owners.items():
        data = read[event_id]
        if data.claim and not data.imbalances and not data.duplicate_of:
            found[owner][event_id] = _post(data)
    for one in batch:
        claim_id, how = matched[one.event_id]
        if how and not one.data.duplicate_of:
            found[claim_id][str(one.event_id)] = _post(one.data)
    return found


def _post(data: RemittanceReceived) -> Posted:
    assert data.claim is not None
    on = data.header.payment_date.isoformat() if data.header.payment_date else ""
    taken_back_first = "0" if data.claim.status_code == REVERSAL else "1"
    order = (on, data.header.trace_number, taken_back_first, f"{data.transaction_index:06d}", f"{data.position:06d}")
    return Posted(data.header, data.claim, order)


def _candidates(connection: Connection, tenant: str, paid: RemitClaim) -> list[Candidate]:
    """Claims that a remittance without a number of ours could mean."""
    rows: list[Any] = []
    if paid.member_id:
        rows += connection.execute(
            select(claims).where(claims.c.tenant == tenant, claims.c.member_id == paid.member_id)
        )
    if len(paid.patient_control_number) >= SHORTEST_PREFIX:
        rows += beginning(connection, claims, claims.c.patient_control_number, paid.patient_control_number, tenant)
    found: dict[str, Any] = {row.claim_id: row for row in rows}
    if paid.original_payer_claim_control_number:
        number = paid.original_payer_claim_control_number
        for row in owned(connection, claims, claims.c.claim_id, _by_payers_numbers(connection, [number]), tenant):
            found[row.claim_id] = row
    numbers: dict[str, set[str]] = {claim_id: set() for claim_id in found}
    for table in (acknowledgments, remittances):
        for row in fetch(connection, table, list(found), (table.c.claim_id, table.c.payer_claim_control_number)):
            numbers[row.claim_id].add(row.payer_claim_control_number)
    return [
        Candidate(
            claim_id,
            row.patient_control_number,
            row.member_id,
            date.fromisoformat(row.date_of_service),
            row.billed_cents,
            frozenset(numbers[claim_id] - {""}),
        )
        for claim_id, row in found.items()
    ]


def _by_payers_numbers(connection: Connection, numbers: Collection[str]) -> list[str]:
    """Ids of the claims of whose payments a payer gave one of these numbers."""
    mine = among(connection, remittances.c.payer_claim_control_number, numbers)
    return list(connection.scalars(select(remittances.c.claim_id).where(mine, remittances.c.claim_id.is_not(None))))


def _named_claim(connection: Connection, one: _Told) -> tuple[str, str]:
    """Id and number of the claim whose number, or whose payer's number, stands anywhere in a PLB reference."""
    assert one.data.provider_adjustment is not None
    reference = one.data.provider_adjustment.reference
    words = sorted({reference, *reference.replace("-", " ").split(), *reference.split()} - {""})
    if not words:
        return "", ""
    rows = owned(connection, claims, claims.c.patient_control_number, words, one.tenant)
    if not rows:
        rows = owned(connection, claims, claims.c.claim_id, _by_payers_numbers(connection, words), one.tenant)
    return (rows[0].claim_id, rows[0].patient_control_number) if len(rows) == 1 else ("", "")


SERVICE: Final = Service(
    name="remittance_reconciler",
    handle=handle,
    consumes=(Topic.REMITTANCE_RECEIVED,),
    emits=(Topic.CLAIM_RECONCILED,),
    keeps=(RECONCILIATIONS,),
)
