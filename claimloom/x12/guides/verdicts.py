"""What the signs of a 277CA (005010X214) say together: the action (STC03) and the categories (STC01-1, 10-1, 11-1).

Both say whether a claim was taken, and they have to agree: there is no acceptance with a rejecting category (RFI 2203),
and no rejection without a category that says why. Where they do not, nobody but a person asks the sender which holds.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal

Verdict = Literal["accepted", "rejected", "conflict"]
ACCEPTS: Final = "WQ"
REJECTS: Final = "U"
# Of the code list of claim status categories (X12 507), those that an acknowledgment of claims may have.
REJECTING: Final = frozenset({"A3", "A4", "A6", "A7", "A8"})
RECEIVING: Final = frozenset({"A0", "A1", "A2", "A5"})


def verdict(said: Iterable[tuple[str, str]]) -> Verdict:
    """Of the statuses of a claim, batch or provider, each an action and a category.

    A status of which both signs reject decides, whatever else is said: a line that is refused refuses its claim. Then
    what contradicts itself, or rejects by one sign alone, is a conflict, and so is what says nothing at all.
    """
    found: set[Verdict] = set()
    for action, category in said:
        if action == REJECTS:
            found.add("conflict" if category in RECEIVING else "rejected")
        elif category in REJECTING:
            found.add("conflict")
        elif action == ACCEPTS or category in RECEIVING:
            found.add("accepted")
    if "rejected" in found:
        return "rejected"
    return "accepted" if found == {"accepted"} else "conflict"


def disagree(action: str, category: str) -> bool:
    """Whether a status says both, or rejects by one of its signs alone."""
    return (action == REJECTS and category in RECEIVING) or (action != REJECTS and category in REJECTING)
