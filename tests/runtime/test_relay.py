"""A decision whose maker dies between journal and broker reaches its topic all the same."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select

from claimloom.ledger.database import open_engine
from claimloom.ledger.tables import inbox, journal, unsent
from claimloom.ledger.views.scope import EVERYTHING, Page, Wanted
from claimloom.ledger.views.worklist import work_page
from claimloom.settings import Settings
from schemas.topics import Topic
from services.topology import topology
from tools.cluster import Cluster

SAMPLE = Path(__file__).parents[2] / "edi_samples/sessions/medicare_without_referring_is_held.jsonl"
DIES = """
import os, sys
from claimloom.desk.decide import Decision
from claimloom.ledger.views.scope import EVERYTHING
from claimloom.settings import read_settings
from claimloom.system import System
system = System(read_settings(None))
system.decide(EVERYTHING, sys.argv[1], Decision("note", "anna", "k-1", system.now(), "called the clinic"))
os.kill(os.getpid(), 9)
"""


def consumed(engine: Engine) -> int:
    query = select(func.count()).select_from(inbox).join(journal, journal.c.seq == inbox.c.place)
    with engine.connect() as connection:
        return connection.scalar(query.where(journal.c.type == Topic.DECISION_MADE)) or 0


@pytest.mark.server
def test_an_event_that_its_maker_did_not_live_to_send_is_sent(cluster: Cluster) -> None:
    cluster.start_all()
    cluster.bring("held.jsonl", SAMPLE.read_bytes())
    cluster.idle()
    engine = open_engine(cluster.db)
    with engine.connect() as connection:
        (item,) = work_page(connection, EVERYTHING, Wanted(kind="held"), Page(10)).rows
    done = subprocess.run(
        [sys.executable, "-c", DIES, item.id], env=cluster.environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == -9, done.stderr
    with engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(unsent)) == 1
    end = time.monotonic() + 60
    hearing = sum(Topic.DECISION_MADE in each.consumes for each in topology(Settings(Path())))
    while consumed(engine) < hearing and time.monotonic() < end:
        time.sleep(0.2)
    assert consumed(engine) == hearing > 1
    while time.monotonic() < end:
        with engine.connect() as connection:
            left = connection.scalar(select(func.count()).select_from(unsent))
        if not left:
            break
        time.sleep(0.2)
    assert left == 0
    engine.dispose()
