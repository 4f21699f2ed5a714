"""What an 835 says of one claim, or of the provider as a whole, and what came of it.

Payloads of ``remittance-received`` and ``claim-reconciled``. Amounts carry the signs of the file.
"""

from __future__ import annotations

from datetime import date
from typing import Final, Literal
from uuid import UUID

from pydantic import Field

from schemas.followup import NextAction
from schemas.values import Cents, Noun


class Adjustment(Noun):
    """One CAS triplet; a positive amount reduces the payment."""

    group: str = Field(description="CAS01: CO contractual, PR patient, OA other, PI payer initiated")
    reason: str = Field(description="CARC")
    amount_cents: Cents
    quantity: str = Field(default="", description="Units taken off, as sent")


class RemitLine(Noun):
    """Service payment, loop 2110."""

    procedure_code: str = Field(description="SVC01-2, as adjudicated")
    modifiers: list[str] = Field(default_factory=list)
    submitted_code: str = Field(default="", description="SVC06-2, only when it differs")
    submitted_modifiers: list[str] = Field(default_factory=list)
    charge_cents: Cents = Field(description="SVC02")
    paid_cents: Cents = Field(description="SVC03")
    units_paid: str = Field(default="1", description="SVC05; absent means 1")
    units_submitted: str = Field(default="", description="SVC07, only when it differs")
    date_of_service: date | None = None
    line_control_number: str = Field(default="", description="REF*6R")
    allowed_cents: Cents | None = Field(default=None, description="AMT*B6")
    adjustments: list[Adjustment] = Field(default_factory=list)
    remarks: list[str] = Field(default_factory=list, description="RARC of LQ*HE")
    segment_number: int = 0


DEBIT: Final = "D"


class RemitHeader(Noun):
    """The payment that an 835 transaction explains: BPR, TRN, payer and payee."""

    payer_name: str
    payer_id: str = Field(default="", description="REF*2U, else TRN03")
    payee_name: str = ""
    payee_npi: str = ""
    payee_tax_id: str = ""
    trace_number: str = Field(description="TRN02, check or EFT number")
    originating_company_id: str = Field(default="", description="TRN03")
    payment_method: str = Field(description="BPR04: ACH, CHK, NON ...")
    payment_date: date | None = Field(default=None, description="BPR16")
    total_paid_cents: Cents = Field(description="BPR02")
    production_date: date | None = None
    credit_debit: str = Field(default="C", description="BPR03: C money comes, D money leaves")

    @property
    def net_cents(self) -> int:
        """What the payment brings; negative where the payer draws it from the payee's account (BPR03 = D)."""
        return -self.total_paid_cents if self.credit_debit == DEBIT else self.total_paid_cents


class RemitClaim(Noun):
    """Claim payment, loop 2100."""

    patient_control_number: str = Field(description="CLP01")
    status_code: str = Field(description="CLP02: 1 2 3 processed, 4 denied, 19-21 forwarded, 22 reversal, 23, 25")
    charge_cents: Cents = Field(description="CLP03")
    paid_cents: Cents = Field(description="CLP04")
    patient_responsibility_cents: Cents = Field(default=0, description="CLP05")
    filing_indicator: str = Field(default="", description="CLP06")
    payer_claim_control_number: str = Field(default="", description="CLP07")
    frequency_code: str = Field(default="", description="CLP09")
    original_payer_claim_control_number: str = Field(default="", description="REF*F8 in 2100 of a correction")
    member_id: str = Field(default="", description="NM1*QC NM109")
    insured_member_id: str = Field(default="", description="NM1*IL NM109, where the insured is somebody else")
    corrected_member_id: str = Field(default="", description="NM1*74 NM109")
    date_of_service: date | None = Field(default=None, description="DTM*232")
    received_on: date | None = Field(default=None, description="DTM*050: when the payer received the claim")
    forwarded_to: str = Field(default="", description="NM1*TT NM103: the payer that has the claim now")
    forwarded_to_id: str = Field(default="", description="NM1*TT NM109")
    adjustments: list[Adjustment] = Field(default_factory=list)
    remarks: list[str] = Field(default_factory=list, description="RARC of MOA03-07 and MIA")
    interest_cents: Cents = Field(default=0, description="AMT*I, information only")
    lines: list[RemitLine] = Field(default_factory=list)
    segment_number: int = 0

    @property
    def takes_back(self) -> bool:
        """Whether it reverses a payment. Some payers write 22 on the correction too (X12 RFI 288): its charge and
        its payment are told as those of a claim, where a reversal negates both.
        """
        return self.status_code == "22" and not self.charge_cents > 0 <= self.paid_cents


