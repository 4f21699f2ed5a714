"""No log of the suite holds a name, member id or birth date of the test data: every test looks through its own.

What counts as a log: records of structlog and ``logging`` in this process; log lines on stdout and stderr of commands
that tests run; the log files of workers, broker and database server. What a command prints for a person is none. A
test that logged a patient fails, with the place and the words.
"""

from __future__ import annotations

import atexit
import json
import logging
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Generator, Iterable
from functools import cache, wraps
from pathlib import Path
from typing import Any

import pytest
import structlog

from claimloom.sandbox.visits import FIRST_NAMES, LAST_NAMES
from tests.phi import phi_of
from tests.sessions import visit
from tools.cluster import Cluster
from tools.local import _Server

HERE = Path(__file__).parent
SAMPLES = HERE.parent / "edi_samples"
# Of any seed of the sandbox, in whatever process it made them: Medicare and other member ids, births (1935 to 2015).
PATTERNS = re.compile(
    r"\b1[A-Z]\d4[A-Z]\d5[A-Z]{2}\d{2}\b|\bW\d{9}\b|\b123-45-6789A\b"
    r"|\b(?:19[3-9]\d|200\d|201[0-5])(?P<dash>-?)(?:0[1-9]|1[0-2])(?P=dash)(?:0[1-9]|[12]\d|3[01])\b"
    r"|\b(?:0[1-9]|1[0-2])/(?:0[1-9]|[12]\d|3[01])/(?:19[3-9]\d|200\d|201[0-5])\b",
    re.IGNORECASE,
)
WORD = re.compile(r"[^\W_]+")


class Told:
    """Lines that were logged and nobody has looked at yet, each with its place."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str]] = []

    def add(self, place: str, text: str) -> None:
        """One more line."""
        self.lines.append((place, text))

    def taken(self) -> list[str]:
        """Those that tell who a patient is, with the words; all are looked at then."""
        lines, self.lines = self.lines, []
        return [f"{place}: {', '.join(found)}: {text}" for place, text in lines if (found := found_in(text))]


TOLD = Told()
THROWN_AWAY: dict[Path, int] = {}


@cache
def names_and_numbers() -> tuple[frozenset[str], re.Pattern[str]]:
    """Of the test data: names, each a word; and a pattern of its numbers, dates and streets."""
    phi = phi_of([visit().model_dump(mode="json"), *_sessions(SAMPLES / "sessions")])
    phi |= phi_of(
        each["data"] for each in _sessions(HERE / "schemas/corpus/v1") if each.get("type") == "session-completed"
    )
    for path in SAMPLES.rglob("*.edi"):
        text = path.read_text(encoding="utf-8", errors="replace")
        for found in re.finditer(r"NM1\*(?:IL|QC|74)\*1\*([^*~]*)\*?([^*~]*)(?:\*[^*~]*){3}\*?[^*~]*\*?([^*~]*)", text):
            phi |= {each.strip() for each in found.groups()}
        phi |= set(re.findall(r"DMG\*D8\*(\d{8})", text))
    plain = {each for each in phi if any(mark.isdigit() for mark in each)}
    names = {word.lower() for each in phi - plain for word in WORD.findall(each)} | {
        each.lower() for each in (*FIRST_NAMES, *LAST_NAMES)
    }
    numbers = "|".join(re.escape(each.lower()) for each in sorted(plain) if len(each) > 5)
    return frozenset(each for each in names if len(each) > 1), re.compile(rf"(?<![a-z0-9])(?:{numbers})(?![a-z0-9])")


def _sessions(folder: Path) -> Iterable[dict[str, Any]]:
    for path in sorted(folder.glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            try:
                yield json.loads(line)
            except ValueError:
                continue  # a sample of what is no JSON


def found_in(text: str) -> list[str]:
    """What of the test data's patients stands in a text."""
    names, numbers = names_and_numbers()
    lower = text.lower()
    found = [word for word in WORD.findall(lower) if word in names]
    found += numbers.findall(lower)
    return found + [each.group() for each in PATTERNS.finditer(text)]


# ---- where logs come from --------------------------------------------------------------------------------------------


