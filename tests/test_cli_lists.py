"""Lists on the command line: filters, pages, names that are not known, and finding a claim by what is known of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import select

from claimloom.ledger.books.acknowledgments import acknowledgments
from claimloom.ledger.books.reconciliations import reconciliations
from claimloom.ledger.books.standings import standings
from claimloom.ledger.views.claims import ClaimRow, all_claims
from claimloom.ledger.views.scope import EVERYTHING
from claimloom.sandbox.visits import make_visits
from claimloom.settings import Settings
from claimloom.system import System
from tests.command import Done, claimloom
from tests.runtime import contract
from tests.runtime.test_contract import InProcess

SEED: Final = 14


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Two tenants with patients of the same names, visits and ids."""
    made = InProcess(tmp_path_factory.mktemp("lists"))
    contract.whole_way(made, list(make_visits(SEED, 16, contract.DAY)), SEED)
    others = [each.visit | {"tenant": "other"} for each in make_visits(SEED, 16, contract.DAY)]
    made.deliver({"other.jsonl": "".join(json.dumps(each) + "\n" for each in others).encode()})
    made.close()
    yield made.folder


@pytest.fixture(scope="module")
def rows(folder: Path) -> list[ClaimRow]:
    system = System(Settings(folder, as_of=contract.DAY))
    with system.engine.connect() as connection:
        found = list(all_claims(connection, EVERYTHING))
    system.close()
    return found


def run(folder: Path, *words: str) -> Done:
    return claimloom(*words, environment={"CLAIMLOOM_DATA": str(folder), "CLAIMLOOM_AS_OF": "2026-11-20"})


def listed(folder: Path, *words: str) -> list[dict[str, Any]]:
    done = run(folder, *words)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


FILTERS: Final = (
    (),
    ("--tenant", "other"),
    ("--tenant", "demo", "--clinic", "riverside"),
    ("--payer", "06102"),
    ("--payer", "MEDICARE PART B IL"),
    ("--from", "2026-11-05", "--to", "2026-11-12"),
)


@pytest.mark.parametrize("filters", FILTERS, ids=" ".join)
@pytest.mark.parametrize("command", [("claims", "list"), ("claims", "export"), ("worklist",)], ids=" ".join)
def test_filters_and_pages_are_the_same_everywhere(
    folder: Path, command: tuple[str, ...], filters: tuple[str, ...]
) -> None:
    every = listed(folder, *command, *filters, "--limit", "0", "--json")
    assert every
    given = dict(zip(filters[::2], filters[1::2], strict=True))
    for row in every:
        assert {"tenant", "clinic", "payer_id", "patient_id", "visit_id", "date_of_service"} <= set(row)
        assert {"submitted_on", "last_answer_on"} <= set(row)
        assert given.get("--tenant") in (None, row["tenant"])
        assert given.get("--clinic") in (None, row["clinic"])
        assert "--payer" not in given or row["payer_id"] == "06102"
        assert "--from" not in given or given["--from"] <= row["date_of_service"] <= given["--to"]
    walked: list[dict[str, Any]] = []
    after: tuple[str, ...] = ()
    while True:
        done = run(folder, *command, *filters, "--limit", "4", "--json", *after)
        walked += [json.loads(line) for line in done.stdout.splitlines()]
        if not done.stderr:
            break
        after = ("--after", done.stderr.split()[-1])
    assert walked == every


def test_states_flags_and_kinds(folder: Path, rows: list[ClaimRow]) -> None:
    for name in ("paid", "held", "superseded"):
        found = listed(folder, "claims", "export", "--state", name)
        assert len(found) == sum(row.state == name for row in rows) > 0
    found = listed(folder, "claims", "export", "--flag", "underpaid")
    assert len(found) == sum("underpaid" in row.flags for row in rows) > 0
    found = listed(folder, "worklist", "--kind", "denied", "--json")
    assert {row["kind"] for row in found} == {"denied"}


