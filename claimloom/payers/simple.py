"""The short contract of a payer's file (``contract``, ``percent_of_medicare``, ``[[fees]]`` ...) as terms.

So there is one evaluation of what a payer pays: that of terms. These have no conditions, and stand behind the terms of
the payer's contract files.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from difflib import get_close_matches
from itertools import zip_longest
from typing import Any, Final, Protocol

from claimloom.contracts import Fees, PercentOfMedicare, Term

WAYS: Final = ("medicare", "percent_of_medicare", "fee_table")
# Keys that only one way of paying looks at.
OF_ONE_WAY: Final = {
    "percent_of_medicare": ("percent_of_medicare",),
    "medicare_year": ("percent_of_medicare",),
    "medicare_locality": ("percent_of_medicare",),
    "mppr": ("medicare", "percent_of_medicare"),
}


@dataclass(frozen=True, slots=True)
class FeeTable:
    """Contract fees of one unit, in cents by procedure code, from a date of service on."""

    starts: date
    fees_cents: Mapping[str, int]


class Short(Protocol):
    """What a payer's settings say of its contract in short."""

    @property
    def key(self) -> str: ...
    @property
    def contract(self) -> str: ...
    @property
    def percent_of_medicare(self) -> Decimal: ...
    @property
    def medicare_year(self) -> int | None: ...
    @property
    def medicare_locality(self) -> str: ...
    @property
    def mppr(self) -> bool: ...
    @property
    def fee_tables(self) -> tuple[FeeTable, ...]: ...


def simple_terms(payer: Short) -> tuple[Term, ...]:
    """The terms; none where nothing is agreed on. A fee table ends where the next begins."""
    file = f"payer {payer.key}"
    if payer.contract == "medicare":
        return (Term(file, "contract", date.min, PercentOfMedicare(mppr=payer.mppr), rank=0),)
    if payer.contract == "percent_of_medicare":
        national = payer.medicare_locality != "clinic"
        way = PercentOfMedicare(payer.percent_of_medicare, payer.medicare_year, national, payer.mppr)
        return (Term(file, "contract", date.min, way, rank=0),)
    tables = sorted(payer.fee_tables, key=lambda each: each.starts)
    ends = [each.starts - timedelta(days=1) for each in tables[1:]]
    return tuple(
        Term(file, "fees", table.starts, Fees(table.fees_cents), until=until, rank=0)
        for table, until in zip_longest(tables, ends)
    )


def check_simple(own: Mapping[str, Any], contract: str, has_fees: bool) -> str:
    """What is wrong with the short contract of a payer's own file; empty if nothing is."""
    if contract and contract not in WAYS:
        near = get_close_matches(contract, WAYS, n=1)
        return f"contract {contract} is none of {', '.join(WAYS)}" + (f"; did you mean {near[0]}?" if near else "")
    if has_fees and contract != "fee_table":
        return f"fees have no effect beside contract {contract}"
    for key, ways in OF_ONE_WAY.items():
        if own.get(key) and contract not in ways:
            return f"{key} has no effect beside " + (f"contract {contract}" if contract else "no contract")
    if own.get("medicare_locality", "clinic") not in ("clinic", "national"):
        return f"medicare_locality {own['medicare_locality']} is neither clinic nor national"
    return ""
