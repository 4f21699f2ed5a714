"""Reason and remark codes that are newer than the product: known to ``x12 check`` by a list that was imported."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.command import claimloom
from tests.test_cli_data_lists import reasons, remarks, taken_in

ANSWER = Path(__file__).parents[1] / "edi_samples/835/medicare_mppr_sequestration_and_assistant.edi"


@pytest.mark.parametrize(
    ("kind", "old", "new", "place"),
    [
        ("carc", "CAS*CO*45*79.86", "CAS*CO*999*79.86", "CAS02"),
        ("rarc", "MOA***MA01", "MOA***N999", "MOA03"),
        ("rarc", "LQ*HE*N851", "LQ*HE*N999", "LQ02"),
    ],
)
def test_a_code_of_an_imported_list_is_known_to_the_check_of_a_file(
    tmp_path: Path, kind: str, old: str, new: str, place: str
) -> None:
    data, file = tmp_path / "data", tmp_path / "newer.edi"
    file.write_text(ANSWER.read_text().replace(old, new))

    def found(*options: str | Path) -> list[tuple[str, str, str]]:
        (said,) = [json.loads(each) for each in claimloom("x12", "check", file, "--json", *options).stdout.splitlines()]
        return [(f"{each['segment']}{each['element']}", each["severity"], each["message"]) for each in said["findings"]]

    what = {"carc": "adjustment reason 999", "rarc": "remark N999"}[kind]
    told = f"{what} is in no list that is here; claimloom data import {kind} takes in a newer one"
    assert found("--data", data) == [(place, "warn", told)]
    path = tmp_path / "list"
    newer = reasons(path, ["999,An invented reason,7/1/2026,,,"]) if kind == "carc" else remarks(path)  # which has N999
    assert taken_in(data, kind, newer, "--effective", "2026-07-01").returncode == 0
    assert found("--data", data) == []
    assert [each for _, _, each in found()] == [told]  # what is packaged stays as it is


def test_what_is_written_as_no_remark_code_is_an_error_whatever_is_imported(tmp_path: Path) -> None:
    file = tmp_path / "odd.edi"
    file.write_text(ANSWER.read_text().replace("MOA***MA01", "MOA***MA01*DOE"))
    done = claimloom("x12", "check", file, "--json")
    (each,) = json.loads(done.stdout)["findings"]
    assert (each["element"], each["severity"], each["ack"]) == ("04", "error", "IK4 7")
