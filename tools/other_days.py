"""The tests on other days and in other zones: ``python -m tools.other_days [--short] [pytest's arguments]``.

Needs ``faketime`` (Debian's package of that name). Broker and database keep the true time (``tools/local.py``), all
else has the other. The clock runs on from the day it is set to; waiting goes by the monotonic clock, which is left
alone. Without ``--short`` it is all of ``make test``, on four days; with it the tests that compare what is printed, on
two.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

DAYS: Final = ("2026-12-01", "2027-03-01", "2028-02-29", "2030-01-01")
ZONES: Final = ("Pacific/Kiritimati", "Pacific/Pago_Pago")  # UTC+14 and UTC-11: another day than in UTC at any hour
WHOLE: Final = tuple(zip(DAYS, ("UTC", ZONES[0], ZONES[1], "UTC"), strict=True))
SHORT: Final = (("2028-02-29", ZONES[0]), ("2030-01-01", ZONES[1]))
PRINTED: Final = (
    *("tests/test_readme.py", "tests/test_docs.py", "tests/test_cli.py", "tests/test_cli_x12.py"),
    *("tests/test_samples.py", "tests/test_clock.py", "tests/test_command.py", "tests/test_folder.py"),
)
ASLEEP: Final = str(Path(__file__).with_name("asleep"))
RUN: Final = ("-n", "auto", "--dist", "loadgroup", "--no-loadscope-reorder", "-p", "no:cacheprovider")


def run(day: str, zone: str, arguments: list[str]) -> int:
    """One run of pytest that begins at noon of a day; its exit status."""
    settings = {"TZ": zone, "FAKETIME_DONT_FAKE_MONOTONIC": "1", "DONT_FAKE_MONOTONIC": "1", "PYTHONPATH": ASLEEP}
    command = ["faketime", "-f", f"@{day} 12:00:00", sys.executable, "-m", "pytest", *RUN, *arguments]
    return subprocess.run(command, env=os.environ | settings, check=False).returncode


def main() -> None:
    """Run them all; exit 1 if one found something."""
    if not shutil.which("faketime"):
        sys.exit("faketime is not here: apt-get install faketime")
    short = "--short" in sys.argv
    arguments = [each for each in sys.argv[1:] if each != "--short"]
    if short:
        arguments = ["-m", "not server and not long", *PRINTED, *arguments]
    failed = []
    for day, zone in SHORT if short else WHOLE:
        began = time.monotonic()
        status = run(day, zone, arguments or ["-m", "not long"])
        sys.stdout.write(f"{day} {zone}: {'green' if not status else f'exit {status}'}, ")
        sys.stdout.write(f"{time.monotonic() - began:.0f} s\n")
        sys.stdout.flush()
        failed += [f"{day} {zone}"] if status else []
    sys.exit(f"not green: {', '.join(failed)}" if failed else 0)


if __name__ == "__main__":
    main()
