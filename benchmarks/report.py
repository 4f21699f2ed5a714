"""Figures of a run, each beside a yardstick of the same run and beside the last run that was kept.

Where a figure is time, its ratio to the yardstick is what can be compared with another day's: the machine has other
work too. What does not depend on it (bytes, pages, memory, what is a share already) is compared as it is.
"""

from __future__ import annotations

import gc
import json
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

LAST: Final = Path(__file__).with_name("last.json")
# How far a ratio may be from the last one and count as the same: of processor time, best of some rounds.
BAND: Final = 0.10
ROUNDS: Final = 5
MORE, LESS = "more", "less"
YARD_MB: Final = 2
_PIECE: Final = b"CLM*A37YH556*500***11:B:1*Y*A*Y*I~SV1*HC:97110:GP*70*UN*2***1~"


@dataclass(frozen=True, slots=True)
class Row:
    """A figure; ``ratio`` is what is compared, ``better`` whether more or less of it is, ``goal`` what it should be."""

    name: str
    value: float
    unit: str
    ratio: float
    better: str
    goal: float | None = None

    def verdict(self, last: float | None) -> str:
        """Against the last ratio: better, worse, the same within the band, or new."""
        if last is None:
            return "new"
        if abs(self.ratio - last) <= BAND * abs(last):
            return "same"
        return "better" if (self.ratio > last) == (self.better == MORE) else "worse"

    def reached(self) -> str:
        """Whether the goal is, where there is one."""
        if self.goal is None:
            return ""
        met = self.ratio >= self.goal if self.better == MORE else self.ratio <= self.goal
        return f"goal {self.goal:g} {'reached' if met else 'missed'}"


@dataclass(slots=True)
class Report:
    """Prints rows as they come, and keeps them."""

    as_json: bool = False
    rows: list[Row] = field(default_factory=list)
    last: Mapping[str, float] = field(default_factory=lambda: kept().get("ratios", {}))

    def add(self, row: Row) -> None:
        """One more row."""
        self.rows.append(row)
        verdict = row.verdict(self.last.get(row.name))
        if self.as_json:
            told = {name: getattr(row, name) for name in Row.__slots__}
            sys.stdout.write(json.dumps(told | {"verdict": verdict}) + "\n")
        else:
            value = f"{row.value:,.0f}" if abs(row.value) >= 1000 else f"{row.value:.3g}"
            said = f"{row.name:44} {value:>9} {row.unit:14} {row.ratio:9.3g}  {verdict:6} {row.reached()}"
            sys.stdout.write(said.rstrip() + "\n")
        sys.stdout.flush()

    def cost(self, name: str, microseconds: float, unit: str, yard: float) -> None:
        """Processor time for one of something, as a share of the yardstick's for a kilobyte."""
        self.add(Row(name, microseconds, unit, microseconds / (yard * 1e6 / YARD_MB / 1000), LESS))

    def rate(self, name: str, value: float, unit: str, yard: float, goal: float | None = None) -> None:
        """Megabytes a second as a share of the yardstick's, or how many of something in its megabyte."""
        self.add(Row(name, value, unit, value * yard / YARD_MB, MORE, goal))

    def plain(self, name: str, value: float, unit: str, better: str = LESS, goal: float | None = None) -> None:
        """What is the same on any machine."""
        self.add(Row(name, value, unit, value, better, goal))

    def keep(self) -> None:
        """Write ``last.json`` anew, with what was measured, what for and when that was made; parts not run stay."""
        made = subprocess.run(["git", "log", "-1", "--format=%cs %h"], capture_output=True, text=True, check=False)  # noqa: S607
        ratios = {**self.last, **{row.name: float(f"{row.ratio:.4g}") for row in self.rows}}
        found = {"version": version("claimloom"), "commit": made.stdout.strip(), "python": platform.python_version()}
        LAST.write_text(json.dumps(found | {"ratios": ratios}, indent=1) + "\n", encoding="utf-8")


def kept() -> dict[str, Any]:
    """The last kept run; empty if there is none."""
    return dict(json.loads(LAST.read_text(encoding="utf-8"))) if LAST.exists() else {}


def compared_with() -> str:
    """What the verdicts of this run are against."""
    last = kept()
    if not last:
        return "no run is kept; --keep keeps this one"
    return f"verdicts against {last['version']} of {last['commit']} (Python {last['python']}), same within {BAND:.0%}"


def split_and_keep(data: bytes) -> list[list[str]]:
    """The least that any reader in Python has to do."""
    return [segment.split("*") for segment in data.decode("latin-1").split("~")]


def yardstick() -> float:
    """Processor seconds to split two megabytes of segments and keep them: what this machine is worth now."""
    data = _PIECE * (YARD_MB * 1_000_000 // len(_PIECE))
    return best(lambda: split_and_keep(data))


def best(work: Callable[[], Any], rounds: int = ROUNDS) -> float:
    """Processor seconds of the fastest of a few rounds: what other work on the machine does, it does not count."""
    return min(_timed(work) for _ in range(rounds))


def _timed(work: Callable[[], Any]) -> float:
    gc.collect()
    start = time.process_time()
    kept_until_told = work()
    seconds = time.process_time() - start
    del kept_until_told
    return seconds


@dataclass(frozen=True, slots=True)
class Ran:
    """What a child process took, and what it said."""

    seconds: float
    peak_mb: float
    said: str


# Asks for itself alone: what a process that has ended took is else added to that of all before it.
_WRAPPED: Final = """
import json, resource, subprocess, sys
ran = subprocess.run(sys.argv[1:], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
told = {"code": ran.returncode, "seconds": used.ru_utime + used.ru_stime, "kb": used.ru_maxrss}
print(json.dumps(told | {"said": ran.stdout.decode(), "wrong": ran.stderr.decode()}))
"""


def child(command: Sequence[str | Path], codes: Sequence[int] = (0,)) -> Ran:
    """Run a command by itself: its processor seconds and the most memory it held."""
    words = [sys.executable, "-c", _WRAPPED, *map(str, command)]
    told = json.loads(subprocess.run(words, stdout=subprocess.PIPE, check=True).stdout)  # noqa: S603
    if told["code"] not in codes:
        raise RuntimeError(f"{command} ended with {told['code']}: {told['wrong']}")
    return Ran(told["seconds"], told["kb"] / 1024, told["said"])


def json_lines(text: str) -> Iterator[dict[str, Any]]:
    """What a child printed."""
    return (json.loads(line) for line in text.splitlines() if line.startswith("{"))
