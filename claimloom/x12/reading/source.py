"""Where X12 comes from: a path, bytes, a stream or chunks; plain, gzip or zip. Never all of it at once."""

from __future__ import annotations

import lzma
import struct
import zipfile
import zlib
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, Final, Protocol, runtime_checkable

from claimloom.errors import PlainError

CHUNK: Final = 256 * 1024
# Between the files of an archive; a stream that happens to give nothing for a while is not at its end.
END_OF_FILE: Final = b""
GZIP: Final = b"\x1f\x8b"
ZIP: Final = b"PK\x03\x04"
# What computers put into an archive beside the files that somebody chose.
JUNK: Final = frozenset({".ds_store", "thumbs.db", "desktop.ini"})
OF_ARCHIVES: Final = (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError)


@runtime_checkable
class Readable(Protocol):
    """An open binary file, a socket's file, a response body."""

    def read(self, size: int, /) -> bytes:
        """At most so many bytes, none at the end."""


Source = str | Path | bytes | bytearray | memoryview | Readable | Iterable[bytes]


class X12Error(PlainError):
    """What cannot be read as X12 at all: says what, where (0-based byte offset) and what to do."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a file may ask of us before it is refused; each may be set by who calls.

    ``ratio`` and ``members`` are against archives that unpack to more than anybody would send: text of X12 shrinks to a
    tenth or a thirtieth, a bomb to a thousandth. The ratio counts from ``ratio_from`` bytes on.
    """

    file_bytes: int = 4 * 1024**3
    segment_chars: int = 1_000_000
    elements: int = 2_000
    nesting: int = 100
    strays: int = 100
    ratio: int = 200
    ratio_from: int = 16 * 1024**2
    members: int = 1_000
    findings: int = 10_000


LIMITS: Final = Limits()
Begin = Callable[[str], None]


def _no_name(_: str) -> None:
    """For who does not ask which file of a zip begins."""


def chunks(source: Source, limits: Limits = LIMITS, begin: Begin = _no_name) -> Iterator[bytes]:
    """The bytes of a source in pieces, unpacked; the files of a zip one after the other, in the order of their names.

    ``begin`` is called with the name of each file of a zip before its first bytes. OSError if a path cannot be read;
    X12Error for an archive that is broken, or larger than the limits.
    """
    if isinstance(source, str | Path):
        with Path(source).open("rb") as file:
            packed = file.read(len(ZIP)) == ZIP
            file.seek(0)
            yield from _of_zip(file, limits, begin) if packed else _unpacked(_of_stream(file), limits, begin)
    elif isinstance(source, bytes | bytearray | memoryview):
        yield from _unpacked(_of_stream(BytesIO(source)), limits, begin)
    else:
        yield from _unpacked(_of_stream(source) if isinstance(source, Readable) else iter(source), limits, begin)


async def async_chunks(source: AsyncIterable[bytes], limits: Limits = LIMITS) -> AsyncIterator[bytes]:
    """The same for chunks that are waited for."""
    unpacker = _Unpacker(limits)
    async for piece in source:
        for part in unpacker.feed(piece):
            yield part
    for part in unpacker.close():
        yield part


def _unpacked(pieces: Iterator[bytes], limits: Limits, begin: Begin) -> Iterator[bytes]:
    unpacker = _Unpacker(limits, begin)
    for piece in pieces:
        yield from unpacker.feed(piece)
    yield from unpacker.close()


def _of_stream(stream: Readable) -> Iterator[bytes]:
    while piece := stream.read(CHUNK):
        yield piece


class _Unpacker:
    """Bytes as they come, or gzip (one member after another) taken apart, in pieces of bounded size.

    A zip is gathered to its end, since its list of files stands there.
    """

    def __init__(self, limits: Limits, begin: Begin = _no_name) -> None:
        self.limits = limits
        self.begin = begin
        self.head: bytes | None = b""
        self.zipped: list[bytes] | None = None
        self.inflate: zlib._Decompress | None = None
        self.read = self.made = 0

    def feed(self, piece: bytes) -> Iterator[bytes]:
        self.read += len(piece)
        _check_size(self.read, self.limits)
        if self.head is not None:
            self.head += piece
            if len(self.head) < len(ZIP):
                return
            piece = self._begin(self.head)
        if self.zipped is not None:
            self.zipped.append(piece)
        elif self.inflate is not None:
            yield from self._inflated(piece)
        elif piece:
            yield piece

    def close(self) -> Iterator[bytes]:
        if self.head:
            yield self._begin(self.head)
        if self.zipped is not None:
            yield from _of_zip(BytesIO(b"".join(self.zipped)), self.limits, self.begin)
        if self.inflate is not None and not self.inflate.eof:
            raise X12Error(f"gzip ends in the middle, after {self.read} bytes; ask for it again")

    def _begin(self, head: bytes) -> bytes:
        self.head = None
        if head.startswith(ZIP):
            self.zipped = []
        elif head.startswith(GZIP):
            self.inflate = zlib.decompressobj(31)
        return head

    def _inflated(self, piece: bytes) -> Iterator[bytes]:
        rest = piece
        while rest and self.inflate is not None:
            try:
                part = self.inflate.decompress(rest, CHUNK)
            except zlib.error:
                raise X12Error(f"gzip is damaged near byte {self.read} of the packed file; ask for it again") from None
            self.made += len(part)
            _check_size(self.made, self.limits)
            _check_ratio(self.made, self.read, self.limits)
            if part:
                yield part
            rest = self.inflate.unconsumed_tail
            if self.inflate.eof:
                rest = self.inflate.unused_data.lstrip(b"\x00")
                if rest:
                    self.inflate = zlib.decompressobj(31)


def _of_zip(stream: BinaryIO, limits: Limits, begin: Begin) -> Iterator[bytes]:
    try:
        with zipfile.ZipFile(stream) as archive:
            # not ZipInfo.is_dir, which falls over a member without a name
            files = [each for each in archive.infolist() if not each.filename.endswith("/")]
            members = [each for each in files if not _is_junk(each.filename)]
            if len(members) > limits.members:
                count = f"{len(members):,} file{'' if len(members) == 1 else 's'}"
                raise X12Error(f"zip holds {count}, more than {limits.members:,}; send fewer at once")
            made = 0
            for member in sorted(members, key=lambda each: each.filename):
                if member.flag_bits & 1:
                    raise X12Error("zip is encrypted; unpack it first")
                of_member = 0
                begin(member.filename)
                with archive.open(member) as file:
                    while piece := file.read(CHUNK):
                        made += len(piece)
                        of_member += len(piece)
                        _check_size(made, limits)
                        _check_ratio(of_member, member.compress_size, limits)
                        yield piece
                yield END_OF_FILE
    except (*OF_ARCHIVES, zlib.error, lzma.LZMAError, struct.error, EOFError, OSError, RuntimeError, ValueError):
        raise X12Error("zip is damaged or of a kind that cannot be unpacked; ask for it again") from None


def _is_junk(name: str) -> bool:
    *folders, own = name.lower().split("/")
    return "__macosx" in folders or own.startswith("._") or own in JUNK


def _check_size(size: int, limits: Limits) -> None:
    if size > limits.file_bytes:
        raise X12Error(f"file has more than {limits.file_bytes:,} bytes; split it into smaller files")


def _check_ratio(made: int, packed: int, limits: Limits) -> None:
    if made > limits.ratio_from and made > limits.ratio * max(1, packed):
        raise X12Error(
            f"archive unpacks to more than {limits.ratio} times its size, which no X12 file does; it was not read on"
        )
