"""What a rule may look at: one claim, the visit behind it, the payer's settings, and a view of other claims.

A hundred rules ask the same of a claim, so what they ask is worked out once a case.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache, cached_property, lru_cache, wraps
from typing import Final, NamedTuple, TypeVar, cast

from claimloom.payers import PayerConfig
from claimloom.reference import rows
from claimloom.reference.code_ladders import pooled_service
from claimloom.reference.edits import Edits, packaged_edits
from claimloom.reference.icd10 import Icd10, packaged_icd10
from claimloom.reference.therapy_codes import monitoring_codes, therapy_code
from claimloom.scrub.procedure import MOST_REMEMBERED, Procedure, procedure
from schemas.claim import Claim, ClaimLine
from schemas.session import Performer, Session, Therapist, TimedSegment, UntimedProcedure
from schemas.values import Discipline, PayerClass

Fact = TypeVar("Fact")


@dataclass(frozen=True, slots=True)
class OtherLine:
    """A service line of another claim."""

    code: str
    modifiers: frozenset[str]
    units: int
    rendering_npi: str = ""
    """Who treated; empty: the claim's therapist."""


class Clocked(NamedTuple):
    """One-on-one minutes of a code by the clock."""

    start: datetime
    stop: datetime
    code: str


def clocked(session: Session) -> tuple[Clocked, ...]:
    """The visit's one-on-one minutes, as far as the clock is told."""
    return tuple(Clocked(each.start, each.stop, each.code) for each in session.timed if each.start and each.stop)


@dataclass(frozen=True, slots=True)
class OtherClaim:
    """Another claim of the same patient and day that still counts: not rejected, not superseded, not unprocessable."""

    patient_control_number: str
    session_id: str
    payer_id: str
    billing_npi: str
    rendering_npi: str
    discipline: Discipline
    lines: tuple[OtherLine, ...]
    pool_minutes: int = 0
    pool_units: int = 0
    clocked: tuple[Clocked, ...] = ()
    """One-on-one minutes by the clock, where they are told; of claims of another discipline alone."""
    came_first: bool = field(default=False, metadata={"why": "of two that collide, one is the original"})


FIRST_EVALUATIONS: Final = (frozenset({"97161", "97162", "97163"}), frozenset({"97165", "97166", "97167"}))
"""Initial evaluations of PT and of OT."""


@cache
def watched() -> frozenset[str]:
    """Codes of which other days of the patient matter: remote monitoring and initial evaluations."""
    return monitoring_codes().union(*FIRST_EVALUATIONS)


class OtherDay(NamedTuple):
    """A line on another claim of the patient that still counts, of those that rules look back for (``watched``)."""

    patient_control_number: str
    session_id: str
    payer_id: str
    day: date
    code: str


class Unwritable(NamedTuple):
    """Something of a claim that no file can hold: where (X12 place), what is wrong in words without the value, what to
    change, and the line that it is about (0: the claim).
    """

    where: str
    said: str
    fix: str
    line: int = 0


@dataclass(frozen=True, slots=True)
class LedgerView:
    """What is known beyond the claim itself; empty for a claim looked at alone."""

    same_day: tuple[OtherClaim, ...] = ()
    therapy_used_cents: int = 0
    authorization_visits: int = 0
    other_days: tuple[OtherDay, ...] | None = None
    """Of a claim with a watched code the lines of such codes of other visits, of any day; None: nobody looked."""


