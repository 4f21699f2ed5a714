"""``make bench``: speeds of one core, each beside a yardstick of the same run. A benchmark, never a test."""

from __future__ import annotations

import gc
import json
import logging
import os
import platform
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from claimloom.billing.build import build_claim
from claimloom.billing.units import Treatment, derive_units
from claimloom.cli.logs import log_to_stderr
from claimloom.payers import Payers
from claimloom.runtime.process import settle
from claimloom.sandbox.payer import Payer
from claimloom.sandbox.visits import make_visits
from claimloom.scrub import scrub
from claimloom.scrub.case import Case
from claimloom.settings import Settings
from claimloom.system import System
from claimloom.x12.nouns.read_835 import Remittance, read_835
from schemas.session import Session
from schemas.values import UnitRule

PAYERS = Payers()

DAY = date(2026, 11, 20)
CLAIM_ID = UUID(int=1)
ROUNDS = 3


def best(work: Callable[[], Any]) -> float:
    """Seconds of the fastest of a few rounds: the one least disturbed by other work on the machine."""
    found = []
    for _ in range(ROUNDS):
        gc.collect()
        start = time.perf_counter()
        work()
        found.append(time.perf_counter() - start)
    return min(found)


def split_and_keep(data: bytes) -> list[list[str]]:
    """The yardstick: the least that any reader in Python has to do."""
    return [segment.split("*") for segment in data.decode("latin-1").split("~")]


def remittance_file(claims: int) -> bytes:
    """An 835 of the sandbox payer with about this many claims."""
    with tempfile.TemporaryDirectory() as folder:
        system = System(Settings(Path(folder), as_of=DAY, claims_per_file=5000, batch=5000))
        fill(system, claims)
        system.run_until_idle()
        payer = Payer(7, DAY)
        sent = sorted((Path(folder) / "outbound").iterdir())
        files = [payer.answer(path.read_text(encoding="ascii")) for path in sent]
        system.close()
    return max((data for some in files for name, data in some.items() if name.startswith("835")), key=len)


def fill(system: System, visits: int) -> None:
    """Put visits into a data folder."""
    lines = "".join(json.dumps(each.visit) + "\n" for each in make_visits(7, visits, DAY))
    (system.settings.data / "inbound" / "visits.jsonl").write_text(lines, encoding="utf-8")


def build_and_scrub(sessions: list[bytes]) -> None:
    """Session text to scrubbed claim, as the services do it, without a database."""
    for line in sessions:
        session = Session.model_validate_json(line)
        coverage = session.coverages[0]
        payer = PAYERS.config(coverage.payer_id, coverage.payer_class, session.date_of_service)
        claim = build_claim(session, payer, claim_id=CLAIM_ID)
        scrub(Case(claim, session, payer, DAY)).model_dump_json()


def typed_and_balanced(data: bytes) -> int:
    """Read an 835 and look at every balance; returns the claims read."""
    return sum(len(each.claims) for each in read_835(data) if isinstance(each, Remittance))


def end_to_end(visits: int) -> tuple[float, int]:
    """Seconds and claims of a durable run from a sessions file to written 837P files, on disk."""
    with tempfile.TemporaryDirectory() as folder:
        system = System(Settings(Path(folder), as_of=DAY))
        fill(system, visits)
        start = time.perf_counter()
        system.run_until_idle()
        seconds = time.perf_counter() - start
        system.close()
    return seconds, visits


def main() -> None:
    """Print the table, or JSON with ``--json``."""
    log_to_stderr(logging.CRITICAL)
    settle()
    sys.stderr.write("benchmark runs for about a minute\n")
    pairs = [("97110", 23), ("97140", 15), ("97530", 38)]
    services = [Treatment(code, minutes) for code, minutes in pairs]
    days = 3000
    units_rate = days * 6 / best(lambda: [derive_units(services, UnitRule.CMS_8MIN) for _ in range(days)])
    sessions = [json.dumps(each.visit).encode() for each in make_visits(7, 1000, DAY)]
    claims_rate = len(sessions) / best(lambda: build_and_scrub(sessions))
    sample = remittance_file(4000)
    megabytes = len(sample) / 1e6
    yardstick = megabytes / best(lambda: split_and_keep(sample))
    typed = megabytes / best(lambda: typed_and_balanced(sample))
    seconds, visits = min(end_to_end(1500) for _ in range(ROUNDS))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    rows = {
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "split_and_keep_mb_per_s": round(yardstick, 1),
        "units_per_s": round(units_rate),
        "claims_built_and_scrubbed_per_s": round(claims_rate),
        "claims_durable_end_to_end_per_s": round(visits / seconds),
        "read_835_mb_per_s": round(typed, 1),
        "read_835_share_of_yardstick": round(typed / yardstick, 3),
        "claims_scrubbed_per_yardstick_mb": round(claims_rate / yardstick, 1),
        "peak_memory_mb": round(memory),
    }
    if "--json" in sys.argv:
        sys.stdout.write(json.dumps(rows) + "\n")
        return
    for name, value in rows.items():
        sys.stdout.write(f"{name.replace('_', ' '):36} {value}\n")


if __name__ == "__main__":
    main()
