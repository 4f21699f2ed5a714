"""Rows of a public list as people get it: CSV, text with tabs, or a workbook (xlsx), each row with its line.

A workbook is read by the standard library: shared and inline texts of its first sheet. Nothing is computed. What it
may hold is what Excel itself takes: https://support.microsoft.com/en-us/office/1672b34d-7043-467e-8e27-269d656771c3
"""

from __future__ import annotations

import codecs
import csv
import lzma
import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final, NamedTuple, TextIO
from xml.etree import ElementTree

from claimloom.reference import ReferenceFileError

MOST_BYTES: Final = 400_000_000
"""The largest that is published, a quarter of all code pairs as text, has some 60 MB."""
MOST_COLUMNS: Final = 16_384
MOST_ROWS: Final = 1_048_576
MOST_TEXTS: Final = 4 * MOST_ROWS
MOST_SILENT: Final = 1_000_000
"""Bytes without the end of an element: a cell holds 32,767 characters."""
CHUNK: Final = 65_536
BROKEN: Final = (
    *(zipfile.BadZipFile, ElementTree.ParseError, ValueError, IndexError, KeyError),
    # A password, a way of packing that nobody here knows, and packed bytes that are damaged.
    *(RuntimeError, zlib.error, lzma.LZMAError, EOFError),
)
UTF_16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
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
        raise ReferenceFileError(f"{path.name or path}: {error.strerror or error}") from None


def _of_text(path: Path) -> Iterator[SheetLine]:
    # CMS writes some in Windows-1252; Latin-1 takes every byte, and what is kept is ASCII. Excel's "Unicode text" is
    # UTF-16 with its mark.
    with path.open("rb") as begin:
        mark = begin.read(2)
    encoding = "utf-16" if mark in UTF_16 else "latin-1"
    with path.open(encoding=encoding, newline="") as file:
        try:
            yield from _of_columns(path, file)
        except UnicodeDecodeError:
            raise ReferenceFileError(f"{path.name}: is no whole UTF-16 text; save it anew as CSV (UTF-8)") from None


def _of_columns(path: Path, file: TextIO) -> Iterator[SheetLine]:
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
            if sum(each.file_size for each in book.infolist()) > 2 * MOST_BYTES:
                raise ReferenceFileError(f"{path.name}: unpacked it is too large for a list")
            texts: list[str] = []
            if "xl/sharedStrings.xml" in book.namelist():
                with book.open("xl/sharedStrings.xml") as shared:
                    texts = [_text(each) for each in _elements(shared, "si", MOST_TEXTS)]
            first = min(names, key=lambda each: int(re.sub(r"\D", "", each)))
            with book.open(first) as sheet:
                for number, row in enumerate(_elements(sheet, "row", MOST_ROWS), start=1):
                    yield SheetLine(int(row.get("r") or number), _cells(row, texts))
    except BROKEN:
        raise ReferenceFileError(f"{path.name}: a broken workbook; save it anew, or import the text file") from None


def _elements(file: IO[bytes], name: str, most: int) -> Iterator[ElementTree.Element]:
    """Elements of a name, each forgotten when the next is asked for; ValueError for more than ``most``, or for what
    goes on without an end. What entities grow to is bounded by expat.
    """
    parser: ElementTree.XMLPullParser[ElementTree.Element] = ElementTree.XMLPullParser()
    silent = count = 0
    while chunk := file.read(CHUNK):
        parser.feed(chunk)
        silent += len(chunk)
        for event in parser.read_events():
            silent, element = 0, event[-1]
            if isinstance(element, ElementTree.Element) and element.tag == f"{MAIN}{name}":
                count += 1
                yield element
                element.clear()
        if count > most or silent > MOST_SILENT:
            raise ValueError
    parser.close()


def _text(element: ElementTree.Element) -> str:
    return "".join(each.text or "" for each in element.iter(f"{MAIN}t"))


def _cells(row: ElementTree.Element, texts: list[str]) -> list[str]:
    found: list[str] = []
    for cell in row.iter(f"{MAIN}c"):
        place = _column(cell.get("r", "")) if cell.get("r") else len(found)
        if place >= MOST_COLUMNS:
            raise ValueError
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
