"""Files to send, with two writers, a transport that takes them away, and what a process that died left behind."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, update

from claimloom.ledger import outbound
from claimloom.ledger.database import transaction
from claimloom.ledger.migration import open_ledger
from claimloom.ledger.outbound import put, write_pending
from claimloom.ledger.tables import outbox

OTHER = """
import sys
from pathlib import Path
from claimloom.ledger.migration import open_ledger
from claimloom.ledger.outbound import write_pending
print(write_pending(open_ledger(sys.argv[1]), Path(sys.argv[2])))
"""


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    opened = open_ledger(f"sqlite:///{tmp_path}/claimloom.db")
    yield opened
    opened.dispose()


def waiting(engine: Engine, *names: str) -> None:
    with transaction(engine) as connection:
        for name in names:
            put(connection, "demo", name, f"ISA of {name}~".encode())


def states(engine: Engine) -> dict[str, str]:
    with engine.connect() as connection:
        return {row.name: row.state for row in connection.execute(select(outbox.c.name, outbox.c.state))}


@pytest.mark.process
def test_a_file_that_another_worker_wrote_and_a_transport_took_is_not_written_again(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting(engine, "a.edi")
    folder = tmp_path / "outbound"
    clear = outbound._clear

    def meanwhile(half_written: Path) -> None:
        command = [sys.executable, "-c", OTHER, str(engine.url), str(folder)]
        assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "1\n"
        (folder / "a.edi").unlink()
        clear(half_written)

    monkeypatch.setattr(outbound, "_clear", meanwhile)
    assert write_pending(engine, folder) == 0
    assert list(folder.iterdir()) == []
    assert states(engine) == {"a.edi": "written"}


def test_a_name_that_is_there_with_other_content_is_told_and_the_others_are_written(
    engine: Engine, tmp_path: Path
) -> None:
    """Numbers begin again after a restored backup: a file that was never sent must not count as written."""
    waiting(engine, "a.edi", "b.edi", "c.edi")
    folder = tmp_path / "outbound"
    folder.mkdir()
    (folder / "b.edi").write_bytes(b"ISA of before~")
    for _ in range(2):
        with pytest.raises(FileExistsError) as told:
            write_pending(engine, folder)
        assert told.value.strerror.startswith("b.edi: there already with other content")
    assert (folder / "b.edi").read_bytes() == b"ISA of before~"
    assert states(engine) == {"a.edi": "written", "b.edi": "pending", "c.edi": "written"}
    (folder / "b.edi").unlink()
    assert write_pending(engine, folder) == 1
    assert (folder / "b.edi").read_bytes() == b"ISA of b.edi~"


def test_what_a_process_of_our_id_left_is_not_written_through_into_the_file_sent(
    engine: Engine, tmp_path: Path
) -> None:
    """In a container every process has the same host and id: the temporary name that it died with is ours again."""
    waiting(engine, "a.edi")
    folder, half_written = tmp_path / "outbound", tmp_path / ".outbound"
    write_pending(engine, folder)
    os.link(folder / "a.edi", half_written / f"a.edi~{socket.gethostname()}.{os.getpid()}")
    with transaction(engine) as connection:
        connection.execute(update(outbox).values(state="pending"))
    before = (folder / "a.edi").stat()
    assert write_pending(engine, folder) == 1
    after = (folder / "a.edi").stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert list(half_written.iterdir()) == []
