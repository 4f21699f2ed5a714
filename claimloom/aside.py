"""Where a process keeps the files that it reads: a folder of its own, and what folders of processes that are gone hold.

The folder's name says host and process, since several machines may share the data folder. A process id comes again
(a container that starts anew has the same one), so the reader also holds a lock in its folder as long as it lives.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from uuid import uuid4

from claimloom.rights import FILE, make_folder

ABANDONED_SECONDS: Final = 86_400
LOCK: Final = ".lock"


class Aside:
    """The folder of one reader below ``root``; it is made when the first file comes."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.path = root / f"{uuid4().hex[:12]}@{socket.gethostname()}.{os.getpid()}"
        self._held = -1

    def hold(self) -> None:
        """Make the folder and lock it. The lock is held before it has its name, so that nobody finds it free."""
        if self._held >= 0:
            return
        make_folder(self.root)
        make_folder(self.path)
        new = self.path / f"{LOCK}.new"
        self._held = os.open(new, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return  # a filesystem without locks: without its name the lock says nothing, and the process id counts
        new.rename(self.path / LOCK)

    def now(self) -> float:
        """Seconds, by the clock that dates the files here: that of a share's server is not ours."""
        probe = self.path / f"{LOCK}.now"
        try:
            self.hold()
            probe.touch(FILE)
            return probe.stat().st_mtime
        except OSError:
            return time.time()

    def close(self) -> None:
        """Let go of the folder, and of the lock in it if nothing else is there."""
        if self._held < 0:
            return
        os.close(self._held)
        self._held = -1
        if not any(_files(self.path)):
            shutil.rmtree(self.path, ignore_errors=True)

    def left_by_others(self) -> Iterator[Path]:
        """Folders of readers that are gone: of this host by their process and lock, any after a day."""
        for folder in self.root.glob("*"):
            if folder != self.path and _is_gone(folder):
                yield folder


def files_in(folder: Path) -> list[Path]:
    """The files that a reader had taken."""
    return list(_files(folder))


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file() and not path.name.startswith(LOCK))


def _is_gone(folder: Path) -> bool:
    reader, _, pid = folder.name.rpartition(".")
    try:
        if reader.rpartition("@")[2] != socket.gethostname():
            return time.time() - folder.stat().st_mtime > ABANDONED_SECONDS
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except (ValueError, FileNotFoundError):
        return False
    except PermissionError:
        pass  # a process of that id is there
    return _is_free(folder / LOCK)


def _is_free(lock: Path) -> bool:
    """Whether nobody holds a lock that is there: another process has the reader's id now."""
    try:
        file = os.open(lock, os.O_RDWR)
    except OSError:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    else:
        return True
    finally:
        os.close(file)
