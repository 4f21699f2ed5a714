"""835 (005010X221A1) as the product's nouns (``schemas.remittance``), balanced at line, claim and transaction level.

The document is read by its guide (``reading/``); here is only which of its values the product works with. A segment
that stands elsewhere than the guide has it is taken all the same. Nothing is corrected: what does not balance is
reported with the exact difference.

A value that cannot be read costs what it is part of, with its place: a claim, a pair of a PLB, the day of production.
What a payment is known by (BPR02, BPR16, and of one without money what it says of each claim) costs the payment: read
without it, it would be another payment when the payer sends it again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any, Final, NamedTuple, overload

from claimloom.x12.checking.balance import Imbalance as Found
from claimloom.x12.checking.balance import added, paid_by, payment_imbalances, transaction_imbalances
from claimloom.x12.guides.text import cents
from claimloom.x12.reading.document import Loop, Segment, Transaction
from claimloom.x12.reading.files import read_whole, transactions
from claimloom.x12.reading.source import Source, X12Error
from claimloom.x12.reading.tokenizer import decoded
from schemas.remittance import DEBIT, Imbalance, ProviderAdjustment, RemitClaim, RemitHeader

# Claims of a payment that are typed once and kept: a small part of what its file takes.
FEW: Final = 1000


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A transaction that could not be typed, or a part of one; its neighbours are not touched by it."""

    transaction_index: int
    reason: str


class Told(NamedTuple):
    """What CLP says of a claim, be it readable as a whole or not: CLP07, CLP02, CLP04 in cents."""

    payer_claim_control_number: str
    status_code: str
    paid_cents: int


@dataclass(slots=True)
class Remittance:
    """One ST 835: a payment and what it is for; of ``stream_835`` many claims are typed when they are looked at."""

    transaction_index: int
    header: RemitHeader
    claims: Sequence[RemitClaim]
    """Those that can be read."""
    provider_adjustments: list[ProviderAdjustment]
    imbalances: list[Imbalance] = field(default_factory=list)
    claim_imbalances: dict[int, list[Imbalance]] = field(default_factory=dict)
    """By the claim's place in ``claims``."""
    unparsed: list[Segment] = field(default_factory=list)
    """Segments that the guide has no place for."""
    unreadable: list[Unreadable] = field(default_factory=list)
    """What was left out, in the order of the file."""
    positions: Sequence[int] = (0,)
    """Where each of the claims, then of the provider adjustments, stands among all of the payment, readable or not: the
    same in a file that the payer mended. One more is behind them all."""
    told: Sequence[Told] = ()
    """Of all claims, where the payment is known by them alone: where it has no money."""


def is_without_money(header: RemitHeader) -> bool:
    """Whether nothing is paid: then a trace number may come again, and only its claims tell a payment from another."""
    return header.payment_method == "NON" or not header.total_paid_cents


def read_835(source: Source) -> list[Remittance | Unreadable]:
    """The transactions of a file in order; X12Error if the file as a whole cannot be read, or is cut off."""
    found = (_transaction(each) for each in read_whole(source).transactions)
    return [replace(each, claims=list(each.claims)) if isinstance(each, Remittance) else each for each in found]


def stream_835(source: bytes | Path, *, complete: bool = False) -> Iterator[Remittance | Unreadable]:
    """The same, one after the other: what one gave is gone when the next is asked for. X12Error before the first, for
    which a file is gone through that is not known to be ``complete``.
    """
    for each in transactions(source, complete=complete):
        yield _transaction(each)


def _transaction(transaction: Transaction) -> Remittance | Unreadable:
    index, first = transaction.index - 1, transaction.frame.first
    root = transaction.root
    kind = root.head.get(1)
    if kind != "835" or not transaction.known:
        said = f"ST01 is {kind[:6]}, not 835" if kind != "835" else f"{transaction.kind} is not read, only 005010X221"
        return Unreadable(index, f"segment {first}: {said}")
    if transaction.trailer is None:
        return Unreadable(index, f"segment {first}: ST without its SE")
    reader = _Reader()
    try:
        return reader.read(index, root)
    except (X12Error, ValueError) as error:
        return Unreadable(index, reader.reason(error))


