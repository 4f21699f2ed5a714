"""Decisions that move money: how much each may move, and what stands against it.

What may be given up or moved is what the payer owes on the account of the visit. The patient is never billed for what
the payer's answer keeps from them (group CO, late filing, a Qualified Medicare Beneficiary's shares).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from claimloom.accounts.by_people import ASKED, MONEY, REFUND, TO_PATIENT, TYPES
from schemas.money import cents_of, dollars, usd

if TYPE_CHECKING:
    from claimloom.desk.decide import Decision, Item

OVERPAID, REVIEW, CLAIM = "overpaid", "review", "claim"
DONE: Final = "done"
UNDOABLE: Final = (*MONEY, "match_line")
"""What can be taken back. Of other decisions the contrary is decided."""
_KEPT: Final = ("amount", "type", "payment", "line", "to", "remittance")
NOT_SENT: Final = frozenset({"built", "clean", "held", "withdrawn", "superseded"})


def _open(kind: str, item: Item) -> int | None:
    """What a decision of that kind can move at most, as far as it is known."""
    claim = item.claim
    if claim is None or claim.open_cents is None:
        return None
    if kind == REFUND:
        return -claim.open_cents
    return claim.patients_cents if kind == TO_PATIENT else claim.open_cents


def _cents(decision: Decision, item: Item) -> int | None:
    """What is asked for; without an amount all that is open."""
    given = decision.fields.get("amount", "")
    return cents_of(given) if given else _open(decision.kind, item)


def is_amount(decision: Decision, item: Item) -> str:
    given = decision.fields.get("amount", "")
    if not given and (most := _open(decision.kind, item)) is not None and most <= 0:
        return is_there(decision, item)
    return "" if _cents(decision, item) else f"cannot be about {given!r}: the amount is dollars and cents, as 12.50"


def is_there(decision: Decision, item: Item) -> str:
    claim, most, cents = item.claim, _open(decision.kind, item), _cents(decision, item) or 0
    if claim is None or most is None or 0 < cents <= most:
        return ""
    if decision.kind == REFUND:
        if not item.asks_back:
            return f"is paid {usd(most)} too much: return that at most" if most > 0 else "was paid nothing too much"
        # A payer may ask for what we do not hold for too much, but for no more than it paid.
        paid = max(claim.paid_cents, 0)
        return "" if 0 < cents <= paid else f"is paid {usd(paid)} by its payer, by all that came: return that at most"
    if claim.state in NOT_SENT:
        return f"was not billed ({claim.state}), so nothing is owed: close it with outcome=not_worth_it"
    owed = max(claim.open_cents or 0, 0)
    if decision.kind == TO_PATIENT and claim.never and most < owed:
        return f"has {usd(max(most, 0))} that the patient may be billed, of {usd(owed)} open: {claim.never}"
    return f"has {usd(owed)} open with its payer: that at most"


def is_type(decision: Decision, _: Item) -> str:
    found = decision.fields.get("type", TYPES[0])
    return "" if found in TYPES else f"cannot be given up as {found!r}; type is one of {', '.join(TYPES)}"


def amount_of(decision: Decision, item: Item) -> Mapping[str, str]:
    if decision.fields.get("amount"):
        return {}
    return {"amount": dollars(_cents(decision, item) or 0), "whole": "yes"}


def can_be_undone(_: Decision, item: Item) -> str:
    if item.made is None or item.made.kind not in UNDOABLE:
        kind = item.made.kind if item.made else "none"
        return f"({kind}) cannot be undone; {', '.join(UNDOABLE)} can"
    if item.made.fields.get("state") == ASKED:
        return "waits for a second person: nothing has moved"
    return "was undone already" if item.state == "closed" else ""


def as_it_was(_: Decision, item: Item) -> Mapping[str, str]:
    assert item.made is not None
    kept = {name: value for name, value in item.made.fields.items() if name in _KEPT}
    return {"decision": str(item.id), "kind": item.made.kind, **kept}


def is_too_much(_: Decision, item: Item) -> str:
    if item.kind == CLAIM:  # nothing is to do about it
        return "" if item.claim and (item.claim.open_cents or 0) < 0 else "was paid nothing too much"
    if item.kind not in (OVERPAID, REVIEW):
        return f"is no money too much ({item.kind}); only that is paid back"
    return "" if item.claim else "names no claim: refund by the claim it was paid for; claims list shows all"


def is_confirmed_by_another(decision: Decision, item: Item) -> str:
    cents = _cents(decision, item) or 0
    if cents <= decision.write_off_limit_cents or not item.asked_by or cents != item.asked_cents:
        return ""
    return "" if item.asked_by != decision.actor else "was written off by you already; a second person has to agree"


def written_off(decision: Decision, item: Item) -> Mapping[str, str]:
    cents = _cents(decision, item) or 0
    alone = cents <= decision.write_off_limit_cents
    agreed = bool(item.asked_by) and cents == item.asked_cents and item.asked_by != decision.actor
    state = {"state": DONE if alone or agreed else ASKED}
    return {**amount_of(decision, item), **state} | ({"asked_by": item.asked_by} if agreed and not alone else {})
