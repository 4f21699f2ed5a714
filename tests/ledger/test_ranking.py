"""The order of the work list: money times likelihood times how little time is left. People invented."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from claimloom.ledger.books.ranking import score, urgency, why
from tests.command import claimloom
from tests.sessions import visit
from tests.test_cases import EARNEST

LAST = date(2026, 12, 31)


@pytest.mark.parametrize(
    ("today", "weight", "until"),
    [
        ("2026-08-01", 100, "2026-11-01"),
        ("2026-10-31", 100, "2026-11-01"),
        ("2026-11-01", 200, "2026-12-01"),
        ("2026-12-01", 400, "2026-12-17"),
        ("2026-12-17", 800, "2027-01-01"),
        ("2026-12-31", 800, "2027-01-01"),
        ("2027-01-01", 10, None),
    ],
)
def test_what_is_near_its_last_day_counts_more_and_what_is_over_hardly(
    today: str, weight: int, until: str | None
) -> None:
    found = urgency(LAST, date.fromisoformat(today))
    assert (found.weight, found.until) == (weight, date.fromisoformat(until) if until else None)


def test_without_a_last_day_nothing_hurries() -> None:
    assert (urgency(None, LAST).weight, urgency(None, LAST).until) == (100, None)


def test_a_charge_stands_behind_money_however_urgent() -> None:
    assert score("held", 100_000, 800, of_charge=True) > score("underpaid", 2_000, 100, of_charge=False)
    assert "a thousandth" in why("held", 100, 100, "", of_charge=True)
    assert "8 times since the last day is 2026-12-31" in why("held", 100, 800, "2026-12-31", of_charge=False)


def listed(folder: Path, day: str) -> list[dict[str, Any]]:
    ran = claimloom("run", "--until-idle", "--as-of", day, cwd=folder, environment=EARNEST)
    assert ran.returncode == 0, ran.stderr
    done = claimloom("worklist", "--json", "--limit", "0", "--as-of", day, cwd=folder)
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_held_claim_moves_up_as_its_filing_ends_and_down_when_it_has(tmp_path: Path) -> None:
    """Two visits are held for want of an authorization; the larger one was a month after the smaller."""
    small = visit(session_id="SMALL", date_of_service="2026-10-12", timed=[{"code": "97530", "minutes": 15}])
    large = visit(session_id="LARGE", date_of_service="2026-11-16")
    lines = [each.model_dump_json(exclude_none=True) + "\n" for each in (small, large)]
    (tmp_path / "a.jsonl").write_text("".join(lines))
    payers = tmp_path / "claimloom-data" / "payers"
    payers.mkdir(parents=True)
    own = 'payer_ids = ["06102"]\npayer_class = "medicare_advantage"\ntimely_days = 70\nauth_required = ["*"]\n'
    (payers / "own.toml").write_text(own)
    done = claimloom("sessions", "import", "a.jsonl", "--as-of", "2026-11-20", cwd=tmp_path, environment=EARNEST)
    assert done.returncode == 0, done.stderr
    seen = {}
    for day in ("2026-11-20", "2026-12-07", "2026-12-08", "2026-12-21", "2026-12-22"):
        rows = listed(tmp_path, day)
        assert {row["kind"] for row in rows} == {"held"}
        seen[day] = [(row["visit_id"], row["urgency_percent"]) for row in rows]
    assert rows[0]["last_day"] == "2027-01-25"
    assert seen == {
        "2026-11-20": [("LARGE", 100), ("SMALL", 200)],
        "2026-12-07": [("SMALL", 800), ("LARGE", 200)],
        "2026-12-08": [("SMALL", 800), ("LARGE", 200)],
        "2026-12-21": [("SMALL", 800), ("LARGE", 200)],
        "2026-12-22": [("LARGE", 200), ("SMALL", 10)],
    }
    replayed = claimloom("replay", cwd=tmp_path, environment=EARNEST)
    assert replayed.returncode == 0, replayed.stderr
    assert listed(tmp_path, "2026-12-22") == rows
