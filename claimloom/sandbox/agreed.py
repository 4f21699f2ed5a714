"""What a payer pays by an agreement. Its own arithmetic, written from what contracts and payers' policies say.

Which visit it is the payer counts by itself, among the patient's claims that it has, in the order of their days.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from claimloom.sandbox.agreements import AgreedPart, Agreement
from claimloom.sandbox.claims_in import Filed, FiledService
from claimloom.sandbox.tables import round_cents, unit_price
from claimloom.sandbox.verdict import Terms, Verdict


@dataclass(slots=True)
class _Unit:
    """One unit of a line, and what it is worth."""

    line: int
    cents: int


def by_agreement(
    agreement: Agreement, claim: Filed, wanted: Sequence[int], terms: Terms, claims: Sequence[Filed]
) -> list[Verdict] | None:
    """Verdicts of a claim's lines; None where a line is in no part. ``claims``: all of the patient, with this one."""
    parts = [_part_of(agreement, claim, service, terms) for service in claim.services]
    verdicts = []
    for place, (service, part, count) in enumerate(zip(claim.services, parts, wanted, strict=True)):
        if part is None:
            return None
        alike = [number for number, each in enumerate(parts) if each is part]
        cents = _worth(claim, service, part, count, terms, claims) if part.pays in ("fees", "medicare", "charge") else 0
        if cents is None:
            return None
        if part.pays in ("visit", "case") and place == alike[0]:
            cents = _of_visit(claim, part, terms, claims)
            if not part.over_charge:
                cents = min(cents, sum(claim.services[each].charge for each in alike))
        elif not part.over_charge:
            cents = min(cents, service.charge)
        verdicts.append(Verdict(count, cents, by_month=part.pays == "month"))
    known = [part for part in parts if part is not None]
    _step(claim, known, wanted, verdicts, terms)
    _cap(known, verdicts)
    for service, part, line in zip(claim.services, known, verdicts, strict=True):
        line.allowed = round_cents(line.allowed * Decimal(terms.percent))
        _take(service, part, line, terms)
    return verdicts


def _part_of(agreement: Agreement, claim: Filed, service: FiledService, terms: Terms) -> AgreedPart | None:
    day = terms.as_of or service.day[:8]
    place = terms.place or claim.place
    for part in agreement.parts:
        fits = (
            part.first <= day <= part.last,
            not part.codes or service.code in part.codes.split(),
            not part.places or place in part.places.split(),
            not part.modifiers or set(part.modifiers.split()) & set(service.modifiers),
            part.pays != "fees" or service.code in _fees(part),
        )
        if all(fits):
            return part
    return None


def _fees(part: AgreedPart) -> dict[str, int]:
    pairs = (pair.split("=") for pair in part.fees.split())
    return {code: int(Decimal(dollars) * 100) for code, dollars in pairs}


def _risen(cents: int, part: AgreedPart, day: str, terms: Terms) -> int:
    """With a rise on the day of the agreement and every year after it."""
    start = part.rises_from.replace("-", "")
    if not start or day < start:
        return cents
    years = int(day[:4]) - int(start[:4]) + (1 if day[4:] >= start[4:] else 0)
    rises = max(years - terms.rises_off, 0)
    return round_cents(cents * (1 + Decimal(part.rise)) ** rises)


def _unit_worth(
    claim: Filed, service: FiledService, part: AgreedPart, terms: Terms
) -> tuple[int, int, bool, Decimal] | None:
    """Full and reduced cents of a unit, whether Medicare's reduction concerns it, and its practice expense."""
    day = service.day[:8]
    if part.pays == "fees":
        fee = _risen(_fees(part)[service.code], part, day, terms)
        return fee, fee, False, Decimal(0)
    if part.pays == "charge":
        each = round_cents(Decimal(service.charge) / service.units * Decimal(part.percent))
        return each, each, False, Decimal(0)
    year = str(int(part.year or day[:4]) - terms.years_back)
    price = unit_price(service.code, year, "" if part.nation else (terms.postal or claim.postal)[:5])
    if price is None:
        return None
    full, half = (_risen(round_cents(each * Decimal(part.percent)), part, day, terms) for each in price[:2])
    return full, half, price[2] and part.one_full, price[3]


