"""Which claim payments take money back, and which only say so (CLP02 22)."""

from __future__ import annotations

import pytest

from schemas.remittance import RemitClaim


def told(status: str, charge: int, paid: int) -> RemitClaim:
    return RemitClaim(patient_control_number="C1", status_code=status, charge_cents=charge, paid_cents=paid)


@pytest.mark.parametrize(
    ("charge", "paid"), [(-15000, -4531), (-15000, 0), (15000, -4531), (0, -4531), (0, 0)], ids=str
)
def test_a_reversal_negates_its_charge_or_its_payment(charge: int, paid: int) -> None:
    assert told("22", charge, paid).takes_back
    assert not told("1", charge, paid).takes_back


@pytest.mark.parametrize("paid", [4531, 1, 0])
def test_a_correction_told_as_a_reversal_takes_nothing_back(paid: int) -> None:
    assert not told("22", 15000, paid).takes_back
