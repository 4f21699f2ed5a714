"""A finished therapy visit, with everything a claim needs: what an EMR has to map to.

A session is a full snapshot. Nothing is looked up elsewhere later, so the same session gives the same claim for
ever. The payload of ``session-completed``. Examples: ``edi_samples/sessions/``.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, field_validator, model_validator

from schemas.values import Address, Cents, Discipline, Noun, Npi, PayerClass, PersonName, Text

Minutes = Annotated[int, Field(ge=0, le=1440, strict=True)]
ProcedureCode = Annotated[str, Field(pattern=r"^[A-Z0-9]{5}$", description="CPT or HCPCS code, SV101-2")]
ModifierCode = Annotated[str, Field(pattern=r"^[A-Z0-9]{2}$", description="SV101-3 to SV101-6")]


def on_the_clock(at: datetime) -> float:
    """Seconds by which times of a visit are compared. One without a zone counts as its clock showed it, wherever this
    runs and whatever the year: one with a zone and one without could not be compared otherwise.
    """
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()


class Performer(StrEnum):
    """Who gave the minutes. ``both`` at the same time counts as therapist minutes (CQ/CO rule)."""

    THERAPIST = "therapist"
    ASSISTANT = "assistant"
    BOTH = "both"


class Clinic(Noun):
    """The place and business unit where the visit happened; its fee list gives the charges."""

    clinic_id: Text = Field(description="Your stable id of the clinic; goes into every event")
    name: Text = Field(description="Name for people, not sent on the claim")
    address: Address = Field(
        description="Where the clinic stands; sent as 2310C when it differs from the billing address"
    )
    fees_cents: dict[ProcedureCode, Cents] = Field(
        description="Fee list: charge of one unit, in cents, by procedure code; at least the codes of this visit"
    )
    time_zone: str = Field(
        default="",
        description="Where its day begins and ends, e.g. Pacific/Honolulu; empty: as in most of its state",
    )

    @field_validator("time_zone")
    @classmethod
    def _zone_known(cls, name: str) -> str:
        if name:
            try:
                ZoneInfo(name)
            except (ValueError, OSError, ZoneInfoNotFoundError) as error:
                raise ValueError("time_zone is no name of the IANA list, such as America/Chicago") from error
        return name


class BillingProvider(Noun):
    """Who is paid, loop 2010AA. Never the billing company."""

    name: Text = Field(description="Organisation name, or last name of a solo therapist, NM103")
    first: str = Field(default="", description="First name of a solo therapist (NM102 = 1)")
    entity_type: Literal["1", "2"] = Field(default="2", description="1 person, 2 organisation, NM102")
    npi: Npi = Field(description="NM109")
    tax_id: str = Field(pattern=r"^\d{9}$", description="REF02 after REF*EI or REF*SY, digits only")
    tax_id_type: Literal["EI", "SY"] = Field(default="EI", description="EI employer number, SY social security number")
    taxonomy: str = Field(description="PRV03 in 2000A, e.g. 261QR0400X")
    address: Address = Field(description="Street address, no PO box, ZIP+4")
    pay_to_address: Address | None = Field(default=None, description="Loop 2010AB, only if it differs; PO box allowed")
    medicare_participating: bool = Field(
        default=True, description="Participating providers must accept assignment, CLM07"
    )


class Therapist(Noun):
    """The licensed therapist: rendering provider, loop 2310B. Supervises the assistant where there is one."""

    name: PersonName
    npi: Npi
    taxonomy: str = Field(description="PRV03 in 2310B, e.g. 225X00000X; says PT, OT or SLP")


class Assistant(Noun):
    """A PTA or OTA who gave part of the visit. Never the rendering provider; shows as CQ or CO."""

    name: PersonName
    credential: Literal["PTA", "OTA", "SLPA"]


class ReferringProvider(Noun):
    """Ordering or certifying physician or NPP, loop 2310A NM1*DN. Medicare therapy needs it."""

    name: PersonName
    npi: Npi


class Attachment(Noun):
    """A document that goes with a claim or line, PWK. One control number a document; its cover sheet repeats it."""

    report_type: str = Field(description="PWK01: 08 plan of treatment, 09 progress report, PN therapy notes, M1 ...")
    transmission: Literal["AA", "BM", "EL", "EM", "FT", "FX"] = Field(description="PWK02; AA: available on request")
    control_number: str = Field(default="", max_length=50, description="PWK06, needed unless PWK02 is AA")


class ClaimNote(Noun):
    """Free text for what has no element of its own, NTE."""

    code: Literal["ADD", "CER", "DCP", "DGN", "TPO"] = Field(default="ADD", description="NTE01")
    text: str = Field(description="NTE02, at most 80 characters")


class Patient(Noun):
    """The person treated."""

    patient_id: Text = Field(
        description="Your id of the patient; the key of the patient's events, not sent to the payer"
    )
    name: PersonName
    birth_date: date = Field(description="DMG02")
    gender: Literal["F", "M", "U"] = Field(description="DMG03")
    address: Address
    death_date: date | None = None


class Subscriber(Noun):
    """Who holds the policy, when it is not the patient; loop 2010BA."""

    name: PersonName
    birth_date: date | None = None
    gender: Literal["F", "M", "U"] | None = None
    address: Address | None = None


class Coverage(Noun):
    """One insurance of the patient. The order in the session is the order of payment (COB)."""

    payer_id: Text = Field(description="Payer id at the clearinghouse, 2010BB NM109; picks the payer's settings")
    payer_name: Text = Field(description="2010BB NM103")
    payer_class: PayerClass = Field(description="Defaults for payers without settings of their own")
    member_id: str = Field(description="2010BA NM109; for Medicare the MBI without dashes")
    group_number: str = Field(default="", description="SBR03")
    group_name: str = Field(default="", description="SBR04, only sent without a group number")
    filing_indicator: str = Field(
        description="SBR09: MB Medicare B, 16 Medicare Advantage, CI commercial, BL Blue Cross ..."
    )
    relationship: str = Field(
        default="18",
        description="Patient to subscriber: 18 self, 01 spouse, 19 child, 20 employee, 21 unknown, 53, G8",
    )
    subscriber: Subscriber | None = Field(default=None, description="Needed when relationship is not 18")
    effective_from: date | None = None
    effective_to: date | None = None
    msp_type: str = Field(default="", description="SBR05, only when Medicare is not primary")

    @model_validator(mode="after")
    def _subscriber_known(self) -> Coverage:
        if self.relationship != "18" and self.subscriber is None:
            raise ValueError("subscriber is needed when relationship is not 18 (self)")
        return self


class TimedSegment(Noun):
    """Minutes of one timed code: give ``minutes``, or ``start`` and ``stop``; with both they must agree."""

    code: ProcedureCode
    minutes: Minutes | None = Field(
        default=None, description="One-on-one minutes; needed unless start and stop are given"
    )
    start: datetime | None = None
    stop: datetime | None = None
    performer: Performer = Performer.THERAPIST
    modifiers: list[ModifierCode] = Field(
        default_factory=list,
        description="What only the clinician knows: 59, XE..XU, KX, GA.., RT, LT; the rest is derived",
    )
    diagnosis_pointers: list[Annotated[int, Field(ge=1, le=12)]] = Field(
        default_factory=list, description="Positions in diagnoses, first = main; empty means the first four"
    )
    description: str = Field(default="", description="SV101-7, needed for unlisted codes")
    therapist: Therapist | None = Field(default=None, description="Who treated, if not the visit's therapist; 2420A")
    ordering_provider: ReferringProvider | None = Field(
        default=None, description="Who ordered a splint or equipment, 2420E NM1*DK"
    )
    line_note: str = Field(default="", description="NTE*ADD of the line, at most 80 characters")
    attachments: list[Attachment] = Field(
        default_factory=list, max_length=10, description="Documents that go with this service, PWK of the line"
    )

    @model_validator(mode="after")
    def _minutes_known(self) -> TimedSegment:
        if (self.start is None) != (self.stop is None):
            raise ValueError("start and stop go together")
        if self.start is not None and self.stop is not None:
            if (self.start.tzinfo is None) != (self.stop.tzinfo is None):
                raise ValueError("start and stop: give both a time zone, or neither")
            if self.stop <= self.start:
                raise ValueError("stop must be after start")
            clock = int((self.stop - self.start).total_seconds()) // 60
            if self.minutes is not None and self.minutes != clock:
                raise ValueError(f"minutes is {self.minutes} but start to stop is {clock}")
        elif self.minutes is None:
            raise ValueError("minutes, or start and stop, are needed")
        return self

    @property
    def duration_minutes(self) -> int:
        """Minutes of the segment, from ``minutes`` or from start and stop (whole minutes, rest dropped)."""
        return self.duration_seconds // 60

    @property
    def duration_seconds(self) -> int:
        """The same in seconds: a timer that is stopped and started loses none of them."""
        if self.start is None or self.stop is None:
            return 60 * (self.minutes or 0)
        return int((self.stop - self.start).total_seconds())


class EvaluationFacts(Noun):
    """What an evaluation found, as far as its level (97161 to 97163, 97165 to 97167) rests on it; empty: not told."""

    personal_factors: Annotated[int, Field(ge=0, le=99)] | None = Field(
        default=None, description="PT: personal factors and comorbidities that impact the plan of care"
    )
    elements_examined: Annotated[int, Field(ge=0, le=99)] | None = Field(
        default=None, description="PT: body structures and functions, activity limitations, participation restrictions"
    )
    presentation: Literal["", "stable", "evolving", "unstable"] = Field(
        default="", description="PT: clinical presentation"
    )
    history: Literal["", "brief", "expanded", "extensive"] = Field(
        default="", description="OT: review of profile and history"
    )
    performance_deficits: Annotated[int, Field(ge=0, le=99)] | None = Field(
        default=None, description="OT: deficits that limit activities or participation"
    )
    comorbidities: bool | None = Field(default=None, description="OT: some that affect occupational performance")
    decision_making: Literal["", "low", "moderate", "high"] = Field(default="", description="Complexity of decisions")


class UntimedProcedure(Noun):
    """A service that is billed by its count, whatever it took: evaluations, modalities, group, most SLP codes."""

    code: ProcedureCode
    count: Annotated[int, Field(ge=1, le=999)] = Field(
        default=1, description="Of sessions, limbs, fingers, instruments ..."
    )
    minutes: Minutes | None = Field(
        default=None, description="For the record and for the assistant's 10 % test; never for units"
    )
    assistant_minutes: Minutes = Field(default=0, description="Part of minutes that the assistant gave alone")
    performer: Performer = Performer.THERAPIST
    modifiers: list[ModifierCode] = Field(default_factory=list)
    diagnosis_pointers: list[Annotated[int, Field(ge=1, le=12)]] = Field(default_factory=list)
    description: str = ""
    device_days: Annotated[int, Field(ge=0, le=30)] | None = Field(
        default=None, description="Of remote monitoring: days of the 30-day period with data; without it not checked"
    )
    evaluation: EvaluationFacts | None = Field(
        default=None, description="Of an evaluation: what its level rests on; without it the level is not checked"
    )
    therapist: Therapist | None = Field(default=None, description="Who treated, if not the visit's therapist; 2420A")
    ordering_provider: ReferringProvider | None = Field(
        default=None, description="Who ordered a splint or equipment, 2420E NM1*DK"
    )
    line_note: str = Field(default="", description="NTE*ADD of the line, at most 80 characters")
    attachments: list[Attachment] = Field(
        default_factory=list, max_length=10, description="Documents that go with this service, PWK of the line"
    )


class Authorization(Noun):
    """Prior authorization, REF*G1."""

    number: Text = Field(description="Only the number, no prefix")
    valid_from: date | None = None
    valid_to: date | None = None
    visits_authorized: int | None = None
    visits_used: int | None = Field(default=None, description="Before this visit, as you know it")
    codes: list[ProcedureCode] = Field(default_factory=list, description="Empty: all codes")


class PlanOfCare(Noun):
    """Plan-of-care facts that Medicare's rules look at (MBPM ch. 15 section 220)."""

    start: date
    end: date | None = None
    first_treatment: date | None = None
    certified_on: date | None = Field(default=None, description="Physician's or NPP's signature on the plan")
    certified_to: date | None = Field(default=None, description="Last day of the newest certification period")
    sent_on: date | None = Field(default=None, description="Plan sent to the physician")
    order_on_file: bool = False
    delayed_certification: bool = False
    last_progress_report: date | None = None
    treatment_days_since_report: int | None = None
    benefit_class: Literal["rehabilitative", "habilitative"] = "rehabilitative"
    diagnoses: list[Text] = Field(
        default_factory=list,
        max_length=12,
        description="ICD-10-CM codes of the plan; those of the claim stand beside it",
    )


