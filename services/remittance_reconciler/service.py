"""remittance_reconciler: each remittance meets its claim; what cannot is set aside with the reason, never dropped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, select

from claimloom.ledger import projections
from claimloom.ledger.database import among, lock
from claimloom.ledger.states import fetch
from claimloom.ledger.tables import acknowledgments, claim_lines, claims, reconciliations, remittances, submissions
from claimloom.payers import PayerConfig, payer_config
from claimloom.pricing import Price, PriceLine, pay_allowed, price_claim
from claimloom.remit.classify import is_patient_share
from claimloom.remit.match import Candidate, match_claim
from claimloom.remit.reconcile import Expected, Line, Posted, Result, lines_of, reconcile, standing
from claimloom.topology import Context, Draft, Received, Service
from schemas.claim import Claim
from schemas.event import Envelope
from schemas.followup import NextAction
from schemas.remittance import ClaimReconciled, ProviderAdjustment, RemitClaim, RemittanceReceived
from schemas.topics import Topic

DEDUCTIBLE: Final = "1"
LOOK_DAYS: Final = 7
DISPUTE_DAYS: Final = 30
NO_POSTING: Final = {"23": "forwarded to another payer, nothing paid", "25": "predetermination, nothing paid"}
PLB_WORDS: Final = {
    "WO": "overpayment recovery",
    "FB": "balance carried forward",
    "72": "refund acknowledged",
    "L6": "interest",
    "CS": "adjustment",
    "IR": "tax withheld",
    "LE": "levy",
    "J1": "not payable part",
}


def handle(context: Context, received: Sequence[Received]) -> list[Draft]:
    """One claim-reconciled for each remittance."""
    desk = _Desk(context, [data for _, data in received if isinstance(data, RemittanceReceived)], received)
    drafts = []
    for event, data in received:
        assert isinstance(data, RemittanceReceived)
        result = desk.reconcile(event, data)
        subject = str(result.claim_id) if result.claim_id else event.subject
        drafts.append(Draft(result, subject, event.tenant, event.clinic, parent=event.id))
    return drafts


class _Desk:
    """The claims and remittances around a batch, asked for once, and the results worked out once a claim."""

    def __init__(self, context: Context, batch: Sequence[RemittanceReceived], received: Sequence[Received]) -> None:
        self.connection = context.connection
        self.today = context.now.date()
        ids = {str(data.claim_id) for data in batch if data.claim_id}
        self.matched: dict[UUID, tuple[str, str]] = {}
        for event, data in received:
            assert isinstance(data, RemittanceReceived)
            if data.claim and not data.claim_id and not data.imbalances:
                self.matched[event.id] = match_claim(data.claim, _candidates(self.connection, event.tenant, data.claim))
        ids |= {claim_id for claim_id, _ in self.matched.values() if claim_id}
        self.named: dict[UUID, tuple[str, str]] = {}
        for event, data in received:
            if isinstance(data, RemittanceReceived) and data.provider_adjustment:
                reference = data.provider_adjustment.reference
                self.named[event.id] = _named_claim(self.connection, event.tenant, reference)
        # Two remittances of one claim may be in the hands of two workers: the second counts what the first posted.
        about = ids | {claim_id for claim_id, _ in self.named.values() if claim_id}
        lock(self.connection, [f"claim {claim_id}" for claim_id in about])
        self.claims = {
            row.claim_id: Claim.model_validate_json(row.document) for row in fetch(self.connection, claims, ids)
        }
        self.days_shared = _days_shared(self.connection, ids)
        self.posted = _posted(self.connection, ids)
        for event, data in received:
            claim_id, _ = self.matched.get(event.id, ("", ""))
            if claim_id and isinstance(data, RemittanceReceived) and data.claim:
                self.posted.setdefault(claim_id, {})[str(event.id)] = _post(data)
        self.results: dict[str, Result] = {}

    def reconcile(self, event: Envelope, data: RemittanceReceived) -> ClaimReconciled:
        """What came of one remittance."""
        header = data.header
        base = ClaimReconciled(
            claim_id=data.claim_id,
            remittance_id=event.id,
            patient_control_number=data.claim.patient_control_number if data.claim else "",
            outcome="information",
            billed_cents=data.claim.charge_cents if data.claim else 0,
            paid_cents=data.claim.paid_cents if data.claim else 0,
            payer_claim_control_number=data.claim.payer_claim_control_number if data.claim else "",
            status_code=data.claim.status_code if data.claim else "",
            trace_number=header.trace_number,
            payment_date=header.payment_date,
        )
        if data.imbalances:
            return _suspense(base, data, self.today)
        if data.duplicate_of:
            said = [f"Payment {header.trace_number} was read before from {data.duplicate_of}; not posted again."]
            action = NextAction(
                kind="review",
                reason=f"payment {header.trace_number} was told again with other content, by {data.file_name}",
                action=f"compare it with {data.duplicate_of}; ask the payer which one holds",
                due=self.today + timedelta(days=LOOK_DAYS),
                recoverable_cents=0,
            )
            return base.model_copy(update={"outcome": "duplicate", "explanation": said, "next_action": action})
        if data.provider_adjustment:
            return self._provider_level(event, base, data.provider_adjustment)
        if data.claim is None:
            said = [f"Payment {header.trace_number} names no claim and no adjustment."]
            return base.model_copy(update={"explanation": said})
        return self._of_claim(event, base, data, data.claim)

    def _of_claim(
        self, event: Envelope, base: ClaimReconciled, data: RemittanceReceived, paid: RemitClaim
    ) -> ClaimReconciled:
        claim_id, how = self.matched.get(event.id, ("", ""))
        claim_id = str(data.claim_id) if data.claim_id else claim_id
        claim = self.claims.get(claim_id)
        if claim is None:
            return _unmatched(base, paid, self.today)
        if not how:
            exact = paid.patient_control_number == claim.patient_control_number
            how = "claim_number" if exact else "payer_claim_number"
        known = {
            "claim_id": claim.claim_id,
            "matched_by": how,
            "patient_control_number": claim.patient_control_number,
            "billed_cents": claim.total_charge_cents,
        }
        if paid.status_code in NO_POSTING:
            said = [f"Status {paid.status_code}: {NO_POSTING[paid.status_code]}."]
            return base.model_copy(update=known | {"explanation": said})
        if claim_id not in self.results:
            shared = claim_id in self.days_shared
            self.results[claim_id] = _result(claim, list(self.posted[claim_id].values()), shared)
        result = self.results[claim_id]
        expected = result.expected_paid_cents
        return base.model_copy(
            update=known
            | {
                "outcome": result.outcome,
                "total_paid_cents": result.total_paid_cents,
                "expected_paid_cents": expected,
                "patient_responsibility_cents": result.patient_cents,
                "contractual_cents": result.contractual_cents,
                "variance_cents": sum(cause.amount_cents for cause in result.causes),
                "causes": result.causes,
                "lines": result.lines,
                "denials": result.denials,
                "next_action": result.next_action,
                "explanation": result.explanation,
            }
        )

    def _provider_level(self, event: Envelope, base: ClaimReconciled, plb: ProviderAdjustment) -> ClaimReconciled:
        """A PLB pair: booked on its own; a recovery is tied to the claim that its reference names."""
        words = PLB_WORDS.get(plb.reason, "see the payer's letter")
        verb = "takes" if plb.amount_cents > 0 else "gives"
        said = f"PLB {plb.reason} ({words}) {verb} {_usd(abs(plb.amount_cents))}, reference {plb.reference or 'none'}."
        claim_id, number = self.named[event.id]
        action = None
        if (plb.amount_cents > 0 and plb.reason in ("WO", "FB", "CS", "J1", "WU")) or plb.reason not in PLB_WORDS:
            about = f" for claim {number}" if number else ""
            action = NextAction(
                kind="review",
                reason=f"PLB {plb.reason} ({words}){about}",
                action="check that the money was owed; dispute it with the payer if not",
                due=(base.payment_date or self.today) + timedelta(days=DISPUTE_DAYS),
                recoverable_cents=max(plb.amount_cents, 0),
            )
        return base.model_copy(
            update={
                "outcome": "provider_level",
                "claim_id": UUID(claim_id) if claim_id else None,
                "patient_control_number": number,
                "paid_cents": -plb.amount_cents,
                "explanation": [said],
                "next_action": action,
            }
        )


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


def _result(claim: Claim, posted: list[Posted], day_shared: bool) -> Result:
    coverage, day = claim.coverage, claim.lines[0].date_of_service
    payer = payer_config(coverage.payer_id, coverage.payer_class, day)
    lines, _ = lines_of(claim, standing(sorted(posted, key=lambda each: each.order)))
    deadline = day + timedelta(days=payer.timely_days)
    expected = expectation(claim, payer, lines)
    if day_shared and payer.mppr and expected is not None:
        # The payer picks the day's one full unit over all claims; which claim it picked shows in what it allowed.
        reduced = expectation(claim, payer, lines, full_unit_used=True)
        allowed = sum(line.allowed for line in lines)
        if reduced is not None and _distance(reduced, allowed) < _distance(expected, allowed):
            expected = reduced
    return reconcile(claim, posted, expected, payer, deadline)


def _distance(expected: Expected, allowed_cents: int) -> int:
    return abs(sum(expected.allowed_cents) - allowed_cents)


def expectation(
    claim: Claim, payer: PayerConfig, paid: Sequence[Line], *, full_unit_used: bool = False
) -> Expected | None:
    """What the payer should pay, given the patient's share as it was taken; None without fees to go by.

    The deductible is the payer's to know; coinsurance is ours to check where a rule fixes it (Medicare).
    """
    lines = [
        PriceLine(line.procedure_code, tuple(line.modifiers), line.units, line.charge_cents) for line in claim.lines
    ]
    day = claim.lines[0].date_of_service
    place = claim.service_facility_address or claim.billing_provider.address
    by_rule = bool(payer.coinsurance)
    taken = [
        line.share(DEDUCTIBLE) if by_rule else sum(p.amount_cents for p in line.adjustments if is_patient_share(p))
        for line in paid
    ]
    if not by_rule and not any(line.paid_cents or taken[number] for number, line in enumerate(paid)):
        taken[0] = payer.copay_cents  # nothing was decided on the patient's share: what the contract says

    def priced(some: Sequence[PriceLine], fee_year: int | None = None) -> Price | None:
        return price_claim(
            some,
            payer,
            day,
            place.zip,
            deductibles_cents=taken,
            full_unit_used=full_unit_used,
            fee_year=fee_year,
        )

    price = priced(lines)
    if price is None:
        return None
    last_year = priced(lines, _year_before(payer, day))
    mppr = [line.reductions.get("mppr", 0) for line in price.lines]
    full = [
        min(line.allowed_cents + line.reductions.get("lesser_of_charge", 0) + cut, line.line.charge_cents)
        for line, cut in zip(price.lines, mppr, strict=True)
    ]

    def fewer_units(number: int, units: int) -> int:
        some = [*lines]
        whole = lines[number]
        some[number] = PriceLine(whole.code, whole.modifiers, units, whole.charge_cents * units // whole.units)
        found = priced(some)
        assert found is not None
        return found.lines[number].allowed_cents

    return Expected(
        allowed_cents=[line.allowed_cents for line in price.lines],
        paid_cents=[line.paid_cents for line in price.lines],
        coinsurance_cents=[line.coinsurance_cents for line in price.lines],
        sequestration_cents=[line.reductions.get("sequestration", 0) for line in price.lines],
        steps=[line.steps for line in price.lines],
        pay=lambda number, allowed: pay_allowed(lines[number], allowed, payer, taken[number]),
        fewer_units=fewer_units,
        last_year_cents=[line.allowed_cents for line in last_year.lines] if last_year else None,
        without_mppr_cents=full if any(mppr) else None,
    )


def _year_before(payer: PayerConfig, day: date) -> int:
    if payer.contract == "percent_of_medicare" and payer.medicare_year:
        return payer.medicare_year - 1
    return day.year - 1


def _posted(connection: Connection, claim_ids: Iterable[str]) -> dict[str, dict[str, Posted]]:
    """All remittances of the claims that count, by claim and event: balanced, and not a second telling."""
    ids = sorted(claim_ids)
    found: dict[str, dict[str, Posted]] = {each: {} for each in ids}
    owners = {row.remittance_id: row.claim_id for row in fetch(connection, reconciliations, ids)}
    rows = list(fetch(connection, remittances, ids))
    if later := set(owners) - {row.event_id for row in rows}:
        query = select(remittances).where(among(connection, remittances.c.event_id, later))
        rows += connection.execute(query).all()
    for row in rows:
        data = RemittanceReceived.model_validate_json(row.document)
        if data.claim and not data.imbalances and not data.duplicate_of:
            found[row.claim_id or owners[row.event_id]][row.event_id] = _post(data)
    return found


def _post(data: RemittanceReceived) -> Posted:
    assert data.claim is not None
    on = data.header.payment_date.isoformat() if data.header.payment_date else ""
    taken_back_first = "0" if data.claim.status_code == "22" else "1"
    order = (on, data.header.trace_number, taken_back_first, f"{data.transaction_index:06d}", f"{data.position:06d}")
    return Posted(data.header, data.claim, order)


def _candidates(connection: Connection, tenant: str, paid: RemitClaim) -> list[Candidate]:
    """Claims that a remittance without a number of ours could mean."""
    ways: list[Any] = []
    if paid.member_id:
        ways.append(claims.c.member_id == paid.member_id)
    if len(paid.patient_control_number) >= 10:
        ways.append(claims.c.patient_control_number.startswith(paid.patient_control_number, autoescape=True))
    found: dict[str, Any] = {}
    for way in ways:
        for row in connection.execute(select(claims).where(claims.c.tenant == tenant, way)):
            found[row.claim_id] = row
    if paid.original_payer_claim_control_number:
        number = paid.original_payer_claim_control_number
        named = select(remittances.c.claim_id).where(remittances.c.payer_claim_control_number == number)
        for row in connection.execute(select(claims).where(claims.c.tenant == tenant, claims.c.claim_id.in_(named))):
            found[row.claim_id] = row
    numbers: dict[str, set[str]] = {claim_id: set() for claim_id in found}
    for table in (acknowledgments, remittances):
        for row in fetch(connection, table, list(found)):
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


def _named_claim(connection: Connection, tenant: str, reference: str) -> tuple[str, str]:
    """The claim whose number, or whose payer's number, stands anywhere in a PLB reference."""
    words = sorted({reference, *reference.replace("-", " ").split(), *reference.split()} - {""})
    if not words:
        return "", ""
    query = select(claims.c.claim_id, claims.c.patient_control_number).where(claims.c.tenant == tenant)
    rows = connection.execute(query.where(among(connection, claims.c.patient_control_number, words))).all()
    if not rows:
        named = select(remittances.c.claim_id).where(among(connection, remittances.c.payer_claim_control_number, words))
        rows = connection.execute(query.where(claims.c.claim_id.in_(named))).all()
    return (rows[0].claim_id, rows[0].patient_control_number) if len(rows) == 1 else ("", "")


