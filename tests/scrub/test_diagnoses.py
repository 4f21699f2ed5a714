"""Scrubber tables: diagnoses (DX), by what CDC/NCHS publishes of ICD-10-CM.

What is right was read in the tabular lists of April 2025 and April 2026 and in the Official Guidelines, section I.
"""

from __future__ import annotations

from datetime import date
from typing import Any, Final

import pytest

from claimloom.scrub import RULES, scrub
from claimloom.scrub.case import Case
from schemas.claim import Severity
from tests.scrub.test_rules import Row, alone, case, check, fails, passes, patient, timed, untimed, waits


def because_of(*codes: str, **changes: Any) -> Case:
    """The visit for these diagnoses."""
    return case(diagnoses=list(codes), **changes)


def planned(*codes: str) -> dict[str, Any]:
    """A plan of care for these diagnoses."""
    plan = {"start": "2026-11-01", "certified_on": "2026-11-03", "certified_to": "2027-01-29", "diagnoses": list(codes)}
    return {"plan_of_care": plan}


def claimed(*codes: str) -> Case:
    """A claim with these diagnoses as they stand."""
    return case(claim={"diagnoses": list(codes)})


TWELVE: Final = "M25511 M25512 M25521 M25522 M25531 M25532 M25541 M25542 M25551 M25552 M25561 M25562".split()
EVALUATION: Final = untimed("97165")
YEAR_2025: Final = "2025-06-02"
YEAR_2026: Final = "2026-05-18"
UNLISTED: Final = "2026-11-16"

DIAGNOSES: Final = [
    fails("DX-001", "13", claimed(*TWELVE, "R262"), "2300/HI", value="13"),
    fails("DX-001", "none", claimed(), "2300/HI", value="0"),
    passes("DX-001", "12", because_of(*TWELVE)),
    passes("DX-001", "1", because_of("M25.511")),
    fails("DX-003", "dot", claimed("M25511", "M62.81"), "2300/HI02", value="M62.81"),
    fails("DX-003", "space", claimed("M25 511"), "2300/HI01"),
    fails("DX-003", "lower case", claimed("m25511"), "2300/HI01"),
    fails("DX-003", "no diagnosis at all", because_of("M25.511", "KNEE!"), "2300/HI02"),
    fails("DX-003", "eight places", because_of("S83.511AB"), "2300/HI01"),
    passes("DX-003", "the builder takes dots and case away", because_of("m25.511", "s83.511a")),
    passes("DX-003", "three places", because_of("I10")),
    passes("DX-003", "a letter in third place", because_of("C7A.00")),
    fails("DX-004", "first and third", claimed("M25511", "M6281", "M25511"), "2300/HI03", value="M25511"),
    fails("DX-004", "the dot hides nothing", because_of("M25.511", "M25511"), "2300/HI02"),
    passes("DX-004", "right and left", because_of("M25.511", "M25.512")),
    fails("DX-005", "none", case(line={2: {"diagnosis_pointers": []}}), ("2400/SV107", 2)),
    fails("DX-005", "one too far", case(line={1: {"diagnosis_pointers": [1, 3]}}), ("2400/SV107", 1), value="1:3"),
    fails("DX-005", "twice", case(line={3: {"diagnosis_pointers": [2, 2]}}), ("2400/SV107", 3), value="2:2"),
    fails(
        "DX-005",
        "as the session says",
        case(**timed({"code": "97530", "minutes": 30, "diagnosis_pointers": [3]})),
        ("2400/SV107", 1),
    ),
    passes("DX-005", "the last one", case(line={1: {"diagnosis_pointers": [2]}})),
    passes("DX-005", "any order", case(line={1: {"diagnosis_pointers": [2, 1]}})),
    *(fails("DX-006", f"{code} first", because_of(code, "M25.511"), "2300/HI01") for code in ("V00.131A", "Y99.0")),
    fails("DX-006", "W first", because_of("W19.XXXD"), "2300/HI01", value="W19XXXD"),
    passes("DX-006", "cause second", because_of("M25.511", "W19.XXXD")),
    passes("DX-006", "U and Z are none", because_of("Z47.1", "U09.9")),
    fails("DX-011", "active treatment", because_of("M25.511", "S83.511A"), "2300/HI02", value="S83511A"),
    fails("DX-011", "first of the range", because_of("S00.01XA"), "2300/HI01"),
    fails("DX-011", "burn", because_of("T20.00XA"), "2300/HI01"),
    fails("DX-011", "last of the range", because_of("T34.90XA"), "2300/HI01"),
    fails("DX-011", "early complication", because_of("T79.A0XA"), "2300/HI01"),
    fails(
        "DX-011",
        "evaluation and treatment",
        because_of("S83.511A", **untimed("97165", also=[("97530", 15)])),
        "2300/HI01",
    ),
    passes("DX-011", "subsequent", because_of("S83.511D", "S83.512S")),
    passes("DX-011", "outside the range", because_of("T36.0X1A", "M80.08XA")),
    passes("DX-011", "an evaluation may", because_of("S83.511A", **EVALUATION)),
    fails("DX-012", "a man", because_of("O26.891", patient=patient(gender="M", birth_date="1990-01-01")), "2300/HI01"),
    fails("DX-012", "65", because_of("Z34.90", patient=patient(birth_date="1961-11-16")), "2300/HI01", value="Z3490"),
    fails("DX-012", "8", because_of("O9A.211", patient=patient(birth_date="2017-11-17")), "2300/HI01"),
    passes("DX-012", "64", because_of("O26.891", patient=patient(birth_date="1961-11-17"))),
    passes("DX-012", "9", because_of("Z3A.20", patient=patient(birth_date="2017-11-16"))),
    passes("DX-012", "newborn codes at any age", because_of("P07.30", patient=patient(gender="M"))),
    passes("DX-012", "Z32 is not of them", because_of("Z32.00", patient=patient(gender="M"))),
    fails(
        "DX-014", "the plan knows why", because_of("R26.2", **planned("Z96.651", "M17.11")), "2300/HI01", value="M17.11"
    ),
    passes("DX-014", "the plan knows no more", because_of("R26.2", **planned("R26.2", "Z96.651"))),
    waits("DX-014", "a plan without diagnoses", because_of("R26.2", **planned())),
    waits("DX-014", "symptoms only, and the plan's diagnoses are not told", because_of("R26.2", "Z96.651")),
    passes("DX-014", "one condition is enough", because_of("R26.2", "Z96.651", "M25.511")),
]


