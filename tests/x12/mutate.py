"""Files with one fault each, made from a good one: the same text, count and seed give the same files in any process.

The kinds take turns, and each kind goes over the segments that it can spoil in an order of its own before it meets one
again, so that a few hundred mutants touch every segment. A mutant is not always wrong: a segment that may repeat can be
doubled, and a longer name may still fit. What is wrong with it is for the checkers to say, and they have to agree.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from random import Random
from typing import Final

ENVELOPE: Final = {"ISA", "GS", "ST", "SE", "GE", "IEA"}


@dataclass(frozen=True, slots=True)
class Mutant:
    """A spoiled file. ``what`` names the segment by its id and its number in the good file, from ISA = 1."""

    kind: str
    text: str
    what: str


@dataclass(frozen=True, slots=True)
class Good:
    """A good file in its parts: each segment is its id and its elements."""

    segments: list[list[str]]
    element: str
    repetition: str
    component: str
    terminator: str

    @classmethod
    def parse(cls, text: str) -> Good:
        element, repetition, component, terminator = text[3], text[82], text[104], text[105]
        segments = [raw.strip("\r\n").split(element) for raw in text.split(terminator) if raw.strip("\r\n")]
        return cls(segments, element, repetition, component, terminator)

    def text(self, segments: list[list[str]]) -> str:
        return "".join(self.element.join(segment) + self.terminator + "\n" for segment in segments)

    def places(self, wanted: Callable[[str], bool]) -> list[int]:
        """Indexes of the segments with such an id."""
        return [index for index, segment in enumerate(self.segments) if wanted(segment[0])]


# A change of a whole file: it gets the good one and the index of a segment, and gives the segments and a word for them.
Change = Callable[[Good, int, Random], tuple[list[list[str]], str] | None]
# A change of one value. None where the value has nothing to change.
Spoil = Callable[[str, Good, Random], str | None]


def mutants(text: str, count: int, seed: int) -> Iterator[Mutant]:
    """``count`` different mutants of a good file, the kinds by turns; fewer if there are no more."""
    good, random = Good.parse(text), Random(f"{seed}")
    turns = {kind: _turns(good.places(wanted), random) for kind, (wanted, _) in KINDS.items()}
    seen = {good.text(good.segments)}
    while turns:
        for kind in list(turns):
            mutant = _next(kind, good, turns[kind], random, seen)
            if mutant is None:
                del turns[kind]
                continue
            if count <= 0:
                return
            seen.add(mutant.text)
            count -= 1
            yield mutant


def _turns(places: list[int], random: Random) -> Iterator[int]:
    """The places over and over, each time in another order."""
    while places:
        yield from random.sample(places, len(places))


def _next(kind: str, good: Good, turns: Iterator[int], random: Random, seen: set[str]) -> Mutant | None:
    """The next mutant of a kind that nobody saw, or None after as many tries as it has places, and some more."""
    for index in islice(turns, len(good.segments) + 20):
        if changed := KINDS[kind][1](good, index, random):
            segments, word = changed
            if (text := good.text(segments)) not in seen:
                return Mutant(kind, text, f"{good.segments[index][0]} at {index + 1}: {word}")
    return None


# --- segments


def _dropped(good: Good, index: int, _: Random) -> tuple[list[list[str]], str]:
    return good.segments[:index] + good.segments[index + 1 :], "dropped"


def _doubled(good: Good, index: int, _: Random) -> tuple[list[list[str]], str]:
    return good.segments[: index + 1] + good.segments[index:], "doubled"


def _swapped(good: Good, index: int, _: Random) -> tuple[list[list[str]], str] | None:
    head, both, tail = good.segments[:index], good.segments[index : index + 2], good.segments[index + 2 :]
    if len(both) < 2 or both[1][0] in ENVELOPE:
        return None
    return head + both[::-1] + tail, f"after {both[1][0]}"


def _moved(good: Good, index: int, random: Random) -> tuple[list[list[str]], str]:
    rest = good.segments[:index] + good.segments[index + 1 :]
    to = random.choice([at for at in range(3, len(rest) - 2) if at != index] or [index])
    return [*rest[:to], good.segments[index], *rest[to:]], f"moved to {to + 1}"


def _unknown(good: Good, index: int, random: Random) -> tuple[list[list[str]], str]:
    stranger = [random.choice(["ZZZ", "QQ9", "NTX", "N9", "CR3", "G2"]), "AA", "1"]
    return [*good.segments[: index + 1], stranger, *good.segments[index + 1 :]], f"followed by {stranger[0]}"


def _other_id(good: Good, index: int, random: Random) -> tuple[list[list[str]], str]:
    segment = [random.choice(["X", "NM1X", "nm1", "1AB", "N-1", "K3", "REF", "DTP"]), *good.segments[index][1:]]
    return _with(good, index, segment), f"named {segment[0]}"


# --- elements


def _element(spoil: Spoil, wanted: str = ".") -> Change:
    """Spoil one element, or one component of it, whose value is like ``wanted``."""
    pattern = re.compile(wanted)

    def change(good: Good, index: int, random: Random) -> tuple[list[list[str]], str] | None:
        segment = good.segments[index]
        choices = [
            (at, part)
            for at in range(1, len(segment))
            for part, value in enumerate(segment[at].split(good.component))
            if pattern.search(value)
        ]
        for at, part in random.sample(choices, len(choices)):
            parts = segment[at].split(good.component)
            spoiled = spoil(parts[part], good, random)
            if spoiled is not None and spoiled != parts[part]:
                place = f"{at:02d}-{part + 1}" if len(parts) > 1 else f"{at:02d}"
                value = good.component.join([*parts[:part], spoiled, *parts[part + 1 :]])
                return _with(good, index, [*segment[:at], value, *segment[at + 1 :]]), f"{place} {spoiled[:20]!r}"
        return None

    return change


def _with(good: Good, index: int, segment: list[str]) -> list[list[str]]:
    return [*good.segments[:index], segment, *good.segments[index + 1 :]]


def _longer(value: str, _: Good, random: Random) -> str:
    return value + value[-1] * random.choice([1, 2, 9, 30, 80, 300])


def _shorter(value: str, _: Good, random: Random) -> str | None:
    return value[: random.randrange(1, len(value))] if len(value) > 1 else None


def _letter(value: str, _: Good, random: Random) -> str:
    at = random.randrange(len(value))
    return value[:at] + random.choice("XQ") + value[at + 1 :]


def _odd_number(value: str, _: Good, random: Random) -> str:
    return random.choice(
        ["1.", ".5", "+5", "-0", "1E3", "01.50", "--1", "1-", ".", "-", "1.2.3", "-5", "0", "1 2", "5.0"]
    )


def _bad_date(value: str, _: Good, random: Random) -> str:
    year = value[:4]
    ends = ["1341", "0230", "0931", "0000", "1", "11", "111", "11310", "02 1", "AB12", "0229"]
    return random.choice([f"{year}{end}" for end in ends] + ["17991231", "00001122", value[2:], f"{value}-{value}"])


def _bad_time(value: str, _: Good, random: Random) -> str:
    return random.choice(["2400", "0960", "9", "09", "090", "09000", "090060", "0900000", "090000000", "09:0", "AB00"])


def _bad_range(value: str, _: Good, random: Random) -> str:
    return random.choice([value.replace("-", ""), value[:8], f"{value}-", f"-{value}", value.replace("-", "--")])


def _other_code(value: str, _: Good, random: Random) -> str:
    return random.choice(["ZQ", "QZ", "ZQX", "9", "X", "77", value[::-1], value + "Z"])


def _lower(value: str, _: Good, random: Random) -> str | None:
    return value.lower() if value.lower() != value else None


def _character(value: str, _: Good, random: Random) -> str:
    at = random.randrange(len(value) + 1)
    return value[:at] + random.choice("`$#@!|{}\\\u007f\u00e9\u00df") + value[at:]


def _control(value: str, _: Good, random: Random) -> str:
    at = random.randrange(len(value) + 1)
    return value[:at] + random.choice("\t\x07\x01\x1d\x00\x0b") + value[at:]


def _spaces(value: str, _: Good, random: Random) -> str:
    return random.choice([f" {value}", f"{value} ", f"{value}   ", " ", "   "])


def _repetition(value: str, good: Good, random: Random) -> str:
    return random.choice([f"{value}{good.repetition}{value}", f"{value}{good.repetition}", f"{good.repetition}{value}"])


def _component(value: str, good: Good, random: Random) -> str:
    return f"{value}{good.component}{random.choice(['X', value, ''])}"


def _extra_component(good: Good, index: int, random: Random) -> tuple[list[list[str]], str] | None:
    """More components than any composite of the guides has."""
    segment = good.segments[index]
    choices = [at for at in range(1, len(segment)) if good.component in segment[at]]
    if not choices:
        return None
    at = random.choice(choices)
    extra = segment[at] + good.component * (14 - segment[at].count(good.component)) + "X"
    return _with(good, index, [*segment[:at], extra, *segment[at + 1 :]]), f"{at:02d} of 15 components"


def _extra_element(good: Good, index: int, random: Random) -> tuple[list[list[str]], str]:
    segment = good.segments[index]
    gap = random.choice([0, 0, 1, 3, 20])
    return _with(good, index, [*segment, *[""] * gap, "X"]), f"element {len(segment) + gap:02d} added"


def _trailing(good: Good, index: int, random: Random) -> tuple[list[list[str]], str]:
    """Separators without a value behind them."""
    count = random.choice([1, 2])
    if random.random() < 0.5 or len(good.segments[index]) == 1:
        return _with(good, index, [*good.segments[index], *[""] * count]), f"{count} empty elements at the end"
    *most, last = good.segments[index]
    return _with(good, index, [*most, last + good.component * count]), f"{count} empty components at the end"


def _cut(good: Good, index: int, random: Random) -> tuple[list[list[str]], str] | None:
    """Elements missing at the end, as from a writer that stops early."""
    segment = good.segments[index]
    if len(segment) < 2:
        return None
    keep = random.randrange(1, len(segment))
    return _with(good, index, segment[:keep]), f"cut after {keep - 1:02d}"


# --- envelope


def _count(good: Good, index: int, random: Random) -> tuple[list[list[str]], str]:
    segment = good.segments[index]
    count = random.choice([str(int(segment[1]) + 1), "0", "999999", "", "X", "-1", f"0{segment[1]}", f"{segment[1]} "])
    return _with(good, index, [segment[0], count, *segment[2:]]), f"01 {count!r}"


def _number(good: Good, index: int, random: Random) -> tuple[list[list[str]], str]:
    """A control number of a header or of a trailer that is not the other's any more."""
    segment = list(good.segments[index])
    at = {"ISA": 13, "GS": 6, "ST": 2}.get(segment[0], 2)
    old = segment[at]
    ends = ["0", "1", "7", "X"] if segment[0] == "ISA" else ["0", "1", "7", "X", "", "0000000001", " "]
    end = random.choice([each for each in ends if each != old[-1:]])
    segment[at] = old[:-1] + end
    return _with(good, index, segment), f"{at:02d} {segment[at]!r}"


