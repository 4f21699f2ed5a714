"""The answer to every sample: accepted by pyx12, sent to the sender, and saying what the guide says of the file."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from claimloom.x12.checking.check import check
from claimloom.x12.reading.files import read
from claimloom.x12.writing.acknowledge import acknowledge
from tests.x12.checking.own_verdict import pyx12_accepts
from tests.x12.test_samples import EXPECTED, FILES

WHEN = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)


def answer_lines(text: str) -> list[list[str]]:
    """By hand: the segments of the answer, whose delimiters are the usual ones."""
    return [part.strip().split("*") for part in text.split("~") if part.strip()]


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_answer_to_a_sample(path: Path) -> None:
    text = acknowledge(check(path), created=WHEN)
    told: dict[str, Any] = EXPECTED[path]
    words = [each.get("ack", "") for each in told["findings"]]
    found = answer_lines(text)
    # An answer repeats GS01, ST01, ST02, ISA09 and ISA10 as they came; if these are what is wrong, so is it.
    if not {"AK9 1", "IK5 6", "IK5 7", "TA1 014", "TA1 015"} & set(words):
        assert check(text.encode()).findings == []
        # pyx12 cannot read several interchanges of one answer, nor a TA1 before a group (it ends with an exception).
        if text.count("ISA*") == 1 and not ("TA1*" in text and "GS*" in text):
            accepted, said = pyx12_accepts(text)
            assert accepted, said
    rejected = [line for line in found if line[0] == "TA1" and line[4] == "R"]
    notes = {word[4:] for word in words if word.startswith("TA1") and word[4:] not in ("014", "015", "019")}
    assert bool(rejected) == bool(notes)
    if notes:
        assert {line[5] for line in rejected} <= notes
        return
    if path.parent.name == "999":
        assert {line[0] for line in found} == {"ISA", "TA1", "IEA"}
        return
    ik3 = sorted((line[1], line[4]) for line in found if line[0] == "IK3" and line[4] != "8")
    assert ik3 == sorted(
        (each["segment"], each["ack"][4:]) for each in told["findings"] if each.get("ack", "")[:3] == "IK3"
    )
    ik4 = sorted((line[1].rstrip(":").replace(":", "-"), line[3]) for line in found if line[0] == "IK4")
    wanted = [
        ("-".join(str(int(part)) for part in each["element"].split("-")), each["ack"][4:])
        for each in told["findings"]
        if each.get("ack", "")[:3] == "IK4"
    ]
    assert ik4 == sorted(wanted)


def test_a_perfect_file_is_accepted_and_answered_to_its_sender() -> None:
    path = next(each for each in FILES if each.name == "medicare_primary_pt_with_referring.edi")
    found = answer_lines(acknowledge(check(path), created=WHEN, control_number=7))
    isa = read(path).interchanges[0].header
    assert (found[0][6], found[0][8]) == (isa.get(8), isa.get(6))
    assert found[0][13] == "000000007"
    assert ["IK5", "A"] in found
    assert ["AK9", "A", "1", "1", "1"] in found


def test_one_bad_set_of_three_leaves_the_group_partly_accepted() -> None:
    path = next(each for each in FILES if each.name == "three_transactions.edi")
    text = path.read_text()
    at = text.index("~\nSV1*", text.index("~\nST*837*0002"))
    bad = text[:at] + text[at:].replace("*UN*", "*XX*", 1)
    found = answer_lines(acknowledge(check(bad.encode()), created=WHEN))
    assert [line[1] for line in found if line[0] == "IK5"] == ["A", "R", "A"]
    assert next(line for line in found if line[0] == "AK9")[:5] == ["AK9", "P", "3", "3", "2"]
    (unit,) = [line[1] for line in found if line[0] == "CTX"]
    assert unit.startswith("CLM01:")


def test_a_999_is_not_answered_by_a_999() -> None:
    for path in FILES:
        if path.parent.name == "999":
            found = {line[0] for line in answer_lines(acknowledge(check(path), created=WHEN))}
            assert "AK1" not in found
            assert "TA1" in found
