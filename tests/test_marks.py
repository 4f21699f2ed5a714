"""What a test may start is held by its marks, and the servers of a run end with it, by whatever end it came to."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.marks import needed
from tools.local import Postgres

BEGIN = """
import sys, time
from tools.keeper import Keeper, ask
keeper = Keeper()
address, folder = ask(keeper.socket, "postgres")
assert ask(keeper.socket, "postgres") == (address, folder)
print(folder, keeper.folder, flush=True)
time.sleep(float(sys.argv[1]))
"""


@pytest.mark.parametrize("program", ["java", "/opt/jdk/bin/java", "postgres", "initdb"])
def test_without_the_mark_no_server_is_started(program: str) -> None:
    with pytest.raises(AssertionError, match="mark it server, or take the fixture"):
        subprocess.Popen([program])
    with pytest.raises(AssertionError, match="mark it server"):
        Postgres().start()


@pytest.mark.process
def test_the_mark_of_a_process_is_none_of_a_server() -> None:
    assert subprocess.run([sys.executable, "-c", ""], check=False).returncode == 0
    with pytest.raises(AssertionError, match="mark it server"):
        subprocess.run(["java", "-version"], check=False)


def test_what_needs_a_mark() -> None:
    assert [needed(each) for each in ("/venv/bin/claimloom", sys.executable, "grep")] == ["process", "process", ""]
    with pytest.raises(AssertionError, match="mark it process"):
        subprocess.run([sys.executable, "-c", ""], check=False)


def alive(folder: Path) -> bool:
    """Whether a process works on a folder."""
    found = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists()]
    return any(os.fsencode(folder) in each for each in found)


def wait_for(what: Callable[[], bool], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.mark.server
@pytest.mark.parametrize("end", [None, signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=str)
def test_servers_end_with_whoever_began_them(end: signal.Signals | None) -> None:
    beginner = subprocess.Popen(
        [sys.executable, "-c", BEGIN, "60" if end else "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert beginner.stdout is not None
    folder, kept = map(Path, beginner.stdout.readline().split())
    if end:
        assert alive(folder)
        beginner.send_signal(end)
    beginner.wait()
    beginner.stdout.close()
    wait_for(lambda: not alive(folder) and not alive(kept) and not folder.exists())


def test_durations_are_of_tests_that_are_there(request: pytest.FixtureRequest) -> None:
    """As far as this run has looked: a file that was moved takes its figures along."""
    root = Path(__file__).parents[1]
    kept = json.loads((root / "tests/durations.json").read_text())
    assert {name.partition("::")[0] for name in kept if not (root / name.partition("::")[0]).exists()} == set()


@pytest.fixture(scope="module")
def of_the_file() -> int:
    return os.getpid()


@pytest.mark.parametrize("time", [1, 2])
def test_tests_that_share_a_fixture_are_on_one_process(
    time: int, of_the_file: int, request: pytest.FixtureRequest
) -> None:
    """Else each process makes it for itself: a broker's whole way, twice."""
    assert of_the_file == os.getpid()
    if hasattr(request.config, "workerinput"):
        assert request.node.nodeid.endswith("]@tests/test_marks.py")
