"""A professional claim as it will stand in an 837P, and what scrubbing and submitting say of it.

Payloads of ``claim-built``, ``claim-scrubbed`` and ``claim-submitted``. The 837 is the source of truth for what was
billed: a remittance is compared with this, never the other way round.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Final, Literal, Self
from uuid import UUID

from pydantic import Field, model_validator

from schemas.expectation import Expectation
from schemas.followup import NextAction
from schemas.remittance import Adjustment
from schemas.session import (
    Accident,
    Attachment,
    BillingProvider,
    ClaimNote,
    Coverage,
    Patient,
    ReferringProvider,
    Session,
    Therapist,
)
from schemas.values import Address, Cents, Discipline, Noun, UnitRule


class CodeMinutes(Noun):
    """How one code of the visit got its units."""

    code: str
    minutes: int = Field(description="All minutes of the code that day")
    therapist_minutes: int = 0
    assistant_minutes: int = 0
    whole_units: int = Field(description="Full 15-minute blocks")
    remainder_minutes: int = Field(description="Minutes beyond the full blocks")
    extra_unit: bool = Field(description="Whether the remainder won a unit")
    units: int
    assistant_units: int = Field(default=0, description="Of these, units under CQ or CO")
    because: str = Field(description="One sentence for people: why these units")


class UnitDerivation(Noun):
    """Minutes to units, so that a biller can read it out."""

    rule: UnitRule
    rule_source: str = Field(description="Where the payer's rule comes from")
    pool_minutes: int = Field(description="Total timed minutes that count together")
    pool_units: int = Field(description="Units that they give, less those of the day's earlier visits")
    earlier_minutes: int = Field(default=0, description="Minutes of the same pool of the day's earlier visits")
    earlier_units: int = Field(default=0, description="Units that these were billed with")
    unbilled_visits: dict[str, int] = Field(
        default_factory=dict, description="Of earlier_minutes those of visits that earned no unit and gave no claim"
    )
    codes: list[CodeMinutes]
    tie: bool = Field(default=False, description="More than one allocation satisfies the rule")
    alternatives: list[dict[str, int]] = Field(default_factory=list, description="The other allocations, units by code")


class Drug(Noun):
    """A drug or supply with a national code, loop 2410."""

    national_code: str = Field(description="LIN03 after LIN02 = N4, 11 digits")
    quantity: str = Field(description="CTP04, as a decimal")
    unit: Literal["F2", "GR", "ME", "ML", "UN"] = Field(description="CTP05-1")
    prescription_number: str = Field(default="", description="REF*XZ")


class LineAdjudication(Noun):
    """What an earlier payer did with one line of this claim, loop 2430. Amounts as in its 835."""

    line_number: int = Field(description="LX01 of the line it stands in")
    paid_cents: Cents = Field(description="SVD02")
    procedure_code: str = Field(description="SVD03-2, as adjudicated")
    modifiers: list[str] = Field(default_factory=list, description="SVD03-3 to -6")
    units_paid: str = Field(default="1", description="SVD05")
    bundled_into: int | None = Field(default=None, description="SVD06, LX01 of the line that took this one in")
    adjustments: list[Adjustment] = Field(default_factory=list, description="CAS; zero amounts are not sent")
    adjudication_date: date = Field(description="DTP*573")
    remaining_liability_cents: Cents | None = Field(default=None, description="AMT*EAF")


class OtherPayer(Noun):
    """Another payer of the patient and what it did with this claim, loop 2320 with 2330A and 2330B.

    Without ``paid_cents`` it has not adjudicated: it comes later, or was not billed (``noncovered_cents``).
    """

    responsibility: str = Field(description="SBR01: P, S, T, A to H, U")
    coverage: Coverage = Field(description="SBR02 to 09, its subscriber (2330A) and the payer itself (2330B)")
    paid_cents: Cents | None = Field(default=None, description="AMT*D; 0 is an answer, None is none")
    adjustments: list[Adjustment] = Field(default_factory=list, description="CAS of the claim level alone")
    noncovered_cents: Cents | None = Field(default=None, description="AMT*A8: the charge of a payer not billed")
    remaining_liability_cents: Cents | None = Field(
        default=None, description="AMT*EAF, only when the payer answered at claim level alone"
    )
    benefits_assignment: Literal["Y", "N", "W"] = Field(default="Y", description="OI03")
    release_of_information: Literal["Y", "I"] = Field(default="Y", description="OI06")
    remarks: list[str] = Field(default_factory=list, description="RARC in MOA03 to MOA07")
    adjudication_date: date | None = Field(default=None, description="DTP*573 in 2330B, sent when no line has one")
    payer_claim_control_number: str = Field(default="", description="REF*F8, its own number of the claim")
    authorization_number: str = Field(default="", description="REF*G1, its own")
    referral_number: str = Field(default="", description="REF*9F, its own")
    lines: list[LineAdjudication] = Field(default_factory=list, description="Loops 2430 of this payer")


class ClaimLine(Noun):
    """Service line, loop 2400. What it leaves out is as the claim says."""

    line_number: int = Field(ge=1, le=50, description="LX01")
    line_control_number: str = Field(max_length=30, description="REF*6R; the 835 echoes it")
    procedure_code: str = Field(description="SV101-2")
    modifiers: list[str] = Field(max_length=4, description="SV101-3 to -6")
    description: str = Field(default="", description="SV101-7")
    charge_cents: Cents = Field(description="SV102, of all units")
    units: int = Field(description="SV104")
    diagnosis_pointers: list[int] = Field(description="SV107")
    date_of_service: date = Field(description="DTP*472")
    date_of_service_to: date | None = Field(default=None, description="Last day, only when not the first: RD8")
    place_of_service: str = Field(default="", description="SV105, only when not the claim's")
    emergency: bool = Field(default=False, description="SV109")
    attachments: list[Attachment] = Field(default_factory=list, description="PWK, at most 10")
    initial_treatment_date: date | None = Field(default=None, description="DTP*454, only when not the claim's")
    last_seen_date: date | None = Field(default=None, description="DTP*304, only when not the claim's")
    authorization_number: str = Field(default="", description="REF*G1, only when not the claim's")
    referral_number: str = Field(default="", description="REF*9F, only when not the claim's")
    notes: list[ClaimNote] = Field(default_factory=list, description="NTE: one of ADD or DCP, and one TPO")
    drug: Drug | None = None
    rendering: Therapist | None = Field(default=None, description="2420A, only when not the claim's")
    supervising: ReferringProvider | None = Field(default=None, description="2420D, only when not the claim's")
    ordering: ReferringProvider | None = Field(default=None, description="2420E, orthotics and equipment")
    referring: ReferringProvider | None = Field(default=None, description="2420F, only when not the claim's")


class Claim(Noun):
    """One claim version to one payer, loop 2300 with its provider, subscriber and payer loops."""

    claim_id: UUID
    patient_control_number: str = Field(description="CLM01, at most 20 characters")
    version: int = Field(description="The revision of the session it was built from")
    frequency_code: Literal["1", "7", "8"] = Field(default="1", description="CLM05-3: original, replacement, void")
    payer_claim_control_number: str = Field(default="", description="REF*F8, needed for 7 and 8")
    discipline: Discipline
    billing_provider: BillingProvider
    rendering: Therapist
    referring: ReferringProvider | None = None
    supervising: ReferringProvider | None = Field(default=None, description="2310D")
    service_facility_name: str = ""
    service_facility_address: Address | None = Field(default=None, description="2310C, when not the billing address")
    patient: Patient
    responsibility: str = Field(default="P", description="SBR01")
    payers_after: int = Field(default=0, description="How many payers of the patient come after this one")
    coverage: Coverage = Field(description="The destination payer's")
    place_of_service: str = Field(description="CLM05-1")
    assignment_code: Literal["A", "B", "C"] = Field(default="A", description="CLM07")
    diagnoses: list[str] = Field(description="HI, without dots")
    lines: list[ClaimLine]
    total_charge_cents: Cents = Field(description="CLM02")
    patient_paid_cents: Cents = Field(default=0, description="AMT*F5")
    authorization_number: str = Field(default="", description="REF*G1")
    referral_number: str = Field(default="", description="REF*9F")
    accident: Accident | None = None
    onset_date: date | None = None
    clia_number: str = Field(default="", description="REF*X4; no therapy service needs one")
    other_payers: list[OtherPayer] = Field(default_factory=list, description="Loops 2320, in order of payment")
    benefits_assignment: Literal["Y", "N", "W"] = Field(default="Y", description="CLM08")
    release_of_information: Literal["Y", "I"] = Field(default="Y", description="CLM09")
    special_program_code: str = Field(default="", description="CLM12: 02, 03, 05 or 09")
    delay_reason_code: str = Field(default="", description="CLM20, for a claim that is late")
    initial_treatment_date: date | None = Field(default=None, description="DTP*454")
    last_seen_date: date | None = Field(default=None, description="DTP*304")
    acute_manifestation_date: date | None = Field(default=None, description="DTP*453")
    disability_from: date | None = Field(default=None, description="DTP*360, with disability_to DTP*314")
    disability_to: date | None = Field(default=None, description="DTP*361, with disability_from DTP*314")
    last_worked_date: date | None = Field(default=None, description="DTP*297")
    return_to_work_date: date | None = Field(default=None, description="DTP*296")
    admission_date: date | None = Field(default=None, description="DTP*435")
    discharge_date: date | None = Field(default=None, description="DTP*096")
    first_contact_date: date | None = Field(default=None, description="DTP*444, property and casualty")
    service_authorization_exception: str = Field(default="", description="REF*4N")
    clearinghouse_claim_number: str = Field(default="", description="REF*D9")
    medical_record_number: str = Field(default="", description="REF*EA")
    attachments: list[Attachment] = Field(default_factory=list, description="PWK, at most 10")
    file_information: list[str] = Field(default_factory=list, description="K301, at most 10")
    note: ClaimNote | None = Field(default=None, description="NTE, one a claim")
    units: UnitDerivation


PAYERS: Final = "PSTABCDEFGH"
"""SBR01 of a visit's payers, in their order."""


