"""Files that a hostile partner sends: nothing falls over, nothing takes long, nobody is named, no answer is wrong."""

from __future__ import annotations

import gc
import math
import re
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from claimloom import x12
from claimloom.x12.guides.kinds import UNITS
from claimloom.x12.reading.reader import collector_paused
from claimloom.x12.reading.steps import states
from claimloom.x12.showing.tree import lines
from tests.x12.test_samples import FILES, FOLDER, unpacked

REMIT = (FOLDER / "835/835_example.edi").read_bytes()
CLAIMS = (FOLDER / "837p/837p_example.edi").read_bytes()
NAME = re.compile("JOHN|DOE")


def one_claim() -> tuple[bytes, bytes, bytes]:
    """What stands before the first claim of the sample, the claim, and the trailers."""
    start = CLAIMS.index(b"CLM*")
    end = re.compile(rb"(HL|CLM)\*").search(CLAIMS, start + 5)
    assert end is not None
    return CLAIMS[:start], CLAIMS[start : end.start()], CLAIMS[CLAIMS.index(b"\nSE*") + 1 :]


FRONT, CLAIM, BACK = one_claim()


def cut(data: bytes, size: int) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]


# ---- numbers that are none -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [b"\xb2", b"\xb9\xb2", b"9" * 5000, b"JOHN DOE"])
@pytest.mark.parametrize("trailer", [b"SE", b"GE", b"IEA"])
def test_count_that_is_no_number_is_found(trailer: bytes, count: bytes) -> None:
    report = x12.check(re.sub(rb"\n%s\*\d+" % trailer, b"\n%s*%s" % (trailer, count), REMIT))
    wanted = {b"SE": "IK5 4", b"GE": "AK9 5", b"IEA": "TA1 021"}[trailer]
    assert [each.ack for each in report.findings] == [wanted]
    assert not NAME.search(report.findings[0].message)


@pytest.mark.parametrize("count", [b"00053", b"0000000053"])
def test_count_with_leading_zeros_is_right(count: bytes) -> None:
    assert x12.check(re.sub(rb"\nSE\*\d+", b"\nSE*" + count, REMIT)).findings == []


def test_amounts_of_thousands_of_digits_are_no_amounts() -> None:
    bad = re.sub(rb"CLP\*([^*]*)\*1\*[0-9.]+\*[0-9.]+", rb"CLP*\1*1*%s*-%s" % (b"9" * 4299, b"9" * 4300), REMIT)
    report = x12.check(bad)
    assert {each.code for each in report.findings} == {"too_long"}
    list(x12.describe(x12.read(bad)))


def test_parts_of_a_cent_are_found_and_zeros_behind_are_not() -> None:
    first = re.compile(rb"(BPR\*I\*\d+)\.(\d\d)")
    assert x12.check(first.sub(rb"\1.\g<2>0", REMIT)).findings == []
    found = x12.check(first.sub(rb"\1.\g<2>5", REMIT)).findings
    assert [(each.ack, each.segment, each.element) for each in found] == [("IK4 I12", "BPR", "02")]


@pytest.mark.parametrize("amount", [b"NaN", b"sNaN", b"1E5", b"Infinity"])
def test_words_for_numbers_are_compared_as_they_stand(amount: bytes) -> None:
    odd = x12.read(re.sub(rb"BPR\*I\*[0-9.]+", b"BPR*I*" + amount, REMIT))
    assert x12.diff(odd, odd) == []
    assert [each.element for each in x12.diff(odd, x12.read(REMIT))] == ["02"]


# ---- layout ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [15, 21, 35, 52, 80, 104, 105])
@pytest.mark.parametrize("line", [b"\n", b"\r\n"])
def test_file_wrapped_before_any_mark_of_its_isa_is_read(width: int, line: bytes) -> None:
    bare = CLAIMS.replace(b"\n", b"")
    wrapped = line.join(cut(bare, width))
    assert x12.check(wrapped).findings == []
    assert x12.read(wrapped).interchanges[0].delimiters == x12.Delimiters("*", ":", "^", "~")


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
@pytest.mark.parametrize("size", [1, 7])
def test_pieces_make_no_difference_to_what_is_found_nor_to_where(path: Any, size: int) -> None:
    data = unpacked(path)
    try:
        whole = x12.check(data)
    except x12.X12Error as error:
        with pytest.raises(x12.X12Error, match=re.escape(str(error))):
            x12.check(iter(cut(data, size)))
        return
    parts = x12.check(iter(cut(data, size)))
    assert parts.findings == whole.findings
    document = x12.read(iter(cut(data, size)))
    assert [(each.number, each.offset) for each in document.segments()] == [
        (each.number, each.offset) for each in x12.read(data).segments()
    ]


