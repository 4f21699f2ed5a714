"""``python -m tools.generate_x12``: the typed views of claimloom/x12/typed from the tables of the guides."""

from __future__ import annotations

import keyword
import re
import subprocess
import sys
from pathlib import Path

from claimloom.x12.guides.grammar import Element, Grammar, LoopNode, SegmentNode, grammar

FOLDER = Path(__file__).parents[1] / "claimloom" / "x12" / "typed"
MODULES = {"837P": "claim_837p", "835": "payment_835", "999": "answer_999", "277CA": "answer_277ca"}
GUIDES = {"837P": "005010X222A1", "835": "005010X221A1", "999": "005010X231A1", "277CA": "005010X214"}
BASES = {"CAS": "AdjustmentView", "PLB": "ProviderAdjustmentView", "HI": "CodesView"}
MONEY = "782"
DAYS = {"DT"}
WORDS = {"1": "one", "2": "two", "3": "three"}


def words(name: str) -> list[str]:
    """Of a name in the table, without signs and with numbers that can begin a name."""
    plain = re.sub(r"[^A-Za-z0-9]+", " ", name.replace("'", "")).split()
    return [each.lower() for each in plain] or ["unnamed"]


def snake(name: str, taken: set[str]) -> str:
    """A field's name, told apart from those before it by a number."""
    base = "_".join(words(name))
    if base[0].isdigit():
        base = f"n{base}"
    if keyword.iskeyword(base) or base in ("segment", "loop", "unparsed", "adjustments", "codes"):
        base = f"{base}_"
    found, number = base, 1
    while found in taken:
        number += 1
        found = f"{base}_{number}"
    taken.add(found)
    return found


def camel(name: str) -> str:
    return "".join(each.capitalize() for each in words(name))


def field(element: Element, name: str) -> tuple[str, str]:
    """Name and kind of a field."""
    if element.data_element == MONEY:
        return name + "_cents", "Cents"
    if element.type == "R":
        return name, "Number"
    if element.type == "N0":
        return name, "Whole"
    if element.type == "DT" and element.max_length == 8:
        return name, "Day"
    return name, "Text"


class Writer:
    """One module."""

    def __init__(self, of: Grammar) -> None:
        self.of = of
        self.lines: list[str] = []
        self.classes: dict[tuple[str, int], str] = {}
        self.taken: set[str] = set()
        self.done: set[str] = set()
        self.used: set[str] = set()

    def write(self) -> str:
        """Its text."""
        self.loop(self.of.root)
        names = ", ".join(sorted(self.used))
        head = [
            f'"""{self.of.kind} ({GUIDES[self.of.kind]}): each loop, segment and element that the guide uses, by name.',
            "",
            "Made by tools/generate_x12.py from claimloom/x12/guides/maps (derived from pyx12, see NOTICE.txt there).",
            '"""',
            "",
            "from __future__ import annotations",
            "",
            "from typing import ClassVar",
            "",
            f"from claimloom.x12.typed.base import {names}",
            "",
        ]
        return "\n".join(head + self.lines) + "\n"

    def control(self) -> str:
        """The text of a module for the envelope."""
        for node in self.of.control.values():
            self.segment(node, node.id.capitalize())
        names = ", ".join(sorted(self.used))
        head = [
            '"""ISA, GS, TA1, GE and IEA by name: ``Isa(interchange.header)``, ``Ta1(answer)``.',
            "",
            "Made by tools/generate_x12.py from claimloom/x12/guides/maps (derived from pyx12, see NOTICE.txt there).",
            '"""',
            "",
            "from __future__ import annotations",
            "",
            f"from claimloom.x12.typed.base import {names}",
            "",
        ]
        return "\n".join(head + self.lines) + "\n"

    def use(self, name: str) -> str:
        self.used.add(name)
        return name

    def segment(self, node: SegmentNode, given: str = "") -> str:
        """A class for a segment at its place."""
        place = "" if node.loop.id in ("ST_LOOP", "") else f"Of{node.loop.id}"
        named = camel(node.name) if camel(node.name)[0].isalpha() else node.id.capitalize()
        name = base = given or f"{named}{place}"
        number = 1
        while name in self.taken:
            number += 1
            name = f"{base}{number}"
        self.taken.add(name)
        place = "" if node.loop.id in ("ST_LOOP", "") else f"{node.loop.id} "
        codes = f"*{'|'.join(sorted(node.key_codes))}" if node.key_codes and len(node.key_codes) <= 4 else ""
        self.lines += ["", f"class {name}({self.use(BASES.get(node.id, 'SegmentView'))}):"]
        self.lines += [f'    """{place}{node.id}{codes if node.id != "HL" else ""}."""', "", "    __slots__ = ()", ""]
        taken: set[str] = set()
        for element in node.elements:
            if element.usage == "N":
                continue
            for each in element.components or (element,):
                if each.usage == "N":
                    continue
                found, kind = field(each, snake(each.name, taken))
                component = f", {each.component}" if each.component else ""
                self.lines.append(f"    {found} = {self.use(kind)}({each.position}{component})")
        return name

    def loop(self, node: LoopNode) -> str:
        """A class for a loop, those of what is in it before it."""
        name = "TransactionSet" if node.parent is None else f"Loop{node.id}"
        if name in self.done:
            return name
        self.done.add(name)
        fields: list[str] = []
        taken: set[str] = set()
        for item in node.items:
            if isinstance(item, LoopNode):
                kind = self.use("OneLoop" if item.max_repeat == 1 else "ManyLoops")
                fields.append(f"    loop_{item.id.lower()} = {kind}({self.loop(item)})")
            else:
                kind = self.use("One" if item.max_use == 1 else "Many")
                made = self.segment(item)
                fields.append(f"    {snake(item.name, taken)} = {kind}({made}, {item.ordinal})")
        base = self.use("TransactionView" if node.parent is None else "LoopView")
        told = self.of.kind if node.parent is None else f"Loop {node.id}"
        self.lines += ["", f"class {name}({base}):", f'    """{told}."""', "", "    __slots__ = ()"]
        self.lines.append(f'    ID: ClassVar[str] = "{node.id}"')
        if node.parent is None:
            self.lines.append(f'    KIND: ClassVar[str] = "{self.of.kind}"')
        self.lines += ["", *fields]
        return name


def modules() -> dict[Path, str]:
    """Path and text of each module."""
    found = {FOLDER / f"{name}.py": formatted(Writer(grammar(kind)).write()) for kind, name in MODULES.items()}
    return found | {FOLDER / "control.py": formatted(Writer(grammar("837P")).control())}


def formatted(text: str) -> str:
    """As the checks want it."""
    ruff = Path(sys.executable).with_name("ruff")
    command = [str(ruff), "format", "--stdin-filename", "typed.py", "-"]
    return subprocess.run(command, input=text, capture_output=True, text=True, check=True).stdout


def main() -> None:
    """Write them all."""
    for path, text in modules().items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
