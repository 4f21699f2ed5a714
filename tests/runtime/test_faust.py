"""What Faust loses in its stock form on this very broker, and that our form loses nothing in the same situation."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import faust
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.cluster import ClusterMetadata
from faust.assignor import PartitionAssignor
from sqlalchemy import Engine, func, select

from claimloom.ledger.migration import open_ledger
from claimloom.ledger.tables import inbox, journal
from claimloom.packing import pack, unpack
from claimloom.runtime.feed import feed
from claimloom.runtime.kafka.assignor import assignor
from claimloom.runtime.kafka.publisher import Publisher
from claimloom.runtime.kafka.topics import create_topics, topic_name
from claimloom.runtime.patience import Patience
from claimloom.settings import Broker, read_settings
from claimloom.topology import Written
from schemas.event import Event
from schemas.session import Session
from services.session_intake.service import SERVICE as INTAKE
from services.session_intake.service import draft
from tests.sessions import visit
from tools.cluster import Cluster
from tools.local import free_port

SERVICE = "line_of_test"


def wait_for(what: Callable[[], bool], seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.05)


# ---- stock Faust -----------------------------------------------------------------------------------------------------


async def put(servers: str, topic: str, values: Sequence[bytes]) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=servers)
    await admin.start()
    await admin.create_topics([NewTopic(topic, 1, 1)])
    await admin.close()
    producer = AIOKafkaProducer(bootstrap_servers=servers)
    await producer.start()
    for value in values:
        await producer.send_and_wait(topic, value)
    await producer.stop()


def run_stock(servers: str, topic: str, folder: Path, form: str, until: Callable[[set[bytes]], bool]) -> set[bytes]:
    """Run it until what it handled is as awaited, or it ends; then SIGTERM; what was handled so far."""
    command = [sys.executable, "-m", "tests.runtime.stock_faust", servers, topic, str(folder), form]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    handled: set[bytes] = set()
    end = time.monotonic() + 25
    while time.monotonic() < end and process.poll() is None and not until(handled):
        time.sleep(0.1)
        if (folder / "handled").exists():
            handled = set((folder / "handled").read_bytes().split())
    time.sleep(1.0)  # for its commit
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    return handled


@pytest.mark.long  # of the library alone: why there is a line of our own
@pytest.mark.parametrize(
    ("form", "values", "lost"),
    [
        ("one_by_one", [b"bad", b"v1", b"v2"], {b"bad"}),
        ("take", [b"v1", b"bad", b"v2"], {b"v1", b"bad", b"v2"}),
        ("head_unacked", [b"bad", b"v1", b"v2"], {b"bad"}),
    ],
)
def test_stock_faust_loses(kafka: str, tmp_path: Path, form: str, values: list[bytes], lost: set[bytes]) -> None:
    """If this fails with a new version of Faust, it has been mended there: look whether our form may be simpler.

    Its commit races with its crash, so what one run loses the next may not: five runs, and one that loses is enough.
    """
    seen = []
    for trial in range(5):
        topic = f"stock-{form}-{os.getpid()}-{time.time_ns()}"
        folder = tmp_path / str(trial)
        folder.mkdir()
        asyncio.run(put(kafka, topic, values))
        run_stock(kafka, topic, folder, form, lambda handled: handled >= set(values) - lost and bool(handled))
        (folder / "mended").touch()
        asyncio.run(put_more(kafka, topic))
        handled = run_stock(kafka, topic, folder, form, lambda handled: b"last" in handled)
        assert b"last" in handled
        seen.append(set(values) - handled)
        if seen[-1] == lost:
            return
    pytest.fail(f"nothing like {lost} was lost: {seen}")


@pytest.mark.parametrize(("assignor", "given"), [(PartitionAssignor, 0), (assignor(4), 8)])
def test_a_topic_that_the_broker_does_not_tell_of_yet_is_shared_out(assignor: Any, given: int) -> None:
    """Stock Faust gives such a topic to nobody, and nobody asks again: see ``_AsDeclared``."""
    app = faust.App("assigns", broker="kafka://127.0.0.1:1", store="memory://", PartitionAssignor=assignor)
    members = {name: app.assignor.metadata({"one", "two"}) for name in ("a", "b")}
    answer = app.assignor.assign(ClusterMetadata(), members)
    shared = [(topic, each) for mine in answer.values() for topic, some in mine.assignment for each in some]
    assert len(shared) == len(set(shared)) == given


async def put_more(servers: str, topic: str) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=servers)
    await producer.start()
    await producer.send_and_wait(topic, b"last")
    await producer.stop()


# ---- our form --------------------------------------------------------------------------------------------------------


class Ours:
    """Topics, a ledger, and processes of ``line_of_test``."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        settings = read_settings(None, cluster.environment)
        assert settings.broker is not None
        self.broker: Broker = settings.broker
        self.engine: Engine = open_ledger(cluster.db, settings.chain_key)
        self.processes: list[subprocess.Popen[bytes]] = []

    def written(self, sessions: Sequence[Session]) -> list[Written]:
        return feed(self.engine, INTAKE, lambda _: [draft(each) for each in sessions]).new

    def put(self, sessions: Sequence[Session]) -> list[Event]:
        written = self.written(sessions)
        self.publish(written)
        return [each.event for each in written]

    def publish(self, events: Sequence[Written]) -> None:
        async def send() -> None:
            publisher = Publisher(self.broker, "test")
            await publisher.send(events)
            await publisher.close()

        asyncio.run(send())

    def start(self, name: str = "a", **settings: str) -> subprocess.Popen[bytes]:
        port = free_port()
        environment = self.cluster.environment | {"CLAIMLOOM_PORT": str(port), "CLAIMLOOM_INSTANCE": name} | settings
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.runtime.line_of_test"], env=environment, stderr=subprocess.DEVNULL
        )
        self.processes.append(process)
        return process

    def consumed(self) -> int:
        with self.engine.connect() as connection:
            return connection.scalar(select(func.count()).select_from(inbox)) or 0

    def outputs(self) -> int:
        query = select(func.count()).select_from(journal).where(journal.c.type == "claim-scrubbed")
        with self.engine.connect() as connection:
            return connection.scalar(query) or 0

    async def read(self, topic: str) -> list[bytes]:
        """Everything that lies on a topic."""
        consumer = AIOKafkaConsumer(bootstrap_servers=self.broker.servers)
        await consumer.start()
        name = topic_name(self.broker, topic)
        places = [TopicPartition(name, number) for number in range(self.broker.partitions)]
        consumer.assign(places)
        await consumer.seek_to_beginning(*places)
        ends = await consumer.end_offsets(places)
        found: list[bytes] = []
        while len(found) < sum(ends.values()):
            for some in (await consumer.getmany(timeout_ms=500)).values():
                found += [unpack(message.value) for message in some]
        await consumer.stop()
        return found

    def close(self) -> None:
        for process in self.processes:
            process.kill()
            process.wait()
        self.engine.dispose()


