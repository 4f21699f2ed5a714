"""Segments to loops: one walk for reading, checking and streaming.

For each place in a guide there is a table of what may come next (``Step``), made when it is first needed and kept. A
segment that the guide does not expect is looked for behind (it came late), then by its id alone (its code is wrong),
and stays where it was met if nothing fits; the walk goes on from where it was, so that one bad segment costs nothing
but itself.
"""

from __future__ import annotations

import gc
from bisect import bisect_right
from collections.abc import AsyncIterable, AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from itertools import accumulate, islice
from typing import Any, Final

from claimloom.x12.document import Document, Frame, Group, Interchange, Issue, Loop, Segment, Transaction
from claimloom.x12.grammar import VERSIONS, Grammar, LoopNode, SegmentNode, grammar
from claimloom.x12.source import LIMITS, Limits, Source, X12Error, async_chunks
from claimloom.x12.tokenizer import Run, Tokenizer, nothing_found, runs

# Segments that begin something of their own: a stray one inside is never looked for above them.
ANCHORS: Final = frozenset({"HL", "CLM", "CLP", "LX", "ST", "AK2"})
# Segments that begin a loop and nothing else: they open it even where the one before it got lost.
STARTERS: Final = frozenset({"HL", "CLM", "LX", "CLP", "SVC"})
ENVELOPE: Final = frozenset({"ISA", "GS", "ST", "SE", "GE", "IEA", "TA1"})
# Loops that come without a bound: in a stream they are given out and not kept in the loop around them. Those inside of
# what is given out whole (``UNITS``) are none: a claim keeps its lines.
BULK: Final = {
    "837P": frozenset({"2000A", "2000B", "2000C", "2300"}),
    "835": frozenset({"2000", "2100"}),
    "999": frozenset({"2000"}),
    "277CA": frozenset({"2000A", "2000B", "2000C", "2000D"}),
}
# What a stream gives out: a claim, a claim's payment, the answer to a transaction set or to a claim.
UNITS: Final = {"837P": "2300", "835": "2100", "999": "2000", "277CA": "2000D"}

NEIGHBOURS: Final = {
    "004010X091": "835 (4010)",
    "004010X098": "837P (4010)",
    "005010X223": "837I",
    "005010X224": "837D",
    "004010X096": "837I (4010)",
    "004010X097": "837D (4010)",
}
# ST01 of the transaction sets that are told apart, typed or not.
SETS: Final = frozenset("270 271 275 276 277 278 820 834 835 837 997 999".split())
# Loops of a neighbour, told by the segment that begins them: (how deep, id). HL hang by their own parents.
PLAIN: Final = {"INS": 1, "ENT": 1, "LX": 3, "CLP": 4, "CLM": 2, "SVC": 5, "RMR": 4, "EB": 4, "STC": 0}

# Segments of the X12 transaction set that its guide does not use (IK3 I4), and those of other sets of health care.
UNUSED: Final = {
    "837P": frozenset(
        "CL1 CR4 CR5 CR6 CR7 CR8 DN1 DN2 DSB FA1 FA2 HSD IMM LE LS MIA N2 RAS SPR SV2 SV3 SV4 SV6 SV7 TOO UR".split()
    ),
    "835": frozenset({"N2", "TS4"}),
}
ELSEWHERE: Final = frozenset(
    "AAA ACT ADX BGN CL1 COB CR5 CR6 DN1 DN2 DSB DTM EB EC EM ENT EQ FA1 FA2 HCR HD HLH HSD ICM IDC IIHA III INS IT1 "
    "LE LS LUI MPI MSG N2 RAS RMR SPR SV2 SV3 SV4 SV6 SV7 TOO UM UR VEH".split()
)


# First elements that are remembered in a state: in HI and SVC they hold a diagnosis or a procedure, which are many.
MOST_CODES: Final = 2_000
LONGEST_CODE: Final = 40


class Step:
    """Where a segment leads: its node, how many loops end before it, which begin, and what may come after it."""

    __slots__ = ("after", "kind", "moves", "node", "pops", "pushes", "up")

    def __init__(self, node: int, pops: int, pushes: tuple[LoopNode, ...], kind: str = "", up: int = 0) -> None:
        self.node = node
        self.pops = pops
        self.pushes = pushes
        self.moves = bool(pops or pushes)
        self.kind = kind  # empty: as the guide says; late: behind where it should be; else it has no place
        self.up = up  # a late one belongs to the loop so far above, and the walk stays where it is
        self.after: State | None = None

    @property
    def stays(self) -> bool:
        """Whether the walk stays where it is."""
        return self.after is None


class Levels(dict[str, Step]):
    """What an HL leads to, by its third element."""


