"""The payer's own look at an 837P file: just what it needs to decide, and no reader of ours."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal


@dataclass(slots=True)
class FiledService:
    """LX, SV1, DTP*472 and REF*6R of a line; money in cents."""

    code: str
    modifiers: tuple[str, ...]
    charge: int
    units: int
    day: str = ""
    number: str = ""


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


PARTY_FIELDS = ("payer_id", "payer_name", "member", "last", "first", "npi", "provider", "tax_id", "postal")


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


def open_file(text: str) -> Delivery:
    """Split by the delimiters that the ISA shows, and walk."""
    sep, sub, end = text[3], text[104], text[105]
    parts = [part.strip().split(sep) for part in text.split(end) if part.strip()]
    box = Delivery(parts[0][6].strip(), parts[0][8].strip(), parts[0][13], "", "", "", [])
    now: dict[str, str] = {}
    for part in parts:
        if part[0] == "GS":
            box.group = part[6]
        elif part[0] == "ST":
            box.transaction = part[2]
        elif part[0] == "BHT":
            box.batch = part[3]
        elif part[0] == "CLM":
            place = part[5].split(sub)
            filed = Filed(part[1], _cents(part[2]), place[0], place[2])
            for name in PARTY_FIELDS:
                setattr(filed, name, now.get(name, ""))
            box.claims.append(filed)
            now["at"] = "CLM"
        elif part[0] in ("NM1", "N4", "REF"):
            _party(part, now, box.claims)
        if part[0] in ("SV1", "DTP", "REF") and now.get("at") == "CLM":
            _service(part, sub, box.claims[-1].services)
    return box


def _party(part: list[str], now: dict[str, str], claims: list[Filed]) -> None:
    """NM1 and what follows it: ``now`` keeps the newest of each until a CLM takes it."""
    padded = [*part, *[""] * 10]
    at = now.get("at", "")
    if part[0] == "NM1":
        inside = {"77": "77", "82": "CLM", "DN": "CLM"}
        now["at"] = at = inside.get(part[1], part[1])
        if at == "85":
            now["npi"], now["provider"] = padded[9], padded[3]
        elif at == "IL":
            now["member"], now["last"], now["first"] = padded[9], padded[3], padded[4]
        elif at == "QC":
            now["last"], now["first"] = padded[3], padded[4]
        elif at == "PR":
            now["payer_name"], now["payer_id"] = padded[3], padded[9]
    elif part[0] == "N4" and at == "85":
        now["postal"] = part[3]
    elif part[0] == "N4" and at == "77":
        claims[-1].postal = part[3]
        now["at"] = "CLM"
    elif part[0] == "REF" and at == "85" and part[1] in ("EI", "SY"):
        now["tax_id"] = part[2]


def _service(part: list[str], sub: str, services: list[FiledService]) -> None:
    if part[0] == "SV1":
        names = part[1].split(sub)
        marks = tuple(each for each in names[2:6] if each)
        services.append(FiledService(names[1], marks, _cents(part[2]), int(part[4])))
    elif part[:2] == ["DTP", "472"]:
        services[-1].day = part[3]
    elif part[:2] == ["REF", "6R"]:
        services[-1].number = part[2]


def _cents(text: str) -> int:
    return int(Decimal(text) * 100)
