"""Compares what we say of claims with what the payer knows it did."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final

GRADED_FLAGS: Final = frozenset({"underpaid", "overpaid", "denied", "rejected", "suspense"})
MISSING: Final = frozenset({"underpaid", "denied"})
MONEY: Final = frozenset({"underpaid", "overpaid", "denied"})
Truth = Mapping[str, Any]
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SaidOf:
    """What else is said of a claim: the categories of what was denied with their cents, and the kinds of open work."""

    denials: tuple[tuple[str, int], ...] = ()
    work: tuple[str, ...] = ()


@dataclass(slots=True)
class Share:
    """How many of how many."""

    right: int = 0
    of: int = 0

    def add(self, right: bool) -> None:
        """One more, right or not."""
        self.of += 1
        self.right += right

    @property
    def share(self) -> float:
        """1.0 where there is nothing to be right about."""
        return self.right / self.of if self.of else 1.0


@dataclass(slots=True)
class Marks:
    """Shares over many claims."""

    recall: Share = field(default_factory=Share)
    """Of claims on which money is missing: flagged."""
    precision: Share = field(default_factory=Share)
    """Of claims flagged: rightly so."""
    expected: Share = field(default_factory=Share)
    """Of claims whose contract the biller knows: expected to the cent."""
    paid: Share = field(default_factory=Share)
    denial: Share = field(default_factory=Share)
    """Of labelled denials: in the right category."""
    cause: Share = field(default_factory=Share)
    """Of labelled differences: the largest cause is the right one."""
    patient: Share = field(default_factory=Share)
    work: Share = field(default_factory=Share)

    def json(self) -> dict[str, Any]:
        """Right and of, by name."""
        return asdict(self)


def grade(
    truth: Iterable[Truth],
    rows: Iterable[Row],
    planted: Mapping[str, str],
    held: Mapping[str, Iterable[str]],
    said: Mapping[str, SaidOf] | None = None,
) -> dict[str, Any]:
    """Flags, paid and expected amounts of each claim answered, and the rule of each visit spoiled on purpose.

    ``rows`` are lines of ``claims export``; ``planted`` and ``held`` are rules by session id. A claim agrees when its
    flags are the same, its payment is equal and, once decided, what it should have brought is equal, to the cent.
    With ``said`` its denial's category, its largest cause, the patient's share and its work are looked at too.
    """
    disagree, graded, _ = _compared(truth, rows, said)
    for session_id in sorted(set(planted) | set(held)):
        graded += 1
        rule, seen = planted.get(session_id), sorted(held.get(session_id, ()))
        if rule not in seen:
            why = [f"held by {', '.join(seen) or 'nothing'}, should be held by {rule or 'nothing'}"]
            disagree.append({"session_id": session_id, "label": rule or "clean", "why": why})
    return {"graded": graded, "agree": graded - len(disagree), "disagree": disagree}


def marks(truth: Iterable[Truth], rows: Iterable[Row], said: Mapping[str, SaidOf]) -> Marks:
    """The shares of the same comparison."""
    return _compared(truth, rows, said)[2]


def _compared(
    truth: Iterable[Truth], rows: Iterable[Row], said: Mapping[str, SaidOf] | None
) -> tuple[list[dict[str, Any]], int, Marks]:
    by_number = {row["patient_control_number"]: row for row in rows}
    graded, disagree, found = 0, [], Marks()
    for group in _together(truth):
        present = [by_number[each["patient_control_number"]] for each in group if _number(each) in by_number]
        wrong = ["claim is not there"] if len(present) < len(group) else []
        if not wrong:
            wrong = list(_differences(group, present, said, found))
        graded += len(group)
        if wrong:
            disagree += [
                {"patient_control_number": _number(each), "label": each["label"], "why": wrong} for each in group
            ]
    return disagree, graded, found


def _number(each: Truth) -> str:
    return str(each["patient_control_number"])


def _together(truth: Iterable[Truth]) -> Iterable[list[Truth]]:
    """Claims of one day that share a full unit are right or wrong as a sum; all others stand alone."""
    groups: dict[str, list[Truth]] = {}
    for each in truth:
        groups.setdefault(each.get("together") or _number(each), []).append(each)
    return groups.values()


def _differences(group: list[Truth], rows: list[Row], said: Mapping[str, SaidOf] | None, found: Marks) -> Iterator[str]:
    flags = sorted({flag for row in rows for flag in row["flags"]} & GRADED_FLAGS)
    right = sorted({flag for each in group for flag in each["flags"]})
    allowed = {flag for each in group for flag in (*each["flags"], *each.get("also_right", ()))}
    if MISSING & set(right):
        found.recall.add(bool(MISSING & set(flags)))
    if MONEY & set(flags):
        found.precision.add(set(flags) & MONEY <= allowed)
    if not set(right) <= set(flags) or not set(flags) <= allowed:
        yield f"flags {flags}, should be {right}"
    paid, should = sum(row["paid_cents"] for row in rows), sum(each["paid_cents"] for each in group)
    found.paid.add(paid == should)
    if paid != should:
        yield f"paid {paid}, should be {should}"
    yield from _expectation(group, rows, found)
    for each, row in zip(group, rows, strict=True):
        if sum(cause["amount_cents"] for cause in row["causes"]) != row["variance_cents"]:
            yield "causes do not sum to the variance"
        if said is not None:
            yield from _words(each, row, said.get(_number(each), SaidOf()), found)


def _expectation(group: list[Truth], rows: list[Row], found: Marks) -> Iterator[str]:
    expected = [row["expected_paid_cents"] for row in rows]
    owed = [each["owed_cents"] for each in group]
    if None in owed or (None in expected and not any(each["paid_cents"] for each in group)):
        return
    got, should = sum(each or 0 for each in expected), sum(owed)
    right = None not in expected and got == should
    found.expected.add(right)
    if not right:
        yield f"expected {'nothing' if None in expected else got}, should be {should}"
    elif len(group) == 1:
        own = group[0].get("paid_by_first_cents", group[0]["paid_cents"])
        # What a later payer paid too much is part of the variance, what it paid rightly is not.
        most = group[0]["paid_cents"] if "overpaid" in group[0]["flags"] else own
        same = group[0]["paid_cents"] == rows[0]["paid_cents"]
        if same and not own - got <= rows[0]["variance_cents"] <= most - got:
            yield f"variance {rows[0]['variance_cents']}, should be {own - got}"


def _words(each: Truth, row: Row, said: SaidOf, found: Marks) -> Iterator[str]:
    if each["category"]:
        largest = max(said.denials, key=lambda pair: pair[1], default=("nothing", 0))[0]
        found.denial.add(largest == each["category"])
        if largest != each["category"]:
            yield f"denial is {largest}, should be {each['category']}"
    if each["cause"]:
        causes = sorted(row["causes"], key=lambda cause: -abs(cause["amount_cents"]))
        largest = causes[0]["cause"] if causes else "nothing"
        found.cause.add(largest == each["cause"])
        if largest != each["cause"]:
            yield f"largest cause is {largest}, should be {each['cause']}"
    if each["patient_cents"] is not None:
        share = row["patient_responsibility_cents"]
        found.patient.add(share == each["patient_cents"])
        if share != each["patient_cents"]:
            yield f"patient's share {share}, should be {each['patient_cents']}"
    if each["work"] is not None:
        kinds = sorted(set(said.work))
        fits = bool(set(kinds) & set(each["work"])) if each["work"] else not kinds
        found.work.add(fits)
        if not fits:
            yield f"work {kinds or 'none'}, should be {' or '.join(each['work']) or 'none'}"