def served(day: str, *codes: str, **changes: Any) -> Case:
    """The visit on a day for these diagnoses, sent four days later."""
    sent = date.fromisoformat(day)
    return case(diagnoses=list(codes), date_of_service=day, as_of=sent.replace(day=sent.day + 4), **changes)


def with_modifier(modifier: str, *codes: str) -> Case:
    """One line, with a modifier, for these diagnoses."""
    return because_of(*codes, **timed({"code": "97530", "minutes": 30, "modifiers": [modifier]}))


BILLABLE: Final = [
    *(
        fails("DX-002", f"{code} is a header", served(YEAR_2026, "M25.511", code), "2300/HI02", value=undotted)
        for code, undotted in (("M54.5", "M545"), ("S83.511", "S83511"), ("F84", "F84"), ("G35", "G35"))
    ),
    fails("DX-002", "E88.1 was replaced", served(YEAR_2026, "E88.1"), "2300/HI01"),
    fails("DX-002", "Z84.1 was replaced", served("2025-10-01", "M25.511", "Z84.1"), "2300/HI02"),
    passes("DX-002", "G35 on its last day", served("2025-09-26", "G35")),
    fails("DX-002", "G35.A before its first day", served("2025-09-26", "G35.A"), "2300/HI01", value="G35A"),
    passes("DX-002", "G35.A on its first day", served("2025-10-01", "G35.A")),
    passes("DX-002", "a year earlier and later", served(YEAR_2025, "M54.50", "I69.351", "S83.511D", "C7A.00")),
    passes("DX-002", "three places", served(YEAR_2026, "I10")),
    passes("DX-002", "the second place a letter", served(YEAR_2026, "QA00.101")),
    fails("DX-002", "that chapter came later", served(YEAR_2025, "QA00.101"), "2300/HI01"),
    fails("DX-002", "a character too many", served(YEAR_2026, "M25.5111"), "2300/HI01"),
    fails("DX-002", "placeholders left out", served(YEAR_2026, "S23.3D"), "2300/HI01"),
    fails("DX-002", "no death has a later visit", served(YEAR_2026, "S06.1X7D"), "2300/HI01"),
    passes("DX-002", "S06.1X6D has", served(YEAR_2026, "S06.1X6D")),
    fails(
        "DX-002",
        "two of three",
        served(YEAR_2026, "M54.5", "M54.2", "M17.1"),
        (("2300/HI01", None), ("2300/HI03", None)),
    ),
    *(
        fails("DX-002", f"{code}, no list of the day", served(UNLISTED, code), "2300/HI01", severity=Severity.WARN)
        for code in ("M54.5", "G35", "M99.99")
    ),
    passes("DX-002", "most codes stay", served(UNLISTED, "M54.50", "G35.A", "QA00.101")),
    fails("DX-002", "before all lists", served("2024-09-02", "M54.5"), "2300/HI01", severity=Severity.WARN),
    passes("DX-002", "before all lists, in the first", served("2024-09-02", "M54.50", "G35")),
    passes("DX-002", "no code at all is DX-003's", claimed("KNEE!", "M62.81")),
]

