"""``claimloom units`` of a file: visits by both methods, with what these differ by; what cannot be read is named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.command import claimloom
from tests.sessions import visit


def told(folder: Path, name: str, text: str) -> list[dict[str, Any]]:
    (folder / name).write_text(text, encoding="utf-8")
    done = claimloom("units", name, "--json", cwd=folder)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def seen(name: str, *timed: tuple[str, int]) -> str:
    made = visit(session_id=name, timed=[{"code": code, "minutes": minutes} for code, minutes in timed])
    return made.model_dump_json() + "\n"


def test_both_methods_with_their_difference_in_units_and_charges(tmp_path: Path) -> None:
    more, fewer = told(
        tmp_path,
        "visits.jsonl",
        seen("A", ("97530", 8), ("97110", 8)) + seen("B", ("97530", 33), ("97110", 7)).replace("P-1", "P-2"),
    )
    # Medicare Claims Processing Manual ch. 5 20.2: 16 minutes are one unit; example 3: 33 and 7 are three.
    assert (more["cms"]["units"], more["ama"]["units"]) == ({"97530": 1}, {"97530": 1, "97110": 1})
    assert (more["ama_more_units"], more["ama_more_cents"]) == (1, 7000)
    assert (fewer["cms"]["units"], fewer["ama"]["units"]) == ({"97530": 2, "97110": 1}, {"97530": 2})
    assert (fewer["ama_more_units"], fewer["ama_more_cents"]) == (-1, -7000)


def test_two_visits_of_a_day_are_one_pool(tmp_path: Path) -> None:
    both = told(tmp_path, "visits.jsonl", seen("A", ("97530", 22)) + seen("B", ("97110", 22)))
    assert [each["cms"]["units"] for each in both] == [{"97530": 1}, {"97110": 2}]


def test_a_table(tmp_path: Path) -> None:
    table = "visit,code,minutes\nA,97110,24\nA,97140,23\nB,97110,7\n"
    first, second = told(tmp_path, "minutes.csv", table)
    assert first["cms"]["units"] == {"97110": 2, "97140": 1}  # example 1 of the manual
    assert (first["ama_more_units"], first["ama_more_cents"]) == (1, None)
    assert second["cms"]["units"] == {}
    (only,) = told(tmp_path, "minutes.csv", "minutes,code\n15,97110\n8,97140\n")
    assert only["cms"]["units"] == {"97110": 1, "97140": 1}


def test_in_words(tmp_path: Path) -> None:
    (tmp_path / "visits.jsonl").write_text(seen("A", ("97530", 8), ("97110", 8)), encoding="utf-8")
    done = claimloom("units", "visits.jsonl", cwd=tmp_path)
    assert "cms: 97530 x 1, $75.00" in done.stdout
    assert "By ama 1 unit more than by cms, $70.00" in done.stdout
    assert "DOE" not in done.stdout


@pytest.mark.parametrize(
    ("name", "text", "more", "said"),
    [
        ("a.jsonl", "{}\n", (), "a.jsonl line 1: no visit"),
        ("a.jsonl", "\nnothing\n", (), "a.jsonl line 2: no visit: no JSON object"),
        ("a.csv", "code,units\n97110,1\n", (), "the first line names the columns code and minutes"),
        ("a.csv", "code,minutes\n97110,15\n99999,15\n", (), "a.csv line 3: 99999 is no code of the therapy table"),
        ("a.csv", "code,minutes\n97110,1441\n", (), "minutes are a number from 0 to 1,440"),
        ("a.csv", "code,minutes\n97110\n", (), "minutes are a number from 0 to 1,440"),
        ("a.csv", "code,minutes\n97110,15\n", ("--rule", "ama"), "leave --rule and --date out"),
    ],
)
def test_a_file_that_cannot_be_counted(tmp_path: Path, name: str, text: str, more: tuple[str, ...], said: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    done = claimloom("units", name, *more, cwd=tmp_path)
    assert done.returncode != 0
    assert said in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    done = claimloom("units", "none.csv", cwd=tmp_path)
    assert done.returncode != 0
    assert "none.csv: cannot be read" in " ".join(done.stderr.split())
