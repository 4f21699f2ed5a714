"""What people ask: claims with their money, a claim's story, what to do next, and the sums of it all."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from sqlalchemy import Connection, Row, and_, case, func, or_, select
from sqlalchemy.orm import aliased

from claimloom.ledger.database import among
from claimloom.ledger.states import (
    REJECTED,
    claim_states,
    fetch,
    newest_outcomes,
    overtaken,
    overtakes,
    standing,
    superseded_claims,
)
from claimloom.ledger.tables import (
    claims,
    dead_letters,
    inbox,
    journal,
    reconciliations,
    scrubs,
    submissions,
    work_items,
)
from claimloom.ledger.vault import read_event
from schemas.claim import Finding, Severity
from schemas.event import Event
from schemas.remittance import ClaimReconciled, VarianceCause
from schemas.topics import Topic

FLAGS: Final = ("underpaid", "overpaid", "denied", "held", "rejected", "suspense", "unmatched", "replaced")
# How much of an item's money usually comes in: our weights for the order of the list, not a statistic.
LIKELIHOOD: Final = {
    "held": 0.9,
    "rejected": 0.9,
    "underpaid": 0.7,
    "suspense": 0.6,
    "unmatched": 0.6,
    "denied": 0.5,
    "review": 0.4,
    "overpaid": 0.0,
}
# States of payments that fit no claim.
CLAIMLESS: Final = ("unmatched", "suspense")
ADJUDICATED_STATES: Final = ("paid", "denied", "reversed")


@dataclass(slots=True)
class ClaimRow:
    """A claim and its money, as ``claims list`` and ``claims export`` give it; amounts in cents.

    Of a corrected visit every claim but the last names that one in ``replaced_by``: what was billed, expected and is
    missing counts there, only payments that came count where they were posted.
    """

    patient_control_number: str
    payer: str
    state: str
    flags: list[str]
    billed_cents: int
    expected_paid_cents: int | None
    paid_cents: int
    patient_responsibility_cents: int
    variance_cents: int
    causes: list[dict[str, Any]] = field(default_factory=list)
    replaced_by: str = ""

    def json(self) -> dict[str, Any]:
        """The row as the public interface has it."""
        return asdict(self)


@dataclass(slots=True)
class WorkRow:
    """Something to do."""

    id: str
    patient_control_number: str
    kind: str
    reason: str
    action: str
    due: str
    recoverable_cents: int
    rank: int

    def json(self) -> dict[str, Any]:
        """The row as the public interface has it."""
        return asdict(self)


def claim_rows(
    connection: Connection, *, clinic: str = "", state: str = "", flag: str = "", payer: str = ""
) -> list[ClaimRow]:
    """All claims, in the order of their date and number, and the payments that fit no claim."""
    query = select(claims)
    if clinic:
        query = query.where(claims.c.clinic == clinic)
    if payer:
        query = query.where(or_(claims.c.payer_id == payer, claims.c.payer_name == payer))
    # Sorted here: databases differ in how they order text.
    found = sorted(connection.execute(query), key=lambda row: (row.date_of_service, row.patient_control_number))
    ids = [row.claim_id for row in found]
    states = claim_states(connection, ids)
    newest = newest_outcomes(connection, ids)
    suspended = _suspended(connection, newest)
    successors = replacements(connection, ids)
    rows = [
        _claim_row(
            row,
            states[row.claim_id],
            newest.get(row.claim_id),
            suspended=row.claim_id in suspended,
            replaced_by=successors.get(row.claim_id, ""),
        )
        for row in found
    ]
    if not clinic and not payer:
        rows += _claimless(connection)
    return [row for row in rows if (not state or row.state == state) and (not flag or flag in row.flags)]


def _claim_row(row: Row[Any], state: str, newest: Row[Any] | None, *, suspended: bool, replaced_by: str) -> ClaimRow:
    result = ClaimReconciled.model_validate_json(newest.document) if newest else None
    return ClaimRow(
        patient_control_number=row.patient_control_number,
        payer=row.payer_name,
        state=state,
        flags=_replaced_flags(suspended) if replaced_by else _flags(state, result, suspended),
        billed_cents=row.billed_cents,
        expected_paid_cents=result.expected_paid_cents if result else None,
        paid_cents=result.total_paid_cents if result else 0,
        patient_responsibility_cents=result.patient_responsibility_cents if result else 0,
        variance_cents=result.variance_cents if result else 0,
        causes=[cause.model_dump(mode="json") for cause in result.causes] if result else [],
        replaced_by=replaced_by,
    )


def _replaced_flags(suspended: bool) -> list[str]:
    """What was wrong with a replaced claim is over; a payment that could not be posted still waits."""
    return ["suspense", "replaced"] if suspended else ["replaced"]


def _flags(state: str, result: ClaimReconciled | None, suspended: bool) -> list[str]:
    found = set()
    if state == "held":
        found.add("held")
    if state in REJECTED:
        found.add("rejected")
    if suspended:
        found.add("suspense")
    if result:
        if result.outcome == "denied" or any(cause.cause == "denied" for cause in result.causes):
            found.add("denied")
        rest = underpaid_part(result.causes)
        if result.outcome in ("underpaid", "overpaid") and rest:
            found.add("underpaid" if rest < 0 else "overpaid")
    return [flag for flag in FLAGS if flag in found]


def underpaid_part(causes: Iterable[VarianceCause]) -> int:
    """The variance without what was denied outright and without rounding."""
    return sum(cause.amount_cents for cause in causes if cause.cause not in ("denied", "rounding"))


def replacements(connection: Connection, claim_ids: Iterable[str]) -> dict[str, str]:
    """Number of the claim of the visit's last revision, of those claims that have an earlier one."""
    later = aliased(claims)
    query = select(claims.c.claim_id, later.c.patient_control_number).join(later, overtakes(later))
    query = query.where(among(connection, claims.c.claim_id, claim_ids)).order_by(later.c.version)
    return {row.claim_id: row.patient_control_number for row in connection.execute(query)}


