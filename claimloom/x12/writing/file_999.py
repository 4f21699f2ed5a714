"""TA1 and 999 (005010X231A1): what a receiver answers to an interchange, its groups, sets, segments and elements.

The nouns have exactly the places of the segments. What they quote comes out of faulty files, so whatever of it cannot
stand in an answer (a bad value with a delimiter in it, an id of the wrong length) is left out or cut, never refused.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from claimloom.x12.guides.values import EXTENDED_SET
from claimloom.x12.writing.envelope import Envelope, Segments, set_number, write_interchange, write_set

VERSION: Final = "005010X231A1"
NO_VERSION: Final = "005010"
MOST_CODES: Final = 5
MOST_VALUE: Final = 99
MOST_UNIT: Final = 35
MOST_UNITS: Final = 10
DIGITS: Final = re.compile(r"\d{1,9}", re.ASCII)


@dataclass(frozen=True, slots=True)
class InterchangeAnswer:
    """TA1. Date and time are those of the interchange answered, as it wrote them (ISA09, ISA10)."""

    control_number: str
    date: str
    time: str
    code: str
    """TA104: A accepted, E accepted with errors, R rejected."""
    note: str = "000"


@dataclass(frozen=True, slots=True)
class Trigger:
    """CTX: the element that made another one needed or not allowed."""

    segment: str
    position: int
    loop: str = ""
    element: int = 0
    component: int = 0
    repeat: int = 0


@dataclass(frozen=True, slots=True)
class ElementAnswer:
    """IK4, with the triggers of its situation."""

    element: int
    """IK401-1, from 1."""
    code: str
    """IK403."""
    component: int = 0
    repeat: int = 0
    data_element: str = ""
    """IK402, the number in X12's dictionary."""
    value: str = ""
    """IK404, the bad value."""
    triggers: Sequence[Trigger] = ()


@dataclass(frozen=True, slots=True)
class SegmentAnswer:
    """IK3, with CTX that name the business unit (``("CLM01", number)``) or the trigger of a situation, and IK4s."""

    segment: str
    position: int
    """IK302, from ST = 1."""
    code: str = ""
    """IK304; 8 where elements follow."""
    loop: str = ""
    units: Sequence[tuple[str, str]] = ()
    triggers: Sequence[Trigger] = ()
    elements: Sequence[ElementAnswer] = ()


@dataclass(frozen=True, slots=True)
class SetAnswer:
    """AK2 to IK5: the answer to one ST."""

    kind: str
    control_number: str
    code: str
    """IK501: A, E, R, M, W or X."""
    version: str = ""
    """AK203 = ST03; an 835 has none."""
    errors: Sequence[str] = ()
    """IK502 to IK506."""
    segments: Sequence[SegmentAnswer] = ()


@dataclass(frozen=True, slots=True)
class GroupAnswer:
    """AK1 to AK9: the answer to one GS."""

    kind: str
    """AK101 = GS01."""
    control_number: str
    version: str
    code: str
    """AK901: A, E, P, R, M, W or X."""
    included: int
    """AK902: sets that GE01 tells of."""
    received: int
    accepted: int
    errors: Sequence[str] = ()
    """AK905 to AK909."""
    sets: Sequence[SetAnswer] = field(default_factory=list)


def write_ta1(answers: Sequence[InterchangeAnswer], envelope: Envelope) -> str:
    """An interchange of TA1s alone, one for each interchange answered."""
    return write_interchange(envelope, "", "", [], [_ta1(answer) for answer in answers])


def write_999(groups: Sequence[GroupAnswer], envelope: Envelope, front: Sequence[InterchangeAnswer] = ()) -> str:
    """A 999 for each group, in one file; ``front`` are TA1s that go in the same interchange."""
    sets = []
    for place, group in enumerate(groups, start=1):
        page = _Page(envelope)
        page.group(group)
        sets.append(write_set(envelope, "999", set_number(place), VERSION, page.written()))
    return write_interchange(envelope, "FA", VERSION, sets, [_ta1(answer) for answer in front])


def _ta1(answer: InterchangeAnswer) -> tuple[str, ...]:
    return ("TA1", answer.control_number, answer.date, answer.time, answer.code, answer.note)


class _Page(Segments):
    """Segments that quote what a faulty file said."""

    def __init__(self, envelope: Envelope) -> None:
        super().__init__(envelope)
        self.allowed = EXTENDED_SET.allowed - set(envelope.delimiters)

    def group(self, group: GroupAnswer) -> None:
        number = group.control_number if DIGITS.fullmatch(group.control_number) else "0"
        self.add("AK1", group.kind, number, self.quoted(group.version, 12) or NO_VERSION)
        for each in group.sets:
            number = self.quoted(each.control_number, 9).zfill(4)  # one that is too short, or cannot be quoted
            self.add("AK2", each.kind, number, self.quoted(each.version, 35))
            for segment in each.segments:
                self._segment(segment)
            self.add("IK5", each.code, *each.errors[:MOST_CODES])
        counts = (str(group.included), str(group.received), str(group.accepted))
        self.add("AK9", group.code, *counts, *group.errors[:MOST_CODES])

    def _segment(self, segment: SegmentAnswer) -> None:
        # A loop has four places here, without the letters of 2010AA; a segment id two or three.
        loop = self.quoted(segment.loop, 4)
        self.add("IK3", self._id(segment.segment), str(segment.position), loop, segment.code)
        for trigger in segment.triggers:
            self._trigger(trigger)
        units = [(name, self.quoted(value, MOST_UNIT)) for name, value in segment.units[:MOST_UNITS]]
        for name, value in units:
            if value:
                self.add("CTX", self.composite(name, value))
        for element in segment.elements:
            place = self._place(element.element, element.component, element.repeat)
            value = self.quoted(element.value, MOST_VALUE)
            self.add("IK4", place, element.data_element, element.code, value)
            for trigger in element.triggers:
                self._trigger(trigger)

    def _trigger(self, trigger: Trigger) -> None:
        where = (self._id(trigger.segment), str(trigger.position), self.quoted(trigger.loop, 4))
        place = self._place(trigger.element, trigger.component, trigger.repeat) if trigger.element else ""
        self.add("CTX", "SITUATIONAL TRIGGER", *where, place)

    def _place(self, element: int, component: int, repeat: int) -> str:
        return self.composite(str(element), str(component or ""), str(repeat or ""))

    def _id(self, segment: str) -> str:
        return "".join(mark if mark in self.allowed and mark != " " else "?" for mark in segment[:3]).ljust(2, "?")

    def quoted(self, value: str, most: int) -> str:
        """A value as it stood, cut to what fits; nothing if it cannot be quoted."""
        return value[:most].strip() if self.allowed.issuperset(value) else ""
