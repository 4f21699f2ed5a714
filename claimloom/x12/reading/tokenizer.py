"""Bytes to segments, as they come: the one way into X12 for every reader of this package.

A file is taken as it is sent: a byte order mark, text before ISA and after IEA, line breaks after or instead of
terminators or in the middle of a segment (files wrapped at a column), any padding between segments, several
interchanges with delimiters of their own, an ISA of wrong width, no IEA. Nothing is guessed in silence: what was odd
is in ``faults``, and what lies outside of an interchange in ``strays``.

Bytes are taken as Latin-1, which loses none and makes a place in the text a place in the file; a segment that holds
UTF-8 is decoded as such when its elements are looked at.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterable, AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from claimloom.x12.guides.delimiters import Delimiters
from claimloom.x12.reading.source import END_OF_FILE, LIMITS, Limits, Source, X12Error, async_chunks, chunks

ISA_LENGTH: Final = 106
ISA_ELEMENTS: Final = 16
# ISA01 to ISA16 with the id and separators; one that is this much longer was padded by somebody who counted otherwise.
ISA_LONGEST: Final = 300
WIDTHS: Final = (2, 10, 2, 10, 2, 15, 2, 15, 6, 4, 1, 5, 9, 1, 1, 1)
BREAKS: Final = re.compile(r"[\r\n]+")
AGAIN: Final = re.compile(r"ISA[^A-Za-z0-9]")
# A file may be wrapped inside the name of its ISA too; the first one stands at the begin of a line.
ISA: Final = re.compile(r"I[\r\n]{0,2}S[\r\n]{0,2}A[\r\n]{0,2}")
ISA_NAME_LONGEST: Final = 9
PADDING: Final = " \t\r\n\f\v\x00\x1a"
UNKNOWN: Final = -1
BYTE_ORDER_MARK: Final = "\xef\xbb\xbf"


class Fault(NamedTuple):
    """Something odd about the envelope of bytes, with its place (0-based) and the TA1 note code that names it."""

    offset: int
    text: str
    ta1: str = ""

    def __repr__(self) -> str:
        """Without the text, which may be anything that stood around a file."""
        return f"<Fault at {self.offset} {self.ta1}".rstrip() + ">"


class Member(NamedTuple):
    """A file of a zip: its name, and where it begins in all files together: byte, number of its first segment."""

    name: str
    offset: int
    number: int


@dataclass(slots=True)
class RawSegment:
    """One segment: elements[0] is its id, elements[n] is element n.

    ``number`` counts from the first ISA = 1, ``offset`` is the 0-based byte of its first character in the (unpacked)
    file.
    """

    elements: list[str] = field(repr=False)
    number: int
    offset: int = 0

    @property
    def id(self) -> str:
        """Segment id, e.g. CLP."""
        return self.elements[0]

    def get(self, position: int) -> str:
        """Element at a 1-based position, empty where the segment ends before it."""
        return self.elements[position] if position < len(self.elements) else ""

    def offset_of(self, position: int) -> int:
        """Where an element begins in the file; of a segment wrapped over lines, where it would without the breaks."""
        return self.offset + sum(len(each.encode("utf-8")) + 1 for each in self.elements[:position])


@dataclass(slots=True)
class Run:
    """Segments of one interchange that were found together, not taken apart yet.

    Readers that are in a hurry look at ``parts`` (the text of each segment, without its terminator) and take apart
    what they need; ``segment`` gives one of them whole.
    """

    delimiters: Delimiters
    raw: list[str] = field(repr=False)
    number: int
    offset: int
    limits: Limits
    parts: list[str] = field(default_factory=list, repr=False)
    _starts: list[int] = field(default_factory=list)
    _gap: int | None = UNKNOWN

    @property
    def gap(self) -> int | None:
        """Characters between the end of a segment and the begin of the next, if that is the same for all of them."""
        if self._gap == UNKNOWN:
            self._gap = self._measured()
        return self._gap

    def _measured(self) -> int | None:
        second = next((each for each in self.raw[1:] if each.strip(PADDING)), "")
        pad = second[: len(second) - len(second.lstrip(PADDING))]
        mark = self.delimiters.terminator
        given = mark.join(self.raw).strip(PADDING).removesuffix(mark)
        return len(mark) + len(pad) if (mark + pad).join(self.parts) == given else None

    def start(self, index: int) -> int:
        """The 0-based byte of the file where a part begins."""
        if index == 0 and self.raw and (bare := self.raw[0].lstrip(PADDING)):
            return self.offset + len(self.raw[0]) - len(bare)
        return self._start(index)

    def segment(self, index: int) -> RawSegment:
        """One of the parts, taken apart, with its place."""
        return RawSegment(self.elements(index), self.number + index, self._start(index))

    def elements(self, index: int) -> list[str]:
        """Its elements as text."""
        part = self.parts[index]
        return (part if part.isascii() else decoded(part)).split(self.delimiters.element)

    def _start(self, index: int) -> int:
        if not self._starts:
            place = self.offset
            for raw in self.raw:
                bare = raw.lstrip(PADDING)
                if bare:
                    self._starts.append(place + len(raw) - len(bare))
                place += len(raw) + 1
        return self._starts[index]


def decoded(text: str) -> str:
    """Text of bytes that were taken as Latin-1: as UTF-8 if they are that, else as they stand."""
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text


class Tokenizer:
    """Takes bytes in pieces of any size and gives runs of segments; ``close`` gives what is left at the end."""

    def __init__(self, limits: Limits = LIMITS) -> None:
        self.limits = limits
        self.delimiters: Delimiters | None = None
        self.faults: list[Fault] = []
        self.strays: list[Fault] = []
        """Text outside of any interchange, up to ``limits.strays`` pieces, each cut short."""
        self.more_strays = 0
        """Pieces of it beyond those, and where the first of them begins."""
        self.more_strays_from = -1
        self.first_stray: Fault | None = None
        """The first of them, whatever the limit."""
        self.members: list[Member] = []
        """The files of a zip that began so far."""
        self.interchanges = 0
        self.cut_off = False
        """Whether a file ended inside an interchange; known after ``close``."""
        self._rest = ""
        self._offset = 0
        self._number = 1
        self._stray_end = -1
        self._stray_text = ""
        self._before = ""
        self._ended = False

    @property
    def offset(self) -> int:
        """How many bytes are taken apart."""
        return self._offset

    def begin(self, name: str) -> None:
        """The next bytes are a file of a zip."""
        said = "".join(each if each.isprintable() else "?" for each in name)
        self.members.append(Member(said, self._offset, self._number))

    def feed(self, data: bytes) -> list[Run]:
        """What these bytes complete; ``END_OF_FILE`` (no bytes) ends a file, and another may follow."""
        if data == END_OF_FILE:
            return self.close()
        return self._take(self._rest + data.decode("latin-1"), last=False)

    def close(self) -> list[Run]:
        """What was left without a terminator."""
        found = self._take(self._rest, last=True)
        self.cut_off = self.cut_off or (self.delimiters is not None and not self._ended)
        self.delimiters = None
        self._before = ""
        return found

    def _take(self, text: str, *, last: bool) -> list[Run]:
        """``text`` begins at a segment's begin, or outside of an interchange; what is unfinished is kept for later."""
        found: list[Run] = []
        place = 0
        while place < len(text):
            fresh = self.delimiters is None
            if fresh:
                place = self._begin(text, place, last=last)
            if self.delimiters is None:
                break
            place, run = self._inside(text, place, fresh=fresh, last=last)
            if run is not None:
                found.append(run)
            if self.delimiters is not None:
                break  # the interchange goes on in what is to come
        self._rest = text[place:]
        self._offset += place
        self._before = text[place - 1] if place else self._before
        return found

    def _begin(self, text: str, place: int, *, last: bool) -> int:
        """Where the next interchange begins, its delimiters read; if there is none, what need not be seen again."""
        if self._stray_end != self._offset + place:
            while place < len(text) and text[place] in PADDING:
                place += 1
            mark = text[place : place + len(BYTE_ORDER_MARK)]
            if mark == BYTE_ORDER_MARK:
                place += len(mark)
            elif not last and BYTE_ORDER_MARK.startswith(mark):
                return place  # to be seen with what follows
        at = -1
        for name in ISA.finditer(text, place):
            at = name.start()
            if len(text) - at < ISA_LONGEST and not last:
                break
            before = text[at - 1] if at else self._before
            if not before.isalnum() and self._opens("ISA" + text[name.end() : at + ISA_LONGEST], at):
                self._stray(text, place, at)
                return at
        else:
            at = len(text) if last else max(place, len(text) - ISA_NAME_LONGEST + 1)  # the next bytes may end in SA
        self._stray(text, place, at)
        return at

    def _opens(self, head: str, place: int) -> bool:
        """Whether an ISA stands there. If it is not 106 characters wide its delimiters are found by counting."""
        parts = _header(head)
        if parts is None:
            return False
        component, terminator = parts[ISA_ELEMENTS][0], parts[ISA_ELEMENTS][1]
        bare = [BREAKS.sub("", each) for each in parts[:ISA_ELEMENTS]]  # a file may be wrapped inside its ISA
        wrong = [f"ISA{n:02d}" for n, width in enumerate(WIDTHS[:-1], start=1) if len(bare[n]) != width]
        if wrong:
            said = f"ISA is not {ISA_LENGTH} characters wide: {', '.join(wrong[:4])} of wrong length"
            self.faults.append(Fault(self._offset + place, said, "022"))
        mark = bare[11]
        repetition = mark if len(mark) == 1 and not mark.isalnum() and bare[12] >= "00402" else ""
        self.delimiters = Delimiters(head[3], component, repetition, terminator)
        self.interchanges += 1
        return True

    def _inside(self, text: str, place: int, *, fresh: bool, last: bool) -> tuple[int, Run | None]:
        """The segments up to the end of the interchange or of the text, and where what is unfinished begins."""
        assert self.delimiters is not None
        end, over = self._end(text, place, fresh=fresh, last=last)
        raw = text[place:end].split(self.delimiters.terminator)
        done = end
        if end == len(text) and not over and not last:
            unfinished = raw.pop()
            done = end - len(unfinished)
            if len(unfinished) > self.limits.segment_chars:
                raise X12Error(
                    f"segment at offset {self._offset + done} is longer than {self.limits.segment_chars:,} characters; "
                    f"its terminator is missing, or is not the {self.delimiters.terminator!r} that the ISA names"
                )
        run = self._run(raw, self._offset + place)
        if over:
            self.delimiters = None
        return done, run

    def _run(self, raw: list[str], offset: int) -> Run | None:
        assert self.delimiters is not None
        parts = [part for part in [each.strip(PADDING) for each in raw] if part]
        if not parts:
            return None
        joined = "".join(parts)
        if "\n" in joined or "\r" in joined:
            parts = [BREAKS.sub("", part) for part in parts]
        run = Run(self.delimiters, raw, self._number, offset, self.limits, parts)
        most = self.limits.elements
        longest = max(map(len, parts))
        if longest > self.limits.segment_chars:
            index = next(at for at, part in enumerate(parts) if len(part) == longest)
            raise X12Error(
                f"segment at offset {run.start(index)} is longer than {self.limits.segment_chars:,} characters; "
                f"its terminator is missing, or is not the {self.delimiters.terminator!r} that the ISA names"
            )
        if longest > most:  # only what is longer than that can have so many
            mark = self.delimiters.element
            for index, part in enumerate(parts):
                if len(part) > most and part.count(mark) > most:
                    raise X12Error(
                        f"segment at offset {run.start(index)} has {part.count(mark):,} elements, more than {most:,}"
                    )
        self._number += len(parts)
        # a line may break in the name of the IEA, so that only its segment shows it
        self._ended = parts[-1].startswith(f"IEA{self.delimiters.element}")
        return run

    def _end(self, text: str, place: int, *, fresh: bool, last: bool) -> tuple[int, bool]:
        """Where to stop, and whether the interchange is over there: after its IEA, or at an ISA that comes without one.

        Looked for in the text as a whole: to look at each segment's id would take longer than to split them.
        """
        assert self.delimiters is not None
        first = place + 3 if fresh else place
        end, over = len(text), False
        at = first
        while (at := text.find(f"IEA{self.delimiters.element}", at)) >= 0:
            if self._at_start(text, place, at):
                after = text.find(self.delimiters.terminator, at)
                stop = after + 1 if after >= 0 else len(text)
                glued = _glued(text, at, stop)
                if glued >= 0:  # files put together, the first without its last terminator
                    return glued, True
                if after >= 0 or last:
                    end, over = stop, True
                break
            at += 4
        at = first
        while (at := text.find("ISA", at, end)) >= 0:
            if self._at_start(text, place, at):
                head = text[at : at + ISA_LONGEST]
                if len(head) < ISA_LONGEST and not last:
                    return at, False  # to be seen with what follows
                if _header(head) is not None:
                    said = "ISA before the IEA of the interchange before it"
                    self.faults.append(Fault(self._offset + at, said, "023"))
                    return at, True
            at += 3
        return end, over

    def _at_start(self, text: str, begin: int, place: int) -> bool:
        """Whether a segment begins at the place."""
        assert self.delimiters is not None
        before = place - 1
        while before >= begin and text[before] in PADDING and text[before] != self.delimiters.terminator:
            before -= 1
        return before < begin or text[before] == self.delimiters.terminator

    def _stray(self, text: str, begin: int, end: int) -> None:
        stray = text[begin:end].lstrip(PADDING)
        at = self._offset + end - len(stray)
        goes_on = self._stray_end == self._offset + begin
        if goes_on and self.strays and self._stray_text:
            self._stray_text = (self._stray_text + text[begin:end])[:80]
            self.strays[-1] = self.strays[-1]._replace(text=self._stray_text.rstrip(PADDING))
        elif stray and not goes_on:
            found = Fault(at, stray[:80].rstrip(PADDING))
            self.first_stray = self.first_stray or found
            self._stray_text = ""
            if len(self.strays) < self.limits.strays:
                self._stray_text = stray[:80]
                self.strays.append(found)
            else:
                self.more_strays_from = at if not self.more_strays else self.more_strays_from
                self.more_strays += 1
        if stray or goes_on:
            self._stray_end = self._offset + end


