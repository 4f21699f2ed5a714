"""Where pyx12 and we do not say the same about a file, who is right, and why: the data of docs/x12-differences.md.

Each entry has a predicate over one finding that only one side has. It is as narrow as the difference is: the side, the
word of the acknowledgment, the segment or element, and what the other side says there. What no entry explains is a
fault of ours, and so is an entry that nothing meets any more.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Final, Literal

from claimloom.x12.guides.findings import Finding
from claimloom.x12.guides.grammar import LoopNode, grammar

Side = Literal["ours", "pyx12"]
Key = tuple[int, str, str]
GUIDES: Final = ("837P", "835", "999", "277CA")
ENVELOPE: Final = {"ISA", "GS", "ST", "SE", "GE", "IEA", "TA1"}
TRAILERS: Final = {"IK5 2", "AK9 3", "TA1 023", "TA1 024"}
# Our words for a segment that has no place where it stands.
NO_PLACE: Final = {f"IK3 {code}" for code in "1 2 4 5 6 7 I4".split()}
# Those after which we are where we were.
AWAY: Final = {f"IK3 {code}" for code in "1 2 5 6 I4".split()}
MISSING: Final = {"IK3 3", "IK3 I7"}
ELEMENT: Final = {f"IK4 {code}" for code in "1 2 3 4 5 6 7 8 9 10 12 13 I10 I12".split()}
VALUE: Final = {f"IK4 {code}" for code in "4 5 6 7 8 9 I12".split()}


def word(finding: Finding) -> str:
    """What is compared: the acknowledgment's word, or the code of a finding that has none."""
    return finding.ack or finding.code


def key(finding: Finding) -> Key:
    return finding.segment_number, word(finding), finding.element


@dataclass(frozen=True)
class Comparison:
    """Both checkers' findings in one file, by segment."""

    text: str
    ours: list[Finding]
    theirs: list[Finding]

    @cached_property
    def segments(self) -> list[str]:
        """Texts of the segments; the first is number 1."""
        return ["", *(raw.strip("\r\n") for raw in self.text.split(self.text[105:106] or "~"))]

    @cached_property
    def our_words(self) -> dict[int, list[str]]:
        return _words(self.ours)

    @cached_property
    def their_words(self) -> dict[int, list[str]]:
        return _words(self.theirs)

    @cached_property
    def strays(self) -> dict[int, Finding]:
        """Segments that pyx12 does not place, and it says so."""
        return {each.segment_number: each for each in self.theirs if each.ack == "IK3 1"}

    @cached_property
    def unknown(self) -> dict[int, Finding]:
        """Those of them that have a place for us: from here on pyx12 may be in another loop than it should."""
        return {number: each for number, each in self.strays.items() if not AWAY & set(self.our_words.get(number, ()))}

    @cached_property
    def lost(self) -> set[int]:
        """The segments behind such a one, for as long as pyx12 places none, and one more.

        There it finds missing what it did not recognise.
        """
        found: set[int] = set()
        for number in sorted(self.strays):
            if number in self.unknown or number in found:
                found.add(number + 1)
        return found

    def disagreements(self) -> Iterator[Case]:
        ours, theirs = {key(each) for each in self.ours}, {key(each) for each in self.theirs}
        yield from (Case(self, "ours", each) for each in self.ours if key(each) not in theirs)
        yield from (Case(self, "pyx12", each) for each in self.theirs if key(each) not in ours)


