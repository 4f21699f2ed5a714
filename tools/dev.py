"""``make dev-up`` and ``make dev-down``: a broker and a database of one's own, for who works on workers by hand.

They listen on loopback alone, stand apart from those of tests, and end by themselves after some hours. What was started
is written down with the moment at which each process began: ``dev-down`` ends these and nothing else, whatever else has
got one of their numbers since.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

from claimloom.errors import PlainError
from tools.local import Broker, Postgres

HOURS: Final = 8.0
FOLDER: Final = Path(".dev")
PIDS: Final = "pids.json"
READY: Final = "ready.json"
KEEPER_LOG: Final = "keeper.log"
START_SECONDS: Final = 240


def up(folder: Path, hours: float) -> dict[str, str]:
    """Start both, unless they are there; gives the settings to work with. PlainError if they do not come up."""
    if not _running(folder):
        (folder / READY).unlink(missing_ok=True)
        folder.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "tools.dev", "keep", "--folder", str(folder.resolve()), "--hours", str(hours)]
        with (folder / KEEPER_LOG).open("wb") as log:
            keeper = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        _write_pids(folder, [keeper.pid])
        end = time.monotonic() + START_SECONDS
        while not (folder / READY).exists():
            if keeper.poll() is not None or time.monotonic() > end:
                down(folder)
                raise PlainError(f"servers did not come up; see {folder / KEEPER_LOG}")
            time.sleep(0.1)
    found: dict[str, str] = json.loads((folder / READY).read_text(encoding="utf-8"))
    return found


def down(folder: Path) -> int:
    """End what was started, and say how many processes that were; what they held goes with them."""
    running = _running(folder)
    for number in running:  # the keeper is the first, and ends its servers itself
        with contextlib.suppress(ProcessLookupError):
            os.kill(number, signal.SIGTERM)
    end = time.monotonic() + 60
    while (left := _running(folder)) and time.monotonic() < end:
        time.sleep(0.1)
    for number in left:
        with contextlib.suppress(ProcessLookupError):
            os.kill(number, signal.SIGKILL)
    for name in (PIDS, READY):
        (folder / name).unlink(missing_ok=True)
    return len(running)


def keep(folder: Path, hours: float) -> None:
    """The process that owns both servers: it starts them, waits, and ends them."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    kafka, postgres = Broker(), Postgres()
    try:
        kafka.start()
        postgres.start()
        _write_pids(folder, [os.getpid(), kafka.pid, postgres.pid])
        settings = {"CLAIMLOOM_KAFKA": kafka.servers, "CLAIMLOOM_DB": postgres.new_database()}
        half = folder / f".{READY}"
        half.write_text(json.dumps(settings), encoding="utf-8")
        half.replace(folder / READY)
        time.sleep(hours * 3600)
    finally:
        for each in (kafka, postgres):
            each.stop()
            each.close()
        (folder / READY).unlink(missing_ok=True)


def _write_pids(folder: Path, numbers: list[int]) -> None:
    (folder / PIDS).write_text(json.dumps({str(each): _began(each) for each in numbers}), encoding="utf-8")


def _running(folder: Path) -> list[int]:
    """Processes that were started here and are still there, in the order of their start."""
    try:
        known = json.loads((folder / PIDS).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return []
    return [int(number) for number, began in known.items() if began and _began(int(number)) == began]


def _began(number: int) -> str:
    """When a process began, as ``ps`` says it; empty if there is none, or if it is over and waits to be asked for."""
    asked = ["ps", "-o", "stat=,lstart=", "-p", str(number)]
    state, _, began = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip().partition(" ")
    return "" if state.startswith("Z") else began.strip()


def _say(settings: dict[str, str], hours: float) -> None:
    print(f"Kafka and PostgreSQL listen on loopback, for {hours:g} hours or until make dev-down. In your shell:\n")
    for name, value in settings.items():
        print(f"export {name}={value}")
    print("\nOnce: claimloom db upgrade && claimloom topics create")
    print("Then, each in a shell of its own, or all that claimloom worker --help names:")
    print("claimloom worker session_intake --data claimloom-dev")


def main() -> None:
    """``up``, ``down``, and ``keep``, which ``up`` starts."""
    parser = argparse.ArgumentParser(prog="tools.dev", description=__doc__)
    parser.add_argument("what", choices=("up", "down", "keep"))
    parser.add_argument("--folder", type=Path, default=FOLDER)
    parser.add_argument("--hours", type=float, default=HOURS)
    asked = parser.parse_args()
    if asked.what == "keep":
        keep(asked.folder, asked.hours)
    elif asked.what == "down":
        count = down(asked.folder)
        print(f"{count} processes ended" if count else "nothing of dev-up is running")
    else:
        try:
            _say(up(asked.folder, asked.hours), asked.hours)
        except PlainError as error:
            raise SystemExit(str(error)) from None


if __name__ == "__main__":
    main()
