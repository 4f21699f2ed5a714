"""835 (005010X221A1) to typed remittances, balanced at line, claim and transaction level.

Segments inside a claim are taken by their id, for any of them may be missing. Nothing is corrected: what does not
balance is reported with the exact difference.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from claimloom.x12.text import cents
from claimloom.x12.tokenizer import Segment, Tokens, X12Error, tokenize
from schemas.remittance import Adjustment, Imbalance, ProviderAdjustment, RemitClaim, RemitHeader, RemitLine


@dataclass(slots=True)
class Remittance:
    """One ST 835: a payment and what it is for. ``faults`` say what could not be read, with its segment."""

    transaction_index: int
    header: RemitHeader
    claims: list[RemitClaim]
    provider_adjustments: list[ProviderAdjustment]
    imbalances: list[Imbalance] = field(default_factory=list)
    claim_imbalances: dict[int, list[Imbalance]] = field(default_factory=dict)
    unparsed: list[Segment] = field(default_factory=list)
    """Segments that have a value without a field of its own; nothing is dropped."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A transaction that could not be typed; its neighbours are not touched by it."""

    transaction_index: int
    reason: str


def read_835(data: bytes) -> list[Remittance | Unreadable]:
    """The transactions of a file in order; X12Error if the file as a whole cannot be read."""
    tokens = tokenize(data)
    found: list[Remittance | Unreadable] = []
    current: list[Segment] = []
    for segment in tokens.segments:
        if segment.id == "ST":
            current = [segment]
        elif current:
            current.append(segment)
            if segment.id == "SE":
                found.append(_transaction(current, tokens, len(found)))
                current = []
    if current:
        found.append(Unreadable(len(found), f"segment {current[0].number}: ST without its SE"))
    return found


def _transaction(segments: list[Segment], tokens: Tokens, index: int) -> Remittance | Unreadable:
    if segments[0].get(1) != "835":
        return Unreadable(index, f"segment {segments[0].number}: ST01 is {segments[0].get(1)[:6]}, not 835")
    reader = _Reader(tokens.component)
    for segment in segments[1:-1]:
        try:
            reader.take(segment)
        except (ValueError, X12Error) as error:
            return Unreadable(index, f"segment {segment.number} ({segment.id}): {error}")
    try:
        remittance = reader.finish(index)
    except X12Error as error:
        return Unreadable(index, str(error))
    _balance(remittance, segments[0].number)
    return remittance


class _Reader:
    """Takes the segments of a transaction one by one; ``claim`` and ``line`` are those being filled."""

    def __init__(self, component: str) -> None:
        self.component = component
        self.header: dict[str, Any] = {}
        self.party = ""
        self.claims: list[dict[str, Any]] = []
        self.line: dict[str, Any] | None = None
        self.plb: list[ProviderAdjustment] = []
        self.unparsed: list[Segment] = []

    def take(self, segment: Segment) -> None:
        """Dispatch on the segment id; a segment without a place is kept in ``unparsed``."""
        known = getattr(self, f"_{segment.id.lower()}", None) if segment.id.isalnum() and len(segment.id) <= 3 else None
        if known is None or known(segment) is False:
            self.unparsed.append(segment)

    def finish(self, index: int) -> Remittance:
        """The typed transaction; X12Error without BPR or TRN."""
        for name, place in (("total_paid_cents", "BPR"), ("trace_number", "TRN")):
            if name not in self.header:
                raise X12Error(f"transaction {index + 1} has no {place} segment; ask the payer for it again")
        self.header.setdefault("payer_name", "")
        claims = [
            RemitClaim(**claim | {"lines": [RemitLine(**line) for line in claim["lines"]]}) for claim in self.claims
        ]
        return Remittance(index, RemitHeader(**self.header), claims, self.plb, unparsed=self.unparsed)

    def _bpr(self, segment: Segment) -> bool:
        self.header["total_paid_cents"] = cents(segment.get(2))
        self.header["payment_method"] = segment.get(4)
        self.header["payment_date"] = _date(segment.get(16))
        return not segment.get(7)  # bank accounts have no field

    def _trn(self, segment: Segment) -> None:
        self.header["trace_number"] = segment.get(2)
        self.header["originating_company_id"] = segment.get(3)

    def _n1(self, segment: Segment) -> None:
        self.party = segment.get(1)
        if self.party == "PR":
            self.header["payer_name"] = segment.get(2)
        elif self.party == "PE":
            self.header["payee_name"] = segment.get(2)
            if segment.get(3) == "XX":
                self.header["payee_npi"] = segment.get(4)

    def _lx(self, _segment: Segment) -> None:
        self.line = None

    def _clp(self, segment: Segment) -> None:
        self.line = None
        self.claims.append(
            {
                "patient_control_number": segment.get(1),
                "status_code": segment.get(2),
                "charge_cents": cents(segment.get(3)),
                "paid_cents": cents(segment.get(4)),
                "patient_responsibility_cents": cents(segment.get(5) or "0"),
                "filing_indicator": segment.get(6),
                "payer_claim_control_number": segment.get(7),
                "adjustments": [],
                "remarks": [],
                "lines": [],
                "segment_number": segment.number,
            }
        )

    def _svc(self, segment: Segment) -> bool:
        if not self.claims:
            return False
        code, modifiers = self._procedure(segment.get(1))
        submitted, submitted_modifiers = self._procedure(segment.get(6))
        self.line = {
            "procedure_code": code,
            "modifiers": modifiers,
            "submitted_code": submitted,
            "submitted_modifiers": submitted_modifiers,
            "charge_cents": cents(segment.get(2)),
            "paid_cents": cents(segment.get(3)),
            "units_paid": segment.get(5) or "1",
            "units_submitted": segment.get(7),
            "adjustments": [],
            "remarks": [],
            "segment_number": segment.number,
        }
        self.claims[-1]["lines"].append(self.line)
        return True

    def _procedure(self, composite: str) -> tuple[str, list[str]]:
        parts = composite.split(self.component)
        return (parts[1] if len(parts) > 1 else ""), [part for part in parts[2:6] if part]

    def _cas(self, segment: Segment) -> bool:
        if not self.claims:
            return False
        target = self.line if self.line is not None else self.claims[-1]
        for start in range(2, len(segment.elements), 3):
            if segment.get(start):
                target["adjustments"].append(
                    Adjustment(
                        group=segment.get(1),
                        reason=segment.get(start),
                        amount_cents=cents(segment.get(start + 1)),
                        quantity=segment.get(start + 2),
                    )
                )
        return True

    def _nm1(self, segment: Segment) -> bool:
        if segment.get(1) == "QC" and self.claims:
            self.claims[-1]["member_id"] = segment.get(9)
        return False  # names have no field

    def _moa(self, segment: Segment) -> bool:
        if not self.claims:
            return False
        self.claims[-1]["remarks"] += [code for code in segment.elements[3:8] if code]
        return True

    def _lq(self, segment: Segment) -> bool:
        if segment.get(1) != "HE" or self.line is None:
            return False
        self.line["remarks"].append(segment.get(2))
        return True

    def _amt(self, segment: Segment) -> bool:
        if segment.get(1) == "B6" and self.line is not None:
            self.line["allowed_cents"] = cents(segment.get(2))
        elif segment.get(1) == "I" and self.claims and self.line is None:
            self.claims[-1]["interest_cents"] = cents(segment.get(2))
        else:
            return False
        return True

    def _dtm(self, segment: Segment) -> bool:
        if segment.get(1) == "405" and not self.claims:
            self.header["production_date"] = _date(segment.get(2))
        elif segment.get(1) in ("472", "150") and self.line is not None:
            self.line["date_of_service"] = _date(segment.get(2))
        else:
            return False
        return True

    def _ref(self, segment: Segment) -> bool:
        qualifier, value = segment.get(1), segment.get(2)
        if self.line is not None and qualifier == "6R":
            self.line["line_control_number"] = value
        elif self.claims and self.line is None and qualifier == "F8":
            self.claims[-1]["original_payer_claim_control_number"] = value
        elif not self.claims and self.party == "PR" and qualifier == "2U":
            self.header["payer_id"] = value
        elif not self.claims and self.party == "PE" and qualifier == "TJ":
            self.header["payee_tax_id"] = value
        else:
            return False
        return True

    def _plb(self, segment: Segment) -> bool:
        for start in range(3, len(segment.elements), 2):
            if not segment.get(start):
                continue
            reason, _, reference = segment.get(start).partition(self.component)
            amount = cents(segment.get(start + 1))
            self.plb.append(
                ProviderAdjustment(
                    provider_id=segment.get(1),
                    reason=reason,
                    reference=reference,
                    amount_cents=amount,
                    segment_number=segment.number,
                )
            )
        return False  # the fiscal period's end has no field


