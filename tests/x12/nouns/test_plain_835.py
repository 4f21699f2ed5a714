"""The reader of 835s beside a plain one: over all samples and thousands of spoiled ones the same nouns and refusals."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from random import Random

import pytest

from claimloom.x12.nouns.read_835 import Remittance, Unreadable, read_835
from claimloom.x12.reading.source import X12Error
from tests.x12.mutate import Good, mutants
from tests.x12.nouns import plain_835

ROOT = Path(__file__).parents[3]
SAMPLES = sorted((ROOT / "edi_samples").rglob("*.edi*"))
PAYMENTS = [path for path in SAMPLES if path.parent.name == "835"]
EACH = 74
CHUNKS = 5
AT_LEAST = 5_000
DELIMITERS = ["|>^~", "*:^\n", "\x1d\x1f\x1e\x1c", "*<^~", "+:!'", "*:A~", "*-^~"]
# Segments of which something is read.
READ = {"BPR", "TRN", "DTM", "N1", "REF", "CLP", "CAS", "NM1", "MOA", "SVC", "LQ", "AMT", "PLB"}
ODD = ["", "1.", ".5", "+5", "-0", "1E3", "1,00", "--1", "-", "1.005", "1.500", "9" * 19, " 5", "٣", "-12.3"]


def told(data: bytes) -> tuple[list[Remittance | Unreadable], str]:
    """What the product's reader gives: transactions, or why there are none."""
    try:
        return read_835(data), ""
    except X12Error as error:
        return [], str(error)


def told_plainly(data: bytes) -> tuple[list[Remittance | list[str]], str]:
    """The same of the plain one."""
    try:
        return plain_835.read(data), ""
    except X12Error as error:
        return [], str(error)


def differences(data: bytes, name: str) -> Iterator[str]:
    """Where the two do not say the same."""
    (ours, refused), (plain, refused_plainly) = told(data), told_plainly(data)
    if refused != refused_plainly or len(ours) != len(plain):
        yield f"{name}: {len(ours)} {refused!r}, plainly {len(plain)} {refused_plainly!r}"
        return
    for one, other in zip(ours, plain, strict=True):
        if not plain_835.same(one, other):
            yield f"{name}: {one}, plainly {other}"


def spoiled_once(path: Path, seed: int) -> Iterator[tuple[str, str]]:
    """In the ways that the checks are tested with."""
    for mutant in mutants(path.read_text(encoding="latin-1"), EACH // 2, seed):
        yield mutant.text, mutant.what


def spoiled_elements(path: Path, seed: int) -> Iterator[tuple[str, str]]:
    """Up to three elements left out, put elsewhere, said twice or without sense; some segments and delimiters too."""
    good, random = Good.parse(path.read_text(encoding="latin-1")), Random(seed)
    inside = good.places(lambda name: name in READ)
    for number in range(EACH - EACH // 2):
        segments, what = [list(each) for each in good.segments], []
        for at in random.choices(inside, k=random.choice([1, 1, 2, 3])):
            kind = random.choice(list(ELEMENTS))
            ELEMENTS[kind](segments[at], random)
            what.append(f"{segments[at][0]} at {at + 1} {kind}")
        if number % 4 == 0:
            segments.insert(random.choice(inside), segments.pop(random.choice(inside)))
        marks = random.choice(DELIMITERS) if number % 3 == 0 else ""
        yield with_delimiters(good, segments, marks) if marks else good.text(segments), f"{what} {marks!r}"


def _cut(segment: list[str], random: Random) -> None:
    del segment[random.randrange(1, len(segment) + 1) :]


def _left_out(segment: list[str], random: Random) -> None:
    if len(segment) > 1:
        del segment[random.randrange(1, len(segment))]


def _swapped(segment: list[str], random: Random) -> None:
    if len(segment) > 1:
        one, other = random.choices(range(1, len(segment)), k=2)
        segment[one], segment[other] = segment[other], segment[one]


def _doubled(segment: list[str], random: Random) -> None:
    segment.insert(random.randrange(1, len(segment) + 1), random.choice(segment))


def _odd(segment: list[str], random: Random) -> None:
    if len(segment) > 1:
        segment[random.randrange(1, len(segment))] = random.choice(ODD)


ELEMENTS = {"cut": _cut, "left out": _left_out, "swapped": _swapped, "doubled": _doubled, "odd": _odd, "o": _odd}


def with_delimiters(good: Good, segments: list[list[str]], marks: str) -> str:
    """The file with other delimiters, whatever its values hold."""
    element, component, repetition, terminator = marks
    change = str.maketrans({good.component: component, good.repetition: repetition})
    isa = [*segments[0]]
    isa[11], isa[16] = repetition, component
    rest = [[value.translate(change) for value in segment] for segment in segments[1:]]
    return "".join(element.join(segment) + terminator for segment in [isa, *rest])


@cache
def spoiled(chunk: int) -> list[tuple[str, str]]:
    """Every CHUNKS-th sample's, each with a name."""
    return [
        (text, f"{path.name}, {what}")
        for place, path in enumerate(PAYMENTS)
        if place % CHUNKS == chunk
        for some in (spoiled_once(path, place), spoiled_elements(path, place))
        for text, what in some
    ]


def test_there_are_enough_and_of_each_outcome() -> None:
    every = [told(text.encode("utf-8")) for chunk in range(CHUNKS) for text, _ in spoiled(chunk)]
    assert len(every) >= AT_LEAST
    assert sum(bool(refused) for _, refused in every) > 50
    assert sum(any(isinstance(one, Unreadable) for one in ours) for ours, _ in every) > 400
    assert sum(any(isinstance(one, Remittance) and one.unreadable for one in ours) for ours, _ in every) > 400
    balanced = [not one.imbalances for ours, _ in every for one in ours if isinstance(one, Remittance)]
    assert min(balanced.count(True), balanced.count(False)) > 200, (balanced.count(True), balanced.count(False))


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_samples(path: Path) -> None:
    assert list(differences(path.read_bytes(), path.name)) == []


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_spoiled_samples(chunk: int) -> None:
    found = [said for text, name in spoiled(chunk) for said in differences(text.encode("utf-8"), name)]
    assert found == []
