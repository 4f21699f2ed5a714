"""What of a claim no file can hold, asked of the writer of 837P files before the claim is called clean.

The writer knows places of X12; whoever mends a visit knows its fields. So each refusal names the field behind its
place.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Final
from uuid import UUID

from claimloom.scrub.case import Unwritable
from claimloom.x12.guides.findings import Finding
from claimloom.x12.guides.text import date_text
from claimloom.x12.guides.values import BASIC_SET, Charset
from claimloom.x12.writing.envelope import Envelope
from claimloom.x12.writing.file_837p import check_837p
from schemas.claim import Claim

ADDRESS: Final = {
    "N301": "address.line1",
    "N302": "address.line2",
    "N401": "address.city",
    "N402": "address.state",
    "N403": "address.zip",
}
PERSON: Final = {
    **ADDRESS,
    "NM103": "name.last",
    "NM104": "name.first",
    "NM105": "name.middle",
    "NM107": "name.suffix",
    "NM109": "npi",
    "DMG02": "birth_date",
    "DMG03": "gender",
    "PRV03": "taxonomy",
    "PAT06": "death_date",
}
ORGANISATION: Final = {**PERSON, "NM102": "entity_type", "NM103": "name", "NM104": "first"}
BILLING: Final = {**ORGANISATION, "REF01": "tax_id_type", "REF02": "tax_id"}
PAY_TO: Final = {place: f"pay_to_{name}" for place, name in ADDRESS.items()}
INSURANCE: Final = {
    "SBR03": "group_number",
    "SBR04": "group_name",
    "SBR05": "msp_type",
    "SBR09": "filing_indicator",
    "PAT01": "relationship",
    "NM103": "payer_name",
    "NM109": "payer_id",
}
OF_CLAIM: Final = {
    "CLM02": "clinic.fees_cents",
    "CLM05-1": "place_of_service",
    "CLM11-1": "accident.related",
    "CLM11-4": "accident.state",
    "AMT02": "patient_paid_cents",
    "NTE02": "claim_note.text",
    "K301": "file_information",
    "PWK01": "attachments",
    "PWK06": "control_number of attachments",
}
OWNERS: Final[dict[str, tuple[str, dict[str, str]]]] = {
    "2000A": ("billing_provider", BILLING),
    "2010AA": ("billing_provider", BILLING),
    "2010AB": ("billing_provider", PAY_TO),
    "2000B": ("coverages.0", INSURANCE),
    "2000C": ("coverages.0", INSURANCE),
    "2010BB": ("coverages.0", INSURANCE),
    "2010CA": ("patient", PERSON),
    "2310A": ("referring_provider", PERSON),
    "2310B": ("therapist", PERSON),
    "2310C": ("clinic", ORGANISATION),
    "2310D": ("supervising_provider", PERSON),
    "2300": ("", OF_CLAIM),
}
MEMBER: Final = {"NM109": "member_id"}
OF_LINE: Final = {
    "SV102": "clinic.fees_cents.{code}",
    "SV104": "count of {code}",
    "SV107": "diagnosis_pointers of {code}",
    "SV107-1": "diagnosis_pointers of {code}",
    "SV101-7": "description of {code}",
    "DTP03": "date_of_service",
    "NTE02": "line_note of {code}",
    "PWK01": "attachments of {code}",
    "PWK06": "control_number of attachments of {code}",
}
REFERENCES: Final = (
    ("G1", "authorization.number", "authorization_number"),
    ("9F", "referral_number", "referral_number"),
    ("X4", "clia_number", "clia_number"),
    ("F8", "", "payer_claim_control_number"),
)
LINE: Final = re.compile(r"line (\d+): ")
AMOUNTS: Final = ("CLM02", "SV102", "AMT02")
VERBS: Final = {"too_long": "shorten", "missing_element": "fill", "situational_element_missing": "fill"}


def unwritable(claims: Sequence[Claim], day: date, charset: Charset = BASIC_SET) -> dict[UUID, list[Unwritable]]:
    """By claim what the writer refuses of it in a partner's characters, on a day; claims that fit are left out."""
    envelope = Envelope("CHECK", "CHECK", 1, datetime.combine(day, time()), charset=charset)
    return {
        each.claim.claim_id: [_said(each.claim, finding) for finding in each.findings]
        for each in check_837p(claims, envelope)
    }


def _said(claim: Claim, finding: Finding) -> Unwritable:
    message = LINE.sub("", finding.message, count=1)
    told = LINE.match(finding.message)
    line = int(told[1]) if told else 0
    place, name = _field(claim, finding, line)
    verb = "correct" if place in AMOUNTS else VERBS.get(finding.code, "correct")
    fix = f"{verb} {name}" if name else finding.fix or f"correct what {finding.loop} {finding.segment} is made of"
    return Unwritable(f"{finding.loop}/{place}", f"{name}: {message}" if name else message, fix, line)


def _field(claim: Claim, finding: Finding, line: int) -> tuple[str, str]:
    """Place in the loop, and the field of the visit that it is made of; empty where there is no such field."""
    loop, place = finding.loop, f"{finding.segment}{finding.element}"
    if finding.segment == "REF" and loop in ("2300", "2010BA", "2010CA"):
        return _reference(claim, finding)
    if finding.segment == "DTP" and loop == "2300":
        onset = claim.onset_date is not None and date_text(claim.onset_date) == finding.value
        return ("DTP*431", "onset_date") if onset else ("DTP*439", "accident.accident_date")
    if finding.segment == "HI" and finding.element:
        return place, f"diagnoses.{int(finding.element[:2]) - 1}"
    if loop == "2400" and line:
        code = next((each.procedure_code for each in claim.lines if each.line_number == line), "")
        return place, OF_LINE.get(place, f"{code} of the visit" if place.startswith("SV101") else "").format(code=code)
    if loop.startswith(("2320", "2330")):
        return place, "coverages.1"
    owner, fields = OWNERS.get("2010CA" if place == "PAT06" else loop, ("", {}))
    if loop == "2010BA":
        own = claim.coverage.relationship == "18"
        owner, fields = ("patient" if own else "coverages.0.subscriber"), PERSON
        if place == "NM109":
            owner, fields = "coverages.0", MEMBER
    name = fields.get(place, "")
    return place, f"{owner}.{name}".lstrip(".") if name else ""


def _reference(claim: Claim, finding: Finding) -> tuple[str, str]:
    """REF by its qualifier, told by the number that stands in it."""
    for qualifier, name, field in REFERENCES:
        value = getattr(claim, field)
        if value and value.strip().upper() == finding.value.strip().upper():
            return f"REF*{qualifier}", name
    if finding.loop != "2300":
        return "REF*Y4", "accident.claim_number"
    missing = not finding.value and finding.code.startswith("situational")
    return ("REF*F8" if missing else "REF"), ""
