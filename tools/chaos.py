"""``make chaos``: real workers, broker and database are killed, paused and confused; then everything must be as if not.

Each trial is seeded: the same seed picks the same victims and the same pauses. After it: no event lost, none doubled,
every claim once in a file, every cent accounted for, the export and the work list equal to those of an undisturbed run
in one process, and the tables rebuilt from the journal equal to what stands there.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from sqlalchemy import select

from claimloom.cli.logs import log_to_stderr
from claimloom.desk.decide import Decision
from claimloom.ledger.migration import open_ledger
from claimloom.ledger.tables import journal
from claimloom.runtime.kafka.connect import connection_arguments
from claimloom.runtime.kafka.publisher import Publisher
from claimloom.runtime.kafka.topics import topic_name
from claimloom.runtime.patience import Patience
from claimloom.settings import Broker as Address
from claimloom.settings import Settings, read_settings
from claimloom.system import System
from claimloom.topology import Written
from schemas.event import Event, Topic
from services.topology import topology
from tests.fuzz.messages import refused
from tests.runtime import contract
from tools.answers_first import in_order, out_of_order
from tools.cluster import CONSUMERS, Cluster, Worker
from tools.local import Broker, Postgres
from tools.restoring import restore
from tools.small_disk import SmallDisk
from tools.zygote import DIES, Forked

VISITS: Final = 60
DELIVERY_SECONDS: Final = 240


@dataclass
class Trial:
    """One run of the whole way under a disturbance."""

    cluster: Cluster
    kafka: Broker
    postgres: Postgres
    chance: random.Random
    pause_seconds: float
    disturbance: Callable[[Trial], bool | None]
    """False: it passed this time over."""
    times: int
    told: Callable[[str, Decision], None] | None = None  # None: as tests/runtime/contract.py does
    folder: Path = field(init=False)
    done: int = 0
    restarted: int = 0
    spoiled: int = 0

    def __post_init__(self) -> None:
        self.folder = self.cluster.folder
        self.engine = open_ledger(self.cluster.db, self.folder / "chain.key")

    def deliver(self, files: Mapping[str, bytes]) -> None:
        """Put files into inbound, disturb, and wait until nothing is left to do."""
        for name, content in files.items():
            self.cluster.bring(name, content)
        for _ in range(self.times):
            time.sleep(self.chance.uniform(0.0, 1.5))
            self.supervise()
            self.done += self.disturbance(self) is not False
        self.cluster.idle(DELIVERY_SECONDS, on_look=lambda _: self.supervise())

    def supervise(self) -> None:
        """Start again what ended, as an orchestrator does."""
        for worker in [each for each in self.cluster.workers if each.process.poll() is not None]:
            self.cluster.workers.remove(worker)
            self.cluster.start(worker.service, **{name: was for name, was in worker.settings.items() if name != DIES})
            self.restarted += 1


def kill_worker(trial: Trial) -> None:
    """kill -9 of any worker; it is started again at once."""
    worker = trial.chance.choice(trial.cluster.workers)
    trial.cluster.kill(worker)
    trial.cluster.start(worker.service, **worker.settings)


def join_and_leave(trial: Trial) -> None:
    """A second and third worker of a service come, one of them goes by SIGTERM or by kill -9: the group rebalances."""
    cluster, service = trial.cluster, trial.chance.choice(CONSUMERS)
    mine = [each for each in cluster.workers if each.service == service]
    if len(mine) < 3:
        cluster.start(service)
    if len(mine) > 1:
        worker = trial.chance.choice(mine)
        if trial.chance.random() < 0.5:
            cluster.kill(worker)
        else:
            cluster.end(worker)


def broker_restart(trial: Trial) -> None:
    """The broker stops and comes back."""
    trial.kafka.stop()
    time.sleep(trial.chance.uniform(0.2, 2.0))
    trial.kafka.start()


def broker_pause(trial: Trial) -> None:
    """The broker holds its connections and answers nothing for a while."""
    trial.kafka.pause()
    time.sleep(trial.pause_seconds)
    trial.kafka.resume()


def database_kill(trial: Trial) -> None:
    """kill -9 of the whole PostgreSQL server; it recovers from its log."""
    trial.postgres.kill()
    time.sleep(trial.chance.uniform(0.1, 2.0))
    trial.postgres.start()


def everything_twice(trial: Trial) -> None:
    """Every event there is goes onto its topic once more."""
    settings = read_settings(None, trial.cluster.environment)
    with trial.engine.connect() as connection:
        bodies = connection.scalars(select(journal.c.body).order_by(journal.c.seq)).all()
    events = [Written(Event.model_validate_json(body), body) for body in bodies]

    async def send() -> None:
        assert settings.broker is not None
        publisher = Publisher(settings.broker, "again")
        await publisher.send(events)
        await publisher.close()

    asyncio.run(send())


def from_the_beginning(trial: Trial) -> None:
    """All workers stop, their groups go back to the earliest offset, all start again."""
    begin_again(trial.cluster, stop_all(trial.cluster))


def stop_all(cluster: Cluster) -> list[Worker]:
    """End all workers, by SIGTERM; gives what they were."""
    stopped = list(cluster.workers)
    for worker in stopped:
        cluster.end(worker)
    return stopped


def begin_again(cluster: Cluster, stopped: Sequence[Worker]) -> None:
    """Start workers whose groups begin at the earliest offset."""
    settings = read_settings(None, cluster.environment)
    assert settings.broker is not None
    # Members with a static name leave by their timeout.
    time.sleep(Patience().percent(settings.patience_percent).session + 1)
    asyncio.run(_rewind(settings.broker))
    for worker in stopped:
        cluster.start(worker.service, **worker.settings)


async def _rewind(broker: Address) -> None:
    for service in topology(Settings(Path())):
        if not service.consumes:
            continue
        consumer = AIOKafkaConsumer(
            **connection_arguments(broker), group_id=topic_name(broker, service.name), enable_auto_commit=False
        )
        await consumer.start()
        places = [
            TopicPartition(topic_name(broker, topic), number)
            for topic in service.consumes
            for number in range(broker.partitions)
        ]
        consumer.assign(places)
        await consumer.commit(dict.fromkeys(places, 0))
        await consumer.stop()


def spoiled(trial: Trial) -> None:
    """On every topic what no worker can take: bytes of anything, and envelopes with one field spoiled."""
    settings = read_settings(None, trial.cluster.environment)
    assert settings.broker is not None
    broker = settings.broker

    async def send() -> int:
        producer = AIOKafkaProducer(**connection_arguments(broker))
        await producer.start()
        sent = [
            await producer.send(topic_name(broker, topic), value, partition=trial.chance.randrange(broker.partitions))
            for topic in Topic
            for value in trial.chance.sample(refused(topic), 12)
        ]
        await asyncio.gather(*sent)
        await producer.stop()
        return len(sent)

    trial.spoiled += asyncio.run(send())


def clock_jump(trial: Trial) -> None:
    """The workers' clock stands days, or a month, before or behind what it was."""
    day = trial.chance.choice(["2026-11-19", "2026-11-28", "2026-12-02", "2026-11-20"])
    for worker in list(trial.cluster.workers):
        trial.cluster.kill(worker)
        trial.cluster.start(worker.service, **(worker.settings | {"CLAIMLOOM_AS_OF": day}))


