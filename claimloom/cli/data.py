"""``data``: public lists of a data folder, beside those that come with the product."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final, NamedTuple

import typer

from claimloom.cli.options import Data, Json
from claimloom.cli.output import Grid, out, print_json
from claimloom.errors import PlainError
from claimloom.reference.icd10 import Icd10, dotted
from claimloom.reference.icd10_files import all_codes, compare, is_packaged, read_release
from claimloom.reference.layouts import read_file
from claimloom.reference.releases import (
    KINDS,
    ListRelease,
    Lists,
    differences,
    ends_of,
    name_of,
    own_file,
    write_own,
)
from claimloom.settings import read_settings
from schemas.words import counted

FIRST_DAY: Final = date(2015, 10, 1)
MOST_SHOWN: Final = 20
WHERE: Final = "reference"


class Kind(StrEnum):
    """Lists that can be imported."""

    NCCI = "ncci"
    MUE = "mue"
    MPFS = "mpfs"
    GPCI = "gpci"
    ICD10 = "icd10"
    CARC = "carc"
    RARC = "rarc"


class Change(NamedTuple):
    """A row that a release has otherwise: how (``added``, ``deleted``, ``headers``, ``changed``), its name, and what it
    says now and said before.
    """

    how: str
    code: str
    now: str = ""
    before: str = ""

    def __str__(self) -> str:
        if self.how == "changed":
            return f"{self.code} {self.now}, was {self.before}"
        return f"{self.code} {self.now}".rstrip()


@dataclass(frozen=True, slots=True)
class Incoming:
    """A release that is to be taken in: its days, how many rows, what it changes, and the text of its file."""

    starts: date
    ends: date
    codes: int
    changes: Sequence[Change]
    hows: Sequence[tuple[str, str]]
    beside: date
    beside_name: str
    file: str
    text: str


def import_data(
    kind: Annotated[
        Kind,
        typer.Argument(
            help="ncci: code pairs; mue: unit limits; mpfs: relative values; gpci: localities; icd10: diagnoses "
            "(ICD-10-CM); carc, rarc: reason and remark codes."
        ),
    ],
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE", help="As CMS or X12 publishes it; of ncci all parts of a quarter.")
    ],
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
    if len(files) > 1 and kind is not Kind.NCCI:
        raise PlainError(f"{kind.value}: one file is expected; only ncci comes in parts")
    settings = read_settings(data)
    if not settings.data.is_dir():
        raise PlainError(f"{settings.data}: no data folder of claimloom")
    folder = settings.data / WHERE
    coming = _icd10(files[0], starts, folder) if kind is Kind.ICD10 else _rows(kind.value, files, starts, folder)
    target = folder / coming.file
    if as_json:
        for each in coming.changes:
            said = {"change": each.how, "code": each.code}
            print_json(said | ({"now": each.now} if each.now else {}) | ({"was": each.before} if each.before else {}))
        shown = _json(kind.value, coming.starts, coming.ends, coming.codes, packaged=False)
        print_json(shown | {"beside": coming.beside.isoformat(), "written": not dry_run})
    else:
        _tell(coming)
    was_there = target.exists()
    if not dry_run:
        _write(target, coming.text)
    if not as_json:
        what = f"{counted(coming.codes, _unit(kind))} for days from {coming.starts} to {coming.ends}"
        again = ", in place of what was imported for that day before" if was_there else ""
        out.print(f"nothing is written: {what}" if dry_run else f"{target}: {what}{again}")
        if not dry_run:
            out.print("What runs already takes it up when it is started anew; commands do at once.")


def list_data(data: Data = None, as_json: Json = False) -> None:
    """List which release of a public list covers which days. Days between and after them are covered by none."""
    folder = read_settings(data).data / WHERE
    table = Grid("List", "From", "To", "Codes", "Where", right=[3])
    found = [
        _json("icd10", each.starts, each.ends, len(all_codes(each)), packaged=is_packaged(each))
        for each in Icd10(folder).releases
    ]
    lists = Lists(folder)
    found += [
        _json(kind, each.starts, each.ends, len(each.rows), packaged=each.packaged)
        for kind in KINDS
        for each in lists.releases(kind)
    ]
    for said in found:
        if as_json:
            print_json(said)
        else:
            table.add(*(str(said[name]) for name in ("list", "starts", "ends", "codes", "where")))
    if not as_json:
        out.grid(table)


def _unit(kind: Kind) -> str:
    return {Kind.NCCI: "pair", Kind.GPCI: "row"}.get(kind, "code")


def _json(kind: str, starts: date, ends: date, codes: int, *, packaged: bool) -> dict[str, str | int]:
    return {
        "list": kind,
        "starts": starts.isoformat(),
        "ends": ends.isoformat(),
        "codes": codes,
        "where": "packaged" if packaged else "data folder",
    }


def _icd10(file: Path, starts: date, folder: Path) -> Incoming:
    known = Icd10(folder)
    release = read_release(file, starts)
    before = known.on(starts) or known.beside(starts)[0]
    changes = compare(before, release)
    hows = [("added", "new"), ("deleted", "deleted"), ("headers", "headers now, codes stand under them")]
    return Incoming(
        release.starts,
        release.ends,
        len(all_codes(release)),
        [Change(how, dotted(code)) for how, _ in hows for code in getattr(changes, how)],
        hows,
        before.starts,
        str(before.starts),
        f"icd10cm-{starts}.txt",
        release.table.text,
    )


def _rows(kind: str, files: Iterable[Path], starts: date, folder: Path) -> Incoming:
    found = sorted({row for file in files for row in read_file(kind, file)})
    release = ListRelease(kind, starts, ends_of(kind, starts), name_of(kind, starts), tuple(found))
    before = Lists(folder).nearest(kind, starts)
    said = differences(before, release, starts)
    changes = [Change("added", code, now) for code, now in said.added.items()]
    changes += [Change("deleted", code) for code in said.deleted]
    changes += [Change("changed", code, now, was) for code, (was, now) in said.changed.items()]
    hows = [("added", "new"), ("deleted", "deleted"), ("changed", "changed")]
    name = f"{before.starts} ({before.name})"
    text = write_own(kind, found)
    return Incoming(starts, release.ends, len(found), changes, hows, before.starts, name, own_file(kind, starts), text)


def _tell(coming: Incoming) -> None:
    for how, words in coming.hows:
        found = [each for each in coming.changes if each.how == how]
        between = "; " if any(each.now for each in found) else ", "
        shown = between.join(str(each) for each in found[:MOST_SHOWN])
        more = f" and {len(found) - MOST_SHOWN} more (--json has all)" if len(found) > MOST_SHOWN else ""
        out.print(f"{words}: {len(found)}{f': {shown}{more}' if found else ''}")
    out.print(f"compared with the release of {coming.beside_name}")


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
