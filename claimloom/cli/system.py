"""The system of a data folder, for the commands that work on it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path

from claimloom.cli.folder import check_ledger, settings_of
from claimloom.cli.logs import log_to_stderr
from claimloom.errors import PlainError
from claimloom.runtime.process import settle
from claimloom.system import System


@contextmanager
def opened(data: Path | None, *, as_of: date | datetime | None = None, must_exist: bool = True) -> Iterator[System]:
    """The system of a data folder."""
    log_to_stderr(logging.CRITICAL)  # what services say is no answer to a person
    settle()
    settings = settings_of(data, as_of)
    if must_exist:
        check_ledger(settings, data)
    elif settings.data.exists() and not settings.data.is_dir():
        raise PlainError(f"{settings.data}: is a file; --data takes a folder")
    system = System(settings)
    try:
        yield system
    finally:
        system.close()
