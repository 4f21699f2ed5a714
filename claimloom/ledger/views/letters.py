"""Dead letters that nobody mended or set aside yet, as the journal has them: who gives up on an event journals that
at once, so they are here whichever service stands still.

The inbox says whether the service gave up on it for good. A message that is no event stands nowhere, so its letter
waits until it is set aside.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any, Final

from pydantic import ValidationError
from sqlalchemy import ColumnElement, Connection, Select, func, or_, select

from claimloom.errors import PlainError
from claimloom.ledger.books.decisions import SET_ASIDE, decisions
from claimloom.ledger.database import among
from claimloom.ledger.tables import inbox, journal, tenant_keys
from claimloom.ledger.vault import read_event
from claimloom.ledger.views.scope import Scope, one_of
from schemas.event import Event, Topic, derived_id
from schemas.followup import DeadLetter
from schemas.topics import payload

LETTERS: Final = select(journal.c.seq, journal.c.id, journal.c.body)


def dead_letter_rows(connection: Connection, scope: Scope, *, set_aside: bool = False) -> list[dict[str, Any]]:
    """Events that a service gave up on and that were not mended since, oldest first; or those of them that were set
    aside, with who said so, when and why.
    """
    return _rows(connection, _still_dead(connection, scope, LETTERS).where(_is_aside(set_aside)))


def dead_letter_count(connection: Connection, scope: Scope) -> int:
    """How many there are: counted where they stand, however many."""
    count = _still_dead(connection, scope, select(func.count()).select_from(journal))
    return connection.scalar(count.where(_is_aside(False))) or 0


def named_letters(connection: Connection, scope: Scope, name: str) -> list[dict[str, Any]]:
    """The letter of an id, or of that of an earlier try, set aside (``set_aside_by``) or not; or those of the event of
    an id, one a service that gave it up. PlainError if there is none any more.
    """
    # A message that is no event is named by its letter alone, whose id follows from it.
    ids = among(connection, journal.c.id, [name, str(derived_id(Topic.DEAD_LETTER, name))])
    columns = (journal.c.seq, journal.c.type, journal.c.source, journal.c.caused_by, journal.c.tenant)
    for told in connection.execute(select(*columns).where(ids)).all():
        if told.type != Topic.DEAD_LETTER:
            mine = journal.c.caused_by == told.seq
        elif told.caused_by is None:
            mine = journal.c.seq == told.seq
        else:
            mine = (journal.c.caused_by == told.caused_by) & (journal.c.source == told.source)
        if rows := _rows(connection, _still_dead(connection, scope, LETTERS).where(mine)):
            return rows
        if told.type == Topic.DEAD_LETTER and connection.scalar(_erased(told.tenant)):
            raise PlainError(
                f"dead letter {name}: its tenant was erased, and what it is about with it; nothing is to do"
            )
    raise PlainError(f"dead letter {name}: not here, or mended; dead-letters list shows all")


def _still_dead(connection: Connection, scope: Scope, query: Select[Any]) -> Select[Any]:
    """Of each event the newest letter of a service, if the service has not taken the event since. Nothing can be done
    about those of an erased tenant.

    Each letter looks by itself: what EXISTS asks a server may answer by reading all of a table once.
    """
    newer = journal.alias("newer")
    again = (newer.c.caused_by == journal.c.caused_by) & (newer.c.source == journal.c.source)
    newest = select(func.max(newer.c.seq)).where(again, newer.c.type == Topic.DEAD_LETTER)
    at = (inbox.c.service == journal.c.source) & (inbox.c.place == journal.c.caused_by)
    outcome = select(inbox.c.outcome).where(at)
    dead = (outcome.scalar_subquery() == "dead") & (newest.scalar_subquery() == journal.c.seq)
    theirs = [one_of(connection, journal.c.tenant, scope.tenants)] if scope.tenants else []
    return query.where(
        journal.c.type == Topic.DEAD_LETTER,
        or_(journal.c.caused_by.is_(None), dead),
        _erased(journal.c.tenant).scalar_subquery().is_(None),
        *theirs,
    )


def _erased(tenant: Any) -> Select[Any]:
    mine = (tenant_keys.c.tenant == tenant) & (tenant_keys.c.state == "erased")
    return select(tenant_keys.c.key_id).where(mine).limit(1)


def _is_aside(wanted: bool) -> ColumnElement[bool]:
    mine = (decisions.c.work == journal.c.seq) & (decisions.c.kind == SET_ASIDE)
    said = select(decisions.c.place).where(mine).limit(1).scalar_subquery()
    return said.is_not(None) if wanted else said.is_(None)


def _rows(connection: Connection, query: Select[Any]) -> list[dict[str, Any]]:
    """Letters in the order of their places, each with why it was set aside if it was."""
    found: dict[int, dict[str, Any]] = {}
    for row in connection.execute(query).all():
        found[row.seq] = {"id": row.id} | _said(read_event(connection, row.body)).model_dump(mode="json")
    columns = (decisions.c.work, decisions.c.actor, decisions.c.time, decisions.c.reason)
    mine = among(connection, decisions.c.work, found) & (decisions.c.kind == SET_ASIDE)
    for row in connection.execute(select(*columns).where(mine)).all() if found else ():
        found[row.work] |= {"set_aside_by": row.actor, "set_aside_on": row.time, "reason": row.reason}
    return [found[place] for place in sorted(found)]


def _said(event: Event) -> DeadLetter:
    """What a letter says; one that another program put on the topic may be none."""
    with suppress(ValidationError):
        said = payload(event)
        if isinstance(said, DeadLetter):
            return said
    return DeadLetter(
        service="unknown",
        event_id=event.id,
        event_type=event.type,
        error_type="ValidationError",
        error="a letter that another program sent, and that says nothing readable",
        attempts=0,
    )
