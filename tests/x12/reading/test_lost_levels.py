"""A claim is one without the levels (HL) above it: shown with its charge, balanced, and what is missing said."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from claimloom.x12.checking.check import check
from claimloom.x12.reading.files import read, stream
from claimloom.x12.showing.describe import describe

SAMPLE = (Path(__file__).parents[3] / "edi_samples/837p/837p_example.edi").read_text(encoding="ascii")
WHOLE = SAMPLE.split("~\n")
NUMBERS = [each.split("*")[1] for each in WHOLE if each.startswith("CLM*")]


def without(lost: Callable[[str], bool]) -> bytes:
    return "~\n".join(each for each in WHOLE if not lost(each)).encode()


LOST = {
    "all": lambda each: each.startswith("HL*"),
    "billing provider": lambda each: "**20*" in each and each.startswith("HL*"),
    "subscribers": lambda each: each.startswith("HL*") and each.split("*")[3] == "22",
    "patients": lambda each: each.startswith("HL*") and each.split("*")[3] == "23",
    "all with their SBR": lambda each: each.startswith(("HL*", "SBR*P*", "SBR*S*")),
}


@pytest.mark.parametrize("what", LOST)
def test_claims_are_read_without_levels(what: str) -> None:
    data = without(LOST[what])
    (transaction,) = read(data).transactions
    found = [loop.head.get(1) for loop in transaction.root.walk() if loop.id == "2300"]
    assert found == NUMBERS
    assert [loop.head.get(1) for loop in stream(data)] == NUMBERS
    said = "\n".join(row.text for row in describe(read(data)))
    assert f"{len(NUMBERS)} claims, $" in said
    assert all(number in said for number in NUMBERS)
    report = check(data)
    assert not report.ok
    missing = any(each.segment == "HL" and each.ack in ("IK3 3", "IK3 I7") for each in report.findings)
    assert missing or what == "patients"  # a subscriber may have claims of its own: then PAT and SBR02 tell


@pytest.mark.parametrize("what", LOST)
def test_claims_without_levels_are_balanced(what: str) -> None:
    data = without(LOST[what])
    claim = next(each for each in data.decode().split("~\n") if each.startswith("CLM*"))
    parts = claim.split("*")
    more = "*".join([*parts[:2], "999", *parts[3:]])
    found = [
        each.message.split(" fails")[0]
        for each in check(data.replace(claim.encode(), more.encode())).findings
        if each.snip == 3
    ]
    assert found == [f"{parts[1]}: CLM02 = sum SV102"]


def test_the_whole_file_is_read_as_ever() -> None:
    assert check(SAMPLE.encode()).findings == []
