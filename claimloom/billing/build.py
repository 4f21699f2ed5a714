"""Session to claim: one line a code and modifier set, charges from the clinic's fee list, units with their reasons.

A pure function: same session, same payer settings, same claim.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Final
from uuid import UUID

from claimloom.billing.assistant import assistant_units, untimed_needs_modifier
from claimloom.billing.secondary import ORDER
from claimloom.billing.units import Treatment, derive_units
from claimloom.claim_number import claim_number
from claimloom.errors import PlainError
from claimloom.payers import PayerConfig
from claimloom.reference import rows
from claimloom.reference.addresses import same_place
from claimloom.reference.disciplines import ASSISTANT_MODIFIER, DISCIPLINE_MODIFIER, DISCIPLINE_OF
from claimloom.reference.therapy_codes import therapy_code
from schemas.claim import Claim, ClaimLine, CodeMinutes, OtherPayer, UnitDerivation
from schemas.session import Performer, Session, TimedSegment, UntimedProcedure
from schemas.values import Discipline
from schemas.words import counted

MAX_POINTERS: Final = 4
MAX_MODIFIERS: Final = 4


class BuildError(PlainError):
    """A session that cannot become a claim; says why and what to change."""


@dataclass(slots=True)
class _Code:
    """What the session says of one code, over all its segments."""

    therapist: int = 0
    assistant: int = 0
    timed: bool = False
    marked: bool = False
    modifiers: list[str] = field(default_factory=list)
    pointers: list[int] = field(default_factory=list)
    description: str = ""


def build_claim(
    session: Session,
    payer: PayerConfig,
    *,
    claim_id: UUID,
    frequency_code: str = "1",
    payer_claim_control_number: str = "",
) -> Claim:
    """The claim of a session to its first payer; BuildError if nothing is billable or a fee is missing."""
    codes = _codes(session)
    derived = _derive(session, payer, codes)
    number = claim_number(claim_id, session.revision)
    lines = _lines(session, payer, codes, derived, number)
    if not lines:
        minutes = counted(derived.pool_minutes, "timed minute gives", "timed minutes give")
        raise BuildError(
            f"session {session.session_id}: {minutes} no unit under {derived.rule}; "
            "nothing to bill, or correct the minutes and raise the revision"
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
        service_facility_name=session.clinic.name if elsewhere else "",
        service_facility_address=session.clinic.address if elsewhere else None,
        patient=session.patient,
        coverage=session.coverages[0],
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
        units=derived,
    )


def _known_payers(session: Session) -> list[OtherPayer]:
    """Those that come after the first, as far as they are known well enough to be named (loop 2320): without them a
    payer does not know whom to send the claim on to.
    """
    found = zip(ORDER[1:], session.coverages[1:], strict=False)
    return [OtherPayer(responsibility=place, coverage=each) for place, each in found if each.member_id.strip()]


def _codes(session: Session) -> dict[str, _Code]:
    """The session by code, in the order of first start (segments without a clock time keep their place)."""
    codes: dict[str, _Code] = {}
    for segment in _in_start_order(session.timed):
        code = codes.setdefault(segment.code, _Code(timed=True))
        if segment.performer is Performer.ASSISTANT:
            code.assistant += segment.duration_minutes
        else:
            code.therapist += segment.duration_minutes
        _merge(code, segment)
    for procedure in session.untimed:
        code = codes.setdefault(procedure.code, _Code())
        alone = procedure.performer is Performer.ASSISTANT
        code.marked |= alone or untimed_needs_modifier(procedure.minutes or 0, procedure.assistant_minutes)
        _merge(code, procedure)
    return codes


def _in_start_order(segments: Sequence[TimedSegment]) -> list[TimedSegment]:
    if all(segment.start for segment in segments):
        return sorted(segments, key=lambda segment: segment.start.timestamp() if segment.start else 0)
    return list(segments)


def _merge(code: _Code, part: TimedSegment | UntimedProcedure) -> None:
    code.modifiers += [modifier for modifier in part.modifiers if modifier not in code.modifiers]
    code.pointers += [pointer for pointer in part.diagnosis_pointers if pointer not in code.pointers]
    code.description = code.description or part.description


def _derive(session: Session, payer: PayerConfig, codes: dict[str, _Code]) -> UnitDerivation:
    services = [
        Treatment(name, code.therapist + code.assistant, assistant_minutes=code.assistant)
        for name, code in codes.items()
        if code.timed
    ]
    services += [Treatment(procedure.code, count=procedure.count) for procedure in session.untimed]
    derived = derive_units(services, payer.unit_rule)
    if payer.assistant_modifier not in ("required", "optional") or session.discipline is Discipline.SLP:
        return derived
    marked = [_assistant_units(row, codes) for row in derived.codes]
    if not any(marked):
        return derived
    rows_now = [
        row.model_copy(update={"assistant_units": units}) if units else row
        for row, units in zip(derived.codes, marked, strict=True)
    ]
    return derived.model_copy(update={"codes": rows_now})


def _assistant_units(row: CodeMinutes, codes: dict[str, _Code]) -> int:
    if row.minutes == 0:
        return row.units if row.code in codes and codes[row.code].marked else 0
    return assistant_units(row.units, row.therapist_minutes, row.assistant_minutes)


def _lines(
    session: Session, payer: PayerConfig, codes: dict[str, _Code], derived: UnitDerivation, number: str
) -> list[ClaimLine]:
    lines: list[ClaimLine] = []
    pointers = list(range(1, min(len(session.diagnoses), MAX_POINTERS) + 1))
    for row in derived.codes:
        said = _family(row.code, codes)
        for units, by_assistant in ((row.units - row.assistant_units, False), (row.assistant_units, True)):
            if not units:
                continue
            fee = session.clinic.fees_cents.get(row.code)
            if fee is None:
                raise BuildError(
                    f"session {session.session_id}: the clinic's fee list has no fee for {row.code}; "
                    f"add it to clinic.fees_cents"
                )
            place = len(lines) + 1
            lines.append(
                ClaimLine(
                    line_number=place,
                    line_control_number=f"{number}-{place}",
                    procedure_code=row.code,
                    modifiers=_modifiers(session, payer, said.modifiers, by_assistant),
                    description=said.description,
                    charge_cents=fee * units,
                    units=units,
                    diagnosis_pointers=said.pointers[:MAX_POINTERS] or pointers,
                    date_of_service=session.date_of_service,
                )
            )
    return lines


def _family(code: str, codes: dict[str, _Code]) -> _Code:
    """What the session says of a code, or of the first or add-on code of its family: 97130 grows out of 97129."""
    known = therapy_code(code)
    kin = [name for name in codes if (other := therapy_code(name)) is not None and other.add_on_of == code]
    for name in (code, known.add_on_of if known else "", *kin):
        if name in codes:
            return codes[name]
    return _Code()


def _modifiers(session: Session, payer: PayerConfig, said: Sequence[str], by_assistant: bool) -> list[str]:
    wanted = list(said)
    if payer.discipline_modifier != "forbidden" and not DISCIPLINE_OF.keys() & set(wanted):
        wanted.append(DISCIPLINE_MODIFIER[session.discipline])
    if by_assistant and (modifier := ASSISTANT_MODIFIER.get(session.discipline)):
        wanted.append(modifier)
    return sorted(dict.fromkeys(wanted), key=lambda modifier: _order().get(modifier, 9))[:MAX_MODIFIERS]


@cache
def _order() -> dict[str, int]:
    """Rank of each modifier on the line: NCCI, discipline, assistant, attestation, the rest."""
    return {row["modifier"]: int(row["order_rank"]) for row in rows("modifiers")}
