"""A claim's events in words: what a biller reads out on the phone. No name, member id or birth date is in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from claimloom.pricing.words import words_of, words_of_assumed
from claimloom.reference.therapy_codes import therapy_code
from claimloom.remit.cause_words import category_words, cause_words
from claimloom.remit.classify import category
from schemas.acknowledgment import ClaimAcknowledged
from schemas.claim import BUILT_IN, Claim, ClaimBuilt, ClaimScrubbed, ClaimSubmitted, Severity
from schemas.decision import DecisionMade
from schemas.event import Event
from schemas.expectation import step_of
from schemas.fields import field_words
from schemas.fix_words import words_of_fix
from schemas.followup import NextAction, WorkFound
from schemas.money import usd
from schemas.remittance import ClaimReconciled, RemittanceReceived, VarianceCause
from schemas.session import Session
from schemas.topics import payload
from schemas.values import Noun
from schemas.words import counted, month_of

Told = tuple[str, list[str]]


def tell(event: Event) -> Told:
    """One line that says what happened, and the lines that say why."""
    data = payload(event)
    return TELLERS[type(data)](data)


def _session(data: Any) -> Told:
    assert isinstance(data, Session)
    minutes = [f"{each.code} {each.duration_minutes} min" for each in data.timed]
    counts = [f"{each.code} x {each.count}" for each in data.untimed]
    place = f"{data.discipline.value}, {data.clinic.clinic_id}, place of service {data.place_of_service}"
    visit = f"visit {data.session_id} revision {data.revision} of {data.date_of_service} ({place})"
    helped = [f"{each.code} {each.duration_minutes} min" for each in data.timed if each.performer.value == "assistant"]
    details = [", ".join(minutes + counts)]
    if helped:
        details.append(f"of this by an assistant: {', '.join(helped)}")
    return visit, details


def _built(data: Any) -> Told:
    assert isinstance(data, ClaimBuilt)
    claim, units = data.claim, data.claim.units
    kind = {"1": "original", "7": "replacement", "8": "void"}[claim.frequency_code]
    details = [f"{units.rule.value} ({units.rule_source}): {_units_of(claim)}"]
    details += [row.because for row in units.codes]
    if units.tie:
        others = " or ".join(", ".join(f"{code} x {n}" for code, n in each.items()) for each in units.alternatives)
        details.append(f"equal remainders: the clinician may choose {others} instead")
    details += [
        f"line {line.line_number}: {':'.join((line.procedure_code, *line.modifiers))} x {line.units}, "
        f"{usd(line.charge_cents)}"
        for line in claim.lines
    ]
    details += _expected(data)
    to = "" if claim.responsibility == "P" else f" to {claim.coverage.payer_name} as payer {claim.responsibility}"
    return f"built as {kind}{to}, {counted(len(claim.lines), 'line')}, {usd(claim.total_charge_cents)}", details


def _expected(data: ClaimBuilt) -> list[str]:
    """What the payer should pay, before it says anything, with how each line was worked out."""
    if data.allowed_cents is None:
        if data.claim.frequency_code == "8" or any(each.paid_cents is not None for each in data.claim.other_payers):
            return []  # a void asks for nothing; what a later payer owes rests on the one before it
        return ["nothing to expect: no contract and no fees of its payer's class say what it pays for all lines"]
    said = f"the payer's fees allow {usd(data.allowed_cents)}"
    if data.expected is None:
        return [said]
    assumed = words_of_assumed(data.expected.assumed)
    said += f", {usd(data.expected.paid_cents)} of it to be paid" + (f" if {assumed}" if assumed else "")
    steps = [words_of(step_of(each)) for each in data.expected.lines]
    return [
        said,
        *(
            f"    line {line.line_number}: {'; '.join(each)}"
            for line, each in zip(data.claim.lines, steps, strict=True)
        ),
    ]


def _units_of(claim: Claim) -> str:
    """Units as they are billed, and of these those that the day's timed minutes give where others stand beside them."""
    minutes = claim.units.pool_minutes
    billed = counted(sum(line.units for line in claim.lines), "unit")
    timed = counted(sum(line.units for line in claim.lines if _by_minutes(line.procedure_code)), "unit")
    if not minutes:
        return f"no timed minutes, {billed} billed"
    said = f"{counted(minutes, 'timed minute gives', 'timed minutes give')} {timed}"
    return said if timed == billed else f"{said}; {billed} billed with what these minutes do not count"


def _by_minutes(code: str) -> bool:
    known = therapy_code(code)
    return known is not None and known.counts_in_cms_15min_pool


def _scrubbed(data: Any) -> Told:
    assert isinstance(data, ClaimScrubbed)
    words = {Severity.ERROR: "error", Severity.WARN: "warning"}
    details = []
    skipped = 0
    for finding in data.findings:
        if finding.severity is Severity.NOT_EVALUATED:
            skipped += 1
            continue
        line = f", line {finding.line_number}" if finding.line_number else ""
        where = f" ({_place(finding.where)})" if finding.where else ""
        details.append(f"{words[finding.severity]} {finding.code}{line}{where}: {finding.message}")
    if skipped:
        details.append(f"{counted(skipped, 'rule')} could not be checked: claims show --json names them")
    if data.smallest_fix:
        details.append(f"smallest change that frees it: {'; '.join(words_of_fix(data))}")
    said = f"scrubbed: {data.verdict} as of {data.as_of}, by rules and tables of {month_of(data.rules_version)}"
    name = data.pack.rpartition(" ")[0]
    if name not in ("", BUILT_IN):
        said += f", pack {name}"
    return said, details + _next(data.next_action)


