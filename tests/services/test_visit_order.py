"""A contract pays the visits of a day by their order, and the payer counts them otherwise than the ledger does: what
one visit lacks and another has more is told and asks for nothing; what the day as a whole lacks is missing.

That a day is compared as a whole first: CMS Pub. 100-04 ch. 5 section 10.7 does so for the one unit in full of a day.
No source says which of two visits of a day is a contract's first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

import pytest

from tests.runtime import contract
from tests.services.payers_say import PLAN, Desk, Line, begin, remittance, told
from tests.services.test_visit_numbers import CASE, agreed

TODAY = date(2026, 11, 20)
TERM = 'payer_ids = ["44444"]\n[[terms]]\nfrom = 2025-01-01\nper_visit_cents = [9500, 6000]\n'
BY_DAY = f'{TERM}counted = "day"\n'
BY_YEAR = f'{TERM}counted = "year"\n'
CODES = {"V-a": ("OT", "HC:97530:GO", "HC:97535:GO"), "V-b": ("PT", "HC:97530:GP", "HC:97535:GP")}
Stands = tuple[int | None, int, tuple[str, ...], tuple[str, ...]]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = begin(tmp_path, TODAY)
    yield made
    made.system.close()


def of_a_day(desk: Desk, text: str) -> None:
    """Two visits of one day, V-a the first by its id."""
    agreed(desk, text)
    therapist = told([PLAN])["therapist"] | {"taxonomy": "225100000X"}
    a, b = (told([PLAN], session_id=name, discipline=CODES[name][0]) for name in CODES)
    b |= {"therapist": therapist, "start": "2026-11-16T14:00:00", "stop": "2026-11-16T14:45:00"}
    desk.visit(a, b)
    assert {row.state for row in desk.claims().values()} == {"sent"}


def pays(desk: Desk, visit: str, cents: int, *, refused: bool | None = None) -> None:
    (number,) = [number for number, row in desk.claims().items() if row.visit_id == visit]
    paid, rest = f"{cents / 100:.2f}", f"{(15000 - cents) / 100:.2f}"
    _, first, second = CODES[visit]
    denied = not cents if refused is None else refused
    cas = (("CO*197*150",), ("CO*197*75",)) if denied else ((f"CO*45*{rest}",), ("CO*45*75",))
    lines = [Line(first, "150", paid, cas[0]), Line(second, "75", "0", cas[1])]
    trace = str(700 + len(desk.claims()) + desk.files)
    desk.give(remittance(number, lines, trace=trace, paid=paid, payer=("EXAMPLE COMMERCIAL", "44444")), f"{trace}.edi")


def stand(desk: Desk) -> dict[str, Stands]:
    """By visit what is expected and off, how it is flagged, and its causes."""
    return {
        row.visit_id: (
            row.expected_paid_cents,
            row.variance_cents,
            tuple(row.flags),
            tuple(each["cause"] for each in row.causes),
        )
        for row in desk.claims().values()
    }


# By term, and what the payer gives V-a and V-b: how these stand. By the ledger V-a is the first.
DAYS: Mapping[str, tuple[str, int, int, Stands, Stands]] = {
    "as the ledger counts": (BY_DAY, 9500, 6000, (9500, 0, (), ()), (6000, 0, (), ())),
    "the other way round": (BY_DAY, 6000, 9500, (9500, -3500, (), ("day_share",)), (6000, 3500, (), ("day_share",))),
    "of the year": (BY_YEAR, 6000, 9500, (9500, -3500, (), ("day_share",)), (6000, 3500, (), ("day_share",))),
    "none is the first": (BY_DAY, 6000, 6000, (9500, -3500, ("underpaid",), ("contract_rate",)), (6000, 0, (), ())),
    "both are the first": (BY_DAY, 9500, 9500, (9500, 0, (), ()), (6000, 3500, ("overpaid",), ("contract_rate",))),
    "by no number": (
        BY_DAY,
        5000,
        9500,
        (9500, -4500, ("underpaid",), ("contract_rate",)),
        (6000, 3500, ("overpaid",), ("contract_rate",)),
    ),
    "the first is refused": (
        BY_DAY,
        0,
        9500,
        (9500, -9500, ("denied",), ("denied",)),
        (6000, 3500, (), ("day_share",)),
    ),
}


@pytest.mark.parametrize("order", (("V-a", "V-b"), ("V-b", "V-a")), ids="-".join)
@pytest.mark.parametrize("which", DAYS)
def test_visits_of_a_day_are_compared_together(desk: Desk, which: str, order: tuple[str, str]) -> None:
    term, of_a, of_b, a, b = DAYS[which]
    of_a_day(desk, term)
    for visit in order:
        pays(desk, visit, {"V-a": of_a, "V-b": of_b}[visit])
    assert stand(desk) == {"V-a": a, "V-b": b}
    contract.standings_equal_the_fold(desk.system.engine)


def test_what_may_still_come_with_another_visit_is_not_missing(desk: Desk) -> None:
    of_a_day(desk, BY_DAY)
    pays(desk, "V-a", 6000)
    assert stand(desk)["V-a"] == (9500, -3500, (), ("day_share",))
    assert desk.work() == []
    pays(desk, "V-b", 6000)
    assert stand(desk)["V-a"] == (9500, -3500, ("underpaid",), ("contract_rate",))
    assert [each.kind for each in desk.work()] == ["underpaid"]


@pytest.mark.parametrize("discipline", ("OT", "PT"))
def test_a_course_is_paid_with_any_visit_of_its_first_day(desk: Desk, discipline: str) -> None:
    agreed(desk, CASE.replace("20000", "10000"))
    a, b = told([PLAN], session_id="V-a"), told([PLAN], session_id="V-b", discipline=discipline)
    if discipline == "PT":
        b["therapist"] |= {"taxonomy": "225100000X"}
    b |= {"timed": [{"code": "97110", "minutes": 30}], "start": "2026-11-16T14:00:00", "stop": "2026-11-16T14:30:00"}
    desk.visit(a, b)
    pays(desk, "V-a", 0, refused=False)
    (number,) = [number for number, row in desk.claims().items() if row.visit_id == "V-b"]
    charge = desk.claims()[number].billed_cents // 100
    line = Line(f"HC:97110:G{discipline[0]}", str(charge), "100", (f"CO*45*{charge - 100}",))
    payer = ("EXAMPLE COMMERCIAL", "44444")
    desk.give(remittance(number, [line], trace="9", paid="100", payer=payer, charge=str(charge)))
    if discipline == "OT":
        assert stand(desk) == {"V-a": (10000, -10000, (), ("day_share",)), "V-b": (0, 10000, (), ("day_share",))}
    else:  # each discipline has a course of its own, so that V-b is a first visit too
        assert stand(desk)["V-a"][:3] == (10000, -10000, ("denied",))
        assert stand(desk)["V-b"][:3] == (10000, 0, ())
