"""What every statement of steps, doors, views and gauges does in a large ledger, on both databases, without statistics
and with: none reads a table that grows from end to end, and none all that a tenant has.

SQLite guesses without statistics: it takes any index whose first column is asked for. Either planner decides otherwise
with them. Pages of a list may be read in the order of an index that begins with the tenant: they stop where the page
ends.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import Connection, Engine, event, text

from claimloom.ledger.database import open_engine
from claimloom.ledger.gauges import measure
from claimloom.ledger.migration import migrate
from claimloom.ledger.views.claims import all_claims
from claimloom.ledger.views.scope import EVERYTHING
from claimloom.sandbox.visits import make_visits
from tests.ledger.growing import analyze, grow
from tests.ledger.test_views import COUNTED, SEED, asked, filled
from tests.runtime import contract
from tests.runtime.test_contract import InProcess

LARGE: Final = 1000
"""Rows of a table that is looked at: what stays smaller may be read whole."""
# Reads all that there is on purpose, with the reason.
WHOLE: Final = {
    COUNTED: "clinics and a payer together are no sum that is kept",
    "all_claims": "an export",
    "underpaid": "a report of all that was short in the days asked for",
    "drifts": "the same of the last month",
}
BY_TENANT: Final = re.compile(r"\(\(?tenant\)?(::text)? = '[^']*'\S*\)")
STRAY: Final = Path(__file__).parents[2] / "edi_samples/835/835_example.edi"


class Watch:
    """Explains each statement once, and keeps what it does wrong."""

    def __init__(self, engine: Engine, large: set[str], *, analyzed: bool, whole: bool) -> None:
        self.large = large
        # A server makes statistics within minutes; until then it may sort what a list could read in order.
        self.analyzed = analyzed
        self.whole = whole
        self.now = ""
        self.seen: set[str] = set()
        self.wrong: dict[str, str] = {}
        self.database = engine.url.database
        self.empty: set[str] = set()
        """Months of the journal that hold nothing."""
        if engine.dialect.name == "postgresql":
            parts = text("select inhrelid::regclass::text from pg_inherits where inhparent = 'journal'::regclass")
            with engine.connect() as connection:
                for name in connection.scalars(parts).all():
                    if not connection.scalar(text(f"select exists (select 1 from {name})")):
                        self.empty.add(name)

    def look(self, connection: Connection, _cursor: Any, said: str, parameters: Any, _context: Any, many: bool) -> None:
        kind = said.lstrip().lower()
        if many or said in self.seen or connection.engine.url.database != self.database:
            return
        if not kind.startswith(("select", "with", "update", "delete")) or "explain" in kind[:12]:
            return
        self.seen.add(said)
        if found := list(self._faults(connection, said, parameters)):
            self.wrong[f"{self.now}: {', '.join(found)}"] = said

    def _faults(self, connection: Connection, said: str, parameters: Any) -> Iterator[str]:
        cursor = connection.connection.cursor()
        if connection.dialect.name == "sqlite":
            steps = [row[3] for row in cursor.execute(f"explain query plan {said}", parameters).fetchall()]
            yield from self._of_sqlite(steps, stops="limit" in said.lower())
        else:
            # In a ledger of some thousand claims reading a table may be cheaper: whether an index would serve is asked.
            cursor.execute(f"set local enable_seqscan = {'on' if self.whole else 'off'}")
            ((plan,),) = cursor.execute(f"explain (format json) {said}", parameters).fetchall()
            cursor.execute("set local enable_seqscan = on")
            yield from self._of_postgres(plan[0]["Plan"], "", stops="limit" in said.lower() and not self.analyzed)

    def _of_sqlite(self, steps: list[str], *, stops: bool) -> Iterator[str]:
        stops = stops and not any("TEMP B-TREE FOR ORDER BY" in step for step in steps)
        for step in steps:
            table = re.match(r"(SCAN|SEARCH) (\w+)", step)
            if "AUTOMATIC" in step:
                yield step
            if table is None or table[2] not in self.large:
                continue
            if (step.startswith("SCAN") or step.endswith("(tenant=?)")) and not stops:
                yield step

    def _of_postgres(self, node: dict[str, Any], table: str, *, stops: bool) -> Iterator[str]:
        kind, table = node["Node Type"], node.get("Relation Name", table)
        table = "journal" if table.startswith("journal") and table not in self.empty else table
        stops = (stops or kind == "Limit") and not (
            self.analyzed and kind in ("Sort", "Aggregate", "Hash", "Materialize")
        )
        if table in self.large and not stops:
            condition = node.get("Index Cond", "")
            if kind == "Seq Scan":
                yield f"reads {table}"
            elif "Index" in kind and (
                not condition or re.fullmatch(r"\(\(?tenant\)?(::text)? = '[^']*'\S*\)", condition)
            ):
                yield f"reads {table} by {node['Index Name']} {condition}"
        for each in node.get("Plans", ()):
            yield from self._of_postgres(each, table if kind == "Bitmap Heap Scan" else "", stops=stops)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.server)])
def url(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue("database")) if request.param == "postgresql" else ""


@pytest.mark.parametrize("claims", [3_000, pytest.param(20_000, marks=pytest.mark.long)])
def test_no_statement_reads_more_in_a_larger_ledger(url: str, tmp_path: Path, claims: int) -> None:
    if url:
        fresh = open_engine(url)
        migrate(fresh)
        fresh.dispose()
    system = filled(tmp_path / "first", url)
    with system.engine.connect() as connection:
        here = len(list(all_claims(connection, EVERYTHING)))
    if url:  # else the server makes statistics whenever it likes
        with system.engine.begin() as connection:
            for name in connection.scalars(
                text(
                    "select relname from pg_class where relkind = 'r' and relnamespace = "
                    "(select oid from pg_namespace where nspname = 'public')"
                )
            ).all():
                connection.execute(text(f"alter table {name} set (autovacuum_enabled = false)"))
    sizes = grow(system.engine, claims // here)
    with system.engine.begin() as connection:
        connection.execute(text("update positions set seq = (select max(seq) from journal)"))
    large = {name for name, count in sizes.items() if count > LARGE} - {"totals"}
    assert {"claims", "journal", "inbox", "standings", "remittances", "reconciliations", "work_items"} <= large
    engine = system.engine
    system.close()
    for turn in ("without statistics", "with statistics"):
        if analyzed := turn.startswith("with "):
            analyze(engine)
        (tmp_path / turn).mkdir()
        shutil.copy(tmp_path / "first" / "chain.key", tmp_path / turn)
        watch = Watch(engine, large, analyzed=analyzed, whole=analyzed and claims >= 20_000)
        event.listen(Engine, "before_cursor_execute", watch.look)
        try:
            _everything(tmp_path / turn, url or f"sqlite:///{engine.url.database}", watch)
        finally:
            event.remove(Engine, "before_cursor_execute", watch.look)
        assert len(watch.seen) > 100
        assert watch.wrong == {}, f"{turn}: {json.dumps(watch.wrong, indent=1)}"
    # And plans are read rightly: these are of the kinds that are looked for.
    watch = Watch(engine, large, analyzed=True, whole=True)
    event.listen(Engine, "before_cursor_execute", watch.look)
    with engine.connect() as connection:
        for said in ("select * from claims where tenant = 'demo'", "select * from journal where source = 'nobody'"):
            connection.execute(text(said)).all()
    event.remove(Engine, "before_cursor_execute", watch.look)
    engine.dispose()
    assert len(watch.wrong) == 2, watch.wrong


def _everything(folder: Path, url: str, watch: Watch) -> None:
    """Doors and steps with new visits and what payers say of them, decisions, then every view, and the gauges."""
    runtime = InProcess(folder, url)
    watch.now = "a step"
    made = [
        replace(each, visit=each.visit | {"session_id": f"{each.visit['session_id']}-{folder.name}"})
        for each in make_visits(SEED, 16, contract.DAY)
    ]
    contract.whole_way(runtime, made, SEED)
    runtime.deliver({"of-none-of-ours.edi": STRAY.read_bytes()})
    with runtime.system.engine.connect() as connection:
        for name, ask in asked(connection):
            watch.now = name
            if name not in WHOLE:
                ask()
    watch.now = "gauges"
    measure(runtime.system.engine, runtime.system.now())
    runtime.system.close()