def _place(where: str) -> str:
    """Where a finding stands: in the claim as X12 has it, or in the visit in words."""
    name = where.removeprefix("session.")
    return where if name == where else field_words(name.split("."))


def _submitted(data: Any) -> Told:
    assert isinstance(data, ClaimSubmitted)
    where = f"claim {data.position} of {data.claims_in_file} in {data.file_name}"
    numbers = f"interchange {data.interchange_control_number}, batch {data.batch_id}"
    return f"sent on {data.submitted_on}: {where} ({numbers})", []


def _acknowledged(data: Any) -> Told:
    assert isinstance(data, ClaimAcknowledged)
    answer = "accepted" if data.accepted else "REJECTED"
    number = f", payer's claim number {data.payer_claim_control_number}" if data.payer_claim_control_number else ""
    said = f"{data.kind} ({data.level}): {answer}, {data.message or data.state}{number}"
    where = f"segment {data.segment_number} of {data.file_name}"
    return said, [where, *_odd(data.file_remarks), *_next(data.next_action)]


def _remitted(data: Any) -> Told:
    assert isinstance(data, RemittanceReceived)
    header, claim = data.header, data.claim
    where = f"segment {claim.segment_number if claim else 0} of {data.file_name}"
    if claim is None:
        return f"835 {header.trace_number} from {header.payer_name}", [where, *_odd(data.file_remarks)]
    verb = "reversal" if claim.takes_back else f"status {claim.status_code}"
    said = f"835 {header.trace_number} from {header.payer_name}, {verb}: {usd(claim.paid_cents)} paid"
    details = [f"{where}, payer's claim number {claim.payer_claim_control_number}", *_odd(data.file_remarks)]
    for number, line in enumerate(claim.lines, start=1):
        cas = ", ".join(
            f"{part.group}-{part.reason} {usd(part.amount_cents)} ({category(part.reason).label})"
            for part in line.adjustments
        )
        remarks = f" remarks {', '.join(line.remarks)}" if line.remarks else ""
        paid = f"{usd(line.paid_cents)} of {usd(line.charge_cents)}"
        details.append(f"line {number}, {line.procedure_code}: {paid}; {cas}{remarks}")
    if claim.remarks:
        details.append(f"claim remarks {', '.join(claim.remarks)}")
    return said, details


def _odd(remarks: Sequence[str]) -> list[str]:
    return [f"the file does not add up: {each}" for each in remarks]


def _reconciled(data: Any) -> Told:
    assert isinstance(data, ClaimReconciled)
    told = {f"{usd(each.amount_cents)} {each.cause}: ": each for each in data.causes}
    details = [_in_words(each, told) for each in data.explanation]
    for line in data.lines:
        if line.expected_paid_cents is None or line.expected_allowed_cents is None:
            continue
        derived = " (worked out)" if line.allowed_derived else ""
        details.append(
            f"{line.procedure_code}: allowed {usd(line.actual_allowed_cents)}{derived} of "
            f"{usd(line.expected_allowed_cents)} expected, paid {usd(line.paid_cents)} of "
            f"{usd(line.expected_paid_cents)} expected"
        )
        details += [f"    {step}" for step in line.steps]
    for denial in data.denials:
        remarks = f" with {', '.join(denial.remarks)}" if denial.remarks else ""
        patient = "the patient may be billed after review" if denial.patient_billable else "never bill the patient"
        code = f"{denial.group}-{denial.reason}{remarks}, {category_words(denial.category)}"
        details.append(f"{code}: {usd(denial.amount_cents)} of the charge; {patient}")
    return f"reconciled: {data.outcome.replace('_', ' ')}", details + _next(data.next_action)


def _in_words(sentence: str, told: Mapping[str, VarianceCause]) -> str:
    """A sentence about a cause begins with its name (``told``: as it begins): people read its words."""
    for start, each in told.items():
        if sentence.startswith(start):
            return f"{usd(each.amount_cents)} {cause_words(each.cause)}: {sentence.removeprefix(start)}"
    return sentence


def _found(data: Any) -> Told:
    assert isinstance(data, WorkFound)
    when = f"from {data.not_before} on: " if data.not_before else ""
    return f"{when}{data.next_action.reason}", _next(data.next_action)


def _decided(data: Any) -> Told:
    assert isinstance(data, DecisionMade)
    return f"{data.actor} decided {data.kind}", [f"    {data.reason}"] if data.reason else []


def _next(action: NextAction | None) -> list[str]:
    if action is None:
        return []
    return [f"next, by {action.due}: {action.action} ({usd(action.recoverable_cents)} to gain)"]


TELLERS: Final[dict[type[Noun], Callable[[Any], Told]]] = {
    Session: _session,
    ClaimBuilt: _built,
    ClaimScrubbed: _scrubbed,
    ClaimSubmitted: _submitted,
    ClaimAcknowledged: _acknowledged,
    RemittanceReceived: _remitted,
    ClaimReconciled: _reconciled,
    WorkFound: _found,
    DecisionMade: _decided,
}
