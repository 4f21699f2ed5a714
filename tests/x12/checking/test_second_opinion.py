"""pyx12's errors as findings: places, words, and that nothing of it leaks; beside pyx12's own error handler."""

from __future__ import annotations

import io
import logging
import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import pyx12.error_handler
import pyx12.map_if
import pyx12.params
import pyx12.x12n_document

from claimloom.x12.checking import second_opinion
from claimloom.x12.checking.second_opinion import pyx12_findings
from claimloom.x12.guides.findings import Finding
from tests.x12.checking.own_verdict import pyx12_accepts, remembered
from tests.x12.mutate import mutants

SAMPLES = Path(__file__).parents[3] / "edi_samples"
KINDS = ["837p/837p_example", "835/835_example", "999/999_rejected_example", "277ca/277ca_example"]
TA1 = (
    "ISA*00*          *00*          *ZZ*RECEIVER01     *ZZ*SUBMITTER01    *261123*0900*^*00501*000000003*0*T*:~\n"
    "TA1*000000001*261123*0900*A*000~\nIEA*0*000000003~\n"
)


def sample(name: str) -> str:
    return (SAMPLES / f"{name}.edi").read_text(encoding="ascii")


CLAIMS = sample(KINDS[0])
PAYMENT = sample(KINDS[1])


def said(text: str) -> list[tuple[int, int, str, str, str, str]]:
    return [(f.segment_number, f.position, f.loop, f.segment, f.element, f.ack or f.code) for f in pyx12_findings(text)]


@pytest.mark.parametrize("name", KINDS)
def test_nothing_is_found_in_a_good_file(name: str) -> None:
    assert pyx12_findings(sample(name)) == []


def test_end_of_a_file_that_was_cut_off() -> None:
    cut = sample("835/cut_off_in_the_middle")
    segments = cut.count("~")
    assert [line for line in said(cut) if line[5][:3] in {"TA1", "AK9", "IK5"}] == [
        (segments, segments - 2, "", "IEA", "", "TA1 023"),
        (segments, segments - 2, "", "GE", "", "AK9 3"),
        (segments, segments - 2, "", "SE", "", "IK5 2"),
    ]


PLACES = [
    (
        "segment missing",
        "REF*EI*987654321~\n",
        "",
        [(13, 11, "2010AA", "REF", "", "IK3 3"), (109, 107, "", "SE", "01", "IK5 4")],
    ),
    ("nothing", "N4*SPRINGFIELD*IL*627010001~", "N4*SPRINGFIELD*IL~", []),
    (
        "too many",
        "N3*PO BOX 500~\n",
        "N3*500~\nN3*500~\n",
        [(16, 14, "2010AB", "N3", "", "IK3 5"), (111, 109, "", "SE", "01", "IK5 4")],
    ),
    ("date", "DMG*D8*19500115", "DMG*D8*19501315", [(22, 20, "2010BA", "DMG", "02", "IK4 8")]),
    ("code", "***11:B:1*", "***11:C:1*", [(24, 22, "2300", "CLM", "05-2", "IK4 7")]),
    ("pair in the segment", "XX*1234567893~", "XX~", [(10, 8, "2010AA", "NM1", "08", "IK4 2")]),
    ("not used", "UN*2***1:2~", "UN*2**X*1:2~", [(30, 28, "2400", "SV1", "06", "IK4 I10")]),
    ("control character", "IC*EDI DESK*TE", "IC*EDI\tDESK*TE", [(6, 4, "1000A", "PER", "02", "IK4 6")]),
    (
        "mandatory composite",
        "CLN1-000101*295***11:B:1*",
        "CLN1-000101*295****",
        [(24, 22, "2300", "CLM", "05", "IK4 1")],
    ),
    ("interchange", "261123*0900*^", "261323*0900*^", [(1, 0, "", "ISA", "09", "TA1 014")]),
    ("group", "20261123*0900*1*X*", "20261123*0960*1*X*", [(2, 0, "", "GS", "05", "AK9 1")]),
]