def _date(text: str) -> date | None:
    if not text:
        return None
    if len(text) != 8 or not text.isascii() or not text.isdigit():
        raise ValueError("date is not CCYYMMDD")
    return date(int(text[:4]), int(text[4:6]), int(text[6:]))


def _balance(remittance: Remittance, segment_number: int) -> None:
    """The rules of the 835 guide: SVC02-CAS=SVC03, CLP03-CAS=CLP04, lines against the claim, BPR02=CLP04-PLB."""
    for place, claim in enumerate(remittance.claims):
        if found := _claim_imbalances(claim):
            remittance.claim_imbalances[place] = found
    paid = sum(claim.paid_cents for claim in remittance.claims)
    expected = paid - sum(plb.amount_cents for plb in remittance.provider_adjustments)
    header = remittance.header
    rule = "BPR02 = sum CLP04 - sum PLB"
    remittance.imbalances += _unequal(
        "transaction", rule, expected, header.total_paid_cents, segment_number, header.trace_number
    )


def _claim_imbalances(claim: RemitClaim) -> list[Imbalance]:
    found: list[Imbalance] = []
    number = claim.patient_control_number
    for line in claim.lines:
        expected = line.charge_cents - sum(part.amount_cents for part in line.adjustments)
        where = line.line_control_number or number
        rule = "SVC02 - CAS = SVC03"
        found += _unequal("line", rule, expected, line.paid_cents, line.segment_number, where)
    own = sum(part.amount_cents for part in claim.adjustments)
    of_lines = sum(part.amount_cents for line in claim.lines for part in line.adjustments)
    at = claim.segment_number
    expected = claim.charge_cents - own - of_lines
    found += _unequal("claim", "CLP03 - CAS = CLP04", expected, claim.paid_cents, at, number)
    if claim.lines:
        charges = sum(line.charge_cents for line in claim.lines)
        found += _unequal("claim", "CLP03 = sum SVC02", charges, claim.charge_cents, at, number)
        paid = sum(line.paid_cents for line in claim.lines) - own
        found += _unequal("claim", "CLP04 = sum SVC03 - CAS(2100)", paid, claim.paid_cents, at, number)
    return found


def _unequal(level: Any, rule: str, expected: int, actual: int, segment_number: int, where: str) -> list[Imbalance]:
    if expected == actual:
        return []
    return [
        Imbalance(
            level=level,
            rule=rule,
            expected_cents=expected,
            actual_cents=actual,
            difference_cents=actual - expected,
            segment_number=segment_number,
            where=where,
        )
    ]