class Note(Noun):
    """The visit note."""

    signed_at: datetime | None = None
    signed_by_npi: str = Field(default="", description="NPI of who signed")


class Accident(Noun):
    """Accident behind the treatment, CLM11 and DTP*439."""

    related: list[Literal["AA", "EM", "OA"]] = Field(
        min_length=1, max_length=2, description="AA auto, EM employment, OA other"
    )
    accident_date: date | None = None
    state: str = Field(default="", description="For AA, CLM11-4")
    claim_number: str = Field(default="", description="REF*Y4, property and casualty claim number")


class Session(Noun):
    """One finished visit of one patient in one discipline: the payload of ``session-completed``."""

    tenant: Text = Field(description="The billing company; nothing is ever read across tenants")
    session_id: Text = Field(description="The EMR's id of the visit; same id and revision = same session, for ever")
    revision: Annotated[int, Field(ge=1, strict=True)] = Field(
        default=1, description="Raise it to send a corrected visit"
    )
    status: Literal["completed", "draft"] = "completed"
    withdrawn: bool = Field(
        default=False,
        description="With a higher revision: the visit is to be billed to nobody; what went out is voided",
    )
    date_of_service: date = Field(description="DTP*472")
    start: datetime | None = Field(default=None, description="Visit start, for checks of minutes")
    stop: datetime | None = None
    mode: Literal["in_person", "telehealth"] = "in_person"
    place_of_service: str = Field(
        pattern=r"^\d{2}$", description="CLM05-1: 11 office, 12 home, 02 or 10 telehealth ..."
    )
    discipline: Discipline
    clinic: Clinic
    billing_provider: BillingProvider
    therapist: Therapist
    assistant: Assistant | None = None
    referring_provider: ReferringProvider | None = None
    supervising_provider: ReferringProvider | None = Field(
        default=None, description="Who supervised a student, fellow or incident-to service, 2310D NM1*DQ"
    )
    patient: Patient
    coverages: list[Coverage] = Field(
        default_factory=list,
        max_length=11,
        description="In order of payment, primary first; none only where the patient pays himself",
    )
    self_pay: bool = Field(
        default=False,
        description="The patient pays the visit himself: no claim; with a higher revision what went out is voided",
    )
    refuses_claim: bool = Field(
        default=False,
        description="With self_pay: the patient himself asked in writing that no claim is sent (45 CFR "
        "164.522(a)(1)(vi); of Medicare, Benefit Policy Manual ch. 15 s. 40, or option 2 of an ABN)",
    )
    diagnoses: list[Text] = Field(
        min_length=1, max_length=12, description="ICD-10-CM, dot optional, main one first, HI"
    )
    timed: list[TimedSegment] = Field(default_factory=list)
    untimed: list[UntimedProcedure] = Field(default_factory=list)
    authorization: Authorization | None = None
    referral_number: str = Field(default="", description="REF*9F")
    plan_of_care: PlanOfCare | None = None
    note: Note | None = Field(default=None, description="Without it, rules about the note are not evaluated")
    accident: Accident | None = None
    onset_date: date | None = Field(default=None, description="DTP*431")
    clia_number: str = Field(default="", description="REF*X4; no therapy service needs one")
    therapy_used_cents: Annotated[int, Field(ge=0, strict=True)] | None = Field(
        default=None, description="Medicare therapy dollars of the year before this visit, as eligibility (271) tells"
    )
    attachments: list[Attachment] = Field(
        default_factory=list, max_length=10, description="Documents that go with the claim, PWK"
    )
    claim_note: ClaimNote | None = Field(default=None, description="What has no element of its own, NTE of the claim")
    file_information: list[str] = Field(
        default_factory=list,
        max_length=10,
        description="What a state requires and no other element takes, in its own format; 80 characters at most, K3",
    )
    patient_paid_cents: Cents = Field(default=0, ge=0, description="Paid by the patient for this claim, AMT*F5")
    accepts_assignment: bool = Field(
        default=True, description="False: the provider takes no assignment, and the payer pays the patient (CLM07 C)"
    )

    @model_validator(mode="after")
    def _has_services(self) -> Session:
        if not self.timed and not self.untimed:
            raise ValueError("a completed visit needs at least one timed or untimed service")
        return self

    @model_validator(mode="after")
    def _has_a_payer(self) -> Session:
        if not self.coverages and not self.self_pay:
            raise ValueError("no insurance is given; name it in coverages, or set self_pay if the patient pays himself")
        if self.refuses_claim and not self.self_pay:
            raise ValueError("refuses_claim goes with self_pay; whoever wants no claim sent pays himself")
        return self

    @property
    def is_billed(self) -> bool:
        """Whether a claim goes to a payer."""
        return not self.withdrawn and not self.self_pay

    @property
    def first_payer_id(self) -> str:
        """The id of the payer that is billed first; empty where the visit is no payer's."""
        return self.coverages[0].payer_id if self.coverages and not self.self_pay else ""
