"""Whole files and streams of them: read, read on the way, written again as they were."""

from __future__ import annotations

import gc
from collections.abc import AsyncIterable, AsyncIterator, Iterator
from pathlib import Path
from typing import Final

from claimloom.x12.guides.kinds import UNITS
from claimloom.x12.reading.document import Document, Loop, Transaction
from claimloom.x12.reading.reader import Reader
from claimloom.x12.reading.source import GZIP, LIMITS, ZIP, Limits, Source, X12Error, async_chunks
from claimloom.x12.reading.tokenizer import Tokenizer, nothing_found, runs

# Segments between two rounds of the collector in a stream: about what a piece of a file holds.
ROUND: Final = 5_000
# Bytes of a file that is held whole rather than gone through twice: some 400 claims.
SMALL: Final = 250_000


def read(source: Source, limits: Limits = LIMITS) -> Document:
    """A whole file as a document; X12Error if the source cannot be unpacked or breaks a limit, OSError for a path.

    Bytes that hold no interchange give a document without one; ``check`` says what is wrong with it.
    """
    return _read(source, limits)[0]


def _read(source: Source, limits: Limits) -> tuple[Document, Tokenizer]:
    tokenizer, reader = Tokenizer(limits), Reader(limits)
    for run in runs(source, limits, tokenizer=tokenizer):
        reader.take(run)
    return reader.finish(tokenizer), tokenizer


async def async_read(source: AsyncIterable[bytes], limits: Limits = LIMITS) -> Document:
    """The same for bytes that are waited for."""
    tokenizer, reader = Tokenizer(limits), Reader(limits)
    async for piece in async_chunks(source, limits):
        for run in tokenizer.feed(piece):
            reader.take(run)
    for run in tokenizer.close():
        reader.take(run)
    return reader.finish(tokenizer)


def read_some(source: Source, limits: Limits = LIMITS) -> Document:
    """A file that must be X12: X12Error too if there is no interchange in it."""
    return _some(source, limits)[0]


def _some(source: Source, limits: Limits) -> tuple[Document, Tokenizer]:
    document, tokenizer = _read(source, limits)
    if not document.interchanges:
        raise X12Error(nothing_found(tokenizer))
    return document, tokenizer


def read_whole(source: Source, limits: Limits = LIMITS) -> Document:
    """A file that must be complete: X12Error too if there is no interchange in it, or if it ends inside of one."""
    document, tokenizer = _some(source, limits)
    if document.cut_off:
        last = document.segments()[-1]
        raise X12Error(
            f"file is cut off at offset {tokenizer.offset}, after segment {last.number} ({last.id[:3]}): "
            "no IEA at its end; ask the sender for it again"
        )
    return document


def transactions(source: bytes | Path, limits: Limits = LIMITS, *, complete: bool = False) -> Iterator[Transaction]:
    """The transactions of a file that must be complete, each whole; memory grows with the largest of them.

    X12Error as of ``read_whole``, before the first is given: the file is gone through once before, unless it is so
    small that it may be held whole, or known to be ``complete``. What was given is taken apart when the next is asked
    for.
    """
    if _small(source):
        yield from read_whole(source, limits).transactions
        return
    if not complete:
        _go_through(source, limits)
    tokenizer, reader = Tokenizer(limits), Reader(limits)
    for run in runs(source, limits, tokenizer=tokenizer):
        reader.take(run)
        yield from _ended(reader)
    reader.finish(tokenizer)
    yield from _ended(reader)


def _go_through(source: bytes | Path, limits: Limits) -> None:
    tokenizer, reader = Tokenizer(limits), Reader(limits, keep=False)
    for run in runs(source, limits, tokenizer=tokenizer):
        before = reader.document.segment_count
        reader.take(run)
        reader.forget()
        _tidy(before, reader.document.segment_count)
    if reader.finish(tokenizer).cut_off or not reader.document.interchanges:
        read_whole(source, limits)  # says what is wrong, and where


def _small(source: bytes | Path) -> bool:
    """Whether it may be held whole. How much is in what is packed, its size does not tell."""
    if isinstance(source, bytes):
        head, size = source[:4], len(source)
    else:
        with source.open("rb") as file:
            head, size = file.read(4), source.stat().st_size
    return size <= SMALL and not head.startswith((GZIP, ZIP))


def _ended(reader: Reader) -> Iterator[Transaction]:
    """Those that ended since; the document lets go of them, and of interchanges and groups that are done."""
    interchanges = reader.document.interchanges
    for interchange in interchanges:
        for group in interchange.groups:
            ended = [each for each in group.transactions if each is not reader.transaction]
            del group.transactions[: len(ended)]
            while ended:
                transaction = ended.pop(0)
                yield transaction
                for loop in list(transaction.root.walk()):  # loops hold each other: nobody need look for them
                    loop.parent = None
        del interchange.groups[:-1]
    del interchanges[:-1]


def stream(source: Source, limits: Limits = LIMITS) -> Iterator[Loop]:
    """The claims (2300, 2100, or an answer's loop) of a file as they are read; memory does not grow with the file.

    Each loop keeps those around it (``above``), but these keep no claims.
    """
    tokenizer, reader = Tokenizer(limits), Reader(limits, keep=False)
    for run in runs(source, limits, tokenizer=tokenizer):
        before = reader.document.segment_count
        reader.take(run)
        yield from _units(reader)
        reader.forget()
        _tidy(before, reader.document.segment_count)
    reader.finish(tokenizer)
    yield from _units(reader)


async def async_stream(source: AsyncIterable[bytes], limits: Limits = LIMITS) -> AsyncIterator[Loop]:
    """The same for bytes that are waited for."""
    tokenizer, reader = Tokenizer(limits), Reader(limits, keep=False)
    async for piece in async_chunks(source, limits):
        for run in tokenizer.feed(piece):
            before = reader.document.segment_count
            reader.take(run)
            for loop in _units(reader):
                yield loop
            reader.forget()
            _tidy(before, reader.document.segment_count)
    for run in tokenizer.close():
        reader.take(run)
    reader.finish(tokenizer)
    for loop in _units(reader):
        yield loop


def _tidy(before: int, now: int) -> None:
    """Loops hold each other, so what nobody kept waits for the collector, whose rounds are too far apart.

    What was open when it looked is old to it from then on: so now and then it looks through everything. By the count
    of segments, since a run may be as short as an interchange of one claim.
    """
    if now // ROUND > before // ROUND:
        gc.collect(2 if now // (100 * ROUND) > before // (100 * ROUND) else 1)


def _units(reader: Reader) -> Iterator[Loop]:
    for each in reader.closed:
        if isinstance(each, Loop) and each.frame.grammar and each.node.id == UNITS[each.frame.grammar.kind]:
            yield each


def write(document: Document, line_break: str = "\n") -> bytes:
    """The document's segments as a file, each ended by its interchange's terminator (and a line break).

    What was read is written again as it was: same segments, same bytes in them.
    """
    marks = {each.header.number: each.delimiters.terminator for each in document.interchanges}
    parts: list[str] = []
    terminator = "~"
    for segment in document.segments():
        terminator = marks.get(segment.number, terminator)
        parts.append(f"{segment.text}{terminator}{line_break}")
    return "".join(parts).encode("latin-1")
