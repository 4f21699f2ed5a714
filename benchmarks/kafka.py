"""``make bench-kafka``: workers over a real broker and database, beside what bare aiokafka does in the same run.

Everything (load, broker, database, workers) shares this machine's cores; that is said with the figures.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import statistics
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from sqlalchemy import func, select, text

from benchmarks.report import MORE, Report, Row
from claimloom.cli.logs import log_to_stderr
from claimloom.ledger.database import open_engine
from claimloom.ledger.tables import journal
from claimloom.packing import unpack
from claimloom.runtime.kafka.topics import topic_name
from claimloom.sandbox.visits import make_visits
from claimloom.settings import read_settings
from tools.cluster import Cluster
from tools.local import Broker, Postgres

TICK = os.sysconf("SC_CLK_TCK")
PAGE_MB = os.sysconf("SC_PAGE_SIZE") / 1e6
VISITS = 4000
DRIP_SECONDS = 0.25
# Of what is found: what is a rate, and what was asked for.
RATES = ("claims_per_s", "claims_per_s_per_core", "claims_per_s_per_busy_worker_core")
GIVEN = ("partitions", "load_claims_per_s", "seconds", "claims")


def sessions(count: int, seed: int) -> list[bytes]:
    """Lines of a sessions file; another seed, other visits."""
    made = (each.visit for each in make_visits(seed, count, date(2026, 11, 20)))
    return [json.dumps(visit | {"session_id": f"{visit['session_id']}-{seed}"}).encode() + b"\n" for visit in made]


async def yardstick(servers: str, bodies: list[bytes]) -> float:
    """Messages a second of the least that a durable worker must do: consume, produce acknowledged by all, commit."""
    admin = AIOKafkaAdminClient(bootstrap_servers=servers)
    await admin.start()
    await admin.create_topics([NewTopic("yard.in", 1, 1), NewTopic("yard.out", 1, 1)])
    await admin.close()
    producer = AIOKafkaProducer(bootstrap_servers=servers, acks="all", enable_idempotence=True, linger_ms=2)
    await producer.start()
    await asyncio.gather(*[await producer.send("yard.in", body) for body in bodies])
    consumer = AIOKafkaConsumer(
        "yard.in", bootstrap_servers=servers, group_id="yard", enable_auto_commit=False, auto_offset_reset="earliest"
    )
    await consumer.start()
    done, start = 0, time.perf_counter()
    while done < len(bodies):
        batches = await consumer.getmany(timeout_ms=1000, max_records=100)
        values = [message.value for some in batches.values() for message in some]
        await asyncio.gather(*[await producer.send("yard.out", value) for value in values])
        await consumer.commit()
        done += len(values)
    rate = done / (time.perf_counter() - start)
    await consumer.stop()
    await producer.stop()
    return rate


@contextmanager
def cluster(kafka: Broker, postgres: Postgres, partitions: int, batch: int) -> Iterator[Cluster]:
    """As many builders and scrubbers as partitions, one of each other service."""
    folder = Path(tempfile.mkdtemp(prefix="claimloom-bench-")) / "data"
    given = {"CLAIMLOOM_PARTITIONS": str(partitions), "CLAIMLOOM_BATCH": str(batch)}
    given |= {"CLAIMLOOM_PATIENCE_PERCENT": "100"}
    made = Cluster(folder, kafka.servers, postgres.new_database(), given).set_up()
    made.start_all({"claim_builder": partitions, "claim_scrubber": partitions})
    try:
        warm = sessions(200, 99)
        made.bring("warm.jsonl", b"".join(warm))
        made.idle(120)
        yield made
    finally:
        made.close()


def cpu_seconds(pids: list[int]) -> float:
    """Processor time of some processes."""
    total = 0.0
    for pid in pids:
        try:
            parts = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        total += (int(parts[11]) + int(parts[12]) + int(parts[13]) + int(parts[14])) / TICK
    return total


def memory_mb(pids: list[int]) -> float:
    """Resident memory of some processes."""
    return sum(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in pids) * PAGE_MB


def throughput(kafka: Broker, postgres: Postgres, partitions: int, batch: int) -> dict[str, Any]:
    """A file of visits, until every claim is built, scrubbed, in a file and in the follow-up queue."""
    with cluster(kafka, postgres, partitions, batch) as made:
        body = b"".join(sessions(VISITS, partitions))
        before = [cpu_seconds([worker.process.pid]) for worker in made.workers]
        broker_before = cpu_seconds([kafka.pid])
        start = time.perf_counter()
        made.bring("visits.jsonl", body)
        made.idle(600)
        seconds = time.perf_counter() - start
        broker = cpu_seconds([kafka.pid]) - broker_before
        by_service: defaultdict[str, float] = defaultdict(float)
        for worker, spent in zip(made.workers, before, strict=True):
            by_service[worker.service] += cpu_seconds([worker.process.pid]) - spent
        workers = sum(by_service.values())
        engine = open_engine(made.db)
        with engine.connect() as connection:
            size = connection.scalar(text("select pg_database_size(current_database())")) or 0
            events = connection.scalar(select(func.count()).select_from(journal)) or 0
        engine.dispose()
        return {
            "partitions": partitions,
            "claims_per_s": round(VISITS / seconds),
            "claims_per_s_per_core": round(VISITS / seconds / (os.cpu_count() or 1)),
            "claims_per_s_per_busy_worker_core": round(VISITS / workers),
            "worker_cpu_ms_per_claim": round(1000 * workers / VISITS, 2),
            "of_that_by_service": {name: round(1000 * each / VISITS, 2) for name, each in by_service.items()},
            "broker_cpu_ms_per_claim": round(1000 * broker / VISITS, 2),
            "database_kb_per_claim": round(size / 1024 / (VISITS + 200), 1),
            "events_per_claim": round(events / (VISITS + 200), 2),
        }


class Watch(threading.Thread):
    """Reads two topics and pairs each visit with its scrubbed claim, by the time the broker's messages carry."""

    def __init__(self, made: Cluster) -> None:
        super().__init__(daemon=True)
        broker = read_settings(None, made.environment).broker
        assert broker is not None
        self.broker = broker
        self.first: dict[str, int] = {}
        self.milliseconds: list[int] = []
        self.stopped = False

    def run(self) -> None:
        """In a loop of its own."""
        asyncio.run(self._watch())

    async def _watch(self) -> None:
        names = [topic_name(self.broker, each) for each in ("session-completed", "claim-scrubbed")]
        consumer = AIOKafkaConsumer(bootstrap_servers=self.broker.servers, auto_offset_reset="latest")
        await consumer.start()
        places = [TopicPartition(name, number) for name in names for number in range(self.broker.partitions)]
        consumer.assign(places)
        await consumer.seek_to_end(*places)
        ends: dict[str, int] = {}
        while not self.stopped:
            for place, messages in (await consumer.getmany(timeout_ms=200)).items():
                for message in messages:
                    trace = unpack(message.value).partition(b'"traceparent":"00-')[2][:32].decode()
                    (self.first if place.topic == names[0] else ends)[trace] = message.timestamp
            for trace in [each for each in ends if each in self.first]:
                self.milliseconds.append(ends.pop(trace) - self.first.pop(trace))
        await consumer.stop()


