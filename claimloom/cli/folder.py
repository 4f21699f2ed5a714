"""The data folder that a command looks at: its settings, and whether there is a ledger in it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

from claimloom.errors import PlainError
from claimloom.settings import Settings, read_settings


def settings_of(data: Path | None, as_of: date | datetime | None) -> Settings:
    """Settings of the environment; with the business date of the command line, if one is given."""
    settings = read_settings(data)
    if as_of is None:
        return settings
    return replace(settings, as_of=as_of.date() if isinstance(as_of, datetime) else as_of)


def check_ledger(settings: Settings, data: Path | None) -> None:
    """PlainError where there is no ledger to look at."""
    if settings.data.exists() and not settings.data.is_dir():
        raise PlainError(f"{settings.data}: is a file; --data takes a folder")
    if not settings.db and not (settings.data / "claimloom.db").exists():
        demo = Path("claimloom-demo")
        hint = (
            f"; the demo's is --data {demo}"
            if data is None and (demo / "claimloom.db").exists()
            else "; see --data, or let claimloom run make it"
        )
        raise PlainError(f"{settings.data}: no data folder of claimloom (no claimloom.db in it){hint}")
