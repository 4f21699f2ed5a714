"""``sessions import`` and ``remits import``: one file, and everything that follows from it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from claimloom.cli.options import AsOf, Data, Json
from claimloom.cli.output import notes, out
from claimloom.cli.system import opened
from claimloom.cli.totals import dead_in, finish, totals_of
from claimloom.errors import PlainError
from claimloom.ledger.tenants import owner_of
from claimloom.settings import read_settings

# What an import says of itself: the sums that it changed.
CHANGES: Final = {
    "sessions": "visits",
    "claims": "claims",
    "replaced": "replaced",
    "held": "held",
    "submitted": "submitted",
    "acknowledged": "acknowledged",
    "rejected": "rejected",
    "paid": "paid",
    "denied": "denied",
    "underpaid": "underpaid",
    "overpaid": "overpaid",
    "suspense": "in suspense",
    "unmatched": "unmatched",
}
Whose = Annotated[str, typer.Option("--tenant", help="Whose the file is, where several tenants are here.")]
LINES: Final = (".jsonl", ".ndjson", ".json")


def import_sessions(
    file: Path, data: Data = None, tenant: Whose = "", as_of: AsOf = None, as_json: Json = False
) -> None:
    """Read a file of visits (JSON Lines) and build, scrub and submit their claims."""
    _import(file, data, tenant, as_of, "sessions", as_json)


def import_remits(file: Path, data: Data = None, tenant: Whose = "", as_of: AsOf = None, as_json: Json = False) -> None:
    """Read an 835, 277CA, 999 or TA1 file and reconcile what it says."""
    _import(file, data, tenant, as_of, "X12", as_json)


def _import(file: Path, data: Path | None, tenant: str, as_of: Any, kind: str, as_json: bool) -> None:
    start = time.monotonic()
    _look_at(file, kind)
    if not read_settings(data).data.exists():
        notes.print(f"{read_settings(data).data}: new data folder", soft_wrap=True)
    with opened(data, as_of=as_of, must_exist=False) as system:
        if kind == "X12" and tenant:
            with system.engine.connect() as connection:
                owner_of(connection, tenant)
        if system.settings.broker:
            notes.print(f"{system.folder.bring(file, tenant).name}: is in inbound, the workers take it")
            raise typer.Exit(0)
        before, dead_before = totals_of(system), dead_in(system)
        system.folder.bring(file, tenant)
        taken = system.run_until_idle()
        if not as_json:
            after = totals_of(system)
            changes = {name: after[name] - before[name] for name in CHANGES}
            said = ", ".join(f"{changes[name]:+} {words}" for name, words in CHANGES.items() if changes[name])
            out.print(said or "nothing changed")
        finish(system, taken, start, dead_before, as_json=as_json, totals=False)


def _look_at(file: Path, kind: str) -> None:
    """PlainError for a file that is not of the kind that the command reads, before it is copied anywhere."""
    try:
        with file.open("rb") as opened_file:
            head = opened_file.read(4096).removeprefix(b"\xef\xbb\xbf").lstrip()
    except IsADirectoryError:
        raise PlainError(f"{file}: is a folder; name a file in it") from None
    except OSError as error:
        raise PlainError(f"{file}: {error.strerror}") from None
    if not head:
        raise PlainError(f"{file}: file is empty; ask the sender for it again")
    if head.startswith((b"\x1f\x8b", b"PK\x03\x04")):
        raise PlainError(f"{file}: is packed; unpack it first")
    if head.startswith(b"ISA") and kind != "X12":
        raise PlainError(f"{file}: this is X12; use claimloom remits import")
    if head.startswith(b"{") and kind == "X12":
        raise PlainError(f"{file}: this is no X12; use claimloom sessions import")
    if not head.startswith((b"ISA", b"{")) and (kind == "X12" or file.suffix.lower() not in LINES):
        raise PlainError(f"{file}: neither X12 (begins with ISA) nor visits (JSON Lines, begin with {{)")
    if kind == "X12" and (b"ST" + head[3:4] + b"837" + head[3:4]) in head:
        raise PlainError(f"{file}: these are claims (837); what comes back is read here: TA1, 999, 277CA and 835")