class ClaimBuilt(Noun):
    """Payload of ``claim-built``: the claim, and the session behind it so that scrubbing needs nothing else."""

    claim: Claim
    session: Session
    expected_rate_cents: list[Cents] | None = Field(
        default=None,
        description="What the payer's fees give for each line, before its charge caps it; None: nothing to expect",
    )
    expected: Expectation | None = Field(
        default=None, description="What the payer should pay, with its derivation, as known before any answer"
    )
    priced_by: str = Field(
        default="", description="Stamp of the payer's settings, fees and tables; another one: they were changed"
    )

    replaces: UUID | None = Field(
        default=None, description="The claim that went out and that this one replaces (7), voids (8) or corrects (1)"
    )

    answered_on: date | None = Field(
        default=None, description="Day of the payer's answer to that claim: from it on a correction has its own days"
    )
    waits: bool = Field(
        default=False, description="May go out, or otherwise, once the payer says more of the claim that it replaces"
    )

    @model_validator(mode="after")
    def _of_before(self) -> Self:
        """A claim that was built before it said how many payers come after its own: its visit says so."""
        if "payers_after" not in self.claim.model_fields_set and self.claim.frequency_code != "8":
            place = PAYERS.find(self.claim.responsibility)
            after = max(len(self.session.coverages) - 1 - place, 0)
            object.__setattr__(self, "claim", self.claim.model_copy(update={"payers_after": after}))
        return self

    @property
    def allowed_cents(self) -> int | None:
        """What the claim should be allowed: of each line the lesser of its charge and the rate, or what the contract
        gives; None: no rates.
        """
        if self.expected is not None:
            return self.expected.allowed_cents
        if self.expected_rate_cents is None:
            return None
        pairs = zip(self.claim.lines, self.expected_rate_cents, strict=True)
        return sum(min(line.charge_cents, rate) for line, rate in pairs)


