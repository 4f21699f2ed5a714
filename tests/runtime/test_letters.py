"""Dead letters stand in the journal: listed whoever stands still, set aside by a decision, given again, gone with their
tenant.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from claimloom.ledger.books.decisions import decisions
from claimloom.ledger.database import open_engine
from claimloom.ledger.erasure import erase
from claimloom.ledger.gauges import measure
from claimloom.ledger.migration import migrate
from claimloom.ledger.tables import unsent
from claimloom.ledger.views.letters import dead_letter_count, dead_letter_rows
from claimloom.ledger.views.scope import EVERYTHING
from claimloom.metrics import DEAD_OPEN
from claimloom.runtime.letters import bury_message
from claimloom.sealing import MasterKeys
from claimloom.settings import Settings
from claimloom.system import System
from services.claim_builder.service import SERVICE as BUILDER
from services.session_intake.service import SERVICE as INTAKE
from services.session_intake.service import draft
from tests.command import Done, claimloom
from tests.runtime import contract
from tests.sessions import unbuildable
from tools.cluster import SERVICES, Cluster

KEY = "2026-11:" + "A" * 43 + "="
Run = Callable[..., Done]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.server)])
def system(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[System]:
    """Two visits that cannot be built, of two tenants, and a message that is no event."""
    url = "" if request.param == "sqlite" else str(request.getfixturevalue("database"))
    settings = Settings(tmp_path, as_of=contract.DAY, master=MasterKeys({"2026-11": b"\0" * 32}))
    if url:
        fresh = open_engine(url)
        migrate(fresh)
        fresh.dispose()
    made = System(replace(settings, db=url))
    made.runtime.feed(INTAKE, lambda _: [given_up("stays"), given_up("leaves")])
    made.run_until_idle()
    bury_message(made.engine, BUILDER, "session-completed[0]@7", "is no event", clock=made.now)
    yield made
    made.close()


@pytest.fixture
def run(system: System) -> Run:
    environment = {
        "CLAIMLOOM_DATA": str(system.settings.data),
        "CLAIMLOOM_DB": system.settings.database_url,
        "CLAIMLOOM_MASTER_KEY": KEY,
        "CLAIMLOOM_USER": "anna",
    }
    return lambda *words: claimloom(*words, environment=environment)


def given_up(tenant: str) -> Any:
    return draft(unbuildable(f"TOO-DEAR-{tenant}").model_copy(update={"tenant": tenant}))


def listed(run: Run, *more: str) -> list[dict[str, Any]]:
    done = run("dead-letters", "list", "--json", *more)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def counted(system: System, run: Run) -> int:
    """As the ledger, ``doctor`` and the gauge say it: all the same."""
    measure(system.engine, system.now())
    with system.engine.connect() as connection:
        count = dead_letter_count(connection, EVERYTHING)
        assert count == len(dead_letter_rows(connection, EVERYTHING))
    assert json.loads(run("doctor", "--json").stdout)["dead_letters"] == count == DEAD_OPEN._value.get()
    return count


def replayed(system: System) -> None:
    before = contract.contents(system.engine)
    system.runtime.replay()
    assert contract.contents(system.engine) == before


def test_what_was_set_aside_is_listed_no_longer_and_the_journal_says_who_and_why(system: System, run: Run) -> None:
    first, second, message = listed(run)
    then = ("--as-of", contract.DAY.isoformat())
    assert run("dead-letters", "set-aside", first["id"]).returncode == 2  # a reason is wanted
    for _ in range(2):  # the same key is the same decision
        done = run("dead-letters", "set-aside", first["id"], "--reason", "a test visit", "--key", "k-1", *then)
        assert (done.returncode, done.stderr) == (0, "")
    assert listed(run) == [second, message]
    (aside,) = listed(run, "--set-aside")
    told = {"set_aside_by": "anna", "set_aside_on": system.now().isoformat(), "reason": "a test visit"}
    assert aside == first | told
    assert counted(system, run) == 2
    with system.engine.connect() as connection:
        (row,) = connection.execute(select(decisions)).all()
    assert (row.tenant, row.kind, row.about) == ("stays", "set_aside", None)
    done = run("dead-letters", "set-aside", first["id"], "--reason", "another")
    assert (done.returncode, done.stderr) == (2, f"claimloom: dead letter {first['id']} is set aside already\n")
    done = run("decide", "take", second["id"])
    assert "is no work item: it is given again (redrive) or set aside" in done.stderr
    done = run("dead-letters", "set-aside", "all", "--reason", "all of them")
    assert done.stdout == "2 dead letters set aside; dead-letters list --set-aside shows them\n"
    assert (counted(system, run), len(listed(run, "--set-aside"))) == (0, 3)
    replayed(system)
    assert len(listed(run, "--set-aside")) == 3


def test_given_again_after_it_was_set_aside_it_is_listed_if_it_fails_anew(system: System, run: Run) -> None:
    first, *rest = listed(run)
    assert run("decide", "set_aside", first["id"], "--reason", "seen").returncode == 0
    done = run("dead-letters", "redrive", first["id"], "--json")
    assert (done.returncode, json.loads(done.stdout)) == (1, {"redriven": 1, "still_dead": 1})
    *others, again = listed(run)
    assert (others, again["event_id"], again["error"]) == (rest, first["event_id"], first["error"])
    assert again["id"] != first["id"]
    assert listed(run, "--set-aside") == []
    for name in (first["id"], first["event_id"]):  # by that of an earlier try too
        assert json.loads(run("dead-letters", "show", name, "--json").stdout)["id"] == again["id"]
    replayed(system)


def test_a_message_that_is_no_event_is_set_aside_and_not_given_again(system: System, run: Run) -> None:
    *_, message = listed(run)
    for name in (message["id"], message["event_id"]):
        assert json.loads(run("dead-letters", "show", name, "--json").stdout)["tenant"] is None
        done = run("dead-letters", "redrive", name)
        assert (done.returncode, done.stdout) == (2, "")
        assert "messages that are no events: nothing can be given again; dead-letters set-aside" in done.stderr
    done = run("dead-letters", "redrive", "all", "--json")
    assert (done.returncode, json.loads(done.stdout)) == (1, {"redriven": 2, "still_dead": 3})
    assert run("dead-letters", "set-aside", message["id"], "--reason", "not ours").returncode == 0
    assert message["id"] not in {row["id"] for row in listed(run)}
    replayed(system)


def test_letters_of_an_erased_tenant_are_told_as_such(system: System, run: Run) -> None:
    stays, leaves, message = listed(run)
    assert run("dead-letters", "set-aside", leaves["id"], "--reason", "they leave").returncode == 0
    erase(system.engine, "leaves", system.settings.data)
    for words in (["show"], ["redrive"], ["set-aside", "--reason", "seen"]):
        done = run("dead-letters", *words, leaves["id"])
        assert (done.returncode, done.stdout) == (2, "")
        assert "its tenant was erased, and what it is about with it" in done.stderr
    assert (listed(run), listed(run, "--set-aside")) == ([stays, message], [])
    assert counted(system, run) == 2
    replayed(system)


@pytest.mark.server
def test_letters_are_listed_and_set_aside_while_the_work_list_stands_still(cluster: Cluster) -> None:
    here = {"session_intake", "claim_builder"}
    for name in here:
        cluster.start(name)
    cluster.bring("visits.jsonl", (unbuildable().model_dump_json() + "\n").encode())
    end = time.monotonic() + 60
    while not (shown := cluster.claimloom("dead-letters", "list", "--json").stdout) and time.monotonic() < end:
        time.sleep(0.5)
    letter = json.loads(shown)
    assert letter["service"] == "claim_builder"
    cluster.claimloom("dead-letters", "set-aside", letter["id"], "--reason", "seen")
    assert cluster.claimloom("dead-letters", "list", "--json").stdout == ""
    assert json.loads(cluster.claimloom("dead-letters", "list", "--set-aside", "--json").stdout)["id"] == letter["id"]
    engine = open_engine(cluster.db)
    with engine.connect() as connection:  # and the decision is on its topic
        assert connection.scalar(select(func.count()).select_from(unsent)) == 0
    for name in set(SERVICES) - here:
        cluster.start(name)
    cluster.idle()
    engine.dispose()
    assert json.loads(cluster.claimloom("replay", "--json").stdout)["differ"] == []
