"""How the command line starts: processor time of commands as a multiple of a bare ``python -c pass`` of the same run.

The part of ``make bench`` that looks at whole processes. Each command's best of several rounds, user and system time;
the rounds go in turn, so that what else the machine does hits all of them alike.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

ROUNDS = 10
PROGRAM = str(Path(sys.executable).with_name("claimloom"))
SAMPLE = str(Path(__file__).parents[1] / "edi_samples/835/835_example.edi")


def cpu_seconds(command: list[str]) -> float:
    """User and system time of a process and what it started."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)  # noqa: S603
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def multiples(commands: dict[str, list[str]], rounds: int = ROUNDS) -> dict[str, float]:
    """The best of each, over the best of bare Python."""
    bare = [sys.executable, "-c", "pass"]
    best = {name: float("inf") for name in ("", *commands)}
    for _ in range(rounds):
        for name, command in {"": bare, **commands}.items():
            best[name] = min(best[name], cpu_seconds(command))
    return {name: round(best[name] / best[""], 1) for name in commands}


def main() -> None:
    """Print the multiples, or JSON with ``--json``."""
    with tempfile.TemporaryDirectory() as folder:
        data = str(Path(folder) / "demo")
        demo = [PROGRAM, "demo", "--visits", "50", "--data", data, "--json"]
        subprocess.run(demo, capture_output=True, check=True)  # noqa: S603
        found = multiples(
            {
                "--version": [PROGRAM, "--version"],
                "units": [PROGRAM, "units", "97110=23", "97140=15"],
                "price": [PROGRAM, "price", "97530:GO*2@15000", "--date", "2026-11-16"],
                "x12 check": [PROGRAM, "x12", "check", SAMPLE],
                "claims show": [PROGRAM, "claims", "show", "V00007", "--data", data],
            }
        )
    if "--json" in sys.argv:
        sys.stdout.write(json.dumps({"load": os.getloadavg()[0], "times_bare_python": found}) + "\n")
        return
    sys.stdout.write(f"processor time of a command, times that of bare Python (load {os.getloadavg()[0]:.1f})\n")
    for name, value in found.items():
        sys.stdout.write(f"{name:36} {value}\n")


if __name__ == "__main__":
    main()