def _suspense(base: ClaimReconciled, data: RemittanceReceived, today: date) -> ClaimReconciled:
    said = [
        f"Segment {each.segment_number}: {each.rule} fails by {_usd(each.difference_cents)} "
        f"(is {_usd(each.actual_cents)}, should be {_usd(each.expected_cents)})."
        for each in data.imbalances
    ]
    worst = max(data.imbalances, key=lambda each: abs(each.difference_cents))
    action = NextAction(
        kind="suspense",
        reason=f"remittance {data.header.trace_number} does not balance: {worst.rule} by "
        f"{_usd(worst.difference_cents)} at segment {worst.segment_number} of {data.file_name}",
        action="not posted; ask the payer for a corrected 835",
        due=today + timedelta(days=LOOK_DAYS),
        recoverable_cents=max(base.paid_cents, 0),
    )
    return base.model_copy(update={"outcome": "suspense", "explanation": said, "next_action": action})


def _unmatched(base: ClaimReconciled, paid: RemitClaim, today: date) -> ClaimReconciled:
    said = f"No claim of ours has number {paid.patient_control_number or 'none'} or fits member, day and charge."
    action = NextAction(
        kind="unmatched",
        reason=f"remittance {base.trace_number} pays {_usd(paid.paid_cents)} for a claim that is not ours to see",
        action="find the claim, or return the money",
        due=today + timedelta(days=DISPUTE_DAYS),
        recoverable_cents=max(paid.paid_cents, 0),
    )
    return base.model_copy(
        update={"claim_id": None, "outcome": "unmatched", "explanation": [said], "next_action": action}
    )


def _usd(cents: int) -> str:
    sign = "-" if cents < 0 else ""
    return f"{sign}${abs(cents) // 100:,}.{abs(cents) % 100:02d}"


SERVICE: Final = Service(
    name="remittance_reconciler",
    handle=handle,
    consumes=(Topic.REMITTANCE_RECEIVED,),
    emits=(Topic.CLAIM_RECONCILED,),
    projects={Topic.CLAIM_RECONCILED: projections.claim_reconciled},
)