@pytest.fixture
def ours(cluster: Cluster) -> Iterator[Ours]:
    made = Ours(cluster)
    yield made
    made.close()


def sessions(count: int, patients: int = 5, prefix: str = "S") -> list[Session]:
    plain = visit()
    return [
        plain.model_copy(
            update={
                "session_id": f"{prefix}-{number:05d}",
                "patient": plain.patient.model_copy(update={"patient_id": f"P-{number % patients}"}),
            }
        )
        for number in range(count)
    ]


def ids_of(bodies: Sequence[bytes]) -> Counter[str]:
    return Counter(str(Event.model_validate_json(body).id) for body in bodies)


def test_a_handler_that_raises_costs_one_dead_letter_and_nothing_else(ours: Ours) -> None:
    ours.put(sessions(50))
    ours.start(BAD="P-3")
    wait_for(lambda: ours.consumed() == 50)
    assert ours.outputs() == 40
    wait_for(lambda: len(asyncio.run(ours.read("dead-letter"))) == 10)
    assert len(asyncio.run(ours.read("claim-scrubbed"))) == 40


def test_sigterm_in_mid_batch_finishes_it_and_commits_it(ours: Ours) -> None:
    ours.put(sessions(60))
    first = ours.start(BATCH_SECONDS="2", CLAIMLOOM_BATCH="20", CLAIMLOOM_PARTITIONS="4")
    wait_for(lambda: ours.consumed() >= 20)
    time.sleep(0.5)  # in the middle of the second batch
    first.send_signal(signal.SIGTERM)
    assert first.wait(30) == 0
    done = ours.consumed()
    assert 20 <= done < 60
    ours.start(name="b")
    wait_for(lambda: ours.consumed() == 60)
    time.sleep(1.0)
    # Committed as acknowledged: the second worker was given nothing that the first had finished, so nothing went twice.
    assert set(ids_of(asyncio.run(ours.read("claim-scrubbed"))).values()) == {1}
    assert ours.outputs() == 60


def test_killed_between_commit_and_sending_it_sends_what_it_had_made(ours: Ours, tmp_path: Path) -> None:
    ours.put(sessions(30))
    first = ours.start(DIE=str(tmp_path / "died"))
    assert first.wait(40) == 9
    made = ours.outputs()
    assert made > 0
    assert asyncio.run(ours.read("claim-scrubbed")) == []
    ours.start(DIE=str(tmp_path / "died"))
    wait_for(lambda: ours.consumed() == 30)
    wait_for(lambda: len(ids_of(asyncio.run(ours.read("claim-scrubbed")))) == 30)
    assert ours.outputs() == 30


def put_messages(ours: Ours, values: Sequence[bytes]) -> None:
    """What another program sends, as it stands."""

    async def send() -> None:
        producer = AIOKafkaProducer(bootstrap_servers=ours.broker.servers)
        await producer.start()
        for value in values:
            await producer.send_and_wait(topic_name(ours.broker, "session-completed"), value, key=b"k")
        await producer.stop()

    asyncio.run(send())