class _Reader:
    """``at`` is the segment in hand, or its loop and its index there: a bad value is told with its place."""

    def __init__(self) -> None:
        self.at: Segment | tuple[Loop, int] | None = None

    @property
    def blamed(self) -> Segment | None:
        """The segment in hand; of a loop without any, the empty one that stands for its first."""
        if not isinstance(self.at, tuple):
            return self.at
        loop, index = self.at
        return loop.segment_at(index) if loop.texts else loop.head

    def reason(self, error: ValueError | X12Error) -> str:
        """Why something cannot be read, with its place."""
        at = self.blamed if not isinstance(error, X12Error) else None
        return f"segment {at.number} ({at.id}): {error}" if at else str(error)

    def read(self, index: int, root: Loop) -> Remittance:
        """The whole payment; ValueError or X12Error for what costs all of it."""
        made = Remittance(index, self._header(index, root), [], [])
        self._produced(made, root)
        all_loops = list(root.walk())
        loops = [each for each in all_loops if each.node.id == "2100"]
        some, claims = self._claims(made, loops)
        made.claims = claims if claims is not None else _Claims(self, [loops[place] for place in some])
        pairs = [each for plb in root.find_all("PLB") for each in self._plb(made, plb)]
        made.provider_adjustments = [each for each in pairs if each is not None]
        behind = [len(loops) + place for place, each in enumerate(pairs) if each is not None]
        made.positions = [*some, *behind, len(loops) + len(pairs)]
        for place, at in enumerate(some):
            if found := payment_imbalances(loops[at]):
                made.claim_imbalances[place] = [_imbalance(each) for each in found]
        paid = added(map(paid_by, loops))
        if is_without_money(made.header):
            made.told = [self._told(each) for each in loops]
        made.imbalances = [_imbalance(each) for each in transaction_imbalances(root, paid)]
        made.unparsed = sorted((each for loop in all_loops for each in loop.unparsed), key=lambda each: each.number)
        return made

    def _claims(self, made: Remittance, loops: Sequence[Loop]) -> tuple[Sequence[int], list[RemitClaim] | None]:
        """The places of those that can be read, and they themselves where they are few."""
        few: list[RemitClaim] = []
        places: list[int] = []
        for place, loop in enumerate(loops):
            try:
                claim = self.claim(loop)
            except (X12Error, ValueError) as error:
                self._leave_out(made, error, f"its claim (segment {loop.number}) is")
                continue
            places.append(place)
            if len(loops) <= FEW:
                few.append(claim)
        return places, few if len(loops) <= FEW else None

    def _produced(self, made: Remittance, root: Loop) -> None:
        produced = root.find("DTM", "405")
        if produced is None:
            return
        self.at = produced
        try:
            made.header = made.header.model_copy(update={"production_date": _date(produced.get(2))})
        except ValueError as error:
            self._leave_out(made, error, "the day of production is")

    def _told(self, loop: Loop) -> Told:
        clp = _long(next(self._elements(loop), [""]), 8)
        if clp[0] != "CLP":
            raise X12Error(f"segment {loop.number}: a claim without its CLP, in a payment without money")
        return Told(clp[7], clp[2], cents(clp[4]))

    def _leave_out(self, made: Remittance, error: ValueError | X12Error, what: str) -> None:
        made.unreadable.append(Unreadable(made.transaction_index, f"{self.reason(error)}; {what} left out"))

    def _header(self, index: int, root: Loop) -> RemitHeader:
        payment, trace = root.find("BPR"), root.find("TRN")
        for segment, name in ((payment, "BPR"), (trace, "TRN")):
            if segment is None:
                raise X12Error(f"transaction {index + 1} has no {name} segment; ask the payer for it again")
        assert payment is not None
        assert trace is not None
        self.at = payment
        found: dict[str, Any] = {
            "total_paid_cents": cents(payment.get(2)),
            "payment_method": payment.get(4),
            "payment_date": _date(payment.get(16)),
            "trace_number": trace.get(2),
            "originating_company_id": trace.get(3),
            "payer_name": "",
        }
        if payment.get(3) == DEBIT:
            found["credit_debit"] = DEBIT
        if payer := root.loop("1000A"):
            found["payer_name"] = _get(payer.find("N1"), 2)
            found |= _given("payer_id", payer.find("REF", "2U"))
        if payee := root.loop("1000B"):
            party = payee.find("N1")
            found["payee_name"] = _get(party, 2)
            if _get(party, 3) == "XX":
                found["payee_npi"] = _get(party, 4)
            found |= _given("payee_tax_id", payee.find("REF", "TJ"))
        return RemitHeader(**found)

    def claim(self, loop: Loop) -> RemitClaim:
        """Loop 2100; ValueError or X12Error for what is none."""
        return RemitClaim.model_validate(self._claim(loop))

    def _claim(self, loop: Loop) -> dict[str, Any]:
        """What ``RemitClaim`` is made of; the texts are taken apart here and nothing is made of them in between."""
        rest = self._elements(loop)
        clp, number = _long(next(rest, [""]), 10), loop.place(0)[0]
        if clp[0] != "CLP":
            raise X12Error(f"segment {number} ({clp[0][:3]}): belongs to a claim, whose CLP is missing before it")
        remarks: list[str] = []
        adjustments: list[dict[str, Any]] = []
        found: dict[str, Any] = {
            "patient_control_number": clp[1],
            "status_code": clp[2],
            "charge_cents": cents(clp[3]),
            "paid_cents": cents(clp[4]),
            "patient_responsibility_cents": cents(clp[5] or "0"),
            "filing_indicator": clp[6],
            "payer_claim_control_number": clp[7],
            "frequency_code": clp[9],
            "adjustments": adjustments,
            "remarks": remarks,
            "segment_number": number,
        }
        for parts in rest:
            match parts:
                case ["CAS", *_]:
                    _adjustments(parts, adjustments)
                case ["NM1", "QC" | "IL" | "74" | "TT" as who, *_]:
                    found |= _party(who, parts)
                case ["DTM", "232", *_]:
                    with suppress(ValueError):  # of no use but where a claim's number is lost: it costs no claim
                        found["date_of_service"] = _date(_at(parts, 2))
                case ["DTM", "050", *_]:
                    with suppress(ValueError):  # of no use but for interest
                        found["received_on"] = _date(_at(parts, 2))
                case ["MOA", *_]:
                    remarks += [code for code in parts[3:8] if code]
                case ["AMT", "I", *_]:
                    found["interest_cents"] = cents(_at(parts, 2))
                case ["REF", "F8", *_]:
                    found["original_payer_claim_control_number"] = _at(parts, 2)
        found["lines"] = [self._line(each) for each in loop.loops if each.node.id == "2110"]
        return found

    def _line(self, loop: Loop) -> dict[str, Any]:
        rest = self._elements(loop)
        svc = _long(next(rest, [""]), 8)
        paid, submitted = _composite(svc[1], loop), _composite(svc[6], loop)
        remarks: list[str] = []
        adjustments: list[dict[str, Any]] = []
        found: dict[str, Any] = {
            "procedure_code": _at(paid, 1),
            "modifiers": [part for part in paid[2:6] if part],
            "submitted_code": _at(submitted, 1),
            "submitted_modifiers": [part for part in submitted[2:6] if part],
            "charge_cents": cents(svc[2]),
            "paid_cents": cents(svc[3]),
            "units_paid": svc[5] or "1",
            "units_submitted": svc[7],
            "adjustments": adjustments,
            "remarks": remarks,
            "segment_number": loop.place(0)[0],
        }
        for parts in rest:
            match parts:
                case ["CAS", *_]:
                    _adjustments(parts, adjustments)
                case ["LQ", "HE", *_]:
                    remarks.append(_at(parts, 2))
                case ["AMT", "B6", *_]:
                    found["allowed_cents"] = cents(_at(parts, 2))
                case ["DTM", "472" | "150", *_]:
                    found["date_of_service"] = _date(_at(parts, 2))
                case ["REF", "6R", *_]:
                    found["line_control_number"] = _at(parts, 2)
        return found

    def _elements(self, loop: Loop) -> Iterator[list[str]]:
        """Its own segments, each taken apart; the one in hand is the one to blame."""
        mark = loop.frame.delimiters.element
        self.at = loop, 0
        for index, text in enumerate(loop.texts):
            self.at = loop, index
            yield (text if text.isascii() else decoded(text)).split(mark)

    def _plb(self, made: Remittance, plb: Segment) -> list[ProviderAdjustment | None]:
        """Its pairs; None for one whose amount is none."""
        self.at = plb
        component = plb.delimiters.component
        found: list[ProviderAdjustment | None] = []
        for start in range(3, len(plb.elements), 2):
            reason, _, reference = plb.get(start).partition(component)
            try:
                amount_cents = cents(plb.get(start + 1) or ("" if plb.get(start) else "0"))
            except ValueError as error:
                self._leave_out(made, error, f"PLB{start:02d} is")
                found += [None] if plb.get(start) else []
                continue
            if plb.get(start):
                found.append(
                    ProviderAdjustment(
                        provider_id=plb.get(1),
                        reason=reason,
                        reference=reference,
                        amount_cents=amount_cents,
                        segment_number=plb.number,
                    )
                )
        return found


