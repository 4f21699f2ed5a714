"""A ledger put back without its answers, and a visit that is corrected then: what a payer has is not sent once more as
an original. People invented."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.command import claimloom
from tests.services.test_test_files import claims, files, numbers, run, take
from tests.sessions import visit
from tests.test_cases import EARNEST

PLAN = 'payer_ids = ["06102"]\npayer_class = "medicare_advantage"\n'


def put_back(folder: Path, backup: Path, *more: str) -> dict[str, Any]:
    restored = ("db", "restore", backup, "--json", "--as-of", "2026-11-20", *more)
    done = claimloom(*restored, cwd=folder, environment=EARNEST)
    assert done.returncode in (0, 1), done.stderr
    return dict(json.loads(done.stdout))


def letters(folder: Path) -> list[str]:
    done = claimloom("dead-letters", "list", "--json", cwd=folder)
    return [json.loads(line)["error"] for line in done.stdout.splitlines()]


def lost(folder: Path, *gone: str) -> Path:
    """A visit went out, and is lost with what else is named; the backup is of before. Gives the transport's folder."""
    take(folder, "zero.jsonl", visit(session_id="ZERO", date_of_service="2026-11-10"), earnest=True)
    run(folder, "db", "backup", "backup.db", earnest=True)
    take(folder, "first.jsonl", visit(session_id="A"), earnest=True)
    for name in gone:
        for path in (folder / "claimloom-data").glob(name):
            path.unlink()
    return folder / "claimloom-data/outbound"


@pytest.mark.parametrize(("payer", "rule"), [("", "CLM-008"), (PLAN, "CLM-006")], ids=["medicare", "plan"])
def test_a_correction_of_what_only_a_file_shows_is_held(tmp_path: Path, payer: str, rule: str) -> None:
    """The visit's first telling is lost; the file that it went out in is there."""
    if payer:
        (tmp_path / "claimloom-data/payers").mkdir(parents=True)
        (tmp_path / "claimloom-data/payers/own.toml").write_text(payer)
    lost(tmp_path, "archive/first*")
    done = put_back(tmp_path, tmp_path / "backup.db")
    assert len(done["unmatched"]) == 1
    take(tmp_path, "second.jsonl", visit(session_id="A", revision=2), earnest=True)
    assert len(files(tmp_path)) == 2
    (held,) = [each for each in claims(tmp_path) if each["visit_id"] == "A"]
    assert held["state"] == "held"
    shown = run(tmp_path, "claims", "show", "A")
    assert rule in shown
    assert "built as replacement" in shown


def test_what_no_payer_has_goes_out_as_an_original(tmp_path: Path) -> None:
    """The nearest that is right: the visit's first telling is lost before it went out."""
    lost(tmp_path, "archive/first*", "outbound/837p-000000002.edi")
    put_back(tmp_path, tmp_path / "backup.db", "--above", "2")
    take(tmp_path, "second.jsonl", visit(session_id="A", revision=2), earnest=True)
    assert len(numbers(files(tmp_path)["837p-000000003.edi"])) == 1


def test_a_correction_built_before_the_file_was_found_is_not_sent(tmp_path: Path) -> None:
    """A transport had taken the files: put back without them, the correction was made an original. Then they are found,
    and then the answer comes: what is corrected after it goes as its payer takes it.
    """
    outbound = lost(tmp_path)
    taken = tmp_path / "taken"
    shutil.move(outbound, taken)
    outbound.mkdir()
    second = visit(session_id="A", revision=2).model_dump_json(exclude_none=True) + "\n"
    (tmp_path / "claimloom-data/archive/second.jsonl").write_text(second)
    assert put_back(tmp_path, tmp_path / "backup.db")["to_send"] == 1
    found = put_back(tmp_path, tmp_path / "claimloom-data/claimloom.db", "--sent", "taken")
    assert (found["to_send"], found["unmatched"]) == (1, [])
    done = claimloom("run", "--until-idle", "--as-of", "2026-11-20", cwd=tmp_path, environment=EARNEST)
    assert (done.returncode, "1 new dead letter" in done.stderr + done.stdout) == (1, True)
    assert list(outbound.iterdir()) == []
    (said,) = letters(tmp_path)
    assert "cannot be sent as an original: its payer has version 1, sent 2026-11-20" in said
    made = claimloom(
        "sandbox", "answer", taken / "837p-000000002.edi", "--mix", "paid_as_contracted", "--out", tmp_path
    )
    assert made.returncode == 0, made.stderr
    for path in tmp_path.glob("*.edi"):
        path.rename(tmp_path / "claimloom-data/inbound" / path.name)
    run(tmp_path, "run", "--until-idle", "--as-of", "2026-12-10", earnest=True)
    assert list(outbound.iterdir()) == []
    take(tmp_path, "third.jsonl", visit(session_id="A", revision=3), earnest=True)
    assert list(outbound.iterdir()) == []
    (held,) = [each for each in claims(tmp_path) if each["visit_id"] == "A" and each["state"] == "held"]
    assert "CLM-008" in run(tmp_path, "claims", "show", held["patient_control_number"])
