"""``deposits``: statements of banks tied to payments, whichever comes first; what is bad is refused as a whole."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.command import claimloom
from tests.test_payments import TAKEN_BACK, asked, given

HEADERS = "Posting Date,Description,Amount,Trace Number\n"
CASE = "balance_taken_that_no_payment_carried"  # two payments of one payer: EFT9921 of 45.31, EFT9922 of 25.31


def bank(folder: Path, rows: str, name: str = "bank.csv", headers: str = HEADERS) -> Any:
    (folder / name).write_text(headers + rows)
    return claimloom("deposits", "import", name, "--as-of", "2026-12-20", cwd=folder)


def tied(folder: Path) -> dict[str, tuple[str, str]]:
    """By the text of the line: the payment and by what."""
    rows = [row for row in asked(folder, "deposits", "list") if row["kind"] == "deposit"]
    return {row["description"]: (row["trace_number"], row["tied_by"]) for row in rows}


def awaited(folder: Path) -> list[str]:
    return [row["trace_number"] for row in asked(folder, "deposits", "list", "--open") if row["kind"] == "payment"]


LINES: Mapping[str, tuple[str, str, str]] = {
    "its column": ("12/02/2026,A,45.31,EFT9921", "EFT9921", "trace"),
    "padded and in small letters": ("12/02/2026,A,45.31,000eft9921", "EFT9921", "trace"),
    "addenda in the text": ("12/02/2026,HCCLAIMPMT TRN*1*EFT9921*1000006102~ A,45.31,", "EFT9921", "trace"),
    "a number in the text": ("12/02/2026,ACH CREDIT EFT9921 PPD,45.31,", "EFT9921", "text"),
    "a number in the text, another amount": ("12/02/2026,ACH CREDIT EFT9921 PPD,45.30,", "", ""),
    "the payer's name and the amount": ("12/02/2026,MEDICARE HCCLAIMPMT,45.31,", "EFT9921", "amount"),
    "the amount alone": ("12/02/2026,DEPOSIT,45.31,", "", ""),
    "too late": ("12/20/2026,MEDICARE HCCLAIMPMT,45.31,", "", ""),
    "another amount": ("12/02/2026,MEDICARE HCCLAIMPMT,45.32,", "", ""),
}


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("paid")
    given(folder, CASE, "1.edi", "2.edi")
    return folder


@pytest.mark.parametrize("name", LINES)
def test_a_line_is_tied_by_what_it_says(before: Path, tmp_path: Path, name: str) -> None:
    shutil.copytree(before, tmp_path, dirs_exist_ok=True)
    line, trace, how = LINES[name]
    assert bank(tmp_path, f"{line}\n").returncode == 0
    assert set(tied(tmp_path).values()) == {(trace, how)}
    assert awaited(tmp_path) == (["EFT9922"] if trace else ["EFT9921", "EFT9922"])


def test_two_lines_that_could_be_meant_are_tied_to_nothing_until_one_says_its_number(
    before: Path, tmp_path: Path
) -> None:
    shutil.copytree(before, tmp_path, dirs_exist_ok=True)
    assert bank(tmp_path, "12/02/2026,MEDICARE A,45.31,\n12/03/2026,MEDICARE B,45.31,\n").returncode == 0
    assert set(tied(tmp_path).values()) == {("", "")}
    assert bank(tmp_path, "12/02/2026,MEDICARE C,45.31,EFT9921\n", "more.csv").returncode == 0
    assert tied(tmp_path)["MEDICARE C"] == ("EFT9921", "trace")
    assert {tied(tmp_path)[each] for each in ("MEDICARE A", "MEDICARE B")} == {("", "")}


def test_money_of_another_amount_is_tied_by_its_number_and_says_so(before: Path, tmp_path: Path) -> None:
    shutil.copytree(before, tmp_path, dirs_exist_ok=True)
    bank(tmp_path, "12/02/2026,A,40.00,EFT9921\n")
    assert "the bank told $40.00" in claimloom("payments", "list", cwd=tmp_path).stdout
    said = claimloom("deposits", "list", cwd=tmp_path).stdout
    assert "by its trace number; the 835 says $45.31: ask payer and bank" in said


BAI2 = """01,122099999,123456789,261203,0600,1,,,2/
02,123456789,122099999,1,261202,,USD,2/
03,0975312468,USD,,,,/
16,165,4531,0,,,HCCLAIMPMT MEDICARE TRN*1*EFT
88,9921*1000006102~
49,4531,4/
98,4531,1,6/
99,4531,1,8/
"""
CAMT = """<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><Stmt>
<Ntry><Amt Ccy="USD">45.31</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>
<BookgDt><Dt>2026-12-02</Dt></BookgDt><NtryDtls><TxDtls><RmtInf><Ustrd>TRN*1*EFT9921*1000006102~</Ustrd></RmtInf>
</TxDtls></NtryDtls></Ntry></Stmt></BkToCstmrStmt></Document>
"""


@pytest.mark.parametrize("text", [BAI2, CAMT])
def test_other_files_of_banks_go_through_the_same_door(before: Path, tmp_path: Path, text: str) -> None:
    shutil.copytree(before, tmp_path, dirs_exist_ok=True)
    done = bank(tmp_path, text, "statement.txt", "")
    assert done.returncode == 0, done.stderr
    assert list(tied(tmp_path).values()) == [("EFT9921", "trace")]
    assert awaited(tmp_path) == ["EFT9922"]
    assert "1 known before" in bank(tmp_path, text, "again.txt", "").stderr
    bad = bank(tmp_path, text.replace("4531", "4532", 1).replace("45.31<", "45.31x<"), "bad.txt", "")
    assert bad.returncode == 2
    assert "record 49, control total" in bad.stderr or "Ntry/Amt: '45.31x' is no amount" in bad.stderr
    assert len(tied(tmp_path)) == 1


def test_a_statement_in_utf_16_goes_through_the_door(before: Path, tmp_path: Path) -> None:
    shutil.copytree(before, tmp_path, dirs_exist_ok=True)
    (tmp_path / "statement.xml").write_bytes(CAMT.encode("utf-16"))
    assert claimloom("deposits", "import", "statement.xml", "--as-of", "2026-12-20", cwd=tmp_path).returncode == 0
    assert list(tied(tmp_path).values()) == [("EFT9921", "trace")]
    (tmp_path / "bomb.xml").write_bytes(('<!DOCTYPE x [<!ENTITY a "b">]>' + CAMT).encode("utf-16"))
    bad = claimloom("deposits", "import", "bomb.xml", "--as-of", "2026-12-20", cwd=tmp_path)
    assert (bad.returncode, "document type (DTD)" in bad.stderr) == (2, True)


def test_the_bank_may_tell_it_first_and_again(tmp_path: Path) -> None:
    given(tmp_path, CASE)
    rows = "12/02/2026,A,45.31,EFT9921\n12/09/2026,MEDICARE HCCLAIMPMT,25.31,\n12/09/2026,X,1.00,\n12/09/2026,X,1.00,\n"
    assert "4 new" in bank(tmp_path, rows).stderr
    assert set(tied(tmp_path).values()) == {("", "")}
    for name in ("1.edi", "2.edi"):
        assert claimloom("remits", "import", name, "--as-of", "2026-12-20", cwd=tmp_path).returncode == 0
    found = tied(tmp_path)
    assert (found["A"], found["MEDICARE HCCLAIMPMT"]) == (("EFT9921", "trace"), ("EFT9922", "amount"))
    assert awaited(tmp_path) == []
    again = bank(tmp_path, rows + "12/10/2026,X,1.00,\n", "again.csv")
    assert "1 new, 4 known before" in again.stderr
    replayed = claimloom("replay", cwd=tmp_path)
    assert replayed.returncode == 0, replayed.stdout
    (shown,) = asked(tmp_path, "payments", "show", "EFT9922")
    assert [(each["amount_cents"], each["tied_by"]) for each in shown["deposits"]] == [(2531, "amount")]


def test_a_payment_without_money_awaits_none(tmp_path: Path) -> None:
    given(tmp_path, TAKEN_BACK, "1.edi", "2.edi")
    assert awaited(tmp_path) == ["EFT5001"]


def test_of_a_statement_with_a_bad_line_nothing_is_taken(before: Path, tmp_path: Path) -> None:
    shutil.copytree(before, tmp_path, dirs_exist_ok=True)
    done = bank(tmp_path, "12/02/2026,A,45.31,EFT9921\n12/02/2026,B,4.5.6,EFT9922\n2026-02-30,C,1.00,\n")
    assert done.returncode == 2
    assert "line 3, column Amount: is no amount" in done.stderr
    assert "line 4, column Posting Date: is no day" in done.stderr
    assert tied(tmp_path) == {}
    (reason,) = (tmp_path / "claimloom-data/rejected").glob("bank.csv.reason.txt")
    assert "line 3, column Amount" in reason.read_text()


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("visits.jsonl", "", "no statement of a bank"),
        ("1.edi", "", "this is X12; use claimloom remits import"),
        ("h.csv", "Date,Amuont\n", "line 1: no column is the amount (is Amuont meant as amount?)"),
        ("e.csv", "", "file is empty"),
        ("none.csv", None, "No such file"),
    ],
)
def test_what_is_no_statement_is_refused(before: Path, tmp_path: Path, name: str, text: str | None, said: str) -> None:
    shutil.copytree(before, tmp_path, dirs_exist_ok=True)
    if text is not None and name.endswith(".csv"):
        (tmp_path / name).write_text(text)
    done = claimloom("deposits", "import", name, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert json.dumps(tied(tmp_path)) == "{}"
