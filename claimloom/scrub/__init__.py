"""Scrubbing: what keeps a claim from being paid, found before it is sent. One module a subject, one function a rule."""

from __future__ import annotations

from typing import Final

from claimloom.scrub import (
    authorization,
    claim,
    dates,
    diagnoses,
    duplicates,
    envelope,
    lines,
    modifiers,
    monitoring,
    ncci,
    payer,
    plan_of_care,
    providers,
    subscriber,
    telehealth,
    units,
)
from claimloom.scrub.case import Case
from claimloom.scrub.mending import mend
from claimloom.scrub.packs import Pack, built_in
from claimloom.scrub.rules import Rule, in_order, rules_version
from schemas.claim import ClaimScrubbed, Finding, Severity

# Importing a subject registers its rules; the tuple keeps the imports in use and is the list of subjects.
SUBJECTS: Final = (
    *(envelope, providers, subscriber, payer, claim, dates, diagnoses, lines, monitoring, units, modifiers),
    *(ncci, plan_of_care, authorization, telehealth, duplicates),
)
RULES: Final[dict[str, Rule]] = in_order()
PACKAGED: Final = built_in()
WRITER: Final = "ENV-007"
OF_ALL: Final = frozenset(("NCC-005",))
"""Rules that warn of every claim of a day: what is to be done is one thing, and no claim's own."""


def scrub(case: Case, pack: Pack = PACKAGED) -> ClaimScrubbed:
    """Findings and verdict of a claim: same claim, same rules, same dates, same answer."""
    findings = _findings(case, pack)
    held = bool(_errors(findings))

    def errors_again(changed: Case) -> list[Finding]:
        return _errors(_findings(changed, pack))

    smallest, steps = mend(case, findings, errors_again) if held else ([], [])
    return ClaimScrubbed(
        claim_id=case.claim.claim_id,
        patient_control_number=case.claim.patient_control_number,
        verdict="held" if held else "clean",
        findings=findings,
        smallest_fix=smallest,
        fix=steps,
        rules_version=rules_version(case.payer, case.icd10.digest + case.edits.digest + pack.stamp),
        pack=pack.version,
        pack_hash=pack.hash,
        warned=sorted({each.code for each in findings if each.severity is Severity.WARN} - OF_ALL) if not held else [],
        as_of=case.as_of,
        total_charge_cents=case.claim.total_charge_cents,
    )


def _findings(case: Case, pack: Pack) -> list[Finding]:
    return _once((pack.of_voids if case.claim.frequency_code == "8" else pack.book).findings(case))


def _errors(findings: list[Finding]) -> list[Finding]:
    return [each for each in findings if each.severity is Severity.ERROR]


def _once(findings: list[Finding]) -> list[Finding]:
    """Without what the writer says of a place that a rule of its own has told of: the rule knows more of it."""
    if not any(each.code == WRITER for each in findings):
        return findings
    told = [each.where for each in findings if each.code != WRITER and each.severity is Severity.ERROR]
    return [each for each in findings if each.code != WRITER or not any(_overlap(each.where, where) for where in told)]


def _overlap(where: str, other: str) -> bool:
    """Whether two places are one, or one lies in the other (``2300/REF``, ``2300/REF*F8``; ``HI01-2``, ``HI01``)."""
    return bool(where) and bool(other) and (where.startswith(other) or other.startswith(where))
