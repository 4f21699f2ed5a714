"""Entries: each sums to zero, and an answer leaves what its payer owes and what the patient does."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from claimloom.accounts.decided import EXPECTED_CUT, Decided, answered, decided
from claimloom.accounts.entry import AccountEntry, Legs, charged, leaves, level, paid_in, passed_on, stray
from schemas.remittance import ClaimReconciled, Denial, VarianceCause


def reconciled(**changes: Any) -> ClaimReconciled:
    """Charged 225.00, paid 63.58 as expected, 143.91 by contract, 16.22 the patient's; 1.29 is sequestration."""
    fields: dict[str, Any] = {
        "claim_id": UUID(int=1),
        "remittance_id": UUID(int=2),
        "patient_control_number": "C1",
        "outcome": "paid_as_expected",
        "billed_cents": 22500,
        "paid_cents": 6358,
        "total_paid_cents": 6358,
        "expected_paid_cents": 6358,
        "patient_responsibility_cents": 1622,
        "contractual_cents": 14391,
    }
    return ClaimReconciled(**(fields | changes))


def cause(name: str, cents: int) -> VarianceCause:
    return VarianceCause(cause=name, amount_cents=cents, explanation="")


def owed(result: ClaimReconciled) -> int:
    """What the payer owes after the claim went out and was answered so."""
    return charged(result.billed_cents).legs.receivable + answered(result, Decided(), decided(result)).legs.receivable


@pytest.mark.parametrize("legs", [Legs(cash=1), Legs(charge=-5, receivable=4)])
def test_an_entry_that_is_not_even_is_none(legs: Legs) -> None:
    with pytest.raises(ValueError, match="does not sum to zero"):
        AccountEntry("answer", legs)


def test_kinds_sum_to_zero() -> None:
    entries = [charged(22500), paid_in(6358), paid_in(-6358), stray(100), level(-1500, "takeback")]
    entries.append(leaves(Legs(charge=-100, receivable=60, contractual=40)))
    assert [sum(each.legs) for each in entries] == [0] * len(entries)


def test_paid_as_expected_leaves_the_patients_share() -> None:
    found = decided(reconciled())
    assert found == Decided(1622, 14391, {EXPECTED_CUT: 129})
    assert owed(reconciled()) == 0


def test_a_write_off_counts_as_far_as_the_contract_bears_it() -> None:
    """The payer wrote 20.00 off by its contract that it owes: that stays owed."""
    short = reconciled(
        outcome="underpaid",
        total_paid_cents=4358,
        paid_cents=4358,
        contractual_cents=16391,
        causes=[cause("contract_rate", -2000)],
    )
    assert decided(short).contractual == 14520
    assert owed(short) == 2000


def test_paid_twice_is_owed_to_the_payer() -> None:
    twice = reconciled(
        outcome="overpaid", total_paid_cents=12716, paid_cents=12716, causes=[cause("duplicate_payment", 6358)]
    )
    assert owed(twice) == -6358


def test_the_charge_of_a_denial_stays_owed_until_it_is_given_up() -> None:
    denial = Denial(group="CO", reason="50", category="medical_necessity", amount_cents=22500, action="appeal")
    denied = reconciled(
        outcome="denied",
        total_paid_cents=0,
        paid_cents=0,
        patient_responsibility_cents=0,
        contractual_cents=0,
        causes=[cause("denied", -6358)],
        denials=[denial],
    )
    assert owed(denied) == 22500


def test_without_an_expectation_nothing_is_given_up_but_what_the_payer_says() -> None:
    assert owed(reconciled(outcome="no_expectation", expected_paid_cents=None)) == 129


def test_a_penalty_is_given_up_by_its_name() -> None:
    found = decided(reconciled(contractual_cents=14000, causes=[cause("penalty", -391)]))
    assert found.reasons == {"penalty": 391, EXPECTED_CUT: 129}


def test_a_second_answer_moves_the_difference_alone() -> None:
    before = decided(reconciled())
    back = reconciled(
        outcome="reversed", paid_cents=-6358, total_paid_cents=0, patient_responsibility_cents=0, contractual_cents=0
    )
    entry = answered(back, before, decided(back))
    assert entry.legs == Legs(receivable=22500, patient=-1622, contractual=-14391, write_off=-129, payment=-6358)


def test_what_was_of_no_claim_leaves_that_account() -> None:
    late = reconciled(overtakes=UUID(int=9))
    entry = answered(late, Decided(), decided(late))
    assert (entry.legs.payment, entry.legs.other, entry.other) == (0, 6358, "unmatched")


def test_a_replaced_version_keeps_what_was_paid() -> None:
    said = charged(22500).legs
    answer = answered(reconciled(), Decided(), decided(reconciled())).legs
    gone = [leaves(said).legs, leaves(answer).legs]
    assert sum(each.receivable for each in (said, answer, *gone)) == -6358
    assert sum(each.patient + each.contractual + each.charge for each in (said, answer, *gone)) == 0


def test_the_next_payer_is_asked_for_what_the_first_left() -> None:
    asked = passed_on(1622).legs
    assert asked == Legs(receivable=1622, patient=-1622)
    pays = reconciled(
        paid_cents=1298, total_paid_cents=1298, expected_paid_cents=None, patient_responsibility_cents=324,
        contractual_cents=20878, outcome="no_expectation",
    )  # fmt: skip
    answer = answered(pays, Decided(), decided(pays, 1622)).legs
    assert (asked.receivable + answer.receivable, answer.patient, answer.contractual) == (0, 324, 0)
