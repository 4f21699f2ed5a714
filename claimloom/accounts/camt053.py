"""A bank's statement as CAMT.053 (ISO 20022, BankToCustomerStatement), in any version of it.

Each entry (Ntry) that is booked is a line; of an entry that books several transactions (TxDtls) with amounts each is
one, and they have to sum to the entry (https://www.mx-message.com, camt.05x: Ntry, TxDtls). Whether money came says
CdtDbtInd alone: a reversal (RvslInd) of what left comes back as CRDT. The TRN of an 835 stands in RmtInf/Ustrd, or in a
text beside it. Balances and totals that the statement gives have to be right.

Read by the parser of the standard library (expat), which is told to stop at a DTD: without one there are no entities,
so nothing is fetched and nothing grows. A package for that would add nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final
from xml.parsers import expat

from claimloom.accounts.bank_line import EARLIEST, MOST_LETTERS, BankLine, FaultError, Statement, shown, text_of
from schemas.money import usd

BEGINNING: Final = re.compile(r"<(\w+:)?(Document|BkToCstmrStmt)\b")
DECLARED_WIDE: Final = re.compile(rb"""<\?xml[^>]*encoding=["']utf-?16""", re.IGNORECASE)
WIDE: Final = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"<\x00": "utf-16-le", b"\x00<": "utf-16-be"}
"""UTF-16 by its first two bytes: a mark, or the first letter of XML."""
DEEPEST: Final = 40
MOST_ELEMENTS: Final = 3_000_000
AMOUNT: Final = re.compile(r"\d{1,12}(\.\d{1,5})?", re.ASCII)
CAME: Final = {"CRDT": 1, "DBIT": -1}
BOOKED: Final = "BOOK"
NOT_GIVEN: Final = frozenset(("", "NOTPROVIDED", "NOT PROVIDED", "NONREF"))
BEFORE, AFTER = ("OPBD", "PRCD"), ("CLBD",)
"""Balances of which the booked entries are the difference: opening (or the previous closing), and closing."""


@dataclass(slots=True)
class _Node:
    """An element with its line."""

    name: str
    line: int
    text: str = ""
    parts: list[_Node] = field(default_factory=list)
    marks: dict[str, str] = field(default_factory=dict)

    def all(self, path: str) -> list[_Node]:
        """Those at a path of names."""
        found = [self]
        for name in path.split("/"):
            found = [part for each in found for part in each.parts if part.name == name]
        return found

    def first(self, *paths: str) -> _Node | None:
        """The first at the first of these paths that there is."""
        return next((each for path in paths for each in self.all(path)), None)

    def said(self, *paths: str) -> str:
        """Its text."""
        found = self.first(*paths)
        return found.text.strip() if found else ""


class _StopError(Exception):
    """What is read no further, with why."""


def is_statement(first: bytes) -> bool:
    """Whether a file begins as one."""
    wide = WIDE.get(first[:2])
    text = (
        first[:4000].decode(wide, "replace") if wide else first[:2000].removeprefix(b"\xef\xbb\xbf").decode("latin-1")
    )
    start = text.lstrip()
    found = BEGINNING.search(start)
    return start.startswith("<") and found is not None and ("camt.053" in start or found[2] == "BkToCstmrStmt")


def read_statement(data: bytes) -> Statement:
    """The statement of a file."""
    found = Statement()
    try:
        root = _tree(data)
    except _StopError as stop:
        return Statement(faults=[str(stop)])
    statements = root.all("BkToCstmrStmt/Stmt") or root.all("Stmt")
    if not statements:
        found.faults.append(f"line {root.line}, {root.name}: no statement (BkToCstmrStmt/Stmt) stands in it")
    for statement in statements:
        _read(statement, found)
    return found


def _as_utf8(data: bytes) -> tuple[bytes, str | None]:
    """The file, and its encoding where the bytes tell it: they count more than what the XML declaration says, which
    stays as it was when a program writes the text anew in another encoding. None: as declared.
    """
    if wide := WIDE.get(data[:2]):
        try:
            return data.decode(wide).encode(), "utf-8"
        except UnicodeDecodeError as error:
            raise _StopError(f"byte {error.start + 1}: the file is no whole UTF-16 text") from None
    told = data.startswith(b"\xef\xbb\xbf") or DECLARED_WIDE.match(data[:200].lstrip())
    return data, "utf-8" if told else None


