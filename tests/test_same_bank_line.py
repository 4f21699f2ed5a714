"""A line of a bank's that two files tell is one, whichever doors they came by; two equal lines of one file stay two."""

from __future__ import annotations

import itertools
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.command import claimloom
from tests.test_deposits import CASE
from tests.test_payments import given

TRN = "TRN*1*EFT9921*1000006102~"


def csv(*lines: tuple[str, str, str, str]) -> str:
    """Date, text, amount, number."""
    rows = "".join(f"{day},{text},{amount},{number}\n" for day, text, amount, number in lines)
    return "Posting Date,Description,Amount,Trace Number\n" + rows


def bai2(*lines: tuple[str, str, str], account: str = "0975312468", day: str = "261202") -> str:
    """Cents, bank reference, text."""
    total = sum(int(cents) for cents, *_ in lines)
    rows = "".join(f"16,165,{cents},0,{reference},,{text}\n" for cents, reference, text in lines)
    head = f"01,122099999,123456789,{day},0600,1,,,2/\n02,123456789,122099999,1,{day},,USD,2/\n03,{account},USD,,,,/\n"
    count = len(lines)
    return head + rows + f"49,{total},{count + 2}/\n98,{total},1,{count + 4}/\n99,{total},1,{count + 6}/\n"


def camt(*lines: tuple[str, str, str], account: str = "0975312468", day: str = "2026-12-02") -> str:
    """Dollars, reference of the bank, text."""
    rows = "".join(
        f'<Ntry><Amt Ccy="USD">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>{day}</Dt>'
        f"</BookgDt><NtryDtls><TxDtls><Refs><AcctSvcrRef>{reference}</AcctSvcrRef></Refs><RmtInf><Ustrd>{text}</Ustrd>"
        "</RmtInf></TxDtls></NtryDtls></Ntry>"
        for amount, reference, text in lines
    )
    start = '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><Stmt>'
    whose = f"<Acct><Id><Othr><Id>{account}</Id></Othr></Id></Acct>" if account else ""
    return f"{start}{whose}{rows}</Stmt></BkToCstmrStmt></Document>"


