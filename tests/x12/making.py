"""Random documents made from the guides' tables: every loop, segment and element that may be there, sometimes is.

Made by the rows of the tables alone, with no reader or checker in it: what is required is there, what is not used is
not, values have the type, length and code of their row. Situations and balances are not looked after.
"""

from __future__ import annotations

import random
import string
from collections.abc import Callable
from datetime import date, timedelta

from claimloom.x12.guides.grammar import Element, LoopNode, SegmentNode, code_list, grammar

GUIDES = {
    "837P": ("837", "HC", "005010X222A1"),
    "835": ("835", "HP", "005010X221A1"),
    "999": ("999", "FA", "005010X231A1"),
    "277CA": ("277", "HN", "005010X214"),
}
LETTERS = string.ascii_uppercase + string.digits
TEXT = LETTERS + " .,-'()/&"


class Maker:
    """One random transaction set; ``size`` is how likely something optional is there."""

    def __init__(self, kind: str, seed: int, size: float = 0.3) -> None:
        self.kind = kind
        self.dice = random.Random(seed)
        self.size = size
        self.out: list[list[str]] = []
        self.levels: list[int] = []
        self.count = 0

    def document(self) -> str:
        """A whole file."""
        self.loop(grammar(self.kind).root)
        code, group, version = GUIDES[self.kind]
        body = [row for row in self.out if row[0] not in ("ST", "SE")]
        start = ["ST", code, "0001"] if self.kind == "835" else ["ST", code, "0001", version]
        isa = (
            "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *261120*0900*^*00501*000000001*0*T*:"
        )
        rows = [
            isa,
            f"GS*{group}*SENDER*RECEIVER*20261120*0900*1*X*{version}",
            "*".join(start),
            *("*".join(row).rstrip("*") for row in body),
            f"SE*{len(body) + 2}*0001",
            "GE*1*1",
            "IEA*1*000000001",
        ]
        return "".join(f"{row}~\n" for row in rows)

    def loop(self, node: LoopNode) -> None:
        before = len(self.levels)
        for item in node.items:
            least = 1 if item.usage == "R" else 0
            times = least if self.dice.random() > self.size else max(least, 1)
            most = item.max_repeat if isinstance(item, LoopNode) else item.max_use
            if times and most > 1 and self.dice.random() < 0.3:
                times = min(most, 2)
            for _ in range(times):
                if isinstance(item, LoopNode):
                    self.loop(item)
                else:
                    self.segment(item)
        del self.levels[before:]

    def segment(self, node: SegmentNode) -> None:
        row = [node.id]
        wanted = {
            element.position
            for element in node.elements
            if element.usage == "R" or (element.usage == "S" and self.some())
        }
        wanted = self.related(node, wanted)
        formats = ""
        for element in node.elements:
            value = ""
            if element.position in wanted:
                value = self.composite(element) if element.components else self.value(element, formats)
            if element.data_element == "1250":
                formats = value
            row.append(value)
        if node.id == "HL":
            self.count += 1
            row[1:3] = [str(self.count), str(self.levels[-1]) if self.levels else ""]
            self.levels.append(self.count)
        while len(row) > 1 and not row[-1]:
            row.pop()
        self.out.append(row)

    def some(self) -> bool:
        return self.dice.random() < self.size

    def related(self, node: SegmentNode, wanted: set[int]) -> set[int]:
        """Elements that the syntax notes ask for, until nothing changes."""
        used = {element.position: element.usage for element in node.elements}
        for _ in range(10):
            before = set(wanted)
            for kind, places in node.syntax:
                there = [place for place in places if place in wanted]
                rest = [place for place in places if used.get(place, "N") != "N" and place not in wanted]
                if (kind == "P" and there) or (kind == "C" and places[0] in wanted):
                    if any(used.get(place, "N") == "N" for place in places):
                        wanted -= {place for place in there if used[place] == "S"}
                    else:
                        wanted |= set(places)
                elif (kind == "R" and not there) or (kind == "L" and there == [places[0]]):
                    wanted |= set(rest[:1])
                elif kind == "E" and len(there) > 1:
                    wanted -= {place for place in there[1:] if used[place] == "S"}
            if wanted == before:
                break
        return wanted

    def composite(self, element: Element) -> str:
        parts: list[str] = []
        formats = ""
        for component in element.components:
            there = component.usage == "R" or (component.usage == "S" and self.some())
            value = self.value(component, formats) if there else ""
            if component.data_element == "1250":
                formats = value
            parts.append(value)
        if not any(parts):
            parts[0] = self.value(element.components[0], "")
        return ":".join(parts).rstrip(":")

    def value(self, element: Element, formats: str) -> str:
        codes = sorted(element.codes) or sorted(code_list(element.external) if element.external else ())
        codes = [code for code in codes if element.min_length <= len(code) <= element.max_length]
        if codes:
            return self.dice.choice(codes)
        if element.regex:
            return "".join(self.dice.choice(string.digits) for _ in range(9))
        makers: dict[str, Callable[[], str]] = {
            "N0": lambda: str(self.dice.randint(10 ** (element.min_length - 1), 10 ** min(element.max_length, 6) - 1)),
            "R": self.amount,
            "DT": lambda: self.day()[-element.max_length :],
            "TM": lambda: f"{self.dice.randint(0, 23):02d}{self.dice.randint(0, 59):02d}",
        }
        if element.type in makers:
            return makers[element.type]()
        if element.data_element == "1251":
            return {"D8": self.day(), "RD8": f"{self.day()}-{self.day()}", "TM": "0930"}.get(formats, self.day())
        length = self.dice.randint(element.min_length, min(element.max_length, element.min_length + 12))
        if element.type == "ID":
            return "".join(self.dice.choice(LETTERS) for _ in range(length))
        inner = "".join(self.dice.choice(TEXT) for _ in range(length - 1))
        return inner + self.dice.choice(LETTERS)

    def amount(self) -> str:
        cents = self.dice.choice([0, 0, 5, 50, 100, 4550, 12000, self.dice.randint(1, 999_999)])
        return f"{cents / 100:.2f}".rstrip("0").rstrip(".") or "0"

    def day(self) -> str:
        return f"{date(2024, 1, 1) + timedelta(days=self.dice.randint(0, 1000)):%Y%m%d}"
