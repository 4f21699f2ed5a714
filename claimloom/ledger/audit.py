"""Who looked at what: written before anything of it is shown. Not a projection; replay leaves it alone.

A look at one claim is a row of that claim; a list, an export or a search is one row, whatever it shows: its action ends
in JSON of what was asked, how many were shown, and the places of the claims, or of a long list the last place that the
journal had then. What was searched for is not kept, since it may be a name; what was found is.
"""

from __future__ import annotations

import getpass
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Connection, Engine, func, select

from claimloom.errors import PlainError
from claimloom.ledger.books.claims import claims
from claimloom.ledger.chain import AUDITED, chained, note_reads
from claimloom.ledger.database import among, lock
from claimloom.ledger.journal import next_places
from claimloom.ledger.tables import audit, journal

MAX_NAME: Final = 100
NAMED: Final = 200
"""Claims of a list that are noted each; of a longer one the filter says which they may have been."""


def record(engine: Engine, action: str, claim_ids: Sequence[str]) -> None:
    """Note that somebody reads claims; the actor is CLAIMLOOM_USER, else the user of the machine."""
    if not claim_ids:
        return
    with chained(engine) as connection:
        query = select(claims.c.claim_id, claims.c.tenant).where(among(connection, claims.c.claim_id, claim_ids))
        _write(connection, action, connection.execute(query).all())


def record_list(
    engine: Engine, action: str, asked: Mapping[str, str], count: int, numbers: Sequence[str] | None
) -> None:
    """Note a list of so many: of what was asked only what names nobody; by their numbers the claims that it shows, or
    None where they are too many.
    """
    said: dict[str, Any] = {name: value for name, value in asked.items() if value} | {"shown": count}
    with chained(engine) as connection:
        if numbers is None or len(numbers) > NAMED:
            said["up_to"] = connection.scalar(select(func.max(journal.c.seq))) or 0
        else:
            mine = among(connection, claims.c.patient_control_number, numbers)
            said["claims"] = sorted(connection.scalars(select(claims.c.place).where(mine)))
        _write(connection, f"{action} {json.dumps(said)}", [("", asked.get("tenant", ""))])


def _write(connection: Connection, action: str, about: Sequence[Any]) -> None:
    """Rows of one moment, each about a claim and a tenant, or none."""
    row = {"time": datetime.now(UTC).isoformat(), "actor": who(), "action": action}
    put(connection, [row | {"claim_id": claim_id, "tenant": tenant} for claim_id, tenant in about])


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


def reads(connection: Connection, claim_ids: Sequence[str] | None = None) -> list[dict[str, Any]]:
    """Who read these claims, or any, oldest first: by themselves (``asked`` is empty), in a list that showed them, or
    in a long one in which they may have been (``sure`` is false).
    """
    columns = (audit.c.seq, audit.c.time, audit.c.actor, audit.c.action, audit.c.claim_id)
    named = select(*columns, claims.c.patient_control_number).outerjoin(claims, claims.c.claim_id == audit.c.claim_id)
    query = named.order_by(audit.c.seq)
    if claim_ids is not None:
        query = query.where(among(connection, audit.c.claim_id, ["", *claim_ids]))
    mine = select(claims).where(among(connection, claims.c.claim_id, claim_ids or []))
    asked = None if claim_ids is None else connection.execute(mine).all()
    return [found for row in connection.execute(query) for found in _told(row, asked)]


def _told(row: Any, asked: Sequence[Any] | None) -> Iterator[dict[str, Any]]:
    """A row of the table as it concerns each of the claims; of a list that none of them was in, nothing."""
    action, begins, rest = row.action.partition(" {")
    said: dict[str, Any] = json.loads("{" + rest) if begins else {}
    told = {"time": row.time, "actor": row.actor, "action": action}
    shown = {name: value for name, value in said.items() if name not in ("claims", "up_to")}
    if row.claim_id or asked is None:
        yield told | {"patient_control_number": row.patient_control_number or "", "asked": shown, "sure": True}
        return
    for claim in asked:
        sure = claim.place in said.get("claims", ())
        if sure or ("up_to" in said and _may_hold(said, claim)):
            yield told | {"patient_control_number": claim.patient_control_number, "asked": shown, "sure": sure}


def _may_hold(said: Mapping[str, Any], claim: Any) -> bool:
    """Whether a list without its claims may have had this one, by what of a claim does not change."""
    fits = all(said.get(name) in (None, getattr(claim, name)) for name in ("tenant", "clinic"))
    day = claim.date_of_service
    return fits and claim.place <= said["up_to"] and said.get("from", "") <= day <= said.get("to", "9999")
