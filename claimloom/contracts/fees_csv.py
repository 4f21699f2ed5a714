"""A fee list of a payer (CSV) made into a contract's file. Columns are known by their headers, in any order.

A row with a modifier becomes a term of its own condition. Bad rows are all named with line and column, and then nothing
is written.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Final

from claimloom.contracts.keys import CODE, nearest
from claimloom.contracts.terms import rounded

# What headers call a column, in small letters without marks.
CALLED: Final[Mapping[str, str]] = {
    **dict.fromkeys(("code", "cpt", "cpt code", "hcpcs", "hcpcs code", "procedure", "procedure code"), "code"),
    **dict.fromkeys(("modifier", "mod", "modifiers", "mod 1", "modifier 1"), "modifier"),
    **dict.fromkeys(("fee", "rate", "amount", "allowed", "allowed amount", "allowable", "fee schedule"), "fee"),
    **dict.fromkeys(("price", "contract rate", "contracted rate", "non facility fee", "nonfacility fee"), "fee"),
}
MOST_BYTES: Final = 20_000_000


@dataclass(frozen=True, slots=True)
class RowFault:
    """What is wrong with a row; ``column`` by its header, empty for the row as a whole."""

    line: int
    column: str
    message: str

    def __str__(self) -> str:
        return f"line {self.line}{', column ' + self.column if self.column else ''}: {self.message}"


@dataclass(frozen=True, slots=True)
class FeeList:
    """Cents of a unit by code, for each modifier (empty: without one); ``not_read``: headers that mean nothing here."""

    fees_cents: Mapping[str, Mapping[str, int]]
    not_read: Sequence[str] = ()


def read_fees(text: str) -> FeeList | list[RowFault]:
    """The fee list of a CSV text with a line of headers (comma, semicolon or tab), or all that is wrong with it."""
    lines = text.removeprefix("\ufeff").splitlines()
    if not text.strip("\ufeff\r\n\t ,;"):
        return [RowFault(1, "", "the file is empty")]
    if text.startswith("PK\x03\x04"):
        return [RowFault(1, "", "this is a workbook (xlsx); save its sheet as CSV UTF-8")]
    between = max(",;\t", key=lines[0].count)
    reader = csv.reader(lines, delimiter=between)
    headers = next(reader)
    columns = {name: place for place, each in enumerate(headers) if (name := _called(each))}
    faults = [
        RowFault(1, "", f"no column is called {wanted}{_near(wanted, headers)}; here are {', '.join(headers)}")
        for wanted in ("code", "fee")
        if wanted not in columns
    ]
    twice = [
        each for each in headers if [_called(other) for other in headers].count(_called(each)) > 1 and _called(each)
    ]
    if twice:
        faults.append(RowFault(1, "", f"{' and '.join(twice)} are the same column here; leave one of them"))
    if faults:
        return faults
    fees: dict[str, dict[str, int]] = {}
    seen: dict[tuple[str, str], int] = {}
    for row in reader:
        if not any(cell.strip() for cell in row):
            continue
        read = _row(reader.line_num, row, headers, columns)
        if isinstance(read, list):
            faults += read
            continue
        code, modifier, cents = read
        if (code, modifier) in seen:
            what = f"{code} with {modifier}" if modifier else code
            faults.append(
                RowFault(reader.line_num, headers[columns["code"]], f"{what} is in line {seen[code, modifier]} too")
            )
        seen.setdefault((code, modifier), reader.line_num)
        fees.setdefault(modifier, {})[code] = cents
    if not fees and not faults:
        faults.append(RowFault(1, "", "there is no row below the headers"))
    return faults or FeeList(fees, [each for each in headers if each.strip() and not _called(each)])


def _called(header: str) -> str:
    return CALLED.get(re.sub(r"[^a-z0-9]+", " ", header.lower()).strip(), "")


def _near(wanted: str, headers: Sequence[str]) -> str:
    words = tuple(word for word, name in CALLED.items() if name == wanted)
    for each in headers:
        if near := nearest(each.lower(), words):
            return f" ({each}{near})"
    return ""


def _row(
    line: int, row: Sequence[str], headers: Sequence[str], columns: Mapping[str, int]
) -> tuple[str, str, int] | list[RowFault]:
    faults = []

    def cell(name: str) -> str:
        place = columns.get(name, len(row))
        return row[place].strip() if place < len(row) else ""

    def wrong(name: str, message: str) -> None:
        faults.append(RowFault(line, headers[columns[name]], message))

    if any(each.strip() for each in row[len(headers) :]):
        said = f"has {len(row)} cells, and there are {len(headers)} headers: an amount with a comma wants quotes"
        return [RowFault(line, "", said)]
    code, modifier, amount = cell("code").upper(), cell("modifier").upper(), cell("fee")
    if not re.fullmatch(CODE, code, re.ASCII):
        wrong("code", "a procedure code of five letters or digits is expected, as 97110 or G0283")
    if modifier and not re.fullmatch(r"[A-Z0-9]{2}", modifier, re.ASCII):
        wrong("modifier", "one modifier of two letters or digits is expected, or nothing")
    cents = _cents(amount)
    if cents is None:
        wrong("fee", f"dollars with at most two decimals are expected, as in 31.80{_near_dollars(amount)}")
    return faults or (code, modifier, cents or 0)


def _near_dollars(amount: str) -> str:
    """What an amount of another country's form may have meant."""
    text = re.sub(r"^[^\d%(-]+|[^\d%)]+$", "", amount)
    if re.fullmatch(r"\d{1,3}(\.\d{3})*,\d{2}", text, re.ASCII):
        text = text.replace(".", "").replace(",", ".")
    return f"; did you mean {text}?" if text != amount and _cents(text) is not None else ""


def _cents(amount: str) -> int | None:
    text = amount.removeprefix("$").strip()
    if re.fullmatch(r"\d{1,3}(,\d{3})+(\.\d+)?", text):
        text = text.replace(",", "")
    try:
        dollars = Decimal(text) if re.fullmatch(r"\d{1,7}(\.\d{1,2})?", text, re.ASCII) else None
    except InvalidOperation:
        return None
    return None if dollars is None else rounded(dollars * 100)


def contract_of(fees: FeeList, payer_id: str, starts: date) -> str:
    """The text of a contract's file: a term for the fees without a modifier, and one for those of each modifier."""
    text = [f'payer_ids = ["{payer_id}"]', ""]
    for modifier, table in sorted(fees.fees_cents.items()):
        text += ["[[terms]]", f"from = {starts}"]
        if modifier:
            text.append(f'modifier = "{modifier}"')
        text += ["[terms.fees]", *(f'"{code}" = {cents}' for code, cents in sorted(table.items())), ""]
    return "\n".join(text)
