"""Workers as they are called for at night: something away when they start or stop, wrong settings, topics that go."""

from __future__ import annotations

import asyncio
import json
import signal
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import (
    KafkaConnectionError,
    NodeNotReadyError,
    RequestTimedOutError,
    TopicAuthorizationFailedError,
)
from sqlalchemy import func, select

from claimloom.errors import PlainError
from claimloom.ledger.database import open_engine
from claimloom.ledger.tables import inbox
from claimloom.runtime.kafka import connect
from claimloom.runtime.kafka.connect import (
    BrokerAwayError,
    RefusedError,
    addresses,
    admin_of,
    connection_arguments,
)
from claimloom.runtime.kafka.publisher import Publisher
from claimloom.runtime.kafka.topics import check_topics, create_topics, topic_name
from claimloom.runtime.patience import Patience
from claimloom.runtime.port import Health, serve
from claimloom.settings import Broker, Settings
from claimloom.system import System
from claimloom.topology import Written
from schemas.event import Event, derived_id
from tests.runtime.test_faust import Ours, sessions, wait_for
from tests.sessions import visit
from tools.cluster import Cluster, Worker
from tools.local import Broker as Server
from tools.local import Postgres, free_port

NOBODY = "127.0.0.1:9"


def get(port: int, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError as error:
        return 0, str(error)


def consumed(url: str) -> int:
    engine = open_engine(url)
    with engine.connect() as connection:
        found = connection.scalar(select(func.count()).select_from(inbox)) or 0
    engine.dispose()
    return found


def said(worker: Worker) -> list[dict[str, str]]:
    return [json.loads(line) for line in worker.log.read_text().splitlines()]


# ---- settings --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("servers", [",", "kafka", "kafka:", ":9092", "kafka:http", "kafka:0", "kafka:99999"])
def test_a_server_that_is_no_address_is_one_line(servers: str) -> None:
    with pytest.raises(PlainError, match=r"^CLAIMLOOM_KAFKA: '.*' is no HOST:PORT; several are divided by commas$"):
        connection_arguments(Broker(servers))


def test_servers_are_taken_as_people_write_them() -> None:
    assert addresses(Broker("a:1, b:2,,[::1]:9092,")) == ["a:1", "b:2", "[::1]:9092"]


def test_a_number_that_is_no_port_is_one_line() -> None:
    with pytest.raises(PlainError, match=r"^port 70000 of 127\.0\.0\.1: no port; 1 to 65535 are; set CLAIMLOOM_PORT"):
        serve("127.0.0.1", 70000, Health("x"))


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    """A database server of our own, since it is stopped."""
    made = Postgres().start()
    yield made
    made.close()


def test_a_database_that_is_not_there_ends_the_worker_and_says_so(kafka: str, database: str, tmp_path: Path) -> None:
    """The server answers: waiting would change nothing."""
    cluster = Cluster(tmp_path / "data", kafka, f"{database}_not")
    done = cluster.claimloom("worker", "claim_builder", check=False)
    cluster.close()
    assert done.returncode == 2
    assert json.loads(done.stderr.splitlines()[-1])["reason"] == (
        "the database, or its user, does not exist; see CLAIMLOOM_DB"
    )


@pytest.mark.long
def test_a_worker_without_the_keys_of_its_ledger_refuses_to_run(kafka: str, database: str, tmp_path: Path) -> None:
    """It would give up on every sealed event, and put a file's patients on a topic in the open."""
    keys = {"CLAIMLOOM_MASTER_KEY": "2026-11:" + "A" * 43 + "="}
    sealed = Cluster(tmp_path / "data", kafka, database, keys).set_up()
    with psycopg.connect(database) as connection:
        connection.execute("insert into tenant_keys values ('demo', 'k', '2026-11', '', 'current')")
    for settings in ({}, {"CLAIMLOOM_MASTER_KEY": "2025-01:" + "A" * 43 + "="}):
        for service in ("claim_builder", "session_intake"):
            done = replace(sealed, settings=settings).claimloom("worker", service, check=False)
            assert done.returncode == 2, done.stderr
            reason = json.loads(done.stderr.splitlines()[-1])["reason"]
            assert reason == "payloads are sealed and master key 2026-11 is not in CLAIMLOOM_MASTER_KEY_FILE"
    sealed.close()


# ---- something is away -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("away", ["database", "broker"])
def test_a_worker_that_waits_at_its_start_is_alive_and_obeys(
    kafka: str, database: str, tmp_path: Path, away: str
) -> None:
    """As first process of a container it has no signal handler but its own."""
    cluster = Cluster(tmp_path / "data", kafka, database).set_up()
    other = {"CLAIMLOOM_KAFKA": NOBODY} if away == "broker" else {"CLAIMLOOM_DB": f"postgresql://a@{NOBODY}/b"}
    worker = cluster.start("claim_builder", **other)
    try:
        wait_for(lambda: get(worker.port, "/readyz")[0] == 503)
        wait_for(lambda: worker.log.exists() and worker.log.read_text().count(f"{away} away, waiting") >= 3)
        alive = get(worker.port, "/healthz")
        assert alive[0] == 200
        assert float(alive[1].split()[2]) < 8  # it came round since it began to wait
        assert cluster.end(worker) == 0
    finally:
        cluster.close()


@pytest.mark.long
def test_told_to_stop_while_the_database_is_away_a_worker_ends_at_once(
    kafka: str, server: Postgres, tmp_path: Path
) -> None:
    cluster = Cluster(tmp_path / "data", kafka, server.new_database()).set_up()
    ours = Ours(cluster)
    try:
        port = free_port()
        process = ours.start(CLAIMLOOM_PORT=str(port))
        made = ours.put(sessions(5))
        wait_for(lambda: ours.consumed() == len(made))
        more = ours.written(sessions(5, prefix="T"))
        server.stop()
        ours.publish(more)
        wait_for(lambda: get(port, "/readyz") == (503, "waiting for database\n"))
        assert get(port, "/healthz")[0] == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    finally:
        server.start()
    ours.start(name="b")
    wait_for(lambda: ours.consumed() == 10)
    ours.close()
    cluster.close()


@pytest.mark.long
def test_an_idle_worker_tells_that_the_broker_is_away(database: str, tmp_path: Path) -> None:
    broker = Server().start()
    cluster = Cluster(tmp_path / "data", broker.servers, database, {"CLAIMLOOM_AS_OF": "2026-11-20"}).set_up()
    try:
        builder, intake = cluster.start("claim_builder"), cluster.start("session_intake")
        first, second = (each.model_dump_json().encode() for each in sessions(2))
        cluster.bring("first.jsonl", first)
        wait_for(lambda: consumed(database) == 1)  # both are at work, not on their way to it
        wait_for(lambda: [get(each.port, "/readyz")[0] for each in (builder, intake)] == [200, 200])
        broker.pause()
        wait_for(lambda: get(builder.port, "/readyz") == (503, "waiting for broker\n"), 60)
        assert get(builder.port, "/healthz")[0] == 200
        broker.resume()
        wait_for(lambda: get(builder.port, "/readyz")[0] == 200, 60)
        # With nothing left of it, both still end when they are told to.
        cluster.bring("visits.jsonl", second)
        broker.stop(signal.SIGKILL)
        wait_for(lambda: get(intake.port, "/readyz") == (503, "waiting for broker\n"), 60)
        assert get(intake.port, "/healthz")[0] == 200
        began = time.monotonic()
        assert [cluster.end(intake), cluster.end(builder)] == [0, 0]
        assert time.monotonic() - began < Patience().stop + 15
        assert [path.name for path in (tmp_path / "data" / "inbound").iterdir()] == ["visits.jsonl"]
    finally:
        cluster.close()
        broker.close()


@pytest.mark.long
@pytest.mark.server
async def test_who_sends_while_the_broker_is_away_asks_for_it_now_and_then(
    caplog: pytest.LogCaptureFixture,
) -> None:
    server = Server().start()
    settings = Broker(server.servers, prefix="away.")
    await create_topics(settings)
    publisher = Publisher(settings, "test")
    event = Event(
        id=derived_id("away"),
        source="test",
        type="session-completed",
        subject="P-1",
        time=datetime(2026, 11, 20, tzinfo=UTC),
        tenant="t",
        clinic="c",
        data={},
    )
    one = Written(event, event.model_dump_json())
    await publisher.send([one])
    server.stop()
    with caplog.at_level("ERROR", "aiokafka"):
        sending = asyncio.create_task(publisher.send([one] * 20))
        await asyncio.sleep(1)
        assert publisher._producer is not None
        publisher._producer.client.cluster._partitions.clear()  # as a broker leaves it that had just come back
        await asyncio.sleep(3)
    asked = sum("Unable to update metadata" in each.getMessage() for each in caplog.records)
    server.start()
    await asyncio.wait_for(sending, 60)
    await publisher.close()
    server.close()
    assert 0 < asked < 60


# ---- topics ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def ours(cluster: Cluster) -> Iterator[Ours]:
    made = Ours(cluster)
    yield made
    made.close()


async def delete(broker: Broker, topics: Sequence[str]) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=broker.servers)
    await admin.start()
    await admin.delete_topics([topic_name(broker, each) for each in topics])
    await admin.close()


