"""Who looked at which claim: written before anything of it is shown. Not a projection; replay leaves it alone."""

from __future__ import annotations

import getpass
import os
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine, select

from claimloom.ledger.database import among, transaction
from claimloom.ledger.tables import audit, claims


def record(engine: Engine, action: str, claim_id: str) -> None:
    """Note that somebody reads a claim; the actor is CLAIMLOOM_USER, else the user of the machine."""
    actor = os.environ.get("CLAIMLOOM_USER") or getpass.getuser()
    row = {"time": datetime.now(UTC).isoformat(), "actor": actor, "action": action, "claim_id": claim_id}
    with transaction(engine) as connection:
        connection.execute(audit.insert(), [row])


def reads(engine: Engine, claim_ids: list[str]) -> list[dict[str, Any]]:
    """Who read these claims, oldest first."""
    query = (
        select(audit.c.time, audit.c.actor, audit.c.action, claims.c.patient_control_number)
        .join(claims, claims.c.claim_id == audit.c.claim_id)
        .order_by(audit.c.seq)
    )
    with engine.connect() as connection:
        query = query.where(among(connection, audit.c.claim_id, claim_ids))
        return [dict(row._mapping) for row in connection.execute(query)]
