"""Each test of a cause alone, on a line of 2 units billed at 150.00, of which 100.00 is allowed and 80.00 expected."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from claimloom.payers import PayerConfig
from claimloom.remit import causes
from claimloom.remit.causes import Found, Shortfall, line_causes
from claimloom.remit.expected import Expected
from claimloom.remit.standing import Line
from schemas.claim import ClaimLine
from schemas.remittance import Adjustment
from schemas.values import PayerClass, UnitRule

PAYER = PayerConfig("P", "P", PayerClass.COMMERCIAL, UnitRule.AMA_MIDPOINT, line_tolerance_cents=2)
OURS = ClaimLine(
    line_number=1,
    line_control_number="C-1",
    procedure_code="97110",
    modifiers=[],
    charge_cents=15000,
    units=2,
    diagnosis_pointers=[1],
    date_of_service=date(2026, 11, 16),
)
EXPECTED = Expected(
    allowed_cents=[10000],
    paid_cents=[8000],
    coinsurance_cents=[2000],
    sequestration_cents=[160],
    steps=[[]],
    pay=lambda _place, allowed: allowed * 8 // 10,
    fewer_units=lambda _place, units: units * 5000,
    last_year=lambda _place: 9500,
    without_mppr_cents=[11000],
)


def part(group: str, reason: str, cents: int) -> Adjustment:
    return Adjustment(group=group, reason=reason, amount_cents=cents)


def short(
    paid: int, allowed: int = 10000, parts: tuple[Adjustment, ...] = (), payer: PayerConfig = PAYER, **line: Any
) -> Shortfall:
    """A line paid and allowed as said; what is left is its whole difference."""
    facts = {"units": 2, "codes": ["97110"], "seen": True, "adjustments": [*parts]} | line
    told = Line(paid_cents=paid, allowed_cents=allowed, **facts)
    return Shortfall(0, OURS, told, EXPECTED, payer, paid - 8000, 10000)


def test_line_missing() -> None:
    found = causes.line_missing(short(0, seen=False))
    assert found == Found("line_missing", -8000, "97110 is not on the remittance")
    assert causes.line_missing(short(0)) is None


def test_denied_is_named_by_the_largest_part() -> None:
    parts = (part("CO", "16", 5000), part("CO", "197", 10000))
    found = causes.denied(short(0, 0, parts))
    assert found is not None
    assert (found.cause, found.amount_cents) == ("denied", -8000)
    assert found.explanation.startswith("97110 denied, CO-197 (")


@pytest.mark.parametrize(
    ("paid", "parts"), [(1, (part("CO", "197", 10000),)), (0, (part("CO", "45", 8000), part("PR", "1", 7000)))]
)
def test_paid_or_contractual_is_not_denied(paid: int, parts: tuple[Adjustment, ...]) -> None:
    assert causes.denied(short(paid, 0, parts)) is None


def test_a_contract_that_takes_all_is_a_denial_where_something_is_due() -> None:
    """X12 RFI 2052: payers deny by CO-45 over the whole charge."""
    found = causes.denied(short(0, 0, (part("CO", "45", 15000),)))
    assert found is not None
    assert "no reason but the contract" in found.explanation


def test_units_cut_by_the_difference_of_the_payments() -> None:
    found = causes.units_cut(short(4000, 5000, (part("CO", "151", 7500),), units=1))
    assert found == Found("units_cut", -4000, "97110: 1 of 2 units paid, CO-151", allowed_cents=5000)
    without = causes.units_cut(short(4000, 5000, units=1))
    assert without is not None
    assert without.explanation == "97110: 1 of 2 units paid, no reason given"


@pytest.mark.parametrize("units", [0, 2, 3])
def test_no_units_cut(units: int) -> None:
    assert causes.units_cut(short(4000, 5000, units=units)) is None


def test_denied_part_is_at_most_what_was_denied() -> None:
    some = causes.denied_part(short(4000, 5000, (part("CO", "197", 3000),)))
    assert some == Found("denied_part", -3000, "97110: part of the charge denied, CO-197")
    all_of_it = causes.denied_part(short(4000, 5000, (part("CO", "197", 6000),)))
    assert all_of_it == Found("denied_part", -4000, "97110: part of the charge denied, CO-197", allowed_cents=5000)


def test_no_denied_part_of_what_is_paid_in_full_or_denied_by_nobody() -> None:
    assert causes.denied_part(short(8100, parts=(part("CO", "197", 3000),))) is None
    assert causes.denied_part(short(4000, parts=(part("CO", "45", 3000),))) is None


def test_recode() -> None:
    found = causes.recode(short(7200, 9000, codes=["97140", "97140"]))
    assert found == Found("recode", -800, "97110: allowed $90.00, expected $100.00; paid as 97140")
    assert causes.recode(short(7200, 9000)) is None
    assert causes.recode(short(7200, 10000, codes=["97140"])) is None


@pytest.mark.parametrize(("allowed", "is_last_years"), [(9498, True), (9502, True), (9497, False), (9503, False)])
def test_fee_schedule_year_within_two_cents(allowed: int, is_last_years: bool) -> None:
    found = causes.fee_schedule_year(short(7600, allowed))
    assert (found is not None) is is_last_years
    if found:
        assert (found.cause, found.amount_cents) == ("fee_schedule_year", allowed * 8 // 10 - 8000)


def test_no_fee_schedule_year_where_it_is_unknown_or_the_same_or_units_were_cut() -> None:
    unknown = replace(EXPECTED, last_year=lambda _place: None)
    assert causes.fee_schedule_year(replace(short(7600, 9500), expected=unknown)) is None
    same = replace(EXPECTED, last_year=lambda _place: 10000)
    assert causes.fee_schedule_year(replace(short(7600, 10001), expected=same)) is None
    assert causes.fee_schedule_year(short(7600, 9500, units=1)) is None


def test_mppr_not_applied() -> None:
    found = causes.mppr_not_applied(short(8800, 11002))
    text = "97110: allowed $110.02, expected $100.00; $110.02 is the amount without MPPR"
    assert found == Found("mppr_not_applied", 801, text)
    assert causes.mppr_not_applied(short(8800, 11003)) is None
    assert causes.mppr_not_applied(short(8800, 10000)) is None
    none = replace(EXPECTED, without_mppr_cents=[10000])
    assert causes.mppr_not_applied(replace(short(8800, 10001), expected=none)) is None


@pytest.mark.parametrize(("allowed", "is_near"), [(10002, True), (9998, True), (10000, False), (10003, False)])
def test_allowed_nearly(allowed: int, is_near: bool) -> None:
    assert (causes.allowed_nearly(short(8000, allowed)) is not None) is is_near


def test_allowed_nearly_by_the_payers_share() -> None:
    payer = replace(PAYER, line_tolerance=Decimal("0.05"))
    found = causes.allowed_nearly(short(7600, 9500, payer=payer))
    text = "97110: allowed $95.00, expected $100.00; within the tolerance of $5.00"
    assert found == Found("rounding", -400, text)


@pytest.mark.parametrize(("allowed", "word"), [(9000, "less"), (12000, "more")])
def test_contract_rate(allowed: int, word: str) -> None:
    found = causes.contract_rate(short(0, allowed))
    said = f"97110: allowed ${allowed // 100}.00, expected $100.00; {word} than the fees in force give"
    assert found == Found("contract_rate", allowed * 8 // 10 - 8000, said)
    assert causes.contract_rate(short(0, 10000)) is None


def test_coinsurance_explains_the_rest_to_the_cent_or_nothing() -> None:
    found = causes.coinsurance(short(7500, parts=(part("PR", "2", 2500),)))
    assert found == Found("coinsurance", -500, "97110: coinsurance $25.00, expected $20.00")
    assert causes.coinsurance(short(7500, parts=(part("PR", "2", 2499),))) is None
    assert causes.coinsurance(short(7500, 9999, (part("PR", "2", 2500),))) is None
    assert causes.coinsurance(short(7998, parts=(part("PR", "2", 2002),))) is None


def test_sequestration_explains_the_rest_to_the_cent_or_nothing() -> None:
    found = causes.sequestration(short(7900, parts=(part("CO", "253", 260),)))
    assert found == Found("sequestration", -100, "97110: sequestration $2.60, expected $1.60")
    assert causes.sequestration(short(7900, parts=(part("CO", "253", 261),))) is None
    assert causes.sequestration(short(7998, parts=(part("CO", "253", 162),))) is None


@pytest.mark.parametrize(("left", "is_small"), [(-2, True), (2, True), (-3, False), (3, False)])
def test_rounding_is_the_payers_cents(left: int, is_small: bool) -> None:
    found = causes.rounding(short(8000 + left))
    assert found == (Found("rounding", left, "97110: within 2 cents") if is_small else None)


def test_unexplained_says_what_the_payer_said() -> None:
    parts = (part("CO", "45", 1), part("CO", "45", 2), part("PI", "X9", 3))
    assert causes.unexplained(short(7000, parts=parts)) == Found(
        "unexplained", -1000, "97110: no known cause; reasons given: CO-45, PI-X9"
    )
    assert causes.unexplained(short(7000)) == Found("unexplained", -1000, "97110: no known cause; reasons given: none")


def causes_of(told: Line) -> dict[str, int]:
    return {each.cause: each.amount_cents for each in line_causes(0, OURS, told, EXPECTED, PAYER)}


def test_a_line_as_expected_has_no_cause() -> None:
    assert causes_of(short(8000, 1).line) == {}


def test_missing_and_denied_lines_ask_no_other_test() -> None:
    assert causes_of(short(0, 0, seen=False, codes=[], units=0).line) == {"line_missing": -8000}
    assert causes_of(short(0, 0, (part("CO", "197", 15000),), units=1).line) == {"denied": -8000}


def test_what_a_cut_leaves_is_tested_against_the_units_left() -> None:
    assert causes_of(short(4000, 5000, units=1).line) == {"units_cut": -4000}
    assert causes_of(short(3200, 4000, units=1).line) == {"units_cut": -4000, "contract_rate": -800}
    assert causes_of(short(3900, 5000, units=1).line) == {"units_cut": -4000, "unexplained": -100}


def test_causes_carry_the_line_and_no_zero_amount() -> None:
    told = short(7000, 10000, (part("CO", "197", 500),)).line
    found = line_causes(0, OURS, told, EXPECTED, PAYER)
    assert [(each.cause, each.amount_cents, each.line_control_number) for each in found] == [
        ("denied_part", -500, "C-1"),
        ("unexplained", -500, "C-1"),
    ]


def test_what_would_be_allowed_by_mistake_is_worked_out_for_lines_that_differ_alone() -> None:
    asked: list[int] = []

    def work_out(place: int) -> int:
        asked.append(place)
        return 9500

    counted = replace(EXPECTED, last_year=work_out, all_reduced=work_out)
    right, wrong = Line(8000, 10000, units=2, seen=True), Line(7600, 9500, units=2, seen=True)
    assert line_causes(0, OURS, right, counted, PAYER) == []
    assert asked == []
    assert [each.cause for each in line_causes(0, OURS, wrong, counted, PAYER)] == ["fee_schedule_year"]
    assert asked == [0]


OLD = ("old_contract", 9500, "that is by the terms until 2026-06-30")
FORGOTTEN = ("escalator_not_applied", 9700, "that is without the newest rise of the escalator")


@pytest.mark.parametrize(
    ("allowed", "name"),
    [(9500, "old_contract"), (9502, "old_contract"), (9503, ""), (9700, "escalator_not_applied"), (10001, "")],
)
def test_a_mistake_with_the_contract_is_named_where_it_gives_what_was_allowed(allowed: int, name: str) -> None:
    made = replace(EXPECTED, mistaken=lambda _place: (OLD, FORGOTTEN))
    found = causes.mistaken(replace(short(allowed * 8 // 10, allowed), expected=made))
    assert (found.cause if found else "") == name
    if found:
        assert found.amount_cents == allowed * 8 // 10 - 8000


def test_a_mistake_is_not_tried_on_a_line_of_which_units_were_cut() -> None:
    made = replace(EXPECTED, mistaken=lambda _place: (OLD,))
    assert causes.mistaken(replace(short(7600, 9500, units=1), expected=made)) is None


@pytest.mark.parametrize(
    ("paid", "kept", "explained"),
    [
        (7200, 800, 0),  # 10 % of 80.00, as agreed: expected is 72.00
        (6400, 1600, -800),  # as much again
        (8000, 0, 800),  # nothing is kept back
        (3600, 400, 0),  # half a payment, and 10 % of that
        (7201, 799, 0),  # a cent of rounding
    ],
)
def test_of_a_withhold_counts_what_is_more_or_less_than_agreed(paid: int, kept: int, explained: int) -> None:
    parts = (part("CO", "104", kept),) if kept else ()
    agreed = replace(EXPECTED, paid_cents=[7200], withhold_shares=[Decimal("0.10")])
    line = replace(short(paid, parts=parts), expected=agreed, left_cents=paid - 7200)
    found = causes.told_by_code(line)
    assert (found.amount_cents if found else 0) == explained
    assert found is None or found.cause == "withhold"
