"""A payment that fits nothing for certain: the claims that it could mean are named, and a person says which it is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from claimloom.ledger.database import open_engine
from claimloom.remit.answers import Posted
from tests.command import claimloom
from tests.desk.test_day import OT, paid
from tests.runtime import contract
from tests.services.test_day import numbered, stands, told

AS_OF = ("--as-of", "2026-11-25")


def work(folder: Path) -> list[dict[str, Any]]:
    said = claimloom("worklist", "--json", "--data", folder)
    return [row for row in map(json.loads, said.stdout.splitlines()) if row["kind"] == "unmatched"]


def claims(folder: Path) -> dict[str, dict[str, Any]]:
    said = claimloom("claims", "list", "--json", "--data", folder)
    return {row["patient_control_number"]: row for row in map(json.loads, said.stdout.splitlines())}


def unsure(folder: Path) -> str:
    """A ledger with a payment whose number is lost, of a charge that no claim has; the number of its claim."""
    stands(folder)
    right = numbered(folder, OT, paid(OT, full=1))
    number = right.claim.patient_control_number
    lines = [line.model_copy(update={"line_control_number": ""}) for line in right.claim.lines]
    lost = right.claim.model_copy(
        update={"patient_control_number": "0", "member_id": "1EG4TE5MK73", "lines": lines, "charge_cents": 19000}
    )
    extra = lost.lines[0].model_copy(update={"charge_cents": lost.lines[0].charge_cents + 100})
    parts = [
        part.model_copy(update={"amount_cents": part.amount_cents + 100}) if part.reason == "45" else part
        for part in extra.adjustments
    ]
    extra = extra.model_copy(update={"adjustments": parts})
    lost = lost.model_copy(update={"lines": [extra], "charge_cents": 19100})
    (folder / "inbound" / "lost.edi").write_bytes(told(7, OT, Posted(right.header, lost, right.order)))
    done = claimloom("run", "--until-idle", "--data", folder, *AS_OF)
    assert done.returncode == 0, done.stderr
    return number


def test_a_person_says_whose_a_payment_is(tmp_path: Path) -> None:
    number = unsure(tmp_path)
    (item,) = work(tmp_path)
    assert number in item["action"]
    assert "member, day" in item["action"]
    wrong = claimloom("decide", "match", item["id"], "--with", "claim=NONE-1", "--reason", "x", "--data", tmp_path)
    assert (wrong.returncode, "NONE-1: not here" in wrong.stderr) == (2, True)
    decided = (
        "decide",
        "match",
        item["id"],
        "--with",
        f"claim={number}",
        "--reason",
        "the payer said so",
        "--key",
        "k",
    )
    for _ in range(2):  # told twice it is one decision
        done = claimloom(*decided, "--data", tmp_path, *AS_OF)
        assert done.returncode == 0, done.stderr
    assert work(tmp_path) == []
    row = claims(tmp_path)[number]
    assert (row["state"], row["paid_cents"]) == ("paid", 4531)
    engine = open_engine(f"sqlite:///{tmp_path / 'claimloom.db'}")
    contract.standings_equal_the_fold(engine)
    engine.dispose()
    again = claimloom("replay", "--data", tmp_path)
    assert again.returncode == 0, again.stdout + again.stderr


def test_what_fits_a_claim_for_certain_is_not_asked_about(tmp_path: Path) -> None:
    stands(tmp_path, (OT, paid(OT, full=1)))
    assert work(tmp_path) == []
    held = claimloom("decide", "match", "S-1", "--with", "claim=S-1", "--reason", "x", "--data", tmp_path)
    assert held.returncode == 2


def test_a_claim_is_named_by_its_visit_as_well(tmp_path: Path) -> None:
    number = unsure(tmp_path)
    (item,) = work(tmp_path)
    decided = ("decide", "match", item["id"], "--with", "claim=S-1", "--reason", "the payer said so")
    done = claimloom(*decided, "--data", tmp_path, *AS_OF)
    assert done.returncode == 0, done.stderr
    assert claims(tmp_path)[number]["paid_cents"] == 4531
