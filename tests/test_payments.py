"""``payments``: of each payment where every cent went, told by the command line; money that leaves; bad filters."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.command import claimloom

CASES = Path(__file__).parent / "cases"
# A reversal whose money the payer draws from the account at once (BPR03 = D).
DRAWN = "BPR*I*63.58*D*ACH*CCP*01*071000013*DA*123456*1000006102**01*071000505*DA*654321*20261208~"
ZERO = "BPR*H*0*C*NON************20261208~"


def given(folder: Path, case: str, *files: str, change: dict[str, str] | None = None) -> None:
    """Visits and payments of a case, the texts of the files changed."""
    shutil.copytree(CASES / case, folder, dirs_exist_ok=True)
    assert claimloom("sessions", "import", "visits.jsonl", "--as-of", "2026-11-20", cwd=folder).returncode == 0
    for name in files:
        text = (folder / name).read_text()
        for old, new in (change or {}).items():
            text = text.replace(old, new)
        (folder / name).write_text(text)
        done = claimloom("remits", "import", name, "--as-of", "2026-12-15", cwd=folder)
        assert done.returncode == 0, done.stderr


def asked(folder: Path, *words: str) -> list[dict[str, Any]]:
    done = claimloom(*words, "--json", cwd=folder)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def sums(row: dict[str, Any]) -> list[int]:
    names = ("amount", "posted", "provider_level", "suspense", "unmatched")
    found = [row[f"{name}_cents"] for name in names]
    assert found[0] == sum(found[1:]), row
    return found


TAKEN_BACK = "taken_back_now_and_its_money_later"


def test_a_pair_is_open_until_its_other_side_comes(tmp_path: Path) -> None:
    given(tmp_path, TAKEN_BACK, "1.edi", "2.edi")
    rows = asked(tmp_path, "payments", "list")
    assert [sums(row) for row in rows] == [[6358, 6358, 0, 0, 0], [0, -6358, 6358, 0, 0]]
    (open_one,) = asked(tmp_path, "payments", "list", "--open")
    (level,) = open_one["provider_level"]
    assert (open_one["trace_number"], level["code"], level["open_cents"]) == ("EFT5002", "WO", -6358)
    said = claimloom("payments", "list", cwd=tmp_path).stdout
    assert "$63.58 will be taken by a later payment (WO overpayment recovery for claim CJXCDHYBTIFIWF-1" in said
    assert claimloom("remits", "import", "3.edi", "--as-of", "2026-12-20", cwd=tmp_path).returncode == 0
    assert asked(tmp_path, "payments", "list", "--open") == []
    assert [sums(row) for row in asked(tmp_path, "payments", "list")][2] == [0, 6358, -6358, 0, 0]
    shown = claimloom("payments", "show", "eft5002", cwd=tmp_path).stdout
    assert "even: given and taken are the same" in shown
    assert "CJXCDHYBTIFIWF-1 -$63.58: posted, claim reversed" in shown


def test_money_that_the_payer_draws_leaves(tmp_path: Path) -> None:
    without = "PLB*1234567893*20261231*WO:1126330000601*-63.58~\n"
    given(tmp_path, TAKEN_BACK, "1.edi", "2.edi", change={ZERO: DRAWN, without: "", "SE*26": "SE*25"})
    rows = asked(tmp_path, "payments", "list")
    assert [sums(row) for row in rows] == [[6358, 6358, 0, 0, 0], [-6358, -6358, 0, 0, 0]]
    (shown,) = asked(tmp_path, "payments", "show", "EFT5002")
    assert [each["outcome"] for each in shown["parts"]] == ["reversed"]
    assert "leaves the account" in claimloom("payments", "list", cwd=tmp_path).stdout


def test_money_that_is_said_to_leave_and_comes_is_in_suspense(tmp_path: Path) -> None:
    given(tmp_path, TAKEN_BACK, "1.edi", change={"BPR*I*63.58*C": "BPR*I*63.58*D"})
    (row,) = asked(tmp_path, "payments", "list")
    assert sums(row) == [-6358, 0, 0, -6358, 0]
    assert "in suspense, does not balance" in claimloom("payments", "show", "EFT5001", cwd=tmp_path).stdout


def test_told_again_is_no_part_of_a_payment(tmp_path: Path) -> None:
    given(tmp_path, "told_again_with_a_cent_more", "1.edi", "2.edi")
    rows = asked(tmp_path, "payments", "list")
    assert [sums(row)[2:] for row in rows] == [[0, 0, 0]]
    (shown,) = asked(tmp_path, "payments", "show", rows[0]["trace_number"])
    assert "duplicate" in {each["outcome"] for each in shown["parts"]}


def test_of_a_claim_that_comes_later_it_is_unmatched_until_then(tmp_path: Path) -> None:
    shutil.copytree(CASES / TAKEN_BACK, tmp_path, dirs_exist_ok=True)
    visits = (tmp_path / "visits.jsonl").read_text()
    other = visits.replace('"V1"', '"V9"').replace('"1EG4TE5MK73"', '"2EG4TE5MK74"')
    (tmp_path / "other.jsonl").write_text(other)
    for name in ("other.jsonl", "1.edi", "visits.jsonl"):
        word = "remits" if name.endswith(".edi") else "sessions"
        assert claimloom(word, "import", name, "--as-of", "2026-12-15", cwd=tmp_path).returncode == 0
        found = [sums(row) for row in asked(tmp_path, "payments", "list")] if name != "other.jsonl" else []
        if name == "1.edi":
            assert found == [[6358, 0, 0, 0, 6358]]
    assert found == [[6358, 6358, 0, 0, 0]]


def test_filters(tmp_path: Path) -> None:
    given(tmp_path, TAKEN_BACK, "1.edi", "2.edi", "3.edi")
    assert len(asked(tmp_path, "payments", "list", "--payer", "06102", "--from", "2026-12-02")) == 2
    assert len(asked(tmp_path, "payments", "list", "--payer", "MEDICARE PART B IL", "--until", "2026-12-01")) == 1
    first = claimloom("payments", "list", "--limit", "2", "--json", cwd=tmp_path)
    place = first.stderr.split("--after ")[1].strip()
    assert [row["trace_number"] for row in asked(tmp_path, "payments", "list", "--after", place)] == ["EFT5003"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("list", "--payer", "MEDICARE PART B"), "is it one of MEDICARE PART B IL?"),
        (("list", "--from", "2026-12-09", "--to", "2026-12-01"), "no day lies between"),
        (("show", "EFT9"), "payment EFT9: not here; payments list shows trace numbers"),
    ],
)
def test_what_names_nothing_is_refused(tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    given(tmp_path, TAKEN_BACK, "1.edi")
    done = claimloom("payments", *words, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr


def test_the_account_of_a_visit_tells_who_owes_what(tmp_path: Path) -> None:
    given(tmp_path, TAKEN_BACK, "1.edi", "2.edi", "3.edi")
    (account,) = asked(tmp_path, "accounts", "show", "V1")
    assert account["balances"] == {
        "charge": -22500,
        "receivable": 0,
        "patient": 1622,
        "contractual": 14520,  # 1.29 of it is sequestration
        "write_off": 0,
        "paid": 6358,
    }
    assert [sum(each["cents"].values()) for each in account["entries"]] == [0] * 6
    beside = [each["cents"] for each in account["entries"] if each["kind"] == "provider_level"]
    assert beside == [{"payment": 6358, "other": -6358}, {"payment": -6358, "other": 6358}]  # given back, then taken
    said = claimloom("accounts", "show", "V1", cwd=tmp_path).stdout
    assert "The patient owes $16.22" in said
    ages = asked(tmp_path, "accounts", "balance", "--as-of", "2026-12-20")
    assert {row["key"]: row["total_cents"] for row in ages if row["total_cents"]} == {"31-60": 1622}
    (before,) = asked(tmp_path, "accounts", "balance", "--as-of", "2026-11-30", "--by", "payer")
    assert (before["name"], before["payers_cents"], before["ages"]["0-30"]) == ("MEDICARE PART B IL", 22500, 22500)
    assert "the books are even" in claimloom("accounts", "balance", "--as-of", "2026-12-20", cwd=tmp_path).stdout


def test_versions_of_a_visit_are_one_account(tmp_path: Path) -> None:
    case = "replacement_paid_and_the_original_not_taken_back"
    shutil.copytree(CASES / case, tmp_path, dirs_exist_ok=True)
    for step in tomllib.loads((tmp_path / "case.toml").read_text())["steps"]:
        claimloom(*shlex.split(step), cwd=tmp_path)
    claims = asked(tmp_path, "claims", "list")
    (account,) = asked(tmp_path, "accounts", "show", claims[0]["visit_id"])
    newest = next(row for row in claims if not row["replaced_by"])
    assert account["balances"]["charge"] == -newest["billed_cents"]
    assert account["balances"]["paid"] == sum(row["paid_cents"] for row in claims)
    assert account["balances"]["receivable"] < 0
    assert "is owed" in claimloom("accounts", "show", claims[0]["visit_id"], cwd=tmp_path).stdout


CARRIED = "balance_carried_to_the_next_payment"  # 63.58 of a payee by NPI and tax id is carried, and taken
BY_NPI, BY_TAX, BOTH, OTHER = "npi", "tax", "both", "other"


def named(text: str, how: str) -> str:
    """A payment of the case that names its payee by NPI, by tax id, by both, or that is another NPI of the tax id."""
    party, number, level = "XX*1234567893~", "REF*TJ*987654321~\n", "PLB*1234567893*"
    assert all(each in text for each in (party, number, level))
    if how == BY_NPI:
        text = text.replace(number, "")
    elif how == BY_TAX:
        text = text.replace(number, "").replace(party, "FI*987654321~").replace(level, "PLB*987654321*")
    elif how == OTHER:
        text = text.replace(party, "XX*1999999984~").replace(level, "PLB*1999999984*")
    segments = text.split("ST*835", 1)[1].split("GE*", 1)[0].count("~")
    return re.sub(r"SE\*\d+\*", f"SE*{segments}*", text)


@pytest.mark.parametrize(
    ("carried", "taken", "is_even"),
    [
        *((BY_NPI, BY_TAX, True), (BY_TAX, BY_NPI, True), (BOTH, BY_NPI, True), (BY_TAX, BOTH, True)),
        *(
            (BY_TAX, BY_TAX, True),
            (OTHER, OTHER, True),
            (OTHER, BOTH, False),
            (BOTH, OTHER, False),
            (OTHER, BY_NPI, False),
        ),
    ],
)
@pytest.mark.parametrize("files", [("2.edi", "3.edi"), ("3.edi", "2.edi")])
def test_balance_is_one_payees_however_the_payer_names_it(
    tmp_path: Path, files: tuple[str, str], carried: str, taken: str, is_even: bool
) -> None:
    given(tmp_path, CARRIED, "1.edi")
    for name in files:
        text = (tmp_path / name).read_text()
        (tmp_path / name).write_text(named(text, carried if name == "2.edi" else taken))
        assert claimloom("remits", "import", name, "--as-of", "2026-12-15", cwd=tmp_path).returncode == 0
    rows = asked(tmp_path, "payments", "list", "--open")
    assert [level["open_cents"] for row in rows for level in row["provider_level"]] == (
        [] if is_even else [-6358, 6358]
    )


def test_tax_id_of_two_billing_providers_is_neithers(tmp_path: Path) -> None:
    given(tmp_path, CARRIED, "1.edi")
    other = (tmp_path / "visits.jsonl").read_text().replace("1234567893", "1999999984").replace('"V1"', '"V9"')
    (tmp_path / "other.jsonl").write_text(other)
    assert claimloom("sessions", "import", "other.jsonl", "--as-of", "2026-11-20", cwd=tmp_path).returncode == 0
    for name, how in (("2.edi", BY_NPI), ("3.edi", BY_TAX)):
        (tmp_path / name).write_text(named((tmp_path / name).read_text(), how))
        assert claimloom("remits", "import", name, "--as-of", "2026-12-15", cwd=tmp_path).returncode == 0
    assert len(asked(tmp_path, "payments", "list", "--open")) == 2
    replayed = claimloom("replay", cwd=tmp_path)
    assert replayed.returncode == 0, replayed.stdout
