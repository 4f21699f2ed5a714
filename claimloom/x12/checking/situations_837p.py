"""Situational rules of the 837P (005010X222A1): who is who, other payers, accidents, lines."""

from __future__ import annotations

import re
from collections.abc import Container
from itertools import pairwise
from typing import Final

from claimloom.reference.addresses import is_mailbox
from claimloom.x12.checking.situation import Rules
from claimloom.x12.guides.findings import SEGMENT_CODES
from claimloom.x12.guides.kinds import UNLISTED
from claimloom.x12.guides.text import cents
from claimloom.x12.guides.values import is_date
from claimloom.x12.reading.document import Loop, Segment

ICD10_SINCE: Final = "20151001"
# Keys of what was found right before and need not be looked at again; real files have some dozens.
REMEMBERED: Final = 10_000
MOST_NUMBERS: Final = 100_000
# How HCPCS writes a code: level I (CPT) in five digits, or four and the letter of a category; level II a letter first.
HCPCS: Final = re.compile(r"[0-9]{4}[0-9AFMTU]|[A-Z][0-9]{4}", re.ASCII)


class ClaimRules(Rules):
    """Loops 2010AA to 2430."""

    right_pointers: set[tuple[str, int]]
    right_lists: dict[str, int]
    numbers: set[int]

    # ---- subscriber and patient --------------------------------------------------------------------------------------

    def _sent(self, loop: Loop, _end: int) -> None:
        """Behind the receiver the header is complete: code lists are looked at on the day of the file (BHT04)."""
        if loop.parent is not None:
            day = self._at(self._row(loop.parent, f"BHT{loop.frame.delimiters.element}"), 4)
            self.day = day if len(day) == 8 and is_date(day) else ""

    def _billing_provider(self, loop: Loop, _end: int) -> None:
        """The street of the billing provider is no post office box (RFI 1451)."""
        street = self._row(loop, f"N3{loop.frame.delimiters.element}")
        if is_mailbox(self._at(street, 1)):
            said = "is a post office box; the billing provider's street belongs here, the box into 2010AB"
            self._say(loop, loop.find("N3"), "post_office_box", "", f"N301 {said}", "01")

    def _subscriber(self, loop: Loop, end: int) -> None:
        """Subscriber and patient: who is who says SBR02."""
        sbr = self._row(loop, f"SBR{loop.frame.delimiters.element}")
        names = {each.node.id: each for each in loop.loops}
        below = set(names)
        if loop.dropped and loop.frame.grammar:
            below |= {loop.frame.grammar.loops[each].id for each in loop.dropped}
        patient, claims = "2000C" in below, "2300" in below
        if not patient and not claims:
            said = "loop 2000B has neither a claim (2300) nor a patient (2000C) below it"
            self._needs(loop, end, "CLM", said, loop="2300")
        if sbr is None:
            return
        own = self._at(sbr, 2) == "18"
        wrong: list[tuple[str, str, str]] = []
        if own and patient:
            wrong.append(("02", "I13", "is 18 (the patient is the subscriber), but a patient (2000C) follows"))
        elif not own and claims:
            wrong.append(("02", "I9", "must be 18 when claims stand under the subscriber"))
        if self._at(sbr, 3) and self._at(sbr, 4):
            wrong.append(("04", "I13", "is used only without a group number (SBR03)"))
        primary, why = self._at(sbr, 1) == "P", self._at(sbr, 5)
        if why and primary:
            wrong.append(("05", "I13", "is used only when Medicare is not the primary payer"))
        elif not why and not primary and self._at(sbr, 9) == "MB":
            wrong.append(("05", "I9", "must say why Medicare is not the primary payer"))
        segment = loop.find("SBR") if wrong else None
        for element, ack, said in wrong:
            assert segment is not None
            self._element(loop, segment, element, ack, said)
        if subscriber := names.get("2010BA"):
            self._subscriber_name(loop, subscriber, own=own, end=end)

    def _subscriber_name(self, loop: Loop, subscriber: Loop, *, own: bool, end: int) -> None:
        mark = loop.frame.delimiters.element
        name = self._row(subscriber, f"NM1{mark}")
        if name is not None and self._at(name, 2) == "1" and not self._at(name, 9):
            self._element(subscriber, subscriber.head, "09", "I9", "must be there when the subscriber is a person")
        if not own:
            return
        there = {text[:3] for text in subscriber.texts}
        missing = [each for each in ("N3", "N4", "DMG") if f"{each}{mark}"[:3] not in there]
        if not missing:
            return
        after = min((each.number for each in loop.loops if each.number > subscriber.number), default=end)
        order = ["NM1", "N3", "N4", "DMG", "REF", "PER"]
        for segment_id in missing:
            later = order[order.index(segment_id) + 1 :]
            behind = [each.number for each in subscriber.segments if each.id in later]
            said = f"{segment_id} must be there when the patient is the subscriber (SBR02 = 18)"
            self._needs(subscriber, min([*behind, after]), segment_id, said)

    def _patient(self, loop: Loop, _end: int) -> None:
        """The number of a property and casualty claim stands with the patient or with the subscriber, not with both."""
        start = f"REF{loop.frame.delimiters.element}Y4{loop.frame.delimiters.element}"
        name = loop.loop("2010CA")
        subscriber = loop.parent.loop("2010BA") if loop.parent else None
        if name is None or subscriber is None or self._row(subscriber, start) is None:
            return
        # told of the subscriber's, which is the one that has to go: the claim is the patient's
        if self._row(name, start) is not None:
            said = "REF*Y4 stands in 2010BA or in 2010CA (where the patient is), never in both"
            self._say(subscriber, subscriber.find("REF", "Y4"), SEGMENT_CODES["I9"], "IK3 I9", said)

    # ---- the claim ---------------------------------------------------------------------------------------------------

    def _claim(self, loop: Loop, end: int) -> None:
        if not loop.texts or not loop.texts[0].startswith("CLM"):
            return
        mark, component = loop.frame.delimiters.element, loop.frame.delimiters.component
        keys = {text[:7] for text in loop.texts}
        clm = loop.texts[0].split(mark)
        place = self._at(clm, 5).split(component)
        frequency = place[2] if len(place) > 2 else ""
        after = loop.loops[0].number if loop.loops else end
        self._frequency(loop, frequency, after, sent=f"REF{mark}F8{mark}" in keys)
        if self._at(clm, 11):
            self._accident(loop, loop.head, after, dated=self._row(loop, f"DTP{mark}439{mark}") is not None)
        if f"AMT{mark}F5{mark}" in keys:
            self._paid_by_patient(loop, clm)
        lines = [each for each in loop.loops if each.node.id == "2400"]
        self._payers(loop, lines, end)
        self._lines(loop, lines, self._diagnoses(loop))
        self._rendering(loop)
        self._number(loop, clm, frequency)

    def _number(self, loop: Loop, clm: list[str], frequency: str) -> None:
        """An answer names a claim by CLM01: two of a file under one number cannot be told apart.

        A void and what takes its place may have the same. Of very many claims the first are compared.
        """
        key = hash((clm[1] if len(clm) > 1 else "", frequency))
        if key in self.numbers and self._at(clm, 1):
            said = "CLM01 stands in the interchange before: answers to the two claims cannot be told apart"
            self._say(loop, loop.head, "duplicate_claim_number", "", said, "01", severity="warn")
        elif len(self.numbers) < MOST_NUMBERS:
            self.numbers.add(key)

    def _frequency(self, loop: Loop, code: str, after: int, *, sent: bool) -> None:
        """REF*F8 goes with a replacement or void, and with nothing else."""
        if code in ("7", "8") and not sent:
            said = f"REF*F8 (the payer's claim number) must be there when CLM05-3 is {code}"
            self._needs(loop, self._behind(loop, "REF", after), "REF", said)
        elif code == "1" and sent:
            said = "REF*F8 must not be there when CLM05-3 is 1 (an original claim)"
            self._say(loop, loop.find("REF", "F8"), SEGMENT_CODES["I9"], "IK3 I9", said)

    def _behind(self, loop: Loop, segment_id: str, after: int) -> int:
        """Number of the first own segment that stands behind all places of this id in the guide."""
        ranks = {each.number: each.rank for each in loop.node.segments()}
        rank = max(each.rank for each in loop.node.segments() if each.id == segment_id)
        own = [loop.place(at)[0] for at, number in enumerate(loop.nodes) if ranks.get(number, -1) > rank]
        return min([*own, after])

    def _accident(self, loop: Loop, clm: Segment, after: int, *, dated: bool) -> None:
        causes = {clm.get(11, 1), clm.get(11, 2)}
        if "AA" in causes and not clm.get(11, 4) and not clm.get(11, 5):
            self._element(loop, clm, "11-4", "I9", "must name the state of an auto accident")
        if {"AA", "OA"} & causes and not dated:
            said = "DTP*439 (date of the accident) must be there with CLM11 AA or OA"
            self._needs(loop, self._behind(loop, "DTP", after), "DTP", said)

    def _paid_by_patient(self, loop: Loop, clm: list[str]) -> None:
        amount = loop.find("AMT", "F5")
        try:
            more = amount is not None and cents(amount.get(2)) > cents(self._at(clm, 2))
        except ValueError:  # said by the check of values
            return
        if more and amount is not None:
            self._element(loop, amount, "02", "7", "is more than the claim's total (CLM02)")

    def _diagnoses(self, loop: Loop) -> int:
        """One principal diagnosis, in the first place; none twice. Returns how many there are."""
        marks = loop.frame.delimiters
        total = 0
        for index, text in enumerate(loop.texts):
            if not text.startswith("HI"):
                continue
            known = self.right_lists.get(text)
            if known is None:
                parts = [each.split(marks.component) for each in text.split(marks.element)[1:]]
                if not parts or parts[0][0] not in ("ABK", "BK"):
                    continue
                before = len(parts)
                codes = [each[1] if len(each) > 1 else "" for each in parts]
                known = sum(bool(each) for each in codes)
                right = known == before == len(set(codes)) and not any(each[0] in ("BK", "BF") for each in parts)
                if not right:
                    self._wrong_diagnoses(loop, loop.segment_at(index))
                elif len(self.right_lists) < REMEMBERED:
                    self.right_lists[text] = known
            total += known
        return total

    def _wrong_diagnoses(self, loop: Loop, segment: Segment) -> None:
        seen: set[str] = set()
        for at in range(1, len(segment.elements)):
            kind, code = segment.get(at, 1), segment.get(at, 2)
            if kind in ("BK", "BF") and self.day >= ICD10_SINCE:
                said = "names ICD-9, which ended with services of 2015-10-01"
                self._element(loop, segment, f"{at:02d}-1", "7", said, snip=5)
            if code and code in seen:
                self._element(loop, segment, f"{at:02d}-2", "7", "is a diagnosis that stands there already")
            seen.add(code)

    # ---- other payers ------------------------------------------------------------------------------------------------

    def _payers(self, loop: Loop, lines: list[Loop], end: int) -> None:
        """Each payer of a claim has another place in their order (SBR01); U may come again."""
        others = [each for each in loop.loops if each.node.id == "2320"]
        subscriber = loop.above("2000B")
        sbr = self._row(subscriber, f"SBR{loop.frame.delimiters.element}") if subscriber else None
        mine = self._at(sbr, 1)
        if mine in ("S", "T") and not others:
            rank = next(item.rank for item in loop.node.loops() if item.id == "2320")
            number = min((each.number for each in loop.loops if each.node.rank > rank), default=end)
            said = "2320 (the payer before) must be there when SBR01 is S or T"
            self._needs(loop, number, "SBR", said, loop="2320")
        if not others:
            return
        seen = {mine}
        for other in others:
            place = other.head
            if place.get(1) in seen and place.get(1) != "U":
                self._element(other, place, "01", "7", "is the place of another payer of this claim already")
            seen.add(place.get(1))
        ids = {name.get(9) for other in others if (names := other.loop("2330B")) and (name := names.find("NM1"))}
        for line in lines:
            for answer in line.loops:
                if answer.node.id == "2430" and (svd := answer.head).get(1) not in ids:
                    self._element(answer, svd, "01", "7", "names a payer that no loop 2330B of the claim names")
        answered: set[str] = set()
        owed: set[str] = set()
        for line in lines:
            for answer in line.loops:
                if answer.node.id == "2430":
                    answered.add(answer.head.get(1))
                    if answer.find("AMT", "EAF"):
                        owed.add(answer.head.get(1))
        behind = {one.number: two.number for one, two in pairwise(loop.loops)}
        for other in others:
            self._other_payer(other, answered, owed, behind.get(other.number, end))

    def _other_payer(self, other: Loop, answered: Container[str], owed: Container[str], end: int) -> None:
        """What stands with the claim and what with the lines, and what not when this payer was not billed.

        ``answered`` are the payers with answers to lines (2430), ``owed`` those with AMT*EAF there.
        """
        names = other.loop("2330B")
        name = names.find("NM1") if names else None
        payer = name.get(9) if name else ""
        answers = payer in answered
        decided = names.find("DTP", "573") if names else None
        if names is not None and answers and decided is not None:
            said = "DTP*573 stands with the lines (2430) when the payer gave them"
            self._say(names, decided, SEGMENT_CODES["I9"], "IK3 I9", said)
        elif names is not None and not answers and decided is None and other.find("AMT", "D"):
            said = "DTP*573 (when this payer decided) must be there, here or with the lines (2430)"
            later = [each.number for each in other.loops if each.number > names.number]
            behind = [each.number for each in names.segments if each.id == "REF"]
            self._needs(names, min([*behind, *later, end]), "DTP", said)
        left = other.find("AMT", "EAF")
        if left is not None and payer in owed:
            said = "AMT*EAF stands with the claim or with the lines (2430), never with both (RFI 1391)"
            self._say(other, left, SEGMENT_CODES["I9"], "IK3 I9", said)
        if (bypass := other.find("AMT", "A8")) and (other.find("AMT", "D") or other.find("CAS")):
            said = "AMT*A8 says that this payer was not billed: then no AMT*D and no CAS"
            self._say(other, bypass, SEGMENT_CODES["I9"], "IK3 I9", said)

    # ---- lines -------------------------------------------------------------------------------------------------------

    def _lines(self, loop: Loop, lines: list[Loop], diagnoses: int) -> None:
        mark = loop.frame.delimiters.element
        service, day = f"SV1{mark}", f"DTP{mark}472{mark}"
        root = loop.above("ST_LOOP")
        sent = self._at(self._row(root, f"BHT{mark}"), 4) if root else ""
        for counted, line in enumerate(lines, start=1):
            for index, text in enumerate(line.texts):
                if text.startswith(service):
                    self._service(line, index, text.split(mark), diagnoses)
                elif text.startswith(day) and text[-8:] > sent and self._in_future(text.split(mark), sent):
                    said = "DTP03 is a day of service after the day of the file (BHT04)"
                    self._say(line, line.segment_at(index), "future_date", "", said, "03")
            if line.texts and line.texts[0] != f"LX{mark}{counted}" and line.texts[0].startswith(f"LX{mark}"):
                said = f"counts the claim's lines from 1: {counted} is next"
                self._element(line, line.head, "01", "7", said)

    def _in_future(self, parts: list[str], sent: str) -> bool:
        """Whether a DTP has a day, or the end of some days, after that of the file."""
        last = self._at(parts, 3).rpartition("-")[2]
        days = all(len(each) == 8 and is_date(each) for each in (last, sent))
        return days and last > sent and self._at(parts, 2) in ("D8", "RD8")

    def _service(self, line: Loop, index: int, parts: list[str], diagnoses: int) -> None:
        component = line.frame.delimiters.component
        pointers = self._at(parts, 7)
        if (pointers, diagnoses) not in self.right_pointers:
            before = len(pointers)
            seen: set[str] = set()
            right = bool(before)
            for at, pointer in enumerate(pointers.split(component, 4)[:4], start=1):  # a fifth is one too many
                if pointer.isascii() and pointer.isdigit() and len(pointer) <= 2:
                    said = ""
                    if diagnoses and not 1 <= int(pointer) <= diagnoses:
                        said = f"points at diagnosis {int(pointer)}, the claim has {diagnoses}"
                    elif pointer in seen:
                        said = "points at a diagnosis that the line points at already"
                    if said:
                        right = False
                        self._element(line, line.segment_at(index), f"07-{at}", "7", said)
                seen.add(pointer)
            if right and len(self.right_pointers) < REMEMBERED:
                self.right_pointers.add((pointers, diagnoses))
        code = self._at(parts, 1).split(component)
        if len(code) > 1 and code[0] == "HC" and code[1] and not HCPCS.fullmatch(code[1]):
            said = "is not written as a code of HCPCS is: five characters, a letter at one end at most"
            self._element(line, line.segment_at(index), "01-2", "7", said, snip=5)
        if len(code) > 1 and code[1] in UNLISTED and not self._at(code, 6):
            segment = line.segment_at(index)
            self._element(line, segment, "01-7", "I9", "must describe a service that has no code of its own")

    def _rendering(self, loop: Loop) -> None:
        """Who bills in the own name names nobody who rendered. Whether a group has to is the payer's rule, not the
        guide's: suppliers, ambulances and infusion companies bill without.
        """
        start = f"NM1{loop.frame.delimiters.element}"
        rendering = loop.loop("2310B")
        above = loop.above("2000A")
        billing = above.loop("2010AA") if above else None
        mine = self._row(rendering, start) if rendering else None
        other = self._row(billing, start) if billing else None
        if other is None:
            return
        if rendering is not None and self._at(mine, 8) == "XX" and self._at(mine, 9) == self._at(other, 9):
            said = "rendering provider is the billing provider (same NPI): leave the loop out"
            self._say(rendering, rendering.find("NM1"), SEGMENT_CODES["I9"], "IK3 I9", said, severity="warn")
