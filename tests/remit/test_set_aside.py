"""Remittances that are compared with no claim, without a ledger: what is said of them and what is to be done."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from claimloom.desk import next_action
from claimloom.remit import set_aside
from schemas.remittance import (
    ClaimReconciled,
    Imbalance,
    ProviderAdjustment,
    RemitClaim,
    RemitHeader,
    RemittanceReceived,
)

TODAY = date(2026, 11, 20)
HEADER = RemitHeader(payer_name="P", trace_number="T1", payment_method="ACH", total_paid_cents=100)
PAID = RemitClaim(
    patient_control_number="C1", status_code="1", charge_cents=9000, paid_cents=7000, payer_claim_control_number="ICN"
)


def received(**changes: Any) -> RemittanceReceived:
    fields: dict[str, Any] = {
        "payment_id": UUID(int=1),
        "header": HEADER,
        "file_name": "a.edi",
        "file_sha256": "0",
        "transaction_index": 0,
        "position": 0,
    }
    return RemittanceReceived(**(fields | changes))


def told(data: RemittanceReceived) -> ClaimReconciled:
    return set_aside.as_told(UUID(int=2), data)


def off(cents: int) -> Imbalance:
    return Imbalance(
        level="claim",
        rule="CLP03 - CAS = CLP04",
        expected_cents=100,
        actual_cents=100 + cents,
        difference_cents=cents,
        segment_number=9,
    )


def test_as_told_repeats_the_remittance() -> None:
    found = told(received(claim=PAID, claim_id=UUID(int=3)))
    assert (found.claim_id, found.remittance_id, found.outcome) == (UUID(int=3), UUID(int=2), "information")
    assert (found.patient_control_number, found.billed_cents, found.paid_cents) == ("C1", 9000, 7000)
    assert (found.payer_claim_control_number, found.status_code, found.trace_number) == ("ICN", "1", "T1")


def test_suspense_names_every_imbalance_and_asks_for_the_worst() -> None:
    data = received(claim=PAID, imbalances=[off(1), off(-250)])
    found = set_aside.suspense(told(data), data.imbalances)
    assert found.outcome == "suspense"
    assert found.explanation == [
        "Segment 9: CLP03 - CAS = CLP04 fails by $0.01 (is $1.01, should be $1.00).",
        "Segment 9: CLP03 - CAS = CLP04 fails by -$2.50 (is -$1.50, should be $1.00).",
    ]
    action = next_action.unbalanced(data, TODAY)
    assert (action.kind, action.due, action.recoverable_cents) == ("suspense", date(2026, 11, 27), 7000)
    assert "CLP03 - CAS = CLP04 by -$2.50 at segment 9 of a.edi" in action.reason


def test_told_again_is_not_posted() -> None:
    data = received(claim=PAID, duplicate_of="before.edi")
    found = set_aside.told_again(told(data), data.duplicate_of)
    assert found.outcome == "duplicate"
    assert found.explanation == ["Payment T1 was read before from before.edi; not posted again."]
    action = next_action.told_again(data, TODAY)
    assert (action.kind, action.due, action.recoverable_cents) == ("review", date(2026, 11, 27), 0)


def test_of_nothing() -> None:
    found = set_aside.of_nothing(told(received()))
    assert (found.outcome, found.explanation) == (
        "information",
        ["Payment T1 names no claim and no adjustment."],
    )


def test_unmatched_is_nobodys_and_said_by_its_number() -> None:
    data = received(claim=PAID, claim_id=UUID(int=3))
    found = set_aside.unmatched(told(data), PAID)
    assert (found.claim_id, found.outcome) == (None, "unmatched")
    assert found.explanation == ["No claim of ours has number C1 or fits member, day and charge."]
    action = next_action.unmatched(data, PAID, TODAY)
    assert (action.kind, action.due, action.recoverable_cents) == ("unmatched", date(2026, 12, 20), 7000)


@pytest.mark.parametrize(("status", "words"), [("23", "forwarded to another payer"), ("25", "predetermination")])
def test_not_posted(status: str, words: str) -> None:
    found = set_aside.not_posted(told(received(claim=PAID.model_copy(update={"status_code": status}))))
    assert found.outcome == "information"
    assert found.explanation == [f"Status {status}: {words}, nothing paid."]


def plb(reason: str, cents: int, reference: str = "R1") -> ProviderAdjustment:
    return ProviderAdjustment(provider_id="1", reason=reason, reference=reference, amount_cents=cents)


@pytest.mark.parametrize(
    ("pair", "said", "is_work"),
    [
        (plb("WO", 1500), "PLB WO (overpayment recovery) takes $15.00, reference R1.", True),
        (plb("WO", -1500), "PLB WO (overpayment recovery) gives $15.00, reference R1.", False),
        (plb("L6", -23, ""), "PLB L6 (interest) gives $0.23, reference none.", False),
        (plb("L6", 23), "PLB L6 (interest) takes $0.23, reference R1.", False),
        (plb("IR", 2700), "PLB IR (tax withheld) takes $27.00, reference R1.", True),
        (plb("CT", -30000), "PLB CT (capitation payment) gives $300.00, reference R1.", True),
        (plb("ZZ", -1), "PLB ZZ (agreed between payer and payee) gives $0.01, reference R1.", True),
        (plb("Q9", -1), "PLB Q9 (see the payer's letter) gives $0.01, reference R1.", True),
    ],
)
def test_provider_level(pair: ProviderAdjustment, said: str, is_work: bool) -> None:
    data = received(provider_adjustment=pair)
    found = set_aside.provider_level(told(data), pair, UUID(int=3), "C1")
    assert (found.outcome, found.paid_cents, found.explanation) == ("provider_level", -pair.amount_cents, [said])
    assert (found.claim_id, found.patient_control_number) == (UUID(int=3), "C1")
    action = next_action.provider_level(pair, "C1", TODAY)
    assert (action is not None) is is_work
    if action:
        withheld = pair.reason == "IR"  # the payer owes nothing more
        assert (action.due, action.recoverable_cents) == (
            date(2026, 12, 20),
            0 if withheld else max(pair.amount_cents, 0),
        )
        assert withheld or action.reason.endswith(" for claim C1")


@pytest.mark.parametrize(
    ("pair", "open_cents", "said", "recoverable"),
    [
        (plb("WO", 1500), 0, "nothing is open", None),
        (plb("WO", 1500), -500, "$5.00 is still to be taken", None),
        (plb("WO", 1500), 500, "$5.00 more was taken than given", 500),
        (plb("WO", -1500), 500, "$5.00 more was taken than given", 500),
        (plb("CS", -1500), -500, "$5.00 is still to be taken", 0),
        (plb("CS", -1500), 0, "nothing is open", None),
    ],
)
def test_provider_level_with_what_was_said_of_it_before(
    pair: ProviderAdjustment, open_cents: int, said: str, recoverable: int | None
) -> None:
    found = set_aside.provider_level(told(received(provider_adjustment=pair)), pair, None, "", open_cents)
    assert said in found.explanation[1]
    action = next_action.provider_level(pair, "", TODAY, open_cents)
    assert (action and action.recoverable_cents) == recoverable
