"""Acknowledgments: what TA1, 999 and 277CA said of claims."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Column, Connection, Index, Integer, String, Table, Text

from claimloom.ledger.books.common import places_of, typed
from claimloom.ledger.database import insert_new
from claimloom.ledger.tables import metadata
from claimloom.topology import Book, Received
from schemas.acknowledgment import ClaimAcknowledged
from schemas.topics import Topic

acknowledgments = Table(
    "acknowledgments",
    metadata,
    Column("event_id", String(36), primary_key=True),
    Column("claim_id", String(36)),
    Column("patient_control_number", Text, nullable=False),
    Column("kind", String(5), nullable=False),
    Column("level", String(13), nullable=False),
    Column("accepted", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("payer_claim_control_number", Text, nullable=False),
    Column("process_date", String(10), nullable=False),
    Column("number", Integer, nullable=False),
    Column("tenant", Text, nullable=False, server_default=""),
    Column("received_on", String(10), nullable=False, server_default=""),
    Index("acknowledgments_tenant", "tenant"),
    Index("acknowledgments_claim", "claim_id"),
    Index("acknowledgments_number", "payer_claim_control_number"),
)


def claim_acknowledged(connection: Connection, received: Sequence[Received]) -> None:
    """``claim-acknowledged`` into acknowledgments; the claim's state is folded from them when it is read."""
    pairs = list(typed(received, ClaimAcknowledged))
    ids = [str(answer.claim_id) if answer.claim_id else None for _, answer in pairs]
    places = places_of(connection, (acknowledgments.c.claim_id,), [(each,) for each in ids])
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
            "tenant": event.tenant,
            "received_on": event.time.date().isoformat(),
        }
        for (event, answer), number in zip(pairs, places, strict=True)
    ]
    insert_new(connection, acknowledgments, rows)


ACKNOWLEDGMENTS: Final = Book("acknowledgments", (acknowledgments,), {Topic.CLAIM_ACKNOWLEDGED: claim_acknowledged})
