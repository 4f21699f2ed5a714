"""Submissions: in which file each claim went out, and the control numbers that were used for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import BigInteger, Column, Connection, Index, Integer, String, Table, Text, select

from claimloom.ledger.books.common import Row, typed
from claimloom.ledger.database import insert_new, insert_or_update
from claimloom.ledger.tables import metadata, place
from claimloom.topology import Book, Received
from schemas.claim import ClaimSubmitted
from schemas.topics import Topic

submissions = Table(
    "submissions",
    metadata,
    place("claim"),
    Column("file_name", Text, nullable=False),
    Column("interchange_control_number", String(9), nullable=False),
    Column("group_control_number", String(9), nullable=False),
    Column("transaction_control_number", String(9), nullable=False),
    Column("batch_id", Text, nullable=False),
    Column("position", Integer, nullable=False),
    Column("submitted_on", String(10), nullable=False),
    Column("tenant", Text, nullable=False, server_default=""),
    Index("submissions_tenant", "tenant"),
    Index("submissions_file", "file_name"),
    Index("submissions_interchange", "interchange_control_number"),
    Index("submissions_group", "group_control_number", "transaction_control_number"),
    Index("submissions_batch", "batch_id"),
)
control_numbers = Table(
    "control_numbers",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("partner", Text, primary_key=True),
    Column("kind", String(20), primary_key=True),
    Column("last", BigInteger, nullable=False),
)
INTERCHANGE: Final = "interchange"


def claim_submitted(connection: Connection, received: Sequence[Received]) -> None:
    """``claim-submitted`` into submissions, and the highest interchange number of each partner into control_numbers."""
    rows: list[Row] = []
    highest: dict[tuple[str, str], int] = {}
    for each, sent in typed(received, ClaimSubmitted):
        left_out = {"claim_id", "claims_in_file", "total_charge_cents", "patient_control_number", "partner", "usage"}
        if each.claim is not None:
            more = {"claim": each.claim, "tenant": each.event.tenant}
            rows.append(more | sent.model_dump(mode="json", exclude=left_out))
        key = counter_of(each.event.tenant, sent.partner)
        highest[key] = max(highest.get(key, 0), int(sent.interchange_control_number))
    insert_new(connection, submissions, rows)
    counters = [
        {
            "tenant": tenant,
            "partner": partner,
            "kind": INTERCHANGE,
            "last": max(number, last_number(connection, tenant, partner)),
        }
        for (tenant, partner), number in highest.items()
    ]
    insert_or_update(connection, control_numbers, counters)


def counter_of(tenant: str, partner: str) -> tuple[str, str]:
    """Whose counter it is: a partner's own of the tenant, or that of the sender that all tenants share.

    A receiver knows an interchange by its sender and ISA13, so what is sent under one sender id has one counter.
    """
    return (tenant if partner else "", partner)


def last_number(connection: Connection, tenant: str, partner: str, kind: str = INTERCHANGE) -> int:
    """The highest control number of a kind (ISA13) that was used with a partner; 0 if none was."""
    owner, name = counter_of(tenant, partner)
    mine = (control_numbers.c.tenant == owner) & (control_numbers.c.partner == name) & (control_numbers.c.kind == kind)
    return connection.scalar(select(control_numbers.c.last).where(mine)) or 0


SUBMISSIONS: Final = Book(
    "submissions", (submissions, control_numbers), {Topic.CLAIM_SUBMITTED: claim_submitted}, lasting=(control_numbers,)
)
