"""Files of claims (837P) that went out, read for what answers know a claim by; and the numbers that were used."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from claimloom.x12 import X12Error
from claimloom.x12.reading.tokenizer import segments

SENT: Final = re.compile(r"(?:TEST_)?837p-(?:(?P<partner>.+)-)?\d{9}\.edi")


def file_name(partner: str, control_number: str, *, is_test: bool) -> str:
    """The name that a file goes out under. Names are of one folder: those of a partner with numbers of its own say
    whose they are, and a test says so, since no payer takes in what stands in it.
    """
    whose = f"{partner}-" if partner else ""
    return f"{'TEST_' if is_test else ''}837p-{whose}{control_number}.edi"


@dataclass(slots=True)
class SentFile:
    """A file that went out: its bytes, and where each of its claims (CLM01) stands in it."""

    name: str
    content: bytes
    claims: dict[str, dict[str, Any]] = field(default_factory=dict)


def sent_files(folders: Sequence[Path]) -> Iterator[SentFile]:
    """Files of claims that lie there; one that cannot be read is none of ours."""
    for folder in folders:
        for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
            if path.is_file() and not path.name.startswith("."):
                content = path.read_bytes()
                if content.startswith(b"ISA") and (found := _claims_in(path.name, content)):
                    yield SentFile(path.name, content, found)


def _claims_in(name: str, content: bytes) -> dict[str, dict[str, Any]]:
    """ISA13, GS06, ST02, BHT03 and the place of each CLM01, by which answers find a claim."""
    named = SENT.fullmatch(name)
    here: dict[str, Any] = {"file_name": name, "partner": (named and named["partner"]) or ""}
    found: dict[str, dict[str, Any]] = {}
    position = 0
    try:
        for each in segments(content):
            if each.id == "ISA":
                here["interchange_control_number"] = each.get(13).strip()
                here["usage"] = each.get(15) if each.get(15) in ("T", "P") else ""
            elif each.id == "GS" and each.get(1) == "HC":
                here["group_control_number"] = each.get(6)
                here["submitted_on"] = datetime.strptime(each.get(4), "%Y%m%d").date().isoformat()  # noqa: DTZ007
            elif each.id == "ST" and each.get(1) == "837":
                here["transaction_control_number"], position = each.get(2), 0
            elif each.id == "BHT":
                here["batch_id"] = each.get(3)
            elif each.id == "CLM" and "transaction_control_number" in here:
                position += 1
                found[each.get(1)] = here | {"position": position}
    except (X12Error, ValueError):
        return {}
    whole = {"interchange_control_number", "group_control_number", "submitted_on", "batch_id"}
    return {number: where for number, where in found.items() if whole <= where.keys()}


def highest_number(folders: Sequence[Path]) -> int:
    """The highest control number of an interchange of ours (ISA13; GS06 is the same) in what went out and in what came
    back: TA1-01 and AK102 name it.
    """
    highest = 0
    for folder in folders:
        for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
            if path.is_file():
                highest = max([highest, *_numbers(path)])
    return highest


def _numbers(path: Path) -> Iterator[int]:
    with path.open("rb") as file:
        if file.read(3) != b"ISA":
            return
    try:
        for each in segments(path):
            place = {"ISA": 13, "TA1": 1, "AK1": 2}.get(each.id)
            said = each.get(place).strip() if place else ""
            ours = each.id != "ISA" or SENT.fullmatch(path.name) is not None
            if said.isascii() and said.isdigit() and ours and (each.id != "AK1" or each.get(1) == "HC"):
                yield int(said)
    except (X12Error, ValueError):
        return
