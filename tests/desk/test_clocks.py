"""The last days of a claim, with what proves that they were kept, as ``claims show`` tells them. People invented."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.command import claimloom
from tests.services.payers_say import MEDICARE, PLAN, SUPPLEMENT
from tests.services.test_silent import answer
from tests.services.test_test_files import take
from tests.sessions import visit
from tests.test_cases import EARNEST


def told(folder: Path, name: str = "A", day: str = "2026-11-30") -> dict[str, dict[str, Any]]:
    """The clocks of a visit's claim by name."""
    ran = claimloom("run", "--until-idle", "--as-of", day, cwd=folder, environment=EARNEST)
    assert ran.returncode == 0, ran.stderr
    shown = claimloom("claims", "show", name, "--json", cwd=folder, environment={"CLAIMLOOM_AS_OF": day})
    assert shown.returncode == 0, shown.stderr
    return {each["name"]: each for each in json.loads(shown.stdout)["claim"]["clocks"]}


def test_what_went_out_is_unproven_until_the_payer_has_it(tmp_path: Path) -> None:
    take(tmp_path, "a.jsonl", visit(session_id="A"), earnest=True)  # Medicare, served 2026-11-16
    (before,) = told(tmp_path).values()
    assert (before["name"], before["last_day"], before["state"]) == ("original", "2027-11-16", "unproven")
    assert before["because"] == "one calendar year from the service on 2026-11-16"
    answer(tmp_path, "999")
    assert told(tmp_path)["original"]["state"] == "unproven"
    answer(tmp_path, "277ca")
    after = told(tmp_path)["original"]
    assert (after["state"], after["proof"][:6]) == ("kept", "277CA ")
    assert " of the payer, number " in after["proof"]


@pytest.mark.parametrize(
    ("coverages", "because"),
    [
        (
            [MEDICARE, SUPPLEMENT],
            {
                "corrected": "365 days from the payer's answer on 2026-12-04 (reopening, 42 CFR 405.980(c))",
                "next_payer": "90 days from the answer of the payer before it on 2026-12-04 (EXAMPLE SUPPLEMENT)",
                "appeal": "120 days from the payer's answer on 2026-12-04",
            },
        ),
        (
            [PLAN],
            {
                "corrected": "180 days from the payer's answer on 2026-12-04",
                "appeal": "180 days from the payer's answer on 2026-12-04",
            },
        ),
    ],
    ids=["medicare", "plan"],
)
def test_an_answer_begins_the_days_of_correction_next_payer_and_appeal(
    tmp_path: Path, coverages: list[Any], because: dict[str, str]
) -> None:
    take(tmp_path, "a.jsonl", visit(session_id="A", coverages=coverages), earnest=True)
    answer(tmp_path, "835")
    found = told(tmp_path, day="2026-12-05")
    kept = found.pop("original")
    assert kept["state"] == "kept", kept
    on = kept["proof"].split()[2].rstrip(",")
    assert {name: each["because"] for name, each in found.items()} == {
        name: text.replace("2026-12-04", on) for name, text in because.items()
    }
    assert all(each["state"] == "open" for each in found.values())
