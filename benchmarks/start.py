"""How the command line starts: processor time of commands as a multiple of a bare ``python -c pass`` of the same run.

The part of ``make bench`` that looks at whole processes. Each command's best of several rounds, user and system time;
the rounds go in turn, so that what else the machine does hits all of them alike.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Final

from benchmarks.report import LESS, Report, Row, child

ROUNDS: Final = 10
PROGRAM: Final = str(Path(sys.executable).with_name("claimloom"))
SAMPLE: Final = str(Path(__file__).parents[1] / "edi_samples/835/835_example.edi")


def seconds_of(commands: dict[str, list[str]], rounds: int = ROUNDS) -> dict[str, float]:
    """The best of each."""
    best = dict.fromkeys(commands, float("inf"))
    for _ in range(rounds):
        for name, command in commands.items():
            best[name] = min(best[name], child(command).seconds)
    return best


def measure(report: Report) -> None:
    """A row a command."""
    with tempfile.TemporaryDirectory() as folder:
        data = str(Path(folder) / "demo")
        child([PROGRAM, "demo", "--visits", "50", "--data", data, "--json"])
        bare = {"": [sys.executable, "-c", "pass"]}
        commands = {
            "--version": [PROGRAM, "--version"],
            "units": [PROGRAM, "units", "97110=23", "97140=15"],
            "price": [PROGRAM, "price", "97530:GO*2@15000", "--date", "2026-11-16"],
            "x12 check": [PROGRAM, "x12", "check", SAMPLE],
            "claims show": [PROGRAM, "claims", "show", "V00007", "--data", data],
        }
        found = seconds_of(bare | commands)
    for name in commands:
        row = Row(f"claimloom {name}", found[name] * 1000, "ms", found[name] / found[""], LESS)
        report.add(row)
