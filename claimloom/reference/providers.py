"""Provider identifiers: check digits of NPIs (45 CFR 162.406) and the codes of the NUCC provider taxonomy."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from importlib.resources import files
from typing import Final

from schemas.words import counted

NPI: Final = re.compile(r"[12]\d{9}", re.ASCII)


def npi_is_valid(npi: str) -> bool:
    """Ten digits, first 1 or 2, Luhn over 80840 and the NPI (the prefix adds 24)."""
    return NPI.fullmatch(npi) is not None and _adds_up(npi)


def npi_fault(npi: str) -> str:
    """Which rule of an NPI does not hold, in words that follow its name; empty for a valid one (45 CFR 162.406)."""
    if npi_is_valid(npi):
        return ""
    if not (npi.isascii() and npi.isdigit()):
        return "is no NPI: it has other characters than digits"
    if len(npi) != 10:
        return f"is no NPI: it has {counted(len(npi), 'digit')}, an NPI has 10"
    if npi[0] not in "12":
        return "is no NPI: it does not begin with 1 or 2"
    return "is no NPI: its check digit is wrong"


@lru_cache(65_536)
def _adds_up(npi: str) -> bool:
    # The providers of a batch come again and again; what is not written like an NPI is not remembered.
    digits = [int(digit) for digit in npi]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[0::2]]
    return (24 + sum(doubled) + sum(digits[1::2])) % 10 == 0


@cache
def taxonomies() -> frozenset[str]:
    """Codes of the NUCC provider taxonomy, of the release that is packaged."""
    text = (files("claimloom.reference") / "data" / "nucc_codes_v25_1.txt").read_text(encoding="ascii")
    return frozenset(text.split())
