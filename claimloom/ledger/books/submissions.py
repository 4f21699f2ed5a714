"""Submissions: in which file each claim went out, and the control numbers that were used for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import BigInteger, Column, Connection, Index, Integer, String, Table, Text, select

from claimloom.ledger.books.claims import claims, is_newer
from claimloom.ledger.books.common import Row, typed
from claimloom.ledger.books.remittances import remittances
from claimloom.ledger.database import among, insert_new, insert_or_update
from claimloom.ledger.tables import index_where, metadata, place
from claimloom.topology import Book, Received
from schemas.claim import ClaimSubmitted
from schemas.topics import Topic

TEST: Final = "T"
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
    Column("usage", String(1), nullable=False, server_default=""),
    place("since", primary_key=False),
    Index("submissions_tenant", "tenant"),
    index_where(f"usage = '{TEST}'", "submissions_test", "claim"),
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
    """``claim-submitted`` into submissions, and the highest interchange number of each partner into control_numbers.

    A claim that went out in a test file has that row until it goes out in one that counts: ``since`` is the place of
    the event that says so, and what was answered before speaks of the test. So with one that a person sent once more.
    """
    rows: list[Row] = []
    real: list[Row] = []
    resent: set[int] = set()
    highest: dict[tuple[str, str], int] = {}
    for each, sent in typed(received, ClaimSubmitted):
        left_out = {"claim_id", "claims_in_file", "total_charge_cents", "patient_control_number", "partner", "again"}
        left_out |= {"asked_cents"}
        if each.claim is not None:
            more = {"claim": each.claim, "tenant": each.event.tenant, "since": None}
            rows.append(more | sent.model_dump(mode="json", exclude=left_out))
            if sent.again or sent.usage not in ("", TEST):
                real.append(rows[-1] | {"since": each.place})
                resent |= {each.claim} if sent.again else set()
        key = counter_of(each.event.tenant, sent.partner)
        highest[key] = max(highest.get(key, 0), int(sent.interchange_control_number))
    if insert_new(connection, submissions, rows) < len(rows) and real:
        tested = (submissions.c.usage == TEST) & among(connection, submissions.c.claim, [row["claim"] for row in real])
        again = set(connection.scalars(select(submissions.c.claim).where(tested))) | resent
        names = [column.name for column in submissions.columns if column.name != "claim"]
        insert_or_update(connection, submissions, [row for row in real if row["claim"] in again], names)
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


def sent_as_tests_alone(connection: Connection, most: int) -> list[int]:
    """Places of the claims, so many at most, that went out in test files alone, that were paid or denied by nobody and
    that no correction of the visit overtook.
    """
    answered = select(remittances.c.claim).where(remittances.c.claim == submissions.c.claim).exists()
    mine, later = claims, claims.alias()
    corrected = select(later.c.place).where(is_newer(later, mine)).exists()
    query = (
        select(submissions.c.claim)
        .join(mine, mine.c.place == submissions.c.claim)
        .where(submissions.c.usage == TEST, ~answered, ~corrected)
        .order_by(submissions.c.claim)
    )
    return list(connection.scalars(query.limit(most)))


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