@pytest.mark.parametrize(("name", "old", "new", "expected"), PLACES)
def test_places_and_words(name: str, old: str, new: str, expected: list[tuple[int, int, str, str, str, str]]) -> None:
    assert said(CLAIMS.replace(old, new, 1)) == expected


def test_numbers_go_on_over_groups_and_interchanges() -> None:
    faulty = CLAIMS.replace("DMG*D8*19500115", "DMG*D8*19501315", 1)
    count = CLAIMS.count("~")
    group = faulty[faulty.index("GS*") : faulty.index("IEA*")]
    twice = faulty.replace(
        group, group + group.replace("20261123*0900*1*X", "20261123*0900*2*X").replace("GE*1*1", "GE*1*2")
    )
    two_groups = twice.replace("IEA*1*", "IEA*2*")
    second = PAYMENT.replace("DTM*405*20261124", "DTM*405*20261131")
    found = [f for f in pyx12_findings(two_groups + second) if f.code == "bad_date"]
    places = [(f.segment_number, f.position, f.transaction, f.ack, f.value) for f in found]
    third = 2 * count - 2  # the second group shares the first one's ISA and IEA
    assert places == [
        (22, 20, 1, "IK4 8", "19501315"),
        (22 + count - 2, 20, 2, "IK4 8", "19501315"),
        (third + 6, 4, 3, "IK4 8", "20261131"),
    ]


def test_a_fault_of_pyx12_is_a_finding_and_the_next_segments_are_read() -> None:
    text = CLAIMS.replace("***11:B:1*", "***11:B:1:X:Y*", 1).replace("DTP*472*D8*20261116", "DTP*472*D8*20261316", 1)
    assert said(text) == [(24, 22, "", "CLM", "", "pyx12"), (31, 29, "2400", "DTP", "03", "IK4 8")]


def test_a_group_without_a_map_is_a_finding_and_the_next_interchange_is_read() -> None:
    text = CLAIMS.replace("GS*HC", "GS*HX") + PAYMENT.replace("DTM*405*20261124", "DTM*405*20261131")
    assert said(text) == [(2, 0, "", "GS", "", "pyx12"), (118, 4, "", "DTM", "02", "IK4 8")]


def test_other_layouts_are_read() -> None:
    assert pyx12_findings(CLAIMS.replace("\n", "\r\n")) == []
    assert pyx12_findings(CLAIMS.replace("\n", "")) == []
    assert pyx12_findings(CLAIMS.replace("*", "|").replace(":", ">").replace("~", "!")) == []


@pytest.mark.parametrize(
    "text", ["", "ISA", "\x00\xff", "{}", CLAIMS[:105], "ISA" + "*" * 200, "SE*1~" + CLAIMS, "~" * 300]
)
def test_what_is_no_interchange_is_one_finding(text: str) -> None:
    assert [finding.code for finding in pyx12_findings(text)] == ["pyx12"]


def test_rubbish_never_raises() -> None:
    chance = random.Random(1)
    for start in range(0, len(CLAIMS), 211):
        pyx12_findings(CLAIMS[:start])
        pyx12_findings(CLAIMS[:106] + CLAIMS[start:])
        torn = list(CLAIMS)
        for _ in range(30):
            torn[chance.randrange(106, len(torn))] = chance.choice("~*:^ \n\0aZ0é")
        pyx12_findings("".join(torn))


