"""Log lines on stderr, JSON each: ours and those of libraries."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Final

import structlog

# What a group's first member is told while the broker makes its own topic of groups: aiokafka calls that an error, and
# asks again until it is there.
STARTING: Final = "GroupCoordinatorNotAvailableError"


class _JsonLines(logging.Formatter):
    """What libraries say, in the form of our own lines."""

    def format(self, record: logging.LogRecord) -> str:
        level = "warning" if STARTING in record.getMessage() else record.levelname.lower()
        said: dict[str, str | int] = {
            "logger": record.name,
            "event": record.getMessage(),
            "level": level,
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
