"""Folds: how each event type changes the tables. Used at the moment of the event and by replay alike.

A fold looks at nothing but the events and the rows that earlier events made, so that rebuilding gives the same rows.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, Final, TypeVar

from sqlalchemy import Column, Connection, func, select

from claimloom.ledger.database import among, insert_new, insert_or_update
from claimloom.ledger.tables import (
    accumulators,
    acknowledgments,
    adjustments,
    claim_lines,
    claims,
    control_numbers,
    dead_letters,
    payments,
    reconciliations,
    remittances,
    scrubs,
    submissions,
    work_items,
)
from claimloom.runtime.topology import Received
from schemas.acknowledgment import ClaimAcknowledged
from schemas.claim import ClaimBuilt, ClaimScrubbed, ClaimSubmitted
from schemas.event import Envelope, derived_id
from schemas.followup import DeadLetter, NextAction
from schemas.remittance import Adjustment, ClaimReconciled, RemittanceReceived
from schemas.values import Discipline, Noun, PayerClass

# Outcomes of a remittance that say how a claim stands, and the state they put it in.
ADJUDICATED: Final = {
    "paid_as_expected": "paid",
    "underpaid": "paid",
    "overpaid": "paid",
    "no_expectation": "paid",
    "denied": "denied",
    "reversed": "reversed",
}
# Stages of a claim's way, and the stage at which a kind of work item is opened; other kinds come with a remittance.
SCRUBBED, SUBMITTED, ANSWERED, RECONCILED = 1, 2, 3, 4
STAGE: Final = {"held": SCRUBBED, "rejected": ANSWERED}
Row = dict[str, Any]
N = TypeVar("N", bound=Noun)


def _typed(received: Sequence[Received], payload: type[N]) -> Iterator[tuple[Envelope, N]]:
    for event, data in received:
        assert isinstance(data, payload)
        yield event, data


def claim_built(connection: Connection, received: Sequence[Received]) -> None:
    """``claim-built`` into claims, claim_lines and accumulators."""
    counted: list[Row] = []
    heads: list[Row] = []
    lines: list[Row] = []
    pairs = list(_typed(received, ClaimBuilt))
    patients = [(event.tenant, built.claim.patient.patient_id) for event, built in pairs]
    numbers = _numbers(connection, (claims.c.tenant, claims.c.patient_id), patients)
    for (event, built), number in zip(pairs, numbers, strict=True):
        claim = built.claim
        heads.append(
            {
                "claim_id": str(claim.claim_id),
                "patient_control_number": claim.patient_control_number,
                "tenant": event.tenant,
                "clinic": event.clinic,
                "session_id": built.session.session_id,
                "version": claim.version,
                "patient_id": claim.patient.patient_id,
                "payer_id": claim.coverage.payer_id,
                "payer_name": claim.coverage.payer_name,
                "member_id": claim.coverage.member_id,
                "discipline": claim.discipline.value,
                "date_of_service": built.session.date_of_service.isoformat(),
                "billed_cents": claim.total_charge_cents,
                "expected_allowed_cents": built.allowed_cents,
                "document": claim.model_dump_json(),
                "number": number,
            }
        )
        lines += [
            {
                "claim_id": str(claim.claim_id),
                "line_number": line.line_number,
                "line_control_number": line.line_control_number,
                "procedure_code": line.procedure_code,
                "modifiers": ":".join(line.modifiers),
                "units": line.units,
                "charge_cents": line.charge_cents,
                "rendering_npi": claim.rendering.npi,
                "billing_npi": claim.billing_provider.npi,
            }
            for line in claim.lines
        ]
        counted += _accumulated(event, built, number)
    insert_new(connection, claims, heads)
    insert_new(connection, claim_lines, lines)
    insert_new(connection, accumulators, counted)


def _numbers(
    connection: Connection, columns: Sequence[Column[Any]], keys: Sequence[tuple[str | None, ...]]
) -> list[int]:
    """For each row to come its place among those of its key, counted from 0 in the order they were written.

    One key's events are handled one after the other wherever they are handled, so this is the order of that key. What
    has no key has no order.
    """
    count: Counter[tuple[str | None, ...]] = Counter()
    known = [key for key in keys if key[-1]]
    # Every part of the key, the tenant too: the index begins with it, and without it all of the table would be read.
    some = [among(connection, column, {str(key[place]) for key in known}) for place, column in enumerate(columns)]
    for row in connection.execute(select(*columns, func.count()).where(*some).group_by(*columns)):
        count[tuple(row[:-1])] = row[-1]
    found = []
    for key in keys:
        found.append(count[key] if key[-1] else 0)
        count[key] += 1
    return found


def _accumulated(event: Envelope, built: ClaimBuilt, number: int) -> list[Row]:
    """What a claim adds to the year's Medicare therapy dollars and to the visits of its authorization."""
    claim = built.claim
    parts: list[tuple[str, int]] = []
    allowed = built.allowed_cents
    if allowed is not None and claim.coverage.payer_class is PayerClass.MEDICARE_B:
        parts.append((therapy_dollars(claim.discipline, built.session.date_of_service.year), allowed))
    if claim.authorization_number:
        parts.append((authorization_visits(claim.coverage.payer_id, claim.authorization_number), 1))
    return [
        {
            "claim_id": str(claim.claim_id),
            "name": name,
            "tenant": event.tenant,
            "patient_id": claim.patient.patient_id,
            "session_id": built.session.session_id,
            "version": claim.version,
            "date_of_service": built.session.date_of_service.isoformat(),
            "amount": amount,
            "number": number,
        }
        for name, amount in parts
    ]


