"""The envelope of a file: ISA, GS, GE and IEA around transaction sets, the same for every kind of file we write."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Final

from claimloom.x12.guides.delimiters import Delimiters
from claimloom.x12.guides.findings import Finding
from claimloom.x12.guides.text import USUAL, Words, date_text
from claimloom.x12.guides.values import BASIC_SET, Charset
from schemas.values import PersonName

QUALIFIERS: Final = ("01", "14", "20", "27", "28", "29", "30", "33", "ZZ")
LAST_CONTROL_NUMBER: Final = 999_999_999


@dataclass(frozen=True, slots=True)
class Envelope:
    """Who sends a file to whom, under which control number, and in which characters."""

    sender_id: str
    receiver_id: str
    control_number: int
    """ISA13 and GS06, 1 to 999,999,999: once for a sender and receiver, for ever."""
    created: datetime
    usage: str = "T"
    sender_qualifier: str = "ZZ"
    receiver_qualifier: str = "ZZ"
    application_sender_id: str = ""
    """GS02; empty: as ISA06."""
    application_receiver_id: str = ""
    """GS03; empty: as ISA08."""
    acknowledgment_requested: bool = False
    charset: Charset = BASIC_SET
    delimiters: Delimiters = USUAL
    line_break: str = "\n"
    """After each segment; ``""`` for one long line."""

    @property
    def words(self) -> Words:
        """How texts are said in this file."""
        return Words(self.charset, self.delimiters)

    @property
    def interchange_control_number(self) -> str:
        """ISA13 as it is written."""
        return f"{self.control_number:09d}"

    @property
    def day(self) -> str:
        """The date of writing, CCYYMMDD."""
        return date_text(self.created.date())

    @property
    def time(self) -> str:
        """The time of writing, HHMM."""
        return f"{self.created:%H%M}"


class Segments:
    """Segments as they come, each ended; trailing empty elements are left out."""

    __slots__ = ("component", "end", "lines", "separator")

    def __init__(self, envelope: Envelope) -> None:
        self.separator = envelope.delimiters.element
        self.component = envelope.delimiters.component
        self.end = envelope.delimiters.terminator + envelope.line_break
        self.lines: list[str] = []

    def add(self, *elements: str) -> None:
        """One segment."""
        self.lines.append(self.separator.join(elements).rstrip(self.separator) + self.end)

    def composite(self, *parts: str) -> str:
        """One composite element."""
        return self.component.join(parts).rstrip(self.component)

    def written(self) -> str:
        """All of them."""
        return "".join(self.lines)


def check_envelope(envelope: Envelope) -> list[Finding]:
    """What makes an envelope unfit to be sent, by the TA1 notes a receiver would answer with."""
    found: list[Finding] = []
    words = envelope.words

    def fault(note: str, segment: str, element: str, message: str, value: str) -> None:
        ack = f"TA1 {note}" if segment == "ISA" else "AK9 6"
        code = "interchange" if segment == "ISA" else "group"
        found.append(Finding(code, message, ack=ack, segment=segment, element=element, value=value))

    sender = (envelope.sender_qualifier, envelope.sender_id, envelope.application_sender_id)
    receiver = (envelope.receiver_qualifier, envelope.receiver_id, envelope.application_receiver_id)
    for (qualifier, party, application), notes, places in (
        (sender, ("005", "006"), ("05", "06", "02")),
        (receiver, ("007", "008"), ("07", "08", "03")),
    ):
        if qualifier not in QUALIFIERS:
            fault(notes[0], "ISA", places[0], "this qualifier of an id is not known", qualifier)
        if not 2 <= len(party) <= 15 or _strange(words, party):
            fault(notes[1], "ISA", places[1], "an id has 2 to 15 characters of the character set", party)
        if application and (not 2 <= len(application) <= 15 or _strange(words, application)):
            fault("", "GS", places[2], "an id has 2 to 15 characters of the character set", application)
    marks = envelope.delimiters
    for mark, note, element in zip(marks, ("026", "027", "016", "004"), ("", "16", "11", ""), strict=True):
        # Letters, digits, signs and points stand in every amount; a space stands in the fixed fields of the ISA.
        if len(mark) != 1 or not mark.isascii() or not mark.isprintable() or mark.isalnum() or mark in " +-.":
            fault(note, "ISA", element, "this cannot be a delimiter", mark)
    if len(set(marks)) < len(marks):
        fault("022", "ISA", "", "the delimiters must differ", "")
    if not 1 <= envelope.control_number <= LAST_CONTROL_NUMBER:
        number = str(envelope.control_number)
        fault("018", "ISA", "13", "a control number is 1 to 999,999,999", number)
    if envelope.usage not in ("P", "T"):
        fault("020", "ISA", "15", "usage is P (production) or T (test)", envelope.usage)
    return found


def _strange(words: Words, text: str) -> bool:
    """Whether a text cannot stand as it is."""
    return words.exact(text) != text


def write_interchange(
    envelope: Envelope, kind: str, version: str, sets: Sequence[str], front: Iterable[Sequence[str]] = ()
) -> str:
    """Transaction sets (whole texts, ST to SE) as one functional group in one interchange.

    ``kind`` is GS01; ``front`` are segments between ISA and GS (TA1). Without sets there is no group: a TA1 alone.
    """
    separator, end = envelope.delimiters.element, envelope.delimiters.terminator + envelope.line_break
    out = [_isa(envelope), *(separator.join(segment) for segment in front)]
    number = str(envelope.control_number)
    if sets:
        sender = envelope.application_sender_id or envelope.sender_id
        receiver = envelope.application_receiver_id or envelope.receiver_id
        group = ("GS", kind, sender, receiver, envelope.day, envelope.time, number, "X", version)
        out.append(separator.join(group))
    head = end.join(out) + end
    tail = [separator.join(("GE", str(len(sets)), number))] if sets else []
    tail.append(separator.join(("IEA", str(len(tail)), envelope.interchange_control_number)))
    return "".join((head, *sets, end.join(tail), end))


def write_set(envelope: Envelope, kind: str, number: str, version: str, body: str) -> str:
    """One transaction set: ST (with ST03 unless the version is empty), the body's segments, and SE with their count."""
    separator, end = envelope.delimiters.element, envelope.delimiters.terminator + envelope.line_break
    # The terminator stands in no data, so that counting it is counting segments.
    count = body.count(envelope.delimiters.terminator) + 2
    head = separator.join(("ST", kind, number, version) if version else ("ST", kind, number))
    return "".join((head, end, body, separator.join(("SE", str(count), number)), end))


