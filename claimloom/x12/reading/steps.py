"""What may come next in a guide: for each of its segments a table, made when it is first needed and kept.

A segment is looked for in an order: from here on, behind (it came late), in a loop whose own first segment is missing,
and by its id alone (its code is wrong). What fits nowhere is a stray, and the walk stays where it is.
"""

from __future__ import annotations

from functools import cache
from typing import Final

from claimloom.x12.guides.grammar import Grammar, LoopNode, SegmentNode, grammar
from claimloom.x12.guides.kinds import UNITS

# Segments that begin something of their own: a stray one inside is never looked for above them.
ANCHORS: Final = frozenset({"HL", "CLM", "CLP", "LX", "ST", "AK2"})
# Segments that begin a loop and nothing else: they open it even where the one before it got lost.
STARTERS: Final = frozenset({"HL", "CLM", "LX", "CLP", "SVC"})
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


@cache
def states(kind: str) -> list[State]:
    """The states of a guide, one a segment of it."""
    found = grammar(kind)
    return [State(node, found) for node in found.nodes]


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
    the loop ends. One segment may be missing, but of the levels (HL) all: a claim is one without any of them too. The
    new segment must say by itself what it begins.
    """
    loop: LoopNode | None = node.loop if segment_id in STARTERS else None
    rank, pops = node.rank, 0
    while loop is not None:
        for item in loop.loops():
            if item.rank < rank:
                continue
            if path := _lost(item, segment_id, code):
                return _arrive(Step(path[-1].entry.number, pops, path), path[-1].entry, of)
        rank, loop, pops = loop.rank, loop.parent, pops + 1
    return None


def _lost(loop: LoopNode, segment_id: str, code: str) -> tuple[LoopNode, ...]:
    """The way down from a loop that lost its first segment to the one that begins here; empty if there is none."""
    for below in loop.loops():
        if _fits(below.entry, segment_id, code):
            return (loop, below)
    for below in loop.loops() if segment_id == "CLM" else ():
        if below.entry.id == "HL" and (path := _lost(below, segment_id, code)):
            return (loop, *path)
    return ()


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
