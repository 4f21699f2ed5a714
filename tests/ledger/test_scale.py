"""A step costs what its batch holds, not what the ledger holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event, text

from claimloom.ledger.database import open_engine
from claimloom.ledger.migration import migrate
from claimloom.settings import Settings
from claimloom.system import System
from tests.ledger.growing import analyze, grow
from tests.runtime import contract

TIMES = 200
# Read whole for other reasons: one row; dead letters are few.


class Ledger:
    """The embedded runtime."""

    def __init__(self, folder: Path, db: str) -> None:
        engine = open_engine(db)
        migrate(engine)
        engine.dispose()
        self.folder = folder
        self.system = System(Settings(folder, db=db, as_of=contract.DAY))
        self.engine = self.system.engine

    def deliver(self, brought: Mapping[str, bytes]) -> None:
        for name, content in brought.items():
            (self.folder / "inbound" / name).write_bytes(content)
        self.system.run_until_idle()


def test_without_statistics_no_step_goes_by_the_tenant_alone(tmp_path: Path) -> None:
    """SQLite takes any index whose first column is asked for, so a tenant beside an id can be read whole."""
    ledger = Ledger(tmp_path / "data", f"sqlite:///{tmp_path}/claimloom.db")
    found = set()

    @event.listens_for(ledger.engine, "before_cursor_execute")
    def _look(connection: Connection, _cursor: Any, statement: str, parameters: Any, _context: Any, many: bool) -> None:
        if not many and statement.lower().startswith(("select", "with")):
            plan = connection.connection.cursor().execute(f"explain query plan {statement}", parameters).fetchall()
            if any(row[3].endswith("(tenant=?)") for row in plan):
                found.add(statement)

    contract.whole_way(ledger, contract.visits())
    payment = (Path(__file__).parents[2] / "edi_samples/835/835_example.edi").read_bytes()
    ledger.deliver({"of-none-of-ours.edi": payment})
    assert found == set()
    with ledger.engine.connect() as connection:  # and the plan is read rightly
        connection.execute(text("select * from claims where tenant = :t and clinic = :c"), {"t": "demo", "c": "x"})
    assert len(found) == 1
    ledger.system.close()


def rows_read(connection: Connection) -> dict[str, int]:
    """By table: rows that were looked at in reading tables from end to end, or in reading indexes so."""
    query = (
        "select case when relname like 'journal%' then 'journal' else relname end as name, "
        "sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) from pg_stat_user_tables group by 1"
    )
    return {row[0]: int(row[1]) for row in connection.execute(text(query))}


@pytest.mark.long
def test_no_step_reads_a_table_from_end_to_end(database: str, tmp_path: Path) -> None:
    first = Ledger(tmp_path / "one", database)
    contract.whole_way(first, contract.visits())
    sizes = grow(first.engine, TIMES, tenants=True)
    analyze(first.engine)
    # One position behind the rows that were put in: the embedded runtime reads the journal on from its positions.
    with first.engine.begin() as connection:
        connection.execute(text("update positions set seq = (select max(seq) from journal)"))
    first.system.close()
    watching = open_engine(database)
    with watching.connect() as connection:
        before = rows_read(connection)
    again = Ledger(tmp_path / "two", database)
    other = [
        replace(each, visit=each.visit | {"session_id": f"{each.visit['session_id']}-again"})
        for each in contract.make_visits(11, 60, contract.DAY)
    ]
    contract.whole_way(again, other)
    again.system.close()
    with watching.connect() as connection:
        after = rows_read(connection)
    watching.dispose()
    grown = {name: size for name, size in sizes.items() if size > 5_000}
    assert {"claims", "accumulators", "submissions", "remittances", "reconciliations", "work_items"} <= set(grown)
    read = {name: after[name] - before[name] for name in grown}
    assert {name: count for name, count in read.items() if count > grown[name] // 2} == {}
