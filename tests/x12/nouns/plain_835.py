"""An 835 read the plain way: a segment at a time, each value by its place, every amount as it is met.

The product's reader (``claimloom/x12/nouns/read_835.py``) works on the loops' texts and makes a claim at once. This one
shares with it the document, the nouns and nothing else: it knows amounts, dates and balances itself, and goes on after
a bad value, so that it can say everything that is wrong with a claim, in the order of the file.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from claimloom.x12.nouns.read_835 import Remittance, Told, Unreadable
from claimloom.x12.reading.document import Loop, Segment, Transaction
from claimloom.x12.reading.files import read_whole
from schemas.remittance import Adjustment, Imbalance, ProviderAdjustment, RemitClaim, RemitHeader, RemitLine

T = TypeVar("T")


def read(source: bytes) -> list[Remittance | list[str]]:
    """The transactions of a file: read, or what is wrong with it, the first in the file first."""
    return [_Plain(each).read() for each in read_whole(source).transactions]


def same(ours: Remittance | Unreadable, plain: Remittance | list[str]) -> bool:
    """Whether both read the same, or both refuse; of several wrong things the first in the file is named."""
    if isinstance(ours, Unreadable) or not isinstance(plain, Remittance):
        return isinstance(ours, Unreadable) and isinstance(plain, list) and ours.reason == plain[0]
    return ours == plain


def amount(text: str) -> int:
    """X12 type R as cents."""
    if not re.fullmatch(r"-?([0-9]{1,18}(\.[0-9]+)?|\.[0-9]+)", text) or Decimal(text) * 100 % 1:
        raise ValueError("not a decimal amount with at most two places")
    return int(Decimal(text) * 100)


def day(text: str) -> date | None:
    """CCYYMMDD; None for nothing."""
    if text and not re.fullmatch("[0-9]{8}", text):
        raise ValueError("date is not CCYYMMDD")
    return date(int(text[:4]), int(text[4:6]), int(text[6:])) if text else None


MEMBERS = {"QC": "member_id", "IL": "insured_member_id", "74": "corrected_member_id"}


class _Plain:
    """One transaction."""

    def __init__(self, transaction: Transaction) -> None:
        self.transaction = transaction
        self.root = transaction.root
        self.wrong: list[tuple[int, str]] = []
        self.lost: list[str] = []

    def read(self) -> Remittance | list[str]:
        first, said = self.root.head, self.transaction.kind
        if first.get(1) != "835":
            return [f"segment {first.number}: ST01 is {first.get(1)[:6]}, not 835"]
        if not self.transaction.known:
            return [f"segment {first.number}: {said} is not read, only 005010X221"]
        if self.transaction.trailer is None:
            return [f"segment {first.number}: ST without its SE"]
        index = self.transaction.index
        for name in ("BPR", "TRN"):
            if not _named(self.root, name):
                return [f"transaction {index} has no {name} segment; ask the payer for it again"]
        made = Remittance(index - 1, self._header(), [], [])
        if self.wrong:
            return [text for _, text in self.wrong]
        for segment in _named(self.root, "DTM", "405")[:1]:
            produced = self._value(segment, 2, day)
            made.header = made.header.model_copy(update={"production_date": produced})
            self._left_out(made, "the day of production is")
        loops = [each for each in self._loops(self.root) if each.id == "2100"]
        told, positions = [], []
        for place, loop in enumerate(loops):
            claim = self._claim(loop)
            if not self._left_out(made, f"its claim (segment {loop.number}) is"):
                made.claims = [*made.claims, claim]
                positions.append(place)
                if found := _claim_balance(loop):
                    made.claim_imbalances[len(made.claims) - 1] = found
            told.append(self._told(loop))
        if made.header.payment_method == "NON" or made.header.total_paid_cents == 0:
            if None in told:
                return self.lost
            made.told = [each for each in told if each is not None]
        pairs = [each for plb in _named(self.root, "PLB") for each in self._plb(made, plb)]
        made.provider_adjustments = [each for each in pairs if each]
        positions += [len(loops) + place for place, each in enumerate(pairs) if each]
        made.positions = [*positions, len(loops) + len(pairs)]
        made.imbalances = _payment_balance(self.root, loops)
        every = [segment for loop in self._loops(self.root) for segment in loop.segments]
        made.unparsed = sorted((each for each in every if each.node is None), key=lambda each: each.number)
        return made

    def _left_out(self, made: Remittance, what: str) -> bool:
        """Whether something was wrong since it was last asked; the first in the file is the reason."""
        wrong, self.wrong = sorted(self.wrong, key=lambda each: each[0]), []
        if wrong:
            made.unreadable.append(Unreadable(made.transaction_index, f"{wrong[0][1]}; {what} left out"))
        return bool(wrong)

    def _told(self, loop: Loop) -> Told | None:
        """What CLP says by itself; of the first that says it not, why the payment cannot be known."""
        if loop.head.id != "CLP":
            self.lost.append(f"segment {loop.number}: a claim without its CLP, in a payment without money")
            return None
        try:
            return Told(loop.head.get(7), loop.head.get(2), amount(loop.head.get(4)))
        except ValueError as error:
            self.lost.append(f"segment {loop.number} (CLP): {error}")
            return None

    def _loops(self, loop: Loop) -> list[Loop]:
        return [loop, *(inner for each in loop.loops for inner in self._loops(each))]

    def _value(self, segment: Segment, position: int, read: Callable[[str], T], empty: str = "") -> T | None:
        """A value; what is none is noted with its place."""
        try:
            return read(segment.get(position) or empty)
        except ValueError as error:
            self.wrong.append((segment.number, f"segment {segment.number} ({segment.id}): {error}"))
            return None

    def _cents(self, segment: Segment, position: int, empty: str = "") -> int:
        return self._value(segment, position, amount, empty) or 0

    def _header(self) -> RemitHeader:
        payment, trace = _named(self.root, "BPR")[0], _named(self.root, "TRN")[0]
        found: dict[str, Any] = {
            "total_paid_cents": self._cents(payment, 2),
            "payment_method": payment.get(4),
            "payment_date": self._value(payment, 16, day),
            "trace_number": trace.get(2),
            "originating_company_id": trace.get(3),
            "payer_name": "",
        }
        for payer in self.root.all("1000A")[:1]:
            for segment in _named(payer, "N1")[:1]:
                found["payer_name"] = segment.get(2)
            for segment in _named(payer, "REF", "2U")[:1]:
                found["payer_id"] = segment.get(2)
        for payee in self.root.all("1000B")[:1]:
            for segment in _named(payee, "N1")[:1]:
                found["payee_name"] = segment.get(2)
                found["payee_npi"] = segment.get(4) if segment.get(3) == "XX" else ""
            for segment in _named(payee, "REF", "TJ")[:1]:
                found["payee_tax_id"] = segment.get(2)
        return RemitHeader(**found)

    def _claim(self, loop: Loop) -> RemitClaim:
        clp = loop.head
        if clp.id != "CLP":
            said = f"segment {clp.number} ({clp.id[:3]}): belongs to a claim, whose CLP is missing before it"
            self.wrong.append((clp.number, said))
        found: dict[str, Any] = {
            "patient_control_number": clp.get(1),
            "status_code": clp.get(2),
            "charge_cents": self._cents(clp, 3),
            "paid_cents": self._cents(clp, 4),
            "patient_responsibility_cents": self._cents(clp, 5, "0"),
            "filing_indicator": clp.get(6),
            "payer_claim_control_number": clp.get(7),
            "frequency_code": clp.get(9),
            "adjustments": [],
            "remarks": [],
            "segment_number": clp.number,
        }
        for segment in loop.segments:
            if segment.id == "CAS":
                found["adjustments"] += self._adjustments(segment)
            elif segment.id == "MOA":
                found["remarks"] += [segment.get(place) for place in range(3, 8) if segment.get(place)]
            elif segment.id == "NM1" and segment.get(1) in MEMBERS:
                found[MEMBERS[segment.get(1)]] = segment.get(9)
            elif segment.id == "NM1" and segment.get(1) == "TT":
                found |= {"forwarded_to": segment.get(3), "forwarded_to_id": segment.get(9)}
            elif segment.id == "DTM" and segment.get(1) == "232":
                with suppress(ValueError):  # of no use but where a claim's number is lost
                    found["date_of_service"] = day(segment.get(2))
            elif segment.id == "DTM" and segment.get(1) == "050":
                with suppress(ValueError):
                    found["received_on"] = day(segment.get(2))
            elif segment.id == "AMT" and segment.get(1) == "I":
                found["interest_cents"] = self._cents(segment, 2)
            elif segment.id == "REF" and segment.get(1) == "F8":
                found["original_payer_claim_control_number"] = segment.get(2)
        return RemitClaim(**found, lines=[self._line(each) for each in loop.loops if each.id == "2110"])

    def _line(self, loop: Loop) -> RemitLine:
        svc = loop.head
        found: dict[str, Any] = {
            "procedure_code": svc.get(1, 2),
            "modifiers": [svc.get(1, place) for place in range(3, 7) if svc.get(1, place)],
            "submitted_code": svc.get(6, 2),
            "submitted_modifiers": [svc.get(6, place) for place in range(3, 7) if svc.get(6, place)],
            "charge_cents": self._cents(svc, 2),
            "paid_cents": self._cents(svc, 3),
            "units_paid": svc.get(5) or "1",
            "units_submitted": svc.get(7),
            "adjustments": [],
            "remarks": [],
            "segment_number": svc.number,
        }
        for segment in loop.segments:
            if segment.id == "CAS":
                found["adjustments"] += self._adjustments(segment)
            elif segment.id == "LQ" and segment.get(1) == "HE":
                found["remarks"].append(segment.get(2))
            elif segment.id == "AMT" and segment.get(1) == "B6":
                found["allowed_cents"] = self._cents(segment, 2)
            elif segment.id == "DTM" and segment.get(1) in ("472", "150"):
                found["date_of_service"] = self._value(segment, 2, day)
            elif segment.id == "REF" and segment.get(1) == "6R":
                found["line_control_number"] = segment.get(2)
        return RemitLine(**found)

    def _adjustments(self, cas: Segment) -> list[Adjustment]:
        found = []
        for place in range(2, len(cas.elements), 3):
            cents = self._cents(cas, place + 1, "" if cas.get(place) else "0")
            if cas.get(place):
                found.append(
                    Adjustment(group=cas.get(1), reason=cas.get(place), amount_cents=cents, quantity=cas.get(place + 2))
                )
        return found

    def _plb(self, made: Remittance, plb: Segment) -> list[ProviderAdjustment | None]:
        found: list[ProviderAdjustment | None] = []
        for place in range(3, len(plb.elements), 2):
            cents = self._cents(plb, place + 1, "" if plb.get(place) else "0")
            if self._left_out(made, f"PLB{place:02d} is"):
                found += [None] if plb.get(place) else []
            elif plb.get(place):
                reason, *reference = plb.get(place).split(plb.delimiters.component)
                found.append(
                    ProviderAdjustment(
                        provider_id=plb.get(1),
                        reason=reason,
                        reference=plb.delimiters.component.join(reference),
                        amount_cents=cents,
                        segment_number=plb.number,
                    )
                )
        return found


# ---- what must add up ------------------------------------------------------------------------------------------------


def _claim_balance(loop: Loop) -> list[Imbalance]:
    clp = loop.head
    if len(clp.elements) < 5:
        return []
    charge, paid, own = amount(clp.get(3)), amount(clp.get(4)), _cut(loop)
    charges = payments = cuts = 0
    found: list[Imbalance] = []
    lines = [each for each in loop.loops if each.id == "2110"]
    for line in lines:
        svc, cut = line.head, _cut(line)
        if len(svc.elements) < 3:
            return found
        billed, got = amount(svc.get(2)), amount(svc.get(3))
        names = [each.get(2) for each in _named(line, "REF", "6R")] or [clp.get(1)]
        found += _unless("line", "SVC02 - CAS = SVC03", got, billed - cut, svc, names[0])
        charges, payments, cuts = charges + billed, payments + got, cuts + cut
    adjusted = _unless("claim", "CLP03 - CAS = CLP04", paid, charge - own - cuts, clp, clp.get(1))
    if not lines:
        return found + adjusted
    sums = _unless("claim", "CLP03 = sum SVC02", charge, charges, clp, clp.get(1))
    paid_sums = _unless("claim", "CLP04 = sum SVC03 - CAS(2100)", paid, payments - own, clp, clp.get(1))
    # Of three that are wrong by the same, one says it all.
    by_adjusted, by_paid = paid - (charge - own - cuts), paid - (payments - own)
    found += sums
    if not sums or by_adjusted != by_paid - (charge - charges):
        found += adjusted
    if sums or by_adjusted != by_paid:
        found += paid_sums
    return found


def _payment_balance(root: Loop, loops: list[Loop]) -> list[Imbalance]:
    """Nothing is said where one of its amounts is none, or a claim has lost its CLP."""
    bpr, trace = _named(root, "BPR")[0], _named(root, "TRN")[0]
    if any(each.head.id != "CLP" for each in loops):
        return []
    try:
        provider = sum(
            amount(plb.get(place) or "0") for plb in _named(root, "PLB") for place in range(4, len(plb.elements), 2)
        )
        expected = sum(amount(each.head.get(4) or "0") for each in loops) - provider
    except ValueError:
        return []
    return _unless("transaction", "BPR02 = sum CLP04 - sum PLB", amount(bpr.get(2)), expected, bpr, trace.get(2))


def _cut(loop: Loop) -> int:
    return sum(amount(cas.get(place) or "0") for cas in _named(loop, "CAS") for place in range(3, len(cas.elements), 3))


def _unless(level: Any, rule: str, actual: int, expected: int, segment: Segment, where: str) -> list[Imbalance]:
    """Nothing if both are the same."""
    if actual == expected:
        return []
    made = Imbalance(
        level=level,
        rule=rule,
        expected_cents=expected,
        actual_cents=actual,
        difference_cents=actual - expected,
        segment_number=segment.number,
        where=where,
    )
    return [made]


def _named(loop: Loop, name: str, qualifier: str = "") -> list[Segment]:
    """Own segments of a loop by their id (and first element); one that is nothing but its id is as good as missing."""
    found = [each for each in loop.segments if each.id == name and len(each.elements) > 1]
    return [each for each in found if qualifier in ("", each.get(1))]
