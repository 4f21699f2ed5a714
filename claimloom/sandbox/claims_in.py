"""The payer's own look at an 837P file: just what it needs to decide, and no reader of ours."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Final

from claimloom.errors import PlainError

Reason = tuple[str, str, int]
"""Group, CARC and cents of an adjustment."""


@dataclass(slots=True)
class FiledService:
    """LX, SV1, DTP*472 and REF*6R of a line; money in cents."""

    code: str
    modifiers: tuple[str, ...]
    charge: int
    units: int
    day: str = ""
    number: str = ""
    prior_paid: int = 0
    prior: list[Reason] = field(default_factory=list)
    """SVD and CAS of loop 2430: what the payers before gave and why not more."""


@dataclass(slots=True)
class Other:
    """Another payer of the claim, loops 2320 and 2330B."""

    responsibility: str
    filing: str
    payer_id: str = ""
    payer_name: str = ""
    paid: int | None = None
    reasons: list[Reason] = field(default_factory=list)


@dataclass(slots=True)
class Filed:
    """A claim as it arrived."""

    number: str
    charge: int
    place: str
    frequency: str
    payer_id: str = ""
    payer_name: str = ""
    member: str = ""
    last: str = ""
    first: str = ""
    npi: str = ""
    provider: str = ""
    tax_id: str = ""
    postal: str = ""
    services: list[FiledService] = field(default_factory=list)
    responsibility: str = "P"
    filing: str = ""
    original: str = ""
    """REF*F8: the payer's number of the claim that this one replaces or voids."""
    others: list[Other] = field(default_factory=list)

    @property
    def day(self) -> str:
        """The day of service, CCYYMMDD."""
        return self.services[0].day[:8]


PARTY_FIELDS: Final = (
    *("payer_id", "payer_name", "member", "last", "first", "npi", "provider", "tax_id", "postal"),
    *("responsibility", "filing"),
)


@dataclass(slots=True)
class FiledSet:
    """ST02, BHT03 and the claims of an ST 837."""

    transaction: str
    batch: str = ""
    claims: list[Filed] = field(default_factory=list)


@dataclass(slots=True)
class Delivery:
    """A file as it arrived."""

    sender: str
    receiver: str
    interchange: str
    group: str
    transaction: str
    batch: str
    claims: list[Filed]
    sets: list[FiledSet] = field(default_factory=list)
    """Its transaction sets; empty: the one that stands above, with all claims."""

    @property
    def parts(self) -> list[FiledSet]:
        """Its transaction sets."""
        return self.sets or [FiledSet(self.transaction, self.batch, self.claims)]


def open_file(text: str) -> Delivery:
    """Split by the delimiters that the ISA shows, and walk. PlainError where that is no 837P."""
    if not text.startswith("ISA") or len(text) < 106:
        raise PlainError("is no X12 file: it does not begin with an ISA of 106 characters")
    sep, sub, end = text[3], text[104], text[105]
    parts = [part.strip().split(sep) for part in text.split(end) if part.strip()]
    if sum(part[0] == "ISA" for part in parts) > 1:
        raise PlainError("holds several interchanges; give the sandbox one at a time")
    kinds = sorted({part[1] for part in parts if part[0] == "ST" and len(part) > 1})
    if kinds != ["837"]:
        raise PlainError(f"holds {', '.join(kinds) or 'no transaction set'}, and the sandbox answers an 837P alone")
    walk = _FiledWalk(sub, Delivery(parts[0][6].strip(), parts[0][8].strip(), parts[0][13], "", "", "", []))
    for number, part in enumerate(parts, start=1):
        try:
            walk.take(part)
        except (IndexError, ValueError, InvalidOperation) as error:
            raise PlainError(f"segment {number} ({part[0][:3]}) is not as an 837P has it") from error
    if not walk.box.claims or not all(claim.services for claim in walk.box.claims):
        raise PlainError("holds no claim, or one without a service line (SV1): the sandbox answers an 837P alone")
    if not walk.box.interchange.isdigit():
        raise PlainError("has a control number in ISA13 that is no number")
    return walk.box