@pytest.mark.long
def test_topics_deleted_and_made_again_while_a_worker_runs(ours: Ours) -> None:
    ours.put(sessions(40))
    process = ours.start(name="")
    wait_for(lambda: ours.consumed() == 40)
    time.sleep(1)
    asyncio.run(delete(ours.broker, ["session-completed", "claim-scrubbed"]))
    time.sleep(3)
    asyncio.run(create_topics(ours.broker))
    ours.put(sessions(20, prefix="T"))  # fewer than there were: their offsets are all below what was committed
    end = time.monotonic() + 150
    while ours.consumed() < 60:
        assert time.monotonic() < end, process.poll()
        if process.poll() is not None:  # it found that it stood still; an orchestrator starts it again
            process = ours.start(name="")
        time.sleep(0.2)
    wait_for(lambda: len(asyncio.run(ours.read("claim-scrubbed"))) >= 20)


def test_large_and_keyless_messages_are_taken(ours: Ours) -> None:
    """The largest event that a step makes comes through; a message without a key, or of no time at all, is no fault."""
    plain = sessions(3)
    large = plain[0].model_copy(update={"referral_number": "9" * (8 * 1024 * 1024 - 32 * 1024)})
    some = ours.written([large, *plain[1:]])

    async def send() -> None:
        producer = AIOKafkaProducer(bootstrap_servers=ours.broker.servers)
        await producer.start()
        name = topic_name(ours.broker, "session-completed")
        await producer.send_and_wait(name, some[1].body.encode(), timestamp_ms=0)
        await producer.send_and_wait(name, some[2].body.encode(), timestamp_ms=4_000_000_000_000)
        await producer.stop()

    asyncio.run(send())
    ours.publish(some[:1])
    ours.start()
    wait_for(lambda: ours.outputs() == 3)


