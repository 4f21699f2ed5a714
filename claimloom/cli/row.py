"""How a claim's row reads, in a list and by itself."""

from __future__ import annotations

from claimloom.ledger.views.claims import ClaimRow
from schemas.money import usd


def flags_of(row: ClaimRow) -> list[str]:
    """Its flags in words."""
    said = {"replaced": f"replaced by {row.replaced_by}", "warned": f"warned by {', '.join(row.warned_by)}"}
    return [said.get(flag, flag) for flag in row.flags]


def expected_of(row: ClaimRow, otherwise: str = "") -> str:
    """What it should have brought; before any answer what it should bring; ``otherwise`` where nothing is expected."""
    cents = row.awaited_cents if row.expected_paid_cents is None else row.expected_paid_cents
    return otherwise if cents is None else usd(cents)


def variance_of(row: ClaimRow) -> str:
    """Paid less expected; empty where nothing is expected."""
    return "" if row.expected_paid_cents is None else usd(row.variance_cents)
