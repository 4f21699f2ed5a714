"""Banks' statements, in whatever a bank writes them: CSV, BAI2 or CAMT.053. Of a file with a fault nothing is taken."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from claimloom.accounts import bai2, bank_csv, camt053
from claimloom.accounts.bank_line import MOST_LINES, Statement, counted_alike

TRN: Final = re.compile(r"TRN\W{0,2}1\W([^*~\\|\s]{1,50})", re.IGNORECASE)
WORD: Final = re.compile(r"[A-Za-z0-9-]{5,50}")
CSV: Final = "CSV"
FORMS: Final[Sequence[tuple[str, Callable[[bytes], bool], Callable[[bytes], Statement]]]] = tuple(
    (name, form.is_statement, form.read_statement)
    for name, form in (("BAI2", bai2), ("CAMT.053", camt053), (CSV, bank_csv))
)
"""Each knows a file by its beginning, and reads it."""


def is_statement(first: bytes) -> bool:
    """Whether the beginning of a file is that of a statement."""
    return any(knows(first) for _, knows, _ in FORMS)


def read_statement(data: bytes) -> Statement:
    """The statement of a file."""
    form, read = next(((name, read) for name, knows, read in FORMS if knows(data)), (CSV, bank_csv.read_statement))
    found = read(data)
    found.form = form
    if len(found.lines) > MOST_LINES:
        found.faults.append(f"more than {MOST_LINES:,} lines; split the file")
    found.lines = [] if found.faults else counted_alike(found.lines)
    return found


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


CLAIM_PAYMENT: Final = re.compile(r"TRN\W{0,2}1\W|HC\W?CLAIM\W?PMT", re.IGNORECASE)


def is_claim_payment(said: str) -> bool:
    """Whether the text of a line says that it is an EFT of a health plan: by the TRN of an 835 (CAQH CORE rule 370), or
    by the entry description HCCLAIMPMT (https://healthcare.nacha.org/nacharuleshealthcare).
    """
    return CLAIM_PAYMENT.search(said) is not None


def _words(said: str) -> Iterator[str]:
    return (each for each in re.split(r"[^A-Z0-9]+", said.upper()) if each)