def test_the_broker_sets_the_time_of_a_message(ours: Ours) -> None:
    """By the time of a sender whose clock is weeks behind it would be older than the retention at once."""

    async def stamped(said: int) -> int:
        name = topic_name(ours.broker, "dead-letter")
        producer = AIOKafkaProducer(bootstrap_servers=ours.broker.servers)
        await producer.start()
        where = await producer.send_and_wait(name, b"x", timestamp_ms=said)
        await producer.stop()
        consumer = AIOKafkaConsumer(bootstrap_servers=ours.broker.servers)
        await consumer.start()
        place = TopicPartition(name, where.partition)
        consumer.assign([place])
        consumer.seek(place, where.offset)
        message = await consumer.getone()
        await consumer.stop()
        return int(message.timestamp)

    async def both() -> tuple[int, int]:
        return await stamped(1_000), await stamped(4_000_000_000_000)

    # The broker's clock may be another than ours; it is one for both.
    first, second = asyncio.run(both())
    assert 0 <= second - first < 60_000


@pytest.mark.long
def test_lag_of_partitions_that_went_to_another_worker_is_told_there_alone(ours: Ours) -> None:
    ours.put(sessions(8))
    ports = [free_port(), free_port()]

    def told(port: int) -> set[str]:
        lines = get(port, "/metrics")[1].splitlines()
        return {line.partition("}")[0] for line in lines if line.startswith("claimloom_lag{")}

    ours.start(name="", CLAIMLOOM_PORT=str(ports[0]))
    wait_for(lambda: len(told(ports[0])) == 4)
    ours.start(name="", CLAIMLOOM_PORT=str(ports[1]))
    wait_for(lambda: len(told(ports[0])) == len(told(ports[1])) == 2, 60)
    assert not told(ports[0]) & told(ports[1])


# ---- files -----------------------------------------------------------------------------------------------------------


def test_a_file_that_gives_a_fault_stops_no_other(cluster: Cluster) -> None:
    """PostgreSQL takes no zero byte in a text, so the step fails at any try."""
    good = (Path(__file__).parents[2] / "edi_samples/835/835_example.edi").read_bytes()
    system = System(Settings(cluster.folder, db=cluster.db))
    (cluster.folder / "inbound" / "first.jsonl").write_text(visit().model_dump_json() + "\n")
    system.run_until_idle()  # an answer waits for the first visit
    system.close()
    cluster.bring("a.edi", good.replace(b"EFT20261125A", b"EFT\x0020261125A"))
    cluster.bring("b.edi", good)
    worker = cluster.start("remittance_intake")
    rejected = cluster.folder / "rejected"
    wait_for((cluster.folder / "archive" / "b.edi").exists)
    assert worker.process.poll() is None
    assert {path.name for path in rejected.iterdir()} == {"a.edi", "a.edi.reason.txt"}
    assert "cannot be read: DataError in " in (rejected / "a.edi.reason.txt").read_text()


@pytest.mark.server
@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (NodeNotReadyError(), BrokerAwayError),
        (KafkaConnectionError(), BrokerAwayError),
        (RequestTimedOutError(), BrokerAwayError),
        (TopicAuthorizationFailedError(), RefusedError),
    ],
)
async def test_what_a_client_raises_in_the_middle_says_whether_waiting_helps(
    kafka: str, error: Exception, kind: type[PlainError]
) -> None:
    """A broker that answered and then stands still is away, as one that never answered; one that says no is not."""
    with pytest.raises(kind):
        async with admin_of(Broker(kafka)):
            raise error


@pytest.mark.server
async def test_a_broker_that_is_paused_while_it_is_asked_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server().start()
    broker = Broker(server.servers)
    try:
        await create_topics(broker)
        monkeypatch.setattr(connect, "ADMIN_SECONDS", 2)
        async with admin_of(broker) as admin:
            assert await admin.list_topics()
        with pytest.raises(BrokerAwayError, match="cannot be reached"):
            async with admin_of(broker) as admin:
                server.pause()
                while True:  # a connection that idled may answer nothing only at the second asking
                    await admin.list_topics()
        server.resume()
        assert await check_topics(broker) == []
    finally:
        server.close()