@pytest.mark.parametrize("place", [1, 2, 3])
def test_file_wrapped_inside_the_name_of_its_iea_is_whole(place: int) -> None:
    bare = REMIT.replace(b"\n", b"")
    at = bare.index(b"IEA*") + place
    document = x12.read(bare[:at] + b"\n" + bare[at:])
    assert not document.cut_off
    assert document.interchanges[0].trailer is not None


@pytest.mark.parametrize("line", [b"\n", b"\r\n"])
def test_second_interchange_is_read_wherever_a_line_breaks_around_its_begin(line: bytes) -> None:
    bare = CLAIMS.replace(b"\n", b"")
    number = x12.read(bare).interchanges[0].control_number.encode()
    second = bare.replace(number, b"000000999")
    wanted = [each.elements for each in x12.read(bare + second).segments()]
    for place in range(-16, 110):
        text = bare + second
        at = len(bare) + place
        wrapped = text[:at] + line + text[at:]
        for given in (wrapped, iter(cut(wrapped, 1))):
            assert [each.elements for each in x12.read(given).segments()] == wanted, place
        assert x12.check(wrapped).findings == [], place


def test_byte_order_mark_in_pieces_is_no_text() -> None:
    assert x12.check(iter(cut(b"\xef\xbb\xbf" + CLAIMS, 1))).findings == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_stream_gives_whole_units_of_every_kind(path: Any) -> None:
    data = unpacked(path)
    whole = [
        [each.text for each in loop.all_segments()]
        for transaction in x12.read(data).transactions
        for loop in transaction.root.walk()
        if transaction.known and loop.id == UNITS[transaction.kind]
    ]
    assert [[each.text for each in loop.all_segments()] for loop in x12.stream(data)] == whole


def test_missing_element_at_the_end_stands_in_the_file() -> None:
    bad = re.sub(rb"\nIEA\*1\*\d+~\s*", b"\nIEA*1~", REMIT)
    assert all(each.offset < len(bad) for each in x12.check(bad).findings)


def test_repetition_separator_that_separates_components_is_found() -> None:
    found = x12.check(CLAIMS.replace(b"*^*00501", b"*:*00501", 1)).findings
    assert [(each.ack, each.element) for each in found] == [("TA1 016", "11")]


# ---- time ------------------------------------------------------------------------------------------------------------


def many(front: bytes, segment: bytes, count: int) -> bytes:
    return FRONT + CLAIM.replace(b"~\n", b"~\n" + front + segment * count, 1) + BACK