def _tree(data: bytes) -> _Node:
    data, encoding = _as_utf8(data)
    parser = expat.ParserCreate(encoding)
    top = _Node("", 0)
    path = [top]
    count = 0

    def start(name: str, marks: dict[str, str]) -> None:
        nonlocal count
        count += 1
        if count > MOST_ELEMENTS:
            raise _StopError(f"more than {MOST_ELEMENTS:,} elements; split the file")
        if len(path) > DEEPEST:
            raise _StopError(f"line {parser.CurrentLineNumber}: elements stand in each other more than {DEEPEST} deep")
        node = _Node(name.rpartition(":")[2], parser.CurrentLineNumber, marks=marks)
        path[-1].parts.append(node)
        path.append(node)

    def end(_: str) -> None:
        path.pop()

    def text(more: str) -> None:
        path[-1].text += more

    def refuse(*_: object) -> None:
        raise _StopError(
            f"line {parser.CurrentLineNumber}: holds a document type (DTD), as no statement of a bank does"
        )

    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, text
    parser.StartDoctypeDeclHandler = refuse
    parser.buffer_text = True
    try:
        parser.Parse(data, True)
    except (LookupError, UnicodeDecodeError):
        raise _StopError("line 1: the encoding that its XML declaration names is not known here") from None
    except expat.ExpatError as error:
        raise _StopError(f"line {error.lineno}: is no whole XML ({expat.ErrorString(error.code)})") from None
    return top.parts[0]


def _read(statement: _Node, found: Statement) -> None:
    account = statement.said("Acct/Id/IBAN", "Acct/Id/Othr/Id")
    booked: list[tuple[_Node, int]] = []
    for entry in statement.all("Ntry"):
        try:
            if entry.said("Sts/Cd", "Sts") != BOOKED:
                continue  # what is pending is told again once it is booked
            lines = list(_lines(entry, text_of(account, "Acct")))
        except FaultError as fault:
            found.faults.append(f"line {entry.line}, Ntry/{fault}")
            continue
        booked.append((entry, sum(each.cents for each in lines)))
        found.lines += lines
    if found.faults:
        return
    try:
        _check_balances(statement, sum(cents for _, cents in booked))
        if len(booked) == len(statement.all("Ntry")):
            _check_totals(statement, [cents for _, cents in booked])
    except FaultError as fault:
        found.faults.append(f"line {statement.line}, Stmt/{fault}")


def _lines(entry: _Node, account: str) -> Iterator[BankLine]:
    whole = _signed(entry)
    day = _day(entry)
    parts = entry.all("NtryDtls/TxDtls")
    amounts = [part.first("Amt", "AmtDtls/TxAmt/Amt") for part in parts]
    if len(parts) < 2 or not all(amounts):
        yield _line(entry, parts, day, whole, account)
        return
    cents = []
    for part, amount in zip(parts, amounts, strict=True):
        assert amount is not None
        sign = _sign(part) if part.first("CdtDbtInd") else CAME[entry.said("CdtDbtInd")]
        cents.append(sign * _cents(amount, "NtryDtls/TxDtls/Amt"))
    if sum(cents) != whole:
        raise FaultError("NtryDtls", f"transactions sum to {usd(sum(cents))}, the entry is {usd(whole)}")
    for part, each in zip(parts, cents, strict=True):
        yield _line(entry, [part], day, each, account)


