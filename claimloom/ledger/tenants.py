"""Whose a file is that does not say so."""

from __future__ import annotations

from sqlalchemy import Connection

from claimloom.errors import PlainError
from claimloom.ledger.views.scope import check_known
from claimloom.ledger.views.totals import tenants_known

NO_TENANT = "unassigned"


def owner_of(connection: Connection, named: str) -> str:
    """The tenant that a folder or a person names, else the one whose claims are here.

    PlainError for a name that has no claims where others have: nothing that comes back can be its own. Also if several
    are here and none is named.
    """
    found = tenants_known(connection)
    if named and found:
        check_known("tenant", named, found)
    if not named and len(found) > 1:
        raise PlainError(
            "claims of several tenants are here; put the file into inbound/TENANT/, or say --tenant TENANT"
        )
    return named or (found[0] if found else NO_TENANT)
