"""The files in which public lists are published, read into rows of our own form.

Columns are known by their headings, which stand in one to four lines below some of title; a file whose headings lack a
column is refused. What these were read from:

- ``ncci`` (CMS, PTP edits of practitioners, ``ccipra-v323r0-f1``, text with tabs or workbook, four parts a quarter):
  Column 1, Column 2, in existence prior to 1996, Effective, Deletion (``*`` none), Modifier (0, 1, 9), Rationale.
- ``mue`` (CMS, ``MCR_MUE_PractitionerServices_Eff_MM-DD-YYYY``, CSV or workbook): HCPCS/CPT Code, Practitioner Services
  MUE Values, MUE Adjudication Indicator (``3 Date of Service Edit: Clinical``), Rationale.
- ``mpfs`` (CMS, ``PPRRVU26_JAN`` or ``PPRRVU2026_Jan_nonQPP``, CSV or workbook; layouts of 2019, 2025 and 2026).
- ``gpci`` (CMS, Addendum E, ``GPCI2026``; layouts of 2024 to 2026).
- ``carc``, ``rarc`` (X12 external code lists 139 and 411 as CSV): code, description, start, last modified, stop; or
  the dates behind the description, as X12's page has them (``Start: 01/01/1995 | Stop: 06/30/2007``).

Descriptions are licensed and are not kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from typing import Final

from claimloom.reference import ReferenceFileError, rows
from claimloom.reference.releases import Own
from claimloom.reference.sheets import SheetLine, read_lines
from claimloom.reference.therapy_codes import therapy_codes

CODE: Final = re.compile(r"[0-9A-Z]\d{3}[0-9A-Z]")
DATES: Final = (r"(?P<y>\d{4})-?(?P<m>\d\d)-?(?P<d>\d\d)", r"(?P<m>\d\d?)/(?P<d>\d\d?)/(?P<y>\d{4})")
MOST_ABOVE: Final = 3
MOST_BELOW: Final = 4
LEAST_HEADINGS: Final = 4
"""A line above the headings with fewer cells is a title."""


class SheetRow:
    """A row of a file with its cells by the layout's names."""

    def __init__(self, path: Path, line: SheetLine, places: Mapping[str, int], headings: Sequence[str]) -> None:
        self.path = path
        self.line = line
        self.places = places
        self.headings = headings

    def text(self, name: str) -> str:
        """A cell; empty where the row ends before it, or the file has no such column."""
        place = self.places.get(name, len(self.line.cells))
        return self.line.cells[place] if place < len(self.line.cells) else ""

    def fault(self, name: str, said: str) -> ReferenceFileError:
        """What is wrong with a cell."""
        heading = self.headings[self.places[name]] if name in self.places else name
        return ReferenceFileError(f'{self.path.name}, line {self.line.number}, column "{heading}": {said}')

    def matching(self, name: str, form: re.Pattern[str], wanted: str) -> str:
        """A cell of a form."""
        found = self.text(name)
        if not form.fullmatch(found):
            raise self.fault(name, f"{_shown(found)}, where {wanted} is expected")
        return found

    def code(self, name: str = "code") -> str:
        """A CPT or HCPCS code."""
        return self.matching(name, CODE, "a code of five characters")

    def number(self, name: str) -> str:
        """A number with decimals, not below zero."""
        found = self.text(name).replace(",", "")
        try:
            value = Decimal(found)
        except InvalidOperation:
            raise self.fault(name, f"{_shown(found)}, where a number is expected") from None
        if not value.is_finite() or value < 0 or value > 100_000:
            raise self.fault(name, f"{_shown(found)} is out of bounds")
        return f"{value:f}"

    def day(self, name: str, *, needed: bool = True) -> str:
        """A day as YYYY-MM-DD; ``*`` and nothing are none."""
        found = self.text(name)
        if not needed and found in ("", "*"):
            return ""
        for form in DATES:
            # A workbook may have a time behind the day.
            if said := re.fullmatch(form + r"(?: 00:00:00)?", found):
                try:
                    return date(int(said["y"]), int(said["m"]), int(said["d"])).isoformat()
                except ValueError:
                    break
        raise self.fault(name, f"{_shown(found)}, where a day is expected")


def _shown(text: str) -> str:
    """A cell as an error quotes it: such a list has no person in it, but may have a page of text."""
    return f'"{text[:20]}"' if text else "nothing"