def _line(entry: _Node, parts: Sequence[_Node], day: date, cents: int, account: str) -> BankLine:
    one = parts[0] if len(parts) == 1 else _Node("", entry.line)
    numbers = [one.said("Refs/ChqNb"), one.said("Refs/EndToEndId"), one.said("Refs/TxId"), one.said("Refs/InstrId")]
    reference = one.said("Refs/AcctSvcrRef") or entry.said("AcctSvcrRef", "NtryRef")
    texts = [each.text for part in parts for path in ("RmtInf/Ustrd", "AddtlTxInf") for each in part.all(path)]
    texts += [each.text for each in entry.all("AddtlNtryInf")]
    if entry.said("RvslInd") in ("true", "1"):
        texts.append("reversal")
    return BankLine(
        number=one.line,
        day=day,
        cents=cents,
        trace=text_of(next((each for each in numbers if each.upper() not in NOT_GIVEN), ""), "Refs"),
        reference=text_of(reference if reference.upper() not in NOT_GIVEN else "", "AcctSvcrRef"),
        description=_text(texts),
        payer=text_of(one.said("RltdPties/Dbtr/Pty/Nm", "RltdPties/Dbtr/Nm"), "RltdPties/Dbtr"),
        account=account,
    )


def _text(texts: Sequence[str]) -> str:
    """All that is said of a line; what names an 835 first, since what is too long is cut."""
    plain = [" ".join(each.split()) for each in texts]
    order = sorted(filter(None, dict.fromkeys(plain)), key=lambda each: "TRN" not in each.upper())
    return text_of(" ".join(order)[:MOST_LETTERS], "RmtInf/Ustrd")


def _signed(entry: _Node) -> int:
    amount = entry.first("Amt")
    if amount is None:
        raise FaultError("Amt", "is missing")
    return _sign(entry) * _cents(amount, "Amt")


def _sign(node: _Node) -> int:
    found = node.said("CdtDbtInd")
    if found not in CAME:
        raise FaultError("CdtDbtInd", f"{shown(found)!r} is neither CRDT nor DBIT")
    return CAME[found]


def _cents(amount: _Node, where: str) -> int:
    if amount.marks.get("Ccy", "USD") != "USD":
        raise FaultError(f"{where}@Ccy", f"{shown(amount.marks['Ccy'])!r}: only dollars (USD) are taken")
    return _number(amount.text, where)


def _number(value: str, where: str) -> int:
    text = value.strip()
    cents = Decimal(text) * 100 if AMOUNT.fullmatch(text) else None
    if cents is None or cents != int(cents):
        raise FaultError(where, f"{shown(text)!r} is no amount; dollars and cents are expected, as 1234.56")
    return int(cents)


def _day(entry: _Node) -> date:
    text = entry.said("BookgDt/Dt", "BookgDt/DtTm", "ValDt/Dt", "ValDt/DtTm")
    try:
        found = date.fromisoformat(text[:10])
    except ValueError:
        found = None
    if found is None or found < EARLIEST:
        raise FaultError("BookgDt", f"{shown(text)!r} is no day; YYYY-MM-DD is expected")
    return found


def _check_balances(statement: _Node, moved: int) -> None:
    balances: dict[str, int] = {}
    for each in statement.all("Bal"):
        balances.setdefault(each.said("Tp/CdOrPrtry/Cd"), _signed(each))
    first = next((balances[code] for code in BEFORE if code in balances), None)
    last = next((balances[code] for code in AFTER if code in balances), None)
    if first is not None and last is not None and first + moved != last:
        raise FaultError("Bal", f"balances differ by {usd(last - first)}, the entries between them sum to {usd(moved)}")


def _check_totals(statement: _Node, cents: Sequence[int]) -> None:
    of = {
        "TtlNtries": list(cents),
        "TtlCdtNtries": [each for each in cents if each > 0],
        "TtlDbtNtries": [each for each in cents if each < 0],
    }
    for name, some in of.items():
        total = statement.first(f"TxsSummry/{name}")
        if total is None:
            continue
        count, summed = total.said("NbOfNtries"), total.said("Sum")
        if count and count != str(len(some)):
            raise FaultError(f"TxsSummry/{name}/NbOfNtries", f"says {shown(count)}, there are {len(some)}")
        if summed and _number(summed, f"TxsSummry/{name}/Sum") != sum(map(abs, some)):
            raise FaultError(f"TxsSummry/{name}/Sum", f"says {shown(summed)}, it is {usd(sum(map(abs, some)))}")
