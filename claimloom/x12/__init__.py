"""X12 for 837P and 835, with 999, 277CA and TA1: read, check, acknowledge, write. Useful alone; docs/x12.md.

>>> from claimloom import x12
>>> document = x12.read("remit.edi")            # interchanges, groups, transactions, loops, segments, with places
>>> report = x12.check("remit.edi")             # findings, in the words of the acknowledgment each becomes
>>> x12.acknowledge(report)                     # the TA1 and 999 that a receiver would send
>>> for claim in x12.stream("large.edi"): ...   # claim by claim; memory does not grow with the file

The only importer of pyx12 (``validate``), which is a second opinion and never a part of ours.
"""

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
