"""Who pays a visit is what was told of it last, in whatever order the events are folded."""

from __future__ import annotations

from datetime import date
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select

from claimloom.ledger.books.self_paid import self_paid, self_paid_totals
from claimloom.ledger.books.self_paid import told as fold
from claimloom.ledger.tables import journal
from claimloom.ledger.vault import read_envelope
from claimloom.ledger.views.scope import EVERYTHING
from claimloom.ledger.views.self_paid import self_paid_sums
from claimloom.topology import Received
from schemas.topics import Topic
from tests.services.payers_say import PLAN, begin, told

HALF = {"timed": [{"code": "97535", "minutes": 15}]}
PAID: dict[str, Any] = {"self_pay": True}
STORIES: dict[str, tuple[list[dict[str, Any]], tuple[int, int]]] = {
    "billed, then paid by the patient": ([{}, PAID], (1, 22500)),
    "paid by the patient, then billed": ([PAID, {}], (0, 0)),
    "paid by the patient, less the second time": ([PAID, PAID | HALF], (1, 7500)),
    "paid, then could not be charged": ([PAID, PAID | {"timed": [{"code": "97530", "minutes": 7}]}], (0, 0)),
    "billed, paid and billed": ([{}, PAID, {}], (0, 0)),
    "billed, corrected and paid": ([{}, HALF, PAID], (1, 22500)),
}


def in_order(order: tuple[Received, ...], topic: Topic) -> bool:
    """Events of one topic come as they were written; of two in any order."""
    places = [each.place for each in order if each.event.type == topic]
    return places == sorted(places)


@pytest.mark.parametrize("story", STORIES)
def test_order_of_events_does_not_matter(tmp_path: Path, story: str) -> None:
    tellings, wanted = STORIES[story]
    desk = begin(tmp_path, date(2026, 11, 20))
    for revision, telling in enumerate(tellings, start=1):
        desk.visit(told([PLAN], session_id="S") | {"revision": revision} | telling)
    with desk.system.engine.begin() as connection:
        query = select(journal.c.seq, journal.c.claim, journal.c.body)
        rows = connection.execute(query.where(journal.c.type.in_([Topic.WORK_FOUND, Topic.CLAIM_BUILT]))).all()
        events = [Received(read_envelope(connection, row.body), row.seq, row.claim) for row in rows]
        assert len(events) >= 2
        for order in permutations(events):
            if not all(in_order(order, topic) for topic in (Topic.WORK_FOUND, Topic.CLAIM_BUILT)):
                continue
            for table in (self_paid, self_paid_totals):
                connection.execute(delete(table))
            for each in order:
                fold(connection, [each])
            assert self_paid_sums(connection, EVERYTHING) == wanted, [each.place for each in order]
            fold(connection, list(order))
            assert self_paid_sums(connection, EVERYTHING) == wanted, "told twice"
    desk.system.close()