def _place() -> str:
    """File and line of who logged."""
    frame = sys._getframe(2)
    while frame.f_back and ("/structlog/" in frame.f_code.co_filename or frame.f_code.co_filename == __file__):
        frame = frame.f_back
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"


def log_lines(text: str, place: str) -> None:
    """Of what a command printed the lines that are a log's: JSON with event and level."""
    for number, line in enumerate(text.splitlines(), start=1):
        if line.startswith("{") and '"event":' in line and '"level":' in line:
            TOLD.add(f"{place}:{number}", line)


def log_file(path: Path) -> None:
    """A file that is a log from its first to its last line."""
    with path.open(encoding="utf-8", errors="replace") as file:
        for number, line in enumerate(file, start=1):
            TOLD.add(f"{path}:{number}", line.rstrip("\n"))


def _before(owner: type, name: str, look: Callable[..., None]) -> None:
    """Have a look before a method does what it does."""
    real = getattr(owner, name)

    @wraps(real)
    def method(self: Any, *arguments: Any, **named: Any) -> Any:
        look(self, *arguments, **named)
        return real(self, *arguments, **named)

    setattr(owner, name, method)


def _of_structlog(logger: Any, method: str, event: Any, values: dict[str, Any]) -> None:
    TOLD.add(_place(), json.dumps({"event": event, **logger._context, **values}, default=str))


def _of_logging(_logger: logging.Logger, record: logging.LogRecord) -> None:
    TOLD.add(f"{record.pathname}:{record.lineno}", record.getMessage())


def _of_cluster(cluster: Cluster) -> None:
    for path in sorted(cluster.folder.with_name(f"{cluster.folder.name}-logs").glob("*.log")):
        log_file(path)


def _of_server(server: _Server) -> None:
    for path in sorted(server.folder.glob("*.log")):
        log_file(path)


def _thrown_away() -> None:
    """What a test's process says on stderr is kept for us also where the test does not care for it."""
    real = subprocess.Popen.__init__
    folder = Path(tempfile.mkdtemp(prefix="claimloom-said-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)

    @wraps(real)
    def begin(self: Any, *arguments: Any, **named: Any) -> None:
        if named.get("stderr") != subprocess.DEVNULL:
            real(self, *arguments, **named)
            return
        path = folder / str(len(THROWN_AWAY))
        with path.open("wb") as file:
            real(self, *arguments, **named | {"stderr": file})
        THROWN_AWAY[path] = 0

    subprocess.Popen.__init__ = begin  # type: ignore[method-assign]


def look_at_thrown_away() -> None:
    """What came since the last look."""
    for path, start in THROWN_AWAY.items():
        with path.open("rb") as file:
            file.seek(start)
            new = file.read()
        whole = new.rpartition(b"\n")[0]
        THROWN_AWAY[path] = start + len(whole)
        log_lines(whole.decode(errors="replace"), f"stderr of process {path.name}")


def _communicate() -> None:
    real = subprocess.Popen.communicate

    @wraps(real)
    def communicate(self: Any, *arguments: Any, **named: Any) -> Any:
        told = real(self, *arguments, **named)
        for text in told:
            if text:
                log_lines(text if isinstance(text, str) else text.decode(errors="replace"), f"{self.args}")
        return told

    subprocess.Popen.communicate = communicate  # type: ignore[method-assign]


_before(structlog.BoundLoggerBase, "_process_event", _of_structlog)
_before(logging.Logger, "handle", _of_logging)
_before(Cluster, "close", _of_cluster)
_before(_Server, "close", _of_server)
_communicate()
_thrown_away()


# ---- who is told -----------------------------------------------------------------------------------------------------


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test whose logs hold a patient has failed, whatever it found itself."""
    report = yield
    for name, text in report.sections:
        if name.endswith(call.when):  # those of earlier phases are there again
            log_lines(text, f"{item.nodeid} {name}")
    look_at_thrown_away()
    if found := TOLD.taken():
        said = "\n".join(["A log tells who a patient is:", *dict.fromkeys(found)])
        report.longrepr = f"{report.longreprtext}\n{said}" if report.failed else said
        report.outcome = "failed"
    return report
