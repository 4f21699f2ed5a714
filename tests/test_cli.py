"""The command line as a process: what it prints, what it exits with, one line for an error."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

SAMPLE = Path(__file__).parents[1] / "edi_samples/835/835_example.edi"


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("claimloom")), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


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
        (["price", "97799*1@100"], "no rate for one of these codes"),
        (["x12", "check", "README.md"], "file does not begin with ISA at offset 0"),
    ],
)
def test_error_is_one_line_on_stderr(arguments: list[str], said: str) -> None:
    done = subprocess.run(
        [str(Path(sys.executable).with_name("claimloom")), *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[1],
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
