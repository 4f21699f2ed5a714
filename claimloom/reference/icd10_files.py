"""The files in which CMS publishes a release of ICD-10-CM, read into a table of codes.

Code file (``icd10cm-codes-2027.txt``): code, spaces, title; billable codes alone. Order file
(``icd10cm-order-2027.txt``): five digits, the code in seven places, 0 (header) or 1 (billable), titles. Titles are not
kept.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Final

from claimloom.reference import ReferenceFileError
from claimloom.reference.icd10 import DAY, DiagnosisCode, Release, Table, packaged, write_table

MOST_BYTES: Final = 60_000_000
LEAST_KEPT: Final = 0.9
"""Of the codes of the release before: a year takes some hundred away, a broken download many."""
ORDER: Final = re.compile(rb"\d{5} ([A-Z][0-9A-Z]{2,6}) +([01])(?: .*)?")
CODES: Final = re.compile(rb"([A-Z][0-9A-Z]{2,6}) +\S.*")


def read_release(path: Path, starts: date) -> Release:
    """The release of a file, from a day on until the September that follows. ReferenceFileError says what is wrong."""
    codes = read_codes(path)
    ends = date(starts.year + (starts.month > 9), 10, 1) - DAY
    kept = {code: DiagnosisCode("", "a") for code in codes}
    return Release(Table(write_table({"a": (starts, ends)}, kept)), "a", starts, ends)


def read_codes(path: Path) -> list[str]:
    """The billable codes of a file, in order."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ReferenceFileError(f"{path.name}: more than {MOST_BYTES // 1_000_000} MB is no list of codes")
        lines = path.read_bytes().removeprefix(b"\xef\xbb\xbf").splitlines()
    except OSError as error:
        raise ReferenceFileError(f"{path.name}: {error.strerror}") from None
    form = ORDER if lines and ORDER.fullmatch(lines[0]) else CODES
    found: list[str] = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        said = form.fullmatch(line.rstrip())
        if said is None:
            raise ReferenceFileError(
                f"{path.name}, line {number}: neither a code with its title nor a line of an order file"
            )
        if form is CODES or said[2] == b"1":
            found.append(said[1].decode())
    if not found:
        raise ReferenceFileError(f"{path.name}: no code stands there")
    found.sort()
    for code, after in pairwise(found):
        if after.startswith(code):
            raise ReferenceFileError(
                f"{path.name}: {code} is billable and {after} stands under it; is it the code file?"
            )
    return found


@dataclass(frozen=True, slots=True)
class Changes:
    """What a release changes: new codes, codes that are gone, and of these the ones that are headers now."""

    added: list[str]
    deleted: list[str]
    headers: list[str]


def all_codes(release: Release) -> list[str]:
    """Every billable code of a release, in order."""
    table = release.table
    return [code for name in table.categories() for code in table.category(name) if release.is_billable(code)]


def compare(before: Release, after: Release) -> Changes:
    """From one release to another. ReferenceFileError where too much is gone for a list that is whole."""
    old, new = all_codes(before), all_codes(after)
    gone = [code for code in old if not after.is_billable(code)]
    if len(gone) > (1 - LEAST_KEPT) * len(old):
        raise ReferenceFileError(
            f"{len(gone)} of {len(old)} codes of {before.starts} are missing: this is no whole release"
        )
    return Changes(
        added=[code for code in new if not before.is_billable(code)],
        deleted=[code for code in gone if not after.under(code)],
        headers=[code for code in gone if after.under(code)],
    )


def is_packaged(release: Release) -> bool:
    """Whether it came with the product."""
    return release.table is packaged()