def _glued(text: str, begin: int, end: int) -> int:
    """Where the line ends behind which an ISA begins the next one; -1 if there is none.

    Files put together, the first without its last terminator: its IEA seems to go on to the end of the next ISA.
    ``begin`` and ``end`` hold what looks like that one segment; the IEA ends at the line break, which is the answer::

        IEA*1*000000007⏎ISA*00*          *00*  ...  *P*:~
        begin          here                              end

    An ISA without a break before it is a value of the segment, and stays in it.
    """
    for found in AGAIN.finditer(text, begin, end):
        place = found.start()
        while place > begin and text[place - 1] in " \t\r\n":
            place -= 1
        if broken := BREAKS.search(text, place, found.start()):
            return broken.start()
    return -1


def _header(head: str) -> list[str] | None:
    """The ISA's id and elements, the last one with what follows it; None if it is none.

    A file may be wrapped just before ISA16 or the terminator: no break separates components, and one is no terminator
    where a mark follows it.
    """
    element = head[3:4]
    if not element or element.isalnum() or element in PADDING:
        return None
    parts = head.split(element, ISA_ELEMENTS)
    if len(parts) <= ISA_ELEMENTS or len(parts[ISA_ELEMENTS]) < 2 or parts[0] != "ISA":
        return None
    last = parts[ISA_ELEMENTS].lstrip("\r\n")
    behind = last[1:].lstrip("\r\n")[:1]
    if last[1:2] in ("\r", "\n") and behind and not behind.isalnum() and behind not in PADDING:
        last = last[0] + last[1:].lstrip("\r\n")
    component, terminator = last[:1], last[1:2]
    if terminator in (component, element, "", " ", "\t", "\x00") or component.isalnum() or terminator.isalnum():
        return None
    return [*parts[:ISA_ELEMENTS], last]


