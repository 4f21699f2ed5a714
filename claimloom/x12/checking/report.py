"""What a check gives: the transaction sets of a file and what is wrong with it. An answer (999) needs no more."""

from __future__ import annotations

from dataclasses import dataclass, field

from claimloom.x12.guides.findings import Finding
from claimloom.x12.reading.document import Document, Loop, Segment, Transaction
from claimloom.x12.reading.tokenizer import Member


@dataclass(frozen=True, slots=True)
class Set:
    """One transaction set of a checked file, as its acknowledgment names it."""

    kind: str
    code: str = field(repr=False)
    """ST01."""
    control_number: str = field(repr=False)
    version: str = field(repr=False)
    """ST03, else GS08."""
    index: int
    group: int
    """Which GS of the file it stands in, from 1."""
    first: int
    """Number of its ST in the file."""
    segments: int
    trailer: Segment | None = None
    version_sent: str = field(default="", repr=False)
    """ST03 as it was sent; an 835 has none."""

    @classmethod
    def of(cls, transaction: Transaction) -> Set:
        """Of a transaction that was read to its end."""
        group = transaction.group
        code = transaction.root.texts[0].split(transaction.frame.delimiters.element)
        return cls(
            transaction.kind,
            code[1] if len(code) > 1 else "",
            transaction.control_number,
            transaction.version,
            transaction.index,
            group.index if group else 0,
            transaction.frame.first,
            transaction.segment_count,
            _alone(transaction.trailer),
            code[3] if len(code) > 3 else "",
        )


@dataclass(slots=True)
class Report:
    """What a file holds and what is wrong with it."""

    kinds: list[str] = field(default_factory=list)
    segments: int = 0
    sets: list[Set] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    document: Document = field(default_factory=Document)
    """Its envelopes; the transactions are not kept."""
    cut: int = 0
    """Findings that were left out because there were more than ``limits.findings``; those of envelopes never are."""
    cut_errors: int = 0
    """How many of those are errors, not warnings."""
    cut_sets: set[int] = field(default_factory=set)
    """Transaction sets with errors among those."""
    members: list[Member] = field(default_factory=list)
    """Of a zip: its files, in their order."""

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong; warnings may be there."""
        return not self.cut_errors and not any(each.severity == "error" for each in self.findings)


def let_go(loop: Loop) -> None:
    """Of a claim that was looked at nothing is asked any more: without the way down it is no cycle and goes at once."""
    for each in loop.loops:
        if each.loops:
            let_go(each)
    loop.loops = []


def _alone(segment: Segment | None) -> Segment | None:
    """A segment that does not hold its loop, and with it the transaction."""
    if segment is None:
        return None
    return Segment(segment.text, segment.delimiters, segment.number, segment.offset)
