"""Check a file against the guides: structure, values, balances, situations, code lists (SNIP types 1 to 5).

A file is checked as it is read: each loop when it ends, then it is let go, so memory does not grow with the file.
Two short cuts make it fast, and neither decides what a fault is: the shape of a loop (which segments and loops, in
which order) that was found right once is not counted again, and a segment that matches its pattern is not taken apart
(``values.pattern``). What does not pass a short cut is looked at in full.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from operator import call
from typing import Final

from claimloom.reference.releases import Lists, packaged_lists
from claimloom.x12.checking.balance import Balances
from claimloom.x12.checking.envelope import check_envelope
from claimloom.x12.checking.report import Report, Set, let_go
from claimloom.x12.checking.shapes import Shape, Shapes
from claimloom.x12.checking.situations import Situations
from claimloom.x12.guides.delimiters import Delimiters
from claimloom.x12.guides.findings import ELEMENT_CODES, SEGMENT_CODES, Finding, segment_name
from claimloom.x12.guides.grammar import LoopNode, SegmentNode
from claimloom.x12.guides.kinds import BULK, NOT_SUPPORTED, SETS
from claimloom.x12.guides.values import EXTENDED_SET, Charset, ValueFault, faults
from claimloom.x12.reading.document import Issue, Loop, Segment, Transaction, claim_of
from claimloom.x12.reading.reader import Reader, collector_paused
from claimloom.x12.reading.source import LIMITS, Limits, Source, X12Error
from claimloom.x12.reading.tokenizer import Member, Tokenizer, nothing_found, runs

ALL_TYPES: Final = frozenset({1, 2, 3, 4, 5})
TRAILERS: Final = frozenset({"ST", "SE"})
# Loops that say of all claims together what is said of each: a payer that leaves one out, or writes it otherwise, is
# understood all the same, and to refuse its answer helps nobody.
SPARED: Final = frozenset({("277CA", "2200B"), ("277CA", "2200C")})
# Shapes of loops that are remembered as right; real files have some dozens.
SHAPES: Final = 20_000


def check(
    source: Source,
    limits: Limits = LIMITS,
    *,
    types: Iterable[int] = ALL_TYPES,
    charset: Charset = EXTENDED_SET,
    lists: Lists | None = None,
) -> Report:
    """Everything that is wrong with a file, in the order of its segments. ``lists``: those of a data folder, for reason
    and remark codes that are newer than the packaged ones.

    X12Error if there is no interchange in it at all, or if it breaks a limit; OSError for a path that cannot be read.
    """
    tokenizer = Tokenizer(limits)
    checker = Checker(limits, frozenset(types), charset, lists or packaged_lists())
    for run in runs(source, limits, tokenizer=tokenizer):
        checker.reader.take(run)
        checker.drain()
    return checker.finish(tokenizer)


class Checker:
    """Checks what a streaming reader gives out."""

    def __init__(self, limits: Limits, types: frozenset[int], charset: Charset, lists: Lists) -> None:
        self.reader = Reader(limits, keep=False)
        self.limits = limits
        self.types = types
        self.charset = charset
        self.report = Report()
        self.shapes: dict[tuple[str, Delimiters], Shapes] = {}
        self.balances = Balances(self.add)
        self.situations = Situations(self.add, types, lists)

    # ---- findings ----------------------------------------------------------------------------------------------------

    def add(self, finding: Finding) -> None:
        """One more of those that are asked for, if there is room."""
        if finding.snip not in self.types:
            return
        if len(self.report.findings) < self.limits.findings:
            self.report.findings.append(finding)
        else:
            self.report.cut += 1
            if finding.severity == "error":
                self.report.cut_errors += 1
                if finding.ack:
                    self.report.cut_sets.add(finding.transaction)

    def at(
        self, loop: Loop, number: int, offset: int, code: str, message: str, place: str | None = None, **more: object
    ) -> None:
        """A finding in a loop; ``place`` names one that is missing below it."""
        self.add(
            Finding(
                code,
                message,
                segment_number=number,
                position=number - loop.frame.first + 1,
                offset=offset,
                loop=_loop_name(loop.node) if place is None else place,
                transaction=loop.frame.index,
                claim=claim_of(loop),
                **more,  # type: ignore[arg-type]
            )
        )

    # ---- loops -------------------------------------------------------------------------------------------------------

    def drain(self) -> None:
        """Look at all loops that ended, and at the transactions after theirs."""
        reader = self.reader
        self.situations.begins(len(reader.document.interchanges))
        with collector_paused():
            for loop in reader.hierarchy:
                self.situations.level(loop)
            for each in reader.closed:
                if isinstance(each, Transaction):
                    self._transaction(each)
                    let_go(each.root)
                elif each.frame.grammar is not None:
                    self._loop(each, each.end)
                    if each.node.id in BULK[each.frame.grammar.kind]:
                        let_go(each)
        reader.forget()

    def _loop(self, loop: Loop, end: int) -> None:
        """A loop that ended: counted once a shape, its segments matched all at once, then what must add up."""
        texts = loop.texts
        frame = loop.frame
        shapes = self.shapes.get((frame.grammar.kind, frame.delimiters))  # type: ignore[union-attr]
        if shapes is None:
            shapes = self._shapes(frame.grammar.kind, frame.delimiters)  # type: ignore[union-attr]
        # loops without a bound are in the key once, however many there are
        gone = loop.dropped or ()
        key = (loop.node.number, *loop.nodes, -2, *[each.node.number for each in loop.loops], -3, *gone)
        shape = shapes.known.get(key)
        if shape is None:
            shape = self._new_shape(shapes, key, loop, end)
        if not all(map(call, shape.matches, texts)):
            for index, matches in enumerate(shape.matches):
                if not matches(texts[index]):
                    self._values(loop, index)
        for index, look in shape.looks:
            look(loop, index, texts[index])
        if self.reader.cut_short:
            return  # the file ends in it: what does not add up, or is missing, follows from that
        if 3 in self.types:
            self.balances.loop(loop)
        self.situations.loop(loop, end)

    def _shapes(self, kind: str, marks: Delimiters) -> Shapes:
        made = Shapes(kind, marks, self.charset, self.situations.marked(kind))
        self.shapes[kind, marks] = made
        return made

    def _new_shape(self, shapes: Shapes, key: tuple[int, ...], loop: Loop, end: int) -> Shape:
        before = len(self.report.findings) + self.report.cut
        if not self.reader.cut_short:
            self._usage(loop, end)
        shape = shapes.of(loop.nodes)
        right = before == len(self.report.findings) + self.report.cut
        if right and not self.reader.cut_short and len(shapes.known) < SHAPES:
            shapes.known[key] = shape
        return shape

    def _values(self, loop: Loop, index: int) -> None:
        segment = loop.segment_at(index)
        assert segment.node is not None
        text = segment.text
        if text.endswith(segment.delimiters.element):
            said = f"{segment.id} ends with empty elements"
            fix = "leave them out"
            self.at(
                loop,
                segment.number,
                segment.offset,
                "trailing_separators",
                said,
                severity="warn",
                segment=segment.id,
                fix=fix,
            )
        spared = {"severity": "warn"} if (loop.frame.grammar.kind, loop.node.id) in SPARED else {}  # type: ignore[union-attr]
        for fault in faults(segment.elements, segment.node, segment.delimiters, self.charset):
            if segment.id in TRAILERS:
                self._of_set(loop, segment, fault)
                continue
            position, _, component = fault.ref.partition("-")
            self.at(
                loop,
                segment.number,
                segment.offset_of(int(position), int(component or 0)) if fault.value else segment.offset,
                ELEMENT_CODES[fault.code],
                f"{segment.id}{fault.ref} {fault.text}",
                snip=2 if fault.code.startswith("I") or fault.code == "7" else 1,
                ack=f"IK4 {fault.code}",
                segment=segment.id,
                element=fault.ref,
                repeat=fault.repeat,
                data_element=fault.data_element,
                value=fault.value,
                **spared,
            )

    def _of_set(self, loop: Loop, segment: Segment, fault: ValueFault) -> None:
        """ST and SE have words of their own in an acknowledgment (IK5)."""
        control = segment.get(2) == loop.head.get(2)
        if segment.id == "SE" and (fault.ref == "01" or (fault.ref == "02" and control)):
            return  # the count is looked at with the envelope, the number with its ST
        note = {"ST01": "6", "ST02": "7", "ST03": "19", "SE02": "7"}.get(f"{segment.id}{fault.ref}", "5")
        if note == "19" and fault.code == "7":
            return  # said with the envelope
        said = f"{segment.id}{fault.ref} {fault.text}"
        offset = segment.offset_of(int(fault.ref[:2]))
        more = {"segment": segment.id, "element": fault.ref, "value": fault.value}
        self.at(loop, segment.number, offset, "transaction_set", said, ack=f"IK5 {note}", **more)

    # ---- usage and repeats -------------------------------------------------------------------------------------------

    def _usage(self, loop: Loop, end: int) -> None:
        """Count segments and loops against the guide; what is missing is noticed at the first segment behind it."""
        assert loop.frame.grammar is not None
        bulk = BULK[loop.frame.grammar.kind]
        counts: Counter[int] = Counter(each for each in loop.nodes if each >= 0)
        below: Counter[int] = Counter(each.node.number for each in loop.loops)
        below.update({node: count for node, (count, _) in (loop.dropped or {}).items()})
        for item in loop.node.items:
            if isinstance(item, SegmentNode):
                if item.id in TRAILERS:
                    continue
                found = counts[item.number]
                if found > item.max_use:
                    self._too_many(loop, item, found)
                elif not found and item.usage == "R":
                    self._missing(loop, item, item, end)
            else:
                found = below[item.number]
                if found > item.max_repeat and item.id not in bulk:
                    self._too_often(loop, item, found)
                elif not found and item.usage == "R":
                    self._missing(loop, item, item.entry, end)

    def _too_many(self, loop: Loop, item: SegmentNode, found: int) -> None:
        index = [at for at, number in enumerate(loop.nodes) if number == item.number][item.max_use]
        number, offset = loop.place(index)
        said = f"{item.id} ({item.name}) comes {found} times in {_name(loop.node)}, at most {item.max_use}"
        self.at(loop, number, offset, SEGMENT_CODES["5"], said, ack="IK3 5", segment=item.id)

    def _too_often(self, loop: Loop, item: LoopNode, found: int) -> None:
        extra = [each for each in loop.loops if each.node is item][item.max_repeat]
        said = f"loop {item.id} ({item.name}) comes {found} times, at most {item.max_repeat}"
        self.at(extra, extra.number, extra.offset, SEGMENT_CODES["4"], said, ack="IK3 4", segment=item.entry.id)

    def _missing(self, loop: Loop, item: SegmentNode | LoopNode, entry: SegmentNode, end: int) -> None:
        number = end
        by_number = {each.number: each.rank for each in loop.node.segments()}
        own = [loop.place(at)[0] for at, each in enumerate(loop.nodes) if by_number.get(each, -1) > item.rank]
        below = [each.number for each in loop.loops if each.node.rank > item.rank]
        ranks = {each.number: each.rank for each in loop.node.loops()}
        below += [first for node, (_, first) in (loop.dropped or {}).items() if ranks[node] > item.rank]
        if own or below:
            number = min(own + below)
        what = f"{'loop ' if isinstance(item, LoopNode) else ''}{item.id} ({item.name})"
        if isinstance(item, SegmentNode) and item.key_codes and len(item.key_codes) <= 4:
            mark = loop.frame.delimiters.element
            what = f"{item.id}{mark}{'|'.join(sorted(item.key_codes))} ({item.name})"
        said = f"{what} is missing in {_name(loop.node)}"
        place = _loop_name(item if isinstance(item, LoopNode) else loop.node)
        code = "I7" if isinstance(item, LoopNode) else "3"
        fix = f"add it before segment {number}"
        more = {"severity": "warn"} if (loop.frame.grammar.kind, place) in SPARED else {}  # type: ignore[union-attr]
        self.at(
            loop, number, -1, SEGMENT_CODES[code], said, place, ack=f"IK3 {code}", segment=entry.id, fix=fix, **more
        )

    # ---- transactions and the file -----------------------------------------------------------------------------------

    def _transaction(self, transaction: Transaction) -> None:
        report = self.report
        if transaction.kind not in report.kinds:
            report.kinds.append(transaction.kind)
        report.sets.append(Set.of(transaction))
        for issue in transaction.issues:
            self._issue(issue)
        if not transaction.known and report.sets[-1].code in SETS:
            said = f"{transaction.kind} is recognised and read as plain loops, but not checked"
            root = transaction.root
            self.at(root, root.number, root.offset, NOT_SUPPORTED, said, severity="warn", segment="ST")
        elif transaction.known:
            self.situations.transaction(transaction)
            if 3 in self.types and transaction.trailer is not None:
                self.balances.transaction(transaction)
        self.balances.forget()

    def _issue(self, issue: Issue) -> None:
        segment = Segment(issue.text, issue.loop.frame.delimiters, issue.number, issue.offset)
        name = segment_name(segment.id)
        if issue.kind == "excess":
            node = issue.loop.node
            said = f"loop {node.id} ({node.name}) comes more than {node.max_repeat} times"
            self.at(issue.loop, issue.number, issue.offset, SEGMENT_CODES["4"], said, ack="IK3 4", segment=name)
            return
        code, said = {
            "unknown": ("1", f"{name} is no segment that we know"),
            "unused": ("I4", f"{name} is a segment that this guide does not use"),
            "foreign": ("6", f"{name} is no segment of this transaction set"),
            "unexpected": ("2", f"{name} has no place in {_name(issue.loop.node)}, or not with its code"),
            "late": ("7", f"{name} comes behind the place that it has in the guide"),
        }[issue.kind]
        self.at(
            issue.loop,
            issue.number,
            issue.offset,
            SEGMENT_CODES[code],
            said,
            ack=f"IK3 {code}",
            segment=name,
            value=segment.get(1),
        )

    def finish(self, tokenizer: Tokenizer) -> Report:
        """No more is to come: the envelopes, and everything in the order of the file."""
        document = self.reader.finish(tokenizer)
        self.drain()
        if not document.interchanges:
            raise X12Error(nothing_found(tokenizer))
        report = self.report
        report.document = document
        report.segments = document.segment_count
        if any(each.answers for each in document.interchanges):
            report.kinds.insert(0, "TA1")
        envelopes: list[Finding] = []
        check_envelope(document, report.sets, envelopes.append, self.charset)
        report.findings += [each for each in envelopes if each.snip in self.types]
        report.findings.sort(key=lambda each: (each.segment_number, each.element, each.code))
        report.members = tokenizer.members
        if len(report.members) > 1:
            report.findings = [replace(each, member=_member(each, report.members)) for each in report.findings]
        return report


def _member(finding: Finding, members: Sequence[Member]) -> str:
    """The file of a zip that a finding is in. What is missing at the end of one is noticed where the next begins."""
    if finding.segment_number:
        number = finding.segment_number - (finding.offset < 0)
        at = bisect_right(members, number, key=lambda each: each.number)
    else:
        at = bisect_right(members, finding.offset, key=lambda each: each.offset)
    return members[max(at - 1, 0)].name


def _loop_name(node: LoopNode) -> str:
    return "" if node.id == "ST_LOOP" else node.id


def _name(node: LoopNode) -> str:
    return "the transaction set" if node.id == "ST_LOOP" else f"loop {node.id}"