def therapy_dollars(discipline: Discipline, year: int) -> str:
    """Accumulator of a year's Medicare allowed amounts; PT and SLP share one threshold."""
    return f"therapy:{'OT' if discipline is Discipline.OT else 'PT+SLP'}:{year}"


def authorization_visits(payer_id: str, number: str) -> str:
    """Accumulator of the visits of an authorization."""
    return f"authorization:{payer_id}:{number}"


def claim_scrubbed(connection: Connection, received: Sequence[Received]) -> None:
    """``claim-scrubbed`` into scrubs; a later scrub of the same claim version replaces the earlier one."""
    rows = {
        str(scrubbed.claim_id): {
            "claim_id": str(scrubbed.claim_id),
            "verdict": scrubbed.verdict,
            "findings": _json(scrubbed.findings),
            "smallest_fix": json.dumps(scrubbed.smallest_fix),
            "rules_version": scrubbed.rules_version,
        }
        for _, scrubbed in _typed(received, ClaimScrubbed)
    }
    insert_or_update(connection, scrubs, list(rows.values()))


def claim_submitted(connection: Connection, received: Sequence[Received]) -> None:
    """``claim-submitted`` into submissions, and the highest interchange number into control_numbers."""
    rows: list[Row] = []
    for _, sent in _typed(received, ClaimSubmitted):
        row = sent.model_dump(mode="json", exclude={"claims_in_file", "total_charge_cents", "patient_control_number"})
        rows.append(row)
    insert_new(connection, submissions, rows)
    highest = max(int(row["interchange_control_number"]) for row in rows)
    before = connection.scalar(select(control_numbers.c.last).where(control_numbers.c.name == "interchange")) or 0
    insert_or_update(connection, control_numbers, [{"name": "interchange", "last": max(before, highest)}])


