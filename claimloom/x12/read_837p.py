"""837P (005010X222A1) to typed claims, as any sender writes them; what the types have no place for is kept.

Parties are told apart by NM101 and the loop they stand in (HL03 and CLM before them). Nothing is corrected.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from claimloom.x12.text import cents
from claimloom.x12.tokenizer import Segment, X12Error, tokenize

Loop = str


@dataclass(slots=True)
class Party:
    """NM1 with what follows it: a provider, subscriber, patient, payer, submitter or receiver."""

    entity: str
    entity_type: str
    last: str
    first: str = ""
    middle: str = ""
    suffix: str = ""
    id_qualifier: str = ""
    id: str = ""
    address: list[str] = field(default_factory=list)
    city: str = ""
    state: str = ""
    zip: str = ""
    birth_date: str = ""
    gender: str = ""
    taxonomy: str = ""
    references: dict[str, str] = field(default_factory=dict)
    segment_number: int = 0


@dataclass(slots=True)
class ServiceLine:
    """Loop 2400."""

    line_number: int
    procedure_code: str = ""
    modifiers: list[str] = field(default_factory=list)
    description: str = ""
    charge_cents: int = 0
    units: str = ""
    pointers: list[str] = field(default_factory=list)
    dates: dict[str, str] = field(default_factory=dict)
    references: dict[str, str] = field(default_factory=dict)
    segment_number: int = 0


@dataclass(slots=True)
class ClaimDocument:
    """One CLM with the parties above and inside it; ``unparsed`` are its segments without a field here."""

    transaction_index: int
    patient_control_number: str
    charge_cents: int
    place_of_service: str
    frequency_code: str
    indicators: list[str]
    related_causes: str
    subscriber_info: list[str]
    parties: dict[Loop, Party]
    diagnoses: list[str] = field(default_factory=list)
    dates: dict[str, str] = field(default_factory=dict)
    references: dict[str, str] = field(default_factory=dict)
    amounts_cents: dict[str, int] = field(default_factory=dict)
    lines: list[ServiceLine] = field(default_factory=list)
    unparsed: list[list[str]] = field(default_factory=list)
    segment_number: int = 0


@dataclass(slots=True)
class Transaction837:
    """One ST 837."""

    transaction_index: int
    control_number: str
    version: str
    batch_id: str = ""
    claims: list[ClaimDocument] = field(default_factory=list)
    unparsed: list[list[str]] = field(default_factory=list)
    segment_number: int = 0


LOOPS: Final = {"41": "1000A", "40": "1000B", "85": "2010AA", "87": "2010AB", "IL": "2010BA", "QC": "2010CA"}
CLAIM_LOOPS: Final = {"DN": "2310A", "P3": "2310A", "82": "2310B", "77": "2310C", "DQ": "2310D"}


def read_837p(data: bytes) -> list[Transaction837]:
    """The 837 transactions of a file; X12Error if the file, or an amount in it, cannot be read."""
    tokens = tokenize(data)
    found: list[Transaction837] = []
    reader: _Reader | None = None
    for segment in tokens.segments:
        if segment.id == "ST":
            reader = None
            if segment.get(1) == "837":
                head = Transaction837(len(found), segment.get(2), segment.get(3), segment_number=segment.number)
                reader = _Reader(head, tokens.component)
                found.append(head)
        elif segment.id == "SE":
            reader = None
        elif reader is not None:
            try:
                reader.take(segment)
            except ValueError as error:
                raise X12Error(f"segment {segment.number} ({segment.id}): {error}") from None
    return found


class _Reader:
    def __init__(self, head: Transaction837, component: str) -> None:
        self.head = head
        self.component = component
        self.parties: dict[Loop, Party] = {}
        self.party: Party | None = None
        self.subscriber: list[str] = []
        self.relationship: list[str] = []
        self.claim: ClaimDocument | None = None
        self.line: ServiceLine | None = None
        self.taxonomy = ""
        self.takers: dict[str, Callable[[Segment], bool]] = {
            "BHT": self._bht,
            "HL": self._hl,
            "PRV": self._prv,
            "SBR": self._sbr,
            "PAT": self._pat,
            "NM1": self._nm1,
            "N3": self._n3,
            "N4": self._n4,
            "DMG": self._dmg,
            "REF": self._ref,
            "CLM": self._clm,
            "HI": self._hi,
            "DTP": self._dtp,
            "AMT": self._amt,
            "LX": self._lx,
            "SV1": self._sv1,
        }

    def take(self, segment: Segment) -> None:
        taker = self.takers.get(segment.id)
        if taker is None or not taker(segment):
            (self.claim.unparsed if self.claim else self.head.unparsed).append(segment.elements)

    def _bht(self, segment: Segment) -> bool:
        self.head.batch_id = segment.get(3)
        self.head.unparsed.append(segment.elements)
        return True

    def _hl(self, segment: Segment) -> bool:
        self.claim = self.line = self.party = None
        keep = {"20": ("1000A", "1000B"), "22": ("1000A", "1000B", "2010AA", "2010AB")}.get(segment.get(3))
        if keep is not None:
            self.parties = {loop: party for loop, party in self.parties.items() if loop in keep}
        if segment.get(3) in ("20", "22"):
            self.relationship = []
        self.head.unparsed.append(segment.elements)
        return True

    def _prv(self, segment: Segment) -> bool:
        if self.party is not None and segment.get(1) != "BI":
            self.party.taxonomy = segment.get(3)
        else:
            self.taxonomy = segment.get(3)
        return segment.get(2) == "PXC"

    def _sbr(self, segment: Segment) -> bool:
        if self.claim is not None:
            return False
        self.subscriber = segment.elements
        return True

    def _pat(self, segment: Segment) -> bool:
        self.relationship = segment.elements
        return True

    def _nm1(self, segment: Segment) -> bool:
        entity = segment.get(1)
        party = Party(
            entity,
            segment.get(2),
            segment.get(3),
            segment.get(4),
            segment.get(5),
            segment.get(7),
            segment.get(8),
            segment.get(9),
            segment_number=segment.number,
        )
        if self.claim is None:
            loop = LOOPS.get(entity) or {"PR": "2010BB", "PE": "2010AC"}.get(entity)
            target = self.parties
        else:
            loop = CLAIM_LOOPS.get(entity) if self.line is None else None
            target = self.claim.parties
        if loop is None or (self.claim is not None and loop in target):
            self.party = None
            return False
        if loop == "2010AA":
            party.taxonomy = self.taxonomy
        self.party = target[loop] = party
        return True

    def _n3(self, segment: Segment) -> bool:
        if self.party is None:
            return False
        self.party.address = [text for text in segment.elements[1:] if text]
        return True

    def _n4(self, segment: Segment) -> bool:
        if self.party is None:
            return False
        self.party.city, self.party.state, self.party.zip = segment.get(1), segment.get(2), segment.get(3)
        return len(segment.elements) <= 4

    def _dmg(self, segment: Segment) -> bool:
        if self.party is None:
            return False
        self.party.birth_date, self.party.gender = segment.get(2), segment.get(3)
        return segment.get(1) == "D8"

    def _ref(self, segment: Segment) -> bool:
        owner = self.line or self.party or self.claim
        if owner is None or segment.get(1) in owner.references:
            return False
        owner.references[segment.get(1)] = segment.get(2)
        return len(segment.elements) <= 3

    def _clm(self, segment: Segment) -> bool:
        place = [*segment.get(5).split(self.component), "", "", ""]
        self.line = self.party = None
        self.claim = ClaimDocument(
            transaction_index=self.head.transaction_index,
            patient_control_number=segment.get(1),
            charge_cents=cents(segment.get(2)),
            place_of_service=place[0],
            frequency_code=place[2],
            indicators=segment.elements[6:11],
            related_causes=segment.get(11),
            subscriber_info=[*self.subscriber[1:], *self.relationship[1:]],
            parties=dict(self.parties),
            segment_number=segment.number,
        )
        self.head.claims.append(self.claim)
        return len(segment.elements) <= 12

    def _hi(self, segment: Segment) -> bool:
        if self.claim is None:
            return False
        self.claim.diagnoses += [text for text in segment.elements[1:] if text]
        return True

    def _dtp(self, segment: Segment) -> bool:
        owner = self.line or self.claim
        if owner is None or segment.get(1) in owner.dates:
            return False
        owner.dates[segment.get(1)] = segment.get(3)
        return segment.get(2) == "D8"

    def _amt(self, segment: Segment) -> bool:
        if self.claim is None or self.line is not None:
            return False
        self.claim.amounts_cents[segment.get(1)] = cents(segment.get(2))
        return True

    def _lx(self, segment: Segment) -> bool:
        if self.claim is None:
            return False
        self.party = None
        number = int(segment.get(1)) if segment.get(1).isascii() and segment.get(1).isdigit() else 0
        self.line = ServiceLine(number, segment_number=segment.number)
        self.claim.lines.append(self.line)
        return True

    def _sv1(self, segment: Segment) -> bool:
        if self.line is None:
            return False
        parts = [*segment.get(1).split(self.component), *[""] * 7]
        self.line.procedure_code = parts[1]
        self.line.modifiers = [part for part in parts[2:6] if part]
        self.line.description = parts[6]
        self.line.charge_cents = cents(segment.get(2))
        self.line.units = segment.get(4)
        self.line.pointers = [part for part in segment.get(7).split(self.component) if part]
        return segment.get(3) == "UN" and parts[0] == "HC"
