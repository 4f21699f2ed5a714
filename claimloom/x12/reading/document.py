"""What was read: interchanges, groups, transactions, loops and segments, each value with its place in the file.

A loop keeps the text of its segments; they are taken apart when somebody looks at them. Nothing is dropped: a segment
that the guide has no place for stands in ``unparsed`` of the loop in which it was met, and all segments of a
transaction in their order are ``Transaction.segments()``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from claimloom.x12.guides.delimiters import Delimiters
from claimloom.x12.guides.grammar import Grammar, LoopNode, SegmentNode
from claimloom.x12.reading.tokenizer import Fault, decoded
from schemas.words import counted

__all__ = ["Document", "Group", "Interchange", "Issue", "Loop", "Segment", "Transaction", "claim_of"]


class Segment:
    """One segment. ``elements[0]`` is its id, ``elements[n]`` element n; composites and repetitions as they stand.

    ``number`` counts from the file's first ISA = 1, ``offset`` is the 0-based byte of its first character in the
    unpacked file, ``node`` its place in the guide (None: it has none there).
    """

    __slots__ = ("_elements", "delimiters", "loop", "node", "number", "offset", "text")

    def __init__(
        self,
        text: str,
        delimiters: Delimiters,
        number: int,
        offset: int,
        node: SegmentNode | None = None,
        loop: Loop | None = None,
    ) -> None:
        self.text = text
        self.delimiters = delimiters
        self.number = number
        self.offset = offset
        self.node = node
        self.loop = loop
        self._elements: list[str] | None = None

    @property
    def elements(self) -> list[str]:
        """Its id and elements as text."""
        if self._elements is None:
            text = self.text if self.text.isascii() else decoded(self.text)
            self._elements = text.split(self.delimiters.element)
        return self._elements

    @property
    def id(self) -> str:
        """Segment id, e.g. CLP."""
        return self.elements[0]

    @property
    def position(self) -> int:
        """Its place in the transaction set, ST = 1 (IK302); 0 outside of one."""
        return self.number - self.loop.frame.first + 1 if self.loop is not None else 0

    def get(self, position: int, component: int = 0, repeat: int = 0) -> str:
        """Element at a 1-based position, or a component of it; empty where the segment does not have it.

        ``repeat`` is the 0-based repetition of a repeated element that is meant.
        """
        elements = self.elements
        if position >= len(elements):
            return ""
        found = elements[position]
        if component or repeat:
            repetition = self.delimiters.repetition
            if repetition and repetition in found:
                repeats = found.split(repetition)
                found = repeats[repeat] if repeat < len(repeats) else ""
            elif repeat:
                return ""
        if component:
            parts = found.split(self.delimiters.component)
            return parts[component - 1] if component <= len(parts) else ""
        return found

    def components(self, position: int, repeat: int = 0) -> list[str]:
        """The components of an element."""
        found = self.get(position, repeat=repeat)
        if not repeat and (repetition := self.delimiters.repetition) and repetition in found:
            found = found.split(repetition)[0]
        return found.split(self.delimiters.component) if found else []

    def repeats(self, position: int) -> list[str]:
        """The repetitions of an element."""
        found = self.get(position)
        if not found:
            return []
        return found.split(self.delimiters.repetition) if self.delimiters.repetition else [found]

    def offset_of(self, position: int, component: int = 0) -> int:
        """The 0-based byte where an element (or a component of it) begins; of a wrapped segment, without its breaks.

        Of an element that is not there, where the segment ends.
        """
        raw = self.text.split(self.delimiters.element)
        if position >= len(raw):
            return self.offset + len(self.text)
        place = self.offset + sum(len(each) + 1 for each in raw[:position])
        if component > 1:
            parts = raw[position].split(self.delimiters.component)
            place += sum(len(each) + 1 for each in parts[: component - 1])
        return place

    def __repr__(self) -> str:
        """Without its content, which may tell of a patient."""
        return f"<Segment {self.id[:3]} number {self.number} at {self.offset}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Segment) and other.text == self.text and other.number == self.number

    def __hash__(self) -> int:
        return hash((self.text, self.number))


@dataclass(slots=True)
class Frame:
    """What all loops of a transaction share."""

    delimiters: Delimiters
    grammar: Grammar | None = field(repr=False)
    first: int
    """Number of its ST in the file."""
    gap: int
    """Characters from the end of one segment to the begin of the next."""
    index: int = 0
    """Which ST of the file it is, from 1."""


class Loop:
    """A loop with its own segments and the loops in it; generic access for every guide.

    ``texts`` and ``nodes`` stand beside each other: a segment's text and its number in ``Grammar.nodes`` (-1: the guide
    has no place for it).
    """

    __slots__ = (
        "_known",
        "dropped",
        "end",
        "frame",
        "loops",
        "node",
        "nodes",
        "number",
        "offset",
        "parent",
        "places",
        "texts",
    )

    def __init__(self, node: LoopNode, parent: Loop | None, frame: Frame, number: int, offset: int) -> None:
        self.node = node
        self.parent = parent
        self.frame = frame
        self.number = number
        self.offset = offset
        # number of the segment behind it; set when a stream gives the loop out
        self.end = 0
        self.loops: list[Loop] = []
        self.texts: list[str] = []
        self.nodes: list[int] = []
        # own segments that do not follow the one before them: index -> (number, offset)
        self.places: dict[int, tuple[int, int]] | None = None
        self._known: list[tuple[int, int]] | None = None
        # loops that were given out and are kept no longer (streaming): how many of each, and where the first began
        self.dropped: dict[int, tuple[int, int]] | None = None

    @property
    def id(self) -> str:
        """The loop's name in the guide, e.g. 2010AA."""
        return self.node.id

    def place(self, index: int) -> tuple[int, int]:
        """Number and offset of an own segment."""
        if not index and not self.places:
            return self.number, self.offset
        known = self._known
        if known is None:
            known = self._known = []
        places, gap = self.places or {}, self.frame.gap
        while len(known) <= index:  # each from the one before it, and remembered: many may be asked for
            at = len(known)
            number, offset = known[-1] if known else (self.number - 1, self.offset - gap)
            after = len(self.texts[at - 1]) if known else 0
            known.append(places.get(at) or (number + 1, offset + after + gap))
        return known[index]

    def segment_at(self, index: int) -> Segment:
        """One own segment by its index in ``texts``."""
        number, offset = self.place(index)
        node = self.nodes[index]
        grammar = self.frame.grammar
        known = grammar.nodes[node] if grammar is not None and node >= 0 else None
        return Segment(self.texts[index], self.frame.delimiters, number, offset, known, self)

    @property
    def head(self) -> Segment:
        """Its first own segment; an empty one where what should begin the loop is missing."""
        if self.texts:
            return self.segment_at(0)
        return Segment("", self.frame.delimiters, self.number, self.offset, None, self)

    def _each(self) -> Iterator[Segment]:
        """Own segments in their order, each place worked out from the one before."""
        grammar, marks, gap = self.frame.grammar, self.frame.delimiters, self.frame.gap
        known, places = (grammar.nodes if grammar is not None else None), self.places or {}
        number, offset = self.number, self.offset
        for index, (text, node) in enumerate(zip(self.texts, self.nodes, strict=True)):
            if index in places:
                number, offset = places[index]
            yield Segment(text, marks, number, offset, known[node] if known and node >= 0 else None, self)
            number, offset = number + 1, offset + len(text) + gap

    @property
    def segments(self) -> list[Segment]:
        """Its own segments, those of its loops left out."""
        return list(self._each())

    @property
    def unparsed(self) -> list[Segment]:
        """Segments met here that the guide has no place for."""
        if self.frame.grammar is None or min(self.nodes, default=0) >= 0:
            return []
        return [each for each, node in zip(self._each(), self.nodes, strict=True) if node < 0]

    def find(self, segment_id: str, qualifier: str = "") -> Segment | None:
        """The first own segment with this id (and this first element)."""
        separator = self.frame.delimiters.element
        start = f"{segment_id}{separator}{qualifier}"
        for index, text in enumerate(self.texts):
            if text.startswith(start) and (not qualifier or text[len(start) : len(start) + 1] in ("", separator)):
                return self.segment_at(index)
        return None

    def find_all(self, segment_id: str, qualifier: str = "") -> list[Segment]:
        """All own segments with this id (and this first element)."""
        separator = self.frame.delimiters.element
        start = f"{segment_id}{separator}{qualifier}"
        if not any(text.startswith(start) for text in self.texts):
            return []
        return [
            each
            for each in self._each()
            if each.text.startswith(start)
            and (not qualifier or each.text[len(start) : len(start) + 1] in ("", separator))
        ]

    def loop(self, loop_id: str) -> Loop | None:
        """The first loop in this one with a name."""
        return next((each for each in self.loops if each.node.id == loop_id), None)

    def all(self, loop_id: str) -> list[Loop]:
        """The loops in this one with a name, e.g. all 2400 of a 2300."""
        return [each for each in self.loops if each.node.id == loop_id]

    def above(self, loop_id: str) -> Loop | None:
        """The loop of that name around this one."""
        found: Loop | None = self
        while found is not None and found.node.id != loop_id:
            found = found.parent
        return found

    def walk(self) -> Iterator[Loop]:
        """This loop and all in it, each before those in it."""
        waiting = [self]
        while waiting:
            loop = waiting.pop()
            yield loop
            waiting.extend(reversed(loop.loops))

    def all_segments(self) -> list[Segment]:
        """Its segments and those of all loops in it, in the order of the file."""
        found = [segment for loop in self.walk() for segment in loop.segments]
        return sorted(found, key=lambda each: each.number)

    def __repr__(self) -> str:
        return f"<Loop {self.node.id} at segment {self.number}>"


