"""How a payer tells what it decided: the same money in the many forms that 835s have. Each keeps the balance.

A shape is a name, or ``name:argument``; scenarios list them in the order in which they are to be done.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from claimloom.sandbox.decided import DecidedClaim, DecidedLine

Shape = Callable[[DecidedClaim, str], None]


def apply(paid: DecidedClaim, shape: str) -> None:
    """Do a shape to a claim that was decided."""
    name, _, argument = shape.partition(":")
    SHAPES[name](paid, argument)


def _to_claim(paid: DecidedClaim, argument: str) -> None:
    """Adjustments of a group (``PR``) or of one reason (``CO-253``) stand on the claim, not on its lines."""
    group, _, reason = argument.partition("-")

    def moves(found: tuple[str, str, int]) -> bool:
        return found[0] == group and (not reason or found[1] == reason)

    sums: dict[tuple[str, str], int] = {}
    for line in paid.lines:
        for each in filter(moves, line.cas):
            sums[each[:2]] = sums.get(each[:2], 0) + each[2]
            line.paid += each[2]
        line.cas = [each for each in line.cas if not moves(each)]
    paid.cas += [(*key, amount) for key, amount in sums.items()]


def _rename(paid: DecidedClaim, argument: str) -> None:
    """``CO-45>PI-45``: the same money under another group or reason."""
    old, _, new = argument.partition(">")
    before, after = tuple(old.split("-")), tuple(new.split("-"))

    def renamed(each: tuple[str, str, int]) -> tuple[str, str, int]:
        return (after[0], after[1], each[2]) if each[:2] == before else each

    paid.cas = [renamed(each) for each in paid.cas]
    for line in paid.lines:
        line.cas = [renamed(each) for each in line.cas]


def _take(paid: DecidedClaim, argument: str) -> None:
    """``CO-237 0.09``: that part of what a line was paid is kept back under this reason; a minus gives it more."""
    code, _, part = argument.partition(" ")
    group, _, reason = code.partition("-")
    for line in paid.lines:
        cents = int((line.paid * Decimal(part)).quantize(Decimal(1), ROUND_HALF_UP))
        if cents:
            line.paid -= cents
            line.cas.append((group, reason, cents))


def _remark(paid: DecidedClaim, argument: str) -> None:
    """A remark on every line that was paid."""
    for line in paid.lines:
        line.remarks = (*line.remarks, argument)


def _moa(paid: DecidedClaim, argument: str) -> None:
    paid.remarks = (*paid.remarks, *argument.split())


def _no_allowed(paid: DecidedClaim, _argument: str) -> None:
    for line in paid.lines:
        line.allowed = None


def _no_line_numbers(paid: DecidedClaim, _argument: str) -> None:
    for line in paid.lines:
        line.number = ""


def _no_lines(paid: DecidedClaim, _argument: str) -> None:
    """Decided for the claim as a whole: no loop 2110."""
    sums: dict[tuple[str, str], int] = {}
    for group, reason, amount in paid.reasons:
        sums[group, reason] = sums.get((group, reason), 0) + amount
    paid.whole = paid.charge
    paid.cas = [(*key, amount) for key, amount in sums.items()]
    paid.claim_day = paid.claim.day
    paid.lines = []


def _split_units(paid: DecidedClaim, argument: str) -> None:
    """A line of several units comes as lines of one unit; ``numbered`` keeps our line number on each."""
    made: list[DecidedLine] = []
    for line in paid.lines:
        made += _halves(line, keep=argument == "numbered") if line.units > 1 else [line]
    paid.lines = made


def _halves(line: DecidedLine, *, keep: bool) -> list[DecidedLine]:
    count = line.units
    parts = []
    for place in range(count):
        parts.append(
            replace(
                line,
                charge=_part(line.charge, place, count),
                paid=_part(line.paid, place, count),
                units=1,
                number=line.number if keep else "",
                cas=[(group, reason, _part(amount, place, count)) for group, reason, amount in line.cas],
                allowed=None if line.allowed is None else _part(line.allowed, place, count),
            )
        )
    for part in parts:  # rounding may leave a cent between the reasons of a part
        group, reason, amount = part.cas[0]
        rest = part.charge - part.paid - sum(each[2] for each in part.cas)
        part.cas[0] = (group, reason, amount + rest)
    return parts


def _part(cents: int, place: int, count: int) -> int:
    return cents // count + (cents % count if place == 0 else 0)


def _reorder(paid: DecidedClaim, _argument: str) -> None:
    paid.lines.reverse()
    for line in paid.lines:
        line.modifiers = tuple(reversed(line.modifiers))


def _recode(paid: DecidedClaim, argument: str) -> None:
    """The first line is decided as another code; SVC06 tells ours."""
    line = paid.lines[0]
    line.submitted_code, line.submitted_modifiers = line.code, line.modifiers
    line.code = argument


def _bundle(paid: DecidedClaim, _argument: str) -> None:
    """The second line is paid within the first: OA-94 lifts that, CO-97 empties this one (RFI 2320)."""
    first, second = paid.lines[0], paid.lines[1]
    first.cas.append(("OA", "94", -second.charge))
    rest = second.charge - second.paid - sum(each[2] for each in second.cas)
    first.cas += [*second.cas, *((("CO", "45", rest),) if rest else ())]
    first.paid += second.paid
    if first.allowed is not None:
        first.allowed += second.allowed or 0
    _fold(first)
    second.submitted_code, second.submitted_modifiers = second.code, second.modifiers
    second.code, second.modifiers = first.code, first.modifiers
    second.cas = [("CO", "97", second.charge)]
    second.paid, second.allowed = 0, None


def _bundle_added(paid: DecidedClaim, argument: str) -> None:
    """All lines are paid in one that the payer adds under its own code, with charge 0 and without SVC06 (RFI 2551)."""
    lines, charge = paid.lines, sum(line.charge for line in paid.lines)
    added = replace(lines[0], code=argument, charge=0, units=1, number="", cas=[("OA", "94", -charge)])
    added.paid = sum(line.paid for line in lines)
    added.allowed = None if lines[0].allowed is None else sum(line.allowed or 0 for line in lines)
    added.cas += [each for line in lines for each in line.cas]
    _fold(added)
    for line in lines:
        line.cas, line.paid, line.allowed = [("CO", "97", line.charge)], 0, None
    paid.lines = [*lines, added]


def _fold(line: DecidedLine) -> None:
    """Each reason once in a line."""
    sums: dict[tuple[str, str], int] = {}
    for group, reason, amount in line.cas:
        sums[group, reason] = sums.get((group, reason), 0) + amount
    line.cas = [(*key, amount) for key, amount in sums.items()]


def _unbundle(paid: DecidedClaim, argument: str) -> None:
    """Our first line comes as two of another code; the second has charge 0, lifted by OA-94 (TR3 1.10.2.6)."""
    line = paid.lines[0]
    half = line.paid // 2
    names = (line.code, line.modifiers)
    allowed = line.allowed
    second = replace(line, charge=0, paid=half, cas=[("OA", "94", -half)], allowed=None if allowed is None else half)
    line.cas = [*line.cas, ("OA", "94", half)]
    line.paid -= half
    if allowed is not None:
        line.allowed = allowed - half
    for each in (line, second):
        each.submitted_code, each.submitted_modifiers = names
        each.code = argument
    paid.lines.insert(1, second)


def _merge(paid: DecidedClaim, _argument: str) -> None:
    """All lines in one, under the first's code: one charge, all units."""
    first = paid.lines[0]
    for line in paid.lines[1:]:
        first.charge += line.charge
        first.paid += line.paid
        first.units += line.units
        first.cas += line.cas
        if first.allowed is not None:
            first.allowed += line.allowed or 0
    first.number = ""
    _fold(first)
    paid.lines = [first]


