"""Lines of a sessions file: good ones become drafts, bad ones are refused with their place and without their data."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from schemas.fields import field_named
from schemas.session import Session
from services.session_intake.conflicts import VisitLine
from services.session_intake.service import MAX_LINE_BYTES, Refusal, parse
from tests.schemas.frozen import nouns, plant
from tests.sessions import visit

GOOD = visit().model_dump_json().encode()
EVERY_PART = Path(__file__).parents[2] / "edi_samples" / "sessions" / "every_optional_part.jsonl"


def test_one_bad_line_leaves_its_neighbours_alone() -> None:
    found = list(parse([b"\xef\xbb\xbf" + GOOD, b"\n", b'{"tenant": "demo", oops}', GOOD + b"\r\n"]))
    assert [type(item) for item in found] == [VisitLine, Refusal, VisitLine]
    refusal = found[1]
    assert isinstance(refusal, Refusal)
    assert refusal.line_number == 3
    assert refusal.reason == "not JSON at column 20; write each session as one JSON object on one line"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"\x00\xff\xfe binary", "not JSON"),
        (b"[]", "the visit: input should be an object"),
        (b"[" * 100_000, "not JSON; write each session"),
        (b'{"a":' * 100_000, "not JSON; write each session"),
        (b"{" + b" " * MAX_LINE_BYTES + b"}", "line is longer than 1,000,000 bytes; one session a line is expected"),
    ],
)
def test_line_that_is_no_session_is_refused_with_a_reason(line: bytes, reason: str) -> None:
    (refusal,) = parse([line])
    assert isinstance(refusal, Refusal)
    assert refusal.reason.startswith(reason)


@pytest.mark.parametrize("place", [("tenant",), ("patient", "name", "last"), ("coverages", 0, "payer_name")])
def test_a_text_with_a_zero_byte_is_refused(place: tuple[str | int, ...]) -> None:
    """PostgreSQL takes none; SQLite keeps it and finds it under no name again, and its patient's claims with it."""
    fields = json.loads(GOOD)
    *before, last = place
    part = fields
    for each in before:
        part = part[each]
    part[last] = "JANIE\0"
    refusal, neighbour = parse([json.dumps(fields).encode(), GOOD])
    assert refusal == Refusal(
        1, f"{field_named(place)}: holds a zero byte (\\u0000), which no database keeps in a text"
    )
    assert isinstance(neighbour, VisitLine)
    part[last] = "C:\\u0000 as it is written"
    assert isinstance(next(parse([json.dumps(fields).encode()])), VisitLine)


def test_refusal_names_the_field_and_never_its_value() -> None:
    fields = json.loads(GOOD)
    fields["patient"]["birth_date"] = "15 JAN 1950"
    fields["patient"]["nickname"] = "JANIE"
    (refusal,) = parse([json.dumps(fields).encode()])
    assert isinstance(refusal, Refusal)
    assert "patient.birth_date" in refusal.reason
    assert "patient.nickname: is not a known field; see schemas/json/session-completed.json" in refusal.reason
    assert "JANIE" not in refusal.reason
    assert "1950" not in refusal.reason


def test_unknown_field_is_refused_by_name_at_every_depth() -> None:
    session = Session.model_validate_json(EVERY_PART.read_bytes())
    places = list(nouns(session))
    assert {(), ("patient", "name"), ("coverages", 1), ("timed", 0)} <= set(places)
    for place in places:
        fields = session.model_dump(mode="json")
        plant(fields, place)
        (refusal,) = parse([json.dumps(fields).encode()])
        assert isinstance(refusal, Refusal)
        name = ".".join(map(str, (*place, "added_later")))
        assert refusal.reason == f"{name}: is not a known field; see schemas/json/session-completed.json"
