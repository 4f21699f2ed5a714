"""A rolling upgrade: workers of this version beside a newer emitter that says more than they know."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from sqlalchemy import select

from claimloom.ledger.tables import journal
from claimloom.topology import Draft, Written
from schemas.event import Event
from services.session_intake.service import SERVICE as INTAKE
from services.session_intake.service import draft
from tests.runtime.test_faust import Ours, sessions, wait_for
from tools.cluster import Cluster

FUTURE = {"kind": "wearable", "minutes_by_sensor": [5, 7]}


@pytest.fixture
def ours(cluster: Cluster) -> Iterator[Ours]:
    made = Ours(cluster)
    yield made
    made.close()


def newer(old: Draft, number: int) -> Event:
    """The event as a newer intake would emit it: a field more in the payload, one more in the patient, version 2."""
    data = old.data.model_dump(mode="json")
    data |= {"future": FUTURE, "patient": data["patient"] | {"pronouns": "they"}}
    return Event.model_validate(
        {
            "id": f"00000000-0000-5000-8000-{number:012d}",
            "source": INTAKE.name,
            "type": "session-completed",
            "subject": old.subject,
            "time": "2026-11-20T12:00:00Z",
            "tenant": old.tenant,
            "clinic": old.clinic,
            "schema_version": 2,
            "data": data,
            "shard": 3,
        }
    )


def test_what_a_newer_emitter_says_is_handled_and_kept(ours: Ours) -> None:
    some = [draft(each) for each in sessions(8)]
    ours.cluster.start("claim_builder")
    ours.cluster.start("claim_scrubber")
    newer_ones = [newer(each, number) for number, each in enumerate(some[:4])]
    ours.publish([Written(each, each.model_dump_json()) for each in newer_ones])
    ours.put(sessions(8)[4:])

    def bodies(kind: str) -> list[dict[str, object]]:
        with ours.engine.connect() as connection:
            found = connection.scalars(select(journal.c.body).where(journal.c.type == kind).order_by(journal.c.seq))
            return [json.loads(body) for body in found]

    wait_for(lambda: len(bodies("claim-scrubbed")) == 8, 60)
    built = [each["data"]["session"] for each in bodies("claim-built")]  # type: ignore[index]
    kept = [each for each in built if each.get("future") == FUTURE and each["patient"].get("pronouns") == "they"]
    assert len(kept) == 4
    assert bodies("dead-letter") == []
