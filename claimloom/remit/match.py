"""Which claim a remittance means. Uncertain is not matched: a person looks at it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from claimloom.claim_number import squeezed
from schemas.remittance import RemitClaim

SHORTEST_PREFIX: Final = 10


@dataclass(frozen=True, slots=True)
class Candidate:
    """A claim that a remittance could mean."""

    place: int
    patient_control_number: str
    member_id: str
    date_of_service: date
    billed_cents: int
    payer_claim_control_numbers: frozenset[str]


def members_of(remit: RemitClaim) -> list[str]:
    """Member ids that a remittance names: of the patient, the insured, and as the payer corrected it."""
    named = (remit.member_id, remit.insured_member_id, remit.corrected_member_id)
    return [each for each in dict.fromkeys(named) if each]


WEIGHTS: Final = {"number": 60, "payer's number": 50, "member": 30, "day": 20, "charge": 20}
LEAST: Final = 50
MOST_LIKELY: Final = 3


def likely(remit: RemitClaim, candidates: Sequence[Candidate]) -> list[tuple[str, str]]:
    """Claims that a remittance could mean, though none for certain: at most three numbers, each with what fits.

    By our weights: what is less than member and day, or charge and member, is not worth a look.
    """
    members, beginning = members_of(remit), squeezed(remit.patient_control_number)
    days: set[date | None] = {line.date_of_service for line in remit.lines if line.date_of_service}
    days = days or {remit.date_of_service}
    icns = {remit.payer_claim_control_number, remit.original_payer_claim_control_number} - {""}
    found = []
    for each in candidates:
        fits = {
            "number": len(beginning) >= SHORTEST_PREFIX
            and squeezed(each.patient_control_number).startswith(beginning[:SHORTEST_PREFIX]),
            "payer's number": bool(icns & each.payer_claim_control_numbers),
            "member": each.member_id in members,
            "day": each.date_of_service in days,
            "charge": each.billed_cents == abs(remit.charge_cents),
        }
        score = sum(WEIGHTS[name] for name, is_so in fits.items() if is_so)
        if score >= LEAST:
            why = ", ".join(name for name, is_so in fits.items() if is_so)
            found.append((-score, each.patient_control_number, why))
    return [(number, why) for _, number, why in sorted(found)[:MOST_LIKELY]]


def match_claim(remit: RemitClaim, candidates: Sequence[Candidate]) -> tuple[int, str]:
    """The claim's place in the ledger and how it was found; 0 and empty where no way gives exactly one claim."""
    number, icn = remit.patient_control_number, remit.payer_claim_control_number
    members, beginning = members_of(remit), squeezed(number)
    days: set[date | None] = {line.date_of_service for line in remit.lines if line.date_of_service}
    days = days or {remit.date_of_service}
    ways = {
        "claim_number": [each for each in candidates if each.patient_control_number == number],
        "payer_claim_number": [each for each in candidates if icn and icn in each.payer_claim_control_numbers],
        "original_payer_claim_number": [
            each
            for each in candidates
            if remit.original_payer_claim_control_number
            and remit.original_payer_claim_control_number in each.payer_claim_control_numbers
        ],
        "shortened_claim_number": [
            each
            for each in candidates
            if len(beginning) >= SHORTEST_PREFIX and squeezed(each.patient_control_number).startswith(beginning)
        ],
        "member_date_charge": [
            each
            for each in candidates
            if each.member_id in members
            and each.date_of_service in days
            and each.billed_cents == abs(remit.charge_cents)
        ],
    }
    for how, found in ways.items():
        if len(found) == 1:
            return found[0].place, how
    return 0, ""
