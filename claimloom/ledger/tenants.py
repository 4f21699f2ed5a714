"""Whose a file is that does not say so."""

from __future__ import annotations

from sqlalchemy import Connection

from claimloom.errors import PlainError
from claimloom.ledger.views.totals import tenants_known

NO_TENANT = "unassigned"


def only_tenant(connection: Connection) -> str:
    """The tenant whose claims are here, if there is one alone; PlainError if there are several."""
    found = tenants_known(connection)
    if len(found) > 1:
        raise PlainError(
            "claims of several tenants are here; put the file into inbound/TENANT/, or say --tenant TENANT"
        )
    return found[0] if found else NO_TENANT
