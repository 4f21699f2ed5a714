"""TA1 and 999 that we write, judged by pyx12 and read back; what they quote comes out of faulty files."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claimloom.x12.checking.check import check
from claimloom.x12.checking.second_opinion import pyx12_findings
from claimloom.x12.nouns.read_ack import read_999, read_ta1
from claimloom.x12.writing.envelope import Envelope
from claimloom.x12.writing.file_999 import (
    ElementAnswer,
    GroupAnswer,
    InterchangeAnswer,
    SegmentAnswer,
    SetAnswer,
    Trigger,
    write_999,
    write_ta1,
)
from tests.x12.checking.own_verdict import pyx12_accepts

ENVELOPE = Envelope("RECEIVER01", "SUBMITTER01", 3, datetime(2026, 11, 23, 9, 5, tzinfo=UTC))
CLAIMS = "005010X222A1"


def rejected(*segments: SegmentAnswer) -> GroupAnswer:
    answer = SetAnswer("837", "0001", "R", CLAIMS, ["5"], segments)
    return GroupAnswer("HC", "1", CLAIMS, "R", 1, 1, 0, sets=[answer])


def body(text: str) -> list[str]:
    found = [part.strip() for part in text.split("~") if part.strip()]
    return found[3:-3]


def test_each_place_of_a_rejection() -> None:
    segment = SegmentAnswer(
        "HI",
        51,
        "8",
        "2300",
        units=[("CLM01", "CLN1-000102")],
        elements=[
            ElementAnswer(1, "7", 2, data_element="1271", value="F902"),
            ElementAnswer(3, "I9", triggers=[Trigger("CLM", 47, "2300", 11, 1)]),
        ],
    )
    other = SegmentAnswer("DTP", 52, "I6", "2010AA", triggers=[Trigger("CLM", 47, "2300")])
    text = write_999([rejected(segment, other)], ENVELOPE)
    assert body(text) == [
        "AK1*HC*1*005010X222A1",
        "AK2*837*0001*005010X222A1",
        "IK3*HI*51*2300*8",
        "CTX*CLM01:CLN1-000102",
        "IK4*1:2*1271*7*F902",
        "IK4*3**I9",
        "CTX*SITUATIONAL TRIGGER*CLM*47*2300*11:1",
        "IK3*DTP*52*2010*I6",
        "CTX*SITUATIONAL TRIGGER*CLM*47*2300",
        "IK5*R*5",
        "AK9*R*1*1*0",
    ]
    assert pyx12_findings(text) == []
    (group,) = read_999(text.encode())
    (answer,) = group.transactions
    assert [(each.segment_id, each.position, each.code, each.claim) for each in answer.errors] == [
        ("HI", 51, "8", "CLN1-000102"),
        ("DTP", 52, "I6", ""),
    ]


def test_accepted_groups_and_interchange_in_one_file() -> None:
    groups = [
        GroupAnswer("HC", "1", CLAIMS, "A", 1, 1, 1, sets=[SetAnswer("837", "0001", "A", CLAIMS)]),
        GroupAnswer("HP", "2", "005010X221A1", "P", 2, 2, 1, ["5"], [SetAnswer("835", "0002", "R", errors=["5"])]),
    ]
    front = [InterchangeAnswer("000000009", "261123", "0900", "A")]
    text = write_999(groups, ENVELOPE, front)
    assert pyx12_accepts(text)[0]
    assert check(text.encode()).findings == []
    assert [(each.control_number, each.code) for each in read_999(text.encode())] == [("1", "A"), ("2", "P")]
    assert [(each.control_number, each.code, each.note) for each in read_ta1(text.encode())] == [
        ("000000009", "A", "000")
    ]


def test_ta1_alone_has_no_group() -> None:
    text = write_ta1([InterchangeAnswer("000000009", "261123", "0900", "R", "025")], ENVELOPE)
    assert [part.split("*")[0] for part in text.split("~\n")] == ["ISA", "TA1", "IEA", ""]
    assert "TA1*000000009*261123*0900*R*025" in text
    assert "IEA*0*000000003" in text
    assert check(text.encode()).findings == []
    assert [each.note for each in read_ta1(text.encode())] == ["025"]


QUOTED = st.text(max_size=120) | st.sampled_from(["A*B", "X~Y", "2010AA", "S", "LONGSEGMENT", "", "é", "F902"])


@given(QUOTED, QUOTED, QUOTED, QUOTED, QUOTED, st.integers(1, 99))
@settings(max_examples=150, deadline=None)
def test_whatever_a_faulty_file_said_the_answer_is_valid(
    segment: str, loop: str, claim: str, value: str, control: str, element: int
) -> None:
    """An answer quotes what it can and leaves out what would spoil it."""
    answer = SegmentAnswer(
        segment, 3, "8", loop, [("CLM01", claim)], elements=[ElementAnswer(element, "6", value=value)]
    )
    refused = SetAnswer("837", "0001", "R", CLAIMS, ["5"], [answer])
    text = write_999([GroupAnswer("HC", control, CLAIMS, "R", 1, 1, 0, sets=[refused])], ENVELOPE)
    found = [part.split("*") for part in body(text)]
    assert [parts[0] for parts in found if parts[0] != "CTX"] == ["AK1", "AK2", "IK3", "IK4", "IK5", "AK9"]
    assert pyx12_findings(text) == []
    if value == "F902":
        assert found[-3] == ["IK4", str(element), "", "6", "F902"]


def test_at_most_five_codes_of_a_set_and_group() -> None:
    codes = ["1", "2", "3", "4", "5", "6"]
    text = write_999(
        [GroupAnswer("HC", "1", CLAIMS, "R", 1, 1, 0, codes, [SetAnswer("837", "0001", "R", CLAIMS, codes)])], ENVELOPE
    )
    assert "IK5*R*1*2*3*4*5~" in text
    assert "AK9*R*1*1*0*1*2*3*4*5~" in text


@pytest.mark.parametrize(("number", "written"), [("12", "12"), ("", "0"), ("X1", "0"), ("1" * 12, "0")])
def test_group_number_that_is_none_becomes_nought(number: str, written: str) -> None:
    text = write_999([GroupAnswer("HC", number, CLAIMS, "R", 0, 0, 0, ["6"])], ENVELOPE)
    assert f"AK1*HC*{written}*005010X222A1~" in text
