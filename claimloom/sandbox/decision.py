"""A scenario done to a claim: what the payer sends in which week, and the truth of it in cents."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from claimloom.sandbox.claims_in import Filed
from claimloom.sandbox.decided import DecidedClaim, DecidedLine, moa, paid_claim, refuse, reversed_claim
from claimloom.sandbox.fees import AGREED, MEDICARE_LIKE, decide, kind_of, unit_fee
from claimloom.sandbox.scenario import KNOWN_TO_BILLER, Scenario, ScenarioAnswer
from claimloom.sandbox.shapes import apply
from claimloom.sandbox.verdict import Terms, Verdict

MONEY_FLAGS: Final = frozenset(("underpaid", "overpaid"))
Given = tuple[ScenarioAnswer, DecidedClaim]


@dataclass(slots=True)
class PayerDecision:
    """What the payer does with one claim, and the truth about it."""

    claim: Filed
    scenario: Scenario
    icn: str
    right: list[Verdict]
    given: list[Given] = field(default_factory=list)
    before: PayerDecision | None = None
    """Of the claim that this one replaces."""
    together: str = ""
    """The day of the patient, where several claims share one full unit: they are right or wrong together."""

    @property
    def owed(self) -> int | None:
        """What the payer should pay by its contract; None where the biller has no means to know."""
        truth = self.scenario.truth
        if self.scenario.replaces and self.before is None:
            return None  # the replacement's counts
        if truth.owed == "unknown" or kind_of(self.claim) not in (*KNOWN_TO_BILLER, AGREED):
            return None
        return 0 if truth.owed == "nothing" else sum(line.paid for line in self.right)

    @property
    def counted(self) -> list[DecidedClaim]:
        """Answers that are to be posted on the claim."""
        return [paid for answer, paid in self.given if answer.counts and answer.week >= 0]

    @property
    def paid(self) -> int:
        """By all payers, once everything has come."""
        return sum(each.paid for each in self.counted)

    @property
    def paid_by_first(self) -> int:
        """By the payer that the claim went to."""
        return sum(each.paid for each in self.counted if each.payer_id == self.claim.payer_id)

    @property
    def patient(self) -> int | None:
        """The patient's share, once everything has come; None where nobody decided it."""
        said = self.scenario.truth.patient
        if said == "unknown":
            return None
        standing = self._standing()
        return standing[-1].share if standing and said == "told" else 0

    def _standing(self) -> list[DecidedClaim]:
        """Answers that are to be posted and that no reversal took back."""
        standing: dict[int, DecidedClaim] = {}
        for place, (answer, paid) in enumerate(self.given):
            if answer.how == "reverse":
                target = answer.of if answer.of >= 0 else max(standing, default=-1)
                standing.pop(target, None)
            elif answer.counts and answer.week >= 0:
                standing[place] = paid
        return list(standing.values())

    def truth(self) -> dict[str, Any]:
        """The record a grader reads: cents, and flags in the words of ``claims export``."""
        truth = self.scenario.truth
        return {
            "patient_control_number": self.claim.number,
            "label": self.scenario.name,
            "payer_id": self.claim.payer_id,
            "billed_cents": self.claim.charge,
            "paid_cents": self.paid,
            "paid_by_first_cents": self.paid_by_first,
            "owed_cents": self.owed,
            "owed_known": self.owed is not None,
            "patient_cents": self.patient,
            "flags": sorted(truth.flags),
            "also_right": sorted(truth.also_right),
            "category": truth.category,
            "cause": truth.cause,
            "work": None if truth.work is None else list(truth.work),
            "together": self.together,
        }


def number_of(seed: int, claim: Filed) -> tuple[int, str]:
    """A roll under a thousand and the payer's number of the claim: of the claim alone, whatever file it is in."""
    digest = hashlib.sha256(f"{seed}:{claim.number}".encode()).digest()
    return int.from_bytes(digest[:4], "big") % 1000, f"1{int.from_bytes(digest[4:10], 'big') % 10**12:012d}"


