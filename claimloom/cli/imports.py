"""``sessions import`` and ``remits import``: one file, and everything that follows from it."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from claimloom.cli.options import AsOf, Data, Json
from claimloom.cli.output import notes, out
from claimloom.cli.system import opened
from claimloom.cli.totals import dead_in, finish, totals_of
from claimloom.doors import VISITS, look
from claimloom.errors import PlainError
from claimloom.ledger.tenants import owner_of
from claimloom.ledger.views.scope import EVERYTHING
from claimloom.ledger.views.totals import sums
from claimloom.settings import read_settings
from claimloom.system import System, Taken
from schemas.money import usd
from schemas.words import counted

# What an import says of itself: the sums that it changed.
CHANGES: Final = {
    "sessions": "visit",
    "claims": "claim",
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
WARNED: Final = {"warned": "with a warning (claims list --flag warned)"}
# Of answers besides: payers answer claims too that a corrected visit replaced.
TO_REPLACED: Final = {
    "replaced_paid": "paid of those replaced",
    "replaced_denied": "denied of those replaced",
}
Whose = Annotated[str, typer.Option("--tenant", help="Whose the file is, where several tenants are here.")]


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
        before, dead_before = _stands(system), dead_in(system)
        system.folder.bring(file, tenant)
        taken = system.run_until_idle()
        if not as_json:
            after = _stands(system)
            out.print(_said({name: after[name] - before[name] for name in before}, taken, kind))
        finish(system, taken, start, dead_before, as_json=as_json, totals=False)


def _stands(system: System) -> dict[str, int]:
    """The sums of the ledger, and of claims that were replaced how many are paid and denied."""
    with system.engine.connect() as connection:
        found = [each for each in sums(connection, EVERYTHING) if each.replaced and not each.claimless]
    replaced = {
        f"replaced_{state}": sum(each.count for each in found if each.state == state) for state in ("paid", "denied")
    }
    return totals_of(system) | replaced


def _said(changes: Mapping[str, int], taken: Iterable[Taken], kind: str) -> str:
    """What came of a file in a line: by claims, else by money, else that it was read and no claim stands otherwise."""
    words = CHANGES | (TO_REPLACED if kind == "X12" else WARNED)
    said = [_change(changes[name], word) for name, word in words.items() if changes[name]]
    if not said and (cents := changes["paid_cents"]):
        said.append(f"{_money(cents)} paid, for claims that were answered before")
    if not said and (cents := changes["provider_level_cents"]):
        said.append(f"{_money(cents)} at provider level, for no claim")
    if said:
        return ", ".join(said)
    new = sum(each.new for each in taken)
    return f"{counted(new, 'new record')} read, no claim stands otherwise" if new else "nothing changed"


def _money(cents: int) -> str:
    return usd(cents) if cents < 0 else f"+{usd(cents)}"


def _change(number: int, word: str) -> str:
    """What can be counted by itself has its plural, what is said of claims has none."""
    sign = "-" if number < 0 else "+"
    return sign + (counted(abs(number), word) if word in ("visit", "claim") else f"{abs(number):,} {word}")


def _look_at(file: Path, kind: str) -> None:
    """PlainError for a file that is not of the kind that the command reads, before it is copied anywhere."""
    try:
        if file.is_dir():
            raise PlainError(f"{file}: is a folder; name a file in it")
        head = look(file)
    except OSError as error:
        raise PlainError(f"{file}: {error.strerror}") from None
    except PlainError as error:
        raise PlainError(f"{file}: {str(error).removeprefix(f'{file.name}: ').removeprefix(f'{file}: ')}") from None
    is_x12 = head.first.startswith(b"ISA")
    if is_x12 and kind != "X12":
        raise PlainError(f"{file}: this is X12; use claimloom remits import")
    if head.first.startswith(b"{") and kind == "X12":
        raise PlainError(f"{file}: this is no X12; use claimloom sessions import")
    if not is_x12 and (kind == "X12" or VISITS not in head.kinds):
        raise PlainError(f"{file}: neither X12 (begins with ISA) nor visits (JSON Lines, begin with {{)")
    if kind == "X12" and head.kinds == ("837",):
        raise PlainError(f"{file}: these are claims (837); what comes back is read here: TA1, 999, 277CA and 835")