def disk_full(trial: Trial) -> None:
    """No byte more fits into the data folder for a while."""
    filler = trial.folder / "filler"
    if trial.folder.is_mount():
        with filler.open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(b"0" * 4096)
            except OSError:
                pass
        time.sleep(trial.chance.uniform(1.0, 3.0))
        filler.unlink()
        return
    # Not allowed to mount a small disk here: writing fails for another reason.
    outbound, aside = trial.folder / ".outbound", trial.folder / ".outbound-aside"
    if outbound.exists():
        outbound.rename(aside)
    outbound.write_text("in the way")
    time.sleep(trial.chance.uniform(1.0, 3.0))
    outbound.unlink()
    if aside.exists():
        aside.rename(outbound)


def dies_before_sending(trial: Trial) -> None:
    """A worker dies between the ledger's commit and the broker, at the first time it sends or a little later; whoever
    comes next has to send what it made, and may die of it too.
    """
    worker = trial.chance.choice(trial.cluster.workers)
    trial.cluster.kill(worker)
    trial.cluster.start(worker.service, **(worker.settings | {DIES: str(trial.chance.choice([0, 0, 1, 3]))}))


def told_by_many(trial: Trial, work: str, decision: Decision) -> None:
    """One decision, told by the command line of several processes at once with one key, some of them ended by kill -9
    at any moment; told again to the end. Where it is a taking, somebody else comes too late.
    """
    cluster = trial.cluster
    words = ["decide", decision.kind, work, "--key", decision.key]
    words += ["--reason", decision.reason] if decision.reason else []
    words += [word for name, value in decision.fields.items() for word in ("--with", f"{name}={value}")]
    log = cluster.folder.with_name(f"{cluster.folder.name}-decide.log")

    def told(actor: str, *more: str) -> Forked:
        return cluster.zygote.start([*words, *more], cluster.environment | {"CLAIMLOOM_USER": actor}, log)

    for _ in range(3):
        first, *others = [told(decision.actor) for _ in range(3)]
        time.sleep(trial.chance.uniform(0.0, 0.4))
        first.kill()
        first.wait()
        assert [each.wait() for each in others] == [0, 0], log.read_text()
        kill_worker(trial)
        trial.done += 2
    if decision.kind == "take":
        assert told("ben", "--key", "of another").wait() == 2, log.read_text()