def _suspended(connection: Connection, newest: dict[str, Row[Any]]) -> set[str]:
    """Claims of which a remittance waits in suspense and none that balances came after it."""
    query = select(reconciliations).where(reconciliations.c.outcome == "suspense")
    found = set()
    for row in connection.execute(query):
        after = newest.get(row.claim_id)
        if row.claim_id and (after is None or after.number < row.number):
            found.add(row.claim_id)
    return found


def _claimless(connection: Connection) -> list[ClaimRow]:
    """Payments for claims that are not known here."""
    query = select(reconciliations).where(
        reconciliations.c.claim_id.is_(None), reconciliations.c.outcome.in_(("unmatched", "suspense"))
    )
    rows = []
    for row in sorted(connection.execute(query), key=lambda row: (row.patient_control_number, row.event_id)):
        result = ClaimReconciled.model_validate_json(row.document)
        rows.append(
            ClaimRow(
                patient_control_number=result.patient_control_number,
                payer=result.trace_number,
                state=result.outcome,
                flags=[result.outcome],
                billed_cents=result.billed_cents,
                expected_paid_cents=None,
                paid_cents=result.paid_cents if result.outcome == "unmatched" else 0,
                patient_responsibility_cents=0,
                variance_cents=0,
            )
        )
    return rows


def work_rows(connection: Connection, *, kind: str = "", limit: int | None = None) -> list[WorkRow]:
    """What is open, the most money that is likely to come first.

    What a corrected visit overtook is left out, save a payment in suspense: that money has come, whatever was billed.
    """
    query = select(work_items).where(work_items.c.state == "open")
    rows = connection.execute(query).all()
    gone = superseded_claims(connection, {row.claim_id for row in rows if row.claim_id})
    live = [row for row in rows if row.claim_id not in gone or row.kind == "suspense"]
    live.sort(key=lambda row: (-LIKELIHOOD.get(row.kind, 0.3) * row.recoverable_cents, row.due, row.id))
    ranked = [
        WorkRow(
            row.id,
            row.patient_control_number,
            row.kind,
            row.reason,
            row.action,
            row.due,
            row.recoverable_cents,
            rank,
        )
        for rank, row in enumerate(live, start=1)
    ]
    return [row for row in ranked if not kind or row.kind == kind][:limit]


def find_claim(connection: Connection, name: str) -> list[Row[Any]]:
    """Claims by control number, claim id or EMR session id; the newest version last."""
    query = select(claims).where(
        or_(claims.c.patient_control_number == name, claims.c.claim_id == name, claims.c.session_id == name)
    )
    return list(connection.execute(query.order_by(claims.c.tenant, claims.c.version)).all())


def events_of(connection: Connection, claim_id: str) -> list[Event]:
    """A claim's events in the order they were written, with the visit it comes from first."""
    bodies = connection.scalars(select(journal.c.body).where(journal.c.claim_id == claim_id).order_by(journal.c.seq))
    events = [read_event(connection, body) for body in bodies.all()]
    causes = [event.caused_by for event in events if event.type == Topic.CLAIM_BUILT and event.caused_by]
    found = [str(each) for each in causes]
    first = connection.scalars(select(journal.c.body).where(among(connection, journal.c.id, found))).all()
    return [*(read_event(connection, body) for body in first), *events]


