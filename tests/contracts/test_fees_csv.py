"""Fee lists: columns by their headers, bad rows named, and the contract made of them."""

from __future__ import annotations

from datetime import date

import pytest

from claimloom.contracts import Contract, Fees, read_contract
from claimloom.contracts.fees_csv import FeeList, contract_of, read_fees


@pytest.mark.parametrize(
    "text",
    [
        "code,modifier,fee\n97110,,31.80\n97110,CQ,27.03\n",
        "Fee;CPT Code;Mod\n$31.80;97110;\n27.03;97110;cq\n",
        "\ufeffHCPCS\tAllowed Amount\tModifier\tDescription\n97110\t31.8\t\tx\n\n97110\t27.03\tCQ\ty\n",
    ],
)
def test_columns_are_known_by_their_headers(text: str) -> None:
    found = read_fees(text)
    assert isinstance(found, FeeList)
    assert found.fees_cents == {"": {"97110": 3180}, "CQ": {"97110": 2703}}
    contract = read_contract(contract_of(found, "55555", date(2026, 1, 1)), "plan.toml")
    assert isinstance(contract, Contract)
    assert [(term.when, term.way) for term in contract.terms] == [
        ((), Fees({"97110": 3180})),
        ((("modifier", ("CQ",)),), Fees({"97110": 2703})),
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "line 1: the file is empty"),
        ("code,fee\n", "line 1: there is no row below the headers"),
        ("code,cost\n97110,1\n", "line 1: no column is called fee; here are code, cost"),
        ("cod,fee\n97110,1\n", "line 1: no column is called code (cod; did you mean code?); here are cod, fee"),
        ("code,cpt,fee\n97110,97110,1\n", "line 1: code and cpt are the same column here; leave one of them"),
        (
            "code,fee\n9711,1\n",
            "line 2, column code: a procedure code of five letters or digits is expected, as 97110 or G0283",
        ),
        ("code,fee\n97110,1.234\n", "line 2, column fee: dollars with at most two decimals are expected, as in 31.80"),
        ("code,fee\n97110,n/a\n", "line 2, column fee: dollars with"),
        ("code,fee\n97110,-1\n", "line 2, column fee: dollars with"),
        ("code,mod,fee\n97110,GPKX,1\n", "line 2, column mod: one modifier of two letters or digits"),
        ("code,fee\n97110,1\n\n97110,2\n", "line 4, column code: 97110 is in line 2 too"),
        ("code,fee\n97110\n", "line 2, column fee: dollars with"),
    ],
)
def test_bad_rows_are_named_with_line_and_column(text: str, said: str) -> None:
    found = read_fees(text)
    assert not isinstance(found, FeeList)
    assert str(found[0]).startswith(said)


def test_thousands_are_read() -> None:
    found = read_fees('code,fee\n97110,"$1,234.50"\n')
    assert isinstance(found, FeeList)
    assert found.fees_cents == {"": {"97110": 123450}}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "code;fee\n97110;31,80\n",
            "line 2, column fee: dollars with at most two decimals are expected, as in 31.80; ",
        ),
        ("code;fee\n97110;31,80\n", "did you mean 31.80?"),
        ("code;fee\n97110;1.031,80\n", "did you mean 1031.80?"),
        ("code,fee\n97110,\u20ac31.80\n", "did you mean 31.80?"),
        ("code,fee\n97110,31.80 USD\n", "did you mean 31.80?"),
        ("code,fee\n97110,1,031.80\n", "line 2: has 3 cells, and there are 2 headers"),
        ("code,fee\n97110,31.80\nTotal,31.80\n", "line 3, column code: a procedure code of five"),
        ("code,fee\n97-Oct,31.80\n", "line 2, column code: a procedure code of five"),
        ("PK\x03\x04\x14", "this is a workbook (xlsx); save its sheet as CSV UTF-8"),
        (" ,,\n", "line 1: the file is empty"),
    ],
)
def test_lists_as_people_save_them_get_one_error_with_what_was_meant(text: str, said: str) -> None:
    found = read_fees(text)
    assert isinstance(found, list)
    (fault,) = found
    assert said in str(fault)


@pytest.mark.parametrize("amount", ["110%", "(31.80)", "-31.80", "31.805", "2026-01-31", "3.18E+01"])
def test_nothing_is_guessed_of_what_is_no_amount(amount: str) -> None:
    found = read_fees(f"code,fee\n97110,{amount}\n")
    assert isinstance(found, list)
    assert str(found[0]).endswith("are expected, as in 31.80")


def test_columns_that_mean_nothing_here_are_told_and_a_row_may_end_in_empty_cells() -> None:
    found = read_fees("code,fee,facility fee,\n97110,31.80,25.00,\n97112,30.00\n")
    assert isinstance(found, FeeList)
    assert found.not_read == ["facility fee"]
    assert found.fees_cents == {"": {"97110": 3180, "97112": 3000}}
