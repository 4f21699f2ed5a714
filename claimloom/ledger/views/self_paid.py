"""Visits that their patients pay: what each is charged, and the sums."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, Row, Select, func, select

from claimloom.ledger.books.self_paid import self_paid, self_paid_totals
from claimloom.ledger.database import among
from claimloom.ledger.journal import payloads
from claimloom.ledger.views.scope import Page, Rows, Scope, one_of, read_on
from schemas.followup import WorkFound


@dataclass(frozen=True, slots=True)
class SelfPaid:
    """A visit that its patient pays, as it was told last; ``services``: what he is charged for, in words."""

    visit_id: str
    revision: int
    date_of_service: str
    charge_cents: int
    services: str
    tenant: str
    clinic: str
    patient_id: str

    def json(self) -> dict[str, Any]:
        """For programs."""
        return asdict(self)


def self_paid_sums(connection: Connection, scope: Scope) -> tuple[int, int]:
    """How many visits, and the cents that their patients are charged."""
    sums = (func.sum(self_paid_totals.c.count), func.sum(self_paid_totals.c.cents))
    row = connection.execute(select(*sums).where(*scope.of(connection, self_paid_totals))).one()
    return int(row[0] or 0), int(row[1] or 0)


def self_paying(connection: Connection, scope: Scope) -> tuple[list[str], list[str]]:
    """Tenants and clinics that have such visits."""
    columns = (self_paid_totals.c.tenant, self_paid_totals.c.clinic)
    rows = connection.execute(select(*columns).where(*scope.of(connection, self_paid_totals))).all()
    return sorted({row.tenant for row in rows}), sorted({row.clinic for row in rows})


def self_paid_visits(connection: Connection, scope: Scope, visit_id: str) -> list[SelfPaid]:
    """The visit of that id, of each tenant that has one."""
    tenants, _ = self_paying(connection, scope)
    mine = (among(connection, self_paid.c.tenant, tenants), self_paid.c.session_id == visit_id)
    found = connection.execute(select(self_paid).where(*mine)).all() if tenants else []
    return _read(connection, [row for row in found if scope.holds(row)])


def self_paid_page(connection: Connection, scope: Scope, page: Page) -> Rows[SelfPaid]:
    """All of them in the order of their days."""
    tenants, _ = self_paying(connection, scope)
    clinics = [one_of(connection, self_paid.c.clinic, scope.clinics)] if scope.clinics else []

    def query(tenant: str) -> Select[Any]:
        return select(self_paid).where(self_paid.c.tenant == tenant, *clinics)

    order = [self_paid.c[name] for name in ("day", "session_id", "place")]
    found, following = read_on(connection, query, tenants, order, page)
    return Rows(_read(connection, found), following)


def _read(connection: Connection, rows: Sequence[Row[Any]]) -> list[SelfPaid]:
    told = payloads(connection, [row.place for row in rows], WorkFound) if rows else {}
    visits = {place: found.unbilled for place, found in told.items() if found.unbilled}
    return [
        SelfPaid(
            row.session_id,
            row.revision,
            row.day,
            row.charge_cents,
            visits[row.place].charged_for if row.place in visits else "",
            row.tenant,
            row.clinic,
            visits[row.place].patient_id if row.place in visits else "",
        )
        for row in rows
    ]
