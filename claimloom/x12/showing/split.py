"""One file to several, several to one, with control numbers and counts made anew so that each passes a check.

Numbers: the first file of a split keeps its ISA13 (or has the one that is given), each further file has the next one;
GS06 is that number again, so it is as unique as the ISA13. A whole transaction set keeps its ST02 and BHT03. Of one
that is divided every part has the batch number (BHT03) with ``-1``, ``-2`` ... behind it, since payers refuse a batch
number that they have seen; its levels (HL) are counted from 1 and the segments of SE01 are counted again.

An 835 is divided by its transaction sets only: one payment is one ST, and half of its claims would not add up to it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from claimloom.x12.guides.delimiters import Delimiters
from claimloom.x12.reading.document import Document, Interchange, Loop, Segment, Transaction
from claimloom.x12.reading.source import X12Error

__all__ = ["join", "split"]

NUMBERS: Final = 999_999_999
LONGEST_BATCH: Final = 50
LEVELS: Final = frozenset({"2000A", "2000B", "2000C"})
Elements = list[str]


@dataclass(frozen=True, slots=True)
class Part:
    """A transaction set of a file to be: its segments as elements, from ST to before SE, and where it came from."""

    segments: list[Elements]
    origin: Transaction


def split(document: Document, by: str = "transaction", *, claims: int = 0, first_number: int = 0) -> list[bytes]:
    """The files: ``by`` transaction, claims (so many in a file) or provider (billing provider's NPI).

    X12Error if there is nothing to split, or if what is there cannot be split this way.
    """
    if by == "claims" and claims < 1:
        raise X12Error("say how many claims a file shall hold, at least 1")
    divide: dict[str, Callable[[Transaction], list[Part]]] = {
        "transaction": lambda each: [Part(_segments(each.root), each)],
        "claims": lambda each: _divided(each, _by_claims(_claims(each, by), claims)),
        "provider": lambda each: _divided(each, _by_provider(_claims(each, by))),
    }
    if by not in divide:
        raise X12Error(f"split by {by}: choose transaction, claims or provider")
    number = first_number or _number(document.interchanges[0].control_number) if document.interchanges else 0
    files: list[bytes] = []
    for interchange in document.interchanges:
        answers = list(interchange.answers)
        if answers and not interchange.transactions:
            files.append(_file(interchange, None, [], number, answers))
            number = _next(number)
        for transaction in interchange.transactions:
            group = transaction.group
            if group is None or group.header is None or transaction.trailer is None:
                where = f"transaction set {transaction.index}"
                raise X12Error(f"{where} stands without its GS or SE; mend the file before you split it")
            for part in divide[by](transaction):
                files.append(_file(interchange, group.header, [part], number, answers))
                answers = []
                number = _next(number)
    if not files:
        raise X12Error("no transaction set in the file, so there is nothing to split")
    return files


def join(documents: Sequence[Document], *, number: int = 0) -> bytes:
    """One interchange of all transaction sets, a group for each kind, version and pair of GS02 and GS03.

    Its ISA is the first file's, with its control number or the one that is given. Transaction sets are counted from
    0001 in each group; a batch number that has been there gets ``-2``. X12Error if the files are of different sender
    or receiver, or of test and production, if a value holds what separates values in the first file, or if one of the
    interchanges is there twice: its claims would be billed twice.
    """
    interchanges = [each for document in documents for each in document.interchanges]
    if not interchanges:
        raise X12Error("no interchange in these files, so there is nothing to join")
    first = interchanges[0]
    for other in interchanges[1:]:
        for at, what in ((5, "sender"), (6, "sender"), (7, "receiver"), (8, "receiver"), (15, "usage (ISA15)")):
            if other.header.get(at) != first.header.get(at):
                raise X12Error(f"the {what} of the files is not the same, so one interchange cannot hold them")
    if len({_content(each) for each in interchanges}) < len(interchanges):
        raise X12Error("the same interchange is there twice, and all in it would be sent twice; leave one out")
    groups: dict[tuple[str, ...], tuple[Segment, list[Part]]] = {}
    batches: dict[str, int] = {}
    answers: list[Segment] = []
    for interchange in interchanges:
        answers += interchange.answers
        for transaction in interchange.transactions:
            header = transaction.group.header if transaction.group else None
            if header is None or transaction.trailer is None:
                raise X12Error(
                    "a transaction set stands without its GS or SE; have its file mended before it is joined"
                )
            key = tuple(header.get(at) for at in (1, 2, 3, 7, 8))
            part = Part(_segments(transaction.root), transaction)
            _batch_of_its_own(part, batches)
            groups.setdefault(key, (header, []))[1].append(part)
    chosen = number or _number(first.control_number)
    return _written(first, list(groups.values()), chosen, answers, renumber=True)


def _content(interchange: Interchange) -> bytes:
    """What tells an interchange from another: all its segments, whatever separates them."""
    digest = hashlib.sha256(repr(interchange.header.elements).encode())
    for segment in interchange.answers:
        digest.update(repr(segment.elements).encode())
    for transaction in interchange.transactions:
        for segment in transaction.segments():
            digest.update(repr(segment.elements).encode())
    return digest.digest()


# ---- files -----------------------------------------------------------------------------------------------------------


def _number(control_number: str) -> int:
    return int(control_number) if control_number.isascii() and control_number.isdigit() else 1


def _next(number: int) -> int:
    return number % NUMBERS + 1


def _file(
    interchange: Interchange, header: Segment | None, parts: list[Part], number: int, answers: list[Segment]
) -> bytes:
    return _written(interchange, [(header, parts)] if header else [], number, answers, renumber=False)


def _written(
    interchange: Interchange,
    groups: Iterable[tuple[Segment, list[Part]]],
    number: int,
    answers: list[Segment],
    *,
    renumber: bool,
) -> bytes:
    """An interchange with its counts."""
    marks = interchange.delimiters
    isa = interchange.header.text.split(marks.element)
    if len(isa) < 17:
        raise X12Error("the ISA has not its 16 elements; mend the file first")
    isa[13] = f"{number:09d}"
    rows: list[Elements] = [
        isa,
        *[_in_marks(each.text.split(marks.element), each.delimiters, marks) for each in answers],
    ]
    count = 0
    for count, (header, parts) in enumerate(groups, start=1):
        gs = _in_marks(header.text.split(header.delimiters.element), header.delimiters, marks)
        if len(gs) < 9:
            raise X12Error(f"the GS at segment {header.number} has not its 8 elements; mend the file first")
        gs[6] = str(number if count == 1 else (number + count - 2) % NUMBERS + 1)
        rows.append(gs)
        for place, part in enumerate(parts, start=1):
            theirs = part.origin.frame.delimiters
            segments = [_in_marks(each, theirs, marks) for each in part.segments]
            if len(segments[0]) < 3:
                raise X12Error(f"the ST at segment {part.origin.frame.first} has no number; mend the file first")
            if renumber:
                segments[0] = [*segments[0][:2], f"{place:04d}", *segments[0][3:]]
            rows += segments
            rows.append(["SE", str(len(segments) + 1), segments[0][2]])
        rows.append(["GE", str(len(parts)), gs[6]])
    rows.append(["IEA", str(count), isa[13]])
    end = marks.terminator if marks.terminator in "\r\n" else f"{marks.terminator}\n"
    return "".join(f"{marks.element.join(each)}{end}" for each in rows).encode("latin-1")


def _segments(root: Loop) -> list[Elements]:
    """Of a whole transaction set, without its SE."""
    mark = root.frame.delimiters.element
    return [each.text.split(mark) for each in root.all_segments() if each.id != "SE"]


def _in_marks(elements: Elements, theirs: Delimiters, ours: Delimiters) -> Elements:
    """The same values between other separators."""
    if theirs == ours:
        return list(elements)
    inside = [mark for mark in (ours.component, ours.repetition, ours.element, ours.terminator) if mark]
    found: Elements = []
    for element in elements:
        plain = element.replace(theirs.component, "").replace(theirs.repetition or theirs.component, "")
        if any(mark in plain for mark in inside):
            raise X12Error("a value holds a character that separates values in the first file; send the files apart")
        text = element.replace(theirs.component, "\0")
        text = text.replace(theirs.repetition, ours.repetition) if theirs.repetition and ours.repetition else text
        found.append(text.replace("\0", ours.component))
    return found


def _batch_of_its_own(part: Part, taken: dict[str, int]) -> None:
    """``taken`` has the batch numbers, each with how often it came: that many need not be tried again."""
    bht = next((each for each in part.segments if each[0] == "BHT" and len(each) > 3), None)
    if bht is None:
        return
    name = bht[3]
    count = taken.get(name, 1)
    while bht[3] in taken:
        count += 1
        bht[3] = _numbered(name, count)
    taken[name] = count
    taken.setdefault(bht[3], 1)


def _numbered(name: str, count: int) -> str:
    suffix = f"-{count}"
    return f"{name[: LONGEST_BATCH - len(suffix)]}{suffix}"


# ---- dividing an 837P ------------------------------------------------------------------------------------------------


def _claims(transaction: Transaction, by: str) -> list[Loop]:
    if transaction.kind != "837P" or not transaction.known:
        why = "one payment is one ST, and a part of it does not add up" if transaction.kind == "835" else "it has none"
        raise X12Error(f"transaction set {transaction.index} ({transaction.kind}) is not split by {by}: {why}")
    found = [loop for loop in transaction.root.walk() if loop.id == "2300"]
    if not found:
        raise X12Error(f"transaction set {transaction.index} holds no claim to split by")
    return found


def _by_claims(claims: list[Loop], count: int) -> list[list[Loop]]:
    """Which claims go together."""
    found = sorted(claims, key=lambda each: each.number)
    return [found[at : at + count] for at in range(0, len(found), count)]


def _by_provider(claims: list[Loop]) -> list[list[Loop]]:
    groups: dict[str, list[Loop]] = {}
    for claim in claims:
        level = claim.above("2000A")
        names = level.loop("2010AA") if level else None
        name = names.find("NM1") if names else None
        key = (name.get(9) or name.text) if name else f"level {level.number if level else 0}"
        groups.setdefault(key, []).append(claim)
    return list(groups.values())


def _divided(transaction: Transaction, groups: list[list[Loop]]) -> list[Part]:
    """A transaction set for each group of claims, with the levels above them."""
    if len(groups) == 1:
        return [Part(_segments(transaction.root), transaction)]
    parts: list[Part] = []
    levels = _Levels(transaction)
    for count, chosen in enumerate(groups, start=1):
        part = Part(levels.segments(chosen), transaction)
        bht = next((each for each in part.segments if each[0] == "BHT" and len(each) > 3), None)
        if bht is not None:
            bht[3] = _numbered(bht[3], count)
        parts.append(part)
    return parts


class _Levels:
    """The segments of some claims with what stands above them; HL counted from 1."""

    def __init__(self, transaction: Transaction) -> None:
        self.root = transaction.root
        self.mark = transaction.frame.delimiters.element
        self.count = 0
        self.rows: dict[int, list[Elements]] = {}
        """Of loops above claims, by ``id``: each stands in many parts."""

    def segments(self, chosen: Sequence[Loop]) -> list[Elements]:
        """ST to before SE."""
        self.count = 0
        below: dict[int, dict[int, Loop]] = {}
        for claim in chosen:
            loop = claim
            while loop.parent is not None:
                below.setdefault(id(loop.parent), {})[id(loop)] = loop
                loop = loop.parent
        found = [each for each in self._own(self.root) if each[0] != "SE"]
        return found + self._levels(self.root, "", below)

    def _own(self, loop: Loop) -> list[Elements]:
        """A loop with those in it that are neither a level nor a claim, in the order of the file."""
        known = self.rows.get(id(loop))
        if known is None:
            rows = list(loop.segments)
            for each in loop.loops:
                if each.id not in LEVELS and each.id != "2300":
                    rows += each.all_segments()
            rows.sort(key=lambda each: each.number)
            known = self.rows[id(loop)] = [each.text.split(self.mark) for each in rows]
        return [list(each) for each in known]

    def _levels(self, above: Loop, number: str, below: dict[int, dict[int, Loop]]) -> list[Elements]:
        """The levels below one that lead to chosen claims."""
        found: list[Elements] = []
        for loop in sorted(below.get(id(above), {}).values(), key=lambda each: each.number):
            if loop.id in LEVELS:
                found += self._level(loop, number, below)
        return found

    def _level(self, loop: Loop, above: str, below: dict[int, dict[int, Loop]]) -> list[Elements]:
        self.count += 1
        number = str(self.count)
        rows = self._own(loop)
        claims = [each for each in below[id(loop)].values() if each.id == "2300"]
        for each in sorted(claims, key=lambda each: each.number):
            rows += [segment.text.split(self.mark) for segment in each.all_segments()]
        levels = self._levels(loop, number, below)
        if rows and rows[0][0] == "HL":
            code = rows[0][3] if len(rows[0]) > 3 else ""
            rows[0] = ["HL", number, above, code, "1" if levels else "0"]
        return rows + levels
