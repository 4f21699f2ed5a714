"""What went out in a test file no payer has: it goes out in earnest as soon as files count, once. People invented."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.command import claimloom
from tests.sessions import visit
from tests.test_cases import EARNEST

DAY = "2026-11-20"


def run(folder: Path, *command: str | Path, earnest: bool = False) -> str:
    done = claimloom(*command, cwd=folder, environment=EARNEST if earnest else None)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def take(folder: Path, name: str, *visits: Any, earnest: bool = False) -> str:
    (folder / name).write_text("".join(each.model_dump_json(exclude_none=True) + "\n" for each in visits))
    return run(folder, "sessions", "import", name, "--as-of", DAY, earnest=earnest)


def files(folder: Path) -> dict[str, str]:
    """By name, in the order of their control numbers."""
    found = sorted((folder / "claimloom-data/outbound").iterdir(), key=lambda path: path.stem[-9:])
    return {path.name: path.read_text(encoding="ascii") for path in found}


def claims(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in run(folder, "claims", "list", "--json").splitlines() if line.startswith("{")]


def numbers(text: str) -> list[str]:
    return re.findall(r"CLM\*([^*]+)\*", text)


def test_claims_of_a_test_file_go_out_once_when_files_count(tmp_path: Path) -> None:
    said = take(tmp_path, "a.jsonl", visit(session_id="A"), visit(session_id="B", date_of_service="2026-11-17"))
    assert "1 test file (ISA15 T" in said
    assert [each["flags"] for each in claims(tmp_path)] == [["test"], ["test"]]
    run(tmp_path, "run", "--until-idle", "--as-of", DAY)
    assert len(files(tmp_path)) == 1
    for _ in range(2):
        run(tmp_path, "run", "--until-idle", "--as-of", DAY, earnest=True)
        test, real = files(tmp_path).values()
        assert test.split("*")[15] == "T"
        assert real.split("*")[15] == "P"
        assert numbers(real) == numbers(test)
        assert ":B:1*" in real
        assert real.split("*")[13] > test.split("*")[13]
    assert [each["flags"] for each in claims(tmp_path)] == [[], []]
    take(tmp_path, "c.jsonl", visit(session_id="C", date_of_service="2026-11-18"), earnest=True)
    assert len(numbers(list(files(tmp_path).values())[-1])) == 1
    assert json.loads(run(tmp_path, "replay", "--json").splitlines()[0])["differ"] in (0, [], {})


@pytest.mark.parametrize("earnest", [False, True])
def test_a_correction_of_what_no_payer_has_is_an_original(tmp_path: Path, earnest: bool) -> None:
    """After files that count it replaces what the payer has (frequency 7, which waits for the payer's number)."""
    take(tmp_path, "a.jsonl", visit(session_id="A"), earnest=earnest)
    corrected = visit(session_id="A", revision=2, diagnoses=["M25.511"])
    (tmp_path / "b.jsonl").write_text(corrected.model_dump_json(exclude_none=True) + "\n")
    claimloom("sessions", "import", "b.jsonl", "--as-of", DAY, cwd=tmp_path, environment=EARNEST)
    sent = list(files(tmp_path).values())
    if earnest:
        assert [":B:1*" in each for each in sent] == [True]
        assert claims(tmp_path)[-1]["state"] in ("held", "clean")
    else:
        assert [":B:1*" in each for each in sent] == [True, True]
        assert len(numbers(sent[1])) == 1  # the older version does not go out beside it


def test_an_answer_to_the_test_says_nothing_of_what_went_out_in_earnest(tmp_path: Path) -> None:
    take(tmp_path, "a.jsonl", visit(session_id="A"))
    (name, text) = next(iter(files(tmp_path).items()))
    (tmp_path / name).write_text(text)
    answer = claimloom("x12", "ack", name, "--as-of", "2026-11-21", cwd=tmp_path)
    (tmp_path / "999.edi").write_text(answer.stdout[answer.stdout.index("ISA*") :].split("\nTEST_")[0])
    run(tmp_path, "remits", "import", "999.edi", "--as-of", "2026-11-21")
    assert [each["state"] for each in claims(tmp_path)] == ["syntax_ok"]
    run(tmp_path, "run", "--until-idle", "--as-of", "2026-11-23", earnest=True)
    assert [(each["state"], each["flags"]) for each in claims(tmp_path)] == [("sent", [])]