def test_the_foot_counts_what_is_listed(folder: Path, rows: list[ClaimRow]) -> None:
    done = run(folder, "claims", "list", "--limit", "3")
    assert done.stdout.splitlines()[-1].startswith(f"3 of {len(rows)} claims")
    place = done.stderr.split("--after ")[1].split()[0]
    assert run(folder, "claims", "list", "--limit", "3", "--after", place).returncode == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("claims", "list", "--tenant", "dem"), "tenant dem: not known; is it one of demo"),
        (("claims", "export", "--clinic", "riversid"), "clinic riversid: not known; is it one of riverside"),
        (("worklist", "--clinic", "riversid"), "clinic riversid: not known; is it one of riverside"),
        (("claims", "list", "--payer", "06103"), "payer 06103: not known; is it one of 06102"),
        (("worklist", "--payer", "06103"), "payer 06103: not known; is it one of 06102"),
        (("claims", "list", "--state", "payed"), "state payed: not known; is it one of paid"),
        (("claims", "list", "--flag", "underpayd"), "flag underpayd: not known; is it one of underpaid"),
        (("worklist", "--kind", "holds"), "kind holds: not known; is it one of held"),
        (("claims", "list", "--after", "nowhere"), "--after is no place in this list"),
        (("worklist", "--after", "bm93aGVyZQ=="), "--after is no place in this list"),
        (("claims", "find", "anything"), "several tenants are here: say --tenant, one of demo, other"),
        (("claims", "find", "anything", "--tenant", "demo2"), "tenant demo2: not known; is it one of demo"),
        (("claims", "find", "nobody of that name", "--tenant", "demo"), "no claim of that name or number"),
    ],
    ids=lambda each: " ".join(each) if isinstance(each, tuple) else "",
)
def test_what_is_not_known_is_refused_with_the_nearest_names(folder: Path, words: tuple[str, ...], said: str) -> None:
    done = run(folder, *words)
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
    assert said in done.stderr


def test_a_claim_is_found_by_whatever_a_person_has_of_it(folder: Path) -> None:
    system = System(Settings(folder, as_of=contract.DAY))
    with system.engine.connect() as connection:
        paid = select(standings, reconciliations.c.trace_number).join(
            reconciliations, reconciliations.c.event_id == standings.c.outcome_id
        )
        claim = connection.execute(paid.where(standings.c.tenant == "demo", standings.c.state == "paid")).first()
        assert claim is not None
        mine = (acknowledgments.c.claim_id == claim.id) & (acknowledgments.c.payer_claim_control_number != "")
        payers = connection.scalar(select(acknowledgments.c.payer_claim_control_number).where(mine))
    system.close()
    assert payers
    last, first = claim.patient_name.split(", ")
    texts = [claim.patient_name, claim.patient_name.upper(), last, f"{last}, {first[:1]}", last[:3].title()]
    texts += [claim.patient_id, claim.visit, claim.number, payers, claim.trace_number]
    for text in texts:
        found = listed(folder, "claims", "find", text, "--tenant", "demo", "--json")
        assert claim.number in [row["patient_control_number"] for row in found], text
        assert {row["tenant"] for row in found} == {"demo"}, text
    for text in (claim.patient_name, claim.patient_id, claim.visit):
        found = listed(folder, "claims", "find", text, "--tenant", "other", "--json")
        assert {row["tenant"] for row in found} == {"other"}, text
    # Numbers are one claim's alone: who asks within another tenant learns nothing.
    for text in (claim.number, payers, claim.trace_number):
        assert run(folder, "claims", "find", text, "--tenant", "other").returncode == 2, text


def test_who_looked_is_written_down_for_each_claim_that_was_shown(folder: Path, rows: list[ClaimRow]) -> None:
    patient = next(row.patient_id for row in rows if row.tenant == "demo" and row.patient_id)
    environment = {"CLAIMLOOM_DATA": str(folder), "CLAIMLOOM_USER": "kim"}
    done = claimloom("claims", "find", patient, "--tenant", "demo", "--json", environment=environment)
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert found
    for row in found:
        reads = listed(folder, "claims", "reads", row["claim_id"], "--json")
        assert [each for each in reads if (each["actor"], each["action"]) == ("kim", "claims find")], row
        assert patient not in json.dumps(reads)


def test_a_name_is_in_no_answer_but_whose_rows_they_are(folder: Path) -> None:
    done = run(folder, "claims", "find", "ellis", "--tenant", "demo")
    assert done.returncode == 0, done.stderr
    assert "ellis" not in done.stdout.casefold()
