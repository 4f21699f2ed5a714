"""Which line of a claim an answered line means."""

from __future__ import annotations

from datetime import date

import pytest

from claimloom.lines import BY_ALL, BY_CODE_OR_PLACE, BY_NUMBER, BY_PART, match_lines, matched, parted
from schemas.claim import ClaimLine
from schemas.remittance import Adjustment, RemitLine
from tests.x12.test_growth import is_linear, lines_run


def billed(number: int, code: str, charge: int, *modifiers: str) -> ClaimLine:
    return ClaimLine(
        line_number=number,
        line_control_number=f"C-{number}",
        procedure_code=code,
        modifiers=list(modifiers),
        charge_cents=charge,
        units=1,
        diagnosis_pointers=[1],
        date_of_service=date(2026, 11, 16),
    )


def answered(code: str, charge: int, *modifiers: str, number: str = "", submitted: str = "") -> RemitLine:
    return RemitLine(
        procedure_code=code,
        modifiers=list(modifiers),
        charge_cents=charge,
        paid_cents=0,
        line_control_number=number,
        submitted_code=submitted,
    )


BILLED = [
    billed(1, "97110", 7000, "GP"),
    billed(2, "97110", 3500, "GP", "CQ"),
    billed(3, "97140", 7000, "GP"),
]


def test_our_number_comes_before_anything_else() -> None:
    assert match_lines(BILLED, [answered("00000", 1, number="C-3"), answered("97140", 7000, "GP", number="C-1")]) == [
        2,
        0,
    ]


def test_a_line_that_a_later_answer_names_is_not_guessed_for_an_earlier_one() -> None:
    assert match_lines(BILLED, [answered("97110", 1), answered("97110", 7000, "GP", number="C-1")]) == [1, 0]


def test_parts_of_one_line_are_told_by_its_number() -> None:
    assert match_lines(BILLED, [answered("97110", 3000, number="C-1"), answered("97110", 4000, number="C-1")]) == [0, 0]


def test_code_modifiers_in_any_order_and_charge() -> None:
    assert match_lines(BILLED, [answered("97110", 3500, "CQ", "GP"), answered("97110", 7000, "GP")]) == [1, 0]


def test_twins_are_shared_out_in_their_order() -> None:
    twins = [billed(1, "97110", 7000, "GP"), billed(2, "97110", 7000, "GP")]
    assert match_lines(twins, [answered("97110", 7000, "GP"), answered("97110", 7000, "GP")]) == [0, 1]
    assert match_lines(twins, [answered("97110", 7000, "GP")] * 3) == [0, 1, None]


def test_code_alone_first_at_its_own_place() -> None:
    assert match_lines(BILLED, [answered("97140", 1), answered("97110", 1)]) == [2, 1]
    assert match_lines(BILLED, [answered("97110", 1), answered("97110", 1)]) == [0, 1]
    assert match_lines(BILLED, [answered("97140", 1)]) == [2]


def test_recoded_line_by_what_was_submitted_else_by_place_and_charge() -> None:
    assert match_lines(BILLED, [answered("97530", 7000, "GP", submitted="97140")]) == [2]
    assert match_lines(BILLED, [answered("97530", 7000, "GP")]) == [0]
    assert match_lines(BILLED, [answered("97530", 6999, "GP")]) == [None]


def test_reversal_has_its_charge_negated() -> None:
    assert match_lines(BILLED, [answered("97110", -3500, "GP", "CQ")]) == [1]


def test_more_answers_than_lines_and_none_at_all() -> None:
    assert match_lines(BILLED, [answered("99999", 1)] * 4) == [None] * 4
    assert match_lines([], [answered("97110", 7000)]) == [None]
    assert match_lines(BILLED, []) == []


def test_twice_as_many_lines_without_our_number_are_twice_the_work() -> None:
    def work(count: int) -> int:
        lines = [billed(1, "97110" if number % 2 else "97140", 7000, "GP") for number in range(count)]
        answers = [answered("97110", 1) if number % 3 else answered("99999", 2) for number in range(count)]
        return lines_run(lambda: match_lines(lines, answers))

    work(1)
    assert is_linear([work(count) for count in (50, 100, 200)])


