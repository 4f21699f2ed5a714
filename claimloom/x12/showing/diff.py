"""Two files compared by what they mean: claims by their numbers, lines by theirs, segments by their codes.

Of no meaning are the numbers, dates and times of envelopes and batches, the numbers of levels (HL), how claims are
spread over transaction sets and levels, the order of segments that are told apart by their codes, delimiters and line
breaks. An amount is a number: 80.50 is 80.5.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Final

from claimloom.x12.guides.grammar import Element
from claimloom.x12.guides.values import DECIMAL
from claimloom.x12.reading.document import Document, Loop, Segment, Transaction
from claimloom.x12.showing.phi import Secrecy, blank, is_safe, rule_at
from claimloom.x12.showing.tree import head

__all__ = ["Difference", "diff"]


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not the same; ``kind`` is added, removed or changed, as seen from the first file.

    ``what`` is what the values are of (a claim, a payment, a line ...), ``name`` what the guide calls the element.
    ``old`` and ``new`` may be PHI; ``shown`` blanks them.
    """

    kind: str
    what: str
    claim: str = ""
    loop: str = ""
    segment: str = ""
    element: str = ""
    name: str = ""
    old: str = field(default="", repr=False)
    new: str = field(default="", repr=False)
    old_segment_number: int = 0
    new_segment_number: int = 0

    def shown(self, value: str, *, show_phi: bool) -> str:
        """A value for people."""
        position, _, component = self.element.partition("-")
        if show_phi or not position or (self.segment, position) in (("CLM", "01"), ("CLP", "01")):
            return value
        if rule_at(self.segment, int(position), int(component or 0)) in (Secrecy.DATE, Secrecy.TIME):
            return value
        return _readable(self.segment, int(position), int(component or 0), value)


def _readable(segment_id: str, position: int, component: int, value: str) -> str:
    """A value that may be said, blanked where it may tell of somebody."""
    rule = rule_at(segment_id, position, component)
    return value if is_safe(rule, segment_id, position, component, value) else blank(value)


Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Value:
    """A value with its place."""

    text: str
    loop: str
    segment: Segment
    element: str
    name: str
    number: bool


_Adjustment = tuple[_Value | None, _Value]
"""The reason and the amount of a CAS."""


@dataclass(slots=True)
class _Item:
    """A claim, a payment, an answer: what is compared as one."""

    kind: str
    name: str
    values: dict[Key, _Value]
    number: int


# Loops whose content is told as items of their own.
ITEMS: Final = {"837P": "2300", "835": "2100", "999": "2000", "277CA": "2000D"}
# What numbers and dates a file, not what it says: (segment, element).
INCIDENTAL: Final = frozenset(
    {("ST", 2), ("BHT", 3), ("BHT", 4), ("BHT", 5), ("HL", 1), ("HL", 2), ("HL", 4), ("SE", 1), ("SE", 2), ("LX", 1)}
)
# Of envelopes: who sends what to whom, and whether it is a test.
ENVELOPE: Final = {"ISA": (5, 6, 7, 8, 15), "GS": (1, 2, 3, 8)}


def diff(one: Document, two: Document) -> list[Difference]:
    """Everything in which the second file differs from the first, in the order of the first."""
    found: list[Difference] = []
    before, after = list(_items(one)), list(_items(two))
    for old, new in _pairs(before, after):
        if new is None and old is not None:
            found.append(Difference("removed", old.kind, claim=old.name, old_segment_number=old.number))
        elif old is None and new is not None:
            found.append(Difference("added", new.kind, claim=new.name, new_segment_number=new.number))
        elif old is not None and new is not None:
            found += _changes(old, new)
    return found


# ---- items -----------------------------------------------------------------------------------------------------------


def _items(document: Document) -> Iterator[_Item]:
    """The file's envelopes, then each transaction's own content and each claim."""
    seen: set[tuple[tuple[Key, str], ...]] = set()
    for interchange in document.interchanges:
        envelope: dict[Key, _Value] = {}
        for header in [interchange.header, *[group.header for group in interchange.groups if group.header]]:
            for at in ENVELOPE[header.id]:
                text = header.get(at).strip()
                envelope[header.id, f"{at:02d}"] = _Value(text, "", header, f"{at:02d}", "", number=False)
        mark = tuple(sorted((key, value.text) for key, value in envelope.items()))
        if mark not in seen:
            seen.add(mark)
            yield _Item("envelope", "", envelope, interchange.header.number)
        for answer in interchange.answers:
            values = _Flat().segments("TA1", [answer], ())
            yield _Item("TA1", answer.get(1), values, answer.number)
        for transaction in interchange.transactions:
            for item in _transaction(transaction):
                # claims may be spread over more transaction sets: what these have in common is said once
                if item.kind == "837P":
                    common = tuple(sorted((key, value.text) for key, value in item.values.items()))
                    if common in seen:
                        continue
                    seen.add(common)
                yield item


