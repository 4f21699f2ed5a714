"""A second opinion: pyx12 over a file's text, each of its errors as one of our findings.

pyx12's reader, walker and element checks are driven here the way its own ``x12n_document`` drives them, for four
reasons. It parses its maps anew for each file, 0.2 s for 837P; they hold no state of a file (the walker counts), so one
tree serves all files. It logs, with values that may be PHI. Its error handler drops errors outside of a transaction,
forgets which segment an error of ST or SE stood in, and folds element errors that it cannot place into an IK3 8, so its
999 says less than the walker and the element checks do. And it raises for some bad files, as for a composite with one
component too many.

What its codes mean is put into our words: ``10`` of an element marked "not used" is I10, ``7`` of a pattern is I12, an
element of the envelope is what TA105, AK905 or IK502 call it. docs/x12-differences.md says where we disagree with it.
It knows no balances and no situations.
"""

from __future__ import annotations

import io
import logging
from functools import cache
from typing import Any, Final

import pyx12.errors
import pyx12.map_if
import pyx12.map_index
import pyx12.map_walker
import pyx12.params
import pyx12.x12file

from claimloom.x12.guides.findings import ELEMENT_CODES, SEGMENT_CODES, Finding

# It logs as it goes, values among it.
logging.getLogger("pyx12").setLevel(logging.CRITICAL)
ENVELOPE: Final = {"ISA", "IEA", "TA1", "GS", "GE"}
# What an element of the envelope that is wrong becomes. pyx12 has no word for ST03.
ENVELOPE_ACKS: Final = {
    **{("ISA", number): f"TA1 {code}" for number, code in enumerate("010 011 012 013 005 006 007 008".split(), 1)},
    **{("ISA", number): f"TA1 {code}" for number, code in enumerate("014 015 016 017 018 019 020 027".split(), 9)},
    ("IEA", 1): "TA1 021",
    ("IEA", 2): "TA1 018",
    ("GS", 6): "AK9 6",
    ("GS", 8): "AK9 2",
    ("GE", 2): "AK9 6",
    ("ST", 1): "IK5 6",
    ("ST", 2): "IK5 7",
    ("ST", 3): "IK5 I6",
    ("SE", 1): "IK5 4",
    ("SE", 2): "IK5 7",
}
# Where the value stands that the reader finds wrong in a header or trailer.
COUNTED: Final = {"TA1 001": "02", "TA1 021": "01", "TA1 025": "13", "AK9 4": "02", "AK9 5": "01", "AK9 6": "06"} | {
    "IK5 3": "02",
    "IK5 4": "01",
    "IK5 23": "02",
}
# Errors of pyx12's reader about a segment, with the element. Its own 999 leaves out the last three.
READER_ACKS: Final = {
    "1": ("IK3 1", ""),
    "8": ("IK3 8", ""),
    "SEG1": ("IK3 8", ""),
    "HL1": ("IK4 7", "01"),
    "HL2": ("IK4 7", "02"),
    "LX": ("IK4 7", "01"),
}
CODES: Final = {"TA1": "interchange", "AK9": "group", "IK5": "transaction_set"}
# What pyx12's maps call a loop, and the guides do not.
PARTS: Final = {"ISA_LOOP", "GS_LOOP", "ST_LOOP", "HEADER", "DETAIL", "FOOTER"}
# The reader's word for a part of the envelope: the acknowledgment's segment, and the trailer that it may miss.
SECTIONS: Final = {"isa": ("TA1", "IEA"), "gs": ("AK9", "GE"), "st": ("IK5", "SE")}


def pyx12_findings(text: str) -> list[Finding]:
    """Everything that pyx12 finds wrong with a file of one or more interchanges, in file order.

    Never raises for what stands in the file: where pyx12 itself fails there is a finding with code ``pyx12``. After
    that it goes on with the next segment, or ends if the reader failed. The ``value`` of a finding may be PHI; pyx12's
    own messages hold it too, so ``message`` is ours.
    """
    try:
        reader = pyx12.x12file.X12Reader(io.StringIO(text, newline=""))
    except pyx12.errors.X12Error:
        return [Finding(code="pyx12", message="pyx12 does not read this as an interchange")]
    walk = _Walk(reader)
    try:
        for segment in reader:
            walk.step(segment)
    except Exception as error:  # noqa: BLE001 - pyx12's reader fails in many ways, as for a trailer without its header
        walk.lost(error)
    reader.cleanup()
    walk.take_reader_errors(at_the_end=True)
    return walk.found


@cache
def _map(name: str) -> Any:
    """A map of pyx12, parsed once in a process: its nodes are only read, apart from paths that they keep."""
    loaded = pyx12.map_if.load_map_file(name, pyx12.params.ParamsBase())
    for node in loaded.loop_segment_iterator():
        for child in node.children if node.is_segment() else ():
            if child.is_composite():  # some have no name, so that an error of theirs would have no place
                child.refdes = f"{child.seq:02d}"
    return loaded


@cache
def _index() -> Any:
    return pyx12.map_index.map_index()


