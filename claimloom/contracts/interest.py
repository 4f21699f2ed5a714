"""Interest that a payer owes for paying late, by state: only where the rule was read (``data/prompt_pay.csv``).

Such laws bind insurers of that state, not self-funded plans, and count from the day on which a complete claim came. A
state that is not in the table is unknown: None, never 0. A contract may say days and rate itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cache

from claimloom.contracts.terms import rounded
from claimloom.reference import rows

DAYS_OF_A_YEAR = 365


@dataclass(frozen=True, slots=True)
class LateRule:
    """Days until a payment is late, and simple interest a year from then on; ``least_cents``: less is not owed."""

    days: int
    rate: Decimal
    source: str
    least_cents: int = 0


@dataclass(frozen=True, slots=True)
class Interest:
    """What is owed for how many days, and by which rule."""

    cents: int
    days_late: int
    rule: LateRule


@cache
def states_known() -> frozenset[str]:
    """States whose rule is here."""
    return frozenset(row["state"] for row in rows("prompt_pay"))


def rule_of(state: str, received: date, *, on_paper: bool = False) -> LateRule | None:
    """The rule of a state for a claim received on a day; None where it is not known."""
    found = [row for row in rows("prompt_pay") if row["state"] == state and row["from"] <= received.isoformat()]
    if not found:
        return None
    row = max(found, key=lambda each: each["from"])
    days = row["days_paper" if on_paper else "days_electronic"]
    return LateRule(int(days), Decimal(row["interest_a_year"]), row["source"], int(row["least_cents"]))


def interest_on(cents: int, received: date, paid: date, rule: LateRule) -> Interest:
    """Simple interest on what was paid late, half up to the cent; 0 if it came in time or stays below the least."""
    days_late = (paid - received - timedelta(days=rule.days)).days
    if days_late <= 0:
        return Interest(0, 0, rule)
    owed = rounded(cents * rule.rate * days_late / DAYS_OF_A_YEAR)
    return Interest(owed if owed >= rule.least_cents else 0, days_late, rule)
