"""``contracts`` and ``price`` with contracts, over files and a ledger, as a person calls them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from schemas.session import Session
from tests.command import claimloom
from tests.sessions import visit
from tests.test_cli_data_lists import pprrvu, taken_in

SAMPLE = Path(__file__).parents[1] / "edi_samples" / "contracts" / "example_plan.toml"
HEAD = 'payer_ids = ["55555"]\n[[terms]]\nfrom = 2026-01-01\n'


def lines(visits: list[Session]) -> bytes:
    return "".join(each.model_dump_json() + "\n" for each in visits).encode()


def test_a_sound_contract_is_told_with_its_terms() -> None:
    done = claimloom("contracts", "check", SAMPLE)
    assert (done.returncode, done.stdout) == (0, "example_plan.toml: 3 terms for payer 99999\n")


def test_every_fault_of_every_file_is_told(tmp_path: Path) -> None:
    one, other = tmp_path / "one.toml", tmp_path / "other.toml"
    one.write_text(f"{HEAD}percent_of_chrge = 1\n")
    other.write_text(f"{HEAD}per_visit_cents = 9.5\n")
    done = claimloom("contracts", "check", one, other)
    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        "one.toml, line 2: terms[1]: says no way of paying: one of fees, percent_of_medicare, percent_of_charge, "
        "per_visit_cents, case_rate_cents, capitation",
        "one.toml, line 4: terms[1].percent_of_chrge: is no key of a term; did you mean percent_of_charge?",
        "other.toml, line 4: terms[1].per_visit_cents: whole cents are expected, as in 9500 for $95.00; "
        "did you mean 950?",
    ]
    faults = [json.loads(line) for line in claimloom("contracts", "check", other, "--json").stdout.splitlines()]
    assert [(fault["line"], fault["key"]) for fault in faults] == [(4, "terms[1].per_visit_cents")]


def test_two_files_of_a_payer_that_tie_are_a_fault(tmp_path: Path) -> None:
    one, other = tmp_path / "one.toml", tmp_path / "other.toml"
    one.write_text(f"{HEAD}per_visit_cents = 9500\nuntil = 2026-06-30\n")
    other.write_text(f"{HEAD}percent_of_charge = 0.5\n")
    done = claimloom("contracts", "check", one, other)
    assert done.returncode == 1
    assert "one.toml: terms[1]: terms[1] and terms[1] of other.toml fit equally well" in done.stdout
    other.write_text(f"{HEAD}percent_of_charge = 0.5\n".replace("2026-01-01", "2026-07-01"))
    assert claimloom("contracts", "check", one, other).returncode == 0


def test_what_is_no_file_is_told() -> None:
    done = claimloom("contracts", "check", "none.toml")
    assert (done.returncode, done.stderr) == (2, "claimloom: none.toml: No such file or directory\n")


def test_a_fee_list_becomes_a_contract_that_prices(tmp_path: Path) -> None:
    fees, data = tmp_path / "fees.csv", tmp_path / "data"
    (data / "contracts").mkdir(parents=True)
    fees.write_text("CPT,Modifier,Rate\n97110,,$40.00\n97110,CQ,34.00\n")
    target = data / "contracts" / "plan.toml"
    made = claimloom("contracts", "import", fees, "--payer", "55555", "--from", "2026-01-01", "--out", target)
    assert (made.returncode, made.stdout) == (0, f"{target}: 2 fees of payer 55555 from 2026-01-01\n")
    again = claimloom("contracts", "import", fees, "--payer", "55555", "--from", "2026-01-01", "--out", target)
    assert again.returncode == 2
    assert "is there already; nothing is written over it" in again.stderr
    words = ("price", "97110:GP*2@15000", "97110:GP,CQ*1@7500", "--payer", "55555", "--date", "2026-11-16")
    priced = claimloom(*words, environment={"CLAIMLOOM_DATA": str(data)})
    assert priced.returncode == 0, priced.stderr
    assert "2 x $40.00 by terms[1] of plan.toml since 2026-01-01" in priced.stdout
    assert "plan.toml, terms[2], since 2026-01-01 (by modifier, code, before 1 less specific)" in priced.stdout
    assert "Expected $114.00 of $114.00 allowed" in priced.stdout


def test_bad_rows_are_told_and_nothing_is_written(tmp_path: Path) -> None:
    fees, target = tmp_path / "fees.csv", tmp_path / "plan.toml"
    fees.write_text("code,fee\n97110,40\n9711,40\n97112,x\n")
    done = claimloom("contracts", "import", fees, "--payer", "55555", "--from", "2026-01-01", "--out", target)
    assert (done.returncode, done.stderr) == (1, "nothing is written: 2 faults\n")
    assert done.stdout.splitlines() == [
        "fees.csv, line 3, column code: a procedure code of five letters or digits is expected, as 97110 or G0283",
        "fees.csv, line 4, column fee: dollars with at most two decimals are expected, as in 31.80",
    ]
    assert not target.exists()


def test_medicare_of_any_contractor_is_priced_by_zip() -> None:
    """Los Angeles is Noridian's (01182): the payer has no file, its class has the fees."""
    words = ("price", "97110:GP*1@9000", "--payer", "01182", "--date", "2026-11-16", "--zip", "90001")
    assert claimloom(*words).returncode == 2
    done = claimloom(*words, "--class", "medicare_b")
    assert done.returncode == 0, done.stderr
    assert "(01182/18), CF 33.4009" in done.stdout


