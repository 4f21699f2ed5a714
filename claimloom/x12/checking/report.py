"""What a check gives: the transaction sets of a file and what is wrong with it. An answer (999) needs no more."""

from __future__ import annotations

from dataclasses import dataclass, field

from claimloom.x12.guides.findings import Finding
from claimloom.x12.reading.document import Document, Segment
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
