"""TA1, 999 (005010X231A1) and 277CA (005010X214) to typed answers; each keeps the number of its segment.

An answer may stop at any level: a 277CA can reject a whole batch or a provider with no claim named below it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from claimloom.x12.tokenizer import Segment, tokenize


@dataclass(frozen=True, slots=True)
class Interchange:
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
class GroupAnswer:
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
    def rejected(self) -> bool:
        """Any U, at claim or line level, rejects the whole claim; there is no partial acceptance."""
        return any(status.action == "U" for status in self.statuses)


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


def read_ta1(data: bytes) -> list[Interchange]:
    """The TA1 segments of a file."""
    return [
        Interchange(segment.get(1), segment.get(4), segment.get(5), segment.number)
        for segment in tokenize(data).segments
        if segment.id == "TA1"
    ]


def read_999(data: bytes) -> list[GroupAnswer]:
    """The group answers of a file, each with the transactions that it names."""
    groups: list[GroupAnswer] = []
    for segment in tokenize(data).segments:
        if segment.id == "AK1":
            groups.append(GroupAnswer(segment.get(2), segment.number))
        elif groups:
            _take_999(groups[-1], segment)
    return groups


def _take_999(group: GroupAnswer, segment: Segment) -> None:
    if segment.id == "AK2":
        group.transactions.append(TransactionAnswer(segment.get(2), segment.number))
    elif segment.id == "AK9":
        group.code = segment.get(1)
    elif group.transactions:
        answer = group.transactions[-1]
        if segment.id == "IK3":
            position = int(segment.get(2)) if segment.get(2).isascii() and segment.get(2).isdigit() else 0
            answer.errors.append(SegmentError(segment.get(1), position, segment.get(3), segment.get(4)))
        elif segment.id == "CTX" and answer.errors and segment.get(1).startswith("CLM01"):
            answer.errors[-1].claim = segment.get(1)[6:]
        elif segment.id == "IK4" and answer.errors:
            answer.errors[-1].elements.append(":".join((segment.get(2), segment.get(3))))
        elif segment.id == "IK5":
            answer.code = segment.get(1)


def read_277ca(data: bytes) -> list[BatchAnswer]:
    """The 277CA transactions of a file."""
    tokens = tokenize(data)
    found: list[BatchAnswer] = []
    reader: _Reader277 | None = None
    for segment in tokens.segments:
        if segment.id == "ST":
            reader = _Reader277(segment.number, tokens.component) if segment.get(1) == "277" else None
        elif reader is not None:
            reader.take(segment)
            if segment.id == "SE":
                found.append(reader.batch)
                reader = None
    return found


class _Reader277:
    def __init__(self, number: int, component: str) -> None:
        self.batch = BatchAnswer("payer", number)
        self.component = component
        self.level = ""
        self.provider = ""

    def take(self, segment: Segment) -> None:
        if segment.id == "HL":
            self.level = segment.get(3)
        elif segment.id == "NM1":
            self._party(segment)
        elif segment.id == "TRN" and self.level == "21":
            self.batch.batch_id = segment.get(2)
        elif segment.id == "TRN" and self.level == "PT":
            self.batch.claims.append(ClaimAnswer(segment.get(2), segment.number, self.provider))
        elif segment.id == "DTP" and self.level == "20" and segment.get(1) == "009":
            self.batch.process_date = _date(segment.get(3))
        elif segment.id == "REF" and segment.get(1) == "1K" and self.level == "PT" and self.batch.claims:
            self.batch.claims[-1].payer_claim_control_number = segment.get(2)
        elif segment.id == "STC":
            self._status(segment)

    def _party(self, segment: Segment) -> None:
        if self.level == "20":
            self.batch.source_level = "clearinghouse" if segment.get(1) == "AY" else "payer"
        elif self.level == "19":
            self.provider = segment.get(9)

    def _status(self, segment: Segment) -> None:
        action = segment.get(3)
        for composite in (segment.get(1), segment.get(10), segment.get(11)):
            if not composite:
                continue
            category, code, entity = _three(composite.split(self.component))
            status = Status(category, code, entity, action, segment.number)
            if self.level == "21":
                self.batch.statuses.append(status)
            elif self.level == "19":
                self.batch.provider_statuses.setdefault(self.provider, []).append(status)
            elif self.level == "PT" and self.batch.claims:
                self.batch.claims[-1].statuses.append(status)


def _three(parts: Sequence[str]) -> tuple[str, str, str]:
    padded = [*parts, "", "", ""]
    return padded[0], padded[1], padded[2]


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == 8 else None
    except ValueError:
        return None
