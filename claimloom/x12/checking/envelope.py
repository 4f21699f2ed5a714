"""ISA, GS, ST and their trailers: counts, control numbers, what is missing; in the words of TA1, AK9 and IK5."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

from claimloom.x12.guides.findings import Finding, segment_name
from claimloom.x12.guides.grammar import SegmentNode, grammar
from claimloom.x12.guides.kinds import FUNCTIONAL, SETS, VERSIONS, names_a_guide
from claimloom.x12.guides.values import Charset, faults
from claimloom.x12.reading.document import Document, Group, Interchange, Segment
from schemas.words import counted

if TYPE_CHECKING:
    from claimloom.x12.checking.report import Set

Add = Callable[[Finding], None]
# TA1 note codes by the element of ISA that is wrong (domain of X12 I18).
ISA_NOTES: Final = dict(
    zip(range(1, 17), "010 011 012 013 005 006 007 008 014 015 016 017 018 019 020 027".split(), strict=True)
)

# How versions of guides of health care begin, be they read here or not.
OF_HEALTH_CARE: Final = ("004010", "005010X2", "005010X3")


def check_envelope(document: Document, sets: Sequence[Set], add: Add, charset: Charset) -> None:
    """Everything around transaction sets."""
    numbers: set[str] = set()
    behind = _behind(document)
    of_group: dict[int, list[Set]] = {}
    for each in sets:
        of_group.setdefault(each.group, []).append(each)
    place = 0
    for interchange in document.interchanges:
        _interchange(interchange, add, charset, numbers, behind)
        seen: set[str] = set()
        for group in interchange.groups:
            place += 1
            _group(group, of_group.get(place, []), add, charset, seen, behind)
    for stray in document.strays:
        said = f"text outside of an interchange at byte {stray.offset}; it was not read"
        add(Finding("stray_text", said, severity="warn", offset=stray.offset, value=stray.text))
    if document.more_strays:
        places = counted(document.more_strays, "more place" if document.strays else "place")
        said = f"text outside of an interchange at {places}, from byte {document.more_strays_from} on; it was not read"
        add(Finding("stray_text", said, severity="warn", offset=document.more_strays_from))


class _Behind:
    """What stands behind a place of the file: where something is noticed to be missing."""

    def __init__(self, headers: list[int], starts: list[int], end: int, *, cut: bool) -> None:
        self.headers = headers
        self.starts = sorted(starts)
        self.end = end
        self.cut = cut

    def number(self, number: int) -> int:
        """The first header or trailer behind a segment, else the place behind the last one."""
        at = bisect_right(self.starts, number)
        return self.starts[at] if at < len(self.starts) else self.end

    def header(self, number: int) -> int:
        """The next ISA behind a segment, else the place behind the last one."""
        at = bisect_right(self.headers, number)
        return self.headers[at] if at < len(self.headers) else self.end

    def ended(self, number: int) -> bool:
        """Whether the file was cut off behind this segment, before any other envelope: one fault, told once."""
        return self.cut and self.number(number) == self.end


def _behind(document: Document) -> _Behind:
    starts: list[int] = []
    for interchange in document.interchanges:
        starts += [interchange.header.number] + ([interchange.trailer.number] if interchange.trailer else [])
        for group in interchange.groups:
            starts += [each.number for each in (group.header, group.trailer) if each]
    last = document.interchanges[-1]
    headers = [each.header.number for each in document.interchanges]
    return _Behind(headers, starts, document.segment_count + 1, cut=last.trailer is None)


def _node(segment_id: str) -> SegmentNode:
    return grammar("837P").control[segment_id]


def _at(
    segment: Segment, code: str, ack: str, message: str, element: str = "", fix: str = "", snip: int = 1
) -> Finding:
    offset = segment.offset_of(int(element)) if element else segment.offset
    value = segment.get(int(element)) if element else ""
    return Finding(
        code,
        message,
        snip=snip,
        ack=ack,
        segment_number=segment.number,
        offset=offset,
        segment=segment_name(segment.id),
        element=element,
        value=value,
        fix=fix,
    )


def _missing(number: int, segment_id: str, code: str, ack: str, message: str, **more: Any) -> Finding:
    fix = "ask the sender for the whole file"
    return Finding(code, message, ack=ack, segment_number=number, segment=segment_id, fix=fix, **more)


def _interchange(interchange: Interchange, add: Add, charset: Charset, numbers: set[str], behind: _Behind) -> None:
    isa = interchange.header
    for odd in interchange.faults:
        if odd.ta1 == "023":
            continue  # said with the trailer
        add(
            Finding(
                "interchange",
                odd.text,
                ack=f"TA1 {odd.ta1}",
                offset=odd.offset,
                segment="ISA",
                segment_number=isa.number,
            )
        )
    _isa_values(interchange, add, charset)
    number = interchange.control_number
    if number in numbers:
        said = "ISA13 stands in the file before: a duplicate interchange"
        add(_at(isa, "interchange", "TA1 025", said, "13", "give each interchange a number of its own"))
    numbers.add(number)
    iea = interchange.trailer
    if iea is None:
        place = behind.header(isa.number)
        said = f"interchange has no IEA before segment {place}: the file was cut off, or the trailer forgotten"
        add(_missing(place, "IEA", "interchange", "TA1 023", said))
    else:
        odd_count = False
        for fault in faults(iea.elements, _node("IEA"), iea.delimiters, charset):
            odd_count |= fault.ref == "01"
            if fault.ref == "01" or (fault.ref == "02" and iea.get(2) == number):
                continue  # the count is looked at below, the number with its ISA13
            add(_at(iea, "interchange", "TA1 022", f"IEA{fault.ref} {fault.text}", fault.ref[:2]))
        if iea.get(2).strip() != number.strip():
            add(_at(iea, "interchange", "TA1 001", "IEA02 is not the number of its ISA13", "02"))
        if odd_count or not _says(iea.get(1), interchange.count):
            said = f"IEA01 says {_count(iea.get(1))}, the interchange has {counted(interchange.count, 'group')}"
            add(_at(iea, "interchange", "TA1 021", said, "01", f"IEA01 should be {interchange.count}"))
    for stray in interchange.strays:
        name = segment_name(stray.id)
        add(_at(stray, "interchange", "TA1 022", f"{name} stands outside of any group"))


def _isa_values(interchange: Interchange, add: Add, charset: Charset) -> None:
    isa = interchange.header
    # ISA is of fixed width: ids are filled up with spaces, and ISA16 is the component separator itself
    elements = [each.rstrip() or each for each in isa.elements[:17]]
    if len(elements) < 17:
        return  # the tokenizer has said so
    for place in (2, 4, 6, 8):
        elements[place] = isa.elements[place]
    for fault in faults(elements, _node("ISA"), isa.delimiters, charset):
        place = int(fault.ref[:2])
        if place in (11, 16) or (fault.code in ("6", "4", "5") and place in (2, 4, 6, 8)):
            continue  # trailing spaces; widths are said by the tokenizer
        if place == 12 or (place in (2, 4) and fault.code == "1"):
            continue
        note = ISA_NOTES[place]
        add(_at(isa, "interchange", f"TA1 {note}", f"ISA{fault.ref} {fault.text}", fault.ref[:2]))
    for place, note in ((6, "006"), (8, "008")):
        if not isa.get(place).strip():
            add(_at(isa, "interchange", f"TA1 {note}", f"ISA{place:02d} is empty", f"{place:02d}"))
    _isa_marks(interchange, add)
    for answer in interchange.answers:
        for fault in faults(answer.elements, _node("TA1"), answer.delimiters, charset):
            add(_at(answer, "interchange", "TA1 024", f"TA1{fault.ref} {fault.text}", fault.ref[:2]))


def _isa_marks(interchange: Interchange, add: Add) -> None:
    """Version and separators. 00401 is read (and said to be another version with its transaction sets)."""
    isa, marks = interchange.header, interchange.delimiters
    version = isa.get(12)
    if version not in ("00501", "00401"):
        known = version[:3] in ("002", "003", "004", "005", "006", "007", "008")
        said = "is a version that is not supported; 00501 is" if known else "is no version of X12's control segments"
        add(_at(isa, "interchange", "TA1 003" if known else "TA1 017", f"ISA12 {said}", "12"))
    if version == "00501" and (isa.get(11).isalnum() or isa.get(11) == " "):
        add(_at(isa, "interchange", "TA1 016", "ISA11 is no repetition separator: a letter, digit or space", "11"))
    if marks.repetition and marks.repetition in (marks.component, marks.element, marks.terminator):
        add(_at(isa, "interchange", "TA1 016", "ISA11 separates something else already, so it repeats nothing", "11"))
    if marks.component == marks.element:
        add(_at(isa, "interchange", "TA1 027", "ISA16 is the element separator, so it separates no components", "16"))


def _group(group: Group, sets: Sequence[Set], add: Add, charset: Charset, seen: set[str], behind: _Behind) -> None:
    header = group.header
    if header is None:
        said = "transaction sets stand in the interchange without a group (GS)"
        number = sets[0].first if sets else group.interchange.header.number
        add(Finding("interchange", said, ack="TA1 024", segment_number=number, segment="ST" if sets else "ISA"))
    else:
        for fault in faults(header.elements, _node("GS"), header.delimiters, charset):
            ack = {"01": "AK9 1", "06": "AK9 6", "08": "AK9 2"}.get(fault.ref, "TA1 024")
            if fault.ref in ("01", "08") and fault.code == "7":
                continue  # said below, by what is in the group
            add(_at(header, "group", ack, f"GS{fault.ref} {fault.text}", fault.ref[:2]))
        if group.control_number in seen:
            add(_at(header, "group", "AK9 19", "GS06 stands in the interchange before", "06"))
        seen.add(group.control_number)
        _content(header, sets, add)
    _group_trailer(group, sets, add, charset, behind)
    for stray in group.strays:
        name = segment_name(stray.id)
        add(
            _at(
                stray,
                "unexpected_segment",
                "AK9 5" if name == "SE" else "TA1 022",
                f"{name} stands outside of any transaction set",
            )
        )
    numbers: set[str] = set()
    for each in sets:
        _set(each, group, add, numbers, behind)


def _content(header: Segment, sets: Sequence[Set], add: Add) -> None:
    """What the group says it holds (GS01, GS08), and what it holds."""
    version = header.get(8)
    known = [each for each in sets if each.code in FUNCTIONAL]
    wanted = {FUNCTIONAL[each.code] for each in known if VERSIONS.get(version, "?").startswith(each.code)}
    if wanted and header.get(1) not in wanted:
        said = f"GS01 does not name what is in the group; {'/'.join(sorted(wanted))} would"
        add(_at(header, "group", "AK9 1", said, "01"))
    if version in VERSIONS or version.startswith(OF_HEALTH_CARE):
        return
    read = any(each.version_sent in VERSIONS for each in sets)
    others = any(each.version not in VERSIONS and names_a_guide(each.version) for each in sets)
    if read or not others:
        add(_at(header, "group", "AK9 2", "GS08 is no version of a guide that we know", "08"))


def _group_trailer(group: Group, sets: Sequence[Set], add: Add, charset: Charset, behind: _Behind) -> None:
    trailer = group.trailer
    if trailer is None:
        if group.header is not None and not behind.ended(group.header.number):
            place = behind.number(group.header.number)
            add(_missing(place, "GE", "group", "AK9 3", f"group has no GE before segment {place}"))
        return
    odd_count = False
    for fault in faults(trailer.elements, _node("GE"), trailer.delimiters, charset):
        odd_count |= fault.ref == "01"
        if fault.ref == "01" or (fault.ref == "02" and trailer.get(2) == group.control_number):
            continue  # the count is looked at below, the number with its GS06
        ack = "AK9 4" if fault.ref == "02" else "TA1 024"
        add(_at(trailer, "group", ack, f"GE{fault.ref} {fault.text}", fault.ref[:2]))
    if trailer.get(2) != group.control_number:
        add(_at(trailer, "group", "AK9 4", "GE02 is not the number of its GS06", "02"))
    if odd_count or not _says(trailer.get(1), len(sets)):
        said = f"GE01 says {_count(trailer.get(1))}, the group has {counted(len(sets), 'transaction set')}"
        add(_at(trailer, "group", "AK9 5", said, "01", f"GE01 should be {len(sets)}"))


def _says(text: str, count: int) -> bool:
    """Whether a trailer's count is this one; leading zeros do no harm."""
    return text.isascii() and text.isdigit() and text.lstrip("0") == (str(count) if count else "")