SEQUENCE: Final = [
    *(
        fails("DX-006", f"{code} first", because_of(code, behind), "2300/HI01")
        for code, behind in (("F02.80", "G30.9"), ("M14.811", "D57.1"), ("G99.2", "C79.31"), ("H75.01", "A18.09"))
    ),
    passes("DX-006", "Alzheimer's first", because_of("G30.9", "F02.80")),
    passes("DX-006", "R13.12 has a code-first note with if applicable", because_of("R13.12")),
    passes("DX-006", "the germ of diseases classified elsewhere", because_of("B95.61", "M00.011")),
    passes("DX-006", "C7A.00 is no V to Y", because_of("C7A.00")),
    fails("DX-007", "dementia without a disease", because_of("R26.2", "F02.80"), "2300/HI02", value="F0280"),
    fails("DX-007", "postconcussional syndrome first", because_of("F07.81"), "2300/HI01"),
    fails("DX-007", "a wheelchair needs its reason", because_of("Z99.3", "M62.81"), "2300/HI01"),
    fails("DX-007", "anemia of a kidney disease", because_of("M62.81", "D63.1"), "2300/HI02", value="D631"),
    fails("DX-007", "the disease stands behind", because_of("M62.81", "D63.1", "N18.4"), "2300/HI02"),
    passes("DX-007", "the kidney disease first", because_of("N18.4", "D63.1")),
    passes("DX-007", "a disease that the examples lack", because_of("G93.1", "F02.80")),
    passes("DX-007", "concussion first", because_of("S06.0X0D", "F07.81")),
    passes("DX-007", "reason, then wheelchair", because_of("G71.01", "Z99.3")),
    passes("DX-007", "first is DX-006's", because_of("F02.80", "G30.9")),
    passes("DX-007", "if applicable", because_of("R13.12", "L97.511")),
    passes("DX-007", "one of several ways to get it", because_of("A41.9", "I50.9", "I82.401")),
]

