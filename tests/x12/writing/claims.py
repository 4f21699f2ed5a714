"""Claims to write, and a look at what was written that uses nothing of the writer. People invented."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from claimloom.billing.build import build_claim
from claimloom.payers import Payers
from claimloom.x12.checking.check import check
from claimloom.x12.checking.second_opinion import pyx12_findings
from claimloom.x12.guides.findings import Finding
from claimloom.x12.guides.values import EXTENDED_SET
from claimloom.x12.writing.envelope import Envelope
from claimloom.x12.writing.file_837p import Header, build_837p
from schemas.claim import (
    Attachment,
    Claim,
    ClaimLine,
    ClaimNote,
    Drug,
    LineAdjudication,
    OtherPayer,
)
from schemas.event import derived_id
from schemas.remittance import Adjustment
from schemas.session import Coverage, ReferringProvider, Therapist
from schemas.values import PersonName
from tests.sessions import CLINIC_ADDRESS, visit

PAYERS = Payers()

ENVELOPE = Envelope("SUBMITTER01", "RECEIVER01", 7, datetime(2026, 11, 23, 9, 0, tzinfo=UTC))
HEADER = Header(ENVELOPE, "Example Billing Company", "5555550100", "Example Clearinghouse")
EXTENDED = replace(HEADER, envelope=replace(ENVELOPE, charset=EXTENDED_SET))
MEDICARE = {
    "payer_id": "06102",
    "payer_name": "MEDICARE PART B IL",
    "payer_class": "medicare_b",
    "member_id": "1EG4TE5MK73",
    "filing_indicator": "MB",
}
COMMERCIAL = {
    "payer_id": "99999",
    "payer_name": "Example Health Plan",
    "payer_class": "commercial",
    "member_id": "W123456789",
    "group_number": "GRP100",
    "filing_indicator": "CI",
}
DEPENDENT = COMMERCIAL | {"relationship": "19", "subscriber": {"name": {"last": "Lee", "first": "Sam"}}}
SUPPLEMENT = {
    "payer_id": "88888",
    "payer_name": "EXAMPLE SUPPLEMENT",
    "payer_class": "commercial",
    "member_id": "SUPP55501",
    "group_name": "PLAN F",
    "filing_indicator": "CI",
}
COMPENSATION = {
    "payer_id": "55555",
    "payer_name": "EXAMPLE COMPENSATION",
    "payer_class": "workers_comp_auto",
    "member_id": "E200300",
    "filing_indicator": "WC",
    "relationship": "20",
    "subscriber": {"name": {"last": "EXAMPLE EMPLOYER"}},
}
OTHER_CLINIC = {
    "name": "Álvarez Therapy & Rehab: North*Side",
    "npi": "1215930367",
    "tax_id": "987650000",
    "taxonomy": "261QP2000X",
    "address": CLINIC_ADDRESS,
    "pay_to_address": {"line1": "PO BOX 500", "city": "SPRINGFIELD", "state": "IL", "zip": "627050500"},
}
FULL = {
    "coverages": [DEPENDENT],
    "authorization": {"number": "AUTH778899"},
    "referral_number": "R42",
    "accident": {"related": ["AA"], "accident_date": "2026-10-01", "state": "IL", "claim_number": "PC-1"},
    "onset_date": "2026-10-02",
    "patient_paid_cents": 2050,
    "diagnoses": [f"M25.5{joint}{side}" for joint in range(1, 6) for side in (1, 2)] + ["M62.81", "R27.8"],
    "billing_provider": OTHER_CLINIC | {"address": CLINIC_ADDRESS | {"line1": "9 ELM ST"}},
}
JUNG = ReferringProvider(name=PersonName(last="JUNG", first="ADA"), npi="1245319599")
CHEN = Therapist(name=PersonName(last="CHEN", first="ROBIN"), npi="1215930367", taxonomy="225100000X")


def claim(**changes: Any) -> Claim:
    """The claim of a visit with some of its fields replaced."""
    session = visit(**changes)
    coverage = session.coverages[0]
    payer = PAYERS.config(coverage.payer_id, coverage.payer_class, session.date_of_service)
    return build_claim(session, payer, claim_id=derived_id("claim", session.session_id))


def with_(base: Claim, **changes: Any) -> Claim:
    """The claim with some of its own fields replaced, unchecked."""
    return base.model_copy(update=changes)


def with_line(base: Claim, number: int = 1, **changes: Any) -> Claim:
    """The claim with fields of one of its lines replaced."""
    lines = [line.model_copy(update=changes) if line.line_number == number else line for line in base.lines]
    return with_(base, lines=lines)


def replacement(base: Claim, code: str = "7") -> Claim:
    return with_(base, frequency_code=code, payer_claim_control_number="2026300123456")


def everything(**changes: Any) -> Claim:
    """A claim with every optional part that a claim without other payers can have."""
    base = claim(**(FULL | changes))
    base = with_(
        base,
        supervising=JUNG,
        initial_treatment_date=date(2026, 10, 5),
        last_seen_date=date(2026, 11, 1),
        acute_manifestation_date=date(2026, 10, 1),
        disability_from=date(2026, 10, 1),
        disability_to=date(2026, 12, 1),
        last_worked_date=date(2026, 9, 30),
        return_to_work_date=date(2026, 12, 2),
        admission_date=date(2026, 10, 1),
        discharge_date=date(2026, 10, 3),
        first_contact_date=date(2026, 10, 4),
        service_authorization_exception="1",
        clearinghouse_claim_number="CH-77",
        medical_record_number="MRN7",
        special_program_code="03",
        delay_reason_code="8",
        attachments=[
            Attachment(report_type="08", transmission="FX", control_number="DOC1"),
            Attachment(report_type="PN", transmission="AA"),
        ],
        file_information=["STATE DATA REQUIREMENT", "SECOND"],
        note=ClaimNote(text="Splint made to measure; photo on file"),
    )
    return with_line(
        base,
        1,
        procedure_code="97799",
        description="Custom hand splint, unlisted",
        date_of_service=date(2026, 11, 16),
        date_of_service_to=date(2026, 11, 17),
        place_of_service="12",
        emergency=True,
        attachments=[Attachment(report_type="B3", transmission="EL", control_number="DOC2")],
        notes=[ClaimNote(text="by hand"), ClaimNote(code="TPO", text="seen by partner")],
        drug=Drug(national_code="00409488810", quantity="1.50", unit="ML", prescription_number="RX9"),
        authorization_number="LINEAUTH",
        referral_number="LINEREF",
        initial_treatment_date=date(2026, 10, 6),
        last_seen_date=date(2026, 11, 2),
        rendering=with_name(CHEN, "OTHER", "1245319599"),
        supervising=ReferringProvider(name=PersonName(last="BOSS", first="LEE"), npi="1679576722"),
        ordering=JUNG,
        referring=JUNG,
    )


def with_name(who: Therapist, last: str, npi: str) -> Therapist:
    return who.model_copy(update={"name": PersonName(last=last, first="A"), "npi": npi})


def adjusted(*parts: tuple[str, str, int]) -> list[Adjustment]:
    return [Adjustment(group=group, reason=reason, amount_cents=amount) for group, reason, amount in parts]


def coverage(fields: dict[str, Any]) -> Coverage:
    return Coverage.model_validate(fields)


def line_paid(line: ClaimLine, paid: int, **changes: Any) -> LineAdjudication:
    """A line that its payer paid in part: the rest is the patient's."""
    rest = line.charge_cents - paid
    fields: dict[str, Any] = {
        "line_number": line.line_number,
        "paid_cents": paid,
        "procedure_code": line.procedure_code,
        "modifiers": line.modifiers,
        "units_paid": str(line.units),
        "adjustments": adjusted(("CO", "45", rest - 1000), ("PR", "2", 1000)),
        "adjudication_date": date(2026, 11, 20),
        "remaining_liability_cents": 1000,
    }
    return LineAdjudication(**(fields | changes))


