"""What an answer decides of a claim's charge: the patient's share, what is given up, and so what the payer still owes.

A payer's write-off counts as far as the contract bears it: what is missing by it stays owed, and is disputed. What it
paid too much stays as money that we owe.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from claimloom.accounts.entry import ANSWER, UNMATCHED, UNPOSTED, AccountEntry, Legs
from schemas.remittance import NOT_SHORT, ClaimReconciled

GIVEN_UP: Final = ("penalty", "mips", "incentive", "tax_withheld", "capitated", "rounding", "withhold")
"""Causes of a difference that nobody would send a letter for: the reasons of write-offs."""
EXPECTED_CUT: Final = "expected_cut"
"""What the payer cut and was expected to cut, beside the contract: sequestration (CARC 253) above all."""


@dataclass(frozen=True, slots=True)
class Decided:
    """Cents of a claim's charge that its payer does not owe any more, beside what was paid."""

    patient: int = 0
    contractual: int = 0
    reasons: dict[str, int] = field(default_factory=dict)

    @property
    def write_off(self) -> int:
        """Given up for reasons other than the contract."""
        return sum(self.reasons.values())


def decided(result: ClaimReconciled, owed_cents: int | None = None) -> Decided:
    """What stands of the claim after all its answers. ``owed_cents``: what its payer was asked for, where that is not
    the whole charge: of a payer that comes after another one.
    """
    real = [cause.amount_cents for cause in result.causes if cause.cause not in NOT_SHORT]
    missing, too_much = max(-sum(real), 0), max(sum(real), 0)
    paid = result.total_paid_cents + result.of_visit_cents
    patient = result.patient_responsibility_cents + result.next_payer_cents  # the next payer's once it is asked
    asked = result.billed_cents if owed_cents is None else owed_cents
    room = asked - paid + too_much - patient - missing
    contractual = min(result.contractual_cents, max(room, 0))
    room -= contractual
    reasons: dict[str, int] = {}
    for cause in result.causes:
        if cause.cause in GIVEN_UP and cause.amount_cents < 0 < room:
            part = min(-cause.amount_cents, room)
            reasons[cause.cause] = reasons.get(cause.cause, 0) + part
            room -= part
    if room > 0 and _is_settled(result):
        reasons[EXPECTED_CUT] = room
    return Decided(patient, contractual, reasons)


def _is_settled(result: ClaimReconciled) -> bool:
    """Whether it is known what the payer owes, and nothing is left to another decision: of a denial the whole charge
    stays owed until somebody gives it up.
    """
    open_still = result.next_action is not None and result.next_action.kind not in ("underpaid", "overpaid")
    waits = any(cause.cause in ("not_decided", "payer_order") for cause in result.causes)
    known = result.expected_paid_cents is not None and result.outcome not in ("denied", "reversed")
    return known and not result.denials and not open_still and not waits


def answered(result: ClaimReconciled, before: Decided, now: Decided) -> AccountEntry:
    """A payer's answer: what it paid now, and how what it decided differs from what was known. What had been of no
    claim leaves that account.
    """
    paid = result.paid_cents
    found_late = result.overtakes is not None
    patient, contractual = now.patient - before.patient, now.contractual - before.contractual
    write_off = now.write_off - before.write_off
    legs = Legs(
        receivable=-(paid + patient + contractual + write_off),
        patient=patient,
        contractual=contractual,
        write_off=write_off,
        payment=0 if found_late else paid,
        other=paid if found_late else 0,
    )
    names = sorted({*before.reasons, *now.reasons})
    changes = {name: now.reasons.get(name, 0) - before.reasons.get(name, 0) for name in names}
    kept = {name: cents for name, cents in changes.items() if cents}
    return AccountEntry(ANSWER, legs, UNMATCHED if legs.other else "", kept)


def decided_before(rows: Iterable[Mapping[str, Any]]) -> tuple[Decided, int]:
    """What the answers to a claim decided so far, and the place of the newest of them."""
    patient = contractual = last = 0
    reasons: dict[str, int] = {}
    for row in rows:
        if row["kind"] in (ANSWER, UNPOSTED):
            patient, contractual = patient + row["patient_cents"], contractual + row["contractual_cents"]
            last = max(last, row["place"])
            for name, cents in json.loads(row["reasons"] or "{}").items():
                reasons[name] = reasons.get(name, 0) + cents
    return Decided(patient, contractual, {name: cents for name, cents in reasons.items() if cents}), last