def claim_acknowledged(connection: Connection, received: Sequence[Received]) -> None:
    """``claim-acknowledged`` into acknowledgments; the claim's state is folded from them when it is read."""
    pairs = list(_typed(received, ClaimAcknowledged))
    ids = [str(answer.claim_id) if answer.claim_id else None for _, answer in pairs]
    numbers = _numbers(connection, (acknowledgments.c.claim_id,), [(each,) for each in ids])
    rows = [
        {
            "event_id": str(event.id),
            "claim_id": str(answer.claim_id) if answer.claim_id else None,
            "patient_control_number": answer.patient_control_number,
            "kind": answer.kind,
            "level": answer.level,
            "accepted": int(answer.accepted),
            "state": answer.state,
            "message": answer.message,
            "payer_claim_control_number": answer.payer_claim_control_number,
            "process_date": answer.process_date.isoformat() if answer.process_date else "",
            "number": number,
        }
        for (event, answer), number in zip(pairs, numbers, strict=True)
    ]
    insert_new(connection, acknowledgments, rows)


def remittance_received(connection: Connection, received: Sequence[Received]) -> None:
    """``remittance-received`` into remittances, payments (one a transaction) and adjustments."""
    heads: list[Row] = []
    money: list[Row] = []
    parts: list[Row] = []
    for event, remit in _typed(received, RemittanceReceived):
        claim, plb, header = remit.claim, remit.provider_adjustment, remit.header
        paid_on = header.payment_date.isoformat() if header.payment_date else ""
        heads.append(
            {
                "event_id": str(event.id),
                "tenant": event.tenant,
                "claim_id": str(remit.claim_id) if remit.claim_id else None,
                "patient_control_number": claim.patient_control_number if claim else "",
                "payer_claim_control_number": claim.payer_claim_control_number if claim else "",
                "payment_id": str(remit.payment_id),
                "trace_number": header.trace_number,
                "payment_date": paid_on,
                "paid_cents": claim.paid_cents if claim else 0,
                "provider_adjustment_cents": plb.amount_cents if plb else 0,
                "file_name": remit.file_name,
                "transaction_index": remit.transaction_index,
                "position": remit.position,
                "document": remit.model_dump_json(),
            }
        )
        money.append(
            {
                "payment_id": str(remit.payment_id),
                "tenant": event.tenant,
                "payer_name": header.payer_name,
                "trace_number": header.trace_number,
                "payment_date": paid_on,
                "total_paid_cents": header.total_paid_cents,
            }
        )
        if claim:
            placed = [("", part) for part in claim.adjustments]
            placed += [(line.line_control_number, part) for line in claim.lines for part in line.adjustments]
            parts += [_adjustment(event, number, line, part) for number, (line, part) in enumerate(placed)]
    insert_new(connection, remittances, heads)
    insert_new(connection, payments, money)
    insert_new(connection, adjustments, parts)


def _adjustment(event: Envelope, number: int, line_control_number: str, part: Adjustment) -> Row:
    return {
        "event_id": str(event.id),
        "number": number,
        "line_control_number": line_control_number,
        "group_code": part.group,
        "reason": part.reason,
        "amount_cents": part.amount_cents,
    }


def claim_reconciled(connection: Connection, received: Sequence[Received]) -> None:
    """``claim-reconciled`` into reconciliations, each claim's numbered in the order they came, the newest last."""
    pairs = list(_typed(received, ClaimReconciled))
    ids = [str(result.claim_id) if result.claim_id else None for _, result in pairs]
    numbers = _numbers(connection, (reconciliations.c.claim_id,), [(each,) for each in ids])
    rows = [
        {
            "event_id": str(event.id),
            "claim_id": str(result.claim_id) if result.claim_id else None,
            "tenant": event.tenant,
            "patient_control_number": result.patient_control_number,
            "remittance_id": str(result.remittance_id),
            "outcome": result.outcome,
            "number": number,
            "document": result.model_dump_json(),
            "total_paid_cents": result.total_paid_cents or 0,
        }
        for (event, result), number in zip(pairs, numbers, strict=True)
    ]
    insert_new(connection, reconciliations, rows)


