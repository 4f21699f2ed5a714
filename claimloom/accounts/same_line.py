"""Whether two files tell one line of a bank's: a statement as CSV and as BAI2, an export of today and one of the week.

The day, the amount and the account have to be the same. Banks give numbers in fields of their own (BAI2 16: bank and
customer reference; CAMT.053: AcctSvcrRef, EndToEndId, ChqNb) and leave out what a format has no field for, so a number
that both give decides; where they have none in common, and one gives none at all, words of the text that are not
every line's do. The mapping of the fields of both:
https://docs.oracle.com/en/cloud/saas/enterprise-performance-management-common/diepm/
integrations_bai_adding_source_104x758c3e29_106x758c5280.html
"""

from __future__ import annotations

import re
from enum import IntEnum
from typing import Final, Protocol

from claimloom.accounts.bank_lines import COMMON, TRN, numbers_in

LEAST_DIGITS: Final = 4
"""Banks mask all of an account's number but its last digits."""
OF_EVERY_LINE: Final = COMMON | {
    *("DEPOSIT", "CREDIT", "CHECK", "PAYMENTS", "TRANSFER", "HCCLAIMPMT", "CLAIMPMT", "INCOMING", "PREAUTHORIZED"),
    *("TRANSACTION", "LOCKBOX", "WIRE", "BANK", "FROM", "CCD", "PPD", "ACH"),
}


class SaidOfLine(Protocol):
    """What a line says: one just read, or one that is kept."""

    @property
    def trace(self) -> str: ...
    @property
    def reference(self) -> str: ...
    @property
    def description(self) -> str: ...
    @property
    def payer(self) -> str: ...
    @property
    def account(self) -> str: ...


class Likeness(IntEnum):
    """How surely two lines of one day and amount, out of two files, are one."""

    OTHER = 0
    WORDS = 1
    NUMBERS = 2


def likeness(one: SaidOfLine, other: SaidOfLine) -> Likeness:
    """By the numbers of two lines, else by the words of their texts: these count between two forms of file alone, since
    one form tells one line in the same words each time.
    """
    if not _is_same_account(one.account, other.account):
        return Likeness.OTHER
    mine, theirs = _traces(one), _traces(other)
    if mine and theirs:
        return Likeness.NUMBERS if mine & theirs else Likeness.OTHER
    firm, loose = _numbers(one)
    their_firm, their_loose = _numbers(other)
    if firm & (their_firm | their_loose) or their_firm & loose:
        return Likeness.NUMBERS
    if (firm and their_firm) or not _words(one) & _words(other):
        return Likeness.OTHER
    return Likeness.WORDS


def says_more(one: SaidOfLine, other: SaidOfLine) -> bool:
    """Whether a line gives a number or a word by which it could be tied, and the same line, told before, does not."""
    firm, loose = _numbers(one)
    their_firm, their_loose = _numbers(other)
    return bool(firm - their_firm or loose - their_loose - their_firm or _words(one) - _words(other))


def _is_same_account(one: str, other: str) -> bool:
    """Masked or not, with or without its name; who gives none says nothing."""
    if not one or not other:
        return True
    mine, theirs = re.sub(r"\D", "", one), re.sub(r"\D", "", other)
    if min(len(mine), len(theirs)) < LEAST_DIGITS:
        return " ".join(one.upper().split()) == " ".join(other.upper().split())
    return mine.endswith(theirs) or theirs.endswith(mine)


def _traces(line: SaidOfLine) -> set[str]:
    """Numbers that stand in a TRN: the payment's (TRN02)."""
    return {_plain(each) for text in (line.description, line.reference, line.trace) for each in TRN.findall(text)}


def _numbers(line: SaidOfLine) -> tuple[set[str], set[str]]:
    firm, loose = numbers_in(line.trace, line.reference, line.description)
    return {_plain(each) for each in firm}, {_plain(each) for each in loose}


def _plain(number: str) -> str:
    plain = "".join(number.split()).upper()
    return plain.lstrip("0") or plain


def _words(line: SaidOfLine) -> set[str]:
    said = f"{line.description} {line.payer}".upper()
    return {each for each in re.split(r"[^A-Z]+", said) if len(each) > 2 and each not in OF_EVERY_LINE}
