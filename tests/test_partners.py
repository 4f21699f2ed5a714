"""Sender and receiver are checked when they are set; real claims go out in nobody's name but one that was given."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from claimloom.errors import PlainError
from claimloom.partners import SENDER, Sender, missing_for_production, sender_of
from tests.command import claimloom
from tests.test_folder import line

REAL = {
    "CLAIMLOOM_SUBMITTER_ID": "CLINIC0042",
    "CLAIMLOOM_SUBMITTER_NAME": "LAKESIDE THERAPY",
    "CLAIMLOOM_CONTACT_PHONE": "3125550142",
    "CLAIMLOOM_RECEIVER_ID": "CH 77",
    "CLAIMLOOM_RECEIVER_NAME": "A CLEARINGHOUSE, INC.",
}


def test_what_is_given_is_the_sender() -> None:
    assert sender_of({}) == Sender()
    assert sender_of(REAL | {"CLAIMLOOM_USAGE": "P"}) == Sender(*REAL.values(), "P")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CLAIMLOOM_CONTACT_PHONE", "555-555-0100"),
        ("CLAIMLOOM_CONTACT_PHONE", "15555550100"),
        ("CLAIMLOOM_CONTACT_PHONE", "0555550100"),
        ("CLAIMLOOM_CONTACT_PHONE", "٣١٢٥٥٥٠١٤٢"),
        ("CLAIMLOOM_SUBMITTER_ID", "A"),
        ("CLAIMLOOM_SUBMITTER_ID", "A" * 16),
        ("CLAIMLOOM_SUBMITTER_ID", "AB*CD"),
        ("CLAIMLOOM_RECEIVER_ID", " AB"),
        ("CLAIMLOOM_RECEIVER_ID", "AB "),
        ("CLAIMLOOM_RECEIVER_ID", "AB\n"),
        ("CLAIMLOOM_RECEIVER_NAME", "A~B"),
        ("CLAIMLOOM_SUBMITTER_NAME", "A" * 61),
        ("CLAIMLOOM_USAGE", "p"),
        ("CLAIMLOOM_USAGE", "PROD"),
    ],
)
def test_what_no_file_could_hold_is_refused_when_it_is_set(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(PlainError, match=f"^{name} is "):
        sender_of(REAL | {name: value})
    done = claimloom("run", "--until-idle", "--data", tmp_path / "data", environment=REAL | {name: value})
    assert (done.returncode, len(done.stderr.splitlines()), (tmp_path / "data").exists()) == (2, 1, False)


@pytest.mark.parametrize("left_out", SENDER)
def test_real_claims_need_a_whole_sender(tmp_path: Path, left_out: str) -> None:
    example = getattr(Sender(), left_out.removeprefix("CLAIMLOOM_").lower())
    (tmp_path / "s.jsonl").write_text(line(1))
    data = tmp_path / "data"
    for value in ("", example):
        given = REAL | {left_out: value, "CLAIMLOOM_USAGE": "P"}
        assert missing_for_production(given) == [left_out]
        done = claimloom("sessions", "import", tmp_path / "s.jsonl", "--data", data, environment=given)
        assert (done.returncode, left_out in done.stderr, data.exists()) == (2, True, False)


def test_a_new_folder_writes_tests_and_doctor_says_what_real_claims_need(tmp_path: Path) -> None:
    (tmp_path / "s.jsonl").write_text(line(1))
    data = tmp_path / "data"
    assert claimloom("sessions", "import", tmp_path / "s.jsonl", "--data", data).returncode == 0
    (file,) = (data / "outbound").iterdir()
    assert file.read_text(encoding="ascii").split("*")[15] == "T"
    found = json.loads(claimloom("doctor", "--data", data, "--json").stdout)
    assert found["missing_for_production"] == [*SENDER, "CLAIMLOOM_USAGE=P"]
    given = REAL | {"CLAIMLOOM_USAGE": "P"}
    found = json.loads(claimloom("doctor", "--data", data, "--json", environment=given).stdout)
    assert found["missing_for_production"] == []
