"""Which tests start what: held while they run, so that leaving some out by their marks leaves out what they start.

``server``: a broker or a database server. ``process``: another Python process. ``long``: more than the everyday run
should wait for (``make test-long``). A mark stands where the fixture is: whoever takes a fixture of ``SERVERS`` has it;
a test that starts something itself says so. One that does not, fails.
"""

from __future__ import annotations

import subprocess
from collections.abc import Generator
from functools import wraps
from pathlib import Path
from typing import Any, Final

import pytest

# Fixtures that give a server, or start one.
SERVERS: Final = frozenset({"kafka", "postgres", "server", "servers", "guarded"})
SERVER_PROGRAMS: Final = frozenset({"java", "postgres", "initdb"})
_running: list[pytest.Item] = []


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whoever takes one of the fixtures has their mark."""
    for item in items:
        if SERVERS & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.server)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Whose fixtures and test are run from here on."""
    _running[:] = [item]
    try:
        return (yield)
    finally:
        _running.clear()


def needed(program: str) -> str:
    """The mark that a test needs to start a program; empty: none."""
    name = Path(program).name
    if name in SERVER_PROGRAMS:
        return "server"
    return "process" if name == "claimloom" or name.startswith("python") else ""


def _look(command: Any) -> None:
    mark = needed(str(command if isinstance(command, str | Path) else command[0]))
    if not mark or not _running:
        return
    item = _running[0]
    has = {each.name for each in item.iter_markers()} & {"server", "process"}
    if not has or (mark == "server" and "server" not in has):
        raise AssertionError(f"{item.nodeid} starts {command}; mark it {mark}, or take the fixture")


def _watch() -> None:
    real = subprocess.Popen.__init__

    @wraps(real)
    def begin(self: Any, args: Any, *arguments: Any, **named: Any) -> None:
        _look(args)
        real(self, args, *arguments, **named)

    subprocess.Popen.__init__ = begin  # type: ignore[method-assign]


_watch()
