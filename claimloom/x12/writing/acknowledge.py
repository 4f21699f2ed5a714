"""What a receiver answers to a checked file: TA1 for an interchange, 999 (005010X231A1) for its groups.

Each finding carries the word that it becomes (``Finding.ack``), so this is a sorting: by interchange, group,
transaction set, segment, element. Balances and code lists that are kept outside of the guides have no word in a 999;
a payer tells of them in its 277CA. A 999 is never answered by a 999.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Container, Iterable, Sequence
from datetime import UTC, datetime
from typing import Final

from claimloom.x12.checking.report import Report, Set
from claimloom.x12.guides.findings import Finding
from claimloom.x12.guides.kinds import FUNCTIONAL
from claimloom.x12.guides.values import is_date, is_time
from claimloom.x12.reading.document import Group, Interchange
from claimloom.x12.writing.envelope import QUALIFIERS, Envelope
from claimloom.x12.writing.file_999 import (
    ElementAnswer,
    GroupAnswer,
    InterchangeAnswer,
    SegmentAnswer,
    SetAnswer,
    write_999,
    write_ta1,
)

# Notes that a receiver can live with: date, time, usage of the acknowledgment. The rest makes it send all back.
LIVABLE: Final = frozenset({"014", "015", "019"})
ANSWERS: Final = frozenset({"999", "997"})


def acknowledge(report: Report, *, created: datetime | None = None, control_number: int = 1) -> str:
    """The acknowledgment of a file, an interchange for each of its own.

    A TA1 goes out where it was asked for (ISA14), where an interchange is not taken as it is, and where there is
    nothing else to say; a 999 for every group of an interchange that was not sent back.
    """
    when = created or datetime.now(UTC)
    texts: list[str] = []
    place = 0
    numbers = [each.segment_number for each in report.findings]  # in their order
    by_group: dict[int, list[Set]] = {}
    for each in report.sets:
        by_group.setdefault(each.group, []).append(each)
    interchanges = report.document.interchanges
    for number, interchange in enumerate(interchanges):
        last = number + 1 == len(interchanges)
        end = report.segments + 2 if last else interchanges[number + 1].header.number
        first = interchange.header.number
        mine = report.findings[bisect_left(numbers, first) : bisect_left(numbers, end)]
        envelope = _back(interchange, when, control_number + number)
        answer = _interchange(interchange, mine)
        groups: list[GroupAnswer] = []
        for group in interchange.groups:
            place += 1
            sets = by_group.get(place, [])
            if answer.code != "R" and any(each.code not in ANSWERS for each in sets):
                groups.append(_group(group, sets, mine, report.cut_sets))
        asked = interchange.header.get(14) == "1" or answer.code != "A" or not groups
        if groups:
            texts.append(write_999(groups, envelope, [answer] if asked else []))
        else:
            texts.append(write_ta1([answer], envelope))
    return "".join(texts)


def _back(interchange: Interchange, when: datetime, control_number: int) -> Envelope:
    """From receiver to sender. Ids that cannot stand in an ISA are replaced: the answer must reach somebody."""
    isa = interchange.header

    def party(qualifier: str, identity: str) -> tuple[str, str]:
        plain = "".join(each for each in identity.strip().upper() if each.isascii() and each.isalnum())[:15]
        return (qualifier if qualifier in QUALIFIERS else "ZZ"), (plain if len(plain) >= 2 else "UNKNOWN")

    sender_qualifier, sender = party(isa.get(7), isa.get(8))
    receiver_qualifier, receiver = party(isa.get(5), isa.get(6))
    return Envelope(
        sender,
        receiver,
        control_number,
        when,
        usage=isa.get(15) if isa.get(15) in ("P", "T") else "T",
        sender_qualifier=sender_qualifier,
        receiver_qualifier=receiver_qualifier,
    )


def _interchange(interchange: Interchange, findings: Iterable[Finding]) -> InterchangeAnswer:
    isa = interchange.header
    notes = [each.ack.removeprefix("TA1 ") for each in findings if each.ack.startswith("TA1 ")]
    worst = next((each for each in notes if each not in LIVABLE), notes[0] if notes else "000")
    code = "A" if not notes else "E" if worst in LIVABLE else "R"
    number = isa.get(13) if isa.get(13).isascii() and isa.get(13).isdigit() and len(isa.get(13)) == 9 else "0" * 9
    day = isa.get(9) if is_date(isa.get(9)) and len(isa.get(9)) == 6 else "000101"
    time = isa.get(10) if is_time(isa.get(10)) and len(isa.get(10)) == 4 else "0000"
    return InterchangeAnswer(number, day, time, code, worst)


def _group(group: Group, sets: Sequence[Set], findings: Sequence[Finding], cut: Container[int]) -> GroupAnswer:
    own = [each for each in sets if each.code not in ANSWERS]
    of_sets: dict[int, list[Finding]] = {}
    for finding in findings:
        if finding.ack[:3] in ("IK3", "IK4", "IK5"):
            of_sets.setdefault(finding.transaction, []).append(finding)
    answers = [_set(each, of_sets.get(each.index, []), cut=each.index in cut) for each in own]
    header, trailer = group.header, group.trailer
    first = header.number if header else 0
    last = trailer.number if trailer else max((each.first + each.segments for each in sets), default=first)
    errors = list(
        dict.fromkeys(
            each.ack.removeprefix("AK9 ")
            for each in findings
            if each.ack.startswith("AK9 ") and first <= each.segment_number <= last
        )
    )
    accepted = sum(each.code in ("A", "E") for each in answers)
    if errors or not accepted:
        code, accepted = "R", 0
    elif accepted < len(answers):
        code = "P"
    else:
        code = "E" if any(each.code == "E" for each in answers) else "A"
    told = trailer.get(1) if trailer else ""
    included = int(told) if told.isascii() and told.isdigit() and len(told) <= 6 else len(sets)
    version = group.version
    return GroupAnswer(
        _functional(header.get(1) if header else "", own),
        group.control_number,
        version,
        code,
        included,
        len(answers),
        accepted,
        errors,
        answers,
    )


def _functional(code: str, sets: Sequence[Set]) -> str:
    """GS01 as it was sent; where that can be none, the code of what the group holds."""
    if len(code) == 2 and code.isascii() and code.isalnum():
        return code
    return next((FUNCTIONAL[each.code] for each in sets if each.code in FUNCTIONAL), "HC")


def _set(of: Set, mine: Sequence[Finding], *, cut: bool) -> SetAnswer:
    """``cut``: it has errors that are not among its findings, since there were too many."""
    places: dict[tuple[int, str, str], list[Finding]] = {}
    for each in mine:
        if each.ack[:3] != "IK5":
            word = each.ack.removeprefix("IK3 ") if each.ack.startswith("IK3") else "8"
            places.setdefault((each.position, each.segment, word), []).append(each)
    segments = [_segment(of, where, some) for where, some in sorted(places.items())]
    errors = [each.ack.removeprefix("IK5 ") for each in mine if each.ack.startswith("IK5 ")]
    if cut or any(not _of_guide(each) for each in mine if each.ack[:3] != "IK5"):
        errors.append("5")
    elif segments:
        errors.append("I5")
    bad = cut or any(each.severity == "error" for each in mine)
    code = "R" if bad else "E" if mine else "A"
    plain = len(of.code) == 3 and of.code.isascii() and of.code.isalnum()
    code_sent = of.code if plain else next((each for each in FUNCTIONAL if of.kind.startswith(each)), "837")
    return SetAnswer(code_sent, of.control_number, code, of.version_sent, list(dict.fromkeys(errors)), segments)


def _of_guide(finding: Finding) -> bool:
    """Whether the guide alone asks for it (codes that begin with I), not the standard below it."""
    return finding.ack[4:5] == "I"


def _segment(of: Set, where: tuple[int, str, str], some: Sequence[Finding]) -> SegmentAnswer:
    position, segment, word = where
    first = some[0]
    unit = {"837P": "CLM01", "277CA": "TRN02"}.get(of.kind, "")
    units = [(unit, first.claim)] if unit and first.claim else []
    elements = [_element(each) for each in some if each.ack.startswith("IK4")]
    return SegmentAnswer(segment, position, word, first.loop, units, (), elements)


def _element(finding: Finding) -> ElementAnswer:
    position, _, component = finding.element.partition("-")
    return ElementAnswer(
        int(position or 1),
        finding.ack.removeprefix("IK4 "),
        int(component or 0),
        finding.repeat + 1 if finding.repeat else 0,
        finding.data_element if finding.data_element.isdigit() else "",  # composites have none of their own
        finding.value,
    )