def test_assumptions_and_the_tree_are_shown(tmp_path: Path) -> None:
    (tmp_path / "contracts").mkdir()
    (tmp_path / "contracts" / "plan.toml").write_text(f"{HEAD}per_visit_cents = [9500, 7000]\n")
    words = ("price", "97110:GP*2@15000", "--payer", "55555", "--date", "2026-11-16")
    environment = {"CLAIMLOOM_DATA": str(tmp_path)}
    done = claimloom(*words, environment=environment)
    assert "Assumed: it is the first visit of the day" in done.stdout
    second = json.loads(claimloom(*words, "--visit-of-day", "2", "--json", environment=environment).stdout)
    assert (second["paid_cents"], second["assumed"]) == (7000, [])
    assert second["lines"][0]["derivation"]["parts"][0]["parts"][0]["source"] == "plan.toml terms[1] 2026-01-01"


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    """Two visits of a payer with a contract, 97530 x 2, 97535 x 1, 97110 x 1 each."""
    data = tmp_path / "data"
    (data / "contracts").mkdir(parents=True)
    (data / "contracts" / "old.toml").write_text(f"{HEAD}percent_of_charge = 0.5\n")
    coverage = {"payer_id": "55555", "payer_name": "PLAN", "payer_class": "commercial", "filing_indicator": "CI"}
    visits = [
        visit(session_id=f"S-{day}", date_of_service=f"2026-11-{day}", coverages=[coverage | {"member_id": "W1"}])
        for day in (12, 16)
    ]
    file = tmp_path / "visits.jsonl"
    file.write_bytes(lines(visits))
    done = claimloom("sessions", "import", file, "--data", data, "--as-of", "2026-11-20")
    assert done.returncode == 0, done.stderr
    return data


def test_a_diff_says_what_another_contract_would_have_meant(ledger: Path, tmp_path: Path) -> None:
    new = tmp_path / "new.toml"
    new.write_text(f'{HEAD}fees = {{ "97530" = 4000, "97535" = 3500, "97110" = 3000 }}\n')
    old = ledger / "contracts" / "old.toml"
    since = ("--since", "2026-11-13", "--data", ledger)
    rows = [json.loads(line) for line in claimloom("contracts", "diff", old, new, *since, "--json").stdout.splitlines()]
    assert rows[-2] == {
        "code": "",
        "lines": 3,
        "units": 4,
        "before_cents": 14750,
        "after_cents": 14500,
        "difference_cents": -250,
    }
    assert [(row["code"], row["difference_cents"]) for row in rows[:3]] == [
        ("97110", -500),
        ("97530", 500),
        ("97535", -250),
    ]
    assert rows[-1] == {"claims": 1, "nothing_before": 0, "nothing_after": 0}
    shown = claimloom("contracts", "diff", old, new, "--since", "2026-11-01", "--data", ledger)
    assert shown.returncode == 0, shown.stderr
    assert "allowed on 2 claims since 2026-11-01" in shown.stdout
    new.write_text(f'{HEAD}fees = {{ "97530" = 4000 }}\n')
    shown = claimloom("contracts", "diff", old, new, *since)
    assert "new.toml: nothing to expect of 1 claim, not counted above" in shown.stdout


def test_doctor_names_payers_of_whom_nothing_can_be_expected(ledger: Path, tmp_path: Path) -> None:
    assert json.loads(claimloom("doctor", "--data", ledger, "--json").stdout)["payers_without_fees"] == []
    (ledger / "contracts" / "old.toml").unlink()
    file = tmp_path / "more.jsonl"
    coverage = {"payer_id": "44444", "payer_name": "OTHER", "payer_class": "commercial", "filing_indicator": "CI"}
    file.write_bytes(lines([visit(session_id="S-9", coverages=[coverage | {"member_id": "W2"}])]))
    assert claimloom("sessions", "import", file, "--data", ledger, "--as-of", "2026-11-20").returncode == 0
    assert json.loads(claimloom("doctor", "--data", ledger, "--json").stdout)["payers_without_fees"] == ["44444"]


def test_open_claims_are_worth_what_is_expected_of_them(ledger: Path) -> None:
    (row,) = [
        json.loads(line)
        for line in claimloom("claims", "export", "--data", ledger).stdout.splitlines()
        if json.loads(line)["date_of_service"] == "2026-11-12"
    ]
    # Half of $295.00, with the deductible met: no answer has come.
    assert (row["awaited_cents"], row["expected_paid_cents"], row["variance_cents"]) == (14750, None, 0)
    shown = claimloom("claims", "show", row["patient_control_number"], "--data", ledger).stdout
    assert "billed $295.00, expected $147.50, paid $0.00" in shown
    assert "the payer's fees allow $147.50, $147.50 of it to be paid if the deductible is met" in shown
    assert "line 1: 50% of the charge $150.00; old.toml, terms[1], since 2026-01-01 (for everything)" in shown


def test_totals_say_of_whom_money_is_awaited_and_of_whom_nothing_is_to_expect(ledger: Path, tmp_path: Path) -> None:
    coverage = {"payer_id": "44444", "payer_name": "OTHER", "payer_class": "commercial", "filing_indicator": "CI"}
    (ledger / "inbound").mkdir(exist_ok=True)
    file = tmp_path / "more.jsonl"
    file.write_bytes(lines([visit(session_id="S-9", coverages=[coverage | {"member_id": "W2"}])]))
    assert claimloom("sessions", "import", file, "--data", ledger, "--as-of", "2026-11-20").returncode == 0
    done = claimloom("run", "--until-idle", "--data", ledger, "--as-of", "2026-11-20")
    assert "expected of claims that nobody has answered" in done.stdout
    assert "awaited of PLAN $295.00" in done.stdout
    assert "nothing to expect, since there is no contract and no fees of its class: OTHER (44444)" in done.stdout
    told = json.loads(
        claimloom("run", "--until-idle", "--data", ledger, "--as-of", "2026-11-20", "--json").stdout.splitlines()[-1]
    )
    assert told["awaited_cents"] == 29500
    assert told["awaited"] == [
        {"payer_id": "55555", "payer": "PLAN", "awaited_cents": 29500},
        {"payer_id": "44444", "payer": "OTHER", "awaited_cents": None},
    ]


