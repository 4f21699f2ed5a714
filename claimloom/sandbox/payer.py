"""The payer: takes 837P files, decides each claim, answers in two rounds, and keeps the truth of what it did."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any, Final

from claimloom.sandbox.claims_in import Delivery, Filed, FiledService, open_file
from claimloom.sandbox.fees import ADVANTAGE, MEDICARE, Verdict, decide
from claimloom.sandbox.letters import DecidedClaim, DecidedLine, Plb, accept_999, answer_277ca, envelope, remit

# Label and weight in a hundred; what is left is paid as it should be.
OUTCOMES: Final = (
    ("deductible", 5),
    ("underpaid_last_year", 6),
    ("unit_cut", 5),
    ("denied_authorization", 4),
    ("denied_information", 3),
    ("denied_timely", 2),
    ("reversal_then_correct", 2),
    ("reversal_then_denied", 2),
    ("take_back", 2),
    ("rejected", 3),
    ("mppr_forgotten", 2),
    ("unbalanced", 1),
    ("unmatched", 1),
    ("no_answer", 1),
)
DENIALS: Final = {
    "denied_authorization": ("CO", "197", ()),
    "denied_information": ("CO", "16", ("MA130", "N290")),
    "denied_timely": ("CO", "29", ()),
    "reversal_then_denied": ("CO", "50", ("N115",)),
}
SETTLED: Final = "paid_as_contracted"
MEDICARE_LIKE: Final = (MEDICARE, ADVANTAGE)


Item = tuple[Filed, list[DecidedClaim], list[Plb]]


@dataclass(slots=True)
class PayerDecision:
    """What the payer does with one claim, and the truth about it."""

    claim: Filed
    label: str
    icn: str
    owed: int
    first: DecidedClaim | None = None
    later: list[DecidedClaim] = field(default_factory=list)
    plbs: list[Plb] = field(default_factory=list)
    flags: list[str] = field(default_factory=list)
    paid: int = 0

    def truth(self) -> dict[str, Any]:
        """The record a grader reads: paid and owed in cents, flags in the words of ``claims export``."""
        return {
            "patient_control_number": self.claim.number,
            "label": self.label,
            "payer_id": self.claim.payer_id,
            "billed_cents": self.claim.charge,
            "paid_cents": self.paid,
            "owed_cents": self.owed,
            "flags": sorted(self.flags),
        }


class Payer:
    """Answers files. The same seed decides the same claim in the same way, whatever file it comes in."""

    def __init__(self, seed: int, on: date) -> None:
        self.seed = seed
        self.on = on
        self.decisions: dict[str, PayerDecision] = {}
        self.boxes: list[Delivery] = []

    def answer(self, text: str) -> dict[str, bytes]:
        """999, 277CA and 835 of a file, by file name."""
        box = open_file(text)
        self.boxes.append(box)
        made = [self._decide(claim) for claim in box.claims]
        for each in made:
            self.decisions[each.claim.number] = each
        number = int(box.interchange)
        refused = {each.claim.number: ("A7", "500", "85") for each in made if each.label == "rejected"}
        icns = {each.claim.number: each.icn for each in made}
        answers = {
            f"999-{number:09d}.edi": accept_999(box, number * 10 + 1, self.on),
            f"277ca-{number:09d}.edi": answer_277ca(box, refused, icns, number * 10 + 2, self.on),
        }
        first: list[Item] = [(each.claim, [each.first], []) for each in made if each.first]
        if first:
            answers[f"835-{number:09d}.edi"] = self._remit(box, first, number * 10 + 3, self.on)
        return answers

    def later(self) -> dict[str, bytes]:
        """What comes a few days after: reversals with their corrections, and money taken back."""
        answers = {}
        for box in self.boxes:
            made = [self.decisions[claim.number] for claim in box.claims]
            second = [(each.claim, each.later, each.plbs) for each in made if each.later]
            if second:
                number = int(box.interchange)
                name = f"835-later-{number:09d}.edi"
                answers[name] = self._remit(box, second, number * 10 + 4, self.on + timedelta(days=3))
        return answers

    def truth(self) -> list[dict[str, Any]]:
        """One record a claim, in the order of arrival."""
        return [each.truth() for each in self.decisions.values()]

    def _remit(self, box: Delivery, items: Sequence[Item], number: int, on: date) -> bytes:
        """One payment for each payer, provider, and whether it is wrong on purpose."""
        groups: dict[tuple[str, str, bool], tuple[list[DecidedClaim], list[Plb]]] = {}
        for claim, paid, plbs in items:
            wrong = any(each.off_by for each in paid)
            some = groups.setdefault((claim.payer_id, claim.npi, wrong), ([], []))
            some[0].extend(paid)
            some[1].extend(plbs)
        payments: list[tuple[list[DecidedClaim], list[Plb], str]] = []
        for claims, plbs in groups.values():
            trace = f"T{number:010d}{len(payments) + 1:02d}"
            short = sum(amount for _, _, amount in plbs) - sum(paid.paid for paid in claims)
            # More is taken than paid: the debt goes over into a next payment, so that this one is nothing, not less.
            carried = [*plbs, ("FB", trace, -short)] if short > 0 else plbs
            payments.append((claims, carried, trace))
        return remit(payments, envelope("SANDBOXPAYER", box.sender, number, on), on)

    def _decide(self, claim: Filed) -> PayerDecision:
        digest = hashlib.sha256(f"{self.seed}:{claim.number}".encode()).digest()
        right = decide(claim) or []
        icn = f"1{int.from_bytes(digest[4:10], 'big') % 10**12:012d}"
        each = PayerDecision(claim, SETTLED, icn, sum(line.paid for line in right))
        if not right:
            each.label = "no_answer"
            return each
        roll = int.from_bytes(digest[:4], "big") % 100
        for label, weight in OUTCOMES:
            if roll < weight and ACT[label](each, right):
                each.label = label
                return each
            roll -= weight
        _settle(each, right)
        if claim.payer_id in MEDICARE_LIKE:
            each.label = "mppr_and_sequestration"
        return each


def _settle(each: PayerDecision, verdicts: Sequence[Verdict]) -> None:
    each.first = _paid(each, verdicts)
    each.paid = each.first.paid


def _paid(each: PayerDecision, verdicts: Sequence[Verdict], icn: str = "", status: str = "1") -> DecidedClaim:
    lines = [_line(service, verdict) for service, verdict in zip(each.claim.services, verdicts, strict=True)]
    return DecidedClaim(each.claim, each.claim.number, status, icn or each.icn, lines, _filing(each.claim))


def _filing(claim: Filed) -> str:
    return {MEDICARE: "MB", ADVANTAGE: "16"}.get(claim.payer_id, "12")


def _line(service: FiledService, verdict: Verdict) -> DecidedLine:
    line = DecidedLine(
        service.code,
        service.modifiers,
        service.charge,
        verdict.paid,
        verdict.units,
        service.day,
        service.number,
        allowed=verdict.allowed,
    )
    cut = 0
    if verdict.units < service.units:
        cut = service.charge * (service.units - verdict.units) // service.units
        line.submitted_units = service.units
    known = verdict.reduced + verdict.sequestration + cut
    shares = verdict.deductible + verdict.coinsurance + verdict.copay
    line.cas = [
        ("CO", "45", service.charge - verdict.paid - known - shares),
        ("CO", "59", verdict.reduced),
        ("CO", "253", verdict.sequestration),
        ("CO", "151", cut),
        ("PR", "1", verdict.deductible),
        ("PR", "2", verdict.coinsurance),
        ("PR", "3", verdict.copay),
    ]
    if verdict.assistant:
        line.remarks = ("N851",)
    return line


def _refusal(each: PayerDecision, label: str, icn: str = "") -> DecidedClaim:
    group, reason, remarks = DENIALS[label]
    lines = [
        DecidedLine(
            service.code,
            service.modifiers,
            service.charge,
            0,
            service.units,
            service.day,
            service.number,
            [(group, reason, service.charge)],
            remarks=tuple(each for each in remarks if each != "MA130"),
        )
        for service in each.claim.services
    ]
    moa = ("MA130",) if "MA130" in remarks else ()
    return DecidedClaim(each.claim, each.claim.number, "1", icn or each.icn, lines, _filing(each.claim), moa)


def _reversed(paid: DecidedClaim) -> DecidedClaim:
    lines = [
        DecidedLine(
            line.code,
            line.modifiers,
            -line.charge,
            -line.paid,
            -line.units,
            line.day,
            line.number,
            [(group, reason, -amount) for group, reason, amount in line.cas],
        )
        for line in paid.lines
    ]
    return DecidedClaim(paid.claim, paid.number, "22", paid.icn, lines, paid.filing)


def _deductible(each: PayerDecision, right: Sequence[Verdict]) -> bool:
    if each.claim.payer_id != MEDICARE:
        return False
    verdicts = decide(each.claim, deductible=4000)
    assert verdicts is not None
    _settle(each, verdicts)
    each.owed = each.paid
    return True


def _last_year(each: PayerDecision, right: Sequence[Verdict]) -> bool:
    verdicts = decide(each.claim, year=str(int(each.claim.services[0].day[:4]) - 1))
    if verdicts is None or each.claim.payer_id == "77777":
        return False
    # Only where every line is clearly less: a smaller slip would lie within anybody's rounding.
    if any(50 * (new.allowed - old.allowed) < new.allowed for new, old in zip(right, verdicts, strict=True)):
        return False
    _settle(each, verdicts)
    each.flags = ["underpaid"]
    return True


def _unit_cut(each: PayerDecision, right: Sequence[Verdict]) -> bool:
    units = [service.units for service in each.claim.services]
    if max(units) < 2:
        return False
    units[units.index(max(units))] -= 1
    verdicts = decide(each.claim, units=units)
    assert verdicts is not None
    _settle(each, verdicts)
    each.flags = ["underpaid"]
    return True


def _denied(label: str) -> Callable[[PayerDecision, Sequence[Verdict]], bool]:
    def act(each: PayerDecision, right: Sequence[Verdict]) -> bool:
        each.first = _refusal(each, label)
        each.flags = ["denied"]
        return True

    return act


def _reversal_then_correct(each: PayerDecision, right: Sequence[Verdict]) -> bool:
    if not _unit_cut(each, right) or each.first is None:
        return False
    each.later = [_reversed(each.first), _paid(each, right, icn=f"9{each.icn[1:]}")]
    each.later[1].original_icn = each.icn
    each.flags, each.paid = [], each.owed
    return True


def _reversal_then_denied(each: PayerDecision, right: Sequence[Verdict]) -> bool:
    _settle(each, right)
    assert each.first is not None
    each.later = [_reversed(each.first), _refusal(each, "reversal_then_denied", f"9{each.icn[1:]}")]
    each.later[1].original_icn = each.icn
    each.flags, each.paid = ["denied"], 0
    return True


def _take_back(each: PayerDecision, right: Sequence[Verdict]) -> bool:
    """Paid, and part of it taken back at provider level beside a correction that keeps the amount."""
    _settle(each, right)
    assert each.first is not None
    each.later = [_reversed(each.first), _paid(each, right, icn=f"9{each.icn[1:]}")]
    each.plbs = [("WO", each.icn, 1500)]
    return True


def _rejected(each: PayerDecision, right: Sequence[Verdict]) -> bool:
    each.flags = ["rejected"]
    return True


def _mppr_forgotten(each: PayerDecision, right: Sequence[Verdict]) -> bool:
    if each.claim.payer_id not in MEDICARE_LIKE or sum(line.reduced for line in right) == 0:
        return False
    verdicts = decide(each.claim, reduce=False)
    assert verdicts is not None
    _settle(each, verdicts)
    each.flags = ["overpaid"]
    return True


def _unbalanced(each: PayerDecision, right: Sequence[Verdict]) -> bool:
    _settle(each, right)
    assert each.first is not None
    each.first.off_by = 100
    each.flags, each.paid = ["suspense"], 0
    return True


def _unmatched(each: PayerDecision, right: Sequence[Verdict]) -> bool:
    """The payer lost our numbers, its lines' too, and sends another member id: nobody can tell whose money it is."""
    _settle(each, right)
    assert each.first is not None
    each.first.number, each.first.member, each.first.icn = "0", "UNKNOWN00", f"8{each.icn[1:]}"
    each.first.lines = [replace(line, number="") for line in each.first.lines]
    each.paid = 0
    return True


def _no_answer(each: PayerDecision, right: Sequence[Verdict]) -> bool:
    return True


ACT: Final[dict[str, Callable[[PayerDecision, Sequence[Verdict]], bool]]] = {
    "deductible": _deductible,
    "underpaid_last_year": _last_year,
    "unit_cut": _unit_cut,
    "denied_authorization": _denied("denied_authorization"),
    "denied_information": _denied("denied_information"),
    "denied_timely": _denied("denied_timely"),
    "reversal_then_correct": _reversal_then_correct,
    "reversal_then_denied": _reversal_then_denied,
    "take_back": _take_back,
    "rejected": _rejected,
    "mppr_forgotten": _mppr_forgotten,
    "unbalanced": _unbalanced,
    "unmatched": _unmatched,
    "no_answer": _no_answer,
}
