"""Bytes to segments. Delimiters come from the ISA, which is the one segment of fixed width (106 characters)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from claimloom.errors import PlainError

MAX_FILE_BYTES: Final = 64_000_000
ISA_LENGTH: Final = 106


class X12Error(PlainError):
    """A file that cannot be read as X12: says what, where (0-based character offset) and what to do."""


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment: elements[0] is its id, elements[n] is element n. ``number`` counts from ISA = 1."""

    elements: list[str]
    number: int

    @property
    def id(self) -> str:
        """Segment id, e.g. CLP."""
        return self.elements[0]

    def get(self, position: int) -> str:
        """Element at a 1-based position, empty where the segment ends before it."""
        return self.elements[position] if position < len(self.elements) else ""


@dataclass(frozen=True, slots=True)
class Tokens:
    """Segments of a file and the component separator that its composites use."""

    segments: list[Segment]
    component: str


def tokenize(data: bytes) -> Tokens:
    """Segments of an interchange file; X12Error if it is empty, binary, too large or cut off."""
    if len(data) > MAX_FILE_BYTES:
        raise X12Error(f"file has {len(data):,} bytes, more than {MAX_FILE_BYTES:,}; split it into smaller files")
    text = data.removeprefix(b"\xef\xbb\xbf").decode("latin-1").lstrip()
    if not text:
        raise X12Error("file is empty; ask the sender for it again")
    if not text.startswith("ISA"):
        raise X12Error("file does not begin with ISA at offset 0, so it is not X12; check what was sent")
    if len(text) < ISA_LENGTH:
        raise X12Error(f"file ends at offset {len(text)} inside the ISA segment; ask the sender for it again")
    element, component, terminator = text[3], text[104], text[105]
    if len({element, component, terminator}) < 3 or any(mark.isalnum() for mark in (element, component, terminator)):
        raise X12Error("ISA at offset 0 does not have 106 characters: its delimiters cannot be told; ask the sender")
    parts = text.split(terminator)
    segments = [Segment(part.split(element), number) for number, part in enumerate(_stripped(parts), start=1)]
    if parts[-1].strip() or segments[-1].id != "IEA":
        raise X12Error(
            f"file is cut off at offset {len(text)}, after segment {len(segments)} ({segments[-1].id[:3]}): "
            "no IEA at its end; ask the sender for it again"
        )
    return Tokens(segments, component)


def _stripped(parts: list[str]) -> list[str]:
    return [part for part in (part.strip() for part in parts) if part]
