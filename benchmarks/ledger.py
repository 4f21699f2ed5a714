"""The ledger's part of ``make bench``: sessions to files, answers to accounts, replay, memory, bytes and pages."""

from __future__ import annotations

import shutil
import sys
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Final

from benchmarks.report import Report, child, json_lines, yardstick
from benchmarks.way import DAY, Frames, bytes_used, play, processor, settings
from claimloom.system import System

VISITS: Final = 1500
NEW: Final = 600
ROUNDS: Final = 3
PROGRAM: Final = Path(sys.executable).with_name("claimloom")
ANSWERED, ANSWERED_LARGE = 10_000, 50_000
GROWN, GROWN_LARGE = 10_000, 100_000
BYTES: Final = 8000
TWO_WEEKS: Final = timedelta(days=14)
# A child that reads an 835 of 50,000 claims holds no more; and a claim in it costs no more than in one of 10,000.
MOST_MB: Final = 250.0
MOST_GROWTH: Final = 1.15


def whole_way(report: Report) -> None:
    """Sessions to durable 837P files, answers to accounts, and the same once more from the journal."""
    yard, outs, backs, again = yardstick(), [], [], []
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as folder:
            system = System(settings(Path(folder)))
            out, back = play(system, 7, VISITS)
            outs.append(out)
            backs.append(back)
            again.append(processor(system.runtime.replay) / VISITS * 1e6)
            system.close()
    yard = min(yard, yardstick())
    report.cost("session to 837 durable", min(outs), "us a claim", yard)
    report.cost("answers to accounts", min(backs), "us a claim", yard)
    report.plain("replay, share of making it", min(again) / (min(outs) + min(backs)), "", goal=0.7)


def answered(report: Report, folder: Path, visits: int) -> float:
    """An 835 that answers all claims of a ledger, in a process of its own; microseconds a claim."""
    made = child([sys.executable, "-m", "benchmarks.way", "make", folder, str(visits)])
    (told,) = json_lines(made.said)
    yard = yardstick()
    ran = child([sys.executable, "-m", "benchmarks.way", "post", folder])
    (posted,) = json_lines(ran.said)
    yard = min(yard, yardstick())
    each = float(posted["seconds"]) / int(told["claims"]) * 1e6
    report.cost(f"835 of {visits:,} visits, end to end", each, "us a claim", yard)
    report.plain(f"835 of {visits:,} visits, peak memory", ran.peak_mb, "MB", goal=MOST_MB)
    return each


def looked_after(report: Report, folder: Path) -> None:
    """What ``doctor`` and a backup hold while they look at a ledger of 10,000."""
    doctor = child([PROGRAM, "doctor", "--data", folder], codes=(0, 1))
    report.plain("doctor, peak memory", doctor.peak_mb, "MB")
    backup = child([PROGRAM, "db", "backup", folder / "copy.db", "--data", folder])
    report.plain("backup, peak memory", backup.peak_mb, "MB")


def pages(report: Report, folder: Path, name: str) -> float:
    """Pages of the WAL that new visits and their answers write into a copy of a ledger, a claim."""
    with tempfile.TemporaryDirectory() as copy:
        shutil.copytree(folder, copy, dirs_exist_ok=True)
        System(settings(Path(copy))).close()
        frames = Frames(Path(copy))
        system = System(settings(Path(copy)))
        play(system, 8, NEW, "N")
        each = frames.close() / NEW
        system.close()
    report.plain(f"WAL pages into {name}", each, "a claim")
    return each


def grow(folder: Path, count: int, db: str = "") -> None:
    """A ledger of so many visits by real work, 10,000 of each two weeks."""
    parts = count // GROWN
    for number in range(parts):
        system = System(settings(folder, db, DAY - TWO_WEEKS * (parts - 1 - number)))
        play(system, 100 + number, GROWN, f"G{number}-")
        system.close()


def measure(report: Report, *, large: bool) -> None:
    """All rows; ``large`` takes some tens of minutes."""
    whole_way(report)
    with tempfile.TemporaryDirectory() as folder:
        small = answered(report, Path(folder), ANSWERED)
        looked_after(report, Path(folder))
        empty = Path(folder) / "empty"
        empty.mkdir()
        into_empty = pages(report, empty, "an empty ledger")
    with tempfile.TemporaryDirectory() as folder:
        grow(Path(folder), GROWN)
        report.plain("bytes on SQLite", bytes_used(Path(folder)) / GROWN, "a claim", goal=BYTES)
        into_grown = pages(report, Path(folder), f"a ledger of {GROWN:,}")
    report.plain(f"WAL pages, {GROWN:,} over empty", into_grown / into_empty, "times")
    if not large:
        return
    with tempfile.TemporaryDirectory() as folder:
        each = answered(report, Path(folder), ANSWERED_LARGE)
        report.plain("835, 50,000 over 10,000 a claim", each / small, "times", goal=MOST_GROWTH)
    with tempfile.TemporaryDirectory() as folder:
        grow(Path(folder), GROWN_LARGE)
        into_large = pages(report, Path(folder), f"a ledger of {GROWN_LARGE:,}")
    report.plain("WAL pages, 100,000 over 10,000", into_large / into_grown, "times", goal=1.5)
