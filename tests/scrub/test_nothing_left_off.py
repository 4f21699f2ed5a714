"""What a visit says is on its claim, or a rule looks at it; what changes neither is named here with the reason."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import pytest
from pydantic import ValidationError

from claimloom.billing.build import BuildError, build_claim
from claimloom.desk.writable import unwritable
from claimloom.payers import Payers
from claimloom.scrub import scrub
from claimloom.scrub.case import Case
from claimloom.x12 import Envelope, Header, build_837p
from schemas.session import Session
from tests.scrub.test_rules import AS_OF
from tests.sessions import visit

PAYERS: Final = Payers()
PEOPLE: Final = {"last": "POE", "first": "SAM", "middle": "LEE", "suffix": "JR"}
FEES: Final = {"97530": 7500, "97110": 7000, "97167": 21000}
HOME: Final = {"line1": "7 ELM ST", "line2": "APT 2", "city": "SPRINGFIELD", "state": "IL", "zip": "627040001"}
SECOND: Final = {"name": PEOPLE | {"last": "STONE"}, "npi": "1245319599", "taxonomy": "225X00000X"}
SURGEON: Final = {"name": PEOPLE | {"last": "VALE"}, "npi": "1669421707"}
RICH: Final[dict[str, Any]] = visit(
    start="2026-11-16T10:00:00",
    stop="2026-11-16T11:30:00",
    clinic={"clinic_id": "north", "name": "NORTH CLINIC", "address": HOME, "fees_cents": FEES},
    billing_provider=visit().billing_provider.model_dump()
    | {"pay_to_address": HOME | {"line1": "PO BOX 5"}, "name": "LEE", "first": "KIM", "entity_type": "1"},
    therapist={"name": PEOPLE, "npi": "1679576722", "taxonomy": "225X00000X"},
    assistant={"name": PEOPLE, "credential": "OTA"},
    referring_provider={"name": PEOPLE, "npi": "1245319599"},
    patient=visit().patient.model_dump(mode="json") | {"name": PEOPLE | {"last": "DOE"}, "address": HOME},
    coverages=[
        {
            "payer_id": "77777",
            "payer_name": "EXAMPLE BLUE PLAN",
            "payer_class": "commercial",
            "member_id": "XYZ900100200",
            "group_number": "GRP200",
            "filing_indicator": "BL",
            "relationship": "19",
            "subscriber": {"name": PEOPLE, "birth_date": "1970-02-03", "gender": "M", "address": HOME},
            "effective_from": "2026-11-16",
            "effective_to": "2026-11-16",
        },
        {
            "payer_id": "88888",
            "payer_name": "EXAMPLE SUPPLEMENT",
            "payer_class": "commercial",
            "member_id": "SUPP55501",
            "group_name": "EXAMPLE GROUP",
            "filing_indicator": "CI",
            "relationship": "01",
            "subscriber": {"name": PEOPLE, "address": HOME},
        },
    ],
    timed=[
        {"code": "97530", "minutes": 30, "modifiers": ["RT"], "diagnosis_pointers": [1], "description": "AT WORK"},
        {"code": "97110", "minutes": 15, "performer": "assistant", "therapist": SECOND, "line_note": "BY HAND"}
        | {"attachments": [{"report_type": "09", "transmission": "FX", "control_number": "DOC2"}]},
    ],
    untimed=[
        {
            "code": "97167",
            "minutes": 30,
            "diagnosis_pointers": [2, 1],
            "ordering_provider": SURGEON,
            "attachments": [{"report_type": "06", "transmission": "EL", "control_number": "DOC3"}],
            "evaluation": {
                "history": "extensive",
                "performance_deficits": 5,
                "comorbidities": True,
                "decision_making": "high",
            },
        }
    ],
    supervising_provider=SURGEON,
    attachments=[{"report_type": "08", "transmission": "FX", "control_number": "DOC1"}],
    claim_note={"code": "ADD", "text": "DELAYED BY A STORM"},
    file_information=["STATE FORM 7"],
    authorization={
        "number": "A778899",
        "valid_from": "2026-11-16",
        "valid_to": "2026-11-16",
        "visits_authorized": 20,
        "visits_used": 20,
        "codes": ["97530"],
    },
    referral_number="R100200",
    note={"signed_at": "2026-11-16T11:05:00", "signed_by_npi": "1679576722"},
    accident={
        "related": ["AA"],
        "accident_date": "2026-11-16",
        "state": "IL",
        "claim_number": "Y400",
    },
    onset_date="2026-11-16",
    clia_number="12D4567890",
    patient_paid_cents=2500,
).model_dump(mode="json")

IN_NO_FILE: Final = {
    "tenant": "whose it is",
    "session_id": "what it is known by; the claim's number comes of it",
    "clinic.clinic_id": "what it is known by",
    "patient.patient_id": "what it is known by",
    "withdrawn": "then there is no claim of it",
    "self_pay": "as above",
    "assistant.name.last": "an assistant stands on no claim, CQ and CO do",
    "assistant.name.first": "as above",
    "assistant.name.middle": "as above",
    "assistant.name.suffix": "as above",
    "coverages.0.payer_class": "picks the payer's settings, which its own file has here",
    "coverages.1.payer_class": "picks the settings of the claim that follows",
    "coverages.0.subscriber.birth_date": "asked for of a subscriber who is the patient alone (DMG in 2010BA)",
    "coverages.0.subscriber.gender": "as above",
    **{
        f"coverages.0.subscriber.address.{name}": "N3, N4 of 2010BA are sent where the patient is the subscriber"
        for name in HOME
    },
    "coverages.0.group_name": "sent where there is no group number (SBR04)",
    "billing_provider.medicare_participating": "Medicare's rules look at it",
    "therapy_used_cents": "Medicare's threshold looks at it",
    "plan_of_care": "Medicare's rules look at it",
    "untimed.0.minutes": "an assistant's part is measured by it",
    "note.signed_at": "a rule asks whether it is there",
    "timed.0.minutes": "it earns two units, a minute more as well",
    "timed.1.minutes": "as above",
}
"""What changes neither file nor findings of this visit by a little, and why."""


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every field with its place."""
    if isinstance(value, dict):
        for name, each in value.items():
            yield from leaves(each, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from leaves(each, f"{path}.{number}")
    else:
        yield path, value


def otherwise(value: Any) -> list[Any]:
    """Values that are a little different."""
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int):
        return [value + 1, value - 1]
    if not isinstance(value, str) or not value:
        return []
    days = []
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        pass
    else:
        text = "%Y-%m-%dT%H:%M:%S" if "T" in value else "%Y-%m-%d"
        days = [(at + timedelta(days=step)).strftime(text) for step in (1, -1)]
    known = [
        "F",
        "M",
        "01",
        "20",
        "MO",
        "EM",
        "PTA",
        "12",
        "09",
        "FT",
        "DCP",
        "commercial",
        "medicare_b",
        "LT",
        "97140",
        "both",
        "CI",
    ]
    known += ["expanded", "low", "2", "draft", "telehealth", "PT", "SY", "assistant"]
    digit = str((int(value[-1]) + 1) % 10) if value[-1].isdigit() else ""
    return [*days, *([value[:-1] + digit] if digit else []), value + "Q", *(each for each in known if each != value)]