@dataclass(frozen=True, slots=True)
class Layout:
    """How a list is published. ``first``: the heading of its first column; ``columns``: what headings look like, small
    and without marks; ``more``: those of columns that may be missing; ``key``: how many cells of a row name it.
    """

    first: str
    columns: Mapping[str, str]
    key: int
    read: Callable[[SheetRow], Own | None]
    more: Mapping[str, str] = field(default_factory=dict)
    refuses: Mapping[str, str] = field(default_factory=dict)
    """Headings of lists that look alike, and what they are."""


def _pair(row: SheetRow) -> Own | None:
    one, two = row.code("column1"), row.code("column2")
    starts, ends = row.day("effective"), row.day("deletion", needed=False)
    indicator = row.matching("modifier", re.compile("[019]"), "0, 1 or 9")
    if ends and ends < starts:
        raise row.fault("deletion", f"{ends} lies before {starts}, its first day")
    return (one, two, starts, ends, indicator) if is_ours(one, two) else None


def is_ours(one: str, two: str) -> bool:
    """Whether a claim for therapy can have a pair: with a code that therapists bill, or among those packaged. There are
    some two million others.
    """
    return not therapy_codes().keys().isdisjoint((one, two)) or {one, two} <= _paired()


@cache
def _paired() -> frozenset[str]:
    return frozenset(row[name] for row in rows("ncci_therapy") for name in ("column1", "column2"))


def _limit(row: SheetRow) -> Own:
    indicator = row.matching("indicator", re.compile(r"[123](?:\D.*)?"), "1, 2 or 3")[0]
    return row.code(), row.matching("limit", re.compile(r"\d{1,6}"), "a number of units"), indicator


def _values(row: SheetRow) -> Own | None:
    code = row.code()
    status = row.matching("status", re.compile("[A-Z]"), "a status code")
    if row.text("modifier"):
        return None  # the technical or professional part of a code
    amounts = [row.number(name) for name in ("work", "office", "facility", "malpractice")]
    ranked = row.matching("multiple", re.compile(r"\d"), "a digit")
    factor = row.number("factor")
    return code, status, *amounts, ranked, factor


def _indices(row: SheetRow) -> Own:
    contractor = row.matching("contractor", re.compile(r"\d{4,5}"), "a contractor's number").zfill(5)
    locality = row.matching("locality", re.compile(r"\d{1,2}"), "a locality's number").zfill(2)
    name = re.sub(r"[^\x20-\x7e]|[*,]", "", row.text("name")).strip()
    return contractor, locality, name, *(row.number(each) for each in ("work", "expense", "malpractice"))


def _reason(row: SheetRow) -> Own:
    return row.matching("code", re.compile(r"[A-Z]{0,2}\d{1,3}"), "a reason code"), *_days(row)


def _remark(row: SheetRow) -> Own:
    code = row.matching("code", re.compile(r"(?:M|MA|N)\d{1,4}"), "a remark code")
    return code, *_days(row), "Y" if row.text("description").lower().startswith("alert") else "N"


def _days(row: SheetRow) -> tuple[str, str]:
    if "starts" in row.places:
        return row.day("starts"), row.day("ends", needed=False)
    said = re.findall(r"(Start|Stop): (\d\d)/(\d\d)/(\d{4})", row.text("description"))
    found = {name: f"{year}-{month}-{day}" for name, month, day, year in said}
    if "Start" not in found:
        raise row.fault("description", "no day on which the code starts")
    return found["Start"], found.get("Stop", "")


