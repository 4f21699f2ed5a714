"""Sessions become claims: lines, modifiers, charges, numbers."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claimloom.billing.build import BuildError, build_claim, treatments_of
from claimloom.billing.units import Before, Treatment, derive_units
from claimloom.payers import Payers
from schemas.claim import Claim, UnitDerivation
from schemas.event import derived_id
from schemas.session import Session
from schemas.values import UnitRule
from tests.sessions import visit

PAYERS = Payers()

CLAIM_ID = derived_id("claim", "demo", "S-1", 1, "06102")


def build(session: Session, **settings: Any) -> Claim:
    coverage = session.coverages[0]
    payer = PAYERS.config(coverage.payer_id, coverage.payer_class, session.date_of_service)
    return build_claim(session, replace(payer, **settings), claim_id=CLAIM_ID)


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
        ({"timed": [], "untimed": [{"code": "97530"}]}, "97530 is billed by minutes, and the visit only counts it"),
        ({"timed": [{"code": "97530", "minutes": 7}]}, "7 timed minutes give no unit under Medicare's 8-minute rule"),
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
        # A line holds four modifiers: of more, two lines may look alike, and the claim is held for it (MOD-022).
        apart = [frozenset(line.modifiers) for line in mine if len(line.modifiers) < 4]
        assert len(set(apart)) == len(apart)


def test_a_medicare_card_is_read_with_its_dashes() -> None:
    coverage = visit().coverages[0].model_dump(mode="json")
    assert build(visit(coverages=[coverage | {"member_id": "1EG4-TE5-MK73"}])).coverage.member_id == "1EG4TE5MK73"
    plan = {"payer_id": "44444", "payer_name": "EXAMPLE PLAN", "payer_class": "commercial", "filing_indicator": "CI"}
    assert build(visit(coverages=[plan | {"member_id": "W-12 3"}])).coverage.member_id == "W-12 3"


def test_assignment_is_as_the_visit_says() -> None:
    assert build(visit()).assignment_code == "A"
    assert build(visit(accepts_assignment=False)).assignment_code == "C"


def test_seconds_are_summed_before_minutes_are_cut() -> None:
    stops = [("09:00:00", "09:07:40"), ("09:30:00", "09:37:30")]
    timed = [{"code": "97110", "start": f"2026-11-16T{a}", "stop": f"2026-11-16T{b}"} for a, b in stops]
    claim = build(visit(timed=timed, clinic=with_fees()))
    assert claim.units is not None
    assert [(row.minutes, row.units) for row in claim.units.codes] == [(15, 1)]


def test_a_timer_past_midnight_and_past_the_end_of_summer_time() -> None:
    night = [{"code": "97110", "start": "2026-11-16T23:50:00", "stop": "2026-11-17T00:13:00"}]
    assert lines(build(visit(timed=night, clinic=with_fees()))) == [("97110", 2, ["GO"], 14000)]
    clock = [{"code": "97110", "start": "2026-11-01T01:50:00-05:00", "stop": "2026-11-01T01:05:00-06:00"}]
    assert lines(build(visit(timed=clock, clinic=with_fees()))) == [("97110", 1, ["GO"], 7000)]


def before(*billed: tuple[str, int, int]) -> Before:
    minutes = {code: minutes for code, minutes, _ in billed}
    return Before(minutes, {code: units for code, _, units in billed})


@pytest.mark.parametrize(
    ("earlier", "here", "units"),
    [
        ((("97110", 22, 1),), [("97110", 22)], 2),
        ((("97110", 18, 1),), [("97110", 18)], 1),
        ((("97140", 22, 1),), [("97110", 22)], 2),
        ((("97140", 29, 2),), [("97110", 9)], 1),
        ((("97140", 8, 1),), [("97110", 30)], 2),
    ],
)
def test_minutes_of_the_day_are_one_pool(
    earlier: tuple[tuple[str, int, int], ...], here: list[tuple[str, int]], units: int
) -> None:
    timed = [{"code": code, "minutes": minutes} for code, minutes in here]
    session = visit(timed=timed, clinic=with_fees())
    coverage = session.coverages[0]
    payer = PAYERS.config(coverage.payer_id, coverage.payer_class, session.date_of_service)
    claim = build_claim(session, payer, claim_id=CLAIM_ID, before=before(*earlier))
    assert sum(line.units for line in claim.lines) == units
    assert claim.units is not None
    assert claim.units.earlier_minutes == earlier[0][1]
    assert "of the day had" in claim.units.codes[0].because


def test_a_second_visit_that_earns_nothing_more_has_no_claim() -> None:
    session = visit(timed=[{"code": "97110", "minutes": 8}], clinic=with_fees())
    payer = PAYERS.config("06102", session.coverages[0].payer_class, session.date_of_service)
    with pytest.raises(BuildError, match=r"8 timed minutes give no unit .* beside the 29 of the day's other visits"):
        build_claim(session, payer, claim_id=CLAIM_ID, before=before(("97140", 29, 2)))


@given(st.lists(st.tuples(st.sampled_from(["97530", "97110", "97140"]), st.integers(1, 90)), min_size=1, max_size=6))
def test_visits_of_a_day_earn_together_what_their_minutes_earn_in_any_order(said: list[tuple[str, int]]) -> None:
    totals = []
    for order in (said, said[::-1]):
        done: list[UnitDerivation] = []
        for code, minutes in order:
            done.append(derive_units([Treatment(code, minutes)], UnitRule.CMS_8MIN, Before.of(done)))
        totals.append(sum(row.units for each in done for row in each.codes))
    whole = derive_units([Treatment(code, minutes) for code, minutes in said], UnitRule.CMS_8MIN)
    assert totals == [sum(row.units for row in whole.codes)] * 2


def test_parts_never_have_more_units_than_their_code() -> None:
    sides = [{"code": "97110", "minutes": 15, "modifiers": [side]} for side in ("RT", "LT")]
    session = visit(timed=sides, clinic=with_fees())
    payer = PAYERS.config("06102", session.coverages[0].payer_class, session.date_of_service)
    claim = build_claim(session, payer, claim_id=CLAIM_ID, before=before(("97530", 18, 2)))
    assert [(line.modifiers, line.units) for line in claim.lines] == [(["GO", "LT"], 1)]


def test_what_four_modifiers_cannot_keep_apart_is_one_line() -> None:
    by = {"code": "97110", "minutes": 15, "performer": "assistant"}
    sides = [by | {"modifiers": ["59", side, "KX"]} for side in ("RT", "LT")]
    assert lines(build(visit(timed=sides, clinic=with_fees()))) == [("97110", 2, ["59", "GO", "CO", "KX"], 14000)]


ASSISTED = {"performer": "assistant"}
EVERY_FEE = with_fees(**{"97150": 4000, "97129": 5000, "97130": 4500, "97139": 6000, "97140": 7000})
SIDES = [{"code": "97530", "minutes": 15, "modifiers": ["RT"]}, {"code": "97530", "minutes": 15, "modifiers": ["LT"]}]


def of_four_modifiers(side: str) -> list[dict[str, Any]]:
    part = {"code": "97530", "modifiers": ["59", "KX", "GA", "96", side]}
    return [part | {"minutes": 15}, part | {"minutes": 30} | ASSISTED]


@pytest.mark.parametrize(
    ("timed", "untimed", "expected"),
    [
        ([], [{"code": "97150", "minutes": 45, "assistant_minutes": 5}], [("97150", 1, ["GO", "CO"], 4000)]),
        ([], [{"code": "97150", "minutes": 45, "assistant_minutes": 4}], [("97150", 1, ["GO"], 4000)]),
        ([], [{"code": "97150"} | ASSISTED], [("97150", 1, ["GO", "CO"], 4000)]),
        ([], [{"code": "97150", "minutes": 45}], [("97150", 1, ["GO"], 4000)]),
        (
            [],
            [{"code": "97150", "modifiers": ["59"]}, {"code": "97150"} | ASSISTED],
            [("97150", 1, ["59", "GO"], 4000), ("97150", 1, ["GO", "CO"], 4000)],
        ),
        (
            [],
            [{"code": "97150", "count": 2}, {"code": "97150"} | ASSISTED],
            [("97150", 2, ["GO"], 8000), ("97150", 1, ["GO", "CO"], 4000)],
        ),
        (
            [{"code": "97139", "minutes": 23}],
            [{"code": "97139", "count": 3}],
            [("97139", 5, ["GO"], 30000)],
        ),
        (
            [{"code": "97139", "minutes": 23}],
            [{"code": "97139", "count": 3, "modifiers": ["RT"]}],
            [("97139", 2, ["GO"], 12000), ("97139", 3, ["GO", "RT"], 18000)],
        ),
        (
            [{"code": "97130", "minutes": 23, "modifiers": ["59"]}],
            [],
            [("97129", 1, ["59", "GO"], 5000), ("97130", 1, ["59", "GO"], 4500)],
        ),
        (
            [
                {"code": "97129", "minutes": 15, "modifiers": ["59"]},
                {"code": "97129", "minutes": 15},
                {"code": "97130", "minutes": 15},
            ],
            [],
            [("97129", 1, ["59", "GO"], 5000), ("97130", 2, ["GO"], 9000)],
        ),
        (
            [{"code": "97129", "minutes": 15}, {"code": "97129", "minutes": 30, "modifiers": ["59"]}],
            [],
            [("97129", 1, ["GO"], 5000), ("97130", 2, ["59", "GO"], 9000)],
        ),
        (
            [{"code": "97129", "minutes": 30, "modifiers": ["59"]}, {"code": "97129", "minutes": 15}],
            [],
            [("97129", 1, ["59", "GO"], 5000), ("97130", 1, ["59", "GO"], 4500), ("97130", 1, ["GO"], 4500)],
        ),
        (
            [{"code": "97129", "minutes": 3, "modifiers": ["59"]}, {"code": "97129", "minutes": 27}],
            [],
            [("97129", 1, ["GO"], 5000), ("97130", 1, ["GO"], 4500)],
        ),
        (
            [
                {"code": "97129", "minutes": 30},
                {"code": "97129", "minutes": 15, "modifiers": ["59"]} | ASSISTED,
            ],
            [],
            [("97129", 1, ["GO"], 5000), ("97130", 1, ["GO"], 4500), ("97130", 1, ["59", "GO", "CO"], 4500)],
        ),
        ([{"code": "97110", "minutes": 15, "modifiers": ["GP"]}], [], [("97110", 1, ["GP"], 7000)]),
        (
            [{"code": "97110", "minutes": 15}, *of_four_modifiers("RT"), *of_four_modifiers("LT")],
            [],
            [
                ("97110", 1, ["GO"], 7000),
                ("97530", 2, ["59", "GO", "KX", "GA"], 15000),
                ("97530", 4, ["59", "GO", "CO", "KX"], 30000),
            ],
        ),
    ],
    ids=[
        "11 % of a group by the assistant",
        "9 % of it",
        "all of it",
        "none of it",
        "one of two groups",
        "one of three, without another modifier",
        "unlisted, by minutes and by count",
        "unlisted, by minutes and on the right by count",
        "an add-on code told alone",
        "a family told in three parts",
        "59 on the second part of a family",
        "59 on the first part of a family",
        "a part of a family too short for a unit",
        "a part of a family by the assistant",
        "the clinician's own discipline",
        "two people and two sides, and no place for the sides",
    ],
)
def test_what_stands_on_the_lines(
    timed: list[dict[str, Any]], untimed: list[dict[str, Any]], expected: list[tuple[str, int, list[str], int]]
) -> None:
    assert lines(build(visit(timed=timed, untimed=untimed, clinic=EVERY_FEE))) == expected


@pytest.mark.parametrize(
    ("settings", "session", "marks"),
    [
        ({"assistant_modifier": "state"}, {}, [["GO", "RT"], ["GO", "LT"]]),
        ({"assistant_modifier": "optional"}, {}, [["GO", "CO", "RT"], ["GO", "CO", "LT"]]),
        ({"discipline_modifier": "forbidden"}, {}, [["CO", "RT"], ["CO", "LT"]]),
        ({}, {"discipline": "SLP"}, [["GN", "RT"], ["GN", "LT"]]),
    ],
)
def test_payer_and_discipline_decide_what_marks_an_assistants_units(
    settings: dict[str, Any], session: dict[str, Any], marks: list[list[str]]
) -> None:
    by = [each | ASSISTED for each in SIDES]
    claim = build(visit(timed=by, clinic=EVERY_FEE, **session), **settings)
    assert [(line.modifiers, line.units) for line in claim.lines] == [(each, 1) for each in marks]
    one = [{"code": "97110", "minutes": 15}, {"code": "97110", "minutes": 15} | ASSISTED]
    split = build(visit(timed=one, clinic=EVERY_FEE, **session), **settings)
    assert [line.units for line in split.lines] == ([1, 1] if "CO" in marks[0] else [2])
    assert sum(row.assistant_units for row in split.units.codes) == ("CO" in marks[0])
    groups = [{"code": "97150", "modifiers": ["59"]} | ASSISTED, {"code": "97150"} | ASSISTED]
    counted = build(visit(timed=[], untimed=groups, clinic=EVERY_FEE, **session), **settings)
    assert ["CO" in line.modifiers for line in counted.lines] == ["CO" in marks[0]] * 2


def by_the_clock(code: str, start: str, seconds: int, **changes: Any) -> dict[str, Any]:
    began = datetime.fromisoformat(f"2026-11-16T{start}")
    return {
        "code": code,
        "start": began.isoformat(),
        "stop": (began + timedelta(seconds=seconds)).isoformat(),
    } | changes


@pytest.mark.parametrize(
    ("therapist", "assistant", "marked"),
    [
        (7 * 60 + 40, 7 * 60 + 30, 0),  # 8 and 7 minutes
        (7 * 60 + 30, 7 * 60 + 40, 1),  # 7 and 8
        (52 * 60 + 55, 9 * 60 + 20, 0),  # 53 and 9: of the fourth unit the therapist gave 8
    ],
)
def test_a_minute_made_of_rests_is_his_who_gave_most_of_it(therapist: int, assistant: int, marked: int) -> None:
    timed = [by_the_clock("97110", "09:00", therapist), by_the_clock("97110", "10:00", assistant, **ASSISTED)]
    claim = build(visit(timed=timed, clinic=EVERY_FEE))
    assert sum(row.minutes for row in claim.units.codes) == (therapist + assistant) // 60
    assert sum(line.units for line in claim.lines if "CO" in line.modifiers) == marked
    assert sum(line.units for line in claim.lines) == (1 if therapist < 900 else 4)


@pytest.mark.parametrize(
    ("second", "billed"),
    [(by_the_clock("97140", "09:00", 540), "97140"), ({"code": "97140", "minutes": 9}, "97110")],
    ids=["by the clock", "as told, since one has no clock"],
)
def test_of_equal_minutes_the_unit_goes_to_what_started_first(second: dict[str, Any], billed: str) -> None:
    claim = build(visit(timed=[by_the_clock("97110", "09:30", 540), second], clinic=EVERY_FEE))
    assert [(line.procedure_code, line.units) for line in claim.lines] == [(billed, 1)]
    assert claim.units.tie


@pytest.mark.parametrize(
    ("minutes", "units"),
    [
        ((30, 8), [2, 1]),  # 38: two blocks, the third to the 8 left
        ((31, 7), [2, 1]),  # 38: 7 left of one beat 1 left of the other
        ((29, 9), [2, 1]),  # 38: one block, then 14 and 9
        ((16, 16, 8), [1, 1, 1]),
        ((31, 10), [2, 1]),
    ],
)
def test_units_of_a_code_over_its_sides(minutes: tuple[int, ...], units: list[int]) -> None:
    sides = [
        {"code": "97530", "minutes": each, "modifiers": [side]}
        for each, side in zip(minutes, ("RT", "LT", "F1"), strict=False)
    ]
    assert [line.units for line in build(visit(timed=sides, clinic=EVERY_FEE)).lines] == units


def test_seconds_of_a_visit_as_its_units_are_derived_of_them() -> None:
    timed = [by_the_clock("97110", "09:00", 460), by_the_clock("97110", "09:30", 450, **ASSISTED)]
    session = visit(timed=timed, untimed=[{"code": "97165", "count": 2}])
    assert treatments_of(session) == [
        Treatment("97110", 15, assistant_minutes=7),
        Treatment("97165", count=2),
    ]


@pytest.mark.parametrize(
    ("therapist", "assistant", "first", "later"),
    [
        (30, 23, 0, 2),  # two blocks and one; of the 8 minutes left the therapist has none
        (15, 38, 0, 3),
        (8, 45, 0, 3),  # of the fourth unit the therapist gave 8
        (7, 46, 1, 3),
        (23, 15, 0, 1),
        (22, 16, 0, 2),
        (0, 53, 1, 3),
        (53, 0, 0, 0),
        (0, 15, 1, 0),
        (15, 0, 0, 0),
    ],
)
def test_the_assistants_units_of_a_first_and_an_add_on_code(
    therapist: int, assistant: int, first: int, later: int
) -> None:
    """97129 and 97130 are one service of so many units (CMS's CQ/CO split of them); the therapist's come first."""
    timed = [{"code": "97129", "minutes": therapist}, {"code": "97129", "minutes": assistant} | ASSISTED]
    claim = build(visit(timed=[each for each in timed if each["minutes"]], clinic=EVERY_FEE))
    marked = dict.fromkeys(("97129", "97130"), 0)
    for line in claim.lines:
        marked[line.procedure_code] += line.units * ("CO" in line.modifiers)
    assert (marked["97129"], marked["97130"]) == (first, later)
    assert sum(line.units for line in claim.lines) == (therapist + assistant + 7) // 15
    assert {row.code: row.assistant_units for row in claim.units.codes if row.assistant_units} == {
        code: count for code, count in marked.items() if count
    }


def test_what_several_parts_of_a_code_say_stands_once() -> None:
    part = {"code": "97530", "minutes": 15, "line_note": "new splint"}
    timed = [part | {"diagnosis_pointers": [2, 1]}, part | {"diagnosis_pointers": [1, 3]}, part | {"line_note": "worn"}]
    (line,) = build(visit(timed=timed, diagnoses=["M25.511", "M62.81", "M54.50"], clinic=EVERY_FEE)).lines
    assert line.diagnosis_pointers == [2, 1, 3]
    assert [note.text for note in line.notes] == ["new splint; worn"]
