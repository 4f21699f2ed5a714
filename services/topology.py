"""Who consumes and emits what: the way of a claim, read from top to bottom.

session_intake          visits from the EMR            -> session-completed, conflict-found
claim_builder           session-completed, answers     -> claim-built, work-found (next payers, corrections, voids)
claim_scrubber          claim-built, reviews           -> claim-scrubbed
claim_submitter         claim-scrubbed                 -> claim-submitted       (837P files)
acknowledgment_intake   TA1, 999 and 277CA files       -> claim-acknowledged
remittance_intake       835 files, bank statements     -> remittance-received, deposit-told
remittance_reconciler   remittance-received            -> claim-reconciled       (and when a claim comes late)
followup_queue          what became of each claim      -> decision-made         (work items, dead letters)
account_keeper          all that is said of claims      -> (how each claim stands, and the sums of it)
"""

from __future__ import annotations

from dataclasses import replace

from claimloom.ledger.books import BOOKS
from claimloom.payers import Payers
from claimloom.settings import Settings
from claimloom.topology import Service, check_topology
from services.account_keeper.service import SERVICE as ACCOUNT_KEEPER
from services.acknowledgment_intake.service import service as acknowledgment_intake
from services.claim_builder.service import service as claim_builder
from services.claim_scrubber.service import service as claim_scrubber
from services.claim_submitter.service import service as claim_submitter
from services.followup_queue.service import SERVICE as FOLLOWUP_QUEUE
from services.remittance_intake.service import SERVICE as REMITTANCE_INTAKE
from services.remittance_reconciler.service import SERVICE as REMITTANCE_RECONCILER
from services.session_intake.service import service as session_intake


def topology(settings: Settings) -> tuple[Service, ...]:
    """All services, in the order in which the embedded runtime gives them turns; TopologyError if they do not fit."""
    payers = Payers.of(settings.data)
    services = (
        session_intake(settings.numbered_by_clinic),
        claim_builder(settings),
        claim_scrubber(settings),
        claim_submitter(settings),
        acknowledgment_intake(settings),
        REMITTANCE_INTAKE,
        REMITTANCE_RECONCILER,
        FOLLOWUP_QUEUE,
        ACCOUNT_KEEPER,
    )
    return check_topology([replace(service, payers=payers) for service in services], BOOKS)
