"""Files that we write, judged by pyx12 and read back by a splitter of the test's own."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claimloom.billing.build import build_claim
from claimloom.payers import payer_config
from claimloom.x12.text import cents, decimal_text, plain
from claimloom.x12.validate import pyx12_accepts
from claimloom.x12.write_837p import Header, write_837p
from schemas.claim import Claim
from schemas.event import derived_id
from tests.sessions import CLINIC_ADDRESS, visit

HEADER = Header(
    "SUBMITTER01",
    "Example Billing Company",
    "5555550100",
    "RECEIVER01",
    "Example Clearinghouse",
    control_number=7,
    created=datetime(2026, 11, 23, 9, 0, tzinfo=UTC),
)
COMMERCIAL = {
    "payer_id": "99999",
    "payer_name": "Example Health Plan",
    "payer_class": "commercial",
    "member_id": "W123456789",
    "group_number": "GRP100",
    "filing_indicator": "CI",
}
DEPENDENT = COMMERCIAL | {"relationship": "19", "subscriber": {"name": {"last": "Lee", "first": "Sam"}}}
OTHER_CLINIC = {
    "name": "Álvarez Therapy & Rehab: North*Side",
    "npi": "1215930367",
    "tax_id": "987650000",
    "taxonomy": "261QP2000X",
    "address": CLINIC_ADDRESS,
    "pay_to_address": {"line1": "PO BOX 500", "city": "SPRINGFIELD", "state": "IL", "zip": "627050500"},
}
FULL = {
    "coverages": [DEPENDENT],
    "authorization": {"number": "AUTH778899"},
    "referral_number": "R42",
    "accident": {"related": ["AA"], "accident_date": "2026-10-01", "state": "IL", "claim_number": "PC-1"},
    "onset_date": "2026-10-02",
    "patient_paid_cents": 2050,
    "diagnoses": [f"M25.51{n}" for n in range(10)] + ["M62.81", "R27.8"],
    "billing_provider": OTHER_CLINIC | {"address": CLINIC_ADDRESS | {"line1": "9 ELM ST"}},
}


def claim(**changes: Any) -> Claim:
    session = visit(**changes)
    coverage = session.coverages[0]
    payer = payer_config(coverage.payer_id, coverage.payer_class, session.date_of_service)
    return build_claim(session, payer, claim_id=derived_id("claim", session.session_id))


def segments(text: str) -> list[list[str]]:
    return [part.strip().split("*") for part in text.split("~") if part.strip()]


@pytest.mark.parametrize(
    "claims",
    [
        [claim()],
        [claim(coverages=[DEPENDENT])],
        [claim(**FULL)],
        [claim(session_id="A"), claim(session_id="B", billing_provider=OTHER_CLINIC), claim(session_id="C")],
        [claim().model_copy(update={"frequency_code": "7", "payer_claim_control_number": "2026300123456"})],
    ],
    ids=["medicare", "dependent", "every optional part", "two billing providers", "replacement"],
)
def test_pyx12_finds_nothing_wrong(claims: list[Claim]) -> None:
    accepted, answer = pyx12_accepts(write_837p(claims, HEADER))
    assert accepted, answer


def test_pyx12_refuses_a_file_with_a_segment_taken_out() -> None:
    text = write_837p([claim()], HEADER)
    assert not pyx12_accepts(text.replace("LX*1~\n", ""))[0]


def test_control_numbers_counts_and_hierarchy() -> None:
    claims = [claim(session_id="A"), claim(session_id="B", coverages=[DEPENDENT]), claim(session_id="C")]
    found = segments(write_837p(claims, HEADER))
    by_id = {parts[0]: parts for parts in found}
    assert by_id["ISA"][13] == by_id["IEA"][2] == "000000007"
    assert by_id["GS"][6] == by_id["GE"][2] == "7"
    assert by_id["SE"][1] == str(len(found) - 4)
    assert [parts[1:] for parts in found if parts[0] == "HL"] == [
        ["1", "", "20", "1"],
        ["2", "1", "22", "0"],
        ["3", "1", "22", "1"],
        ["4", "3", "23", "0"],
        ["5", "1", "22", "0"],
    ]


def test_every_claim_and_every_cent_is_in_the_file_once() -> None:
    claims = [claim(session_id=str(n), patient_paid_cents=n) for n in range(20)]
    found = segments(write_837p(claims, HEADER))
    assert Counter(parts[1] for parts in found if parts[0] == "CLM") == Counter(
        c.patient_control_number for c in claims
    )
    assert sum(cents(parts[2]) for parts in found if parts[0] == "SV1") == 20 * 29500


def test_text_is_made_fit_for_the_wire() -> None:
    assert plain("Álvarez Therapy & Rehab: North*Side") == "ALVAREZ THERAPY & REHAB NORTHSIDE"


@given(st.integers(-(10**10), 10**10))
def test_money_survives_the_wire(amount: int) -> None:
    text = decimal_text(amount)
    assert cents(text) == amount
    assert not text.endswith(".")
    assert text == "0" or not text.lstrip("-").startswith("0")


@pytest.mark.parametrize("text", ["", "-", ".", "1.", "1.234", "1,000", "1e3", "٣", "+1", "--1", "1.-2"])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a decimal amount"):
        cents(text)
