"""The guides (TR3) as data: loops, segments and elements of 837P, 835, 999 and 277CA, from the tables in ``maps/``.

A grammar is read once and never changed. Wrapper loops of the tables (HEADER, DETAIL, FOOTER) are folded into the
transaction set's own loop, so that what a reader sees are the loops that the guides name. Loop 2300 stands under 2000B
and 2000C, as two places with the same content.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Final

from claimloom.reference import rows

UNBOUNDED: Final = 1_000_000_000
WRAPPERS: Final = ("HEADER", "DETAIL", "FOOTER")


@dataclass(frozen=True, slots=True)
class Element:
    """One element or component. ``position`` counts in its segment, or in its composite (``component`` above 0)."""

    position: int
    component: int
    usage: str
    type: str
    min_length: int
    max_length: int
    codes: frozenset[str]
    external: str
    data_element: str
    name: str
    regex: str
    repeat: int
    components: tuple[Element, ...] = ()

    @property
    def ref(self) -> str:
        """As the guides write it: ``05`` or ``05-3``."""
        return f"{self.position:02d}-{self.component}" if self.component else f"{self.position:02d}"


@dataclass(slots=True, eq=False)
class SegmentNode:
    """A segment at its place in the guide; ``number`` is its index in ``Grammar.nodes``."""

    id: str
    loop: LoopNode
    usage: str
    max_use: int
    rank: int
    name: str
    syntax: tuple[tuple[str, tuple[int, ...]], ...]
    elements: tuple[Element, ...] = ()
    number: int = -1
    key: tuple[int, int] | None = None
    """Element (and component) whose code tells this segment from others with its id."""
    key_codes: frozenset[str] = frozenset()
    ordinal: int = -1
    """Its index among the items of its loop; the same in both places of loop 2300."""


@dataclass(slots=True, eq=False)
class LoopNode:
    """A loop at its place; ``items`` in the guide's order, those of one ``rank`` in any order among each other."""

    id: str
    name: str
    usage: str
    max_repeat: int
    rank: int
    parent: LoopNode | None
    items: list[SegmentNode | LoopNode] = field(default_factory=list)
    number: int = -1
    is_level: bool = False
    """Whether an HL begins it."""

    @property
    def entry(self) -> SegmentNode:
        """The segment that begins the loop."""
        first = self.items[0]
        return first.entry if isinstance(first, LoopNode) else first

    def segments(self) -> Iterator[SegmentNode]:
        """Its own segments."""
        return (each for each in self.items if isinstance(each, SegmentNode))

    def loops(self) -> Iterator[LoopNode]:
        """Its own loops."""
        return (each for each in self.items if isinstance(each, LoopNode))

    @property
    def path(self) -> tuple[LoopNode, ...]:
        """From the transaction set down to this loop."""
        return (*(self.parent.path if self.parent else ()), self)


@dataclass(slots=True, eq=False)
class Grammar:
    """One guide. ``nodes`` are all segments of the transaction set, ``control`` those of the envelope around it."""

    kind: str
    root: LoopNode
    nodes: list[SegmentNode]
    loops: list[LoopNode]
    control: dict[str, SegmentNode]
    ids: frozenset[str]


# Where the tables are narrower than the guides, with the guide's word for it: (kind, loop, element) -> changes.
CORRECTIONS: Final[dict[tuple[str, str, str], dict[str, str]]] = {
    # required when NM102 = 1; an employer (workers' compensation) is named without them
    ("837P", "2010BA", "NM108"): {"usage": "S"},
    ("837P", "2010BA", "NM109"): {"usage": "S"},
    # X12 interpretation 1211: an answer may stop at the provider, with nothing below it
    ("277CA", "2000C", "HL04"): {"codes": "0|1"},
    ("277CA", "2000B", "HL04"): {"codes": "0|1"},
    ("277CA", "2000C", ""): {"usage": "S"},
    ("277CA", "2000D", ""): {"usage": "S"},
    # of the frequency codes (NUBC) these three are used on professional claims
    ("837P", "2300", "CLM05-3"): {"codes": "1|7|8"},
    # PWK*CT is a supplement (AA BM ...) or a certificate of medical necessity (AB AD ...), told apart by PWK02 alone
    ("837P", "2400", "PWK02"): {"codes": "AA|AB|AD|AF|AG|BM|EL|EM|FT|FX|NS"},
    # both releases of the guide are in use; the table knows the later one
    ("837P", "ST_LOOP", "ST03"): {"codes": "005010X222|005010X222A1"},
    # the repetition separator stands there since 00402
    ("837P", "ISA_LOOP", "ISA11"): {"codes": ""},
    ("835", "ISA_LOOP", "ISA11"): {"codes": ""},
    ("999", "ISA_LOOP", "ISA11"): {"codes": ""},
    ("277CA", "ISA_LOOP", "ISA11"): {"codes": ""},
    # of remark codes three times a year new ones come: their form and days are looked at in checking/situations.py
    **{
        (kind, loop, element): {"external": ""}
        for kind, loop in (("837P", "2320"), ("835", "2100"))
        for element in ("MOA03", "MOA04", "MOA05", "MOA06", "MOA07", "MIA05", "MIA20", "MIA21", "MIA22", "MIA23")
    },
}


