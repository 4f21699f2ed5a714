"""How a corrected, withdrawn or re-addressed claim goes out: what the payer knows of the one sent before decides.

The frequency (CLM05-3) is 1 where the payer has nothing to replace: it never took the claim in, or could not process
it (MA130). Else it is 7, and 8 for a claim that should not be there. Both name the payer's number (REF*F8) and wait for
it; a payer that takes neither is asked for what it takes instead, and nothing is sent (CLM-008).

A claim for another person is voided and sent anew: a replacement may not change whose claim it is (BCBS of Michigan,
https://www.bcbsm.com/content/dam/microsites/corpcomm/provider/the_record/2016/record_1016/Record_1016n.shtml;
Louisiana Medicaid, http://www.lamedicaid.com/provweb1/billing_information/advdclaims.htm). Only what was paid, or still
may be, is voided: a denied claim is not (Louisiana Medicaid, same page; https://kb.prod.nyeihub.com/KB/a481/).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from claimloom.claim_number import claim_number
from claimloom.payers import PayerConfig
from claimloom.scrub.case import Case
from schemas.claim import Claim, ClaimScrubbed, Severity
from schemas.followup import NextAction
from schemas.session import Session

TAKES_NONE: Final = "CLM-008"
NUMBER_MISSING: Final = "CLM-006"
WAIT_DAYS: Final = 14
NOTHING_TO_VOID: Final = frozenset({"denied", "reversed"})


@dataclass(frozen=True, slots=True)
class Sent:
    """A claim that went out: its state, the payer's newest number of it, when the payer answered, and whether it could
    not process it.
    """

    claim: Claim
    state: str
    number: str
    answered_on: date | None = None
    unprocessable: bool = False


@dataclass(frozen=True, slots=True)
class Way:
    """CLM05-3 and REF*F8. ``waits``: what the payer says of the claim before may let it go out, or otherwise."""

    frequency: str = "1"
    number: str = ""
    waits: bool = False


def replacing(before: Sent | None, payer: PayerConfig) -> Way:
    """The way of a claim that corrects one of before; None: no payer has one."""
    if before is None or before.unprocessable:
        return Way()
    return Way("7", before.number, waits=not (before.number and payer.accepts_replacement))


def voiding(before: Sent | None, payer: PayerConfig) -> Way | None:
    """The way of a void, or None: there is nothing to be taken back."""
    if before is None or before.unprocessable or before.state in NOTHING_TO_VOID:
        return None
    return Way("8", before.number, waits=not (before.number and payer.accepts_void))


def is_anothers(before: Sent, session: Session, place: int) -> bool:
    """Whether the claim of before is to another payer, or for another person, than the corrected visit says now.
    ``place`` of the payer in the order of payment.
    """
    claim = before.claim
    if place >= len(session.coverages):
        return True
    now = session.coverages[place]
    if now.payer_id != claim.coverage.payer_id or session.patient.patient_id != claim.patient.patient_id:
        return True
    # A mistyped id of the same person is corrected, unless the payer paid it as somebody else's.
    return before.state == "paid" and now.member_id != claim.coverage.member_id


def void_of(claim: Claim, claim_id: UUID, version: int, way: Way) -> Claim:
    """The claim once more, as it was sent (BCBS of Michigan: exactly as the original), to be taken back."""
    number = claim_number(claim_id, version)
    lines = [line.model_copy(update={"line_control_number": f"{number}-{line.line_number}"}) for line in claim.lines]
    return claim.model_copy(
        update={
            "claim_id": claim_id,
            "patient_control_number": number,
            "version": version,
            "frequency_code": way.frequency,
            "payer_claim_control_number": way.number,
            "payers_after": 0,
            "lines": lines,
        }
    )


def of_correction(scrubbed: ClaimScrubbed, case: Case) -> NextAction | None:
    """What a person does about a correction or void that is held only because of how its payer takes corrections; None
    where something else holds it as well.
    """
    errors = {finding.code: finding for finding in scrubbed.findings if finding.severity is Severity.ERROR}
    if not errors.keys() <= {TAKES_NONE, NUMBER_MISSING}:
        return None
    finding = errors.get(TAKES_NONE) or errors[NUMBER_MISSING]
    is_void = case.claim.frequency_code == "8"
    what = "a void" if is_void else "a correction"
    action = "; ".join(finding.fixes)
    if finding.code == TAKES_NONE and case.answered_on is None:
        action = f"wait until the payer answers the claim that went out before; then {action}"
    return NextAction(
        kind="held",
        reason=f"{finding.code} {what} for {case.claim.coverage.payer_name}: {finding.message}",
        action=action,
        due=case.as_of + timedelta(days=WAIT_DAYS),
        recoverable_cents=0,  # the claim that went out bears the money
    )
