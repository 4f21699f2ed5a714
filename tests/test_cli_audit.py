"""Whoever sees claims is written down, by whatever command: one row a command, which holds no name."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from claimloom.ledger.audit import NAMED
from tests.command import claimloom
from tests.phi import assert_no_phi
from tests.reading import CALLS
from tests.test_cli_damage import PHI, asked, whole
from tests.test_folder import line

__all__ = ["whole"]
EVE = {"CLAIMLOOM_USER": "eve"}
# What works on the ledger says which claims have most money in them, or what it was told to do; nobody looks one up.
WORKING = {"run", "decide", "dead-letters set-aside", "sessions import", "remits import"}


@pytest.fixture
def data(whole: Path, tmp_path: Path) -> Path:
    shutil.copytree(whole, tmp_path / "data")
    return tmp_path / "data"


def rows(data: Path, query: str = "select * from audit") -> list[Any]:
    with closing(sqlite3.connect(data / "claimloom.db")) as database:
        return database.execute(query).fetchall()


def reads(data: Path, claim: str = "") -> list[dict[str, Any]]:
    done = claimloom("claims", "reads", *([claim] if claim else []), "--json", "--data", data)
    assert done.returncode == 0, done.stderr
    return [json.loads(each) for each in done.stdout.splitlines()]


def test_whatever_shows_a_claim_leaves_one_row(data: Path) -> None:
    names = asked(data)
    numbers = [str(row[0]) for row in rows(data, "select patient_control_number from claims")]
    shown = []
    for name, calls in CALLS.items():
        for command in calls or () if name not in WORKING else ():
            before = len(rows(data))
            done = claimloom(*command.format(**names).split(), "--data", data, environment=EVE)
            new = len(rows(data)) - before
            said = done.stdout.replace(f"by {names['claim']}", "")
            if any(number in said for number in numbers) and name != "claims reads":
                shown.append(name)
                assert new == 1, command
            assert new <= 1, command
    assert set(shown) >= {"claims list", "claims export", "claims find", "claims show", "worklist"}
    noted = {row["action"] for row in reads(data)}
    assert noted == {
        *shown,
        "claims self-pay",
        "payments list",
        "payments show",
        "accounts show",
        "checklist",
        "contracts diff",
        "rules backtest",
        "rules try",
        "deposits list",
        "dead-letters list",
        "dead-letters show",
        "events show",
    }
    assert {row["actor"] for row in reads(data)} - {"root"} <= {"eve", rows(data)[0][2]}


def test_nothing_that_names_a_patient_is_kept_of_what_was_asked(data: Path) -> None:
    name = asked(data)["name"]
    for text in (name, name.lower(), name[:3], "nobodyofthatname"):
        claimloom("claims", "find", text, "--data", data, environment=EVE)
    kept = json.dumps(rows(data))
    assert_no_phi(kept, PHI)
    assert "nobodyofthatname" not in kept
    assert [row["asked"]["shown"] for row in reads(data)][-1] == 0, "who looks in vain is noted as well"


@pytest.mark.parametrize(
    ("words", "sure"),
    [
        ("claims list", True),
        ("claims export", False),
        ("claims export --limit 50", True),
        ("claims list --json --limit 0", False),
        ("claims list --tenant {tenant}", True),
        ("claims export --tenant {tenant} --from 2020-01-01", False),
        ("claims export --to 2020-01-01", None),
        ("claims export --from 2030-01-01", None),
        ("claims list --limit 1 --state held", None),
        ("claims find {claim}", True),
        ("worklist --limit 0", True),
    ],
)
def test_a_claim_tells_which_lists_showed_it(data: Path, words: str, sure: bool | None) -> None:
    names = asked(data)
    if words.startswith("worklist"):
        todo = claimloom("worklist", "--json", "--limit", "0", "--data", data).stdout.splitlines()
        known = {row[0] for row in rows(data, "select patient_control_number from claims")}
        here = [json.loads(each)["patient_control_number"] for each in todo]
        names["claim"] = next(each for each in here if each in known)
    claimloom(*words.format(**names).split(), "--data", data, environment=EVE)
    found = [row for row in reads(data, names["claim"]) if row["actor"] == "eve"]
    assert [row["sure"] for row in found] == ([] if sure is None else [sure])
    told = claimloom("claims", "reads", names["claim"], "--data", data).stdout
    assert ("eve" in told, "may be among" in told) == (sure is not None, sure is False)


def test_a_claim_that_came_after_an_export_was_not_in_it(tmp_path: Path) -> None:
    data = tmp_path / "data"
    for number in (1, 2):
        (tmp_path / "s.jsonl").write_text(line(number))
        claimloom("sessions", "import", tmp_path / "s.jsonl", "--data", data)
        claimloom("claims", "export", "--data", data, environment={"CLAIMLOOM_USER": f"eve{number}"})
    assert [row["actor"] for row in reads(data, "S-1")] == ["eve1", "eve2"]
    assert [row["actor"] for row in reads(data, "S-2")] == ["eve2"]


def test_a_long_list_is_one_row_all_the_same(data: Path) -> None:
    before = len(rows(data))
    claimloom("claims", "list", "--limit", "0", "--data", data)
    (row,) = rows(data)[before:]
    assert len(row[3]) < 40 * NAMED


def forged(actor: str) -> Sequence[Any]:
    return ("2026-11-20T00:00:00+00:00", actor, "claims show", "", "")


@pytest.mark.parametrize("mark", ["\n", "\r", "\u2028", "\x85", "\x1b[2K", "\u202e", "\x9b1A"])
def test_no_line_is_forged_by_who_it_says_it_was(data: Path, mark: str) -> None:
    """Neither by the setting, nor by a row that another program wrote."""
    names = asked(data)
    actor = f"mallory{mark}2026-11-20 00:00 alice claims show X"
    done = claimloom("claims", "show", names["claim"], "--data", data, environment={"CLAIMLOOM_USER": actor})
    assert (done.returncode, done.stdout) == (2, "")
    with closing(sqlite3.connect(data / "claimloom.db")) as database:
        database.execute(
            "insert into audit (time, actor, action, claim_id, tenant) values (?, ?, ?, ?, ?)", forged(actor)
        )
        database.commit()
    lines = [each for each in claimloom("claims", "reads", "--data", data).stdout.splitlines() if " alice " in each]
    assert len(lines) == 1
    assert "mallory" in lines[0]
    assert mark not in lines[0]
