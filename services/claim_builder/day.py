"""Timed minutes of a patient's day that other visits were billed with: all of one discipline, payer and billing
provider are one pool (Pub. 100-04 ch. 5 section 20.2), whichever visit they stand in.

A visit sees those that were built before it. So whatever order they come in, together they get what the day's minutes
earn; a visit that is corrected or withdrawn later leaves the others as they went out, and what they have too much is
work.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Final

from sqlalchemy import Connection, select

from claimloom.billing.units import NOTHING, Before, eight_minute_units
from claimloom.desk.next_action import SOON_DAYS
from claimloom.ledger.books.claims import FIRST, VOID, claims
from claimloom.ledger.database import among
from claimloom.ledger.journal import claims_at
from claimloom.ledger.states import superseded_claims
from schemas.claim import Claim
from schemas.followup import NextAction, WorkFound
from schemas.session import Session
from schemas.words import counted

REVIEW: Final = "review"


Key = tuple[str, str, date]


class Days:
    """The days of some patients: what was built for them before, and what is built in this step."""

    def __init__(self, connection: Connection, sessions: Sequence[Session]) -> None:
        self._claims: dict[Key, dict[str, Claim]] = defaultdict(dict)
        self._day_of: dict[tuple[str, str], Key] = {}
        wanted = {(each.tenant, each.patient.patient_id, each.date_of_service.isoformat()) for each in sessions}
        if not wanted:
            return
        columns = (claims.c.tenant, claims.c.patient_id, claims.c.date_of_service)
        query = select(*columns, claims.c.place, claims.c.session_id, claims.c.frequency).where(
            *(among(connection, column, {each[at] for each in wanted}) for at, column in enumerate(columns)),
            claims.c.in_line == FIRST,
        )
        rows = [row for row in connection.execute(query).all() if row[:3] in wanted and row.frequency != VOID]
        # Most patients have one visit a day: then nothing more is asked.
        gone = superseded_claims(connection, [row.place for row in rows]) if rows else set()
        found = claims_at(connection, {row.place for row in rows} - gone) if rows else {}
        for row in rows:
            if row.place in found:
                key = (row.tenant, row.patient_id, date.fromisoformat(row.date_of_service))
                self._put(key, row.session_id, found[row.place])

    def _put(self, key: Key, session_id: str, claim: Claim) -> None:
        self._claims[self._day_of.get((key[0], session_id), key)].pop(session_id, None)
        self._claims[key][session_id] = claim
        self._day_of[key[0], session_id] = key

    def before(self, session: Session) -> Before:
        """What other visits of its pool were billed with."""
        pool = self._pool(session)
        return Before.of([each.units for each in pool if each.units]) if pool else NOTHING

    def built(self, session: Session, claim: Claim) -> None:
        """A claim of this step."""
        self._put(_key(session), session.session_id, claim)

    def withdrawn(self, session: Session) -> None:
        """The visit is billed no more."""
        self._claims[_key(session)].pop(session.session_id, None)

    def too_much(self, session: Session, own: Claim | None, today: date) -> Iterator[WorkFound]:
        """After a visit was corrected or withdrawn: other claims of its pool that rest on minutes which are no more."""
        others = self._pool(session)
        leaning = [each for each in others if each.units and each.units.earlier_minutes]
        if not leaning:
            return
        pool = Before.of([each.units for each in [*others, *([own] if own else [])] if each.units])
        minutes, units = sum(pool.minutes.values()), sum(pool.units.values())
        earned = eight_minute_units(minutes)
        if units <= earned:
            return
        for claim in leaning:
            yield WorkFound(
                claim_id=claim.claim_id,
                patient_control_number=claim.patient_control_number,
                next_action=NextAction(
                    kind=REVIEW,
                    reason=f"another visit of the day changed: {counted(units, 'unit')} are billed for the day, "
                    f"{counted(minutes, 'minute')} earn {earned}",
                    action="send this visit again with a higher revision, so that it is billed with what is left",
                    due=today + timedelta(days=SOON_DAYS),
                    recoverable_cents=0,
                ),
            )

    def _pool(self, session: Session) -> list[Claim]:
        """Claims of other visits of the day, of the same discipline, payer and billing provider."""
        wanted = (session.discipline, session.coverages[0].payer_id, session.billing_provider.npi)
        return [
            claim
            for name, claim in self._claims.get(_key(session), {}).items()
            if name != session.session_id
            and (claim.discipline, claim.coverage.payer_id, claim.billing_provider.npi) == wanted
        ]


def _key(session: Session) -> Key:
    return session.tenant, session.patient.patient_id, session.date_of_service
