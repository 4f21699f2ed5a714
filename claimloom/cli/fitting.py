"""Whether a ledger fits its folder, and whether somebody works on what waits in it: a part of ``doctor``."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import islice
from typing import Final

from sqlalchemy import Connection, func, select

from claimloom.ledger.database import among
from claimloom.ledger.outbound import FOLDER
from claimloom.ledger.tables import inbox, journal, outbox, positions, unsent
from claimloom.runtime.taking import utc_now
from claimloom.settings import Settings
from services.topology import topology

PAGE: Final = 1000
MOST: Final = 100_000
"""Events that are counted; more is many."""
UNSENT_MINUTES: Final = 5


def unknown_files(connection: Connection, names: Iterator[str]) -> int:
    """Files in ``outbound/`` that the ledger did not write: an older one was put back, or they are somebody else's."""
    unknown = 0
    while some := [name for name in islice(names, PAGE) if not name.startswith(".")]:
        here = (outbox.c.courier == FOLDER) & among(connection, outbox.c.name, some)
        unknown += len(some) - (connection.scalar(select(func.count()).select_from(outbox).where(here)) or 0)
    return unknown


def events_waiting(connection: Connection, settings: Settings) -> int:
    """Events that nobody works on. In one process: behind the place that each service has read up to. Where workers
    run, what waits on topics is theirs to say (lag); here it is what no worker has sent for minutes: then none runs.
    """
    if settings.broker:
        latest = (utc_now() - timedelta(minutes=UNSENT_MINUTES)).isoformat()
        return connection.scalar(select(func.count()).select_from(unsent).where(unsent.c.since <= latest)) or 0
    read = {row.service: row.seq for row in connection.execute(select(positions))}
    waiting = 0
    for service in topology(settings) if read or _was_embedded(connection) else ():
        if service.consumes:
            behind = (journal.c.seq > read.get(service.name, 0)) & journal.c.type.in_(service.consumes)
            some = select(journal.c.seq).where(behind).limit(MOST).subquery()
            waiting = max(waiting, connection.scalar(select(func.count()).select_from(some)) or 0)
    return waiting


def _was_embedded(connection: Connection) -> bool:
    """Whether no service took anything yet: workers leave no places, and note what they took all the same."""
    return connection.scalar(select(inbox.c.place).limit(1)) is None