LATER_FIELDS: Final = (
    *("insured_member_id", "corrected_member_id", "date_of_service", "forwarded_to", "forwarded_to_id"),
    "frequency_code",
    "received_on",
    "credit_debit",
)
"""Of a claim payment, and of the header of a payment that has none, what older versions did not read: no part of what
an event's id is made of.
"""


class ProviderAdjustment(Noun):
    """One PLB pair; a positive amount reduces the payment."""

    provider_id: str = Field(description="PLB01")
    reason: str = Field(description="PLB03-1: WO, FB, L6, 72 ...")
    reference: str = Field(default="", description="PLB03-2")
    amount_cents: Cents
    segment_number: int = 0


class Imbalance(Noun):
    """A balancing rule that does not hold, with the exact difference."""

    level: Literal["line", "claim", "transaction"]
    rule: str = Field(description="e.g. SVC02 - CAS = SVC03")
    expected_cents: Cents
    actual_cents: Cents
    difference_cents: Cents = Field(description="actual - expected")
    segment_number: int
    where: str = Field(default="", description="Patient control number, line control number or trace number")


class RemittanceReceived(Noun):
    """Payload of ``remittance-received``: one CLP or one PLB pair, with its payment's header."""

    payment_id: UUID = Field(description="Same payment, same id: from trace number, payer, date, amount and payee")
    header: RemitHeader
    claim: RemitClaim | None = None
    provider_adjustment: ProviderAdjustment | None = None
    claim_id: UUID | None = Field(
        default=None, description="The claim it fits, as far as CLP01 or CLP07 tell on arrival"
    )
    imbalances: list[Imbalance] = Field(default_factory=list, description="Not empty: goes to suspense, is not posted")
    duplicate_of: str = Field(default="", description="Not empty: this payment was read before, from that file")
    interest_cents: Cents | None = Field(
        default=0,
        description="Interest on this claim by AMT*I, or by a PLB L6 that names it; null: the payment has interest "
        "(L6) of which it does not say whose it is",
    )
    file_name: str
    file_sha256: str
    file_remarks: list[str] = Field(
        default_factory=list,
        description="Counts and control numbers of the file that do not fit; it was read all the same",
    )
    transaction_index: int = Field(description="0-based ST in the file")
    position: int = Field(description="0-based CLP or PLB pair in the transaction")


NOT_OURS: Final = "23"
"""CLP02 of a payer that says that the claim is another's, which has it now."""
NOT_SHORT: Final = frozenset(
    (
        *("rounding", "not_decided", "reversal_unseen", "payer_order", "day_share", "capitated"),
        *("mips", "incentive", "penalty", "tax_withheld", "withhold", "interest", "line_put_aside"),
    )
)
"""Causes of a difference that no letter to the payer would change, or not yet: neither under- nor overpaid by them."""
QMB: Final = frozenset({"N781", "N782", "N783"})
"""Remarks by which a payer says that the patient is a Qualified Medicare Beneficiary."""


class VarianceCause(Noun):
    """A named part of the difference between expected and paid. The parts sum to the variance, to the cent."""

    cause: str = Field(
        description="e.g. denied, units_cut, fee_schedule_year, contract_rate, recode, rounding, unexplained"
    )
    amount_cents: Cents = Field(description="paid - expected share: negative means money missing")
    explanation: str
    line_control_number: str = ""


