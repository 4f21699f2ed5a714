"""A bank's statement as CSV: its lines, or what is wrong with each of them, by line and column.

Columns are known by their headers, in whatever order; delimiters are commas, semicolons or tabs; what stands before
the headers is passed over, and so are columns of no use here. Nothing is guessed: a day or an amount that may be read
in two ways is a fault, and of a file with a fault nothing is taken.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from difflib import get_close_matches
from typing import Final

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
MOST_LINES: Final = 100_000
MOST_LETTERS: Final = 500
DAYS: Final = (
    *("%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%m/%d/%Y", "%m/%d/%y", "%m-%d-%Y", "%m.%d.%Y"),
    *("%d-%b-%Y", "%d %b %Y", "%d-%b-%y", "%b %d, %Y", "%b %d %Y", "%B %d, %Y", "%d %B %Y"),
)
TIME: Final = re.compile(r"[T ]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?( ?[AP]M)?Z?$", re.IGNORECASE)
EARLIEST: Final = date(1990, 1, 1)
POINT: Final = re.compile(r"(\d+|\d{1,3}([, ’']\d{3})+)?(\.(\d{1,2}))?", re.ASCII)
COMMA: Final = re.compile(r"(\d+|\d{1,3}([. ’']\d{3})+),(\d{2})", re.ASCII)
TRN: Final = re.compile(r"TRN\W{0,2}1\W([^*~\\|\s]{1,50})", re.IGNORECASE)
WORD: Final = re.compile(r"[A-Za-z0-9-]{5,50}")
CONTROL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
DELIMITERS: Final = ",;\t"


@dataclass(frozen=True, slots=True)
class BankLine:
    """A line of a statement; cents less than zero left the account. ``count``: of those alike before it in the file."""

    number: int
    day: date
    cents: int
    trace: str = ""
    reference: str = ""
    description: str = ""
    payer: str = ""
    account: str = ""
    count: int = 0


@dataclass(slots=True)
class Statement:
    """The lines of a file, or what is wrong with it, a sentence each with its place: then there are no lines."""

    lines: list[BankLine] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


class _FaultError(ValueError):
    """What is wrong with a value, and in which column."""

    def __init__(self, column: str, reason: str) -> None:
        super().__init__(f"column {column}: {reason}")


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
    seen: Counter[tuple[object, ...]] = Counter()
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
                _take(found, number, row, names, columns, seen)
    except csv.Error as error:
        found.faults.append(f"line {start + reader.line_num}: cannot be taken apart ({error}); is a quote missing?")
    if len(found.lines) > MOST_LINES:
        found.faults.append(f"more than {MOST_LINES:,} lines; split the file")
    if found.faults:
        found.lines = []
    return found


def _take(
    found: Statement,
    number: int,
    row: Sequence[str],
    names: Sequence[str],
    columns: Mapping[str, int],
    seen: Counter[tuple[object, ...]],
) -> None:
    try:
        line = _line(number, row, names, columns)
    except _FaultError as fault:
        found.faults.append(f"line {number}, {fault}")
        return
    alike = (line.day, line.cents, line.trace, line.reference, line.description, line.payer, line.account)
    found.lines.append(replace(line, count=seen[alike]))
    seen[alike] += 1


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
            hint = f" (is {_shown(near[0][0])} meant as {near[0][1]}?)" if near else ""
            said.append(f"no column is the {meaning}{hint}")
    return f"line 1: {', '.join(said)}; expected are headers as date, amount, trace, description"


def _shown(name: str) -> str:
    return CONTROL.sub("?", name)[:40]


def _columns(names: Sequence[str]) -> tuple[dict[str, int], list[str]]:
    """Places of the columns that are of use, by what they mean."""
    found: dict[str, int] = {}
    faults = []
    for at, name in enumerate(names):
        meaning = _known(name)
        if meaning in found and meaning in ("date", "reference", "description", "payer", "account"):
            continue  # the first one counts: a bank gives posting and value date, account number and name
        if meaning in found:
            faults.append(f"columns {_shown(names[found[meaning]])} and {_shown(name)} both say the {meaning}")
        elif meaning:
            found[meaning] = at
    if "amount" in found and ("credit" in found or "debit" in found):
        faults.append("one column is the amount, and another the credit or debit; leave one of them out")
    return found, faults


def _line(number: int, row: Sequence[str], names: Sequence[str], columns: Mapping[str, int]) -> BankLine:
    values: dict[str, str] = {}
    if len(row) > len(names) and any(each.strip() for each in row[len(names) :]):
        raise _FaultError(str(len(names) + 1), f"the line has more fields than there are headers ({len(names)})")
    for meaning, at in columns.items():
        value = row[at].strip() if at < len(row) else ""
        if found := CONTROL.search(value):
            raise _FaultError(_shown(names[at]), f"holds a control character (U+{ord(found[0]):04X})")
        if len(value) > MOST_LETTERS:
            raise _FaultError(_shown(names[at]), f"is longer than {MOST_LETTERS} letters")
        values[meaning] = " ".join(value.split())
    day = _day(values["date"], _shown(names[columns["date"]]))
    cents = _moved(values, {meaning: _shown(names[at]) for meaning, at in columns.items()})
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
        raise _FaultError(columns, "both are filled" if given else "no amount")
    ((name, cents),) = given.items()
    return cents if name == "credit" else -abs(cents)


def _day(value: str, column: str) -> date:
    text = TIME.sub("", value)
    if not text:
        raise _FaultError(column, "no day")
    for form in DAYS:
        try:
            found = datetime.strptime(text, form).date()  # noqa: DTZ007 - a day of the bank's
        except ValueError:
            continue
        if found < EARLIEST:
            raise _FaultError(column, "the day is before 1990")
        return found
    raise _FaultError(column, "is no day; month first is expected (12/31/2026), or 2026-12-31")


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
        raise _FaultError(column, "no amount")
    whole, _, part = _digits(text, column)
    dollars = re.sub(r"\D", "", whole or "0")
    if len(dollars) > 12:
        raise _FaultError(column, "is more than any bank moves")
    return sign * (int(dollars) * 100 + int((part or "0").ljust(2, "0")))


def _digits(text: str, column: str) -> tuple[str, str, str]:
    if (found := POINT.fullmatch(text)) and (found[1] or found[4]):
        return found[1] or "", ".", found[4] or ""
    if found := COMMA.fullmatch(text):
        return found[1], ",", found[3]
    raise _FaultError(column, "is no amount; dollars and cents are expected, as 1234.56 or 1,234.56")


def numbers_in(trace: str, reference: str, description: str) -> tuple[list[str], list[str]]:
    """Numbers that may be a payment's (TRN02): those that stand where such a number stands, and others in the text."""
    named = [*TRN.findall(description), *TRN.findall(reference), *TRN.findall(trace), trace, reference]
    firm = [each.strip() for each in named if each.strip() and "*" not in each]
    loose = [each for each in WORD.findall(description) if sum(letter.isdigit() for letter in each) > 3]
    return list(dict.fromkeys(firm)), [each for each in dict.fromkeys(loose) if each not in firm]


COMMON: Final = frozenset(
    ("HEALTH", "PLAN", "PLANS", "INSURANCE", "COMPANY", "CORP", "GROUP", "CARE", "PART", "PAYMENT", "CLAIM", "CLAIMS")
)


def hints_at(payer: str, said: str) -> bool:
    """Whether a line names a payer: by a word of its name of four letters or more that is not every payer's."""
    words = [each for each in re.split(r"[^A-Z0-9]+", payer.upper()) if len(each) > 3 and each not in COMMON]
    text = set(_words(said))
    return any(word in text or any(len(each) > 5 and word.startswith(each) for each in text) for word in words)


def _words(said: str) -> Iterator[str]:
    return (each for each in re.split(r"[^A-Z0-9]+", said.upper()) if each)
