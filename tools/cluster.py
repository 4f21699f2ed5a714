"""All services as real worker processes over a real broker and database: for tests, the demo and benchmarks."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from sqlalchemy import Engine, func, select

from claimloom.aside import LOCK
from claimloom.folder import ASIDE
from claimloom.ledger.database import open_engine
from claimloom.ledger.migration import migrate
from claimloom.ledger.tables import inbox, journal, outbox
from claimloom.runtime.kafka.topics import create_topics
from claimloom.settings import Settings, read_settings
from services.topology import topology
from tools.local import free_port
from tools.zygote import Forked, Zygote

SERVICES: Final = tuple(service.name for service in topology(Settings(Path())))
# Workers of tests wait for others less long than those at work; what is proved is order, not length.
HURRY_PERCENT: Final = 50
CONSUMERS: Final = tuple(service.name for service in topology(Settings(Path())) if service.consumes)


@dataclass
class Worker:
    """A process, the port of its health, and its log."""

    service: str
    number: int
    process: Forked
    port: int
    log: Path
    settings: dict[str, str] = field(default_factory=dict)


@dataclass
class Cluster:
    """Workers over one broker, one database and one data folder."""

    folder: Path
    kafka: str
    db: str
    settings: Mapping[str, str] = field(default_factory=dict)
    workers: list[Worker] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    zygote: Zygote = field(default_factory=Zygote)

    @property
    def environment(self) -> dict[str, str]:
        """What every command of this cluster runs with."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("CLAIMLOOM_")}
        return kept | {
            "CLAIMLOOM_DATA": str(self.folder),
            "CLAIMLOOM_DB": self.db,
            "CLAIMLOOM_KAFKA": self.kafka,
            "CLAIMLOOM_TOPIC_PREFIX": f"t{abs(hash(str(self.folder))) % 10**8}.",
            "CLAIMLOOM_FILE_MILLISECONDS": "300",
            "CLAIMLOOM_PORT": str(free_port()),  # of a worker that is started as a command
            "CLAIMLOOM_QUIET_MILLISECONDS": "1",  # what is brought is whole
            "CLAIMLOOM_PATIENCE_PERCENT": str(HURRY_PERCENT),
            **self.settings,
        }

    def claimloom(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a command of the command line."""
        command = [sys.executable, "-m", "claimloom", *arguments]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=180, check=False)
        if check and done.returncode not in (0, 1):
            raise RuntimeError(f"{' '.join(arguments)}: exit {done.returncode}: {done.stderr}")
        return done

    def set_up(self) -> Cluster:
        """Schema and topics."""
        settings = read_settings(None, self.environment)
        assert settings.broker is not None
        engine = open_engine(self.db)
        migrate(engine)
        engine.dispose()
        asyncio.run(create_topics(settings.broker))
        return self

    def start(self, service: str, **settings: str) -> Worker:
        """Start one more worker of a service."""
        number = self.counts[service] = self.counts.get(service, 0) + 1
        port = free_port()
        logs = self.folder.with_name(f"{self.folder.name}-logs")
        logs.mkdir(parents=True, exist_ok=True)
        log = logs / f"{service}-{number}.log"
        environment = self.environment | {"CLAIMLOOM_PORT": str(port)} | settings
        process = self.zygote.start(["worker", service], environment, log)
        worker = Worker(service, number, process, port, log, settings)
        self.workers.append(worker)
        return worker

    def start_all(self, per_service: Mapping[str, int] | None = None) -> Cluster:
        """One worker of every service, or as many as said. Restarted ones take up their place by a static name."""
        for service in SERVICES:
            for number in range((per_service or {}).get(service, 1)):
                self.start(service, CLAIMLOOM_INSTANCE=f"{service}-{number}")
        return self

    def kill(self, worker: Worker) -> None:
        """kill -9."""
        worker.process.kill()
        worker.process.wait()
        self.workers.remove(worker)

    def end(self, worker: Worker) -> int:
        """SIGTERM; returns the exit code."""
        worker.process.send_signal(signal.SIGTERM)
        try:
            code = worker.process.wait(60)
        except subprocess.TimeoutExpired:
            worker.process.kill()
            code = worker.process.wait()
        self.workers.remove(worker)
        return code

    def close(self) -> None:
        """End all workers."""
        for worker in self.workers:
            worker.process.kill()
        for worker in self.workers:
            worker.process.wait()
        self.workers.clear()
        self.zygote.close()

    def waiting(self, engine: Engine) -> dict[str, int]:
        """By service: events of the journal that it has not consumed."""
        found = {}
        with engine.connect() as connection:
            by_type = dict(connection.execute(select(journal.c.type, func.count()).group_by(journal.c.type)).all())
            done = dict(connection.execute(select(inbox.c.service, func.count()).group_by(inbox.c.service)).all())
            for service in topology(Settings(self.folder)):
                if service.consumes:
                    found[service.name] = sum(by_type.get(each, 0) for each in service.consumes) - done.get(
                        service.name, 0
                    )
            pending = select(func.count()).select_from(outbox).where(outbox.c.state == "pending")
            found["files"] = connection.scalar(pending) or 0
        folders = (self.folder / "inbound", self.folder / ASIDE)  # a file that is being read is not read yet
        lying = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
        found["inbound"] = len([path for path in lying if not path.name.startswith(LOCK)])
        return found

    def idle(self, seconds: float = 120, on_look: object = None) -> None:
        """Wait until nothing is left to do anywhere; RuntimeError with what is left if it takes too long."""
        engine = open_engine(self.db)
        end = time.monotonic() + seconds
        try:
            while True:
                began = time.monotonic()
                try:
                    left = {name: count for name, count in self.waiting(engine).items() if count}
                except Exception as error:  # noqa: BLE001 - the database may be away for a while
                    left = {"database": 1, type(error).__name__: 1}
                if callable(on_look):
                    on_look(left)
                if not left:
                    return
                if time.monotonic() > end:
                    raise RuntimeError(f"not idle after {seconds} s: {left}")
                dead = [worker for worker in self.workers if worker.process.poll() not in (None, 0)]
                if dead:
                    raise RuntimeError(f"{dead[0].service} ended: {dead[0].log.read_text()[-3000:]}")
                time.sleep(max(0.2, 20 * (time.monotonic() - began)))  # looking must not be what the database does
        finally:
            engine.dispose()

    def bring(self, name: str, content: bytes) -> None:
        """Put a file into inbound, whole at once."""
        inbound = self.folder / "inbound"
        inbound.mkdir(parents=True, exist_ok=True)
        half = inbound / f".{name}.part"
        half.write_bytes(content)
        half.replace(inbound / name)
