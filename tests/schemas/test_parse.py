"""Reading an event in one go gives what reading it in two steps gives, whatever its text looks like."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from schemas.event import Event, TypedEvent, split, written
from schemas.topics import PAYLOADS, Topic, parse, payload
from schemas.upcasters import NewerEvent, version_of

BODIES = {
    topic: (Path(__file__).parent / f"corpus/v1/{topic}.jsonl").read_text(encoding="utf-8").splitlines()
    for topic in PAYLOADS
}
ENVELOPE = Event.model_validate_json(BODIES[Topic.CLAIM_SUBMITTED][0]).model_dump(mode="json")


def envelope(event: Event | TypedEvent) -> dict[str, Any]:
    return event.model_dump(mode="json", exclude={"data"})


@pytest.mark.parametrize("topic", BODIES)
def test_frozen_events_read_both_ways_are_the_same(topic: Topic) -> None:
    for body in BODIES[topic]:
        event, typed = Event.model_validate_json(body), parse(body)
        assert envelope(typed) == envelope(event)
        assert payload(typed) == payload(event)
        compact = parse(event.model_dump_json())
        assert isinstance(compact, TypedEvent)
        assert payload(compact) == payload(event)


@pytest.mark.parametrize("topic", BODIES)
def test_what_is_written_is_what_a_whole_event_writes(topic: Topic) -> None:
    for body in BODIES[topic]:
        typed = parse(Event.model_validate_json(body).model_dump_json())
        assert isinstance(typed, TypedEvent)
        whole = typed.whole()
        assert whole == Event.model_validate_json(typed.model_dump_json()) == Event.model_validate(typed.model_dump())
        assert written(typed, typed.payload.model_dump_json()) == whole.model_dump_json() == typed.model_dump_json()


@given(
    st.text(),
    st.text(),
    st.dictionaries(
        st.text(min_size=1).map(lambda name: f"later_{name}"), st.text() | st.dictionaries(st.text(), st.text())
    ),
)
def test_any_text_in_the_envelope(subject: str, clinic: str, later: dict[str, Any]) -> None:
    """Also the very text that stands between envelope and payload, in a string or as a newer writer's field."""
    made = ENVELOPE | {"subject": subject, "clinic": f',"data":{clinic}'} | later
    for text in (json.dumps(made), json.dumps(made, separators=(",", ":"), ensure_ascii=False)):
        event, typed = Event.model_validate_json(text), parse(text)
        assert envelope(typed) == envelope(event)
        assert payload(typed) == payload(event)


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(ENVELOPE, indent=2),
        json.dumps({"data": ENVELOPE["data"]} | ENVELOPE, separators=(",", ":")),
        json.dumps(ENVELOPE | {"later": {"a": 1, "data": {}}}, separators=(",", ":")),
        json.dumps({"later": {"a": 1, "data": {}}} | ENVELOPE, separators=(",", ":")),
        json.dumps(ENVELOPE, separators=(",", ":")) + "\n",
    ],
    ids=["indented", "data first", "a field after data", "data deeper down", "line end"],
)
def test_another_layout_is_read_the_long_way(text: str) -> None:
    typed = parse(text)
    assert isinstance(typed, Event)
    assert payload(typed) == payload(Event.model_validate_json(text))


def test_a_payload_that_does_not_hold_what_it_should_is_refused_when_it_is_asked_for() -> None:
    text = json.dumps(ENVELOPE | {"data": {"claim_id": "x"}}, separators=(",", ":"))
    with pytest.raises(ValidationError):
        payload(parse(text))


def test_a_newer_version_is_told_as_before() -> None:
    newer = ENVELOPE | {"schema_version": version_of(Topic.CLAIM_SUBMITTED) + 1}
    assert isinstance(parse(json.dumps(newer, separators=(",", ":"))), Event)
    with pytest.raises(NewerEvent):
        payload(parse(json.dumps(newer | {"data": {}}, separators=(",", ":"))))


@pytest.mark.parametrize("text", ["", "{}", '{"id":1,"data":{}}', "no JSON", '[1,"data":2}', json.dumps(ENVELOPE)[:-1]])
def test_what_is_no_event_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        parse(text)


def test_a_payload_is_no_field_of_the_envelope() -> None:
    data = payload(Event.model_validate(ENVELOPE))
    made = TypedEvent(
        id=UUID(int=1), source="s", type="claim-submitted", subject="k", time=datetime.now(UTC), tenant="t", clinic="c"
    ).carrying(data)
    assert made.payload is data
    assert "payload" not in made.envelope_json()
    assert made.model_dump(mode="json")["data"] == data.model_dump(mode="json")
    assert split(written(made, "{}").encode()) == (made.envelope_json().encode(), b"{}")
