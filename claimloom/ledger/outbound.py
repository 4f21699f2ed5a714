"""Files to send: put into the ledger with the step that makes them, written to the folder after its commit.

A crash between commit and writing is mended at the next start, from the stored bytes under the same name. Writing is
link-if-absent of a finished temporary file: what stands in the folder is whole, and is never written over.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from sqlalchemy import Connection, Engine, select, update

from claimloom.ledger.database import insert_new, transaction
from claimloom.ledger.tables import files


def put(connection: Connection, name: str, content: bytes) -> None:
    """Remember a file to send, inside the step's transaction."""
    row = {
        "name": name,
        "direction": "out",
        "sha256": hashlib.sha256(content).hexdigest(),
        "state": "pending",
        "content": content,
    }
    insert_new(connection, files, [row])


def write_pending(engine: Engine, folder: Path) -> int:
    """Write the files that are not written yet, each once and whole; returns how many there were."""
    pending = (files.c.direction == "out") & (files.c.state == "pending")
    with engine.connect() as connection:
        waiting = connection.execute(select(files.c.name, files.c.content).where(pending).order_by(files.c.name)).all()
    for name, content in waiting:
        _write_once(folder / name, content)
        with transaction(engine) as connection:
            connection.execute(update(files).where(files.c.name == name).values(state="written"))
    return len(waiting)


def _write_once(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with temporary.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(temporary, path)
    except FileExistsError:
        pass  # written before the crash that left it pending
    finally:
        temporary.unlink()
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
