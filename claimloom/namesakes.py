"""Files of one name in one folder: each gets a number, and the same is kept once.

However many there are, one more costs a few looks: a free number is searched for by doubling and halving, and of those
that a process has seen the digests are remembered. A place is taken by a link to the file that comes there, since an
empty file that holds it and is replaced leaves a filesystem more to pass over with each.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Final

from claimloom.rights import make_file

# What a filesystem takes, in bytes.
NAME_BYTES: Final = 255
PIECE: Final = 1 << 20


class Namesakes:
    """What stands in a folder under one name and its numbers, as far as it was looked at; read when it has to be."""

    def __init__(self, folder: Path, name: str, room: int = NAME_BYTES) -> None:
        self.folder = folder
        self.name = name
        self.room = room
        self._next = 1
        self._unread: dict[int, list[Path]] = {}
        self._read: dict[tuple[int, str], list[Path]] = {}

    def put(self, path: Path, size: int, digest: str, fits: Callable[[Path], bool]) -> Path:
        """The place of a file: where the same is already, unless that does not fit, else a new one, which is taken at
        once, so that of two processes each has its own. The name without a number comes first.
        """
        first = numbered(self.folder, self.name, 1, self.room)
        if fits(first) and take_place(path, first):
            if self._next > 1:  # it was seen with what stood there before
                self._read.setdefault((size, digest), []).append(first)
            return first
        while True:
            while os.path.lexists(free := numbered(self.folder, self.name, self._next, self.room)):
                self._see(free)
            for there in self._same(size, digest):
                if there.is_file() and there.stat().st_size == size and fits(there) and digest_of(there) == digest:
                    return there
            if fits(free) and take_place(path, free):
                self._next += 1
                self._read.setdefault((size, digest), []).append(free)
                return free
            self._see(free)

    def _see(self, path: Path) -> None:
        self._next += 1
        if path.is_file():
            self._unread.setdefault(path.stat().st_size, []).append(path)

    def _same(self, size: int, digest: str) -> list[Path]:
        """Those that had this content when they were looked at; each is read once."""
        for path in self._unread.pop(size, ()):
            if path.is_file():
                self._read.setdefault((size, digest_of(path)), []).append(path)
        return self._read.get((size, digest), [])


def given_name(folder: Path, name: str, take: Callable[[Path], bool]) -> Path:
    """A place of a name, with a number if need be, that can be taken: without one if it is free, else the next behind
    some that are not.
    """

    def is_free(number: int) -> bool:
        return not os.path.lexists(numbered(folder, name, number))

    taken, free = 0, 1
    while not is_free(free):
        taken, free = free, free * 2
    while free - taken > 1:
        middle = (taken + free) // 2
        taken, free = (taken, middle) if is_free(middle) else (middle, free)
    for number in count(free):
        if take(place := numbered(folder, name, number)):
            return place
    raise AssertionError("numbers do not end")


def numbered(folder: Path, name: str, number: int, room: int = NAME_BYTES) -> Path:
    """The place of a name with a number (1 has none); shortened where the filesystem would not have it."""
    stem, suffix = Path(name).stem, Path(name).suffix
    ending = (f"-{number}" if number > 1 else "") + suffix
    short = stem.encode()[: room - len(ending.encode())].decode(errors="ignore")
    return folder / f"{short}{ending}"


def take_place(path: Path, free: Path) -> bool:
    """Take a place for a file, which ``settle`` moves there; False if something stands there."""
    try:
        free.hardlink_to(path)
    except FileNotFoundError:
        raise
    except OSError:  # something is there, or the filesystem knows no links, or not to files of others
        return reserve(free)
    return True


def settle(path: Path, place: Path) -> None:
    """Move a file to the place that was taken for it, or where the same stands."""
    if place.samefile(path):
        path.unlink()
    else:
        path.replace(place)


def reserve(free: Path) -> bool:
    """Take a place by an empty file, which what comes there replaces."""
    try:
        make_file(free)
    except FileExistsError:
        return False
    return True


def digest_of(path: Path) -> str:
    """SHA-256 of a file, read in pieces."""
    digest = hashlib.sha256()
    for piece in _pieces(path):
        digest.update(piece)
    return digest.hexdigest()


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece
