"""``make bench``: figures of one core, each beside a yardstick of the same minute and beside the last kept run.

``--keep`` writes ``last.json`` anew, ``--large`` adds what takes tens of minutes, ``--only`` runs some parts. A
benchmark, never a test.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import platform
import sys
from collections.abc import Callable
from typing import Final
from uuid import UUID

from benchmarks import ledger, start, x12
from benchmarks.report import Report, best, compared_with, yardstick
from benchmarks.way import DAY
from claimloom.billing.build import build_claim
from claimloom.billing.units import Treatment, derive_units
from claimloom.cli.logs import log_to_stderr
from claimloom.payers import Payers
from claimloom.runtime.process import settle
from claimloom.sandbox.visits import make_visits
from claimloom.scrub import scrub
from claimloom.scrub.case import Case
from schemas.session import Session
from schemas.values import UnitRule

PAYERS: Final = Payers()
CLAIM_ID: Final = UUID(int=1)
VISITS: Final = 1000
UNIT_DAYS: Final = 3000


def build_and_scrub(sessions: list[bytes]) -> None:
    """Session text to scrubbed claim, as the services do it, without a database."""
    for line in sessions:
        session = Session.model_validate_json(line)
        coverage = session.coverages[0]
        payer = PAYERS.config(coverage.payer_id, coverage.payer_class, session.date_of_service)
        claim = build_claim(session, payer, claim_id=CLAIM_ID)
        scrub(Case(claim, session, payer, DAY)).model_dump_json()


def domain(report: Report) -> None:
    """What needs no database."""
    services = [Treatment(code, minutes) for code, minutes in (("97110", 23), ("97140", 15), ("97530", 38))]
    yard = yardstick()
    seconds = best(lambda: [derive_units(services, UnitRule.CMS_8MIN) for _ in range(UNIT_DAYS)])
    report.cost("minutes to units", seconds / UNIT_DAYS * 1e6, "us a day", yard)
    sessions = [json.dumps(each.visit).encode() for each in make_visits(7, VISITS, DAY)]
    seconds = best(lambda: build_and_scrub(sessions))
    report.cost("session built and scrubbed", seconds / VISITS * 1e6, "us a claim", yard)


def main() -> None:
    """Print a row a figure, or JSON Lines with ``--json``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="a line of JSON a figure")
    parser.add_argument("--keep", action="store_true", help="compare later runs with this one")
    parser.add_argument("--large", action="store_true", help="also 50,000 claims in an 835, and a ledger of 100,000")
    parser.add_argument("--only", nargs="*", default=[], choices=["domain", "x12", "start", "ledger"])
    given = parser.parse_args()
    log_to_stderr(logging.CRITICAL)
    settle()
    report = Report(as_json=given.json)
    said = (
        f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, Python {platform.python_version()}; {compared_with()}"
    )
    sys.stderr.write(f"{said}\n")
    parts: dict[str, Callable[[Report], None]] = {
        "domain": domain,
        "x12": x12.measure,
        "start": start.measure,
        "ledger": lambda report: ledger.measure(report, large=given.large),
    }
    for name, part in parts.items():
        if not given.only or name in given.only:
            part(report)
    if given.keep:
        report.keep()


if __name__ == "__main__":
    main()
