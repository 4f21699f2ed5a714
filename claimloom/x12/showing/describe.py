"""A file as a person reads it: rows of text with amounts beside them, to be coloured by who prints them.

Names of people, member ids, birth dates and addresses are blanked (letters as x, digits as 9) unless they are asked
for. Claim numbers, organisations and NPIs are shown: without them nobody can work with what is said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from claimloom.x12.reading.document import Document, Loop, Transaction
from claimloom.x12.showing.answers import answer, interchange_answer, statuses
from claimloom.x12.showing.claims import claims
from claimloom.x12.showing.payments import payment
from claimloom.x12.showing.phi import veiled
from claimloom.x12.showing.rows import Row
from schemas.words import counted

__all__ = ["Row", "describe"]

KINDS: Final[dict[str, Callable[..., Iterator[Row]]]] = {
    "837P": claims,
    "835": payment,
    "999": answer,
    "277CA": statuses,
}


def describe(document: Document, *, show_phi: bool = False) -> Iterator[Row]:
    """All that a file says, in its order; what has no place in its guide is named at the end of its transaction."""
    for interchange in document.interchanges:
        for said in interchange.answers:
            yield from interchange_answer(said)
        for transaction in interchange.transactions:
            known = KINDS.get(transaction.kind)
            if known is None or not transaction.known:
                yield from _plain(transaction, show_phi=show_phi)
                continue
            yield from known(transaction, show_phi=show_phi)
            if transaction.trailer is None:
                cut = "The file ends in this transaction set, or its SE is missing: ask the sender for the whole file"
                yield Row(1, cut, (), "bad")
            yield from _unparsed(transaction, show_phi=show_phi)
        if not interchange.answers and not interchange.transactions:
            yield Row(0, f"Interchange {interchange.control_number}: nothing in it", (), "title")


def _unparsed(transaction: Transaction, *, show_phi: bool) -> Iterator[Row]:
    found = sorted(
        (segment for loop in transaction.root.walk() for segment in loop.unparsed), key=lambda each: each.number
    )
    if not found:
        return
    yield Row(1, f"{counted(len(found), 'segment')} without a place in the guide", (), "bad")
    for segment in found:
        elements = segment.elements if show_phi else veiled(segment)
        yield Row(2, f"{segment.number}: {segment.delimiters.element.join(elements)}", (), "faint")


def _plain(transaction: Transaction, *, show_phi: bool) -> Iterator[Row]:
    """A neighbour: its segments, each as deep as the loop that it stands in."""
    control = transaction.control_number
    yield Row(
        0, f"{transaction.kind} {control}: {counted(transaction.segment_count, 'segment')}, not typed", (), "title"
    )
    root = transaction.root
    for segment in root.all_segments():
        elements = segment.elements if show_phi else veiled(segment)
        first = segment.loop is not None and segment.loop.number == segment.number
        tone = "claim" if first and segment.loop is not root else ""
        yield Row(_depth(segment.loop) + (0 if first else 1), segment.delimiters.element.join(elements), (), tone)


def _depth(loop: Loop | None) -> int:
    deep = 1
    while loop is not None and loop.parent is not None:
        deep, loop = deep + 1, loop.parent
    return deep
