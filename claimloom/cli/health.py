"""``replay`` and ``doctor``: whether the ledger is what its journal says, and whether a data folder is sound."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Annotated, Final, NamedTuple

import typer
from sqlalchemy import Connection, Table, func, select, text

from claimloom.cli.fitting import events_waiting, unknown_files
from claimloom.cli.ledger import reading
from claimloom.cli.options import Data, Json
from claimloom.cli.output import out, print_json
from claimloom.cli.system import opened
from claimloom.cli.verify import newest_heads, state_of_heads, tell, verified
from claimloom.folder import FOLDERS, waiting_in
from claimloom.ledger.books import FOLDED
from claimloom.ledger.database import among
from claimloom.ledger.outbound import FOLDER
from claimloom.ledger.tables import journal, outbox
from claimloom.ledger.views.letters import dead_letter_count
from claimloom.ledger.views.scope import EVERYTHING
from claimloom.ledger.views.totals import payers_without_fees
from claimloom.partners import missing_for_production
from claimloom.payers import Payers
from claimloom.reference import ReferenceFileError
from claimloom.reference.icd10 import Icd10
from claimloom.reference.releases import Lists
from claimloom.rights import own_again, tighten
from claimloom.scrub.scrubbing import Scrubbing
from claimloom.settings import read_settings
from claimloom.system import System
from schemas.words import counted

# What doctor may find, and what a person does about it.
TO_DO: Final = {
    "database": "stop, and take the ledger from its last backup",
    "not_writable": "commands that write fail; claimloom doctor --fix gives you the right if it is yours to give",
    "readable_by_others": "others may read what holds patients; claimloom doctor --fix takes that right away",
    "master_key_file": "others may read it; chmod 600 it",
    "inbound_waiting": "claimloom run --until-idle reads them, and says of what stays there why",
    "rejected_files": "rejected/NAME.reason.txt says what is wrong; put the mended file into inbound/, remove this one",
    "files_to_write": "claimloom run --until-idle writes them",
    "events_waiting": "claimloom run --until-idle, or start the workers (deploy/README.md)",
    "unknown_files": "the ledger did not write these of outbound/; after a backup was put back, claimloom db restore",
    "chain": "claimloom verify says what; after a backup was put back, claimloom db restore",
    "payer_files": "visits of all payers wait until that is mended; then claimloom dead-letters redrive all",
    "rule_files": "claims of all payers wait until that is mended; then claimloom dead-letters redrive all",
    "dead_letters": (
        "claimloom dead-letters list; mend the cause, then dead-letters redrive all; what stands wrong in the visit "
        "itself is sent again with a higher revision, and its letter set aside"
    ),
}

WAITING: Final = (
    *("inbound_waiting", "rejected_files", "files_to_write", "dead_letters"),
    *("events_waiting", "unknown_files"),
)

Fix = Annotated[
    bool,
    typer.Option(
        "--fix", help="Take from others the rights that they should not have; give the owner those that it needs."
    ),
]
# Files and folders that are named.
SHOWN: Final = 20
# Rows, or names of files, that are looked at together.
PAGE: Final = 1000


class Contents(NamedTuple):
    """What stands in a table: how many rows, and the sum of their digests, which knows no order."""

    rows: int
    digest: int


def replay(data: Data = None, as_json: Json = False) -> None:
    """Rebuild every table from the journal, and say whether they are what stood there. Exit 1 if not.

    A journal that is not as it was written is told, and the tables stay as they are.
    """
    with opened(data) as system:
        found, _ = verified(system.settings, data)
        if found.faults:
            if as_json:
                print_json({"faults": [each._asdict() for each in found.faults], "more_faults": found.more})
            else:
                tell(found)
                out.print("nothing is replayed: the journal is not as it was written (claimloom verify)")
            raise typer.Exit(1)
        before = _contents(system)
        events, erased = system.runtime.replay()
        after = _contents(system)
    differ = sorted(name for name in before if before[name] != after[name])
    rows = sum(each.rows for each in after.values())
    if as_json:
        print_json({"events": events, "erased": erased, "tables": len(after), "rows": rows, "differ": differ})
    else:
        said = f"differ: {', '.join(differ)}" if differ else "all equal to what stood there"
        passed = f" ({erased} of erased tenants passed over)" if erased else ""
        tables = f"{counted(len(after), 'table')}, {counted(rows, 'row')}"
        out.print(f"{counted(events, 'event')}{passed} replayed into {tables}, {said}")
    raise typer.Exit(1 if differ else 0)


def _contents(system: System) -> dict[str, Contents]:
    with system.engine.connect() as connection:
        return {table.name: contents_of(connection, table) for table in FOLDED}


def contents_of(connection: Connection, table: Table) -> Contents:
    """Read a page after the other: two tables of one content are held to be equal by this, whatever their size."""
    count = total = 0
    for row in connection.execute(select(table).execution_options(yield_per=PAGE)):
        # As a tuple: a row's own repr shortens long cells, and a difference in the middle of one would not show.
        total += int.from_bytes(hashlib.sha256(repr(tuple(row)).encode("utf-8", "surrogatepass")).digest())
        count += 1
    return Contents(count, total % 2**256)


def doctor(data: Data = None, fix: Fix = False, as_json: Json = False) -> None:
    """Look whether a data folder is sound and nothing is left lying. Exit 1 if something needs a person."""
    settings = read_settings(data)
    published = newest_heads(settings)
    with reading(data, sealed=True) as connection:
        folder = settings.data
        wide = list(settings.rights.wide(folder))
        shut = [path for path in _written(folder) if path.exists() and not os.access(path, os.W_OK)]
        for each in wide if fix else ():
            tighten(each)
        mended = [path for path in shut if fix and own_again(path)]
        shut = [path for path in shut if path not in mended]
        pending = connection.scalar(select(func.count()).select_from(outbox).where(outbox.c.state == "pending")) or 0
        checks = {
            "database": _soundness(connection),
            "events": connection.scalar(select(func.count()).select_from(journal)) or 0,
            "folders_missing": [name for name in FOLDERS if not (folder / name).is_dir()],
            "not_writable": [path.name for path in shut],
            "readable_by_others": [] if fix else [str(each.path.relative_to(folder)) for each in wide[:SHOWN]],
            "master_key_file": "others may read it" if _others_read_the_key() else "ok",
            "inbound_waiting": len(waiting_in(folder / "inbound")),
            "rejected_files": sum(1 for name in _names(folder / "rejected") if not name.endswith(".txt")),
            "files_to_write": pending,
            "files_sent_and_moved_away": _moved_away(connection, folder / "outbound"),
            "dead_letters": dead_letter_count(connection, EVERYTHING),
            "events_waiting": events_waiting(connection, settings),
            "unknown_files": unknown_files(connection, _names(folder / "outbound")),
            "chain": state_of_heads(connection, published),
            "payer_files": Payers.of(folder).check() or "ok",
            "rule_files": Scrubbing(folder / "rules").check() or "ok",
            "public_lists_until": _lists_until(folder / "reference"),
            "payers_without_fees": payers_without_fees(connection, EVERYTHING),
            "missing_for_production": missing_for_production(os.environ),
        }
    needs = [name for name in WAITING if checks[name]]
    needs += [name for name in ("chain", "payer_files", "rule_files") if checks[name] != "ok"]
    if wide and not fix:
        needs.insert(0, "readable_by_others")
    if shut:
        needs.insert(0, "not_writable")
    if checks["master_key_file"] != "ok":
        needs.insert(0, "master_key_file")
    if checks["database"] != "ok" or checks["folders_missing"]:
        needs.insert(0, "database")
    if as_json:
        print_json(checks | {"needs_attention": needs})
    else:
        for name, value in checks.items():
            shown = (", ".join(value) or "none") if isinstance(value, list) else value
            out.print(f"{name.replace('_', ' '):26} {shown}")
        if fix:
            out.print(f"{counted(len(wide) + len(mended), 'place')} given the rights now that they should have")
        for name in needs:
            out.print(f"needs attention: {name.replace('_', ' ')}; {TO_DO[name]}")
        if not needs:
            out.print("nothing needs attention")
    raise typer.Exit(1 if needs else 0)


def _lists_until(reference: Path) -> list[str]:
    """Last days that the lists which claims are checked by are for; ``claimloom data import`` brings newer ones."""
    lists, diagnoses = Lists(reference), Icd10(reference)
    try:
        ends = [("icd10", diagnoses.releases[-1].ends)]
        ends += [(kind, lists.releases(kind)[-1].ends) for kind in ("ncci", "mue", "mpfs", "gpci")]
    except ReferenceFileError as error:
        return [str(error)]
    return [f"{kind} {last}" for kind, last in ends]


def _written(folder: Path) -> list[Path]:
    """What every command writes to: the folder, the ledger and its log."""
    return [folder, *(folder / f"claimloom.db{ending}" for ending in ("", "-wal", "-shm"))]


def _others_read_the_key() -> bool:
    """Of one that is ours: what an orchestrator puts into a container is its own."""
    path = Path(os.environ.get("CLAIMLOOM_MASTER_KEY_FILE") or os.devnull)
    found = path.stat() if path.is_file() else None
    return found is not None and found.st_uid == os.geteuid() and bool(found.st_mode & 0o077)


def _soundness(connection: Connection) -> str:
    """SQLite looks through its file, up to the first fault; a server looks after its own, and only answers."""
    if connection.dialect.name == "sqlite":
        found = str(connection.scalar(text("PRAGMA integrity_check(1)")))
        return found if found == "ok" else f"damaged: {found.splitlines()[-1]}"
    return "ok" if connection.scalar(select(1)) == 1 else "no answer"


def _moved_away(connection: Connection, outbound: Path) -> int:
    """Files that were written and are not there any more. Asked is of those that are: mostly they are few."""
    count = select(func.count()).select_from(outbox).where(outbox.c.courier == FOLDER)
    # What is pending has an index of its own; to see of the others that they are written, each would have to be read.
    pending = count.where(outbox.c.state == "pending")
    moved = (connection.scalar(count) or 0) - (connection.scalar(pending) or 0)
    names = _names(outbound)
    while some := list(islice(names, PAGE)):
        here = among(connection, outbox.c.name, some)
        moved -= (connection.scalar(count.where(here)) or 0) - (connection.scalar(pending.where(here)) or 0)
    return moved


def _names(folder: Path) -> Iterator[str]:
    """What lies in a folder, one after the other; nothing where there is none."""
    try:
        with os.scandir(folder) as found:
            for each in found:
                yield each.name
    except FileNotFoundError:
        return
