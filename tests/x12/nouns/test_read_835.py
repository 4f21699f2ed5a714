"""Remittances read from real files, and what is wrong with them said exactly."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claimloom.x12.nouns.read_835 import Remittance, Unreadable, read_835
from claimloom.x12.reading.source import X12Error

SAMPLE = (Path(__file__).parents[3] / "edi_samples/835/835_example.edi").read_bytes()


def one(data: bytes) -> Remittance:
    (remittance,) = read_835(data)
    assert isinstance(remittance, Remittance)
    return remittance


def test_sample_is_read_to_the_cent_and_balances() -> None:
    remittance = one(SAMPLE)
    assert remittance.header.total_paid_cents == 8158
    assert remittance.header.trace_number == "EFT20261125A"
    assert remittance.header.payer_id == "06102"
    assert [(claim.patient_control_number, claim.status_code, claim.paid_cents) for claim in remittance.claims] == [
        ("CLN1-000101", "1", 8066),
        ("CLN1-000088", "22", -5000),
        ("CLN1-000088", "1", 6240),
    ]
    assert [(plb.reason, plb.reference, plb.amount_cents) for plb in remittance.provider_adjustments] == [
        ("L6", "1126320000010", -52),
        ("WO", "1126250000077", 1200),
    ]
    first = remittance.claims[0]
    assert [line.allowed_cents for line in first.lines] == [6012, 2388, 2221]
    assert first.lines[2].modifiers == ["GO", "CO", "KX"]
    assert first.lines[2].remarks == ["N851"]
    assert (first.remarks, first.interest_cents) == (["MA01"], 52)
    assert remittance.imbalances == []
    assert remittance.claim_imbalances == {}


def test_segments_without_a_place_in_the_guide_are_kept() -> None:
    assert one(SAMPLE).unparsed == []
    odd = one(SAMPLE.replace(b"CLP*CLN1-000101", b"ZZZ*1*2~CLP*CLN1-000101").replace(b"SE*54*", b"SE*55*"))
    assert [(segment.id, segment.elements[1:]) for segment in odd.unparsed] == [("ZZZ", ["1", "2"])]
    assert odd.claims[0].lines == [
        line.model_copy(update={"segment_number": line.segment_number + 1}) for line in one(SAMPLE).claims[0].lines
    ]


def test_claims_without_their_lx_are_read() -> None:
    plain, without = one(SAMPLE), one(SAMPLE.replace(b"LX*1~\n", b""))
    assert [claim.paid_cents for claim in without.claims] == [claim.paid_cents for claim in plain.claims]
    assert without.imbalances == []


def test_line_that_does_not_balance_is_named_with_its_difference() -> None:
    remittance = one(SAMPLE.replace(b"CAS*PR*2*4.78", b"CAS*PR*2*4.77"))
    line, claim = remittance.claim_imbalances[0]
    assert (line.level, line.where, line.difference_cents) == ("line", "L000101-2", -1)
    assert (claim.level, claim.rule, claim.difference_cents) == ("claim", "CLP03 - CAS = CLP04", -1)


def test_payment_that_does_not_balance_is_named_with_its_difference() -> None:
    (found,) = one(SAMPLE.replace(b"BPR*I*81.58", b"BPR*I*91.58")).imbalances
    assert (found.level, found.expected_cents, found.actual_cents, found.difference_cents) == (
        "transaction",
        8158,
        9158,
        1000,
    )


def test_bad_transaction_leaves_its_neighbour_alone() -> None:
    start, end = SAMPLE.index(b"ST*835"), SAMPLE.index(b"GE*1*2")
    body = SAMPLE[start:end]
    bad = body.replace(b"BPR*I*81.58*", b"BPR*I*81,58*")
    found = read_835(SAMPLE[:start] + bad + body + SAMPLE[end:])
    assert isinstance(found[0], Unreadable)
    assert found[0].reason == "segment 4 (BPR): not a decimal amount with at most two places"
    assert isinstance(found[1], Remittance)
    assert found[1].header.total_paid_cents == 8158


AMOUNT = "not a decimal amount with at most two places"
# What is spoiled, what is said of it, and which claims and provider adjustments are left.
SPOILED = {
    "CLP03": (b"CLP*CLN1-000101*1*295*", b"CLP*CLN1-000101*1*29x*", f"segment 15 (CLP): {AMOUNT}", [1, 2, 3, 4]),
    "CLP04": (b"*1*295*80.66*", b"*1*295*8O.66*", f"segment 15 (CLP): {AMOUNT}", [1, 2, 3, 4]),
    "CAS03": (b"CAS*PR*2*12.02~", b"CAS*PR*2*12,02~", f"segment 24 (CAS): {AMOUNT}", [1, 2, 3, 4]),
    "CAS06 without its reason": (
        b"CAS*PR*2*12.02~",
        b"CAS*PR*2*12.02***x~",
        f"segment 24 (CAS): {AMOUNT}",
        [1, 2, 3, 4],
    ),
    "day of a line": (b"DTM*472*20261116~", b"DTM*472*20261131~", "segment 22 (DTM): ", [1, 2, 3, 4]),
    "day of production": (b"DTM*405*20261124~", b"DTM*405*2026-11-24~", "segment 6 (DTM): ", [0, 1, 2, 3, 4]),
    "PLB04": (b"*L6:1126320000010*-.52", b"*L6:1126320000010*-,52", f"segment 54 (PLB): {AMOUNT}", [0, 1, 2, 4]),
    "PLB04 without its reason": (b"*20261231*L6", b"*20261231**x*L6", f"segment 54 (PLB): {AMOUNT}", [0, 1, 2, 3, 4]),
}


@pytest.mark.parametrize("what", SPOILED)
def test_a_bad_value_costs_what_it_is_part_of(what: str) -> None:
    good, bad, said, left = SPOILED[what]
    assert good in SAMPLE
    plain, spoiled = one(SAMPLE), one(SAMPLE.replace(good, bad, 1))
    (reason,) = [each.reason for each in spoiled.unreadable]
    assert reason.startswith(said)
    assert reason.endswith(" left out")
    assert list(spoiled.positions)[:-1] == left
    assert spoiled.positions[-1] == plain.positions[-1] == 5
    assert list(spoiled.claims) == [plain.claims[place] for place in left if place < 3]
    assert spoiled.provider_adjustments == [plain.provider_adjustments[place - 3] for place in left if place >= 3]
    assert spoiled.imbalances == []  # what can be summed adds up; where an amount of the sum is none, nothing is said


def test_the_payment_is_balanced_though_a_claim_cannot_be_read() -> None:
    """An unreadable CAS is no part of BPR02 = sum CLP04 - sum PLB (005010X221A1, 1.10.2.1.3)."""
    bad = SAMPLE.replace(b"CAS*PR*2*12.02~", b"CAS*PR*2*12,02~")
    (found,) = one(bad.replace(b"BPR*I*81.58", b"BPR*I*91.58")).imbalances
    assert (found.rule, found.difference_cents) == ("BPR02 = sum CLP04 - sum PLB", 1000)
    assert one(bad.replace(b"*1*295*80.66*", b"*1*295*8O.66*").replace(b"BPR*I*81.58", b"BPR*I*91.58")).imbalances == []


def test_of_two_bad_values_the_first_in_the_file_is_named() -> None:
    bad = SAMPLE.replace(b"CAS*PR*2*12.02~", b"CAS*PR*2*12,02~").replace(b"AMT*B6*60.12~", b"AMT*B6*60,12~")
    (found,) = one(bad).unreadable
    assert found.reason == f"segment 24 (CAS): {AMOUNT}; its claim (segment 15) is left out"


@pytest.mark.parametrize(
    ("good", "bad", "said"),
    [
        (b"BPR*I*81.58*", b"BPR*I*81.5.8*", f"segment 4 (BPR): {AMOUNT}"),
        (b"*20261125~", b"*20261325~", "segment 4 (BPR): "),
    ],
    ids=["BPR02", "BPR16"],
)
def test_what_a_payment_is_known_by_costs_the_payment(good: bytes, bad: bytes, said: str) -> None:
    assert good in SAMPLE
    (found,) = read_835(SAMPLE.replace(good, bad, 1))
    assert isinstance(found, Unreadable)
    assert found.reason.startswith(said)


def test_a_payment_without_money_is_known_by_its_claims_so_one_unreadable_costs_it() -> None:
    """TRN02 of a NON payment may come again; with a claim less it would be another payment than the mended one."""
    free = SAMPLE.replace(b"BPR*I*81.58*C*ACH", b"BPR*H*81.58*C*NON")
    assert len(one(free).told) == 3
    assert one(free.replace(b"CAS*PR*2*12.02~", b"CAS*PR*2*12,02~")).told == one(free).told
    (found,) = read_835(free.replace(b"*1*295*80.66*", b"*1*295*8O.66*"))
    assert isinstance(found, Unreadable)
    assert found.reason == f"segment 15 (CLP): {AMOUNT}"


def test_a_line_with_what_the_guide_leaves_open() -> None:
    """SVC01 said twice, SVC06 and SVC07, a modifier left empty, CAS triplets with holes, a line without its SVC05."""
    line = b"SVC*HC:97530:GO::KX^HC:97112*150*47.14***HC:97110:GP*4~"
    cut = b"CAS*CO*45*79.86*****59*10.02*1*253*.96~"
    text = SAMPLE.replace(b"SVC*HC:97530:GO:KX*150*47.14**2~", line).replace(
        b"CAS*CO*45*79.86**59*10.02**253*.96~", cut
    )
    read = one(text).claims[0].lines[0]
    assert (read.procedure_code, read.modifiers) == ("97530", ["GO", "KX"])
    assert (read.submitted_code, read.submitted_modifiers) == ("97110", ["GP"])
    assert (read.units_paid, read.units_submitted) == ("1", "4")
    assert [(each.group, each.reason, each.amount_cents, each.quantity) for each in read.adjustments] == [
        ("CO", "45", 7986, ""),
        ("CO", "59", 1002, "1"),
        ("CO", "253", 96, ""),
        ("PR", "2", 1202, ""),
    ]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "file is empty; ask the sender for it again"),
        (b"\xef\xbb\xbf \r\n", "file is empty; ask the sender for it again"),
        (b"%PDF-1.7 \x00\xff", "no ISA in the file, so it is not X12; check what was sent"),
        (SAMPLE[:50], "file ends at offset 50 inside the ISA segment; ask the sender for it again"),
        (
            SAMPLE[:1500],
            "file is cut off at offset 1500, after segment 54 (PLB): no IEA at its end; ask the sender for it again",
        ),
    ],
    ids=["empty", "one byte order mark", "binary", "inside ISA", "truncated"],
)
def test_file_that_cannot_be_read_gets_one_clear_error(data: bytes, said: str) -> None:
    with pytest.raises(X12Error) as caught:
        read_835(data)
    assert str(caught.value) == said


def test_layout_of_the_file_does_not_matter() -> None:
    plain = one(SAMPLE)
    unfolded = SAMPLE.replace(b"\r", b"").replace(b"\n", b"")
    for data in (unfolded, SAMPLE.replace(b"\n", b"\r\n"), b"\xef\xbb\xbf" + SAMPLE, b"\n  " + SAMPLE + b"\n\n"):
        again = one(data)
        assert (again.header, again.claims) == (plain.header, plain.claims)


@given(st.integers(0, len(SAMPLE)), st.integers(0, 40), st.binary(max_size=20))
def test_any_damage_gives_a_result_or_one_error(place: int, length: int, junk: bytes) -> None:
    try:
        read_835(SAMPLE[:place] + junk + SAMPLE[place + length :])
    except X12Error as error:
        assert "DOE" not in str(error)
