"""Compares what we say of claims with what the payer knows it did."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

GRADED_FLAGS: Final = frozenset({"underpaid", "overpaid", "denied", "rejected", "suspense"})


def grade(
    truth: Iterable[Mapping[str, Any]],
    rows: Iterable[Mapping[str, Any]],
    planted: Mapping[str, str],
    held: Mapping[str, Iterable[str]],
) -> dict[str, Any]:
    """Flags, paid and expected amounts of each claim answered, and the rule of each visit spoiled on purpose.

    ``rows`` are lines of ``claims export``; ``planted`` and ``held`` are rules by session id. A claim agrees when its
    flags are the same, its payment is equal and, once decided, what it should have brought is equal, to the cent.
    """
    by_number = {row["patient_control_number"]: row for row in rows}
    graded, disagree = 0, []
    for each in truth:
        graded += 1
        row = by_number.get(each["patient_control_number"])
        wrong = ["claim is not there"] if row is None else list(_differences(each, row))
        if wrong:
            disagree.append(
                {"patient_control_number": each["patient_control_number"], "label": each["label"], "why": wrong}
            )
    for session_id in sorted(set(planted) | set(held)):
        graded += 1
        rule, seen = planted.get(session_id), sorted(held.get(session_id, ()))
        if rule not in seen:
            why = [f"held by {', '.join(seen) or 'nothing'}, should be held by {rule or 'nothing'}"]
            disagree.append({"session_id": session_id, "label": rule or "clean", "why": why})
    return {"graded": graded, "agree": graded - len(disagree), "disagree": disagree}


def _differences(each: Mapping[str, Any], row: Mapping[str, Any]) -> Iterable[str]:
    flags = sorted(set(row["flags"]) & GRADED_FLAGS)
    if flags != each["flags"]:
        yield f"flags {flags}, should be {each['flags']}"
    if row["paid_cents"] != each["paid_cents"]:
        yield f"paid {row['paid_cents']}, should be {each['paid_cents']}"
    expected = row["expected_paid_cents"]
    if expected is not None and expected != each["owed_cents"]:
        yield f"expected {expected}, should be {each['owed_cents']}"
    if expected is not None and row["variance_cents"] != row["paid_cents"] - expected:
        yield f"variance {row['variance_cents']} is not paid less expected"
    if sum(cause["amount_cents"] for cause in row["causes"]) != row["variance_cents"]:
        yield "causes do not sum to the variance"
