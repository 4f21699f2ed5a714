"""Sessions become claims: lines, modifiers, charges, numbers."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claimloom.billing.build import BuildError, build_claim
from claimloom.payers import Payers
from schemas.claim import Claim
from schemas.event import derived_id
from schemas.session import Session
from tests.sessions import visit

PAYERS = Payers()

CLAIM_ID = derived_id("claim", "demo", "S-1", 1, "06102")


def build(session: Session) -> Claim:
    coverage = session.coverages[0]
    payer = PAYERS.config(coverage.payer_id, coverage.payer_class, session.date_of_service)
    return build_claim(session, payer, claim_id=CLAIM_ID)


def lines(claim: Claim) -> list[tuple[str, int, list[str], int]]:
    return [(line.procedure_code, line.units, line.modifiers, line.charge_cents) for line in claim.lines]


def test_medicare_visit_with_an_assistant() -> None:
    claim = build(visit())
    assert lines(claim) == [
        ("97530", 2, ["GO"], 15000),
        ("97535", 1, ["GO"], 7500),
        ("97110", 1, ["GO", "CO"], 7000),
    ]
    assert claim.total_charge_cents == 29500
    assert claim.diagnoses == ["M25511", "M6281"]
    assert claim.lines[2].line_control_number == f"{claim.patient_control_number}-3"


def test_one_code_by_two_performers_is_two_lines() -> None:
    timed = [{"code": "97110", "minutes": 15}, {"code": "97110", "minutes": 15, "performer": "assistant"}]
    assert lines(build(visit(timed=timed))) == [("97110", 1, ["GO"], 7000), ("97110", 1, ["GO", "CO"], 7000)]


def test_the_payer_decides_the_unit_rule() -> None:
    timed = [{"code": "97530", "minutes": 8}, {"code": "97535", "minutes": 8}]
    assert lines(build(visit(timed=timed))) == [("97530", 1, ["GO"], 7500)]
    commercial: list[dict[str, Any]] = [
        {
            "payer_id": "99999",
            "payer_name": "EXAMPLE HEALTH PLAN",
            "payer_class": "commercial",
            "member_id": "W1",
            "filing_indicator": "CI",
        }
    ]
    assert [line.units for line in build(visit(timed=timed, coverages=commercial)).lines] == [1, 1]


def test_clinicians_modifiers_stand_in_their_order() -> None:
    timed = [{"code": "97530", "minutes": 15, "modifiers": ["KX", "59"]}]
    assert build(visit(timed=timed)).lines[0].modifiers == ["59", "GO", "KX"]


def test_add_on_code_follows_its_first_code() -> None:
    clinic = visit().clinic.model_dump() | {"fees_cents": {"97129": 5000, "97130": 4500}}
    clinic["fees_cents"]["97110"] = 7000
    timed = [
        {"code": "97110", "minutes": 15, "modifiers": ["RT"]},
        {"code": "97129", "minutes": 53, "modifiers": ["59"]},
    ]
    assert lines(build(visit(timed=timed, clinic=clinic))) == [
        ("97110", 1, ["GO", "RT"], 7000),
        ("97129", 1, ["59", "GO"], 5000),
        ("97130", 3, ["59", "GO"], 13500),
    ]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"timed": [{"code": "97530", "minutes": 7}]}, "7 timed minutes give no unit under cms_8min"),
        ({"timed": [{"code": "97140", "minutes": 15}]}, r"no fee for 97140; add it to clinic\.fees_cents"),
    ],
)
def test_session_that_cannot_be_billed_says_why(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(BuildError, match=said) as caught:
        build(visit(**changes))
    assert "DOE" not in str(caught.value)


def test_same_session_gives_the_same_claim_and_a_short_number() -> None:
    assert build(visit()) == build(visit())
    number = build(visit()).patient_control_number
    assert len(number) <= 20
    assert number.endswith("-1")
    assert visit().date_of_service == date(2026, 11, 16)


def with_fees(**fees: int) -> dict[str, Any]:
    return visit().clinic.model_dump() | {"fees_cents": {"97110": 7000, "97530": 7500, "29130": 9000} | fees}


def test_two_fingers_are_two_lines() -> None:
    splints = [{"code": "29130", "modifiers": ["F1"]}, {"code": "29130", "modifiers": ["F2"]}]
    assert lines(build(visit(timed=[], untimed=splints, clinic=with_fees()))) == [
        ("29130", 1, ["GO", "F1"], 9000),
        ("29130", 1, ["GO", "F2"], 9000),
    ]


def test_right_and_left_share_the_units_of_their_minutes() -> None:
    sides = [
        {"code": "97530", "minutes": 20, "modifiers": ["RT"]},
        {"code": "97530", "minutes": 10, "modifiers": ["LT"]},
    ]
    claim = build(visit(timed=sides, clinic=with_fees()))
    assert lines(claim) == [("97530", 1, ["GO", "RT"], 7500), ("97530", 1, ["GO", "LT"], 7500)]
    assert claim.units is not None
    assert claim.units.pool_units == 2


def test_59_of_one_part_stays_with_it_and_kx_is_the_codes() -> None:
    parts = [
        {"code": "97530", "minutes": 15, "modifiers": ["59"]},
        {"code": "97530", "minutes": 15, "modifiers": ["KX"]},
    ]
    assert lines(build(visit(timed=parts, clinic=with_fees()))) == [
        ("97530", 1, ["59", "GO", "KX"], 7500),
        ("97530", 1, ["GO", "KX"], 7500),
    ]


def test_the_same_modifiers_are_one_line() -> None:
    parts = [{"code": "97530", "minutes": minutes, "modifiers": ["RT"]} for minutes in (15, 23)]
    assert lines(build(visit(timed=parts, clinic=with_fees()))) == [("97530", 3, ["GO", "RT"], 22500)]


def test_an_assistant_on_one_side_alone() -> None:
    sides = [
        {"code": "97530", "minutes": 15, "modifiers": ["RT"]},
        {"code": "97530", "minutes": 15, "modifiers": ["LT"], "performer": "assistant"},
    ]
    assert lines(build(visit(timed=sides, clinic=with_fees()))) == [
        ("97530", 1, ["GO", "RT"], 7500),
        ("97530", 1, ["GO", "CO", "LT"], 7500),
    ]


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["97530", "97110"]),
            st.integers(1, 60),
            st.lists(st.sampled_from(["RT", "LT", "59", "KX"]), unique=True, max_size=2),
            st.sampled_from(["therapist", "assistant"]),
        ),
        min_size=1,
        max_size=6,
    )
)
def test_parts_of_a_code_have_its_units_between_them(said: list[tuple[str, int, list[str], str]]) -> None:
    timed = [
        {"code": code, "minutes": minutes, "modifiers": marks, "performer": who} for code, minutes, marks, who in said
    ]
    if sum(minutes for _, minutes, _, _ in said) < 8:
        return
    claim = build(visit(timed=timed, clinic=with_fees()))
    assert claim.units is not None
    for row in claim.units.codes:
        mine = [line for line in claim.lines if line.procedure_code == row.code]
        assert sum(line.units for line in mine) == row.units
        assert sum(line.units for line in mine if "CO" in line.modifiers) == row.assistant_units
        assert len({frozenset(line.modifiers) for line in mine}) == len(mine)


def test_a_medicare_card_is_read_with_its_dashes() -> None:
    coverage = visit().coverages[0].model_dump(mode="json")
    assert build(visit(coverages=[coverage | {"member_id": "1EG4-TE5-MK73"}])).coverage.member_id == "1EG4TE5MK73"
    plan = {"payer_id": "44444", "payer_name": "EXAMPLE PLAN", "payer_class": "commercial", "filing_indicator": "CI"}
    assert build(visit(coverages=[plan | {"member_id": "W-12 3"}])).coverage.member_id == "W-12 3"


def test_assignment_is_as_the_visit_says() -> None:
    assert build(visit()).assignment_code == "A"
    assert build(visit(accepts_assignment=False)).assignment_code == "C"
