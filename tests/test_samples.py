"""Every file of edi_samples through the command line, as a person would try it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.command import claimloom

SAMPLES = Path(__file__).parents[1] / "edi_samples"
WORKED = "CIYXB63O6YZJAZ-1"
# Sessions of a sample: built, held by, exit status.
SESSIONS: dict[str, tuple[int, list[str], int]] = {
    "commercial_child_of_subscriber_midpoint_rule": (1, [], 0),
    "equal_remainders_leave_a_choice": (1, [], 0),
    "every_optional_part": (1, [], 0),
    "good_line_bad_line_good_line": (2, [], 1),
    "home_visit_names_the_place": (1, [], 0),
    "medicare_ot_three_codes_assistant": (1, [], 0),
    "medicare_without_referring_is_freed": (1, [], 0),
    "medicare_without_referring_is_held": (1, ["REF-001"], 0),
    "over_the_kx_threshold_is_held": (1, ["MOD-008"], 0),
    "slp_cognitive_first_and_add_on_code": (1, [], 0),
    "telehealth_at_home": (1, [], 0),
    "workers_compensation_accident": (1, [], 0),
}
# Of pairs that Medicare dropped and some payers keep both are told.
WARNED = {"commercial_child_of_subscriber_midpoint_rule": ["NCC-004"], "every_optional_part": ["NCC-004"]}
# Remittances of the worked sample: flags, causes, kind of the work item.
REMITS: dict[str, tuple[list[str], list[str], str]] = {
    "sample_1_paid_as_expected": ([], [], ""),
    "sample_1_unit_cut": (["underpaid"], ["units_cut"], "underpaid"),
    "sample_1_denied_authorization": (["denied"], ["denied"] * 3, "denied"),
    "sample_1_short": (["underpaid"], ["units_cut"], "underpaid"),
    "sample_1_out_by_one_dollar": (["suspense"], [], "suspense"),
}


def lines(*arguments: str) -> list[dict[str, Any]]:
    done = claimloom(*arguments)
    assert done.returncode in (0, 1), done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_every_sample_is_listed_here() -> None:
    assert {path.stem for path in (SAMPLES / "sessions").iterdir()} == set(SESSIONS)
    named = {"sample_1_short_then_reversed_and_corrected"}
    assert {path.stem for path in (SAMPLES / "835").glob("sample_1_*")} == set(REMITS) | named


@pytest.mark.parametrize("name", SESSIONS)
def test_sessions(name: str, tmp_path: Path) -> None:
    built, held_by, status = SESSIONS[name]
    sample = SAMPLES / "sessions" / f"{name}.jsonl"
    done = claimloom("sessions", "import", str(sample), "--data", str(tmp_path), "--as-of", "2026-11-20", "--json")
    totals = json.loads(done.stdout)
    assert (done.returncode, totals["claims"], totals["held"]) == (status, built, len(held_by))
    assert len(list((tmp_path / "outbound").iterdir())) == (built > len(held_by))
    shown = lines("claims", "list", "--data", str(tmp_path), "--json")
    warned_by = WARNED.get(name, [])
    flags = ["held"] if held_by else ["warned", "test"] if warned_by else ["test"]
    assert [(row["flags"], row["warned_by"]) for row in shown] == [(flags, warned_by)] * built
    for rule in held_by:
        (item,) = lines("worklist", "--data", str(tmp_path), "--json")
        assert item["reason"].startswith(rule)


@pytest.fixture
def worked(tmp_path: Path) -> Path:
    sample = SAMPLES / "sessions" / "medicare_ot_three_codes_assistant.jsonl"
    assert (
        claimloom("sessions", "import", str(sample), "--data", str(tmp_path), "--as-of", "2026-11-20").returncode == 0
    )
    return tmp_path


def bring(folder: Path, name: str) -> int:
    sample = SAMPLES / "835" / f"{name}.edi"
    return claimloom("remits", "import", str(sample), "--data", str(folder), "--as-of", "2026-11-25").returncode


@pytest.mark.parametrize("name", REMITS)
def test_remittances_of_the_worked_sample(name: str, worked: Path) -> None:
    flags, causes, kind = REMITS[name]
    assert bring(worked, name) == 0
    (row,) = lines("claims", "export", "--data", str(worked))
    assert (row["patient_control_number"], row["flags"]) == (WORKED, flags)
    assert [cause["cause"] for cause in row["causes"]] == causes
    assert sum(cause["amount_cents"] for cause in row["causes"]) == row["variance_cents"]
    if row["expected_paid_cents"] is not None:
        assert row["paid_cents"] - row["expected_paid_cents"] == row["variance_cents"]
    assert [item["kind"] for item in lines("worklist", "--data", str(worked), "--json")] == ([kind] if kind else [])


def test_short_payment_is_mended_by_its_correction(worked: Path) -> None:
    assert bring(worked, "sample_1_short") == 0
    assert bring(worked, "sample_1_short_then_reversed_and_corrected") == 0
    (row,) = lines("claims", "export", "--data", str(worked))
    assert (row["flags"], row["variance_cents"], row["state"]) == ([], 0, "paid")
    assert lines("worklist", "--data", str(worked), "--json") == []
    story = claimloom("claims", "show", WORKED, "--data", str(worked)).stdout
    assert "took back" in story


def test_story_of_an_underpaid_claim_says_the_minutes_and_every_cent(worked: Path) -> None:
    bring(worked, "sample_1_unit_cut")
    told = claimloom("claims", "show", "SAMPLE-1", "--data", str(worked)).stdout
    for said in (
        "60 timed minutes give 4 units",
        "line 3: 97110:GO:CO x 1, $70.00",
        "1 of 2 units paid, CO-151",
        "with half the practice expense (MPPR",
        "To do by 2026-12-25 (underpaid",
    ):
        assert said in told, said
    for secret in ("DOE", "JANE", "1EG4TE5MK73", "1950-01-15"):
        assert secret not in told
    (found,) = lines("claims", "show", WORKED, "--data", str(worked), "--json")
    assert [event["type"] for event in found["events"]] == [
        "session-completed",
        "claim-built",
        "claim-scrubbed",
        "claim-submitted",
        "remittance-received",
        "claim-reconciled",
    ]
    assert set(found["claim"]) >= {"patient_control_number", "state", "flags", "causes", "session_id", "next"}


def test_cut_off_file_is_kept_with_its_reason(worked: Path) -> None:
    assert bring(worked, "cut_off_in_the_middle") == 2  # wrong input, as any other
    reason = (worked / "rejected" / "cut_off_in_the_middle.edi.reason.txt").read_text()
    assert "file is cut off at offset 900" in reason


@pytest.mark.parametrize(
    "name", ["837p/837p_example", "835/835_example", "277ca/277ca_example", "999/999_rejected_example"]
)
def test_read_loses_no_value(name: str) -> None:
    """Each value between ST and SE is in the typed answer or in what is kept beside it; constants may be implied."""
    sample = SAMPLES / f"{name}.edi"
    shown = json.dumps(lines("x12", "read", str(sample)))
    implied = {"PXC", "UN", "D8", "HC", "XX", "TJ", "2U", "6R", "B6", "472", "405", "HE", "QC", "MI", "837", "835"}
    dates = {"20261116", "20261001", "20261124", "20261125"}  # typed as dates: 2026-11-16
    for raw in sample.read_text().split("~\n"):
        parts = raw.split("*")
        if parts[0] in ("ISA", "GS", "GE", "IEA", "SE", "ST", ""):
            continue
        for value in (piece for element in parts[1:] for piece in element.split(":")):
            digits = f'"{value}"' if "." not in value else value.lstrip("-0").replace(".", "").ljust(2, "0")
            cents = value.replace(".", "").lstrip("0")
            iso = f"{value[:4]}-{value[4:6]}-{value[6:]}"
            found = value in shown or digits in shown or cents in shown or (value in dates and iso in shown)
            assert not value or value in implied or found, (raw, value)


# The rest is walked in one process by tests/x12/test_samples.py; here is the command itself.
COMMANDED = ["835/835_example", "835/cut_off_in_the_middle", "835/sample_1_out_by_one_dollar", "837p/837p_example"]
COMMANDED += ["277ca/277ca_example", "999/999_rejected_example"]


@pytest.mark.parametrize("name", COMMANDED)
def test_check_and_describe_say_something_of_a_file(name: str) -> None:
    path = SAMPLES / f"{name}.edi"
    checked = claimloom("x12", "check", str(path), "--json")
    (report,) = [json.loads(line) for line in checked.stdout.splitlines()]
    assert set(report) == {"file", "kind", "segments", "transactions", "findings"}
    status = {"cut_off_in_the_middle.edi": 1, "sample_1_out_by_one_dollar.edi": 1}.get(path.name, 0)
    assert checked.returncode == status, report
    told = claimloom("x12", "describe", str(path))
    assert told.returncode == 0
    assert told.stdout
    assert "DOE" not in told.stdout


def test_every_sample_contract_is_sound() -> None:
    files = sorted((SAMPLES / "contracts").iterdir())
    assert files
    assert claimloom("contracts", "check", *files).returncode == 0
