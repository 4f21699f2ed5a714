"""Units against 188 vectors made by another implementation, and against the invariants of the rule itself."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claimloom.billing.units import MAX_ALTERNATIVES, Before, Treatment, derive_units
from schemas.claim import UnitDerivation
from schemas.values import UnitRule

FILE = Path(__file__).parent.parent / "data" / "unit_examples.csv"
VECTORS = list(csv.DictReader(FILE.read_text(encoding="utf-8").splitlines()))
POOL = ["97110", "97112", "97116", "97140", "97530", "97535"]
days = st.lists(st.tuples(st.sampled_from(POOL), st.integers(1, 60)), min_size=1, max_size=6)


def services(text: str) -> list[Treatment]:
    pairs = [part.split(":") for part in text.split("|")]
    return [Treatment(code, int(minutes)) for code, minutes in pairs]


def lines(text: str) -> dict[str, int]:
    return {
        code: int(units) for code, units in (part.split("x") for part in text.split("|") if part not in ("", "none"))
    }


def billed(derivation: UnitDerivation) -> dict[str, int]:
    return {row.code: row.units for row in derivation.codes if row.units}


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: str(vector["case"]))
def test_vector(vector: dict[str, str]) -> None:
    cms = derive_units(services(vector["services"]), UnitRule.CMS_8MIN)
    ama = derive_units(services(vector["services"]), UnitRule.AMA_MIDPOINT)
    assert (cms.pool_minutes, cms.pool_units) == (int(vector["cms_pool_minutes"]), int(vector["cms_pool_units"]))
    assert billed(cms) == lines(vector["cms_lines"])
    assert billed(ama) == lines(vector["ama_lines"])
    assert cms.tie == (vector["tie"] == "Y")
    expected = [lines(text) for text in vector["cms_alternatives"].split(" or ") if text]
    pool = [{code: units for code, units in other.items() if code in POOL_CODES} for other in expected]
    assert sorted(map(repr, map(sorted_items, cms.alternatives))) == sorted(map(repr, map(sorted_items, pool)))


POOL_CODES = {*POOL, "97129", "97130"}


def sorted_items(units: dict[str, int]) -> list[tuple[str, int]]:
    return sorted(units.items())


def test_all_vectors_are_there() -> None:
    assert len(VECTORS) == 188


@given(days)
def test_cms_invariants(day: list[tuple[str, int]]) -> None:
    derived = derive_units([Treatment(code, minutes) for code, minutes in day], UnitRule.CMS_8MIN)
    total = sum(minutes for _, minutes in day)
    assert derived.pool_minutes == total
    assert sum(row.units for row in derived.codes) == (0 if total < 8 else (total + 7) // 15)
    for row in derived.codes:
        assert row.minutes // 15 <= row.units <= row.minutes // 15 + 1
        if row.extra_unit:
            rivals = [other.remainder_minutes for other in derived.codes if not other.extra_unit]
            assert all(rival <= row.remainder_minutes for rival in rivals)


@given(days, st.integers(0, 5))
def test_one_more_minute_never_lowers_the_day(day: list[tuple[str, int]], place: int) -> None:
    more = [(code, minutes + (n == place % len(day))) for n, (code, minutes) in enumerate(day)]
    before, after = (
        derive_units([Treatment(code, minutes) for code, minutes in each], UnitRule.CMS_8MIN) for each in (day, more)
    )
    assert before.pool_units <= after.pool_units


@given(days)
def test_splitting_an_entry_changes_nothing(day: list[tuple[str, int]]) -> None:
    halves = [part for code, m in day for part in (Treatment(code, m // 2), Treatment(code, m - m // 2))]
    for rule in UnitRule:
        assert derive_units(halves, rule) == derive_units([Treatment(code, m) for code, m in day], rule)


@given(days)
def test_reasons_agree_with_their_numbers_and_tell_of_no_rest_that_is_none(day: list[tuple[str, int]]) -> None:
    for rule in UnitRule:
        for row in derive_units([Treatment(code, minutes) for code, minutes in day], rule).codes:
            assert " and 0 left over" not in row.because
            assert not re.search(r"\b1 (?:units|minutes|full 15-minute blocks|timed minutes)\b", row.because)
            assert ("nothing left over" in row.because) == (row.minutes % 15 == 0)


def test_a_family_with_its_own_thresholds_has_one_unit_in_words_too() -> None:
    (row,) = derive_units([Treatment("97550", 30)], UnitRule.CMS_8MIN).codes
    assert row.because == "97550: 30 minutes, outside the 15-minute pool: 1 unit by its own thresholds."


@pytest.mark.parametrize(
    ("rule", "said", "because"),
    [
        (
            UnitRule.CMS_8MIN,
            "97110:33|97140:7",
            [
                "97110: 33 minutes are 2 full 15-minute blocks and 3 left over; of 3 units for 40 timed minutes in all "
                "it won no further unit by its remainder.",
                "97140: 7 minutes are less than a 15-minute block; of 3 units for 40 timed minutes in all "
                "it won one of the units left by its remainder.",
            ],
        ),
        (
            UnitRule.AMA_MIDPOINT,
            "97110:33|97140:8",
            [
                "97110: 33 minutes are 2 full 15-minute blocks and 3 left over; under 8, so it earns none.",
                "97140: 8 minutes are less than a 15-minute block; 8 or more, so it earns a unit.",
            ],
        ),
        (UnitRule.CMS_8MIN, "97110:30", ["97110: 30 minutes are 2 full 15-minute blocks, with nothing left over."]),
    ],
)
def test_the_reason_of_a_codes_units(rule: UnitRule, said: str, because: list[str]) -> None:
    assert [row.because for row in derive_units(services(said), rule).codes] == because


@pytest.mark.parametrize("rule", list(UnitRule))
def test_what_a_code_is_billed_for(rule: UnitRule) -> None:
    """38 minutes are two blocks of 15 and 8 left over, which earn the third unit; an evaluation is one whatever."""
    derived = derive_units([Treatment("97110", 38, assistant_minutes=9), Treatment("97165", count=1)], rule)
    assert [
        (row.code, row.minutes, row.whole_units, row.remainder_minutes, row.extra_unit, row.units)
        for row in derived.codes
    ] == [("97110", 38, 2, 8, True, 3), ("97165", 0, 1, 0, False, 1)]
    assert (derived.codes[0].therapist_minutes, derived.codes[0].assistant_minutes) == (29, 9)
    assert (derived.pool_minutes, derived.earlier_minutes, derived.earlier_units) == (38, 0, 0)


def test_of_many_equal_choices_the_first_fifty_are_told() -> None:
    eight = [Treatment(code, 8) for code in (*POOL, "97537", "97542")]
    derived = derive_units(eight, UnitRule.CMS_8MIN)  # 64 minutes: four units for eight codes, 70 choices
    assert len(derived.alternatives) == MAX_ALTERNATIVES
    assert billed(derived) == {"97110": 1, "97112": 1, "97116": 1, "97140": 1}
    assert billed(derived) not in derived.alternatives
    assert all(sum(other.values()) == 4 for other in derived.alternatives)


def test_only_what_is_in_the_pool_came_before() -> None:
    """The morning's half hour with a caregiver and its evaluation add nothing to 22 minutes of the afternoon."""
    morning = derive_units([Treatment("97550", 30), Treatment("97165"), Treatment("97110", 8)], UnitRule.CMS_8MIN)
    assert Before.of([morning]) == Before({"97110": 8}, {"97110": 1})
    afternoon = derive_units([Treatment("97110", 22)], UnitRule.CMS_8MIN, Before.of([morning]))
    assert (afternoon.earlier_minutes, afternoon.earlier_units, billed(afternoon)) == (8, 1, {"97110": 1})
    assert (afternoon.pool_minutes, afternoon.pool_units) == (22, 1)
    assert afternoon.codes[0].because.endswith(
        "Earlier visits of the day had 8 minutes and 1 unit: all of it earns 2 units."
    )


def test_both_codes_of_a_family_came_before_once() -> None:
    """97129 and 97130 tell the same 53 minutes; their four units are counted together."""
    morning = derive_units([Treatment("97129", 53)], UnitRule.CMS_8MIN)
    assert Before.of([morning, derive_units([Treatment("97129", 8)], UnitRule.CMS_8MIN)]) == Before(
        {"97129": 61}, {"97129": 5}
    )


def test_an_unlisted_code_is_timed_if_its_minutes_are_told() -> None:
    assert billed(derive_units([Treatment("97139", count=1)], UnitRule.CMS_8MIN)) == {"97139": 1}
    timed = derive_units([Treatment("97139", 23)], UnitRule.CMS_8MIN)
    assert (billed(timed), timed.pool_minutes) == ({"97139": 2}, 0)


def test_where_fewer_units_are_left_than_blocks_the_longest_code_comes_first() -> None:
    """53 minutes earn four units, of which the morning was billed two: the three blocks share the others."""
    before = Before({"97140": 8}, {"97140": 2})
    day = derive_units([Treatment("97530", 15), Treatment("97110", 30)], UnitRule.CMS_8MIN, before)
    assert (billed(day), day.pool_units) == ({"97110": 2}, 2)
