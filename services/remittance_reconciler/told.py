"""How claims stood by the newest answer of ours: what is said again only where it is another now."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from claimloom.ledger.books.reconciliations import ADJUDICATED, reconciliations
from claimloom.ledger.journal import event_ids
from claimloom.ledger.states import fetch
from claimloom.remit.outcome import Result

_COLUMNS = tuple(
    reconciliations.c[name]
    for name in (
        *("claim", "number", "remittance", "outcome", "causes"),
        *("total_paid_cents", "expected_paid_cents", "patient_cents"),
    )
)


@dataclass(frozen=True, slots=True)
class ToldLast:
    """A claim's newest answer: the remittance that led to it, and how the claim stood."""

    remittance_id: UUID
    outcome: str
    causes: str
    total_paid_cents: int
    expected_paid_cents: int | None
    patient_cents: int

    def says(self, result: Result) -> bool:
        """Whether it says just that."""
        causes = json.dumps([cause.model_dump(mode="json") for cause in result.causes])
        return (self.outcome, self.causes, self.total_paid_cents, self.expected_paid_cents, self.patient_cents) == (
            result.outcome,
            causes,
            result.total_paid_cents,
            result.expected_paid_cents,
            result.patient_cents,
        )


def told_last(connection: Connection, places: Collection[int]) -> dict[int, ToldLast]:
    """Of those of the claims that were answered the newest that says how they stand."""
    newest: dict[int, Any] = {}
    if not places:
        return {}
    for row in fetch(connection, reconciliations, places, _COLUMNS):
        known = newest.get(row.claim)
        stands = row.outcome in ADJUDICATED and row.remittance is not None
        if stands and (known is None or known.number < row.number):
            newest[row.claim] = row
    ids = event_ids(connection, {row.remittance for row in newest.values()}) if newest else {}
    return {
        claim: ToldLast(
            UUID(ids[row.remittance]),
            row.outcome,
            row.causes,
            row.total_paid_cents,
            row.expected_paid_cents,
            row.patient_cents,
        )
        for claim, row in newest.items()
        if row.remittance in ids
    }
