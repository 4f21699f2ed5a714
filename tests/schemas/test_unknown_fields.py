"""What a newer writer put into an event is still there when an older worker has read it and written it on."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from claimloom.billing.build import build_claim
from claimloom.payers import Payers
from schemas.claim import ClaimBuilt
from schemas.event import Event, Topic
from schemas.session import Session
from schemas.topics import payload
from schemas.upcasters import version_of
from tests.schemas.frozen import LATER, events, lost, nouns, plant
from tests.sessions import visit

PAYERS = Payers()


def planted(event: Event) -> Event:
    """The event with an unknown field in its envelope and in every part of its payload."""
    body = event.model_dump(mode="json")
    for path in nouns(payload(event)):
        plant(body["data"], path)
    plant(body, ())
    return Event.model_validate_json(json.dumps(body))


@pytest.mark.parametrize("topic", Topic)
def test_unknown_field_survives_at_every_depth(topic: Topic) -> None:
    for event in map(planted, events(topic, version_of(topic))):
        typed = payload(event)
        assert lost(event.data, typed.model_dump(mode="json")) == []
        assert lost(event.data, json.loads(typed.model_dump_json())) == []
        assert json.loads(event.model_dump_json())["added_later"] == LATER
        assert Event.model_validate_json(event.model_dump_json()) == event


def test_claim_carries_on_what_its_session_brought() -> None:
    body: dict[str, Any] = visit().model_dump(mode="json")
    for path in list(nouns(visit())):
        plant(body, path)
    session = Session.model_validate_json(json.dumps(body))
    coverage = session.coverages[0]
    payer = PAYERS.config(coverage.payer_id, coverage.payer_class, session.date_of_service)
    claim = build_claim(session, payer, claim_id=UUID(int=1))
    written = ClaimBuilt(claim=claim, session=session).model_dump(mode="json")
    assert written["session"] == body
    assert written["claim"]["patient"] == body["patient"]
    assert written["claim"]["coverage"] == body["coverages"][0]


def test_unknown_field_never_hides_one_that_is_known() -> None:
    body = visit().model_dump(mode="json")
    body["timed"][0]["duration_minutes"] = 999
    session = Session.model_validate_json(json.dumps(body))
    assert session.timed[0].duration_minutes == 30
    assert session.model_dump(mode="json") == body


def test_code_may_make_no_unknown_field() -> None:
    """At run time a constructor would keep a mistyped argument; mypy refuses it as long as this setting stands."""
    settings = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))
    assert settings["tool"]["pydantic-mypy"]["init_forbid_extra"] is True
