"""The tests on other days and in other zones: ``python -m tools.other_days [--short] [pytest's arguments]``.

Needs ``faketime`` (Debian's package of that name). Only the tests' own clocks are set: broker and database are started
outside of it and keep the true time. The clock runs on from the day it is set to; waiting goes by the monotonic clock,
which is left alone. ``--short`` runs the tests that compare what is printed, without servers, on two days.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from typing import Final

from tools.local import Broker, Postgres

DAYS: Final = ("2026-12-01", "2027-03-01", "2028-02-29", "2030-01-01")
ZONES: Final = ("Pacific/Kiritimati", "Pacific/Pago_Pago")  # UTC+14 and UTC-11: another day than in UTC at any hour
SHORT: Final = (("2028-02-29", ZONES[0]), ("2030-01-01", ZONES[1]))
WHOLE: Final = (*((day, "UTC") for day in DAYS), *((DAYS[1], zone) for zone in ZONES))
PRINTED: Final = (
    *("tests/test_readme.py", "tests/test_docs.py", "tests/test_cli.py", "tests/test_cli_x12.py"),
    *("tests/test_samples.py", "tests/test_clock.py", "tests/test_command.py"),
)
RUN: Final = ("-n", "auto", "--dist", "loadgroup", "--no-loadscope-reorder", "-p", "no:cacheprovider")
NO_SERVERS: Final = "not server and not long"


def run(day: str, zone: str, arguments: list[str], given: dict[str, str]) -> int:
    """One run of pytest that begins at noon of a day; its exit status."""
    settings = {"TZ": zone, "FAKETIME_DONT_FAKE_MONOTONIC": "1", "DONT_FAKE_MONOTONIC": "1"}
    command = ["faketime", "-f", f"@{day} 12:00:00", sys.executable, "-m", "pytest", *RUN, *arguments]
    return subprocess.run(command, env=os.environ | settings | given, check=False).returncode


def main() -> None:
    """Run them all; exit 1 if one found something."""
    if not shutil.which("faketime"):
        sys.exit("faketime is not here: apt-get install faketime")
    arguments = sys.argv[1:]
    short = "--short" in arguments
    arguments = [each for each in arguments if each != "--short"]
    if short or not arguments:
        arguments = ["-m", NO_SERVERS, *(PRINTED if short else ()), *arguments]
    servers = [] if NO_SERVERS in arguments else [Broker().start(), Postgres().start()]
    given = {}
    for server in servers:
        if isinstance(server, Broker):
            given["CLAIMLOOM_TEST_KAFKA"] = server.servers
        else:
            given["CLAIMLOOM_TEST_POSTGRES"] = server.url()
    failed = []
    try:
        for day, zone in SHORT if short else WHOLE:
            began = time.monotonic()
            status = run(day, zone, arguments, given)
            sys.stdout.write(f"{day} {zone}: {'green' if not status else f'exit {status}'}, ")
            sys.stdout.write(f"{time.monotonic() - began:.0f} s\n")
            sys.stdout.flush()
            failed += [f"{day} {zone}"] if status else []
    finally:
        for server in servers:
            server.close()
    sys.exit(f"not green: {', '.join(failed)}" if failed else 0)


if __name__ == "__main__":
    main()
