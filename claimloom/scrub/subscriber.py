"""SUB: who is insured."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from claimloom.scrub.case import Case, patient_loop
from claimloom.scrub.rules import Hit, MissingInputError, rule
from schemas.words import counted

# CMS: eleven places, no S L O I B Z.
MBI: Final = re.compile(
    r"[1-9][AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9]\d[AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9]\d[AC-HJKMNP-RT-Y]{2}\d{2}"
)
NO_NAMES: Final = frozenset({"UNKNOWN", "NONE", "TEST"})
ASCII_DIGIT: Final = re.compile(r"[0-9]")
EMPLOYERS: Final = "WC"
"""SBR09 of workers' compensation, where the employer holds the policy."""
MEMBER_ID: Final = "2010BA/NM109"


@rule("SUB-001")
def member_id(case: Case) -> Iterator[Hit]:
    """At least two characters; an employer as subscriber (workers' compensation) has none."""
    if len(case.claim.coverage.member_id.strip()) < 2 and not _is_employers(case):
        yield Hit(MEMBER_ID, "", ("fill coverages.0.member_id",))


@rule("SUB-002", after=("SUB-001",))
def medicare_beneficiary_identifier(case: Case) -> Iterator[Hit]:
    """The MBI's shape."""
    number = case.claim.coverage.member_id.upper()
    if not MBI.fullmatch(number):
        detail = counted(len(number), "character") if len(number) != 11 else "a place has the wrong kind of character"
        yield Hit(MEMBER_ID, detail, ("correct coverages.0.member_id: the 11 characters of the card, no dashes",))


@rule("SUB-003", after=("SUB-001",))
def member_id_of_payer(case: Case) -> Iterator[Hit]:
    """The payer's own shape, from its settings."""
    if not re.fullmatch(case.payer.member_id_regex, case.claim.coverage.member_id):
        yield Hit(MEMBER_ID, f"wanted {case.payer.member_id_regex}", ("correct coverages.0.member_id",))


@rule("SUB-004")
def birth_date(case: Case) -> Iterator[Hit]:
    """Born before the service, and not more than 120 years."""
    born, day = case.claim.patient.birth_date, case.day
    too_old = (day.year - born.year, day.month, day.day) > (120, born.month, born.day)
    if born > day or too_old:
        detail = "after the date of service" if born > day else "more than 120 years before the service"
        fixes = ("correct patient.birth_date", "correct date_of_service")
        yield Hit(f"{patient_loop(case)}/DMG02", detail, fixes)


@rule("SUB-008")
def patient_is_subscriber(case: Case) -> Iterator[Hit]:
    """Medicare and Medicaid insure persons, not families."""
    if case.claim.coverage.relationship != "18":
        yield Hit("2000B/SBR02", "", ("set coverages.0.relationship to 18 and drop its subscriber",))


@rule("SUB-009")
def after_death(case: Case) -> Iterator[Hit]:
    """No service after the patient's death."""
    died = case.claim.patient.death_date
    if died and died < case.day:
        yield Hit("2400/DTP*472", "", ("correct patient.death_date", "correct date_of_service"))


@rule("SUB-010")
def name(case: Case) -> Iterator[Hit]:
    """Letters, and not a filler."""
    subscriber = case.claim.coverage.subscriber
    people = [("2010BA/NM103" if subscriber is None else "2010CA/NM103", case.claim.patient.name)]
    if subscriber and not _is_employers(case):  # a firm may have digits in its name
        people.append(("2010BA/NM103", subscriber.name))
    for where, person in people:
        if _has_digit(person.last + person.first) or person.last.upper() in NO_NAMES:
            owner = "patient" if person == case.claim.patient.name else "coverages.0.subscriber"
            yield Hit(where, "a digit or a filler", (f"correct {owner}.name",))


def _is_employers(case: Case) -> bool:
    """Whether a firm holds the policy (2010BA NM102 = 2): the employer, in workers' compensation."""
    coverage = case.claim.coverage
    holder = coverage.subscriber
    return holder is not None and coverage.filing_indicator == EMPLOYERS and not holder.name.first


def _has_digit(text: str) -> bool:
    return ASCII_DIGIT.search(text) is not None if text.isascii() else any(mark.isdigit() for mark in text)


@rule("SUB-015")
def accident_claim_number(case: Case) -> Iterator[Hit]:
    """Workers' compensation and auto: claim number and accident date."""
    accident = case.claim.accident
    if case.payer.claim_number_required and not (accident and accident.claim_number.strip()):
        fixes = (
            "fill accident.claim_number with the number that the payer gave the case",
            "set claim_number_required = false in the payer's file, if it tells you to bill without one",
        )
        yield Hit(f"{patient_loop(case)}/REF*Y4", "no claim number", fixes)
    if accident and not accident.accident_date:
        if not {"AA", "OA"} & set(accident.related):
            raise MissingInputError("accident.accident_date, if the employment (EM) led to an accident")
        yield Hit("2300/DTP*439", "no accident date", ("fill accident.accident_date",))


@rule("SUB-017")
def employer_holds_the_policy(case: Case) -> Iterator[Hit]:
    """Workers' compensation: SBR02 is empty, 2010BA names the employer and 2010CA the worker (Office Ally, file format
    for workers' compensation). A household's employer may be a person.
    """
    coverage = case.claim.coverage
    if coverage.filing_indicator == EMPLOYERS and case.payer.employer_is_subscriber and coverage.relationship == "18":
        fixes = (
            "put the employer into coverages.0.subscriber.name.last and set coverages.0.relationship to 20",
            "set employer_is_subscriber = false in the payer's file, if it wants the worker there",
        )
        yield Hit("2010BA/NM102", "the patient stands in the employer's place", fixes, value=coverage.relationship)
