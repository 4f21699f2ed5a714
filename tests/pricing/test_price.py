"""Expected payment on published and hand-worked figures."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claimloom.payers import PayerConfig, Payers
from claimloom.pricing import PriceLine, price_claim, rates_of
from claimloom.reference.fee_schedule import packaged_fees
from schemas.values import PayerClass

DAY = date(2026, 11, 16)
MEDICARE = Payers().config("06102", PayerClass.MEDICARE_B, DAY)
PLAN = Payers().config("99999", PayerClass.COMMERCIAL, DAY)
WORKED = [
    PriceLine("97530", ("GO",), 2, 15000),
    PriceLine("97535", ("GO",), 1, 7500),
    PriceLine("97110", ("GO", "CO"), 1, 7000),
]


def test_worked_example_80_66() -> None:
    price = price_claim(WORKED, MEDICARE, DAY, None)
    assert price is not None
    assert [line.allowed_cents for line in price.lines] == [6012, 2388, 2221]
    assert [line.coinsurance_cents for line in price.lines] == [1202, 478, 444]
    assert [line.reductions["mppr"] for line in price.lines] == [1002, 852, 685]
    assert [line.reductions["sequestration"] for line in price.lines] == [96, 38, 30]
    assert price.lines[2].reductions["assistant"] == 267
    assert [line.paid_cents for line in price.lines] == [4714, 1872, 1480]
    assert (price.allowed_cents, price.coinsurance_cents, price.paid_cents) == (10621, 2124, 8066)
    assert price.lines[0].steps == [
        "1 x $35.07 in full (RVU26C(Jul), national (GPCI 1), CF 33.4009)",
        "1 x $25.05 with half the practice expense (MPPR; RVU26C(Jul), national (GPCI 1), CF 33.4009)",
        "allowed $60.12",
        "coinsurance 20% of $60.12 = $12.02",
        "sequestration 2% of $48.10 = $0.96 less",
        "expected $47.14",
    ]


def test_deductible_is_taken_line_by_line() -> None:
    lines = [PriceLine("97165", ("GO",), 1, 20000), PriceLine("97530", ("GO",), 1, 7500)]
    price = price_claim(lines, MEDICARE, DAY, None, deductible_left_cents=10000)
    assert price is not None
    assert [(line.deductible_cents, line.coinsurance_cents, line.paid_cents) for line in price.lines] == [
        (10000, 11, 42),
        (0, 501, 1964),
    ]


@pytest.mark.parametrize(
    ("zip_code", "code", "full", "reduced"),
    [
        ("60601", "97530", 3565, 2563),
        ("60601", "97535", 3298, 2447),
        ("60601", "97110", 2964, 2280),
        ("60601", "97165", 10149, 7710),
        (None, "97165", 10054, None),
        (None, "97140", 2772, None),
    ],
)
def test_unit_rates_of_chicago_and_of_the_nation(
    zip_code: str | None, code: str, full: int, reduced: int | None
) -> None:
    rate = packaged_fees().unit_rate(code, DAY, zip_code)
    assert rate is not None
    assert rate.full_cents == full
    assert reduced is None or rate.mppr_cents == reduced


def test_contract_fees_change_with_the_year_and_never_exceed_the_charge() -> None:
    line = PriceLine("97110", ("GP",), 2, 14000)
    amounts = [price_claim([line], PLAN, DAY, None, fee_year=year) for year in (None, 2025)]
    assert [price and price.paid_cents for price in amounts] == [6360, 6100]
    cheap = price_claim([PriceLine("97110", ("GP",), 2, 5000)], PLAN, DAY, None)
    assert cheap is not None
    assert (cheap.paid_cents, cheap.reductions) == (5000, {"lesser_of_charge": 1360})


def test_code_without_a_rate_has_no_expectation() -> None:
    assert price_claim([PriceLine("97799", (), 1, 5000)], MEDICARE, DAY, None) is None
    assert price_claim([PriceLine("97799", (), 1, 5000)], PLAN, DAY, None) is None


def test_day_whose_full_unit_is_used_is_all_reduced() -> None:
    price = price_claim(WORKED[:1], MEDICARE, DAY, None, full_unit="elsewhere")
    assert price is not None
    assert price.allowed_cents == 2 * 2505


codes = st.sampled_from(["97110", "97112", "97140", "97530", "97535", "97165", "92507", "97129"])
priced = st.builds(PriceLine, codes, st.sampled_from([("GO",), ("GO", "CO")]), st.integers(1, 6), st.integers(0, 60000))


@given(st.lists(priced, min_size=1, max_size=6), st.integers(0, 30000))
def test_every_cent_of_a_line_is_accounted_for(lines: list[PriceLine], deductible: int) -> None:
    price = price_claim(lines, MEDICARE, DAY, "60601", deductible_left_cents=deductible)
    assert price is not None
    assert price.deductible_cents <= deductible
    for line in price.lines:
        cuts = sum(line.reductions.get(name, 0) for name in ("assistant", "sequestration"))
        assert line.allowed_cents == line.deductible_cents + line.coinsurance_cents + cuts + line.paid_cents
        assert 0 <= line.paid_cents <= line.allowed_cents <= line.line.charge_cents


@pytest.mark.parametrize("payer", [MEDICARE, PLAN], ids=lambda each: each.name)
@pytest.mark.parametrize("changes", [{}, {"fee_year": 2025}, {"full_unit": "elsewhere"}], ids=str)
def test_rates_are_where_a_price_begins(payer: PayerConfig, changes: dict[str, Any]) -> None:
    lines = [PriceLine("97110", ("GP",), 2, 9_000_00), PriceLine("97140", ("GP",), 1, 10_00)]
    price = price_claim(lines, payer, DAY, "606010001", **changes)
    rates = rates_of(lines, payer, DAY, "606010001", **changes)
    if price is None:
        assert rates is None
    else:
        assert rates == [line.allowed_cents + line.reductions.get("lesser_of_charge", 0) for line in price.lines]


def test_no_rates_where_one_line_has_none() -> None:
    lines = [PriceLine("97110", ("GP",), 1, 100_00), PriceLine("00000", (), 1, 100_00)]
    assert rates_of(lines, MEDICARE, DAY, None) is None
    assert rates_of(lines, PLAN, DAY, None) is None


@pytest.mark.parametrize(
    ("taken", "said"),
    [
        ({"copay": 1000}, ["copay $10.00"]),
        ({"deductible": 500, "copay": 1000}, ["deductible $5.00", "copay $10.00"]),
        ({"deductible": 500, "paid to patient": 100_000}, ["deductible $5.00", "paid to patient $"]),
    ],
)
def test_a_patients_share_is_told_by_its_own_word(taken: dict[str, int], said: list[str]) -> None:
    """A copay is no deductible; what goes beyond the allowed amount is taken of the last."""
    payer = replace(MEDICARE, coinsurance=Decimal(0), sequestration=Decimal(0))
    price = price_claim([PriceLine("97530", ("GO",), 1, 7500)], payer, DAY, None, taken=[taken])
    assert price is not None
    (line,) = price.lines
    told = [each for each in line.steps if each.startswith(tuple(taken))]
    assert len(told) == len(said)
    assert all(map(str.startswith, told, said))
    assert line.paid_cents == line.allowed_cents - min(sum(taken.values()), line.allowed_cents)