def again(line: bytes, lap: int) -> bytes:
    """The visit as another one of another patient, so that scrubbing it costs no more than the first did."""
    for name in (b"session_id", b"patient_id"):
        line = line.replace(b'"%s": "' % name, b'"%s": "%d-' % (name, lap))
    return line


def steady(
    kafka: Broker, postgres: Postgres, rate: float, seconds: float, batch: int, partitions: int = 2
) -> dict[str, Any]:
    """A steady load: latency of a claim, lag and memory while it lasts."""
    with cluster(kafka, postgres, partitions, batch) as made:
        watch = Watch(made)
        watch.start()
        time.sleep(2)
        pids = [worker.process.pid for worker in made.workers]
        count = max(1, round(rate * DRIP_SECONDS))
        lines = sessions(min(20_000, round(rate * seconds) + count), 1000 + partitions)
        memory: list[tuple[int, float]] = []
        waiting: list[int] = []
        first: dict[str, int] = {}
        last: dict[str, int] = {}
        engine = open_engine(made.db)
        start = time.perf_counter()
        turn = 0
        next_look = 10.0
        while (now := time.perf_counter() - start) < seconds:
            place = turn * count % len(lines)
            some = lines[place : place + count]
            lap = turn * count // len(lines)
            if lap:  # the same visits once more, of other patients: nobody has nine visits on one day
                some = [again(each, lap) for each in some]
            made.bring(f"drip-{turn:06d}.jsonl", b"".join(some))
            turn += 1
            if now > next_look:
                next_look += max(10.0, seconds / 20)
                memory.append((round(now), round(memory_mb(pids))))
                last = {f"{each.service} {each.number}": round(memory_mb([each.process.pid])) for each in made.workers}
                first = first or last
                waiting.append(sum(made.waiting(engine).values()))
            time.sleep(max(0.0, turn * DRIP_SECONDS - (time.perf_counter() - start)))
        made.idle(300)
        engine.dispose()
        time.sleep(1)
        watch.stopped = True
        watch.join(10)
        found = sorted(watch.milliseconds)
        quarters = [[mb for at, mb in memory if part <= at / seconds * 4 < part + 1] for part in range(4)]
        settled, end = (statistics.median(some or [0]) for some in (quarters[1], quarters[3]))
        quantiles = statistics.quantiles(found, n=100)
        return {
            "load_claims_per_s": round(turn * count / seconds),
            "seconds": seconds,
            "claims": len(found),
            "p50_ms": round(quantiles[49]),
            "p95_ms": round(quantiles[94]),
            "p99_ms": round(quantiles[98]),
            "max_ms": found[-1],
            "waiting_events_median": round(statistics.median(waiting or [0])),
            "waiting_events_most": max(waiting or [0]),
            "workers_mb_over_time": memory,
            "workers_mb_median_by_quarter": [statistics.median(some or [0]) for some in quarters],
            # What comes after the warming up of the first quarter; a leak would go on.
            "workers_growth_percent_second_to_last_quarter": round(100 * (end / settled - 1), 1) if settled else None,
            "each_worker_mb_first_and_last": {name: (first[name], last[name]) for name in last},
        }