def changed(session: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    *steps, last = path.split(".")
    made = Session.model_validate(session).model_dump(mode="json")
    at: Any = made
    for step in steps:
        at = at[int(step)] if step.isdigit() and isinstance(at, list) else at[step]
    at[int(last) if isinstance(at, list) else last] = value
    return made


def said(session: dict[str, Any]) -> tuple[str, tuple[str, ...]]:
    """The claim as a file has it, and what the rules say of it."""
    made = Session.model_validate(session)
    coverage = made.coverages[0]
    payer = PAYERS.config(coverage.payer_id, coverage.payer_class, made.date_of_service)
    try:
        claim = build_claim(made, payer, claim_id=UUID(int=7))
    except BuildError as error:
        return "", (str(error),)
    envelope = Envelope("SENDER01", "RECEIVER01", 1, datetime(2026, 11, 20, tzinfo=UTC))
    built = build_837p([claim], Header(envelope, "EXAMPLE", "2175550100", "EXAMPLE"))
    refused = unwritable([claim], AS_OF).get(claim.claim_id, [])
    case = Case(claim, made, payer, AS_OF, unlike=PAYERS.unlike(coverage.payer_id), unwritable=refused)
    found = tuple(f"{each.code} {each.where} {each.message}" for each in scrub(case).findings)
    return (built.files[0].text if built.files else ""), found


ALONE: Final = "refuses_claim"
"""Goes with ``self_pay`` alone, and then there is no claim."""
PATHS: Final = [path for path, value in leaves(RICH) if otherwise(value) and path != ALONE]


@pytest.mark.parametrize("path", PATHS)
def test_a_field_is_on_the_claim_or_a_rule_looks_at_it(path: str) -> None:
    value = dict(leaves(RICH))[path]
    before = said(RICH)
    assert before[0], before[1]
    effects = []
    for other in otherwise(value):
        try:
            effects.append(said(changed(RICH, path, other)) != before)
        except ValidationError:
            continue
    listed = path in IN_NO_FILE
    assert effects, f"{path}: no other value was tried"
    assert any(effects) != listed, f"{path}: {'has an effect, though listed' if listed else 'changes nothing'}"


def test_what_goes_with_self_pay_is_refused_beside_a_claim() -> None:
    with pytest.raises(ValidationError, match="goes with self_pay"):
        Session.model_validate(changed(RICH, ALONE, True))


def test_what_is_listed_is_a_field() -> None:
    names = {path for path, _ in leaves(RICH)}
    assert {
        each for each in IN_NO_FILE if not any(name == each or name.startswith(f"{each}.") for name in names)
    } == set()
