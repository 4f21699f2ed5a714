"""However a file is laid out, packed and cut into pieces, its segments are the same and stand where they say."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import io
import subprocess
import sys
import zipfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from claimloom.x12.checking.check import check
from claimloom.x12.reading.files import read_whole
from claimloom.x12.reading.source import LIMITS, X12Error
from claimloom.x12.reading.tokenizer import RawSegment, Tokenizer, async_segments, segments

FOLDER = Path(__file__).parents[3] / "edi_samples"
# Files whose layout is not the point: one interchange, ~ and line breaks.
FILES = [path for path in sorted(FOLDER.glob("*/*.edi")) if path.parent.name != "envelope" and path.stem[:3] != "cut"]
SAMPLE = (FOLDER / "835/835_example.edi").read_bytes()
# By hand, so that nothing of the tokenizer is in it: these samples have one interchange, ~ and line breaks.
PLAIN = [part.strip().split("*") for part in SAMPLE.decode("ascii").split("~") if part.strip()]


def elements(data: bytes | list[bytes]) -> list[list[str]]:
    return [segment.elements for segment in segments(data)]


def other_marks(data: bytes, element: bytes, component: bytes, terminator: bytes) -> bytes:
    """The same file with other delimiters, without line breaks."""
    unfolded = data.replace(b"\r", b"").replace(b"\n", b"")
    return unfolded.replace(b"*", element).replace(b":", component).replace(b"~", terminator)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_sample_is_split_as_by_hand_and_stands_where_it_says(path: Path) -> None:
    data = path.read_bytes()
    found = list(segments(path))
    assert [each.elements for each in found] == [
        part.strip().split("*") for part in data.decode("ascii").split("~") if part.strip()
    ]
    assert [each.number for each in found] == list(range(1, len(found) + 1))
    for segment in found:
        for position, element in enumerate(segment.elements):
            at = segment.offset_of(position)
            assert data[at : at + len(element)].decode("ascii") == element


LAYOUTS = {
    "line breaks of Windows": SAMPLE.replace(b"\n", b"\r\n"),
    "one line": SAMPLE.replace(b"\n", b""),
    "line break as terminator": SAMPLE.replace(b"\n", b"").replace(b"~", b"\n"),
    "CR LF as terminator": SAMPLE.replace(b"\n", b"").replace(b"~", b"\r\n"),
    "padding of several characters": SAMPLE.replace(b"\n", b"\r\n \t\r\n\x00"),
    "byte order mark": b"\xef\xbb\xbf" + SAMPLE,
    "space before and after": b" \r\n\r\n" + SAMPLE + b"\r\n \x1a",
    "a letter around it": b"From: payer\r\nSubject: VISA remittance\r\n\r\n" + SAMPLE + b"-- \r\nEnd of message\r\n",
    "wrapped at 80 columns": b"\r\n".join(
        SAMPLE.replace(b"\n", b"")[start : start + 80] for start in range(0, len(SAMPLE), 80)
    ),
    "no terminator at the end": SAMPLE.rstrip().removesuffix(b"~"),
    "gzip": gzip.compress(SAMPLE),
    "gzip of two members": gzip.compress(SAMPLE[:700]) + gzip.compress(SAMPLE[700:]),
}


@pytest.mark.parametrize("data", LAYOUTS.values(), ids=LAYOUTS)
def test_layout_makes_no_difference(data: bytes) -> None:
    assert elements(data) == PLAIN


@given(st.sampled_from(sorted(LAYOUTS)), st.lists(st.integers(1, 400), min_size=1, max_size=30))
def test_pieces_of_any_size_make_no_difference(name: str, sizes: list[int]) -> None:
    assert elements(list(cut(LAYOUTS[name], sizes))) == PLAIN


def cut(data: bytes, sizes: list[int]) -> Iterator[bytes]:
    place = turn = 0
    while place < len(data):
        size = sizes[turn % len(sizes)]
        yield data[place : place + size]
        place, turn = place + size, turn + 1


@given(st.lists(st.integers(1, 400), min_size=1, max_size=5))
def test_places_do_not_depend_on_the_pieces(sizes: list[int]) -> None:
    data = LAYOUTS["a letter around it"]
    for segment in segments(list(cut(data, sizes))):
        assert data[segment.offset :].startswith("*".join(segment.elements).encode() + b"~")


def test_interchanges_with_marks_of_their_own_follow_each_other() -> None:
    marks = [(b"*", b":", b"~"), (b"|", b">", b"\n"), (b"\x1d", b"\x1f", b"\x1c"), (b"+", b"<", b"'")]
    data = b"\n".join(other_marks(SAMPLE, *each) for each in marks)
    found = elements(data)
    count = len(PLAIN)
    assert len(found) == count * len(marks)
    for place, (_, component, _) in enumerate(marks):
        own = [[each.replace(component.decode(), ":") for each in some] for some in found[place * count :][:count]]
        assert own == PLAIN


def test_interchange_without_iea_ends_where_the_next_one_begins() -> None:
    short = SAMPLE[: SAMPLE.index(b"IEA*")]
    tokenizer = Tokenizer()
    runs = [*tokenizer.feed(short + SAMPLE), *tokenizer.close()]
    assert [run.elements(index) for run in runs for index in range(len(run.parts))] == PLAIN[:-1] + PLAIN
    assert [(fault.offset, fault.ta1) for fault in tokenizer.faults] == [(len(short), "023")]
    assert (tokenizer.interchanges, tokenizer.cut_off) == (2, False)


def test_cut_off_file_gives_what_it_holds_and_says_so() -> None:
    tokenizer = Tokenizer()
    runs = [*tokenizer.feed(SAMPLE[:1500]), *tokenizer.close()]
    found = [run.elements(index) for run in runs for index in range(len(run.parts))]
    assert found[:-1] == PLAIN[: len(found) - 1]
    assert tokenizer.cut_off


def test_files_put_together_without_their_last_terminators() -> None:
    bare = SAMPLE.rstrip().removesuffix(b"~")
    assert elements(bare + b"\n" + bare + b"\r\n" + SAMPLE) == PLAIN * 3


def test_text_outside_of_interchanges_is_named() -> None:
    tokenizer = Tokenizer()
    tokenizer.feed(b"hello\n" + SAMPLE + b"\nbye")
    tokenizer.close()
    assert [(stray.offset, stray.text) for stray in tokenizer.strays] == [(0, "hello"), (7 + len(SAMPLE), "bye")]


def test_text_outside_of_interchanges_beyond_the_limit_is_counted() -> None:
    data = b"hello\n" + SAMPLE + b"\nbye\n" + SAMPLE.replace(b"000000002", b"000000003")
    for most, said in (
        (0, ["text outside of an interchange at 2 places, from byte 0 on; it was not read"]),
        (
            1,
            [
                "text outside of an interchange at byte 0; it was not read",
                f"text outside of an interchange at 1 more place, from byte {7 + len(SAMPLE)} on; it was not read",
            ],
        ),
    ):
        report = check(data, replace(LIMITS, strays=most))
        assert report.ok
        assert [each.message for each in report.findings] == said
        assert {each.severity for each in report.findings} == {"warn"}


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"hello", "no ISA in the file"),
        (b"ISA*00*", "file ends at offset 7 inside the ISA segment"),
        (b"ISA*00*" * 60, "ISA does not hold its 16 elements"),
        (b" \n", "file is empty"),
    ],
)
@pytest.mark.parametrize("most", [0, 1, 100])
def test_what_is_no_x12_is_named_whatever_the_limit_of_texts(data: bytes, said: str, most: int) -> None:
    for source in (data, (data[at : at + 1] for at in range(len(data)))):
        with pytest.raises(X12Error, match=said):
            check(source, replace(LIMITS, strays=most))


def test_isa_of_wrong_width_is_read_and_named() -> None:
    narrow = SAMPLE.replace(b"*00*          *", b"*00**", 1)
    tokenizer = Tokenizer()
    runs = [*tokenizer.feed(narrow), *tokenizer.close()]
    assert [run.elements(index)[0] for run in runs for index in range(len(run.parts))] == [each[0] for each in PLAIN]
    assert [(fault.offset, fault.ta1) for fault in tokenizer.faults] == [(0, "022")]
    assert "ISA02" in tokenizer.faults[0].text


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_letters_of_other_alphabets_come_through(encoding: str) -> None:
    data = SAMPLE.decode("ascii").replace("DOE", "NÚÑEZ").encode(encoding)
    found = list(segments(data))
    named = [segment for segment in found if "NÚÑEZ" in segment.elements]
    assert named
    assert data[named[0].offset :].startswith(named[0].id.encode())
    after = found[named[0].number]
    assert data[after.offset :].startswith(after.id.encode() + b"*")


def zipped(**files: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return packed.getvalue()


def test_what_a_computer_adds_to_a_zip_is_passed_over() -> None:
    double = b"\x00\x05\x16\x07" + SAMPLE
    names = (
        "__MACOSX/._a.edi",
        "x/__MACOSX/b.edi",
        "._a.edi",
        ".DS_Store",
        "x/.DS_Store",
        "Thumbs.db",
        "x/desktop.ini",
    )
    packed = zipped(**{"x/a.edi": SAMPLE}, **dict.fromkeys(names, double))
    assert elements(packed) == PLAIN
    report = check(packed, replace(LIMITS, members=1))
    assert (report.findings, [each.name for each in report.members]) == ([], ["x/a.edi"])


def test_findings_of_a_zip_name_the_file_they_are_in(tmp_path: Path) -> None:
    bad = SAMPLE.replace(b"000000002", b"000000003").replace(b"DTM*405*202611", b"DTM*405*202613")
    cut = SAMPLE[: SAMPLE.index(b"GE*")]
    packed = zipped(**{"b/bad.edi": bad, "a cut.edi": cut, "c.txt": b"a letter", "d\x1b.edi": b"\n" + bad})
    path = tmp_path / "files.zip"
    path.write_bytes(packed)
    for source in (packed, path):
        report = check(source)
        assert [(each.member, each.code, each.ack) for each in report.findings] == [
            ("c.txt", "stray_text", ""),
            ("a cut.edi", "group", "AK9 3"),
            ("a cut.edi", "interchange", "TA1 023"),
            ("b/bad.edi", "bad_date", "IK4 8"),
            ("d?.edi", "interchange", "TA1 025"),
            ("d?.edi", "bad_date", "IK4 8"),
        ]
        assert {each.json()["member"] for each in report.findings} == {each.member for each in report.findings}
        for each in report.members:
            first = next((one for one in segments(source) if one.number == each.number), None)
            assert first is not None
            assert first.id == "ISA"
    assert [each.member for each in check(zipped(**{"b.edi": bad})).findings] == [""]
    assert "member" not in check(bad).findings[0].json()


def test_zip_gives_its_files_in_the_order_of_their_names(tmp_path: Path) -> None:
    path = tmp_path / "files.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("b.edi", other_marks(SAMPLE, b"|", b">", b"~"))
        archive.writestr("a.edi", SAMPLE.rstrip().removesuffix(b"~"))
    for source in (path, str(path), path.read_bytes(), io.BytesIO(path.read_bytes()), [path.read_bytes()]):
        found = list(segments(source))
        assert [each.elements for each in found[: len(PLAIN)]] == PLAIN
        assert len(found) == 2 * len(PLAIN)


def test_chunks_that_are_waited_for() -> None:
    async def waited(data: bytes) -> list[RawSegment]:
        async def pieces() -> AsyncIterator[bytes]:
            for start in range(0, len(data), 77):
                await asyncio.sleep(0)
                yield data[start : start + 77]

        return [segment async for segment in async_segments(pieces())]

    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.edi", SAMPLE)
    for data in (SAMPLE, gzip.compress(SAMPLE), packed.getvalue()):
        assert [each.elements for each in asyncio.run(waited(data))] == PLAIN


def bomb() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.edi", SAMPLE[:106] + b"X" * 20_000_000)
    return packed.getvalue()


BOMB = bomb()
WIDE = replace(LIMITS, segment_chars=10**9)
REFUSED = {
    "gzip bomb": (gzip.compress(SAMPLE[:106] + b"X" * 20_000_000), WIDE, "more than 200 times its size"),
    "zip bomb": (BOMB, WIDE, "more than 200 times its size"),
    "gzip in half": (gzip.compress(SAMPLE)[:-20], LIMITS, "gzip ends in the middle"),
    "gzip damaged": (gzip.compress(SAMPLE)[:60] + b"\xff" * 200, LIMITS, "gzip is damaged near byte"),
    "zip damaged": (b"PK\x03\x04" + b"\x00" * 300, LIMITS, "zip is damaged"),
    "too large": (SAMPLE, replace(LIMITS, file_bytes=1000), "more than 1,000 bytes"),
    "no terminator": (SAMPLE[:106] + b"X" * 2_000_000, LIMITS, "segment at offset 106 is longer than 1,000,000"),
    "too many elements": (SAMPLE[:106] + b"CAS" + b"*1" * 3000 + b"~", LIMITS, "3,000 elements, more than 2,000"),
    "too many files": (BOMB, replace(LIMITS, members=0), "zip holds 1 file, more than 0"),
}


@pytest.mark.parametrize(("data", "limits", "said"), REFUSED.values(), ids=REFUSED)
def test_what_asks_too_much_is_one_clear_error(data: bytes, limits: object, said: str) -> None:
    with pytest.raises(X12Error, match=said):
        for _ in segments(data, limits):  # type: ignore[arg-type]
            pass


@given(st.binary(max_size=400), st.integers(0, len(SAMPLE)), st.integers(0, 60))
def test_any_bytes_give_segments_or_one_error(junk: bytes, place: int, length: int) -> None:
    for data in (junk, SAMPLE[:place] + junk + SAMPLE[place + length :]):
        try:
            found = list(segments(data))
        except X12Error:
            continue
        assert [each.number for each in found] == list(range(1, len(found) + 1))
        assert sum(len(part) for each in found for part in each.elements) <= len(data)


STREAMED = """
import resource
from claimloom.x12.reading.tokenizer import segments
from tests.x12.reading.test_tokenizer import PLAIN, SAMPLE
body = SAMPLE[SAMPLE.index(b"GS*"):SAMPLE.index(b"IEA*")]
def pieces():
    yield SAMPLE[:SAMPLE.index(b"GS*")]
    for _ in range(100_000_000 // len(body)):
        yield body
    yield SAMPLE[SAMPLE.index(b"IEA*"):]
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
count = sum(1 for _ in segments(pieces()))
print(count, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.long
@pytest.mark.process
def test_memory_does_not_grow_with_the_file() -> None:
    """100 MB in one interchange; the rest of the program is not counted."""
    done = subprocess.run([sys.executable, "-c", STREAMED], capture_output=True, text=True, check=True)
    count, grown = map(int, done.stdout.split())
    assert count > 1_000_000
    assert grown < 20_000, f"{grown} KB"


@given(st.integers(0, 400), st.binary(min_size=1, max_size=8))
@example(38, b"\x00")  # a member without a name
@settings(max_examples=200, deadline=None)
def test_damaged_zip_is_one_clear_error_or_its_files(place: int, junk: bytes) -> None:
    whole = (FOLDER / "envelope" / "zip_of_a_claim_file_and_a_remittance.zip").read_bytes()
    at = len(whole) - place if place < 300 else place - 300  # its list of files stands at the end
    bad = whole[:at] + junk + whole[at + len(junk) :]
    with contextlib.suppress(X12Error):
        list(segments(bad))


def test_isa_whose_marks_cannot_be_told_apart_is_none() -> None:
    for terminator in (b"*", b":", b" "):
        with pytest.raises(X12Error, match="delimiters cannot be told"):
            read_whole(SAMPLE[:105] + terminator + SAMPLE[106:])
