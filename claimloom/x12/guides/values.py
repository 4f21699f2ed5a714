"""What a value may be: type, length, codes, dates. One set of rules, said twice: exactly here, and as patterns.

``faults`` takes a segment apart element by element and says everything that is wrong with it. ``pattern`` is one
regular expression for a whole segment that matches only what ``faults`` finds nothing in; most segments of real files
match it, and a match takes a fifth of the time. Whatever does not match is looked at by ``faults``: so the pattern may
refuse too much, never too little (``tests/x12/guides/test_values.py`` holds the two together).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final, NamedTuple

from claimloom.x12.guides.delimiters import Delimiters
from claimloom.x12.guides.grammar import Element, SegmentNode, code_list
from schemas.words import counted

BASIC: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!\"&'()*+,-./:;?= "
EXTENDED: Final = BASIC + "abcdefghijklmnopqrstuvwxyz%~@[]_{}\\|<>#$^`"
DATE_FORMAT: Final = "1250"
DATE_VALUE: Final = "1251"
MONEY: Final = "782"
FIRST_DAY: Final = date(1800, 1, 1)
"""Type DT: years of four digits, none before; pyx12 and the senders of old files agree on it."""
DIGITS: Final = re.compile(r"-?[0-9]+", re.ASCII)
DECIMAL: Final = re.compile(r"-?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)", re.ASCII)


class ValueFault(NamedTuple):
    """One fault of a value: its IK403 code, the element at fault, which repetition, and what stood there."""

    code: str
    ref: str
    data_element: str
    value: str
    text: str
    repeat: int = 0


@dataclass(frozen=True, slots=True)
class Charset:
    """What characters a text may have."""

    name: str
    allowed: frozenset[str]


BASIC_SET: Final = Charset("basic", frozenset(BASIC))
EXTENDED_SET: Final = Charset("extended", frozenset(EXTENDED))


# ---- exactly ---------------------------------------------------------------------------------------------------------


def faults(
    elements: list[str], node: SegmentNode, marks: Delimiters, charset: Charset = EXTENDED_SET
) -> list[ValueFault]:
    """Everything wrong with the values of a segment; ``elements[0]`` is its id."""
    found: list[ValueFault] = []
    known = node.elements
    if len(elements) - 1 > len(known):
        more = len(known) + 1
        found.append(
            ValueFault(
                "3", f"{more:02d}", "", elements[more], f"has {len(elements) - 1} elements, {len(known)} at most"
            )
        )
    formats = ""
    for element in known:
        value = elements[element.position] if element.position < len(elements) else ""
        if element.data_element == DATE_FORMAT:
            formats = value
        if element.type == "COMP":
            found += _composite(value, element, marks, charset)
        elif value:
            found += _simple(value, element, marks, charset, formats)
        elif element.usage == "R":
            found.append(_missing(element))
    said = {fault.ref for fault in found}
    for kind, positions in node.syntax:
        found += [fault for fault in _relation(kind, positions, elements, node) if fault.ref not in said]
    return found


def _missing(element: Element) -> ValueFault:
    return ValueFault("1", element.ref, element.data_element, "", f"{element.name} is missing")


def _composite(value: str, element: Element, marks: Delimiters, charset: Charset) -> Iterator[ValueFault]:
    repeats = value.split(marks.repetition) if marks.repetition else [value]
    if not value.replace(marks.component, "").replace(marks.repetition or " ", ""):
        if element.usage == "R":
            yield _missing(element)
        return
    if element.usage == "N":
        yield ValueFault("I10", element.ref, element.data_element, value, f"{element.name} is not used here")
        return
    if len(repeats) > max(element.repeat, 1):
        said = f"{element.name} comes {len(repeats)} times, at most {max(element.repeat, 1)}"
        yield ValueFault("12", element.ref, element.data_element, value, said)
    for number, one in enumerate(repeats[: max(element.repeat, 1)]):
        parts = one.split(marks.component)
        if len(parts) > len(element.components):
            said = f"has {len(parts)} components, {len(element.components)} at most"
            ref = f"{element.ref}-{len(element.components) + 1}"
            yield ValueFault("13", ref, element.data_element, parts[len(element.components)], said, number)
        formats = ""
        for component in element.components:
            part = parts[component.component - 1] if component.component <= len(parts) else ""
            if component.data_element == DATE_FORMAT:
                formats = part
            if part:
                for fault in _plain(part, component, marks, charset, formats):
                    yield fault._replace(repeat=number)
            elif component.usage == "R":
                yield _missing(component)._replace(repeat=number)


def _simple(value: str, element: Element, marks: Delimiters, charset: Charset, formats: str) -> Iterator[ValueFault]:
    if element.usage != "N" and element.data_element not in ("I65", "I15"):
        if marks.repetition and marks.repetition in value:
            said = f"{element.name} comes {value.count(marks.repetition) + 1} times, at most 1"
            yield ValueFault("12", element.ref, element.data_element, value, said)
            return
        if marks.component in value:
            said = f"{element.name} has components, it is no composite"
            yield ValueFault("13", element.ref, element.data_element, value, said)
            return
    yield from _plain(value, element, marks, charset, formats)


def _plain(value: str, element: Element, marks: Delimiters, charset: Charset, formats: str) -> Iterator[ValueFault]:
    name, ref, number = element.name, element.ref, element.data_element
    if element.usage == "N":
        yield ValueFault("I10", ref, number, value, f"{name} is not used here")
        return
    numeric = element.type in ("R", "N0")
    length = len(value.replace("-", "").replace(".", "")) if numeric else len(value)
    if length < element.min_length:
        yield ValueFault(
            "4", ref, number, value, f"{name} has {counted(length, 'character')}, {element.min_length} at least"
        )
    if length > element.max_length:
        yield ValueFault(
            "5", ref, number, value, f"{name} has {counted(length, 'character')}, {element.max_length} at most"
        )
    if control := next((each for each in value if each < " " or each == "\x7f"), ""):
        yield ValueFault("6", ref, number, value, f"{name} holds a control character (0x{ord(control):02X})")
        return
    if element.type in ("AN", "ID"):
        if value[-1] == " " and len(value.rstrip()) >= element.min_length:
            yield ValueFault("6", ref, number, value, f"{name} ends with a space")
        elif wrong := next((each for each in value if each not in charset.allowed), ""):
            yield ValueFault("6", ref, number, value, f"{name} holds U+{ord(wrong):04X}, not in the {charset.name} set")
    yield from _coded(value, element)
    yield from _typed(value, element, formats)


def _coded(value: str, element: Element) -> Iterator[ValueFault]:
    if value in element.codes:
        return
    if element.external:
        if value not in code_list(element.external):
            yield ValueFault("7", element.ref, element.data_element, value, f"{element.name} is no code of its list")
    elif element.codes:
        yield ValueFault(
            "7", element.ref, element.data_element, value, f"{element.name} is no code that the guide has here"
        )
    if element.regex and not re.search(element.regex, value):
        yield ValueFault(
            "I12", element.ref, element.data_element, value, f"{element.name} is not written as the guide says"
        )


def _typed(value: str, element: Element, formats: str) -> Iterator[ValueFault]:
    name, ref, number = element.name, element.ref, element.data_element
    if element.type == "N0" and not DIGITS.fullmatch(value):
        yield ValueFault("6", ref, number, value, f"{name} is no whole number")
    elif element.type == "R" and not DECIMAL.fullmatch(value):
        yield ValueFault("6", ref, number, value, f"{name} is no decimal number")
    elif number == MONEY and value.partition(".")[2][2:].strip("0"):
        yield ValueFault("I12", ref, number, value, f"{name} is an amount with parts of a cent")
    elif element.type == "DT" and not is_date(value):
        yield ValueFault("8", ref, number, value, f"{name} is no date of the calendar")
    elif element.type == "TM" and not is_time(value):
        yield ValueFault("9", ref, number, value, f"{name} is no time of the day")
    elif number == DATE_VALUE and not fits_format(value, formats):
        code = "9" if formats == "TM" else "8"
        yield ValueFault(code, ref, number, value, f"{name} is not as {formats} says")


def fits_format(value: str, formats: str) -> bool:
    """Whether a value is what its format (element 1250) says; a format that we do not know says nothing."""
    if formats == "D8":
        return len(value) == 8 and is_date(value)
    if formats == "RD8":
        first, dash, last = value.partition("-")
        return bool(dash) and len(first) == len(last) == 8 and is_date(first) and is_date(last)
    if formats == "TM":
        return is_time(value)
    if formats == "DT":
        return len(value) == 12 and is_date(value[:8]) and is_time(value[8:])
    if formats == "D6":
        return len(value) == 6 and is_date(value)
    return True


def is_date(value: str) -> bool:
    """CCYYMMDD or YYMMDD, a day of the calendar from ``FIRST_DAY`` on."""
    if len(value) not in (6, 8) or not value.isascii() or not value.isdigit():
        return False
    year = int(value[:-4]) if len(value) == 8 else 2000 + int(value[:2])
    try:
        return date(year, int(value[-4:-2]), int(value[-2:])) >= FIRST_DAY
    except ValueError:
        return False


def is_time(value: str) -> bool:
    """HHMM, HHMMSS or with decimals of a second."""
    if len(value) not in (4, 6, 7, 8) or not value.isascii() or not value.isdigit():
        return False
    return value[:2] < "24" and value[2:4] < "60" and (len(value) == 4 or value[4:6] < "60")


def _relation(kind: str, positions: tuple[int, ...], elements: list[str], node: SegmentNode) -> Iterator[ValueFault]:
    """Syntax notes: P all or none, R at least one, E at most one, C if the first then all, L if the first then one."""
    there = [at for at in positions if at < len(elements) and elements[at]]
    absent = [at for at in positions if at not in there]
    names = ", ".join(f"{at:02d}" for at in positions)
    by_position = {each.position: each.data_element for each in node.elements}

    def fault(at: int, code: str, said: str) -> ValueFault:
        value = elements[at] if at < len(elements) else ""
        return ValueFault(code, f"{at:02d}", by_position.get(at, ""), value, said)

    if kind == "P" and there and absent:
        yield from (fault(at, "2", f"elements {names} come together or not at all") for at in absent)
    elif kind == "R" and not there:
        yield fault(positions[0], "2", f"one of the elements {names} must be there")
    elif kind == "E" and len(there) > 1:
        yield fault(there[-1], "10", f"only one of the elements {names} may be there")
    elif kind == "C" and positions[0] in there and absent:
        yield from (fault(at, "2", f"must be there with element {positions[0]:02d}") for at in absent)
    elif kind == "L" and there == [positions[0]]:
        rest = ", ".join(f"{at:02d}" for at in positions[1:])
        yield fault(positions[1], "2", f"one of the elements {rest} must be there with element {positions[0]:02d}")


# ---- as a pattern ----------------------------------------------------------------------------------------------------

_DAY: Final = (
    "(?:(?:0[13578]|1[02])(?:0[1-9]|[12]\\d|3[01])|(?:0[469]|11)(?:0[1-9]|[12]\\d|30)|02(?:0[1-9]|1\\d|2[0-8]))"
)
_DATE: Final = f"(?:(?:1[89]|2\\d)\\d\\d{_DAY})"
_TIME: Final = "(?:[01]\\d|2[0-3])[0-5]\\d(?:[0-5]\\d(?:\\d\\d?)?)?"


@lru_cache(maxsize=4096)  # a file may bring delimiters of its own
def pattern(node: SegmentNode, marks: Delimiters, charset: Charset = EXTENDED_SET) -> re.Pattern[str]:
    """One expression for a whole segment without its terminator. February 29 is left to the exact way.

    A separator without a value behind it does not match either: no fault of a value, but it is said.
    """
    return re.compile(f"{node.id}{_Pattern(node, marks, charset).tail(0)}(?<!{re.escape(marks.element)})", re.ASCII)


class _Pattern:
    def __init__(self, node: SegmentNode, marks: Delimiters, charset: Charset) -> None:
        self.node = node
        self.marks = marks
        self.mark = re.escape(marks.element)
        taken = {marks.element, marks.component, marks.repetition, marks.terminator}
        text = "".join(re.escape(each) for each in sorted(charset.allowed - taken))
        self.any = f"[{text}]"
        self.last = f"[{text.replace(re.escape(' '), '')}]"
        needs: dict[int, set[int]] = {}
        for kind, positions in node.syntax:
            if kind == "P":
                for at in positions:
                    needs.setdefault(at, set()).update(set(positions) - {at})
            elif kind == "C":
                needs.setdefault(positions[0], set()).update(positions[1:])
        self.needs = needs
        # notes that a pattern cannot say shortly are left to the exact way, by patterns that take only the usual case
        self.one_of = [positions for kind, positions in node.syntax if kind == "R"]
        self.only_one = [positions for kind, positions in node.syntax if kind == "E"]
        self.if_then_one = [positions for kind, positions in node.syntax if kind == "L"]
        used = {each.position for each in node.elements if each.usage != "N"}
        self.grouped = {at for _, positions in node.syntax for at in positions} & used

    def tail(self, index: int) -> str:
        """The elements from here to the end of the segment, which may end earlier."""
        if index == len(self.node.elements):
            return ""
        rest = self.node.elements[index:]
        element = rest[0]
        here = f"{self.mark}{self._value(element)}{self.tail(index + 1)}"
        if any(each.usage == "R" for each in rest):
            return here
        return f"(?:{here}|{self._ended(element.position)})"

    def _if(self, at: int, yes: str, no: str = "") -> str:
        """What follows if an earlier element is there, and if not; one that is never used never is."""
        if at not in self.grouped:
            return no
        return f"(?(g{at}){yes}|{no})" if no else f"(?(g{at}){yes})"

    def _ended(self, position: int) -> str:
        """The segment ends before this element: what the notes ask of the rest must not be open."""
        open_notes = [at for at, needed in sorted(self.needs.items()) if at < position and max(needed) >= position]
        found = [self._if(at, "(?!)") for at in open_notes]
        found += [self._if(p[0], "(?!)") for p in self.if_then_one if p[0] < position <= p[1]]
        found += [self._none(p, position) for p in self.one_of if max(p) >= position]
        return "".join(found) + "$"

    def _none(self, positions: tuple[int, ...], position: int) -> str:
        """Of a note that asks for one of several, one must have come before this element."""
        before = [at for at in positions if at < position]
        nested = "(?!)"
        for at in before:
            nested = self._if(at, "", nested) if at in self.grouped else nested
        return nested

    def _value(self, element: Element) -> str:
        at = element.position
        if element.usage == "N":
            return self._absent(at)
        value = self._composite(element) if element.type == "COMP" else self._plain(element)
        if at in self.grouped:
            value = f"(?P<g{at}>{value})"
        guards = [self._if(other, "", "(?!)") for other in sorted(self.needs.get(at, ())) if other < at]
        guards += [self._if(other, "(?!)") for p in self.only_one for other in p if other < at and at in p]
        value = "".join(guards) + value
        return value if element.usage == "R" else f"(?:{value}|{self._absent(at)})"

    def _absent(self, at: int) -> str:
        """Nothing stands there: no earlier element may need it."""
        found = [self._if(other, "(?!)") for other, needed in sorted(self.needs.items()) if other < at and at in needed]
        # of L notes only the case that the second element is there is taken
        found += [self._if(p[0], "(?!)") for p in self.if_then_one if p[1] == at]
        found += [self._none(p, at) for p in self.one_of if max(p) == at]
        return "".join(found)

    def _composite(self, element: Element) -> str:
        mark = re.escape(self.marks.component)
        found = ""
        for component in reversed(element.components):
            value = "" if component.usage == "N" else self._plain(component)
            if component.usage == "S":
                value = f"(?:{value})?"
            lead = mark if component.component > 1 else ""
            if component.usage == "R":
                found = f"{lead}{value}{found}"
            elif component.component == 1:
                found = f"{value}{found}"
            else:
                found = (
                    f"(?:{lead}{value}{found})?" if not _required_after(element, component) else f"{lead}{value}{found}"
                )
        return found

    def _plain(self, element: Element) -> str:  # noqa: PLR0911 - one return a type
        least, most = element.min_length, element.max_length
        if element.codes or element.external:
            codes = element.codes | (code_list(element.external) if element.external else frozenset())
            codes = frozenset(each for each in codes if least <= len(each) <= most and self._sayable(each))
            return self._format(element, codes)
        if element.regex or element.type == "B":
            return "(?!)"
        if element.data_element == DATE_VALUE:
            return self._dated(element)
        if element.type == "N0":
            return f"-?\\d{{{least},{most}}}"
        if element.type == "R":
            point = re.escape(".") if "." not in self.marks else "(?!)"
            return (
                f"-?(?:\\d{{1,{most}}}|\\d{{0,{most - 2}}}{point}\\d{{1,2}})"
                if most > 3
                else f"-?\\d{{{least},{most}}}"
            )
        if element.type == "DT":
            return _DATE if most >= 8 else f"(?:\\d\\d{_DAY})"
        if element.type == "TM":
            return _TIME
        return f"{self.any}{{{max(least - 1, 0)},{most - 1}}}{self.last}"

    def _sayable(self, code: str) -> bool:
        return all(each not in code for each in self.marks if each)

    def _format(self, element: Element, codes: frozenset[str]) -> str:
        return trie(codes)

    def _dated(self, element: Element) -> str:
        """By the formats that the element before it may have; each is said there with what must follow it."""
        before = self._before(element)
        if before is None or not before.codes <= {"D8", "RD8"}:
            return "(?!)"
        if before.codes == {"D8"}:
            return _DATE
        if before.codes == {"RD8"}:
            return f"{_DATE}-{_DATE}"
        mark = re.escape(self.marks.component if element.component else self.marks.element)
        return f"(?:(?<={mark}D8{mark}){_DATE}|(?<={mark}RD8{mark}){_DATE}-{_DATE})"

    def _before(self, element: Element) -> Element | None:
        row: Iterable[Element] = self.node.elements
        if element.component:
            row = next(each.components for each in self.node.elements if each.position == element.position)
        formats = [each for each in row if each.data_element == DATE_FORMAT]
        return formats[-1] if len(formats) == 1 else None


def _required_after(element: Element, component: Element) -> bool:
    return any(each.usage == "R" for each in element.components if each.component > component.component)


def trie(words: Iterable[str]) -> str:
    """An expression for one of some words that looks at each character once."""
    tree: dict[str, dict[str, object]] = {}
    for word in words:
        node = tree
        for character in word:
            node = node.setdefault(character, {})  # type: ignore[assignment]
        node[""] = {}
    return _trie(tree) if tree else "(?!)"


def _trie(tree: dict[str, dict[str, object]]) -> str:
    """What may follow from here in a tree of characters, where the key ``""`` says that a word ends.

    Characters behind which every word ends become one class, each other one is followed by what its own branch may
    have; if a word ends here as well, all of it may be left out. So ``1 11 12 2`` is ``(?:[2]|1(?:[12])?)``.
    """
    ends = "" in tree
    singles = [each for each, below in tree.items() if each and list(below) == [""]]
    found = [f"[{''.join(map(re.escape, sorted(singles)))}]"] if singles else []
    for character in sorted(each for each in tree if each and each not in singles):
        found.append(re.escape(character) + _trie(tree[character]))  # type: ignore[arg-type]
    if not found:
        return ""
    return f"(?:{'|'.join(found)}){'?' if ends else ''}"
