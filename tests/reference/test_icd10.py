"""ICD-10-CM: what is billable when, by figures and codes that CDC/NCHS and CMS publish."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claimloom.reference.icd10 import (
    DiagnosisCode,
    Icd10,
    ReferenceFileError,
    Table,
    excludes,
    is_manifestation,
    is_within,
    packaged,
    packaged_icd10,
    side,
    sided,
    write_table,
)

FY2025, FY2026 = packaged_icd10().releases
DAYS = {"a": (date(2024, 10, 1), date(2025, 9, 30)), "b": (date(2025, 10, 1), date(2026, 9, 30))}
EVERY = [code for category in packaged().categories() for code in packaged().category(category)]


def test_as_many_codes_as_are_published() -> None:
    """CMS: 74,260 in FY2025; 487 new, 28 deleted in FY2026, which makes 74,719."""
    counted = [sum(map(release.is_billable, EVERY)) for release in (FY2025, FY2026)]
    new = sum(FY2026.is_billable(code) and not FY2025.is_billable(code) for code in EVERY)
    deleted = sum(FY2025.is_billable(code) and not FY2026.is_billable(code) for code in EVERY)
    assert (counted, new, deleted) == ([74260, 74719], 487, 28)


def test_nothing_billable_stands_under_what_is_billable_in_the_same_year() -> None:
    for release in (FY2025, FY2026):
        listed = sorted(filter(release.is_billable, EVERY))
        assert [one for one, after in pairwise(listed) if after.startswith(one)] == []


def test_the_table_is_what_would_be_written_of_it() -> None:
    codes = {
        code: entry for category in packaged().categories() for code, entry in packaged().category(category).items()
    }
    assert write_table(packaged().days, codes) == packaged().text


CODES = st.from_regex(r"[A-Z][0-9][0-9A-Z][0-9A-Z]{0,4}", fullmatch=True)


@given(
    st.dictionaries(
        CODES, st.builds(DiagnosisCode, st.sampled_from(["", "r", "l", "um"]), st.sampled_from(["a", "b", "ab"]))
    )
)
def test_a_table_reads_as_it_was_written(codes: dict[str, DiagnosisCode]) -> None:
    table = Table(write_table(DAYS, codes))
    read = {code: entry for category in table.categories() for code, entry in table.category(category).items()}
    assert read == codes
    assert table.days == DAYS


@pytest.mark.parametrize(
    ("day", "starts"),
    [
        ("2024-09-30", None),
        ("2024-10-01", "2024-10-01"),
        ("2025-09-30", "2024-10-01"),
        ("2025-10-01", "2025-10-01"),
        ("2026-09-30", "2025-10-01"),
        ("2026-10-01", None),
    ],
)
def test_each_day_has_its_release(day: str, starts: str | None) -> None:
    found = packaged_icd10().on(date.fromisoformat(day))
    assert (found.starts.isoformat() if found else None) == starts


def test_a_release_of_ones_own_ends_the_one_before_and_takes_the_place_of_the_same_day(tmp_path: Path) -> None:
    spring = write_table({"a": (date(2026, 4, 1), date(2026, 9, 30))}, {"A000": DiagnosisCode("", "a")})
    same = write_table({"a": (date(2025, 10, 1), date(2026, 9, 30))}, {"A001": DiagnosisCode("", "a")})
    (tmp_path / "icd10cm-2026-04-01.txt").write_text(spring)
    (tmp_path / "icd10cm-2025-10-01.txt").write_text(same)
    releases = Icd10(tmp_path).releases
    assert [(each.starts.isoformat(), each.ends.isoformat()) for each in releases] == [
        ("2024-10-01", "2025-09-30"),
        ("2025-10-01", "2026-03-31"),
        ("2026-04-01", "2026-09-30"),
    ]
    assert [each.is_billable("A001") for each in releases] == [True, True, False]
    assert [each.is_billable("A000") for each in releases] == [True, False, True]


@pytest.mark.parametrize("text", ["", "A00 0 1\n", "= a 2026-10-01 2027-09-30\nA00 0 1", "= a x y\nA00 0\n", "\u00e9"])
def test_a_spoiled_table_is_named(text: str, tmp_path: Path) -> None:
    (tmp_path / "icd10cm-2026-10-01.txt").write_text(text, encoding="utf-8")
    with pytest.raises(ReferenceFileError, match=r"reference file icd10cm-2026-10-01\.txt: no table"):
        Icd10(tmp_path).on(date(2026, 11, 16))


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("M25511", "r"),
        ("M25512", "l"),
        ("M170", "b"),
        ("M25519", "u"),
        ("M6281", ""),
        ("S83511D", "r"),
        ("I69354", "l"),
        ("I63311", ""),
        ("I501", ""),
        ("M1990", ""),
        ("M54", ""),
    ],
)
def test_side_by_title(code: str, expected: str) -> None:
    assert side(code) == expected


def test_what_says_no_side_stands_beside_both() -> None:
    """Joints, muscles and knees; of some codes of the skull both sides stand elsewhere."""
    open_ones = [code for code in EVERY if side(code) == "u" and code.startswith(("M", "G5", "S83"))]
    lacking = [code for code in open_ones if not {"r", "l"} <= {side(each) for each in sided(code)}]
    assert len(open_ones) > 900
    assert lacking == []


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("F0280", True),
        ("G992", True),
        ("M14672", False),
        ("M14811", True),
        ("B9561", False),
        ("F54", False),
        ("F05", False),
    ],
)
def test_manifestation_by_title(code: str, expected: bool) -> None:
    assert is_manifestation(code) is expected


@pytest.mark.parametrize(
    ("code", "span", "expected"),
    [
        ("M5120", "M512", True),
        ("M51", "M512", False),
        ("D499", "C00-D49", True),
        ("D500", "C00-D49", False),
        ("C7A00", "C00-D49", True),
        ("E0390", "E000-E039", True),
        ("E040", "E000-E039", False),
        ("E001", "E00-E03", True),
    ],
)
def test_within_what_a_note_names(code: str, span: str, expected: bool) -> None:
    assert is_within(code, span) is expected


def test_a_note_is_of_its_year() -> None:
    """F07.81 lost a part of its Excludes1 note on 2025-10-01."""
    assert excludes("F0781", "S060X0D", date(2025, 9, 30)) is not None
    assert excludes("F0781", "S060X0D", date(2025, 10, 1)) is None