def anything(trial: Trial) -> None:
    """One of the others, by chance."""
    trial.chance.choice(
        [
            *(kill_worker, kill_worker, join_and_leave, broker_restart, database_kill, everything_twice),
            dies_before_sending,
        ]
    )(trial)


DISTURBANCES: Final[dict[str, tuple[Callable[[Trial], bool | None], int]]] = {
    "kill_worker": (kill_worker, 8),
    "join_and_leave": (join_and_leave, 6),
    "broker_restart": (broker_restart, 2),
    "broker_pause": (broker_pause, 1),
    "database_kill": (database_kill, 3),
    "everything_twice": (everything_twice, 2),
    "from_the_beginning": (from_the_beginning, 1),
    "clock_jump": (clock_jump, 1),
    "disk_full": (disk_full, 2),
    "relay": (dies_before_sending, 6),
    "decisions": (kill_worker, 2),
    "spoiled": (spoiled, 2),
    "restore": (restore, 1),
    "answers_first": (kill_worker, 4),
    "anything": (anything, 4),
}
ALONE: Final = "disk_full_embedded"


def undisturbed(folder: Path) -> dict[str, Any]:
    """What the whole way gives in one process, with nothing in its way."""
    system = System(Settings(folder, as_of=contract.DAY))

    class InProcess:
        engine = system.engine

        def __init__(self) -> None:
            self.folder = folder

        def deliver(self, files: Mapping[str, bytes]) -> None:
            for name, content in files.items():
                (folder / "inbound" / name).write_bytes(content)
            system.run_until_idle()

    runtime = InProcess()
    contract.whole_way(runtime, contract.visits(VISITS))
    found = looked_at(runtime)
    system.close()
    return found


def looked_at(runtime: contract.Runtime) -> dict[str, Any]:
    """Everything that must be the same."""
    way = ("session-completed", "claim-built", "claim-scrubbed", "claim-submitted")
    contract.conserved(runtime.engine)
    return {
        "export": contract.export(runtime.engine),
        "totals": contract.totals(runtime.engine),
        "work list": contract.worklist(runtime.engine),
        "events": contract.events_by_type(runtime.engine),
        "event ids": contract.ids(runtime.engine, *way),
        "dead letters": contract.dead(runtime.engine),
        "claims in files": contract.claims_in_files(runtime.folder),
    }


def whatever_the_clock(found: Mapping[str, Any]) -> dict[str, Any]:
    """Due dates, and the days on which something was done, follow the clock; what the money is does not."""
    days = {"submitted_on", "last_answer_on"}
    export = [{name: value for name, value in row.items() if name not in days} for row in found["export"]]
    work = sorted((number, kind, cents) for number, kind, _, cents in found["work list"])
    return {**found, "export": export, "work list": work}


