"""What does not fit of the counts and control numbers of a file that is read all the same, in the words of a check.

Every segment may be there and SE01 be wrong; or SE01 be right and segments be gone. Who posts a file cannot tell, so it
is said. A file that ends inside an interchange is not read at all (``reading.files.read_whole``).
"""

from __future__ import annotations

from typing import Final

from claimloom.x12.checking.envelope import check_envelope
from claimloom.x12.checking.report import Set, let_go
from claimloom.x12.guides.findings import Finding
from claimloom.x12.guides.kinds import BULK
from claimloom.x12.guides.values import EXTENDED_SET
from claimloom.x12.reading.document import Transaction
from claimloom.x12.reading.files import read_whole
from claimloom.x12.reading.reader import Reader, collector_paused
from claimloom.x12.reading.source import LIMITS, Limits, Source, X12Error
from claimloom.x12.reading.tokenizer import Tokenizer, nothing_found, runs

# Numbers of header and trailer, counts, a trailer that is missing, segments outside of groups and sets.
SAID: Final = frozenset(
    {
        *("TA1 001", "TA1 021", "TA1 022", "TA1 023"),
        *("AK9 3", "AK9 4", "AK9 5"),
        *("IK5 2", "IK5 3", "IK5 4"),
    }
)
NO_GROUP: Final = ("TA1 024", "ST")


def check_counts(source: Source, limits: Limits = LIMITS, *, complete: bool = False) -> list[Finding]:
    """Findings about counts and control numbers alone; what stands inside of transaction sets is not looked at.

    X12Error if there is no interchange in it at all, or if it breaks a limit; of what must be ``complete``, as of
    ``read_whole``.
    """
    tokenizer, reader = Tokenizer(limits), Reader(limits, keep=False)
    sets: list[Set] = []
    for run in runs(source, limits, tokenizer=tokenizer):
        reader.take(run)
        _pass_over(reader, sets)
    document = reader.finish(tokenizer)
    _pass_over(reader, sets)
    if not document.interchanges:
        raise X12Error(nothing_found(tokenizer))
    if complete and document.cut_off:
        read_whole(source, limits)  # says where
    found: list[Finding] = []
    check_envelope(document, sets, found.append, EXTENDED_SET)
    said = [each for each in found if each.ack in SAID or (each.ack, each.segment) == NO_GROUP]
    return sorted(said, key=lambda each: (each.segment_number, each.element))


def remark(finding: Finding) -> str:
    """A finding as a sentence for who reads no file."""
    return f"segment {finding.segment_number}: {finding.message} ({finding.ack})"


def _pass_over(reader: Reader, sets: list[Set]) -> None:
    with collector_paused():
        for each in reader.closed:
            if isinstance(each, Transaction):
                sets.append(Set.of(each))
                let_go(each.root)
            elif each.frame.grammar is not None and each.node.id in BULK[each.frame.grammar.kind]:
                let_go(each)
    reader.forget()