def _number(paid: DecidedClaim, argument: str) -> None:
    """Our claim number comes back damaged."""
    own = paid.number
    paid.number = {
        "nohyphen": own.replace("-", ""),
        "truncated": own[:-1],
        "prefixed": f"0001{own}",
        "padded": f"{own}   ".strip() + "00",
        "lower": own.lower(),
        "spaced": own.replace("-", " "),
        "lost": "0",
    }[argument]


def _stranger(paid: DecidedClaim, _argument: str) -> None:
    """Nobody can tell whose money it is: numbers lost, and a member id that is not the patient's."""
    paid.number, paid.member, paid.icn = "0", "UNKNOWN00", f"8{paid.icn[1:]}"
    _no_line_numbers(paid, "")


def _insured(paid: DecidedClaim, _argument: str) -> None:
    paid.insured = paid.member


def _day_on_claim(paid: DecidedClaim, _argument: str) -> None:
    paid.claim_day = paid.claim.day
    for line in paid.lines:
        line.day = ""


def _forward(paid: DecidedClaim, argument: str) -> None:
    """``SUPPLEMENT MUTUAL/44444``: NM1*TT names who has the claim now."""
    name, _, identity = argument.partition("/")
    paid.forwarded = (name, identity)


def _off(paid: DecidedClaim, argument: str) -> None:
    paid.off_by = int(argument)


def _interest(paid: DecidedClaim, argument: str) -> None:
    paid.interest = int(argument)


def _zero_reason(paid: DecidedClaim, argument: str) -> None:
    """An adjustment of nothing, for information; legal in practice."""
    group, _, reason = argument.partition("-")
    paid.lines[0].cas.append((group, reason, 0))


SHAPES: Final[dict[str, Shape]] = {
    "to_claim": _to_claim,
    "rename": _rename,
    "take": _take,
    "remark": _remark,
    "moa": _moa,
    "no_allowed": _no_allowed,
    "no_line_numbers": _no_line_numbers,
    "no_lines": _no_lines,
    "split_units": _split_units,
    "reorder": _reorder,
    "recode": _recode,
    "bundle": _bundle,
    "bundle_added": _bundle_added,
    "unbundle": _unbundle,
    "merge": _merge,
    "number": _number,
    "stranger": _stranger,
    "insured": _insured,
    "day_on_claim": _day_on_claim,
    "forward": _forward,
    "off": _off,
    "interest": _interest,
    "zero_reason": _zero_reason,
}
