"""What people read of a file: all amounts of the money, nobody's name, one row for each thing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from claimloom.x12.guides.text import cents
from claimloom.x12.reading.files import read
from claimloom.x12.showing.describe import Row, describe
from claimloom.x12.showing.mask import mask
from schemas.money import usd
from tests.x12.test_samples import FILES, FOLDER

ids = [f"{path.parent.name}/{path.name}" for path in FILES]


def rows(name: str, *, show_phi: bool = False) -> list[Row]:
    return list(describe(read(FOLDER / name), show_phi=show_phi))


@pytest.mark.parametrize("path", FILES, ids=ids)
def test_every_sample_is_described_without_a_person(path: Path) -> None:
    document = read(path)
    said = list(describe(document))
    assert said
    text = "\n".join(row.text for row in said)
    for segment in document.segments():
        if segment.id == "NM1" and segment.get(2) == "1" and segment.get(1) in ("IL", "QC", "74"):
            for value in (segment.get(3), segment.get(9)):
                assert len(value.strip("0")) < 3 or not re.search(rf"\b{re.escape(value)}\b", text), value
        if segment.id == "DMG":
            assert not segment.get(2) or segment.get(2) not in text.replace("-", "")


@pytest.mark.parametrize("path", [path for path in FILES if path.parent.name == "835"], ids=lambda path: path.name)
def test_every_amount_of_a_payment_is_shown(path: Path) -> None:
    document = read(path)
    shown = {amount for row in describe(document) for amount in row.amounts if amount}
    for loop in (loop for transaction in document.transactions for loop in transaction.root.walk()):
        for segment in loop.segments:
            wanted = {"CLP": (3, 4), "SVC": (2, 3), "CAS": (3, 6, 9, 12, 15, 18), "PLB": (4, 6)}.get(segment.id, ())
            for at in wanted:
                try:
                    amount = usd(cents(segment.get(at))) if segment.get(at) else ""
                except ValueError:
                    continue
                assert not amount or amount in shown, (segment, at)


def test_a_payment_with_its_labels_and_its_sum() -> None:
    found = rows("835/835_example.edi")
    assert found[0] == Row(0, "MEDICARE PART B IL paid $81.58 by ACH EFT20261125A on 2026-11-25", (), "title")
    assert Row(1, "CLN1-000101 processed as primary", ("$295.00", "", "", "$80.66"), "claim") in found
    assert Row(2, "97530 GO KX, 2 units, 2026-11-16", ("$150.00", "$60.12", "", "$47.14")) in found
    assert Row(3, "CO-45 above fee schedule / contract", ("", "", "$79.86", ""), "faint") in found
    assert Row(1, "Provider level WO overpayment recovery 1126250000077", ("", "", "$12.00", "")) in found
    assert found[-1] == Row(1, "Adds up: 3 claims $93.06, provider level -$11.48", (), "good")


def test_what_does_not_add_up_is_said_where_it_is() -> None:
    found = rows("835/payment_is_not_the_sum_of_its_claims.edi")
    said = "BPR02 = sum CLP04 - sum PLB fails by $1.00 (is $101.00, should be $100.00), segment 4"
    assert found[-1] == Row(1, said, (), "bad")


def test_claims_with_their_payers_and_lines() -> None:
    found = rows("837p/837p_example.edi")
    assert found[0].text == "837P batch BATCH0001 of 2026-11-23: 4 claims, $795.00"
    assert Row(4, "paid by 06102", ("", "", "$47.14")) in found
    assert "patient xxxx xxx, member 9xx9xx9xx99, born 9999-99-99" in [row.text for row in found]
    shown = rows("837p/837p_example.edi", show_phi=True)
    assert "patient JANE DOE, member 1EG4TE5MK73, born 1950-01-15" in [row.text for row in shown]
    assert found[-1].tone == "good"


def test_answers_say_where_it_went_wrong() -> None:
    found = rows("999/rejected_element_of_a_composite_with_its_trigger.edi")
    assert [row.text for row in found][-2:] == [
        "segment 21 CLM in loop 2300: has wrong elements (IK3 8), claim CLN1-000214",
        "element 11-4: missing in this situation (IK4 I9)",
    ]
    (said,) = rows("ta1/rejected_duplicate_control_number.edi")
    assert said.text.endswith("rejected: duplicate control number (note 025)")
    rejected = rows("277ca/claim_rejected_for_three_reasons.edi")
    assert Row(3, "CLN1-000202: rejected", (), "bad") in rejected
    assert "SEE MEMBER CARD" not in str(rejected)


def test_a_neighbour_is_shown_as_plain_loops() -> None:
    found = rows("neighbours/271_thirty_visits_left.edi")
    assert found[0].text == "271 0001: 19 segments, not typed"
    assert "EB*B*xxx*AE***27*25" in [row.text for row in found]


def test_a_segment_without_a_place_is_named() -> None:
    data = (FOLDER / "835/835_example.edi").read_bytes().replace(b"PLB*", b"ZZZ*JANE*1~\nPLB*")
    found = list(describe(read(data)))
    assert found[-2:] == [
        Row(1, "1 segment without a place in the guide", (), "bad"),
        Row(2, "54: ZZZ*xxxx*1", (), "faint"),
    ]


HIDDEN = {
    "HI*BH:A1:D8:19700615": "HI*BH:A1:D8:99999999",
    "HI*BH:A1:D8:19700615*BH:11:D8:20261001": "HI*BH:A1:D8:99999999*BH:11:D8:20261001",
    "HI*BH:11:D8:20261001*BH:B1:D8:19700615": "HI*BH:11:D8:20261001*BH:B1:D8:99999999",
    "HI*BH:C1:D8:19700615": "HI*BH:C1:D8:99999999",
    "HI*BH:11:D8:20261001": "HI*BH:11:D8:20261001",
    "HI*BI:A1:RD8:20261001-20261002": "HI*BI:A1:RD8:20261001-20261002",
    "NM1*41*1*TESTLAST*TESTFIRST****46*SUB001": "NM1*41*1*xxxxxxxx*xxxxxxxxx****46*xxx999",
    "PAT*****D8*20260110": "PAT*****D8*99999999",
}


@pytest.mark.parametrize("segment", HIDDEN)
def test_of_a_neighbour_days_of_birth_and_death_are_blanked_and_others_shown(segment: str) -> None:
    """Occurrence codes A1, B1 and C1 (NUBC) carry the birth date of an insured person."""
    data = (FOLDER / "neighbours/837i_rehab_agency.edi").read_text(encoding="ascii")
    data = data.replace("CL1*", f"{segment}~\nCL1*", 1)
    said = [row.text for row in describe(read(data.encode()))]
    assert HIDDEN[segment] in said
    assert segment in [row.text for row in describe(read(data.encode()), show_phi=True)]
    assert HIDDEN[segment] == segment or segment not in mask(data.encode()).decode()


def test_a_submitter_who_is_a_person_is_blanked() -> None:
    data = (FOLDER / "837p/837p_example.edi").read_text(encoding="ascii")
    old = next(each for each in data.split("~\n") if each.startswith("NM1*41*"))
    data = data.replace(old, "NM1*41*1*TESTLAST*TESTFIRST****46*SUB001")
    said = "\n".join(row.text for row in describe(read(data.encode())))
    assert "TESTLAST" not in said
    assert "from xxxxxxxxx xxxxxxxx to" in said
    assert "from TESTFIRST TESTLAST to" in "\n".join(row.text for row in describe(read(data.encode()), show_phi=True))
