"""A ledger that cannot be read or written: one line that says what to do. A whole one stays."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from claimloom.cli.faults import said_of
from claimloom.ledger.migration import open_ledger
from tests.command import claimloom

COPY = "take the data folder from its last copy"


@contextmanager
def _locked(ledger: Path) -> Iterator[sqlite3.Connection]:
    """A connection that does not wait for another's lock."""
    with (
        closing(sqlite3.connect(ledger, isolation_level=None)) as holder,
        closing(sqlite3.connect(ledger, timeout=0)) as other,
    ):
        holder.execute("begin immediate")
        yield other
        holder.rollback()


def test_of_a_ledger_that_is_whole_no_copy_is_taken(tmp_path: Path) -> None:
    ledger = tmp_path / "claimloom.db"
    open_ledger(f"sqlite:///{ledger}").dispose()
    faults: dict[str, sqlite3.Error] = {}
    with _locked(ledger) as other, pytest.raises(sqlite3.Error) as caught:
        other.execute("begin immediate")
    faults["another process writes to it; try again when it is done"] = caught.value
    with closing(sqlite3.connect(f"file:{ledger}?mode=ro", uri=True)) as reader, pytest.raises(sqlite3.Error) as caught:
        reader.execute("delete from journal")
    faults["see who may read and write it and its folder"] = caught.value
    with closing(sqlite3.connect(ledger)) as full, pytest.raises(sqlite3.Error) as caught:
        full.execute("pragma max_page_count=1")
        full.execute("create table more as select zeroblob(1000000)")
    faults["make room on its disk, then try again"] = caught.value
    ledger.write_bytes(b"no database" * 1000)
    with closing(sqlite3.connect(ledger)) as damaged, pytest.raises(sqlite3.Error) as caught:
        damaged.execute("select * from journal")
    faults[f"if it stays so, {COPY}"] = caught.value
    for to_do, error in faults.items():
        assert said_of(error) == f"claimloom.db: {error}; {to_do}"


def test_a_backup_of_what_is_no_ledger_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "claimloom.db").write_bytes(b"no database" * 1000)
    target = tmp_path / "backups" / "ledger.db"
    asked = ("db", "backup", target, "--data", tmp_path)
    for said in (f"ledger.db: folder {target.parent} is not there", f"file is not a database; if it stays so, {COPY}"):
        done = claimloom(*asked)
        assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
        assert said in done.stderr
        target.parent.mkdir(exist_ok=True)
    assert list(target.parent.iterdir()) == []