class _Claims(Sequence[RemitClaim]):
    """Claims typed when they are looked at, and not kept: of many, they take four times what their loops take."""

    def __init__(self, reader: _Reader, loops: Sequence[Loop]) -> None:
        self._reader = reader
        self._loops = loops

    def __len__(self) -> int:
        return len(self._loops)

    @overload
    def __getitem__(self, place: int) -> RemitClaim: ...
    @overload
    def __getitem__(self, place: slice) -> list[RemitClaim]: ...
    def __getitem__(self, place: int | slice) -> RemitClaim | list[RemitClaim]:
        if isinstance(place, slice):
            return [self._reader.claim(each) for each in self._loops[place]]
        return self._reader.claim(self._loops[place])


def _party(who: str, parts: Sequence[str]) -> dict[str, str]:
    """What NM1 says of the patient (QC), the insured (IL), a corrected name (74), the payer that has the claim (TT)."""
    match who:
        case "QC":
            return {"member_id": _at(parts, 9)}
        case "IL":
            return {"insured_member_id": _at(parts, 9)}
        case "74":
            return {"corrected_member_id": _at(parts, 9)}
        case _:
            return {"forwarded_to": _at(parts, 3), "forwarded_to_id": _at(parts, 9)}


def _long(parts: list[str], length: int) -> list[str]:
    """Elements of a segment, with empty ones where it ends early."""
    return parts if len(parts) >= length else parts + [""] * (length - len(parts))


