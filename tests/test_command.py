"""The command line as a process says what it says in this one (``tests/command.py``), a command of each group."""

from __future__ import annotations

import gc
import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest
import structlog

from tests.command import claimloom, shell

ROOT = Path(__file__).parents[1]
SAMPLES = "edi_samples"
WRONG = f"{SAMPLES}/837p/auto_accident_without_its_state.edi"
VISIT = f"{SAMPLES}/sessions/medicare_without_referring_is_held.jsonl"
PAYMENT = f"{SAMPLES}/835/835_example.edi"
# By group: commands that go before, here alone; then the one that is run both ways, and what it exits with.
GROUPS: dict[str, tuple[list[str], str, int]] = {
    "version": ([], "--version", 0),
    "x12": ([], f"x12 check {WRONG}", 1),
    "figures": ([], "price 97799*1@100", 2),
    "rules": ([], "rules explain MOD-008", 0),
    "claims": ([f"sessions import {VISIT}"], "worklist", 0),
    "remits": ([f"sessions import {VISIT}", f"remits import {PAYMENT}"], "run --until-idle", 0),
    "operate": (["db upgrade"], "db check", 0),
}


@pytest.mark.process
@pytest.mark.parametrize("group", GROUPS)
def test_a_process_says_the_same(group: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLAIMLOOM_AS_OF", "2026-11-20")
    monkeypatch.setenv("CLAIMLOOM_DATA", str(tmp_path / "data"))
    before, line, code = GROUPS[group]
    for each in before:
        assert claimloom(*each.split(), cwd=ROOT).returncode == 0, each
    here = claimloom(*line.split(), cwd=ROOT)
    command = [str(Path(sys.executable).with_name("claimloom")), *line.split()]
    there = subprocess.run(command, capture_output=True, check=False, cwd=ROOT, input=b"")
    assert (there.returncode, there.stdout, there.stderr) == (code, here.output, here.errors)
    assert here.returncode == code


def test_commands_behind_pipes(tmp_path: Path) -> None:
    done = shell(
        f"sed s/JANE/JOAN/ {ROOT / PAYMENT} | claimloom x12 diff - {ROOT / PAYMENT} | grep -c 'NM104'", cwd=tmp_path
    )
    assert (done.returncode, done.stdout) == (0, "1\n")  # the bar in quotes is grep's
    assert shell("claimloom x12 check none.edi", cwd=tmp_path).returncode == 2


def test_nothing_of_a_command_is_left(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Neither its settings nor its folder: the next test begins as if it had not been."""

    def state() -> tuple[object, ...]:
        root = logging.getLogger()
        return dict(os.environ), Path.cwd(), root.level, [*root.handlers], structlog.get_config(), gc.get_threshold()

    before = state()
    claimloom("--db", "postgresql://a@127.0.0.1:9/b", "doctor", cwd=tmp_path)
    claimloom("demo", "--visits", "2", "--data", tmp_path / "demo", "--json")
    assert state() == before
