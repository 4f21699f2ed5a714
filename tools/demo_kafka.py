"""``make demo-kafka``: the demo by real workers over a real broker and database, with their lag while it runs."""

from __future__ import annotations

import argparse
import logging
import os
import re
import shutil
import subprocess
import tempfile
import urllib.request
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from rich.console import Console
from rich.live import Live
from rich.table import Table

from claimloom.cli.demo import print_played
from claimloom.cli.logs import log_to_stderr
from claimloom.demo import BUSINESS_DATE, play_on
from claimloom.ledger.database import open_engine
from claimloom.settings import Settings
from claimloom.system import System
from tools.cluster import Cluster
from tools.local import Broker, Postgres

LAG = re.compile(r"^claimloom_lag\{.*\} ([0-9.e+]+)$", re.MULTILINE)
HANDLED = re.compile(r"^claimloom_handled_total\{.*\} ([0-9.e+]+)$", re.MULTILINE)
notes = Console(stderr=True, highlight=False)


class Workers:
    """The demo's stage: a cluster, looked at while it works."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.folder = cluster.folder
        self.engine = open_engine(cluster.db)
        self.most: dict[str, int] = defaultdict(int)
        self.live = Live(console=notes, refresh_per_second=8, transient=True)

    def deliver(self, files: Mapping[str, bytes]) -> None:
        """Put files into inbound and wait, showing the lag."""
        for name, content in files.items():
            self.cluster.bring(name, content)
        with self.live:
            self.cluster.idle(300, on_look=lambda _: self.live.update(self.table()))

    def table(self) -> Table:
        """Each worker with what waits for it and what it has done."""
        table = Table("Worker", "Lag", "Most", "Handled", box=None, header_style="bold", pad_edge=False)
        for worker in self.cluster.workers:
            text = _metrics(worker.port)
            lag, handled = (sum(int(float(each)) for each in found.findall(text)) for found in (LAG, HANDLED))
            self.most[worker.service] = max(self.most[worker.service], lag)
            table.add_row(worker.service, str(lag), str(self.most[worker.service]), str(handled))
        return table


def _metrics(port: int) -> str:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=1) as answer:
            return answer.read().decode()
    except OSError:
        return ""


def dump(url: str, target: Path) -> None:
    """The database as text."""
    subprocess.run([str(Postgres.program("pg_dump")), "--file", str(target), url], check=True)


def main() -> None:
    """Start everything, play, print, end everything."""
    log_to_stderr(logging.CRITICAL)
    parser = argparse.ArgumentParser(prog="tools.demo_kafka", description=__doc__)
    parser.add_argument("--keep", type=Path, metavar="DIR", help="A new folder for what is made.")
    keep: Path | None = parser.parse_args().keep
    if keep and keep.exists():
        raise SystemExit(f"{keep}: is there already; name a new folder")
    os.umask(0o077)  # as the command line has it
    base = keep.absolute() if keep else Path(tempfile.mkdtemp(prefix="claimloom-demo-"))
    kafka, postgres = Broker(), Postgres()
    cluster = None
    try:
        with notes.status("starting a Kafka broker and PostgreSQL"):
            kafka.start()
            postgres.start()
        settings = {"CLAIMLOOM_AS_OF": BUSINESS_DATE.isoformat()}
        cluster = Cluster(base / "data", kafka.servers, postgres.new_database(), settings)
        with notes.status("making schema and topics, starting a worker for each service"):
            cluster.set_up().start_all()
        stage = Workers(cluster)
        played = play_on(stage, seed=7, visits=600)
        notes.print(stage.table())
        system = System(Settings(cluster.folder, db=cluster.db, as_of=BUSINESS_DATE))
        print_played(system, played)
        system.close()
        stage.engine.dispose()
    finally:
        if cluster:
            cluster.close()
        kafka.close()
        if cluster and keep:
            dump(cluster.db, base / "claimloom.sql")
            notes.print(f"kept in {keep}: files in data/, logs in data-logs/, the database as claimloom.sql")
        postgres.close()
        if not keep:
            shutil.rmtree(base, ignore_errors=True)


if __name__ == "__main__":
    main()
