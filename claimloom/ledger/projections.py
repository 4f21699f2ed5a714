"""Folds: how each event type changes the tables. Used at the moment of the event and by replay alike.

A fold looks at nothing but the events and the rows that earlier events made, so that rebuilding gives the same rows.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from sqlalchemy import Connection, func, select

from claimloom.ledger.database import insert_new, insert_or_update
from claimloom.ledger.tables import (
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
)
from claimloom.runtime.topology import Received
from schemas.acknowledgment import ClaimAcknowledged
from schemas.claim import ClaimBuilt, ClaimScrubbed, ClaimSubmitted
from schemas.event import Event, derived_id
from schemas.followup import DeadLetter
from schemas.remittance import Adjustment, ClaimReconciled, RemittanceReceived
from schemas.values import Noun

Row = dict[str, Any]
N = TypeVar("N", bound=Noun)


def _typed(received: Sequence[Received], payload: type[N]) -> Iterator[tuple[Event, N]]:
    for event, data in received:
        assert isinstance(data, payload)
        yield event, data


def claim_built(connection: Connection, received: Sequence[Received]) -> None:
    """``claim-built`` into claims and claim_lines."""
    heads: list[Row] = []
    lines: list[Row] = []
    for event, built in _typed(received, ClaimBuilt):
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
                "document": claim.model_dump_json(),
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
    insert_new(connection, claims, heads)
    insert_new(connection, claim_lines, lines)


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
        }
        for event, answer in _typed(received, ClaimAcknowledged)
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
                "trace_number": header.trace_number,
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
                "payment_id": str(
                    derived_id("payment", event.tenant, header.trace_number, header.originating_company_id, paid_on)
                ),
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


def _adjustment(event: Event, number: int, line_control_number: str, part: Adjustment) -> Row:
    return {
        "event_id": str(event.id),
        "number": number,
        "line_control_number": line_control_number,
        "group_code": part.group,
        "reason": part.reason,
        "amount_cents": part.amount_cents,
    }


def claim_reconciled(connection: Connection, received: Sequence[Received]) -> None:
    """``claim-reconciled`` into reconciliations, numbered in the order they came, the newest last."""
    number = connection.scalar(select(func.count()).select_from(reconciliations)) or 0
    rows = [
        {
            "event_id": str(event.id),
            "claim_id": str(result.claim_id) if result.claim_id else None,
            "tenant": event.tenant,
            "patient_control_number": result.patient_control_number,
            "outcome": result.outcome,
            "number": number + place,
            "document": result.model_dump_json(),
        }
        for place, (event, result) in enumerate(_typed(received, ClaimReconciled))
    ]
    insert_new(connection, reconciliations, rows)


def dead_letter(connection: Connection, received: Sequence[Received]) -> None:
    """``dead-letter`` into dead_letters."""
    rows = [{"id": str(event.id)} | letter.model_dump(mode="json") for event, letter in _typed(received, DeadLetter)]
    insert_new(connection, dead_letters, rows)


def _json(values: Sequence[Noun]) -> str:
    return json.dumps([value.model_dump(mode="json") for value in values])
