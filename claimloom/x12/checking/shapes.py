"""The shape of a loop: its segments and loops in their order. One that was right once is not counted again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from claimloom.x12.checking.situations import BySegment
from claimloom.x12.guides.delimiters import Delimiters
from claimloom.x12.guides.grammar import grammar
from claimloom.x12.guides.values import Charset, pattern


@dataclass(frozen=True, slots=True)
class Shape:
    """What is asked of the segments of a loop with this shape, in their order."""

    matches: tuple[Callable[[str], object], ...]
    looks: tuple[tuple[int, BySegment], ...]


class Shapes:
    """Shapes of one guide with one set of delimiters. Patterns are compiled when their segment comes first."""

    def __init__(self, kind: str, marks: Delimiters, charset: Charset, looks: Sequence[BySegment | None]) -> None:
        self.nodes = grammar(kind).nodes
        self.marks = marks
        self.charset = charset
        self.looks = looks
        self.known: dict[tuple[int, ...], Shape] = {}

    def of(self, nodes: Sequence[int]) -> Shape:
        """The shape of a loop with these segments; one without a place in the guide is not looked at."""
        matches = tuple(
            pattern(self.nodes[each], self.marks, self.charset).fullmatch if each >= 0 else bool for each in nodes
        )
        looks = tuple((at, look) for at, each in enumerate(nodes) if each >= 0 and (look := self.looks[each]))
        return Shape(matches, looks)
