"""Releases of public lists: which rows hold on a day of service, from the package or a data folder.

Lists of diagnoses have a form of their own (``icd10.py``). A release of a data folder is a file ``KIND-DAY.csv`` under
``reference/``, in the columns of its layout (``layouts.py``), written by ``claimloom data import``; it holds from that
day on, until the next release begins or its own time is over:

- ``ncci``, ``mue``: the quarter. ``mpfs``, ``gpci``: the calendar year; a later release of the year takes its place.
- ``carc``, ``rarc``: until the next of 1 March, July and November, when X12 brings them up to date.

Where no release covers a day, the newest before it is the nearest; rules say so (NCC-005), fees are not guessed.
Files are read once, when a list is first asked for.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Final

from claimloom.reference import ReferenceFileError, rows
from claimloom.reference.therapy_codes import therapy_codes

Own = tuple[str, ...]
OWN_COLUMNS: Final[Mapping[str, Sequence[str]]] = {
    "ncci": ("column1", "column2", "starts", "ends", "indicator"),
    "mue": ("code", "limit", "indicator"),
    "mpfs": ("code", "status", "work", "office", "facility", "malpractice", "multiple", "factor"),
    "gpci": ("contractor", "locality", "name", "work", "expense", "malpractice"),
    "carc": ("code", "starts", "ends"),
    "rarc": ("code", "starts", "ends", "alert"),
}
"""Columns of our own form, by kind of list."""
KINDS: Final = tuple(OWN_COLUMNS)
DAY: Final = timedelta(days=1)
LEAST_KEPT: Final = 0.9
"""Of the rows of the release before: a quarter takes some away, a part of a file or a broken download many."""
YEARS_OF_FEES: Final = {"mpfs": "mpfs_rvu_therapy", "gpci": "gpci"}
NEVER: Final = "9"
UPDATES: Final = (3, 7, 11)
"""Months in which X12 publishes reason and remark codes anew."""


@dataclass(frozen=True)
class ListRelease:
    """The rows of a list for some days, first and last day included. ``name``: as its maker calls it."""

    kind: str
    starts: date
    ends: date
    name: str
    rows: tuple[Own, ...]
    packaged: bool = False

    def covers(self, day: date) -> bool:
        """Whether it is for a day."""
        return self.starts <= day <= self.ends

    # One object a release: what is worked out of it is kept by it.
    def __hash__(self) -> int:
        return id(self)

    def __eq__(self, other: object) -> bool:
        return self is other


class Lists:
    """The lists of a data folder beside the packaged ones; a value that is handed on, never a global."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder
        self._releases: dict[str, tuple[ListRelease, ...]] = {}

    def releases(self, kind: str) -> tuple[ListRelease, ...]:
        """All of a kind, in the order of their days. ReferenceFileError where a file of the folder cannot be used."""
        if kind not in self._releases:
            begun = {each.starts: each for each in (*packaged(kind), *map(read_own, self._files(kind)))}
            found = [begun[starts] for starts in sorted(begun)]
            self._releases[kind] = tuple(
                replace(one, ends=min(one.ends, after.starts - DAY)) if after else one
                for one, after in zip(found, [*found[1:], None], strict=True)
            )
        return self._releases[kind]

    def on(self, kind: str, day: date) -> ListRelease | None:
        """The release that covers a day; None where none does."""
        return next((each for each in self.releases(kind) if each.covers(day)), None)

    def nearest(self, kind: str, day: date) -> ListRelease:
        """The same, or the newest that begins before the day, or else the first of all."""
        known = self.releases(kind)
        return next((each for each in reversed(known) if each.starts <= day), known[0])

    def dated(self, kind: str) -> dict[str, tuple[str, str]]:
        """Of ``carc`` or ``rarc`` each code of any release with its first and last day, as the newest has them."""
        return {row[0]: (row[1], row[2]) for release in self.releases(kind) for row in release.rows}

    def digest(self, *kinds: str) -> str:
        """Over the folder's own files of some kinds; empty without any."""
        texts = [f"{path.name} {path.read_text(encoding='ascii')}" for kind in kinds for path in self._files(kind)]
        return hashlib.sha256("\n".join(texts).encode()).hexdigest() if texts else ""

    def _files(self, kind: str) -> list[Path]:
        if self.folder is None or not self.folder.is_dir():
            return []
        return sorted(self.folder.glob(f"{kind}-????-??-??.csv"))


