"""The work list as time goes by: who took an item has it no longer, what waited is listed, what comes near moves up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

from sqlalchemy import Connection, select

from claimloom.ledger.books.awaited import ENDS, NEARING, awaited, end_waiting, is_over, nearing
from claimloom.ledger.books.common import typed
from claimloom.ledger.books.ranking import score, urgency
from claimloom.ledger.books.work_items import Items, work_items
from claimloom.ledger.database import among, insert_new
from claimloom.topology import Received
from schemas.decision import Tick

KEEPER: Final = "followup_queue"


def ticked(connection: Connection, received: Sequence[Received]) -> None:
    """``tick``: who took an item and let its time pass has it no longer; what waited for its day is on the list."""
    for each, tick in typed(received, Tick):
        if tick.service != KEEPER:
            continue
        for kind, column in ENDS.items():
            over = set(connection.scalars(select(awaited.c.about).where(is_over(kind, each.event.time.isoformat()))))
            query = select(work_items).where(among(connection, work_items.c.id, over))
            items = Items(connection, connection.execute(query) if over else ())
            for row in items.rows.values():
                row[column] = ""
            items.write()
            end_waiting(connection, kind, over)
        _moved_up(connection, each.event.time)


def _moved_up(connection: Connection, now: datetime) -> None:
    """Items whose last day has come nearer count more, and less when it is over."""
    over = set(connection.scalars(select(awaited.c.about).where(is_over(NEARING, now.isoformat()))))
    query = select(work_items).where(among(connection, work_items.c.id, over))
    items = Items(connection, connection.execute(query) if over else ())
    for row in items.rows.values():
        if row["state"] == "open":
            row["urgency"] = urgency(date.fromisoformat(row["last_day"]), now.date()).weight
            is_charge = bool(row["of_charge"])
            row["score"] = score(row["kind"], row["recoverable_cents"], row["urgency"], of_charge=is_charge)
    items.write()
    end_waiting(connection, NEARING, over)
    insert_new(connection, awaited, list(nearing((row, now.date()) for row in items.rows.values())))
