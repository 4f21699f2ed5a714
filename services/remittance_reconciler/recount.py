"""Claims that may stand otherwise since another visit was built: their payer pays by the number of the visit."""

from __future__ import annotations

from collections.abc import Iterable

from claimloom.ledger.visit_numbers import counted_beside
from claimloom.topology import Context, Received
from schemas.claim import ClaimBuilt


def counted_anew(context: Context, received: Iterable[Received]) -> dict[int, Received]:
    """Places of claims whose visits may have other numbers after claims that were built, each with the event that says
    so. A visit that comes late, or is withdrawn, moves those after it.
    """
    because: dict[int, Received] = {}
    built: dict[int, ClaimBuilt] = {}
    for each in received:
        assert isinstance(each.data, ClaimBuilt)
        claim = each.data.claim
        coverage = claim.coverage
        payer = context.payers.config(coverage.payer_id, coverage.payer_class, claim.lines[0].date_of_service)
        if payer.counts_visits:
            because[each.place], built[each.place] = each, each.data
    beside = counted_beside(context.connection, built) if built else {}
    return {place: because[cause] for place, cause in beside.items()}
