"""claim_scrubber: every claim gets its findings and a verdict; what the rules know of other claims comes from here."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row, select

from claimloom.ledger import projections
from claimloom.ledger.states import REJECTED, claim_states, fetch
from claimloom.ledger.tables import accumulators, claim_lines, claims, submissions
from claimloom.payers import payer_config
from claimloom.reference.therapy_codes import therapy_code
from claimloom.runtime.topology import Context, Draft, Received, Service
from claimloom.scrub import scrub
from claimloom.scrub.case import Case, LedgerView, OtherClaim, OtherLine
from claimloom.scrub.dates import WARN_DAYS, timely_deadline
from schemas.claim import Claim, ClaimBuilt, ClaimScrubbed, Finding, Severity
from schemas.followup import NextAction
from schemas.topics import Topic
from schemas.values import Discipline

HELD_DAYS: Final = 7
GONE: Final = REJECTED | {"superseded", "reversed"}


def handle(context: Context, received: Sequence[Received]) -> list[Draft]:
    """A verdict for each claim, as of the day of the step."""
    built = [data for _, data in received if isinstance(data, ClaimBuilt)]
    views = _Views(context.connection, built)
    drafts = []
    for event, data in received:
        assert isinstance(data, ClaimBuilt)
        coverage, session = data.claim.coverage, data.session
        payer = payer_config(coverage.payer_id, coverage.payer_class, session.date_of_service)
        case = Case(
            data.claim, session, payer, context.now.date(), data.expected_rate_cents, views.of(event.tenant, data)
        )
        drafts.append(
            Draft(
                _with_action(scrub(case), case), str(data.claim.claim_id), event.tenant, event.clinic, parent=event.id
            )
        )
    return drafts


def _with_action(scrubbed: ClaimScrubbed, case: Case) -> ClaimScrubbed:
    """A held claim is work for a person: the change that frees it, in time to be filed."""
    if scrubbed.verdict == "clean":
        return scrubbed
    errors = [finding for finding in scrubbed.findings if finding.severity is Severity.ERROR]
    latest = timely_deadline(case) - timedelta(days=WARN_DAYS)
    action = NextAction(
        kind="held",
        reason=_reason(errors),
        action="; ".join(scrubbed.smallest_fix) + "; then raise the revision and send the visit again",
        due=max(case.as_of, min(latest, case.as_of + timedelta(days=HELD_DAYS))),
        recoverable_cents=scrubbed.total_charge_cents if case.rates_cents is None else _allowed(case),
    )
    return scrubbed.model_copy(update={"next_action": action})


def _reason(errors: Sequence[Finding]) -> str:
    """Each rule once, with its first place."""
    first: dict[str, str] = {}
    lines: Counter[str] = Counter(finding.code for finding in errors)
    for finding in errors:
        first.setdefault(finding.code, f"{finding.code} {finding.message}")
    return "; ".join(
        text + (f" (and {lines[code] - 1} more)" if lines[code] > 1 else "") for code, text in first.items()
    )


def _allowed(case: Case) -> int:
    pairs = zip(case.claim.lines, case.rates_cents or (), strict=True)
    return sum(min(line.charge_cents, rate) for line, rate in pairs)


@dataclass(frozen=True, slots=True)
class _Head:
    claim_id: str
    session_id: str
    sent: bool
    claim: OtherClaim


class _Views:
    """What the ledger knows around the claims of a batch, asked for once for all of them."""

    def __init__(self, connection: Connection, built: Sequence[ClaimBuilt]) -> None:
        self.days: dict[tuple[str, str, str], list[_Head]] = defaultdict(list)
        self.counted: dict[tuple[str, str, str], list[Row[Any]]] = defaultdict(list)
        patients = sorted({each.claim.patient.patient_id for each in built})
        days = {(each.claim.patient.patient_id, each.session.date_of_service.isoformat()) for each in built}
        heads = [
            row
            for page in _pages(patients)
            for row in connection.execute(select(claims).where(claims.c.patient_id.in_(page)))
            if (row.patient_id, row.date_of_service) in days
        ]
        # A claim alone on its day has no neighbour: most days of most patients are left out here.
        several: dict[tuple[str, str, str], int] = defaultdict(int)
        for row in heads:
            several[row.tenant, row.patient_id, row.date_of_service] += 1
        heads = [row for row in heads if several[row.tenant, row.patient_id, row.date_of_service] > 1]
        self._neighbours(connection, heads)
        for page in _pages(patients):
            for row in connection.execute(select(accumulators).where(accumulators.c.patient_id.in_(page))):
                self.counted[row.tenant, row.patient_id, row.name].append(row)

    def _neighbours(self, connection: Connection, heads: Sequence[Row[Any]]) -> None:
        ids = [row.claim_id for row in heads]
        states = claim_states(connection, ids)
        sent = {row.claim_id for row in fetch(connection, submissions, ids)}
        lines: dict[str, list[Row[Any]]] = defaultdict(list)
        for line in fetch(connection, claim_lines, ids):
            lines[line.claim_id].append(line)
        for row in heads:
            if states[row.claim_id] in GONE or not lines[row.claim_id]:
                continue
            own = lines[row.claim_id]
            units = Claim.model_validate_json(row.document).units
            other = OtherClaim(
                patient_control_number=row.patient_control_number,
                session_id=row.session_id,
                payer_id=row.payer_id,
                billing_npi=own[0].billing_npi,
                rendering_npi=own[0].rendering_npi,
                discipline=Discipline(row.discipline),
                lines=tuple(
                    OtherLine(each.procedure_code, frozenset(filter(None, each.modifiers.split(":"))), each.units)
                    for each in sorted(own, key=lambda each: each.line_number)
                ),
                pool_minutes=units.pool_minutes,
                pool_units=sum(each.units for each in units.codes if each.minutes and _pooled(each.code)),
            )
            key = (row.tenant, row.patient_id, row.date_of_service)
            self.days[key].append(_Head(row.claim_id, row.session_id, row.claim_id in sent, other))

    def of(self, tenant: str, built: ClaimBuilt) -> LedgerView:
        """The view of one claim: of two on a day the one sent comes first, else that of the lower session id."""
        claim, session = built.claim, built.session
        patient, day = claim.patient.patient_id, session.date_of_service.isoformat()
        others = []
        for head in sorted(
            self.days.get((tenant, patient, day), ()), key=lambda each: (each.session_id, each.claim_id)
        ):
            if head.session_id != session.session_id:
                first = head.sent or head.session_id < session.session_id
                others.append(replace(head.claim, came_first=first))
        dollars = projections.therapy_dollars(claim.discipline, session.date_of_service.year)
        used = self._before((tenant, patient, dollars), day, session.session_id)
        visits = 0
        if claim.authorization_number:
            name = projections.authorization_visits(claim.coverage.payer_id, claim.authorization_number)
            visits = self._before((tenant, patient, name), day, session.session_id)
        return LedgerView(tuple(others), used, visits)

    def _before(self, key: tuple[str, str, str], day: str, session_id: str) -> int:
        """Sum of an accumulator over the sessions before this one, each in its newest revision."""
        newest: dict[str, Row[Any]] = {}
        for row in self.counted.get(key, ()):
            known = newest.get(row.session_id)
            if (row.date_of_service, row.session_id) < (day, session_id) and (not known or known.version < row.version):
                newest[row.session_id] = row
        return sum(row.amount for row in newest.values())


def _pooled(code: str) -> bool:
    known = therapy_code(code)
    return known is not None and known.counts_in_cms_15min_pool


def _pages(names: Sequence[str]) -> list[Sequence[str]]:
    return [names[start : start + 500] for start in range(0, len(names), 500)]


SERVICE: Final = Service(
    name="claim_scrubber",
    handle=handle,
    consumes=(Topic.CLAIM_BUILT,),
    emits=(Topic.CLAIM_SCRUBBED,),
    projects={Topic.CLAIM_SCRUBBED: projections.claim_scrubbed},
)
