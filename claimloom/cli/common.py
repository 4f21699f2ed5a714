"""What all commands share: the consoles, money and JSON for output, and opening a data folder."""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any, Final

import structlog
import typer
from rich.console import Console
from sqlalchemy.exc import SQLAlchemyError

from claimloom.errors import PlainError
from claimloom.runtime.process import settle
from claimloom.settings import Settings, read_settings
from claimloom.system import System

# In a pipe there is no width to fit into: lines stay whole, so that a table can be cut and searched.
PIPE_WIDTH = 240
out = Console(soft_wrap=True, highlight=False, width=None if sys.stdout.isatty() else PIPE_WIDTH)
notes = Console(stderr=True, highlight=False)
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Data = Annotated[
    Path | None,
    typer.Option("--data", help="Data folder; default CLAIMLOOM_DATA, else ./claimloom-data.", show_default=False),
]
AsOf = Annotated[datetime | None, typer.Option("--as-of", formats=["%Y-%m-%d"], help="Business date, to repeat a run.")]


def print_json(value: Any) -> None:
    """One line of JSON on stdout."""
    sys.stdout.write(json.dumps(value) + "\n")


def read_bytes(path: Path) -> bytes:
    """A file's bytes; an error that names the file."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise PlainError(f"{path}: {error.strerror}") from None


def settings_of(data: Path | None, as_of: date | datetime | None) -> Settings:
    """Settings of the environment; with the business date of the command line, if one is given."""
    settings = read_settings(data)
    if as_of is None:
        return settings
    return replace(settings, as_of=as_of.date() if isinstance(as_of, datetime) else as_of)


@contextmanager
def opened(data: Path | None, *, as_of: date | datetime | None = None, must_exist: bool = True) -> Iterator[System]:
    """The system of a data folder."""
    settle()
    settings = settings_of(data, as_of)
    if settings.data.exists() and not settings.data.is_dir():
        raise PlainError(f"{settings.data}: is a file; --data takes a folder")
    if must_exist and not settings.db and not (settings.data / "claimloom.db").exists():
        demo = Path("claimloom-demo")
        hint = f"; the demo's is --data {demo}" if data is None and (demo / "claimloom.db").exists() else "; see --data"
        raise PlainError(f"{settings.data}: no data folder of claimloom (no claimloom.db in it){hint}")
    system = System(settings)
    try:
        yield system
    finally:
        system.close()


class _JsonLines(logging.Formatter):
    """What libraries say, in the form of our own lines."""

    def format(self, record: logging.LogRecord) -> str:
        said: dict[str, str | int] = {
            "logger": record.name,
            "event": record.getMessage(),
            "level": record.levelname.lower(),
        }
        if repeated := getattr(record, "repeated", 0):
            said["repeated"] = repeated
        if record.exc_info and record.exc_info[0]:
            said["error_type"] = record.exc_info[0].__name__  # its text may quote what it was given
        at = datetime.fromtimestamp(record.created, UTC).isoformat().replace("+00:00", "Z")
        return json.dumps(said | {"timestamp": at})


class SeldomRepeated(logging.Filter):
    """Lets a library say the same thing once in ten seconds; the next line of it tells how often it was said since.

    With its broker away aiokafka says so some thousand times a second, which hides everything else and fills disks.
    """

    SECONDS: Final = 10.0
    MOST: Final = 1000

    def __init__(self) -> None:
        super().__init__()
        self._said: dict[tuple[str, str], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the line goes out. The same thing is the same text before its values are put in."""
        key = (record.name, str(record.msg))
        last, kept = self._said.get(key, (-self.SECONDS, 0))
        if 0 <= record.created - last < self.SECONDS:
            self._said[key] = (last, kept + 1)
            return False
        if len(self._said) >= self.MOST:
            self._said.clear()
        self._said[key] = (record.created, 0)
        record.repeated = kept
        return True


def libraries_log_json() -> None:
    """Libraries log warnings and errors, a JSON line each."""
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(SeldomRepeated())
    handler.setFormatter(_JsonLines())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)


def log_to_stderr(level: int) -> None:
    """JSON log lines for those who run it as a service; a command that answers a person keeps them to itself."""
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.JSONRenderer(),
        ],
    )


def said_of(error: Exception) -> str:
    """What a person can mend, in one line."""
    if isinstance(error, SQLAlchemyError):
        return _of_database(error)
    if isinstance(error, OSError):
        return f"{error.filename or 'system'}: {error.strerror or error}"
    return str(error)


def _of_database(error: Exception) -> str:
    if os.environ.get("CLAIMLOOM_DB"):
        return f"database: {_first_line(error)}; see CLAIMLOOM_DB"
    return f"claimloom.db: {_first_line(error)}; if it stays so, take the data folder from its last copy"


def _first_line(error: Exception) -> str:
    return str(getattr(error, "orig", None) or error).partition("\n")[0]
