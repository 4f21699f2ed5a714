"""Acknowledgments: what TA1, 999 and 277CA said of claims."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Column, Connection, Index, Integer, String, Table, Text, text

from claimloom.ledger.books.common import OVERTAKEN, overtaken, places_of, typed
from claimloom.ledger.database import among, insert_new
from claimloom.ledger.tables import index_where, metadata, place
from claimloom.topology import Book, Received
from schemas.acknowledgment import ClaimAcknowledged
from schemas.topics import Topic

OF_NOTHING: Final = text("state = 'unmatched'")
"""Answers that fit nothing that was sent."""
acknowledgments = Table(
    "acknowledgments",
    metadata,
    place(),
    place("claim", primary_key=False),
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
    Index("acknowledgments_claim", "claim"),
    Index("acknowledgments_number", "payer_claim_control_number"),
    # Those that fit nothing, with the number that they name.
    index_where(str(OF_NOTHING), "acknowledgments_late", "tenant", "patient_control_number"),
)


def claim_acknowledged(connection: Connection, received: Sequence[Received]) -> None:
    """``claim-acknowledged`` into acknowledgments; the claim's state is folded from them when it is read."""
    pairs = list(typed(received, ClaimAcknowledged))
    numbers = places_of(connection, (acknowledgments.c.claim,), [(each.claim,) for each, _ in pairs])
    rows = [
        {
            "place": each.place,
            "claim": each.claim,
            "patient_control_number": answer.patient_control_number,
            "kind": answer.kind,
            "level": answer.level,
            "accepted": int(answer.accepted),
            "state": answer.state,
            "message": answer.message,
            "payer_claim_control_number": answer.payer_claim_control_number,
            "process_date": answer.process_date.isoformat() if answer.process_date else "",
            "number": number,
            "tenant": each.event.tenant,
            "received_on": each.event.time.date().isoformat(),
        }
        for (each, answer), number in zip(pairs, numbers, strict=True)
    ]
    insert_new(connection, acknowledgments, rows)
    if over := overtaken(connection, received):
        mine = among(connection, acknowledgments.c.place, over)
        connection.execute(acknowledgments.update().where(mine).values(state=OVERTAKEN))


ACKNOWLEDGMENTS: Final = Book("acknowledgments", (acknowledgments,), {Topic.CLAIM_ACKNOWLEDGED: claim_acknowledged})