def run(
    name: str,
    seed: int,
    kafka: Broker,
    postgres: Postgres,
    expected: Mapping[str, Any],
    *,
    pause_seconds: float = 30.0,
    patience_percent: int = 100,
) -> dict[str, Any]:
    """One trial; AssertionError with what differs."""
    if name == ALONE:
        return _on_a_small_disk(seed, expected)
    disturbance, times = DISTURBANCES[name]
    base = Path(tempfile.mkdtemp(prefix=f"claimloom-{name}-"))
    data = base / "data"
    data.mkdir()
    mounted = name == "disk_full" and os.geteuid() == 0 and _mount(data)
    settings = {"CLAIMLOOM_AS_OF": "2026-11-20", "CLAIMLOOM_PATIENCE_PERCENT": str(patience_percent)}
    cluster = Cluster(data, kafka.servers, postgres.new_database(), settings)
    start = time.monotonic()
    try:
        cluster.set_up()
        trial = Trial(cluster, kafka, postgres, random.Random(seed), pause_seconds, disturbance, times)
        if name == "decisions":
            trial.told = partial(told_by_many, trial)
        cluster.start_all({"claim_builder": 2, "claim_scrubber": 2})
        if name == "answers_first":
            visits = contract.lines(contract.visits(VISITS))
            out_of_order(trial, visits, *in_order(base / "in-order", visits))
        else:
            as_undisturbed(name, trial, expected)
        contract.replayed_equal(data, cluster.db)
        trial.engine.dispose()
        return {
            "name": name,
            "seed": seed,
            "disturbed": trial.done,
            "ended by themselves": trial.restarted,
            "seconds": round(time.monotonic() - start),
        }
    finally:
        cluster.close()
        if mounted:
            subprocess.run(["umount", "-l", str(data)], check=False)


def as_undisturbed(name: str, trial: Trial, expected: Mapping[str, Any]) -> None:
    """The whole way under the disturbance."""
    _compared(trial, expected, {"clock_jump": whatever_the_clock, "spoiled": _without_letters(trial)}.get(name, dict))


def _compared(
    runtime: contract.Runtime, expected: Mapping[str, Any], less: Callable[[Mapping[str, Any]], dict[str, Any]]
) -> None:
    payer = contract.whole_way(runtime, contract.visits(VISITS))
    found, wanted = less(looked_at(runtime)), less(expected)
    differ = [key for key in wanted if found[key] != wanted[key]]
    assert differ == [], {key: (found[key], wanted[key]) for key in differ}
    assert set(found["claims in files"].values()) == {1}
    grade = contract.graded(runtime, payer, contract.visits(VISITS))
    assert grade["disagree"] == [], grade


def _without_letters(trial: Trial) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """Without the letters of spoiled messages, of which there is one for each that was sent."""

    def less(found: Mapping[str, Any]) -> dict[str, Any]:
        letters = [each for each in found["dead letters"] if not each[1].startswith("message ")]
        mine = len(found["dead letters"]) - len(letters)
        assert mine in (0, trial.spoiled), (mine, trial.spoiled)
        events = {**found["events"], "dead-letter": found["events"]["dead-letter"] - mine}
        return {**found, "dead letters": letters, "events": events}

    return less


def _on_a_small_disk(seed: int, expected: Mapping[str, Any]) -> dict[str, Any]:
    folder = Path(tempfile.mkdtemp(prefix=f"claimloom-{ALONE}-"))
    start = time.monotonic()
    if not _mount(folder, "24m"):
        raise RuntimeError(f"{ALONE}: a small disk can be mounted by root alone")
    try:
        runtime = SmallDisk(folder, seed, 3, {"CLAIMLOOM_AS_OF": contract.DAY.isoformat()})
        _compared(runtime, expected, dict)
        runtime.engine.dispose()
        contract.replayed_equal(folder, "")
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=False)
    return {
        "name": ALONE,
        "seed": seed,
        "disturbed": runtime.done,
        "ended by themselves": runtime.ended,
        "seconds": round(time.monotonic() - start),
    }


def _mount(folder: Path, size: str = "4m") -> bool:
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "claimloom", str(folder)]
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


def main() -> None:
    """Run trials and print a line each; exit 1 at the first that fails."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=[], help=", ".join([*DISTURBANCES, ALONE]))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--pause-seconds", type=float, default=30.0)
    given = parser.parse_args()
    log_to_stderr(logging.CRITICAL)
    expected = undisturbed(Path(tempfile.mkdtemp(prefix="claimloom-undisturbed-")))
    kafka, postgres = Broker().start(), Postgres().start()
    try:
        for name in given.names or [*DISTURBANCES, ALONE]:
            for seed in range(given.first_seed, given.first_seed + given.seeds):
                done = run(name, seed, kafka, postgres, expected, pause_seconds=given.pause_seconds)
                sys.stdout.write(json.dumps(done) + "\n")
                sys.stdout.flush()
    finally:
        kafka.close()
        postgres.close()


if __name__ == "__main__":
    main()
