"""Session to claim: one line a code and modifier set, charges from the clinic's fee list, units with their reasons.

A pure function: same session, same payer settings, same claim.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Final
from uuid import UUID

from claimloom.billing.assistant import assistant_units, untimed_needs_modifier
from claimloom.billing.secondary import ORDER
from claimloom.billing.units import NOTHING as NOTHING_BEFORE
from claimloom.billing.units import Before, Treatment, derive_units, minutes_without_a_unit
from claimloom.claim_number import claim_number
from claimloom.errors import PlainError
from claimloom.payers import PayerConfig
from claimloom.reference import rows
from claimloom.reference.addresses import same_place
from claimloom.reference.apart import of_a_line
from claimloom.reference.code_ladders import add_on, first_code
from claimloom.reference.disciplines import ASSISTANT_MODIFIER, DISCIPLINE_MODIFIER, DISCIPLINE_OF
from claimloom.reference.therapy_codes import therapy_code
from schemas.claim import Claim, ClaimLine, CodeMinutes, OtherPayer, UnitDerivation
from schemas.session import (
    Attachment,
    ClaimNote,
    Coverage,
    Performer,
    ReferringProvider,
    Session,
    Therapist,
    TimedSegment,
    UntimedProcedure,
    on_the_clock,
)
from schemas.values import Discipline, PayerClass
from schemas.words import counted

MAX_POINTERS: Final = 4
MAX_MODIFIERS: Final = 4
LAST: Final = 9
"""Rank of a modifier that no table knows."""
MOST_LINES: Final = 50
"""Loop 2400 of the 837P; a payer takes no more (NUCC and the guide: LX01 is 1 to 50)."""
SEPARATORS: Final = re.compile(r"[-\s]")
NONE: Final[frozenset[str]] = frozenset()
NO_MINUTES: Final[Mapping[str, int]] = {}


class BuildError(PlainError):
    """A session that cannot become a claim; says why and what to change."""

    def __init__(self, session_id: str, why: str, change: str, minutes: Mapping[str, int] = NO_MINUTES) -> None:
        super().__init__(f"session {session_id}: {why}; {change}")
        self.why = why
        self.change = change
        self.minutes = dict(minutes)
        """By code, of a visit that earned no unit: they count with those of the day's other visits."""


@dataclass(slots=True)
class _Piece:
    """What the session says of one code, over all segments that may stand on one line."""

    by_therapist: int = 0
    """Minutes; seconds while they are summed up."""
    by_assistant: int = 0
    count: int = 0
    timed: bool = False
    marked: int = 0
    """Of what is counted, how much an assistant gave."""
    modifiers: list[str] = field(default_factory=list)
    pointers: list[int] = field(default_factory=list)
    description: str = ""
    notes: list[str] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    therapist: Therapist | None = None
    """Who treated, if another one than the visit's therapist."""
    ordering: ReferringProvider | None = None


Apart = tuple[frozenset[str], str, str]
"""What keeps parts of a code on lines of their own: modifiers, and the NPI of who treated and who ordered it."""
Parts = dict[str, dict[Apart, _Piece]]
"""By code, then by what keeps parts of it apart."""


@dataclass(frozen=True, slots=True)
class _Share:
    """Units of one code that one part of it gets, and how many of them an assistant gave."""

    row: CodeMinutes
    part: _Piece
    units: int
    assistant_units: int


