"""What frees a held claim: the fewest changes that settle all its errors, each with who can make it.

Of equally small sets the first is offered after which no other rule holds the claim: what can be tried is tried on a
copy and scrubbed again. ``automatic`` are changes that ask for nothing that is not known: a text written as the payer
takes it, an element that may not be there. Codes, minutes, diagnoses, modifiers and units are never among them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import reduce
from itertools import combinations, islice
from operator import or_
from typing import Final

from claimloom.scrub.authorization import without_words
from claimloom.scrub.case import Case
from schemas.claim import Finding, FixStep, Needs, Severity
from schemas.fields import named_fields, without_names

MOST_FIXES: Final = 14
"""Up to so many every set is looked at; above, the first fix of each error is a set that works, if not the smallest."""
MOST_TRIED: Final = 6
Errors = Callable[[Case], Sequence[Finding]]

CLINICAL: Final = frozenset({"timed", "untimed", "diagnoses", "note", "plan_of_care", "start", "stop", "status"})
"""Parts of a visit that only who treated can tell."""
CLINICAL_RULES: Final = (
    *("DUP", "DX", "LIN", "MOD", "MUE", "NCC", "POC", "TEL", "UNT"),
    *("CLM-012", "CLM-018", "CLM-021"),
)
"""Rules about what was done, where the fix names no field of the visit."""
TAKE_OUT: Final = re.compile(r"take (\w{5}) out of the visit")
MODIFIER: Final = re.compile(r"(add|take) (\w\w) (?:to|out of) modifiers of (\w{5})\b.*")
BY_MINUTES: Final = "UNT"
WRITABLE: Final = re.compile("[A-Za-z0-9-]+")


def smallest_changes(findings: Sequence[Finding]) -> Iterator[list[str]]:
    """Sets of fixes that settle every error, the smallest first, all of one size."""
    errors = [finding.fixes for finding in findings if finding.severity is Severity.ERROR]
    # Each fix with the errors that it settles, as bits.
    settled: dict[str, int] = {}
    for number, fixes in enumerate(errors):
        for fix in fixes:
            settled[fix] = settled.get(fix, 0) | 1 << number
    if len(settled) <= MOST_FIXES and all(errors):
        every = (1 << len(errors)) - 1
        for size in range(len(settled) + 1):
            found = [
                some for some in combinations(settled, size) if reduce(or_, (settled[fix] for fix in some), 0) == every
            ]
            if found:
                yield from map(list, found)
                return
    yield list(dict.fromkeys(fixes[0] for fixes in errors if fixes))


def mend(case: Case, findings: Sequence[Finding], errors_of: Errors) -> tuple[list[str], list[FixStep]]:
    """The fixes of the errors that are offered, as the findings write them, and the same as steps for people.

    ``errors_of`` scrubs a case again and gives its errors.
    """
    options = list(islice(smallest_changes(findings), MOST_TRIED))
    chosen = next((each for each in options if not _brings(case, findings, each, errors_of)), options[0])
    return chosen, [_step(case, findings, fix, errors_of) for fix in chosen]


def _step(case: Case, findings: Sequence[Finding], fix: str, errors_of: Errors) -> FixStep:
    rules = sorted({each.code for each in findings if each.severity is Severity.ERROR and fix in each.fixes})
    needs = _needs(rules[0], fix)
    if changed := _automatic(case, rules, fix):
        # It is called so where the rule says nothing any more, and none says anything new.
        known = {each.code for each in findings}
        after = {each.code for each in errors_of(changed)}
        if after.isdisjoint(rules) and after <= known:
            needs = Needs.AUTOMATIC
    return FixStep(text=without_names(fix), needs=needs, rules=rules)


def _needs(rule: str, fix: str) -> Needs:
    fields = {name.partition(".")[0] for name in named_fields(fix)}
    if fields:
        return Needs.CLINICIAN if fields & CLINICAL else Needs.FACT
    return Needs.CLINICIAN if rule.startswith(CLINICAL_RULES) else Needs.FACT


def _number_alone(case: Case) -> Case:
    number = without_words(case.claim.authorization_number)
    if not WRITABLE.fullmatch(number):
        return case
    session = case.session
    if session.authorization is not None:
        told = session.authorization.model_copy(update={"number": number})
        session = session.model_copy(update={"authorization": told})
    claim = case.claim.model_copy(update={"authorization_number": number})
    # What the writer refused was the text with its words.
    refused = [each for each in case.unwritable if not each.where.startswith("2300/REF*G1")]
    return replace(case, claim=claim, session=session, unwritable=refused)


def _no_clia(case: Case) -> Case:
    empty = {"clia_number": ""}
    return replace(case, claim=case.claim.model_copy(update=empty), session=case.session.model_copy(update=empty))


def _no_msp_type(case: Case) -> Case:
    coverage = case.claim.coverage.model_copy(update={"msp_type": ""})
    return replace(case, claim=case.claim.model_copy(update={"coverage": coverage}))


AUTOMATIC: Final[Mapping[str, tuple[str, Callable[[Case], Case]]]] = {
    "AUT-005": ("leave only the number", _number_alone),
    "CLI-001": ("empty ", _no_clia),
    "PYR-004": ("empty ", _no_msp_type),
}
"""By rule: how the fix begins, and the change. None touches what was done or what is billed."""


def _automatic(case: Case, rules: Iterable[str], fix: str) -> Case | None:
    for rule in rules:
        if rule in AUTOMATIC and fix.startswith(AUTOMATIC[rule][0]):
            return AUTOMATIC[rule][1](case)
    return None


def _brings(case: Case, findings: Sequence[Finding], fixes: Iterable[str], errors_of: Errors) -> bool:
    """Whether a claim that is changed so, as far as it can be tried, is held by a rule that did not hold it."""
    tried, taken_out = case, False
    for fix in fixes:
        if said := TAKE_OUT.fullmatch(fix):
            tried, taken_out = _without(tried, said[1]), True
        elif said := MODIFIER.fullmatch(fix):
            tried = _marked(tried, said[3], said[2], add=said[1] == "add")
    if tried is case:
        return False
    known = {each.code for each in findings if each.severity is Severity.ERROR}
    new = {each.code for each in errors_of(tried)} - known
    # Units are worked out anew when the visit comes again.
    return any(not (taken_out and each.startswith(BY_MINUTES)) for each in new)


def _without(case: Case, code: str) -> Case:
    lines = [line for line in case.claim.lines if line.procedure_code != code]
    numbered = [line.model_copy(update={"line_number": number}) for number, line in enumerate(lines, start=1)]
    total = sum(line.charge_cents for line in lines)
    parts = {name: [each for each in getattr(case.session, name) if each.code != code] for name in ("timed", "untimed")}
    claim = case.claim.model_copy(update={"lines": numbered, "total_charge_cents": total})
    return replace(case, claim=claim, session=case.session.model_copy(update=parts), rates_cents=None)


def _marked(case: Case, code: str, modifier: str, *, add: bool) -> Case:
    lines = []
    for line in case.claim.lines:
        if line.procedure_code == code:
            marks = [each for each in line.modifiers if each != modifier] + ([modifier] if add else [])
            lines.append(line.model_copy(update={"modifiers": marks}))
        else:
            lines.append(line)
    return replace(case, claim=case.claim.model_copy(update={"lines": lines}))
