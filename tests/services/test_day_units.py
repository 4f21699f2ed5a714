"""Visits of one day have one pool of minutes, whichever of them comes first; a change of one shows at the others."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from claimloom.ledger.books.claims import claims
from claimloom.ledger.books.work_items import work_items
from claimloom.ledger.journal import claims_at
from claimloom.ledger.tables import journal
from schemas.event import Topic
from tests.services.payers_say import MEDICARE, PLAN, Desk, begin, told

DAY = date(2026, 11, 20)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = begin(tmp_path, DAY)
    yield made
    made.system.close()


def session(name: str, minutes: int, code: str = "97110", **changes: Any) -> dict[str, Any]:
    timed = [{"code": code, "minutes": minutes}]
    return told(changes.pop("coverages", [MEDICARE])) | {"session_id": name, "timed": timed} | changes


def units(desk: Desk) -> list[int]:
    """Of each claim that went out, in order of the files."""
    return [int(each.having("SV1*")[0].split("*")[4]) for each in desk.sent()]


def test_two_visits_of_22_minutes_are_three_units(desk: Desk) -> None:
    desk.visit(session("A", 22), session("B", 22, "97530"))
    assert units(desk) == [1, 2]
    assert not desk.work()


@pytest.mark.parametrize("order", list(permutations([22, 18, 29])))
def test_in_files_of_their_own_and_in_any_order(desk: Desk, order: tuple[int, ...]) -> None:
    for code, minutes in zip(("97110", "97530", "97535"), order, strict=True):
        desk.visit(session(code, minutes, code))
    assert sum(units(desk)) == 5  # 69 minutes


@pytest.mark.parametrize(
    "other",
    [
        {"date_of_service": "2026-11-17"},
        {"coverages": [PLAN]},
        {"discipline": "PT", "therapist": {**told([MEDICARE])["therapist"], "taxonomy": "225100000X"}},
        {"patient": told([MEDICARE])["patient"] | {"patient_id": "P-2"}},
    ],
    ids=["day", "payer", "discipline", "patient"],
)
def test_another_pool(desk: Desk, other: dict[str, Any]) -> None:
    desk.visit(session("A", 22), session("B", 22, **other))
    assert sorted(units(desk))[0] == 1
    assert sum(units(desk)) < 4
    assert newest(desk)[0] == 0


def test_the_first_visit_is_corrected_before_and_after_the_second(desk: Desk) -> None:
    desk.visit(session("A", 30))
    desk.visit(session("A", 22, revision=2))
    desk.visit(session("B", 22, "97530"))
    assert newest(desk) == (22, 1, 2)
    desk.visit(session("A", 29, revision=3))
    assert newest(desk) == (22, 2, 1)  # 51 minutes earn three units, of which B has two
    assert not [each for each in desk.work() if each.kind == "review"]


COMMERCIAL_CLASS = PLAN | {"payer_id": "99999"}
ANOTHER_THERAPIST = told([MEDICARE])["therapist"] | {"npi": "1245319599"}


def built(desk: Desk) -> list[list[str]]:
    """Codes and units of each claim; the same code twice a day waits for a person (DUP-001)."""
    with desk.system.engine.connect() as connection:
        places = [row.place for row in connection.execute(claims.select().order_by(claims.c.place))]
        made = claims_at(connection, places)
    return [[f"{line.procedure_code} x {line.units}" for line in made[place].lines] for place in places]


@pytest.mark.parametrize(
    ("code", "minutes", "coverage", "codes"),
    [
        ("97129", 30, MEDICARE, [["97129 x 1", "97130 x 1"], ["97130 x 2"]]),
        ("97129", 30, COMMERCIAL_CLASS, [["97129 x 1", "97130 x 1"], ["97130 x 2"]]),
        ("97129", 12, MEDICARE, [["97129 x 1"], ["97130 x 1"]]),
        ("97550", 30, MEDICARE, [["97550 x 1"], ["97551 x 2"]]),
        ("96125", 60, MEDICARE, [["96125 x 1"], ["96125 x 1"]]),
    ],
)
def test_a_first_code_is_billed_once_a_day(
    desk: Desk, code: str, minutes: int, coverage: dict[str, Any], codes: list[list[str]]
) -> None:
    """Whatever the payer counts by: 24 minutes of 97129 are two units, 60 of 97550 three; 96125 has no add-on code."""
    fees = told([MEDICARE])["clinic"] | {"fees_cents": dict.fromkeys((code, "97130", "97551"), 7000)}
    kind = {"coverages": [coverage], "clinic": fees}
    desk.visit(session("A", minutes, code, **kind), session("B", minutes, code, **kind))
    assert built(desk) == codes


def test_an_add_on_code_whose_first_code_is_withdrawn_is_looked_at(desk: Desk) -> None:
    fees = told([MEDICARE])["clinic"] | {"fees_cents": {"97129": 7000, "97130": 7000, "97110": 7000}}
    desk.visit(session("A", 30, "97129", clinic=fees), session("B", 30, "97129", clinic=fees))
    desk.visit(session("A", 30, "97129", clinic=fees, revision=2, withdrawn=True))
    assert [each.reason for each in desk.work() if each.kind == "review"] == [
        "another visit of the day changed: 97130 is billed without the code that it is added to"
    ]
    desk.visit(session("B", 30, "97129", clinic=fees, revision=2))
    assert not [each for each in desk.work() if each.kind == "review"]


def test_a_first_code_of_another_therapist_is_not_gone_on_with(desk: Desk) -> None:
    fees = told([MEDICARE])["clinic"] | {"fees_cents": {"97129": 7000, "97130": 7000}}
    desk.visit(session("A", 15, "97129", clinic=fees))
    desk.visit(session("B", 15, "97129", clinic=fees, therapist=ANOTHER_THERAPIST))
    (item,) = desk.work()
    assert "LIN-011" in item.reason


def test_a_visit_that_rests_on_one_that_is_withdrawn_is_looked_at(desk: Desk) -> None:
    desk.visit(session("A", 22), session("B", 22, "97530"))
    desk.visit(session("A", 22, revision=2, withdrawn=True))
    (item,) = [each for each in desk.work() if each.kind == "review"]
    assert item.reason == "another visit of the day changed: 2 units are billed for the day, 22 minutes earn 1"
    assert (item.due, item.recoverable_cents) == ("2026-12-20", 0)  # nothing is lost by it
    desk.visit(session("B", 22, "97530", revision=2))
    assert newest(desk) == (0, 0, 1)
    assert [each for each in desk.work() if each.kind == "review"] == []


def newest(desk: Desk) -> tuple[int, int, int]:
    """Of the claim that was built last: minutes and units of the day's other visits, and its own units."""
    with desk.system.engine.connect() as connection:
        places = [row.place for row in connection.execute(claims.select().order_by(claims.c.place))]
        derived = claims_at(connection, places)[places[-1]].units
    assert derived
    return derived.earlier_minutes, derived.earlier_units, sum(each.units for each in derived.codes)


