"""Settings of a run: where the data folder is and who we are on the wire. Read once, at the command line."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from claimloom.errors import PlainError


@dataclass(frozen=True, slots=True)
class Submitter:
    """Sender and receiver of our files: ISA06/ISA08, loops 1000A and 1000B."""

    submitter_id: str = "SUBMITTER01"
    submitter_name: str = "EXAMPLE BILLING COMPANY"
    contact_phone: str = "5555550100"
    receiver_id: str = "RECEIVER01"
    receiver_name: str = "EXAMPLE CLEARINGHOUSE"
    usage: str = "T"


@dataclass(frozen=True, slots=True)
class Settings:
    """A data folder and what goes with it. ``as_of`` fixes the business date, so that a run can be repeated; ``batch``
    is how many events a service takes into one transaction.
    """

    data: Path
    submitter: Submitter = field(default_factory=Submitter)
    claims_per_file: int = 500
    batch: int = 500
    as_of: date | None = None

    @property
    def database_url(self) -> str:
        """SQLite file inside the data folder."""
        return f"sqlite:///{self.data / 'claimloom.db'}"


def read_settings(data: Path | None, environment: Mapping[str, str] = os.environ) -> Settings:
    """Settings from the command line's folder, else CLAIMLOOM_DATA, else ./claimloom-data, and CLAIMLOOM_* names."""
    folder = data or Path(environment.get("CLAIMLOOM_DATA", "claimloom-data"))
    default = Submitter()
    return Settings(
        folder,
        claims_per_file=_number(environment, "CLAIMLOOM_CLAIMS_PER_FILE", 500),
        batch=_number(environment, "CLAIMLOOM_BATCH", 500),
        as_of=_date(environment, "CLAIMLOOM_AS_OF"),
        submitter=Submitter(
            submitter_id=environment.get("CLAIMLOOM_SUBMITTER_ID", default.submitter_id),
            submitter_name=environment.get("CLAIMLOOM_SUBMITTER_NAME", default.submitter_name),
            contact_phone=environment.get("CLAIMLOOM_CONTACT_PHONE", default.contact_phone),
            receiver_id=environment.get("CLAIMLOOM_RECEIVER_ID", default.receiver_id),
            receiver_name=environment.get("CLAIMLOOM_RECEIVER_NAME", default.receiver_name),
            usage=environment.get("CLAIMLOOM_USAGE", default.usage),
        ),
    )


def _number(environment: Mapping[str, str], name: str, default: int) -> int:
    text = environment.get(name, str(default))
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise PlainError(f"{name} is {text!r}; a whole number above 0 is expected")
    return int(text)


def _date(environment: Mapping[str, str], name: str) -> date | None:
    text = environment.get(name)
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise PlainError(f"{name} is {text!r}; a date as 2026-11-20 is expected") from None
