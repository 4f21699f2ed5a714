"""A bank's statement as BAI2: records 01 file, 02 group, 03 account, 16 transaction, 88 continuation, 49/98/99 totals.

Cash Management Balance Reporting Specifications, version 2 (BAI, now ASC X9;
https://vdocument.in/x9-bai-codes-version-2-cash-management-balance-reporting.html). Fields are parted by commas, a
record ends with "/"; amounts have no point and no sign: whether money came or left says the type code
(https://docs.oracle.com/en/applications/jd-edwards/financials/9.2/eoaga/09-ba-bai2-transaction-types.html). The text of
a transaction is its last field, may hold commas, and goes on in records 88. Banks put the addenda of an ACH credit
(types 142, 165 ...) there, the TRN of the 835 (CAQH CORE rule 370), cut wherever a line is full. Totals and counts of
49, 98 and 99 have to be right, and the file whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from claimloom.accounts.bank_csv import decoded
from claimloom.accounts.bank_line import EARLIEST, BankLine, FaultError, Statement, shown, text_of

BEGINNING: Final = re.compile(r"\s*01,[^,\n]*,[^,\n]*,\d{6},")
AMOUNT: Final = re.compile(r"[+-]?\d{1,15}", re.ASCII)
CREDITS: Final = ((100, 400), (920, 960))
DEBITS: Final = ((400, 700), (960, 1000))
NO_MONEY: Final = "890"
"""A transaction that says something and moves nothing."""
UPDATE: Final = "1"
OTHER_GROUPS: Final = {"2": "takes lines back", "3": "corrects lines", "4": "is a test"}
FUNDS: Final = {"": 0, "Z": 0, "0": 0, "1": 0, "2": 0, "S": 3, "V": 2}
"""Fields that follow a funds type; D has their number in the first of them."""
OPEN_TRN: Final = re.compile(r"TRN\W{0,2}1\W[^~\\|]*$", re.IGNORECASE)
WHOLE_TRN: Final = re.compile(r"TRN\W{0,2}1\W[^*~\\|]+[*]\d{10}([*][^*]*)?$", re.IGNORECASE)


@dataclass(slots=True)
class _Record:
    """A record with its continuations: lines without code, and the number of the first and the count of all."""

    code: str
    line: int
    parts: list[str] = field(default_factory=list)

    def fields(self) -> list[str]:
        """Of records without a text."""
        return [each.strip() for part in self.parts for each in part.removesuffix("/").split(",")]


@dataclass(slots=True)
class _Bai2Sum:
    """What a trailer has to say of what stands in it: cents, records, and groups or accounts."""

    name: str
    cents: int = 0
    records: int = 0
    parts: int = 0


def is_statement(first: bytes) -> bool:
    """Whether a file begins with a record 01."""
    return bool(BEGINNING.match(decoded(first[:1000])))


def read_statement(data: bytes) -> Statement:
    """The statement of a file."""
    found = Statement()
    reader = _Bai2Reader(found)
    for record in _records(decoded(data).splitlines(), found):
        try:
            reader.take(record)
        except FaultError as fault:
            found.faults.append(f"line {record.line}, {fault}")
    if reader.open:
        found.faults.append(f"the file ends within its {reader.open[-1].name}: a part of it is missing")
    return found


def _records(rows: Sequence[str], found: Statement) -> Iterator[_Record]:
    record: _Record | None = None
    for number, row in enumerate(rows, 1):
        text = row.strip()
        if not text:
            continue
        code, _, rest = text.partition(",")
        if code == "88" and record is not None:
            record.parts.append(rest)
            continue
        if record is not None:
            yield record
        record = _Record(code, number, [rest])
    if record is not None:
        yield record


class _Bai2Reader:
    """Where in the file one is: the sums that are open, the account, and the group's day."""

    def __init__(self, found: Statement) -> None:
        self.found = found
        self.open: list[_Bai2Sum] = []
        self.day: date | None = None
        self.account = ""
        self.currency = ""

    def take(self, record: _Record) -> None:
        code = record.code
        depth = {"01": 0, "02": 1, "03": 2, "16": 3, "49": 3, "98": 2, "99": 1}.get(code)
        if depth is None:
            raise FaultError("record", f"{shown(code)!r} is none of BAI2")
        if depth != len(self.open):
            inside = self.open[-1].name if self.open else "nothing"
            raise FaultError(f"record {code}", f"does not stand in its place: {inside} is open here")
        if code in ("01", "02", "03"):
            self.open.append(_Bai2Sum({"01": "file", "02": "group", "03": "account"}[code]))
        self.open[-1].records += len(record.parts)
        if code == "02":
            self._group(record)
        elif code == "03":
            self._account(record)
        elif code == "16":
            self._transaction(record)
        elif code in ("49", "98", "99"):
            self._total(record)

    def _group(self, record: _Record) -> None:
        fields = [*record.fields(), *[""] * 7]
        if fields[2] != UPDATE:
            does = OTHER_GROUPS.get(fields[2], f"has the status {shown(fields[2])!r}")
            raise FaultError("record 02, group status", f"the group {does}; only updates (1) are taken")
        self.day = _day(fields[3])
        self.currency = fields[5]
        _check_currency(fields[5], "record 02, currency")

    def _account(self, record: _Record) -> None:
        fields = record.fields()
        self.account = text_of(fields[0], "record 03, account")
        _check_currency(fields[1] if len(fields) > 1 else "", "record 03, currency")
        at = 2
        while at + 1 < len(fields):  # type, amount, count, funds
            self.open[-1].cents += _amount(fields[at + 1] or "0", "record 03, amount")
            at += 3
            at += 1 + _after_funds(fields, at) if at < len(fields) else 1

    def _transaction(self, record: _Record) -> None:
        fields, text = _taken_apart(record)
        kind, where = fields[0], f"record 16, type {shown(fields[0])}"
        cents = _amount(fields[1] or "0", f"{where}, amount")
        self.open[-1].cents += cents
        if kind == NO_MONEY:
            return
        if not fields[1]:
            raise FaultError(where, "no amount")
        sign = _sign(kind, where)
        if self.day is None:
            return  # what is wrong with its group is told
        bank, customer = fields[-2:]
        self.found.lines.append(
            BankLine(
                number=record.line,
                day=self.day,
                cents=sign * cents,
                trace=text_of(customer, f"{where}, customer reference"),
                reference=text_of(bank, f"{where}, bank reference"),
                description=text_of(text, f"{where}, text"),
                account=self.account,
            )
        )

    def _total(self, record: _Record) -> None:
        done = self.open.pop()
        fields = record.fields()
        names = ["control total", "records"] if record.code == "49" else ["control total", "parts", "records"]
        has = {"control total": done.cents, "parts": done.parts, "records": done.records}
        if self.open:
            above = self.open[-1]
            above.cents += done.cents
            above.records += done.records
            above.parts += 1
        if len(fields) < len(names):
            raise FaultError(f"record {record.code}", f"has {len(fields)} fields, not {len(names)}")
        for name, value in zip(names, fields, strict=False):
            said = _amount(value, f"record {record.code}, {name}")
            if said != has[name]:
                word = {"98": "accounts", "99": "groups"}[record.code] if name == "parts" else name
                raise FaultError(f"record {record.code}, {word}", f"says {said}, the {done.name} has {has[name]}")


