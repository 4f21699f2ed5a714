"""A guide that is not read here is named as what it is, and never judged as another (X12's list of 837 guides:
x12.org/products/transaction-sets; X298 to X300 are those of claims databases, X291 to X293 of predetermination).
"""

from __future__ import annotations

from pathlib import Path

import pytest

from claimloom import x12
from claimloom.x12.guides.kinds import kind_of
from tests.command import claimloom

SAMPLES = Path(__file__).parents[3] / "edi_samples"
NEIGHBOURS = sorted((SAMPLES / "neighbours").glob("*.edi"))
CLAIMS = (SAMPLES / "837p/837p_example.edi").read_bytes()
REMIT = (SAMPLES / "835/835_example.edi").read_bytes()
ANSWER = (SAMPLES / "277ca/277ca_example.edi").read_bytes()
SYNTAX = (SAMPLES / "999/999_rejected_example.edi").read_bytes()


def of_version(data: bytes, version: bytes) -> bytes:
    for known in (b"005010X222A1", b"005010X221A1", b"005010X214", b"005010X231A1"):
        data = data.replace(b"*X*" + known, b"*X*" + version)
        for code in (b"837", b"277", b"999"):
            data = data.replace(b"ST*" + code + b"*0001*" + known, b"ST*" + code + b"*0001*" + version)
    return data


@pytest.mark.parametrize(
    ("data", "version", "kind"),
    [
        (CLAIMS, b"005010X291", "837P predetermination"),
        (CLAIMS, b"005010X292", "837I predetermination"),
        (CLAIMS, b"005010X293A1", "837D predetermination"),
        (CLAIMS, b"005010X298A1", "837P post-adjudicated"),
        (CLAIMS, b"005010X299A1", "837I post-adjudicated"),
        (CLAIMS, b"005010X300A1", "837D post-adjudicated"),
        (CLAIMS, b"005010X223A3", "837I"),
        (CLAIMS, b"005010X224A3", "837D"),
        (CLAIMS, b"004010X098A1", "837P (4010)"),
        (CLAIMS, b"006020X323", "837 (006020X323)"),
        (CLAIMS, b"005010X222A9", "837 (005010X222A9)"),
        (REMIT, b"004010X091A1", "835 (4010)"),
        (REMIT, b"006020X322", "835 (006020X322)"),
        (ANSWER, b"005010X212", "277"),
        (ANSWER, b"005010X213", "277"),
        (ANSWER, b"005010X364", "277 data reporting acknowledgment"),
        (ANSWER, b"006020X340", "277 (006020X340)"),
        (SYNTAX, b"006020X290", "999 (006020X290)"),
    ],
)
def test_another_guide_of_a_known_set_is_named_warned_of_once_and_not_refused(
    data: bytes, version: bytes, kind: str
) -> None:
    other = of_version(data, version)
    report = x12.check(other)
    assert report.kinds == [kind]
    assert [(each.code, each.severity) for each in report.findings] == [("not_supported", "warn")]
    assert report.ok
    answer = x12.acknowledge(report)
    assert not any(f"{word}*R" in answer for word in ("IK5", "AK9"))
    assert "*R*" not in answer


@pytest.mark.parametrize("data", [CLAIMS, REMIT, ANSWER, SYNTAX], ids=["837P", "835", "277CA", "999"])
def test_the_guides_that_are_read_stay_what_they_are(data: bytes) -> None:
    assert "not_supported" not in [each.code for each in x12.check(data).findings]
    if b"X222A1" in data or b"X231A1" in data:
        assert x12.check(of_version(data, b"005010X222" if b"X222A1" in data else b"005010X231")).kinds != []


def test_a_version_that_names_no_guide_is_a_fault_and_the_usual_guide_is_read() -> None:
    for wrong in (b"005010", b"5010X222A1", b"005O10X222A1", b"JANE DOE"):
        report = x12.check(CLAIMS.replace(b"*X*005010X222A1", b"*X*" + wrong).replace(b"*0001*005010X222A1", b"*0001"))
        assert report.kinds == ["837P"]
        assert "AK9 2" in [each.ack for each in report.findings]
        assert kind_of("837", [wrong.decode()]) == "837P"


def test_a_fault_of_the_envelope_of_another_guide_is_still_one() -> None:
    report = x12.check(of_version(CLAIMS, b"005010X298A1").replace(b"\nSE*", b"\nSE*9"))
    assert sorted(each.code for each in report.findings) == ["not_supported", "transaction_set"]


@pytest.mark.parametrize("path", NEIGHBOURS, ids=lambda path: path.name)
def test_a_whole_neighbour_is_no_finding_to_a_script(path: Path) -> None:
    found = claimloom("x12", "check", path)
    assert found.returncode == 0
    assert "not_supported" in found.stdout
    assert claimloom("x12", "check", path, SAMPLES / "835/payment_is_not_the_sum_of_its_claims.edi").returncode == 1
