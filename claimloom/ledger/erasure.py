"""A tenant leaves: its keys are thrown away, and everything of it that stands in the open, rows and files.

What stays are its envelopes (ids, times, clinics) with payloads that nobody can open, and sealed copies elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Engine, select, update

from claimloom.errors import PlainError
from claimloom.ledger.books import FOLDED
from claimloom.ledger.books.claims import claims
from claimloom.ledger.chain import end
from claimloom.ledger.database import among, give_back_free_pages, transaction
from claimloom.ledger.tables import outbox, tenant_keys, unsent, went_out

FOLDERS: Final = ("inbound", "outbound", "archive", "rejected", ".reading")
TENANT: Final = re.compile(rb'"tenant"\s*:\s*"((?:[^"\\]|\\.)*)"')
# CLM01 and CLP01 hold at most 38 characters; what is shorter than a number of ours cannot be one.
NUMBER: Final = re.compile(rb"[A-Z0-9][A-Z0-9-]{5,37}")
PIECE: Final = 8 * 1024 * 1024
OVERLAP: Final = 4096


@dataclass(slots=True)
class Erased:
    """What was removed, and the files that speak of another tenant as well and so were left for a person to judge."""

    rows: int = 0
    files: list[str] = field(default_factory=list)
    mixed: list[str] = field(default_factory=list)


def erase(engine: Engine, tenant: str, folder: Path) -> Erased:
    """Erase a tenant; PlainError if it has no key. May be done again, for files that were found later."""
    with engine.connect() as connection:
        mine = tenant_keys.c.tenant == tenant
        if connection.scalar(select(tenant_keys.c.key_id).where(mine).limit(1)) is None:
            raise PlainError(f"tenant {tenant}: has no key; see keys list")
        found = {path: tenants_of(connection, path) for path in _files(folder)}
    erased = Erased()
    # Files first: what they are about is told by rows, so a run that is stopped half-way can be done again.
    for path, tenants in found.items():
        name = path.relative_to(folder).as_posix()
        if tenants == {tenant}:
            path.unlink(missing_ok=True)
            path.with_name(f"{path.name}.reason.txt").unlink(missing_ok=True)
            erased.files.append(name)
        elif tenant in tenants:
            erased.mixed.append(name)
    with transaction(engine) as connection:
        # Steps hold this row while they write for the tenant: those before us are waited for, those after us see it.
        connection.execute(update(tenant_keys).where(mine).values(wrapped="", state="erased"))
        erased.rows = _rows(connection, tenant)
        end(connection, tenant)
    give_back_free_pages(engine)
    return erased


def _rows(connection: Connection, tenant: str) -> int:
    """Every row of the tenant, of every book, and of what was to leave. Envelopes, keys and who read what stay."""
    mine = select(claims.c.patient_control_number).where(claims.c.tenant == tenant)
    connection.execute(went_out.delete().where(went_out.c.patient_control_number.in_(mine)))
    tables = [*FOLDED, outbox, unsent]
    return sum(connection.execute(table.delete().where(table.c.tenant == tenant)).rowcount for table in tables)


def _files(folder: Path) -> Iterator[Path]:
    for name in FOLDERS:
        for path in sorted((folder / name).rglob("*")):
            if path.is_file() and not path.name.endswith(".reason.txt"):
                yield path


def tenants_of(connection: Connection, path: Path) -> set[str]:
    """Whom a file is about: tenants that it names, and those of the claims whose numbers stand in it."""
    found: set[str] = set()
    numbers: set[str] = set()
    rest = b""
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            text = rest + piece
            found |= {name.decode("utf-8", "replace") for name in TENANT.findall(text)}
            numbers |= {number.decode("ascii") for number in NUMBER.findall(text)}
            rest = text[-OVERLAP:]
    query = select(claims.c.tenant).where(among(connection, claims.c.patient_control_number, numbers)).distinct()
    return found | set(connection.scalars(query))
