"""Reconciliations: how each claim stands after each remittance."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import Final

from sqlalchemy import BigInteger, Column, Connection, Index, Integer, String, Table, Text, func, select, text

from claimloom.accounts.never_patients import never_patients
from claimloom.ledger.books.common import OVERTAKEN, overtaken, places_of, typed
from claimloom.ledger.books.remittances import remittances
from claimloom.ledger.database import among, insert_new
from claimloom.ledger.journal import event_places, payloads
from claimloom.ledger.tables import index_where, metadata, place
from claimloom.topology import Book, Received
from schemas.remittance import NOT_SHORT, ClaimReconciled, RemittanceReceived
from schemas.topics import Topic

OF_NO_CLAIM: Final = text("claim is null and outcome in ('unmatched', 'suspense')")
"""Payments that were not posted and that fit no claim of ours."""
reconciliations = Table(
    "reconciliations",
    metadata,
    place(),
    place("claim", primary_key=False),
    Column("tenant", Text, nullable=False),
    Column("patient_control_number", Text, nullable=False),
    place("remittance", primary_key=False),
    Column("outcome", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("causes", Text, nullable=False, server_default="[]"),
    Column("total_paid_cents", BigInteger, nullable=False, server_default="0"),
    Column("received_on", String(10), nullable=False, server_default=""),
    Column("clinic", Text, nullable=False, server_default=""),
    Column("trace_number", Text, nullable=False, server_default=""),
    Column("billed_cents", BigInteger, nullable=False, server_default="0"),
    Column("paid_cents", BigInteger, nullable=False, server_default="0"),
    Column("expected_paid_cents", BigInteger),
    Column("patient_cents", BigInteger, nullable=False, server_default="0"),
    Column("variance_cents", BigInteger, nullable=False, server_default="0"),
    Column("denied", Integer, nullable=False, server_default="0"),
    Column("short_cents", BigInteger, nullable=False, server_default="0"),
    Column("member_id", Text, nullable=False, server_default=""),
    Index("reconciliations_claim", "claim"),
    Index("reconciliations_remittance", "remittance"),
    # By what their claim is known by when it comes.
    index_where(str(OF_NO_CLAIM), "reconciliations_late_number", "tenant", "patient_control_number"),
    index_where(str(OF_NO_CLAIM), "reconciliations_late_member", "tenant", "member_id"),
)


# Outcomes of a remittance that say how a claim stands, and the state they put it in.
ADJUDICATED: Final = {
    "paid_as_expected": "paid",
    "underpaid": "paid",
    "overpaid": "paid",
    "no_expectation": "paid",
    "denied": "denied",
    "reversed": "reversed",
}


UNPOSTED: Final = "unposted"
"""Somebody says that the remittance is not the claim's: what it had said of it counts no more."""


def claim_reconciled(connection: Connection, received: Sequence[Received]) -> None:
    """``claim-reconciled`` into reconciliations, each claim's numbered in the order they came, the newest last."""
    pairs = list(typed(received, ClaimReconciled))
    numbers = places_of(connection, (reconciliations.c.claim,), [(each.claim,) for each, _ in pairs])
    told = event_places(connection, {str(result.remittance_id) for _, result in pairs})
    rows = [
        {
            "place": each.place,
            "claim": each.claim,
            "tenant": each.event.tenant,
            "patient_control_number": result.patient_control_number,
            "remittance": told.get(str(result.remittance_id)),
            "outcome": result.outcome,
            "number": number,
            "causes": json.dumps([cause.model_dump(mode="json") for cause in result.causes]),
            "total_paid_cents": result.total_paid_cents or 0,
            "received_on": each.event.time.date().isoformat(),
            "clinic": each.event.clinic,
            "trace_number": result.trace_number,
            "billed_cents": result.billed_cents,
            "paid_cents": result.paid_cents,
            "expected_paid_cents": result.expected_paid_cents,
            "patient_cents": result.patient_responsibility_cents,
            "variance_cents": result.variance_cents,
            "denied": int(result.outcome == "denied" or any(cause.cause == "denied" for cause in result.causes)),
            "short_cents": short_cents(result),
            "member_id": result.member_id,
        }
        for (each, result), number in zip(pairs, numbers, strict=True)
    ]
    insert_new(connection, reconciliations, rows)
    if over := overtaken(connection, received):
        mine = among(connection, reconciliations.c.place, over)
        connection.execute(reconciliations.update().where(mine).values(outcome=OVERTAKEN))
    for row in (row for row in rows if row["outcome"] == UNPOSTED):
        # All that it led to, also what was said again later.
        same = (reconciliations.c.claim == row["claim"]) & (reconciliations.c.remittance == row["remittance"])
        stood = reconciliations.c.outcome.in_(list(ADJUDICATED)) & (reconciliations.c.place < row["place"])
        connection.execute(reconciliations.update().where(same, stood).values(outcome=OVERTAKEN))


def remittances_of(connection: Connection, some: Collection[int]) -> dict[int, int]:
    """By place the remittances of some claims: those that name one, and those that are matched to one, without what
    somebody took off it.
    """
    if not some:
        return {}
    columns = (remittances.c.place, remittances.c.claim)
    named = connection.execute(select(*columns).where(among(connection, remittances.c.claim, some))).all()
    found = {row.place: row.claim for row in named}
    names = ("claim", "remittance", "number", "outcome")
    query = select(*(reconciliations.c[name] for name in names))
    last: dict[tuple[int, int], tuple[int, str]] = {}
    for row in connection.execute(query.where(among(connection, reconciliations.c.claim, some))).all():
        if row.remittance is not None:
            key = (row.claim, row.remittance)
            last[key] = max(last.get(key, (-1, "")), (row.number, row.outcome))
    for (claim, remittance), (_, outcome) in last.items():
        if outcome == UNPOSTED and found.get(remittance) == claim:
            del found[remittance]
    return found | {remittance: claim for (claim, remittance), (_, outcome) in last.items() if outcome != UNPOSTED}


def decided_last(connection: Connection, some: set[int]) -> dict[int, int]:
    """Of claims that a payer decided upon, by place that of what said so last."""
    if not some:
        return {}
    mine = among(connection, reconciliations.c.claim, some)
    columns = (reconciliations.c.claim, func.max(reconciliations.c.place))
    query = select(*columns).where(mine, reconciliations.c.outcome.in_(list(ADJUDICATED)))
    return {row[0]: row[1] for row in connection.execute(query.group_by(reconciliations.c.claim)).all()}


def short_cents(result: ClaimReconciled) -> int:
    """The variance without what was denied outright, and without what is neither under- nor overpaid."""
    return sum(
        cause.amount_cents for cause in result.causes if cause.cause not in NOT_SHORT and cause.cause != "denied"
    )


def never_by(connection: Connection, answer: int) -> tuple[int, str]:
    """Cents that the answer at a place keeps from the patient, and why."""
    result = payloads(connection, [answer], ClaimReconciled)[answer]
    places = event_places(connection, {str(result.remittance_id)}).values()
    told = next(iter(payloads(connection, places, RemittanceReceived).values()), None)
    return never_patients(result, told.claim if told else None, short_cents(result))


RECONCILIATIONS: Final = Book("reconciliations", (reconciliations,), {Topic.CLAIM_RECONCILED: claim_reconciled})