@cache
def packaged_lists() -> Lists:
    """The packaged lists alone."""
    return Lists()


def ends_of(kind: str, starts: date) -> date:
    """The last day that a release of a day can be for."""
    if kind in YEARS_OF_FEES:
        return date(starts.year, 12, 31)
    begins = (1, 4, 7, 10) if kind in ("ncci", "mue") else UPDATES
    later = [date(year, month, 1) for year in (starts.year, starts.year + 1) for month in begins]
    return next(day for day in later if day > starts) - DAY


def name_of(kind: str, starts: date) -> str:
    """What a release of a day is called."""
    quarter = (starts.month + 2) // 3
    if kind == "mpfs":
        return f"RVU{starts:%y}{'ABCD'[quarter - 1]}"
    return f"{kind.upper()} {starts.year}" + {"ncci": f" Q{quarter}", "mue": f" Q{quarter}", "gpci": ""}.get(
        kind, f"-{starts:%m}"
    )


def own_file(kind: str, starts: date) -> str:
    """The name of the file of a release in ``reference/`` of a data folder."""
    return f"{kind}-{starts}.csv"


def write_own(kind: str, found: Sequence[Own]) -> str:
    """The text of such a file. No cell has a comma or a quotation mark."""
    return "\n".join((",".join(OWN_COLUMNS[kind]), *map(",".join, found), ""))


def read_own(path: Path) -> ListRelease:
    """The release of such a file. ReferenceFileError where it cannot be used."""
    kind = path.name.partition("-")[0]
    broken = ReferenceFileError(f"reference file {path.name}: no list of {kind}; import it again")
    try:
        starts = date.fromisoformat(path.stem.removeprefix(f"{kind}-"))
        lines = path.read_text(encoding="ascii").splitlines()
    except (OSError, ValueError):
        raise broken from None
    header, *texts = lines or [""]
    found = [tuple(each.split(",")) for each in texts]
    width = len(OWN_COLUMNS[kind])
    if tuple(header.split(",")) != OWN_COLUMNS[kind] or not found or any(len(each) != width for each in found):
        raise broken
    return ListRelease(kind, starts, ends_of(kind, starts), name_of(kind, starts), tuple(found))


def packaged(kind: str) -> tuple[ListRelease, ...]:
    """The releases that come with the product; what is known of each stands in docs/reference-data.md."""
    return _PACKAGED[kind]()


@cache
def _ncci() -> tuple[ListRelease, ...]:
    """PTP v30.2 (2024 Q3) and v32.2 (2026 Q3) agree but for these: codes of 98016, new in 2025, and indicators that
    changed in between, which count as changed from v32.2 on. The quarters between are not known otherwise.
    """
    found: list[Own] = []
    for row in rows("ncci_therapy"):
        pair = row["column1"], row["column2"]
        starts = row["effective"] or ("" if row["active_2024q3"] == "1" else "2025-01-01")
        before, now = row["indicator_2024q3"], row["modifier_indicator"]
        if before and before != now:
            found += [(*pair, starts, "2026-06-30", before), (*pair, "2026-07-01", "", now)]
        else:
            found.append((*pair, starts, "", now))
    return (ListRelease("ncci", date(2024, 7, 1), date(2026, 9, 30), "PTP v30.2, v32.2", tuple(found), packaged=True),)


@cache
def _mue() -> tuple[ListRelease, ...]:
    """MAI 2 of 2024 Q3, MAI 3 of 2026 Q2, ten codes of 2026 Q4: one set, whole for no day after 2026 Q2."""
    found = tuple((row["code"], row["mue"], row["mai"]) for row in rows("mue_therapy"))
    return (ListRelease("mue", date(2024, 7, 1), date(2026, 6, 30), "MUE 2024 Q3, 2026 Q2", found, packaged=True),)


def _by_year(kind: str, own: Callable[[dict[str, str]], Own]) -> tuple[ListRelease, ...]:
    years: dict[int, list[Own]] = {}
    names: dict[int, str] = {}
    for row in rows(YEARS_OF_FEES[kind]):
        years.setdefault(int(row["year"]), []).append(own(row))
        names[int(row["year"])] = row.get("release", f"GPCI {row['year']}")
    return tuple(
        ListRelease(kind, date(year, 1, 1), date(year, 12, 31), names[year], tuple(found), packaged=True)
        for year, found in sorted(years.items())
    )


