"""Claims that a payment could mean whose numbers lead to none."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import Connection, select

from claimloom.claim_number import STEM, squeezed
from claimloom.ledger.books.acknowledgments import acknowledgments
from claimloom.ledger.books.claims import claims
from claimloom.ledger.books.remittances import remittances
from claimloom.ledger.database import beginning, owned
from claimloom.ledger.states import fetch
from claimloom.remit.match import SHORTEST_PREFIX, Candidate, members_of
from schemas.remittance import RemitClaim
from services.remittance_reconciler.provider_level import by_payers_numbers


def candidates_of(connection: Connection, tenant: str, paid: RemitClaim) -> list[Candidate]:
    """Claims that a remittance without a number of ours could mean."""
    rows: list[Any] = []
    for member in members_of(paid):
        rows += connection.execute(select(claims).where(claims.c.tenant == tenant, claims.c.member_id == member))
    if len(start := squeezed(paid.patient_control_number)) >= SHORTEST_PREFIX:
        rows += beginning(connection, claims, claims.c.patient_control_number, start[:STEM], tenant)
    found: dict[int, Any] = {row.place: row for row in rows}
    if paid.original_payer_claim_control_number:
        number = paid.original_payer_claim_control_number
        for row in owned(connection, claims, claims.c.place, by_payers_numbers(connection, [number]), tenant):
            found[row.place] = row
    numbers: dict[int, set[str]] = {place: set() for place in found}
    for table in (acknowledgments, remittances):
        for row in fetch(connection, table, list(found), (table.c.claim, table.c.payer_claim_control_number)):
            numbers[row.claim].add(row.payer_claim_control_number)
    return [
        Candidate(
            place,
            row.patient_control_number,
            row.member_id,
            date.fromisoformat(row.date_of_service),
            row.billed_cents,
            frozenset(numbers[place] - {""}),
        )
        for place, row in found.items()
    ]