class _FiledWalk:
    """Where in the file we are: the party of the newest NM1, and whether a claim, another payer or a line is open."""

    def __init__(self, sub: str, box: Delivery) -> None:
        self.sub = sub
        self.box = box
        self.known: dict[str, str] = dict.fromkeys(PARTY_FIELDS, "")
        self.party = ""
        self.inside = ""
        self.steps: dict[str, Callable[[list[str]], None]] = {
            "GS": self._group,
            "ST": self._set,
            "BHT": self._batch,
            "HL": self._level,
            "SBR": self._subscriber,
            "NM1": self._name,
            "N4": self._place,
            "REF": self._reference,
            "CLM": self._claim,
            "AMT": self._amount,
            "CAS": self._reasons,
            "LX": self._line,
            "SV1": self._service,
            "DTP": self._date,
            "SVD": self._prior,
        }

    def take(self, part: list[str]) -> None:
        step = self.steps.get(part[0])
        if step:
            step([*part, *[""] * 12])

    @property
    def claim(self) -> Filed:
        return self.box.claims[-1]

    def _group(self, part: list[str]) -> None:
        self.box.group = part[6]

    def _set(self, part: list[str]) -> None:
        self.box.transaction = part[2]
        self.box.sets.append(FiledSet(part[2]))
        self.inside = ""

    def _batch(self, part: list[str]) -> None:
        self.box.batch = self.box.sets[-1].batch = part[3]

    def _level(self, part: list[str]) -> None:
        self.inside = self.party = ""

    def _subscriber(self, part: list[str]) -> None:
        if self.inside:
            self.inside = "other"
            self.claim.others.append(Other(part[1], part[9]))
        else:
            self.known["responsibility"], self.known["filing"] = part[1], part[9]

    def _name(self, part: list[str]) -> None:
        self.party = part[1]
        if self.inside == "other" and part[1] == "PR":
            self.claim.others[-1].payer_name, self.claim.others[-1].payer_id = part[3], part[9]
        if self.inside:
            return
        if part[1] == "85":
            self.known |= {"npi": part[9], "provider": part[3]}
        elif part[1] == "IL":
            self.known |= {"member": part[9], "last": part[3], "first": part[4]}
        elif part[1] == "QC":
            self.known |= {"last": part[3], "first": part[4]}
        elif part[1] == "PR":
            self.known |= {"payer_name": part[3], "payer_id": part[9]}

    def _place(self, part: list[str]) -> None:
        if self.party == "85" and not self.inside:
            self.known["postal"] = part[3]
        elif self.party == "77" and self.inside == "claim":
            self.claim.postal = part[3]

    def _reference(self, part: list[str]) -> None:
        if part[1] in ("EI", "SY") and self.party == "85" and not self.inside:
            self.known["tax_id"] = part[2]
        elif part[1] == "F8" and self.inside == "claim":
            self.claim.original = part[2]
        elif part[1] == "6R" and self.inside == "line":
            self.claim.services[-1].number = part[2]

    def _claim(self, part: list[str]) -> None:
        place = part[5].split(self.sub)
        filed = Filed(part[1], _cents(part[2]), place[0], place[2])
        for name, text in self.known.items():
            setattr(filed, name, text)
        self.box.claims.append(filed)
        self.box.sets[-1].claims.append(filed)
        self.inside = "claim"

    def _amount(self, part: list[str]) -> None:
        if part[1] == "D" and self.inside == "other":
            self.claim.others[-1].paid = _cents(part[2])

    def _reasons(self, part: list[str]) -> None:
        found = [(part[1], part[at], _cents(part[at + 1])) for at in range(2, len(part) - 1, 3) if part[at]]
        if self.inside == "other":
            self.claim.others[-1].reasons += found
        elif self.inside == "line":
            self.claim.services[-1].prior += found

    def _line(self, part: list[str]) -> None:
        self.inside = "line"

    def _service(self, part: list[str]) -> None:
        names = part[1].split(self.sub)
        marks = tuple(each for each in names[2:6] if each)
        units = int(Decimal(part[4] or "1"))
        self.claim.services.append(FiledService(names[1], marks, _cents(part[2]), units))

    def _date(self, part: list[str]) -> None:
        if part[1] == "472" and self.inside == "line":
            self.claim.services[-1].day = part[3]

    def _prior(self, part: list[str]) -> None:
        self.claim.services[-1].prior_paid += _cents(part[2])


def _cents(text: str) -> int:
    return int(Decimal(text) * 100)
