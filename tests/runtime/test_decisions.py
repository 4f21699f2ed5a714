"""Decisions, the clock that ends them, and what a reader sees of it; replay gives the same."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier, Thread
from unittest.mock import patch
from uuid import UUID

import pytest
from sqlalchemy import Connection, func, select

from claimloom.desk.decide import Decision
from claimloom.errors import PlainError
from claimloom.ledger.books.decisions import decisions
from claimloom.ledger.books.work_items import Items, work_items
from claimloom.ledger.tables import journal
from claimloom.ledger.views.claims import all_claims
from claimloom.ledger.views.scope import EVERYTHING, Page, Scope, Wanted
from claimloom.ledger.views.worklist import WorkRow, work_page, work_total
from claimloom.runtime.relay import unsent_events
from claimloom.settings import Settings
from claimloom.system import System
from schemas.decision import DecisionMade
from schemas.topics import Topic, payload
from tests.command import claimloom
from tests.runtime import contract
from tests.sessions import unbuildable

DAY = contract.DAY


@pytest.fixture
def system(tmp_path: Path) -> Iterator[System]:
    """A ledger with claims, work, and payments that fit nothing."""
    opened = System(Settings(tmp_path, as_of=DAY))
    made = contract.visits(40)
    (tmp_path / "inbound" / "visits.jsonl").write_bytes(contract.lines(made))
    opened.run_until_idle()
    payer = contract.Payer(contract.SEED, DAY)
    for path in sorted((tmp_path / "outbound").iterdir()):
        for name, content in payer.answer(path.read_text(encoding="ascii")).items():
            (tmp_path / "inbound" / name).write_bytes(content)
    stray = (Path(__file__).parents[2] / "edi_samples/835/835_example.edi").read_bytes()
    (tmp_path / "inbound" / "stray.edi").write_bytes(stray)
    opened.run_until_idle()
    yield opened
    opened.close()


def items(system: System, **wanted: str) -> list[WorkRow]:
    with system.engine.connect() as connection:
        return work_page(connection, EVERYTHING, Wanted(**wanted), Page(1000)).rows


def told_of(connection: Connection, row: WorkRow) -> list[dict[str, str]]:
    """What people decided about an item."""
    query = select(decisions).join(work_items, work_items.c.place == decisions.c.work)
    return [dict(each._mapping) for each in connection.execute(query.where(work_items.c.id == row.id))]


def ask(system: System, kind: str, row: WorkRow, key: str = "", *, actor: str = "anna", **more: object) -> str:
    decision = Decision(kind, actor, key or f"{kind}-{row.id}-{actor}", system.now(), **more)  # type: ignore[arg-type]
    made = system.decide(EVERYTHING, row.id, decision)
    system.runtime.run_until_idle()
    return str(made.event.id)


def replayed(system: System) -> None:
    before = contract.contents(system.engine)
    system.runtime.replay()
    assert contract.contents(system.engine) == before


def test_taken_noted_closed_and_off_the_list(system: System) -> None:
    first, *rest = items(system)
    with system.engine.connect() as connection:
        count, cents = work_total(connection, EVERYTHING, Wanted())
    ask(system, "take", first)
    assert items(system)[0].owner == "anna"
    with pytest.raises(PlainError, match="is taken by anna"):
        ask(system, "take", first, actor="ben")
    ask(system, "note", first, reason="the plan looks at it until Friday")
    ask(system, "close", first, reason="paid by phone", fields={"outcome": "done"})
    assert [row.id for row in items(system)] == [row.id for row in rest]
    with system.engine.connect() as connection:
        assert work_total(connection, EVERYTHING, Wanted()) == (count - 1, cents - first.recoverable_cents)
        told = [(each["kind"], each["reason"]) for each in told_of(connection, first)]
    assert sorted(told) == [("close", "paid by phone"), ("note", "the plan looks at it until Friday"), ("take", "")]
    replayed(system)


def test_the_same_key_is_the_same_decision(system: System) -> None:
    first, second, *_ = items(system)
    once = ask(system, "note", first, "key-1", reason="called")
    assert ask(system, "note", first, "key-1", reason="called") == once
    for other, reason in ((first, "called twice"), (second, "called")):
        with pytest.raises(PlainError, match="key key-1 was used for another decision"):
            ask(system, "note", other, "key-1", reason=reason)
    with system.engine.connect() as connection:
        query = select(func.count()).select_from(journal).where(journal.c.type == Topic.DECISION_MADE)
        assert connection.scalar(query) == 1


def test_a_key_is_one_persons_and_one_outcome(system: System) -> None:
    """Else who comes second would be told that they have what the first has."""
    first, second, *_ = items(system)
    taken = ask(system, "take", first, "key-1")
    assert ask(system, "take", first, "key-1") == taken
    with pytest.raises(PlainError, match="key key-1 was used for another decision"):
        ask(system, "take", first, "key-1", actor="ben")
    closed = ask(system, "close", second, "key-2", reason="paid", fields={"outcome": "done"})
    assert ask(system, "close", second, "key-2", reason="paid", fields={"outcome": "done"}) == closed
    with pytest.raises(PlainError, match="key key-2 was used for another decision"):
        ask(system, "close", second, "key-2", reason="paid", fields={"outcome": "wrong"})
    replayed(system)


def test_on_the_command_line_a_lease_that_ran_out_stands_in_nobodys_way(system: System) -> None:
    (first, *_) = items(system)
    ask(system, "take", first)
    asked = ("decide", "take", first.id, "--data", system.settings.data)
    for as_of, code in (("2026-11-20", 2), ("2026-11-21", 0)):
        done = claimloom(*asked, "--as-of", as_of, environment={"CLAIMLOOM_USER": "ben"})
        assert done.returncode == code, done.stderr
    assert items(system)[0].owner == "ben"
    replayed(system)


def test_a_decision_does_not_wait_for_a_broker_that_is_away(system: System, tmp_path: Path) -> None:
    """It stands once it is journalled; what is noted as unsent is sent by a worker."""
    pytest.importorskip("aiokafka")
    row = items(system)[0]
    with patch("claimloom.cli.system.BROKER_SECONDS", 0.5):
        environment = {"CLAIMLOOM_DATA": str(tmp_path), "CLAIMLOOM_KAFKA": "127.0.0.1:1"}
        done = claimloom("decide", "note", row.id, "--reason", "called", environment=environment)
    assert (done.returncode, done.stdout) == (0, f"note {row.id}: written down\n")
    assert "the broker is away; a worker sends it" in done.stderr
    with system.engine.connect() as connection:
        assert [each["reason"] for each in told_of(connection, row)] == ["called"]
    assert len(unsent_events(system.engine, datetime.now(UTC), older_than=0)) == 1


def test_a_dead_letter_given_again_does_not_wait_for_a_broker_that_is_away(system: System, tmp_path: Path) -> None:
    pytest.importorskip("aiokafka")
    here = {"CLAIMLOOM_DATA": str(tmp_path)}
    (tmp_path / "inbound" / "too_dear.jsonl").write_text(unbuildable().model_dump_json() + "\n")
    system.run_until_idle()
    before = claimloom("dead-letters", "list", "--json", environment=here).stdout
    assert before
    with patch("claimloom.cli.system.BROKER_SECONDS", 0.5):
        done = claimloom("dead-letters", "redrive", "all", environment=here | {"CLAIMLOOM_KAFKA": "127.0.0.1:1"})
    assert (done.returncode, done.stdout) == (2, "")
    assert "the broker is away; the letters stay" in done.stderr
    assert claimloom("dead-letters", "list", "--json", environment=here).stdout == before
    again = claimloom("dead-letters", "redrive", "all", "--json", environment=here)
    assert json.loads(again.stdout) == {"redriven": len(before.splitlines()), "still_dead": len(before.splitlines())}


def test_of_two_who_take_it_at_once_one_has_it(system: System) -> None:
    (first, *_) = items(system)
    others = [System(system.settings) for _ in range(4)]
    start, said = Barrier(4), list[str]()

    def take(number: int, other: System) -> None:
        start.wait()
        try:
            other.decide(EVERYTHING, first.id, Decision("take", f"user-{number}", f"k-{number}", other.now()))
            said.append("taken")
        except PlainError as error:
            said.append(str(error))

    threads = [Thread(target=take, args=each) for each in enumerate(others)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for other in others:
        other.close()
    refused = f"work item {first.id} is taken"
    assert sorted(each.partition(" by user")[0] for each in said) == ["taken", refused, refused, refused]
    system.runtime.run_until_idle()
    replayed(system)


def test_who_lets_a_day_pass_has_it_no_longer(system: System, tmp_path: Path) -> None:
    first, second, *_ = items(system)
    ask(system, "take", first)
    ask(system, "take", second)
    ask(system, "release", second)
    ticks = select(func.count()).select_from(journal).where(journal.c.type == Topic.TICK)
    with system.engine.connect() as connection:
        assert connection.scalar(ticks) == 0  # nothing was due, so no clock struck
    for days, owner in ((0, "anna"), (1, ""), (1, ""), (2, "")):
        later = System(replace(system.settings, as_of=DAY + timedelta(days=days)))
        later.run_until_idle()
        assert next(row.owner for row in items(later) if row.id == first.id) == owner
        later.close()
    with system.engine.connect() as connection:
        assert connection.scalar(ticks) == 1
    replayed(system)


def test_a_payment_set_aside_waits_no_longer(system: System) -> None:
    waiting = items(system, kind="unmatched")
    assert waiting
    with system.engine.connect() as connection:
        before = {row.state for row in all_claims(connection, EVERYTHING) if not row.claim_id}
    assert "unmatched" in before
    for row in waiting:
        ask(system, "set_aside", row, reason="of another practice")
    assert items(system, kind="unmatched") == []
    with system.engine.connect() as connection:
        rows = list(all_claims(connection, EVERYTHING))
    assert contract.totals(system.engine)["unmatched"] == 0
    assert {row.state for row in rows if not row.claim_id} == before - {"unmatched"} | {"set_aside"}
    contract.conserved(system.engine)
    replayed(system)


def test_a_change_of_an_item_that_would_not_be_written_is_told(system: System) -> None:
    with system.engine.connect() as connection:
        held = Items(connection, connection.execute(select(work_items).limit(1)))
        (row,) = held.rows.values()
        row["clinic"] = "another"
        with pytest.raises(AssertionError, match=r"^clinic of an item is not written: it is not in MOVING"):
            held.write()


def test_an_item_is_named_by_its_claim_or_visit_where_it_is_the_only_one(system: System) -> None:
    rows = [row for row in items(system) if row.visit_id]
    alone = next(row for row in rows if [each.visit_id for each in rows].count(row.visit_id) == 1)

    def decided(kind: str, name: str, reason: str = "") -> str:
        fields = {"outcome": "done"} if kind == "close" else {}
        made = system.decide(EVERYTHING, name, Decision(kind, "anna", f"{kind}-{name}", system.now(), reason, fields))
        system.runtime.run_until_idle()
        said = payload(made.event)
        assert isinstance(said, DecisionMade)
        return str(said.work_id)

    assert decided("take", alone.patient_control_number) == alone.id
    assert decided("close", alone.visit_id, "paid by phone") == alone.id
    assert decided("close", alone.visit_id, "paid by phone") == alone.id  # the same key is the same decision
    with pytest.raises(PlainError, match="closed"):
        decided("take", alone.visit_id)
    with system.engine.connect() as connection:
        known = list(all_claims(connection, EVERYTHING))
    settled = next(row for row in known if row.visit_id not in {each.visit_id for each in rows})
    with pytest.raises(PlainError, match=f"work item {settled.visit_id}: not here by id, claim or visit"):
        decided("take", settled.visit_id)
    other = next(row for row in rows if row.id != alone.id)
    with system.engine.begin() as connection:  # a second thing to do about one claim
        row = connection.execute(select(work_items).where(work_items.c.id == other.id)).one()
        another = {"place": 10**6, "id": str(UUID(int=7)), "kind": "review"}
        connection.execute(work_items.insert().values(dict(row._mapping) | another))
    with pytest.raises(PlainError, match=rf"{other.visit_id}: 2 things to do; say which by its id: .*review "):
        decided("take", other.visit_id)


def test_an_item_of_another_tenant_is_not_there(system: System) -> None:
    (first, *_) = items(system)
    with pytest.raises(PlainError, match="not here"):
        system.decide(Scope(("another",)), first.id, Decision("take", "anna", "k", system.now()))


def test_a_decision_holds_no_more_than_it_says(system: System) -> None:
    """What is journalled of it: no copy of the item, so nobody's name."""
    (first, *_) = items(system)
    ask(system, "take", first)
    with system.engine.connect() as connection:
        body = connection.scalar(select(journal.c.body).where(journal.c.type == Topic.DECISION_MADE))
    assert set(json.loads(str(body))["data"]) == {"key", "kind", "work_id", "about", "actor", "reason", "fields"}
