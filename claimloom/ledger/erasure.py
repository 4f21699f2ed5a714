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
from claimloom.ledger.database import among, transaction
from claimloom.ledger.tables import claims, dead_letters, journal, metadata, tenant_keys
from schemas.topics import Topic

FOLDERS: Final = ("inbound", "outbound", "archive", "rejected")
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
        found = {path: _tenants_of(connection, path) for path in _files(folder)}
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
    return erased


def _rows(connection: Connection, tenant: str) -> int:
    removed = 0
    submissions, files = metadata.tables["submissions"], metadata.tables["files"]
    remittances, adjustments = metadata.tables["remittances"], metadata.tables["adjustments"]
    of_tenant = select(claims.c.claim_id).where(claims.c.tenant == tenant)
    names = select(submissions.c.file_name).where(submissions.c.claim_id.in_(of_tenant))
    events = select(remittances.c.event_id).where(remittances.c.tenant == tenant)
    # Nobody can mend them any more, and giving all dead letters again would end at the first of them.
    letters = select(journal.c.id).where(journal.c.tenant == tenant, journal.c.type == Topic.DEAD_LETTER)
    removed += connection.execute(dead_letters.delete().where(dead_letters.c.id.in_(letters))).rowcount
    removed += connection.execute(files.delete().where(files.c.name.in_(names))).rowcount
    removed += connection.execute(adjustments.delete().where(adjustments.c.event_id.in_(events))).rowcount
    for name in ("claim_lines", "scrubs", "submissions", "acknowledgments"):
        table = metadata.tables[name]
        removed += connection.execute(table.delete().where(table.c.claim_id.in_(of_tenant))).rowcount
    for name in ("accumulators", "remittances", "payments", "reconciliations", "work_items", "claims"):
        table = metadata.tables[name]
        removed += connection.execute(table.delete().where(table.c.tenant == tenant)).rowcount
    return removed


def _files(folder: Path) -> Iterator[Path]:
    for name in FOLDERS:
        for path in sorted((folder / name).rglob("*")):
            if path.is_file() and not path.name.endswith(".reason.txt"):
                yield path


def _tenants_of(connection: Connection, path: Path) -> set[str]:
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