class Severity(StrEnum):
    """An error holds the claim; a warning is shown and does not; not_evaluated says which input was missing."""

    ERROR = "error"
    WARN = "warn"
    NOT_EVALUATED = "not_evaluated"


class Finding(Noun):
    """One thing that a rule saw. Any one of ``fixes`` makes it go away; the simplest comes first."""

    code: str = Field(description="Rule id, e.g. MOD-002")
    severity: Severity
    message: str
    where: str = Field(default="", description="X12 place, e.g. 2400/SV101-3")
    line_number: int | None = Field(default=None, description="LX01 of the line it is about")
    value: str = Field(default="", description="The value seen; never a patient's name, id or date of birth")
    fixes: list[str] = Field(default_factory=list, description="Session field to change, and how")


class Needs(StrEnum):
    """Who can make a change: nobody in particular, who can look a fact up, or who treated."""

    AUTOMATIC = "automatic"
    FACT = "fact"
    CLINICIAN = "clinician"


class FixStep(Noun):
    """A part of the smallest change, in a biller's words."""

    text: str = Field(description="What to change; fields by their words, not by their names in the file")
    needs: Needs = Field(description="automatic: nothing that is not known; fact: somebody looks it up; clinician")
    rules: list[str] = Field(default_factory=list, description="Rules whose errors it settles")


