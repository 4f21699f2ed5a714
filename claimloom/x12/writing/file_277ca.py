"""277CA (005010X214): each claim of a batch accepted or rejected, and what stands above the claims.

One report answers one ST 837. A rejection may stand at any level with nothing below it; counts and amounts are taken
from the claims, and given for a level that names none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from claimloom.x12.guides.text import date_text, decimal_text
from claimloom.x12.writing.envelope import Envelope, Letter, set_number, write_interchange, write_set
from schemas.values import PersonName

VERSION: Final = "005010X214"
ACCEPTED: Final = "WQ"
REJECTED: Final = "U"


@dataclass(frozen=True, slots=True)
class StatusTriplet:
    """One triplet of an STC: category (A1, A2, A7 ...), status code, and whose data it is about."""

    category: str
    code: str
    entity: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """STC: up to three statuses, and what they come to: WQ accepted, U rejected."""

    action: str
    statuses: Sequence[StatusTriplet]
    text: str = ""
    """STC12, of a claim."""


@dataclass(frozen=True, slots=True)
class LineReport:
    """Loop 2220D: a line for which its claim was rejected."""

    procedure_code: str
    charge_cents: int
    said: Sequence[Said]
    modifiers: Sequence[str] = ()
    line_control_number: str = ""
    """REF*FJ, the 837's REF*6R."""
    date_of_service: date | None = None


@dataclass(frozen=True, slots=True)
class ClaimReport:
    """Loops 2000D to 2200D: one claim."""

    patient_control_number: str
    """TRN02, the 837's CLM01."""
    charge_cents: int
    patient: PersonName
    member_id: str
    said: Sequence[Said]
    date_of_service: date
    date_of_service_to: date | None = None
    payer_claim_control_number: str = ""
    """REF*1K."""
    clearinghouse_claim_number: str = ""
    """REF*D9."""
    lines: Sequence[LineReport] = ()

    @property
    def rejected(self) -> bool:
        """Any U, at claim or line level, rejects the whole claim."""
        said = [*self.said, *(each for line in self.lines for each in line.said)]
        return any(each.action == REJECTED for each in said)


@dataclass(frozen=True, slots=True)
class Totals:
    """Claims and charges of a level, accepted and rejected."""

    accepted: int = 0
    accepted_cents: int = 0
    rejected: int = 0
    rejected_cents: int = 0

    @property
    def charge_cents(self) -> int:
        """STC04."""
        return self.accepted_cents + self.rejected_cents

    @staticmethod
    def of(claims: Sequence[ClaimReport]) -> Totals:
        """Of the claims named."""
        bad = [claim for claim in claims if claim.rejected]
        good = [claim for claim in claims if not claim.rejected]
        return Totals(len(good), sum(c.charge_cents for c in good), len(bad), sum(c.charge_cents for c in bad))


@dataclass(frozen=True, slots=True)
class ProviderReport:
    """Loops 2000C to 2200C: a billing provider. Without claims ``totals`` tell how many were meant."""

    name: str
    npi: str
    said: Sequence[Said]
    claims: Sequence[ClaimReport] = ()
    totals: Totals = field(default_factory=Totals)
    entity_type: str = "2"


@dataclass(frozen=True, slots=True)
class BatchReport:
    """One ST: who answers whom about which batch. Without providers ``totals`` tell how many claims were meant."""

    source_name: str
    source_id: str
    receiver_name: str
    receiver_id: str
    batch_id: str
    """2200B TRN02, the 837's BHT03."""
    reference: str
    """BHT03 and 2200A TRN02 of the answer itself."""
    received_on: date
    processed_on: date
    said: Sequence[Said]
    providers: Sequence[ProviderReport] = ()
    totals: Totals = field(default_factory=Totals)
    source_kind: str = "PR"
    """PR payer, AY clearinghouse."""


def write_277ca(reports: Sequence[BatchReport], envelope: Envelope) -> str:
    """The reports as one file, a transaction set each; ValueError for a text that cannot be said."""
    sets = []
    for place, report in enumerate(reports, start=1):
        letter = Letter(envelope)
        _batch(letter, report, envelope)
        sets.append(write_set(envelope, "277", set_number(place), VERSION, letter.written()))
    return write_interchange(envelope, "HN", VERSION, sets)


