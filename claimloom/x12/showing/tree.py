"""Documents as plain dicts for programs: a claim or a transaction set with every value and where it stands."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from claimloom.x12.guides.text import cents
from claimloom.x12.reading.document import Document, Loop, Segment, Transaction

__all__ = ["head", "lines"]

# The loop that is a line of its own, and the amounts that are told beside its number.
CLAIMS: Final = {
    "837P": ("2300", "CLM", {"charge_cents": 2}),
    "835": ("2100", "CLP", {"charge_cents": 3, "paid_cents": 4, "patient_responsibility_cents": 5}),
}


def lines(document: Document) -> Iterator[dict[str, Any]]:
    """A dict a claim of 837P and 835, then one a transaction set (of these two without the claims), one a TA1."""
    for interchange in document.interchanges:
        for answer in interchange.answers:
            yield {"kind": "TA1", "interchange": interchange.control_number, **_segment(answer)}
        for transaction in interchange.transactions:
            common = {
                "kind": transaction.kind,
                "version": transaction.version,
                "interchange": interchange.control_number,
                "group": transaction.group.control_number if transaction.group else "",
                "transaction": transaction.control_number,
                "transaction_index": transaction.index,
            }
            claims = [each for each in transaction.root.walk() if _is_claim(each, transaction)]
            known: dict[int, dict[str, Any]] = {}
            for claim in claims:
                around = _around(claim, CLAIMS[transaction.kind][0], known)
                yield common | _claim(claim, transaction) | {"around": around, "unparsed": _unparsed(claim)}
            tree = _loop(transaction.root, without=CLAIMS.get(transaction.kind, ("",))[0] if claims else "")
            yield common | {"claims": len(claims), "loop": tree, "unparsed": _unparsed(transaction.root)}


def head(loop: Loop) -> Segment:
    """The segment that begins a loop; one without anything where a bad file began the loop inside of it."""
    if loop.texts:
        return loop.head
    return Segment("", loop.frame.delimiters, loop.number, loop.offset, None, loop)


def _is_claim(loop: Loop, transaction: Transaction) -> bool:
    return transaction.known and loop.id == CLAIMS.get(transaction.kind, ("",))[0]


def _claim(claim: Loop, transaction: Transaction) -> dict[str, Any]:
    _, segment_id, amounts = CLAIMS[transaction.kind]
    first = head(claim)
    found: dict[str, Any] = {
        "patient_control_number": first.get(1) if first.id == segment_id else "",
        "segment_number": claim.number,
        "offset": claim.offset,
    }
    for field, at in amounts.items():
        found[field] = _cents(first.get(at))
    return found | {"loop": _loop(claim)}


def _around(claim: Loop, name: str, known: dict[int, dict[str, Any]]) -> list[dict[str, Any]]:
    """The loops above a claim, the outermost first, without its neighbours; ``known`` has those of claims before it."""
    around: list[dict[str, Any]] = []
    above = claim.parent
    while above is not None and above.parent is not None:
        if id(above) not in known:
            known[id(above)] = _loop(above, without=name, levels=False)
        around.insert(0, known[id(above)])
        above = above.parent
    return around


def _cents(text: str) -> int | None:
    try:
        return cents(text) if text else None
    except ValueError:
        return None


def _unparsed(loop: Loop) -> list[dict[str, Any]]:
    return [_segment(segment) for each in loop.walk() for segment in each.unparsed]


def _loop(loop: Loop, *, without: str = "", levels: bool = True) -> dict[str, Any]:
    """A loop with its segments and loops; ``without`` those of a name, or without the levels (HL) below it."""
    below = [
        _loop(each, without=without, levels=levels)
        for each in loop.loops
        if not (without and each.id == without) and (levels or not each.node.is_level)
    ]
    return {
        "id": loop.id,
        "name": loop.node.name,
        "segment_number": loop.number,
        "offset": loop.offset,
        "segments": [_segment(each) for each in loop.segments],
        "loops": below,
    }


def _segment(segment: Segment) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for position in range(1, len(segment.elements)):
        if segment.get(position):
            values.update(_element(segment, position))
    return {
        "id": segment.id,
        "segment_number": segment.number,
        "position": segment.position,
        "offset": segment.offset,
        "elements": values,
    }


def _element(segment: Segment, position: int) -> dict[str, Any]:
    """By its reference (``02``, ``05-3``): a text, or a list of texts where it is repeated."""
    marks = segment.delimiters
    whole = segment.get(position)
    if segment.id == "ISA" or (marks.component not in whole and (marks.repetition or "\0") not in whole):
        return {f"{position:02d}": whole}
    repeats = [each.split(marks.component) for each in segment.repeats(position)]
    if all(len(parts) == 1 for parts in repeats):
        return {f"{position:02d}": [parts[0] for parts in repeats]}
    if len(repeats) == 1:
        return {f"{position:02d}-{at}": part for at, part in enumerate(repeats[0], start=1) if part}
    widest = max(map(len, repeats))
    return {
        f"{position:02d}-{at + 1}": [parts[at] if at < len(parts) else "" for parts in repeats] for at in range(widest)
    }
