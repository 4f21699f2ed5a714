"""Acknowledgements read from real files."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claimloom.x12.nouns.read_ack import read_277ca, read_999, read_ta1
from claimloom.x12.reading.source import X12Error

SAMPLES = Path(__file__).parents[3] / "edi_samples"
CA = (SAMPLES / "277ca/277ca_example.edi").read_bytes()
R999 = (SAMPLES / "999/999_rejected_example.edi").read_bytes()
ENVELOPE = R999.split(b"~")[0] + b"~"


def test_277ca_names_each_claim_with_its_answer() -> None:
    (batch,) = read_277ca(CA)
    assert (batch.source_level, batch.batch_id, batch.process_date) == (
        "clearinghouse",
        "BATCH0001",
        date(2026, 11, 23),
    )
    assert [(claim.patient_control_number, claim.verdict) for claim in batch.claims] == [
        ("CLN1-000101", "accepted"),
        ("CLN1-000102", "rejected"),
        ("CLN1-000101S", "accepted"),
        ("CLN1-000090R", "accepted"),
    ]
    assert batch.claims[0].payer_claim_control_number == "1126320000010"
    refused = batch.claims[1].statuses[0]
    assert (refused.category, refused.code, refused.entity) == ("A7", "164", "IL")
    assert {claim.provider_npi for claim in batch.claims} == {"1234567893"}
    assert [status.action for status in batch.provider_statuses["1234567893"]] == ["WQ"]


def test_277ca_that_stops_at_the_batch_rejects_without_naming_claims() -> None:
    start, end = CA.index(b"HL*3*2*19*1"), CA.index(b"SE*45")
    (batch,) = read_277ca((CA[:start] + CA[end:]).replace(b"*WQ*795", b"*U*795"))
    assert [status.action for status in batch.statuses] == ["U"]
    assert batch.claims == []


def test_rejected_line_rejects_its_claim() -> None:
    line = b"SVC*HC:97530*150*****2~STC*A7:454**U~"
    (batch,) = read_277ca(CA.replace(b"HL*5*3*PT~", line + b"HL*5*3*PT~"))
    assert batch.claims[0].verdict == "rejected"


def test_999_tells_the_claim_and_the_place() -> None:
    (group,) = read_999(R999)
    (answer,) = group.transactions
    (error,) = answer.errors
    assert (group.control_number, group.code, answer.control_number, answer.code) == ("1", "R", "0001", "R")
    assert (error.segment_id, error.position, error.loop, error.code) == ("HI", 51, "2300", "8")
    assert (error.claim, error.elements) == ("CLN1-000102", ["1271:7"])


def test_ta1_is_read_from_an_interchange_of_its_own() -> None:
    (answer,) = read_ta1(ENVELOPE + b"TA1*000000007*261123*0900*R*025~IEA*0*000000003~")
    assert (answer.control_number, answer.code, answer.note, answer.segment_number) == ("000000007", "R", "025", 2)


@pytest.mark.parametrize("sample", [CA, R999], ids=["277CA", "999"])
@given(data=st.data())
def test_any_damage_gives_a_result_or_one_error(sample: bytes, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(sample)))
    damaged = sample[:place] + data.draw(st.binary(max_size=20)) + sample[place + data.draw(st.integers(0, 40)) :]
    for read in (read_277ca, read_999, read_ta1):
        try:
            read(damaged)
        except X12Error as error:
            assert "JANE" not in str(error)
