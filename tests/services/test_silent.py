"""What should have come and did not: told once, with the last day to file, and over when it comes. People invented."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.command import claimloom
from tests.services.test_test_files import take
from tests.sessions import visit
from tests.test_cases import EARNEST

SENT = "2026-11-20"  # a Friday


def on(folder: Path, day: str, earnest: bool = True) -> list[dict[str, Any]]:
    """The work of silence as it stands on a day, after the clocks struck."""
    ran = claimloom("run", "--until-idle", "--as-of", day, cwd=folder, environment=EARNEST if earnest else None)
    assert ran.returncode == 0, ran.stderr
    listed = claimloom("worklist", "--json", "--as-of", day, cwd=folder)
    rows = [json.loads(line) for line in listed.stdout.splitlines()]
    return [row for row in rows if row["kind"] in ("no_ack", "no_answer")]


def names(rows: list[dict[str, Any]]) -> list[str]:
    return sorted(row["kind"] for row in rows)


def answer(folder: Path, what: str) -> None:
    """The sandbox payer's answers of a kind (999, 277ca, 835) to what went out."""
    (sent,) = (folder / "claimloom-data" / "outbound").iterdir()
    if not (folder / "answers").exists():
        made = claimloom("sandbox", "answer", sent, "--mix", "paid_as_contracted", "--out", folder / "answers")
        assert made.returncode == 0, made.stderr
    for path in (folder / "answers").glob(f"{what}*.edi"):
        path.rename(folder / "claimloom-data" / "inbound" / path.name)


def test_a_claim_that_nobody_acknowledges_is_told_after_three_working_days(tmp_path: Path) -> None:
    take(tmp_path, "a.jsonl", visit(session_id="A"), earnest=True)
    assert on(tmp_path, "2026-11-24") == []  # Friday to Tuesday: two working days
    (told,) = on(tmp_path, "2026-11-25")
    assert told["kind"] == "no_ack"
    assert "sent 2026-11-20" in told["reason"]
    assert "the last day to file is 2027-11-16" in told["reason"]
    assert told["due"] == "2026-12-02"
    assert names(on(tmp_path, "2026-11-26")) == ["no_ack"]
    assert names(on(tmp_path, "2026-12-21")) == ["no_ack", "no_answer"]


@pytest.mark.parametrize(("what", "left"), [("999", ["no_ack"]), ("277ca", []), ("835", [])])
def test_it_is_over_when_it_comes(tmp_path: Path, what: str, left: list[str]) -> None:
    """A 999 says nothing of the claim; a 277CA does, and a payment all the more."""
    take(tmp_path, "a.jsonl", visit(session_id="A"), earnest=True)
    assert names(on(tmp_path, "2026-11-25")) == ["no_ack"]
    answer(tmp_path, what)
    assert names(on(tmp_path, "2026-11-26")) == left


def test_what_is_acknowledged_waits_for_its_money(tmp_path: Path) -> None:
    take(tmp_path, "a.jsonl", visit(session_id="A"), earnest=True)
    answer(tmp_path, "277ca")
    assert on(tmp_path, "2026-12-19") == []
    (told,) = on(tmp_path, "2026-12-20")
    assert told["kind"] == "no_answer"
    answer(tmp_path, "835")
    assert on(tmp_path, "2026-12-21") == []


def test_of_a_test_nothing_is_awaited(tmp_path: Path) -> None:
    take(tmp_path, "a.jsonl", visit(session_id="A"))
    assert on(tmp_path, "2026-12-30", earnest=False) == []


@pytest.mark.parametrize(("setting", "left"), [("ack_days = 0", ["no_answer"]), ("answer_days = 0", ["no_ack"])])
def test_a_payer_that_sends_none_is_not_waited_for(tmp_path: Path, setting: str, left: list[str]) -> None:
    payers = tmp_path / "claimloom-data" / "payers"
    payers.mkdir(parents=True)
    (payers / "own.toml").write_text(f'payer_ids = ["06102"]\npayer_class = "medicare_b"\n{setting}\n')
    take(tmp_path, "a.jsonl", visit(session_id="A"), earnest=True)
    assert names(on(tmp_path, "2026-12-30")) == left