def _isa(envelope: Envelope) -> str:
    marks = envelope.delimiters
    when = envelope.created
    parties = (
        *(envelope.sender_qualifier, f"{envelope.sender_id:<15}"),
        *(envelope.receiver_qualifier, f"{envelope.receiver_id:<15}"),
    )
    wanted = "1" if envelope.acknowledgment_requested else "0"
    number = envelope.interchange_control_number
    elements = ("ISA", "00", " " * 10, "00", " " * 10, *parties, f"{when:%y%m%d}", envelope.time)
    return marks.element.join((*elements, marks.repetition, "00501", number, wanted, envelope.usage, marks.component))


@cache
def set_number(place: int) -> str:
    """ST02 of the nth set of a group."""
    return f"{place:04d}"


class Letter(Segments):
    """Segments of a payer's answer, whose texts come from programs: what does not fit is a mistake of these."""

    __slots__ = ("words",)

    def __init__(self, envelope: Envelope) -> None:
        super().__init__(envelope)
        self.words = envelope.words

    def said(self, value: str, most: int = 60) -> str:
        """Free text in the partner's characters; ValueError if it cannot be said or is too long."""
        return self._fit(self.words.plain(value), most)

    def code(self, value: str, most: int = 50) -> str:
        """A number or code as it is; ValueError if a character has no place in the set or there are too many."""
        return self._fit(self.words.exact(value), most)

    def name(self, entity: str, name: PersonName, qualifier: str = "", identity: str = "") -> None:
        """NM1 of a person; without a number there is no qualifier."""
        parts = (self.said(name.last), self.said(name.first, 35), self.said(name.middle, 25), "")
        number = self.code(identity, 80)
        self.add("NM1", entity, "1", *parts, self.said(name.suffix, 10), qualifier if number else "", number)

    def organisation(self, entity: str, kind: str, name: str, qualifier: str, identity: str) -> None:
        """NM1 of anything else (or of a person known by one name)."""
        number = self.code(identity, 80)
        self.add("NM1", entity, kind, self.said(name), "", "", "", "", qualifier if number else "", number)

    @staticmethod
    def _fit(text: str | None, most: int) -> str:
        if text is None:
            raise ValueError("a text cannot be said in this character set")
        if len(text) > most:
            raise ValueError(f"a text of {len(text)} characters stands where at most {most} fit")
        return text
