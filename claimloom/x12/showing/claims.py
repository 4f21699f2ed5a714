"""An 837P for people: who sends what to whom, each claim with its payers and lines, and whether it adds up."""

from __future__ import annotations

from collections.abc import Iterator

from claimloom.x12.checking.balance import claim_imbalances, is_readable
from claimloom.x12.guides import labels
from claimloom.x12.reading.document import Loop, Segment, Transaction
from claimloom.x12.showing.phi import blank
from claimloom.x12.showing.rows import (
    COLUMNS,
    Row,
    adjustments,
    code,
    day,
    member,
    money,
    name_of,
    npi_of,
    procedure,
    quantity,
    spoken,
    total,
    wrong,
)
from claimloom.x12.showing.tree import head
from schemas.money import usd
from schemas.words import counted


def claims(transaction: Transaction, *, show_phi: bool) -> Iterator[Row]:
    """All rows of one ST 837 for professional claims."""
    root = transaction.root
    found = [loop for loop in root.walk() if loop.id == "2300"]
    bht = root.find("BHT")
    batch = f" batch {bht.get(3)} of {day(bht.get(4))}" if bht else ""
    amount = total(head(loop).get(2) for loop in found)
    title = f"837P{batch}: {counted(len(found), 'claim')}{f', {usd(amount)}' if amount is not None else ''}"
    yield Row(0, title, (), "title")
    sender, receiver = (spoken(root.loop(name), show_phi=show_phi) for name in ("1000A", "1000B"))
    yield Row(1, f"from {sender or 'nobody named'} to {receiver or 'nobody named'}")
    balanced = True
    for provider in root.all("2000A"):
        names = provider.loop("2010AA")
        name = names.find("NM1") if names else None
        yield Row(1, f"billing provider {name_of(name, show_phi=show_phi) or 'not named'}{npi_of(name)}")
        if any(loop.id == "2300" for loop in provider.walk()):
            yield Row(2, "Claim", (COLUMNS[0], COLUMNS[2], COLUMNS[3]), "head")
        for subscriber in provider.all("2000B"):
            for level in (subscriber, *subscriber.all("2000C")):
                for claim in level.all("2300"):
                    rows = list(_claim(claim, subscriber, level, show_phi=show_phi))
                    balanced = balanced and not any(row.tone == "bad" for row in rows)
                    yield from rows
    whole = transaction.trailer is not None and all(loop.loop("2400") for loop in found)
    if found and balanced and whole:
        yield Row(1, f"Adds up: {counted(len(found), 'claim')}, each with its lines", (), "good")


def _claim(claim: Loop, subscriber: Loop, level: Loop, *, show_phi: bool) -> Iterator[Row]:
    clm = head(claim)
    sent = code(clm.get(5, 3))
    frequency = labels.FREQUENCY.get(sent, f"frequency {sent}")
    place = code(clm.get(5, 1))
    said = f"{clm.get(1)} {frequency}, place {place} {labels.places().get(place, '')}".rstrip()
    yield Row(2, said, (money(clm.get(2)), "", ""), "claim")
    yield Row(3, _payer(subscriber, show_phi=show_phi))
    yield Row(3, _patient(subscriber, level, show_phi=show_phi), (), "faint")
    codes = [code(segment.get(at, 2)) for segment in claim.find_all("HI") for at in range(1, len(segment.elements))]
    if codes:
        yield Row(3, f"diagnoses {' '.join(filter(None, codes))}")
    for reference, what in (("F8", "replaces the payer's number"), ("G1", "authorization")):
        segment = claim.find("REF", reference)
        if segment is not None:
            shown = segment.get(2) if show_phi or reference == "F8" else blank(segment.get(2))
            yield Row(3, f"{what} {shown}", (), "faint")
    for loop in claim.loops:
        name = loop.find("NM1")
        if loop.id.startswith("2310") and name is not None:
            who = labels.ENTITIES.get(name.get(1), name.get(1))
            yield Row(3, f"{who} {name_of(name, show_phi=show_phi)}{npi_of(name)}", (), "faint")
    for other in claim.all("2320"):
        yield from _paid_before(other)
    for line in claim.all("2400"):
        yield from _line(line)
    yield from wrong(claim_imbalances(claim), 3)
    if not is_readable(claim):
        yield Row(3, "An amount cannot be read, so what it is part of is not added up.", (), "bad")


def _payer(subscriber: Loop, *, show_phi: bool) -> str:
    sbr = subscriber.find("SBR")
    place = labels.PAYER_PLACE.get(sbr.get(1), code(sbr.get(1))) if sbr else "place not given"
    return f"to {spoken(subscriber.loop('2010BB'), show_phi=show_phi) or 'a payer not named'} ({place})"


def _patient(subscriber: Loop, level: Loop, *, show_phi: bool) -> str:
    names = subscriber.loop("2010BA")
    name = names.find("NM1") if names else None
    insured = f"{name_of(name, show_phi=show_phi) or 'not named'}{member(name, show_phi=show_phi)}"
    if level is subscriber:
        return f"patient {insured}{_born(names, show_phi=show_phi)}"
    patient = level.loop("2010CA")
    who = name_of(patient.find("NM1"), show_phi=show_phi) if patient else "not named"
    return f"patient {who}{_born(patient, show_phi=show_phi)}, insured through {insured}"


def _born(names: Loop | None, *, show_phi: bool) -> str:
    dmg = names.find("DMG") if names else None
    if dmg is None or not dmg.get(2):
        return ""
    return f", born {day(dmg.get(2)) if show_phi else blank(day(dmg.get(2)))}"


def _paid_before(other: Loop) -> Iterator[Row]:
    paid = other.find("AMT", "D")
    sbr = head(other)
    place = labels.PAYER_PLACE.get(sbr.get(1), code(sbr.get(1)))
    payer = spoken(other.loop("2330B"), show_phi=False) or "another payer"
    amount = money(paid.get(2)) if paid else ""
    yield Row(3, f"{payer} ({place}) {'paid before' if paid else 'not asked yet'}", ("", "", amount))
    yield from _reasons(other, 4)


def _reasons(loop: Loop, depth: int) -> Iterator[Row]:
    for row in adjustments(loop, depth):
        yield Row(row.depth, row.text, ("", row.amounts[2], ""), row.tone)


def _line(line: Loop) -> Iterator[Row]:
    sv1 = line.find("SV1")
    if sv1 is None:
        return
    when = line.find("DTP", "472")
    what = labels.UNITS.get(sv1.get(3), code(sv1.get(3)))
    if sv1.get(4) == "1":
        what = what.removesuffix("s")
    said = [procedure(sv1, 1), f"{quantity(sv1.get(4))} {what}", day(when.get(3)) if when else "", _points(sv1)]
    yield Row(3, ", ".join(filter(None, said)), (money(sv1.get(2)), "", ""))
    for answer in line.all("2430"):
        svd = head(answer)
        yield Row(4, f"paid by {svd.get(1)}", ("", "", money(svd.get(2))))
        yield from _reasons(answer, 5)


def _points(sv1: Segment) -> str:
    pointers = [code(each) for each in sv1.components(7) if each]
    return f"for {' '.join(pointers)}" if pointers else ""