def test_what_is_no_event_is_a_dead_letter_with_its_place(ours: Ours) -> None:
    put_messages(ours, [b"\xff\xfe nothing", b'{"a": 1}', b"", b"[]"])
    ours.put(sessions(10))
    ours.start()
    wait_for(lambda: ours.outputs() == 10)
    wait_for(lambda: len(asyncio.run(ours.read("dead-letter"))) == 4)
    errors = [Event.model_validate_json(each).data["error"] for each in asyncio.run(ours.read("dead-letter"))]
    assert all(re.fullmatch(r"message .*session-completed\[\d\]@\d+: is no event; .*", each) for each in errors), errors


def test_a_packed_event_of_another_program_is_looked_at_like_any_other(ours: Ours) -> None:
    """By its envelope alone it looks like one of us wrote it; what it says is none, or is no JSON at all."""
    good = sessions(1, prefix="X")[0].model_dump_json()

    def stranger(number: int, data: str) -> bytes:
        whose = {"subject": "k", "tenant": "demo", "clinic": "c", "time": datetime.now(UTC)}
        event = Event(id=UUID(int=number), source="another", type="session-completed", data={}, **whose)  # type: ignore[arg-type]
        return pack(event.model_dump_json().replace('"data":{}', f'"data":{data}').encode())

    put_messages(ours, [stranger(1, '{"tenant": "DOE"}'), stranger(2, '{"tenant": '), stranger(3, good)])
    ours.put(sessions(10))
    ours.start()
    wait_for(lambda: ours.outputs() == 11)
    wait_for(lambda: len(asyncio.run(ours.read("dead-letter"))) == 2)
    errors = sorted(Event.model_validate_json(each).data["error"] for each in asyncio.run(ours.read("dead-letter")))
    assert re.fullmatch(r"message .*session-completed\[\d\]@\d+: is no event; .*", errors[0]), errors
    assert "missing" in errors[1]
    assert "DOE" not in "".join(errors)


def listening(pid: int) -> set[int]:
    """Ports that a process listens on."""
    own = {str(path.readlink()) for path in Path(f"/proc/{pid}/fd").iterdir() if path.is_symlink()}
    found = set()
    for table in ("tcp", "tcp6"):
        for row in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            parts = row.split()
            if parts[3] == "0A" and f"socket:[{parts[9]}]" in own:
                found.add(int(parts[1].rpartition(":")[2], 16))
    return found


def test_nothing_listens_but_the_port_of_our_own(ours: Ours) -> None:
    ours.put(sessions(1))
    port = free_port()
    process = ours.start(CLAIMLOOM_PORT=str(port))
    wait_for(lambda: ours.consumed() == 1)
    assert listening(process.pid) == {port}


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [
        ("CLAIMLOOM_PARTITIONS", "7", "has 4 partitions, CLAIMLOOM_PARTITIONS says 7"),
        pytest.param(
            *("CLAIMLOOM_RETENTION_DAYS", "3", "retention.ms=1209600000, declared is 259200000: kafka-configs --alter"),
            marks=pytest.mark.long,
        ),
        pytest.param("CLAIMLOOM_MIN_INSYNC", "2", "min.insync.replicas=1, declared is 2", marks=pytest.mark.long),
        pytest.param(
            "CLAIMLOOM_REPLICATION", "3", "has 1 replicas, CLAIMLOOM_REPLICATION says 3", marks=pytest.mark.long
        ),
        ("CLAIMLOOM_TOPIC_PREFIX", "nowhere.", "topic nowhere.session-completed is missing: claimloom topics create"),
    ],
)
def test_a_worker_refuses_topics_that_differ(cluster: Cluster, setting: str, value: str, said: str) -> None:
    changed = replace(cluster, settings={**cluster.settings, setting: value}, zygote=cluster.zygote)
    for command in (("worker", "claim_builder"), ("topics", "check")):
        done = changed.claimloom(*command, check=False)
        output = " ".join((done.stderr + done.stdout).split())
        assert said in output, output
        assert done.returncode == (2 if command[0] == "worker" else 1)
        assert "Traceback" not in output
        if command[0] == "worker":
            last = json.loads(done.stderr.strip().splitlines()[-1])
            assert (last["event"], last["level"]) == ("cannot run", "error")


def test_a_worker_refuses_a_schema_of_another_version(kafka: str, database: str, tmp_path: Path) -> None:
    made = Cluster(tmp_path / "data", kafka, database)
    broker = read_settings(None, made.environment).broker
    assert broker is not None
    asyncio.run(create_topics(broker))
    done = made.claimloom("worker", "claim_builder", check=False)
    made.close()
    assert done.returncode == 2
    assert "claimloom db upgrade" in done.stderr


@pytest.mark.process
@pytest.mark.parametrize(
    ("instance", "session", "least"),
    [
        ("", 10.0, 0.0),
        ("builder-0", 1.0, 1.0),
        pytest.param("builder-0", Patience().session, Patience().session, marks=pytest.mark.long),
    ],
    ids=["any", "static", "static at work"],
)
def test_a_worker_that_stood_still_comes_back_as_a_new_member(instance: str, session: float, least: float) -> None:
    """A static member that was back within its session would be given what it had: nothing, again and again."""
    code = f"from claimloom.runtime.kafka.line import end_now; end_now({instance!r}, {session})"
    start = time.monotonic()
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 1
    assert time.monotonic() - start > least
