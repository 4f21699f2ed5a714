"""Whose a file is that does not say so."""

from __future__ import annotations

from sqlalchemy import Connection

from claimloom.errors import PlainError
from claimloom.ledger.views.scope import check_known
from claimloom.ledger.views.totals import tenants_known


class NobodysYetError(PlainError):
    """Nobody has sent a visit yet, so it is not known whose an answer is: it waits until somebody has."""


def owner_of(connection: Connection, named: str) -> str:
    """The tenant that a folder or a person names, else the one whose claims are here.

    PlainError for a name that has no claims where others have: nothing that comes back can be its own. Also if several
    are here and none is named. NobodysYetError where no tenant has claims: a tenant comes to be by its visits alone.
    """
    found = tenants_known(connection)
    if not found:
        raise NobodysYetError("no visit has been read here yet, so nobody knows whose it is; it waits for the first")
    if named:
        check_known("tenant", named, found)
    if not named and len(found) > 1:
        raise PlainError(
            "claims of several tenants are here; put the file into inbound/TENANT/, or say --tenant TENANT"
        )
    return named or found[0]
