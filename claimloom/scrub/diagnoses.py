"""DX: why it was done. Shapes and places only; the ICD-10-CM list itself is not packaged."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from claimloom.scrub.case import Case
from claimloom.scrub.rules import Hit, MissingInputError, rule
from schemas.words import counted

SHAPE: Final = re.compile(r"[A-Z]\d[0-9A-Z](?:[0-9A-Z]{0,4})")
PREGNANCY: Final = re.compile(r"O|Z3[3-9]|Z3A")
INJURY: Final = re.compile(r"(?:S..|T[0-2].|T3[0-4]|T79)...A")
EVALUATIONS: Final = frozenset("97161 97162 97163 97164 97165 97166 97167 97168 92521 92522 92523 92524".split())


@rule("DX-001")
def count(case: Case) -> Iterator[Hit]:
    """One to twelve."""
    number = len(case.claim.diagnoses)
    if not 1 <= number <= 12:
        yield Hit("2300/HI", counted(number, "diagnosis", "diagnoses"), ("give 1 to 12 diagnoses",), value=str(number))


@rule("DX-002")
def in_force(_case: Case) -> Iterator[Hit]:
    """Waits for the ICD-10-CM release of the date of service."""
    raise MissingInputError("the ICD-10-CM release in force on the date of service")


@rule("DX-003")
def shape(case: Case) -> Iterator[Hit]:
    """Letter, digit, and three to seven places."""
    for place, code in enumerate(case.claim.diagnoses, start=1):
        if not SHAPE.fullmatch(code):
            yield Hit(f"2300/HI{place:02d}", f"diagnosis {place}", (f"correct diagnoses.{place - 1}",), value=code)


@rule("DX-004")
def twice(case: Case) -> Iterator[Hit]:
    """Each diagnosis once."""
    codes = case.claim.diagnoses
    if len(set(codes)) == len(codes):
        return
    for place, code in enumerate(codes, start=1):
        if code in codes[: place - 1]:
            fix = f"take out diagnoses.{place - 1} and adjust the pointers"
            yield Hit(f"2300/HI{place:02d}", f"diagnosis {place}", (fix,), value=code)


@rule("DX-005")
def pointers(case: Case) -> Iterator[Hit]:
    """Pointers point at diagnoses that are there, each once."""
    last = len(case.claim.diagnoses)
    for line in case.claim.lines:
        given = line.diagnosis_pointers
        if not given or max(given) > last or len(set(given)) < len(given):
            detail = f"pointers {given or 'missing'}, {counted(last, 'diagnosis', 'diagnoses')}"
            fixes = (f"correct diagnosis_pointers of {line.procedure_code}", "add the missing diagnosis")
            yield Hit("2400/SV107", detail, fixes, line, ":".join(map(str, given)))


@rule("DX-006", after=("DX-001", "DX-003"))
def first_listed(case: Case) -> Iterator[Hit]:
    """External causes (V00 to Y99) never come first."""
    first = case.claim.diagnoses[0]
    if first[0] in "VWXY":
        yield Hit("2300/HI01", first, ("put the condition treated first in diagnoses",), value=first)


@rule("DX-011", after=("DX-003",))
def seventh_character(case: Case) -> Iterator[Hit]:
    """An injury in active treatment (A) is not what therapy treats; evaluations may carry it."""
    injuries = [(place, code) for place, code in enumerate(case.claim.diagnoses, start=1) if INJURY.fullmatch(code)]
    if not injuries:
        return
    treated = {
        pointer
        for line in case.claim.lines
        if line.procedure_code not in EVALUATIONS
        for pointer in line.diagnosis_pointers
    }
    for place, code in injuries:
        if place in treated:
            fix = f"set the seventh character of diagnoses.{place - 1} to D or S"
            yield Hit(f"2300/HI{place:02d}", code, (fix,), value=code)


@rule("DX-012", after=("DX-003",))
def fits_the_patient(case: Case) -> Iterator[Hit]:
    """Pregnancy codes: women between 9 and 64."""
    found = [(place, code) for place, code in enumerate(case.claim.diagnoses, start=1) if PREGNANCY.match(code)]
    if not found:
        return
    born = case.claim.patient.birth_date
    age = case.day.year - born.year - ((case.day.month, case.day.day) < (born.month, born.day))
    for place, code in found:
        if case.claim.patient.gender == "M" or not 9 <= age <= 64:
            fixes = (f"correct diagnoses.{place - 1}", "correct patient.gender or patient.birth_date")
            yield Hit(f"2300/HI{place:02d}", code, fixes, value=code)


@rule("DX-014", after=("DX-001", "DX-003"))
def definitive(case: Case) -> Iterator[Hit]:
    """Only symptoms and circumstances, while the plan of care knows more; sessions do not carry the plan's."""
    if all(code[0] in "RZ" for code in case.claim.diagnoses):
        raise MissingInputError("the diagnoses of the plan of care (all on the claim are R or Z codes)")
    yield from ()