def _at(parts: Sequence[str], position: int) -> str:
    return parts[position] if position < len(parts) else ""


def _composite(element: str, loop: Loop) -> list[str]:
    """Components of an element, of its first repetition."""
    marks = loop.frame.delimiters
    if marks.repetition and marks.repetition in element:
        element = element.split(marks.repetition, maxsplit=1)[0]
    return element.split(marks.component)


def _adjustments(cas: list[str], found: list[dict[str, Any]]) -> None:
    """The triplets of a CAS that have a reason. An amount without one is balanced all the same, so it has to be one."""
    for start in range(2, len(cas), 3):
        amount = _at(cas, start + 1)
        if cas[start]:
            found.append(
                {
                    "group": cas[1],
                    "reason": cas[start],
                    "amount_cents": cents(amount),
                    "quantity": _at(cas, start + 2),
                }
            )
        elif amount:
            cents(amount)


def _get(segment: Segment | None, position: int) -> str:
    return segment.get(position) if segment else ""


def _given(name: str, segment: Segment | None) -> dict[str, str]:
    return {name: segment.get(2)} if segment else {}


def _date(text: str) -> date | None:
    if not text:
        return None
    if len(text) != 8 or not text.isascii() or not text.isdigit():
        raise ValueError("date is not CCYYMMDD")
    return date(int(text[:4]), int(text[4:6]), int(text[6:]))


def _imbalance(each: Found) -> Imbalance:
    level: Any = each.level
    return Imbalance(
        level=level,
        rule=each.rule,
        expected_cents=each.expected_cents,
        actual_cents=each.actual_cents,
        difference_cents=each.difference_cents,
        segment_number=each.segment.number,
        where=each.where,
    )
