"""What people ask of a large ledger: pages, finding, totals, gauges; processor time beside a yardstick of the same run.

A ledger of 2,000 visits is played through the product and multiplied in SQL, under other ids and numbers, up to
``--claims`` (200,000; 1,000,000 wants some minutes and gigabytes). SQLite, or with ``--postgres`` a server of our own.
Then some new visits go the whole way in it, and the same ones in an empty ledger. Processor time of this process: on
PostgreSQL the server's own is not in it, so wall time stands beside it.
"""

from __future__ import annotations

import argparse
import logging
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Table, create_engine, text

from benchmarks.report import LESS, Report, Row, yardstick
from benchmarks.way import DAY, play
from claimloom.cli.logs import log_to_stderr
from claimloom.ledger.books import FOLDED
from claimloom.ledger.database import open_engine, open_reader
from claimloom.ledger.gauges import measure
from claimloom.ledger.migration import migrate
from claimloom.ledger.tables import inbox, journal
from claimloom.ledger.views.claims import claim_page, find_claim, rows_of, search_claims
from claimloom.ledger.views.scope import EVERYTHING, Page, Scope, Wanted
from claimloom.ledger.views.story import events_of
from claimloom.ledger.views.totals import summary, sums
from claimloom.ledger.views.worklist import work_page, work_total
from claimloom.settings import Settings
from claimloom.system import System

PLAYED = 2000
ROUNDS = 5
PAGES = 100
NEW = 600
# Columns that tell one row from another: in a copy they get the copy's number, and places lie behind the last one.
IDS = ("id", "claim_id", "event_id", "payment_id")
PLACES = ("seq", "place", "claim", "about", "work", "outcome", "remittance", "caused_by")
NUMBERS = (
    *("patient_control_number", "number", "session_id", "visit", "patient_id", "payer_claim_control_number"),
    *("trace_number", "batch_id", "replaced_by"),
)


def multiply(engine: Engine, times: int) -> None:
    """Every row as often as said: rows under other ids and numbers, sums by so much more.

    Copy after copy of the whole, so that what a page shows lies all over the tables, as it would in years of work.
    """
    tables = [*FOLDED, inbox, journal]
    plain = create_engine(engine.url, isolation_level="AUTOCOMMIT")  # as fast as it goes, and without a time limit
    with plain.connect() as connection:
        if plain.dialect.name == "sqlite":
            for pragma in ("journal_mode = off", "synchronous = off", "cache_size = -4000000"):
                connection.execute(text(f"pragma {pragma}"))
        for index in (each for table in tables for each in table.indexes):
            index.drop(connection)
        step = int(connection.scalar(text("select max(seq) from journal")) or 0)
        for table in tables:
            copy(connection, table, times, step)
        for index in (each for table in tables for each in table.indexes):
            index.create(connection)
        # What was copied is done: else each service would look at it again.
        connection.execute(text("update positions set seq = (select max(seq) from journal)"))
        if plain.dialect.name == "postgresql":
            drawn = "select setval(pg_get_serial_sequence('journal', 'seq'), max(seq)) from journal"
            connection.execute(text(drawn))
            connection.execute(text("vacuum analyze"))
    plain.dispose()


def copy(connection: Connection, table: Table, times: int, step: int) -> None:
    """The rows of one table."""
    keys = {column.name for column in table.primary_key}
    if table.name.endswith("totals"):
        values = [column.name for column in table.columns if column.name not in keys]
        more = ", ".join(f"{name} = {name} * {times}" for name in values)
        connection.execute(text(f"update {table.name} set {more}"))
        return
    if table.name in ("control_numbers", "awaited", "billing_providers"):
        return
    names = [column.name for column in table.columns]
    taken = []
    for name in names:
        kind = str(table.c[name].type)
        if name in PLACES and "INT" in kind:
            taken.append(f"{name} + n.n * {step}")
        elif name in IDS:
            under = f"substr({name}, 1, 28) || substr(n.n || '-copyxxxx', 1, 8)"
            taken.append(f"case when {name} = '' then '' else {under} end")
        elif name in NUMBERS and ("TEXT" in kind or "CHAR" in kind):
            taken.append(f"case when {name} = '' then '' else {name} || '-' || n.n end")
        else:
            taken.append(name)
    # The rows as they were stand apart: a table that is read and filled at once is copied by the server first.
    connection.execute(text(f"create temporary table played as select {', '.join(names)} from {table.name}"))
    for n in range(1, times):
        one = [each.replace("n.n *", f"{n} *").replace("n.n", f"'{n}'") for each in taken]
        into = f"insert into {table.name} ({', '.join(names)})"
        connection.execute(text(f"{into} select {', '.join(one)} from played"))
    connection.execute(text("drop table played"))


def best(work: Callable[[], Any]) -> tuple[float, float]:
    """Processor and wall milliseconds of the best of some rounds."""
    found = []
    for _ in range(ROUNDS):
        began, start = time.process_time(), time.perf_counter()
        work()
        found.append(((time.process_time() - began) * 1000, (time.perf_counter() - start) * 1000))
    return min(found)


