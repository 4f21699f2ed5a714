"""An entry: what one fact moves between accounts. Debits are positive, and its parts sum to zero."""

from __future__ import annotations

from dataclasses import dataclass, field
from operator import neg
from typing import Final, NamedTuple


class Legs(NamedTuple):
    """Cents by account.

    ``charge``: what was billed for services. ``receivable``: what the payer of the claim owes. ``patient``: what the
    patient owes. ``contractual`` and ``write_off``: what nobody owes any more, by contract, or for another reason.
    ``payment``: what of a payment has no place yet, its suspense. ``cash``: what payments brought. ``other``: an
    account that the entry names, of the provider level or of money that is nobody's.
    """

    charge: int = 0
    receivable: int = 0
    patient: int = 0
    contractual: int = 0
    write_off: int = 0
    payment: int = 0
    cash: int = 0
    other: int = 0

    def __neg__(self) -> Legs:
        return Legs(*map(neg, self))

    @property
    def is_empty(self) -> bool:
        """Whether nothing moves."""
        return not any(self)


ACCOUNTS: Final = Legs._fields
UNMATCHED: Final = "unmatched"
CHARGE, ANSWER, LEAVES, NEXT, VOID = "charge", "answer", "leaves", "next_payer", "void"
UNPOSTED: Final = "unposted"
PAYMENT, STRAY, LEVEL, TAKEN_BACK = "payment", "unmatched", "provider_level", "taken_back"
"""Kinds of entries: a claim goes out; a payer decides; a newer version of the claim goes out in its place; it goes on
to the next payer in line; it is voided; a payment is taken off it; money comes; it is of no claim of ours; it moves
beside all claims; it was taken back of a payment that never came here.
"""


@dataclass(frozen=True, slots=True)
class AccountEntry:
    """Legs with what they are about; ``other`` is the name of the account of that leg, ``reasons`` of write-offs."""

    kind: str
    legs: Legs
    other: str = ""
    reasons: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if sum(self.legs):
            raise ValueError(f"an entry of kind {self.kind} does not sum to zero")

    @property
    def placed(self) -> tuple[int, int, int]:
        """What it adds to what of its payment is posted, at provider level, and of nobody."""
        legs = self.legs
        if self.kind in (ANSWER, UNPOSTED):
            return legs.payment + legs.other, 0, -legs.other
        return (0, legs.payment, 0) if self.kind == LEVEL else (0, 0, legs.payment)


def charged(billed_cents: int) -> AccountEntry:
    """A claim went out: its payer owes what was billed."""
    return AccountEntry(CHARGE, Legs(charge=-billed_cents, receivable=billed_cents))


def passed_on(patient_cents: int) -> AccountEntry:
    """A claim went on to the next payer in line: what the patient owed so far is that payer's to decide."""
    return AccountEntry(NEXT, Legs(receivable=patient_cents, patient=-patient_cents))


def voided() -> AccountEntry:
    """A void of a claim went out: nothing by itself, but what was said of that claim leaves."""
    return AccountEntry(VOID, Legs())


def paid_in(amount_cents: int) -> AccountEntry:
    """A payment came, or left (less than zero): all of it waits for its place."""
    return AccountEntry(PAYMENT, Legs(cash=amount_cents, payment=-amount_cents))


def stray(cents: int) -> AccountEntry:
    """A part of a payment is of a claim that is not here."""
    return AccountEntry(STRAY, Legs(payment=cents, other=-cents), UNMATCHED)


def taken_back(cents: int) -> AccountEntry:
    """The payer took back (less than zero) what it had not paid here, and owes no more than before; or the payment has
    come, and it is as if both had come in order.
    """
    return AccountEntry(TAKEN_BACK, Legs(receivable=cents, other=-cents), TAKEN_BACK)


def level(cents: int, account: str) -> AccountEntry:
    """The payer took (less than zero) or gave something beside all claims."""
    return AccountEntry(LEVEL, Legs(payment=cents, other=-cents), account)


def leaves(legs: Legs) -> AccountEntry:
    """What was said of a claim counts no more since a newer version of it went out; what was paid stays."""
    kept = Legs(charge=-legs.charge, patient=-legs.patient, contractual=-legs.contractual, write_off=-legs.write_off)
    return AccountEntry(LEAVES, kept._replace(receivable=-sum(kept)))
