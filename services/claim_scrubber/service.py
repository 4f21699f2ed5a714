"""claim_scrubber: every claim gets its findings and a verdict.

Some of the clean ones are drawn for a second pair of eyes (``rules/scrubbing.toml``) and held; what the reviewer says
of one makes its next verdict.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from uuid import UUID

from sqlalchemy import Connection

from claimloom.desk import next_action
from claimloom.desk.correction import of_correction
from claimloom.desk.second_look import FAILED, PASSED, looked_at, not_passed
from claimloom.ledger.books.claims import VOID, places_of_claims
from claimloom.ledger.books.scrubs import SCRUBS
from claimloom.ledger.journal import payloads
from claimloom.partners import Partners
from claimloom.reference.edits import Edits
from claimloom.reference.icd10 import Icd10
from claimloom.reference.releases import Lists
from claimloom.reference.time_zones import day_at
from claimloom.scrub import scrub
from claimloom.scrub.case import Case
from claimloom.scrub.scrubbing import Scrubbing
from claimloom.settings import Settings
from claimloom.topology import Context, Draft, Received, Service
from schemas.claim import ClaimBuilt, ClaimScrubbed
from schemas.decision import DecisionMade
from schemas.topics import Topic
from services.claim_scrubber.around import Beside, ToAsk, cases_of


def handle(
    icd10: Icd10, edits: Edits, scrubbing: Scrubbing, context: Context, received: Sequence[Received]
) -> list[Draft]:
    """A verdict for each claim, as of the day at its clinic; and anew for each that a reviewer has looked at."""
    reviewed = _reviewed(context.connection, received)
    causes: list[tuple[Received, ToAsk]] = []
    for each in received:
        if isinstance(each.data, ClaimBuilt):
            today = day_at(each.data.session.clinic, context.now)
            causes.append((each, ToAsk(each.event.tenant, each.data, each.claim, today)))
        elif each.event.id in reviewed:
            built, place = reviewed[each.event.id]
            today = day_at(built.session.clinic, context.now)
            causes.append((each, ToAsk(each.event.tenant, built, place, today)))
    around = Beside(icd10, edits, context.payers, context.partners)
    cases = cases_of(context.connection, around, [asked for _, asked in causes])
    drafts = []
    for (each, asked), case in zip(causes, cases, strict=True):
        said = each.data.kind if isinstance(each.data, DecisionMade) else ""
        scrubbed = verdict(scrubbing, asked, case, said)
        event = each.event
        drafts.append(Draft(scrubbed, str(scrubbed.claim_id), event.tenant, event.clinic, parent=event.id))
    return drafts


def verdict(scrubbing: Scrubbing, asked: ToAsk, case: Case, said: str = "") -> ClaimScrubbed:
    """What is found in a claim, whether it goes out, and what is to be done if not; ``said``: what its reviewer
    decided.
    """
    found = scrub(case, scrubbing.pack(asked.tenant, case.as_of))
    allowed = asked.built.allowed_cents
    if said == FAILED:
        found = not_passed(found)
    scrubbed = _with_action(found, case, asked.built)
    if scrubbed.verdict != "clean" or said:
        return scrubbed
    sample = scrubbing.drawn(asked.tenant, case, scrubbed.findings)
    return looked_at(scrubbed, case, allowed, sample.id, sample.reviewer) if sample else scrubbed


def _reviewed(connection: Connection, received: Sequence[Received]) -> Mapping[UUID, tuple[ClaimBuilt, int]]:
    """By the ids of the decisions of reviewers the claims that they are about."""
    told = {
        each.event.id: each.data.about
        for each in received
        if isinstance(each.data, DecisionMade) and each.data.kind in (PASSED, FAILED)
    }
    if not told:
        return {}
    places = places_of_claims(connection, set(told.values()))
    built = payloads(connection, set(places.values()), ClaimBuilt)
    return {decision: (built[places[claim]], places[claim]) for decision, claim in told.items() if claim in places}


def _with_action(scrubbed: ClaimScrubbed, case: Case, built: ClaimBuilt) -> ClaimScrubbed:
    """A held claim is work for a person; a void of what no payer has to take back is sent to nobody."""
    claim = built.claim
    if claim.frequency_code == VOID and not claim.payer_claim_control_number and not built.waits:
        return scrubbed.model_copy(update={"verdict": "withdrawn", "findings": [], "smallest_fix": []})
    if scrubbed.verdict == "clean":
        return scrubbed
    if claim.frequency_code in ("7", VOID) and (asked := of_correction(scrubbed, case)):
        return scrubbed.model_copy(update={"next_action": asked})
    allowed = built.allowed_cents
    return scrubbed.model_copy(update={"next_action": next_action.held(scrubbed, case, allowed)})


def service(settings: Settings) -> Service:
    """The scrubber, with the lists and rules of the data folder; its partner says in which characters a file is
    written.
    """
    reference = settings.data / "reference"
    return Service(
        name="claim_scrubber",
        handle=partial(handle, Icd10(reference), Edits(Lists(reference)), Scrubbing(settings.data / "rules")),
        consumes=(Topic.CLAIM_BUILT, Topic.DECISION_MADE),
        emits=(Topic.CLAIM_SCRUBBED,),
        keeps=(SCRUBS,),
        partners=Partners(settings.partner),
    )
