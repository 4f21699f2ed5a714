"""An amount that cannot be read is in no sum, and switches off the rules that hold it and no others."""

from __future__ import annotations

from pathlib import Path

import pytest

from claimloom.x12.checking.balance import imbalances
from claimloom.x12.checking.check import check
from claimloom.x12.reading.files import read

SAMPLES = Path(__file__).parents[3] / "edi_samples"
REMIT = (SAMPLES / "835/835_example.edi").read_bytes()
CLAIMS = (SAMPLES / "837p/837p_example.edi").read_bytes()


def changed(data: bytes, *changes: tuple[bytes, bytes]) -> bytes:
    for old, new in changes:
        assert old in data, old
        data = data.replace(old, new, 1)
    return data


def unbalanced(data: bytes) -> list[str]:
    return [each.message for each in check(data).findings if each.code.startswith("unbalanced")]


MORE = (b"BPR*I*81.58", b"BPR*I*91.58")
OFF = "EFT20261125A: BPR02 = sum CLP04 - sum PLB fails by $10.00 (is $91.58, should be $81.58)"


@pytest.mark.parametrize(
    "change",
    [
        (b"CAS*PR*2*12.02~", b"CAS*PR*2*12.O2~"),
        (b"CLP*CLN1-000101*1*295*", b"CLP*CLN1-000101*1*29S*"),
        (b"AMT*B6*60.12~", b"AMT*B6*60,12~"),
        (b"DTM*472*20261116~", b"DTM*472*20261131~"),
        (b"DTM*405*20261124~", b"DTM*405*20261324~"),
        (b"SVC*HC:97530:GO:KX*150*47.14", b"SVC*HC:97530:GO:KX*1SO*47.14"),
    ],
    ids=["CAS03", "CLP03", "AMT02", "DTM02 of a line", "DTM02 of the header", "SVC02"],
)
def test_what_is_no_part_of_the_payments_sum_does_not_hide_that_it_fails(change: tuple[bytes, bytes]) -> None:
    """005010X221A1, 1.10.2.1: the transaction balances by BPR02, CLP04 and PLB alone."""
    data = changed(REMIT, MORE, change)
    assert OFF in unbalanced(data)
    if not change[0].startswith((b"AMT", b"DTM")):
        assert any(each.code == "bad_character" for each in check(data).findings)
    assert unbalanced(changed(REMIT, change)) == []


@pytest.mark.parametrize(
    "change",
    [(b"*1*295*80.66*", b"*1*295*8O.66*"), (b"*-.52*WO", b"*-,52*WO"), (b"*91.58*C*ACH", b"*9l.58*C*ACH")],
    ids=["CLP04", "PLB04", "BPR02"],
)
def test_a_sum_with_an_amount_that_is_none_is_not_made(change: tuple[bytes, bytes]) -> None:
    assert OFF not in unbalanced(changed(REMIT, MORE, change))


def test_lines_beside_one_that_cannot_be_read_are_balanced() -> None:
    data = changed(REMIT, (b"CAS*PR*2*12.02~", b"CAS*PR*2*12.O2~"), (b"CAS*PR*2*4.78", b"CAS*PR*2*4.77"))
    assert unbalanced(data) == ["L000101-2: SVC02 - CAS = SVC03 fails by -$0.01 (is $18.72, should be $18.73)"]


def test_charges_of_a_claim_are_summed_though_an_adjustment_cannot_be_read() -> None:
    data = changed(
        REMIT, (b"CAS*PR*2*12.02~", b"CAS*PR*2*12.O2~"), (b"CLP*CLN1-000101*1*295*", b"CLP*CLN1-000101*1*305*")
    )
    assert [each.split(" fails")[0] for each in unbalanced(data)] == ["CLN1-000101: CLP03 = sum SVC02"]


def test_an_837p_is_balanced_by_what_can_be_read_of_it() -> None:
    """An unreadable amount of another payer says nothing of CLM02 = sum SV102; an unreadable SV102 does."""
    text = CLAIMS.decode()
    number = next(each for each in text.split("~") if "SVD*" in each).strip().split("*")
    paid = "*".join(number[:3])
    claim = next(each for each in text.split("~") if each.strip().startswith("CLM*CLN1-000101S*")).strip()
    more = claim.replace(f"*{claim.split('*')[2]}*", "*999*", 1)
    data = changed(CLAIMS, (paid.encode(), f"{paid}x".encode()), (claim.encode(), more.encode()))
    assert "CLN1-000101S: CLM02 = sum SV102" in [each.split(" fails")[0] for each in unbalanced(data)]
    assert all(isinstance(each.difference_cents, int) for each in imbalances(read(data).transactions[0]))
