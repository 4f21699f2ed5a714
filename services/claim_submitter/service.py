"""claim_submitter: the clean claims of a batch go into one file a clinic, each claim into exactly one file for ever.

The file's bytes are stored in the step's own transaction and written to the folder after its commit, so a step that
is repeated finds its events consumed and a crash leaves a stored file that the next start writes. What went out before
a backup was put back (``claimloom.ledger.went_out``) is told with the file that it stands in, and not sent again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, select

from claimloom.errors import PlainError
from claimloom.ledger import outbound
from claimloom.ledger.books.claims import claims
from claimloom.ledger.books.submissions import SUBMISSIONS, counter_of, last_number, submissions
from claimloom.ledger.database import among, lock
from claimloom.ledger.journal import claims_at
from claimloom.ledger.states import superseded_claims
from claimloom.ledger.went_out import sent_before
from claimloom.partners import Partner, Partners
from claimloom.sent_files import file_name
from claimloom.settings import Settings
from claimloom.topology import Context, Draft, Received, RefusedEventsError, Service
from claimloom.x12.guides.findings import Finding
from claimloom.x12.guides.values import BASIC_SET, EXTENDED_SET
from claimloom.x12.writing.envelope import Envelope as FileEnvelope
from claimloom.x12.writing.file_837p import Built, File, FileSize, Header, Refused, build_837p
from schemas.claim import Claim, ClaimScrubbed, ClaimSubmitted
from schemas.event import Envelope
from schemas.topics import Topic

Clean = dict[int, Envelope]
"""Claims by their places, each with the event that said it is clean."""


def handle(context: Context, received: Sequence[Received]) -> list[Draft]:
    """The clean claims of a batch, one file a tenant's clinic, numbered on by its partner's counter."""
    clean: Clean = {}
    for each in received:
        assert isinstance(each.data, ClaimScrubbed)
        if each.data.verdict == "clean" and each.claim is not None:
            clean[each.claim] = each.event
    groups: dict[tuple[str, str], list[tuple[Claim, Envelope]]] = {}
    told_again: list[Draft] = []
    ready = _not_sent(context.connection, clean)
    before = sent_before(context.connection, [claim.patient_control_number for claim, _ in ready])
    for claim, event in ready:
        if known := before.get(claim.patient_control_number):
            told_again.append(_draft(claim, event, known))
            continue
        groups.setdefault((event.tenant, event.clinic), []).append((claim, event))
    numbers: dict[tuple[str, str], int] = {}
    drafts = told_again
    refused: dict[UUID, str] = {}
    for (tenant, _), unsent in groups.items():
        partner = context.partners.of(tenant)
        counter = counter_of(tenant, partner.name)
        number = numbers.get(counter) or last_number(context.connection, tenant, partner.name)
        built = _built(context, partner, number + 1, [claim for claim, _ in unsent])
        told = {claim.claim_id: event for claim, event in unsent}
        refused |= {told[each.claim.claim_id].id: _why(each) for each in built.refused}
        for file in built.files:
            number = int(file.interchange_control_number)
            drafts += _submit(context, partner, told, file)
        numbers[counter] = number
    if refused:
        raise RefusedEventsError(refused)
    return drafts


def service(settings: Settings) -> Service:
    """The submitter; how long it gathers claims for a file is a setting."""
    return Service(
        name="claim_submitter",
        handle=handle,
        consumes=(Topic.CLAIM_SCRUBBED,),
        emits=(Topic.CLAIM_SUBMITTED,),
        keeps=(SUBMISSIONS,),
        # Control numbers are drawn one after the other; claims that come within a moment go into one file.
        serial=True,
        couriers=(outbound.FOLDER,),
        within=settings.file_seconds,
        partners=Partners(settings.partner),
    )


def _not_sent(connection: Connection, clean: Clean) -> list[tuple[Claim, Envelope]]:
    """Clean claims that stand in no file yet and that no newer revision overtook (see claim_builder)."""
    if not clean:
        return []
    visits = select(claims.c.tenant, claims.c.session_id).where(among(connection, claims.c.place, clean))
    lock(connection, [f"session {row.tenant} {row.session_id}" for row in connection.execute(visits).all()])
    mine = among(connection, submissions.c.claim, clean)
    sent = set(connection.scalars(select(submissions.c.claim).where(mine)).all())
    sent |= superseded_claims(connection, clean)
    unsent = [place for place in clean if place not in sent]
    found = claims_at(connection, unsent)
    return [(found[place], clean[place]) for place in unsent]


def _built(context: Context, partner: Partner, number: int, unsent: Sequence[Claim]) -> Built:
    """The claims as files, and those that no file can hold."""
    sender = partner.sender
    charset = EXTENDED_SET if partner.charset == "extended" else BASIC_SET
    parties = (sender.submitter_id, sender.receiver_id)
    envelope = FileEnvelope(*parties, number, context.now, sender.usage, charset=charset)
    header = Header(envelope, sender.submitter_name, sender.contact_phone, sender.receiver_name)
    built = build_837p(unsent, header, FileSize(partner.claims_per_file, partner.claims_per_transaction))
    if built.header:
        raise PlainError(f"no file can be sent with these settings: {_said(built.header)}")
    return built


def _why(refused: Refused) -> str:
    return (
        f"claim {refused.claim.patient_control_number} cannot be sent: {_said(refused.findings)}; "
        "correct the session and raise its revision"
    )


def _said(findings: Sequence[Finding]) -> str:
    """Places and reasons, without the values."""
    return "; ".join(f"{each.loop} {each.segment}{each.element}: {each.message}".strip() for each in findings)


def _submit(context: Context, partner: Partner, told: Mapping[UUID, Envelope], file: File) -> list[Draft]:
    usage = partner.sender.usage
    name = file_name(partner.name, file.interchange_control_number, is_test=usage == "T")
    tenant = next(iter(told.values())).tenant
    outbound.put(context.connection, tenant, name, file.text.encode("ascii"))
    here = {
        "file_name": name,
        "interchange_control_number": file.interchange_control_number,
        "group_control_number": file.group_control_number,
        "claims_in_file": len(file.claims),
        "submitted_on": context.now.date(),
        "partner": partner.name,
        "usage": usage,
    }
    return [
        _draft(
            placed.claim,
            told[placed.claim.claim_id],
            here
            | {
                "transaction_control_number": placed.transaction_control_number,
                "batch_id": placed.batch_id,
                "position": placed.position,
            },
        )
        for placed in file.claims
    ]


def _draft(claim: Claim, event: Envelope, where: Mapping[str, Any]) -> Draft:
    """The claim stands there on the wire."""
    submitted = ClaimSubmitted(
        claim_id=claim.claim_id,
        patient_control_number=claim.patient_control_number,
        total_charge_cents=claim.total_charge_cents,
        **where,
    )
    return Draft(submitted, str(claim.claim_id), event.tenant, event.clinic, parent=event.id)
