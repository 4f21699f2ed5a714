"""Order per key through rebalances; slow and poison keys stop nobody else; a long queue costs no memory."""

from __future__ import annotations

import asyncio
import json
import random
import signal
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer
from sqlalchemy import select

from claimloom.ledger.tables import inbox, journal
from claimloom.runtime.kafka.topics import topic_name
from tests.runtime.test_faust import Ours, sessions, wait_for
from tools.cluster import Cluster


@pytest.fixture
def ours(cluster: Cluster) -> Iterator[Ours]:
    made = Ours(cluster)
    yield made
    made.close()


@pytest.mark.long
def test_order_of_a_patient_holds_while_workers_come_and_go(ours: Ours) -> None:
    """Two, three, one: joining by start, leaving by SIGTERM and by kill -9."""
    chance = random.Random(4)
    count, patients = 2000, 40
    sent = sessions(count, patients)
    ours.put(sent[: count // 2])
    slow = {"BATCH_SECONDS": "0.3", "CLAIMLOOM_BATCH": "25"}
    workers = [ours.start(name="", **slow) for _ in range(2)]
    wait_for(lambda: ours.consumed() > 50)
    workers.append(ours.start(name="", **slow))
    ours.put(sent[count // 2 :])
    for number in (signal.SIGKILL, signal.SIGTERM):
        time.sleep(chance.uniform(1.0, 3.0))
        leaving = workers.pop(chance.randrange(len(workers)))
        leaving.send_signal(number)
        leaving.wait(40)
    ours.start(name="", CLAIMLOOM_BATCH="100")
    wait_for(lambda: ours.consumed() == count, 90)
    by_patient: dict[str, list[str]] = defaultdict(list)
    query = select(journal.c.body).where(journal.c.type == "claim-scrubbed").order_by(journal.c.seq)
    with ours.engine.connect() as connection:
        for body in connection.scalars(query):
            event = json.loads(body)
            by_patient[event["subject"]].append(event["data"]["patient_control_number"])
    expected: dict[str, list[str]] = defaultdict(list)
    for each in sent:
        expected[each.patient.patient_id].append(each.session_id)
    assert by_patient == expected


def test_slow_and_poison_patients_stop_nobody_else(ours: Ours) -> None:
    """The slow one's partition waits for it; those of other workers go on. The poison one costs its tries, no more."""
    events = ours.put(sessions(400, 40))
    for name in ("", ""):
        ours.start(name=name, SLOW="P-7", SLOW_SECONDS="2.0", BAD="P-9", CLAIMLOOM_BATCH="5")
    slow = {str(event.id) for event in events if event.subject == "P-7"}

    def done() -> set[str]:
        with ours.engine.connect() as connection:
            return set(connection.scalars(select(journal.c.id).join(inbox, inbox.c.place == journal.c.seq)))

    wait_for(lambda: len(done() - slow) > 200, 60)
    # Half of all is done, the poison among it, while most of the slow patient's ten (20 s of work) still wait.
    assert len(slow - done()) >= 5
    bad = {str(event.id) for event in events if event.subject == "P-9"}
    wait_for(lambda: bad <= done(), 90)


def resident_mb(pid: int) -> float:
    (line,) = [row for row in Path(f"/proc/{pid}/status").read_text().splitlines() if row.startswith("VmRSS")]
    return int(line.split()[1]) / 1024


@pytest.mark.long
def test_a_hundred_thousand_events_waiting_cost_no_memory(ours: Ours) -> None:
    """They wait on the topic: a worker takes as much as it can handle and stops fetching."""
    (one,) = ours.put(sessions(1))
    body = one.model_dump_json().encode()

    async def send() -> None:
        producer = AIOKafkaProducer(bootstrap_servers=ours.broker.servers, linger_ms=20, max_batch_size=512 * 1024)
        await producer.start()
        name = topic_name(ours.broker, "session-completed")
        for start in range(0, 100_000, 2000):
            numbers = range(start, start + 2000)
            keyed = [(b"%d" % number, body.replace(b"S-00000", b"S-%06d" % number)) for number in numbers]
            await asyncio.gather(*[await producer.send(name, value, key=key) for key, value in keyed])
        await producer.stop()

    asyncio.run(send())
    worker = ours.start(BATCH_SECONDS="0.5", CLAIMLOOM_BATCH="50")
    wait_for(lambda: ours.consumed() > 0)
    time.sleep(3)
    early = resident_mb(worker.pid)
    time.sleep(9)
    late = resident_mb(worker.pid)
    assert ours.consumed() < 50_000
    assert late - early < 30, (early, late)
    # All of it would be far more than this: the bodies alone.
    assert late < len(body) * 100_000 / 1e6, (early, late, len(body))
