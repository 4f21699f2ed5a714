"""A claim's story: its events as the journal has them."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, select

from claimloom.ledger.database import among
from claimloom.ledger.tables import journal
from claimloom.ledger.vault import read_event
from claimloom.ledger.views.scope import Scope, one_of
from schemas.event import Event
from schemas.topics import Topic


def events_of(connection: Connection, scope: Scope, claim_id: str) -> list[Event]:
    """A claim's events in the order they were written, with the visit it comes from first."""
    bodies = connection.scalars(
        select(journal.c.body).where(journal.c.claim_id == claim_id, *_mine(connection, scope)).order_by(journal.c.seq)
    )
    events = [read_event(connection, body) for body in bodies.all()]
    causes = [event.caused_by for event in events if event.type == Topic.CLAIM_BUILT and event.caused_by]
    found = [str(each) for each in causes]
    first = connection.scalars(select(journal.c.body).where(among(connection, journal.c.id, found))).all()
    return [*(read_event(connection, body) for body in first), *events]


def event_by_id(connection: Connection, scope: Scope, event_id: str) -> Event | None:
    """An event of the journal."""
    body = connection.scalar(select(journal.c.body).where(journal.c.id == event_id, *_mine(connection, scope)))
    return read_event(connection, body) if body else None


def _mine(connection: Connection, scope: Scope) -> list[ColumnElement[bool]]:
    return [one_of(connection, journal.c.tenant, scope.tenants)] if scope.tenants else []
