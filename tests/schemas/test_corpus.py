"""Every event that was ever written is read by today's code, and gives what it holds."""

from __future__ import annotations

import copy
import hashlib
import json
from pathlib import Path

import pytest

from schemas.event import Event, Topic
from schemas.topics import PAYLOADS, payload
from schemas.upcasters import upcast, version_of
from tests.schemas.compatibility import check
from tests.schemas.frozen import CORPUS, MANIFEST, events, lines, lost, version_in
from tools.generate_schemas import FILES, documents

SCHEMAS = sorted(CORPUS.glob("v*/schemas/*.json"))
TOPIC_OF_FILE = {name: topic for topic, name in FILES.items()} | {"session-completed.json": Topic.SESSION_COMPLETED}


def test_frozen_files_are_those_of_the_manifest() -> None:
    """A change needs ``sha256sum v*/*.jsonl v*/schemas/*.json > MANIFEST.sha256`` and a reviewer who sees it."""
    found = {
        path.relative_to(CORPUS).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in CORPUS.rglob("*")
        if path.is_file() and path != MANIFEST
    }
    entries = (line.split() for line in MANIFEST.read_text(encoding="utf-8").splitlines())
    assert found == {name: digest for digest, name in entries}


@pytest.mark.parametrize("topic", Topic)
def test_every_version_of_every_event_type_is_frozen(topic: Topic) -> None:
    for version in range(1, version_of(topic) + 1):
        frozen = events(topic, version)
        assert len(frozen) >= 5
        assert {(event.type, event.schema_version) for event in frozen} == {(topic, version)}
        assert (CORPUS / f"v{version}" / "schemas" / FILES[topic]).exists()


@pytest.mark.parametrize("topic", Topic)
def test_frozen_event_gives_what_it_holds(topic: Topic) -> None:
    for line in lines(topic):
        event = Event.model_validate_json(line)
        assert lost(json.loads(line), json.loads(event.model_dump_json())) == []
        typed = payload(event)
        assert type(typed) is PAYLOADS[topic]
        assert lost(upcast(topic, event.schema_version, event.data), typed.model_dump(mode="json")) == []


@pytest.mark.parametrize("topic", Topic)
def test_reading_changes_no_event(topic: Topic) -> None:
    for event in events(topic):
        before = copy.deepcopy(event)
        payload(event)
        assert event == before


@pytest.mark.parametrize("path", SCHEMAS, ids=lambda path: path.relative_to(CORPUS).as_posix())
def test_schema_of_today_takes_what_the_frozen_one_of_its_version_took(path: Path) -> None:
    """If this fails, the change needs a new version and an upcaster: docs/events.md."""
    if path.name != "event.json" and version_of(TOPIC_OF_FILE[path.name]) != version_in(path):
        pytest.skip("an older version; its events are upcast")
    assert check(json.loads(path.read_text(encoding="utf-8")), json.loads(documents()[path.name])) == []