def after_medicare(**changes: Any) -> Claim:
    """A claim to a supplement that Medicare answered by line."""
    base = claim(coverages=[SUPPLEMENT])
    lines = [line_paid(line, 2000) for line in base.lines]
    first = OtherPayer(
        responsibility="P",
        coverage=coverage(MEDICARE),
        paid_cents=2000 * len(lines),
        remarks=["MA01"],
        payer_claim_control_number="1126320000010",
        lines=lines,
    ).model_copy(update=changes)
    return with_(base, responsibility="S", other_payers=[first])


def text_of(claims: Sequence[Claim], header: Header = HEADER) -> str:
    """The one file of claims that can all be sent."""
    made = build_837p(claims, header)
    assert made.header == []
    assert [each.findings for each in made.refused] == []
    (file,) = made.files
    return file.text


def findings_of(base: Claim, header: Header = HEADER) -> list[Finding]:
    """Why a claim cannot be sent; then it is in no file."""
    made = build_837p([base], header)
    assert made.files == []
    return made.refused[0].findings


def faults(text: str) -> list[Finding]:
    """What pyx12 and our own check find wrong with a file."""
    return [*pyx12_findings(text), *check(text.encode()).findings]


def segments(text: str) -> list[list[str]]:
    return [part.strip().split("*") for part in text.split("~") if part.strip()]