def _transaction(transaction: Transaction) -> Iterator[_Item]:
    kind, root = transaction.kind, transaction.root
    if not transaction.known:
        flat = _Flat()
        flat.segments("", root.all_segments(), ())
        yield _Item(kind, "", flat.values, root.number)
        return
    name = ITEMS[kind]
    flat = _Flat()
    flat.loop(root, (), without=frozenset({name, "2000A", "2000"} if kind != "999" else {name}))
    trace = root.find("TRN")
    yield _Item(kind, trace.get(2) if kind == "835" and trace else "", flat.values, root.number)
    around: dict[int, dict[Key, _Value]] = {}
    for loop in root.walk():
        if loop.id == name and (kind != "999" or loop.parent is root):
            yield _claim(kind, loop, around)
        elif kind == "277CA" and loop.id in ("2000B", "2000C"):
            own = _Flat()
            own.loop(loop, (), without=frozenset({"2000B", "2000C", "2000D"}))
            yield _Item("answer", f"{loop.id} {_named(loop)}", own.values, loop.number)


def _claim(kind: str, loop: Loop, around: dict[int, dict[Key, _Value]]) -> _Item:
    """A claim with the levels above it. ``around`` keeps what these say: many claims stand in one."""
    flat = _Flat()
    flat.loop(loop, ())
    above = loop.parent
    while above is not None and above.parent is not None and kind == "837P":
        if id(above) not in around:
            own = _Flat()
            own.loop(above, (above.id,), without=frozenset({"2300", "2000B", "2000C"}))
            around[id(above)] = own.values
        flat.values |= around[id(above)]
        above = above.parent
    what = {"837P": "claim", "835": "payment", "999": "answer", "277CA": "answer"}[kind]
    return _Item(what, _number(kind, loop), flat.values, loop.number)


def _number(kind: str, loop: Loop) -> str:
    """CLM01, CLP01, the ST02 or the claim that is answered."""
    if kind == "277CA":
        tracking = loop.loop("2200D")
        trace = tracking.find("TRN") if tracking else None
        return trace.get(2) if trace else ""
    first = head(loop)
    return first.get(2) if kind == "999" else first.get(1)


def _named(loop: Loop) -> str:
    for each in loop.loops:
        name = each.find("NM1")
        if name is not None:
            return name.get(9) or name.get(3)
    return ""


def _pairs(before: list[_Item], after: list[_Item]) -> Iterator[tuple[_Item | None, _Item | None]]:
    """By kind and name; of several with one name those that are equal, then those of the same number, then by order."""
    partner: dict[int, _Item] = {}
    taken: set[int] = set()
    for close in (_content, _mark_of_payer, lambda _: ()):
        left: dict[tuple[object, ...], deque[_Item]] = {}
        for new in after:
            if id(new) not in taken:
                left.setdefault((new.kind, new.name, close(new)), deque()).append(new)
        for old in before:
            if id(old) not in partner and (rest := left.get((old.kind, old.name, close(old)))):
                partner[id(old)] = rest.popleft()
                taken.add(id(partner[id(old)]))
    yield from ((old, partner.get(id(old))) for old in before)
    yield from ((None, new) for new in after if id(new) not in taken)


def _content(item: _Item) -> frozenset[tuple[Key, str | Decimal]]:
    return frozenset((key, _norm(value)) for key, value in item.values.items())


def _mark_of_payer(item: _Item) -> tuple[str, ...]:
    """The payer's number (CLP07) and the status (CLP02): a reversal is not the claim that it reverses."""
    first = next((value.segment for value in item.values.values() if value.segment.id == "CLP"), None)
    return (first.get(7), first.get(2)) if first else ()


# ---- values ----------------------------------------------------------------------------------------------------------