@pytest.fixture(scope="module")
def paid(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("paid_once")
    given(folder, CASE, "1.edi", "2.edi")  # EFT9921 of 45.31
    return folder


@pytest.fixture
def folder(paid: Path, tmp_path: Path) -> Path:
    shutil.copytree(paid, tmp_path, dirs_exist_ok=True)
    return tmp_path


def told(folder: Path, *texts: str) -> list[dict[str, Any]]:
    """The lines that are there after these files, one after the other."""
    for number, text in enumerate(texts):
        (folder / f"{number}.txt").write_text(text)
        done = claimloom("deposits", "import", f"{number}.txt", "--as-of", "2026-12-20", cwd=folder)
        assert done.returncode == 0, done.stderr
    listed = claimloom("deposits", "list", "--json", cwd=folder).stdout.splitlines()
    return [row for row in map(json.loads, listed) if row["kind"] == "deposit"]


ONE = {
    "the addenda in both": [
        csv(("12/02/2026", f"MEDICARE {TRN}", "45.31", "")),
        bai2(("4531", "B77", f"HCCLAIMPMT MEDICARE {TRN}")),
    ],
    "a column and the addenda": [csv(("12/02/2026", "MEDICARE", "45.31", "eft9921")), camt(("45.31", "B77", TRN))],
    "a masked account": [
        "Date,Description,Amount,Account\n12/02/2026,TRN*1*EFT9921*1000006102~,45.31,XXXXXX2468\n",
        bai2(("4531", "B77", TRN)),
    ],
    "the bank's own reference": [
        "Date,Description,Amount,Bank Reference\n12/02/2026,ACH,45.31,B77\n",
        camt(("45.31", "B77", "MEDICARE")),
    ],
    "three files of three doors": [
        csv(("12/02/2026", TRN, "45.31", "")),
        bai2(("4531", "B77", TRN)),
        camt(("45.31", "B77", TRN)),
    ],
    "words alone, one without any number": [
        csv(("12/02/2026", "MEDICARE DEPOSIT", "45.31", "")),
        bai2(("4531", "", f"MEDICARE ACH {TRN}")),
    ],
}


@pytest.mark.parametrize(("name", "order"), [(name, at) for name in ONE for at in (1, -1)])
def test_one_line_by_several_doors_is_one(folder: Path, name: str, order: int) -> None:
    (line,) = told(folder, *ONE[name][::order])
    named = "TRN" in "".join(ONE[name]) or "eft" in ONE[name][0]
    assert (line["amount_cents"], line["trace_number"]) == (4531, "EFT9921")
    assert line["tied_by"] == ("trace" if named else "amount")
    assert claimloom("replay", cwd=folder).returncode == 0
    assert told(folder) == [line]
    again = claimloom("deposits", "import", "1.txt", "--as-of", "2026-12-21", cwd=folder)
    assert "1 known before" in again.stderr
    assert told(folder) == [line]


TWO = {
    "two equal checks of one statement, by two doors": [
        csv(("12/02/2026", "LOCKBOX ACME", "50.00", ""), ("12/02/2026", "LOCKBOX ACME", "50.00", "")),
        bai2(("5000", "", "ACME LOCKBOX 4"), ("5000", "", "ACME LOCKBOX 4")),
    ],
    "two numbers of one day and amount": [
        csv(("12/02/2026", "CHECK", "50.00", "1001")),
        bai2(("5000", "", "TRN*1*1002*1000006102~")),
    ],
    "two accounts": [
        "Date,Description,Amount,Account\n12/02/2026,TRN*1*8888*1000006102~,50.00,1111112222\n",
        bai2(("5000", "B1", "TRN*1*8888*1000006102~")),
    ],
    "two days": [csv(("12/03/2026", "ACME", "50.00", "8888")), bai2(("5000", "", "TRN*1*8888*1000006102~"))],
    "other words, no number": [csv(("12/02/2026", "ACME PLAN", "50.00", "")), bai2(("5000", "", "OTHER PAYER INC"))],
    "one door, other words": [
        csv(("12/02/2026", "ACME PLAN A", "50.00", "")),
        csv(("12/02/2026", "ACME PLAN B", "50.00", "")),
    ],
    "no words at all": [csv(("12/02/2026", "DEPOSIT", "50.00", "")), bai2(("5000", "", "DEPOSIT"))],
}


@pytest.mark.parametrize(("name", "order"), [(name, at) for name in TWO for at in (1, -1)])
def test_what_differs_or_stands_twice_in_one_file_stays_two(folder: Path, name: str, order: int) -> None:
    lines = told(folder, *TWO[name][::order])
    assert [line["amount_cents"] for line in lines] == [5000, 5000]
    assert claimloom("replay", cwd=folder).returncode == 0
    assert told(folder) == lines


def test_a_third_equal_line_of_the_other_file_is_new(folder: Path) -> None:
    first = csv(*[("12/02/2026", "ACME", "50.00", "")] * 2)
    assert len(told(folder, first, bai2(*[("5000", "", "ACME")] * 3))) == 3


LINES = (("4531", "B1", TRN), ("4531", "B2", "TRN*1*OTHER77*1000006102~"), ("4531", "", "MEDICARE"))


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_of_several_of_one_amount_the_one_with_the_number_is_meant(folder: Path, order: tuple[int, ...]) -> None:
    """The line without a number comes last to what is left, wherever it stands."""
    rows = [("12/02/2026", LINES[at][2], "45.31", "") for at in order]
    lines = told(folder, csv(*rows), bai2(*LINES))
    assert len(lines) == 3
    assert [line["trace_number"] for line in lines if line["tied_by"] == "trace"] == ["EFT9921"]