def _interchange_value(good: Good, index: int, random: Random) -> tuple[list[list[str]], str]:
    """A value of the ISA of the same width, so that the file can still be read."""
    places = [(1, "01"), (1, "ZQ"), (2, "SECRET    "), (3, "02"), (5, "XX"), (7, "ZQ"), (6, " " * 15), (15, "I")]
    places += [
        (9, "261341"),
        (9, "2611 3"),
        (10, "2500"),
        (10, "09X0"),
        (12, "00401"),
        (12, "00502"),
        (14, "2"),
        (15, "X"),
    ]
    at, value = random.choice(places)
    segment = list(good.segments[index])
    segment[at] = value
    return _with(good, index, segment), f"{at:02d} {value!r}"


def _group_value(good: Good, index: int, random: Random) -> tuple[list[list[str]], str]:
    places = [
        (1, "ZZ"),
        (1, "HX"),
        (2, ""),
        (3, ""),
        (2, "X" * 16),
        (4, "20261341"),
        (4, "261123"),
        (5, "2560"),
        (5, "9"),
    ]
    places += [(7, "Y"), (7, "T"), (8, "005010X000"), (8, "004010"), (8, ""), (5, "09000012"), (5, "090000123")]
    at, value = random.choice(places)
    segment = list(good.segments[index])
    segment[at] = value
    return _with(good, index, segment), f"{at:02d} {value!r}"