@dataclass(frozen=True, slots=True)
class Issue:
    """A segment that the reader had no regular place for; ``kind`` is unknown, foreign, unexpected, late or excess."""

    kind: str
    number: int
    offset: int
    text: str = field(repr=False)
    loop: Loop


@dataclass(slots=True, repr=False)
class Transaction:
    """One ST to SE. ``kind`` is 837P, 835, 999 or 277CA, or the name of a neighbour that is read as plain loops."""

    kind: str
    version: str
    control_number: str
    frame: Frame
    root: Loop
    group: Group | None
    segment_count: int = 0
    trailer: Segment | None = None
    """SE; None where the transaction was cut off."""
    end: int = 0
    """Number of the segment behind it."""
    issues: list[Issue] = field(default_factory=list)

    def __repr__(self) -> str:
        """Its place alone, as of the others here: a file's content belongs into no log."""
        return f"<Transaction {self.index} at segment {self.frame.first}>"

    @property
    def index(self) -> int:
        """Which ST of the file it is, from 1."""
        return self.frame.index

    @property
    def known(self) -> bool:
        """Whether it was read by its guide."""
        return self.frame.grammar is not None

    def segments(self) -> list[Segment]:
        """All its segments from ST on, in the order of the file."""
        return self.root.all_segments()


