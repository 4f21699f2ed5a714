"""The way of some visits through a ledger: what the benchmarks play, here or in a process of its own."""

from __future__ import annotations

import json
import logging
import sqlite3
import struct
import sys
import time
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Final

from claimloom import x12
from claimloom.cli.logs import log_to_stderr
from claimloom.runtime.process import settle
from claimloom.sandbox.payer import Payer
from claimloom.sandbox.visits import Visit, make_visits
from claimloom.settings import Settings
from claimloom.system import System

DAY: Final = date(2026, 11, 20)
DATABASE: Final = "claimloom.db"
ANSWERS: Final = "answers.edi"


def settings(folder: Path, db: str = "", day: date = DAY) -> Settings:
    """Of a ledger for the day that the benchmarks are played on; many claims in a file."""
    return Settings(folder, db=db, as_of=day, claims_per_file=5000)


def processor(work: Callable[[], object]) -> float:
    """Seconds of the processor."""
    began = time.process_time()
    work()
    return time.process_time() - began


def _marked(visit: Visit, mark: str) -> Visit:
    """A visit of a patient of the mark's own: two of one patient on one day would be held."""
    patient = visit["patient"]
    mine = {"session_id": f"{mark}{visit['session_id']}"}
    return visit | mine | {"patient": patient | {"patient_id": f"{mark}{patient['patient_id']}"}}


def send(system: System, seed: int, count: int, mark: str = "") -> tuple[float, list[Path]]:
    """Visits to their files; processor seconds, and the files."""
    folder = system.settings.data
    before = {path.name for path in (folder / "outbound").iterdir()}
    with (folder / "inbound" / f"{mark}visits.jsonl").open("w", encoding="utf-8") as file:
        for each in make_visits(seed, count, system.today):
            file.write(json.dumps(_marked(each.visit, mark)) + "\n")
    seconds = processor(system.run_until_idle)
    return seconds, sorted(path for path in (folder / "outbound").iterdir() if path.name not in before)


def play(system: System, seed: int, count: int, mark: str = "") -> tuple[float, float]:
    """The whole way of some visits; processor microseconds a visit, to the file and from the answers."""
    out, files = send(system, seed, count, mark)
    return out / count * 1e6, answer(system, seed, files, mark) / count * 1e6


def answer(system: System, seed: int, files: Sequence[Path], mark: str = "") -> float:
    """All that a payer says to files, read into the ledger; processor seconds."""
    payer = Payer(seed, system.today)
    first: dict[str, bytes] = {}
    for path in files:
        first |= payer.answer(path.read_text(encoding="ascii"))
    back = 0.0
    for answers in (first, payer.later()):
        for name, content in answers.items():
            (system.settings.data / "inbound" / f"{mark}{name}").write_bytes(content)
        back += processor(system.run_until_idle)
    return back


def make(folder: Path, count: int) -> int:
    """A ledger of so many visits, and beside it the 835 that answers all of their claims; gives how many it answers."""
    system = System(settings(folder))
    _, files = send(system, 7, count)
    system.close()
    payer, paid = Payer(7, DAY), []
    for path in files:
        answers = payer.answer(path.read_text(encoding="ascii"))
        paid += [x12.read(data) for name, data in answers.items() if name.startswith("835")]
    whole = x12.join(paid)
    (folder / ANSWERS).write_bytes(whole)
    return sum(1 for _ in x12.stream(whole))


def post(folder: Path) -> float:
    """Read the 835 into the ledger; processor seconds."""
    (folder / ANSWERS).rename(folder / "inbound" / ANSWERS)
    system = System(settings(folder))
    seconds = processor(system.run_until_idle)
    system.close()
    return seconds


class Frames:
    """Counts the pages that are written to a ledger's WAL: a reader of our own stands at its beginning, so that what
    is there is never written over.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / f"{DATABASE}-wal"
        self.reader = sqlite3.connect(folder / DATABASE, isolation_level=None)
        self.reader.execute("pragma wal_autocheckpoint = 0")
        self.reader.execute("pragma wal_checkpoint(truncate)").fetchall()
        self.reader.execute("begin")
        self.reader.execute("select count(*) from sqlite_master").fetchall()

    def close(self) -> int:
        """How many pages there are: those with the salts of the WAL's header (a page is written once a commit)."""
        count = 0
        with self.path.open("rb") as file:
            head = file.read(32)
            size, salts = struct.unpack(">I", head[8:12])[0], head[16:24]
            while len(frame := file.read(24 + size)) == 24 + size and frame[8:16] == salts:
                count += 1
        self.reader.close()
        return count


def bytes_used(folder: Path) -> int:
    """Of a ledger on SQLite, without pages that are free."""
    reader = sqlite3.connect(folder / DATABASE)
    reader.execute("pragma wal_checkpoint(truncate)").fetchall()
    size, pages, free = (
        reader.execute(f"pragma {name}").fetchone()[0] for name in ("page_size", "page_count", "freelist_count")
    )
    reader.close()
    return int(size * (pages - free))


def main() -> None:
    """``make FOLDER COUNT`` or ``post FOLDER``, in a process of its own; prints a line of JSON."""
    log_to_stderr(logging.CRITICAL)
    settle()
    what, folder = sys.argv[1], Path(sys.argv[2])
    found = {"claims": make(folder, int(sys.argv[3]))} if what == "make" else {"seconds": post(folder)}
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