class State(dict[str, "Step | dict[str, Step]"]):
    """What may follow a segment, by id, and by its first element where several have that id. Filled when asked."""

    __slots__ = ("grammar", "node", "slow")

    def __init__(self, node: SegmentNode, of: Grammar) -> None:
        super().__init__()
        self.node = node
        self.grammar = of
        self.slow: dict[tuple[str, str], Step] = {}


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


@cache
def states(kind: str) -> list[State]:
    """The states of a guide, one a segment of it."""
    found = grammar(kind)
    return [State(node, found) for node in found.nodes]


def kind_of(transaction: str, versions: Sequence[str]) -> str:
    """What a transaction set is, from ST01 and its versions (ST03, then GS08): the first that names a guide of it."""
    for version in versions:
        if VERSIONS.get(version, "").startswith(transaction[:3]) and transaction in SETS:
            return VERSIONS[version]
        for start, name in NEIGHBOURS.items():
            if version.startswith(start) and name.startswith(transaction):
                return name
    # A version that says nothing of this set: as the one that is usual here. A 277 may be many things.
    usual = {"837": "837P", "835": "835", "999": "999"}
    if transaction in usual and not any(each.startswith("004") for each in versions):
        return usual[transaction]
    if not transaction:
        return "no ST01"
    return transaction if len(transaction) == 3 and transaction.isascii() and transaction.isalnum() else "?"


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


# ---- the table of steps ----------------------------------------------------------------------------------------------


def resolve(state: State, segment_id: str, text: str, delimiters: object) -> Step:
    """The step that a segment makes from here; remembered, in the state itself where the fast loop can find it."""
    element, component = delimiters.element, delimiters.component  # type: ignore[attr-defined]
    parts = text.split(element, 4)
    first = parts[1] if len(parts) > 1 else ""
    code = parts[3] if segment_id == "HL" and len(parts) > 3 else first.split(component, 1)[0]
    if segment_id not in state.grammar.ids:  # of a damaged file it may be anything: nothing of it is kept
        return Step(-1, 0, (), _stray_kind(segment_id, state.grammar))
    codes = _codes(state.grammar, segment_id)
    keyed = bool(codes)
    known = state.slow.get((segment_id, code if code in codes else ""))
    if known is not None:
        return known
    step = _search(state.node, segment_id, code, state.grammar)
    state.slow[segment_id, code if code in codes else ""] = step
    if step.kind or step.after is None or len(first) > LONGEST_CODE or (keyed and code not in codes):
        return step
    if not keyed or _leads_one_way(state.node, segment_id, step, state.grammar):
        state[segment_id] = step
    else:
        table = state.setdefault(segment_id, Levels() if segment_id == "HL" else {})
        if isinstance(table, dict) and len(table) < MOST_CODES:
            table[code if segment_id == "HL" else first] = step
    return step


@cache
def _codes(of: Grammar, segment_id: str) -> frozenset[str]:
    """The codes that tell segments of this id apart; none where none does. Asked only for ids of the guide."""
    nodes = [node for node in of.nodes if node.id == segment_id and node.key is not None]
    return frozenset().union(*(node.key_codes for node in nodes))


def _leads_one_way(node: SegmentNode, segment_id: str, step: Step, of: Grammar) -> bool:
    """Whether every code that a segment of this id may have anywhere in the guide leads from here to one place.

    So it is with CAS, SVC or PER: their codes are many, and need not be looked at to know where they stand.
    """
    codes = {code for each in of.nodes if each.id == segment_id for code in each.key_codes}
    where = (step.node, step.pops, step.pushes, step.kind)
    for code in (*codes, "\0"):
        found = _search(node, segment_id, code, of)
        if (found.node, found.pops, found.pushes, found.kind) != where:
            return False
    return True


def _search(node: SegmentNode, segment_id: str, code: str, of: Grammar) -> Step:
    return (
        _forward(node, segment_id, code, of)
        or _behind(node, segment_id, code, of)
        or _inside(node, segment_id, code, of)
        or _by_id(node, segment_id, of)
        or Step(-1, 0, (), _stray_kind(segment_id, of))
    )


def _stray_kind(segment_id: str, of: Grammar) -> str:
    """Unexpected here, foreign to the whole guide, or of no guide that we know."""
    if segment_id in of.ids:
        return "unexpected"
    if segment_id in UNUSED.get(of.kind, ()):
        return "unused"
    return "foreign" if segment_id in ELSEWHERE or any(segment_id in grammar(kind).ids for kind in UNITS) else "unknown"


def _fits(node: SegmentNode, segment_id: str, code: str | None) -> bool:
    return node.id == segment_id and (code is None or node.key is None or code in node.key_codes)


def _arrive(step: Step, node: SegmentNode, of: Grammar) -> Step:
    step.after = states(of.kind)[node.number]
    return step


