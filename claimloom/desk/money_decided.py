"""Decisions that move money: how much each may move, and what stands against it.

What may be given up or moved is what the payer owes on the account of the visit. The patient is never billed for what
the payer's answer keeps from them (group CO, late filing, a Qualified Medicare Beneficiary's shares).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from claimloom.accounts.by_people import ASKED, MONEY, REFUND, TO_PATIENT, TYPES
from claimloom.remit.classify import QMB
from schemas.money import cents_of, dollars, usd
from schemas.remittance import Adjustment, ClaimReconciled, RemitClaim

if TYPE_CHECKING:
    from claimloom.desk.decide import Decision, Item

OVERPAID, REVIEW, CLAIM = "overpaid", "review", "claim"
DONE: Final = "done"
NOT_SENT: Final = frozenset({"built", "clean", "held", "withdrawn", "superseded"})


def _open(kind: str, item: Item) -> int | None:
    """What a decision of that kind can move at most, as far as it is known."""
    claim = item.claim
    if claim is None or claim.open_cents is None:
        return None
    if kind == REFUND:
        return -claim.open_cents
    return claim.open_cents - (claim.never_cents if kind == TO_PATIENT else 0)


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
        # A payer's letter may ask for what we do not hold for too much.
        return "" if item.kind == REVIEW and cents > 0 else f"is paid {usd(max(most, 0))} too much: return that at most"
    if claim.state in NOT_SENT:
        return f"was not billed ({claim.state}), so nothing is owed: close it with outcome=not_worth_it"
    owed = max(claim.open_cents or 0, 0)
    if decision.kind == TO_PATIENT and claim.never_cents and most < owed:
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
    if item.made is None or item.made.kind not in MONEY:
        kind = item.made.kind if item.made else "none"
        return f"({kind}) cannot be undone; {', '.join(MONEY)} can"
    if item.made.fields.get("state") == ASKED:
        return "waits for a second person: nothing has moved"
    return "was undone already" if item.state == "closed" else ""


def as_it_was(_: Decision, item: Item) -> Mapping[str, str]:
    assert item.made is not None
    kept = {name: value for name, value in item.made.fields.items() if name in ("amount", "type")}
    return {"decision": str(item.id), "kind": item.made.kind, **kept}


def is_too_much(_: Decision, item: Item) -> str:
    if item.kind == CLAIM:  # nothing is to do about it
        return "" if item.claim and (item.claim.open_cents or 0) < 0 else "was paid nothing too much"
    return "" if item.kind in (OVERPAID, REVIEW) else f"is no money too much ({item.kind}); only that is paid back"


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


def never_patients(result: ClaimReconciled, told: RemitClaim | None, short_cents: int) -> tuple[int, str]:
    """What the patient never owes of what is open after an answer, whatever anybody decides, and why: adjustments of
    group CO (X12 external code list 974: nothing of it is billed to the patient) and those that are the provider's
    whatever their group; the shares of a Qualified Medicare Beneficiary (42 U.S.C. 1396a(n)(3)(B)); and what a contract
    says is missing (``short_cents``, less than zero) where nothing was denied.
    """
    said: dict[str, int] = {}
    for denial in result.denials:
        if denial.group in ("CO", "PR") and not denial.patient_billable:
            name = f"{denial.group}-{denial.reason}"
            said[name] = said.get(name, 0) + denial.amount_cents
    for part, remarks in _shares(told):
        if marks := QMB.intersection(remarks):
            name = f"{min(marks)} (Qualified Medicare Beneficiary)"
            said[name] = said.get(name, 0) + part.amount_cents
    if short_cents < 0 and not result.denials:
        said["short of the contract"] = -short_cents
    why = ", ".join(f"{name} {usd(cents)}" for name, cents in said.items())
    return sum(said.values()), f"{why} is never billed to the patient" if said else ""


def _shares(told: RemitClaim | None) -> list[tuple[Adjustment, list[str]]]:
    """What stands under PR, with the remarks around it; those of a claim may stand in MOA alone."""
    if told is None:
        return []
    parts = [(part, told.remarks) for part in told.adjustments]
    parts += [(part, [*line.remarks, *told.remarks]) for line in told.lines for part in line.adjustments]
    return [each for each in parts if each[0].group == "PR"]
