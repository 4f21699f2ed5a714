"""Events that came by no file and no topic: sent to their topics by whoever made them, else by whoever comes next.

Whoever journals such an event notes it as unsent in the same transaction. A process that dies before the broker has the
event leaves the note; every worker looks for old ones now and then.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Engine, select

from claimloom.ledger.database import among, transaction
from claimloom.ledger.tables import journal, unsent
from claimloom.runtime.taking import written_where
from claimloom.topology import Written

RELAY_SECONDS: Final = 5.0
MOST: Final = 500


def unsent_events(engine: Engine, now: datetime, older_than: float = RELAY_SECONDS) -> list[Written]:
    """Events that were journalled a while ago and that nobody says were sent, in the order of the journal. ``now`` is
    the true time, whatever the business date is: it is about how long their makers had.
    """
    latest = (now - timedelta(seconds=older_than)).isoformat()
    with engine.connect() as connection:
        ids = connection.scalars(select(unsent.c.event_id).where(unsent.c.since <= latest).limit(MOST)).all()
        return written_where(connection, among(connection, journal.c.id, ids)) if ids else []


def sent(engine: Engine, events: Sequence[Written]) -> None:
    """The broker has them. Sent twice does no harm: whoever consumes them knows them."""
    if events:
        with transaction(engine) as connection:
            ids = [str(each.event.id) for each in events]
            connection.execute(unsent.delete().where(among(connection, unsent.c.event_id, ids)))