def _entered(item: LoopNode) -> tuple[LoopNode, ...]:
    """The loops that begin when an item does."""
    first = item.items[0]
    return (item, *(_entered(first) if isinstance(first, LoopNode) else ()))


def _forward(node: SegmentNode, segment_id: str, code: str | None, of: Grammar) -> Step | None:
    """From here on in this loop, then behind this loop in the ones around it."""
    loop: LoopNode | None = node.loop
    rank, pops = node.rank, 0
    while loop is not None:
        for item in loop.items:
            if item.rank < rank:
                continue
            entry = item.entry if isinstance(item, LoopNode) else item
            if not _fits(entry, segment_id, code):
                continue
            if isinstance(item, LoopNode):
                return _arrive(Step(entry.number, pops, _entered(item)), entry, of)
            if item is loop.items[0]:
                if loop.parent is None:
                    continue
                return _arrive(Step(item.number, pops + 1, (loop,)), item, of)
            return _arrive(Step(item.number, pops, ()), item, of)
        rank, loop, pops = loop.rank, loop.parent, pops + 1
    return None


def _behind(node: SegmentNode, segment_id: str, code: str, of: Grammar) -> Step | None:
    """What should have come before: a segment is put where it belongs and the walk stays; a loop is entered."""
    loop: LoopNode | None = node.loop
    rank, up = node.rank, 0
    while loop is not None:
        for item in loop.items:
            if item.rank >= rank:
                continue
            entry = item.entry if isinstance(item, LoopNode) else item
            if not _fits(entry, segment_id, code):
                continue
            if isinstance(item, LoopNode):
                return _arrive(Step(entry.number, up, _entered(item), "late"), entry, of)
            if item is not loop.items[0]:
                return Step(item.number, 0, (), "late", up)
        if loop.entry.id in ANCHORS:
            return None
        rank, loop, up = loop.rank, loop.parent, up + 1
    return None


def _inside(node: SegmentNode, segment_id: str, code: str, of: Grammar) -> Step | None:
    """The loop that this segment begins stands in one whose own first segment is missing: both begin here.

    So a remittance without LX gives its claims, and a claim whose CLM got lost its lines; what is missing is told when
    the loop ends. One segment may be missing, no more, and the new one must say by itself what it begins.
    """
    loop: LoopNode | None = node.loop if segment_id in STARTERS else None
    rank, pops = node.rank, 0
    while loop is not None:
        for item in loop.loops():
            if item.rank < rank:
                continue
            for below in item.loops():
                if _fits(below.entry, segment_id, code):
                    return _arrive(Step(below.entry.number, pops, (item, below)), below.entry, of)
        rank, loop, pops = loop.rank, loop.parent, pops + 1
    return None


def _by_id(node: SegmentNode, segment_id: str, of: Grammar) -> Step | None:
    """Its code is one that no guide has here; if just one segment could be meant, it is that one, with a wrong code."""
    loop: LoopNode | None = node.loop
    rank = node.rank
    while loop is not None:
        fitting = [
            item
            for item in loop.items
            if item.rank >= rank and (item.entry if isinstance(item, LoopNode) else item).id == segment_id
        ]
        if fitting:
            return _forward(node, segment_id, None, of) if len(fitting) == 1 else None
        rank, loop = loop.rank, loop.parent
    return None


# ---- whole files and streams -----------------------------------------------------------------------------------------


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


def stream(source: Source, limits: Limits = LIMITS) -> Iterator[Loop]:
    """The claims (2300, 2100, or an answer's loop) of a file as they are read; memory does not grow with the file.

    Each loop keeps those around it (``above``), but these keep no claims.
    """
    tokenizer, reader = Tokenizer(limits), Reader(limits, keep=False)
    for turn, run in enumerate(runs(source, limits, tokenizer=tokenizer), start=1):
        reader.take(run)
        yield from _units(reader)
        reader.forget()
        _tidy(turn)
    reader.finish(tokenizer)
    yield from _units(reader)


async def async_stream(source: AsyncIterable[bytes], limits: Limits = LIMITS) -> AsyncIterator[Loop]:
    """The same for bytes that are waited for."""
    tokenizer, reader = Tokenizer(limits), Reader(limits, keep=False)
    turn = 0
    async for piece in async_chunks(source, limits):
        for run in tokenizer.feed(piece):
            turn += 1
            reader.take(run)
            for loop in _units(reader):
                yield loop
            reader.forget()
            _tidy(turn)
    for run in tokenizer.close():
        reader.take(run)
    reader.finish(tokenizer)
    for loop in _units(reader):
        yield loop


def _tidy(turn: int) -> None:
    """Loops hold each other, so what nobody kept waits for the collector, whose rounds are too far apart.

    What was open when it looked is old to it from then on: so now and then it looks through everything.
    """
    gc.collect(2 if turn % 100 == 0 else 1)


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
