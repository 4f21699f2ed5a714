"""The comparison of schemas, on doctored ones: it lets through what is safe and names what is not."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from tests.schemas.compatibility import Schema, check

LINE: Schema = {
    "type": "object",
    "additionalProperties": True,
    "required": ["code"],
    "properties": {
        "code": {"type": "string", "pattern": "^[A-Z0-9]{5}$", "minLength": 5},
        "units": {"type": "integer", "minimum": 1, "maximum": 50},
    },
}
CLAIM: Schema = {
    "type": "object",
    "title": "Claim",
    "additionalProperties": True,
    "required": ["verdict", "lines"],
    "properties": {
        "verdict": {"enum": ["clean", "held"], "type": "string"},
        "kind": {"const": "837", "type": "string"},
        "sent": {"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}], "default": None},
        "lines": {"type": "array", "items": {"$ref": "#/$defs/Line"}, "maxItems": 50},
        "note": {"type": "string", "default": "", "description": "For people"},
        "first": {"anyOf": [{"$ref": "#/$defs/Line"}, {"type": "null"}], "default": None},
        "fees": {
            "type": "object",
            "patternProperties": {"^[A-Z]$": {"type": "integer"}},
            "propertyNames": {"description": "Code"},
        },
        "others": {"type": "object", "additionalProperties": {"type": "integer"}},
    },
    "$defs": {"Line": LINE},
}
Doctor = Callable[[dict[str, Any], dict[str, Any]], object]


def doctored(change: Doctor) -> list[str]:
    new = copy.deepcopy(CLAIM)
    change(new["properties"], new)
    return check(CLAIM, new)


def test_schema_is_compatible_with_itself() -> None:
    assert check(CLAIM, copy.deepcopy(CLAIM)) == []


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda p, _: p.update(colour={"type": "string", "default": ""}), id="a new optional field"),
        pytest.param(lambda _, s: s.update(required=["verdict"]), id="a field that may be missing now"),
        pytest.param(lambda p, _: p["verdict"]["enum"].append("waiting"), id="a new enum value"),
        pytest.param(lambda p, _: p.update(verdict={"type": "string"}), id="any value instead of an enum"),
        pytest.param(
            lambda p, _: p.update(kind={"enum": ["837", "837D"], "type": "string"}), id="enum from a constant"
        ),
        pytest.param(lambda p, _: p["note"].update(description="For billers", title="Note"), id="another description"),
        pytest.param(lambda p, _: p["lines"].update(maxItems=99), id="a higher ceiling"),
        pytest.param(lambda _, s: s["$defs"]["Line"]["properties"]["units"].update(minimum=0), id="a lower floor"),
        pytest.param(lambda _, s: s["$defs"]["Line"]["properties"]["code"].pop("pattern"), id="no pattern"),
        pytest.param(lambda p, _: p.update(note={"anyOf": [{"type": "string"}, {"type": "null"}]}), id="null allowed"),
        pytest.param(
            lambda p, _: p.update(first=CLAIM["properties"]["first"] | {"title": "First"}), id="another title"
        ),
    ],
)
def test_change_that_every_older_event_survives_is_let_through(change: Doctor) -> None:
    assert doctored(change) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda p, s: (p.update(by={"type": "string"}), s["required"].append("by")), "by: is required now"),
        (lambda _, s: s["required"].append("note"), "note: is required now"),
        (lambda _, s: s["$defs"]["Line"]["required"].append("units"), "lines[].units: is required now"),
        (lambda p, _: p.pop("note"), "note: is gone"),
        (lambda _, s: s["$defs"]["Line"]["properties"].pop("units"), "lines[].units: is gone"),
        (lambda p, _: p.update(note={"type": "integer", "default": ""}), "note: type was string, is integer"),
        (lambda p, _: p["lines"].update(items={"type": "string"}), "lines[]: type was object, is string"),
        (
            lambda p, _: p["others"].update(additionalProperties={"type": "string"}),
            "others.*: type was integer, is string",
        ),
        (
            lambda p, _: p["fees"]["patternProperties"].update({"^[A-Z]$": {"type": "number"}}),
            "fees.^[A-Z]$: type was integer, is number",
        ),
        (lambda p, _: p["fees"].update(patternProperties={}), "fees.^[A-Z]$: is gone"),
        (
            lambda p, _: p["fees"]["propertyNames"].update(maxLength=4),
            "names in fees: maxLength was None, is 4",
        ),
        (
            lambda p, _: p["others"].update(patternProperties={"^A": {"type": "integer"}}),
            "others.^A: only such names may have this value now",
        ),
        (lambda p, _: p["sent"]["anyOf"].pop(), "sent: type was null, is string"),
        (lambda p, _: p["sent"]["anyOf"][0].pop("format"), "sent: format was date, is None"),
        (lambda p, _: p["verdict"]["enum"].remove("held"), "verdict: 'held' is no longer allowed"),
        (lambda p, _: p["kind"].update(const="837P"), "kind: '837' is no longer allowed"),
        (lambda p, _: p["note"].update(enum=["a"]), "note: any value was allowed, now only ['a']"),
        (lambda p, _: p["note"].update(pattern="^a"), "note: pattern was None, is ^a"),
        (
            lambda _, s: s["$defs"]["Line"]["properties"]["code"].update(pattern="^[A-Z]{5}$"),
            "lines[].code: pattern was ^[A-Z0-9]{5}$, is ^[A-Z]{5}$",
        ),
        (lambda p, _: p["lines"].update(minItems=1), "lines: minItems was None, is 1"),
        (lambda p, _: p["lines"].update(maxItems=49), "lines: maxItems was 50, is 49"),
        (
            lambda _, s: s["$defs"]["Line"]["properties"]["code"].update(minLength=6),
            "lines[].code: minLength was 5, is 6",
        ),
        (lambda p, _: p["note"].update(default="-"), "note: default was '', is '-'"),
        (lambda _, s: s.update(additionalProperties=False), "the payload: unknown fields are refused now"),
        (lambda p, _: p["lines"].update(uniqueItems=True), "lines: uniqueItems was None, is True"),
    ],
)
def test_change_that_an_older_event_does_not_survive_is_named(change: Doctor, said: str) -> None:
    assert said in doctored(change)


def test_alternatives_are_compared_with_their_like() -> None:
    """Else two faults of a line would read as one: that it became null."""
    said = doctored(lambda _, s: s["$defs"]["Line"].update(required=["code", "units"], additionalProperties=False))
    assert said == [
        "lines[].units: is required now",
        "lines[]: unknown fields are refused now",
        "first.units: is required now",
        "first: unknown fields are refused now",
    ]