def split_claims(count: int) -> None:
    x12.split(x12.read(FRONT + CLAIM * (count // 8) + BACK), "claims", claims=1)


def compare_claims_of_one_name(count: int) -> None:
    start, end = REMIT.index(b"CLP*"), REMIT.index(b"\nSE*") + 1
    stop = REMIT.index(b"CLP*", start + 4)
    one = x12.read(REMIT[:start] + REMIT[start:stop] * (count // 16) + REMIT[end:])
    two = x12.read(REMIT[:start] + REMIT[start:stop].replace(b"CAS*CO", b"CAS*OA") * (count // 16) + REMIT[end:])
    assert x12.diff(one, two)


HOSTILE: dict[str, Callable[[int], object]] = {
    "line breaks instead of the last terminator": lambda n: x12.check(REMIT.rstrip().rstrip(b"~") + b"\n" * 20 * n),
    "notes that are all wrong": lambda n: x12.check(many(b"", b"NTE*ADD*\x07~\n", n)),
    "notes that are all wrong, at any distance": lambda n: x12.check(many(b"", b"NTE*ADD*\x07~NTE*ADD*\x07~\n\n", n)),
    "payers and lines": lambda n: x12.check(
        FRONT
        + CLAIM[: CLAIM.index(b"LX*")]
        + b"SBR*S*18~AMT*D*1~NM1*PR*2*X*****PI*A~" * n
        + b"LX*1~SVD*A*1~" * n
        + BACK
    ),
    "pointers": lambda n: x12.check(
        CLAIMS.replace(b"SV1*HC:97110", b"SV1*HC:97110*1*UN*1***" + b"1:" * n + b"~\nSV1*", 1)
    ),
    "parts of a claim each": split_claims,
    "claims of one name": compare_claims_of_one_name,
    "claims as dicts": lambda n: sum(1 for _ in lines(x12.read(FRONT + CLAIM * (n // 4) + BACK))),
}


def seconds(act: Callable[[int], object], count: int) -> float:
    start = time.process_time()
    act(count)
    return time.process_time() - start


@pytest.mark.parametrize("act", HOSTILE.values(), ids=HOSTILE)
def test_time_grows_no_faster_than_the_file(act: Callable[[int], object]) -> None:
    """Of four times as much: 4 if it grows with the file, 16 if with its square. Each size's best, for a square is one
    in every round and what else the machine does is not.
    """
    act(400)
    small = large = math.inf
    for _ in range(5):
        small, large = min(small, seconds(act, 1_000)), min(large, seconds(act, 4_000))
        if large < max(9 * small, 0.5):
            return
    pytest.fail(f"{large:.2f} s for four times as much as took {small:.2f} s")


# ---- limits ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [50, 100_000])
def test_longest_segment_does_not_depend_on_the_pieces(size: int) -> None:
    data = CLAIMS.replace(b"BHT*", b"BHT*" + b"X" * 5_000, 1)
    with pytest.raises(x12.X12Error, match="longer than 1,000 characters"):
        x12.read(iter(cut(data, size)), x12.Limits(segment_chars=1_000))


def test_findings_left_out_change_no_answer() -> None:
    """Three payments; the first has more faults than there is room for, the others theirs behind."""
    data = (FOLDER / "835/three_payments_in_one_group.edi").read_bytes()
    bad = re.sub(rb"\nGE\*\d+", b"\nGE*7", data.replace(b"CLP*", b"CLP**").replace(b"DTM*405*", b"DTM*405*X"))
    full, short = x12.check(bad), x12.check(bad, x12.Limits(findings=2))
    assert short.cut > 0
    assert not short.ok
    assert "AK9 5" in {each.ack for each in short.findings}
    verdicts = [re.findall(r"\n(?:IK5|AK9)\*[^~]", x12.acknowledge(report)) for report in (full, short)]
    assert verdicts[0] == verdicts[1]


def test_warnings_that_were_left_out_are_no_errors() -> None:
    odd = CLAIMS.replace(b"N3*12 OAK AVE~", b"N3*12 OAK AVE*~").replace(b"REF*EI*", b"REF*EI*", 1)
    full = x12.check(odd)
    assert [each.severity for each in full.findings] == ["warn"] * len(full.findings)
    assert full.ok
    short = x12.check(odd, x12.Limits(findings=0))
    assert (short.cut, short.cut_errors, short.ok) == (len(full.findings), 0, True)
    wrong = x12.check(odd.replace(b"CLM*CLN1", b"CLM**CLN1", 1), x12.Limits(findings=0))
    assert wrong.cut_errors > 0
    assert not wrong.ok


def test_a_finding_that_is_left_out_changes_no_other() -> None:
    """A missing loop names its place; with no room, or not asked for, it gave it to the finding before it."""
    bad = CLAIMS.replace(b"PER*IC", b"PER*XX", 1)
    bad = bad[: bad.index(b"NM1*PR*")] + bad[bad.index(b"CLM*") :]
    full = x12.check(bad).findings
    for most in range(len(full)):
        for each in x12.check(bad, x12.Limits(findings=most)).findings:
            assert each in full


def test_types_that_are_not_asked_for_take_no_room() -> None:
    bad = REMIT.replace(b"DTM*472*", b"DTM*472*X").replace(b"BPR*I*", b"BPR*I*1", 1)
    report = x12.check(bad, x12.Limits(findings=1), types={3})
    assert [each.code for each in report.findings] == ["unbalanced_transaction"]
    assert report.cut == 0


# ---- answers ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"ST*835*0001", b"ST*83:5*0001"),
        (b"ST*835*0001", b"ST**1"),
        (b"ST*835*0001", b"ST*8\xff5*000\xff"),
        (b"GS*HP*", b"GS*H:P*"),
        (b"GS*HP*", b"GS**"),
        (b"*X*005010X221A1", b"*X"),
        (b"*X*005010X221A1", b"*X*\xff"),
    ],
)
def test_answer_to_any_header_is_a_valid_file(before: bytes, after: bytes) -> None:
    answer = x12.acknowledge(x12.check(REMIT.replace(before, after, 1)))
    assert x12.check(answer.encode()).findings == []


# ---- who is named ----------------------------------------------------------------------------------------------------

MISPLACED = [
    (rb"(\nSE\*)\d+", REMIT),
    (rb"(\nST\*)835", REMIT),
    (rb"(CAS\*)CO", REMIT),
    (rb"(CAS\*CO\*)45", REMIT),
    (rb"(CLP\*[^*]*\*)1", REMIT),
    (rb"(CLP\*[^*]*\*1\*)[0-9.]+", REMIT),
    (rb"(SVC\*HC:)\d+", REMIT),
    (rb"(DTM\*472\*)\d+", REMIT),
    (rb"(BPR\*I\*)[0-9.]+", REMIT),
    (rb"(HL\*)\d+", CLAIMS),
    (rb"(SV1\*HC:)\d+", CLAIMS),
    (rb"(HI\*ABK:)\w+", CLAIMS),
    (rb"(SBR\*)\w", CLAIMS),
    (rb"(CLM\*[^*]*\*[^*]*\*\*\*)\d+", CLAIMS),
    (rb"(SV1\*[^*]*\*[^*]*\*)\w+", CLAIMS),
    (rb"(DTP\*472\*D8\*)\d+", CLAIMS),
]


@pytest.mark.parametrize(("place", "data"), MISPLACED, ids=[each.decode() for each, _ in MISPLACED])
def test_name_where_a_code_belongs_is_not_repeated(place: bytes, data: bytes) -> None:
    plain = data.replace(b"DOE", b"ROE")
    bad = re.sub(place, rb"\1JOHN DOE", plain)
    assert bad != plain
    report, document = x12.check(bad), x12.read(bad)
    said = [f"{each.message} {each.fix}" for each in report.findings]
    said += [f"{row.text} {' '.join(row.amounts)}" for row in x12.describe(document)]
    said += [repr(report), repr(document), repr(list(x12.segments(bad))), repr(x12.diff(document, x12.read(plain)))]
    assert [each for each in said if NAME.search(each)] == []


def test_document_in_a_log_is_short() -> None:
    assert len(repr(x12.read(CLAIMS))) < 500


# ---- threads and memory ----------------------------------------------------------------------------------------------


def test_collector_is_on_after_threads_that_paused_it() -> None:
    def work() -> None:
        for _ in range(3_000):
            with collector_paused():
                pass

    assert gc.isenabled()
    threads = [threading.Thread(target=work) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert gc.isenabled()


def test_collector_that_another_thread_paused_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """The other thread ends its pause between our question and what we do about the answer."""
    asked = gc.isenabled

    def then_resumed() -> bool:
        gc.disable()
        answer = asked()
        gc.enable()
        return answer

    with monkeypatch.context() as patched:
        patched.setattr(gc, "isenabled", then_resumed)
        with collector_paused():
            pass
    assert gc.isenabled()


def test_nothing_of_a_file_is_kept_behind_its_reading() -> None:

    bad = CLAIMS.replace(b"\nREF*", b"\nREF*JOHNDOE*").replace(b"\nSBR*", b"\nJOHNDOE*1~\nSBR*")
    x12.check(bad)
    kept: list[object] = []
    for state in states("837P"):
        kept += [*state, *state.slow]
        for table in state.values():
            if isinstance(table, dict):
                kept += table
    assert [each for each in kept if "DOE" in str(each)] == []