@pytest.mark.parametrize(
    "now",
    [
        {"date_of_service": "2026-11-17"},
        {"coverages": [PLAN]},
        {"patient": told([MEDICARE])["patient"] | {"patient_id": "P-2"}},
        {"timed": [{"code": "97110", "minutes": 4}]},
        {"withdrawn": True, "date_of_service": "2026-11-17"},
    ],
    ids=["day", "payer", "patient", "no unit", "withdrawn"],
)
def test_a_visit_that_rests_on_one_that_went_elsewhere_is_looked_at(desk: Desk, now: dict[str, Any]) -> None:
    desk.visit(session("A", 20), session("B", 18, "97530"))
    assert units(desk) == [1, 2]
    desk.visit(session("A", 20, revision=2, **now))
    reviewed = [each for each in desk.work() if each.kind == "review" and "another visit of the day" in each.reason]
    (item,) = reviewed
    assert item.visit_id == "B"


def test_one_that_changed_and_still_earns_it_is_left_alone(desk: Desk) -> None:
    desk.visit(session("A", 20), session("B", 18, "97530"))
    desk.visit(session("A", 20, revision=2, place_of_service="12"))
    assert [each for each in desk.work() if each.kind == "review"] == []


def test_only_a_visit_that_rests_on_others_is_looked_at(desk: Desk) -> None:
    """A earned its two units by itself; C has the unit that B's minutes gave, and B is no more."""
    desk.visit(session("A", 29), session("B", 22, "97530"), session("C", 17, "97535"))
    assert units(desk) == [2, 1, 2]
    desk.visit(session("B", 22, "97530", revision=2, withdrawn=True))
    (item,) = [each for each in desk.work() if each.kind == "review"]
    assert (item.visit_id, item.reason) == (
        "C",
        "another visit of the day changed: 4 units are billed for the day, 46 minutes earn 3",
    )


