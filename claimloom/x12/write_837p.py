"""Claims to an 837P file (005010X222A1): one interchange, one group, one transaction, one HL 20 a billing provider."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from claimloom.x12.text import date_text, decimal_text, plain
from schemas.claim import Claim, ClaimLine
from schemas.session import BillingProvider
from schemas.values import Address, PersonName

VERSION = "005010X222A1"


@dataclass(frozen=True, slots=True)
class Header:
    """Envelope of a file to send: who, to whom, and its control numbers."""

    submitter_id: str
    submitter_name: str
    contact_phone: str
    receiver_id: str
    receiver_name: str
    control_number: int
    created: datetime
    usage: str = "T"
    transaction_control_number: str = "0001"

    @property
    def batch_id(self) -> str:
        """BHT03: the interchange's number, so that a 277CA finds its file."""
        return f"B{self.control_number:09d}"


def order_837p(claims: Sequence[Claim]) -> list[Claim]:
    """The claims as they will stand in the file: by billing provider, first come first."""
    groups: dict[str, list[Claim]] = {}
    for claim in claims:
        groups.setdefault(claim.billing_provider.model_dump_json(), []).append(claim)
    return [claim for group in groups.values() for claim in group]


def write_837p(claims: Sequence[Claim], header: Header) -> str:
    """The file's text, segments ended by ``~`` and a line break. Claims as checked by the scrubber."""
    body = _Writer()
    body.add("ST", "837", header.transaction_control_number, VERSION)
    body.add("BHT", "0019", "00", header.batch_id, date_text(header.created), f"{header.created:%H%M}", "CH")
    body.add("NM1", "41", "2", plain(header.submitter_name), "", "", "", "", "46", header.submitter_id)
    body.add("PER", "IC", "EDI DESK", "TE", header.contact_phone)
    body.add("NM1", "40", "2", plain(header.receiver_name), "", "", "", "", "46", header.receiver_id)
    provider: BillingProvider | None = None
    parent = number = 0
    for claim in order_837p(claims):
        if claim.billing_provider != provider:
            provider = claim.billing_provider
            parent = number = number + 1
            _billing_provider(body, provider, number)
        number += 1
        number = _claim(body, claim, number, parent)
    body.add("SE", str(len(body.segments) + 1), header.transaction_control_number)
    control = f"{header.control_number:09d}"
    sender, receiver = f"{header.submitter_id:<15}", f"{header.receiver_id:<15}"
    when = header.created
    moment = (f"{when:%y%m%d}", f"{when:%H%M}")
    parties = ("ZZ", sender, "ZZ", receiver)
    isa = ("ISA", "00", " " * 10, "00", " " * 10, *parties, *moment, "^", "00501", control, "0", header.usage, ":")
    ids = (header.submitter_id, header.receiver_id)
    group = ("GS", "HC", *ids, date_text(when), f"{when:%H%M}", str(header.control_number), "X", VERSION)
    tail = (f"GE*1*{header.control_number}", f"IEA*1*{control}")
    return "~\n".join(("*".join(isa), "*".join(group), *body.segments, *tail)) + "~\n"


class _Writer:
    """Collects segments; trailing empty elements are left out."""

    def __init__(self) -> None:
        self.segments: list[str] = []

    def add(self, *elements: str) -> None:
        self.segments.append("*".join(elements).rstrip("*"))

    def name(self, qualifier: str, name: PersonName, code: str = "", value: str = "") -> None:
        parts = (plain(name.last), plain(name.first), plain(name.middle), "", plain(name.suffix))
        self.add("NM1", qualifier, "1", *parts, code, value)

    def address(self, address: Address) -> None:
        self.add("N3", plain(address.line1), plain(address.line2))
        self.add("N4", plain(address.city), address.state, address.zip)


def _billing_provider(body: _Writer, provider: BillingProvider, number: int) -> None:
    """Loops 2000A, 2010AA and 2010AB."""
    body.add("HL", str(number), "", "20", "1")
    body.add("PRV", "BI", "PXC", provider.taxonomy)
    first = plain(provider.first) if provider.entity_type == "1" else ""
    body.add("NM1", "85", provider.entity_type, plain(provider.name), first, "", "", "", "XX", provider.npi)
    body.address(provider.address)
    body.add("REF", provider.tax_id_type, provider.tax_id)
    if provider.pay_to_address:
        body.add("NM1", "87", provider.entity_type)
        body.address(provider.pay_to_address)


