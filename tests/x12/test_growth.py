"""What is done with a file grows with the file: of each way in which one can be long, by the lines of code that run."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from claimloom.x12.checking.check import check
from claimloom.x12.nouns.read_835 import read_835
from claimloom.x12.reading.document import Document
from claimloom.x12.reading.files import read, stream
from claimloom.x12.showing.describe import describe
from claimloom.x12.showing.diff import diff
from claimloom.x12.showing.mask import mask
from claimloom.x12.showing.split import join, split
from claimloom.x12.showing.tree import lines
from claimloom.x12.writing.acknowledge import acknowledge

SAMPLES = Path(__file__).parents[2] / "edi_samples"
PACKAGE = str(Path(__file__).parents[2] / "claimloom")
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
SIZES = (10, 20, 40)


def lines_run(work: Callable[[], Any]) -> int:
    """How many lines of the product a piece of work runs: the same on any machine."""
    count = 0

    def line(_frame: FrameType, event: str, _argument: object) -> Any:
        nonlocal count
        count += event == "line"
        return line

    def call(frame: FrameType, _event: str, _argument: object) -> Any:
        return line if frame.f_code.co_filename.startswith(PACKAGE) else None

    before = sys.gettrace()
    sys.settrace(call)
    try:
        work()
    finally:
        sys.settrace(before)
    return count


def grows(work: Callable[[Any], object], of_size: Callable[[int], Any]) -> list[int]:
    """Lines run at each size; what is remembered between calls is known before."""
    given = [of_size(size) for size in SIZES]
    work(given[-1])
    return [lines_run(partial(work, each)) for each in given]


def is_linear(counts: list[int]) -> bool:
    """Twice as much more for twice as much more, but for what is said once; a square would be four times."""
    small, middle, large = counts
    return large - middle <= 2.01 * (middle - small) + 200


def long_file(sample: str, begin: str, end: str) -> Callable[[int], bytes]:
    """A sample with what stands from one segment to before another as often as wanted."""
    segments = (SAMPLES / sample).read_text(encoding="ascii").split("~\n")
    at = next(place for place, each in enumerate(segments) if each.startswith(begin))
    to = next(place for place, each in enumerate(segments) if place > at and each.startswith(end))
    return lambda times: "~\n".join([*segments[:at], *segments[at:to] * times, *segments[to:]]).encode()


CLAIM, PAYMENT = "837p/medicare_primary_pt_with_referring.edi", "835/paid_with_copay.edi"
LONG = {
    "payments": long_file(PAYMENT, "CLP", "SE"),
    "lines of a payment": long_file(PAYMENT, "SVC", "SE"),
    "adjustments of a line": long_file(PAYMENT, "CAS", "AMT"),
    "provider adjustments": long_file("835/overpayment_recovered.edi", "PLB", "SE"),
    "sets of payments": long_file(PAYMENT, "ST", "GE"),
    "claims of a subscriber": long_file(CLAIM, "CLM", "SE"),
    "subscribers": long_file(CLAIM, "HL*2", "SE"),
    "providers": long_file(CLAIM, "HL*1", "SE"),
    "lines of a claim": long_file(CLAIM, "LX", "SE"),
    "sets of claims": long_file(CLAIM, "ST", "GE"),
    "other payers": long_file("837p/secondary_after_medicare_by_line.edi", "SBR*P", "LX"),
    "answers of other payers": long_file("837p/secondary_after_medicare_by_line.edi", "SVD", "LX*2"),
    "sets answered": long_file("999/rejected_segment_missing_and_one_unknown.edi", "AK2", "AK9"),
    "faults answered": long_file("999/rejected_segment_missing_and_one_unknown.edi", "IK3", "IK5"),
    "claims answered": long_file("277ca/accepted_by_the_payer.edi", "HL*4", "SE"),
    "levels of a neighbour": long_file("neighbours/271_thirty_visits_left.edi", "HL*3", "SE"),
}


def compared(data: bytes) -> list[Any]:
    return diff(read(data), read(data.replace(b"*HC:97", b"*HC:98").replace(b"*45*", b"*44*")))


def shown(data: bytes) -> tuple[list[Any], list[Any]]:
    document: Document = read(data)
    return list(describe(document)), list(lines(document))


DONE: dict[str, Callable[[bytes], object]] = {
    "read": read,
    "stream": lambda data: list(stream(data)),
    "check": check,
    "answer": lambda data: acknowledge(check(data), created=NOW),
    "show": shown,
    "mask": mask,
    "diff": compared,
    "split": lambda data: split(read(data)),
    "join": lambda data: join([read(data)]),
}

LATER = {"read", "answer", "mask"}


@pytest.mark.parametrize("what", [pytest.param(each, marks=pytest.mark.long if each in LATER else ()) for each in DONE])
@pytest.mark.parametrize("long", LONG)
def test_work_grows_with_the_file(long: str, what: str) -> None:
    counts = grows(DONE[what], LONG[long])
    assert is_linear(counts), counts


@pytest.mark.parametrize("long", [each for each in LONG if "pa" in each and "other" not in each])
def test_payments_are_read_in_proportion(long: str) -> None:
    counts = grows(read_835, LONG[long])
    assert is_linear(counts), counts


@pytest.mark.parametrize("by", ["claims", "provider"])
def test_claims_are_split_in_proportion(by: str) -> None:
    counts = grows(lambda data: split(read(data), by, claims=1), LONG["providers"])
    assert is_linear(counts), counts


def test_files_with_one_batch_number_are_joined_in_proportion() -> None:
    data = LONG["claims of a subscriber"](1)
    data = data if isinstance(data, bytes) else data.encode()
    number = read(data).interchanges[0].control_number.encode()
    most = [read(data.replace(number, b"%09d" % each)) for each in range(1, max(SIZES) + 1)]
    counts = grows(join, lambda size: most[:size])
    assert is_linear(counts), counts


def test_a_square_is_found_out() -> None:
    """What the files are held to here would see one."""
    assert not is_linear([size * size + 500 * size for size in SIZES])
    assert is_linear([1000 + 500 * size for size in SIZES])


def test_a_stream_of_small_interchanges_does_not_look_for_garbage_after_each() -> None:
    small = LONG["payments"](1)
    rounds: list[int] = []

    def look(phase: str, info: dict[str, int]) -> None:
        if phase == "start" and info["generation"] == 2:
            rounds.append(1)

    gc.collect()
    gc.callbacks.append(look)
    try:
        assert sum(1 for _ in stream(small * 400)) == 400
    finally:
        gc.callbacks.remove(look)
    assert len(rounds) <= 1, "400 interchanges of a claim are 12,000 segments"
