"""Visits that gave no claim, by their day: what minutes they had count with those of the day's other visits."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final

from sqlalchemy import Column, Connection, Index, Integer, Row, String, Table, Text, select

from claimloom.ledger.books.claims import claims
from claimloom.ledger.books.common import typed
from claimloom.ledger.database import among, insert_new
from claimloom.ledger.tables import metadata, place
from claimloom.topology import Book, Received
from schemas.followup import WorkFound
from schemas.topics import Topic

DayKey = tuple[str, str, str]
"""Tenant, patient, date of service as ISO text."""
unbilled_visits = Table(
    "unbilled_visits",
    metadata,
    place(),
    Column("tenant", Text, nullable=False),
    Column("clinic", Text, nullable=False),
    Column("session_id", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("patient_id", Text, nullable=False),
    Column("date_of_service", String(10), nullable=False),
    Index("unbilled_visits_day", "tenant", "patient_id", "date_of_service"),
    Index("unbilled_visits_visit", "tenant", "session_id"),
    sqlite_with_rowid=False,
)


def unbilled_told(connection: Connection, received: Sequence[Received]) -> None:
    """``work-found`` about visits without a claim into unbilled_visits."""
    rows = [
        {
            "place": each.place,
            "tenant": each.event.tenant,
            "clinic": each.event.clinic,
            "session_id": visit.session_id,
            "version": visit.revision,
            "patient_id": visit.patient_id,
            "date_of_service": visit.date_of_service.isoformat(),
        }
        for each, found in typed(received, WorkFound)
        if (visit := found.unbilled)
    ]
    insert_new(connection, unbilled_visits, rows)


def unbilled_of(
    connection: Connection, days: Collection[DayKey], visits: Collection[tuple[str, str]]
) -> list[Row[Any]]:
    """Of some patients' days, and of some visits (tenant and name) beside, those that gave no claim as they were told
    last, in the order in which that was told.
    """
    columns = unbilled_visits.c
    on_days = zip((columns.tenant, columns.patient_id, columns.date_of_service), _columns(days, 3), strict=True)
    rows = _rows(connection, *(among(connection, column, some) for column, some in on_days)) if days else []
    names = {(row.tenant, row.session_id) for row in rows} | set(visits)
    if not names:
        return []
    tenants, sessions = _columns(names, 2)
    newest: dict[tuple[str, str], Row[Any]] = {}
    mine = (among(connection, columns.tenant, tenants), among(connection, columns.session_id, sessions))
    for row in _rows(connection, *mine):
        known = newest.get((row.tenant, row.session_id))
        if known is None or (known.version, known.place) < (row.version, row.place):
            newest[row.tenant, row.session_id] = row
    if not newest:
        return []
    theirs = (among(connection, claims.c.tenant, tenants), among(connection, claims.c.session_id, sessions))
    for claim in connection.execute(select(claims.c.tenant, claims.c.session_id, claims.c.version).where(*theirs)):
        known = newest.get((claim.tenant, claim.session_id))
        if known is not None and known.version <= claim.version:
            del newest[claim.tenant, claim.session_id]  # it gave one since
    return sorted((newest[name] for name in names & newest.keys()), key=lambda row: row.place)


def _columns(keys: Iterable[tuple[str, ...]], count: int) -> list[set[str]]:
    some = list(keys)
    return [{key[at] for key in some} for at in range(count)]


def _rows(connection: Connection, *mine: Any) -> list[Row[Any]]:
    return list(connection.execute(select(unbilled_visits).where(*mine)).all())


UNBILLED_VISITS: Final = Book("unbilled_visits", (unbilled_visits,), {Topic.WORK_FOUND: unbilled_told})
