"""What every situational rule needs: a way to say what it found."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from claimloom.x12.guides.findings import ELEMENT_CODES, SEGMENT_CODES, Finding
from claimloom.x12.reading.document import Loop, Segment, claim_of


class Rules:
    """Findings go to ``add``; ``day`` is the day that code lists are looked at (CCYYMMDD), empty where none is known.

    Rules look at the text of segments, since most of them find nothing; a segment is made only to say where it stands.
    """

    def __init__(self, add: Callable[[Finding], None], types: Iterable[int]) -> None:
        self.add = add
        self.types = frozenset(types)
        self.day = ""

    def _say(
        self, loop: Loop, at: Segment | None, code: str, ack: str, message: str, element: str = "", /, **more: object
    ) -> None:
        segment = at
        number = segment.number if segment else loop.number
        position, _, component = element.partition("-")
        data_element = ""
        if segment is not None and segment.node is not None and element:
            known = next((each for each in segment.node.elements if each.position == int(position)), None)
            if known and component:
                known = next((each for each in known.components if each.component == int(component)), None)
            data_element = known.data_element if known else ""
        given: dict[str, object] = {
            "snip": 4,
            "ack": ack,
            "segment_number": number,
            "position": number - loop.frame.first + 1,
            "offset": segment.offset_of(int(position or 0), int(component or 0)) if segment else loop.offset,
            "loop": "" if loop.node.id == "ST_LOOP" else loop.node.id,
            "segment": segment.id if segment else "",
            "element": element,
            "data_element": data_element,
            "transaction": loop.frame.index,
            "claim": claim_of(loop),
            "value": segment.get(int(position), int(component or 0)) if segment and element else "",
        }
        self.add(Finding(code, message, **(given | more)))  # type: ignore[arg-type]

    def _element(self, loop: Loop, segment: Segment, element: str, ack: str, message: str, **more: object) -> None:
        self._say(loop, segment, ELEMENT_CODES[ack], f"IK4 {ack}", f"{segment.id}{element} {message}", element, **more)

    def _needs(self, loop: Loop, number: int, segment_id: str, message: str, /, **more: object) -> None:
        """A segment that the situation asks for is not there; noticed at the segment with this number."""
        given: dict[str, object] = {
            "segment": segment_id,
            "segment_number": number,
            "position": number - loop.frame.first + 1,
            "offset": -1,
        }
        self._say(loop, None, SEGMENT_CODES["I6"], "IK3 I6", message, **(given | more))

    @staticmethod
    def _row(loop: Loop, start: str) -> list[str] | None:
        """The elements of the first own segment that begins so (``SBR*``, ``DTP*472``)."""
        for text in loop.texts:
            if text.startswith(start):
                return text.split(loop.frame.delimiters.element)
        return None

    @staticmethod
    def _at(parts: list[str] | None, position: int) -> str:
        return parts[position] if parts is not None and position < len(parts) else ""
