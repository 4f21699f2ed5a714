"""Files to send: written whole, once, under their name, whatever happened before."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import update

from claimloom.ledger.database import transaction
from claimloom.ledger.migration import open_ledger
from claimloom.ledger.outbound import put, write_pending
from claimloom.ledger.tables import outbox


def test_file_is_written_once_however_often_the_step_is_repeated(tmp_path: Path) -> None:
    engine = open_ledger(f"sqlite:///{tmp_path}/claimloom.db")
    folder = tmp_path / "outbound"
    for _ in range(2):
        with transaction(engine) as connection:
            put(connection, "demo", "demo-000000001.837", b"ISA~")
    assert write_pending(engine, folder) == 1
    assert write_pending(engine, folder) == 0
    assert [path.name for path in folder.iterdir()] == ["demo-000000001.837"]
    assert (folder / "demo-000000001.837").read_bytes() == b"ISA~"
    engine.dispose()


def test_crash_between_writing_and_marking_leaves_the_file_as_it_is(tmp_path: Path) -> None:
    engine = open_ledger(f"sqlite:///{tmp_path}/claimloom.db")
    folder = tmp_path / "outbound"
    with transaction(engine) as connection:
        put(connection, "demo", "demo-000000001.837", b"ISA~")
    write_pending(engine, folder)
    before = (folder / "demo-000000001.837").stat().st_ino
    with transaction(engine) as connection:
        connection.execute(update(outbox).values(state="pending"))
    assert write_pending(engine, folder) == 1
    assert (folder / "demo-000000001.837").stat().st_ino == before
    assert len(list(folder.iterdir())) == 1
    engine.dispose()
