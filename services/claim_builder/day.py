"""Timed minutes of a patient's day that other visits were billed with: all of one discipline, payer and billing
provider are one pool (Pub. 100-04 ch. 5 section 20.2), whichever visit they stand in.

A visit sees those that were built before it, and the minutes of those that earned no unit and gave no claim. So
whatever order they come in, together they get what the day's minutes earn; a visit that is corrected or withdrawn later
leaves the others as they went out, and what they have too much or too little is work.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Final, NamedTuple

from sqlalchemy import Connection

from claimloom.billing.units import Before, eight_minute_units
from claimloom.desk.next_action import SOON_DAYS
from claimloom.ledger.books.claims import FIRST, VOID
from claimloom.ledger.books.unbilled_visits import unbilled_of
from claimloom.ledger.days import claims_on
from claimloom.ledger.journal import claims_at, payloads
from claimloom.ledger.states import of_visits, superseded_claims
from claimloom.reference.code_ladders import first_code
from schemas.claim import Claim
from schemas.followup import NextAction, Unbilled, WorkFound
from schemas.session import Session
from schemas.values import Discipline
from schemas.words import counted

REVIEW: Final = "review"
Key = tuple[str, str, date]


class Pool(NamedTuple):
    """Whose minutes are counted together: of a tenant's patient on a day, by discipline, payer and billing provider."""

    tenant: str
    patient_id: str
    day: date
    discipline: Discipline | None
    payer_id: str
    billing_npi: str

    @property
    def key(self) -> Key:
        """The day of the patient."""
        return self.tenant, self.patient_id, self.day


class _Counted(NamedTuple):
    """What a visit counts on its day: what it is billed with, or the minutes that earned it no unit."""

    pool: Pool
    claim: Claim | None = None
    found: WorkFound | None = None
    clinic: str = ""

    @property
    def minutes(self) -> dict[str, int]:
        """By code, of a visit without a claim."""
        return self.found.unbilled.minutes if self.found and self.found.unbilled else {}


class About(NamedTuple):
    """Work about a visit of the day, and its clinic where that is not the clinic of the visit in hand."""

    found: WorkFound
    clinic: str = ""