def _worth(
    claim: Filed, service: FiledService, part: AgreedPart, count: int, terms: Terms, claims: Sequence[Filed]
) -> int | None:
    if part.pays == "charge":
        return round_cents(Decimal(service.charge) * count / service.units * Decimal(part.percent))
    price = _unit_worth(claim, service, part, terms)
    if price is None:
        return None
    full, half, reduced, _ = price
    if not reduced or terms.reduce == "none":
        return full * count
    first = _first_of_day(claim, part, terms, claims) == (claim.number, service.number)
    whole = 1 if first and terms.reduce != "every" else 0
    return whole * full + (count - whole) * half


def _first_of_day(claim: Filed, part: AgreedPart, terms: Terms, claims: Sequence[Filed]) -> tuple[str, str] | None:
    """Claim and line whose one unit is paid in full: the greatest practice expense, then the greatest fee."""
    ladder = []
    for order, each in enumerate(claims):
        for place, service in enumerate(each.services):
            price = _unit_worth(each, service, part, terms) if each.day == claim.day else None
            if price and price[2]:
                ladder.append((price[3], price[0], -order, -place, each.number, service.number))
    return max(ladder)[4:] if ladder else None


def _of_visit(claim: Filed, part: AgreedPart, terms: Terms, claims: Sequence[Filed]) -> int:
    """What the visit brings, whatever was done in it."""
    earlier = [each for each in claims if each.number != claim.number]
    earlier = [each for each in earlier if (each.day, claims.index(each)) < (claim.day, claims.index(claim))]
    if part.pays == "case":
        return _risen(int(Decimal(part.case) * 100), part, claim.day, terms) if not earlier else 0
    digits = 8 if part.count == "day" else 4
    same = [each for each in earlier if each.day[:digits] == claim.day[:digits]]
    dollars = part.visits.split()
    return _risen(int(Decimal(dollars[min(len(same), len(dollars) - 1)]) * 100), part, claim.day, terms)


def _step(
    claim: Filed, parts: Sequence[AgreedPart], wanted: Sequence[int], verdicts: Sequence[Verdict], terms: Terms
) -> None:
    """The dearest unit (or code) in full, the next ones by their shares."""
    units: list[_Unit] = []
    for place, (service, part, count) in enumerate(zip(claim.services, parts, wanted, strict=True)):
        price = _unit_worth(claim, service, part, terms) if part.steps else None
        if price is not None and part.steps_of == "unit":
            units += [_Unit(place, price[0])] * count
        elif price is not None:
            units.append(_Unit(place, price[0] * count))
    if not units:
        return
    shares = [Decimal(each) for each in next(part.steps for part in parts if part.steps).split()]
    sums = dict.fromkeys({unit.line for unit in units}, 0)
    for number, unit in enumerate(sorted(units, key=lambda unit: -unit.cents)):
        sums[unit.line] += round_cents(unit.cents * shares[min(number, len(shares) - 1)])
    for place, cents in sums.items():
        verdicts[place].allowed = cents if parts[place].over_charge else min(cents, claim.services[place].charge)


def _cap(parts: Sequence[AgreedPart], verdicts: Sequence[Verdict]) -> None:
    """No more than the cap for the lines of a part, in their order."""
    left: dict[int, int] = {}
    for part, line in zip(parts, verdicts, strict=True):
        if part.cap:
            most = left.setdefault(id(part), int(Decimal(part.cap) * 100))
            line.allowed = min(line.allowed, most)
            left[id(part)] = most - line.allowed


def _take(service: FiledService, part: AgreedPart, line: Verdict, terms: Terms) -> None:
    """The patient's copay, the assistant's cut, sequestration, and at last what is withheld."""
    line.deductible = min(terms.deductible, line.allowed)
    line.copay = min(terms.copay or 0, line.allowed - line.deductible)
    rest = line.allowed - line.shares
    filed = {"CQ", "CO"} & set(service.modifiers)
    if terms.assistant == "always" or (filed and terms.assistant == "filed"):
        line.assistant = round_cents(rest * (1 - Decimal(part.assistant)))
    if terms.sequester:
        line.sequestration = round_cents((rest - line.assistant) * Decimal(part.sequester))
    line.withheld = round_cents((rest - line.assistant - line.sequestration) * Decimal(part.withhold))
