"""X12 for 837P and 835, with 999, 277CA and TA1: read, check, acknowledge, write. Useful alone; docs/x12.md.

>>> from claimloom import x12
>>> document = x12.read("remit.edi")            # interchanges, groups, transactions, loops, segments, with places
>>> report = x12.check("remit.edi")             # findings, in the words of the acknowledgment each becomes
>>> x12.acknowledge(report)                     # the TA1 and 999 that a receiver would send
>>> for claim in x12.stream("large.edi"): ...   # claim by claim; memory does not grow with the file

A name brings its module along when it is first asked for: who checks a file loads no writer. The only importer of pyx12
is ``checking.second_opinion``, which is never a part of ours.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from claimloom.x12.checking.balance import Imbalance, imbalances
    from claimloom.x12.checking.check import check
    from claimloom.x12.checking.report import Report
    from claimloom.x12.guides.delimiters import Delimiters
    from claimloom.x12.guides.findings import Finding
    from claimloom.x12.reading.document import Document, Group, Interchange, Loop, Segment, Transaction
    from claimloom.x12.reading.files import async_read, async_stream, read, stream, write
    from claimloom.x12.reading.source import LIMITS, Limits, X12Error
    from claimloom.x12.reading.tokenizer import segments
    from claimloom.x12.showing.describe import describe
    from claimloom.x12.showing.diff import Difference, diff
    from claimloom.x12.showing.mask import mask
    from claimloom.x12.showing.split import join, split
    from claimloom.x12.writing.acknowledge import acknowledge
    from claimloom.x12.writing.envelope import Envelope
    from claimloom.x12.writing.file_277ca import write_277ca
    from claimloom.x12.writing.file_835 import write_835
    from claimloom.x12.writing.file_837p import Built, FileSize, Header, build_837p
    from claimloom.x12.writing.file_999 import write_999, write_ta1

__all__ = [
    "LIMITS",
    "Built",
    "Delimiters",
    "Difference",
    "Document",
    "Envelope",
    "FileSize",
    "Finding",
    "Group",
    "Header",
    "Imbalance",
    "Interchange",
    "Limits",
    "Loop",
    "Report",
    "Segment",
    "Transaction",
    "X12Error",
    "acknowledge",
    "async_read",
    "async_stream",
    "build_837p",
    "check",
    "describe",
    "diff",
    "imbalances",
    "join",
    "mask",
    "read",
    "segments",
    "split",
    "stream",
    "write",
    "write_277ca",
    "write_835",
    "write_999",
    "write_ta1",
]

HOMES: Final = {
    "LIMITS": "reading.source",
    "Built": "writing.file_837p",
    "Delimiters": "guides.delimiters",
    "Difference": "showing.diff",
    "Document": "reading.document",
    "Envelope": "writing.envelope",
    "FileSize": "writing.file_837p",
    "Finding": "guides.findings",
    "Group": "reading.document",
    "Header": "writing.file_837p",
    "Imbalance": "checking.balance",
    "Interchange": "reading.document",
    "Limits": "reading.source",
    "Loop": "reading.document",
    "Report": "checking.report",
    "Segment": "reading.document",
    "Transaction": "reading.document",
    "X12Error": "reading.source",
    "acknowledge": "writing.acknowledge",
    "async_read": "reading.files",
    "async_stream": "reading.files",
    "build_837p": "writing.file_837p",
    "check": "checking.check",
    "describe": "showing.describe",
    "diff": "showing.diff",
    "imbalances": "checking.balance",
    "join": "showing.split",
    "mask": "showing.mask",
    "read": "reading.files",
    "segments": "reading.tokenizer",
    "split": "showing.split",
    "stream": "reading.files",
    "write": "reading.files",
    "write_277ca": "writing.file_277ca",
    "write_835": "writing.file_835",
    "write_999": "writing.file_999",
    "write_ta1": "writing.file_999",
}
"""In which module of which room a name is at home; the imports above say the same to type checkers and editors."""


if not TYPE_CHECKING:  # else a checker would take any name for one of ours

    def __getattr__(name: str) -> object:
        """A name of the library, kept here once it was asked for; AttributeError if it has none of that name."""
        if name not in HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        found = globals()[name] = getattr(import_module(f"{__name__}.{HOMES[name]}"), name)
        return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
