"""The step and the embedded runtime, over a real SQLite ledger and a small line of services of their own."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Connection, Engine, func, select

from claimloom.ledger.books import FOLDED
from claimloom.ledger.books.scrubs import SCRUBS, scrubs
from claimloom.ledger.database import insert_new
from claimloom.ledger.migration import open_ledger
from claimloom.ledger.tables import inbox, journal, positions
from claimloom.ledger.views.letters import dead_letter_rows
from claimloom.ledger.views.scope import EVERYTHING
from claimloom.runtime.append import MAX_EVENT_BYTES
from claimloom.runtime.embedded import Embedded
from claimloom.runtime.letters import bury_message
from claimloom.runtime.step import run_step
from claimloom.runtime.taking import Policy, forget
from claimloom.topology import (
    Book,
    Context,
    Draft,
    Received,
    RefusedEventsError,
    Service,
    TopologyError,
    check_topology,
)
from schemas.claim import ClaimScrubbed, Finding, Severity
from schemas.event import Event, derived_id
from schemas.followup import DeadLetter
from schemas.session import Session
from schemas.topics import Topic
from services.session_intake.service import SERVICE as INTAKE
from services.session_intake.service import draft
from tests.chains import misfits
from tests.sessions import visit

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
QUICK = Policy(attempts=2, backoff_seconds=0.0)
poison = {"P-BAD"}


def scrub(_context: Context, received: Sequence[Received]) -> list[Draft]:
    drafts = []
    for each in received:
        event, session = each.event, each.data
        assert isinstance(session, Session)
        if session.patient.patient_id in poison:
            raise ValueError(f"cannot scrub {session.patient.name.last}")
        scrubbed = ClaimScrubbed(
            claim_id=derived_id("claim", session.session_id),
            patient_control_number=f"C-{session.session_id}",
            verdict="clean",
            findings=[Finding(code="DAT-005", severity=Severity.WARN, message="Timely filing limit near")],
            rules_version="test",
            as_of=date(2026, 11, 20),
            total_charge_cents=29500,
        )
        drafts.append(Draft(scrubbed, "claim", event.tenant, event.clinic, parent=event.id))
    return drafts


def fold(connection: Connection, received: Sequence[Received]) -> None:
    rows = []
    for each in received:
        assert isinstance(each.data, ClaimScrubbed)
        said = {"verdict": each.data.verdict, "rules_version": each.data.rules_version}
        rows.append({"claim": each.place, "place": each.place} | said)
    insert_new(connection, scrubs, rows)


SCRUBBER = Service(
    "claim_scrubber",
    scrub,
    consumes=(Topic.SESSION_COMPLETED,),
    emits=(Topic.CLAIM_SCRUBBED,),
    keeps=(Book("scrubs", (scrubs,), {Topic.CLAIM_SCRUBBED: fold}),),
)
SINK = Service(
    "followup_queue",
    lambda _c, _r: [],
    consumes=(Topic.CLAIM_SCRUBBED, Topic.CONFLICT_FOUND, Topic.DEAD_LETTER),
)
LINE = (INTAKE, SCRUBBER, SINK)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    opened = open_ledger(f"sqlite:///{tmp_path}/claimloom.db")
    yield opened
    opened.dispose()


def embedded(engine: Engine, **options: int) -> Embedded:
    return Embedded(engine, LINE, clock=lambda: NOW, policy=QUICK, **options)


def events(engine: Engine, topic: Topic) -> list[Event]:
    with engine.connect() as connection:
        bodies = connection.scalars(select(journal.c.body).where(journal.c.type == topic).order_by(journal.c.seq))
        return [Event.model_validate_json(body) for body in bodies]


def snapshot(engine: Engine) -> dict[str, list[tuple[object, ...]]]:
    with engine.connect() as connection:
        return {
            table.name: sorted((tuple(row) for row in connection.execute(select(table))), key=repr) for table in FOLDED
        }


def visits(count: int) -> list[Session]:
    return [visit(session_id=f"S-{number}") for number in range(count)]


def test_line_carries_every_session_once_however_often_it_is_fed(engine: Engine) -> None:
    runtime = embedded(engine, batch=7)
    for new in (20, 0, 0):
        assert len(runtime.feed(INTAKE, lambda _: [draft(session) for session in reversed(visits(20))]).new) == new
        runtime.run_until_idle()
    assert len(events(engine, Topic.SESSION_COMPLETED)) == 20
    assert len(events(engine, Topic.CLAIM_SCRUBBED)) == 20


def test_ids_do_not_depend_on_order_or_batches(tmp_path: Path) -> None:
    seen: list[set[UUID]] = []
    for name, batch, order in (("a", 1, 1), ("b", 500, -1)):
        engine = open_ledger(f"sqlite:///{tmp_path}/{name}.db")
        runtime = embedded(engine, batch=batch)
        some = [draft(session) for session in visits(10)[::order]]
        runtime.feed(INTAKE, lambda _, some=some: some)
        runtime.run_until_idle()
        seen.append({event.id for event in events(engine, Topic.CLAIM_SCRUBBED)})
        engine.dispose()
    assert seen[0] == seen[1]
    assert len(seen[0]) == 10


def test_redelivered_batch_has_no_second_effect(engine: Engine) -> None:
    runtime = embedded(engine)
    fed = [each.event for each in runtime.feed(INTAKE, lambda _: [draft(session) for session in visits(5)]).new]
    first = run_step(engine, SCRUBBER, fed, clock=lambda: NOW)
    again = run_step(engine, SCRUBBER, fed[::-1], clock=lambda: NOW)
    assert (len(first), again) == (5, [])


def test_poison_event_becomes_dead_letter_without_phi_and_the_rest_go_on(
    engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = visit(session_id="S-BAD")
    bad = bad.model_copy(update={"patient": bad.patient.model_copy(update={"patient_id": "P-BAD"})})
    runtime = embedded(engine)
    runtime.feed(INTAKE, lambda _: [draft(session) for session in [*visits(3), bad]])
    runtime.run_until_idle()

    assert len(events(engine, Topic.CLAIM_SCRUBBED)) == 3
    (dead,) = events(engine, Topic.DEAD_LETTER)
    letter = DeadLetter.model_validate(dead.data)
    assert (letter.service, letter.error_type, letter.attempts) == ("claim_scrubber", "ValueError", 2)
    assert letter.error.startswith("ValueError in scrub (test_step.py:")
    printed = capsys.readouterr()
    assert "DOE" not in dead.model_dump_json() + printed.out + printed.err


def test_redrive_mends_a_dead_letter_once_the_cause_is_gone(engine: Engine) -> None:
    bad = visit(session_id="S-BAD")
    bad = bad.model_copy(update={"patient": bad.patient.model_copy(update={"patient_id": "P-BAD"})})
    runtime = embedded(engine)
    ((event, *_),) = runtime.feed(INTAKE, lambda _: [draft(bad)]).new
    runtime.run_until_idle()
    assert runtime.redrive(SCRUBBER, event)[0].event.type == Topic.DEAD_LETTER
    poison.discard("P-BAD")
    try:
        assert [made.event.type for made in runtime.redrive(SCRUBBER, event)] == [Topic.CLAIM_SCRUBBED]
        assert runtime.redrive(SCRUBBER, event) == []
    finally:
        poison.add("P-BAD")


def test_replay_gives_the_same_tables(engine: Engine) -> None:
    runtime = embedded(engine)
    runtime.feed(INTAKE, lambda _: [draft(session) for session in visits(12)])
    runtime.run_until_idle()
    before = snapshot(engine)
    assert len(before["scrubs"]) == 12
    assert runtime.replay() == (24, 0)
    assert snapshot(engine) == before


def test_step_that_dies_before_commit_leaves_nothing(engine: Engine) -> None:
    def crash(context: Context, received: Sequence[Received]) -> list[Draft]:
        scrub(context, received)
        raise KeyboardInterrupt

    runtime = embedded(engine)
    fed = [each.event for each in runtime.feed(INTAKE, lambda _: [draft(session) for session in visits(4)]).new]
    with pytest.raises(KeyboardInterrupt):
        run_step(engine, Service("claim_scrubber", crash, emits=(Topic.CLAIM_SCRUBBED,)), fed)
    with engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(inbox)) == 0
    assert len(run_step(engine, SCRUBBER, fed)) == 4


KILLED = """
import sys
from tests.runtime.test_step import INTAKE, draft, embedded, visits
from claimloom.ledger.migration import open_ledger
engine = open_ledger(sys.argv[1])
runtime = embedded(engine, batch=3)
print("ready", flush=True)
runtime.feed(INTAKE, lambda _: [draft(session) for session in visits(300)]).new
runtime.run_until_idle()
"""


@pytest.mark.process
@pytest.mark.parametrize(
    "delay_ms",
    [pytest.param(each, marks=() if each % 300 == 20 else pytest.mark.long) for each in range(20, 1820, 60)],
)
def test_process_killed_at_some_moment_and_started_again(tmp_path: Path, delay_ms: int) -> None:
    url = f"sqlite:///{tmp_path}/claimloom.db"
    process = subprocess.Popen([sys.executable, "-c", KILLED, url], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    try:
        process.wait(delay_ms / 1000)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    process.stdout.close()

    engine = open_ledger(url)
    assert misfits(url, tmp_path) == []
    runtime = embedded(engine)
    runtime.feed(INTAKE, lambda _: [draft(session) for session in visits(300)])
    runtime.run_until_idle()
    assert misfits(url, tmp_path) == []
    scrubbed = events(engine, Topic.CLAIM_SCRUBBED)
    engine.dispose()
    expected = {
        derived_id("claim_scrubber", derived_id(Topic.SESSION_COMPLETED, "demo", f"S-{number}", 1), 0)
        for number in range(300)
    }
    assert len(scrubbed) == 300
    assert {event.id for event in scrubbed} == expected


@pytest.mark.parametrize(
    ("services", "message"),
    [
        ((INTAKE,), "session_intake emits session-completed, which no service consumes"),
        ((SINK,), "followup_queue consumes claim-scrubbed, which no service emits"),
        ((INTAKE, INTAKE, SCRUBBER, SINK), "service session_intake is declared twice"),
        (
            (INTAKE, SCRUBBER, replace(SINK, doors=INTAKE.doors)),
            "followup_queue has doors and consumes topics: a worker takes files or events",
        ),
    ],
)
def test_topology_that_does_not_fit_is_named(services: tuple[Service, ...], message: str) -> None:
    with pytest.raises(TopologyError, match=f"^{message}$"):
        check_topology(services)


def test_a_book_that_replay_and_erasure_do_not_walk_is_named() -> None:
    message = "session_intake keeps book visits, which replay and erasure do not know: it is not in BOOKS"
    with pytest.raises(TopologyError, match=f"^{message}$"):
        check_topology((INTAKE, replace(SCRUBBER, keeps=(SCRUBS,)), SINK), (SCRUBS,))


def test_service_that_emits_what_it_did_not_declare_is_named(engine: Engine) -> None:
    fed = embedded(engine).feed(INTAKE, lambda _: [draft(visit())]).new
    with pytest.raises(TopologyError, match=r"^liar emits claim-scrubbed, which it did not declare$"):
        run_step(engine, Service("liar", scrub, consumes=(Topic.SESSION_COMPLETED,)), [fed[0].event])


# ---- what must not become a dead letter, and what must ---------------------------------------------------------------


def refusing(bad: set[UUID], calls: list[int]) -> Service:
    """A scrubber that names the events it cannot do, one a call."""

    def handle(context: Context, received: Sequence[Received]) -> list[Draft]:
        calls.append(len(received))
        for each in received:
            if each.event.id in bad:
                raise RefusedEventsError({each.event.id: "cannot be sent"})
        return scrub(context, received)

    return replace(SCRUBBER, handle=handle)


def test_refused_events_become_dead_letters_and_the_rest_stays_one_batch(engine: Engine) -> None:
    runtime = embedded(engine)
    fed = [each.event for each in runtime.feed(INTAKE, lambda _: [draft(session) for session in visits(30)]).new]
    bad, calls = {event.id for event in fed[:20]}, list[int]()
    service = refusing(bad, calls)
    made = run_step(engine, service, fed, clock=lambda: NOW, policy=QUICK, position=30)
    assert Counter(each.event.type for each in made) == {Topic.DEAD_LETTER: 20, Topic.CLAIM_SCRUBBED: 10}
    assert calls[-1] == 10
    letters = [DeadLetter.model_validate(event.data) for event in events(engine, Topic.DEAD_LETTER)]
    assert {(each.error, each.attempts) for each in letters} == {("cannot be sent", 1)}
    # The same batch in another worker's hands, or once more: what was answered is told, nothing is added.
    told = run_step(engine, service, fed, clock=lambda: NOW, policy=replace(QUICK, tell_known=True))
    assert {each.event.id for each in told} == {each.event.id for each in made}
    with engine.connect() as connection:
        place = select(positions.c.seq).where(positions.c.service == "claim_scrubber")
        assert connection.scalar(place) == 30
    # Mended and given again, each is handled.
    bad.clear()
    assert [each.event.type for each in runtime.redrive(service, fed[0])] == [Topic.CLAIM_SCRUBBED]


def test_what_came_by_a_topic_first_is_journalled_and_made_once(engine: Engine, tmp_path: Path) -> None:
    """A restored ledger lacks what its topics hold: who consumes that keeps it, who makes it again adds nothing."""
    before = open_ledger(f"sqlite:///{tmp_path}/before.db")
    runtime = embedded(before)
    runtime.feed(INTAKE, lambda _: [draft(session) for session in visits(3)])
    runtime.run_until_idle()
    scrubbed, sessions = events(before, Topic.CLAIM_SCRUBBED), events(before, Topic.SESSION_COMPLETED)
    before.dispose()
    for _ in range(2):
        assert run_step(engine, SINK, scrubbed, clock=lambda: NOW, policy=QUICK) == []
    assert [each.id for each in events(engine, Topic.CLAIM_SCRUBBED)] == [each.id for each in scrubbed]
    made = run_step(engine, SCRUBBER, sessions, clock=lambda: NOW, policy=QUICK)
    assert [each.event.id for each in made] == [each.id for each in scrubbed]
    again = embedded(engine)
    for new in (3, 0):
        assert len(again.feed(INTAKE, lambda _: [draft(session) for session in visits(3)]).new) == new
        again.run_until_idle()
    assert (events(engine, Topic.DEAD_LETTER), len(events(engine, Topic.CLAIM_SCRUBBED))) == ([], 3)
    assert misfits(f"sqlite:///{tmp_path}/claimloom.db", tmp_path) == []
    rows = snapshot(engine)
    again.replay()
    assert snapshot(engine) == rows
    with engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(scrubs)) == 3


def test_a_handler_that_refuses_what_it_was_not_given_stops_nobody(engine: Engine) -> None:
    fed = [each.event for each in embedded(engine).feed(INTAKE, lambda _: [draft(each) for each in visits(3)]).new]

    def handle(_context: Context, received: Sequence[Received]) -> list[Draft]:
        if any(each.event.id == fed[0].id for each in received):
            raise RefusedEventsError({derived_id("nobody"): "nobody's"})
        return scrub(_context, received)

    made = run_step(engine, replace(SCRUBBER, handle=handle), fed, clock=lambda: NOW, policy=QUICK)
    assert Counter(each.event.type for each in made) == {Topic.DEAD_LETTER: 1, Topic.CLAIM_SCRUBBED: 2}


def test_a_redrive_that_is_stopped_half_way_loses_nothing(engine: Engine) -> None:
    """The event is to be taken again and is not on its topic yet: it counts as given up on until it was taken."""
    bad = visit(session_id="S-BAD")
    bad = bad.model_copy(update={"patient": bad.patient.model_copy(update={"patient_id": "P-BAD"})})
    ((event, *_),) = embedded(engine).feed(INTAKE, lambda _: [draft(bad)]).new
    embedded(engine).run_until_idle()
    forget(engine, SCRUBBER.name, event)
    with engine.connect() as connection:
        outcome = select(inbox.c.outcome).where(inbox.c.service == SCRUBBER.name)
        assert connection.scalars(outcome).all() == ["dead"]
    tell = replace(QUICK, tell_known=True)
    again = run_step(engine, SCRUBBER, [event], clock=lambda: NOW, policy=tell)
    assert [each.event.type for each in again] == [Topic.DEAD_LETTER]
    assert len(events(engine, Topic.DEAD_LETTER)) == 2
    # Taken once more, it is not taken a third time by itself.
    told = run_step(engine, SCRUBBER, [event], clock=lambda: NOW, policy=tell)
    assert len(told) == len(events(engine, Topic.DEAD_LETTER)) == 2
    poison.discard("P-BAD")
    try:
        forget(engine, SCRUBBER.name, event)
        made = run_step(engine, SCRUBBER, [event], clock=lambda: NOW, policy=QUICK)
        assert [each.event.type for each in made] == [Topic.CLAIM_SCRUBBED]
        forget(engine, SCRUBBER.name, event)  # mended: nothing to take again
        assert run_step(engine, SCRUBBER, [event], clock=lambda: NOW, policy=QUICK) == []
    finally:
        poison.add("P-BAD")


def test_an_event_that_no_topic_takes_becomes_a_dead_letter(engine: Engine) -> None:
    def swell(context: Context, received: Sequence[Received]) -> list[Draft]:
        drafts = scrub(context, received)
        first = drafts[0].data
        assert isinstance(first, ClaimScrubbed)
        if first.patient_control_number == "C-S-1":
            drafts[0] = replace(drafts[0], data=first.model_copy(update={"rules_version": "é" * 5_000_000}))
        return drafts

    fed = [each.event for each in embedded(engine).feed(INTAKE, lambda _: [draft(each) for each in visits(3)]).new]
    made = run_step(engine, replace(SCRUBBER, handle=swell), [fed[1], fed[0], fed[2]], clock=lambda: NOW, policy=QUICK)
    assert Counter(each.event.type for each in made) == {Topic.DEAD_LETTER: 1, Topic.CLAIM_SCRUBBED: 2}
    (letter,) = events(engine, Topic.DEAD_LETTER)
    assert letter.data["error"] == (
        "claim-scrubbed of more than 8,372,224 bytes cannot be sent; split what it comes of"
    )
    assert all(len(each.body.encode()) <= MAX_EVENT_BYTES for each in made)


def test_a_message_that_is_no_event_is_listed_among_the_dead_letters(engine: Engine) -> None:
    for _ in range(2):
        bury_message(engine, SCRUBBER, "session-completed[0]@7", "is no event")
    with engine.connect() as connection:
        (row,) = dead_letter_rows(connection, EVERYTHING)
    assert (row["service"], row["error"]) == ("claim_scrubber", "message session-completed[0]@7: is no event")
