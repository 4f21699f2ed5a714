"""Our own form of a worker over a service of the tests: run as a process by test_faust.py and test_order.py.

The service scrubs each visit into ``claim-scrubbed``. By the environment it cannot handle one patient (BAD), sleeps for
one patient (SLOW, SLOW_SECONDS) or for each batch (BATCH_SECONDS), or dies after its first step and before anything is
sent (DIE).
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from claimloom.ledger.books.scrubs import SCRUBS
from claimloom.ledger.migration import open_ledger
from claimloom.runtime.kafka.line import WorkerLine, make_app, run_app
from claimloom.runtime.patience import Patience
from claimloom.runtime.port import Health, serve
from claimloom.settings import read_settings
from claimloom.topology import Context, Draft, Received, Service
from schemas.claim import ClaimScrubbed
from schemas.event import derived_id
from schemas.session import Session
from schemas.topics import Topic

BAD, SLOW = os.environ.get("BAD", ""), os.environ.get("SLOW", "")


def handle(_context: Context, received: Sequence[Received]) -> list[Draft]:
    drafts = []
    for each in received:
        event, session = each.event, each.data
        assert isinstance(session, Session)
        if session.patient.patient_id == BAD:
            raise ValueError("cannot be handled")
        if session.patient.patient_id == SLOW:
            time.sleep(float(os.environ["SLOW_SECONDS"]))
        scrubbed = ClaimScrubbed(
            claim_id=derived_id("claim", session.session_id),
            patient_control_number=session.session_id,
            verdict="clean",
            findings=[],
            rules_version="test",
            as_of=date(2026, 11, 20),
            total_charge_cents=100,
        )
        drafts.append(Draft(scrubbed, session.patient.patient_id, event.tenant, event.clinic, parent=event.id))
    time.sleep(float(os.environ.get("BATCH_SECONDS", "0")))
    return drafts


SERVICE = Service(
    name="line_of_test",
    handle=handle,
    consumes=(Topic.SESSION_COMPLETED,),
    emits=(Topic.CLAIM_SCRUBBED,),
    keeps=(SCRUBS,),
)


def die() -> None:
    """After the step's commit, before its outputs are sent."""
    mark = Path(os.environ["DIE"])
    if not mark.exists():
        mark.touch()
        os._exit(9)


def main() -> None:
    settings = read_settings(None)
    assert settings.broker is not None
    health = Health(SERVICE.name)
    serve("127.0.0.1", settings.port, health)
    line = WorkerLine(
        SERVICE,
        open_ledger(settings.db, settings.chain_key),
        settings.broker,
        health,
        batch=settings.batch,
        instance=settings.instance,
        patience=Patience().percent(settings.patience_percent),
        after_step=die if "DIE" in os.environ else None,
    )
    sys.stderr.write("starts\n")
    run_app(make_app(line))


if __name__ == "__main__":
    main()