class _Flat:
    """A loop as values by what they are: path of loops, segment, element."""

    def __init__(self) -> None:
        self.values: dict[Key, _Value] = {}
        self.counts: dict[Key, int] = {}
        """Of adjustments that are alike: how many there are of each."""

    def loop(self, loop: Loop, path: Key, without: frozenset[str] = frozenset()) -> None:
        """A loop with all in it, but for loops of some names."""
        self.segments(loop.id, loop.segments, path)
        counts: Counter[str] = Counter()
        for each in loop.loops:
            if each.id in without:
                continue
            mark = f"{each.id} {_mark(each)}"
            counts[mark] += 1
            again = f" ({counts[mark]})" if counts[mark] > 1 else ""
            self.loop(each, (*path, f"{mark}{again}"), without)

    def segments(self, loop_id: str, segments: Iterable[Segment], path: Key) -> dict[Key, _Value]:
        """Segments, each under its id and the code that tells it from others."""
        by_key: dict[str, list[Segment]] = {}
        for segment in segments:
            if segment.id != "SE":
                by_key.setdefault(_key(segment), []).append(segment)
        for key, some in by_key.items():
            several = sorted(some, key=lambda each: each.text) if len(some) > 1 and some[0].id != "HI" else some
            for count, segment in enumerate(several, start=1):
                name = f"{key} ({count})" if len(several) > 1 else key
                self._segment(loop_id, segment, (*path, name))
        return self.values

    def _segment(self, loop_id: str, segment: Segment, path: Key) -> None:
        if segment.id in ("CAS", "PLB"):
            self._adjustments(loop_id, segment, path)
            return
        elements = {each.position: each for each in segment.node.elements} if segment.node else {}
        for position in range(1, len(segment.elements)):
            if (segment.id, position) in INCIDENTAL or not segment.get(position):
                continue
            element = elements.get(position)
            for repeat, _ in enumerate(segment.repeats(position)):
                parts = segment.components(position, repeat)
                composite = len(parts) > 1 or (element is not None and bool(element.components))
                for at, part in enumerate(parts, start=1):
                    ref = f"{position:02d}-{at}" if composite else f"{position:02d}"
                    known = _known(element, at if composite else 0)
                    again = f" ({repeat + 1})" if repeat else ""
                    self._put((*path, f"{ref}{again}"), part, loop_id, segment, ref, known)

    def _adjustments(self, loop_id: str, segment: Segment, path: Key) -> None:
        """By group and reason (CAS), or reason and reference (PLB), wherever in the segment they stand."""
        cas = segment.id == "CAS"
        step, first = (3, 2) if cas else (2, 3)
        above = (*path[:-1], segment.id)
        elements = {each.position: each for each in segment.node.elements} if segment.node else {}
        for at in range(first, len(segment.elements), step):
            reason = ":".join(segment.components(at))
            if not reason and not segment.get(at + 1):
                continue
            mark = f"{segment.get(1)}-{reason}" if cas else reason
            # the reference behind a PLB's reason may be an account's
            said = _readable(segment.id, at, 0 if cas else 1, segment.get(at, 0 if cas else 1))
            said = f"{_readable(segment.id, 1, 0, segment.get(1))}-{said}" if cas else said
            for place in range(at, min(at + step, len(segment.elements))):
                part = str(place - at)
                first_key = key = (*above, mark, part)
                count = self.counts.get(first_key, 1)
                if count > 1:
                    key = (*above, f"{mark} ({count})", part)
                while key in self.values:
                    count += 1
                    key = (*above, f"{mark} ({count})", part)
                self.counts[first_key] = count
                text = reason if place == at else segment.get(place)
                of = "" if place == at else f"of {said}"
                self._put(key, text, loop_id, segment, f"{place:02d}", elements.get(place), of)

    def _put(
        self, key: Key, text: str, loop_id: str, segment: Segment, ref: str, element: Element | None, of: str = ""
    ) -> None:
        if text:
            name = f"{element.name if element else ''} {of}".strip()
            number = element is not None and element.type in ("R", "N0")
            self.values[key] = _Value(text, "" if loop_id == "ST_LOOP" else loop_id, segment, ref, name, number)


def _known(element: Element | None, component: int) -> Element | None:
    if element is None or not component:
        return element
    return next((each for each in element.components if each.component == component), None)


def _key(segment: Segment) -> str:
    """Id and code: ``REF*6R``, ``NM1*IL``, ``AMT*B6``, but ``CLM``."""
    if segment.id in ("REF", "NM1", "N1", "AMT", "DTP", "DTM", "QTY", "PER", "HI", "LQ", "NTE", "CRC", "PWK"):
        return f"{segment.id} {segment.get(1, 1)}"
    return segment.id


