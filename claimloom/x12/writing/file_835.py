"""835 (005010X221A1): payments with the claims that they pay. Nothing is balanced here: a payer may be wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from claimloom.x12.guides.text import date_text, decimal_text
from claimloom.x12.writing.envelope import Envelope, Letter, set_number, write_interchange, write_set
from schemas.remittance import Adjustment, ProviderAdjustment, RemitClaim, RemitHeader, RemitLine
from schemas.values import Address, PersonName

VERSION: Final = "005010X221A1"
TRIPLETS: Final = 6
PAIRS: Final = 6
REMARKS: Final = 5
REVERSAL: Final = "22"
BY_TRANSFER: Final = frozenset(("ACH", "FWT", "BOP"))


@dataclass(frozen=True, slots=True)
class PayerContact:
    """What an 835 says of its payer beside name and number: address, and whom to ask."""

    address: Address
    contact_name: str
    contact_phone: str


@dataclass(frozen=True, slots=True)
class Accounts:
    """Where the money goes from and to, BPR06 to BPR15; of a transfer only."""

    payer_bank: str
    payer_account: str
    payee_bank: str
    payee_account: str


@dataclass(frozen=True, slots=True)
class ClaimPayment:
    """A claim's payment (loop 2100) and what of the claim its noun does not hold."""

    claim: RemitClaim
    patient: PersonName
    place_of_service: str = ""
    """CLP08."""
    frequency_code: str = ""
    """CLP09."""
    rendering_npi: str = ""
    """NM1*82, where it is not the payee."""
    medical_record_number: str = ""
    """REF*EA."""
    received_on: date | None = None
    """DTM*050."""


@dataclass(frozen=True, slots=True)
class Payment:
    """One ST 835: a check or transfer, or none (payment method NON)."""

    header: RemitHeader
    payer: PayerContact
    claims: Sequence[ClaimPayment] = ()
    provider_adjustments: Sequence[ProviderAdjustment] = ()
    accounts: Accounts | None = None
    fiscal_period_end: date | None = None
    """PLB02; None: the end of the payment's year."""
    payee_address: Address | None = field(default=None)


def write_835(payments: Sequence[Payment], envelope: Envelope) -> str:
    """The payments as one file, a transaction set each; ValueError for a text that cannot be said."""
    sets = []
    for place, payment in enumerate(payments, start=1):
        letter = Letter(envelope)
        _payment(letter, payment)
        sets.append(write_set(envelope, "835", set_number(place), "", letter.written()))
    return write_interchange(envelope, "HP", VERSION, sets)


def _payment(letter: Letter, payment: Payment) -> None:
    header = payment.header
    paid_on = date_text(header.payment_date) if header.payment_date else ""
    _money(letter, payment, paid_on)
    letter.add("TRN", "1", letter.code(header.trace_number), letter.code(header.originating_company_id, 10))
    if header.production_date:
        letter.add("DTM", "405", date_text(header.production_date))
    letter.add("N1", "PR", letter.said(header.payer_name))
    _address(letter, payment.payer.address)
    if header.payer_id:
        letter.add("REF", "2U", letter.code(header.payer_id))
    phone = letter.code(payment.payer.contact_phone, 256)
    letter.add("PER", "BL", letter.said(payment.payer.contact_name), "TE", phone)
    qualifier, identity = ("XX", header.payee_npi) if header.payee_npi else ("FI", header.payee_tax_id)
    letter.add("N1", "PE", letter.said(header.payee_name), qualifier, letter.code(identity, 80))
    if payment.payee_address:
        _address(letter, payment.payee_address)
    if header.payee_npi and header.payee_tax_id:
        letter.add("REF", "TJ", letter.code(header.payee_tax_id))
    if payment.claims:
        letter.add("LX", "1")
    for claim in payment.claims:
        _claim(letter, claim)
    _provider_level(letter, payment)


def _money(letter: Letter, payment: Payment, paid_on: str) -> None:
    """BPR. Accounts stand only with a transfer."""
    header = payment.header
    method = header.payment_method
    total = decimal_text(header.total_paid_cents)
    handling = "H" if method == "NON" else "I"
    accounts = payment.accounts
    if accounts is None or method not in BY_TRANSFER:
        letter.add("BPR", handling, total, "C", method, *("",) * 11, paid_on)
        return
    payer = ("01", letter.code(accounts.payer_bank, 12), "DA", letter.code(accounts.payer_account, 35))
    payee = ("01", letter.code(accounts.payee_bank, 12), "DA", letter.code(accounts.payee_account, 35))
    company = letter.code(header.originating_company_id, 10)
    layout = "CCP" if method == "ACH" else ""
    letter.add("BPR", handling, total, "C", method, layout, *payer, company, "", *payee, paid_on)


