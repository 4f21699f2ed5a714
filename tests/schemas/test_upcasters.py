"""Older payloads become today's step by step; newer ones are read as far as they can be."""

from __future__ import annotations

import copy
from uuid import UUID

import pytest
from pydantic import ValidationError

from schemas.event import Event, Topic
from schemas.followup import DeadLetter
from schemas.topics import payload
from schemas.upcasters import UPCASTERS, VERSIONS, Data, NewerEvent, Upcasters, version_of
from tests.schemas.frozen import LATER, events

LETTER = Topic.DEAD_LETTER
THIRD = VERSIONS | {LETTER: 3}
CAUSE = UUID("00000000-0000-5000-8000-000000000001")


def tries_counted(data: Data) -> Data:
    """1 to 2: a list of tries became their number."""
    kept = {key: value for key, value in data.items() if key != "tries"}
    return kept | {"attempts": len(data["tries"])}


def error_in_parts(data: Data) -> Data:
    """2 to 3: one text became class and message."""
    error_type, _, error = data["error"].partition(": ")
    return data | {"error_type": error_type, "error": error}


CHAIN: Upcasters = {(LETTER, 1): tries_counted, (LETTER, 2): error_in_parts}
FIRST: Data = {
    "service": "claim_builder",
    "event_id": str(CAUSE),
    "event_type": "session-completed",
    "error": "BuildError: no fee for 97530",
    "tries": ["09:00", "09:01", "09:02"],
}
TODAY = DeadLetter(
    service="claim_builder",
    event_id=CAUSE,
    event_type="session-completed",
    error_type="BuildError",
    error="no fee for 97530",
    attempts=3,
)


def letter(version: int, data: Data) -> Event:
    return events(LETTER, 1)[0].model_copy(update={"schema_version": version, "data": data})


def test_first_version_reaches_the_third_over_the_second() -> None:
    first = letter(1, copy.deepcopy(FIRST))
    second = letter(2, tries_counted(FIRST))
    third = letter(3, TODAY.model_dump(mode="json"))
    for event in (first, second, third):
        assert payload(event, upcasters=CHAIN, versions=THIRD) == TODAY
    assert first.data == FIRST


def test_unknown_field_of_an_older_event_survives_its_upcasters() -> None:
    typed = payload(letter(1, FIRST | {"added_later": LATER}), upcasters=CHAIN, versions=THIRD)
    assert typed.model_dump()["added_later"] == LATER


def test_every_older_version_has_an_upcaster_and_no_other() -> None:
    assert set(VERSIONS) == set(Topic)
    assert set(UPCASTERS) == {(topic, old) for topic in Topic for old in range(1, version_of(topic))}


def test_newer_event_is_read_as_far_as_it_can_be() -> None:
    data = TODAY.model_dump(mode="json")
    typed = payload(letter(version_of(LETTER) + 1, data | {"added_later": LATER}))
    assert isinstance(typed, DeadLetter)
    assert typed.model_dump(mode="json") == data | {"added_later": LATER}


def test_newer_event_that_cannot_be_read_says_to_update_and_quotes_nothing() -> None:
    with pytest.raises(NewerEvent) as caught:
        payload(letter(4, {"patient": "JANE DOE"}), upcasters=CHAIN, versions=THIRD)
    assert str(caught.value) == (
        "dead-letter of version 4 cannot be read by this program, which knows versions up to 3; "
        "update the workers first, then give it again"
    )
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)


def test_event_of_a_known_version_that_does_not_hold_what_it_should_is_refused_by_its_fields() -> None:
    with pytest.raises(ValidationError, match="attempts"):
        payload(letter(version_of(LETTER), FIRST))
