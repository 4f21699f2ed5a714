"""What the typed views are made of: a field reads its value from the segment each time it is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar, Generic, TypeVar

from claimloom.x12.guides.text import cents
from claimloom.x12.reading.document import Loop, Segment, Transaction
from claimloom.x12.reading.source import X12Error

V = TypeVar("V", bound="SegmentView")
L = TypeVar("L", bound="LoopView")


class SegmentView:
    """A segment with names for its elements."""

    __slots__ = ("segment",)

    def __init__(self, segment: Segment) -> None:
        self.segment = segment

    @property
    def unparsed(self) -> list[str]:
        """Elements that the guide does not use, as they stand: nothing of a segment is without a way to it."""
        node = self.segment.node
        known = {each.position for each in node.elements if each.usage != "N"} if node else set()
        return [text for at, text in enumerate(self.segment.elements) if at and text and at not in known]


class LoopView:
    """A loop with names for its segments and for the loops in it."""

    __slots__ = ("loop",)
    ID: ClassVar[str] = ""

    def __init__(self, loop: Loop) -> None:
        self.loop = loop

    @property
    def unparsed(self) -> list[Segment]:
        """Segments met here that the guide has no place for."""
        return self.loop.unparsed


class TransactionView(LoopView):
    """A transaction set; X12Error for one of another kind, which would look empty by these names."""

    __slots__ = ("transaction",)
    KIND: ClassVar[str] = ""

    def __init__(self, transaction: Transaction) -> None:
        if transaction.kind != self.KIND or not transaction.known:
            raise X12Error(f"transaction set is {transaction.kind}, this view reads {self.KIND}")
        super().__init__(transaction.root)
        self.transaction = transaction


class Field:
    """One element or component of a segment (repetition 0 of a repeated one)."""

    __slots__ = ("component", "position")

    def __init__(self, position: int, component: int = 0) -> None:
        self.position = position
        self.component = component

    def _text(self, view: SegmentView) -> str:
        return view.segment.get(self.position, self.component)

    def _bad(self, view: SegmentView, what: str) -> X12Error:
        segment = view.segment
        ref = f"{segment.id}{self.position:02d}" + (f"-{self.component}" if self.component else "")
        offset = segment.offset_of(self.position, self.component)
        return X12Error(f"segment {segment.number}: {ref} at offset {offset} is no {what}; see check for all faults")


class Text(Field):
    """As it stands; empty where it is not there."""

    def __get__(self, view: Any, owner: Any = None) -> str:
        return self._text(view)


class Cents(Field):
    """An amount of money in integer cents; None where it is not there. X12Error for what is none."""

    def __get__(self, view: Any, owner: Any = None) -> int | None:
        text = self._text(view)
        if not text:
            return None
        try:
            return cents(text)
        except ValueError:
            raise self._bad(view, "amount of money") from None


class Number(Field):
    """A decimal number."""

    def __get__(self, view: Any, owner: Any = None) -> Decimal | None:
        text = self._text(view)
        if not text:
            return None
        try:
            return Decimal(text)
        except InvalidOperation:
            raise self._bad(view, "decimal number") from None


class Whole(Field):
    """A whole number."""

    def __get__(self, view: Any, owner: Any = None) -> int | None:
        text = self._text(view)
        if not text:
            return None
        if not text.removeprefix("-").isdigit() or not text.isascii():
            raise self._bad(view, "whole number")
        return int(text)


class Day(Field):
    """A date CCYYMMDD."""

    def __get__(self, view: Any, owner: Any = None) -> date | None:
        text = self._text(view)
        if not text:
            return None
        try:
            if len(text) != 8 or not text.isdigit():
                raise ValueError
            return date(int(text[:4]), int(text[4:6]), int(text[6:]))
        except ValueError:
            raise self._bad(view, "date") from None


@dataclass(frozen=True, slots=True)
class Triplet:
    """One adjustment of a CAS: reason (CARC), amount in cents, quantity as it stands."""

    reason: str
    amount_cents: int
    quantity: str


class AdjustmentView(SegmentView):
    """CAS: one group code with up to six adjustments."""

    __slots__ = ()

    @property
    def adjustments(self) -> list[Triplet]:
        """Its adjustments; X12Error for an amount that is none."""
        elements = self.segment.elements
        found: list[Triplet] = []
        for at in range(2, len(elements), 3):
            if elements[at]:
                amount = Cents(at + 1).__get__(self)
                found.append(Triplet(elements[at], amount or 0, self.segment.get(at + 2)))
        return found


@dataclass(frozen=True, slots=True)
class ProviderLevel:
    """One amount of a PLB: reason, reference, cents. Positive takes from the payment."""

    reason: str
    reference: str
    amount_cents: int


class ProviderAdjustmentView(SegmentView):
    """PLB: up to six amounts at provider level."""

    __slots__ = ()

    @property
    def adjustments(self) -> list[ProviderLevel]:
        """Its amounts; X12Error for one that is none."""
        found: list[ProviderLevel] = []
        for at in range(3, len(self.segment.elements), 2):
            if self.segment.get(at):
                amount = Cents(at + 1).__get__(self)
                found.append(ProviderLevel(self.segment.get(at, 1), self.segment.get(at, 2), amount or 0))
        return found


@dataclass(frozen=True, slots=True)
class Code:
    """One code of an HI: its kind (ABK principal, ABF other, BG condition ...) and itself."""

    kind: str
    code: str


class CodesView(SegmentView):
    """HI: up to twelve codes."""

    __slots__ = ()

    @property
    def codes(self) -> list[Code]:
        """Its codes in their order."""
        places = range(1, len(self.segment.elements))
        return [Code(self.segment.get(at, 1), self.segment.get(at, 2)) for at in places if self.segment.get(at)]


class One(Generic[V]):
    """A segment that comes once in its loop; None where it is not there."""

    __slots__ = ("ordinal", "view")

    def __init__(self, view: type[V], ordinal: int) -> None:
        self.view = view
        self.ordinal = ordinal

    def __get__(self, view: Any, owner: Any = None) -> V | None:
        return next((self.view(each) for each in _segments(view.loop, self.ordinal)), None)


class Many(Generic[V]):
    """A segment that may come several times in its loop."""

    __slots__ = ("ordinal", "view")

    def __init__(self, view: type[V], ordinal: int) -> None:
        self.view = view
        self.ordinal = ordinal

    def __get__(self, view: Any, owner: Any = None) -> list[V]:
        return [self.view(each) for each in _segments(view.loop, self.ordinal)]


class OneLoop(Generic[L]):
    """A loop that comes once; None where it is not there."""

    __slots__ = ("view",)

    def __init__(self, view: type[L]) -> None:
        self.view = view

    def __get__(self, view: Any, owner: Any = None) -> L | None:
        found = view.loop.loop(self.view.ID)
        return self.view(found) if found is not None else None


class ManyLoops(Generic[L]):
    """A loop that may come several times."""

    __slots__ = ("view",)

    def __init__(self, view: type[L]) -> None:
        self.view = view

    def __get__(self, view: Any, owner: Any = None) -> list[L]:
        return [self.view(each) for each in view.loop.all(self.view.ID)]


def _segments(loop: Loop, ordinal: int) -> Iterator[Segment]:
    grammar = loop.frame.grammar
    if grammar is None:
        return
    for index, number in enumerate(loop.nodes):
        if number >= 0 and grammar.nodes[number].ordinal == ordinal:
            yield loop.segment_at(index)
