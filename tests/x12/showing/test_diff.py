"""What is different between two files, and what only looks so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from claimloom.x12.reading.files import read
from claimloom.x12.showing.diff import Difference, diff
from tests.x12.test_samples import FILES, FOLDER, unpacked

CLAIMS = (FOLDER / "837p" / "837p_example.edi").read_bytes()
PAYMENT = (FOLDER / "835" / "835_example.edi").read_bytes()
ids = [f"{path.parent.name}/{path.name}" for path in FILES]


def between(one: bytes, two: bytes) -> list[Difference]:
    return diff(read(one), read(two))


def told(found: list[Difference]) -> list[tuple[str, str, str, str, str, str]]:
    return [(each.kind, each.claim, each.segment, each.element, each.old, each.new) for each in found]


@pytest.mark.parametrize("path", FILES, ids=ids)
def test_a_file_does_not_differ_from_itself(path: Path) -> None:
    assert diff(read(path), read(unpacked(path))) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"~\n", b"~"),
        (b"~\n", b"~\r\n"),
        (b"000000002", b"000000077"),
        (b"20261125*0600*2*", b"20261126*0715*9*"),
        (b"ST*835*0001", b"ST*835*0009"),
        (b"*80.66*", b"*080.660*"),
        (b"REF*6R*L000101-1~\nAMT*B6*60.12~", b"AMT*B6*60.12~\nREF*6R*L000101-1~"),
        (b"CAS*CO*45*79.86**59*10.02**253*.96~", b"CAS*CO*59*10.02**45*79.86~\nCAS*CO*253*.96~"),
    ],
    ids=["one line", "other breaks", "ISA13", "GS", "ST02", "zeros", "order of REF and AMT", "CAS in two"],
)
def test_layout_numbers_and_order_do_not_matter(old: bytes, new: bytes) -> None:
    changed = PAYMENT.replace(old, new)
    assert changed != PAYMENT
    assert between(PAYMENT, changed) == []


def test_other_delimiters_do_not_matter() -> None:
    assert between(PAYMENT, PAYMENT.translate(bytes.maketrans(b"*:^~", b"|>!'"))) == []


def test_an_amount_is_named_with_both_values_and_its_place() -> None:
    (found,) = between(PAYMENT, PAYMENT.replace(b"*80.66*", b"*80.99*"))
    assert found == Difference(
        "changed",
        "payment",
        "CLN1-000101",
        "2100",
        "CLP",
        "04",
        "Claim Payment Amount",
        "80.66",
        "80.99",
        15,
        15,
    )


def test_a_line_is_known_by_its_number_wherever_it_stands() -> None:
    text = PAYMENT.decode()
    second = text[text.index("SVC*HC:97535") : text.index("SVC*HC:97110:GO:CO")]
    moved = text.replace(second, "").replace("SVC*HC:97530", f"{second}SVC*HC:97530")
    assert moved != text
    assert between(PAYMENT, moved.encode()) == []
    changed = moved.replace("CAS*PR*2*4.78", "CAS*PR*2*4.79")
    assert told(between(PAYMENT, changed.encode())) == [("changed", "CLN1-000101", "CAS", "03", "4.78", "4.79")]


def test_claims_and_reversals_are_paired_with_their_like() -> None:
    text = PAYMENT.decode()
    reversal = text[text.index("CLP*CLN1-000088*22") : text.index("CLP*CLN1-000088*1*")]
    correction = text[text.index("CLP*CLN1-000088*1*") : text.index("PLB*")]
    swapped = text.replace(reversal + correction, correction + reversal)
    assert between(PAYMENT, swapped.encode()) == []
    gone = between(PAYMENT, text.replace(reversal, "").encode())
    assert [(each.kind, each.claim, each.old_segment_number) for each in gone] == [("removed", "CLN1-000088", 40)]


ADJUSTED = b"CAS*CO*45*42.6**59*8.52**253*.38~\nCAS*PR*2*4.78~"
AMOUNT, REASON, GROUP = "Adjustment Amount", "Adjustment Reason Code", "Claim Adjustment Group Code"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            b"CAS*CO*45*10~CAS*PR*1*5~",
            b"CAS*CO*45*5~CAS*PR*1*10~",
            [("changed", "03", f"{AMOUNT} of CO-45", "10", "5"), ("changed", "03", f"{AMOUNT} of PR-1", "5", "10")],
        ),
        (
            b"CAS*CO*45*10~CAS*PR*1*5~",
            b"CAS*PR*1*10~CAS*CO*45*5~",
            [("changed", "03", f"{AMOUNT} of CO-45", "10", "5"), ("changed", "03", f"{AMOUNT} of PR-1", "5", "10")],
        ),
        (
            b"CAS*CO*45*10**97*5~",
            b"CAS*CO*45*5**97*10~",
            [("changed", "03", f"{AMOUNT} of CO-45", "10", "5"), ("changed", "06", f"{AMOUNT} of CO-97", "5", "10")],
        ),
        (
            b"CAS*CO*45*10~CAS*PR*1*5~",
            b"CAS*CO*1*10~CAS*PR*45*5~",
            [("changed", "02", f"{REASON} of CO 10", "45", "1"), ("changed", "02", f"{REASON} of PR 5", "1", "45")],
        ),
        (
            b"CAS*CO*45*10~CAS*PR*1*5~",
            b"CAS*PR*45*10~CAS*CO*1*5~",
            [("changed", "01", f"{GROUP} of 45 10", "CO", "PR"), ("changed", "01", f"{GROUP} of 1 5", "PR", "CO")],
        ),
        (b"CAS*CO*45*10~", b"CAS*CO*97*10.0~", [("changed", "02", f"{REASON} of CO 10", "45", "97")]),
        (b"CAS*CO**10~", b"CAS*CO*97*10~", [("added", "02", f"{REASON} of CO 10", "", "97")]),
        (b"CAS*CO*45*10~", b"CAS*CO*45*10**97*3~", [("added", "06", f"{AMOUNT} of CO-97", "", "3")]),
        (b"CAS*CO*45*10*2~", b"CAS*CO*45*10*3~", [("changed", "04", "Adjustment Quantity of CO-45", "2", "3")]),
        (
            b"CAS*CO*45*10~",
            b"CAS*OA*23*10~",
            [("removed", "03", f"{AMOUNT} of CO-45", "10", ""), ("added", "03", f"{AMOUNT} of OA-23", "", "10")],
        ),
    ],
)
def test_an_adjustment_that_differs_is_told_once_with_its_name(
    old: bytes, new: bytes, expected: list[tuple[str, ...]]
) -> None:
    found = between(PAYMENT.replace(ADJUSTED, old), PAYMENT.replace(ADJUSTED, new))
    assert [(each.kind, each.element, each.name, each.old, each.new) for each in found] == expected
    assert {each.segment for each in found} == {"CAS"}


def test_what_stands_for_a_reason_in_a_damaged_file_is_not_named() -> None:
    damaged = PAYMENT.replace(ADJUSTED, b"CAS*CO*JANE DOE*10~"), PAYMENT.replace(ADJUSTED, b"CAS*CO*JANE DOE*11~")
    (found,) = between(*damaged)
    assert found.name == f"{AMOUNT} of CO-xxxx xxx"


def test_a_claim_that_is_new_and_one_that_is_gone() -> None:
    found = between(CLAIMS, CLAIMS.replace(b"CLM*CLN1-000102*", b"CLM*CLN1-000109*"))
    assert [(each.kind, each.what, each.claim) for each in found] == [
        ("removed", "claim", "CLN1-000102"),
        ("added", "claim", "CLN1-000109"),
    ]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (b"NM1*IL*1*LEE*SAM", b"NM1*IL*1*LEE*SAMUEL", ("changed", "CLN1-000102", "NM1", "04", "SAM", "SAMUEL")),
        (b"REF*G1*AUTH778899~\n", b"", ("removed", "CLN1-000102", "REF", "01", "G1", "")),
        (b"HC:97530:GO:96", b"HC:97530:GO:97", ("changed", "CLN1-000102", "SV1", "01-4", "96", "97")),
        (b"ABF:R278", b"ABF:R279", ("changed", "CLN1-000102", "HI", "02-2", "R278", "R279")),
    ],
)
def test_what_stands_around_a_claim_is_part_of_it(old: bytes, new: bytes, expected: tuple[str, ...]) -> None:
    assert told(between(CLAIMS, CLAIMS.replace(old, new)))[0] == expected


def test_test_and_production_are_not_the_same() -> None:
    (found,) = between(CLAIMS, CLAIMS.replace(b"*0*T*:", b"*0*P*:"))
    assert (found.what, found.segment, found.element, found.old, found.new) == ("envelope", "ISA", "15", "T", "P")


def test_names_are_blanked_unless_asked_for() -> None:
    (found,) = between(PAYMENT, PAYMENT.replace(b"DOE*JANE", b"DOE*JOAN"))
    assert found.shown(found.new, show_phi=False) == "xxxx"
    assert found.shown(found.new, show_phi=True) == "JOAN"


@pytest.mark.parametrize("path", [path for path in FILES if path.parent.name in ("837p", "835")], ids=lambda p: p.name)
def test_every_changed_amount_is_found(path: Path) -> None:
    """Each amount of a claim, one after the other, a cent more: never unnoticed."""
    text = unpacked(path)
    places = [match.span(1) for match in re.finditer(rb"(?:CLM|CLP|SV1|SVC)\*[^*~]*\*(?:\d\*)?(\d+)\*", text)][:6]
    for begin, end in places:
        changed = text[:begin] + str(int(text[begin:end]) + 1).encode() + text[end:]
        assert between(text, changed), text[begin - 20 : end]