class _Walk:
    """One file's way through the maps."""

    def __init__(self, reader: Any) -> None:
        self.reader = reader
        self.walker = pyx12.map_walker.walk_tree()
        self.control = _map("x12.control.00501.xml" if reader.icvn == "00501" else "x12.control.00401.xml")
        self.node = self.control.getnodebypath("/ISA_LOOP/ISA")
        self.found: list[Finding] = []
        self.number = self.position = self.transaction = 0
        self.segment: Any = None
        self.id = ""
        self.closed = False
        self.version = ""

    def step(self, segment: Any) -> None:
        """Take the next segment: its place in the map, then its elements."""
        self.segment, self.id, self.number = segment, segment.get_seg_id() or "", self.reader.get_cur_line()
        if self.id == "ST":
            self.transaction, self.position = self.transaction + 1, 1
        elif self.id in ENVELOPE or self.closed:
            self.position = 0
        elif self.position:
            self.position += 1
        self.take_reader_errors()
        try:
            matched = self._place()
            if matched is not None:
                self.node = matched
                self._check_elements(matched)
        except Exception as error:  # noqa: BLE001 - pyx12 fails in many ways, as for a component too many
            self.failed(error)
        self.closed = self.id == "SE"

    def failed(self, error: Exception) -> None:
        """Keep pyx12's own fault: its name, never its text, which may hold a value."""
        self._add("pyx12", f"pyx12 fails here with {type(error).__name__}", "")

    def lost(self, error: Exception) -> None:
        """Keep the fault of the reader at the segment after the last one that it gave."""
        self.number, self.id = self.number + 1, ""
        self.failed(error)

    def take_reader_errors(self, at_the_end: bool = False) -> None:
        """Errors of counts, control numbers and segment texts; at the end of trailers that never came."""
        for kind, code, _, _, _ in self.reader.pop_errors():
            if kind in SECTIONS:
                name, trailer = SECTIONS[kind]
                ack = f"{name} {code}"
                message = f"pyx12 finds the envelope wrong ({ack})"
                segment = trailer if at_the_end else self.id
                self._add(CODES[name], message, ack, segment=segment, element=COUNTED.get(ack, ""))
                continue
            ack, number = READER_ACKS[code]
            said = ELEMENT_CODES[ack[4:]] if number else SEGMENT_CODES.get(ack[4:], "bad_segment")
            self._add(said, f"pyx12's reader finds it wrong ({ack})", ack, element=number)

    def _place(self) -> Any:
        """The node of the map that the segment stands for, or None."""
        if self.id == "ISA":
            self.version = self.segment.get_value("ISA12")
            self.walker.forceWalkCounterToLoopStart("/ISA_LOOP", "/ISA_LOOP/ISA")
            return self.control.getnodebypath("/ISA_LOOP/ISA")
        if self.id == "GS":
            self.walker.forceWalkCounterToLoopStart("/ISA_LOOP/GS_LOOP", "/ISA_LOOP/GS_LOOP/GS")
            self.node = None
            return self._guide().getnodebypath("/ISA_LOOP/GS_LOOP/GS")
        if self.node is None:  # in a group of a guide that pyx12 does not have
            return None
        node, _, _, errors = self.walker.walk_errors(
            self.node, self.segment, self.reader.get_seg_count(), self.number, self.reader.get_ls_id()
        )
        for error in errors:
            self._add_segment_error(error, node)
        return node

    def _guide(self) -> Any:
        """The map of the group that begins with this GS."""
        release, kind = self.segment.get_value("GS08"), self.segment.get_value("GS01")
        name = _index().get_filename(self.version, release, kind)
        if name is None:
            raise pyx12.errors.EngineError("no map")
        guide = _map(name)
        self.reader.check_837_lx = guide.id == "837"
        return guide

    def _add_segment_error(self, error: Any, matched: Any) -> None:
        place = error.map_node or matched
        ack = f"IK3 {error.err_cde}"
        missing = error.err_cde == "3"
        self._add(
            SEGMENT_CODES[error.err_cde],
            f"pyx12 finds the segment {'missing before this place' if missing else 'out of place'} ({ack})",
            ack,
            loop=_loop(place),
            segment=error.seg_data.get_seg_id() if missing else self.id,
        )

    def _check_elements(self, node: Any) -> None:
        for error in node.is_valid_errors(self.segment)[1]:
            code, place = _in_our_words(error)
            number = int(place[:2])
            ack = ENVELOPE_ACKS.get((self.id, number), f"IK4 {code}" if self.id not in {"GS", "GE"} else "AK9 1")
            self._add(
                CODES.get(ack[:3]) or ELEMENT_CODES[code],
                f"pyx12 finds the element wrong ({ack})",
                ack,
                loop=_loop(node),
                element=place,
                data_element=error.map_node.data_ele if error.map_node is not None else "",
                value=error.err_val or "",
            )

    def _add(self, code: str, message: str, ack: str, **place: str) -> None:
        self.found.append(
            Finding(
                code=code,
                message=message,
                ack=ack,
                snip=2 if ack[:3] in {"IK3", "IK4"} else 1,
                segment_number=self.number,
                position=self.position,
                transaction=self.transaction if self.position else 0,
                loop=place.get("loop", ""),
                segment=place.get("segment", self.id),
                element=place.get("element", ""),
                data_element=place.get("data_element", ""),
                value=place.get("value", ""),
            )
        )


def _loop(node: Any) -> str:
    """The loop of a segment's node, or the loop that the node is."""
    if node is None:
        return ""
    name = str((node if node.is_loop() else node.parent).id or "")
    return "" if name in PARTS else name


def _in_our_words(error: Any) -> tuple[str, str]:
    """IK403 and the place of an element's error.

    An error of an element has its node. One of a composite or of the whole segment has only a reference: a number, or
    the position as text.
    """
    node, code = error.map_node, error.err_cde
    if node is None:
        place = f"{error.refdes:02d}" if isinstance(error.refdes, int) else str(error.refdes)
        return ("I10" if code == "5" else code), place
    place = f"{node.parent.seq:02d}-{node.seq}" if node.parent.is_composite() else f"{node.seq:02d}"
    if code == "10":
        return "I10", place
    if code == "7" and "regular expression" in error.err_str:
        return "I12", place
    return code, place
