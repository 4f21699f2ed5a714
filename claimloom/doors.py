"""Doors: what comes from outside is looked at once, and read by the services whose doors know it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from claimloom.errors import PlainError
from claimloom.topology import Arrived, Door, Head, Service
from claimloom.x12.reading.envelopes import kinds_in
from claimloom.x12.reading.source import GZIP, ZIP

HEAD_BYTES: Final = 4096
MAX_X12_BYTES: Final = 64_000_000
ISA: Final = b"ISA"
PACKED: Final = (GZIP, ZIP)
VISITS: Final = "sessions"
ISA_LENGTH: Final = 106
ISA_ELEMENTS: Final = 14
GS_TIME: Final = 5
WAY: Final = {"TA1": 0, "FA": 1, "HN": 2, "HP": 3}
"""GS01 of the answers to a claim, in the order in which they come; a TA1 needs no group."""
JSON_ENDINGS: Final = (".jsonl", ".ndjson", ".json")


def look(path: Path) -> Head:
    """What a file shows of itself; PlainError for one that nobody can read, whatever doors there are.

    X12 is what the reader of X12 finds an interchange in, wherever in the file that begins; its first bytes here are
    those from its ISA on.
    """
    with path.open("rb") as file:
        first = file.read(HEAD_BYTES).removeprefix(b"\xef\xbb\xbf").lstrip()
    if not first:
        raise PlainError(f"{path.name}: file is empty; ask the sender for it again")
    if first.startswith(PACKED):
        raise PlainError(f"{path.name}: is packed; unpack it first")
    plainly = first.startswith(ISA)
    if not plainly and (first.startswith(b"{") or path.suffix.lower() in JSON_ENDINGS):
        return Head(first, (VISITS,))
    size = path.stat().st_size
    if plainly and size > MAX_X12_BYTES:
        raise PlainError(f"{path.name}: {size:,} bytes, more than {MAX_X12_BYTES:,}; split it into smaller files")
    kinds = kinds_in(path) if size <= MAX_X12_BYTES else None
    if kinds is None:
        return Head(first, ())
    at = first.find(ISA)  # it may be wrapped in its name, or begin further on
    return Head(first[at:] if at >= 0 else ISA, tuple(kinds))


def when_made(path: Path) -> tuple[str, ...]:
    """What files that are there together are taken in the order of: visits first, then answers as they were made.

    By the day of ISA09, of one day by how far on a claim's way they are (TA1, 999, 277CA, 835), then by the time and
    number of their envelopes; a name says nothing of it. A look at the first bytes alone.
    """
    try:
        with path.open("rb") as file:
            first = file.read(HEAD_BYTES).removeprefix(b"\xef\xbb\xbf").lstrip().decode("latin-1")
    except OSError:
        return ()  # who reads it will say so
    if not first.startswith(ISA.decode()) or len(first) <= ISA_LENGTH:
        return ()
    mark, end = first[3], first[ISA_LENGTH - 1]
    isa, group = first.split(mark)[:ISA_ELEMENTS], first[ISA_LENGTH:].strip().split(end)[0].split(mark)
    if len(isa) < ISA_ELEMENTS:
        return ()
    of_group = group if group[0] == "GS" and len(group) > GS_TIME else ["", "TA1", *[""] * GS_TIME]
    kind, time = of_group[1], of_group[GS_TIME]
    return (isa[9], str(WAY.get(kind, len(WAY))), isa[10], time, isa[13])


def doors_for(head: Head, services: Sequence[Service]) -> list[tuple[Service, Door]]:
    """The doors that know what has come, in the order of the services."""
    return [(service, door) for service in services for door in service.doors if door.knows(head)]


def keeper_of(head: Head, services: Sequence[Service]) -> str:
    """Which service's worker reads a file, where each has one: the last whose door knows it. It goes through all.

    What no door knows is refused by the first.
    """
    found = [service for service, _ in doors_for(head, services)]
    return (found or services[:1])[-1].name


def unread_kinds(head: Head, services: Sequence[Service]) -> list[str]:
    """Transactions of the file that no door reads."""
    read = {kind for service in services for door in service.doors for kind in door.kinds}
    return [kind for kind in head.kinds if kind not in read]


class FileArrived(Arrived):
    """A file that was moved aside to be read; remembers the digest of what was read of it."""

    def __init__(self, path: Path, head: Head, tenant: str, today: str) -> None:
        super().__init__(path.name, head, tenant, today)
        self.path = path
        self._digest = hashlib.sha256()
        self._data: bytes | None = None

    @property
    def sha256(self) -> str:
        """Of what was read."""
        return self._digest.hexdigest()

    def data(self) -> bytes:
        """The whole of it, read once."""
        if self._data is None:
            self._data = self.path.read_bytes()
            self._digest.update(self._data)
        return self._data

    def lines(self, most: int) -> Iterator[bytes]:
        """Its lines; of one that is longer than ``most`` only the beginning, the rest is read past in pieces."""
        with self.path.open("rb") as file:
            while line := file.readline(most + 2):
                self._digest.update(line)
                yield line
                if len(line) > most:
                    while line and not line.endswith(b"\n"):
                        line = file.readline(most)
                        self._digest.update(line)
