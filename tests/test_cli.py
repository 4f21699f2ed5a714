"""The command line: what it prints, what it exits with, one line for an error."""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.command import claimloom as run

ROOT = Path(__file__).parents[1]
SAMPLE = ROOT / "edi_samples/835/835_example.edi"


def test_version_is_that_of_the_package() -> None:
    done = run("--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"claimloom {version('claimloom')}\n", "")


def test_units_in_json() -> None:
    done = run("units", "97110=23", "97140=15", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    cms = {"timed_minutes": 38, "units": {"97110": 2, "97140": 1}, "tie": False, "alternatives": []}
    assert json.loads(done.stdout)["cms"] == cms


def test_price_of_the_worked_example() -> None:
    lines = ["97530:GO*2@15000", "97535:GO*1@7500", "97110:GO,CO*1@7000"]
    done = run("price", "--payer", "medicare", "--date", "2026-11-16", "--json", *lines)
    found = json.loads(done.stdout)
    assert (found["allowed_cents"], found["paid_cents"], len(found["lines"])) == (10621, 8066, 3)


def test_check_exits_with_what_it_found(tmp_path: Path) -> None:
    assert run("x12", "check", str(SAMPLE)).returncode == 0
    broken = tmp_path / "broken.edi"
    broken.write_bytes(SAMPLE.read_bytes().replace(b"BPR*I*81.58", b"BPR*I*91.58"))
    done = run("x12", "check", str(broken))
    assert done.returncode == 1
    assert "BPR02 = sum CLP04 - sum PLB fails by $10.00 (is $91.58, should be $81.58)" in done.stdout


def test_describe_shows_money_and_no_patient() -> None:
    done = run("x12", "describe", str(SAMPLE))
    assert "MEDICARE PART B IL paid $81.58" in done.stdout
    assert "DOE" not in done.stdout
    assert "1EG4TE5MK73" not in done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["units", "97110"], "97110: write a code and its minutes, as in 97110=23"),
        (["x12", "check", "/nowhere/file.edi"], "/nowhere/file.edi: No such file or directory"),
        (["price", "97799*1@100"], "97799: payer medicare has no fee on "),
        (["x12", "check", "README.md"], "no ISA in the file"),
    ],
)
def test_error_is_one_line_on_stderr(arguments: list[str], said: str) -> None:
    done = run(*arguments, cwd=ROOT)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, object]]:
    folder = tmp_path_factory.mktemp("cli") / "demo"
    done = run("demo", "--visits", "120", "--data", str(folder), "--json")
    assert done.returncode == 0, done.stderr
    return folder, json.loads(done.stdout)


TOTALS = {
    *(
        "sessions",
        "claims",
        "replaced",
        "held",
        "warned",
        "submitted",
        "acknowledged",
        "rejected",
        "paid",
        "denied",
        "underpaid",
    ),
    *("overpaid", "suspense", "unmatched", "billed_cents", "paid_cents", "underpaid_cents", "seconds"),
    *("provider_level_cents", "awaited_cents", "self_pay", "self_pay_cents"),
}
# What both lists say of whom and when.
WHOSE = {
    *("tenant", "clinic", "payer_id", "patient_id", "visit_id", "date_of_service", "submitted_on", "last_answer_on"),
}
SHAPES = {
    ("claims", "list", "--limit", "0"): {
        *WHOSE,
        "claim_id",
        *("patient_control_number", "payer", "state", "flags", "billed_cents", "expected_paid_cents", "paid_cents"),
        *("patient_responsibility_cents", "variance_cents", "causes", "replaced_by", "awaited_cents", "warned_by"),
    },
    ("worklist", "--limit", "0"): {
        *WHOSE,
        "owner",
        *("id", "patient_control_number", "kind", "reason", "action", "due", "recoverable_cents", "of_charge", "rank"),
        *("last_day", "likelihood_percent", "urgency_percent", "why"),
    },
    ("replay",): {"events", "erased", "tables", "rows", "differ"},
    ("run", "--until-idle"): TOTALS | {"awaited"},
}


def test_demo_prints_its_totals_and_its_grade(demo: tuple[Path, dict[str, object]]) -> None:
    _, printed = demo
    assert set(printed) == TOTALS | {"truth"}
    truth = printed["truth"]
    assert isinstance(truth, dict)
    assert (truth["graded"], truth["agree"], truth["disagree"]) == (120, 120, [])


