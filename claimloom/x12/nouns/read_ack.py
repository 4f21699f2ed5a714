"""TA1, 999 (005010X231A1) and 277CA (005010X214) to typed answers; each keeps the number of its segment.

An answer may stop at any level: a 277CA can reject a whole batch or a provider with no claim named below it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date

from claimloom.x12.guides.verdicts import Verdict, verdict
from claimloom.x12.reading.document import Document, Loop, Segment
from claimloom.x12.reading.files import read_whole
from claimloom.x12.reading.source import Source


@dataclass(frozen=True, slots=True)
class InterchangeVerdict:
    """TA1: the receiver's word on a whole interchange. ``code`` A accepted, E accepted with errors, R rejected."""

    control_number: str
    code: str
    note: str
    segment_number: int


@dataclass(slots=True)
class SegmentError:
    """IK3 with its IK4s: where in the transaction (ST = 1) and what; ``claim`` is CTX CLM01, if the sender names it."""

    segment_id: str
    position: int
    loop: str
    code: str
    claim: str = ""
    elements: list[str] = field(default_factory=list)


@dataclass(slots=True)
class TransactionAnswer:
    """AK2 to IK5: the answer to one ST. ``code`` is empty where the sender gives none: then the group's counts."""

    control_number: str
    segment_number: int
    code: str = ""
    errors: list[SegmentError] = field(default_factory=list)


@dataclass(slots=True)
class GroupVerdict:
    """AK1 to AK9: the answer to one functional group; ``control_number`` is our GS06."""

    control_number: str
    segment_number: int
    code: str = ""
    transactions: list[TransactionAnswer] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Status:
    """STC: category, status code and entity, and what it means for the claim: WQ accepted, U rejected."""

    category: str
    code: str
    entity: str
    action: str
    segment_number: int


@dataclass(slots=True)
class ClaimAnswer:
    """Loop 2200D: what is said of one claim, with the statuses of its lines (2220D)."""

    patient_control_number: str
    segment_number: int
    provider_npi: str
    payer_claim_control_number: str = ""
    statuses: list[Status] = field(default_factory=list)

    @property
    def verdict(self) -> Verdict:
        """Of claim and lines together: there is no partial acceptance of a claim."""
        return verdict_of(self.statuses)


@dataclass(slots=True)
class BatchAnswer:
    """One 277CA: who says it, of which batch (our BHT03), and what of batch, providers and claims."""

    source_level: str
    segment_number: int
    process_date: date | None = None
    batch_id: str = ""
    statuses: list[Status] = field(default_factory=list)
    provider_statuses: dict[str, list[Status]] = field(default_factory=dict)
    claims: list[ClaimAnswer] = field(default_factory=list)


def verdict_of(statuses: Iterable[Status]) -> Verdict:
    """What statuses say together."""
    return verdict((each.action, each.category) for each in statuses)


def read_ta1(source: Source | Document) -> list[InterchangeVerdict]:
    """The TA1 segments of a file, or of one that was read before."""
    return [
        InterchangeVerdict(segment.get(1), segment.get(4), segment.get(5), segment.number)
        for interchange in _whole(source).interchanges
        for segment in interchange.answers
    ]


def read_999(source: Source | Document) -> list[GroupVerdict]:
    """The group answers of a file, each with the transactions that it names."""
    found: list[GroupVerdict] = []
    for transaction in _whole(source).transactions:
        root = transaction.root
        if transaction.kind != "999":
            continue
        group = root.find("AK1")
        answer = GroupVerdict(group.get(2) if group else "", group.number if group else root.number)
        answer.code = result.get(1) if (result := root.find("AK9")) else ""
        answer.transactions = [_of_set(each) for each in root.all("2000")]
        found.append(answer)
    return found


def _whole(source: Source | Document) -> Document:
    return source if isinstance(source, Document) else read_whole(source)


def _of_set(loop: Loop) -> TransactionAnswer:
    answer = TransactionAnswer(loop.head.get(2), loop.number)
    answer.code = result.get(1) if (result := loop.find("IK5")) else ""
    answer.errors = [_of_segment(each) for each in loop.all("2100")]
    return answer


def _of_segment(loop: Loop) -> SegmentError:
    head = loop.head
    position = int(head.get(2)) if head.get(2).isascii() and head.get(2).isdigit() else 0
    error = SegmentError(head.get(1), position, head.get(3), head.get(4))
    for context in loop.find_all("CTX"):
        if context.get(1, 1) == "CLM01":
            error.claim = context.get(1, 2)
    for each in loop.all("2110"):
        element = each.head
        error.elements.append(":".join((element.get(2), element.get(3))))
    return error


def read_277ca(source: Source | Document) -> list[BatchAnswer]:
    """The 277CA transactions of a file."""
    found: list[BatchAnswer] = []
    for transaction in _whole(source).transactions:
        if transaction.kind == "277CA":
            batch = BatchAnswer("payer", transaction.frame.first)
            for loop in sorted(transaction.root.walk(), key=lambda each: each.number):
                _take(batch, loop)
            found.append(batch)
    return found


def _take(batch: BatchAnswer, loop: Loop) -> None:
    """What a loop of a 277CA says; the loops come in the order of the file."""
    name = loop.id
    if name == "2100A":
        batch.source_level = "clearinghouse" if loop.head.get(1) == "AY" else "payer"
    elif name == "2200A":
        if processed := loop.find("DTP", "009"):
            batch.process_date = _date(processed.get(3))
    elif name == "2200B":
        batch.batch_id = trace.get(2) if (trace := loop.find("TRN")) else ""
        batch.statuses += _statuses(loop)
    elif name == "2200C":
        if found := list(_statuses(loop)):
            batch.provider_statuses.setdefault(_provider(loop), []).extend(found)
    elif name == "2200D":
        claim = ClaimAnswer(loop.head.get(2), loop.number, _provider(loop))
        if number := loop.find("REF", "1K"):
            claim.payer_claim_control_number = number.get(2)
        claim.statuses += _statuses(loop)
        for line in loop.all("2220D"):
            claim.statuses += _statuses(line)
        batch.claims.append(claim)


def _provider(loop: Loop) -> str:
    """NM109 of the billing provider above a loop."""
    level = loop.above("2000C")
    name = level.loop("2100C") if level else None
    return name.head.get(9) if name else ""


def _statuses(loop: Loop) -> Iterator[Status]:
    for segment in loop.find_all("STC"):
        for position in (1, 10, 11):
            if segment.get(position):
                yield _status(segment, position)


def _status(segment: Segment, position: int) -> Status:
    parts = [segment.get(position, at) for at in (1, 2, 3)]
    return Status(parts[0], parts[1], parts[2], segment.get(3), segment.number)


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == 8 else None
    except ValueError:
        return None
