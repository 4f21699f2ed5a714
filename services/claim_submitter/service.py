"""claim_submitter: the clean claims of a batch go into one file a clinic, each claim into exactly one file for ever.

The file's bytes are stored in the step's own transaction and written to the folder after its commit, so a step that
is repeated finds its events consumed and a crash leaves a stored file that the next start writes. What went out before
a backup was put back (``claimloom.ledger.went_out``) is told with the file that it stands in, and not sent again.

What a person wants sent once more (``resend``) goes out as it was, and counts from then on.

What went out in a test file alone (ISA15 = T) no payer has. As soon as files count (usage P) the clock offers it again:
as it is, under a new control number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

import structlog
from sqlalchemy import Connection, select

from claimloom.errors import PlainError
from claimloom.ledger import outbound
from claimloom.ledger.books.claims import claims, places_of_claims
from claimloom.ledger.books.submissions import (
    SUBMISSIONS,
    TEST,
    counter_of,
    last_number,
    sent_as_tests_alone,
    submissions,
)
from claimloom.ledger.database import among, lock
from claimloom.ledger.journal import claims_at, payloads
from claimloom.ledger.states import fetch, superseded_claims
from claimloom.ledger.went_out import out_before, sent_before
from claimloom.partners import Partner, Partners
from claimloom.reference.time_zones import time_at
from claimloom.remit.left import last_before, left_by
from claimloom.remit.standing import setting_of
from claimloom.sent_files import file_name
from claimloom.settings import Settings
from claimloom.topology import Clockwork, Context, Draft, Received, RefusedEventsError, Service
from claimloom.x12.guides.findings import Finding
from claimloom.x12.guides.values import BASIC_SET, EXTENDED_SET
from claimloom.x12.writing.envelope import Envelope as FileEnvelope
from claimloom.x12.writing.file_837p import Built, File, FileSize, Header, Refused, build_837p
from schemas.claim import Claim, ClaimBuilt, ClaimScrubbed, ClaimSubmitted
from schemas.decision import DecisionMade, Tick
from schemas.topics import Topic

NAME: Final = "claim_submitter"
log = structlog.get_logger(__name__)


class Cause(NamedTuple):
    """Why a claim is to be sent: whose it is, and the event that it follows from."""

    tenant: str
    clinic: str
    event_id: UUID
    again: bool = False


Clean = dict[int, Cause]
"""Claims by their places, each with what says that it is clean."""
RESEND: Final = "resend"
RAISE: Final = "raise the revision and send the visit again, and it goes out as its payer takes corrections"
AT_ONCE: Final = 5000
"""Claims of test files that a tick offers again."""


def handle(context: Context, received: Sequence[Received]) -> list[Draft]:
    """The clean claims of a batch, one file a tenant's clinic, numbered on by its partner's counter."""
    clean: Clean = {}
    ticks: set[UUID] = set()
    for each in received:
        event = each.event
        if event.type == Topic.TICK:
            ticks.add(event.id)
            clean |= _tested(context, each)
        elif isinstance(each.data, ClaimScrubbed) and each.data.verdict == "clean" and each.claim is not None:
            clean[each.claim] = Cause(event.tenant, event.clinic, event.id)
    refused: dict[UUID, str] = {}
    groups: dict[tuple[str, str], list[tuple[Claim, Cause]]] = {}
    told_again: list[Draft] = []
    ready = [*_not_sent(context, clean), *_wanted_again(context, received)]
    before = sent_before(context.connection, [claim.patient_control_number for claim, _ in ready])
    out = out_before(context.connection, clean)
    for claim, cause in ready:
        known = before.get(claim.patient_control_number)
        if known and not cause.again and not (known["usage"] == TEST and _counts(context, cause.tenant)):
            told_again.append(_draft(context, claim, cause, known))
            continue
        if (where := out.get(str(claim.claim_id))) and not cause.again:
            said = f"claim {claim.patient_control_number} cannot be sent as an original: its payer has {where}"
            refused[cause.event_id] = f"{said}; {RAISE}"
            continue
        groups.setdefault((cause.tenant, cause.clinic), []).append((claim, cause))
    numbers: dict[tuple[str, str], int] = {}
    drafts = told_again
    for (tenant, _), unsent in groups.items():
        partner = context.partners.of(tenant)
        counter = counter_of(tenant, partner.name)
        number = numbers.get(counter) or last_number(context.connection, tenant, partner.name)
        built = _built(context, partner, number + 1, [claim for claim, _ in unsent])
        told = {claim.claim_id: cause for claim, cause in unsent}
        refused |= {told[each.claim.claim_id].event_id: _why(each) for each in built.refused}
        for file in built.files:
            number = int(file.interchange_control_number)
            drafts += _submit(context, partner, told, file)
        numbers[counter] = number
    for tick in ticks & refused.keys():  # a file held it before; it stays a claim of a test, and is offered again
        log.warning("claim of a test file cannot be sent", reason=refused.pop(tick))
    if refused:
        raise RefusedEventsError(refused)
    return drafts


def _tested(context: Context, tick: Received) -> Clean:
    """Claims of test files, of tenants whose files count now."""
    assert isinstance(tick.data, Tick)
    if tick.data.service != NAME:
        return {}
    places = sent_as_tests_alone(context.connection, AT_ONCE)
    columns = (claims.c.place, claims.c.tenant, claims.c.clinic)
    rows = fetch(context.connection, claims, places, columns)
    return {row.place: Cause(row.tenant, row.clinic, tick.event.id) for row in rows if _counts(context, row.tenant)}


def _wanted_again(context: Context, received: Sequence[Received]) -> list[tuple[Claim, Cause]]:
    """Claims that a person wants sent once more, unless a newer revision took their place since: as they were, under a
    new control number. A payer that has one after all knows it by its number and content, and denies it as a duplicate.
    """
    asked = {
        each.data.about: Cause(each.event.tenant, each.event.clinic, each.event.id, again=True)
        for each in received
        if isinstance(each.data, DecisionMade) and each.data.kind == RESEND
    }
    places = places_of_claims(context.connection, asked.keys())
    gone = superseded_claims(context.connection, places.values()) if places else set()
    found = claims_at(context.connection, set(places.values()) - gone)
    return [(found[place], asked[name]) for name, place in places.items() if place in found]


def _counts(context: Context, tenant: str) -> bool:
    """Whether what this tenant sends now is no test."""
    return context.partners.of(tenant).sender.usage != TEST


def _has_tested(connection: Connection, _now: str) -> bool:
    return bool(sent_as_tests_alone(connection, 1))


def service(settings: Settings) -> Service:
    """The submitter; how long it gathers claims for a file is a setting, and so is whether its files are tests."""
    offers = settings.submitter.usage != TEST
    return Service(
        name=NAME,
        handle=handle,
        consumes=(Topic.CLAIM_SCRUBBED, Topic.DECISION_MADE, Topic.TICK),
        emits=(Topic.CLAIM_SUBMITTED,),
        keeps=(SUBMISSIONS,),
        # Control numbers are drawn one after the other; claims that come within a moment go into one file.
        serial=True,
        couriers=(outbound.FOLDER,),
        within=settings.file_seconds,
        partners=Partners(settings.partner),
        clockwork=Clockwork(timedelta(minutes=15), _has_tested) if offers else None,
    )


def _not_sent(context: Context, clean: Clean) -> list[tuple[Claim, Cause]]:
    """Clean claims that stand in no file yet, or in a test alone where files count now, and that no newer revision
    overtook (see claim_builder).
    """
    if not clean:
        return []
    connection = context.connection
    visits = select(claims.c.tenant, claims.c.session_id).where(among(connection, claims.c.place, clean))
    lock(connection, [f"session {row.tenant} {row.session_id}" for row in connection.execute(visits).all()])
    rows = fetch(connection, submissions, list(clean), (submissions.c.claim, submissions.c.usage))
    sent = {row.claim for row in rows if row.usage != TEST or not _counts(context, clean[row.claim].tenant)}
    unsent = [place for place in clean if place not in sent]
    found = claims_at(connection, unsent)
    gone = superseded_claims(connection, unsent)
    # What stands in a file is told of all the same: answers speak of it.
    told = sent_before(connection, [found[place].patient_control_number for place in gone])
    return [
        (found[place], clean[place])
        for place in unsent
        if place not in gone or found[place].patient_control_number in told
    ]


def _built(context: Context, partner: Partner, number: int, unsent: Sequence[Claim]) -> Built:
    """The claims as files, and those that no file can hold."""
    sender = partner.sender
    charset = EXTENDED_SET if partner.charset == "extended" else BASIC_SET
    parties = (sender.submitter_id, sender.receiver_id)
    asks = partner.ta1_hours > 0  # ISA14
    now = _file_time(context, unsent)
    envelope = FileEnvelope(*parties, number, now, sender.usage, charset=charset, acknowledgment_requested=asks)
    header = Header(envelope, sender.submitter_name, sender.contact_phone, sender.receiver_name)
    built = build_837p(unsent, header, FileSize(partner.claims_per_file, partner.claims_per_transaction))
    if built.header:
        raise PlainError(f"no file can be sent with these settings: {_said(built.header)}")
    return built


def _file_time(context: Context, unsent: Sequence[Claim]) -> datetime:
    """When the file is made (ISA09, GS04, BHT04): now, in UTC; the clinic's time where its day has begun already and
    the file has services of that day, for no file may be older than what stands in it.
    """
    newest = max(unsent, key=lambda claim: max(line.date_of_service for line in claim.lines))
    if max(line.date_of_service for line in newest.lines) <= context.now.date():
        return context.now
    places = places_of_claims(context.connection, {str(newest.claim_id)})
    (built,) = payloads(context.connection, set(places.values()), ClaimBuilt).values()
    return time_at(built.session.clinic, context.now)


def _why(refused: Refused) -> str:
    return (
        f"claim {refused.claim.patient_control_number} cannot be sent: {_said(refused.findings)}; "
        "correct the session and raise its revision"
    )


def _said(findings: Sequence[Finding]) -> str:
    """Places and reasons, without the values."""
    return "; ".join(f"{each.loop} {each.segment}{each.element}: {each.message}".strip() for each in findings)


def _submit(context: Context, partner: Partner, told: Mapping[UUID, Cause], file: File) -> list[Draft]:
    usage = partner.sender.usage
    name = file_name(partner.name, file.interchange_control_number, is_test=usage == TEST)
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
            context,
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


def _draft(context: Context, claim: Claim, cause: Cause, where: Mapping[str, Any]) -> Draft:
    """The claim stands there on the wire."""
    submitted = ClaimSubmitted(
        claim_id=claim.claim_id,
        patient_control_number=claim.patient_control_number,
        total_charge_cents=claim.total_charge_cents,
        asked_cents=_asked(context, claim),
        again=cause.again,
        **where,
    )
    return Draft(submitted, str(claim.claim_id), cause.tenant, cause.clinic, parent=cause.event_id)


def _asked(context: Context, claim: Claim) -> int | None:
    """What a payer after another one is asked for: what that one left to it."""
    last = last_before(claim)
    if last is None:
        return None
    coverage = last.coverage
    payer = context.payers.config(coverage.payer_id, coverage.payer_class, claim.lines[0].date_of_service)
    return left_by(last, setting_of(payer))
