"""The loops above a claim: billing provider (2000A), subscriber and payer (2000B), and a patient who is not the
subscriber (2000C). Each is a page without its HL: the text itself tells which claims may stand under one HL."""

from __future__ import annotations

import re
from typing import Final

from claimloom.reference.addresses import is_mailbox
from claimloom.x12.writing.page import ADDRESS, NAME, TextPage, others
from schemas.claim import Claim
from schemas.session import BillingProvider, Coverage, Patient
from schemas.values import PersonName

RESPONSIBILITIES: Final = frozenset("PSTABCDEFGHU")
RELATIONSHIPS: Final = frozenset("01 19 20 21 39 40 53 G8".split())
FILING: Final = frozenset("11 12 13 14 15 16 17 AM BL CH CI DS FI HM LM MA MB MC OF TV VA WC ZZ".split())
MSP_TYPES: Final = frozenset("12 13 14 15 16 41 42 43 47".split())
MEDICARE: Final = frozenset(("MA", "MB"))
COVERAGE: Final = others(Coverage, "payer_class", "effective_from", "effective_to")
PATIENT: Final = others(Patient, "patient_id", "name", "address")
PROVIDER: Final = others(BillingProvider, "address", "pay_to_address", "medicare_participating")
NINE_DIGITS: Final = re.compile(r"\d{9}", re.ASCII)


def billing_provider(page: TextPage, provider: BillingProvider) -> None:
    """Loops 2000A, 2010AA and 2010AB."""
    page.loop = "2000A"
    page.add("PRV", "BI", "PXC", page.taxonomy(provider.taxonomy))
    page.loop = "2010AA"
    kind = page.listed(provider.entity_type, ("1", "2"), "NM1", "02")
    name = page.text(provider.name, "NM1", "03", 60)
    first = page.text(provider.first, "NM1", "04", 35, needed=False) if kind == "1" else ""
    page.add("NM1", "85", kind, name, first, "", "", "", "XX", page.npi(provider.npi))
    page.address(provider.address)
    if is_mailbox(provider.address.line1):
        message = "a billing provider has a street; the box is where it is paid (pay_to_address)"
        page.fault("post_office_box", "", message, "N3", "01", provider.address.line1)
    tax_id = page.matching(provider.tax_id, NINE_DIGITS, "REF", "02", "a tax id of nine digits")
    page.add("REF", page.listed(provider.tax_id_type, ("EI", "SY"), "REF", "01"), tax_id)
    if provider.pay_to_address:
        page.loop = "2010AB"
        page.add("NM1", "87", kind)
        page.address(provider.pay_to_address)


def provider_key(provider: BillingProvider) -> tuple[object, ...]:
    """All that is written of a billing provider, as plain values: compared some times faster than the noun."""
    pay_to = provider.pay_to_address
    paid = ADDRESS(vars(pay_to)) if pay_to else ()
    return (*PROVIDER(vars(provider)), *ADDRESS(vars(provider.address)), *paid)


def subscriber(page: TextPage, claim: Claim) -> None:
    """Loops 2000B, 2010BA and 2010BB, for the payer that the claim goes to.

    A patient comes several times in a week, so what was written is kept under all that it is made of.
    """
    coverage, patient, accident = claim.coverage, claim.patient, claim.accident
    number = accident.claim_number if accident else ""
    key = ("2000B", claim.responsibility, *COVERAGE(vars(coverage)), *_person(patient), number)
    if page.again(key):
        return
    start, faults = len(page.lines), len(page.findings)
    own = coverage.relationship == "18"
    page.loop = "2000B"
    subscriber_information(page, claim.responsibility, coverage, "18" if own else "")
    if own and patient.death_date:
        page.add("PAT", "", "", "", "", "D8", page.day(patient.death_date, "PAT", "06"))
    page.loop = "2010BA"
    insured(page, coverage, patient.name, coverage.filing_indicator == "WC")
    if own:
        page.address(patient.address)
        _born(page, patient)
        _property_claim(page, claim)
    page.loop = "2010BB"
    payer(page, coverage)
    page.keep(key, start, faults)


def _person(patient: Patient) -> tuple[object, ...]:
    """All that is written of a patient."""
    return (*PATIENT(vars(patient)), *NAME(vars(patient.name)), *ADDRESS(vars(patient.address)))


def subscriber_information(page: TextPage, responsibility: str, coverage: Coverage, relationship: str) -> None:
    """SBR, in 2000B and 2320."""
    kind, filing = coverage.msp_type, coverage.filing_indicator
    key = ("SBR", page.loop, responsibility, relationship, coverage.group_number, coverage.group_name, kind, filing)
    if page.again(key):
        return
    start, faults = len(page.lines), len(page.findings)
    order = page.listed(responsibility, RESPONSIBILITIES, "SBR", "01")
    number = page.text(coverage.group_number, "SBR", "03", 50, needed=False)
    name = "" if number else page.text(coverage.group_name, "SBR", "04", 60, needed=False)
    if kind:
        kind = page.listed(kind, MSP_TYPES, "SBR", "05")
        if responsibility == "P" or filing not in MEDICARE:
            message = "a reason why Medicare is not primary stands only where Medicare is not primary"
            page.fault("situational_element_present", "IK4 I13", message, "SBR", "05", kind, "leave msp_type empty")
    elif filing == "MB" and responsibility != "P" and page.loop == "2000B":
        message = "a claim to Medicare after another payer says why Medicare is not primary"
        page.fault("situational_element_missing", "IK4 I9", message, "SBR", "05", fix="give msp_type")
    page.add("SBR", order, relationship, number, name, kind, "", "", "", page.listed(filing, FILING, "SBR", "09"))
    page.keep(key, start, faults)


def insured(page: TextPage, coverage: Coverage, patient: PersonName, compensation: bool = False) -> None:
    """NM1*IL: who holds the policy; for workers' compensation the employer, who may be without a number."""
    name = coverage.subscriber.name if coverage.relationship != "18" and coverage.subscriber else patient
    employer = compensation and coverage.relationship != "18" and not name.first
    member = page.code(coverage.member_id, "NM1", "09", 80, 2, needed=not employer)
    if employer:
        page.organisation("IL", name.last, "MI" if member else "", member)
    else:
        page.person("IL", name, "MI", member)


def payer(page: TextPage, coverage: Coverage) -> None:
    """NM1*PR."""
    key = ("PR", coverage.payer_name, coverage.payer_id)
    if not page.again(key):
        start, faults = len(page.lines), len(page.findings)
        page.organisation("PR", coverage.payer_name, "PI", page.code(coverage.payer_id, "NM1", "09", 80, 2))
        page.keep(key, start, faults)


def patient(page: TextPage, claim: Claim) -> None:
    """Loops 2000C and 2010CA."""
    person = claim.patient
    page.loop = "2000C"
    relationship = page.listed(claim.coverage.relationship, RELATIONSHIPS, "PAT", "01")
    died = ("D8", page.day(person.death_date, "PAT", "06")) if person.death_date else ()
    page.add("PAT", relationship, *(("", "", "", *died) if died else ()))
    page.loop = "2010CA"
    page.person("QC", person.name)
    page.address(person.address)
    _born(page, person)
    _property_claim(page, claim)


def _born(page: TextPage, person: Patient) -> None:
    born = page.day(person.birth_date, "DMG", "02")
    page.add("DMG", "D8", born, page.listed(person.gender, "FMU", "DMG", "03"))


def _property_claim(page: TextPage, claim: Claim) -> None:
    if claim.accident:
        page.reference("Y4", claim.accident.claim_number)