@cache
def _mpfs() -> tuple[ListRelease, ...]:
    names = ("hcpcs", "status", "work_rvu", "pe_rvu_nonfacility", "pe_rvu_facility", "mp_rvu", "mult_proc")
    # Without a factor: of a year that has two, conversion_factors.csv knows the days.
    return _by_year("mpfs", lambda row: (*(row[each] for each in names), ""))


@cache
def _gpci() -> tuple[ListRelease, ...]:
    names = ("mac", "locality", "locality_name", "work_gpci", "pe_gpci", "mp_gpci")
    return _by_year("gpci", lambda row: tuple(row[each] for each in names))


@cache
def _carc() -> tuple[ListRelease, ...]:
    return _codes("carc", ("carc", "start", "end"))


@cache
def _rarc() -> tuple[ListRelease, ...]:
    return _codes("rarc", ("rarc", "start", "end", "alert"))


def _codes(kind: str, names: Sequence[str]) -> tuple[ListRelease, ...]:
    """As of the update of March 2024: the newest code there began on its first day. Its dates tell of days before."""
    found = tuple(tuple(row[each] for each in names) for row in rows(f"{kind}_codes"))
    return (ListRelease(kind, date(1995, 1, 1), date(2024, 6, 30), f"{kind.upper()} 2024-03", found, packaged=True),)


_PACKAGED: Final[Mapping[str, Callable[[], tuple[ListRelease, ...]]]] = {
    "ncci": _ncci,
    "mue": _mue,
    "mpfs": _mpfs,
    "gpci": _gpci,
    "carc": _carc,
    "rarc": _rarc,
}


def is_active(starts: str, ends: str, indicator: str, day: str) -> bool:
    """Whether a code pair is in force: from its effective to its deletion day, both included. One whose two days are
    the same never was, as indicator 9 says (https://mirahealth.care/reference/glossary/ncci-modifier-indicator).
    """
    return starts <= day and (not ends or (day <= ends and starts != ends)) and indicator != NEVER


def in_force(release: ListRelease, day: date) -> dict[str, str]:
    """What a release says on a day, by the name of its rows: what two releases are compared by."""
    return dict(_said(release, day.isoformat()))


def _said(release: ListRelease, day: str) -> Iterator[tuple[str, str]]:
    kind = release.kind
    for row in release.rows:
        if kind == "ncci":
            one, two, starts, ends, indicator = row
            if is_active(starts, ends, indicator, day):
                yield f"{one}/{two}", f"indicator {indicator}"
        elif kind == "mue":
            yield row[0], f"{row[1]} (MAI {row[2]})"
        elif kind == "mpfs":
            yield row[0], " ".join((f"status {row[1]}:", *map(_short, row[2:6])))
        elif kind == "gpci":
            yield f"{row[0]}/{row[1]}", " ".join(map(_short, row[3:6]))
        elif not row[2] or row[2] >= day:
            yield row[0], "in force"


def _short(number: str) -> str:
    return f"{Decimal(number).normalize():f}"


@dataclass(frozen=True, slots=True)
class Differences:
    """What a release says otherwise than the one before, by the name of a row; codes of therapists come first."""

    added: dict[str, str]
    deleted: dict[str, str]
    changed: dict[str, tuple[str, str]]


def differences(before: ListRelease, after: ListRelease, day: date) -> Differences:
    """From one release to another, as of a day. ReferenceFileError where too much is gone for a list that is whole."""
    old, new = in_force(before, day), in_force(after, day)
    gone = [each for each in old if each not in new]
    if len(gone) > (1 - LEAST_KEPT) * len(old):
        hint = "; are all its parts given?" if after.kind == "ncci" else ""
        raise ReferenceFileError(
            f"{len(gone)} of {len(old)} rows of {before.name} are missing: this is no whole release{hint}"
        )
    return Differences(
        {each: new[each] for each in _ordered(new) if each not in old},
        {each: old[each] for each in _ordered(gone)},
        {each: (old[each], new[each]) for each in _ordered(old) if each in new and old[each] != new[each]},
    )


def _ordered(names: Iterable[str]) -> list[str]:
    ours = therapy_codes().keys()
    return sorted(names, key=lambda name: (ours.isdisjoint(name.split("/")), name))