def _count(text: str) -> str:
    """What a message may repeat of it: in a damaged file a name may stand there."""
    if not text:
        return "nothing"
    return text[:10] if text.isascii() and text.isdigit() else "no number"


def _set(each: Set, group: Group, add: Add, numbers: set[str], behind: _Behind) -> None:
    def say(ack: str, message: str, segment: Segment | None, element: str = "", fix: str = "") -> None:
        place = segment.number if segment else each.first
        add(
            Finding(
                "transaction_set",
                message,
                ack=ack,
                segment_number=place,
                position=place - each.first + 1,
                offset=segment.offset_of(int(element or 0)) if segment else -1,
                segment=segment.id if segment else "ST",
                element=element,
                transaction=each.index,
                value=segment.get(int(element)) if segment and element else "",
                fix=fix,
            )
        )

    if each.control_number in numbers:
        say("IK5 23", "ST02 stands in the group before", None, "02", "give each transaction set a number of its own")
    numbers.add(each.control_number)
    version = group.version
    if each.code not in SETS:
        say("IK5 6", "ST01 names no transaction set of health care", None, "01")
    elif version in VERSIONS and not VERSIONS[version].startswith(each.code):
        say("IK5 18", "ST01 is another transaction set than the group (GS08) is for", None, "01")
    elif version in VERSIONS and each.version not in ("", version):
        say("IK5 19", "ST03 is another version than GS08", None, "03")
    trailer = each.trailer
    if trailer is None:
        if not behind.ended(each.first):
            number = each.first + each.segments
            more = {"position": each.segments + 1, "transaction": each.index}
            said = f"transaction set has no SE before segment {number}"
            add(_missing(number, "SE", "transaction_set", "IK5 2", said, **more))
        return
    if trailer.get(2) != each.control_number:
        say("IK5 3", "SE02 is not the number of its ST02", trailer, "02")
    if not _says(trailer.get(1), each.segments):
        said = f"SE01 says {_count(trailer.get(1))}, the set has {counted(each.segments, 'segment')}"
        say("IK5 4", said, trailer, "01", f"SE01 should be {each.segments}")
