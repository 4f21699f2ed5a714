"""DX: why it was done, by the lists of ICD-10-CM (``claimloom/reference/icd10.py``).

No fix chooses a diagnosis: it names what the clinician can choose among.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Final

from claimloom.reference.icd10 import (
    FIRST,
    Release,
    TabularNote,
    code_first,
    dotted,
    excludes,
    is_manifestation,
    is_within,
    side,
    sided,
)
from claimloom.scrub.case import Case
from claimloom.scrub.rules import Hit, MissingInputError, rule
from schemas.claim import ClaimLine, Severity
from schemas.words import counted

SHAPE: Final = re.compile(r"(?:[A-Z]\d|QA)[0-9A-Z](?:[0-9A-Z]{0,4})")
PREGNANCY: Final = re.compile(r"O|Z3[3-9]|Z3A")
INJURY: Final = re.compile(r"(?:S..|T[0-2].|T3[0-4]|T79)...A")
EVALUATIONS: Final = frozenset("97161 97162 97163 97164 97165 97166 97167 97168 92521 92522 92523 92524".split())
RIGHT: Final = frozenset("RT F5 F6 F7 F8 F9 T5 T6 T7 T8 T9".split())
LEFT: Final = frozenset("LT FA F1 F2 F3 F4 TA T1 T2 T3 T4".split())
MOST_NAMED: Final = 4


@rule("DX-001")
def count(case: Case) -> Iterator[Hit]:
    """One to twelve."""
    number = len(case.claim.diagnoses)
    if not 1 <= number <= 12:
        yield Hit("2300/HI", counted(number, "diagnosis", "diagnoses"), ("give 1 to 12 diagnoses",), value=str(number))


@rule("DX-002")
def in_force(case: Case) -> Iterator[Hit]:
    """Each billable on the day of service. Where no list covers the day, one that a list beside it has passes.

    What has not even the form of a code is DX-003's.
    """
    for place, code in enumerate(case.claim.diagnoses, start=1):
        if case.icd10.passes(code, case.day) or not SHAPE.fullmatch(code):
            continue
        release = case.icd10.on(case.day)
        nearest = release or case.icd10.beside(case.day)[0]
        why, choices = _not_billable(case, code, nearest)
        detail = f"{dotted(code)} {why}"
        if not release:
            detail += f"; no list is loaded for {case.day}, this is by that of {nearest.starts}"
        yield Hit(
            where=f"2300/HI{place:02d}",
            detail=detail,
            fixes=(_choose(choices, place),),
            value=code,
            severity=None if release else Severity.WARN,
        )


def _not_billable(case: Case, code: str, release: Release) -> tuple[str, list[str]]:
    """What is wrong with a code that a release lacks, and what there is instead."""
    under = release.under(code)
    billable_in = [each for each in case.icd10.releases if each.is_billable(code)]
    if under:
        since = f" since {release.starts}" if billable_in and billable_in[-1].ends < release.starts else ""
        return f"is a header{since}; billable under it: {_named(under)}", under
    instead = _nearest(code, release)
    if billable_in and billable_in[0].starts > release.ends:
        return f"is in force from {billable_in[0].starts} only", instead
    if billable_in:
        return f"was deleted, its last day was {billable_in[-1].ends}", instead
    return f"is no code of ICD-10-CM{f', the nearest: {_named(instead)}' if instead else ''}", instead


def _nearest(code: str, release: Release) -> list[str]:
    """The code with its placeholders, or without what is too much; else those that begin as it does."""
    padded = f"{code[:-1]:X<6}{code[-1]}"
    if release.is_billable(padded):
        return [padded]
    for length in range(len(code) - 1, 2, -1):
        if found := release.under(code[:length]):
            # Where it has a seventh character, those of the same one.
            return [each for each in found if len(code) == 7 and each[6:] == code[6]] or found
    return []


def _named(codes: Sequence[str]) -> str:
    """A few of these codes, or ranges of codes, as people write them."""
    said = ", ".join("-".join(dotted(each) for each in code.split("-")) for code in codes[:MOST_NAMED])
    return said if len(codes) <= MOST_NAMED else f"{said} and {len(codes) - MOST_NAMED} more"


def _choose(codes: Sequence[str], place: int) -> str:
    if not codes:
        return f"correct diagnoses.{place - 1}"
    if len(codes) == 1:
        return f"have the clinician confirm {dotted(codes[0])} for diagnoses.{place - 1}"
    return f"have the clinician choose among {_named(codes)} for diagnoses.{place - 1}"


@rule("DX-003")
def shape(case: Case) -> Iterator[Hit]:
    """A letter, a digit (QA0 has none), and three to seven places."""
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
    """External causes (V00 to Y99) and manifestations of a disease that has its own code never come first."""
    first = case.claim.diagnoses[0]
    if first[0] in "VWXY":
        yield Hit("2300/HI01", first, ("put the condition treated first in diagnoses",), value=first)
    elif is_manifestation(first):
        detail = f"{dotted(first)} is the manifestation of a disease that stands before it"
        yield Hit("2300/HI01", detail, (f"put the disease behind {dotted(first)} first in diagnoses",), value=first)


@rule("DX-007", after=("DX-001", "DX-003"))
def disease_first(case: Case) -> Iterator[Hit]:
    """Where the tabular list says "code first" without an if. A manifestation that stands first is DX-006's."""
    codes = case.claim.diagnoses
    for place, code in enumerate(codes, start=1):
        if place == 1 and is_manifestation(code):
            continue
        missed = [
            note
            for note in code_first(code, case.day)
            if not any(_comes_first(each, code, note) for each in codes[: place - 1])
        ]
        if missed:
            note = missed[-1]
            wanted = f"{'one of' if note.kind == FIRST else 'a disease such as'} {_named(note.spans)}"
            detail = f"{dotted(code)} comes after {wanted if note.spans else 'the disease behind it'}"
            fix = f"put the disease behind {dotted(code)} before it in diagnoses"
            yield Hit(f"2300/HI{place:02d}", detail, (fix,), value=code)