def _batch(letter: Letter, report: BatchReport, envelope: Envelope) -> None:
    letter.add("BHT", "0085", "08", letter.code(report.reference), envelope.day, envelope.time, "TH")
    letter.add("HL", "1", "", "20", "1")
    qualifier = "46" if report.source_kind == "AY" else "PI"
    letter.organisation(report.source_kind, "2", report.source_name, qualifier, report.source_id)
    letter.add("TRN", "1", letter.code(report.reference))
    letter.add("DTP", "050", "D8", date_text(report.received_on))
    letter.add("DTP", "009", "D8", date_text(report.processed_on))
    letter.add("HL", "2", "1", "21", "1" if report.providers else "0")
    letter.organisation("41", "2", report.receiver_name, "46", report.receiver_id)
    letter.add("TRN", "2", letter.code(report.batch_id))
    of_providers = [_totals(each) for each in report.providers]
    totals = _sum(of_providers) if report.providers else report.totals
    day = date_text(report.processed_on)
    for said in report.said:
        _status(letter, said, day, totals.charge_cents)
    _counts(letter, totals, "90", "AA")
    level = 2
    for provider, own in zip(report.providers, of_providers, strict=True):
        level = _provider(letter, provider, own, level, day)


def _totals(provider: ProviderReport) -> Totals:
    return Totals.of(provider.claims) if provider.claims else provider.totals


def _sum(some: Sequence[Totals]) -> Totals:
    return Totals(
        sum(each.accepted for each in some),
        sum(each.accepted_cents for each in some),
        sum(each.rejected for each in some),
        sum(each.rejected_cents for each in some),
    )


def _provider(letter: Letter, provider: ProviderReport, totals: Totals, level: int, day: str) -> int:
    """Loops 2000C and below; returns the last HL number used."""
    level += 1
    parent = str(level)
    letter.add("HL", parent, "2", "19", "1" if provider.claims else "0")
    letter.organisation("85", provider.entity_type, provider.name, "XX", provider.npi)
    letter.add("TRN", "1", "0")
    for said in provider.said:
        _status(letter, said, "", totals.charge_cents)
    _counts(letter, totals, "QA", "QC")
    for claim in provider.claims:
        level += 1
        letter.add("HL", str(level), parent, "PT")
        _claim(letter, claim, day)
    return level


def _claim(letter: Letter, claim: ClaimReport, day: str) -> None:
    letter.name("QC", claim.patient, "MI", claim.member_id)
    letter.add("TRN", "2", letter.code(claim.patient_control_number))
    for said in claim.said:
        _status(letter, said, day, claim.charge_cents)
    if claim.payer_claim_control_number:
        letter.add("REF", "1K", letter.code(claim.payer_claim_control_number))
    if claim.clearinghouse_claim_number:
        letter.add("REF", "D9", letter.code(claim.clearinghouse_claim_number))
    if claim.date_of_service_to and claim.date_of_service_to != claim.date_of_service:
        days = f"{date_text(claim.date_of_service)}-{date_text(claim.date_of_service_to)}"
        letter.add("DTP", "472", "RD8", days)
    else:
        letter.add("DTP", "472", "D8", date_text(claim.date_of_service))
    for line in claim.lines:
        code = letter.composite("HC", letter.code(line.procedure_code, 48), *line.modifiers)
        letter.add("SVC", code, decimal_text(line.charge_cents))
        for said in line.said:
            _status(letter, said, day, None)
        if line.line_control_number:
            letter.add("REF", "FJ", letter.code(line.line_control_number))
        if line.date_of_service:
            letter.add("DTP", "472", "D8", date_text(line.date_of_service))


def _status(letter: Letter, said: Said, day: str, charge_cents: int | None) -> None:
    first, second, third = [
        letter.composite(each.category, each.code, each.entity) for each in (*said.statuses, *(NONE,) * 3)[:3]
    ]
    amount = "" if charge_cents is None else decimal_text(charge_cents)
    letter.add("STC", first, day, said.action, amount, *("",) * 5, second, third, letter.said(said.text, 264))


NONE: Final = StatusTriplet("", "")


def _counts(letter: Letter, totals: Totals, yes: str, no: str) -> None:
    """QTY and AMT; those of a side without claims are left out."""
    if totals.accepted:
        letter.add("QTY", yes, str(totals.accepted))
    if totals.rejected:
        letter.add("QTY", no, str(totals.rejected))
    if totals.accepted:
        letter.add("AMT", "YU", decimal_text(totals.accepted_cents))
    if totals.rejected:
        letter.add("AMT", "YY", decimal_text(totals.rejected_cents))
