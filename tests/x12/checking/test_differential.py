"""Ours beside pyx12: over all samples and thousands of spoiled ones, each disagreement has a documented reason."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from claimloom.x12.checking.check import check
from claimloom.x12.guides.findings import Finding
from claimloom.x12.reading.source import X12Error
from tests.x12.checking.differences import DIFFERENCES, Comparison, Difference, explain, key
from tests.x12.checking.verdicts import kept, stamp, verdict
from tests.x12.mutate import mutants

ROOT = Path(__file__).parents[3]
SAMPLES = ROOT / "edi_samples"
# How many mutants of each good sample of a kind; the number of good samples makes thousands of them.
EACH = {"837p": 60, "835": 60, "999": 150, "277ca": 150, "ta1": 60}
CHUNKS = 4
AT_LEAST = 5_000


@cache
def samples(kind: str) -> tuple[Path, ...]:
    return tuple(sorted((SAMPLES / kind).glob("*.edi")))


def read(path: Path) -> str:
    return path.read_text(encoding="latin-1")


def ours(text: str) -> list[Finding]:
    try:
        return check(text.encode("latin-1")).findings
    except X12Error:
        return []


def compared(text: str) -> Comparison:
    return Comparison(text, ours(text), verdict(text))


def unexplained(text: str, name: str) -> Iterator[str]:
    """Each disagreement without a reason, with its segment."""
    file = compared(text)
    for case in file.disagreements():
        if not explain(case):
            other = sorted(case.others)
            yield f"{name}: only {case.side} says {key(case.finding)} of {case.finding.segment}; the other {other}"


def spoiled(kind: str, chunk: int) -> Iterator[tuple[str, str]]:
    """Mutants of every CHUNKS-th good sample of a kind, with a name."""
    for place, path in enumerate(samples(kind)):
        text = read(path)
        if place % CHUNKS == chunk and not any(each.severity == "error" for each in ours(text)):
            for mutant in mutants(text, EACH[kind], seed=place):
                yield mutant.text, f"{path.name}, {mutant.kind}, {mutant.what}"


@pytest.mark.parametrize("kind", [*EACH, "envelope"])
def test_samples(kind: str) -> None:
    assert [said for path in samples(kind) for said in unexplained(read(path), path.name)] == []


@pytest.mark.parametrize("chunk", [0, *(pytest.param(each, marks=pytest.mark.long) for each in range(1, CHUNKS))])
@pytest.mark.parametrize("kind", EACH)
def test_spoiled_samples(kind: str, chunk: int) -> None:
    assert [said for text, name in spoiled(kind, chunk) for said in unexplained(text, name)] == []


def test_what_is_kept_of_pyx12_is_of_this_version_and_of_these_samples() -> None:
    """Else everything is asked for anew, which is right and takes minutes: python -m tests.x12.checking.verdicts."""
    assert kept()["stamp"] == stamp()
    assert len(kept()["verdicts"]) > AT_LEAST


def test_there_are_enough_spoiled_samples() -> None:
    good = {
        kind: [path for path in samples(kind) if not any(f.severity == "error" for f in ours(read(path)))]
        for kind in EACH
    }
    counts = {kind: len(good[kind]) * EACH[kind] for kind in EACH}
    assert sum(counts.values()) > AT_LEAST, counts
    assert min(counts[kind] for kind in ("837p", "835", "999", "277ca")) > 500, counts


@pytest.mark.parametrize("difference", DIFFERENCES, ids=lambda difference: difference.name)
def test_example_of_a_difference(difference: Difference) -> None:
    """An entry that its own example does not meet any more has no reason to be there."""
    example = difference.example
    text = read(SAMPLES / f"{example.sample}.edi")
    assert example.old in text
    file = compared(text.replace(example.old, example.new, 1))
    reasons = {explain(case) for case in file.disagreements()}
    assert difference.name in reasons
    assert "" not in reasons


def test_the_page_says_what_the_data_says() -> None:
    page = (ROOT / "docs" / "x12-differences.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    assert sorted(rows) == sorted(row(each) for each in DIFFERENCES)  # the page groups them by kind


def row(each: Difference) -> str:
    """A line of the page's table."""
    example = each.example
    change = f"`{shown(example.old)}` → `{shown(example.new)}`" if example.new else f"without `{shown(example.old)}`"
    where = f"{example.sample}: {change}" if example.old else example.sample
    return f"| `{each.name}` | {each.right} | {each.what} | {each.why} | {where} |"


def shown(text: str) -> str:
    """On one line; an unprintable character as its number."""
    return "".join(each if each.isprintable() else f"<{ord(each):02X}>" for each in text.replace("\n", " ").strip())