def _address(letter: Letter, address: Address) -> None:
    letter.add("N3", letter.said(address.line1, 55), letter.said(address.line2, 55))
    letter.add("N4", letter.said(address.city, 30), address.state, address.zip)


def _claim(letter: Letter, paid: ClaimPayment) -> None:
    """Loop 2100."""
    claim = paid.claim
    share = claim.patient_responsibility_cents
    head = (
        letter.code(claim.patient_control_number, 38),
        claim.status_code,
        decimal_text(claim.charge_cents),
        decimal_text(claim.paid_cents),
        decimal_text(share) if share and claim.status_code != REVERSAL else "",
        claim.filing_indicator,
        letter.code(claim.payer_claim_control_number),
    )
    letter.add("CLP", *head, paid.place_of_service, paid.frequency_code)
    _adjustments(letter, claim.adjustments)
    letter.name("QC", paid.patient, "MI", claim.member_id)
    if paid.rendering_npi:
        letter.organisation("82", "1", "", "XX", paid.rendering_npi)
    if claim.remarks:
        letter.add("MOA", "", "", *(letter.code(each) for each in claim.remarks[:REMARKS]))
    if claim.original_payer_claim_control_number:
        letter.add("REF", "F8", letter.code(claim.original_payer_claim_control_number))
    if paid.medical_record_number:
        letter.add("REF", "EA", letter.code(paid.medical_record_number))
    if paid.received_on:
        letter.add("DTM", "050", date_text(paid.received_on))
    if claim.interest_cents:
        letter.add("AMT", "I", decimal_text(claim.interest_cents))
    for line in claim.lines:
        _line(letter, line)


def _line(letter: Letter, line: RemitLine) -> None:
    """Loop 2110. One unit paid is told by its absence; what was submitted only where it differs."""
    code = letter.composite("HC", letter.code(line.procedure_code, 48), *line.modifiers)
    submitted = ""
    if line.submitted_code:
        submitted = letter.composite("HC", letter.code(line.submitted_code, 48), *line.submitted_modifiers)
    units = "" if line.units_paid == "1" else line.units_paid
    amounts = (decimal_text(line.charge_cents), decimal_text(line.paid_cents))
    letter.add("SVC", code, *amounts, "", units, submitted, line.units_submitted)
    if line.date_of_service:
        letter.add("DTM", "472", date_text(line.date_of_service))
    _adjustments(letter, line.adjustments)
    if line.line_control_number:
        letter.add("REF", "6R", letter.code(line.line_control_number))
    if line.allowed_cents is not None:
        letter.add("AMT", "B6", decimal_text(line.allowed_cents))
    for remark in line.remarks:
        letter.add("LQ", "HE", letter.code(remark, 30))


def _adjustments(letter: Letter, given: Sequence[Adjustment]) -> None:
    """CAS: one group a segment, up to six triplets in it, in the order given; zero amounts are for information."""
    groups: dict[str, list[Adjustment]] = {}
    for each in given:
        groups.setdefault(each.group, []).append(each)
    for group, some in groups.items():
        for start in range(0, len(some), TRIPLETS):
            parts = [
                part
                for each in some[start : start + TRIPLETS]
                for part in (letter.code(each.reason, 5), decimal_text(each.amount_cents), each.quantity)
            ]
            letter.add("CAS", group, *parts)


def _provider_level(letter: Letter, payment: Payment) -> None:
    """PLB, by provider."""
    end = payment.fiscal_period_end
    if end is None and payment.header.payment_date:
        end = date(payment.header.payment_date.year, 12, 31)
    providers: dict[str, list[ProviderAdjustment]] = {}
    for each in payment.provider_adjustments:
        providers.setdefault(each.provider_id, []).append(each)
    for provider, some in providers.items():
        for start in range(0, len(some), PAIRS):
            pairs = [
                part
                for each in some[start : start + PAIRS]
                for part in (
                    letter.composite(each.reason, letter.code(each.reference)),
                    decimal_text(each.amount_cents),
                )
            ]
            letter.add("PLB", letter.code(provider), date_text(end) if end else "", *pairs)
