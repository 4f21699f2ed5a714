"""Rows of a public list as people get it: CSV, text with tabs, or a workbook (xlsx), each row with its line.

A workbook is read by the standard library: shared and inline texts of its first sheet. Nothing is computed.
"""

from __future__ import annotations

import csv
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final, NamedTuple
from xml.etree import ElementTree

from claimloom.reference import ReferenceFileError

MOST_BYTES: Final = 400_000_000
"""The largest that is published, a quarter of all code pairs as text, has some 60 MB."""
MAIN: Final = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


class SheetLine(NamedTuple):
    """A row: its number as a person counts it, and its cells without blanks around them."""

    number: int
    cells: list[str]


def read_lines(path: Path) -> Iterator[SheetLine]:
    """All rows of a file, empty ones too. ReferenceFileError where it cannot be read as what it looks like."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ReferenceFileError(f"{path.name}: more than {MOST_BYTES // 1_000_000} MB is no list")
        with path.open("rb") as file:
            is_zip = file.read(4) == b"PK\x03\x04"
        yield from _of_workbook(path) if is_zip else _of_text(path)
    except OSError as error:
        raise ReferenceFileError(f"{path.name}: {error.strerror}") from None


def _of_text(path: Path) -> Iterator[SheetLine]:
    # CMS writes some in Windows-1252; Latin-1 takes every byte, and what is kept is ASCII.
    with path.open(encoding="latin-1", newline="") as file:
        head = file.read(20_000)
        file.seek(0)
        between = "\t" if head.count("\t") > head.count(",") else ","
        # Texts with tabs have quotation marks that quote nothing.
        if between == "\t":
            reader = csv.reader(file, delimiter=between, quoting=csv.QUOTE_NONE, strict=True)
        else:
            reader = csv.reader(file, strict=True)
        number = 1
        try:
            for cells in reader:
                yield SheetLine(number, [each.removeprefix("\xef\xbb\xbf").strip() for each in cells])
                number = reader.line_num + 1
        except csv.Error as error:
            raise ReferenceFileError(f"{path.name}, line {number}: {error}") from None


def _of_workbook(path: Path) -> Iterator[SheetLine]:
    try:
        with zipfile.ZipFile(path) as book:
            names = sorted(each for each in book.namelist() if re.fullmatch(r"xl/worksheets/sheet\d+\.xml", each))
            if not names:
                raise ReferenceFileError(f"{path.name}: no workbook; unpack the ZIP file and import what is in it")
            if sum(each.file_size for each in book.infolist()) > 5 * MOST_BYTES:
                raise ReferenceFileError(f"{path.name}: unpacked it is too large for a list")
            texts: list[str] = []
            if "xl/sharedStrings.xml" in book.namelist():
                with book.open("xl/sharedStrings.xml") as shared:
                    texts = [_text(each) for each in _elements(shared, "si")]
            first = min(names, key=lambda each: int(re.sub(r"\D", "", each)))
            with book.open(first) as sheet:
                for number, row in enumerate(_elements(sheet, "row"), start=1):
                    yield SheetLine(int(row.get("r") or number), _cells(row, texts))
    except (zipfile.BadZipFile, ElementTree.ParseError, ValueError, IndexError, KeyError):
        raise ReferenceFileError(f"{path.name}: a broken workbook; save it anew, or import the text file") from None


def _elements(file: IO[bytes], name: str) -> Iterator[ElementTree.Element]:
    """Elements of a name, each forgotten when the next is asked for."""
    for _, element in ElementTree.iterparse(file):  # noqa: S314 - expat bounds what entities grow to
        if element.tag == f"{MAIN}{name}":
            yield element
            element.clear()


def _text(element: ElementTree.Element) -> str:
    return "".join(each.text or "" for each in element.iter(f"{MAIN}t"))


def _cells(row: ElementTree.Element, texts: list[str]) -> list[str]:
    found: list[str] = []
    for cell in row.iter(f"{MAIN}c"):
        place = _column(cell.get("r", "")) if cell.get("r") else len(found)
        found += [""] * (place - len(found))
        value = cell.findtext(f"{MAIN}v") or ""
        if cell.get("t") == "s":
            value = texts[int(value)]
        elif cell.get("t") == "inlineStr":
            value = _text(cell)
        found.append(value.strip())
    return found


def _column(place: str) -> int:
    """``C5`` is 2."""
    number = 0
    for letter in re.sub(r"\d", "", place):
        number = 26 * number + ord(letter) - 64
    return number - 1
