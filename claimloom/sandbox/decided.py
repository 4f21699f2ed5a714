"""What the payer gives for a claim and its lines, before anybody writes it down; money in cents."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from claimloom.sandbox.claims_in import Filed, FiledService, Reason
from claimloom.sandbox.verdict import Verdict

FILING: Final = {"medicare": "MB", "advantage": "16", "medicaid": "MC"}
# Remarks that stand in MOA03-07, for the claim as a whole; the others stand with their line (LQ).
OF_THE_CLAIM: Final = ("MA", "N781", "N782", "N783", "N89")


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
    cas: list[Reason] = field(default_factory=list)
    allowed: int | None = None
    submitted_units: int | None = None
    submitted_code: str = ""
    submitted_modifiers: tuple[str, ...] = ()
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
    payer_id: str = ""
    payer_name: str = ""
    cas: list[Reason] = field(default_factory=list)
    remarks: tuple[str, ...] = ()
    original_icn: str = ""
    member: str = ""
    insured: str = ""
    """NM1*IL instead of NM1*QC."""
    forwarded: tuple[str, str] = ("", "")
    """NM1*TT: name and id of the payer that has the claim now."""
    claim_day: str = ""
    interest: int = 0
    off_by: int = 0
    """CLP04 is wrong by this, on purpose."""
    whole: int | None = None
    """CLP03 of a claim without lines."""

    @property
    def charge(self) -> int:
        """CLP03."""
        return sum(line.charge for line in self.lines) if self.whole is None else self.whole

    @property
    def paid(self) -> int:
        """CLP04."""
        before = sum(line.paid for line in self.lines) if self.whole is None else self.whole
        return before - sum(amount for _, _, amount in self.cas) + self.off_by

    @property
    def reasons(self) -> list[Reason]:
        """All adjustments, of the claim and its lines."""
        return [*self.cas, *(each for line in self.lines for each in line.cas)]

    @property
    def share(self) -> int:
        """CLP05: what is the patient's by this answer."""
        return sum(amount for group, _, amount in self.reasons if group == "PR")


def paid_claim(
    claim: Filed, verdicts: Iterable[Verdict], *, icn: str, kind: str, status: str = "1", lines: Sequence[int] = ()
) -> DecidedClaim:
    """A claim paid as the verdicts say; ``lines``: these places of it alone."""
    made = [_line(service, verdict) for service, verdict in zip(claim.services, verdicts, strict=True)]
    if lines:
        made = [made[place] for place in lines if place < len(made)]
    return DecidedClaim(
        *(claim, claim.number, status, icn, made, FILING.get(kind, "12")),
        payer_id=claim.payer_id,
        payer_name=claim.payer_name,
        member=claim.member,
    )


def _line(service: FiledService, verdict: Verdict) -> DecidedLine:
    line = DecidedLine(
        *(service.code, service.modifiers, service.charge, verdict.paid, verdict.units, service.day, service.number),
        allowed=verdict.allowed,
    )
    cut = 0
    if verdict.units < service.units:
        cut = service.charge * (service.units - verdict.units) // service.units
        line.submitted_units = service.units
    reduced = min(verdict.reduced, service.charge - verdict.allowed - cut)
    if verdict.by_month:
        line.cas = [("CO", "24", service.charge)]
        return line
    known = max(reduced, 0) + verdict.sequestration + verdict.withheld + cut
    cas = (
        ("CO", "45", service.charge - verdict.paid - known - verdict.shares),
        ("CO", "59", max(reduced, 0)),
        ("CO", "253", verdict.sequestration),
        ("CO", "104", verdict.withheld),
        ("CO", "151", cut),
        ("PR", "1", verdict.deductible),
        ("PR", "2", verdict.coinsurance),
        ("PR", "3", verdict.copay),
    )
    line.cas = [each for each in cas if each[2]]
    if verdict.assistant:
        line.remarks = ("N851",)
    return line


def refuse(line: DecidedLine, group: str, reason: str, remarks: Sequence[str]) -> None:
    """Nothing for this line, and why."""
    line.paid, line.allowed = 0, None
    line.submitted_units = None
    line.cas = [(group, reason, line.charge)]
    line.remarks = tuple(each for each in remarks if not each.startswith(OF_THE_CLAIM))


def moa(remarks: Sequence[str]) -> tuple[str, ...]:
    """Those remarks that are of the claim as a whole."""
    return tuple(each for each in remarks if each.startswith(OF_THE_CLAIM))


def reversed_claim(paid: DecidedClaim) -> DecidedClaim:
    """All amounts negated, with the groups and reasons of the original (RFI 2442)."""
    lines = [
        replace(
            line,
            charge=-line.charge,
            paid=-line.paid,
            units=-line.units,
            submitted_units=None if line.submitted_units is None else -line.submitted_units,
            cas=_negated(line.cas),
            allowed=None,
            remarks=(),
        )
        for line in paid.lines
    ]
    return replace(
        paid,
        status="22",
        lines=lines,
        cas=_negated(paid.cas),
        whole=None if paid.whole is None else -paid.whole,
        remarks=(),
        forwarded=("", ""),
        interest=0,
    )


def _negated(reasons: Iterable[Reason]) -> list[Reason]:
    return [(group, reason, -amount) for group, reason, amount in reasons]
