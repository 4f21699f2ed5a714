"""Why claims are held."""

from __future__ import annotations

from sqlalchemy import Connection, func, select

from claimloom.ledger.books.standings import held_totals
from claimloom.ledger.views.scope import Scope


def held_reasons(connection: Connection, scope: Scope) -> list[tuple[str, str, int, int]]:
    """Rule, message, claims and dollars of what holds claims now, the most claims first."""
    sums = (func.sum(held_totals.c.count), func.sum(held_totals.c.cents))
    query = select(held_totals.c.code, func.min(held_totals.c.message), *sums).where(*scope.of(connection, held_totals))
    rows = connection.execute(query.group_by(held_totals.c.code))
    found = [(code, message, int(count), int(cents)) for code, message, count, cents in rows]
    return sorted(found, key=lambda each: (-each[2], each[0]))
