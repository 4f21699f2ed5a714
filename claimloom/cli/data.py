"""``data``: public lists of a data folder, beside those that come with the product."""

from __future__ import annotations

import os
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer

from claimloom.cli.options import Data, Json
from claimloom.cli.output import Grid, out, print_json
from claimloom.errors import PlainError
from claimloom.reference.icd10 import Icd10, Release, dotted
from claimloom.reference.icd10_files import Changes, all_codes, compare, is_packaged, read_release
from claimloom.settings import read_settings
from schemas.words import counted

FIRST_DAY: Final = date(2015, 10, 1)
MOST_SHOWN: Final = 20
WHERE: Final = "reference"


class Kind(StrEnum):
    """Lists that can be imported."""

    ICD10 = "icd10"


def import_data(
    kind: Annotated[Kind, typer.Argument(help="icd10: diagnoses (ICD-10-CM).")],
    file: Annotated[Path, typer.Argument(help="icd10: icd10cm-codes-YYYY.txt or icd10cm-order-YYYY.txt of CMS.")],
    effective: Annotated[
        datetime, typer.Option("--effective", formats=["%Y-%m-%d"], help="First day of service that it is for.")
    ],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would change, and write nothing.")] = False,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Take in a newer release of a public list, and say what it changes. What came with the product stays."""
    starts = effective.date()
    if starts < FIRST_DAY:
        raise PlainError(f"--effective {starts}: {kind.value} codes count from {FIRST_DAY} on")
    settings = read_settings(data)
    if not settings.data.is_dir():
        raise PlainError(f"{settings.data}: no data folder of claimloom")
    known = Icd10(settings.data / WHERE)
    release = read_release(file, starts)
    before = known.on(starts) or known.beside(starts)[0]
    changes = compare(before, release)
    target = settings.data / WHERE / f"icd10cm-{starts}.txt"
    if as_json:
        for name in ("added", "deleted", "headers"):
            for code in getattr(changes, name):
                print_json({"change": name, "code": dotted(code)})
        print_json(_json(release) | {"beside": before.starts.isoformat(), "written": not dry_run})
    else:
        _tell(changes, before)
    was_there = target.exists()
    if not dry_run:
        _write(target, release.table.text)
    if not as_json:
        what = f"{counted(len(all_codes(release)), 'code')} for days from {release.starts} to {release.ends}"
        again = ", in place of what was imported for that day before" if was_there else ""
        out.print(f"nothing is written: {what}" if dry_run else f"{target}: {what}{again}")


def list_data(data: Data = None, as_json: Json = False) -> None:
    """List which release of a public list covers which days. Days between and after them are covered by none."""
    table = Grid("List", "From", "To", "Codes", "Where", right=[3])
    for release in Icd10(read_settings(data).data / WHERE).releases:
        said = _json(release)
        if as_json:
            print_json(said)
        else:
            table.add(*(str(said[name]) for name in ("list", "starts", "ends", "codes", "where")))
    if not as_json:
        out.grid(table)


def _json(release: Release) -> dict[str, str | int]:
    return {
        "list": Kind.ICD10.value,
        "starts": release.starts.isoformat(),
        "ends": release.ends.isoformat(),
        "codes": len(all_codes(release)),
        "where": "packaged" if is_packaged(release) else "data folder",
    }


def _tell(changes: Changes, before: Release) -> None:
    for words, codes in (
        ("new", changes.added),
        ("deleted", changes.deleted),
        ("headers now, codes stand under them", changes.headers),
    ):
        shown = ", ".join(dotted(each) for each in codes[:MOST_SHOWN])
        more = f" and {len(codes) - MOST_SHOWN} more (--json has all)" if len(codes) > MOST_SHOWN else ""
        out.print(f"{words}: {len(codes)}{f': {shown}{more}' if codes else ''}")
    out.print(f"compared with the release of {before.starts}")


def _write(target: Path, text: str) -> None:
    """Whole or not at all: a run that starts meanwhile reads the old one."""
    half = target.with_suffix(".half")
    try:
        target.parent.mkdir(mode=0o700, exist_ok=True)
        with half.open("w", encoding="ascii") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        half.replace(target)
    except OSError as error:
        half.unlink(missing_ok=True)
        raise PlainError(f"{target}: {error.strerror}") from None