def test_a_new_visit_of_the_day_changes_nothing_of_the_others(desk: Desk) -> None:
    desk.visit(session("A", 22), session("B", 22, "97530"))
    desk.visit(session("A", 22, revision=2, withdrawn=True))
    before = told_of_work(desk)
    clinic = told([MEDICARE])["clinic"]
    clinic["fees_cents"]["97150"] = 4000
    desk.visit(session("D", 0, timed=[], untimed=[{"code": "97150"}], clinic=clinic))
    assert newest(desk) == (22, 2, 1)  # the group is a claim of its own
    assert len(before) == 1
    assert told_of_work(desk) == before


def told_of_work(desk: Desk) -> list[int]:
    """Where it was told that something is to be done."""
    with desk.system.engine.connect() as connection:
        return list(connection.scalars(select(journal.c.seq).where(journal.c.type == Topic.WORK_FOUND)))


def merged(name: str, minutes: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """The day's two visits as one: the first with the minutes of both, the second withdrawn."""
    return session("A", minutes, revision=2), session(name, 22, revision=2, withdrawn=True)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_two_visits_made_one_in_a_file_earn_what_their_minutes_earn(desk: Desk, order: tuple[int, int]) -> None:
    desk.visit(session("A", 22), session("B", 22))
    told_now = merged("B", 44)
    desk.visit(*(told_now[place] for place in order))
    (whole,) = [each for each in desk.claims().values() if each.visit_id == "A" and not each.replaced_by]
    assert whole.billed_cents == 3 * 7000
    assert "review" not in [each.kind for each in desk.work()]


def test_the_larger_visit_told_before_the_other_is_withdrawn_is_looked_at(desk: Desk) -> None:
    """A file each, in the order in which too little is billed: that is told, and sending it again mends it."""
    desk.visit(session("A", 22), session("B", 22))
    for each in merged("B", 44):
        desk.visit(each)
    (item,) = [each for each in desk.work() if each.kind == "review"]
    assert "2 units are billed for the day, 44 minutes earn 3" in item.reason
    desk.visit(session("A", 44, revision=3))
    (whole,) = [each for each in desk.claims().values() if each.visit_id == "A" and not each.replaced_by]
    assert whole.billed_cents == 3 * 7000


def test_revisions_of_one_visit_keep_their_order_in_a_file(desk: Desk) -> None:
    """What the same file takes back does not go out."""
    desk.visit(session("B", 22), session("B", 22, revision=2, withdrawn=True), session("A", 22))
    assert [row.state for row in desk.claims().values() if row.visit_id == "B" and not row.replaced_by] == ["withdrawn"]
    assert len(desk.sent()) == 1


def rows_of(desk: Desk, kind: str, state: str) -> list[str]:
    """What items of a kind in a state say, the oldest first."""
    query = select(work_items.c.reason).where(work_items.c.kind == kind, work_items.c.state == state)
    with desk.system.engine.connect() as connection:
        return list(connection.scalars(query.order_by(work_items.c.place)))


@pytest.mark.parametrize(
    ("visits", "total"),
    [
        ((("A", 7), ("B", 20)), 2),
        ((("A", 20), ("B", 7)), 2),
        ((("A", 4), ("B", 3), ("C", 1)), 1),
        ((("A", 5), ("B", 2), ("C", 15)), 1),
        ((("A", 6), ("B", 16)), 1),  # 22 minutes are no second unit
        ((("A", 7), ("B", 29), ("C", 2)), 3),
    ],
)
def test_minutes_that_gave_no_claim_count_in_the_day_in_any_order(
    desk: Desk, visits: tuple[tuple[str, int], ...], total: int
) -> None:
    """Pub. 100-04 ch. 5 section 20.2: all timed minutes of a single day."""
    codes = {"A": "97110", "B": "97530", "C": "97535"}
    for day, order in enumerate(permutations(visits)):
        patient = told([MEDICARE])["patient"] | {"patient_id": f"P-{day}"}
        for name, minutes in order:
            desk.visit(session(f"{name}-{day}", minutes, codes[name], patient=patient))
        assert sum(units(desk)) == total * (day + 1), order
    assert rows_of(desk, "held", "open") == []
    before = sorted(each.reason for each in desk.work())
    desk.system.runtime.replay()
    assert sorted(each.reason for each in desk.work()) == before


def test_a_morning_without_a_unit_is_done_with_the_afternoon(desk: Desk) -> None:
    desk.visit(session("A", 7))
    assert len(rows_of(desk, "not_billed", "open")) == 1
    desk.visit(session("B", 20))
    (sent,) = desk.sent()
    assert newest(desk) == (7, 0, 2)
    assert [each for each in desk.work() if each.kind == "not_billed"] == []
    assert rows_of(desk, "not_billed", "closed")[1] == (
        f"its 7 minutes count with visit B, claim {sent.number}: 27 minutes of the day earn 2 units"
    )
    with desk.system.engine.connect() as connection:
        (place,) = connection.scalars(select(claims.c.place))
        derived = claims_at(connection, [place])[place].units
    assert derived.unbilled_visits == {"A": 7}
    assert derived.codes[0].because.endswith(
        "Earlier visits of the day, A without a claim among them, had 7 minutes and 0 units: all of it earns 2 units."
    )


def test_both_in_one_file_are_one_pool(desk: Desk) -> None:
    desk.visit(session("A", 7), session("B", 20))
    assert units(desk) == [2]
    assert [each for each in desk.work() if each.kind == "not_billed"] == []


@pytest.mark.parametrize(
    ("changes", "left"),
    [
        ({"withdrawn": True}, "20 minutes earn 1"),
        ({"date_of_service": "2026-11-17"}, "20 minutes earn 1"),
        ({"timed": [{"code": "97110", "minutes": 2}]}, "22 minutes earn 1"),
    ],
    ids=["withdrawn", "day", "minutes"],
)
def test_minutes_without_a_claim_that_go_away_are_told_of_who_rests_on_them(
    desk: Desk, changes: dict[str, Any], left: str
) -> None:
    desk.visit(session("A", 7), session("B", 20))
    desk.visit(session("A", 7, revision=2) | changes)
    (item,) = [each for each in desk.work() if each.kind == "review"]
    assert (item.visit_id, item.reason) == (
        "B",
        f"another visit of the day changed: 2 units are billed for the day, {left}",
    )
    desk.visit(session("B", 20, revision=2))
    assert newest(desk)[2] == 1
    assert [each for each in desk.work() if each.kind == "review"] == []


def test_minutes_without_a_claim_that_change_and_still_earn_it_are_left_alone(desk: Desk) -> None:
    desk.visit(session("A", 7), session("B", 20))
    desk.visit(session("A", 4, revision=2))
    assert [each for each in desk.work() if each.kind == "review"] == []


def test_a_withdrawn_visit_that_had_no_claim_leaves_nothing_to_do(desk: Desk) -> None:
    desk.visit(session("A", 7), session("B", 30, "97140", clinic=NO_FEES))
    assert len(rows_of(desk, "not_billed", "open")) == 2
    desk.visit(session("A", 7, revision=2, withdrawn=True))
    desk.visit(session("B", 30, "97140", clinic=NO_FEES, revision=2, withdrawn=True))
    assert rows_of(desk, "not_billed", "open") == []
    desk.visit(session("C", 20))
    assert newest(desk) == (0, 0, 1)


NO_FEES = told([MEDICARE])["clinic"] | {"fees_cents": {"97110": 100}}


def test_minutes_of_a_visit_that_waits_for_a_fee_come_with_its_own_claim(desk: Desk) -> None:
    """It earned units of its own, so nobody else is billed with them."""
    desk.visit(session("A", 20, "97535", clinic=NO_FEES), session("B", 18))
    assert newest(desk) == (0, 0, 1)
    desk.visit(session("A", 20, "97535", revision=2))
    assert newest(desk) == (18, 1, 2)


@pytest.mark.parametrize(
    "other",
    [
        {"date_of_service": "2026-11-17"},
        {"coverages": [PLAN]},
        {"patient": told([MEDICARE])["patient"] | {"patient_id": "P-2"}},
    ],
    ids=["day", "payer", "patient"],
)
def test_minutes_without_a_claim_of_another_pool(desk: Desk, other: dict[str, Any]) -> None:
    desk.visit(session("A", 7, **other), session("B", 20))
    assert newest(desk) == (0, 0, 1)
    assert len(rows_of(desk, "not_billed", "open")) == 1


def test_a_visit_without_a_claim_is_told_of_when_the_day_has_a_unit_for_it(desk: Desk) -> None:
    """22, 22 and 8 minutes are three units, billed with the first two; without the second, 30 minutes earn two."""
    desk.visit(session("A", 22), session("B", 22, "97530"), session("C", 8, "97535"))
    desk.visit(session("B", 22, "97530", revision=2, withdrawn=True))
    reasons = rows_of(desk, "not_billed", "open")
    assert reasons == [
        "visit C of 2026-11-16 is not billed: another visit of the day changed: 30 minutes earn 2 units, 1 billed"
    ]
    desk.visit(session("C", 8, "97535", revision=2))
    assert newest(desk) == (22, 1, 1)
    assert rows_of(desk, "not_billed", "open") == []


def test_a_visit_that_gives_a_claim_at_last_counts_with_it_alone(desk: Desk) -> None:
    """7 minutes, then 20 of the same visit; with 22 of another 42 minutes earn three units."""
    desk.visit(session("A", 7))
    desk.visit(session("A", 20, revision=2))
    desk.visit(session("B", 22, "97530"))
    assert newest(desk) == (20, 1, 2)


def test_a_visit_whose_minutes_were_counted_is_billed_with_what_it_has_more(desk: Desk) -> None:
    desk.visit(session("A", 7), session("B", 20))
    desk.visit(session("A", 18, "97530", revision=2))
    assert newest(desk) == (20, 2, 1)  # 38 minutes earn three units
    assert [each for each in desk.work() if each.kind in ("review", "not_billed")] == []


def test_what_is_to_be_voided_of_a_visit_stays_though_its_minutes_are_counted(desk: Desk) -> None:
    desk.visit(session("A", 20))
    desk.visit(session("A", 7, revision=2))
    desk.visit(session("B", 20, "97530"))
    assert newest(desk) == (7, 0, 2)
    (reason,) = rows_of(desk, "not_billed", "open")
    assert "of it is out" in reason
