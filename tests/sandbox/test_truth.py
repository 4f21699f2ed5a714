"""Our flags and amounts against what the sandbox payer knows it did: two implementations of one rule book."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from claimloom.demo import BUSINESS_DATE, Played, fresh_folder, play
from claimloom.ledger.books import FOLDED
from claimloom.ledger.books.reconciliations import reconciliations
from claimloom.ledger.views.claims import all_claims
from claimloom.ledger.views.scope import EVERYTHING, Page, Wanted
from claimloom.ledger.views.worklist import work_page
from claimloom.sandbox.claims_in import open_file
from claimloom.sandbox.grade import grade
from claimloom.sandbox.scenario import mix_named
from claimloom.settings import Settings
from claimloom.system import System
from claimloom.x12.nouns.read_835 import Remittance, read_835
from tests.x12.checking.own_verdict import pyx12_accepts


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("demo") / "data"
    fresh_folder(path)
    return path


@pytest.fixture(scope="module")
def played(folder: Path) -> Played:
    return play(folder, seed=7, visits=600, progress=lambda _service, _count: None)


def truth(folder: Path) -> list[dict[str, Any]]:
    lines = (folder / "sandbox" / "truth.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def test_every_claim_agrees_with_the_truth(played: Played) -> None:
    assert played.truth["disagree"] == []
    assert played.truth["graded"] == played.truth["agree"] == 600


def test_what_happens_often_occurs(played: Played, folder: Path) -> None:
    labels = Counter(each["label"] for each in truth(folder) if "label" in each)
    often = {scenario.name for scenario, weight in mix_named("demo") if weight >= 20}
    assert often | {"paid_as_contracted"} <= set(labels)
    assert len(labels) > 45
    assert played.totals["underpaid"] > 30


def test_grade_sees_a_wrong_answer(played: Played, folder: Path) -> None:
    system = System(Settings(folder, as_of=BUSINESS_DATE))
    with system.engine.connect() as connection:
        rows = [row.json() for row in all_claims(connection, EVERYTHING)]
    system.close()
    answered = [each for each in truth(folder) if "label" in each]
    assert grade(answered, rows, {}, {})["disagree"] == []
    first = next(row for row in rows if row["paid_cents"])
    for change in ({"paid_cents": first["paid_cents"] + 1}, {"flags": ["denied"]}, {"variance_cents": 1}):
        spoiled = [row | change if row is first else row for row in rows]
        assert len(grade(answered, spoiled, {}, {})["disagree"]) == 1


def test_no_cent_of_a_payment_is_lost(played: Played, folder: Path) -> None:
    """Sum of all BPR02 = posted to claims + provider level + unmatched + suspense, over every 835 that came."""
    paid_out = 0
    for path in sorted((folder / "archive").glob("835*.edi")):
        for each in read_835(path.read_bytes()):
            assert isinstance(each, Remittance)
            paid_out += each.header.total_paid_cents
    system = System(Settings(folder, as_of=BUSINESS_DATE))
    with system.engine.connect() as connection:
        aside = sum(
            connection.scalars(
                select(reconciliations.c.paid_cents).where(
                    reconciliations.c.outcome.in_(("provider_level", "suspense", "unmatched"))
                )
            )
        )
        rows = list(all_claims(connection, EVERYTHING))
    system.close()
    posted = sum(row.paid_cents for row in rows if row.state != "unmatched")
    assert posted + aside == paid_out


@pytest.mark.long
def test_files_of_both_sides_are_accepted_by_pyx12(played: Played, folder: Path) -> None:
    files = [*sorted((folder / "outbound").iterdir()), *sorted((folder / "archive").glob("*.edi"))]
    assert len(files) >= 20
    for path in files:
        accepted, answer = pyx12_accepts(path.read_text(encoding="ascii"))
        assert accepted, f"{path.name}: {answer}"


def test_every_claim_sent_stands_in_one_file(played: Played, folder: Path) -> None:
    sent = Counter(
        claim.number
        for path in (folder / "outbound").iterdir()
        for claim in open_file(path.read_text(encoding="ascii")).claims
    )
    assert set(sent.values()) == {1}
    assert len(sent) == played.totals["submitted"]


def test_replay_gives_the_same_tables(played: Played, folder: Path) -> None:
    system = System(Settings(folder, as_of=BUSINESS_DATE))

    def contents() -> dict[str, list[str]]:
        with system.engine.connect() as connection:
            return {
                table.name: sorted(repr(tuple(row)) for row in connection.execute(select(table))) for table in FOLDED
            }

    before = contents()
    assert len(before["work_items"]) > 200
    system.runtime.replay()
    after = contents()
    system.close()
    for name, rows in before.items():
        assert after[name] == rows, name


def test_worklist_names_what_to_gain_and_by_when(played: Played, folder: Path) -> None:
    system = System(Settings(folder, as_of=BUSINESS_DATE))
    with system.engine.connect() as connection:
        work = work_page(connection, EVERYTHING, Wanted(), Page(10_000)).rows
        rows = {row.patient_control_number: row for row in all_claims(connection, EVERYTHING)}
    system.close()
    assert [row.rank for row in work] == list(range(1, len(work) + 1))
    assert all(row.due >= BUSINESS_DATE.isoformat() and row.action and row.reason for row in work)
    missing = {row.patient_control_number: row.recoverable_cents for row in work if row.kind == "underpaid"}
    for number, cents in missing.items():
        assert -rows[number].variance_cents == cents, number
