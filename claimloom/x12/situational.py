"""Situations and code lists (SNIP types 4 and 5): what the guides ask for only when something else is so.

Rules are methods by the loop they look at, or by the segment (``marked``). Those that need another loop look at it when
the loop around both has ended. Sources: the guides' situational notes as told in the public interpretations of X12
(RFI numbers), and the code lists packaged with the product.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from importlib.resources import files
from typing import Final

from claimloom.reference import rows
from claimloom.x12.document import Loop, Segment, Transaction, claim_of
from claimloom.x12.findings import ELEMENT_CODES, SEGMENT_CODES, Finding
from claimloom.x12.grammar import SegmentNode, grammar
from claimloom.x12.text import cents
from claimloom.x12.values import is_date

BY_MAIL: Final = frozenset({"BM", "EL", "EM", "FT", "FX"})
ICD10_SINCE: Final = "20151001"
UNLISTED: Final = frozenset({"97039", "97139", "97799", "92700", "95999", "99199", "A9999", "E1399", "L1499", "L3999"})
REJECTING: Final = frozenset({"A3", "A4", "A6", "A7", "A8"})


@cache
def dated(name: str, column: str) -> dict[str, tuple[str, str]]:
    """Codes of a list with the days (CCYYMMDD) on which they began and ended."""
    return {row[column]: (row["start"].replace("-", ""), row["end"].replace("-", "")) for row in rows(name)}


@cache
def taxonomies() -> frozenset[str]:
    """Codes of the NUCC provider taxonomy."""
    text = (files("claimloom.reference") / "data" / "nucc_codes_v25_1.txt").read_text(encoding="utf-8")
    return frozenset(text.split())


def npi_is_valid(npi: str) -> bool:
    """Ten digits whose last is the Luhn check digit over 80840 and the nine before it (45 CFR 162.406)."""
    if len(npi) != 10 or not npi.isascii() or not npi.isdigit() or npi[0] not in "12":
        return False
    total = 24  # what 80840 adds
    for place, digit in enumerate(reversed(npi)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


class Situations:
    """Situational rules over loops as they end; what a transaction must remember between them is kept here."""

    def __init__(self, add: Callable[[Finding], None], types: Iterable[int]) -> None:
        self.add = add
        self.types = frozenset(types)
        self.npis: dict[str, bool] = {}
        self.levels: dict[str, Loop] = {}
        self.counted = 0
        self.level_of = 0
        self.day = ""
        self.of_loop: dict[str, dict[str, Callable[[Loop, int], None]]] = {
            "837P": {
                "2000B": self._subscriber,
                "2000C": self._patient,
                "2000A": self._closing_level,
                "2010AA": self._billing_provider,
                "2300": self._claim,
            },
            "835": {"2100": self._payment, "1000B": self._payee},
            "277CA": {"2200D": self._status, "2220D": self._status, "2200B": self._status, "2200C": self._status},
            "999": {},
        }
        self.marked: dict[str, list[Callable[[Loop, int, str], None] | None]] = {}

    # ---- saying it ---------------------------------------------------------------------------------------------------

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

    # ---- hierarchy ---------------------------------------------------------------------------------------------------

    def level(self, loop: Loop) -> None:
        """An HL in the order of the file: HL01 counts from 1, HL02 names the level above."""
        if loop.frame.index != self.level_of:
            self.level_of, self.counted, self.levels = loop.frame.index, 0, {}
        self.counted += 1
        if not loop.texts:
            return
        segment = loop.head
        if segment.get(1) != str(self.counted):
            self._element(loop, segment, "01", "7", f"counts levels from 1: {self.counted} is next")
        parent = loop.parent
        above = parent.head.get(1) if parent is not None and parent.texts and parent.node.is_level else ""
        if segment.get(2) != above:
            said = f"names the level above, which is {above}" if above else "must be empty: no level is above"
            self._element(loop, segment, "02", "7", said)

    def _closing_level(self, loop: Loop, _end: int) -> None:
        """HL04 says whether levels follow below."""
        if not loop.texts or not loop.texts[0].startswith("HL"):
            return
        by_number = loop.frame.grammar.loops if loop.frame.grammar else []
        below = any(each.node.is_level for each in loop.loops)
        below = below or any(by_number[each].is_level for each in loop.dropped or ())
        segment = loop.head
        if segment.get(4) in ("0", "1") and (segment.get(4) == "1") != below:
            said = (
                "says that levels follow below, none does"
                if not below
                else "says that no level follows below, one does"
            )
            self._element(loop, segment, "04", "7", said)

    # ---- by loop -----------------------------------------------------------------------------------------------------

    def loop(self, loop: Loop, end: int) -> None:
        """A loop that ended before the segment with the number ``end``."""
        grammar_of = loop.frame.grammar
        if grammar_of is None:
            return
        kind = grammar_of.kind
        marked = self.marked.get(kind)
        if marked is None:
            marked = self.marked[kind] = self._marked(kind)
        for index, number in enumerate(loop.nodes):
            if number >= 0 and (look := marked[number]) is not None:
                look(loop, index, loop.texts[index])
        rule = self.of_loop[kind].get(loop.node.id)
        if rule is not None and 4 in self.types:
            rule(loop, end)

    def _marked(self, kind: str) -> list[Callable[[Loop, int, str], None] | None]:
        return [self._rule_of(kind, node) for node in grammar(kind).nodes]

    def _rule_of(self, kind: str, node: SegmentNode) -> Callable[[Loop, int, str], None] | None:
        """What to look at in a segment by itself."""
        if 5 in self.types:
            found = {"CAS": self._reasons, "PRV": self._taxonomy}.get(node.id)
            if kind == "835":
                found = {"CAS": self._reasons, "LQ": self._remark, "MOA": self._remarks, "MIA": self._remarks}.get(
                    node.id
                )
            if found is not None:
                return found
        if 4 in self.types:
            if node.id == "NM1" and any("XX" in each.codes for each in node.elements if each.position == 8):
                return self._npi_of_name
            if node.id == "N1" and any("XX" in each.codes for each in node.elements if each.position == 3):
                return self._npi_of_party
            if node.id == "PWK":
                return self._attachment
        return None

    # ---- identifiers and codes ---------------------------------------------------------------------------------------

    def _npi(self, loop: Loop, index: int, parts: list[str], place: int) -> None:
        if len(parts) <= place or parts[place - 1] != "XX" or not parts[place]:
            return
        npi = parts[place]
        good = self.npis.get(npi)
        if good is None:
            good = npi_is_valid(npi)
            if len(self.npis) < 100_000:
                self.npis[npi] = good
        if not good:
            segment = loop.segment_at(index)
            said = f"{segment.id}{place:02d} is no NPI: its check digit is wrong, or it is not ten digits"
            self._say(loop, segment, "bad_check_digit", "IK4 7", said, f"{place:02d}")

    def _npi_of_name(self, loop: Loop, index: int, text: str) -> None:
        self._npi(loop, index, text.split(loop.frame.delimiters.element), 9)

    def _npi_of_party(self, loop: Loop, index: int, text: str) -> None:
        self._npi(loop, index, text.split(loop.frame.delimiters.element), 4)

    def _listed(self, loop: Loop, index: int, element: str, code: str, name: str, what: str) -> None:
        """Whether a code of a dated list is one, and was on the day of the file."""
        known = dated(f"{name}_codes", name).get(code)
        if known is None:
            said = f"{what} {code[:6]} is not in the list that is packaged here"
        elif self.day and known[1] and known[1] < self.day:
            said = f"{what} {code[:6]} ended on {known[1]}"
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
            if at < len(parts) and parts[at]:
                self._listed(loop, index, f"{at:02d}", parts[at], "rarc", "remark")

    def _taxonomy(self, loop: Loop, index: int, text: str) -> None:
        parts = text.split(loop.frame.delimiters.element)
        if len(parts) > 3 and parts[2] == "PXC" and parts[3] not in taxonomies():
            said = "PRV03 is no code of the provider taxonomy"
            self._say(loop, loop.segment_at(index), "bad_code", "IK4 7", said, "03", snip=5)

    def _attachment(self, loop: Loop, index: int, text: str) -> None:
        parts = [*text.split(loop.frame.delimiters.element), "", "", "", "", "", ""]
        if parts[2] in BY_MAIL and not parts[5] and not parts[6]:
            for element in ("05", "06"):
                said = f"must be there (the attachment's control number) when PWK02 is {parts[2]}"
                self._element(loop, loop.segment_at(index), element, "I9", said)
        elif parts[2] == "AA" and parts[6]:
            self._element(loop, loop.segment_at(index), "06", "I13", "must be empty when PWK02 is AA (on request)")

    # ---- 837P --------------------------------------------------------------------------------------------------------

    def _billing_provider(self, loop: Loop, _end: int) -> None:
        """The street of the billing provider is no post office box (RFI 1451)."""
        street = loop.find("N3")
        if street is None:
            return
        plain = "".join(each for each in street.get(1).upper() if each.isalnum())
        if plain.startswith(("POBOX", "POSTOFFICEBOX")):
            said = "is a post office box; the billing provider's street belongs here, the box into 2010AB"
            self._say(loop, street, "post_office_box", "", f"N301 {said}", "01")

    def _subscriber(self, loop: Loop, end: int) -> None:
        """Subscriber and patient: who is who says SBR02."""
        self._closing_level(loop, end)
        sbr = loop.find("SBR")
        names = {each.node.id: each for each in loop.loops}
        dropped = {loop.frame.grammar.loops[each].id for each in loop.dropped or ()} if loop.frame.grammar else set()
        patient = "2000C" in names or "2000C" in dropped
        claims = "2300" in names or "2300" in dropped
        if not patient and not claims:
            self._needs(
                loop, end, "CLM", "loop 2000B has neither a claim (2300) nor a patient (2000C) below it", loop="2300"
            )
        if sbr is None:
            return
        own = sbr.get(2) == "18"
        if own and patient:
            self._element(
                loop, sbr, "02", "I13", "is 18 (the patient is the subscriber), but a patient (2000C) follows"
            )
        elif not own and claims:
            self._element(loop, sbr, "02", "I9", "must be 18 when claims stand under the subscriber")
        if sbr.get(3) and sbr.get(4):
            self._element(loop, sbr, "04", "I13", "is used only without a group number (SBR03)")
        if sbr.get(5) and sbr.get(1) == "P":
            self._element(loop, sbr, "05", "I13", "is used only when Medicare is not the primary payer")
        elif not sbr.get(5) and sbr.get(9) == "MB" and sbr.get(1) != "P":
            self._element(loop, sbr, "05", "I9", "must say why Medicare is not the primary payer")
        if subscriber := names.get("2010BA"):
            self._subscriber_name(loop, subscriber, own=own, end=end)

    def _patient(self, loop: Loop, end: int) -> None:
        """The number of a property and casualty claim stands with the patient or with the subscriber, not with both."""
        self._closing_level(loop, end)
        name = loop.loop("2010CA")
        subscriber = loop.parent.loop("2010BA") if loop.parent else None
        if name is None or subscriber is None or subscriber.find("REF", "Y4") is None:
            return
        # noticed at the first of the two, which is the one that has to go: the claim is the patient's
        number = subscriber.find("REF", "Y4")
        if name.find("REF", "Y4") is not None:
            said = "REF*Y4 stands in 2010BA or in 2010CA (where the patient is), never in both"
            self._say(subscriber, number, SEGMENT_CODES["I9"], "IK3 I9", said)

    def _subscriber_name(self, loop: Loop, subscriber: Loop, *, own: bool, end: int) -> None:
        name = subscriber.find("NM1")
        if name is not None and name.get(2) == "1" and not name.get(9):
            self._element(subscriber, name, "09", "I9", "must be there when the subscriber is a person")
        if not own:
            return
        after = min((each.number for each in loop.loops if each.number > subscriber.number), default=end)
        order = ["NM1", "N3", "N4", "DMG", "REF", "PER"]
        for segment_id in ("N3", "N4", "DMG"):
            if subscriber.find(segment_id) is None:
                later = order[order.index(segment_id) + 1 :]
                behind = [each.number for each in subscriber.segments if each.id in later]
                said = f"{segment_id} must be there when the patient is the subscriber (SBR02 = 18)"
                self._needs(subscriber, min([*behind, after]), segment_id, said)

    def _claim(self, loop: Loop, end: int) -> None:
        if not loop.texts or not loop.texts[0].startswith("CLM"):
            return
        marks = loop.frame.delimiters
        first: dict[str, Segment] = {}
        for index, text in enumerate(loop.texts):
            key = text[:6]
            if key not in first and text[:3] in ("CLM", "REF", "DTP", "AMT", "HI*", f"HI{marks.element}"):
                first[key] = loop.segment_at(index)
        clm = first[loop.texts[0][:6]]
        after = min((each.number for each in loop.loops), default=end)
        self._frequency(loop, clm, first, after)
        self._accident(loop, clm, first, after)
        self._paid_by_patient(loop, clm, first)
        diagnoses = self._diagnoses(loop)
        self._payers(loop, end)
        self._lines(loop, diagnoses)
        self._rendering(loop, after, end)

    def _key(self, loop: Loop, segment_id: str, qualifier: str) -> str:
        return f"{segment_id}{loop.frame.delimiters.element}{qualifier}"[:6]

    def _frequency(self, loop: Loop, clm: Segment, first: dict[str, Segment], after: int) -> None:
        """REF*F8 goes with a replacement or void, and with nothing else."""
        code = clm.get(5, 3)
        reference = first.get(self._key(loop, "REF", "F8"))
        if code in ("7", "8") and reference is None:
            said = f"REF*F8 (the payer's claim number) must be there when CLM05-3 is {code}"
            self._needs(loop, self._behind(loop, "REF", after), "REF", said)
        elif code == "1" and reference is not None:
            said = "REF*F8 must not be there when CLM05-3 is 1 (an original claim)"
            self._say(loop, reference, SEGMENT_CODES["I9"], "IK3 I9", said)

    def _behind(self, loop: Loop, segment_id: str, after: int) -> int:
        """Number of the first own segment that stands behind all places of this id in the guide."""
        ranks = {each.number: each.rank for each in loop.node.segments()}
        rank = max(each.rank for each in loop.node.segments() if each.id == segment_id)
        own = [loop.place(at)[0] for at, number in enumerate(loop.nodes) if ranks.get(number, -1) > rank]
        return min([*own, after])

    def _accident(self, loop: Loop, clm: Segment, first: dict[str, Segment], after: int) -> None:
        causes = [code for code in (clm.get(11, 1), clm.get(11, 2)) if code]
        if "AA" in causes and not clm.get(11, 4) and not clm.get(11, 5):
            self._element(loop, clm, "11-4", "I9", "must name the state of an auto accident")
        if {"AA", "OA"} & set(causes) and self._key(loop, "DTP", "439") not in first:
            said = "DTP*439 (date of the accident) must be there with CLM11 AA or OA"
            self._needs(loop, self._behind(loop, "DTP", after), "DTP", said)

    def _paid_by_patient(self, loop: Loop, clm: Segment, first: dict[str, Segment]) -> None:
        amount = first.get(self._key(loop, "AMT", "F5"))
        if amount is None:
            return
        try:
            more = cents(amount.get(2)) > cents(clm.get(2))
        except ValueError:
            return
        if more:
            self._element(loop, amount, "02", "7", "is more than the claim's total (CLM02)")

    def _diagnoses(self, loop: Loop) -> int:
        """One principal diagnosis, in the first place; none twice. Returns how many there are."""
        total = 0
        for segment in loop.find_all("HI"):
            if segment.get(1, 1) not in ("ABK", "BK"):
                continue
            seen: set[str] = set()
            for at in range(1, len(segment.elements)):
                kind, code = segment.get(at, 1), segment.get(at, 2)
                if not code:
                    continue
                total += 1
                if kind in ("BK", "BF") and self.day >= ICD10_SINCE:
                    said = "names ICD-9, which ended with services of 2015-10-01"
                    self._element(loop, segment, f"{at:02d}-1", "7", said, snip=5)
                if code in seen:
                    self._element(loop, segment, f"{at:02d}-2", "7", "is a diagnosis that stands there already")
                seen.add(code)
        return total

    def _payers(self, loop: Loop, end: int) -> None:
        """Each payer of a claim has another place in their order (SBR01); U may come again."""
        subscriber = loop.above("2000B")
        sbr = subscriber.find("SBR") if subscriber else None
        seen = {sbr.get(1)} if sbr else set()
        others = [each for each in loop.loops if each.node.id == "2320"]
        if sbr is not None and sbr.get(1) in ("S", "T") and not others:
            rank = next(item.rank for item in loop.node.loops() if item.id == "2320")
            number = min((each.number for each in loop.loops if each.node.rank > rank), default=end)
            said = "2320 (the payer before) must be there when SBR01 is S or T"
            self._needs(loop, number, "SBR", said, loop="2320")
        for other in others:
            place = other.head
            if place.get(1) in seen and place.get(1) != "U":
                self._element(other, place, "01", "7", "is the place of another payer of this claim already")
            seen.add(place.get(1))
        if not others:
            return
        ids = {name.get(9) for other in others if (names := other.loop("2330B")) and (name := names.find("NM1"))}
        for line in loop.loops:
            if line.node.id != "2400":
                continue
            for answer in line.loops:
                if answer.node.id == "2430" and (svd := answer.head).get(1) not in ids:
                    self._element(answer, svd, "01", "7", "names a payer that no loop 2330B of the claim names")
        self._other_payers(loop, others, end)

    def _other_payers(self, loop: Loop, others: list[Loop], end: int) -> None:
        lines = [each for each in loop.loops if each.node.id == "2400"]
        for other in others:
            names = other.loop("2330B")
            name = names.find("NM1") if names else None
            payer = name.get(9) if name else ""
            answered = [
                line for line in lines if any(a.node.id == "2430" and a.head.get(1) == payer for a in line.loops)
            ]
            if names is not None and answered and (day := names.find("DTP", "573")):
                said = "DTP*573 stands with the lines (2430) when the payer gave them"
                self._say(names, day, SEGMENT_CODES["I9"], "IK3 I9", said)
            if names is not None and not answered and other.find("AMT", "D") and not names.find("DTP", "573"):
                said = "DTP*573 (when this payer decided) must be there, here or with the lines (2430)"
                after = min(
                    (each.number for each in [*other.loops, *loop.loops] if each.number > names.number), default=end
                )
                behind = [each.number for each in names.segments if each.id == "REF"]
                self._needs(names, min([*behind, after]), "DTP", said)
            left = other.find("AMT", "EAF")
            on_lines = any(a.find("AMT", "EAF") for line in answered for a in line.loops if a.node.id == "2430")
            if left is not None and on_lines:
                said = "AMT*EAF stands with the claim or with the lines (2430), never with both (RFI 1391)"
                self._say(other, left, SEGMENT_CODES["I9"], "IK3 I9", said)
            if (bypass := other.find("AMT", "A8")) and (other.find("AMT", "D") or other.find("CAS")):
                said = "AMT*A8 says that this payer was not billed: then no AMT*D and no CAS"
                self._say(other, bypass, SEGMENT_CODES["I9"], "IK3 I9", said)

    def _lines(self, loop: Loop, diagnoses: int) -> None:
        counted = 0
        sent = ""
        root = loop.above("ST_LOOP")
        if root is not None and (bht := root.find("BHT")):
            sent = bht.get(4)
        for line in loop.loops:
            if line.node.id != "2400":
                continue
            counted += 1
            lx = line.head
            if lx.id == "LX" and lx.get(1) != str(counted):
                self._element(line, lx, "01", "7", f"counts the claim's lines from 1: {counted} is next")
            service = line.find("SV1")
            if service is not None:
                self._service(line, service, diagnoses)
            day = line.find("DTP", "472")
            if day is not None and len(sent) == 8 and is_date(day.get(3)[-8:]) and day.get(3)[-8:] > sent:
                said = "DTP03 is a day of service after the day of the file (BHT04)"
                self._say(line, day, "future_date", "", said, "03")

    def _service(self, line: Loop, service: Segment, diagnoses: int) -> None:
        seen: set[str] = set()
        for at, pointer in enumerate(service.components(7), start=1):
            if pointer.isascii() and pointer.isdigit() and pointer:
                if diagnoses and not 1 <= int(pointer) <= diagnoses:
                    said = f"points at diagnosis {int(pointer)}, the claim has {diagnoses}"
                    self._element(line, service, f"07-{at}", "7", said)
                elif pointer in seen:
                    self._element(
                        line, service, f"07-{at}", "7", "points at a diagnosis that the line points at already"
                    )
            seen.add(pointer)
        if service.get(1, 2) in UNLISTED and not service.get(1, 7):
            self._element(line, service, "01-7", "I9", "must describe a service that has no code of its own")

    def _rendering(self, loop: Loop, after: int, end: int) -> None:
        """A group names who rendered, with the claim or with each line; who bills in the own name leaves it out."""
        rendering = loop.loop("2310B")
        above = loop.above("2000A")
        billing = above.loop("2010AA") if above else None
        mine = rendering.find("NM1") if rendering else None
        other = billing.find("NM1") if billing else None
        if other is None:
            return
        if rendering is None:
            lines = [each for each in loop.loops if each.node.id == "2400"]
            if other.get(2) == "2" and lines and not all(line.loop("2420A") for line in lines):
                place = next((item for item in loop.node.loops() if item.id == "2310B"), None)
                rank = place.rank if place else 0
                number = min((each.number for each in loop.loops if each.node.rank > rank), default=end)
                said = "2310B (rendering provider) must be there when a group bills, or 2420A on every line"
                self._needs(loop, number, "NM1", said, loop="2310B")
        elif mine is not None and mine.get(8) == "XX" and mine.get(9) == other.get(9):
            said = "rendering provider is the billing provider (same NPI): leave the loop out"
            self._say(rendering, mine, SEGMENT_CODES["I9"], "IK3 I9", said, severity="warn")

    # ---- 835 ---------------------------------------------------------------------------------------------------------

    def _payee(self, loop: Loop, _end: int) -> None:
        root = loop.parent
        if root is None:
            return
        produced = root.find("DTM", "405")
        bpr = root.find("BPR")
        self.day = (produced.get(2) if produced else "") or (bpr.get(16) if bpr else "")

    def _payment(self, loop: Loop, _end: int) -> None:
        parts = loop.texts[0].split(loop.frame.delimiters.element) if loop.texts else [""]
        if parts[0] != "CLP" or len(parts) < 5:
            return
        if parts[3].startswith("-") and parts[2] != "22":
            said = "is negative, which only a reversal (CLP02 = 22) is"
            self._element(loop, loop.head, "03", "7", said)
        elif parts[2] == "22" and parts[3] not in ("", "0") and not parts[3].startswith("-"):
            said = "of a reversal (CLP02 = 22) is the original charge with the other sign"
            self._element(loop, loop.head, "03", "7", said)
        if (remarks := loop.find("MOA")) and loop.find("MIA"):
            said = "MOA (outpatient) and MIA (inpatient) are not of one claim"
            self._say(loop, remarks, SEGMENT_CODES["I9"], "IK3 I9", said)
        if len(parts) > 5 and parts[5]:
            self._responsibility(loop, parts)

    def _responsibility(self, loop: Loop, parts: list[str]) -> None:
        """CLP05 is what the patient owes by the file's own adjustments; payers err, so it is a warning."""
        start = f"CAS{loop.frame.delimiters.element}PR"
        total = 0
        try:
            said_cents = cents(parts[5])
            for owner in (loop, *loop.loops):
                for text in owner.texts:
                    if text.startswith(start):
                        total += sum(map(cents, filter(None, text.split(loop.frame.delimiters.element)[3::3])))
        except ValueError:
            return
        if total != said_cents:
            said = "CLP05 is not the sum of the PR adjustments of claim and lines"
            self._say(loop, loop.head, "patient_responsibility", "", said, "05", severity="warn", snip=3)

    # ---- 277CA -------------------------------------------------------------------------------------------------------

    def _status(self, loop: Loop, _end: int) -> None:
        """Accepted or rejected (STC03) goes with the category (STC01-1)."""
        if loop.node.id == "2220D":  # a line is only ever rejected, which its codes say
            return
        for segment in loop.find_all("STC"):
            action, category = segment.get(3), segment.get(1, 1)
            if (action == "WQ" and category in REJECTING) or (action == "U" and category in ("A0", "A1", "A2", "A5")):
                said = f"STC03 {action} and category {category} do not go together"
                self._say(loop, segment, "status_conflict", "", said, "03", severity="warn")

    # ---- transactions ------------------------------------------------------------------------------------------------

    def transaction(self, transaction: Transaction) -> None:
        """A transaction that ended."""
        if 4 in self.types and transaction.kind == "835":
            self._payment_header(transaction.root)
        self.day = ""

    def _payment_header(self, root: Loop) -> None:
        bpr, trn = root.find("BPR"), root.find("TRN")
        if bpr is None:
            return
        if bpr.get(2).startswith("-"):
            self._element(root, bpr, "02", "7", "is negative; what cannot be paid is carried forward (PLB FB)")
        if bpr.get(3) == "D":
            said = "BPR03 takes money back (D) instead of paying"
            self._say(root, bpr, "debit", "", said, "03", severity="warn")
        if trn is not None and bpr.get(10) and trn.get(3) != bpr.get(10):
            self._element(root, trn, "03", "7", "is the payer's number as in BPR10")
        if bpr.get(4) == "NON" and bpr.get(2).strip("0.") not in ("", "-"):
            self._element(root, bpr, "04", "7", "is NON (no payment), but BPR02 is not 0")
