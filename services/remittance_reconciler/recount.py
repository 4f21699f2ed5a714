"""Claims that may stand otherwise though no payment came: another visit was built, and their payer pays by the number
of the visit; or somebody said which line of a payment is for which of theirs.
"""

from __future__ import annotations

from collections.abc import Iterable

from claimloom.desk.decide import MATCH_LINE, UNDO
from claimloom.ledger.books.claims import places_of_claims
from claimloom.ledger.visit_numbers import counted_beside
from claimloom.topology import Context, Received
from schemas.claim import ClaimBuilt
from schemas.decision import DecisionMade


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


def lines_moved(context: Context, decided: Iterable[Received]) -> dict[int, Received]:
    """Places of claims of which somebody put a line of a payment elsewhere, or took that back, with who says so."""
    asked: dict[str, Received] = {}
    for each in decided:
        data = each.data
        assert isinstance(data, DecisionMade)
        if (data.fields.get("kind") if data.kind == UNDO else data.kind) == MATCH_LINE:
            asked[data.about] = each
    places = places_of_claims(context.connection, asked) if asked else {}
    return {place: asked[claim_id] for claim_id, place in places.items()}
