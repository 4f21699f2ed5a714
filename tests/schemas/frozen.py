"""The frozen corpus: whole events of every version that was ever written, and places in them for unknown fields."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from schemas.event import Event, Topic
from schemas.values import Noun

CORPUS = Path(__file__).parent / "corpus"
MANIFEST = CORPUS / "MANIFEST.sha256"
LATER = {"flag": True, "parts": [1, "two", None, {"deep": 3}]}
"""What a newer writer might add."""

Step = str | int


def version_in(path: Path) -> int:
    """The version that a file of the corpus is of, from its folder."""
    return int(path.relative_to(CORPUS).parts[0].removeprefix("v"))


def lines(topic: Topic, version: int | None = None) -> list[str]:
    """The frozen events of a topic as they were written, of one version or of all."""
    return [
        line
        for path in sorted(CORPUS.glob(f"v*/{topic}.jsonl"))
        if version in (None, version_in(path))
        for line in path.read_text(encoding="utf-8").splitlines()
    ]


def events(topic: Topic, version: int | None = None) -> list[Event]:
    """The frozen events of a topic, read."""
    return [Event.model_validate_json(line) for line in lines(topic, version)]


def lost(before: Any, after: Any, place: str = "") -> list[str]:
    """Places of the first value that the second does not hold; what is new in the second does not count."""
    if isinstance(before, dict) and isinstance(after, dict):
        return [
            found
            for key, value in before.items()
            for found in (lost(value, after[key], f"{place}/{key}") if key in after else [f"{place}/{key}"])
        ]
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        pairs = enumerate(zip(before, after, strict=True))
        return [found for number, (old, new) in pairs for found in lost(old, new, f"{place}/{number}")]
    return [] if (type(before), before) == (type(after), after) else [place]


def nouns(value: Any, path: tuple[Step, ...] = ()) -> Iterator[tuple[Step, ...]]:
    """Where nouns stand in a noun, itself included."""
    if isinstance(value, Noun):
        yield path
        for name in type(value).model_fields:
            yield from nouns(getattr(value, name), (*path, name))
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from nouns(each, (*path, number))


def plant(data: Any, path: tuple[Step, ...], value: object = LATER) -> None:
    """Put an unknown field into the object at the path."""
    for step in path:
        data = data[step]
    data["added_later"] = value
