"""Which visit of the day, of the year and of the course of treatment a visit is: contracts may pay by that number.

Counted are the visits of one patient at one payer and billing provider, in the order of their days (of one day by the
visit's id), so that it makes no difference in which order they came. A visit counts from when its claim is built until
it is withdrawn, paid by the patient, or billed to another. A course of treatment is one discipline's, from the first
treatment under the visit's plan of care on; without a plan nobody knows which visit of it this is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, exists, select

from claimloom.contracts import VisitNumbers
from claimloom.ledger.books.claims import FIRST, VOID, claim_lines, claims, is_newer
from claimloom.ledger.journal import payloads
from schemas.claim import ClaimBuilt
from schemas.session import Session


@dataclass(frozen=True, slots=True)
class ServedVisit:
    """A visit as it is counted."""

    tenant: str
    session_id: str
    patient_id: str
    payer_id: str
    billing_npi: str
    discipline: str
    day: date
    withdrawn: bool = False
    place: int = 0
    """Of its claim, 0 before there is one."""

    @property
    def order(self) -> tuple[date, str]:
        """Where it stands among the others."""
        return self.day, self.session_id

    def counts_with(self, other: ServedVisit) -> bool:
        """Whether one contract counts both."""
        mine = (self.tenant, self.patient_id, self.payer_id, self.billing_npi)
        return mine == (other.tenant, other.patient_id, other.payer_id, other.billing_npi) and not self.withdrawn


def served(session: Session) -> ServedVisit:
    """A visit as it is told."""
    return ServedVisit(
        session.tenant,
        session.session_id,
        session.patient.patient_id,
        session.first_payer_id,
        session.billing_provider.npi,
        session.discipline.value,
        session.date_of_service,
        session.withdrawn,
    )


class VisitsServed:
    """Visits of patients: those whose claims are in the ledger, and those whose claims are made at this moment."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.came: dict[tuple[str, str], ServedVisit] = {}
        self.known: dict[tuple[str, str], list[ServedVisit]] = {}

    def add(self, visit: ServedVisit) -> None:
        """One whose claim is not there yet; it takes the place of what the same visit was before."""
        self.came[visit.tenant, visit.session_id] = visit

    def numbers(self, session: Session) -> VisitNumbers:
        """Which visit it is, after all that is known now."""
        visit = served(session)
        key = (visit.tenant, visit.patient_id)
        if key not in self.known:
            self.known[key] = visits_of(self.connection, *key)
        others = [each for each in self.known[key] if (each.tenant, each.session_id) not in self.came]
        return _numbers(visit, [*others, *self.came.values()], _treated_from(session))


def visits_of(connection: Connection, tenant: str, patient_id: str) -> list[ServedVisit]:
    """Visits of a patient whose newest claim to the first payer is no void."""
    later = claims.alias()
    query = (
        select(
            *(claims.c[name] for name in ("place", "session_id", "payer_id", "discipline", "date_of_service")),
            claim_lines.c.billing_npi,
        )
        .join(claim_lines, (claim_lines.c.claim == claims.c.place) & (claim_lines.c.line_number == 1))
        .where(
            claims.c.tenant == tenant,
            claims.c.patient_id == patient_id,
            claims.c.in_line == FIRST,
            claims.c.frequency != VOID,
            ~exists().where(is_newer(later, claims)),
        )
    )
    return [
        ServedVisit(
            tenant,
            row.session_id,
            patient_id,
            row.payer_id,
            row.billing_npi,
            row.discipline,
            date.fromisoformat(row.date_of_service),
            place=row.place,
        )
        for row in connection.execute(query).all()
    ]


def numbers_at(connection: Connection, place: int) -> VisitNumbers:
    """Which visit the claim at a place is of, after all that is known now."""
    session = payloads(connection, [place], ClaimBuilt)[place].session
    return VisitsServed(connection).numbers(session)


def counted_beside(connection: Connection, built: Mapping[int, ClaimBuilt]) -> dict[int, int]:
    """Places of other claims of the patient at the payer and billing provider of a claim that was built, or voided, at
    a place: they may have other numbers now. Each with the place of the claim that says so.
    """
    found: dict[int, int] = {}
    for place, each in built.items():
        claim = each.claim
        whose = (claim.coverage.payer_id, claim.billing_provider.npi)
        for other in visits_of(connection, each.session.tenant, claim.patient.patient_id):
            if other.place not in built and (other.payer_id, other.billing_npi) == whose:
                found.setdefault(other.place, place)
    return found


def _treated_from(session: Session) -> date | None:
    plan = session.plan_of_care
    return (plan.first_treatment or plan.start) if plan else None


def _numbers(visit: ServedVisit, others: Iterable[ServedVisit], since: date | None) -> VisitNumbers:
    before = [each for each in others if each.counts_with(visit) and each.order < visit.order]
    of_case = [each for each in before if since and each.discipline == visit.discipline and since <= each.day]
    return VisitNumbers(
        of_day=1 + sum(each.day == visit.day for each in before),
        of_year=1 + sum(each.day.year == visit.day.year for each in before),
        of_case=1 + len(of_case) if since else None,
    )