def _claim(body: _Writer, claim: Claim, number: int, parent: int) -> int:
    """Loops 2000B, 2010BA, 2010BB, 2000C and 2300 of one claim; returns the last HL number used."""
    coverage, patient = claim.coverage, claim.patient
    own = coverage.relationship == "18"
    body.add("HL", str(number), str(parent), "22", "0" if own else "1")
    group_name = "" if coverage.group_number else plain(coverage.group_name)
    relation = "18" if own else ""
    about = (plain(coverage.group_number), group_name, coverage.msp_type, "", "", "", coverage.filing_indicator)
    body.add("SBR", claim.responsibility, relation, *about)
    member = plain(coverage.member_id)
    if own or coverage.subscriber is None:
        body.name("IL", patient.name, "MI", member)
        body.address(patient.address)
        body.add("DMG", "D8", date_text(patient.birth_date), patient.gender)
        if claim.accident and claim.accident.claim_number:
            body.add("REF", "Y4", plain(claim.accident.claim_number))
    else:
        body.name("IL", coverage.subscriber.name, "MI", member)
    body.add("NM1", "PR", "2", plain(coverage.payer_name), "", "", "", "", "PI", plain(coverage.payer_id))
    if not own:
        number += 1
        body.add("HL", str(number), str(number - 1), "23", "0")
        body.add("PAT", coverage.relationship)
        body.name("QC", patient.name)
        body.address(patient.address)
        body.add("DMG", "D8", date_text(patient.birth_date), patient.gender)
        if claim.accident and claim.accident.claim_number:
            body.add("REF", "Y4", plain(claim.accident.claim_number))
    _claim_information(body, claim)
    for line in claim.lines:
        _line(body, line)
    return number


def _claim_information(body: _Writer, claim: Claim) -> None:
    """Loop 2300 with 2310A, B and C."""
    related = ""
    if claim.accident:
        causes = [*claim.accident.related, "", ""][:2]
        related = ":".join((*causes, "", claim.accident.state)).rstrip(":")
    place = f"{claim.place_of_service}:B:{claim.frequency_code}"
    total = decimal_text(claim.total_charge_cents)
    signed = ("Y", claim.assignment_code, "Y", "Y", "")
    body.add("CLM", claim.patient_control_number, total, "", "", place, *signed, related)
    if claim.onset_date:
        body.add("DTP", "431", "D8", date_text(claim.onset_date))
    if claim.accident and claim.accident.accident_date:
        body.add("DTP", "439", "D8", date_text(claim.accident.accident_date))
    if claim.patient_paid_cents:
        body.add("AMT", "F5", decimal_text(claim.patient_paid_cents))
    numbers = (("9F", claim.referral_number), ("G1", claim.authorization_number))
    for qualifier, value in (*numbers, ("F8", claim.payer_claim_control_number), ("X4", claim.clia_number)):
        if value:
            body.add("REF", qualifier, plain(value))
    codes = [f"{'ABF' if place else 'ABK'}:{code}" for place, code in enumerate(claim.diagnoses)]
    body.add("HI", *codes)
    if claim.referring:
        body.name("DN", claim.referring.name, "XX", claim.referring.npi)
    if claim.rendering.npi != claim.billing_provider.npi:
        body.name("82", claim.rendering.name, "XX", claim.rendering.npi)
        body.add("PRV", "PE", "PXC", claim.rendering.taxonomy)
    if claim.service_facility_address:
        body.add("NM1", "77", "2", plain(claim.service_facility_name))
        body.address(claim.service_facility_address)


def _line(body: _Writer, line: ClaimLine) -> None:
    """Loop 2400."""
    parts = ["HC", line.procedure_code, *line.modifiers]
    if line.description:
        parts += [""] * (6 - len(parts)) + [plain(line.description)]
    pointers = ":".join(map(str, line.diagnosis_pointers))
    charge = decimal_text(line.charge_cents)
    body.add("LX", str(line.line_number))
    body.add("SV1", ":".join(parts), charge, "UN", str(line.units), "", "", pointers)
    body.add("DTP", "472", "D8", date_text(line.date_of_service))
    body.add("REF", "6R", line.line_control_number)
