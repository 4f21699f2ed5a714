"""Which values of X12 may tell of a person or an account, by data element: one table for masking and for showing.

A data element means the same wherever its segment stands, so the table holds for the typed guides and for their
neighbours. What is not in the table is taken for sensitive: an unknown segment, an element too many, a text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import Enum
from functools import cache
from typing import Final

from claimloom.reference import rows
from claimloom.x12.guides.grammar import Element, code_list, grammar
from claimloom.x12.guides.kinds import VERSIONS
from claimloom.x12.reading.document import Segment

__all__ = ["Secrecy", "all_codes", "is_safe", "rule_at", "veiled"]


class Secrecy(Enum):
    """What a value is, as far as its secrecy goes."""

    KEEP = "control numbers, versions, separators"
    CODE = "codes and qualifiers: kept if they are codes, or too short to tell anything"
    INDUSTRY = "diagnoses, remarks, condition codes: kept if written as one"
    PROCEDURE = "procedures, drugs, revenue codes: kept if written as one"
    TAXONOMY = "provider taxonomy: kept if written as one"
    NUMBER = "amounts, quantities, counts: kept if they are numbers"
    DATE = "days: shifted"
    YEAR_END = "ends of fiscal years: kept"
    BIRTH = "birth dates: the year"
    TIME = "times of day: kept"
    ZIP = "postal codes: three digits"
    STREET = "street lines: replaced, but that one is a post office box is kept"
    TEXT = "everything else: replaced"


_NUMBERS: Final = "782 380 118 332 338 954 739 81 123 2 97 96 554 1528 1686 719 722 725 I16 628 734 1328".split()
_CODES: Final = (
    "100 1005 1029 1032 1033 1034 1065 1068 1069 1073 1136 1138 1166 1221 1250 1270 128 1317 1321 1322 1325 1327 "
    "1331 1332 1336 1339 1342 1351 1354 1359 1362 1363 1366 143 1473 1514 1526 1527 156 1715 235 26 305 306 350 353 "
    "355 363 365 366 374 426 447 455 478 479 481 506 522 569 591 594 618 620 621 640 66 673 715 716 717 721 735 736 "
    "737 738 755 756 812 901 98 9999 I01 I03 I05 I10 I13 I14 I17 I18"
).split()
BY_ELEMENT: Final[dict[str, Secrecy]] = {
    **dict.fromkeys(_NUMBERS, Secrecy.NUMBER),
    **dict.fromkeys(_CODES, Secrecy.CODE),
    **dict.fromkeys("28 329 I12 480 1705 I11 I15 I65".split(), Secrecy.KEEP),
    **dict.fromkeys("373 I08 1251".split(), Secrecy.DATE),
    **dict.fromkeys("337 I09".split(), Secrecy.TIME),
    "1271": Secrecy.INDUSTRY,
    "234": Secrecy.PROCEDURE,
    "116": Secrecy.ZIP,
    "166": Secrecy.STREET,
}
# Where a data element says more than its number does.
BY_PLACE: Final[dict[tuple[str, int], Secrecy]] = {
    ("DMG", 2): Secrecy.BIRTH,
    ("PAT", 6): Secrecy.BIRTH,  # a death tells as much
    ("INS", 12): Secrecy.BIRTH,
    ("PRV", 3): Secrecy.TAXONOMY,
    ("PLB", 2): Secrecy.YEAR_END,
    ("TS3", 3): Secrecy.YEAR_END,
    **{("MOA", at): Secrecy.INDUSTRY for at in range(3, 8)},
    **{("MIA", at): Secrecy.INDUSTRY for at in (5, 20, 21, 22, 23)},
}
# Occurrence codes (NUBC) whose day is the birth date of an insured person: HI with BH, of an 837I.
BIRTHS: Final = frozenset({"A1", "B1", "C1"})
# Of segments that only neighbours use: where they have amounts or codes of services.
ELSEWHERE: Final[dict[tuple[str, int, int], Secrecy]] = {
    **{("SV2", at, 0): Secrecy.NUMBER for at in (3, 5)},
    **{("SV3", at, 0): Secrecy.NUMBER for at in (2, 6)},
    **{(name, at, part): Secrecy.PROCEDURE for name, at in (("SV2", 2), ("SV3", 1)) for part in (0, 2)},
    **{(name, at, part): Secrecy.CODE for name, at in (("SV2", 2), ("SV3", 1)) for part in (1, 3, 4, 5, 6)},
    ("SV2", 1, 0): Secrecy.PROCEDURE,
    ("RMR", 4, 0): Secrecy.NUMBER,
    ("EB", 7, 0): Secrecy.NUMBER,
}
SHAPES: Final[dict[Secrecy, re.Pattern[str]]] = {
    Secrecy.NUMBER: re.compile(r"-?[0-9]{0,18}\.?[0-9]{0,18}", re.ASCII),
    Secrecy.INDUSTRY: re.compile(r"[A-Z]{0,2}[0-9][0-9A-Z]{0,6}|[0-9A-Z]{1,2}", re.ASCII),
    Secrecy.PROCEDURE: re.compile(r"[A-Z]?[0-9]{4,5}[A-Z]?|[0-9]{11}|[0-9A-Z]{1,2}", re.ASCII),
    Secrecy.TAXONOMY: re.compile(r"[0-9]{3}[A-Z0-9]{6}X", re.ASCII),
}
SHORT: Final = re.compile(r"[A-Za-z0-9]{1,2}|[0-9]{3,4}", re.ASCII)
# In segments that nobody here knows: a short code, or an amount with its point.
UNKNOWN: Final = re.compile(r"[A-Za-z0-9]{1,2}|[0-9]{3}|[0-9]{1,7}\.[0-9]{1,2}", re.ASCII)
KINDS: Final = tuple(dict.fromkeys(VERSIONS.values()))


@cache
def _elements() -> dict[tuple[str, int, int], str]:
    """Data element by segment, element and component, of all guides."""
    found: dict[tuple[str, int, int], str] = {}
    for kind in KINDS:
        known = grammar(kind)
        for node in [*known.control.values(), *known.nodes]:
            for element in node.elements:
                for each in (element, *element.components):
                    found.setdefault((node.id, each.position, each.component), each.data_element)
    return found


@cache
def _codes() -> dict[str, frozenset[str]]:
    """All codes that any guide has for a data element."""
    found: dict[str, set[str]] = {}
    for kind in KINDS:
        known = grammar(kind)
        for node in [*known.control.values(), *known.nodes]:
            for element in node.elements:
                for each in (element, *element.components):
                    found.setdefault(each.data_element, set()).update(_listed(each))
    for number, name in (("1034", "carc"), ("127", "rarc")):  # 127 is also that of MOA03 to MOA07
        found.setdefault(number, set()).update(row[name] for row in rows(f"{name}_codes"))
    return {name: frozenset(codes) for name, codes in found.items()}


def _listed(element: Element) -> frozenset[str]:
    return element.codes | (code_list(element.external) if element.external else frozenset())


@cache
def all_codes() -> frozenset[str]:
    """Every code of every list; what replaces a value must be none of them."""
    return frozenset().union(*_codes().values())


def rule_of(segment_id: str, position: int, component: int = 0) -> Secrecy | None:
    """How secret a value at this place is; None: a place that no guide knows."""
    found = BY_PLACE.get((segment_id, position))
    if found is not None:
        return found
    if number := number_of(segment_id, position, component):
        return BY_ELEMENT.get(number, Secrecy.TEXT)
    return ELSEWHERE.get((segment_id, position, component))


def rule_at(segment_id: str, position: int, component: int, parts: Sequence[str] | None = None) -> Secrecy | None:
    """The same where what stands beside a value tells what it is; ``parts`` are the components of its composite, and
    where nobody knows them it is what it may be.
    """
    if segment_id == "HI" and component == 4 and (parts is None or (parts[0] == "BH" and parts[1] in BIRTHS)):
        return Secrecy.BIRTH
    return rule_of(segment_id, position, component)


def number_of(segment_id: str, position: int, component: int = 0) -> str:
    """The data element at a place; of a composite that is written without its separators, that of its first part."""
    known = _elements()
    if not component and (segment_id, position, 1) in known:
        component = 1
    elif component and (segment_id, position, 1) not in known:
        component = 0
    return known.get((segment_id, position, component), "")


def is_safe(rule: Secrecy | None, segment_id: str, position: int, component: int, value: str) -> bool:
    """Whether a value may stay as it is: it is of the kind that its place is for, and that kind tells of nobody."""
    if not value.strip("0 ") or rule in (Secrecy.KEEP, Secrecy.YEAR_END):
        return True
    if rule is None:
        return UNKNOWN.fullmatch(value) is not None
    if rule in SHAPES:
        return SHAPES[rule].fullmatch(value) is not None
    number = number_of(segment_id, position, component)
    if rule is Secrecy.CODE:
        loop_or_segment = number in ("447", "721") and len(value) <= 6
        return value in _codes().get(number, ()) or SHORT.fullmatch(value) is not None or loop_or_segment
    # a text with a list of codes in one guide (CTX01-1, REF02 of some qualifiers) is a code there
    return rule is Secrecy.TEXT and value in _codes().get(number, ())


_LETTERS: Final = re.compile(r"[^\W\d_]")


def blank(value: str) -> str:
    """Its shape alone: letters as x, digits as 9."""
    return _LETTERS.sub("x", re.sub(r"\d", "9", value))


def veiled(segment: Segment) -> list[str]:
    """The segment's elements for people who need no names: what tells of a person is blanked, its length stays.

    Unlike in a masked file days of service, claim numbers and NPIs are readable: who looks at a file works with it.
    """
    marks = segment.delimiters
    found = [segment.elements[0][:3] + blank(segment.elements[0][3:])]
    for position, element in enumerate(segment.elements[1:], start=1):
        if segment.id == "ISA":
            hidden = position in (2, 4)
            found.append(blank(element) if hidden else element)
            continue
        repeats = element.split(marks.repetition) if marks.repetition else [element]
        shown = [
            marks.component.join(
                _veil(segment, position, at if len(parts) > 1 else 0, parts) for at in range(1, len(parts) + 1)
            )
            for parts in (one.split(marks.component) for one in repeats)
        ]
        found.append((marks.repetition or "").join(shown))
    return found


READABLE: Final = frozenset({("CLM", 1), ("CLP", 1), ("GS", 2), ("GS", 3), ("BHT", 3), ("TRN", 2)})


def _veil(segment: Segment, position: int, component: int, parts: Sequence[str]) -> str:
    value = parts[max(component - 1, 0)]
    rule = rule_at(segment.id, position, component, parts)
    npi = segment.get(position - 1) == "XX" and segment.id in ("NM1", "N1")
    if rule in (Secrecy.DATE, Secrecy.TIME) or npi or (segment.id, position) in READABLE:
        return value
    if rule is Secrecy.BIRTH or not is_safe(rule, segment.id, position, component, value):
        return blank(value)
    return value
