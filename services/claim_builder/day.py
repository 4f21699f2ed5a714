"""Timed minutes of a patient's day that other visits were billed with: all of one discipline, payer and billing
provider are one pool (Pub. 100-04 ch. 5 section 20.2), whichever visit they stand in.

A visit sees those that were built before it. So whatever order they come in, together they get what the day's minutes
earn; a visit that is corrected or withdrawn later leaves the others as they went out, and what they have too much or
too little is work.
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
from claimloom.ledger.days import claims_on
from claimloom.ledger.journal import claims_at
from claimloom.ledger.states import of_visits, superseded_claims
from claimloom.reference.code_ladders import first_code
from schemas.claim import Claim
from schemas.followup import NextAction, WorkFound
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
    discipline: Discipline
    payer_id: str
    billing_npi: str

    @property
    def key(self) -> Key:
        """The day of the patient."""
        return self.tenant, self.patient_id, self.day


class Days:
    """The days of some patients: what was built for them before, and what is built in this step."""

    def __init__(self, connection: Connection, sessions: Sequence[Session]) -> None:
        self._claims: dict[Key, dict[str, Claim]] = defaultdict(dict)
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
                self._put(row.tenant, row.session_id, found[row.place])

    def _put(self, tenant: str, session_id: str, claim: Claim) -> None:
        self._take_out(tenant, session_id)
        pool = _of_claim(tenant, claim)
        self._claims[pool.key][session_id] = claim
        self._pool_of[tenant, session_id] = pool

    def _take_out(self, tenant: str, session_id: str) -> Pool | None:
        pool = self._pool_of.pop((tenant, session_id), None)
        if pool is not None:
            self._claims[pool.key].pop(session_id, None)
        return pool

    def built_before(self, session: Session) -> Claim | None:
        """The claim of an earlier revision of the visit that was built in this step, or stands."""
        pool = self._pool_of.get((session.tenant, session.session_id))
        claim = self._claims[pool.key].get(session.session_id) if pool else None
        return claim if claim is not None and claim.version < session.revision else None

    def before(self, session: Session) -> Before:
        """What other visits of its pool were billed with."""
        pool = self._others(_pool_of(session), session.session_id)
        same = [each for each in pool if each.rendering.npi == session.therapist.npi]
        return Before.of([each.units for each in pool], [each.units for each in same])

    def told(self, session: Session, claim: Claim | None, today: date) -> Iterator[WorkFound]:
        """What the visit is billed with now (None: it gives no claim); and of one that was told otherwise before, what
        other claims rest on minutes which are no more.
        """
        was = self._take_out(session.tenant, session.session_id)
        now = _of_claim(session.tenant, claim) if claim else None
        if claim is not None:
            self._put(session.tenant, session.session_id, claim)
        for pool in dict.fromkeys(each for each in (was, now) if each and was):
            yield from self._out_of_step(pool, session.session_id, today)

    def _out_of_step(self, pool: Pool, session_id: str, today: date) -> Iterator[WorkFound]:
        others, all_of_it = self._others(pool, session_id), self._others(pool, "")
        for claim in others:
            if codes := _without_first_code(claim, all_of_it):
                said = f"{' and '.join(codes)} is billed without the code that it is added to"
                yield _look_again(claim, said, today)
        leaning = [each for each in others if each.units.earlier_minutes]
        if not leaning:
            return
        whole = Before.of([each.units for each in all_of_it])
        minutes, units = sum(whole.minutes.values()), sum(whole.units.values())
        earned = eight_minute_units(minutes)
        if units == earned:
            return
        said = f"{counted(units, 'unit')} are billed for the day, {counted(minutes, 'minute')} earn {earned}"
        for claim in leaning:
            yield _look_again(claim, said, today)

    def _others(self, pool: Pool, session_id: str) -> list[Claim]:
        """Claims of the pool but that of one visit."""
        some = self._claims.get(pool.key, {}).items()
        return [claim for name, claim in some if name != session_id and _of_claim(pool.tenant, claim) == pool]


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


def _days_before(connection: Connection, corrected: Sequence[Session]) -> set[Key]:
    """Days on which visits that are told anew were billed before."""
    names = {(each.tenant, each.session_id) for each in corrected}
    rows = of_visits(connection, names) if names else ()
    found = claims_at(connection, {row.place for row in rows})
    return {_of_claim(row.tenant, found[row.place]).key for row in rows}
