"""An 835 without money and money without an 835 are work from when the clock rings until the other comes."""

from __future__ import annotations

import itertools
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.command import claimloom
from tests.test_deposits import CASE, HEADERS
from tests.test_payments import given

KINDS = ("no_deposit", "no_835")
RENT = "12/01/2026,RENT REFUND,9.99,\n"  # a line of the bank's that has nothing to do with payers
EFT = "BPR*I*45.31*C*ACH*"


@pytest.fixture(scope="module")
def visits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("visits")
    given(folder, CASE)
    return folder


@pytest.fixture
def folder(visits: Path, tmp_path: Path) -> Path:
    shutil.copytree(visits, tmp_path, dirs_exist_ok=True)
    return tmp_path


def money(folder: Path, day: str, *, environment: dict[str, str] | None = None) -> list[dict[str, Any]]:
    """The work about money on a day, after the clocks struck."""
    ran = claimloom("run", "--until-idle", "--as-of", day, cwd=folder, environment=environment)
    assert ran.returncode == 0, ran.stderr
    listed = claimloom("worklist", "--json", "--limit", "0", "--as-of", day, cwd=folder)
    return [row for row in map(json.loads, listed.stdout.splitlines()) if row["kind"] in KINDS]


def kinds(folder: Path, day: str, **more: Any) -> list[tuple[str, int]]:
    return [(row["kind"], row["recoverable_cents"]) for row in money(folder, day, **more)]


def bank(folder: Path, rows: str, day: str = "2026-12-02", name: str = "bank.csv") -> None:
    (folder / name).write_text(HEADERS + rows)
    done = claimloom("deposits", "import", name, "--as-of", day, cwd=folder)
    assert done.returncode == 0, done.stderr


def remit(folder: Path, day: str = "2026-12-01", name: str = "1.edi", change: tuple[str, str] = ("", "")) -> None:
    (folder / "given.edi").write_text((folder / name).read_text().replace(*change))
    done = claimloom("remits", "import", "given.edi", "--as-of", day, cwd=folder)
    assert done.returncode == 0, done.stderr


def test_an_835_without_money_is_work_after_four_working_days_until_the_money_comes(folder: Path) -> None:
    remit(folder)  # $45.31 of Tuesday, December 1
    bank(folder, RENT)
    assert kinds(folder, "2026-12-07") == []  # Wednesday, Thursday, Friday, and Monday is not over
    (item,) = money(folder, "2026-12-08")
    assert (item["kind"], item["recoverable_cents"], item["due"]) == ("no_deposit", 4531, "2026-12-08")
    assert (item["date_of_service"], item["payer_id"], item["last_day"]) == ("2026-12-01", "06102", "")
    assert "MEDICARE PART B IL" in item["reason"]
    assert "within 4 working days" in item["reason"]
    assert "ask the payer to trace the EFT by trace number EFT9921 (TRN02)" in item["action"]
    assert len(money(folder, "2026-12-09")) == 1
    assert claimloom("replay", cwd=folder).returncode == 0
    assert money(folder, "2026-12-09") == [item]
    bank(folder, "12/08/2026,HCCLAIMPMT TRN*1*EFT9921*1000006102~,45.31,\n", "2026-12-09", "more.csv")
    assert kinds(folder, "2026-12-09") == []
    assert claimloom("replay", cwd=folder).returncode == 0
    assert kinds(folder, "2026-12-20") == []


def test_of_who_imports_no_statement_nothing_is_asked(folder: Path) -> None:
    remit(folder)
    assert kinds(folder, "2026-12-30") == []


@pytest.mark.parametrize("line", ["11/30/2026,RENT REFUND,9.99,\n", "12/02/2026,RENT REFUND,9.99,\n"])
def test_a_day_that_the_statements_here_do_not_reach_is_not_asked_after(folder: Path, line: str) -> None:
    """The payment is of December 1: before the first line, or behind the last."""
    remit(folder)
    bank(folder, line)
    assert kinds(folder, "2026-12-20") == []
    other = "12/02/2026,FEE,-1.00,\n" if line.startswith("11") else "11/30/2026,FEE,-1.00,\n"
    bank(folder, other, "2026-12-20", "more.csv")
    assert kinds(folder, "2026-12-20") == [("no_deposit", 4531)]


NO_MONEY = {
    "nothing is paid (NON)": ("BPR*I*45.31*C*ACH*", "BPR*H*0*C*NON*"),
    "the payer draws it (D)": ("BPR*I*45.31*C*ACH*", "BPR*I*45.31*D*ACH*"),
}


@pytest.mark.parametrize("name", NO_MONEY)
def test_what_brings_no_money_awaits_none(folder: Path, name: str) -> None:
    remit(folder, change=NO_MONEY[name])
    bank(folder, RENT)
    assert kinds(folder, "2027-02-01") == []
    listed = claimloom("deposits", "list", "--open", "--json", cwd=folder).stdout.splitlines()
    assert [row for row in map(json.loads, listed) if row["kind"] == "payment"] == []


