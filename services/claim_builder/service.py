"""claim_builder: what is billed to whom, and as what.

Each session becomes a claim to its first payer, with the derivation of its units. A corrected visit (a higher revision)
of which a claim has gone out becomes a replacement, CLM05-3 = 7; one whose claim was held, rejected or could not be
processed becomes an original again, for nobody has taken it in (``claimloom.desk.correction``). What went out for a
visit that is withdrawn or paid by the patient, or that is another payer's or person's, is voided (8).

What a payer answers can let the next payer's claim go out, or a correction that waited for the payer's number; and
people decide (``services.claim_builder.following``). Most answers do neither: columns of the claims tell so, one
question a batch. By its clock it asks after answers that should have come (``silent.py``), and after
money (``money_apart.py``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from claimloom.billing.build import NO_MINUTES, BuildError, build_claim
from claimloom.billing.self_pay import BOUND, charges, must_be_billed
from claimloom.contracts import NOT_COUNTED
from claimloom.desk import next_action
from claimloom.desk.correction import Sent, Way, is_anothers, replacing, void_of, voiding
from claimloom.desk.expected import expected_of
from claimloom.desk.stamp import priced_by
from claimloom.ledger.books.claims import CLAIMS, FIRST
from claimloom.ledger.books.self_paid import SELF_PAID
from claimloom.ledger.books.submissions import TEST
from claimloom.ledger.books.unbilled_visits import UNBILLED_VISITS
from claimloom.ledger.database import lock
from claimloom.ledger.visit_numbers import VisitsServed, served
from claimloom.ledger.went_out import file_before
from claimloom.partners import Partners
from claimloom.payers import PayerConfig, Payers
from claimloom.reference.time_zones import day_at
from claimloom.settings import Settings
from claimloom.topology import Clockwork, Context, Draft, Received, Service
from schemas.claim import Claim, ClaimBuilt
from schemas.decision import Tick
from schemas.event import derived_id
from schemas.followup import NextAction, Unbilled, WorkFound
from schemas.money import usd
from schemas.session import Coverage, Session
from schemas.topics import Topic
from services.claim_builder.day import Days
from services.claim_builder.following import Following
from services.claim_builder.known import Visit
from services.claim_builder.making import draft_of, place_of, with_writable_payers
from services.claim_builder.money_apart import money_apart
from services.claim_builder.silent import silences
from services.claim_builder.unreceived import unreceived_files

NAME: Final = "claim_builder"
UNSEEN: Final = Way("7", waits=True)
"""Of what a payer has and nobody here knows the number of."""
AT_ONCE: Final = 5000
"""Claims that a tick asks after."""


def handle(context: Context, received: Sequence[Received]) -> list[Draft]:
    """A claim for each session, and what follows from answers and decisions; a session that gives no claim (no fee, no
    unit) is work.
    """
    sessions = [each for each in received if each.event.type == Topic.SESSION_COMPLETED]
    others = [each for each in received if each.event.type not in (Topic.SESSION_COMPLETED, Topic.TICK)]
    corrected = {
        (each.data.tenant, each.data.session_id)
        for each in sessions
        if isinstance(each.data, Session) and each.data.revision > 1
    }
    # Who builds a correction and who hears of an answer to what it corrects: one of them sees what the other did.
    tenants = {tenant for tenant, _ in corrected} | {each.event.tenant for each in others}
    lock(context.connection, [f"corrections {tenant}" for tenant in tenants])
    following = Following(context, others)
    # The lock that the submitter takes: an earlier claim is sent before this is decided, or not at all.
    lock(context.connection, [f"session {tenant} {name}" for tenant, name in corrected | following.visits])
    counted = VisitsServed(context.connection)
    days = Days(context.connection, [each.data for each in sessions if isinstance(each.data, Session)])
    drafts = [draft for each in sessions for draft in _of_session(context, each, counted, days)]
    return [*drafts, *following.drafts(), *_struck(context, received)]


def _struck(context: Context, received: Sequence[Received]) -> Iterator[Draft]:
    """Work about what should have come, at a stroke of the own clock: money, and answers to claims and files."""
    if not any(isinstance(each.data, Tick) and each.data.service == NAME for each in received):
        return
    for apart in money_apart(context.connection, context.now, context.partners, AT_ONCE):
        about = str(apart.money.about)
        yield Draft(apart.found, about, apart.tenant, "", identity=("apart", apart.action.kind, about))
    if context.partners.shared.sender.usage != TEST:
        yield from _silent(context)


def _silent(context: Context) -> Iterator[Draft]:
    """Work about claims and files whose answers should have come."""
    connection, now = context.connection, context.now
    claims = silences(connection, now.date(), context.payers, AT_ONCE)
    for each in (*unreceived_files(connection, now, context.partners), *claims):
        claim = each.claim
        found = WorkFound(
            claim_id=claim.claim_id, patient_control_number=claim.patient_control_number, next_action=each.action
        )
        file = (each.file_name,) if each.file_name else ()
        identity = ("silent", each.action.kind, str(claim.claim_id), each.submitted_on, *file)
        yield Draft(found, str(claim.claim_id), each.tenant, each.clinic, identity=identity)


def _of_session(context: Context, each: Received, counted: VisitsServed, days: Days) -> Iterator[Draft]:
    """The claim of a visit as it is told now, and voids of what was billed for it to others."""
    session = each.data
    assert isinstance(session, Session)
    counted.add(served(session))
    if not session.is_billed:
        yield from _unclaimed(context, session, each, days)
        yield from _rests_on_it(context, days, None, each)
        return
    coverage, today = session.coverages[0], day_at(session.clinic, context.now)
    payer = _payer_of(context, session, coverage)
    claim_id = derived_id("claim", session.tenant, session.session_id, session.revision, coverage.payer_id)
    before: Sent | None = None
    voids: list[Draft] = []
    if session.revision > 1:
        visit = Visit(context.connection, session.tenant, session.session_id, session.revision)
        before = visit.newest_out(FIRST)
        for line in visit.lines:
            sent = visit.newest_out(line, tests=True)  # whoever tests files wants to see what becomes of it
            if sent and is_anothers(sent, session, place_of(line)):
                before = None if line == FIRST else before
                voids += _void(context, session, sent, each, line)
    way = replacing(before, payer)
    replaces = before.claim.claim_id if before else None
    if before is None and not voids and (replaces := _went_out(context, session)):
        way = UNSEEN
    try:
        claim = build_claim(
            session,
            payer,
            claim_id=claim_id,
            frequency_code=way.frequency,
            payer_claim_control_number=way.number,
            before=days.before(session),
        )
    except BuildError as error:
        out = before.claim.patient_control_number if before else ""
        action = next_action.not_billed(session, error.why, error.change, payer, today, out)
        found = _not_billed(session, action, claim_id, minutes=error.minutes, out=out)
        yield _draft_of(found, each)
        yield from voids
        yield from _rests_on_it(context, days, found, each)
        return
    claim = with_writable_payers(context, claim)
    number = counted.numbers(session) if payer.counts_visits else NOT_COUNTED
    rates, expected = expected_of(claim, payer, session.clinic.clinic_id, number)
    built = ClaimBuilt(
        claim=claim,
        session=session,
        expected_rate_cents=rates,
        expected=expected,
        priced_by=priced_by(payer),
        replaces=replaces,
        waits=way.waits,
        answered_on=before.answered_on if before else None,
    )
    yield Draft(built, session.patient.patient_id, each.event.tenant, each.event.clinic, parent=each.event.id)
    yield from voids
    yield from _rests_on_it(context, days, claim, each)


def _unclaimed(context: Context, session: Session, each: Received, days: Days) -> Iterator[Draft]:
    """What becomes of a visit that is withdrawn, or that its patient pays."""
    visit = Visit(context.connection, session.tenant, session.session_id, session.revision)
    today = day_at(session.clinic, context.now)
    told = partial(next_action.no_claim, session, today=today)
    ends = list(_ends(context, session, visit, each))
    if not visit.lines and (built := days.built_before(session)):  # by another telling of the same step
        ends.append(_ended(session, built, Way("8"), each, FIRST))
    if session.withdrawn:
        yield from ends
        if session.revision > 1 and not ends:  # it was paid by the patient, or could not be billed
            yield _no_claim_of(session, told("is withdrawn", "nothing is billed to anybody"), each)
        return
    try:
        if bound := must_be_billed(session):
            raise BuildError(session.session_id, *BOUND[bound.payer_class])
        some = charges(session)
    except BuildError as error:
        payer = _payer_of(context, session, bound) if bound else None
        out = visit.newest_out(FIRST)
        number = out.claim.patient_control_number if out else ""
        action = next_action.not_billed(session, error.why, error.change, payer, today, number)
        yield _no_claim_of(session, action, each, out=number)
        return
    yield from ends
    total = sum(one.cents for one in some)
    said = ", ".join(one.said() for one in some)
    action = told(f"is paid by the patient, no claim: {said}", f"bill {usd(total)} to the patient", charge_cents=total)
    yield _no_claim_of(session, action, each, charge_cents=total, charged_for=said)


def _no_claim_of(
    session: Session,
    action: NextAction,
    each: Received,
    *,
    out: str = "",
    charge_cents: int | None = None,
    charged_for: str = "",
) -> Draft:
    claim_id = derived_id("claim", session.tenant, session.session_id, session.revision, session.first_payer_id)
    found = _not_billed(session, action, claim_id, out=out, charge_cents=charge_cents, charged_for=charged_for)
    return _draft_of(found, each)


def _draft_of(found: WorkFound, each: Received) -> Draft:
    return Draft(found, str(found.claim_id), each.event.tenant, each.event.clinic, parent=each.event.id)


def _not_billed(
    session: Session,
    action: NextAction,
    claim_id: UUID,
    *,
    minutes: Mapping[str, int] = NO_MINUTES,
    charge_cents: int | None = None,
    charged_for: str = "",
    out: str = "",
) -> WorkFound:
    """A visit that gives no claim: an everyday thing (no unit, no fee, no payer), no fault of the system. ``minutes``:
    what of it counts with the day's other visits; ``out``: the number of a claim of it that a payer has.
    """
    return WorkFound(
        claim_id=claim_id,
        patient_control_number="",
        next_action=action,
        unbilled=Unbilled(
            session_id=session.session_id,
            revision=session.revision,
            patient_id=session.patient.patient_id,
            payer_id=session.first_payer_id,
            date_of_service=session.date_of_service,
            discipline=session.discipline,
            billing_npi=session.billing_provider.npi,
            minutes=dict(minutes),
            claim_out=out,
            charge_cents=charge_cents,
            charged_for=charged_for,
        ),
    )


def _rests_on_it(context: Context, days: Days, now: Claim | WorkFound | None, each: Received) -> Iterator[Draft]:
    """Work about other visits of the day that rest on what this one said before, or count with it from now on."""
    assert isinstance(each.data, Session)
    for found, clinic in days.told(each.data, now, day_at(each.data.clinic, context.now)):
        where = clinic or each.event.clinic
        yield Draft(found, str(found.claim_id), each.event.tenant, where, parent=each.event.id)


def _went_out(context: Context, session: Session) -> UUID | None:
    """The claim of before, of a visit of which an earlier version stands in a file that went out, though the ledger,
    put back, knows nothing of it.
    """
    about = (session.tenant, session.session_id)
    payer_id, before = session.first_payer_id, session.revision - 1
    known = before and file_before(context.connection, *about, session.revision, payer_id)
    return derived_id("claim", *about, before, payer_id) if known else None


def _ends(context: Context, session: Session, visit: Visit, each: Received) -> Iterator[Draft]:
    """Each line of the visit's claims ends: by a void of what is out, else by one that is not sent."""
    for line in visit.lines:
        if sent := visit.newest_out(line):
            yield from _void(context, session, sent, each, line, always=True)
        elif newest := visit.newest(line):
            yield _ended(session, newest, Way("8"), each, line)