class Days:
    """The days of some patients: what was built for them before, and what is built in this step."""

    def __init__(self, connection: Connection, sessions: Sequence[Session]) -> None:
        self._visits: dict[Key, dict[str, _Counted]] = defaultdict(dict)
        self._pool_of: dict[tuple[str, str], Pool] = {}
        wanted = {_pool_of(each).key for each in sessions}
        # Of a visit that is told anew the day, too, that it was told of before.
        wanted |= _days_before(connection, [each for each in sessions if each.revision > 1])
        around = claims_on(connection, {(tenant, patient, day.isoformat()) for tenant, patient, day in wanted})
        rows = [row for some in around.values() for row in some if row.in_line == FIRST and row.frequency != VOID]
        # Most patients have one visit a day: then nothing more is asked.
        gone = superseded_claims(connection, [row.place for row in rows]) if rows else set()
        found = claims_at(connection, {row.place for row in rows} - gone) if rows else {}
        for row in rows:
            if row.place in found:
                self._put(row.session_id, _Counted(_of_claim(row.tenant, found[row.place]), found[row.place]))
        days = {(tenant, patient, day.isoformat()) for tenant, patient, day in wanted}
        unbilled = unbilled_of(connection, days, ())
        told = payloads(connection, [row.place for row in unbilled], WorkFound) if unbilled else {}
        for row in unbilled:
            found_there = told[row.place]
            if found_there.unbilled:
                pool = _of_unbilled(row.tenant, found_there.unbilled)
                self._put(row.session_id, _Counted(pool, found=found_there, clinic=row.clinic))

    def _put(self, session_id: str, visit: _Counted) -> None:
        self._take_out(visit.pool.tenant, session_id)
        self._visits[visit.pool.key][session_id] = visit
        self._pool_of[visit.pool.tenant, session_id] = visit.pool

    def _take_out(self, tenant: str, session_id: str) -> _Counted | None:
        pool = self._pool_of.pop((tenant, session_id), None)
        return self._visits[pool.key].pop(session_id, None) if pool else None

    def built_before(self, session: Session) -> Claim | None:
        """The claim of an earlier revision of the visit that was built in this step, or stands."""
        pool = self._pool_of.get((session.tenant, session.session_id))
        there = self._visits[pool.key].get(session.session_id) if pool else None
        claim = there.claim if there else None
        return claim if claim is not None and claim.version < session.revision else None

    def before(self, session: Session) -> Before:
        """What other visits of its pool were billed with, and the minutes of those that gave no claim."""
        pool = _pool_of(session)
        billed = self._claims(pool, session.session_id)
        same = [each.units for each in billed if each.rendering.npi == session.therapist.npi]
        return Before.of([each.units for each in billed], same, self._unbilled(pool, session.session_id))

    def told(self, session: Session, now: Claim | WorkFound | None, today: date) -> Iterator[About]:
        """What the visit is billed with now, or told of it since it gives no claim (None: nothing). What
        follows: work about others of the day if it was told otherwise before, and the end of work about those whose
        minutes are counted in its claim.
        """
        was = self._take_out(session.tenant, session.session_id)
        pool: Pool | None = None
        if isinstance(now, Claim):
            pool = _of_claim(session.tenant, now)
            self._put(session.session_id, _Counted(pool, now))
            yield from self._counted_here(pool, session.session_id, now, today)
        elif now is not None and now.unbilled:
            pool = _of_unbilled(session.tenant, now.unbilled)
            self._put(session.session_id, _Counted(pool, found=now, clinic=session.clinic.clinic_id))
        for each in dict.fromkeys(one for one in (was.pool if was else None, pool) if one and was):
            yield from self._out_of_step(each, session.session_id, today)

    def _counted_here(self, pool: Pool, session_id: str, claim: Claim, today: date) -> Iterator[About]:
        """The end of what was to do about visits without a claim whose minutes count with this one's."""
        units = claim.units
        for name, minutes in units.unbilled_visits.items():
            other = self._visits[pool.key].get(name)
            told = other.found.unbilled if other and other.found else None
            if other and other.found and told and not told.settled and not told.claim_out:
                total = units.pool_minutes + units.earlier_minutes
                earned = counted(eight_minute_units(total), "unit")
                said = f"its {counted(minutes, 'minute')} count with visit {session_id}, claim "
                said += f"{claim.patient_control_number}: {counted(total, 'minute')} of the day earn {earned}"
                found = _settled(other.found, said, today)
                self._put(name, other._replace(found=found))
                yield About(found, other.clinic)

    def _out_of_step(self, pool: Pool, session_id: str, today: date) -> Iterator[About]:
        """Claims that are billed otherwise than the day's minutes earn now; of too little the newest visit without a
        claim is told first, for it can have what is left.
        """
        others, all_of_it = self._claims(pool, session_id), self._claims(pool, "")
        for claim in others:
            if codes := _without_first_code(claim, all_of_it):
                said = f"{' and '.join(codes)} is billed without the code that it is added to"
                yield About(_look_again(claim, said, today))
        minutes, units = self._sums(pool)
        earned = eight_minute_units(minutes)
        if units == earned:
            return
        if units < earned and (waiting := list(self._unbilled(pool, session_id))):
            yield self._told_again(pool, waiting[-1], minutes, units, today)
            return
        said = f"{counted(units, 'unit')} are billed for the day, {counted(minutes, 'minute')} earn {earned}"
        for claim in others:
            if claim.units.earlier_minutes:
                yield About(_look_again(claim, said, today))

    def _told_again(self, pool: Pool, name: str, minutes: int, units: int, today: date) -> About:
        other = self._visits[pool.key][name]
        assert other.found
        earned = counted(eight_minute_units(minutes), "unit")
        said = f"another visit of the day changed: {counted(minutes, 'minute')} earn {earned}, {units} billed"
        found = _again(other.found, said, today)
        self._put(name, other._replace(found=found))
        return About(found, other.clinic)

    def _sums(self, pool: Pool) -> tuple[int, int]:
        """Minutes and billed units of a pool."""
        whole = Before.of([each.units for each in self._claims(pool, "")], unbilled=self._unbilled(pool, ""))
        return sum(whole.minutes.values()), sum(whole.units.values())

    def _claims(self, pool: Pool, session_id: str) -> list[Claim]:
        """Claims of the pool but that of one visit."""
        some = self._visits.get(pool.key, {}).items()
        return [each.claim for name, each in some if name != session_id and each.pool == pool and each.claim]

    def _unbilled(self, pool: Pool, session_id: str) -> dict[str, dict[str, int]]:
        """Minutes of the pool's visits without a claim but of one."""
        some = self._visits.get(pool.key, {}).items()
        return {name: each.minutes for name, each in some if name != session_id and each.pool == pool and each.minutes}


