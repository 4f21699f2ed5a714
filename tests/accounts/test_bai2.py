"""Statements of banks as BAI2: types, continuations, funds types, totals; and every fault by line and record."""

from __future__ import annotations

from datetime import date

import pytest

from claimloom.accounts.bank_lines import is_statement, numbers_in, read_statement

# Two ACH credits whose addenda go on in 88, one of them cut within TRN03; a check that left and a deposit.
WHOLE = """01,122099999,123456789,261117,0600,1,80,1,2/
02,123456789,122099999,1,261116,2359,USD,2/
03,0975312468,USD,010,50000000,,,015,50018540,,/
16,165,11840,0,,902233,HCCLAIMPMT EXAMPLE HEALTH PLAN
88,TRN*1*902233*1123456789~ EFF 261116
16,142,5900,0,,000000902101,MEDICARE PART B IL HCCLAIMPMT TRN*1*000000902101*1
88,351840197~
16,475,1200,0,,,CHECK 1044/
16,399,800,0,,,DEPOSIT/
49,100038280,8/
98,100038280,1,10/
99,100038280,1,12/
"""


def read(text: str) -> list[str]:
    """The faults of a file of which nothing is taken then."""
    found = read_statement(text.encode())
    assert not (found.lines and found.faults)
    return found.faults


def with_line(line: str, cents: int, records: int = 1, account: str = "03,1,USD,,,,/") -> str:
    """A whole file of one transaction."""
    return (
        f"01,1,2,261117,0600,1,,,2/\n02,1,2,1,261116,,,/\n{account}\n{line}\n"
        f"49,{cents},{records + 2}/\n98,{cents},1,{records + 4}/\n99,{cents},1,{records + 6}/\n"
    )


def test_whole_statement() -> None:
    assert is_statement(WHOLE[:60].encode())
    found = read_statement(WHOLE.encode())
    assert found.faults == []
    told = [(each.number, each.cents, each.trace, each.account) for each in found.lines]
    assert told == [
        (4, 11840, "902233", "0975312468"),
        (6, 5900, "000000902101", "0975312468"),
        (8, -1200, "", "0975312468"),
        (9, 800, "", "0975312468"),
    ]
    assert {each.day for each in found.lines} == {date(2026, 11, 16)}
    texts = [each.description for each in found.lines]
    assert texts[0] == "HCCLAIMPMT EXAMPLE HEALTH PLAN TRN*1*902233*1123456789~ EFF 261116"
    assert texts[1].endswith("TRN*1*000000902101*1351840197~")
    assert texts[2:] == ["CHECK 1044", "DEPOSIT"]


@pytest.mark.parametrize(
    ("line", "records", "trace"),
    [
        ("16,142,100,Z,,,TRN*1*EFT99\n88,21*1000006102~", 2, "EFT9921"),  # cut within the number itself
        ("16,142,100,,,,TRN*1*EFT9921*1000006102\n88,EFF 261116", 2, "EFT9921"),
        ("16,142,100,0,,,A, B, TRN*1*EFT9921*1000006102\\", 1, "EFT9921"),  # commas are text; \ for ~
        ("16,142,100,S,100,0,0,BANK1,,TRN*1*EFT9921*1~", 1, "EFT9921"),
        ("16,142,100,V,261118,,BANK1,,TRN*1*EFT9921*1~", 1, "EFT9921"),
        ("16,142,100,D,2,0,60,1,40,BANK1,,TRN*1*EFT9921*1~", 1, "EFT9921"),
        ("16,142,100,D,2,0,60/\n88,1,40,BANK1,,TRN*1*EFT9921*1~", 2, "EFT9921"),  # fields go on, then text
    ],
)
def test_addenda_are_found_wherever_the_line_was_cut(line: str, records: int, trace: str) -> None:
    (found,) = read_statement(with_line(line, 100, records).encode()).lines
    assert numbers_in("", "", found.description)[0][0] == trace


@pytest.mark.parametrize(
    ("kind", "cents"),
    [
        *(("142", 100), ("165", 100), ("195", 100), ("301", 100), ("399", 100), ("920", 100), ("959", 100)),
        *(("400", -100), ("455", -100), ("475", -100), ("699", -100), ("960", -100)),
    ],
)
def test_type_says_whether_money_came(kind: str, cents: int) -> None:
    (found,) = read_statement(with_line(f"16,{kind},100,0,,,X/", 100).encode()).lines
    assert found.cents == cents


def test_what_moves_nothing_is_no_line() -> None:
    found = read_statement(with_line("16,890,,0,,,NOTICE/", 0).encode())
    assert (found.lines, found.faults) == ([], [])


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "49,100038280",
            "49,100038281",
            "line 10, record 49, control total: says 100038281, the account has 100038280",
        ),
        ("49,100038280,8", "49,100038280,7", "line 10, record 49, records: says 7, the account has 8"),
        ("98,100038280,1", "98,100038280,2", "line 11, record 98, accounts: says 2, the group has 1"),
        ("99,100038280,1,12", "99,100038280,1,13", "line 12, record 99, records: says 13, the file has 12"),
        ("99,100038280,1,12/\n", "", "the file ends within its file: a part of it is missing"),
        ("16,165,11840", "16,165,118.40", "line 4, record 16, type 165, amount: '118.40' is no amount"),
        ("16,165,11840", "16,765,11840", "line 4, record 16, type 765: says neither that money came"),
        ("16,165,11840", "16,ABC,11840", "line 4, record 16, type ABC: says neither"),
        ("11840,0,", "11840,Q,", "line 4, funds type: 'Q' is none"),
        ("1,261116,", "2,261116,", "line 2, record 02, group status: the group takes lines back"),
        ("1,261116,", "4,261116,", "line 2, record 02, group status: the group is a test"),
        ("1,261116,", "1,261316,", "line 2, record 02, as-of date: '261316' is no day"),
        ("0975312468,USD", "0975312468,EUR", "line 3, record 03, currency: 'EUR': only dollars"),
        ("16,399", "17,399", "line 9, record: '17' is none of BAI2"),
        ("03,0975312468,USD,010,50000000,,,015,50018540,,/\n", "", "line 3, record 16: does not stand in its place"),
        ("DEPOSIT/", "DEP\x07OSIT/", "line 9, record 16, type 399, text: holds a control character (U+0007)"),
    ],
)
def test_fault_is_told_by_its_place(old: str, new: str, said: str) -> None:
    assert old in WHOLE
    assert any(each.startswith(said) for each in read(WHOLE.replace(old, new))), read(WHOLE.replace(old, new))


def test_lines_alike_are_counted() -> None:
    text = with_line("16,301,100,0,,,X/\n16,301,100,0,,,X/", 200, 2)
    assert [each.count for each in read_statement(text.encode()).lines] == [0, 1]