def _transaction_value(good: Good, index: int, random: Random) -> tuple[list[list[str]], str]:
    places = [(1, "836"), (1, ""), (1, "83"), (3, "005010X000"), (3, "x"), (3, ""), (3, "X" * 40)]
    at, value = random.choice(places)
    segment = [*good.segments[index], "", ""][: max(len(good.segments[index]), at + 1)]
    segment[at] = value
    return _with(good, index, segment), f"{at:02d} {value!r}"


def _block_doubled(good: Good, index: int, _: Random) -> tuple[list[list[str]], str] | None:
    """A transaction, group or interchange twice, so with the same control number; the outer counts stay as they are."""
    trailer = {"ISA": "IEA", "GS": "GE", "ST": "SE"}[good.segments[index][0]]
    end = next((at for at in range(index, len(good.segments)) if good.segments[at][0] == trailer), None)
    if end is None:
        return None
    return good.segments[: end + 1] + good.segments[index:], f"doubled up to its {trailer}"


def _inside(name: str) -> bool:
    return name not in ENVELOPE


def _anywhere(name: str) -> bool:
    return name != "ISA"


def _one_of(*names: str) -> Callable[[str], bool]:
    return lambda name: name in names


DATE, TIME, RANGE = r"^(19|20)\d{6}$", r"^([01]\d|2[0-3])[0-5]\d$", r"^\d{8}-\d{8}$"
KINDS: Final[dict[str, tuple[Callable[[str], bool], Change]]] = {
    "segment_dropped": (_inside, _dropped),
    "segment_doubled": (_inside, _doubled),
    "segment_swapped": (_inside, _swapped),
    "segment_moved": (_inside, _moved),
    "segment_unknown": (_inside, _unknown),
    "segment_renamed": (_inside, _other_id),
    "segment_cut": (_inside, _cut),
    "element_emptied": (_anywhere, _element(lambda _value, _good, _random: "")),
    "element_longer": (_anywhere, _element(_longer)),
    "element_shorter": (_anywhere, _element(_shorter)),
    "letter_in_number": (_anywhere, _element(_letter, r"^[-.\d]+$")),
    "odd_number": (_inside, _element(_odd_number, r"^-?\d*\.?\d+$")),
    "bad_date": (_anywhere, _element(_bad_date, DATE)),
    "bad_time": (_anywhere, _element(_bad_time, TIME)),
    "bad_range": (_inside, _element(_bad_range, RANGE)),
    "other_code": (_anywhere, _element(_other_code, r"^[A-Z0-9]{1,3}$")),
    "lower_case": (_anywhere, _element(_lower)),
    "odd_character": (_anywhere, _element(_character)),
    "control_character": (_anywhere, _element(_control)),
    "spaces": (_anywhere, _element(_spaces)),
    "repetition": (_anywhere, _element(_repetition)),
    "component": (_anywhere, _element(_component)),
    "component_extra": (_inside, _extra_component),
    "element_extra": (_anywhere, _extra_element),
    "trailing_separators": (_anywhere, _trailing),
    "wrong_count": (_one_of("SE", "GE", "IEA"), _count),
    "wrong_control_number": (_one_of(*ENVELOPE), _number),
    "trailer_dropped": (_one_of("SE", "GE", "IEA"), _dropped),
    "interchange_value": (_one_of("ISA"), _interchange_value),
    "group_value": (_one_of("GS"), _group_value),
    "transaction_value": (_one_of("ST"), _transaction_value),
    "block_doubled": (_one_of("ISA", "GS", "ST"), _block_doubled),
}
