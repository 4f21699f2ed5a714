"""DUP: the same thing billed twice. Of two that collide the later one is held."""

from __future__ import annotations

from collections.abc import Iterator

from claimloom.scrub.case import Case, rendered_by
from claimloom.scrub.rules import Hit, rule


@rule("DUP-001")
def line_twice(case: Case) -> Iterator[Hit]:
    """Same payer, patient, therapist, day, code and modifiers on another claim."""
    payer = case.claim.coverage.payer_id
    others = [other for other in case.ledger.same_day if other.came_first and other.payer_id == payer]
    for line, said in case.lines if others else ():
        mine = (said.code, said.marks, rendered_by(case, line).npi)
        for other in others:
            if mine in {(each.code, each.modifiers, each.rendering_npi or other.rendering_npi) for each in other.lines}:
                detail = f"{line.procedure_code} stands on claim {other.patient_control_number}"
                # One text: which of the two it is only the clinic knows, and the shorter one alone would lose money.
                fix = (
                    f"if it was done again, add 76 to modifiers of {line.procedure_code}; if it is the same visit told "
                    "twice, withdraw this one"
                )
                yield Hit("2400/SV101-2", detail, (fix,), line, line.procedure_code)
                break


@rule("DUP-002")
def claim_twice(case: Case) -> Iterator[Hit]:
    """All lines of the claim stand on another one."""
    if not case.neighbours or case.claim.frequency_code != "1":
        return
    mine = sorted((line.procedure_code, sorted(line.modifiers), line.units) for line in case.claim.lines)
    for other in case.neighbours:
        theirs = sorted((line.code, sorted(line.modifiers), line.units) for line in other.lines)
        if other.came_first and other.payer_id == case.claim.coverage.payer_id and mine == theirs:
            detail = f"equal to claim {other.patient_control_number}"
            yield Hit(
                "2300/CLM01",
                detail,
                ("withdraw this visit if it is the same one, told twice; if not, add 76 to what was done again",),
            )
