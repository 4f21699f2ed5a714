"""Situations and code lists (SNIP types 4 and 5): what the guides ask for only when something else is so.

Rules are methods by the loop they look at (``situations_837p.py``, ``situations_835.py``), or by the segment
(``marked``). Those that need another loop look at it when the loop around both has ended. Sources: the guides'
situational notes as told in the public interpretations of X12 (RFI numbers), and the code lists of the product and of a
data folder. What of the guides is looked at here and what is not says ``docs/situations.md``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Final

from claimloom.reference.providers import npi_fault, taxonomies
from claimloom.reference.releases import Lists
from claimloom.x12.checking.situations_835 import PaymentRules
from claimloom.x12.checking.situations_837p import ClaimRules
from claimloom.x12.guides.findings import Finding
from claimloom.x12.guides.grammar import SegmentNode, grammar
from claimloom.x12.reading.document import Loop, Transaction

BY_MAIL: Final = frozenset({"BM", "EL", "EM", "FT", "FX"})
# N404 of an address in the United States, where it is left out as a rule.
AT_HOME: Final = frozenset({"", "US"})
TAXONOMY: Final = re.compile(r"[0-9A-Z]{9}X", re.ASCII)
CODE: Final = re.compile(r"[A-Z]{0,2}[0-9]{1,4}", re.ASCII)
REMARK: Final = re.compile(r"(?:M|MA|N)[0-9]{1,4}", re.ASCII)
ByLoop = Callable[[Loop, int], None]
BySegment = Callable[[Loop, int, str], None]


class Situations(ClaimRules, PaymentRules):
    """All rules over loops as they end; what a transaction must remember between them is kept here."""

    def __init__(self, add: Callable[[Finding], None], types: Iterable[int], lists: Lists) -> None:
        super().__init__(add, types)
        self.lists = lists
        self.codes: dict[str, dict[str, tuple[str, str]]] = {}
        self.right_pointers = set()
        self.right_lists = {}
        self.numbers = set()
        self.counted = self.level_of = self.interchanges = 0
        self.of_loop: dict[str, dict[str, ByLoop]] = {
            "837P": {
                "1000B": self._sent,
                "2000B": self._subscriber,
                "2000C": self._patient,
                "2010AA": self._billing_provider,
                "2300": self._claim,
            },
            "835": {"2100": self._payment, "1000B": self._payee},
            "277CA": {"2200D": self._status, "2200B": self._status, "2200C": self._status},
            "999": {},
        }

    def begins(self, interchanges: int) -> None:
        """So many interchanges began: what one says of claims is no matter of the next."""
        if interchanges != self.interchanges:
            self.interchanges = interchanges
            self.numbers.clear()

    # ---- dispatch ----------------------------------------------------------------------------------------------------

    def marked(self, kind: str) -> list[BySegment | None]:
        """For each segment of a guide what is looked at in it by itself, if anything."""
        return [self._rule_of(kind, node) for node in grammar(kind).nodes]

    def loop(self, loop: Loop, end: int) -> None:
        """A loop that ended before the segment with the number ``end``."""
        if loop.frame.grammar is None or 4 not in self.types:
            return
        if loop.node.is_level and loop.frame.grammar.kind == "837P":
            self._closing_level(loop)
        rule = self.of_loop[loop.frame.grammar.kind].get(loop.node.id)
        if rule is not None:
            rule(loop, end)

    def transaction(self, transaction: Transaction) -> None:
        """A transaction that ended."""
        if 4 in self.types and transaction.kind == "835":
            self._payment_header(transaction.root)
        self.day = ""

    def _rule_of(self, kind: str, node: SegmentNode) -> BySegment | None:
        if 5 in self.types:
            ours: dict[str, BySegment] = {"CAS": self._reasons, "MOA": self._remarks, "PRV": self._taxonomy}
            if kind == "835":
                ours = {"CAS": self._reasons, "LQ": self._remark, "MOA": self._remarks, "MIA": self._remarks}
            found = ours.get(node.id)
            if found is not None:
                return found
        if 4 in self.types:
            if node.id == "NM1" and any("XX" in each.codes for each in node.elements if each.position == 8):
                return self._npi_of_name
            if node.id == "N1" and any("XX" in each.codes for each in node.elements if each.position == 3):
                return self._npi_of_party
            looks: dict[str, BySegment] = {"PWK": self._attachment, "N4": self._city, "SBR": self._filing}
            return looks.get(node.id)
        return None

    # ---- hierarchy ---------------------------------------------------------------------------------------------------

    def level(self, loop: Loop) -> None:
        """An HL in the order of the file: HL01 counts from 1, HL02 names the level above."""
        if loop.frame.index != self.level_of:
            self.level_of, self.counted = loop.frame.index, 0
        self.counted += 1
        if not loop.texts:
            return
        mark = loop.frame.delimiters.element
        parts = loop.texts[0].split(mark)
        if self._at(parts, 1) != str(self.counted):
            said = f"counts levels from 1: {self.counted} is next"
            self._element(loop, loop.head, "01", "7", said)
        parent = loop.parent
        above = ""
        if parent is not None and parent.texts and parent.node.is_level:
            above = self._at(parent.texts[0].split(mark, 2), 1)
        if self._at(parts, 2) != above:
            shown = f", which is {above}" if above.isascii() and above.isdigit() else ""
            said = f"names the level above{shown}" if above else "must be empty: no level is above"
            self._element(loop, loop.head, "02", "7", said)

    def _closing_level(self, loop: Loop) -> None:
        """HL04 says whether levels follow below."""
        if not loop.texts or not loop.texts[0].startswith("HL"):
            return
        below = any(each.node.is_level for each in loop.loops)
        if not below and loop.dropped and loop.frame.grammar:
            below = any(loop.frame.grammar.loops[each].is_level for each in loop.dropped)
        code = self._at(loop.texts[0].split(loop.frame.delimiters.element), 4)
        if code in ("0", "1") and (code == "1") != below:
            said = "says that no level follows below, one does" if below else "says that levels follow below, none does"
            self._element(loop, loop.head, "04", "7", said)

    # ---- identifiers and codes ---------------------------------------------------------------------------------------

    def _npi(self, loop: Loop, index: int, parts: list[str], place: int) -> None:
        if len(parts) <= place or parts[place - 1] != "XX" or not parts[place]:
            return
        if wrong := npi_fault(parts[place]):
            segment = loop.segment_at(index)
            self._say(loop, segment, "bad_check_digit", "IK4 7", f"{segment.id}{place:02d} {wrong}", f"{place:02d}")

    def _npi_of_name(self, loop: Loop, index: int, text: str) -> None:
        self._npi(loop, index, text.split(loop.frame.delimiters.element), 9)

    def _npi_of_party(self, loop: Loop, index: int, text: str) -> None:
        self._npi(loop, index, text.split(loop.frame.delimiters.element), 4)

    def _listed(self, loop: Loop, index: int, element: str, code: str, name: str, what: str) -> None:
        """Whether a code of a dated list is one, and was on the day of the file."""
        if name not in self.codes:
            self.codes[name] = self.lists.dated(name)
        known = self.codes[name].get(code)
        if known is None:
            shown = f" {code}" if CODE.fullmatch(code) else ""  # else anything may stand there, a name too
            said = f"{what}{shown} is in no list that is here; claimloom data import {name} takes in a newer one"
        elif self.day and known[1] and known[1].replace("-", "") < self.day:
            said = f"{what} {code} ended on {known[1]}"
        else:
            return
        self._say(loop, loop.segment_at(index), "unknown_code", "IK4 7", said, element, severity="warn", snip=5)

    def _reasons(self, loop: Loop, index: int, text: str) -> None:
        for at, code in enumerate(text.split(loop.frame.delimiters.element)[2::3]):
            if code:
                self._listed(loop, index, f"{2 + 3 * at:02d}", code, "carc", "adjustment reason")

    def _remark(self, loop: Loop, index: int, text: str) -> None:
        parts = text.split(loop.frame.delimiters.element)
        if len(parts) > 2 and parts[1] == "HE":
            self._listed(loop, index, "02", parts[2], "rarc", "remark")

    def _remarks(self, loop: Loop, index: int, text: str) -> None:
        parts = text.split(loop.frame.delimiters.element)
        places = range(3, 8) if parts[0] == "MOA" else (5, 20, 21, 22, 23)
        for at in places:
            if at >= len(parts) or not parts[at]:
                continue
            if REMARK.fullmatch(parts[at]):
                self._listed(loop, index, f"{at:02d}", parts[at], "rarc", "remark")
            else:
                said = "is not written as a remark code is: M, MA or N and a number"
                self._element(loop, loop.segment_at(index), f"{at:02d}", "7", said, snip=5)

    def _taxonomy(self, loop: Loop, index: int, text: str) -> None:
        parts = text.split(loop.frame.delimiters.element)
        if len(parts) < 4 or parts[2] != "PXC" or parts[3] in taxonomies():
            return
        segment = loop.segment_at(index)
        if TAXONOMY.fullmatch(parts[3]):  # each half year brings new ones
            said = "PRV03 is not in the list of the provider taxonomy that is packaged here"
            self._say(loop, segment, "unknown_code", "IK4 7", said, "03", severity="warn", snip=5)
        else:
            said = "PRV03 is no code of the provider taxonomy: nine letters or digits and an X"
            self._say(loop, segment, "bad_code", "IK4 7", said, "03", snip=5)

    # ---- addresses and payers ----------------------------------------------------------------------------------------

    def _city(self, loop: Loop, index: int, text: str) -> None:
        """In the United States an address has its state and postal code (notes of N402 and N403).

        Of a payment it is a warning: nobody sends money back for the address of who pays it.
        """
        of_claims = loop.frame.grammar is not None and loop.frame.grammar.kind == "837P"
        parts = text.split(loop.frame.delimiters.element)
        if self._at(parts, 4) not in AT_HOME:
            return
        for place, what in ((2, "state"), (3, "postal code")):
            if not self._at(parts, place):
                said = f"must be there: the {what} of an address in the United States"
                severity = "error" if of_claims else "warn"
                self._element(loop, loop.segment_at(index), f"{place:02d}", "I9", said, severity=severity)

    def _filing(self, loop: Loop, index: int, text: str) -> None:
        """What kind of payer it is (SBR09): required until payers have an identifier of their own, which none has."""
        parts = text.split(loop.frame.delimiters.element)
        if not self._at(parts, 9):
            said = "must be there: what kind of payer it is (MB, CI, MC ...)"
            self._element(loop, loop.segment_at(index), "09", "I9", said)

    def _attachment(self, loop: Loop, index: int, text: str) -> None:
        parts = [*text.split(loop.frame.delimiters.element), "", "", "", "", "", ""]
        if parts[2] in BY_MAIL and not parts[5] and not parts[6]:
            for element in ("05", "06"):
                said = f"must be there (the attachment's control number) when PWK02 is {parts[2]}"
                self._element(loop, loop.segment_at(index), element, "I9", said)
        elif parts[2] == "AA" and parts[6]:
            self._element(loop, loop.segment_at(index), "06", "I13", "must be empty when PWK02 is AA (on request)")
