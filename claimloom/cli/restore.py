"""``db restore``: a ledger from its backup, beside a data folder that went on."""

from __future__ import annotations

import logging
import os
import sqlite3
from contextlib import closing
from dataclasses import asdict
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Annotated, Final

import typer

from claimloom.cli.folder import check_ledger, settings_of
from claimloom.cli.logs import log_to_stderr
from claimloom.cli.options import AsOf, Data, Json
from claimloom.cli.output import out, print_json
from claimloom.errors import PlainError
from claimloom.ledger.chain import begin_anew
from claimloom.ledger.database import open_engine
from claimloom.ledger.migration import check_revision
from claimloom.restored import Restored, Restoring
from claimloom.runtime.taking import Policy
from claimloom.settings import Settings
from claimloom.system import System
from schemas.words import counted

TAILS: Final = ("", "-wal", "-shm")
# Damaged, and no database at all, in SQLite's numbers.
DAMAGED: Final = (11, 26)


def restore(
    file: Annotated[
        Path | None,
        typer.Argument(
            help="A backup of an SQLite ledger; none where the database was put back already.", show_default=False
        ),
    ] = None,
    sent: Annotated[
        list[Path] | None, typer.Option("--sent", help="One more folder with files that went out.", show_default=False)
    ] = None,
    since: Annotated[
        datetime | None,
        typer.Option("--since", formats=["%Y-%m-%d"], help="Read again only what was written from that day on."),
    ] = None,
    new_key: Annotated[
        bool, typer.Option("--new-key", help="The key of the chain is lost for good: a new chain begins.")
    ] = False,
    above: Annotated[int, typer.Option("--above", min=0, help="A control number (ISA13) that was used.")] = 0,
    data: Data = None,
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Put a backup in the place of the ledger, and take in again what went out and came in since.

    With all workers stopped. Without FILE where the database was put back already: by pg_restore, or as claimloom.db.
    Exit 1 if a person has to look: at claims that went out and are not known, at files that could not be read.
    """
    settings = settings_of(data, as_of)
    aside = put_back(settings, file) if file else None
    check_ledger(settings, data)
    if new_key:
        engine = open_engine(settings.database_url)
        begin_anew(engine, settings.chain_key)
        engine.dispose()
    log_to_stderr(logging.CRITICAL)
    system = System(settings, policy=Policy(at_once=True))
    try:
        done = Restoring(system, sent or (), since.date() if since else None, above).run()
    finally:
        system.close()
    if as_json:
        print_json({"replaced": aside.name if aside else "", **asdict(done)})
    else:
        _say_restored(done, aside)
    raise typer.Exit(1 if done.unmatched or done.problems else 0)


def _say_restored(done: Restored, aside: Path | None) -> None:
    if aside:
        out.print(f"the ledger of before is kept as {aside.name}")
    out.print(
        f"{counted(done.sent_files, 'file')} with {counted(done.sent_claims, 'claim')} went out since the backup, "
        f"{counted(done.known_again, 'claim is', 'claims are')} known as sent again"
    )
    read = counted(done.read_again, "file was", "files were")
    out.print(f"{read} read again, with {counted(done.new_events, 'event')} that the backup did not have")
    out.print(f"the next file gets a control number (ISA13) above {done.last_number}")
    for number in done.unmatched:
        out.print(f"claim {number} went out and is not known: bring its visit again (claimloom sessions import)")
    for name, problems in done.problems.items():
        out.print(f"{name}: {problems[0]}")
    if done.to_send:
        ready = counted(done.to_send, "claim is", "claims are")
        out.print(
            f"{ready} ready, and no file here shows that as sent: what went out all the same, put its files "
            "into a folder and name it by --sent; claimloom run (or claim_submitter) sends the rest"
        )
    out.print("decisions of people since the backup are to be made again (claimloom worklist)")


def put_back(settings: Settings, file: Path) -> Path | None:
    """A backup in the place of the SQLite ledger; gives where the one of before is kept, if there was one."""
    if settings.db:
        raise PlainError("a PostgreSQL database is put back by pg_restore; then claimloom db restore without a file")
    if not file.is_file():
        raise PlainError(f"{file}: no such file")
    file.open("rb").close()  # who may not read it is told so, by its name
    settings.data.mkdir(parents=True, exist_ok=True)
    ledger = settings.data / "claimloom.db"
    half = settings.data / ".claimloom.db.part"
    half.unlink(missing_ok=True)
    try:
        source = sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)
        with closing(source), closing(sqlite3.connect(half)) as copy:
            source.backup(copy)
        _check(half)
        aside = _moved_aside(ledger) if ledger.exists() else None
        half.replace(ledger)
    except sqlite3.Error as error:
        if error.sqlite_errorcode & 0xFF not in DAMAGED:  # of the disk, not of what is read
            raise
        raise PlainError(f"{file}: is no backup of an SQLite ledger") from None
    finally:
        half.unlink(missing_ok=True)
    return aside


def _check(file: Path) -> None:
    engine = open_engine(f"sqlite:///{file}")
    try:
        check_revision(engine)
    finally:
        engine.dispose()
        for tail in TAILS[1:]:
            Path(f"{file}{tail}").unlink(missing_ok=True)


def _moved_aside(ledger: Path) -> Path:
    """The ledger of before with its log, under a name that is free: nothing is thrown away."""
    for number in count(1):
        aside = ledger.with_name(f"claimloom-before-{number}.db")
        if not any(os.path.lexists(f"{aside}{tail}") for tail in TAILS):
            break
    for tail in reversed(TAILS):
        if os.path.lexists(f"{ledger}{tail}"):
            os.replace(f"{ledger}{tail}", f"{aside}{tail}")  # noqa: PTH105 - names with what SQLite adds to them
    return aside
