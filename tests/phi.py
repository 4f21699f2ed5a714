"""What of a patient must not be seen: names, member ids, birth dates, streets of the visits a test uses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

SHORT = 4  # below that it counts only as a word of its own, since it stands in too many others


def phi_of(visits: Iterable[Mapping[str, Any]]) -> set[str]:
    """Everything that would tell who a patient is."""
    found: set[str] = set()
    for visit in visits:
        people = [visit["patient"], *(each.get("subscriber") or {} for each in visit["coverages"])]
        for person in people:
            name, address = person.get("name") or {}, person.get("address") or {}
            found |= {
                name.get("last", ""),
                name.get("first", ""),
                person.get("birth_date") or "",
                address.get("line1", ""),
            }
        found |= {each["member_id"] for each in visit["coverages"]}
    return found - {""}


def long_ones(phi: Iterable[str]) -> set[str]:
    """Those too long to stand in a sealed text (base64) by chance, as a name of four letters does."""
    return {each for each in phi if len(each) >= 8}


def tells(text: str, phi: Iterable[str]) -> list[str]:
    """What of it stands in the text, in whatever case."""
    lower = text.lower()
    words = set(re.findall(r"\w+", lower))
    return [each for each in phi if each.lower() in (words if len(each) < SHORT else lower)]


def assert_no_phi(text: str, phi: Iterable[str]) -> None:
    """None of it stands in the text."""
    assert tells(text, phi) == []
