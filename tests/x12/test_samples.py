"""Every X12 file of edi_samples against what the guide says of it: expected.toml beside the files."""

from __future__ import annotations

import gzip
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest

from claimloom.x12.checking.check import check
from claimloom.x12.guides.findings import Finding
from claimloom.x12.reading.files import read, stream, write

FOLDER = Path(__file__).parents[2] / "edi_samples"
KINDS = ("837p", "835", "999", "277ca", "ta1", "neighbours", "envelope")
FILES = [path for kind in KINDS for path in sorted((FOLDER / kind).iterdir()) if path.suffix in (".edi", ".gz", ".zip")]
EXPECTED: dict[Path, dict[str, Any]] = {
    FOLDER / kind / name: told
    for kind in KINDS
    for name, told in tomllib.loads((FOLDER / kind / "expected.toml").read_text()).items()
}


def unpacked(path: Path) -> bytes:
    if path.suffix == ".gz":
        return gzip.decompress(path.read_bytes())
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            names = [name for name in sorted(archive.namelist()) if not name.startswith(("__MACOSX/", "."))]
            return b"".join(archive.read(name) for name in names)
    return path.read_bytes()


def answers(finding: Finding, wanted: dict[str, Any]) -> bool:
    """Whether a finding is the one that is wanted: its word and each place that is given."""
    if "ack" in wanted and finding.ack != wanted["ack"]:
        return False
    if "code" in wanted and finding.code != wanted["code"]:
        return False
    return all(
        getattr(finding, name) == wanted[name] for name in ("segment_number", "segment", "element") if name in wanted
    )


def test_there_are_enough_and_each_is_described() -> None:
    assert set(FILES) == set(EXPECTED)
    assert len(FILES) >= 300
    assert sum(not told["findings"] for told in EXPECTED.values()) >= 100


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_check_finds_what_the_guide_says_and_nothing_else(path: Path) -> None:
    told = EXPECTED[path]
    report = check(path)
    wanted = list(told["findings"])
    for finding in report.findings:
        fitting = [each for each in wanted if answers(finding, each)]
        assert fitting, f"not expected: {finding}"
        wanted.remove(fitting[0])
    assert wanted == []
    assert ("+".join(report.kinds) or "interchange without a transaction") == told["kind"]
    assert len(report.sets) == told["transactions"]
    assert report.ok == (not any(each.severity == "error" for each in report.findings))


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_what_was_read_is_written_again(path: Path) -> None:
    document = read(path)
    segments = document.segments()
    again = read(write(document))
    assert [each.text for each in again.segments()] == [each.text for each in segments]
    assert [each.number for each in segments] == list(range(1, document.segment_count + 1))


@pytest.mark.parametrize("path", [path for path in FILES if "wrapped" not in path.name], ids=lambda path: path.name)
def test_every_value_stands_where_it_says(path: Path) -> None:
    data = unpacked(path)
    for segment in read(path).segments():
        raw = segment.text.split(segment.delimiters.element)
        for position, element in enumerate(raw):
            at = segment.offset_of(position)
            assert data[at : at + len(element)].decode("latin-1") == element


@pytest.mark.parametrize(
    "path", [path for path in FILES if path.parent.name in ("837p", "835")], ids=lambda path: path.name
)
def test_a_stream_gives_the_same_claims_as_the_document(path: Path) -> None:
    name = "2300" if path.parent.name == "837p" else "2100"
    whole = [
        loop
        for transaction in read(path).transactions
        for loop in transaction.root.walk()
        if loop.id == name and transaction.known
    ]
    streamed = list(stream(path))
    assert [[each.text for each in loop.all_segments()] for loop in streamed] == [
        [each.text for each in loop.all_segments()] for loop in whole
    ]
    assert [[each.offset for each in loop.all_segments()] for loop in streamed] == [
        [each.offset for each in loop.all_segments()] for loop in whole
    ]