def build_claim(
    session: Session,
    payer: PayerConfig,
    *,
    claim_id: UUID,
    frequency_code: str = "1",
    payer_claim_control_number: str = "",
    before: Before = NOTHING_BEFORE,
) -> Claim:
    """The claim of a session to its first payer; BuildError if nothing is billable or a fee is missing.

    ``before``: what the day's earlier visits of the discipline were billed with to the same payer.
    """
    parts = _parts(session)
    derived, shares = _derive(session, payer, parts, before)
    number = claim_number(claim_id, session.revision)
    lines = _lines(session, payer, shares, number)
    if not lines:
        if counted_codes := [each.code for each in session.untimed]:  # of another code its count is a line
            raise BuildError(
                session.session_id,
                f"{' and '.join(dict.fromkeys(counted_codes))} is billed by minutes, and the visit only counts it",
                "move it from untimed to timed with its minutes",
            )
        minutes = counted(derived.pool_minutes, "timed minute gives", "timed minutes give")
        beside = f" beside the {derived.earlier_minutes} of the day's other visits" if derived.earlier_minutes else ""
        raise BuildError(
            session.session_id,
            f"{minutes} no unit under {derived.rule.words}{beside}",
            "correct the minutes if they are wrong",
            minutes_without_a_unit(derived),
        )
    elsewhere = not same_place(session.clinic.address, session.billing_provider.address)
    return Claim(
        claim_id=claim_id,
        patient_control_number=number,
        version=session.revision,
        frequency_code=frequency_code,
        payer_claim_control_number=payer_claim_control_number,
        discipline=session.discipline,
        billing_provider=session.billing_provider,
        rendering=session.therapist,
        referring=session.referring_provider,
        supervising=session.supervising_provider,
        service_facility_name=session.clinic.name if elsewhere else "",
        service_facility_address=session.clinic.address if elsewhere else None,
        patient=session.patient,
        coverage=as_filed(session.coverages[0]),
        assignment_code="A" if session.accepts_assignment else "C",
        payers_after=len(session.coverages) - 1,
        other_payers=_known_payers(session),
        place_of_service=session.place_of_service,
        diagnoses=[code.replace(".", "").strip().upper() for code in session.diagnoses],
        lines=lines,
        total_charge_cents=sum(line.charge_cents for line in lines),
        patient_paid_cents=session.patient_paid_cents,
        authorization_number=session.authorization.number if session.authorization else "",
        referral_number=session.referral_number,
        accident=session.accident,
        onset_date=session.onset_date,
        clia_number=session.clia_number,
        attachments=session.attachments,
        file_information=session.file_information,
        note=session.claim_note,
        units=derived,
    )


def _known_payers(session: Session) -> list[OtherPayer]:
    """Those that come after the first, as far as they are known well enough to be named (loop 2320): without them a
    payer does not know whom to send the claim on to.
    """
    found = zip(ORDER[1:], session.coverages[1:], strict=False)
    return [
        OtherPayer(responsibility=place, coverage=as_filed(each)) for place, each in found if each.member_id.strip()
    ]


def as_filed(coverage: Coverage) -> Coverage:
    """A coverage as its payer knows it: the dashes of a Medicare card are there for the eye, and no part of the number
    (CMS, MBI format).
    """
    if coverage.payer_class is not PayerClass.MEDICARE_B:
        return coverage
    number = SEPARATORS.sub("", coverage.member_id).upper()
    return coverage if number == coverage.member_id else coverage.model_copy(update={"member_id": number})


def _parts(session: Session) -> Parts:
    """The session by code, in the order of first start (segments without a clock time keep their place)."""
    parts: Parts = {}
    for segment in _in_start_order(session.timed):
        part = _part_of(session, parts, segment)
        part.timed = True
        if segment.performer is Performer.ASSISTANT:
            part.by_assistant += segment.duration_seconds
        else:
            part.by_therapist += segment.duration_seconds
    for procedure in session.untimed:
        part = _part_of(session, parts, procedure)
        part.count += procedure.count
        alone = procedure.performer is Performer.ASSISTANT
        if alone or untimed_needs_modifier(procedure.minutes or 0, procedure.assistant_minutes):
            part.marked += procedure.count
    for some in parts.values():
        _in_minutes(list(some.values()))
        shared = [modifier for part in some.values() for modifier in part.modifiers if modifier not in of_a_line()]
        for part in some.values():
            part.modifiers += shared
    return parts


