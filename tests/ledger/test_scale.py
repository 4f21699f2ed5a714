"""A step costs what its batch holds, not what the ledger holds: rows that a server says it has read."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from claimloom.ledger.database import open_engine
from claimloom.ledger.migration import migrate
from claimloom.settings import Settings
from claimloom.system import System
from tests.ledger.growing import analyze, grow
from tests.runtime import contract

TIMES = 300


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
    (tmp_path / "two").mkdir()
    shutil.copy(tmp_path / "one" / "chain.key", tmp_path / "two")
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