@pytest.mark.parametrize("command", SHAPES, ids=" ".join)
def test_shapes(command: tuple[str, ...], demo: tuple[Path, dict[str, object]]) -> None:
    done = run(*command, "--data", str(demo[0]), "--json")
    assert (done.returncode, done.stderr) == (0, "")
    for line in done.stdout.splitlines():
        assert set(json.loads(line)) == SHAPES[command]


def test_export_is_the_list(demo: tuple[Path, dict[str, object]]) -> None:
    listed = run("claims", "list", "--limit", "0", "--data", str(demo[0]), "--json").stdout
    assert run("claims", "export", "--data", str(demo[0])).stdout == listed
    flagged = run("claims", "export", "--flag", "denied", "--data", str(demo[0])).stdout.splitlines()
    assert flagged
    assert all("denied" in json.loads(line)["flags"] for line in flagged)


def test_list_counts_what_the_run_counts(demo: tuple[Path, dict[str, object]]) -> None:
    folder, printed = demo
    foot = run("claims", "list", "--data", str(folder)).stdout.splitlines()[-1]
    cents = printed["billed_cents"]
    assert isinstance(cents, int)
    more = " and payments", "; 1 payment without a claim, not counted"
    assert foot == f"50 of 121 claims{more[0]}, ${cents / 100:,.2f} billed{more[1]}; --limit 0 shows all"


def test_demo_folder_is_named_where_there_is_no_other(demo: tuple[Path, dict[str, object]], tmp_path: Path) -> None:
    (tmp_path / "claimloom-demo").symlink_to(demo[0])
    done = run("worklist", cwd=tmp_path)
    assert done.stderr.endswith("(no claimloom.db in it); the demo's is --data claimloom-demo\n")


def test_show_tells_every_claim_without_its_patient(demo: tuple[Path, dict[str, object]]) -> None:
    folder = demo[0]
    visits = [json.loads(line) for line in (folder / "archive" / "visits.jsonl").read_text().splitlines()]
    for visit in visits[:6]:
        done = run("claims", "show", visit["session_id"], "--data", str(folder))
        assert done.returncode == 0, done.stderr
        as_json = run("claims", "show", visit["session_id"], "--data", str(folder), "--json").stdout
        for secret in (visit["coverages"][0]["member_id"], visit["patient"]["birth_date"]):
            assert secret not in done.stdout + as_json
        assert set(json.loads(as_json)) == {"claim", "events"}


def test_whoever_looks_at_a_claim_is_noted(demo: tuple[Path, dict[str, object]]) -> None:
    where = ["--data", str(demo[0]), "--json"]
    before = run("claims", "reads", "V00007", *where).stdout.splitlines()
    assert run("claims", "show", "V00007", *where).returncode == 0
    after = [json.loads(line) for line in run("claims", "reads", "V00007", *where).stdout.splitlines()]
    assert len(after) == len(before) + 1
    assert set(after[-1]) == {"time", "actor", "action", "patient_control_number", "asked", "sure"}
    assert (after[-1]["action"], bool(after[-1]["actor"])) == ("claims show", True)


def test_rules_and_doctor(demo: tuple[Path, dict[str, object]]) -> None:
    rows = [json.loads(line) for line in run("rules", "list", "--json").stdout.splitlines()]
    assert len(rows) == 204
    assert sum(row["active"] for row in rows) >= 120
    assert "KX required above threshold" in run("rules", "explain", "mod-008").stdout
    done = run("doctor", "--data", str(demo[0]), "--json")
    assert (done.returncode, json.loads(done.stdout)["needs_attention"]) == (0, [])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["claims", "list", "--data", "/nowhere"], "/nowhere: no data folder of claimloom"),
        (["claims", "show", "X", "--data", "{demo}"], "claim X: not here; claims list shows all"),
        (["claims", "list", "--flag", "late", "--data", "{demo}"], "flag late: choose one of underpaid"),
        (["rules", "explain", "ABC-1"], "rule ABC-1: not in the catalog"),
        (["dead-letters", "show", "X", "--data", "{demo}"], "dead letter X: not here"),
        (["remits", "import", "pyproject.toml", "--data", "{demo}"], "neither X12 (begins with ISA) nor visits"),
        (["sessions", "import", str(SAMPLE), "--data", "{demo}"], "this is X12; use claimloom remits import"),
        (["demo", "--data", "tests"], "is not empty and not an earlier demo"),
    ],
)
def test_misuse_is_one_clear_line(arguments: list[str], said: str, demo: tuple[Path, dict[str, object]]) -> None:
    filled = [each.replace("{demo}", str(demo[0])) for each in arguments]
    done = run(*filled, cwd=ROOT)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
