"""claim_submitter: the clean claims of a batch go into one file a clinic, each claim into exactly one file for ever.

The file's bytes are stored in the step's own transaction and written to the folder after its commit, so a step that
is repeated finds its events consumed and a crash leaves a stored file that the next start writes.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, select

from claimloom.ledger import outbound, projections
from claimloom.ledger.database import among, lock
from claimloom.ledger.states import superseded_claims
from claimloom.ledger.tables import claims, control_numbers, submissions
from claimloom.runtime.topology import Context, Draft, Received, Service
from claimloom.settings import Settings
from claimloom.x12.write_837p import Header, order_837p, write_837p
from schemas.claim import Claim, ClaimScrubbed, ClaimSubmitted
from schemas.event import Event
from schemas.topics import Topic


def service(settings: Settings) -> Service:
    """The submitter for a sender's settings."""

    def handle(context: Context, received: Sequence[Received]) -> list[Draft]:
        groups: dict[tuple[str, str], dict[str, Event]] = {}
        for event, scrubbed in received:
            assert isinstance(scrubbed, ClaimScrubbed)
            if scrubbed.verdict == "clean":
                groups.setdefault((event.tenant, event.clinic), {})[str(scrubbed.claim_id)] = event
        number = context.connection.scalar(select(control_numbers.c.last)) or 0
        drafts: list[Draft] = []
        for group in groups.values():
            for some in _pages(_not_sent(context.connection, group), settings.claims_per_file):
                number += 1
                drafts += _submit(context, settings, number, some)
        return drafts

    return Service(
        name="claim_submitter",
        handle=handle,
        consumes=(Topic.CLAIM_SCRUBBED,),
        emits=(Topic.CLAIM_SUBMITTED,),
        projects={Topic.CLAIM_SUBMITTED: projections.claim_submitted},
        # Control numbers are drawn one after the other; claims that come within a moment go into one file.
        serial=True,
        within=settings.file_seconds,
    )


Page = Sequence[tuple[Claim, Event]]


def _not_sent(connection: Connection, group: dict[str, Event]) -> list[tuple[Claim, Event]]:
    """Claims of the group that stand in no file yet and that no newer revision overtook (see claim_builder)."""
    visits = select(claims.c.tenant, claims.c.session_id).where(among(connection, claims.c.claim_id, group))
    lock(connection, [f"session {row.tenant} {row.session_id}" for row in connection.execute(visits)])
    sent = set(
        connection.scalars(select(submissions.c.claim_id).where(among(connection, submissions.c.claim_id, group)))
    )
    rows = connection.execute(
        select(claims.c.claim_id, claims.c.document).where(among(connection, claims.c.claim_id, group))
    )
    documents = {row.claim_id: row.document for row in rows}
    sent |= superseded_claims(connection, documents)
    return [
        (Claim.model_validate_json(documents[claim_id]), event)
        for claim_id, event in group.items()
        if claim_id not in sent
    ]


def _pages(items: Page, size: int) -> list[Page]:
    return [items[start : start + size] for start in range(0, len(items), size)]


def _submit(context: Context, settings: Settings, number: int, page: Page) -> list[Draft]:
    sender = settings.submitter
    header = Header(
        sender.submitter_id,
        sender.submitter_name,
        sender.contact_phone,
        sender.receiver_id,
        sender.receiver_name,
        control_number=number,
        created=context.now,
        usage=sender.usage,
    )
    ordered = order_837p([claim for claim, _ in page])
    events = {claim.claim_id: event for claim, event in page}
    name = f"837p-{number:09d}.edi"
    outbound.put(context.connection, name, write_837p(ordered, header).encode("ascii"))
    return [
        Draft(
            ClaimSubmitted(
                claim_id=claim.claim_id,
                patient_control_number=claim.patient_control_number,
                file_name=name,
                interchange_control_number=f"{number:09d}",
                group_control_number=str(number),
                transaction_control_number=header.transaction_control_number,
                batch_id=header.batch_id,
                position=position,
                claims_in_file=len(ordered),
                submitted_on=context.now.date(),
                total_charge_cents=claim.total_charge_cents,
            ),
            subject=str(claim.claim_id),
            tenant=events[claim.claim_id].tenant,
            clinic=events[claim.claim_id].clinic,
            parent=events[claim.claim_id].id,
        )
        for position, claim in enumerate(ordered, start=1)
    ]