@dataclass(slots=True, repr=False)
class Group:
    """One GS to GE."""

    header: Segment | None
    """None where transactions stand in an interchange without a GS."""
    interchange: Interchange
    index: int = 0
    """Which group of the file it is, from 1."""
    transactions: list[Transaction] = field(default_factory=list)
    count: int = 0
    trailer: Segment | None = None
    strays: list[Segment] = field(default_factory=list)
    """Segments between transactions."""

    def __repr__(self) -> str:
        """Its place alone."""
        return f"<Group {self.index} with {counted(self.count, 'transaction')}>"

    @property
    def control_number(self) -> str:
        """GS06."""
        return self.header.get(6) if self.header else ""

    @property
    def version(self) -> str:
        """GS08."""
        return self.header.get(8) if self.header else ""


@dataclass(slots=True, repr=False)
class Interchange:
    """One ISA to IEA."""

    header: Segment
    delimiters: Delimiters
    groups: list[Group] = field(default_factory=list)
    answers: list[Segment] = field(default_factory=list)
    """TA1 segments."""
    count: int = 0
    trailer: Segment | None = None
    strays: list[Segment] = field(default_factory=list)
    """Segments outside of groups."""
    faults: list[Fault] = field(default_factory=list)
    """What was odd about the envelope of bytes."""

    def __repr__(self) -> str:
        """Its place alone."""
        return f"<Interchange at segment {self.header.number} with {counted(self.count, 'group')}>"

    @property
    def control_number(self) -> str:
        """ISA13."""
        return self.header.get(13)

    @property
    def transactions(self) -> list[Transaction]:
        """Of all its groups."""
        return [each for group in self.groups for each in group.transactions]


@dataclass(slots=True)
class Document:
    """A file: its interchanges, and what stood around them."""

    interchanges: list[Interchange] = field(default_factory=list)
    strays: list[Fault] = field(default_factory=list)
    """Text outside of any interchange."""
    more_strays: int = 0
    """Pieces of it that were left out, beyond ``limits.strays``, and where the first of them begins."""
    more_strays_from: int = -1
    cut_off: bool = False
    segment_count: int = 0

    @property
    def transactions(self) -> list[Transaction]:
        """Of all interchanges, in their order."""
        return [each for interchange in self.interchanges for each in interchange.transactions]

    @property
    def kinds(self) -> list[str]:
        """Kinds of its transactions (and TA1), each once, in the order they come."""
        found: list[str] = []
        for interchange in self.interchanges:
            found += ["TA1"] if interchange.answers else []
            found += [each.kind for each in interchange.transactions]
        return list(dict.fromkeys(found))

    def segments(self) -> list[Segment]:
        """Every segment of the file in its order, envelopes included."""
        found: list[Segment] = []
        for interchange in self.interchanges:
            found += [interchange.header, *interchange.answers, *interchange.strays]
            found += [interchange.trailer] if interchange.trailer else []
            for group in interchange.groups:
                found += [group.header] if group.header else []
                found += group.strays
                found += [group.trailer] if group.trailer else []
                for transaction in group.transactions:
                    found += transaction.segments()
        return sorted(found, key=lambda each: each.number)


def claim_of(loop: Loop) -> str:
    """Patient control number of the claim around a loop; empty where there is none."""
    place: Loop | None = loop
    mark = loop.frame.delimiters.element
    while place is not None:
        name = place.node.id
        if name in ("2300", "2100") and place.texts:
            segment_id, _, rest = place.texts[0].partition(mark)
            if segment_id in ("CLM", "CLP"):
                return rest.partition(mark)[0]
        elif name == "2200D" and place.texts:
            parts = place.texts[0].split(mark)
            return parts[2] if len(parts) > 2 else ""
        place = place.parent
    return ""
