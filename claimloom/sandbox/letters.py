"""What the payer sends back: TA1 and 999, 277CA and 835, written by the product's writers from what it decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Final

from claimloom.sandbox.claims_in import Delivery, Filed
from claimloom.x12.writing.envelope import Envelope
from claimloom.x12.writing.file_277ca import BatchReport, ClaimReport, ProviderReport, Said, StatusTriplet, write_277ca
from claimloom.x12.writing.file_835 import Accounts, ClaimPayment, PayerContact, Payment, write_835
from claimloom.x12.writing.file_999 import GroupAnswer, InterchangeAnswer, SetAnswer, write_999
from schemas.remittance import Adjustment, ProviderAdjustment, RemitClaim, RemitHeader, RemitLine
from schemas.values import Address, PersonName

CLAIMS: Final = "005010X222A1"
RECEIVED: Final = Said("WQ", (StatusTriplet("A1", "19", "PR"),))
TAKEN: Final = Said("WQ", (StatusTriplet("A2", "20", "PR"),))
WAY: Final = PayerContact(
    Address(line1="1 PAYER WAY", city="CHICAGO", state="IL", zip="60601"), "PROVIDER SERVICES", "5555550111"
)
BANKS: Final = Accounts("071000013", "123456", "071000505", "654321")


def envelope(sender: str, receiver: str, number: int, on: date) -> Envelope:
    """The envelope of a letter of that day."""
    return Envelope(sender, receiver, number, datetime.combine(on, time(9), UTC))


def accept_999(box: Delivery, number: int, on: date) -> bytes:
    """TA1 and 999 that take everything."""
    answer = GroupAnswer(
        *("HC", box.group, CLAIMS, "A"),
        included=1,
        received=1,
        accepted=1,
        sets=[SetAnswer("837", box.transaction, "A", CLAIMS)],
    )
    front = [InterchangeAnswer(box.interchange, f"{on:%y%m%d}", "0900", "A")]
    return write_999([answer], envelope(box.receiver, box.sender, number, on), front).encode("ascii")


def answer_277ca(
    box: Delivery, refused: dict[str, tuple[str, str, str]], icns: dict[str, str], number: int, on: date
) -> bytes:
    """Each claim taken into adjudication with its number, or refused with a status."""
    providers = []
    by_npi: dict[str, list[Filed]] = {}
    for claim in box.claims:
        by_npi.setdefault(claim.npi, []).append(claim)
    for npi, mine in by_npi.items():
        reports = [_report(claim, refused.get(claim.number), icns[claim.number]) for claim in mine]
        providers.append(ProviderReport(mine[0].provider, npi, [RECEIVED], reports))
    report = BatchReport(
        source_name="SANDBOX PAYER",
        source_id=box.receiver,
        receiver_name="SENDER",
        receiver_id=box.sender,
        batch_id=box.batch,
        reference=f"A{number:08d}",
        received_on=on,
        processed_on=on,
        said=[RECEIVED],
        providers=providers,
    )
    return write_277ca([report], envelope(box.receiver, box.sender, number, on)).encode("ascii")


def _report(claim: Filed, status: tuple[str, str, str] | None, icn: str) -> ClaimReport:
    return ClaimReport(
        patient_control_number=claim.number,
        charge_cents=claim.charge,
        patient=PersonName(last=claim.last, first=claim.first),
        member_id=claim.member,
        said=[Said("U", (StatusTriplet(*status),)) if status else TAKEN],
        date_of_service=_day(claim.services[0].day),
        payer_claim_control_number="" if status else icn,
    )


@dataclass(slots=True)
class DecidedLine:
    """What the payer gives for a line, and why not more."""

    code: str
    modifiers: tuple[str, ...]
    charge: int
    paid: int
    units: int
    day: str
    number: str
    cas: list[tuple[str, str, int]] = field(default_factory=list)
    allowed: int | None = None
    submitted_units: int | None = None
    remarks: tuple[str, ...] = ()


@dataclass(slots=True)
class DecidedClaim:
    """What the payer gives for a claim."""

    claim: Filed
    number: str
    status: str
    icn: str
    lines: list[DecidedLine]
    filing: str
    remarks: tuple[str, ...] = ()
    original_icn: str = ""
    member: str = ""
    off_by: int = 0

    @property
    def charge(self) -> int:
        """CLP03."""
        return sum(line.charge for line in self.lines)

    @property
    def paid(self) -> int:
        """CLP04; ``off_by`` makes it wrong on purpose."""
        return sum(line.paid for line in self.lines) + self.off_by


Plb = tuple[str, str, int]


def remit(payments: Sequence[tuple[Sequence[DecidedClaim], Sequence[Plb], str]], envelope: Envelope, on: date) -> bytes:
    """An 835 with a payment of one payer to one provider a transaction: its claims, its PLBs and its trace number."""
    return write_835([_payment(*each, on) for each in payments], envelope).encode("ascii")


def _payment(claims: Sequence[DecidedClaim], plbs: Sequence[Plb], trace: str, on: date) -> Payment:
    first = claims[0].claim
    total = sum(claim.paid for claim in claims) - sum(amount for _, _, amount in plbs)
    header = RemitHeader(
        payer_name=first.payer_name,
        payer_id=first.payer_id,
        payee_name=first.provider,
        payee_npi=first.npi,
        payee_tax_id=first.tax_id,
        trace_number=trace,
        originating_company_id=f"1{int(first.payer_id):09d}",
        payment_method="ACH" if total > 0 else "NON",
        payment_date=on,
        total_paid_cents=max(total, 0),
        production_date=on,
    )
    taken = [
        ProviderAdjustment(provider_id=first.npi, reason=reason, reference=reference, amount_cents=amount)
        for reason, reference, amount in plbs
    ]
    return Payment(header, WAY, [_paid(claim) for claim in claims], taken, BANKS)


def _paid(claim: DecidedClaim) -> ClaimPayment:
    source = claim.claim
    share = sum(amount for line in claim.lines for group, _, amount in line.cas if group == "PR")
    told = RemitClaim(
        patient_control_number=claim.number,
        status_code=claim.status,
        charge_cents=claim.charge,
        paid_cents=claim.paid,
        patient_responsibility_cents=max(share, 0),
        filing_indicator=claim.filing,
        payer_claim_control_number=claim.icn,
        original_payer_claim_control_number=claim.original_icn,
        member_id=claim.member or source.member,
        remarks=list(claim.remarks),
        lines=[_line(line) for line in claim.lines],
    )
    return ClaimPayment(told, PersonName(last=source.last, first=source.first), source.place, source.frequency)


def _line(line: DecidedLine) -> RemitLine:
    return RemitLine(
        procedure_code=line.code,
        modifiers=list(line.modifiers),
        charge_cents=line.charge,
        paid_cents=line.paid,
        units_paid=str(line.units),
        units_submitted="" if line.submitted_units is None else str(line.submitted_units),
        date_of_service=_day(line.day),
        line_control_number=line.number,
        allowed_cents=line.allowed,
        adjustments=[
            Adjustment(group=group, reason=reason, amount_cents=amount) for group, reason, amount in line.cas if amount
        ],
        remarks=list(line.remarks),
    )


def _day(text: str) -> date:
    return date(int(text[:4]), int(text[4:6]), int(text[6:8]))
