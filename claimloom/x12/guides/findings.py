"""What a check finds: one frozen value each, with its place and the word of the acknowledgment that it becomes."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Final, Literal

Severity = Literal["error", "warn"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault of a file.

    ``ack`` is what a receiver answers for it: ``TA1 022``, ``AK9 5``, ``IK5 4``, ``IK3 3`` (segment), ``IK4 7``
    (element); empty where no acknowledgment has a word for it, as for balances. ``snip`` is the level of checking
    (1 syntax, 2 guide, 3 balance, 4 situation, 5 code list). ``segment_number`` counts from the file's first ISA = 1,
    ``position`` from ST = 1 (IK302), ``offset`` is the 0-based byte in the unpacked file (-1: none). ``element`` is
    the place inside the segment as the guides write it (``02``, ``05-3``), ``data_element`` its number in the X12
    dictionary (IK402). ``value`` is what stood there: it may be PHI, so neither ``message`` nor ``fix`` repeats it.
    """

    code: str
    message: str
    severity: Severity = "error"
    snip: int = 1
    ack: str = ""
    segment_number: int = 0
    position: int = 0
    offset: int = -1
    loop: str = ""
    segment: str = ""
    element: str = ""
    repeat: int = 0
    data_element: str = ""
    transaction: int = 0
    """Which ST of the file, from 1; 0 outside of one."""
    claim: str = ""
    """Patient control number of the claim it is in (CLM01, CLP01, or the 277CA's TRN02)."""
    value: str = field(default="", repr=False)
    fix: str = ""
    member: str = ""
    """Of a zip with several files, the one it is in; ``segment_number`` and ``offset`` count on over all of them."""

    def json(self) -> dict[str, Any]:
        """For programs; without the value, which may tell of a patient."""
        found = asdict(self)
        del found["value"]
        if not self.member:
            del found["member"]
        return found


# Our codes by the word of the acknowledgment; the other way round is `Finding.ack` itself.
SEGMENT_CODES: Final = {
    "1": "unknown_segment",
    "2": "unexpected_segment",
    "3": "missing_segment",
    "4": "too_many_loops",
    "5": "too_many_segments",
    "6": "unexpected_segment",
    "7": "out_of_order",
    "I4": "segment_not_used",
    "I6": "situational_segment_missing",
    "I7": "too_few_loops",
    "I9": "situational_segment_present",
}
ELEMENT_CODES: Final = {
    "1": "missing_element",
    "2": "conditional_element",
    "3": "too_many_elements",
    "4": "too_short",
    "5": "too_long",
    "6": "bad_character",
    "7": "bad_code",
    "8": "bad_date",
    "9": "bad_time",
    "10": "exclusive_elements",
    "12": "too_many_repeats",
    "13": "too_many_components",
    "I9": "situational_element_missing",
    "I10": "element_not_used",
    "I12": "bad_pattern",
    "I13": "situational_element_present",
}


def segment_name(segment_id: str) -> str:
    """An id as a finding may say it: in a damaged file anything may stand there, a patient's name too."""
    return segment_id if 2 <= len(segment_id) <= 3 and segment_id.isascii() and segment_id.isalnum() else "?"
