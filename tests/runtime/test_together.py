"""What comes together is done together: events of one topic, of one fold; and what nobody here reads is not kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

from sqlalchemy import Connection, LargeBinary, select, type_coerce

from claimloom.ledger.database import transaction
from claimloom.ledger.journal import kept_and_cold
from claimloom.ledger.migration import open_ledger
from claimloom.ledger.tables import journal
from claimloom.packing import unpack
from claimloom.runtime.append import project
from claimloom.runtime.kafka.line import Worker, WorkerLine
from claimloom.runtime.port import Health
from claimloom.settings import Broker, Settings
from claimloom.system import System
from claimloom.topology import Book, Received, Service, Written
from schemas.event import Event, derived_id
from schemas.topics import Topic
from tests.runtime.test_step import INTAKE, NOW, draft, visit

SINK = Service("sink", consumes=(Topic.CLAIM_BUILT, Topic.CLAIM_SCRUBBED, Topic.CLAIM_SUBMITTED))


def test_a_worker_takes_topics_one_after_the_other_each_in_its_order(tmp_path: Path) -> None:
    engine = open_ledger(f"sqlite:///{tmp_path}/claimloom.db")
    line = WorkerLine(SINK, engine, Broker("127.0.0.1:9", prefix="p."), Health(SINK.name))
    worker = Worker(line, None)  # type: ignore[arg-type]
    dealt = [(topic, place) for place in range(3) for topic in reversed(SINK.consumes)]
    messages = [SimpleNamespace(topic=f"p.{topic}", offset=place) for topic, place in dealt]
    found = [(each.topic, each.offset) for each in worker.by_topic(messages)]
    assert found == [(f"p.{topic}", place) for topic in SINK.consumes for place in range(3)]
    worker.thread.shutdown()
    engine.dispose()


def test_a_worker_takes_as_many_batches_in_one_as_its_service_says(tmp_path: Path) -> None:
    engine = open_ledger(f"sqlite:///{tmp_path}/claimloom.db")
    line = WorkerLine(replace(SINK, batches=8), engine, Broker("127.0.0.1:9"), Health(SINK.name), batch=200)
    assert line.most == 1600
    engine.dispose()


def test_a_fold_takes_a_run_of_all_its_topics_at_once(tmp_path: Path) -> None:
    runs: list[tuple[str, list[int]]] = []

    def shared(_connection: Connection, received: Sequence[Received]) -> None:
        runs.append(("shared", [each.place for each in received]))

    def alone(_connection: Connection, received: Sequence[Received]) -> None:
        runs.append(("alone", [each.place for each in received]))

    folds = {Topic.CLAIM_SCRUBBED: shared, Topic.CLAIM_SUBMITTED: shared, Topic.CLAIM_BUILT: alone}
    kinds = ("claim-scrubbed", "claim-submitted", "claim-scrubbed", "claim-built", "dead-letter", "claim-submitted")
    received = [
        Received(
            Event(
                id=derived_id(place),
                source="test",
                type=kind,
                subject="s",
                time=NOW,
                tenant="t",
                clinic="c",
                data={},
            ),
            place,
        )
        for place, kind in enumerate(kinds)
    ]
    engine = open_ledger(f"sqlite:///{tmp_path}/claimloom.db")
    with transaction(engine) as connection:
        project(connection, replace(SINK, keeps=(Book("book", (), folds),)), received)
    assert runs == [("shared", [0, 1, 2]), ("alone", [3]), ("shared", [5])]
    engine.dispose()


def test_an_intake_that_sends_what_it_reads_keeps_none_of_it_at_hand(tmp_path: Path) -> None:
    for sends in (False, True):
        system = System(Settings(tmp_path / str(sends)))
        sent: list[Written] = []
        system.publish = sent.extend if sends else None
        made = [draft(visit(session_id=f"S-{number}")) for number in range(3)]
        system._feed(INTAKE, lambda _connection, made=made: SimpleNamespace(drafts=made, problems=()))  # type: ignore[misc]
        assert len(sent) == (3 if sends else 0)
        with system.engine.connect() as connection:
            kept, _ = kept_and_cold(connection, [1, 2, 3])
        assert list(kept) == ([] if sends else [1, 2, 3])
        system.close()


def test_what_is_journalled_goes_to_the_topic_as_it_was_packed(tmp_path: Path) -> None:
    system = System(Settings(tmp_path))
    made = system.runtime.feed(INTAKE, lambda _: [draft(visit(session_id="S-1")), draft(visit(session_id="S-2"))]).new
    with system.engine.connect() as connection:
        stands = connection.scalars(select(type_coerce(journal.c.body, LargeBinary)).order_by(journal.c.seq)).all()
    assert [each.packed for each in made] == stands
    assert [unpack(each.packed).decode() for each in made] == [each.body for each in made]
    system.close()