def _void(
    context: Context, session: Session, sent: Sent, each: Received, line: str, *, always: bool = False
) -> Iterator[Draft]:
    """The void of a claim that went out, if there is something to take back; ``always``: told as well if not."""
    claim = sent.claim
    way = voiding(sent, _payer_of(context, session, claim.coverage))
    if way or always:
        yield _ended(session, claim, way or Way("8"), each, line)


def _ended(session: Session, claim: Claim, way: Way, each: Received, line: str) -> Draft:
    claim_id = derived_id("void", session.tenant, session.session_id, session.revision, line, claim.claim_id)
    made = void_of(claim, claim_id, session.revision, way)
    return draft_of(ClaimBuilt(claim=made, session=session, replaces=claim.claim_id, waits=way.waits), each.event)


def _payer_of(context: Context, session: Session, coverage: Coverage) -> PayerConfig:
    return context.payers.config(coverage.payer_id, coverage.payer_class, session.date_of_service)


def _is_due(payers: Payers, partners: Partners, connection: Connection, now: str) -> bool:
    moment = datetime.fromisoformat(now)
    if any(money_apart(connection, moment, partners, 1)):
        return True
    if partners.shared.sender.usage == TEST:
        return False
    silent = any(silences(connection, moment.date(), payers, 1))
    return silent or any(unreceived_files(connection, moment, partners))


SERVICE: Final = Service(
    name=NAME,
    handle=handle,
    consumes=(
        Topic.SESSION_COMPLETED,
        Topic.CLAIM_ACKNOWLEDGED,
        Topic.CLAIM_RECONCILED,
        Topic.DECISION_MADE,
        Topic.TICK,
    ),
    emits=(Topic.CLAIM_BUILT, Topic.WORK_FOUND),
    keeps=(CLAIMS, SELF_PAID, UNBILLED_VISITS),
)


def service(settings: Settings) -> Service:
    """The builder with its clock; of test files, whose settings say so, no answer is awaited, money is."""
    partners = Partners(settings.partner)
    due = partial(_is_due, Payers((settings.data / "payers",)), partners)
    return replace(SERVICE, clockwork=Clockwork(timedelta(minutes=15), due), partners=partners)