def decided(
    claim: Filed, scenario: Scenario, icn: str, day: Sequence[Filed], before: PayerDecision | None = None
) -> PayerDecision | None:
    """The scenario done to the claim, or to the one that replaces it; None where it does not fit it."""
    if not _fits(claim, scenario, day) or (right := decide(claim, _owed_terms(scenario), day)) is None:
        return None
    made = PayerDecision(claim, scenario, icn, right, before=before)
    if before:
        before.together = f"replaced {before.claim.number}"
    if scenario.replaces:
        made.together = f"replaced {before.claim.number if before else claim.number}"
    if len(day) > 1 and kind_of(claim) in MEDICARE_LIKE:
        made.together = f"{claim.payer_id} {claim.member} {claim.day}"
    if kind_of(claim) == AGREED and sum(each.day == claim.day for each in day) > 1:
        made.together = f"{claim.payer_id} {claim.member} {claim.day}"
    for answer in scenario.answers:
        if answer.version != (2 if before else 1):
            continue
        told = _told(made, answer, day)
        if told is None:
            return None
        made.given.append((answer, told))
    return made if _clear(made, scenario) else None


def _owed_terms(scenario: Scenario) -> Terms:
    """The contract's, with the patient's shares of which the biller knows nothing until the payer tells them."""
    truth = scenario.truth
    if truth.owed != "told":
        return truth.owed_terms
    terms = next((each.terms for each in reversed(scenario.answers) if each.how == "pay"), Terms())
    return Terms(deductible=terms.deductible, coinsurance=terms.coinsurance, copay=terms.copay)


def _fits(claim: Filed, scenario: Scenario, day: Sequence[Filed]) -> bool:
    kind = kind_of(claim)
    if kind not in scenario.payers:
        money = MONEY_FLAGS & set(scenario.truth.flags)
        if kind in (*KNOWN_TO_BILLER, AGREED, "second") or scenario.payers != KNOWN_TO_BILLER or money:
            return False
    units = [service.units for service in claim.services]
    assisted = any({"CQ", "CO"} & set(service.modifiers) for service in claim.services)
    has = {
        "two_lines": len(units) > 1,
        "one_line": len(units) == 1,
        "two_units": max(units) > 1,
        "assistant": assisted,
        "no_assistant": not assisted,
        "mppr": kind in MEDICARE_LIKE and sum(units) > 1,
        "pair": len(day) > 1,
        "supplement": bool(claim.others),
        "replacement": True,
    }
    return all(has[need] for need in scenario.needs)


def _clear(made: PayerDecision, scenario: Scenario) -> bool:
    """A fault that is to be seen is greater than anybody's rounding: 2 % and 3 cents of each line that has it, and a
    dollar in all (2026's factors are printed with two decimals)."""
    if not MONEY_FLAGS & set(scenario.truth.flags):
        return True
    newest = next((paid for answer, paid in reversed(made.given) if answer.how in ("pay", "deny")), None)
    if newest is None or len(newest.lines) != len(made.right):
        return True
    pairs = [(line.paid, right.paid) for line, right in zip(newest.lines, made.right, strict=True)]
    off = [(abs(paid - right), right) for paid, right in pairs if paid != right]
    return not off or (all(gap >= 3 and 50 * gap >= right for gap, right in off) and sum(gap for gap, _ in off) >= 100)


def _told(made: PayerDecision, answer: ScenarioAnswer, day: Sequence[Filed]) -> DecidedClaim | None:
    told = _base(made, answer, day)
    if told is None or (answer.lines == "rest" and not told.lines):
        return None
    told.status = answer.status or told.status
    if answer.new_number:
        told.icn = f"{9 - len(made.given)}{made.icn[1:]}"
    if answer.names_original:
        told.original_icn = made.icn
    for shape in answer.shapes:
        if shape.startswith("recode:") and not _recode_fee(made, told, shape.partition(":")[2]):
            return None
        apply(told, shape)
    if answer.under_original and made.before:
        told.number = made.before.claim.number
    return told


def _base(made: PayerDecision, answer: ScenarioAnswer, day: Sequence[Filed]) -> DecidedClaim | None:
    claim = made.claim
    if answer.how == "second":
        return _second(made, answer)
    if answer.how == "share":
        return _filed_second(made, answer)
    if answer.how == "reverse_original":
        standing = made.before._standing() if made.before else []
        return reversed_claim(standing[-1]) if standing else None
    if answer.how in ("reverse", "repeat"):
        places = [place for place, (_, each) in enumerate(made.given) if each.status not in ("22", "25")]
        told = deepcopy(made.given[places[-1] if answer.of < 0 else answer.of][1])
        return reversed_claim(told) if answer.how == "reverse" else told
    verdicts = decide(claim, answer.terms, day)
    if verdicts is None:
        return None
    told = paid_claim(claim, verdicts, icn=made.icn, kind=kind_of(claim))
    if answer.how == "deny":
        for line in _chosen(told.lines, answer.lines):
            refuse(line, answer.group, answer.reason, answer.remarks)
        told.remarks = moa(answer.remarks)
    else:
        told.lines = _chosen(told.lines, answer.lines)
        for remark in answer.remarks:
            apply(told, f"moa:{remark}" if moa((remark,)) else f"remark:{remark}")
    return told


