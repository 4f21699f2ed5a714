"""``checklist``: what the documentation of a visit needs, by the rules that its claim was scrubbed by."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.command import Done, claimloom
from tests.sessions import visit

PLAN = {"start": "2026-10-16", "first_treatment": "2026-10-21", "certified_on": "2026-10-28", "end": "2027-01-10"}
LATE = {"certified_on": None, "start": "2026-10-01", "first_treatment": "2026-10-01"}
NOTE = {"signed_at": "2026-11-16T16:00:00", "signed_by_npi": "1679576722"}
COMMERCIAL = [
    {
        "payer_id": "99999",
        "payer_name": "EXAMPLE PLAN",
        "payer_class": "commercial",
        "member_id": "A1234567",
        "filing_indicator": "CI",
    }
]
HOURS = {"start": "2026-11-16T09:00:00", "stop": "2026-11-16T10:00:00"}
WHOLE: dict[str, Any] = {"plan_of_care": PLAN | {"treatment_days_since_report": 10}, "note": NOTE, **HOURS}


def listed(folder: Path, **changes: Any) -> tuple[Done, dict[str, str]]:
    folder.mkdir(exist_ok=True)
    said = visit(session_id="V1", **changes).model_dump(mode="json")
    (folder / "visits.jsonl").write_text(json.dumps(said) + "\n", encoding="utf-8")
    done = claimloom("sessions", "import", folder / "visits.jsonl", "--as-of", "2026-11-20", "--data", folder)
    assert done.returncode == 0, done.stderr
    done = claimloom("checklist", "V1", "--json", "--data", folder)
    rows = [json.loads(each) for each in done.stdout.splitlines()]
    return done, {each["matter"]: each["state"] for each in rows}


def test_a_whole_visit_lacks_nothing(tmp_path: Path) -> None:
    done, found = listed(tmp_path, **WHOLE)
    assert done.returncode == 0
    assert found == {
        "note": "ok",
        "minutes": "ok",
        "plan of care": "ok",
        "certification": "ok",
        "progress report": "ok",
        "referral": "ok",
        "evaluation": "not told by the EMR",
        "supervision": "ok",
        "authorization": "not needed",
    }
    text = claimloom("checklist", "V1", "--data", tmp_path).stdout
    assert "signed on 2026-11-16" in text
    assert "10 treatment days since the last one; due every 10" in text
    assert "Medicare Part B does not ask for it (AUT-001: the payer's settings)" in text
    assert "DOE" not in text


def test_what_is_told_stands_before_what_is_lacking(tmp_path: Path) -> None:
    listed(tmp_path, **(WHOLE | {"start": None, "stop": None}))
    (line,) = [
        each for each in claimloom("checklist", "V1", "--data", tmp_path).stdout.splitlines() if "minutes" in each
    ]
    assert line.split("not told by the EMR")[1].strip() == "60 timed minutes; needs start and stop of the visit"


@pytest.mark.parametrize(
    ("changes", "matter", "state"),
    [
        ({"note": NOTE | {"signed_at": None}}, "note", "missing"),
        ({"note": None}, "note", "not told by the EMR"),
        (HOURS | {"stop": "2026-11-16T09:45:00"}, "minutes", "missing"),
        ({"start": None, "stop": None}, "minutes", "not told by the EMR"),
        ({"plan_of_care": PLAN | {"treatment_days_since_report": 11}}, "progress report", "missing"),
        ({"plan_of_care": PLAN}, "progress report", "not told by the EMR"),
        ({"plan_of_care": PLAN | {"end": "2026-11-15"}}, "plan of care", "missing"),
        ({"plan_of_care": PLAN | LATE}, "certification", "missing"),
        ({"plan_of_care": None}, "plan of care", "not told by the EMR"),
        ({"plan_of_care": None, "coverages": COMMERCIAL}, "plan of care", "not needed"),
        ({"referring_provider": None}, "referral", "missing"),
        ({"referring_provider": None, "coverages": COMMERCIAL}, "referral", "not needed"),
        ({"timed": [{"code": "97530", "minutes": 30}]}, "supervision", "not needed"),
        ({"assistant": {"name": {"last": "LEE", "first": "KIM"}, "credential": "PTA"}}, "supervision", "missing"),
        ({"authorization": {"number": "Auth # VA0012345"}}, "authorization", "missing"),
        ({"authorization": {"number": "VA0012345"}}, "authorization", "ok"),
    ],
)
def test_a_matter_says_how_it_stands(changes: dict[str, Any], matter: str, state: str, tmp_path: Path) -> None:
    done, found = listed(tmp_path, **(WHOLE | changes))
    assert found[matter] == state, done.stdout
    assert done.returncode == int("missing" in found.values())


def test_a_visit_that_is_not_here_is_told(tmp_path: Path) -> None:
    listed(tmp_path, **WHOLE)
    done = claimloom("checklist", "V2", "--data", tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "visit V2: no claim of it is here" in done.stderr
