"""Which line of a claim a line of its answer means: asked in one way by who posts and by who bills the next payer."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from typing import Final, NamedTuple

from schemas.claim import ClaimLine
from schemas.remittance import RemitLine

_Sort = tuple[str, frozenset[str], int]
Decided = Sequence[tuple[int, str]]
"""What people decided: of lines of an answer, numbered from 1, our line control number, or empty for none of ours."""

BY_NUMBER: Final = "its number (REF*6R)"
BY_ALL: Final = "code, modifiers and charge"
BY_CHARGE: Final = "code and charge"
BY_CODE_OR_PLACE: Final = "code, or place and charge"
BY_PART: Final = "code, as a part of the charge"
BY_DECISION: Final = "decision"
NOTHING: Final[Mapping[int, int | None]] = {}
WEIGHTS: Final = {"number": 100, "code": 40, "charge": 30, "modifiers": 10, "units": 10, "date": 10}
"""What speaks for a line, by our weights: our own number is enough, and so is the code with one thing more."""
LEAST: Final = 50
"""A line of less is not taken for ours until a person says so."""
WORTH_A_LOOK: Final = 40
INCLUDED, IN_EXCESS = "97", "94"
"""CARCs of a line that is paid within another one, and of that one."""


class Understood(NamedTuple):
    """The lines of an answer, those apart that the payer made of several of ours (``merged``: places of these): of each
    which line of ours it means, by what, and which one of the answer it is, numbered from 1.

    ``bundled``: places of lines that are paid within one that the payer added, and its code.
    """

    lines: Sequence[RemitLine]
    merged: Sequence[set[int]]
    places: Sequence[int | None]
    ways: Sequence[str]
    numbers: Sequence[int]
    bundled: Sequence[tuple[set[int], str]]


def understood(billed: Sequence[ClaimLine], answered: Sequence[RemitLine], decided: Decided = ()) -> Understood:
    """Which lines of a claim an answer speaks of."""
    numbers: Sequence[int] = range(1, len(answered) + 1)
    ours = {line.line_control_number: place for place, line in enumerate(billed)}
    given = {number - 1: ours.get(to) for number, to in decided if 0 < number <= len(answered)}
    lines: Sequence[RemitLine] = answered
    merged: Sequence[set[int]] = ()
    if len(answered) < len(billed) and answered:
        lines, merged, numbers, given = _taken_apart(billed, answered, given)
    found = matched(billed, lines, given)
    places = [place for place, _ in found]
    bundled: Sequence[tuple[set[int], str]] = ()
    if None in places:
        places, bundled = _added(billed, lines, places, given)
    return Understood(lines, merged, places, [way for _, way in found], numbers, bundled)


def fits(ours: ClaimLine, line: RemitLine) -> list[str]:
    """What of an answered line agrees with one of ours, by the names of ``WEIGHTS``. A day that is not told is that of
    the claim.
    """
    code, marks, charge = _billed_as(line)
    agrees = {
        "number": bool(line.line_control_number) and line.line_control_number == ours.line_control_number,
        "code": code == ours.procedure_code,
        "charge": charge == ours.charge_cents,
        "modifiers": marks == frozenset(ours.modifiers),
        "units": (line.units_submitted or line.units_paid) == str(ours.units),
        "date": line.date_of_service in (None, ours.date_of_service),
    }
    return [name for name, is_so in agrees.items() if is_so]


def score(names: Iterable[str]) -> int:
    """What agrees, in points of 100."""
    return min(sum(WEIGHTS[name] for name in names), 100)


def could_be(billed: Sequence[ClaimLine], line: RemitLine) -> list[tuple[int, list[str]]]:
    """Lines of ours that an answered one may mean, the likeliest first: places, each with what agrees."""
    some = [(place, fits(ours, line)) for place, ours in enumerate(billed)]
    worth = [(place, names) for place, names in some if score(names) >= WORTH_A_LOOK]
    return sorted(worth, key=lambda each: (-score(each[1]), each[0]))


def _added(
    billed: Sequence[ClaimLine],
    lines: Sequence[RemitLine],
    places: Sequence[int | None],
    given: Mapping[int, int | None],
) -> tuple[list[int | None], list[tuple[set[int], str]]]:
    """Of an answer in which the payer added a line that pays for ours (CARC 97 on these): the line is of the first.

    Bundling wants our lines under the new code, with SVC06 (835 guide 1.10.2.6); payers add a line instead, without a
    charge, lifted by OA-94, or with the charges of those that it is for (X12 RFI 2551).
    """
    taken_in = [
        (place, line)
        for place, line in zip(places, lines, strict=True)
        if place is not None and not line.paid_cents and any(part.reason == INCLUDED for part in line.adjustments)
    ]
    charge = sum(line.charge_cents for _, line in taken_in)
    added = [
        number
        for number, (place, line) in enumerate(zip(places, lines, strict=True))
        if place is None and number not in given and taken_in and _pays_for(line, charge)
    ]
    if len(added) != 1:
        return list(places), []
    of = {place for place, _ in taken_in if place is not None}
    found = [min(of) if number == added[0] else place for number, place in enumerate(places)]
    return found, [(of, lines[added[0]].procedure_code)]


def _pays_for(line: RemitLine, charge: int) -> bool:
    lifted = any(
        part.reason == IN_EXCESS and part.amount_cents * (1 if charge < 0 else -1) > 0 for part in line.adjustments
    )
    return not line.submitted_code and (lifted if not line.charge_cents else line.charge_cents == charge)


def match_lines(billed: Sequence[ClaimLine], answered: Sequence[RemitLine]) -> list[int | None]:
    """For each answered line the place of the billed one, or None: it is none of the claim's. One that a payer made of
    several is taken apart before (``parted``).

    Our own number, as the payer echoes it (REF*6R), comes first, for all lines before anything is guessed; several
    answers under one number are parts. Then those that are alike in code, modifiers and charge, again for all, and
    those alike in code and charge, whose modifiers the payer left off. The others share out the lines that are left,
    see ``_Left.likeliest``; what is left over then is a part of a line whose charge is not yet told in full (X12 RFI
    467: a payer splits a line), or one that the payer unbundled of it: the code that was billed is SVC06, and the
    charge 0 (OA-94 says what is paid in excess of that).
    """
    return [place for place, _ in matched(billed, answered)]


def matched(
    billed: Sequence[ClaimLine], answered: Sequence[RemitLine], given: Mapping[int, int | None] = NOTHING
) -> list[tuple[int | None, str]]:
    """The same, each with by what it is meant (``BY_NUMBER`` ...; empty: by nothing). ``given``: by position in the
    answer the places that people decided on, None for no line of ours. What is guessed has to be worth ``LEAST``.
    """
    numbers = {line.line_control_number: place for place, line in enumerate(billed)}
    found = [numbers.get(line.line_control_number) if line.line_control_number else None for line in answered]
    ways = ["" if place is None else BY_NUMBER for place in found]
    for position, place in given.items():
        found[position], ways[position] = place, BY_DECISION
    left = _Left(billed, answered, found)
    guesses = (
        (left.alike, BY_ALL),
        (left.charged, BY_CHARGE),
        (left.likeliest, BY_CODE_OR_PLACE),
        (left.part_of, BY_PART),
    )
    for guess, way in guesses:
        for position, line in enumerate(answered):
            if found[position] is not None or position in given or (place := guess(line, position)) is None:
                continue
            if way is BY_ALL or score(fits(billed[place], line)) >= LEAST:
                found[position], ways[position] = place, way
                left.take(place, line)
    return list(zip(found, ways, strict=True))


def parted(billed: Sequence[ClaimLine], answered: Sequence[RemitLine]) -> tuple[list[RemitLine], list[set[int]]]:
    """The answered lines, of which those that hold several billed ones are taken apart by their charges; and the places
    of these billed lines, so that what was paid of them is compared as one.

    A payer that merges lines tells their charges and units together, without our line number or with that of one.
    """
    if len(answered) >= len(billed) or not answered:
        return list(answered), []
    return _taken_apart(billed, answered, NOTHING)[:2]


def _taken_apart(
    billed: Sequence[ClaimLine], answered: Sequence[RemitLine], given: Mapping[int, int | None]
) -> tuple[list[RemitLine], list[set[int]], list[int], dict[int, int | None]]:
    """The same, with the number in the answer of each line, and ``given`` by where the lines stand now."""
    free = set(range(len(billed))) - set(given.values())
    alone = Counter((line.procedure_code, line.charge_cents) for line in billed)
    codes = Counter(_billed_as(line)[0] for position, line in enumerate(answered) if position not in given)
    made: list[RemitLine] = []
    merged: list[set[int]] = []
    numbers: list[int] = []
    placed: dict[int, int | None] = {}
    for position, line in enumerate(answered):
        code, _, charge = _billed_as(line)
        some = [place for place in sorted(free) if billed[place].procedure_code == code]
        whole = sum(billed[place].charge_cents for place in some)
        if position in given:
            placed[len(made)] = given[position]
            made.append(line)
        elif len(some) > 1 and whole == charge and (code, charge) not in alone and codes[code] == 1:
            free -= set(some)
            merged.append(set(some))
            made += _shared_out(line, [billed[place] for place in some])
        else:
            made.append(line)
        numbers += [position + 1] * (len(made) - len(numbers))
    return made, merged, numbers, placed


def _shared_out(line: RemitLine, over: Sequence[ClaimLine]) -> list[RemitLine]:
    """One answered line as one for each of these, its amounts shared by their charges, to the cent."""
    weights = [each.charge_cents for each in over]
    charges = shares(line.charge_cents, weights, evenly=True)
    paid = shares(line.paid_cents, weights, evenly=True)
    allowed = shares(line.allowed_cents, weights, evenly=True) if line.allowed_cents is not None else [None] * len(over)
    parts = [shares(part.amount_cents, weights, evenly=True) for part in line.adjustments]
    # What the shares of the adjustments miss a line's payment by goes to its last adjustment: the line balances.
    made = []
    for place, each in enumerate(over):
        cents = [shares[place] for shares in parts]
        if cents:
            cents[-1] += charges[place] - paid[place] - sum(cents)
        mine = [
            part.model_copy(update={"amount_cents": amount})
            for part, amount in zip(line.adjustments, cents, strict=True)
        ]
        change = {
            "charge_cents": charges[place],
            "paid_cents": paid[place],
            "allowed_cents": allowed[place],
            "adjustments": mine,
            "units_paid": str(each.units),
            "line_control_number": each.line_control_number,
        }
        made.append(line.model_copy(update=change))
    return made


def shares(cents: int, rooms: Sequence[int], *, evenly: bool = False) -> list[int]:
    """An amount laid on lines in their order, of each at most its room; or evenly, by their rooms, to the last cent.

    What no room takes is in none of the shares.
    """
    whole, before, found = sum(rooms), 0, []
    for done in accumulate(rooms):
        until = cents * done // whole if evenly else min(cents, done)
        found.append(until - before)
        before = until
    return found


class _Left:
    """Billed lines that no answer has yet, by what they are looked for; each look costs the same, however many."""

    def __init__(self, billed: Sequence[ClaimLine], answered: Sequence[RemitLine], found: Sequence[int | None]) -> None:
        self.billed = billed
        self.taken: set[int] = set()
        self.charges = [line.charge_cents for line in billed]
        self._by_code: dict[str, deque[int]] = {}
        self._by_all: dict[_Sort, deque[int]] = {}
        self._by_charge: dict[tuple[str, int], deque[int]] = {}
        self._parted: dict[str, list[int]] = {}
        for place, line in enumerate(billed):
            alike = (line.procedure_code, frozenset(line.modifiers), line.charge_cents)
            self._by_code.setdefault(line.procedure_code, deque()).append(place)
            self._by_all.setdefault(alike, deque()).append(place)
            self._by_charge.setdefault((line.procedure_code, line.charge_cents), deque()).append(place)
        for number, known in enumerate(found):
            if known is not None:
                self.take(known, answered[number])

    def take(self, place: int, line: RemitLine) -> None:
        """The line is answered, as far as its charge goes."""
        if place not in self.taken:
            self._parted.setdefault(self.billed[place].procedure_code, []).append(place)
        self.taken.add(place)
        self.charges[place] -= abs(line.charge_cents)

    def alike(self, line: RemitLine, _position: int) -> int | None:
        """The first with its code, modifiers and charge; a reversal has its charge negated."""
        code, marks, charge = _billed_as(line)
        return self._first(self._by_all.get((code, marks, charge)))

    def charged(self, line: RemitLine, position: int) -> int | None:
        """By code and charge, first at the same place."""
        code, _, charge = _billed_as(line)
        mine = self.billed[position] if self._has(position) else None
        if mine and (mine.procedure_code, mine.charge_cents) == (code, charge):
            return position
        return self._first(self._by_charge.get((code, charge)))

    def likeliest(self, line: RemitLine, position: int) -> int | None:
        """By code, first at the same place; by place and charge, if the code is another."""
        code, _, charge = _billed_as(line)
        if (same_code := self._first(self._by_code.get(code))) is not None:
            return position if self._has(position) and self.billed[position].procedure_code == code else same_code
        return position if self._has(position) and self.billed[position].charge_cents == charge else None

    def part_of(self, line: RemitLine, _position: int) -> int | None:
        """The first of its code of whose charge so much is left; nothing is a part where SVC06 says of what."""
        code, _, charge = _billed_as(line)
        if not charge and not line.submitted_code:
            return None
        return next((place for place in self._parted.get(code, ()) if self.charges[place] >= charge), None)

    def _has(self, place: int) -> bool:
        return place < len(self.billed) and place not in self.taken

    def _first(self, places: deque[int] | None) -> int | None:
        """The first that is left; those before it are let go of."""
        while places and places[0] in self.taken:
            places.popleft()
        return places[0] if places else None


def _billed_as(line: RemitLine) -> _Sort:
    """Code, modifiers and charge as billed: those of SVC06 where the payer paid another code. One without modifiers
    left them off, since ours always have some.
    """
    marks = frozenset(line.submitted_modifiers or line.modifiers)
    return line.submitted_code or line.procedure_code, marks, abs(line.charge_cents)
