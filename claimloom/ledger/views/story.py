"""A claim's story: its events as the journal has them."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, select

from claimloom.ledger.books.claims import claims
from claimloom.ledger.database import among
from claimloom.ledger.tables import journal
from claimloom.ledger.vault import read_event
from claimloom.ledger.views.claims import claim_place
from claimloom.ledger.views.scope import Scope, one_of
from schemas.event import Event
from schemas.topics import Topic


def events_of(connection: Connection, scope: Scope, claim_id: str) -> list[Event]:
    """A claim's events in the order they were written, with the visit it comes from first."""
    place = claim_place(connection, claim_id)
    columns = (journal.c.type, journal.c.caused_by, journal.c.body)
    about = select(*columns).where(journal.c.claim == place, *_mine(connection, scope)).order_by(journal.c.seq)
    rows = connection.execute(about).all() if place is not None else []
    causes = {row.caused_by for row in rows if row.type == Topic.CLAIM_BUILT and row.caused_by}
    first = connection.scalars(select(journal.c.body).where(among(connection, journal.c.seq, causes))).all()
    return [read_event(connection, body) for body in (*first, *(row.body for row in rows))]


def event_by_id(connection: Connection, scope: Scope, event_id: str) -> Event | None:
    """An event of the journal."""
    body = connection.scalar(select(journal.c.body).where(journal.c.id == event_id, *_mine(connection, scope)))
    return read_event(connection, body) if body else None


def claims_of_event(connection: Connection, event_id: str) -> list[str]:
    """Ids of the claims that an event is about: its own, or those that were built of it."""
    place = connection.scalar(select(journal.c.seq).where(journal.c.id == event_id))
    if place is None:
        return []
    asked = (select(journal.c.claim).where(column == place) for column in (journal.c.seq, journal.c.caused_by))
    places = {each for query in asked for each in connection.scalars(query) if each is not None}
    return list(connection.scalars(select(claims.c.claim_id).where(among(connection, claims.c.place, places))))


def _mine(connection: Connection, scope: Scope) -> list[ColumnElement[bool]]:
    return [one_of(connection, journal.c.tenant, scope.tenants)] if scope.tenants else []