def held_reasons(connection: Connection) -> list[tuple[str, str, int, int]]:
    """Rule, message, claims and dollars of what holds claims now, the most claims first."""
    ids = connection.scalars(select(scrubs.c.claim_id).where(scrubs.c.verdict == "held")).all()
    gone = superseded_claims(connection, ids)
    billed = {row.claim_id: row.billed_cents for row in fetch(connection, claims, ids)}
    counted: dict[str, tuple[str, int, int]] = {}
    for row in fetch(connection, scrubs, [each for each in ids if each not in gone]):
        errors: dict[str, str] = {}
        for each in json.loads(row.findings):
            finding = Finding.model_validate(each)
            if finding.severity is Severity.ERROR:
                errors.setdefault(finding.code, finding.message.partition(":")[0])
        for code, message in errors.items():
            _, number, cents = counted.get(code, ("", 0, 0))
            counted[code] = (message, number + 1, cents + billed[row.claim_id])
    rows = [(code, message, number, cents) for code, (message, number, cents) in counted.items()]
    return sorted(rows, key=lambda each: (-each[2], each[0]))


def summary(connection: Connection) -> dict[str, int]:
    """Counts and cents of everything in the ledger, as ``demo`` and ``run`` print it; a visit's dollars count once."""
    everything = claim_rows(connection)
    rows = [row for row in everything if row.state not in CLAIMLESS]
    own = [row for row in rows if not row.replaced_by]
    sessions = connection.scalar(select(func.count()).select_from(journal).where(journal.c.type == "session-completed"))
    answered = ("ch_accepted", "payer_received", "payer_accepted", *ADJUDICATED_STATES)

    def count(flag: str) -> int:
        return sum(flag in row.flags for row in own)

    missing = [
        -underpaid_part(VarianceCause(**cause) for cause in row.causes) for row in own if "underpaid" in row.flags
    ]
    return {
        "sessions": sessions or 0,
        "claims": len(own),
        "replaced": len(rows) - len(own),
        "held": count("held"),
        "submitted": connection.scalar(select(func.count()).select_from(submissions)) or 0,
        "acknowledged": sum(row.state in answered for row in own),
        "rejected": count("rejected"),
        "paid": sum(row.state == "paid" for row in own),
        "denied": count("denied"),
        "underpaid": count("underpaid"),
        "overpaid": count("overpaid"),
        "suspense": sum("suspense" in row.flags for row in everything),
        "unmatched": sum("unmatched" in row.flags for row in everything),
        "billed_cents": sum(row.billed_cents for row in own),
        "paid_cents": sum(row.paid_cents for row in rows),
        "underpaid_cents": sum(missing),
    }


def dollars_by_state(connection: Connection) -> dict[str, tuple[int, int, int]]:
    """For each state: claims, billed and paid cents; payments that fit no claim stand under their own.

    Claims that were sent and then replaced stand under ``replaced``, so that the other states count a visit once.
    """
    each = standing(connection).subquery()
    state = case((and_(overtaken(), each.c.state != "superseded"), "replaced"), else_=each.c.state).label("state")
    joined = each.join(claims, claims.c.claim_id == each.c.claim_id)
    rows = select(state, each.c.billed_cents, each.c.paid_cents).select_from(joined).subquery()
    sums = select(rows.c.state, func.count(), func.sum(rows.c.billed_cents), func.sum(rows.c.paid_cents))
    found = {
        name: (count, int(billed), int(paid))
        for name, count, billed, paid in connection.execute(sums.group_by(rows.c.state))
    }
    for row in _claimless(connection):
        number, billed, paid = found.get(row.state, (0, 0, 0))
        found[row.state] = (number + 1, billed + row.billed_cents, paid + row.paid_cents)
    return found


def dead_letter_rows(connection: Connection) -> list[dict[str, Any]]:
    """Events that a service gave up on and that were not mended since, oldest first."""
    query = select(dead_letters, journal.c.seq).join(journal, journal.c.id == dead_letters.c.id).order_by(journal.c.seq)
    newest: dict[tuple[str, str], dict[str, Any]] = {}
    for row in connection.execute(query):
        newest[row.service, row.event_id] = {
            "id": row.id,
            "service": row.service,
            "event_id": row.event_id,
            "event_type": row.event_type,
            "error_type": row.error_type,
            "error": row.error,
            "attempts": row.attempts,
        }
    return [row for row in newest.values() if _still_dead(connection, row)]


def _still_dead(connection: Connection, row: dict[str, Any]) -> bool:
    outcome = connection.scalar(
        select(inbox.c.outcome).where(inbox.c.service == row["service"], inbox.c.event_id == row["event_id"])
    )
    return outcome == "dead"


def event_by_id(connection: Connection, event_id: str) -> Event | None:
    """An event of the journal."""
    body = connection.scalar(select(journal.c.body).where(journal.c.id == event_id))
    return read_event(connection, body) if body else None