BUILT_IN: Final = "built-in"
"""The pack of every rule that is built in: what is asked where nobody keeps to another one."""


class ClaimScrubbed(Noun):
    """Payload of ``claim-scrubbed``."""

    claim_id: UUID
    patient_control_number: str
    verdict: Literal["clean", "held", "withdrawn"] = Field(
        description="clean goes out, held waits for a person; withdrawn: the visit was, before anything went out"
    )
    findings: list[Finding]
    smallest_fix: list[str] = Field(default_factory=list, description="The changes that free a held claim, in order")
    fix: list[FixStep] = Field(
        default_factory=list, description="The same changes for people, each with who can make it; in that order"
    )
    rules_version: str = Field(description="Stamp of rules, tables and the payer's settings for them")
    pack: str = Field(
        default="", description="Name and month of the pack of rules that were asked; empty: before packs"
    )
    pack_hash: str = Field(default="", description="Over what was asked: code and tables, rules, weights, own rules")
    review: str = Field(default="", description="Of a held claim: the sample that drew it for a second pair of eyes")
    warned: list[str] = Field(
        default_factory=list,
        description="Rules that warn of this claim, though nothing holds it; not of all of its day",
    )
    as_of: date = Field(description="Submission date the dated rules were taken for")
    total_charge_cents: Cents
    next_action: NextAction | None = Field(default=None, description="What to do with a held claim, and by when")


class ClaimSubmitted(Noun):
    """Payload of ``claim-submitted``: where on the wire the claim stands."""

    claim_id: UUID
    patient_control_number: str
    file_name: str
    interchange_control_number: str = Field(description="ISA13")
    group_control_number: str = Field(description="GS06")
    transaction_control_number: str = Field(description="ST02")
    batch_id: str = Field(description="BHT03; the 277CA echoes it")
    position: int = Field(description="1-based place of the claim in its transaction")
    claims_in_file: int
    submitted_on: date
    total_charge_cents: Cents
    partner: str = Field(default="", description="Whose control numbers these are; empty: the sender all tenants share")
    asked_cents: Cents | None = Field(
        default=None, description="Of a payer after another one: what the one before it left to the patient"
    )
    again: bool = Field(default=False, description="It had gone out before; what was answered to that counts no more")
    usage: Literal["", "T", "P"] = Field(
        default="", description="ISA15: T of a test file, P of one with real claims; empty: from before this was noted"
    )