class LineVariance(Noun):
    """Expected and actual of one line."""

    line_control_number: str
    procedure_code: str
    charge_cents: Cents
    expected_allowed_cents: Cents | None
    actual_allowed_cents: Cents
    allowed_derived: bool = Field(description="True: no AMT*B6, taken from paid and adjustments")
    expected_paid_cents: Cents | None
    paid_cents: Cents
    steps: list[str] = Field(default_factory=list, description="How the expected amount came about, a step a line")


class Denial(Noun):
    """A denied amount, classified."""

    line_control_number: str = ""
    group: str
    reason: str = Field(description="CARC")
    remarks: list[str] = Field(default_factory=list)
    category: str = Field(description="Category of carc_categories.csv, or unmapped")
    amount_cents: Cents
    action: str
    patient_billable: bool = False


class LateInterest(Noun):
    """Interest for a payment that came late, and what of it was told."""

    received_on: date = Field(description="DTM*050 of loop 2100")
    paid_on: date = Field(description="BPR16")
    days_late: int
    owed_cents: Cents
    told_cents: Cents = Field(description="AMT*I, or a PLB L6 that names the claim")
    missing_cents: Cents
    rule: str = Field(description="Days and rate, in words")
    source: str = Field(description="The law, or the contract's file")


class ClaimReconciled(Noun):
    """Payload of ``claim-reconciled``: a remittance matched to its claim, or set aside with the reason."""

    claim_id: UUID | None
    remittance_id: UUID = Field(description="Id of the remittance-received event that led to this")
    patient_control_number: str
    outcome: Literal[
        "paid_as_expected",
        "underpaid",
        "overpaid",
        "denied",
        "reversed",
        "suspense",
        "unmatched",
        "provider_level",
        "duplicate",
        "no_expectation",
        "information",
        "unposted",
    ]
    matched_by: str = Field(default="", description="claim_number, payer_claim_number, member_date_charge, or empty")
    billed_cents: Cents = 0
    paid_cents: Cents = Field(default=0, description="By this remittance")
    total_paid_cents: Cents = Field(default=0, description="By all remittances of the claim, this one included")
    unseen_cents: Cents = Field(
        default=0, description="Taken back of payments that were never read here, so negative; no part of total_paid"
    )
    later_paid_cents: Cents = Field(
        default=0, description="Of these, by payers after the one that the claim went to, without what they paid twice"
    )
    of_visit_cents: Cents = Field(
        default=0, description="Paid beside that for other versions of the visit's claim, where this one bears it"
    )
    expected_paid_cents: Cents | None = Field(default=None, description="Of the payer that the claim went to")
    patient_responsibility_cents: Cents = 0
    next_payer_cents: Cents = Field(
        default=0, description="What its payer left to the patient, while the payer after it has not decided on that"
    )
    contractual_cents: Cents = 0
    variance_cents: Cents = Field(
        default=0, description="total_paid + of_visit - later_paid - expected_paid; sums to its causes"
    )
    causes: list[VarianceCause] = Field(default_factory=list)
    lines: list[LineVariance] = Field(default_factory=list)
    denials: list[Denial] = Field(default_factory=list)
    next_action: NextAction | None = None
    payer_claim_control_number: str = ""
    status_code: str = ""
    trace_number: str = ""
    payment_date: date | None = None
    explanation: list[str] = Field(default_factory=list, description="Sentences for people")
    member_id: str = Field(default="", description="Of a payment that fits no claim: the member that it names")
    overtakes: UUID | None = Field(
        default=None,
        description="Id of the claim-reconciled by which it fitted no claim, until its claim came; or was a claim's, "
        "until somebody said that it is not",
    )
    pair: str = Field(
        default="", description="Of an amount at provider level: what ties it to others of the payer, if anything does"
    )
    priced_by: str = Field(
        default="", description="Stamp of the payer's settings, fees and tables that the expectation rests on"
    )
    late_interest: LateInterest | None = Field(
        default=None,
        description="Where the payer paid late and something is agreed on for that; no part of the variance",
    )