@cache
def grammar(kind: str) -> Grammar:
    """The guide of 837P, 835, 999 or 277CA."""
    found = _read(kind)
    if kind == "837P":
        _hang_claims_under_patient(found)
    nodes: list[SegmentNode] = []
    loops: list[LoopNode] = []
    _number(found, nodes, loops)
    control = {node.id: node for node in _control(kind)}
    return Grammar(kind, found, nodes, loops, control, frozenset(node.id for node in nodes))


@cache
def code_list(name: str) -> frozenset[str]:
    """Numbers of a code list that is kept outside of the guides."""
    if name == "pos":
        return frozenset(row["pos"] for row in rows("pos_codes"))
    if name == "claim_status_cat":
        return frozenset(row["category"] for row in rows("claim_status_categories"))
    own = {row["status_code"] for row in rows("claim_status_codes")} if name == "claim_status" else set()
    return frozenset(own | {row["code"] for row in _table("codes") if row["list"] == name})


# ---- reading the tables ----------------------------------------------------------------------------------------------


def _table(name: str) -> Iterator[dict[str, str]]:
    return iter(_rows(name))


@cache
def _rows(name: str) -> list[dict[str, str]]:
    text = (files("claimloom.x12.guides") / "maps" / f"{name}.csv").read_text(encoding="utf-8")
    found = list(csv.DictReader(text.splitlines()))
    for row in found:
        if row.get("element") or row.get("kind") == "loop":
            row.update(CORRECTIONS.get((name.upper(), row["loop"], row["element"]), {}))
    return found


def _read(kind: str) -> LoopNode:
    """The transaction set's loop with everything in it, ranks as (wrapper's position, own position)."""
    loops: dict[str, LoopNode] = {}
    places: dict[int, tuple[int, int]] = {}
    wrappers: dict[str, int] = {}
    for loop_id, rows_of in _loops(kind):
        first = rows_of[0]
        place = int(first["position"])
        if loop_id in WRAPPERS:
            wrappers[loop_id] = place
        elif loop_id not in ("ISA_LOOP", "GS_LOOP"):
            above = first["parent_loop"]
            parent = loops.get("ST_LOOP" if above in WRAPPERS else above)
            made = LoopNode(loop_id, first["name"], first["usage"], _count(first["max_repeat"]), 0, parent)
            loops[loop_id] = made
            if parent is not None:
                places[id(made)] = (wrappers[above], place) if above in WRAPPERS else (place, 0)
                parent.items.append(made)
    for loop_id, some in _segments(kind):
        if loop_id in ("ISA_LOOP", "GS_LOOP"):
            continue
        owner = loops["ST_LOOP" if loop_id in WRAPPERS else loop_id]
        node = _segment(owner, some)
        place = int(some[0]["position"])
        places[id(node)] = (wrappers[loop_id], place) if loop_id in WRAPPERS else (place, 0)
        owner.items.append(node)
    order = {id(each): number for number, each in enumerate(_in_order(kind, loops))}
    for loop in loops.values():
        # a loop's entry comes first whatever the table's position of it is (2410 LIN stands before its loop there)
        loop.items.sort(key=lambda each: (places[id(each)], order[id(each)]))
        ranks = sorted({places[id(each)] for each in loop.items})
        for each in loop.items:
            each.rank = ranks.index(places[id(each)])
    return loops["ST_LOOP"]


def _in_order(kind: str, loops: dict[str, LoopNode]) -> list[SegmentNode | LoopNode]:
    """All nodes in the order of the table's rows."""
    found: list[SegmentNode | LoopNode] = []
    taken: dict[str, list[SegmentNode]] = {loop_id: list(loop.segments()) for loop_id, loop in loops.items()}
    for row in _table(kind.lower()):
        loop_id = "ST_LOOP" if row["loop"] in WRAPPERS else row["loop"]
        if row["kind"] == "loop" and loop_id in loops and row["loop"] not in WRAPPERS:
            found.append(loops[loop_id])
        elif row["kind"] == "segment" and loop_id in taken:
            found.append(taken[loop_id].pop(0))
    return found