def test_nothing_is_printed_logged_or_left_behind(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.chdir(tmp_path)
    caplog.set_level(logging.DEBUG)
    for mutant in mutants(PAYMENT, 100, seed=3):
        pyx12_findings(mutant.text)
    assert (capsys.readouterr(), caplog.records, list(tmp_path.iterdir())) == (("", ""), [], [])


def test_messages_hold_no_values() -> None:
    for mutant in mutants(CLAIMS, 100, seed=4):
        for finding in pyx12_findings(mutant.text):
            assert len(finding.value) < 5 or finding.value not in finding.message


@pytest.mark.parametrize("name", KINDS)
def test_a_kept_map_carries_nothing_from_file_to_file(name: str) -> None:
    texts = [sample(name), *(mutant.text for mutant in mutants(sample(name), 40, seed=5))]
    first = [pyx12_findings(text) for text in texts]
    again = [pyx12_findings(text) for text in reversed(texts)]
    assert again[::-1] == first
    second_opinion._map.cache_clear()
    assert pyx12_findings(texts[-1]) == first[-1]
    assert [pyx12_findings(text) for text in texts[:5]] == first[:5]


class Handler(pyx12.error_handler.err_handler):  # type: ignore[misc]
    """pyx12's own error handler; the last one that it made is kept."""

    last: Any = None

    def __init__(self) -> None:
        super().__init__()
        Handler.last = self


@pytest.mark.parametrize("name", [*KINDS[:2], *(pytest.param(each, marks=pytest.mark.long) for each in KINDS[2:])])
def test_beside_pyx12s_own_document_function(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever its error handler knows is among our findings, and there is no more than what that handler drops."""
    monkeypatch.setattr(pyx12.map_if, "load_map_file", remembered)
    monkeypatch.setattr(pyx12.error_handler, "err_handler", Handler)
    monkeypatch.setattr(logging.getLogger("pyx12"), "level", logging.CRITICAL)
    monkeypatch.setattr(logging.getLogger("pyx12.error_999"), "level", logging.CRITICAL)
    compared = 0
    for mutant in mutants(sample(name), 130, seed=6):
        found = pyx12_findings(mutant.text)
        try:
            accepted = pyx12.x12n_document.x12n_document(
                pyx12.params.ParamsBase(), io.StringIO(mutant.text, newline=""), None, None
            )
        except Exception:  # noqa: BLE001 - it fails in many ways
            assert [f for f in found if f.code == "pyx12" or f.segment == "GE"], mutant
            continue
        if {f.code for f in found} <= {"pyx12"} and found:
            assert not accepted, mutant
            continue
        compared += 1
        assert _elements_of(Handler.last) == _elements(found), mutant
        assert not _segments_of(Handler.last) - _segments(found), mutant
        known = [f for f in found if _is_kept(f, Handler.last)]
        assert accepted == (not known), mutant
    assert compared > 70


def _elements_of(errors: Any) -> Counter[tuple[int, int, int]]:
    """Line, element and component of each element's error in a transaction."""
    return Counter(
        (segment.get_cur_line(), element.ele_pos, element.subele_pos or 0)
        for interchange in errors.children
        for group in interchange.children
        for transaction in group.children
        for segment in transaction.children
        for element in segment.elements
        for _ in element.errors
    )


def _elements(found: list[Finding]) -> Counter[tuple[int, int, int]]:
    return Counter(
        (f.segment_number, int(f.element[:2]), int(f.element[3:] or 0))
        for f in found
        if f.ack.startswith("IK4") and f.data_element and f.transaction
    )


def _segments_of(errors: Any) -> Counter[tuple[int, str]]:
    """Line and code; the reader's own errors come a segment late where the walker found no place: no line for these."""
    return Counter(
        (0 if code == "1" else segment.get_cur_line(), code)
        for interchange in errors.children
        for group in interchange.children
        for transaction in group.children
        for segment in transaction.children
        for code, _, _ in segment.errors
        if code in "1 2 3 4 5".split()
    )


def _segments(found: list[Finding]) -> Counter[tuple[int, str]]:
    acks = [(f.segment_number, f.ack[4:]) for f in found if f.ack.startswith("IK3")]
    return Counter((0 if code == "1" else number, code) for number, code in acks)


def _is_kept(finding: Finding, errors: Any) -> bool:
    """The tree has no place for errors of segments outside of a transaction, of ST, and if ST was not known."""
    known = any(group.children for interchange in errors.children for group in interchange.children)
    inside = finding.transaction and known and not (finding.segment == "ST" and finding.code == "bad_segment")
    return not finding.ack.startswith("IK3") or bool(inside)


def test_pyx12s_own_verdict_and_answer() -> None:
    assert pyx12_accepts(CLAIMS)[0]
    accepted, answer = pyx12_accepts(CLAIMS.replace("DMG*D8*19500115", "DMG*D8*19501315", 1))
    assert (accepted, "IK4*2*1251*8*19501315~" in answer) == (False, True)