def test_an_account_says_what_is_to_expect_and_of_whom_nothing(ledger: Path, tmp_path: Path) -> None:
    coverage = {"payer_id": "44444", "payer_name": "OTHER", "payer_class": "commercial", "filing_indicator": "CI"}
    file = tmp_path / "more.jsonl"
    file.write_bytes(lines([visit(session_id="S-9", coverages=[coverage | {"member_id": "W2"}])]))
    assert claimloom("sessions", "import", file, "--data", ledger, "--as-of", "2026-11-20").returncode == 0
    without = claimloom("accounts", "show", "S-9", "--data", ledger).stdout
    assert "OTHER: nothing to expect, since there is no contract and no fees of its class" in without
    assert "nothing to expect" not in claimloom("accounts", "show", "S-12", "--data", ledger).stdout
    (told,) = claimloom("accounts", "show", "S-12", "--data", ledger, "--json").stdout.splitlines()
    assert json.loads(told)["expected"] == {"PLAN": 14750}


@pytest.mark.parametrize("payer", ['a"b', "x y", "9" * 81])
def test_a_payer_id_that_no_file_can_hold_writes_nothing(tmp_path: Path, payer: str) -> None:
    fees, target = tmp_path / "fees.csv", tmp_path / "plan.toml"
    fees.write_text("code,fee\n97110,40\n")
    done = claimloom("contracts", "import", fees, "--payer", payer, "--from", "2026-01-01", "--out", target)
    assert (done.returncode, done.stdout, target.exists()) == (2, "", False)
    assert "a payer id is expected, without blanks and quotes" in done.stderr


def test_two_contracts_without_a_payer_in_common_are_not_compared(ledger: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.toml"
    other.write_text(HEAD.replace("55555", "55556") + "per_visit_cents = 1\n")
    since = ("--since", "2026-11-01", "--data", ledger)
    done = claimloom("contracts", "diff", ledger / "contracts" / "old.toml", other, *since)
    assert done.returncode == 2
    assert "compare two contracts of one payer" in done.stderr
    done = claimloom("contracts", "diff", other, other, *since)
    assert done.returncode == 2
    assert "55556" in done.stderr
    assert "55555" in done.stderr


def test_a_contract_with_a_byte_order_mark_and_a_gap_is_read_and_the_gap_told(tmp_path: Path) -> None:
    file = tmp_path / "c.toml"
    text = f"{HEAD}per_visit_cents = 1\nuntil = 2026-03-31\n[[terms]]\nfrom = 2026-06-01\nper_visit_cents = 2\n"
    file.write_bytes(b"\xef\xbb\xbf" + text.encode())
    done = claimloom("contracts", "check", file)
    assert (done.returncode, done.stdout) == (0, "c.toml: 2 terms for payer 55555\n")
    assert done.stderr == "c.toml, terms[1]: nothing of its conditions counts from 2026-04-01 to 2026-05-31\n"


def test_a_contract_of_next_year_is_sound_before_its_fees_are_here(tmp_path: Path) -> None:
    """A plan that pays a share of Medicare's fees of 2027 is agreed on in 2026; CMS publishes them in November."""
    data = tmp_path / "claimloom-data"
    (data / "contracts").mkdir(parents=True)
    path = data / "contracts/next.toml"
    path.write_text(f'{HEAD.replace("2026", "2027")}percent_of_medicare = "1.1"\nyear = 2027\nlocality = "national"\n')
    done = claimloom("contracts", "check", path, "--data", data)
    assert (done.returncode, done.stdout) == (0, "next.toml: 1 term for payer 55555\n")
    assert done.stderr.startswith("next.toml, terms[1]: Medicare's fees of 2027 are not here; nothing is exp")
    there = {"CLAIMLOOM_DATA": str(data)}
    asked = ("price", "97530*1@15000", "--payer", "55555", "--date", "2027-01-05")
    assert (
        "no fee schedule of Medicare covers 2027-12-31; claimloom data import mpfs"
        in claimloom(*asked, environment=there).stderr
    )
    assert taken_in(data, "mpfs", pprrvu(tmp_path / "PPRRVU27.csv"), "--effective", "2027-01-01").returncode == 0
    assert claimloom("contracts", "check", path, "--data", data).stderr == ""
    # 0.44 + 0.67 + 0.02 relative values at $34.00, and a tenth more
    assert "$42.26" in claimloom(*asked, environment=there).stdout