def _mark(loop: Loop) -> str:
    """What tells a loop from others of its name: a line's number, a payer, a person's role."""
    if not loop.texts:
        return ""
    first = head(loop)
    if loop.id in ("2400", "2110"):
        control = loop.find("REF", "6R")
        return control.get(2) if control else first.get(1) if loop.id == "2400" else first.get(1, 2)
    if loop.id == "2320":
        names = loop.loop("2330B")
        name = names.find("NM1") if names else None
        return name.get(9) if name else first.get(1)
    if first.id in ("SVD", "NM1", "AK2", "N1"):
        return first.get(2 if first.id == "AK2" else 1)
    if first.id in ("IK3", "IK4"):
        return f"{first.get(1)} {first.get(2)}"
    return ""


def _norm(value: _Value) -> str | Decimal:
    return Decimal(value.text) if value.number and DECIMAL.fullmatch(value.text) else value.text


def _changes(old: _Item, new: _Item) -> Iterator[Difference]:
    renamed = _renamed(old, new)
    told = {each for pair in renamed.items() for each in pair}
    for key in [*old.values, *(key for key in new.values if key not in old.values)]:
        before, after = old.values.get(key), new.values.get(key)
        if before is not None and after is not None and _norm(before) == _norm(after):
            continue
        if key[:-1] in told:
            if before is not None and key[-1] == "1":
                yield _rename(old, _adjustment(old, key[:-1]), _adjustment(new, renamed[key[:-1]]))
            continue
        side = old if before else new
        if _is_adjustment(key) and key[-1] == "0" and (*key[:-1], "1") in side.values:
            continue  # its amount names it
        yield _difference(old, before, after)


def _difference(item: _Item, before: _Value | None, after: _Value | None) -> Difference:
    known = before or after
    assert known is not None
    return Difference(
        "changed" if before and after else "removed" if before else "added",
        item.kind,
        claim=item.name,
        loop=known.loop,
        segment=known.segment.id,
        element=known.element,
        name=known.name,
        old=before.text if before else "",
        new=after.text if after else "",
        old_segment_number=before.segment.number if before else 0,
        new_segment_number=after.segment.number if after else 0,
    )


# ---- adjustments that got another name -------------------------------------------------------------------------------


def _is_adjustment(key: Key) -> bool:
    return len(key) > 2 and key[-3] == "CAS"


def _adjustment(item: _Item, key: Key) -> _Adjustment:
    return item.values.get((*key, "0")), item.values[*key, "1"]


def _renamed(old: _Item, new: _Item) -> dict[Key, Key]:
    """Adjustments of a loop that have the same amount under another reason, or else in another group."""
    found: dict[Key, Key] = {}
    gone = [key[:-1] for key in old.values if _is_adjustment(key) and key[-1] == "1" and key not in new.values]
    come = [key[:-1] for key in new.values if _is_adjustment(key) and key[-1] == "1" and key not in old.values]
    for part in (0, 1):  # of group and reason the one that stays
        left: dict[tuple[object, ...], deque[Key]] = {}
        for key in come:
            left.setdefault(_stays(new, key, part), deque()).append(key)
        for key in gone:
            if key not in found and (rest := left.get(_stays(old, key, part))):
                found[key] = rest.popleft()
                come.remove(found[key])
    return found


def _stays(item: _Item, key: Key, part: int) -> tuple[object, ...]:
    """What stays of an adjustment that got another name: its loop, one part of the name, amount and quantity."""
    reason, amount, quantity = (item.values.get((*key, each)) for each in "012")
    assert amount is not None
    name = (amount.segment.get(1), reason.text if reason else "")[part]
    return (key[:-1], name, _norm(amount), quantity and _norm(quantity))


def _rename(item: _Item, before: _Adjustment, after: _Adjustment) -> Difference:
    """One difference: the reason of an amount, or its group, is another."""
    (reason, amount), (now_reason, now_amount) = before, after
    group, now_group = amount.segment.get(1), now_amount.segment.get(1)
    at = int(amount.element)
    of = _readable("CAS", at, 0, amount.text)
    if group == now_group:
        node, place, stays = amount.segment.node, at - 1, _readable("CAS", 1, 0, group)
        change = (reason.text if reason else "", now_reason.text if now_reason else "")
    else:
        node, place, stays = amount.segment.node, 1, _readable("CAS", at - 1, 0, reason.text if reason else "")
        change = (group, now_group)
    name = next((each.name for each in node.elements if each.position == place), "") if node else ""
    old, new = change
    kind = "changed" if old and new else "removed" if old else "added"
    place_of = _difference(item, amount, now_amount)
    return replace(place_of, kind=kind, element=f"{place:02d}", name=f"{name} of {stays} {of}", old=old, new=new)