def _loops(kind: str) -> Iterator[tuple[str, list[dict[str, str]]]]:
    for row in _table(kind.lower()):
        if row["kind"] == "loop":
            yield row["loop"], [row]


def _segments(kind: str) -> Iterator[tuple[str, list[dict[str, str]]]]:
    """Each segment's row with those of its elements."""
    some: list[dict[str, str]] = []
    for row in _table(kind.lower()):
        if row["kind"] in ("segment", "loop"):
            if some:
                yield some[0]["loop"], some
            some = [row] if row["kind"] == "segment" else []
        else:
            some.append(row)
    if some:
        yield some[0]["loop"], some


def _control(kind: str) -> Iterator[SegmentNode]:
    outside = LoopNode("", "", "R", 1, 0, None)
    for loop_id, some in _segments(kind):
        if loop_id in ("ISA_LOOP", "GS_LOOP"):
            yield _segment(outside, some)


def _segment(loop: LoopNode, some: list[dict[str, str]]) -> SegmentNode:
    row = some[0]
    elements = _elements(some[1:])
    syntax = tuple(
        (note[0], tuple(int(note[at : at + 2]) for at in range(1, len(note), 2))) for note in row["syntax"].split()
    )
    node = SegmentNode(row["segment"], loop, row["usage"], _count(row["max_repeat"]), 0, row["name"], syntax, elements)
    node.key, node.key_codes = _key(node)
    return node


def _elements(some: list[dict[str, str]]) -> tuple[Element, ...]:
    found: list[Element] = []
    parts: list[Element] = []
    for row in reversed(some):
        reference, _, component = row["element"].partition("-")
        position = int(reference[len(row["segment"]) :])
        made = Element(
            position=position,
            component=int(component or 0),
            usage=row["usage"],
            type=row["type"],
            min_length=int(row["min_len"] or 0),
            max_length=int(row["max_len"] or 0),
            codes=frozenset(row["codes"].split("|")) - {""},
            external=row["external"],
            data_element=row["data_element"],
            name=row["name"],
            regex=row["regex"],
            repeat=_count(row["max_repeat"] or "1"),
            components=tuple(reversed(parts)) if row["kind"] == "composite" else (),
        )
        if component:
            parts.append(made)
        else:
            found.append(made)
            parts = []
    return tuple(reversed(found))


def _key(node: SegmentNode) -> tuple[tuple[int, int] | None, frozenset[str]]:
    """Where the code stands that tells segments of one id apart: 01, 01-1, or 03 of an HL."""
    if node.id == "HL":
        return (3, 0), node.elements[2].codes
    first = node.elements[0]
    if first.components and first.components[0].codes:
        return (1, 1), first.components[0].codes
    if first.codes and first.usage == "R":
        return (1, 0), first.codes
    return None, frozenset()


def _count(text: str) -> int:
    return UNBOUNDED if text == ">1" else int(text or 1)


def _hang_claims_under_patient(root: LoopNode) -> None:
    """2300 once more, under 2000C, where it is required (the table prints it under 2000B)."""
    by_id = {loop.id: loop for loop in _all_loops(root)}
    claims, patient = by_id["2300"], by_id["2000C"]
    copy = _copied(claims, patient)
    copy.usage = "R"
    copy.rank = max(item.rank for item in patient.items) + 1
    patient.items.append(copy)


def _copied(loop: LoopNode, parent: LoopNode) -> LoopNode:
    made = LoopNode(loop.id, loop.name, loop.usage, loop.max_repeat, loop.rank, parent)
    for item in loop.items:
        if isinstance(item, LoopNode):
            made.items.append(_copied(item, made))
        else:
            made.items.append(
                SegmentNode(
                    item.id,
                    made,
                    item.usage,
                    item.max_use,
                    item.rank,
                    item.name,
                    item.syntax,
                    item.elements,
                    -1,
                    item.key,
                    item.key_codes,
                )
            )
    return made


def _all_loops(loop: LoopNode) -> Iterator[LoopNode]:
    yield loop
    for each in loop.loops():
        yield from _all_loops(each)


def _number(loop: LoopNode, nodes: list[SegmentNode], loops: list[LoopNode]) -> None:
    loop.number = len(loops)
    loop.is_level = loop.entry.id == "HL"
    loops.append(loop)
    for ordinal, item in enumerate(loop.items):
        if isinstance(item, LoopNode):
            _number(item, nodes, loops)
        else:
            item.number, item.ordinal = len(nodes), ordinal
            nodes.append(item)
