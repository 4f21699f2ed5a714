"""Who looked at which claim: written before anything of it is shown. Not a projection; replay leaves it alone."""

from __future__ import annotations

import getpass
import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Connection, Engine, select

from claimloom.errors import PlainError
from claimloom.ledger.books.claims import claims
from claimloom.ledger.chain import AUDITED, chained, note_reads
from claimloom.ledger.database import among, lock
from claimloom.ledger.journal import next_places
from claimloom.ledger.tables import audit

MAX_NAME: Final = 100


def record(engine: Engine, action: str, claim_ids: Sequence[str]) -> None:
    """Note that somebody reads claims; the actor is CLAIMLOOM_USER, else the user of the machine."""
    if not claim_ids:
        return
    row = {"time": datetime.now(UTC).isoformat(), "actor": who(), "action": action}
    with chained(engine) as connection:
        query = select(claims.c.claim_id, claims.c.tenant).where(among(connection, claims.c.claim_id, claim_ids))
        rows = [row | {"claim_id": claim_id, "tenant": tenant} for claim_id, tenant in connection.execute(query).all()]
        put(connection, rows)


def put(connection: Connection, rows: Sequence[Mapping[str, str]]) -> None:
    """Rows with time, actor, action, claim_id and tenant into the audit and its chain, in a chained transaction. Under
    the lock of the audit, so that its places become visible in their order.
    """
    if rows:
        lock(connection, ["chain audit "])
        places = next_places(connection, len(rows), audit)
        placed = [{"seq": seq, **row} for seq, row in zip(places, rows, strict=True)]
        connection.execute(audit.insert(), placed)
        note_reads(connection, [[row[name] for name in AUDITED] for row in placed])


def who() -> str:
    """Whoever works at this command line; PlainError for a name that cannot be shown beside what was done."""
    name = os.environ.get("CLAIMLOOM_USER") or _machines_user()
    if not name.isprintable() or len(name) > MAX_NAME:
        raise PlainError(f"CLAIMLOOM_USER: at most {MAX_NAME} characters in one line are expected")
    return name


def _machines_user() -> str:
    """In a container a process may run under a number that nobody has a name for."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"user {os.getuid()}"


def reads(connection: Connection, claim_ids: Sequence[str]) -> list[dict[str, Any]]:
    """Who read these claims, oldest first."""
    query = (
        select(audit.c.time, audit.c.actor, audit.c.action, claims.c.patient_control_number)
        .join(claims, claims.c.claim_id == audit.c.claim_id)
        .where(among(connection, audit.c.claim_id, claim_ids))
        .order_by(audit.c.seq)
    )
    return [dict(row._mapping) for row in connection.execute(query).all()]