def _comes_first(other: str, code: str, note: TabularNote) -> bool:
    """Whether a code is what a note asks for. Where its list gives examples any disease will do, but no symptom."""
    if note.kind == FIRST:
        return any(is_within(other, each) for each in note.spans)
    return other[0] not in "RVWXYZ" and other[:3] != code[:3]


@rule("DX-008", after=("DX-003",))
def apart(case: Case) -> Iterator[Hit]:
    """Excludes1. Conditions that have nothing to do with each other may both stand (guideline I.A.12.a)."""
    numbered = list(enumerate(case.claim.diagnoses, start=1))
    for (_, one), (place, other) in combinations(numbered, 2):
        note = excludes(one, other, case.day) or excludes(other, one, case.day)
        if note:
            detail = f"{dotted(one)} and {dotted(other)}, by the note at {_named([note.place])}"
            fix = f"take out one of {dotted(one)} and {dotted(other)}, unless they are unrelated conditions"
            yield Hit(f"2300/HI{place:02d}", detail, (fix,), value=other)


@rule("DX-009", about=RIGHT | LEFT)
def same_side(case: Case) -> Iterator[Hit]:
    """A line of the right for a diagnosis of the left, or the other way round."""
    for line, said in case.lines:
        wanted = _side_of(said.marks)
        if not wanted:
            continue
        sides = {side(code): code for _, code in _pointed(case, line) if side(code) in ("r", "l", "b")}
        if sides.keys() == {"l" if wanted == "r" else "r"}:
            modifier = min(said.marks & (RIGHT | LEFT))
            (other,) = sides.values()
            detail = f"{modifier} on {line.procedure_code}, {dotted(other)} is of the {_word(side(other))}"
            fixes = (f"correct modifiers or diagnosis_pointers of {line.procedure_code}",)
            yield Hit("2400/SV101-3", detail, fixes, line, modifier)


@rule("DX-010", about=RIGHT | LEFT)
def side_known(case: Case) -> Iterator[Hit]:
    """The line says which side, its diagnosis leaves it open."""
    told: set[int] = set()
    for line, said in case.lines:
        wanted = _side_of(said.marks)
        for pointer, code in _pointed(case, line) if wanted else ():
            if pointer in told or side(code) != "u":
                continue
            told.add(pointer)
            choices = [each for each in sided(code) if side(each) == wanted]
            detail = f"{dotted(code)} says no side, {line.procedure_code} is of the {_word(wanted)}"
            yield Hit(f"2300/HI{pointer:02d}", detail, (_choose(choices, pointer),), value=code)


def _pointed(case: Case, line: ClaimLine) -> list[tuple[int, str]]:
    """The diagnoses of a line with their places, as far as there are any at these (DX-005)."""
    numbered = dict(enumerate(case.claim.diagnoses, start=1))
    return [(each, numbered[each]) for each in line.diagnosis_pointers if each in numbered]


def _side_of(marks: frozenset[str]) -> str:
    """The side that a line's modifiers say, empty if none or both."""
    right, left = bool(marks & RIGHT), bool(marks & LEFT)
    return "" if right is left else "r" if right else "l"


def _word(letter: str) -> str:
    return "right" if letter == "r" else "left"


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
    """Only symptoms and circumstances, while the plan of care knows more."""
    if not all(code[0] in "RZ" for code in case.claim.diagnoses):
        return
    plan = case.session.plan_of_care
    if plan is None or not plan.diagnoses:
        raise MissingInputError("the diagnoses of the plan of care (all on the claim are R or Z codes)")
    if definite := [code for code in plan.diagnoses if code.strip()[:1].upper() not in ("R", "Z", "")]:
        fix = f"add {definite[0]} of the plan of care, if it was treated"
        yield Hit("2300/HI01", f"the plan of care names {', '.join(definite)}", (fix,), value=definite[0])