EXCLUDED: Final = [
    fails("DX-008", "neck pain and its disc", because_of("M54.2", "M50.121"), "2300/HI02", value="M50121"),
    fails("DX-008", "the other way round", because_of("M50.121", "M54.2"), "2300/HI02", value="M542"),
    fails("DX-008", "by the note at a block", because_of("M54.16", "G57.02"), "2300/HI02"),
    fails("DX-008", "by the note at a subcategory", because_of("M54.59", "M54.41"), "2300/HI02"),
    fails("DX-008", "by the note at the code", because_of("R26.2", "R26.81"), "2300/HI02"),
    fails("DX-008", "hemiplegia twice", because_of("I69.351", "G81.91"), "2300/HI02"),
    fails("DX-008", "within one category", because_of("D72.825", "D72.824"), "2300/HI02"),
    fails("DX-008", "back pain and strain", because_of("M25.511", "M54.50", "S39.012D"), "2300/HI03", value="S39012D"),
    fails(
        "DX-008",
        "each pair once",
        because_of("M54.2", "M50.121", "M50.122"),
        (("2300/HI02", None), ("2300/HI03", None)),
    ),
    passes("DX-008", "strain of another place", because_of("M54.50", "S39.013D")),
    passes("DX-008", "Excludes2", because_of("M75.101", "M25.511")),
    passes("DX-008", "back pain and radiculopathy", because_of("M54.50", "M54.16")),
    passes("DX-008", "one alone", because_of("M54.2")),
    passes("DX-008", "right and left knee", because_of("M17.11", "M25.562")),
]

SIDES: Final = [
    fails("DX-009", "RT, left knee", with_modifier("RT", "M25.562"), ("2400/SV101-3", 1), value="RT"),
    fails("DX-009", "LT, right ankle sprain", with_modifier("LT", "S93.401D", "M62.81"), ("2400/SV101-3", 1)),
    fails("DX-009", "right finger, left hand", with_modifier("F6", "M20.012"), ("2400/SV101-3", 1), value="F6"),
    fails("DX-009", "left thumb, right hand", with_modifier("FA", "M18.11"), ("2400/SV101-3", 1)),
    passes("DX-009", "RT, right knee", with_modifier("RT", "M25.561")),
    passes("DX-009", "one of each", with_modifier("RT", "M25.562", "M25.511")),
    passes("DX-009", "both knees, the right one treated", with_modifier("RT", "M17.0")),
    passes("DX-009", "the left knee and both", with_modifier("RT", "M25.562", "M17.0")),
    passes("DX-009", "no side in the diagnosis", with_modifier("LT", "M62.81", "R26.2")),
    passes("DX-009", "the other side of the brain", with_modifier("LT", "I63.311", "S06.310D")),
    passes("DX-009", "the left side of the heart", with_modifier("RT", "I50.1", "K51.50")),
    passes("DX-009", "left thumb, left hand", with_modifier("FA", "M18.12")),
    passes("DX-009", "no modifier of a side", because_of("M25.562")),
    fails("DX-010", "knee, the line says right", with_modifier("RT", "M25.569"), "2300/HI01", value="M25569"),
    fails("DX-010", "sciatica", with_modifier("LT", "M62.81", "M54.30"), "2300/HI02"),
    fails("DX-010", "hemiplegia", with_modifier("RT", "G81.90"), "2300/HI01"),
    fails("DX-010", "sprain", with_modifier("LT", "S93.409D"), "2300/HI01"),
    passes("DX-010", "nobody knows the side", because_of("M25.569")),
    passes("DX-010", "the diagnosis says it", with_modifier("RT", "M25.561")),
    passes("DX-010", "unspecified, but of no side", with_modifier("RT", "M54.50", "M19.90")),
    passes(
        "DX-010",
        "another line has the modifier",
        because_of(
            "M25.561",
            "M25.569",
            **timed(
                {"code": "97530", "minutes": 30, "modifiers": ["RT"], "diagnosis_pointers": [1]},
                {"code": "97110", "minutes": 15, "diagnosis_pointers": [2]},
            ),
        ),
    ),
]

ROWS: Final[list[Row]] = [*DIAGNOSES, *BILLABLE, *SEQUENCE, *EXCLUDED, *SIDES]


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_rule(row: Row) -> None:
    """The rule says what the catalog's condition says."""
    check(row)


