"""The folders of a data folder: files arrive in ``inbound/``, are moved aside to be read, and end where they belong.

A file has arrived when its size and time stood still for the quiet time. It is moved out of ``inbound/`` before it is
read, so that nobody writes over what is being read; a process that dies leaves it where the next one finds it. What was
read goes to ``archive/``, what could not be read, wholly or in part, to ``rejected/`` with a reason beside it.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import socket
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import structlog

from claimloom.errors import PlainError

log = structlog.get_logger(__name__)
FOLDERS: Final = ("inbound", "outbound", "archive", "rejected")
ASIDE: Final = ".reading"
ABANDONED_SECONDS: Final = 86_400
HALF: Final = (".tmp", ".part")
PIECE: Final = 1 << 20


class Folder:
    """The files of a data folder. ``quiet_seconds`` is how long a file must stand still to count as arrived."""

    def __init__(self, data: Path, quiet_seconds: float) -> None:
        self.data = data
        self.quiet_seconds = quiet_seconds
        self.inbound = data / "inbound"
        self.outbound = data / "outbound"
        # Several machines may share the folder: the name says whose process reads it.
        self.aside = data / ASIDE / f"{socket.gethostname()}.{os.getpid()}"
        self._seen: dict[Path, tuple[tuple[int, int], float]] = {}
        self._shut: set[Path] = set()
        for name in FOLDERS:
            (data / name).mkdir(parents=True, exist_ok=True)

    def bring(self, path: Path, tenant: str = "") -> Path:
        """A copy of a file, whole at once, for a tenant where one is named; gives its place in ``inbound/``."""
        if not path.is_file():
            raise PlainError(f"{path}: no such file")
        if tenant and (tenant.startswith(".") or "/" in tenant or "\\" in tenant or not tenant.isprintable()):
            raise PlainError(f"tenant {tenant!r} cannot be the name of a folder")
        folder = self.inbound / tenant if tenant else self.inbound
        folder.mkdir(exist_ok=True)
        number, target = 1, folder / path.name
        while target.exists():
            number += 1
            target = folder / f"{path.stem}-{number}{path.suffix}"
        half = folder / f".{target.name}.part"
        shutil.copyfile(path, half)
        half.replace(target)
        # It was copied whole: nothing more comes.
        self._seen[target] = (_stand(target), -self.quiet_seconds)
        return target

    def waiting(self) -> list[Path]:
        """Files in inbound that may be taken."""
        return waiting_in(self.inbound)

    def arrived(self) -> list[Path]:
        """Those that stand still and that we may read: the others would stop them. Of these each is told once."""
        self._bring_back()
        waiting = self.waiting()
        shut = {path for path in waiting if path.exists() and not os.access(path, os.R_OK)}
        for path in sorted(shut - self._shut):
            log.error("file cannot be read, left where it is", file=path.name, reason="no permission")
        self._shut = shut
        known, self._seen = self._seen, {}
        found = []
        for path in waiting:
            try:
                if path not in shut and self._stands_still(path, known.get(path)):
                    found.append(path)
            except FileNotFoundError:
                continue  # another process took it
        return found

    def _stands_still(self, path: Path, known: tuple[tuple[int, int], float] | None) -> bool:
        now, stand = time.monotonic(), _stand(path)
        if known is None or known[0] != stand:
            # What was last written to a while ago need not be watched: nothing came to it in that time.
            age = time.time() - stand[1] / 1e9
            known = (stand, now - self.quiet_seconds if age >= self.quiet_seconds else now)
        self._seen[path] = known
        return now - known[1] >= self.quiet_seconds

    def coming(self) -> list[Path]:
        """Files that do not stand still yet; those that cannot be read are not among them."""
        return [path for path in self.waiting() if path not in self._shut]

    def tenant_of(self, path: Path) -> str:
        """The tenant's folder below inbound that a file lies in, or was taken from; empty if in none."""
        parts = path.relative_to(self.aside if path.is_relative_to(self.aside) else self.inbound).parts
        return parts[0] if len(parts) > 1 else ""

    def take(self, path: Path) -> Path:
        """Move a file aside, to be read; FileNotFoundError if another process was faster."""
        target = self.aside / path.relative_to(self.inbound)
        target.parent.mkdir(parents=True, exist_ok=True)
        path.rename(target)
        return target

    def put_back(self, path: Path) -> None:
        """A file that could not be read for no fault of its own waits again."""
        _give_back(path, self.aside, self.inbound)

    def _bring_back(self) -> None:
        """What a process that is gone was reading comes into inbound again: of this host by its id, any after a day."""
        for folder in (self.data / ASIDE).glob("*"):
            host, _, pid = folder.name.rpartition(".")
            if folder == self.aside or not _is_gone(folder, host, pid):
                continue
            for path in [each for each in folder.rglob("*") if each.is_file()]:
                _give_back(path, folder, self.inbound)
            shutil.rmtree(folder, ignore_errors=True)

    def put_away(self, path: Path, sha256: str, problems: Sequence[str], told: str = "") -> None:
        """Into archive, or with the reasons into rejected. What stands there is what was read: what came to it since,
        by a writer that had it open, is a reason.
        """
        said = list(problems)
        if sha256 and _digest(path) != sha256:
            said.append("more came while it was read, and was not read; put the whole file into inbound/ again")
        target = _free(self.data / ("rejected" if said else "archive") / path.name, path)
        if said:
            said += [told] if told else []
            said.append("Mend the file and put it into inbound/ again; what was read is known and not doubled.")
            target.with_name(target.name + ".reason.txt").write_text("\n".join(said) + "\n", encoding="utf-8")
        path.replace(target)
        _tidy(path.parent, self.data / ASIDE)


def waiting_in(inbound: Path) -> list[Path]:
    """Files that wait, in the order of their names; hidden and half-written ones are left alone."""
    found = [path for path in inbound.rglob("*") if path.is_file()]
    return sorted(path for path in found if not path.name.startswith(".") and path.suffix not in HALF)


def _give_back(path: Path, folder: Path, inbound: Path) -> None:
    target = inbound / path.relative_to(folder)
    target.parent.mkdir(parents=True, exist_ok=True)
    number, free = 1, target
    while free.exists():
        number += 1
        free = target.with_name(f"{target.stem}-{number}{target.suffix}")
    try:
        path.rename(free)
    except FileNotFoundError:
        return  # another process was faster
    _tidy(path.parent, folder.parent)


def _tidy(folder: Path, end: Path) -> None:
    """Remove folders that are empty now, up to one."""
    while folder not in (end, end.parent) and folder.is_relative_to(end):
        try:
            folder.rmdir()
        except OSError:
            return
        folder = folder.parent


def _is_gone(folder: Path, host: str, pid: str) -> bool:
    try:
        if host == socket.gethostname():
            os.kill(int(pid), 0)
            return False
        return time.time() - folder.stat().st_mtime > ABANDONED_SECONDS
    except ProcessLookupError:
        return True
    except (ValueError, PermissionError, FileNotFoundError):
        return False


def _stand(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_size, found.st_mtime_ns


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    for piece in _pieces(path):
        digest.update(piece)
    return digest.hexdigest()


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece


def _free(target: Path, source: Path) -> Path:
    """The target's name, or one with a number if another file of that name is there."""
    number = 1
    free = target
    while free.exists() and free.read_bytes()[:PIECE] != source.read_bytes()[:PIECE]:
        number += 1
        free = target.with_name(f"{target.stem}-{number}{target.suffix}")
    return free
