"""What a visit's fields are called where people read of them: plain words, with the field's name in the file behind.

Whoever corrects a visit works in an EMR and has never seen the file; whoever maps the EMR looks for the name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any, Final, get_args

from pydantic import BaseModel

from schemas.session import Session

# Where a field's own name, with spaces, says too little.
WORDS: Final = {
    "accident_date": "date",
    "certified_on": "day of certification",
    "certified_to": "last certified day",
    "clia_number": "CLIA number",
    "clinic_id": "id",
    "coverages": "insurances",
    "death_date": "day of death",
    "effective_from": "first day",
    "effective_to": "last day",
    "entity_type": "kind (1 person, 2 organisation)",
    "fees_cents": "fees",
    "device_days": "days with data",
    "first": "first name",
    "last": "last name",
    "line1": "street",
    "line2": "second address line",
    "medicare_participating": "participation in Medicare",
    "middle": "middle name",
    "mode": "mode of the visit",
    "msp_type": "MSP type",
    "npi": "NPI",
    "onset_date": "day of onset",
    "patient_id": "id",
    "patient_paid_cents": "amount paid by the patient",
    "pay_to_address": "pay-to address",
    "session_id": "visit id",
    "signed_at": "time of signature",
    "signed_by_npi": "signing NPI",
    "stop": "end",
    "tax_id": "tax number",
    "tax_id_type": "kind of tax number",
    "time_zone": "time zone",
    "timed": "timed services",
    "treatment_days_since_report": "treatment days since the last report",
    "untimed": "untimed services",
    "therapy_used_cents": "Medicare therapy dollars of the year",
    "valid_from": "first day",
    "valid_to": "last day",
    "visits_authorized": "authorized visits",
    "visits_used": "used visits",
    "zip": "ZIP code",
}
# One of several.
ONE: Final = {
    "codes": "code",
    "coverages": "insurance",
    "diagnoses": "diagnosis",
    "diagnosis_pointers": "diagnosis pointer",
    "fees_cents": "fee",
    "modifiers": "modifier",
    "related": "cause",
    "timed": "timed service",
    "untimed": "untimed service",
}
# These say nothing that what stands below them does not say.
PASSED_OVER: Final = frozenset({"address", "name"})
PATH: Final = re.compile(r"(?<![\w.(])[a-z][a-z0-9]*(?:_[a-z0-9]+)*(?:\.[A-Za-z0-9_]+)*")
BEHIND: Final = re.compile(r" \(([a-z][a-z0-9_]*(?:\.[A-Za-z0-9_]+)*)\)")
SEVERAL: Final = re.compile(r"(?<!decide )\b[a-z]+(?:_[a-z]+)+\b")
Path = Sequence[str | int]


def field_words(path: Path) -> str:
    """A place in a visit in words, as in "the patient's ZIP code" or "the minutes of timed service 1"."""
    owners, last = _parts(path)
    if not owners:
        return last if last[-1].isdigit() else f"the {last}"
    head = owners[0]
    if head[-1].isdigit():
        inner = "".join(f"{owner}'s " for owner in owners[1:])
        return f"{'' if last[-1].isdigit() else 'the '}{inner}{last} of {head}"
    return f"the {''.join(f'{owner}{_s(owner)} ' for owner in owners)}{last}"


def field_named(path: Path) -> str:
    """The same with the field's name behind it; of what is no field of a visit the name alone."""
    name = ".".join(map(str, path))
    return f"{field_words(path)} ({name})" if is_field(name) else name


def in_plain_words(text: str) -> str:
    """A sentence in which names of fields stand as they are in the file, with their words before them."""
    # Most sentences name none, and every word of them would be looked at.
    return PATH.sub(_worded, text) if "_" in text or "." in text else text


def named_fields(text: str) -> list[str]:
    """The names of fields that stand behind their words in a sentence."""
    return [name for name in BEHIND.findall(text) if is_field(name)]


def without_names(text: str) -> str:
    """A sentence without them: for who has never seen the file."""
    said = BEHIND.sub(lambda found: "" if is_field(found[1]) else found[0], text)
    return SEVERAL.sub(lambda found: found[0].replace("_", " "), said)


def _worded(found: re.Match[str]) -> str:
    name = found[0]
    # One word is a word of the language first: "therapist", "note".
    if ("_" not in name and "." not in name) or not is_field(name):
        return name
    return field_named([int(part) if part.isdigit() and len(part) < 5 else part for part in name.split(".")])


def is_field(name: str) -> bool:
    """Whether a visit has a field of this name, in dots; a place in a list and a code of a fee list are any."""
    parts = name.split(".")
    return ".".join(part if part in _names() else "*" for part in parts) in _fields()


def _parts(path: Path) -> tuple[list[str], str]:
    """Who owns the field, from the outside in, and how it is called itself."""
    owners: list[str] = []
    for place, part in enumerate(path):
        last = place == len(path) - 1
        before = str(path[place - 1]) if place else ""
        if before == "fees_cents" and isinstance(part, str):
            owners[-1] = f"fee of {part}"
        elif isinstance(part, int):
            owners[-1] = f"{ONE.get(before, before.replace('_', ' '))} {part + 1}"
        elif last or part not in PASSED_OVER:
            owners.append("pay-to" if part == "pay_to_address" and not last else _word(part))
    return owners[:-1], owners[-1]


def _word(name: str) -> str:
    return WORDS.get(name) or name.replace("_", " ")


def _s(owner: str) -> str:
    return "" if owner == "pay-to" else "'s"


@cache
def _fields() -> frozenset[str]:
    return frozenset(_walk(Session, ""))


@cache
def _names() -> frozenset[str]:
    return frozenset(part for name in _fields() for part in name.split(".") if part != "*")


def _walk(model: type[BaseModel], above: str) -> Iterator[str]:
    for name, field in model.model_fields.items():
        place = f"{above}{name}"
        yield place
        yield from _inside(field.annotation, place)


def _inside(kind: Any, place: str) -> Iterator[str]:
    """What stands below a field: of lists and fee lists any place, of a part its fields."""
    origin, several = getattr(kind, "__origin__", None), get_args(kind)
    if origin in (list, dict):
        yield f"{place}.*"
        yield from _inside(several[-1], f"{place}.*")
    elif isinstance(kind, type) and issubclass(kind, BaseModel):
        yield from _walk(kind, f"{place}.")
    else:
        for each in several:
            if not isinstance(each, str):
                yield from _inside(each, place)
