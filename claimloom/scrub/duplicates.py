"""DUP: the same thing billed twice. Of two that collide the later one is held."""

from __future__ import annotations

from collections.abc import Iterator

from claimloom.scrub.case import Case
from claimloom.scrub.rules import Hit, rule


@rule("DUP-001")
def line_twice(case: Case) -> Iterator[Hit]:
    """Same payer, patient, therapist, day, code and modifiers on another claim."""
    for line in case.claim.lines:
        marks = frozenset(line.modifiers)
        for other in case.ledger.same_day:
            same = other.payer_id == case.claim.coverage.payer_id and other.rendering_npi == case.claim.rendering.npi
            if (
                other.came_first
                and same
                and any(each.code == line.procedure_code and each.modifiers == marks for each in other.lines)
            ):
                detail = f"{line.procedure_code} stands on claim {other.patient_control_number}"
                fixes = (
                    "take the visit out if it is the same one",
                    f"add 76 to modifiers of {line.procedure_code} if it was done again",
                )
                yield Hit("2400/SV101-2", detail, fixes, line, line.procedure_code)
                break


@rule("DUP-002")
def claim_twice(case: Case) -> Iterator[Hit]:
    """All lines of the claim stand on another one."""
    mine = sorted((line.procedure_code, sorted(line.modifiers), line.units) for line in case.claim.lines)
    for other in case.ledger.same_day:
        theirs = sorted((line.code, sorted(line.modifiers), line.units) for line in other.lines)
        biller = case.claim.billing_provider.npi
        same = other.payer_id == case.claim.coverage.payer_id and other.billing_npi == biller
        if other.came_first and same and mine == theirs and case.claim.frequency_code == "1":
            detail = f"equal to claim {other.patient_control_number}"
            yield Hit("2300/CLM01", detail, ("take the visit out if it is the same one",))
