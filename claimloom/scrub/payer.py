"""PYR and COB: who pays first, and as what."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from claimloom.scrub.case import Case
from claimloom.scrub.rules import Hit, MissingInputError, rule
from schemas.claim import Severity

MSP_TYPES: Final = frozenset("12 13 14 15 16 41 42 43 47".split())
MEDICARE: Final = frozenset(("MA", "MB"))
RESPONSIBILITY: Final = "PSTABCDEFGH"


@rule("PYR-001")
def known_payer(case: Case) -> Iterator[Hit]:
    """A payer with settings of its own; one that is written nearly like such a one is a slip of the finger."""
    if case.unlike is None:
        return
    defaults = f"the defaults of {case.payer.payer_class.value.replace('_', ' ')} payers are used"
    if case.unlike:
        detail = f"{case.claim.coverage.payer_id} has no settings, {case.unlike} has; {defaults}"
        fixes = (f"set coverages.0.payer_id to {case.unlike}, if that is meant", "make a payer file for it")
        yield Hit("2010BB/NM109", detail, fixes, value=case.claim.coverage.payer_id, severity=Severity.WARN)
    else:
        raise MissingInputError(f"settings of payer {case.claim.coverage.payer_id}: {defaults}")


@rule("PYR-002")
def filing_indicator(case: Case) -> Iterator[Hit]:
    """SBR09 as the payer takes it."""
    code = case.claim.coverage.filing_indicator
    allowed = case.payer.sbr09_allowed
    if not code or (allowed and code not in allowed):
        fix = f"set coverages.0.filing_indicator to {' or '.join(allowed) or 'the code of the kind of plan'}"
        detail = f"{code or 'empty'}, not {'|'.join(allowed)}" if allowed else "empty"
        yield Hit("2000B/SBR09", detail, (fix,), value=code)


@rule("PYR-004")
def medicare_secondary_type(case: Case) -> Iterator[Hit]:
    """SBR05 if and only if Medicare is not primary: where it is billed, and where another payer is told of it (2320).

    Of 2320: stedi.com/changelog/claim-edit-missing-insurance-type-code-when-medicare-is-a-non-primary-payer
    """
    one_of = "|".join(sorted(MSP_TYPES))
    primary = case.claim.responsibility == "P"
    kind = case.claim.coverage.msp_type
    if case.medicare and primary and kind:
        yield Hit("2000B/SBR05", f"{kind} on a primary claim", ("empty coverages.0.msp_type",), value=kind)
    elif case.medicare and not primary and kind not in MSP_TYPES:
        yield Hit("2000B/SBR05", "", (f"set coverages.0.msp_type to one of {one_of}",), value=kind)
    for other in case.claim.other_payers:
        told = other.coverage
        if told.filing_indicator in MEDICARE and other.responsibility != "P" and told.msp_type not in MSP_TYPES:
            payers = [each.payer_id for each in case.session.coverages]
            place = payers.index(told.payer_id) if told.payer_id in payers else 0
            fix = f"set coverages.{place}.msp_type to one of {one_of}"
            yield Hit("2320/SBR05", f"{told.payer_name} pays after another insurance", (fix,), value=told.msp_type)


@rule("COB-001")
def prior_payers(case: Case) -> Iterator[Hit]:
    """A secondary claim carries what the payers before it decided, or that they were not billed (2320)."""
    rank = RESPONSIBILITY.find(case.claim.responsibility)
    told = {
        other.responsibility
        for other in case.claim.other_payers
        if other.paid_cents is not None or other.noncovered_cents is not None
    }
    missing = [each for each in RESPONSIBILITY[: max(rank, 0)] if each not in told]
    if missing:
        detail = f"responsibility {case.claim.responsibility} and no answer of payer {', '.join(missing)} before it"
        yield Hit("2320", detail, ("send the primary payer's claim first",), value=case.claim.responsibility)