def asked(reader: Engine, scope: Scope) -> dict[str, Callable[[], Any]]:
    """The questions, each in a transaction of its own."""

    def inside(question: Callable[[Any], Any]) -> Callable[[], Any]:
        def ask() -> Any:
            with reader.connect() as connection:
                return question(connection)

        return ask

    def hundredth(page_of: Callable[..., Any]) -> str:
        with reader.connect() as connection:
            after = ""
            for _ in range(PAGES - 1):
                after = page_of(connection, scope, Wanted(), Page(50, after)).next or after
            return after

    claims_at, work_at = hundredth(claim_page), hundredth(work_page)
    with reader.connect() as connection:
        row = claim_page(connection, scope, Wanted(), Page(1, claims_at)).rows[0]

    def show(connection: Any) -> Any:
        newest = find_claim(connection, scope, row.patient_control_number)[-1]
        return rows_of(connection, scope, [newest.claim_id]), events_of(connection, scope, newest.claim_id)

    return {
        "claims, first page": inside(lambda c: claim_page(c, scope, Wanted(), Page(50))),
        "claims, hundredth page": inside(lambda c: claim_page(c, scope, Wanted(), Page(50, claims_at))),
        "claims underpaid, first page": inside(lambda c: claim_page(c, scope, Wanted(flag="underpaid"), Page(50))),
        "claims denied, first page": inside(lambda c: claim_page(c, scope, Wanted(state="denied"), Page(50))),
        "work, first page": inside(lambda c: work_page(c, scope, Wanted(), Page(50))),
        "work, hundredth page": inside(lambda c: work_page(c, scope, Wanted(), Page(50, work_at))),
        "work, count and sum": inside(lambda c: work_total(c, scope, Wanted())),
        "find by visit": inside(lambda c: search_claims(c, scope, row.visit_id)),
        "find by number": inside(lambda c: search_claims(c, scope, row.patient_control_number)),
        "show": inside(show),
        "foot of the list": inside(lambda c: sums(c, scope)),
        "totals": inside(lambda c: summary(c, EVERYTHING)),
        "gauges": lambda: measure(reader, NOW),
    }


NOW = Settings(Path(), as_of=DAY).now()


def run(claims: int, db: str, empty: str) -> dict[str, Any]:
    """Make the ledger, ask, and bring new visits; ``empty`` is a database to compare with."""
    with tempfile.TemporaryDirectory() as folder:
        system = System(Settings(Path(folder), db=db, as_of=DAY))
        play(system, 7, PLAYED)
        system.close()
        multiply(system.engine, max(1, claims // PLAYED))
        reader = open_reader(system.settings.database_url)
        with reader.connect() as connection:
            count = connection.scalar(text("select count(*) from standings where claimless = 0"))
        found = {name: best(work) for name, work in asked(reader, Scope(("demo",))).items()}
        reader.dispose()
        system = System(Settings(Path(folder), db=db, as_of=DAY))
        ways = {"into it": play(system, 8, NEW, "N")}
        system.close()
    with tempfile.TemporaryDirectory() as folder:
        system = System(Settings(Path(folder), db=empty, as_of=DAY))
        ways["into an empty one"] = play(system, 8, NEW, "N")
        system.close()
    return {"claims": count, "yardstick": yardstick(), "questions": found, "ways": ways}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--claims", type=int, default=200_000)
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument("--keep", action="store_true", help="compare later runs with this one")
    arguments = parser.parse_args()
    log_to_stderr(logging.CRITICAL)
    if arguments.postgres:
        import psycopg  # noqa: PLC0415 - an extra

        from tools.local import Postgres, new_database  # noqa: PLC0415

        server = Postgres().start()
        try:
            urls = [new_database(server.url(), psycopg) for _ in range(2)]
            for url in urls:
                engine = open_engine(url)
                migrate(engine)
                engine.dispose()
            found = run(arguments.claims, *urls)
        finally:
            server.close()
    else:
        found = run(arguments.claims, "", "")
    yard = found["yardstick"]
    sys.stdout.write(f"{found['claims']:,} claims; yardstick {yard * 1000:.1f} ms\n")
    report = Report()
    of = f"{arguments.claims:,}{' on PostgreSQL' if arguments.postgres else ''}:"
    for name, (cpu, wall) in found["questions"].items():
        report.add(Row(f"{of} {name}", cpu, f"ms, {wall:.1f} wall", cpu / 1000 / yard, LESS))
    for name, (out, back) in found["ways"].items():
        report.cost(f"{of} {NEW} visits {name}, to the file", out, "us a visit", yard)
        report.cost(f"{of} {NEW} visits {name}, from answers", back, "us a visit", yard)
    report.plain(f"{of} peak memory", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "MB")
    if arguments.keep:
        report.keep()


if __name__ == "__main__":
    main()