def merged_into_one(charge: int, paid: int, number: str = "") -> RemitLine:
    line = answered("97110", charge, "GP", number=number)
    parts = [Adjustment(group="CO", reason="45", amount_cents=charge - paid)]
    return line.model_copy(update={"paid_cents": paid, "adjustments": parts, "units_paid": "2"})


@pytest.mark.parametrize("number", ["", "C-1"])
@pytest.mark.parametrize("sign", [1, -1])
def test_lines_that_a_payer_made_one_are_taken_apart_by_their_charges(number: str, sign: int) -> None:
    whole = merged_into_one(10500 * sign, 5001 * sign, number)
    lines, merged = parted(BILLED, [whole, answered("97140", 7000, "GP", number="C-3")])
    assert merged == [{0, 1}]
    assert match_lines(BILLED, lines) == [0, 1, 2]
    assert [line.charge_cents for line in lines] == [7000 * sign, 3500 * sign, 7000]
    assert sum(line.paid_cents for line in lines) == 5001 * sign
    for line in lines[:2]:
        assert line.charge_cents - line.paid_cents == sum(part.amount_cents for part in line.adjustments)


@pytest.mark.parametrize(
    "others",
    [
        [answered("97110", 7000, "GP"), answered("97110", 3500, "GP", "CQ"), answered("97140", 7000, "GP")],
        [answered("97110", 7000, "GP")],
        [answered("97110", 3500, "GP", "CQ"), answered("97110", 7000, "GP")],
        [answered("97110", 10400, "GP")],
        [answered("97140", 10500, "GP")],
    ],
)
def test_lines_that_are_no_sum_stay_as_they_are(others: list[RemitLine]) -> None:
    assert parted(BILLED, others) == (others, [])


def test_what_is_unbundled_of_a_line_is_of_it() -> None:
    told = [answered("97530", 7000, "GP", submitted="97140"), answered("97112", 0, "GP", submitted="97140")]
    assert match_lines(BILLED, told) == [2, 2]
    assert match_lines(BILLED, [answered("97140", 7000, "GP"), answered("97112", 0, "GP")]) == [2, None]


def test_each_line_says_by_what_it_is_meant() -> None:
    some = [
        answered("97110", 7000, "GP", number="C-1"),
        answered(BILLED[1].procedure_code, BILLED[1].charge_cents, *BILLED[1].modifiers),
        answered(BILLED[2].procedure_code, BILLED[2].charge_cents - 1000, *BILLED[2].modifiers),
        answered(BILLED[2].procedure_code, 1000, *BILLED[2].modifiers),
        answered("99999", 1),
    ]
    assert [way for _, way in matched(BILLED[:3], some)] == [BY_NUMBER, BY_ALL, BY_CODE_OR_PLACE, BY_PART, ""]
    assert [place for place, _ in matched(BILLED[:3], some)] == match_lines(BILLED[:3], some)


@pytest.mark.parametrize(
    "told",
    [
        [answered("97110", 3500), answered("97110", 7000)],
        [answered("97110", -3500), answered("97110", -7000)],
        [answered("97110", 3500, number="2"), answered("97110", 7000, number="1")],
        [answered("97110", 3500, "GP"), answered("97110", 7000, "GP")],
        [answered("97112", 3500, submitted="97110"), answered("97112", 7000, submitted="97110")],
    ],
    ids=("without modifiers", "taken back", "under our counters", "with one modifier alike", "paid as another code"),
)
def test_lines_of_one_code_are_told_apart_by_their_charges(told: list[RemitLine]) -> None:
    assert match_lines(BILLED, told) == [1, 0]


def test_lines_of_one_code_and_charge_keep_their_order() -> None:
    alike = [billed(1, "97110", 7000, "GP"), billed(2, "97110", 7000, "GP", "CQ")]
    assert match_lines(alike, [answered("97110", 7000), answered("97110", 7000)]) == [0, 1]
    assert match_lines(alike, [answered("97110", 7000, "GP", "CQ"), answered("97110", 7000)]) == [1, 0]
