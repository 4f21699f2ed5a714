"""Statements of banks as CSV: every everyday form of day and amount, and every fault by line and column."""

from __future__ import annotations

from datetime import date

import pytest

from claimloom.accounts.bank_csv import cents_of
from claimloom.accounts.bank_lines import hints_at, is_statement, numbers_in, read_statement

HEADERS = "Date,Description,Amount,Trace Number\n"


@pytest.mark.parametrize(
    ("text", "cents"),
    [
        *(("1234.56", 123456), ("1,234.56", 123456), ("$1,234.56", 123456), ("1234", 123400), ("1234.5", 123450)),
        *(("(45.00)", -4500), ("($45.00)", -4500), ("-45.00", -4500), ("45.00-", -4500), ("+45.00", 4500)),
        *(("45.00 CR", 4500), ("45.00 DR", -4500), ("USD 45.00", 4500), (".50", 50), ("1 234.56", 123456)),
        *(
            ("1.234,56", 123456),
            ("1,23", 123),
            ("12,34", 1234),
            ("-$1,234,567.89", -123456789),
            ("0.00", 0),
            ("\u2212 3.20", -320),
        ),
    ],
)
def test_amounts_as_banks_write_them(text: str, cents: int) -> None:
    assert cents_of(text) == cents


@pytest.mark.parametrize(
    "text", ["", "abc", "1.234", "12,34,567.00", "1.2.3", "--5", "5 5", "1e5", "NaN", "$", "9" * 13, "٣.٢٠"]
)
def test_what_is_no_amount(text: str) -> None:
    with pytest.raises(ValueError, match="column amount"):
        cents_of(text)


@pytest.mark.parametrize(
    "text",
    [
        *("2026-12-01", "12/01/2026", "12/1/26", "20261201", "12-01-2026", "01-Dec-2026", "Dec 1, 2026"),
        *("2026-12-01T00:00:00", "12/01/2026 08:15 AM", "December 1, 2026", "2026/12/01"),
    ],
)
def test_days_as_banks_write_them(text: str) -> None:
    (line,) = read_statement(f'{HEADERS}"{text}",x,1.00,T1\n'.encode()).lines
    assert line.day == date(2026, 12, 1)


def test_columns_stand_in_any_order_behind_whatever_a_bank_puts_first() -> None:
    text = "Account 99\n\nRef;Money In;Money Out;Balance;Memo;Value Date\n7;63,58;;100,00;HCCLAIMPMT;2026-12-01\n"
    text += "8;;20,00;80,00;FEE;2026-12-02\n"
    found = read_statement(text.encode("cp1252"))
    assert [(each.number, each.cents, each.reference) for each in found.lines] == [(4, 6358, "7"), (5, -2000, "8")]
    assert is_statement(text.encode())


@pytest.mark.parametrize(
    "data", [b"\xef\xbb\xbfDate,Amount\n12/01/2026,1.00\n", "Date,Amount\n12/01/2026,1.00\n".encode("utf-16")]
)
def test_marks_of_an_encoding_are_passed_over(data: bytes) -> None:
    assert [each.cents for each in read_statement(data).lines] == [100]


def test_every_bad_line_is_named_and_nothing_is_taken() -> None:
    rows = ["12/01/2026,ok,1.00,T1", "31/12/2026,x,1.00,T2", "12/02/2026,x,1.2.3,T3", ",x,1.00,T4", "12/03/2026,x,,T5"]
    rows += ["12/04/2026,a\x07b,1.00,T6", "12/05/2026,x,1.00,T7,9", f"12/06/2026,{'x' * 501},1.00,T8"]
    found = read_statement((HEADERS + "\n".join(rows) + "\n").encode())
    assert found.lines == []
    assert found.faults == [
        "line 3, column Date: is no day; month first is expected (12/31/2026), or 2026-12-31",
        "line 4, column Amount: is no amount; dollars and cents are expected, as 1234.56 or 1,234.56",
        "line 5, column Date: no day",
        "line 6, column Amount: no amount",
        "line 7, column Description: holds a control character (U+0007)",
        "line 8, column 5: the line has more fields than there are headers (4)",
        "line 9, column Description: is longer than 500 letters",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Date,Amuont\n1,2\n", "line 1: no column is the amount (is Amuont meant as amount?); expected"),
        ("Dat,Amount\n1,2\n", "line 1: no column is the date (is Dat meant as date?); expected"),
        ("nothing at all\n", "line 1: no column is the date, no column is the amount"),
        ("Date,Amount,Credit\n", "one column is the amount, and another the credit or debit"),
        ("Date,Amount,Net Amount\n", "columns Amount and Net Amount both say the amount"),
        ('Date,Amount\n"12/01/2026,1.00\n', "is a quote missing?"),
        ("Date,Credit,Debit\n12/01/2026,1.00,2.00\n", "line 2, column Credit and Debit: both are filled"),
        ("Date,Credit,Debit\n12/01/2026,,\n", "line 2, column Credit and Debit: no amount"),
    ],
)
def test_headers_that_do_not_do(text: str, said: str) -> None:
    found = read_statement(text.encode())
    assert (found.lines, len(found.faults)) == ([], 1)
    assert said in found.faults[0]


def test_lines_that_are_alike_are_counted() -> None:
    row = "12/01/2026,DEPOSIT,800.00,\n"
    assert [each.count for each in read_statement((HEADERS + row + row).encode()).lines] == [0, 1]


def test_numbers_of_payments() -> None:
    firm, loose = numbers_in("", "000000902101", "MEDICARE HCCLAIMPMT TRN*1*902101*1351840197~ EFF 261116 AB-12345")
    assert firm == ["902101", "000000902101"]
    assert loose == ["261116", "AB-12345"] or loose == ["1351840197", "261116", "AB-12345"]


@pytest.mark.parametrize(
    ("payer", "said", "is_hint"),
    [
        ("MEDICARE PART B IL", "MEDICARE HCCLAIMPMT", True),
        ("EXAMPLE HEALTH PLAN", "HCCLAIMPMT EXAMPLE HEALTH P", True),
        ("EXAMPLE HEALTH PLAN", "OTHER HEALTH PLAN", False),
        ("BLUECROSS", "BLUECR HCCLAIM", True),
        ("AETNA", "DEPOSIT", False),
    ],
)
def test_a_line_that_names_a_payer(payer: str, said: str, is_hint: bool) -> None:
    assert hints_at(payer, said) is is_hint
