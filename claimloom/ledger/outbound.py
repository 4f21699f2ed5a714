"""What leaves: put into the outbox by the step that makes it; a courier takes it from there after the commit.

The folder is a courier: it writes files into ``outbound/``.

A crash between commit and writing is mended at the next start, from the stored bytes under the same name. Writing is
link-if-absent of a finished temporary file, made in a folder beside it: what stands in the folder is whole, and is
never written over. Temporary files of a process that died are cleared away by the next one.
"""

from __future__ import annotations

import errno
import hashlib
import os
import socket
import threading
import time
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Engine, select, update

from claimloom.ledger.database import insert_new, transaction
from claimloom.ledger.tables import outbox
from claimloom.rights import OURS_ALONE, Rights, make_file, make_folder
from schemas.event import derived_id

FOLDER: Final = "folder"
ABANDONED_SECONDS: Final = 86_400
# A worker writes after each step and, for what found no room, now and then beside it: both under one temporary name.
_WRITING: Final = threading.Lock()


def put(connection: Connection, tenant: str, name: str, body: bytes, courier: str = FOLDER) -> None:
    """Remember something to send, inside the step's transaction; a courier has one thing of a name, once."""
    row = {
        "id": str(derived_id("outbox", courier, name)),
        "tenant": tenant,
        "courier": courier,
        "name": name,
        "sha256": hashlib.sha256(body).hexdigest(),
        "state": "pending",
        "body": body,
    }
    insert_new(connection, outbox, [row])


def body_of_file(connection: Connection, name: str) -> bytes | None:
    """What was sent under a name by way of the folder."""
    return connection.scalar(select(outbox.c.body).where(outbox.c.courier == FOLDER, outbox.c.name == name))


def write_pending(engine: Engine, folder: Path, rights: Rights = OURS_ALONE) -> int:
    """Write the files that are not written yet, each once and whole; returns how many there were.

    Under the lock of its row, so that of two writers the second sees that the first has written it: by then a
    transport may have taken it away, and it would be sent again. FileExistsError, when all others are written, for
    one whose name is there with other content.
    """
    pending = (outbox.c.courier == FOLDER) & (outbox.c.state == "pending")
    with engine.connect() as connection:
        waiting = connection.scalars(select(outbox.c.name).where(pending).order_by(outbox.c.name)).all()
    half_written = folder.with_name(f".{folder.name}")
    count, taken = 0, []
    with _WRITING:
        _clear(half_written)
        for name in waiting:
            with transaction(engine) as connection:
                mine = select(outbox.c.body).where(outbox.c.name == name, pending).with_for_update()
                content = connection.scalar(mine)
                if content is None:
                    continue
                try:
                    _write_once(folder / name, content, half_written, rights)
                except FileExistsError:
                    taken.append(name)
                    continue
                connection.execute(update(outbox).where(outbox.c.name == name, pending).values(state="written"))
            count += 1
    if taken:
        said = f"{', '.join(taken)}: there already with other content; look which was sent, and move it away"
        raise FileExistsError(errno.EEXIST, said)
    return count


def _clear(half_written: Path) -> None:
    """Remove what processes that are gone left behind: those of this host by their id, any after a day.

    The name ends in host and process id, since several machines may share the folder.
    """
    for path in half_written.glob("*"):
        host, _, pid = path.name.rpartition("~")[2].rpartition(".")
        try:
            if host == socket.gethostname():
                os.kill(int(pid), 0)
            elif time.time() - path.stat().st_mtime > ABANDONED_SECONDS:
                path.unlink(missing_ok=True)
        except ProcessLookupError:
            path.unlink(missing_ok=True)
        except (ValueError, PermissionError, FileNotFoundError):
            continue


def _write_once(path: Path, content: bytes, half_written: Path, rights: Rights) -> None:
    rights.make_shared(path.parent)
    make_folder(half_written)
    temporary = half_written / f"{path.name}~{socket.gethostname()}.{os.getpid()}"
    # A process of our host and id may have died after its link: writing into that name would change the file sent.
    temporary.unlink(missing_ok=True)
    make_file(temporary)
    rights.share(temporary)
    with temporary.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(temporary, path)
    except FileExistsError:
        # Written before the crash that left it pending; or numbers began again, after a restored backup, say.
        if path.read_bytes() != content:
            raise
    finally:
        temporary.unlink()
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
