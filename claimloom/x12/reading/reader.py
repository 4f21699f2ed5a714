"""Segments to loops: one walk for reading, checking and streaming.

For each place in a guide there is a table of what may come next (``steps.py``). What fits nowhere stays where it was
met, and the walk goes on from where it was, so that one bad segment costs nothing but itself.
"""

from __future__ import annotations

import gc
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from itertools import accumulate, islice
from typing import Any, Final

from claimloom.x12.guides.grammar import LoopNode, grammar
from claimloom.x12.guides.kinds import BULK, PLAIN, UNITS, kind_of
from claimloom.x12.reading.document import Document, Frame, Group, Interchange, Issue, Loop, Segment, Transaction
from claimloom.x12.reading.source import LIMITS, Limits, X12Error
from claimloom.x12.reading.steps import Levels, State, Step, resolve, states
from claimloom.x12.reading.tokenizer import Run, Tokenizer

ENVELOPE: Final = frozenset({"ISA", "GS", "ST", "SE", "GE", "IEA", "TA1"})


@contextmanager
def collector_paused() -> Iterator[None]:
    """Keeps the cycle collector from walking through what is being made; a quarter of the time went there."""
    was = gc.isenabled()
    if was:  # else another thread has paused it, and may be done between asking and disabling
        gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