def _chosen(lines: list[DecidedLine], words: str) -> list[DecidedLine]:
    return {"all": lines, "first": lines[:1], "last": lines[-1:], "rest": lines[1:]}[words]


def _recode_fee(made: PayerDecision, told: DecidedClaim, code: str) -> bool:
    """The first line by the fee of another code; False where that is not clearly less."""
    line, fee = told.lines[0], unit_fee(made.claim, code)
    if fee is None or line.allowed is None or code in [each.code for each in told.lines]:
        return False
    allowed = min(fee * line.units, line.charge)
    if allowed >= line.allowed * 0.95:
        return False
    lost = line.paid - _part(line.paid, allowed, line.allowed)
    line.paid -= lost
    shares = sum(amount for group, _, amount in line.cas if group == "PR" or (group, _) == ("CO", "253"))
    line.cas = [each for each in line.cas if each[:2] != ("CO", "45")]
    rest = line.charge - line.paid - sum(each[2] for each in line.cas)
    line.cas = [("CO", "45", rest), *line.cas]
    line.allowed = line.paid + shares
    return True


def _part(cents: int, of: int, whole: int) -> int:
    return int((Decimal(cents) * of / whole).quantize(Decimal(1), ROUND_HALF_UP)) if whole else 0


def _second(made: PayerDecision, answer: ScenarioAnswer) -> DecidedClaim | None:
    """What the next payer in line gives: of the patient's share, and OA-23 for all that went before (RFI 2143)."""
    first = next((each for _, each in reversed(made.given) if any(each.forwarded)), None)
    if first is None:
        return None
    name, identity = first.forwarded
    lines = [_second_line(line, answer) for line in first.lines]
    told = replace(first, lines=lines, status="2", icn=f"S{made.icn[1:]}", filing="15", cas=[], remarks=())
    told.payer_id, told.payer_name, told.forwarded = identity, name, ("", "")
    if answer.reason:
        for line in told.lines:
            left = sum(amount for group, _, amount in line.cas if group == "PR")
            before = line.charge - line.paid - left
            line.cas = [("OA", "23", before), (answer.group, answer.reason, line.charge - before)]
            line.paid = 0
            line.remarks = answer.remarks
    return told


def _filed_second(made: PayerDecision, answer: ScenarioAnswer) -> DecidedClaim | None:
    """Of a claim that was filed to this payer after others: of what they left to the patient (2320, 2430)."""
    claim = made.claim
    verdicts = decide(claim)
    if verdicts is None:
        return None
    told = paid_claim(claim, verdicts, icn=made.icn, kind="second", status="2" if claim.responsibility == "S" else "3")
    left = sum(amount for other in claim.others for group, _, amount in other.reasons if group == "PR")
    for line, service in zip(told.lines, claim.services, strict=True):
        share = sum(amount for group, _, amount in service.prior if group == "PR")
        if not any(each.prior for each in claim.services):  # told for the claim alone: the first lines bear it
            share = min(left, service.charge)
            left -= share
        line.units, line.submitted_units, line.allowed = service.units, None, None
        line.cas, line.remarks = [("PR", "2", share), ("OA", "23", service.charge - share)], ()
        line.paid = 0
        if answer.reason:
            line.cas[0] = (answer.group, answer.reason, share)
            line.remarks = answer.remarks
        else:
            line.paid = _part(share, int(Decimal(answer.percent) * 100), 100)
            line.cas[0] = ("PR", "2", share - line.paid)
        line.cas = [each for each in line.cas if each[2]]
    return told


def _second_line(line: DecidedLine, answer: ScenarioAnswer) -> DecidedLine:
    share = sum(amount for group, _, amount in line.cas if group == "PR")
    paid = _part(share, int(Decimal(answer.percent) * 100), 100)
    left: Iterable[tuple[str, str, int]] = (("PR", "2", share - paid),) if share > paid else ()
    cas = [("OA", "23", line.charge - share), *left]
    return replace(line, paid=paid, cas=cas, allowed=None, remarks=())