def tell(report: Report, what: str, found: dict[str, Any], raw: float) -> None:
    """A row a figure, rates as shares of what bare aiokafka does; what is no single figure as JSON behind them."""
    for name, value in found.items():
        if not isinstance(value, int | float):
            sys.stdout.write(json.dumps({f"{what}, {name}": value}) + "\n")
        elif name in RATES:
            report.add(Row(f"{what}, {name}", value, "", value / raw, MORE))
        elif name not in GIVEN:
            report.plain(f"{what}, {name}", value, "")


def main() -> None:
    """Print a row a figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--soak-seconds", type=float, default=600)
    parser.add_argument("--latency-seconds", type=float, default=60)
    parser.add_argument("--batch", type=int, default=200)
    parser.add_argument("--keep", action="store_true", help="compare later runs with this one")
    parser.add_argument("--partitions", type=int, nargs="*", default=[1, 2, 4])
    given = parser.parse_args()
    log_to_stderr(logging.CRITICAL)
    kafka, postgres = Broker().start(), Postgres().start()

    report = Report()
    try:
        raw = asyncio.run(yardstick(kafka.servers, sessions(5000, 5) * 4))
        sys.stdout.write(f"{os.cpu_count()} cores; bare aiokafka, consume, produce and commit: {raw:,.0f} messages/s\n")
        rates = []
        for partitions in given.partitions:
            found = throughput(kafka, postgres, partitions, given.batch)
            rates.append(found["claims_per_s"])
            tell(report, f"{partitions} partitions", found, raw)
        half = max(rates) / 2
        tell(report, "half load", steady(kafka, postgres, half, given.latency_seconds, given.batch), raw)
        if given.soak_seconds:
            tell(report, "soak", steady(kafka, postgres, half, given.soak_seconds, given.batch), raw)
    finally:
        kafka.close()
        postgres.close()
    if given.keep:
        report.keep()


if __name__ == "__main__":
    main()