def dead_letter(connection: Connection, received: Sequence[Received]) -> None:
    """``dead-letter`` into dead_letters."""
    rows = [{"id": str(event.id)} | letter.model_dump(mode="json") for event, letter in _typed(received, DeadLetter)]
    insert_new(connection, dead_letters, rows)


def work_items_of(connection: Connection, received: Sequence[Received]) -> None:
    """What a person has to do, opened and closed by what happens to a claim.

    Events of one topic come in their order, events of different topics in any: an answer may be seen after the payment
    that settles it. So an item is closed by what comes later on a claim's way, whichever is read first. Items of a
    claim that a corrected visit overtook stay open here and are left out when the list is read.
    """
    waiting: dict[str, dict[str, int]] = {_about(event, data): {} for event, data in received}
    query = select(work_items.c.id, work_items.c.about, work_items.c.kind).where(
        among(connection, work_items.c.about, waiting), work_items.c.state == "open"
    )
    for row in connection.execute(query):
        waiting[row.about][row.id] = STAGE.get(row.kind, RECONCILED)
    sent: set[str] = set()
    decided: set[str] = set()
    # Only what opens an item needs to know how far its claim is: most events do not.
    if opening := {_about(event, data) for event, data in received if getattr(data, "next_action", None)}:
        sent = set(
            connection.scalars(select(submissions.c.claim_id).where(among(connection, submissions.c.claim_id, opening)))
        )
        mine = among(connection, reconciliations.c.claim_id, opening)
        outcome = reconciliations.c.outcome.in_(list(ADJUDICATED))
        decided = set(connection.scalars(select(reconciliations.c.claim_id).where(mine, outcome)))
    opened: dict[str, Row] = {}
    closed: list[str] = []
    for event, data in received:
        subject = _about(event, data)
        settled = _settles(data)
        done = [each for each, stage in waiting[subject].items() if stage <= settled]
        for each in done:
            del waiting[subject][each]
            if each in opened:
                opened[each]["state"] = "closed"
            else:
                closed.append(each)
        action = getattr(data, "next_action", None)
        if isinstance(action, NextAction):
            item = _work_item(event, data, subject, action)
            stage = STAGE.get(action.kind, RECONCILED)
            if (stage < SUBMITTED and subject in sent) or (stage < RECONCILED and subject in decided):
                item["state"] = "closed"
            else:
                waiting[subject][item["id"]] = stage
            opened[item["id"]] = item
    insert_new(connection, work_items, list(opened.values()))
    if closed:
        some = among(connection, work_items.c.id, closed)
        connection.execute(work_items.update().where(some).values(state="closed"))


def _about(event: Envelope, data: Noun) -> str:
    """The claim, or the event itself where it is about no claim."""
    claim_id = getattr(data, "claim_id", None)
    apart = isinstance(data, ClaimReconciled) and data.outcome not in ADJUDICATED
    return str(event.id) if claim_id is None or apart else str(claim_id)


def _settles(data: Noun) -> int:
    """Up to which stage of the claim's way what was to do is done or overtaken by this; 0: nothing is."""
    if isinstance(data, ClaimReconciled):
        return RECONCILED if data.outcome in ADJUDICATED else 0
    if isinstance(data, ClaimSubmitted):
        return SUBMITTED
    return SCRUBBED if isinstance(data, ClaimScrubbed) else 0


def _work_item(event: Envelope, data: Noun, subject: str, action: NextAction) -> Row:
    claim_id = getattr(data, "claim_id", None)
    return {
        "id": str(derived_id("work", event.id)),
        "tenant": event.tenant,
        "about": subject,
        "claim_id": str(claim_id) if claim_id else None,
        "patient_control_number": getattr(data, "patient_control_number", ""),
        "kind": action.kind,
        "reason": action.reason,
        "action": action.action,
        "due": action.due.isoformat(),
        "recoverable_cents": action.recoverable_cents,
        "state": "open",
    }


def _json(values: Sequence[Noun]) -> str:
    return json.dumps([value.model_dump(mode="json") for value in values])