def _without_first_code(claim: Claim, day: Sequence[Claim]) -> list[str]:
    """Add-on codes of a claim whose first code nobody of the day's claims of its therapist has any more."""
    there = {line.procedure_code for each in day if each.rendering.npi == claim.rendering.npi for line in each.lines}
    added = dict.fromkeys(line.procedure_code for line in claim.lines)
    return [code for code in added if first_code(code) not in there]


def _look_again(claim: Claim, said: str, today: date) -> WorkFound:
    return WorkFound(
        claim_id=claim.claim_id,
        patient_control_number=claim.patient_control_number,
        next_action=NextAction(
            kind=REVIEW,
            reason=f"another visit of the day changed: {said}",
            action="send this visit again with a higher revision, so that it is billed with what is left",
            due=today + timedelta(days=SOON_DAYS),
            recoverable_cents=0,
        ),
    )


def _pool_of(session: Session) -> Pool:
    return Pool(
        session.tenant,
        session.patient.patient_id,
        session.date_of_service,
        session.discipline,
        session.first_payer_id,
        session.billing_provider.npi,
    )


def _of_claim(tenant: str, claim: Claim) -> Pool:
    return Pool(
        tenant,
        claim.patient.patient_id,
        claim.lines[0].date_of_service,
        claim.discipline,
        claim.coverage.payer_id,
        claim.billing_provider.npi,
    )


def _of_unbilled(tenant: str, visit: Unbilled) -> Pool:
    about = (visit.patient_id, visit.date_of_service, visit.discipline, visit.payer_id, visit.billing_npi)
    return Pool(tenant, *about)


def _settled(found: WorkFound, said: str, today: date) -> WorkFound:
    """The end of work about a visit that has no claim."""
    assert found.unbilled
    action = found.next_action.model_copy(update={"reason": said, "action": "nothing", "due": today, "last_day": None})
    visit = found.unbilled.model_copy(update={"settled": True})
    return found.model_copy(update={"next_action": action, "unbilled": visit})


def _again(found: WorkFound, said: str, today: date) -> WorkFound:
    """Work about a visit that has no claim, since it could have one now."""
    assert found.unbilled
    visit = found.unbilled
    action = NextAction(
        kind="not_billed",
        reason=f"visit {visit.session_id} of {visit.date_of_service} is not billed: {said}",
        action="raise the revision and send the visit again, so that it is billed with what is left",
        due=today + timedelta(days=SOON_DAYS),
        recoverable_cents=0,
    )
    return found.model_copy(update={"next_action": action, "unbilled": visit.model_copy(update={"settled": False})})


def _days_before(connection: Connection, corrected: Sequence[Session]) -> set[Key]:
    """Days on which visits that are told anew were billed before."""
    names = {(each.tenant, each.session_id) for each in corrected}
    if not names:
        return set()
    rows = of_visits(connection, names)
    found = claims_at(connection, {row.place for row in rows})
    days = {_of_claim(row.tenant, found[row.place]).key for row in rows}
    unbilled = unbilled_of(connection, (), names)
    return days | {(row.tenant, row.patient_id, date.fromisoformat(row.date_of_service)) for row in unbilled}