_NAMED: Final = {"code": r"code|carc|rarc|(?:claim adjustment )?reason code|(?:remittance advice )?remark codes?"}
_DATED: Final = {
    "starts": r"(?:start|effective)(?: date)?",
    "ends": r"(?:stop|end|deactivation|deactivated|termination)(?: date)?",
    "description": r"(?:\w+ )*description|remark",
}
LAYOUTS: Final[Mapping[str, Layout]] = {
    "ncci": Layout(
        r"column ?1(?: code)?",
        {
            "column1": r"column ?1(?: code)?",
            "column2": r"column ?2(?: code)?",
            "effective": r"effective(?: date)?",
            "deletion": r"deletion(?: date)?(?: no data)?",
            "modifier": r"modifier(?: indicator)?(?: 0 not allowed.*)?",
        },
        3,
        _pair,
    ),
    "mue": Layout(
        r"hcpcs ?(?:cpt)? code",
        {"code": r"hcpcs ?(?:cpt)? code", "limit": r"practitioner services mue values?", "indicator": r"mue adj.*"},
        1,
        _limit,
        refuses={
            r"outpatient hospital services mue values?": "the limits of hospitals; import those of practitioners",
            r"dme supplier services mue values?": "the limits of suppliers; import those of practitioners",
        },
    ),
    "mpfs": Layout(
        r"hcpcs(?: code)?",
        {
            "code": r"hcpcs(?: code)?",
            "modifier": r"mod(?:ifier)?",
            "status": r"status(?: code)?",
            "work": r"work rvu",
            "office": r"(?:\w+ )*non fac(?:ility)? pe rvu",
            "facility": r"(?:fully implemented |transitioned )?fac(?:ility)? pe rvu",
            "malpractice": r"mp rvu",
            "multiple": r"mult proc",
            "factor": r"conv(?:ersion)? factor",
        },
        1,
        _values,
    ),
    "gpci": Layout(
        r"medicare administrative contractor.*|mac",
        {
            "contractor": r"medicare administrative contractor.*|mac",
            "locality": r"locality(?: number)?",
            "name": r"locality name",
            "work": r"(?:\d{4} )?pw gpci(?: with 1 0 floor)?",
            "expense": r"(?:\d{4} )?pe gpci",
            "malpractice": r"(?:\d{4} )?mp gpci",
        },
        2,
        _indices,
    ),
    "carc": Layout(_NAMED["code"], _NAMED, 1, _reason, _DATED),
    "rarc": Layout(_NAMED["code"], _NAMED, 1, _remark, _DATED),
}
"""By the name that ``claimloom data import`` knows a list by."""


def read_file(kind: str, path: Path) -> list[Own]:
    """The rows of a published file in our own form, in order. ReferenceFileError names line and column of the first
    that cannot be used, and then nothing of the file is.
    """
    layout = LAYOUTS[kind]
    found: dict[Own, Own] = {}
    if kind == "mpfs" and re.search("(?<!non)qpp", path.name.lower().replace("_", "").replace("-", "")):
        raise ReferenceFileError(f"{path.name}: the fees of who takes part in an APM; import the file of nonQPP")
    for row in _rows(layout, path):
        own = layout.read(row)
        if own is None:
            continue
        if own[: layout.key] in found:
            raise row.fault(next(iter(layout.columns)), f"{' '.join(own[: layout.key])} stands there twice")
        found[own[: layout.key]] = own
    if not found:
        raise ReferenceFileError(f"{path.name}: no row of {kind} stands there")
    return [found[key] for key in sorted(found)]


def _rows(layout: Layout, path: Path) -> Iterator[SheetRow]:
    """The rows below the headings; what has one cell at most is a note."""
    above: list[list[str]] = []
    headings: list[str] = []
    places: dict[str, int] = {}
    below = 0
    for line in read_lines(path):
        if not headings:
            if line.cells and re.fullmatch(layout.first, _plain(line.cells[0])):
                headings = _joined([*above[-MOST_ABOVE:], line.cells])
            elif sum(map(bool, line.cells)) >= LEAST_HEADINGS:
                above.append(line.cells)
            continue
        if not any(line.cells):
            continue
        if not places and below < MOST_BELOW and not line.cells[0]:
            headings = _joined([headings, line.cells])
            below += 1
            continue
        places = places or _places(layout, headings, path)
        if sum(map(bool, line.cells)) > 1:
            yield SheetRow(path, line, places, headings)
    if not headings:
        wanted = re.sub(r"[?(].*|\|.*", "", layout.first).strip()
        raise ReferenceFileError(f'{path.name}: no line begins with the heading "{wanted}"; is it the right file?')


def _joined(lines: Sequence[Sequence[str]]) -> list[str]:
    width = max(map(len, lines))
    return [" ".join(_plain(line[place]) for line in lines if place < len(line)).strip() for place in range(width)]


def _plain(text: str) -> str:
    return re.sub("[^a-z0-9]+", " ", text.lower()).strip()


def _places(layout: Layout, headings: Sequence[str], path: Path) -> dict[str, int]:
    found: dict[str, int] = {}
    for name, form in (*layout.columns.items(), *layout.more.items()):
        fits = [place for place, each in enumerate(headings) if re.fullmatch(form, _plain(each))]
        if fits:
            found[name] = fits[-1]
    for form, said in layout.refuses.items():
        if any(re.fullmatch(form, each) for each in headings):
            raise ReferenceFileError(f"{path.name}: {said}")
    missing = [name for name in layout.columns if name not in found]
    if layout.more and not found.keys() & layout.more.keys():
        missing.append("starts")
    if missing:
        raise ReferenceFileError(
            f"{path.name}: no column for {', '.join(missing)}; its headings: {', '.join(filter(None, headings))[:300]}"
        )
    return found
