"""Which situational parts of the guides are checked, by which rule, and which are not and why: ``docs/situations.md``.

``python -m tools.situations`` writes the page. The guides' tables say what is situational (usage S); here is what we do
about each. Nothing stands here as checked whose rule does not exist (``tests/test_situations.py``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from claimloom.x12.guides.grammar import Element, LoopNode, SegmentNode, grammar

PAGE: Final = Path(__file__).parents[1] / "docs" / "situations.md"
KINDS: Final = {"837P": "005010X222A1", "835": "005010X221A1"}
SYNTAX: Final = "values._relation"


@dataclass(frozen=True, slots=True)
class Part:
    """A situational loop, segment or element: ``what`` is its id, with the code that tells a segment from others."""

    kind: str
    loop: str
    what: str
    name: str
    noted: bool = False
    """Whether a syntax note of the segment holds it: then it comes with its neighbours, or instead of them."""

    @property
    def key(self) -> str:
        """As the tables below name it."""
        return f"{self.loop} {self.what}"


# Checked: what of it, by which rule. The first that fits holds.
CHECKED: Final[dict[str, dict[str, tuple[str, str]]]] = {
    "837P": {
        r"2300 loop|2000C loop": ("Situations._subscriber", "by SBR02: claims under the subscriber, or a patient"),
        r"2010BA (N3|N4|DMG D8)": ("Situations._subscriber_name", "when the patient is the subscriber"),
        r"2010BA NM10[89]": ("Situations._subscriber_name", "when the subscriber is a person (NM109)"),
        r"(2010BA|2010CA) REF Y4": ("Situations._patient", "in one of the two places, never in both"),
        r"\S+ N40[23]": ("Situations._city", "in the United States"),
        r"(2000B|2320) SBR09": ("Situations._filing", "always, as long as plans have no identifier of their own"),
        r"2000B SBR0[245]": ("Situations._subscriber", "by who the patient is, by SBR03, by the place of Medicare"),
        r"2300 DTP 439": ("Situations._accident", "with CLM11 AA or OA"),
        r"2300 CLM11-[45]": ("Situations._accident", "with CLM11 AA"),
        r"2300 REF F8": ("Situations._frequency", "with CLM05-3 7 or 8, and not with 1"),
        r"(2300|2400) PWK0[56]": ("Situations._attachment", "by PWK02"),
        r"2310B loop": (
            "Situations._rendering",
            "not when it is the billing provider; whether a group needs it asks PRV-013",
        ),
        r"2320 loop": ("Situations._payers", "when SBR01 is S or T"),
        r"2320 AMT (D|A8|EAF)|2330B DTP 573|2430 AMT EAF": ("Situations._other_payer", "by what the payer before gave"),
        r"2320 CAS|2430 CAS": ("balance.claim_imbalances", "so far as amounts do not add up without it"),
        r"2400 SV101-7": ("Situations._service", "for codes that name no service"),
        r"2400 SV107-[234]": ("Situations._service", "points at a diagnosis that is there, at none twice"),
    },
    "835": {
        r"2100 (MIA|MOA)": ("Situations._payment", "not both"),
        r"2100 CLP05": ("Situations._responsibility", "is the sum of the PR adjustments"),
        r"\S+ CAS": ("balance.payment_imbalances", "so far as amounts do not add up without it"),
        r"ST PLB": ("balance.transaction_imbalances", "so far as the payment does not add up without it"),
        r"ST BPR10": ("Situations._payment_header", "is TRN03 where it is there"),
        r"\S+ N40[23]": ("Situations._city", "in the United States"),
    },
}
OUTSIDE: Final = "what asks for it is a fact of the visit or the patient that the file does not hold"
PAYER: Final = "the payer says whether it wants it"
NUMBER: Final = "a number that somebody gave, which the file alone does not tell of"
KNOWN: Final = "stands there when it is known or needed for its reader; the file does not tell whether"
TRADE: Final = "of another trade than therapy (ambulance, equipment, drugs, laboratory, imaging, anesthesia)"
REPRICER: Final = "a repricer writes it, not the biller"
PROPERTY: Final = "of property and casualty claims; the file does not tell surely which claims these are"
DIFFERS: Final = "stands there when somebody else than above is meant; who that is the file does not tell otherwise"
ANSWER: Final = "the payer's word, taken as it is sent; what it had to send only it knows"
# Not checked, and why. The first that fits holds.
UNCHECKED: Final[dict[str, dict[str, str]]] = {
    "837P": {
        r"\S+ (CR1|CR2|CR3|CRC|SV5|QTY|MEA|PS1|FRM|LIN|CTP)\S*.*|(2310E|2310F|2410|2420B|2420G|2420H|2440) .*": TRADE,
        r"\S+ (HCP\S*|REF (9A|9C|9B|9D)|DTP 050)": REPRICER,
        r"\S+ REF (LX|P4|EW|X4|F4|BT|XZ|VY|1J|4081|4N|F5)|\S+ PWK CT.*": TRADE,
        r"2300 HI (BP|BG).*": TRADE,
        r"(2010BA|2010CA|2310C) PER.*|2300 DTP 444": PROPERTY,
        r"\S+ REF04\S*|\S+ REF( \S+)?": NUMBER,
        r"\S+ (DTP|DTP \S+)": OUTSIDE,
        r"\S+ (PWK|PWK \S+|NTE|NTE \S+|K3|CN1\S*|PAT\S*|CUR.*)": PAYER,
        r"(2010AB|2010AC|2310A|2310C|2310D|2420A|2420C|2420D|2420E|2420F|2330C|2330D|2330E|2330F|2330G) loop": DIFFERS,
        r"2430 loop": "whether the payer before answered for lines it alone knows; its sums are balanced",
        r"\S+ (PRV.*)": PAYER,
        r"2300 HI\d\d.*": "a claim has as many diagnoses as it has",
        r"\S+ CAS\d\d": "units are said where units were cut; no sum holds them",
        r"\S+ (CLM\S*|AMT.*|MOA\S*|OI\S*|SV1\S*|SVD\S*)": OUTSIDE,
        r"\S+ (NM1\S*|N3\S*|N4\S*|SBR\S*|PER.*|ST03)": KNOWN,
    },
    "835": {
        r"\S+ .*": ANSWER,
    },
}


def parts(kind: str) -> Iterator[Part]:
    """All situational parts of a guide, each once, in its order."""
    seen: set[str] = set()
    for part in _of_loop(kind, grammar(kind).root):
        if part.key + part.name not in seen:
            seen.add(part.key + part.name)
            yield part


def _of_loop(kind: str, loop: LoopNode) -> Iterator[Part]:
    name = "ST" if loop.id == "ST_LOOP" else loop.id
    if loop.usage == "S":
        yield Part(kind, name, "loop", loop.name)
    for item in loop.items:
        if isinstance(item, LoopNode):
            yield from _of_loop(kind, item)
        else:
            yield from _of_segment(kind, name, item)


def _of_segment(kind: str, loop: str, node: SegmentNode) -> Iterator[Part]:
    if node.usage == "S":
        code = f" {next(iter(node.key_codes))}" if len(node.key_codes) == 1 else ""
        yield Part(kind, loop, f"{node.id}{code}", node.name)
    noted = {at for _, positions in node.syntax for at in positions}
    for element in node.elements:
        yield from _of_element(kind, loop, node, element, noted=element.position in noted)
        for component in element.components:
            yield from _of_element(kind, loop, node, component, noted=False)


def _of_element(kind: str, loop: str, node: SegmentNode, element: Element, *, noted: bool) -> Iterator[Part]:
    if element.usage == "S":
        yield Part(kind, loop, f"{node.id}{element.ref}", element.name, noted)


def entry(part: Part) -> tuple[str, str] | None:
    """The rule that checks it (empty: none) and what of it, or why not; None for a part that nobody thought of."""
    for pattern, (rule, what) in CHECKED[part.kind].items():
        if re.fullmatch(pattern, part.key):
            return rule, what
    if part.noted:
        return SYNTAX, "with its neighbours, or instead of them, as a syntax note of its segment says"
    for pattern, why in UNCHECKED[part.kind].items():
        if re.fullmatch(pattern, part.key):
            return "", why
    return None


def page() -> str:
    """The whole page."""
    found = [
        "# Situations",
        "",
        "What the guides ask for only in a situation (usage S of their tables), and what `x12 check` does about it.",
        "Made by `python -m tools.situations`; what is checked names its rule, what is not says why.",
    ]
    for kind, version in KINDS.items():
        entries = [(part, entry(part) or ("", "")) for part in parts(kind)]
        checked = sum(bool(rule) for _, (rule, _) in entries)
        found += ["", f"## {kind} ({version})", "", f"{len(entries)} situational parts, {checked} of them checked.", ""]
        groups: dict[tuple[str, str], list[Part]] = {}
        for part, said in entries:
            groups.setdefault(said, []).append(part)
        found += ["| rule | what of it, or why not | parts |", "|---|---|---|"]
        for (rule, said), some in sorted(groups.items(), key=lambda each: (not each[0][0], each[0])):
            named = f"`{rule}`" if rule else "not checked"
            found.append(f"| {named} | {said} | {_listed(some)} |")
    return "\n".join(found) + "\n"


def _listed(some: list[Part]) -> str:
    """By loop: ``2010BA N3, N4, DMG; 2010CA REF Y4``."""
    loops: dict[str, list[str]] = {}
    for part in some:
        loops.setdefault(part.loop, []).append(part.what)
    return "; ".join(f"{loop} {', '.join(dict.fromkeys(each))}" for loop, each in loops.items())


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
