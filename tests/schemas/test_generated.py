"""The generated schemas are those of the models, and the models say what they mean."""

from __future__ import annotations

import json

import pytest
from pydantic import ValidationError

from schemas.event import derived_id
from schemas.session import Session
from schemas.topics import PAYLOADS
from tests.sessions import visit
from tools.generate_schemas import FILES, FOLDER, documents


def test_checked_in_schemas_are_those_of_the_models() -> None:
    assert {path.name: path.read_text(encoding="utf-8") for path in FOLDER.iterdir()} == documents()


def test_every_topic_has_a_payload_and_no_payload_holds_a_float() -> None:
    assert len(PAYLOADS) == 13
    for payload in PAYLOADS.values():
        assert '"type": "number"' not in json.dumps(payload.model_json_schema())


def rooms(schema: object) -> set[object]:
    """What a schema and its parts say of fields that they do not name."""
    if isinstance(schema, dict):
        own = {schema["additionalProperties"]} if isinstance(schema.get("additionalProperties"), bool) else set()
        return own.union(*map(rooms, schema.values()))
    return set().union(*map(rooms, schema)) if isinstance(schema, list) else set()


def test_events_may_hold_more_than_their_schema_names_and_a_sessions_file_may_not() -> None:
    made = {name: json.loads(text) for name, text in documents().items() if name.endswith(".json")}
    said = {name: rooms(schema) for name, schema in made.items()}
    assert said.pop("session-completed.json") == {False}
    assert set(said) == {"event.json", *FILES.values()}
    assert all(room == {True} for room in said.values())


def test_ids_are_the_same_for_ever() -> None:
    assert str(derived_id("session-completed", "demo", "S-1", 1)) == "9fe65336-4245-5b68-9cee-32d53d53a786"
    assert derived_id("a", "bc") != derived_id("ab", "c")


def test_session_survives_its_json() -> None:
    assert Session.model_validate_json(visit().model_dump_json()) == visit()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"timed": [{"code": "97530"}]}, "minutes, or start and stop, are needed"),
        ({"timed": [], "untimed": []}, "at least one timed or untimed service"),
        ({"patient_paid_cents": 12.5}, "valid integer"),
        (
            {
                "timed": [
                    {
                        "code": "97530",
                        "minutes": 20,
                        "start": "2026-11-16T09:00:00-06:00",
                        "stop": "2026-11-16T09:30:00-06:00",
                    }
                ]
            },
            "minutes is 20 but start to stop is 30",
        ),
    ],
)
def test_session_that_contradicts_itself_is_refused(changes: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        visit(**changes)
