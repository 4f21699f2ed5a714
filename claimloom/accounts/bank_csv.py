"""A bank's statement as CSV: its lines, or what is wrong with each of them, by line and column.

Columns are known by their headers, in whatever order; delimiters are commas, semicolons or tabs; what stands before
the headers is passed over, and so are columns of no use here. Nothing is guessed: a day or an amount that may be read
in two ways is a fault, and of a file with a fault nothing is taken.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from difflib import get_close_matches
from typing import Final

from claimloom.accounts.bank_line import EARLIEST, BankLine, FaultError, Statement, shown, text_of

HEADERS: Final[Mapping[str, tuple[str, ...]]] = {
    "date": (
        *("date", "posting date", "posted date", "post date", "date posted", "transaction date", "value date"),
        *("deposit date", "effective date", "settlement date", "as of date", "booking date"),
    ),
    "amount": ("amount", "deposit amount", "transaction amount", "net amount", "amount usd"),
    "credit": ("credit", "credits", "credit amount", "deposit", "deposits", "money in", "paid in"),
    "debit": ("debit", "debits", "debit amount", "withdrawal", "withdrawals", "money out", "paid out"),
    "trace": (
        *("trace", "trace number", "trace no", "trn", "trn02", "reassociation trace", "eft number", "eft trace"),
        *("check number", "check no", "check", "check or eft number"),
    ),
    "reference": ("reference", "ref", "reference number", "ref no", "bank reference", "customer reference"),
    "description": ("description", "memo", "details", "narrative", "transaction description", "text", "remarks"),
    "payer": ("payer", "payer name", "originator", "originator name", "company name", "name", "from"),
    "account": ("account", "account number", "account name", "account no"),
}
TEXTS: Final = ("trace", "reference", "description", "payer", "account")
WORDS: Final = {header: meaning for meaning, headers in HEADERS.items() for header in headers}
BEFORE_HEADERS: Final = 20
DAYS: Final = (
    *("%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%m/%d/%Y", "%m/%d/%y", "%m-%d-%Y", "%m.%d.%Y"),
    *("%d-%b-%Y", "%d %b %Y", "%d-%b-%y", "%b %d, %Y", "%b %d %Y", "%B %d, %Y", "%d %B %Y"),
)
TIME: Final = re.compile(r"[T ]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?( ?[AP]M)?Z?$", re.IGNORECASE)
POINT: Final = re.compile(r"(\d+|\d{1,3}([, ’']\d{3})+)?(\.(\d{1,2}))?", re.ASCII)
COMMA: Final = re.compile(r"(\d+|\d{1,3}([. ’']\d{3})+),(\d{2})", re.ASCII)
DELIMITERS: Final = ",;\t"


class _ColumnError(FaultError):
    """What is wrong with a value, and in which column."""

    def __init__(self, column: str, reason: str) -> None:
        super().__init__(f"column {column}", reason)


def is_statement(first: bytes) -> bool:
    """Whether the beginning of a file has the headers of one: a day and an amount."""
    text = decoded(first)
    return any(_has_headers(line) for line in text.splitlines()[:BEFORE_HEADERS])


def read_statement(data: bytes) -> Statement:
    """The statement of a file."""
    text = decoded(data)
    rows = text.splitlines()
    start = next((at for at, line in enumerate(rows[:BEFORE_HEADERS]) if _has_headers(line)), None)
    if start is None:
        return Statement(faults=[_no_headers(rows)])
    reader = csv.reader(rows[start:], delimiter=_delimiter(rows[start]), strict=True)
    found = Statement()
    columns: dict[str, int] = {}
    names: list[str] = []
    number = start
    try:
        for row in reader:
            number = start + reader.line_num
            if not names:
                names = [each.strip() for each in row]
                columns, faults = _columns(names)
                found.faults += [f"line {number}: {each}" for each in faults]
                if faults:
                    return found
            elif any(each.strip() for each in row):
                _take(found, number, row, names, columns)
    except csv.Error as error:
        found.faults.append(f"line {start + reader.line_num}: cannot be taken apart ({error}); is a quote missing?")
    return found


def _take(found: Statement, number: int, row: Sequence[str], names: Sequence[str], columns: Mapping[str, int]) -> None:
    try:
        found.lines.append(_line(number, row, names, columns))
    except FaultError as fault:
        found.faults.append(f"line {number}, {fault}")


def decoded(data: bytes) -> str:
    """The text of a file, in UTF-8 with or without a mark, in UTF-16 with one, else in Windows' Western alphabet."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if error.start > len(data) - 4:  # cut off in the middle of a letter
            return data[: error.start].decode("utf-8-sig")
        return data.decode("cp1252", "replace")


def _delimiter(line: str) -> str:
    return max(DELIMITERS, key=line.count)


def _known(name: str) -> str:
    plain = " ".join(re.sub(r"[^a-z0-9]+", " ", name.lower()).split())
    return WORDS.get(plain, "")


def _has_headers(line: str) -> bool:
    try:
        (row,) = csv.reader([line], delimiter=_delimiter(line))
    except (csv.Error, ValueError):
        return False
    known = {_known(each) for each in row}
    return "date" in known and not known.isdisjoint({"amount", "credit", "debit"})


