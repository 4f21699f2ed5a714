"""Visits with several people, notes, attachments and addresses elsewhere: what of them stands on the claim."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from claimloom.billing.build import BuildError, build_claim
from claimloom.payers import Payers
from claimloom.reference.addresses import same_place
from claimloom.x12 import Envelope, Header, build_837p
from claimloom.x12 import check as check_x12
from schemas.claim import Claim
from schemas.event import derived_id
from schemas.session import Session
from schemas.values import Address
from tests.sessions import visit

ID = derived_id("claim", "demo", "S-1", 1, "06102")
SECOND = {"name": {"last": "STONE", "first": "ANA"}, "npi": "1245319599", "taxonomy": "225X00000X"}
SURGEON = {"name": {"last": "SMITH", "first": "ALAN"}, "npi": "1245319599"}
BERLIN = {"line1": "INVALIDENSTR 1", "city": "BERLIN", "zip": "10115", "country": "DE"}
TORONTO = {"line1": "1 KING ST W", "city": "TORONTO", "state": "ON", "zip": "M5H 1A1", "country": "CA"}


def made(session: Session) -> Claim:
    coverage = session.coverages[0]
    payer = Payers().config(coverage.payer_id, coverage.payer_class, session.date_of_service)
    return build_claim(session, payer, claim_id=ID)


def segments(session: Session) -> list[str]:
    """The claim as it is written; what our own check finds right."""
    envelope = Envelope("SENDER01", "RECEIVER01", 1, datetime(2026, 11, 20, tzinfo=UTC))
    built = build_837p([made(session)], Header(envelope, "EXAMPLE", "2175550100", "EXAMPLE"))
    assert built.files, [each.findings for each in built.refused]
    text = built.files[0].text
    assert [each for each in check_x12(text.encode()).findings if each.severity == "error"] == []
    return text.replace("\n", "").split("~")


def after(found: list[str], first: str, count: int) -> list[str]:
    """So many segments from one on."""
    place = found.index(first)
    return found[place : place + count]


def test_two_therapists_of_a_visit_have_lines_of_their_own() -> None:
    timed = [{"code": "97530", "minutes": 22}, {"code": "97530", "minutes": 16, "therapist": SECOND}]
    session = visit(timed=timed)
    # 38 minutes are one pool, so three units: whole blocks one each, the left one to 7 of 15 minutes over 1.
    assert [(line.units, line.rendering and line.rendering.npi) for line in made(session).lines] == [
        (2, None),
        (1, "1245319599"),
    ]
    found = segments(session)
    assert "NM1*82*1*RIVERA*PAT****XX*1679576722" in found
    assert after(found, "NM1*82*1*STONE*ANA****XX*1245319599", 2)[1] == "PRV*PE*PXC*225X00000X"
    assert found.count("NM1*82*1*STONE*ANA****XX*1245319599") == 1


def test_the_visits_own_therapist_named_at_a_service_is_no_second_one() -> None:
    own = visit().therapist.model_dump()
    timed = [{"code": "97530", "minutes": 15}, {"code": "97530", "minutes": 15, "therapist": own}]
    assert [(line.units, line.rendering) for line in made(visit(timed=timed)).lines] == [(2, None)]


def test_who_ordered_and_who_supervised_and_what_is_noted() -> None:
    found = segments(
        visit(
            untimed=[{"code": "29125", "ordering_provider": SURGEON, "line_note": "made to measure"}],
            clinic=visit().clinic.model_dump() | {"fees_cents": {"97530": 7500, "97535": 1, "97110": 1, "29125": 9000}},
            supervising_provider={"name": {"last": "VALE", "first": "RUTH"}, "npi": "1679576722"},
            attachments=[
                {"report_type": "08", "transmission": "FX", "control_number": "DOC1"},
                {"report_type": "PN", "transmission": "AA"},
            ],
            claim_note={"text": "delayed by a storm"},
        )
    )
    assert {
        "PWK*08*FX***AC*DOC1",
        "PWK*PN*AA",
        "NTE*ADD*DELAYED BY A STORM",
        "NTE*ADD*MADE TO MEASURE",
        "NM1*DK*1*SMITH*ALAN****XX*1245319599",
        "NM1*DQ*1*VALE*RUTH****XX*1679576722",
    } <= set(found)


def test_documents_of_a_service_and_what_a_state_requires() -> None:
    doc = {"report_type": "09", "transmission": "FX", "control_number": "DOC2"}
    on_request = {"report_type": "PN", "transmission": "AA"}
    timed = [
        {"code": "97530", "minutes": 30, "attachments": [doc]},
        {"code": "97535", "minutes": 15},
        {"code": "97530", "minutes": 15, "attachments": [doc, on_request]},
    ]
    found = segments(visit(timed=timed, file_information=["State form 7", "8"]))
    first = found.index("LX*1")
    assert found[first + 2 : first + 4] == ["PWK*09*FX***AC*DOC2", "PWK*PN*AA"]
    assert [each for each in found if each.startswith(("PWK", "K3"))] == [
        "K3*STATE FORM 7",
        "K3*8",
        "PWK*09*FX***AC*DOC2",
        "PWK*PN*AA",
    ]


def test_documents_of_two_parts_that_one_line_holds_are_all_there() -> None:
    """A fifth modifier has no place on a line, so what it keeps apart comes together."""
    papers = [{"report_type": "09", "transmission": "FX", "control_number": each} for each in ("DOC1", "DOC2")]
    modifiers = ["59", "KX", "GA", "F1"]
    timed = [
        {"code": "97530", "minutes": 15, "modifiers": [*modifiers, last], "attachments": [paper]}
        for last, paper in zip(("F2", "F3"), papers, strict=True)
    ]
    lines = made(visit(timed=timed)).lines
    assert [one.control_number for line in lines for one in line.attachments] == ["DOC1", "DOC2"]


@pytest.mark.parametrize(
    ("address", "n4"),
    [
        (BERLIN, "N4*BERLIN**10115*DE"),
        (TORONTO, "N4*TORONTO*ON*M5H1A1*CA"),
        (BERLIN | {"city": "LONDON", "zip": "EC1A 1BB", "country": "GB"}, "N4*LONDON**EC1A1BB*GB"),
        (BERLIN | {"subdivision": "BE"}, "N4*BERLIN**10115*DE***BE"),
        (BERLIN | {"city": "DUBLIN", "country": "IE", "zip": ""}, "N4*DUBLIN***IE"),
        ({"line1": "12 OAK AVE", "city": "SPRINGFIELD", "state": "IL", "zip": "62704"}, "N4*SPRINGFIELD*IL*62704"),
    ],
)
def test_a_patient_who_lives_elsewhere(address: dict[str, Any], n4: str) -> None:
    assert n4 in segments(visit(patient=visit().patient.model_dump(mode="json") | {"address": address}))


@pytest.mark.parametrize(
    "wrong",
    [
        {"country": ""},
        {"country": "US"},
        {"state": "BE"},
        {"country": "CA", "zip": "10115", "state": "ON"},
        {"country": "CA", "zip": "M5H 1A1"},
        {"country": "", "state": "IL", "zip": "62704", "subdivision": "X"},
        {"country": "", "state": "IL", "zip": "627"},
        {"country": "", "state": "Illinois", "zip": "62704"},
    ],
)
def test_an_address_that_is_of_no_country(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        Address.model_validate(BERLIN | wrong)


def test_places_of_two_countries_are_two() -> None:
    berlin = Address.model_validate(BERLIN)
    assert same_place(berlin, Address.model_validate(BERLIN | {"line1": "Invalidenstr. 1"}))
    assert not same_place(berlin, Address.model_validate(BERLIN | {"country": "AT"}))


def test_a_visit_of_more_than_fifty_lines_says_what_to_do() -> None:
    some = [{"code": "29125", "ordering_provider": SURGEON | {"npi": f"{n:010}"}} for n in range(51)]
    clinic = visit().clinic.model_dump() | {"fees_cents": {"29125": 9000}}
    assert len(made(visit(timed=[], untimed=some[:50], clinic=clinic)).lines) == 50
    with pytest.raises(BuildError, match=r"more than 50 service lines.*send the visit as two"):
        made(visit(timed=[], untimed=some, clinic=clinic))


def test_the_insurances_after_the_first() -> None:
    """Each by its place (SBR01); one without a number cannot be named, and still comes after."""
    first = visit().coverages[0].model_dump(mode="json")
    plan = {"payer_name": "EXAMPLE PLAN", "payer_class": "commercial", "filing_indicator": "CI"}
    more = [plan | {"payer_id": f"8888{n}", "member_id": number} for n, number in enumerate(("S5", " ", "A5"))]
    claim = made(visit(coverages=[first, *more]))
    assert claim.payers_after == 3
    assert [(each.responsibility, each.coverage.payer_id) for each in claim.other_payers] == [
        ("S", "88880"),
        ("A", "88882"),
    ]
    assert made(visit()).payers_after == 0
    assert made(visit()).other_payers == []


def test_a_clinic_elsewhere_is_named() -> None:
    """2310C: where the service was, if that is not the billing provider's own address."""
    assert (made(visit()).service_facility_name, made(visit()).service_facility_address) == ("", None)
    clinic = visit().clinic.model_dump() | {"address": {**visit().clinic.address.model_dump(), "line1": "9 ELM ST"}}
    claim = made(visit(clinic=clinic))
    assert claim.service_facility_name == "Riverside Occupational Therapy"
    assert claim.service_facility_address
    assert claim.service_facility_address.line1 == "9 ELM ST"
