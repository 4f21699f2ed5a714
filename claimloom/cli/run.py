"""``run``: all services over a data folder, once or until it is stopped."""

from __future__ import annotations

import logging
import signal
import threading
import time
from typing import Annotated, Final

import typer

from claimloom.cli.logs import log_to_stderr
from claimloom.cli.options import AsOf, Data, Json
from claimloom.cli.output import notes
from claimloom.cli.system import opened
from claimloom.cli.totals import dead_in, finish, note, say_tests
from claimloom.errors import PlainError
from claimloom.system import System

WATCH_SECONDS: Final = 1.0


def run(
    data: Data = None,
    until_idle: Annotated[bool, typer.Option("--until-idle", help="Stop when nothing is left to do.")] = False,
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Run all services over a data folder: read inbound/, write outbound/. Without --until-idle, until stopped."""
    start = time.monotonic()
    with opened(data, as_of=as_of, must_exist=False, watching=not until_idle) as system:
        if system.settings.broker:
            raise PlainError("CLAIMLOOM_KAFKA is set: its workers do the work (claimloom worker SERVICE)")
        if not until_idle:
            _watch(system)
            return
        dead_before = dead_in(system)
        taken = system.run_until_idle()
        finish(system, taken, start, dead_before, as_json=as_json)


def _watch(system: System) -> None:
    log_to_stderr(logging.INFO)
    stop = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: stop.set())
    notes.print(f"watching {system.settings.data / 'inbound'}; stop with Ctrl-C")
    while not stop.is_set():
        before = system.files_written
        for each in system.run_until_idle():
            note(each)
        say_tests(system, before)
        stop.wait(WATCH_SECONDS)