@dataclass(frozen=True)
class Case:
    """A claim to scrub. ``as_of`` is the submission date: rules have no clock of their own."""

    claim: Claim
    session: Session
    payer: PayerConfig
    as_of: date
    rates_cents: list[int] | None = None
    ledger: LedgerView = field(default_factory=LedgerView)
    answered_on: date | None = None
    """Day of the payer's answer to the claim that this one corrects."""
    icd10: Icd10 = field(default_factory=packaged_icd10)
    """Which diagnoses are billable when."""
    edits: Edits = field(default_factory=packaged_edits)
    """Code pairs and unit limits, by day."""
    unlike: str | None = None
    """None: the payer has settings of its own. Else the id of one that has, written nearly alike, or an empty text."""
    unwritable: Sequence[Unwritable] = ()
    """What the writer of files refuses of the claim (``claimloom.desk.writable``)."""

    @cached_property
    def day(self) -> date:
        """Date of service."""
        return self.session.date_of_service

    @property
    def medicare(self) -> bool:
        """Part B fee for service, not Medicare Advantage."""
        return self.payer.payer_class is PayerClass.MEDICARE_B

    @cached_property
    def lines(self) -> list[tuple[ClaimLine, Procedure]]:
        """The claim's lines, each with what its code and modifiers say."""
        return [(line, procedure(line.procedure_code, tuple(line.modifiers))) for line in self.claim.lines]

    @cached_property
    def written(self) -> frozenset[str]:
        """Codes and modifiers that stand on any line."""
        return frozenset().union(*(said.written for _, said in self.lines))

    @cached_property
    def services(self) -> list[TimedSegment | UntimedProcedure]:
        """What the visit says was done, in its order."""
        return [*self.session.timed, *self.session.untimed]

    @cached_property
    def clocked(self) -> tuple[Clocked, ...]:
        """The visit's one-on-one minutes by the clock."""
        return clocked(self.session)

    @cached_property
    def minutes(self) -> dict[str, int]:
        """Timed minutes of the visit by code."""
        total: dict[str, int] = {}
        for segment in self.session.timed:
            total[segment.code] = total.get(segment.code, 0) + segment.duration_seconds
        return {code: seconds // 60 for code, seconds in total.items()}

    @cached_property
    def units(self) -> dict[str, int]:
        """Billed units by code, over all lines of the claim."""
        total: dict[str, int] = {}
        for line in self.claim.lines:
            total[line.procedure_code] = total.get(line.procedure_code, 0) + line.units
        return total

    @cached_property
    def pooled_minutes(self) -> Counter[str]:
        """Minutes by service of those that count into the pool of 15-minute units."""
        return pooled(self.minutes)

    @cached_property
    def pooled_units(self) -> Counter[str]:
        """Billed units of the same."""
        return pooled(self.units)

    @cached_property
    def neighbours(self) -> list[OtherClaim]:
        """Other claims of the patient's day under the same billing NPI."""
        if not self.ledger.same_day:
            return []
        return [other for other in self.ledger.same_day if other.billing_npi == self.claim.billing_provider.npi]

    @cached_property
    def day_units(self) -> dict[str, int]:
        """Billed units by code over this claim and its neighbours that came first."""
        total = dict(self.units)
        for other in self.neighbours:
            if other.came_first:
                for line in other.lines:
                    total[line.code] = total.get(line.code, 0) + line.units
        return total

    @cached_property
    def by_assistant(self) -> frozenset[str]:
        """Codes of which an assistant alone gave a part."""
        timed = {segment.code for segment in self.session.timed if segment.performer is Performer.ASSISTANT}
        untimed = {
            procedure.code
            for procedure in self.session.untimed
            if procedure.performer is Performer.ASSISTANT or procedure.assistant_minutes
        }
        return frozenset(timed | untimed)

    @cached_property
    def found(self) -> dict[Callable[[Case], object], object]:
        """What ``fact`` has worked out of this case."""
        return {}


def fact(work: Callable[[Case], Fact]) -> Callable[[Case], Fact]:
    """Makes something that several rules of a subject ask of a case be worked out once."""

    @wraps(work)
    def asked(case: Case) -> Fact:
        if work not in case.found:
            case.found[work] = work(case)
        return cast("Fact", case.found[work])

    return asked


def pooled(amounts: Mapping[str, int]) -> Counter[str]:
    """Of amounts by code those of the CMS pool, by service."""
    total: Counter[str] = Counter()
    for code, amount in amounts.items():
        if name := _pooled_as(code):
            total[name] += amount
    return total


@lru_cache(MOST_REMEMBERED)
def _pooled_as(code: str) -> str:
    """The service that a code counts as in the CMS pool; empty outside it."""
    known = therapy_code(code)
    return pooled_service(code) if known and known.counts_in_cms_15min_pool else ""


@cache
def _roles() -> dict[str, str]:
    return {row["taxonomy"]: row["role"] for row in rows("nucc_therapy")}


def rendered_by(case: Case, line: ClaimLine) -> Therapist:
    """Who treated: the line's own therapist (2420A), else the claim's (2310B)."""
    return line.rendering or case.claim.rendering


def role_of(therapist: Therapist) -> str:
    """PT, OT, SLP, PTA ... by a taxonomy; empty for one outside the table."""
    return _roles().get(therapist.taxonomy, "")


def rendering_role(case: Case) -> str:
    """The role of the claim's therapist (2310B)."""
    return role_of(case.claim.rendering)


def patient_loop(case: Case) -> str:
    """Where the patient stands: 2010CA if somebody else is the subscriber."""
    return "2010BA" if case.claim.coverage.relationship == "18" else "2010CA"