def _words(findings: list[Finding]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    for each in findings:
        found[each.segment_number].append(word(each))
    return found


@dataclass(frozen=True)
class Case:
    """One finding that the other side does not have."""

    file: Comparison
    side: Side
    finding: Finding

    @property
    def number(self) -> int:
        return self.finding.segment_number

    @property
    def word(self) -> str:
        return word(self.finding)

    @property
    def place(self) -> tuple[str, str]:
        return self.finding.segment, self.finding.element

    @property
    def text(self) -> str:
        """The segment as it stands in the file."""
        segments = self.file.segments
        return segments[self.number] if self.number < len(segments) else ""

    @property
    def id(self) -> str:
        return self.text.split(self.file.text[3])[0]

    @property
    def elsewhere(self) -> list[Finding]:
        """All that the other side says."""
        return self.file.theirs if self.side == "ours" else self.file.ours

    @property
    def others(self) -> set[str]:
        """What the other side says of the same segment."""
        words = self.file.their_words if self.side == "ours" else self.file.our_words
        return set(words.get(self.number, ()))

    @property
    def own(self) -> set[str]:
        """What the same side says of the same segment."""
        words = self.file.our_words if self.side == "ours" else self.file.their_words
        return set(words.get(self.number, ()))

    def ours_is(self, *words: str) -> bool:
        return self.side == "ours" and self.word in words

    def theirs_is(self, *words: str) -> bool:
        return self.side == "pyx12" and self.word in words

    def beside(self, found: list[Finding], words: set[str]) -> list[Finding]:
        """Of the findings those with such a word about the same element, or about a part or the whole of it."""
        element = self.finding.element[:2]
        return [f for f in found if f.segment_number == self.number and word(f) in words and f.element[:2] == element]

    def before_all(self, found: list[Finding]) -> list[Finding]:
        """Of the findings those in front of this one."""
        return [f for f in found if f.segment_number < self.number]

    def before(self, found: list[Finding]) -> list[Finding]:
        """Of the findings those in the same transaction set and in front of this one."""
        return [f for f in found if f.transaction == self.finding.transaction and f.segment_number < self.number]


@dataclass(frozen=True)
class Example:
    """A file of edi_samples, and what is changed in it."""

    sample: str
    old: str = ""
    new: str = ""


@dataclass(frozen=True)
class Difference:
    """One reason for disagreement; ``right`` says whose word to take."""

    name: str
    right: Literal["ours", "pyx12", "both"]
    what: str
    why: str
    example: Example
    meets: Callable[[Case], bool] = field(compare=False)


def explain(case: Case) -> str:
    """Name of the first entry that the disagreement meets; empty if there is none."""
    return next((each.name for each in DIFFERENCES if each.meets(case)), "")


# --- the guides' loops


@cache
def _loops(name: str) -> list[LoopNode]:
    return [each for kind in GUIDES for each in grammar(kind).loops if each.id == (name or "ST_LOOP")]


@cache
def entry(name: str) -> frozenset[str]:
    """What a loop begins with."""
    return frozenset(each.entry.id for each in _loops(name))


@cache
def above(name: str) -> frozenset[str]:
    """What the loop begins with that it stands in."""
    return frozenset(each.parent.entry.id for each in _loops(name) if each.parent is not None)


@cache
def beside(name: str) -> frozenset[str]:
    """What the loops begin with that have the same position in the guide."""
    parents = [(each, each.parent) for each in _loops(name) if each.parent is not None]
    return frozenset(
        other.entry.id
        for each, parent in parents
        for other in parent.loops()
        if other.rank == each.rank and other is not each
    )


@cache
def inside(name: str) -> frozenset[str]:
    """A loop and all that stand in it."""
    return frozenset(each.id for each in _all_loops() if any(up.id == name for up in each.path))


@cache
def _all_loops() -> tuple[LoopNode, ...]:
    return tuple(each for kind in GUIDES for each in grammar(kind).loops)


# --- what only one of the two looks at


def _situation(case: Case) -> bool:
    return case.side == "ours" and case.finding.snip == 4


def _balance(case: Case) -> bool:
    return case.side == "ours" and case.finding.snip == 3


def _list(case: Case) -> bool:
    return case.ours_is("IK4 7") and case.finding.snip == 5


def _old_list(case: Case) -> bool:
    return case.theirs_is("IK4 7") and case.place in OLD_LISTS


def _frequency(case: Case) -> bool:
    return case.ours_is("IK4 7") and case.place == ("CLM", "05-3")


def _subscriber(case: Case) -> bool:
    return case.theirs_is("IK4 1") and case.finding.loop == "2010BA" and case.place in {("NM1", "08"), ("NM1", "09")}


def _levels_277(case: Case) -> bool:
    loops = {"2000C", "2000D"}
    missing = case.theirs_is("IK3 3") and case.finding.segment == "HL" and case.finding.loop in loops
    return missing or (case.theirs_is("IK4 7") and case.finding.loop in loops and case.place == ("HL", "04"))


def _repeats(case: Case) -> bool:
    return (case.side, case.word, case.finding.segment) in {
        ("pyx12", "IK3 4", "PLB"),
        ("pyx12", "IK3 5", "CTX"),
        ("pyx12", "IK3 5", "TA1"),
    }


# --- segments


def _not_placed(case: Case) -> bool:
    if case.side == "ours":
        return case.number in case.file.strays and case.finding.snip < 3
    if case.word == "IK4 7":
        return case.number in case.file.strays and case.finding.segment in {"HL", "LX"}
    outside = not case.finding.transaction and bool(case.others)
    return case.word == "IK3 1" and (outside or bool(case.others & NO_PLACE))


def _unknown_set(case: Case) -> bool:
    sets = {each.segment_number for each in case.file.ours if each.ack in {"IK5 6", "IK5 18"}}
    return case.theirs_is("IK3 1") and case.number in sets


def _qualifier(case: Case) -> bool:
    keys = {"01", "01-1", "03"} if case.id == "HL" else {"01", "01-1"}
    ours = [f for f in case.file.ours if f.segment_number == case.number and word(f) in ELEMENT]
    return case.theirs_is("IK3 1") and any(each.element in keys for each in ours)


def _lost(case: Case) -> bool:
    return case.theirs_is("IK3 1", "IK3 3") and case.number in case.file.lost


def _missing_entry(case: Case) -> bool:
    ours = [f for f in case.file.ours if f.segment_number == case.number and f.ack in MISSING]
    begins = any(f.segment in entry(f.loop) | HEADERS for f in ours)
    return case.theirs_is("IK3 1") and begins


def _order(case: Case) -> bool:
    strays = {(each.transaction, each.segment) for each in case.file.strays.values()}
    if case.side == "pyx12":
        late = [each for each in case.file.ours if each.ack == "IK3 7" and each.segment_number > case.number]
        first = case.word == "IK3 1" and any(each.transaction == case.finding.transaction for each in late)
        return first or (case.word == "IK3 3" and (case.finding.transaction, case.finding.segment) in strays)
    missing = {(each.transaction, each.segment) for each in case.file.theirs if each.ack == "IK3 3"}
    return case.word == "IK3 7" and bool(missing & strays)


def _missing_loop(case: Case) -> bool:
    return (case.ours_is("IK3 I7") and "IK3 3" in case.others) or (case.theirs_is("IK3 3") and "IK3 I7" in case.others)


def _same_position(case: Case) -> bool:
    return case.theirs_is("IK3 3") and case.id in beside(case.finding.loop)


def _set_aside(case: Case) -> bool:
    behind = case.number - 1
    while behind not in case.file.strays and {"IK3 2", "IK3 7"} & set(case.file.our_words.get(behind, ())):
        behind -= 1
    if case.ours_is("IK3 5"):
        strays = [each for number, each in case.file.strays.items() if number < case.number]
        same = any(each.segment == case.id and each.transaction == case.finding.transaction for each in strays)
        return same or behind in case.file.strays
    return case.side == "ours" and case.word in ELEMENT | MISSING | NO_PLACE and behind in case.file.strays


def _claim_too_early(case: Case) -> bool:
    begun = [each for each in case.before(case.file.ours) if each.ack == "IK3 3" and each.segment == "LX"]
    return case.ours_is("IK3 2") and case.finding.segment in {"N1", "N3", "N4", "REF", "PER", "RDM"} and bool(begun)


def _late_loop(case: Case) -> bool:
    late = [each for each in case.before(case.file.ours) if each.ack == "IK3 7"]
    words = ELEMENT | {"IK3 2", "IK3 3"}
    return case.ours_is(*words) and any(each.segment in entry(case.finding.loop) for each in late)


def _begins_again(case: Case) -> bool:
    return case.ours_is("IK3 3", "IK3 I7") and case.id in entry(case.finding.loop) | above(case.finding.loop)


def _every_time(case: Case) -> bool:
    said = [each for each in case.before(case.file.ours) if word(each) == case.word]
    return case.theirs_is("IK3 4", "IK3 5") and any(each.segment == case.finding.segment for each in said)


def _loop_before(case: Case) -> bool:
    roots = [each for each in case.file.unknown.values() if each in case.before(case.file.theirs)]
    same = any(each.loop[-1:] == case.finding.loop[-1:] for each in roots)
    return case.theirs_is("IK3 1", "IK3 4", "IK3 5", *ELEMENT) and same


def _parts(case: Case) -> bool:
    ours = {"IK3 2", "IK3 5", "IK3 7"}
    again = [f for f in case.file.theirs if f.ack == "IK3 4" and f.segment in HEADERS | {"AK9"}]
    here = [f for f in again if f.transaction == case.finding.transaction and f.segment_number <= case.number]
    if case.side == "ours":
        return case.word in ours and "IK3 4" in case.others and bool(here)
    behind = case.word in {"IK3 1", "IK3 3"} and any(each.segment in HEADERS for each in here)
    return behind or (case.word == "IK3 4" and case.finding in again and bool(case.others & ours))


# --- elements


def _layout(case: Case) -> bool:
    last = f"{case.text.count(case.file.text[3]):02d}"
    end = (
        case.finding.element[:2] == last
        or case.word == "trailing_separators"
        or (case.theirs_is("IK3 1") and last in ({"03", "04"} if case.id == "HL" else {"01"}))
    )
    trimmed = any(text[:2] in {"ST", "GS"} and text != text.strip(BLANKS) for text in case.file.segments)
    if trimmed and case.theirs_is("IK5 3", "AK9 4"):  # a header's number at the end of its segment
        return True
    return case.text != case.text.strip(BLANKS) and end


def _crash(case: Case) -> bool:
    if case.side == "ours":
        return case.word in ELEMENT and "pyx12" in case.others
    dashes = [f for f in case.file.ours if f.segment_number == case.number and f.value.count("-") > 1]
    composite = bool(case.others & {"IK4 12", "IK4 13"})
    return case.word == "pyx12" and (composite or any(f.ack == "IK4 8" for f in dashes))


def _note(case: Case) -> bool:
    return case.word in {"IK4 2", "IK4 10"} and case.word in case.others


def _said_once(case: Case) -> bool:
    if case.theirs_is("IK4 7"):
        return case.id in {"HL", "LX"} and bool(case.beside(case.file.ours, {"IK4 1"}))
    once = {"IK4 2": "IK4 1", "IK4 10": "IK4 I10"}.get(case.word, "-")
    return case.side == "pyx12" and once in case.others


def _lone_minus(case: Case) -> bool:
    return case.ours_is("IK4 6") and case.finding.value == "-"


def _component(case: Case) -> bool:
    if case.side == "ours":
        return case.word in {"IK4 13", "IK4 I10"} and bool(case.beside(case.file.theirs, {"IK4 6"}))
    return case.word == "IK4 6" and bool(case.beside(case.file.ours, {"IK4 13", "IK4 I10"}))


def _first_component(case: Case) -> bool:
    return case.ours_is("IK4 1") and case.finding.element.endswith("-1") and case.finding.segment not in ENVELOPE


def _repetition(case: Case) -> bool:
    mark = case.file.text[82]
    if case.word == "IK4 12":
        return case.side == "ours"
    if case.side == "ours":
        at = int(case.finding.element[:2] or 0)
        elements = case.text.split(case.file.text[3])
        return case.word != "IK4 2" and 0 < at < len(elements) and mark in elements[at]
    return case.word in VALUE and bool(case.beside(case.file.ours, {"IK4 12"}))


def _control(case: Case) -> bool:
    """0x00 and 0x7F are none to pyx12, so it looks further and says something else, or something more."""
    ours = case.beside(case.file.ours, {"IK4 6"})
    theirs = case.beside(case.file.theirs, VALUE)
    return case.word in VALUE and bool(theirs) and any("\0" in each.value or "\x7f" in each.value for each in ours)


def _short_time(case: Case) -> bool:
    return case.ours_is("IK4 9") and bool(case.beside(case.file.theirs, {"IK4 4"}))


def _separators(case: Case) -> bool:
    if case.side == "ours":
        return case.word == "trailing_separators" and "IK3 8" in case.others
    return case.word == "IK3 8" and case.text.endswith(case.file.text[3]) and bool(case.others)


def _empty(case: Case) -> bool:
    rest = case.text.partition(case.file.text[3])[2]
    return case.theirs_is("IK3 8") and not rest.strip(case.file.text[3])


def _own_count(case: Case) -> bool:
    wrong = [each for each in case.before(case.file.theirs) if each.ack == "IK4 7" and each.segment == case.id]
    missing = [each for each in case.before(case.file.ours) if each.ack == "IK3 3" and each.segment == case.id]
    return case.theirs_is("IK4 7") and case.id in {"HL", "LX"} and bool(wrong or missing)


# --- the envelope


def _envelope_word(case: Case) -> bool:
    if case.finding.segment not in ENVELOPE or case.finding.snip > 2:
        return False
    here = [f for f in case.elsewhere if f.segment_number == case.number and f.segment == case.finding.segment]
    if case.theirs_is("IK5 4") and "AK9 5" in case.others:  # an SE without its ST
        return True
    return any(each.element == case.finding.element or word(each) == case.word for each in here)


def _trailer(case: Case) -> bool:
    missing = {word(each) for each in case.elsewhere} & TRAILERS
    missing |= {word(each) for each in case.elsewhere if each.ack == "IK3 3" and each.segment in ENVELOPE}
    trailer = case.word == "IK3 3" and case.finding.segment in {"SE", "GE", "IEA"}
    return bool(missing) and (case.word in TRAILERS or trailer)


def _no_map(case: Case) -> bool:
    unread = [each for each in case.file.theirs if (each.code, each.segment) == ("pyx12", "GS")]
    if case.side == "pyx12":
        return case.finding in unread
    return any(each.segment_number <= case.number for each in unread)


def _version(case: Case) -> bool:
    return case.ours_is("not_supported", "IK5 19") or (case.theirs_is("IK5 I6") and case.finding.element == "03")


def _other_version(case: Case) -> bool:
    if case.side == "pyx12":
        known = any(word(each) in {"TA1 003", "TA1 017"} for each in case.file.ours)
        unread = case.word == "pyx12" and not case.number and known
        return unread or (case.word == "TA1 016" and "*00401*" in case.text)
    return _unread(case) and case.file.text[84:89] not in {"00401", "00501"}


def _unread(case: Case) -> bool:
    return any(each.code == "pyx12" and not each.segment_number for each in case.file.theirs)


def _shape(case: Case) -> bool:
    """pyx12 takes the separators from fixed places, and a file for one piece."""
    text = case.file.text
    begins = text.startswith("ISA") and text[105:106] in {"~", "\x1c"} and text[84:89] in {"00401", "00501"}
    if case.theirs_is("pyx12") and not case.number:
        return not begins
    return case.side == "ours" and _unread(case) and not begins


def _parts_of_a_cent(case: Case) -> bool:
    return case.ours_is("IK4 I12") and case.finding.data_element == "782"


def _one_mark(case: Case) -> bool:
    if case.file.text[104:105] != case.file.text[3:4]:
        return False
    return case.ours_is("TA1 027") or (case.theirs_is("pyx12", "IK3 8") and case.number == 1) or case.number > 1


def _text_between(case: Case) -> bool:
    stray = any(each.code == "stray_text" for each in case.file.ours)
    outside = not case.finding.transaction and case.finding.segment not in ENVELOPE
    return case.ours_is("stray_text") or (stray and outside and case.theirs_is("IK3 1", "pyx12"))


def _padding(case: Case) -> bool:
    texts = case.file.text.split(case.file.text[105])
    here = texts[case.number - 1] if 0 < case.number <= len(texts) else ""
    return case.theirs_is("IK3 1") and here.strip("\r\n")[:1] == " "


def _last_terminator(case: Case) -> bool:
    cut = not case.file.text.rstrip().endswith(case.file.text[105])
    return case.theirs_is("TA1 023", "AK9 3", "IK5 2") and cut


def _marks(case: Case) -> bool:
    place = {"TA1 016": 82, "TA1 027": 104}.get(case.word, 0)
    return case.side == "pyx12" and not case.file.text[place : place + 1].isprintable()


def _said_in_header(case: Case) -> bool:
    """The trailer has the number of its header, which is wrong there already."""
    header = {"IEA": ("ISA", "13"), "GE": ("GS", "06"), "SE": ("ST", "02")}.get(case.finding.segment)
    ours = [(each.segment, each.element) for each in case.before_all(case.file.ours)]
    return case.side == "pyx12" and case.finding.element == "02" and header in ours


def _blank_id(case: Case) -> bool:
    return case.ours_is("TA1 006", "TA1 008") and not case.finding.value.strip()


def _no_group(case: Case) -> bool:
    return case.theirs_is("IK3 3") and case.finding.segment == "GS"


def _empty_ends(case: Case) -> bool:
    mark = case.file.text[104]
    headers = [text for text in case.file.segments if text[:3] in {"GS*", "ST*", "ISA"}]
    ends = any(f"{mark}*" in text[:-2] or text.endswith(mark) for text in headers if text[:3] != "ISA")
    return case.ours_is("AK9 4", "IK5 3", "TA1 001") and (ends or case.text.endswith(mark))


BLANKS: Final = " \0\t\x0b\x1d"
HEADERS: Final = {"BHT", "BPR", "AK1"}
OLD_LISTS: Final = {("MOA", f"{at:02d}") for at in range(3, 8)}

DIFFERENCES: Final = (
    # what only one of the two looks at
    Difference(
        "situations",
        "ours",
        "We say when a situational loop, segment or element is missing or may not stand there (snip 4).",
        "Its maps mark what is situational, but not the situation.",
        Example("837p/837p_example", "DMG*D8*19500115*F~\n", ""),
        _situation,
    ),
    Difference(
        "balances",
        "ours",
        "We say which sums do not agree (snip 3).",
        "pyx12 adds nothing up.",
        Example("837p/837p_example", "CLM*CLN1-000101*295*", "CLM*CLN1-000101*296*"),
        _balance,
    ),
    Difference(
        "code_lists",
        "ours",
        "We look codes up that the guide leaves to an outside list (snip 5, IK4 7).",
        "Its maps name these lists; for most of them it has none.",
        Example("835/835_example", "CAS*CO*45*79.86", "CAS*CO*9999*79.86"),
        _list,
    ),
    Difference(
        "remark_codes",
        "ours",
        "It refuses remark codes in MOA03 to MOA07 (IK4 7) that are valid.",
        "Its list is built in and old; the owner of the list publishes three times a year.",
        Example("835/remarks_of_the_claim_in_moa"),
        _old_list,
    ),
    Difference(
        "claim_frequency",
        "ours",
        "A CLM05-3 that is no claim frequency is IK4 7 to us, and nothing to pyx12.",
        "The guide names an outside list, the map neither list nor codes.",
        Example("837p/837p_example", "***11:B:7*", "***11:B:X*"),
        _frequency,
    ),
    Difference(
        "subscriber_number",
        "ours",
        "It always wants NM108 and NM109 of loop 2010BA (IK4 1).",
        "The guide wants them of a person; the employer in a work claim has none. The map says R.",
        Example("837p/workers_compensation_employer_is_subscriber"),
        _subscriber,
    ),
    Difference(
        "levels_of_277ca",
        "ours",
        "It wants a 2000C under each 2000B, a 2000D under each 2000C (IK3 3) and HL04 = 1 in 2000C (IK4 7).",
        "A batch or a provider may be rejected as a whole (RFI 1211), then nothing stands below. The map says R.",
        Example("277ca/provider_rejected_with_all_its_claims"),
        _levels_277,
    ),
    Difference(
        "repeats",
        "ours",
        "It takes one PLB (IK3 4), one TA1 in an interchange, and counts both kinds of CTX as one (IK3 5).",
        "The guides have any number of PLB, a TA1 for each interchange answered, and nine CTX besides the CTX of "
        "the claim.",
        Example("835/seven_provider_adjustments_in_two_segments"),
        _repeats,
    ),
    # segments
    Difference(
        "not_here",
        "ours",
        "A segment without a place is IK3 1 to pyx12. We tell unknown (1), not in this guide (6), not here (2), "
        "late (7) and too many (4, 5) apart, and look at its elements if we know what it is.",
        "X12 means 1 for an id that is no segment; pyx12's walker has no other word, and looks no further.",
        Example("837p/837p_example", "N3*100 MAIN ST~", "N3*100 MAIN ST~\nPAT*19~"),
        _not_placed,
    ),
    Difference(
        "unknown_transaction_set",
        "ours",
        "An ST01 that is no transaction set is IK5 6 to us, and IK3 1 for the whole set to pyx12.",
        "It finds no place for the ST in the map, and so none for what follows.",
        Example("837p/837p_example", "ST*837*", "ST*836*"),
        _unknown_set,
    ),
    Difference(
        "qualifier",
        "ours",
        "A wrong code in 01 (HL: 03) is IK4 7 to us and IK3 1 to pyx12.",
        "It tells segments of one id apart by that code, so with a wrong one it knows none. The segment is known "
        "to the guide: X12 means IK4 7.",
        Example("837p/837p_example", "SBR*S*18", "SBR*ZZ*18"),
        _qualifier,
    ),
    Difference(
        "loop_without_its_first_segment",
        "ours",
        "Where a loop's first segment is missing we say that (IK3 3) and read on in the loop; pyx12 says IK3 1.",
        "Its walker enters a loop by the first segment only.",
        Example("835/835_example", "BPR*", "BPX*"),
        _missing_entry,
    ),
    Difference(
        "lost",
        "ours",
        "Behind a segment that pyx12 does not place and we do, it places none of its loop (IK3 1), and finds "
        "missing (IK3 3) what it did not recognise.",
        "Its walker stays in the loop before.",
        Example("837p/837p_example", "SBR*S*18", "SBR*ZZ*18"),
        _lost,
    ),
    Difference(
        "loop_before",
        "ours",
        "After that it takes segments for more of the loop before (IK3 4, IK3 5, IK4, IK3 1).",
        "Its walker is still there.",
        Example("277ca/277ca_example", "HL*3*2*19*1", "HL*3*2*91*1"),
        _loop_before,
    ),
    Difference(
        "order",
        "both",
        "Of two segments in the wrong order we call the second late (IK3 7); pyx12 does not place one (IK3 1) and"
        " calls it missing elsewhere (IK3 3).",
        "Either of the two may be the one that moved.",
        Example(
            "837p/837p_example",
            "N3*100 MAIN ST~\nN4*SPRINGFIELD*IL*627010001~",
            "N4*SPRINGFIELD*IL*627010001~\nN3*100 MAIN ST~",
        ),
        _order,
    ),
    Difference(
        "set_aside",
        "both",
        "Behind a segment that pyx12 does not place we may see more: we took it for what its id says, it left it out.",
        "A stray segment may be the wrong one, or the right one at the wrong place.",
        Example("837p/837p_example", "PRV*BI*", "PRV*PE*PXC*261QR0400X~\nPRV*BI*"),
        _set_aside,
    ),
    Difference(
        "claim_too_early",
        "pyx12",
        "A CLP in front of the payee begins its loop for us (LX missing, IK3 3), and the payee behind it has no place "
        "any more (IK3 2); pyx12 sets the CLP aside.",
        "Both see the fault; where a claim was moved its two answers are shorter.",
        Example(
            "835/predetermination_without_payment",
            "PER*BL*PROVIDER SERVICES*TE*5555550122~",
            "CLP*A*25*0*0**12*B~\nPER*BL*PROVIDER SERVICES*TE*5555550122~",
        ),
        _claim_too_early,
    ),
    Difference(
        "late_loop",
        "both",
        "A loop that comes late (IK3 7) is read as that loop by us, with what it misses (IK3 3) and what is not "
        "of it (IK3 2, IK4 7).",
        "pyx12 leaves out its first segment and stays where it was.",
        Example("835/835_example", "REF*TJ*987654321~", "N1*PR*MEDICARE PART B IL~\nREF*TJ*987654321~"),
        _late_loop,
    ),
    Difference(
        "missing_loop",
        "ours",
        "A required loop that is missing is IK3 I7 to us and IK3 3 of its first segment to pyx12.",
        "The 999 guide has I7 for it; pyx12's walker does not know it.",
        Example("837p/claim_without_lines"),
        _missing_loop,
    ),
    Difference(
        "same_position",
        "ours",
        "Of two loops at one position, as 2010BA and 2010BB, it calls the first one missing (IK3 3) when the "
        "second comes first.",
        "Loops at one position may come in any order.",
        Example(
            "837p/837p_example",
            "NM1*IL*1*LEE*SAM****MI*W123456789~\nNM1*PR*2*EXAMPLE HEALTH PLAN*****PI*99999~",
            "NM1*PR*2*EXAMPLE HEALTH PLAN*****PI*99999~\nNM1*IL*1*LEE*SAM****MI*W123456789~",
        ),
        _same_position,
    ),
    Difference(
        "begins_again",
        "ours",
        "Where a loop begins again at once we say what the one before misses (IK3 3, I7).",
        "pyx12 looks for missing segments only behind the place it is at, and a loop's first segment is before them.",
        Example("837p/837p_example", "LX*2~", "LX*2~\nLX*3~"),
        _begins_again,
    ),
    Difference(
        "every_time",
        "both",
        "We say once that a segment or loop comes too often, pyx12 for each one more (IK3 4, IK3 5).",
        "Each is right; once is enough to mend it.",
        Example("837p/837p_example", "N3*100 MAIN ST~", "N3*100 MAIN ST~\nN3*100 MAIN ST~\nN3*100 MAIN ST~"),
        _every_time,
    ),
    Difference(
        "parts_of_a_set",
        "ours",
        "One more BPR, AK1 or AK9 is IK3 5 (late, out of place) to us; pyx12 says IK3 4 and reads on from there.",
        "Its maps put them into parts of the set, header and footer, that it counts and enters as loops.",
        Example("999/accepted", "AK1*HC*1*005010X222A1~", "AK1*HC*1*005010X222A1~\nAK1*HC*1*005010X222A1~"),
        _parts,
    ),
    # elements
    Difference(
        "white_space",
        "both",
        "Spaces and control characters at the ends of a segment are layout to us; pyx12 takes them for a part of "
        "the last element.",
        "Files are wrapped and padded on their way, and no value ends with a space. A strict reader would say IK4 6.",
        Example("837p/837p_example", "N3*12 OAK AVE~", "N3*12 OAK AVE ~"),
        _layout,
    ),
    Difference(
        "pyx12_fails",
        "ours",
        "A composite with a component too many (IK4 13) and a range of dates with two dashes (IK4 8) stop it: it "
        "says nothing more about the segment.",
        "It raises IndexError and ValueError.",
        Example("837p/837p_example", "***11:B:7*", "***11:B:7:1*"),
        _crash,
    ),
    Difference(
        "place_of_a_note",
        "ours",
        "Of a broken syntax note (IK4 2, IK4 10) we name the element that is missing or too much, pyx12 the first"
        " of the note; in its 999 it says only IK3 8.",
        "IK401 is the place of the element in error.",
        Example("837p/837p_example", "PER*IC*EDI DESK*TE*5555550100~", "PER*IC*EDI DESK*TE*5555550100*EM~"),
        _note,
    ),
    Difference(
        "said_once",
        "ours",
        "A required element that a note wants too is IK4 1 only, one that is not used and excluded by a note I10 "
        "only; pyx12 says both.",
        "It is one fault.",
        Example("837p/837p_example", "REF*EI*987654321~", "REF*EI~"),
        _said_once,
    ),
    Difference(
        "lone_minus",
        "ours",
        "A minus sign alone is no number to us (IK4 6), to pyx12 only too short (IK4 4).",
        "Its expression for a decimal number matches it.",
        Example("835/835_example", "CLP*CLN1-000101*1*295*", "CLP*CLN1-000101*1*-*"),
        _lone_minus,
    ),
    Difference(
        "parts_of_a_cent",
        "ours",
        "An amount with parts of a cent is none of the guide to us (IK4 I12), and nothing to pyx12.",
        "The guides write amounts with two decimals at most; zeros behind them say nothing, so they may stand.",
        Example("835/835_example", "CLP*CLN1-000101*1*295*", "CLP*CLN1-000101*1*295.001*"),
        _parts_of_a_cent,
    ),
    Difference(
        "components_of_an_element",
        "ours",
        "Components in an element that is no composite are IK4 13 to us (I10 if it is not used) and IK4 6 to pyx12.",
        "The separator is no character of the value.",
        Example("837p/837p_example", "REF*EI*987654321~", "REF*EI*987:654321~"),
        _component,
    ),
    Difference(
        "first_component",
        "ours",
        "The first component of a situational composite that is there is required to us (IK4 1), and not to pyx12.",
        "The guide says R: without its qualifier the rest means nothing.",
        Example("837p/837p_example", "*ABF:M6281~", "*:M6281~"),
        _first_component,
    ),
    Difference(
        "repetitions",
        "ours",
        "We split an element at the repetition separator and count (IK4 12); pyx12 takes it for a character of "
        "the value.",
        "ISA11 has been the repetition separator since 00501; the reader of pyx12 reads and then ignores it.",
        Example("837p/837p_example", "REF*EI*987654321~", "REF*EI*987654321^1~"),
        _repetition,
    ),
    Difference(
        "control_characters",
        "ours",
        "0x00 and 0x7F are control characters to us, and nothing more is said of the value (IK4 6).",
        "pyx12 leaves them out of its list, so it goes on to length, type and codes.",
        Example("837p/837p_example", "DMG*D8*19500115*F~", "DMG*D8*195001\x7f15*F~"),
        _control,
    ),
    Difference(
        "short_time",
        "ours",
        "A time of two or three digits is no time to us (IK4 9), to pyx12 only too short (IK4 4).",
        "It compares the minutes that are not there as text.",
        Example("837p/837p_example", "BATCH0001*20261123*0900*CH", "BATCH0001*20261123*09*CH"),
        _short_time,
    ),
    Difference(
        "trailing_separators",
        "both",
        "Element separators without a value at the end of a segment are a warning to us and IK3 8 to pyx12.",
        "X12 forbids them, receivers read over them, and the 999 has no word for them.",
        Example("837p/837p_example", "REF*EI*987654321~", "REF*EI*~"),
        _separators,
    ),
    Difference(
        "empty_segment",
        "both",
        "A segment without any value is IK3 8 to pyx12; to us it is the elements that it misses (IK4 1), if any.",
        "X12 has no such segments; the elements mostly say it all.",
        Example("837p/837p_example", "REF*EI*987654321~", "REF~"),
        _empty,
    ),
    Difference(
        "own_count",
        "ours",
        "After an HL that is missing, has a wrong number or a parent that is not there, it refuses right numbers and "
        "parents (IK4 7).",
        "It goes by its own count instead of HL01, and forgets all levels above.",
        Example("277ca/277ca_example", "HL*4*3*PT", "HL*4*X*PT"),
        _own_count,
    ),
    # the envelope
    Difference(
        "words_of_the_envelope",
        "ours",
        "The same place of ISA, GS, ST and their trailers is wrong for both, in other words of TA1, AK9 and IK5.",
        "In a 999 of pyx12 each wrong element of GS and GE is AK905 1, save 06 and 08; it looks at each trailer's"
        " count and number twice.",
        Example("837p/837p_example", "*20261123*0900*1*X*", "*20261123*0960*1*X*"),
        _envelope_word,
    ),
    Difference(
        "missing_trailers",
        "ours",
        "We say of an SE, GE or IEA that is missing so at its header; pyx12 at the end of the file or at the "
        "trailer around it, or as IK3 3, or not at all.",
        "At the end it knows the open headers only by their numbers.",
        Example("837p/837p_example", "SE*108*0001~\n", ""),
        _trailer,
    ),
    Difference(
        "groups_without_a_map",
        "ours",
        "A group with a GS01 or GS08 that pyx12 does not know is not read by it at all.",
        "Its index of maps has no entry, and it raises EngineError. We go by the transaction set.",
        Example("837p/837p_example", "GS*HC*", "GS*ZZ*"),
        _no_map,
    ),
    Difference(
        "versions",
        "ours",
        "An ST03 that is not the guide's, or another than GS08, is a warning or IK5 19 to us.",
        "The map of 837 takes any ST03; that of 835 none, so that one is IK5 I6 (in its 999: nothing).",
        Example("837p/837p_example", "*0001*005010X222A1~", "*0001*005010X223A2~"),
        _version,
    ),
    Difference(
        "other_interchange_versions",
        "ours",
        "With an ISA12 other than 00501 and 00401 it reads nothing; with 00401 it refuses ISA11 (TA1 016).",
        "It chooses its map by ISA12. We say TA1 003 or 017 and read on.",
        Example("837p/837p_example", "*^*00501*", "*^*00502*"),
        _other_version,
    ),
    Difference(
        "shape_of_the_file",
        "ours",
        "It reads nothing of a file that is wrapped, begins with blank lines, a letter or a byte order mark, or has an "
        "ISA that is not 106 characters wide.",
        "It takes the separators from fixed places. We look for the ISA and take it apart.",
        Example("envelope/wrapped_at_80_columns"),
        _shape,
    ),
    Difference(
        "text_between_interchanges",
        "ours",
        "Text between two interchanges is a warning to us; pyx12 takes it for segments (IK3 1) and may fail.",
        "It splits the whole file at the terminator.",
        Example("envelope/text_between_two_interchanges"),
        _text_between,
    ),
    Difference(
        "padding_between_segments",
        "ours",
        "Blank lines with spaces between segments are layout to us and IK3 1 to pyx12.",
        "It allows line ends only.",
        Example("envelope/padding_between_segments"),
        _padding,
    ),
    Difference(
        "last_terminator",
        "ours",
        "The last segment without its terminator is read by us and not by pyx12 (TA1 023).",
        "Nothing is missing from the file but that one character.",
        Example("envelope/last_terminator_missing"),
        _last_terminator,
    ),
    Difference(
        "separators_in_the_isa",
        "ours",
        "Control characters as separators are refused by pyx12 in ISA11 and ISA16 (TA1 016, TA1 027).",
        "X12 recommends them: they stand in no value.",
        Example("envelope/braces_and_control_characters_as_delimiters"),
        _marks,
    ),
    Difference(
        "one_separator_for_two",
        "ours",
        "An ISA16 that is the element separator is TA1 027 to us; pyx12 fails on it.",
        "The separators must differ; an ISA that ends with one more of them is none of 16 elements to it.",
        Example("envelope/isa_component_separator_is_the_element_separator"),
        _one_mark,
    ),
    Difference(
        "said_in_the_header",
        "both",
        "A control number that is wrong in the header and the same in the trailer is said once by us, twice by pyx12.",
        "It is one fault.",
        Example("envelope/gs_control_number_with_a_letter"),
        _said_in_header,
    ),
    Difference(
        "blank_ids",
        "ours",
        "A sender or receiver id of spaces is TA1 006 or 008 to us.",
        "It is there and of the right width, so the map has nothing against it.",
        Example("837p/837p_example", "*ZZ*SUBMITTER01    *", "*ZZ*               *"),
        _blank_id,
    ),
    Difference(
        "interchange_of_ta1",
        "ours",
        "It misses a GS in an interchange of TA1 alone (IK3 3).",
        "X12 sends acknowledgments of interchanges without a group.",
        Example("ta1/accepted"),
        _no_group,
    ),
    Difference(
        "empty_components_of_a_number",
        "ours",
        "A control number with an empty component behind it is another number to us.",
        "pyx12 drops empty components before it compares.",
        Example("837p/837p_example", "0900*1*X*", "0900*1:*X*"),
        _empty_ends,
    ),
)
