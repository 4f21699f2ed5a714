"""TA1, 999 and 277CA for people: what was accepted, what was not, and where it went wrong."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from claimloom.x12.guides import labels
from claimloom.x12.guides.verdicts import verdict
from claimloom.x12.reading.document import Loop, Segment, Transaction
from claimloom.x12.showing.rows import Row, day, member, money, name_of, npi_of, spoken
from claimloom.x12.showing.tree import head

WORDS: Final = {
    "accepted": ("accepted", "good"),
    "rejected": ("rejected", "bad"),
    "conflict": ("contradicts itself: neither accepted nor rejected", "bad"),
}


def _tone(code: str) -> str:
    return "good" if code == "A" else "bad" if code in ("R", "M", "W", "X") else "warn"


def interchange_answer(segment: Segment) -> Iterator[Row]:
    """A TA1."""
    code = segment.get(4)
    note = "" if segment.get(5) in ("", "000") else f": {labels.NOTES.get(segment.get(5), '')} (note {segment.get(5)})"
    sent = day(f"20{segment.get(2)}") if len(segment.get(2)) == 6 else segment.get(2)
    said = labels.ANSWERS.get(code, f"code {code}")
    yield Row(0, f"TA1 for interchange {segment.get(1)} of {sent}: {said}{note}", (), _tone(code))


def answer(transaction: Transaction, *, show_phi: bool) -> Iterator[Row]:
    """A 999."""
    root = transaction.root
    ak1, ak9 = root.find("AK1"), root.find("AK9")
    code = ak9.get(1) if ak9 else ""
    verdict = labels.ANSWERS.get(code, f"code {code}" if code else "no verdict")
    group = f"group {ak1.get(2)} ({ak1.get(1)})" if ak1 else "a group that is not named"
    why = _reasons(ak9, range(5, 10), labels.GROUP_ERRORS) if ak9 else ""
    yield Row(0, f"999 for {group}: {verdict}{why}", (), "title")
    if ak9 is not None:
        counts = f"{ak9.get(4)} of {ak9.get(3)} received, {ak9.get(2)} announced"
        yield Row(1, f"accepted {counts}", (), _tone(code))
    for each in root.all("2000"):
        ak2, ik5 = each.find("AK2"), each.find("IK5")
        its = ik5.get(1) if ik5 else ""
        name = f"{ak2.get(1)} {ak2.get(2)}" if ak2 else "transaction set"
        why = _reasons(ik5, range(2, 7), labels.SET_ERRORS) if ik5 else ""
        yield Row(1, f"{name}: {labels.ANSWERS.get(its, 'as its group')}{why}", (), _tone(its) if its else "")
        for error in each.all("2100"):
            yield from _error(error, show_phi=show_phi)


def _reasons(segment: Segment, places: range, words: dict[str, str]) -> str:
    codes = [segment.get(at) for at in places if segment.get(at)]
    return f" ({', '.join(words.get(code, code) for code in codes)})" if codes else ""


def _error(loop: Loop, *, show_phi: bool) -> Iterator[Row]:
    ik3 = head(loop)
    code = ik3.get(4)
    where = f" in loop {ik3.get(3)}" if ik3.get(3) else ""
    said = labels.SEGMENT_ERRORS.get(code, f"error {code}")
    claims = [each.get(1, 2) for each in loop.find_all("CTX") if each.get(1, 1) == "CLM01"]
    about = f", claim {claims[0]}" if claims else ""
    yield Row(2, f"segment {ik3.get(2)} {ik3.get(1)}{where}: {said} (IK3 {code}){about}", (), "bad")
    for element in loop.all("2110"):
        ik4 = head(element)
        place = f"{ik4.get(1, 1).zfill(2)}{f'-{ik4.get(1, 2)}' if ik4.get(1, 2) else ''}"
        wrong = labels.ELEMENT_ERRORS.get(ik4.get(3), f"error {ik4.get(3)}")
        value = f", it was {ik4.get(4)}" if ik4.get(4) and show_phi else ""
        yield Row(3, f"element {place}: {wrong} (IK4 {ik4.get(3)}){value}")


def statuses(transaction: Transaction, *, show_phi: bool) -> Iterator[Row]:
    """A 277CA."""
    root = transaction.root
    if not root.all("2000A"):
        yield Row(0, "277CA without a level that says who answers", (), "title")
    for source in root.all("2000A"):
        name = spoken(source.loop("2100A"), show_phi=show_phi)
        bht = root.find("BHT")
        yield Row(0, f"277CA by {name or 'nobody named'}{f' of {day(bht.get(4))}' if bht else ''}", (), "title")
        for receiver in source.all("2000B"):
            trace = receiver.loop("2200B")
            batch = trace.find("TRN") if trace else None
            yield Row(1, f"batch {batch.get(2) if batch else 'not named'}")
            yield from _said(trace, 2, show_phi=show_phi)
            for provider in receiver.all("2000C"):
                names = provider.loop("2100C")
                who = names.find("NM1") if names else None
                yield Row(2, f"provider {name_of(who, show_phi=show_phi)}{npi_of(who)}")
                yield from _said(provider.loop("2200C"), 3, show_phi=show_phi)
                for patient in provider.all("2000D"):
                    yield from _patient(patient, show_phi=show_phi)


def _patient(patient: Loop, *, show_phi: bool) -> Iterator[Row]:
    names = patient.loop("2100D")
    name = names.find("NM1") if names else None
    for claim in patient.all("2200D"):
        trace, number = claim.find("TRN"), claim.find("REF", "1K")
        lines = claim.all("2220D")
        stcs = [each for loop in (claim, *lines) for each in loop.find_all("STC")]
        said = verdict((each.get(3), each.get(at, 1)) for each in stcs for at in (1, 10, 11) if each.get(at))
        word, tone = WORDS[said] if stcs else ("no word", "warn")
        icn = f", payer's number {number.get(2)}" if number else ""
        yield Row(3, f"{trace.get(2) if trace else 'claim not named'}: {word}{icn}", (), tone)
        yield Row(4, f"patient {name_of(name, show_phi=show_phi)}{member(name, show_phi=show_phi)}", (), "faint")
        yield from _said(claim, 4, show_phi=show_phi)
        for line in lines:
            reference = line.find("REF", "FJ")
            yield Row(4, f"line {reference.get(2) if reference else head(line).get(1, 2)}")
            yield from _said(line, 5, show_phi=show_phi)


def _said(loop: Loop | None, depth: int, *, show_phi: bool) -> Iterator[Row]:
    for segment in loop.find_all("STC") if loop else []:
        tone = "bad" if segment.get(3) == "U" else ""
        amount = f", {money(segment.get(4))}" if segment.get(4) else ""
        for place in (1, 10, 11):
            category, code, entity = (segment.get(place, part) for part in (1, 2, 3))
            if not category and not code:
                continue
            meaning = labels.categories().get(category, "")
            detail = labels.statuses().get(code, "")
            who = f" of {entity}" if entity else ""
            said = f"{category}:{code}{who} {'; '.join(filter(None, (meaning, detail)))}".rstrip()
            yield Row(depth, f"{said}{amount if place == 1 else ''}", (), tone)
        if segment.get(12) and show_phi:
            yield Row(depth, f"says: {segment.get(12)}")