def test_a_check_has_two_weeks_and_is_void_after_180_days(folder: Path) -> None:
    remit(folder, change=(EFT, "BPR*I*45.31*C*CHK*"))
    bank(folder, RENT)
    assert kinds(folder, "2026-12-15") == []
    (item,) = money(folder, "2026-12-16")
    assert (item["kind"], item["last_day"]) == ("no_deposit", "2027-05-30")
    assert "stop and reissue it" in item["action"]


def test_the_clock_is_a_setting_and_can_be_stopped(folder: Path) -> None:
    remit(folder)
    bank(folder, RENT)
    assert kinds(folder, "2026-12-30", environment={"CLAIMLOOM_EFT_HOURS": "0"}) == []
    assert kinds(folder, "2026-12-30", environment={"CLAIMLOOM_EFT_HOURS": "480"}) == []
    assert kinds(folder, "2026-12-30", environment={"CLAIMLOOM_EFT_HOURS": "24"}) == [("no_deposit", 4531)]


OF_A_PAYER = {
    "the TRN of an 835": "12/08/2026,ACH CREDIT TRN*1*EFT7777*1000006102~,25.31,",
    "the entry description of a health plan": "12/08/2026,ACME PLAN HCCLAIMPMT,25.31,",
    "the name of a payer that paid before": "12/08/2026,MEDICARE LOCKBOX 4,25.31,",
}
OF_NOBODY = {
    "rent": "12/08/2026,RENT REFUND,25.31,",
    "a card": "12/08/2026,MERCHANT SERVICES 0042,25.31,",
    "money that leaves": "12/08/2026,MEDICARE HCCLAIMPMT RETURN,-25.31,",
    "a payer's before the first 835 here": "11/20/2026,MEDICARE HCCLAIMPMT,25.31,",
}


@pytest.mark.parametrize("name", OF_A_PAYER)
def test_money_of_a_payer_without_an_835_is_work_until_that_comes(folder: Path, name: str) -> None:
    remit(folder)
    bank(folder, f"{RENT}12/01/2026,A,45.31,EFT9921\n{OF_A_PAYER[name]}\n", "2026-12-08")
    assert kinds(folder, "2026-12-14") == []
    (item,) = money(folder, "2026-12-15")
    assert (item["kind"], item["recoverable_cents"], item["date_of_service"]) == ("no_835", 2531, "2026-12-08")
    assert "ask the clearinghouse for the 835" in item["action"]
    assert ("trace number EFT7777" in item["action"]) == ("TRN" in name)
    trace = "EFT7777" if "TRN" in name else "EFT9922"
    (folder / "3.edi").write_text((folder / "2.edi").read_text().replace("EFT9922", trace).replace("MEDICARE", "ACME"))
    if name == "the name of a payer that paid before":
        shutil.copy(folder / "2.edi", folder / "3.edi")
    remit(folder, "2026-12-16", "3.edi")
    assert kinds(folder, "2026-12-16") == []


@pytest.mark.parametrize("name", OF_NOBODY)
def test_money_of_nobody_known_is_no_work(folder: Path, name: str) -> None:
    remit(folder)
    bank(folder, f"{RENT}12/01/2026,A,45.31,EFT9921\n{OF_NOBODY[name]}\n", "2026-12-08")
    assert kinds(folder, "2027-01-15") == []


def test_what_a_person_closed_stays_closed(folder: Path) -> None:
    remit(folder)
    bank(folder, RENT)
    (item,) = money(folder, "2026-12-08")
    done = claimloom(
        *("decide", "close", item["id"], "--reason", "cashed by hand", "--with", "outcome=done"),
        *("--as-of", "2026-12-08"),
        cwd=folder,
    )
    assert done.returncode == 0, done.stderr
    bank(folder, "12/09/2026,FEE,-1.00,\n", "2026-12-09", "more.csv")
    assert kinds(folder, "2026-12-30") == []


def steps(folder: Path, order: tuple[str, ...]) -> None:
    for name in order:
        if name == "835":
            remit(folder, "2026-12-09")
        elif name == "clock":
            money(folder, "2026-12-09")
        else:
            text = "12/02/2026,MEDICARE A,45.31,\n" if name == "line" else "12/03/2026,MEDICARE B,45.31,\n"
            bank(folder, text, "2026-12-09", f"{name}.csv")


PARTS = ("835", "line", "second line", "clock")
"""By the amount alone the first line is the payment's; after the second either could be, and nothing is tied."""
ORDERS = [each for each in itertools.permutations(PARTS) if each.index("line") < each.index("second line")]


@pytest.mark.parametrize("order", ORDERS, ids="-".join)
def test_in_any_order_of_835_lines_and_clock_the_work_is_the_same(folder: Path, order: tuple[str, ...]) -> None:
    bank(folder, "12/01/2026,FEE,-1.00,\n12/07/2026,FEE,-2.00,\n", "2026-12-08", "fees.csv")
    steps(folder, order)
    wanted = [("no_deposit", 4531), ("no_835", 4531), ("no_835", 4531)]
    assert kinds(folder, "2026-12-10") == wanted
    assert claimloom("replay", cwd=folder).returncode == 0
    assert kinds(folder, "2026-12-10") == wanted
    bank(folder, "12/09/2026,TRN*1*EFT9921*1000006102~,45.31,\n", "2026-12-11", "named.csv")
    assert kinds(folder, "2026-12-11") == wanted[1:]