def _taken_apart(record: _Record) -> tuple[list[str], str]:
    """Type, amount, funds type with what follows it, both references; and the text."""
    fields: list[str] = []
    texts: list[str] = []
    for part in record.parts:
        rest: str | None = part
        while rest is not None and (len(fields) < 3 or len(fields) < 5 + _after_funds(fields, 2)):
            one, comma, more = rest.partition(",")
            fields.append(one.strip() if comma else one.strip().removesuffix("/").strip())
            rest = more if comma else None
        if rest is not None:
            texts.append(rest.removesuffix("/"))
    fields += [""] * (5 + _after_funds([*fields, "", "", ""], 2) - len(fields))
    text = ""
    for each in texts:
        # The TRN of an 835 goes on where it was cut; other text begins with a word.
        within = OPEN_TRN.search(text) and not WHOLE_TRN.search(text)
        text += each if within or not text else f" {each}"
    return fields, text


def _after_funds(fields: Sequence[str], at: int) -> int:
    """How many fields follow the funds type that stands at a place."""
    kind = fields[at]
    if kind == "D":
        count = fields[at + 1] if at + 1 < len(fields) else "0"
        if not re.fullmatch(r"\d{1,2}", count):
            raise FaultError("funds type D", f"{shown(count)!r} is no count of days")
        return 1 + 2 * int(count)
    if kind not in FUNDS:
        raise FaultError("funds type", f"{shown(kind)!r} is none; 0, 1, 2, Z, S, V or D are")
    return FUNDS[kind]


def _sign(kind: str, where: str) -> int:
    code = int(kind) if re.fullmatch(r"\d{3}", kind, re.ASCII) else 0
    for ranges, sign in ((CREDITS, 1), (DEBITS, -1)):
        if any(first <= code < after for first, after in ranges):
            return sign
    raise FaultError(where, "says neither that money came (100-399, 920-959) nor that it left (400-699, 960-999)")


def _amount(value: str, where: str) -> int:
    if not AMOUNT.fullmatch(value):
        raise FaultError(where, f"{shown(value)!r} is no amount; cents without a point are expected")
    return int(value)


def _check_currency(value: str, where: str) -> None:
    if value not in ("", "USD"):
        raise FaultError(where, f"{shown(value)!r}: only dollars (USD) are taken")


def _day(value: str) -> date:
    try:
        found = datetime.strptime(value, "%y%m%d").date()  # noqa: DTZ007 - a day of the bank's
    except ValueError:
        found = None
    if found is None or found < EARLIEST:
        raise FaultError("record 02, as-of date", f"{shown(value)!r} is no day; YYMMDD is expected")
    return found