@pytest.mark.parametrize(
    ("day", "code", "said", "fix"),
    [
        (
            YEAR_2026,
            "M54.5",
            "M54.5 is a header; billable under it: M54.50, M54.51, M54.59",
            "have the clinician choose among M54.50, M54.51, M54.59 for diagnosis 1 (diagnoses.0)",
        ),
        (
            YEAR_2026,
            "G35",
            "G35 is a header since 2025-10-01; billable under it: G35.A, G35.B0, G35.B1, G35.B2 and 4 more",
            "have the clinician choose among G35.A, G35.B0, G35.B1, G35.B2 and 4 more for diagnosis 1 (diagnoses.0)",
        ),
        (
            YEAR_2026,
            "S23.3D",
            "S23.3D is no code of ICD-10-CM, the nearest: S23.3XXD",
            "have the clinician confirm S23.3XXD for diagnosis 1 (diagnoses.0)",
        ),
        (
            YEAR_2026,
            "M25.5111",
            "M25.5111 is no code of ICD-10-CM, the nearest: M25.511",
            "have the clinician confirm M25.511 for diagnosis 1 (diagnoses.0)",
        ),
        (
            YEAR_2025,
            "G35.A",
            "G35.A is in force from 2025-10-01 only",
            "have the clinician confirm G35 for diagnosis 1 (diagnoses.0)",
        ),
        (
            "2025-10-01",
            "S30.1XXD",
            "S30.1XXD was deleted, its last day was 2025-09-30",
            "have the clinician choose among S30.11XD, S30.12XD, S30.13XD for diagnosis 1 (diagnoses.0)",
        ),
        (
            YEAR_2026,
            "F99.99",
            "F99.99 is no code of ICD-10-CM, the nearest: F99",
            "have the clinician confirm F99 for diagnosis 1 (diagnoses.0)",
        ),
        (YEAR_2026, "B99.0", "B99.0 is no code of ICD-10-CM, the nearest: B99.8, B99.9", None),
        (YEAR_2026, "F98.X", "F98.X is no code of ICD-10-CM", None),
        (YEAR_2026, "D90", "D90 is no code of ICD-10-CM", "correct diagnosis 1 (diagnoses.0)"),
        (
            UNLISTED,
            "M54.5",
            "M54.5 is a header; billable under it: M54.50, M54.51, M54.59; no list is loaded for 2026-11-16, "
            "this is by that of 2025-10-01",
            None,
        ),
    ],
)
def test_what_is_wrong_with_a_code_and_what_there_is_instead(day: str, code: str, said: str, fix: str | None) -> None:
    (found,) = alone("DX-002", served(day, code))
    assert found.message.startswith(f"{RULES['DX-002'].message}: {said}")
    if fix:
        assert found.fixes == [fix]


def test_a_held_claim_names_the_choices_and_takes_none() -> None:
    scrubbed = scrub(served(YEAR_2026, "M54.5", "M62.81"))
    assert scrubbed.verdict == "held"
    assert scrubbed.smallest_fix == [
        "have the clinician choose among M54.50, M54.51, M54.59 for diagnosis 1 (diagnoses.0)"
    ]


def test_excludes1_is_said_with_its_place_and_holds_nothing() -> None:
    """Unrelated conditions may stand together (guideline I.A.12.a)."""
    scrubbed = scrub(because_of("M54.16", "G57.02"))
    (found,) = [each for each in scrubbed.findings if each.code == "DX-008"]
    assert scrubbed.verdict == "clean"
    assert found.message.endswith("M54.16 and G57.02, by the note at G50-G59")
    assert found.fixes == ["take out one of M54.16 and G57.02, unless they are unrelated conditions"]


@pytest.mark.parametrize(
    ("code", "choices"),
    [
        ("M25.569", "confirm M25.561"),
        ("M79.603", "confirm M79.601"),
        ("M25.073", "confirm M25.071"),
        ("M16.10", "confirm M16.11"),
        ("S83.519D", "confirm S83.511D"),
        ("G81.90", "choose among G81.91, G81.93"),
    ],
)
def test_the_side_is_chosen_by_the_clinician(code: str, choices: str) -> None:
    (found,) = alone("DX-010", with_modifier("RT", code))
    assert found.fixes == [f"have the clinician {choices} for diagnosis 1 (diagnoses.0)"]


def test_a_claim_without_diagnoses_gets_an_answer() -> None:
    """The rules that look at the first one wait for DX-001."""
    found = {each.code: each.severity.value for each in scrub(claimed()).findings}
    assert found["DX-001"] == "error"
    assert found["DX-006"] == "not_evaluated"