class Reader:
    """Takes runs of segments and builds the document; in a stream it gives loops out instead of keeping them."""

    def __init__(self, limits: Limits = LIMITS, *, keep: bool = True) -> None:
        self.limits = limits
        self.keep = keep
        self.document = Document()
        self.closed: list[Loop | Transaction] = []
        """Loops and transactions in the order they ended; emptied by who reads (only when ``keep`` is off)."""
        self.hierarchy: list[Loop] = []
        """Loops of HL in the order they begin; emptied by who reads (only when ``keep`` is off)."""
        self.cut_short = False
        """Whether the file ended inside a transaction set; what is given out after that is the rest of it."""
        self.interchange: Interchange | None = None
        self.group: Group | None = None
        self.transaction: Transaction | None = None
        self.loop: Loop | None = None
        self.state: State | None = None
        self.index = self.groups = 0
        self._place = 0
        self._mark = ""
        self._gap = 1
        self._end = 0
        self._levels: dict[str, Loop] = {}
        self._depths: dict[str, int] = {}

    # ---- runs --------------------------------------------------------------------------------------------------------

    def take(self, run: Run) -> None:
        """All segments of a run. Nothing that is made here can be garbage yet, so the collector need not look."""
        self._mark = run.delimiters.element
        self.document.segment_count += len(run.parts)
        before = run.start(0) - self._end  # between two runs there may be another gap than in them
        gap = run.gap if len(run.parts) > 1 else before
        self._gap = before if gap is None else gap
        with collector_paused():
            if gap is None:
                for index, text in enumerate(run.parts):
                    self._one(text, run.number + index, run.start(index), run, apart=True)
                self._end = run.start(len(run.parts) - 1) + len(run.parts[-1])
            else:
                self._regular(run, gap, apart=before != gap)

    def _regular(self, run: Run, gap: int, *, apart: bool) -> None:  # noqa: PLR0912 - calls would take longer than what they do
        """The segments of a run with equal gaps. This loop is where reading spends its time.

        What the guide has where it stands is done here, with what ends and begins a loop; all else is ``_one``. Where
        a segment stands is summed up beforehand (``behind``: the characters before it), since it is asked only where a
        loop begins.
        """
        mark, parts, keep = self._mark, run.parts, self.keep
        behind = list(accumulate(map(len, parts), initial=run.start(0)))
        first, at, count = run.number, 0, len(parts)
        self._end = behind[count] + gap * (count - 1)
        while at < count:
            state, loop = self.state, self.loop
            if state is None or loop is None or loop.frame.gap != gap or apart:
                apart = apart or (loop is not None and loop.frame.gap != gap)
                self._one(parts[at], first + at, behind[at] + gap * at, run, apart=apart)
                apart = False
                at += 1
                continue
            frame, inner = loop.frame, loop
            texts, nodes = inner.texts, inner.nodes
            step: Any  # a Step, or the table that leads to it: told apart by its class
            for at, text in enumerate(islice(parts, at, None), at):  # noqa: B020 - goes on where it was left
                head = text.split(mark, 2)
                step = state.get(head[0])
                if step.__class__ is dict:
                    step = step.get(head[1]) if len(head) > 1 else None
                elif step.__class__ is Levels:
                    step = step.get(_third(text, mark)) if len(head) > 2 else None
                if step is None:
                    self.state, self.loop = state, inner
                    self._one(text, first + at, behind[at] + gap * at, run)
                    break
                if step.moves:
                    for _ in range(step.pops):
                        if not keep:
                            self._close(inner, first + at)
                        inner = inner.parent  # type: ignore[assignment] # the table leads no higher than the set
                    for node in step.pushes:
                        made = Loop(node, inner, frame, first + at, behind[at] + gap * at)
                        inner.loops.append(made)
                        inner = made
                        if node.is_level and not keep:
                            self.hierarchy.append(made)
                    if not step.pushes:
                        self._note(inner, first + at, behind[at] + gap * at)
                    texts, nodes = inner.texts, inner.nodes
                texts.append(text)
                nodes.append(step.node)
                state = step.after
            else:
                self.state, self.loop = state, inner
            at += 1

    def _move(self, step: Step, number: int, offset: int) -> Loop:
        """End and begin loops, as a step says."""
        loop = self.loop
        assert loop is not None
        for _ in range(step.pops):
            if not self.keep:
                self._close(loop, number)
            assert loop.parent is not None
            loop = loop.parent
        for node in step.pushes:
            made = Loop(node, loop, loop.frame, number, offset)
            loop.loops.append(made)
            loop = made
            if node.is_level and not self.keep:
                self.hierarchy.append(made)
        if not step.pushes:
            self._note(loop, number, offset)
        self.loop = loop
        return loop

    def _note(self, loop: Loop, number: int, offset: int) -> None:
        """The next own segment of the loop does not follow the one before it."""
        if loop.places is None:
            loop.places = {}
        loop.places[len(loop.texts)] = (number, offset)

    def _close(self, loop: Loop, number: int) -> None:
        """A loop has ended before this segment: give it out, and let go of it where loops come without a bound."""
        self.closed.append(loop)
        loop.end = number
        parent = loop.parent
        bulk = BULK[loop.frame.grammar.kind] if loop.frame.grammar else ()
        if parent is not None and loop.node.id in bulk and parent.loops and parent.loops[-1] is loop:
            parent.loops.pop()
            if parent.dropped is None:
                parent.dropped = {}
            count, first = parent.dropped.get(loop.node.number, (0, loop.number))
            count += 1
            parent.dropped[loop.node.number] = (count, first)
            if count == loop.node.max_repeat + 1 and self.transaction is not None:
                self.transaction.issues.append(Issue("excess", loop.number, loop.offset, loop.head.text, loop))

    # ---- one segment -------------------------------------------------------------------------------------------------

    def _one(self, text: str, number: int, offset: int, run: Run, *, apart: bool = False) -> None:
        """The slow way: envelopes, first times, and everything that is odd. ``apart``: note where it stands."""
        segment_id = text.partition(self._mark)[0]
        if segment_id in ENVELOPE:
            self._envelope(segment_id, text, number, offset, run)
        elif self.transaction is None or self.loop is None:
            self._outside(self._segment(text, number, offset, run))
        elif self.state is None:
            self._plain(segment_id, text, number, offset)
        else:
            self._step(segment_id, text, number, offset, apart=apart)

    def _segment(self, text: str, number: int, offset: int, run: Run) -> Segment:
        return Segment(text, run.delimiters, number, offset)

    def _outside(self, segment: Segment) -> None:
        if self.group is not None:
            self.group.strays.append(segment)
        elif self.interchange is not None:
            self.interchange.strays.append(segment)

    def _step(self, segment_id: str, text: str, number: int, offset: int, *, apart: bool) -> None:
        assert self.state is not None
        assert self.loop is not None
        assert self.transaction is not None
        step = resolve(self.state, segment_id, text, self.loop.frame.delimiters)
        loop = self.loop
        if step.kind:
            self.transaction.issues.append(Issue(step.kind, number, offset, text, loop))
        if step.after is not None:
            loop = self._move(step, number, offset)
            if apart:
                self._note(loop, number, offset)
            loop.texts.append(text)
            loop.nodes.append(step.node)
            self.state = step.after
            return
        for _ in range(step.up):
            loop = loop.parent or loop
        if apart or step.up or loop.loops:
            self._note(loop, number, offset)
        loop.texts.append(text)
        loop.nodes.append(step.node)
        if step.up:
            self._note(self.loop, number + 1, offset + len(text) + loop.frame.gap)

    def _plain(self, segment_id: str, text: str, number: int, offset: int) -> None:
        """A neighbour's segment: loops by their first segments, HL under the HL that it names."""
        assert self.loop is not None
        assert self.transaction is not None
        root = self.transaction.root
        depth = PLAIN.get(segment_id, 0)
        if segment_id == "HL":
            parts = text.split(self._mark)
            name = parts[2] if len(parts) > 2 else ""
            level = self._depths.get(name, 0) + 1
            if level > self.limits.nesting:
                raise X12Error(f"levels (HL) at offset {offset} are nested deeper than {self.limits.nesting}")
            self.loop = self._open_plain("HL", self._levels.get(name, root), number, offset)
            own = parts[1] if len(parts) > 1 else ""
            self._levels[own], self._depths[own] = self.loop, level
        elif depth:
            above = self.loop
            while above.parent is not None and above.node.rank >= depth:
                above = above.parent
            self.loop = self._open_plain(segment_id, above, number, offset, depth)
        self._note(self.loop, number, offset)
        self.loop.texts.append(text)
        self.loop.nodes.append(0)

    def _open_plain(self, name: str, parent: Loop, number: int, offset: int, depth: int = 0) -> Loop:
        made = Loop(_plain_node(name, depth), parent, parent.frame, number, offset)
        if self.keep:
            parent.loops.append(made)
        return made

    # ---- envelopes ---------------------------------------------------------------------------------------------------

    def _envelope(self, segment_id: str, text: str, number: int, offset: int, run: Run) -> None:
        segment = self._segment(text, number, offset, run)
        if segment_id == "SE" and self.transaction is not None:
            self._note(self.transaction.root, number, offset)
            root = self.transaction.root
            root.texts.append(text)
            node = next((each.number for each in root.node.segments() if each.id == "SE"), 0)
            root.nodes.append(node)
            segment.loop = root
            self.transaction.trailer = segment
            self._end_transaction(number, number + 1)
        elif segment_id == "SE":
            self._outside(segment)
        elif segment_id == "ST":
            self._end_transaction(number)
            self._begin_transaction(segment, run)
        elif segment_id == "TA1":
            self._end_transaction(number)
            if self.interchange is not None:
                self.interchange.answers.append(segment)
        else:
            self._end_transaction(number)
            self._frame(segment_id, segment, run)

    def _frame(self, segment_id: str, segment: Segment, run: Run) -> None:
        if segment_id == "ISA":
            self.group = None
            self.interchange = Interchange(segment, run.delimiters)
            self.document.interchanges.append(self.interchange)
        elif self.interchange is None:
            return
        elif segment_id == "GS":
            self.groups += 1
            self.group = Group(segment, self.interchange, self.groups)
            self.interchange.groups.append(self.group)
            self.interchange.count += 1
        elif segment_id == "GE" and self.group is not None and self.group.trailer is None:
            self.group.trailer = segment
            self.group = None
        elif segment_id == "IEA" and self.interchange.trailer is None:
            self.interchange.trailer = segment
            self.group = None
        else:
            self._outside(segment)

    def _begin_transaction(self, segment: Segment, run: Run) -> None:
        if self.interchange is None:
            return
        if self.group is None:
            self.groups += 1
            self.group = Group(None, self.interchange, self.groups)
            self.interchange.groups.append(self.group)
        group = self.group
        version = segment.get(3) or group.version
        kind = kind_of(segment.get(1), [each for each in (segment.get(3), group.version) if each])
        known = kind in UNITS
        self.index += 1
        found = grammar(kind) if known else None
        frame = Frame(run.delimiters, found, segment.number, self._gap, self.index)
        root = Loop(found.root if found else _plain_node("ST", 0), None, frame, segment.number, segment.offset)
        root.texts.append(segment.text)
        root.nodes.append(0)
        self.transaction = Transaction(kind, version, segment.get(2), frame, root, group)
        self.loop = root
        self.state = states(kind)[0] if known else None
        self._levels = {}
        self._depths = {}
        group.count += 1
        if self.keep:
            group.transactions.append(self.transaction)

    def _end_transaction(self, number: int, after: int = 0) -> None:
        """Its loops end before the segment with this number; its SE, if it has one, belongs to it."""
        if self.transaction is None:
            return
        self.transaction.end = after or number
        self.transaction.segment_count = self.transaction.end - self.transaction.frame.first
        if not self.keep:
            loop = self.loop
            while loop is not None:
                self._close(loop, number)
                loop = loop.parent
            self.closed.append(self.transaction)
        self.transaction = self.loop = self.state = None

    def forget(self) -> None:
        """What was given out has been looked at."""
        self.closed.clear()
        self.hierarchy.clear()

    def finish(self, tokenizer: Tokenizer) -> Document:
        """No more is to come."""
        self.cut_short = self.transaction is not None
        self._end_transaction(self.document.segment_count + 1)
        self.document.cut_off = tokenizer.cut_off
        self.document.strays = tokenizer.strays
        self.document.more_strays = tokenizer.more_strays
        self.document.more_strays_from = tokenizer.more_strays_from
        interchanges = self.document.interchanges
        starts = [each.header.offset for each in interchanges]
        for fault in tokenizer.faults:
            if interchanges:
                interchanges[max(bisect_right(starts, fault.offset) - 1, 0)].faults.append(fault)
        return self.document


def _third(text: str, mark: str) -> str:
    parts = text.split(mark, 4)
    return parts[3] if len(parts) > 3 else ""


@cache
def _plain_node(name: str, depth: int) -> LoopNode:
    return LoopNode(name, "", "S", 1, depth, None)
