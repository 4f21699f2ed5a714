"""Dead letters that nobody mended yet."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, func, or_, select

from claimloom.ledger.books.dead_letters import dead_letters
from claimloom.ledger.database import among
from claimloom.ledger.tables import inbox, journal
from claimloom.ledger.views.scope import Scope, one_of


def dead_letter_rows(connection: Connection, scope: Scope) -> list[dict[str, Any]]:
    """Events that a service gave up on and that were not mended since, oldest first."""
    query = select(dead_letters)
    if scope.tenants:
        query = query.where(one_of(connection, dead_letters.c.tenant, scope.tenants))
    rows = connection.execute(query).all()
    # Asked by their ids and sorted here: to spare itself the sorting a database may read all of the journal in order.
    places = select(journal.c.id, journal.c.seq).where(among(connection, journal.c.id, [row.id for row in rows]))
    seq = {row.id: row.seq for row in connection.execute(places).all()}
    newest: dict[tuple[str, str], dict[str, Any]] = {}
    for row in sorted((row for row in rows if row.id in seq), key=lambda row: int(seq[row.id])):
        newest[row.service, row.event_id] = {
            "id": row.id,
            "service": row.service,
            "event_id": row.event_id,
            "event_type": row.event_type,
            "error_type": row.error_type,
            "error": row.error,
            "attempts": row.attempts,
        }
    return [row for row in newest.values() if _still_dead(connection, row)]


def _still_dead(connection: Connection, row: dict[str, Any]) -> bool:
    """Whether the service has not taken it since; a message that is no event, and so stands nowhere, it never can."""
    place = select(journal.c.seq).where(journal.c.id == row["event_id"]).limit(1)
    at = connection.scalar(place)
    outcome = select(inbox.c.outcome).where(inbox.c.service == row["service"], inbox.c.place == at)
    return at is None or connection.scalar(outcome) == "dead"


def dead_letter_count(connection: Connection, scope: Scope) -> int:
    """How many there are: counted where they stand, however many."""
    theirs = [one_of(connection, dead_letters.c.tenant, scope.tenants)] if scope.tenants else []
    here = select(journal.c.seq).where(journal.c.id == dead_letters.c.id).exists()
    given_up = select(dead_letters.c.service, dead_letters.c.event_id).where(here, *theirs).distinct().subquery()
    event = select(journal.c.id).where(journal.c.id == given_up.c.event_id).exists()
    at = (journal.c.id == given_up.c.event_id) & (inbox.c.place == journal.c.seq)
    mine = (inbox.c.service == given_up.c.service) & (inbox.c.outcome == "dead")
    dead = select(inbox.c.place, journal.c.seq).where(at, mine).exists()
    query = select(func.count()).select_from(given_up).where(or_(~event, dead))
    return connection.scalar(query) or 0