def _in_minutes(some: Sequence[_Piece]) -> None:
    """Seconds of a code to minutes: summed up first, then cut; a minute made of several rests goes to the largest."""
    seconds = [each for part in some for each in (part.by_therapist, part.by_assistant)]
    minutes = [each // 60 for each in seconds]
    left = sum(seconds) // 60 - sum(minutes)
    for place in sorted(range(len(seconds)), key=lambda place: -(seconds[place] % 60))[:left]:
        minutes[place] += 1
    for place, part in enumerate(some):
        part.by_therapist, part.by_assistant = minutes[2 * place], minutes[2 * place + 1]


def _part_of(session: Session, parts: Parts, said: TimedSegment | UntimedProcedure) -> _Piece:
    marks = of_a_line() & set(said.modifiers) if said.modifiers else NONE
    other = said.therapist if said.therapist and said.therapist.npi != session.therapist.npi else None
    orders = said.ordering_provider
    apart = (marks, other.npi if other else "", orders.npi if orders else "")
    part = parts.setdefault(said.code, {}).setdefault(apart, _Piece(therapist=other, ordering=orders))
    part.modifiers += said.modifiers
    part.pointers += [pointer for pointer in said.diagnosis_pointers if pointer not in part.pointers]
    part.description = part.description or said.description
    if said.line_note and said.line_note not in part.notes:
        part.notes.append(said.line_note)
    part.attachments += [each for each in said.attachments if each not in part.attachments]
    return part


def _in_start_order(segments: Sequence[TimedSegment]) -> list[TimedSegment]:
    if all(segment.start for segment in segments):
        return sorted(segments, key=_started)
    return list(segments)


def _started(segment: TimedSegment) -> float:
    assert segment.start
    return on_the_clock(segment.start)


def _derive(session: Session, payer: PayerConfig, parts: Parts, before: Before) -> tuple[UnitDerivation, list[_Share]]:
    """Units of the codes with their reasons, and who gets them: parts of a code, assistant and therapist."""
    derived = derive_units(_treatments(session, parts), payer.unit_rule, before)
    assisted = payer.assistant_modifier in ("required", "optional") and session.discipline is not Discipline.SLP
    shares: list[_Share] = []
    rows_now: list[CodeMinutes] = []
    for row in derived.codes:
        mine = _shares(row, derived.codes, parts, assisted=assisted)
        marked = sum(each.assistant_units for each in mine)
        rows_now.append(row.model_copy(update={"assistant_units": marked}) if marked else row)
        shares += mine
    return derived.model_copy(update={"codes": rows_now}), shares


def treatments_of(session: Session) -> list[Treatment]:
    """What the visit says was done, as units are derived of it: seconds of a code summed up and cut to minutes."""
    return _treatments(session, _parts(session))


def _treatments(session: Session, parts: Parts) -> list[Treatment]:
    services = [
        Treatment(name, part.by_therapist + part.by_assistant, assistant_minutes=part.by_assistant)
        for name, some in parts.items()
        for part in some.values()
        if part.timed
    ]
    return services + [Treatment(procedure.code, count=procedure.count) for procedure in session.untimed]


def _shares(row: CodeMinutes, codes: Sequence[CodeMinutes], parts: Parts, *, assisted: bool) -> list[_Share]:
    first = first_code(row.code)
    timed_parts = [each for each in parts.get(first, {}).values() if each.timed]
    if row.minutes and len(timed_parts) > 1 and add_on(first) != first and add_on(first) not in parts:
        return _shares_of_family(row, codes, timed_parts, assisted=assisted)
    some = [each for each in parts.get(row.code, {}).values() if each.timed == bool(row.minutes)]
    if len(some) < 2 or any(_is_kin(row.code, name) for name in parts):
        part = some[0] if some else _family(row.code, parts)
        marked = _assistant_units(row, codes, part.marked) if assisted else 0
        return [_Share(row, part, row.units, marked)]
    timed = bool(row.minutes)
    units = _divided(row.units, [each.by_therapist + each.by_assistant for each in some]) if timed else []
    shares = []
    for place, part in enumerate(some):
        mine = units[place] if timed else part.count
        marked = 0
        if assisted and timed:
            marked = assistant_units(mine, part.by_therapist, part.by_assistant)
        elif assisted:
            marked = part.marked
        shares.append(_Share(row, part, mine, min(marked, mine)))
    return shares


def _shares_of_family(
    row: CodeMinutes, codes: Sequence[CodeMinutes], some: Sequence[_Piece], *, assisted: bool
) -> list[_Share]:
    """Units of a first code and its add-on code over the parts of their minutes: each part has its own, the first of
    them all is the first code's.
    """
    first = first_code(row.code)
    kin = [each for each in codes if each.minutes and first_code(each.code) == first]
    begun = any(each.code == first and each.units for each in kin)
    units = _divided(sum(each.units for each in kin), [each.by_therapist + each.by_assistant for each in some])
    shares = []
    for part, given in zip(some, units, strict=True):
        of_first = int(begun and given > 0)
        begun = begun and not of_first
        later = given - of_first
        marked = assistant_units(given, part.by_therapist, part.by_assistant) if assisted else 0
        if row.code == first:
            shares.append(_Share(row, part, of_first, max(marked - later, 0)))
        else:
            shares.append(_Share(row, part, later, min(marked, later)))
    return shares


def _divided(units: int, minutes: Sequence[int]) -> list[int]:
    """A code's units over its parts: whole 15-minute blocks first, what is left to the largest remainders, as over
    codes. Where earlier visits of the day leave fewer units than there are blocks, the shortest parts go without.
    """
    given = [each // 15 for each in minutes]
    left = units - sum(given)
    by_rest = sorted(range(len(minutes)), key=lambda place: (-(minutes[place] % 15), -minutes[place], place))
    for place in by_rest[: max(left, 0)]:
        given[place] += 1
    for place in sorted(range(len(minutes)), key=lambda place: minutes[place]):
        less = min(given[place], max(-left, 0))
        given[place] -= less
        left += less
    return given


def _assistant_units(row: CodeMinutes, codes: Sequence[CodeMinutes], marked: int) -> int:
    """Of a code's units the assistant's; ``marked``: of what is counted. First code and add-on code share their
    minutes, so also this; where the therapist gave a unit, it is the first.
    """
    if row.minutes == 0:
        return min(marked, row.units)
    first = first_code(row.code)
    family = sum(each.units for each in codes if each.minutes and first_code(each.code) == first)
    given = assistant_units(family, row.therapist_minutes, row.assistant_minutes)
    return min(given, row.units) if row.code != first else max(given - (family - row.units), 0)


def _lines(session: Session, payer: PayerConfig, shares: Sequence[_Share], number: str) -> list[ClaimLine]:
    lines: list[ClaimLine] = []
    pointers = list(range(1, min(len(session.diagnoses), MAX_POINTERS) + 1))
    for each in shares:
        code = each.row.code
        for units, by_assistant in ((each.units - each.assistant_units, False), (each.assistant_units, True)):
            if not units:
                continue
            fee = session.clinic.fees_cents.get(code)
            if fee is None:
                raise BuildError(
                    session.session_id,
                    f"the clinic's fee list has no fee for {code}",
                    "add it to clinic.fees_cents",
                )
            modifiers = modifiers_of(session, payer, each.part.modifiers, by_assistant)
            shown = modifiers[:MAX_MODIFIERS]
            same = [line for line in lines if _stands_for(line, each, shown)]
            if same:  # what kept them apart has no place on a line
                at = same[0].line_number - 1
                more = {"units": same[0].units + units, "charge_cents": same[0].charge_cents + fee * units}
                papers = [one for one in each.part.attachments if one not in same[0].attachments]
                lines[at] = same[0].model_copy(update={**more, "attachments": [*same[0].attachments, *papers]})
                continue
            place = len(lines) + 1
            if place > MOST_LINES:
                raise BuildError(
                    session.session_id,
                    f"more than {MOST_LINES} service lines, and a claim holds no more",
                    "send the visit as two, the second under a session_id of its own: the day's minutes stay one pool",
                )
            lines.append(
                ClaimLine(
                    line_number=place,
                    line_control_number=f"{number}-{place}",
                    procedure_code=code,
                    modifiers=shown,
                    description=each.part.description,
                    charge_cents=fee * units,
                    units=units,
                    diagnosis_pointers=each.part.pointers[:MAX_POINTERS] or pointers,
                    date_of_service=session.date_of_service,
                    rendering=each.part.therapist,
                    ordering=each.part.ordering,
                    attachments=each.part.attachments,
                    notes=[ClaimNote(text="; ".join(each.part.notes))] if each.part.notes else [],
                )
            )
    return lines


def _stands_for(line: ClaimLine, share: _Share, modifiers: list[str]) -> bool:
    """Whether a line already says all that a part of a code would."""
    part = share.part
    told = (share.row.code, modifiers, part.therapist, part.ordering)
    return (line.procedure_code, line.modifiers, line.rendering, line.ordering) == told


def _is_kin(code: str, other: str) -> bool:
    """Whether one of two codes is the add-on of the other: 97130 grows out of 97129."""
    one, two = therapy_code(code), therapy_code(other)
    return (one is not None and one.add_on_of == other) or (two is not None and two.add_on_of == code)


def _family(code: str, parts: Parts) -> _Piece:
    """What the session says of the first or add-on code of a code's family."""
    kin = next((some for name, some in parts.items() if _is_kin(code, name)), None)
    return next(iter(kin.values())) if kin else _Piece()


def modifiers_of(session: Session, payer: PayerConfig, said: Sequence[str], by_assistant: bool) -> list[str]:
    """All modifiers of a line in their order; a line holds the first four."""
    wanted = list(said)
    if payer.discipline_modifier != "forbidden" and not DISCIPLINE_OF.keys() & set(wanted):
        wanted.append(DISCIPLINE_MODIFIER[session.discipline])
    if by_assistant and (modifier := ASSISTANT_MODIFIER.get(session.discipline)):
        wanted.append(modifier)
    return sorted(dict.fromkeys(wanted), key=lambda modifier: _order().get(modifier, LAST))


@cache
def _order() -> dict[str, int]:
    """Rank of each modifier on the line: NCCI, discipline, assistant, attestation, the rest."""
    return {row["modifier"]: int(row["order_rank"]) for row in rows("modifiers")}
