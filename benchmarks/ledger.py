"""The ledger's part of ``make bench``: sessions to files, answers to accounts, replay, memory, bytes and pages."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import text

from benchmarks.report import Report, child, json_lines, yardstick
from benchmarks.way import DAY, Frames, answer, bytes_used, play, processor, send, settings
from claimloom.ledger.database import open_engine
from claimloom.ledger.migration import migrate
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
LOOKING_MB: Final = 150.0
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


def looked_after(report: Report, folder: Path, of: str = "") -> None:
    """What ``doctor`` and a backup hold while they look at a ledger."""
    doctor = child([PROGRAM, "doctor", "--data", folder], codes=(0, 1))
    report.plain(f"doctor{of}, peak memory", doctor.peak_mb, "MB", goal=LOOKING_MB)
    backup = child([PROGRAM, "db", "backup", folder / "copy.db", "--data", folder])
    report.plain(f"backup{of}, peak memory", backup.peak_mb, "MB", goal=LOOKING_MB)
    (folder / "copy.db").unlink()


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


def stored(report: Report, name: str, folder: Path, used: Callable[[], int], db: str = "") -> None:
    """What a ledger of 10,000 visits holds a claim when all are sent, and when all are answered."""
    system = System(settings(folder, db))
    empty = used()
    _, files = send(system, 100, GROWN, "G0-")
    report.plain(f"bytes on {name}, sent", (used() - empty) / GROWN, "a claim", goal=BYTES)
    answer(system, 100, files, "G0-")
    report.plain(f"bytes on {name}, answered", (used() - empty) / GROWN, "a claim", goal=BYTES)
    system.close()


def stored_on_postgres(report: Report) -> None:
    """The same on a server of its own, with what updates left behind and nobody cleared away yet."""
    import psycopg  # noqa: PLC0415 - an extra

    from tools.local import Postgres, new_database  # noqa: PLC0415

    server = Postgres().start()
    try:
        url = new_database(server.url(), psycopg)
        engine = open_engine(url)
        migrate(engine)
        size = text("select pg_database_size(current_database())")

        def used() -> int:
            with engine.connect() as connection:
                return int(connection.scalar(size) or 0)

        with tempfile.TemporaryDirectory() as folder:
            stored(report, "PostgreSQL", Path(folder), used, url)
        engine.dispose()
    finally:
        server.close()


def grow(folder: Path, count: int) -> None:
    """A ledger of so many visits by real work, 10,000 of each two weeks."""
    parts = count // GROWN
    for number in range(parts):
        system = System(settings(folder, day=DAY - TWO_WEEKS * (parts - 1 - number)))
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
        stored(report, "SQLite", Path(folder), lambda: bytes_used(Path(folder)))
        into_grown = pages(report, Path(folder), f"a ledger of {GROWN:,}")
    report.plain(f"WAL pages, {GROWN:,} over empty", into_grown / into_empty, "times")
    if not large:
        return
    with tempfile.TemporaryDirectory() as folder:
        each = answered(report, Path(folder), ANSWERED_LARGE)
        report.plain("835, 50,000 over 10,000 a claim", each / small, "times", goal=MOST_GROWTH)
    stored_on_postgres(report)
    with tempfile.TemporaryDirectory() as folder:
        grow(Path(folder), GROWN_LARGE)
        looked_after(report, Path(folder), f" of {GROWN_LARGE:,}")
        into_large = pages(report, Path(folder), f"a ledger of {GROWN_LARGE:,}")
    report.plain("WAL pages, 100,000 over 10,000", into_large / into_grown, "times", goal=1.5)