def _no_headers(rows: Sequence[str]) -> str:
    """What is missing of the headers, with the nearest there is."""
    first = next((line for line in rows[:BEFORE_HEADERS] if len(line.split(_delimiter(line))) > 1), "")
    names = [each.strip().strip('"') for each in first.split(_delimiter(first))] if first else []
    known = {_known(each) for each in names}
    said = []
    for meaning, wanted in (("date", ("date",)), ("amount", ("amount", "credit", "debit"))):
        if known.isdisjoint(wanted):
            headers = [header for each in wanted for header in HEADERS[each]]
            near = [
                (name, match[0])
                for name in names
                if (match := get_close_matches(name.lower(), headers, n=1, cutoff=0.7))
            ]
            hint = f" (is {shown(near[0][0])} meant as {near[0][1]}?)" if near else ""
            said.append(f"no column is the {meaning}{hint}")
    return f"line 1: {', '.join(said)}; expected are headers as date, amount, trace, description"


def _columns(names: Sequence[str]) -> tuple[dict[str, int], list[str]]:
    """Places of the columns that are of use, by what they mean."""
    found: dict[str, int] = {}
    faults = []
    for at, name in enumerate(names):
        meaning = _known(name)
        if meaning in found and meaning in ("date", "reference", "description", "payer", "account"):
            continue  # the first one counts: a bank gives posting and value date, account number and name
        if meaning in found:
            faults.append(f"columns {shown(names[found[meaning]])} and {shown(name)} both say the {meaning}")
        elif meaning:
            found[meaning] = at
    if "amount" in found and ("credit" in found or "debit" in found):
        faults.append("one column is the amount, and another the credit or debit; leave one of them out")
    return found, faults


def _line(number: int, row: Sequence[str], names: Sequence[str], columns: Mapping[str, int]) -> BankLine:
    values: dict[str, str] = {}
    if len(row) > len(names) and any(each.strip() for each in row[len(names) :]):
        raise _ColumnError(str(len(names) + 1), f"the line has more fields than there are headers ({len(names)})")
    for meaning, at in columns.items():
        values[meaning] = text_of(row[at].strip() if at < len(row) else "", f"column {shown(names[at])}")
    day = _day(values["date"], shown(names[columns["date"]]))
    cents = _moved(values, {meaning: shown(names[at]) for meaning, at in columns.items()})
    trace, reference, description, payer, account = (values.get(name, "") for name in TEXTS)
    return BankLine(number, day, cents, trace, reference, description, payer, account)


def _moved(values: Mapping[str, str], names: Mapping[str, str]) -> int:
    """Cents of the line, from one column with a sign or from one for each direction."""
    if "amount" in values:
        return cents_of(values["amount"], names["amount"])
    given = {name: cents_of(values[name], names[name]) for name in ("credit", "debit") if values.get(name)}
    given = {name: cents for name, cents in given.items() if cents} or given
    if len(given) != 1:
        columns = " and ".join(names[name] for name in ("credit", "debit") if name in names)
        raise _ColumnError(columns, "both are filled" if given else "no amount")
    ((name, cents),) = given.items()
    return cents if name == "credit" else -abs(cents)


def _day(value: str, column: str) -> date:
    text = TIME.sub("", value)
    if not text:
        raise _ColumnError(column, "no day")
    for form in DAYS:
        try:
            found = datetime.strptime(text, form).date()  # noqa: DTZ007 - a day of the bank's
        except ValueError:
            continue
        if found < EARLIEST:
            raise _ColumnError(column, "the day is before 1990")
        return found
    raise _ColumnError(column, "is no day; month first is expected (12/31/2026), or 2026-12-31")


def cents_of(value: str, column: str = "amount") -> int:
    """Cents of an amount as people and banks write it: 1,234.56, $1,234.56, (45.00), 45.00-, 45.00 CR, 1.234,56."""
    text = value.upper().replace("USD", "").replace("US$", "").replace("$", "").replace("\u2212", "-").strip()
    sign = 1
    for mark, is_less in (("CR", False), ("DR", True), ("DB", True)):
        if text.endswith(mark):
            text, sign = text[: -len(mark)].strip(), -1 if is_less else 1
    if text.startswith("(") and text.endswith(")"):
        text, sign = text[1:-1].strip(), -sign
    elif text.startswith(("-", "+")):
        text, sign = text[1:].strip(), -sign if text[0] == "-" else sign
    elif text.endswith(("-", "+")):
        text, sign = text[:-1].strip(), -sign if text[-1] == "-" else sign
    if not text:
        raise _ColumnError(column, "no amount")
    whole, _, part = _digits(text, column)
    dollars = re.sub(r"\D", "", whole or "0")
    if len(dollars) > 12:
        raise _ColumnError(column, "is more than any bank moves")
    return sign * (int(dollars) * 100 + int((part or "0").ljust(2, "0")))


def _digits(text: str, column: str) -> tuple[str, str, str]:
    if (found := POINT.fullmatch(text)) and (found[1] or found[4]):
        return found[1] or "", ".", found[4] or ""
    if found := COMMA.fullmatch(text):
        return found[1], ",", found[3]
    raise _ColumnError(column, "is no amount; dollars and cents are expected, as 1234.56 or 1,234.56")