def runs(source: Source, limits: Limits = LIMITS, *, tokenizer: Tokenizer | None = None) -> Iterator[Run]:
    """Segments of a file in runs, as they are read; give a tokenizer to see its faults and strays afterwards."""
    reader = tokenizer or Tokenizer(limits)
    for piece in chunks(source, limits, reader.begin):
        yield from reader.feed(piece)
    yield from reader.close()


def segments(source: Source, limits: Limits = LIMITS) -> Iterator[RawSegment]:
    """Segments of a file, as they are read: memory does not grow with the file."""
    for run in runs(source, limits):
        for index in range(len(run.parts)):
            yield run.segment(index)


async def async_segments(source: AsyncIterable[bytes], limits: Limits = LIMITS) -> AsyncIterator[RawSegment]:
    """The same for bytes that are waited for."""
    reader = Tokenizer(limits)
    async for piece in async_chunks(source, limits):
        for run in reader.feed(piece):
            for index in range(len(run.parts)):
                yield run.segment(index)
    for run in reader.close():
        for index in range(len(run.parts)):
            yield run.segment(index)


def nothing_found(tokenizer: Tokenizer) -> str:
    """Why there is no interchange in what was read, as one sentence with what to do."""
    first = tokenizer.first_stray
    if first is None:
        return "file is empty; ask the sender for it again"
    if first.text.startswith("ISA") and tokenizer.offset - first.offset < ISA_LENGTH:
        return f"file ends at offset {tokenizer.offset} inside the ISA segment; ask the sender for it again"
    if first.text.startswith("ISA"):
        return "ISA does not hold its 16 elements, so its delimiters cannot be told; ask the sender for it again"
    return "no ISA in the file, so it is not X12; check what was sent"
