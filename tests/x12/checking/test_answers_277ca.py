"""277CA as payers send them: what says of all claims together may be missing or odd, what says of one may not.

Rejections that stop at the provider or receiver: X12 RFI 1211 and 2145.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from claimloom.x12.checking.check import check
from claimloom.x12.guides.verdicts import verdict

SAMPLE = (Path(__file__).parents[3] / "edi_samples/277ca/277ca_example.edi").read_text(encoding="ascii")


def without(first: str, last: str = "") -> bytes:
    """The sample without some of its segments, from one to before another, counted anew."""
    rows = SAMPLE.split("~\n")
    start = next(at for at, each in enumerate(rows) if each.startswith(first))
    end = next(at for at, each in enumerate(rows) if at > start and each.startswith(last)) if last else start + 1
    kept = rows[:start] + rows[end:]
    inside = [at for at, each in enumerate(kept) if each.startswith(("ST*", "SE*"))]
    kept[inside[1]] = f"SE*{inside[1] - inside[0] + 1}*0001"
    return "~\n".join(kept).encode()


@pytest.mark.parametrize(
    "data",
    [
        without("TRN*2*BATCH0001", "HL*3"),
        without("STC*A1:19:PR*20261123*WQ*795"),
        without("TRN*1*0", "HL*4"),
        without("STC*A1:19:PR**WQ*795"),
        SAMPLE.replace("STC*A1:19:PR**WQ*795", "STC*A1:19:PR*20261123*WQ*795").encode(),
    ],
    ids=["2200B", "STC of 2200B", "2200C", "STC of 2200C", "STC02 of 2200C"],
)
def test_what_is_missing_or_odd_about_all_claims_is_a_warning(data: bytes) -> None:
    report = check(data)
    assert [each.severity for each in report.findings] == ["warn"]
    assert report.ok


def test_what_is_missing_of_a_claim_is_an_error() -> None:
    assert not check(without("STC*A2:20:PR*20261123*WQ*295")).ok
    assert check(SAMPLE.encode()).findings == []


@pytest.mark.parametrize(
    ("said", "means"),
    [
        ([("WQ", "A2")], "accepted"),
        ([("WQ", "A0"), ("WQ", "A1")], "accepted"),
        ([("", "A1")], "accepted"),
        ([("WQ", "E0")], "accepted"),
        ([("U", "A3")], "rejected"),
        ([("U", "E0")], "rejected"),
        ([("WQ", "A2"), ("U", "A7")], "rejected"),
        ([("", "A7"), ("U", "A7")], "rejected"),
        ([("WQ", "A3")], "conflict"),
        ([("", "A6")], "conflict"),
        ([("15", "A8")], "conflict"),
        ([("U", "A1")], "conflict"),
        ([("WQ", "A2"), ("", "A7")], "conflict"),
        ([("", "P1")], "conflict"),
        ([], "conflict"),
    ],
)
def test_verdict_of_signs(said: list[tuple[str, str]], means: str) -> None:
    assert verdict(said) == means
    assert verdict(reversed(said)) == means
