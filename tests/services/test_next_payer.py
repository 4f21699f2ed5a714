"""The next payer is billed by the answer of the one before it, once, unless that one sent the claim on by itself."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import psycopg
import pytest

from claimloom.ledger.database import open_engine
from claimloom.ledger.migration import migrate
from tests.runtime import contract
from tests.services.payers_say import (
    FIRST_LINES,
    MEDICARE,
    PLAN,
    SUPPLEMENT,
    THIRD,
    Desk,
    Line,
    begin,
    remittance,
    told,
)
from tools.local import new_database

DAY = date(2026, 11, 20)
PAID = date(2026, 12, 2)
PLAN_SAYS = ("EXAMPLE COMMERCIAL", "44444")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.server)])
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    url = ""
    if request.param == "postgresql":
        url = new_database(request.getfixturevalue("postgres"), psycopg)
        engine = open_engine(url)
        migrate(engine)
        engine.dispose()
    made = begin(tmp_path, DAY, url)
    yield made
    made.system.close()


@pytest.fixture
def quick(tmp_path: Path) -> Iterator[Desk]:
    made = begin(tmp_path, DAY)
    yield made
    made.system.close()


def billed(desk: Desk, *coverages: dict[str, object]) -> str:
    """A visit with these insurances; the number of its first claim."""
    desk.visit(told(coverages))
    (sent,) = desk.sent()
    desk.on(PAID)
    return sent.number


def same_after_replay(desk: Desk) -> None:
    contract.standings_equal_the_fold(desk.system.engine)
    before = contract.contents(desk.system.engine)
    desk.system.runtime.replay()
    assert contract.contents(desk.system.engine) == before


def test_supplement_is_billed_by_the_first_answer_and_once(desk: Desk) -> None:
    number = billed(desk, MEDICARE, SUPPLEMENT)
    desk.give(remittance(number, FIRST_LINES, trace="EFT1", paid="63.58"))
    first, second = desk.sent()
    assert (second.payer, second.place, second.frequency, second.payers_number) == ("88888", "S", "1", "")
    assert second.having("AMT*D*") == ["AMT*D*63.58"]
    assert second.having("SVD*") == ["SVD*06102*45.31*HC:97530:GO**2", "SVD*06102*18.27*HC:97535:GO**1"]
    assert second.having("AMT*EAF*") == ["AMT*EAF*11.56", "AMT*EAF*4.66"]
    assert second.having("CAS*PR") == ["CAS*PR*2*11.56", "CAS*PR*2*4.66"]
    assert second.having("DTP*573*") == ["DTP*573*D8*20261201", "DTP*573*D8*20261201"]
    assert first.having("SBR*S") == ["SBR*S*18*******CI"]  # known before, so named on the first claim
    desk.give(remittance(number, FIRST_LINES, trace="EFT1", paid="63.58"), "again.835")
    desk.give(remittance(number, FIRST_LINES, trace="000EFT1", paid="63.58"), "again in another dress.835")
    assert len(desk.sent()) == 2
    rows = desk.claims()
    assert (rows[number].state, rows[number].patient_responsibility_cents) == ("paid", 0)
    assert rows[second.number].state == "sent"
    same_after_replay(desk)


def test_what_the_payer_sent_on_waits_and_is_asked_about(quick: Desk) -> None:
    number = billed(quick, MEDICARE, SUPPLEMENT)
    quick.give(remittance(number, FIRST_LINES, trace="EFT1", paid="63.58", more=["MOA***MA18"]))
    assert len(quick.sent()) == 1
    assert quick.work() == []
    quick.on(date(2026, 12, 30))
    assert quick.work() == []
    quick.on(date(2026, 12, 31))  # thirty days after the payment
    (item,) = quick.work()
    assert (item.kind, item.recoverable_cents) == ("next_payer", 1622)
    assert "has said nothing in 30 days" in item.reason
    quick.decide("bill_next_payer", number)
    quick.decide("bill_next_payer", number)  # told again with its key: the same decision
    assert [(each.payer, each.place) for each in quick.sent()] == [("06102", "P"), ("88888", "S")]
    assert quick.work() == []
    same_after_replay(quick)


def test_answer_of_the_next_payer_ends_the_waiting(quick: Desk) -> None:
    number = billed(quick, MEDICARE, SUPPLEMENT)
    quick.give(remittance(number, FIRST_LINES, trace="EFT1", paid="63.58", status="19"))
    lines = (
        Line("HC:97530:GO", "150", "11.56", ("OA*23*138.44",)),
        Line("HC:97535:GO", "75", "4.66", ("OA*23*70.34",)),
    )
    quick.on(date(2026, 12, 10))
    supplement = remittance(
        number, lines, trace="CHK9", paid="16.22", day="20261209", status="2", payer=("EXAMPLE SUPPLEMENT", "88888")
    )
    quick.give(supplement)
    quick.on(date(2027, 1, 15))
    assert quick.work() == []
    assert len(quick.sent()) == 1


def test_who_was_told_that_it_was_forwarded_asks_again_later(quick: Desk) -> None:
    number = billed(quick, MEDICARE, SUPPLEMENT)
    quick.give(remittance(number, FIRST_LINES, trace="EFT1", paid="63.58", more=["MOA***N89"]))
    quick.on(date(2027, 1, 2))
    (item,) = quick.work()
    quick.decide("forwarded", number)
    assert quick.work() == []
    assert len(quick.sent()) == 1
    quick.on(date(2027, 2, 5))
    (later,) = quick.work()
    assert later.kind == "next_payer"
    assert later.id != item.id


def test_agreed_crossover_waits_without_a_word_of_it(quick: Desk) -> None:
    payers = quick.folder / "payers"
    payers.mkdir(exist_ok=True)
    (payers / "plan.toml").write_text('payer_ids = ["44444"]\npayer_class = "commercial"\ncrossover = ["88888"]\n')
    quick.on(DAY)
    number = billed(quick, PLAN, SUPPLEMENT)
    quick.give(remittance(number, FIRST_LINES, trace="EFT1", paid="63.58", payer=PLAN_SAYS))
    assert len(quick.sent()) == 1


@pytest.mark.parametrize(
    ("cas", "billed_next"),
    [
        ("PR*119*", True),  # its benefit is used up: the next one's may not be
        ("CO*16*", False),  # what is missing is missing for the next payer too
        ("CO*197*", False),
        ("PR*27*", False),  # no coverage: then who comes first is another question
    ],
)
def test_denial_goes_on_where_it_is_final(quick: Desk, cas: str, billed_next: bool) -> None:
    number = billed(quick, PLAN, SUPPLEMENT)
    lines = [Line(each.code, each.charge, "0", (f"{cas}{each.charge}",)) for each in FIRST_LINES]
    quick.give(remittance(number, lines, trace="EFT1", paid="0", status="4", payer=PLAN_SAYS))
    assert [each.place for each in quick.sent()] == (["P", "S"] if billed_next else ["P"])


def test_nothing_left_is_billed_to_nobody(quick: Desk) -> None:
    number = billed(quick, PLAN, SUPPLEMENT)
    lines = [Line(each.code, each.charge, each.charge, ()) for each in FIRST_LINES]
    quick.give(remittance(number, lines, trace="EFT1", paid="225", payer=PLAN_SAYS))
    assert len(quick.sent()) == 1
    assert quick.work() == []


def test_correction_of_the_first_answer_replaces_the_second_claim(quick: Desk) -> None:
    number = billed(quick, PLAN, SUPPLEMENT)
    quick.give(remittance(number, FIRST_LINES, trace="EFT1", paid="63.58", payer=PLAN_SAYS))
    second = quick.sent()[1].number
    answer = [Line(each.code, each.charge, "0", (f"PR*1*{each.charge}",)) for each in FIRST_LINES]
    quick.give(
        remittance(
            second, answer, trace="S1", paid="0", day="20261203", icn="SUPP77", payer=("EXAMPLE SUPPLEMENT", "88888")
        )
    )
    back = [
        Line("HC:97530:GO", "-150", "-45.31", ("CO*45*-83.1**59*-9.11**253*-0.92", "PR*2*-11.56")),
        Line("HC:97535:GO", "-75", "-18.27", ("CO*45*-43.95**59*-7.75**253*-0.37", "PR*2*-4.66")),
    ]
    quick.on(date(2026, 12, 20))
    quick.give(
        remittance(
            number, back, trace="EFT2", paid="-63.58", charge="-225", status="22", day="20261218", payer=PLAN_SAYS
        )
    )
    assert len(quick.sent()) == 2  # taken back and not told anew: nothing to bill by
    more = (FIRST_LINES[0], Line("HC:97535:GO", "75", "20.27", ("CO*45*43.95**59*5.75**253*0.37", "PR*2*4.66")))
    quick.give(remittance(number, more, trace="EFT3", paid="65.58", day="20261219", payer=PLAN_SAYS))
    third = quick.sent()[2]
    assert (third.payer, third.frequency, third.payers_number) == ("88888", "7", "SUPP77")
    assert third.having("AMT*D*") == ["AMT*D*65.58"]
    assert quick.claims()[second].replaced_by == third.number
    same_after_replay(quick)


def test_third_payer_learns_of_both(quick: Desk) -> None:
    number = billed(quick, PLAN, SUPPLEMENT, THIRD)
    quick.give(remittance(number, FIRST_LINES, trace="EFT1", paid="63.58", payer=PLAN_SAYS))
    second = quick.sent()[1]
    lines = (
        Line("HC:97530:GO", "150", "10", ("OA*23*138.44", "PR*2*1.56")),
        Line("HC:97535:GO", "75", "4.66", ("OA*23*70.34",)),
    )
    quick.give(
        remittance(
            second.number, lines, trace="S1", paid="14.66", day="20261203", payer=("EXAMPLE SUPPLEMENT", "88888")
        )
    )
    third = quick.sent()[2]
    assert (third.payer, third.place) == ("33333", "T")
    assert [each.split("*")[1] for each in third.having("SBR*")] == ["P", "S"]
    assert third.having("AMT*D*") == ["AMT*D*63.58", "AMT*D*14.66"]
    rows = quick.claims()
    assert [rows[each].patient_responsibility_cents for each in (number, second.number)] == [0, 0]


def test_share_is_the_patients_after_the_last_payer(quick: Desk) -> None:
    number = billed(quick, PLAN, SUPPLEMENT)
    quick.give(remittance(number, FIRST_LINES, trace="EFT1", paid="63.58", payer=PLAN_SAYS))
    second = quick.sent()[1].number
    assert quick.claims()[number].patient_responsibility_cents == 0
    lines = (
        Line("HC:97530:GO", "150", "10", ("OA*23*138.44", "PR*2*1.56")),
        Line("HC:97535:GO", "75", "4.66", ("OA*23*70.34",)),
    )
    quick.give(
        remittance(second, lines, trace="S1", paid="14.66", day="20261203", payer=("EXAMPLE SUPPLEMENT", "88888"))
    )
    rows = quick.claims()
    assert [rows[each].patient_responsibility_cents for each in (number, second)] == [0, 156]
    assert [each.kind for each in quick.work()] == []


def test_answer_that_adds_up_to_something_else_is_asked_about(quick: Desk) -> None:
    number = billed(quick, PLAN, SUPPLEMENT)
    quick.give(remittance(number, FIRST_LINES[:1], trace="EFT1", paid="45.31", charge="150", payer=PLAN_SAYS))
    items = [each for each in quick.work() if each.kind == "next_payer"]
    assert len(quick.sent()) == 1
    assert ["does not come to one answer" in each.reason for each in items] == [True]
    rest = remittance(
        number, FIRST_LINES[1:], trace="EFT2", paid="18.27", charge="75", payer=PLAN_SAYS, day="20261203", first=2
    )
    quick.give(rest)  # the other half: together they are the claim
    assert [each.place for each in quick.sent()] == ["P", "S"]
    assert quick.sent()[1].having("AMT*D*") == ["AMT*D*63.58"]
    assert quick.work() == []


RECORDS = Line("HC:97530:GO", "150", "0", ("CO*252*150",))
DEDUCTED = Line("HC:97535:GO", "75", "0", ("CO*45*43.95", "PR*1*31.05"))


def test_one_line_answered_again_goes_on_with_the_answer_to_the_other(quick: Desk) -> None:
    number = billed(quick, PLAN, SUPPLEMENT)
    quick.give(remittance(number, (RECORDS, DEDUCTED), trace="EFT1", paid="0", payer=PLAN_SAYS))
    assert len(quick.sent()) == 1  # records are asked for: nothing to go on with
    later = remittance(
        number, FIRST_LINES[:1], trace="EFT2", paid="45.31", charge="150", payer=PLAN_SAYS, day="20261203"
    )
    quick.give(later)
    second = quick.sent()[1]
    assert (second.payer, second.having("AMT*D*")) == ("88888", ["AMT*D*45.31"])
    assert second.having("SVD*") == ["SVD*44444*45.31*HC:97530:GO**2", "SVD*44444*0*HC:97535:GO**1"]
    assert second.having("CAS*PR") == ["CAS*PR*2*11.56", "CAS*PR*1*31.05"]
    assert not [each for each in second.having("CAS*CO") if "252" in each]
    assert quick.claims()[number].paid_cents == 4531
    assert [each.kind for each in quick.work() if each.kind == "next_payer"] == []
    same_after_replay(quick)


def test_visit_with_one_insurance_is_billed_once(quick: Desk) -> None:
    number = billed(quick, PLAN)
    quick.give(remittance(number, FIRST_LINES, trace="EFT1", paid="63.58", payer=PLAN_SAYS))
    assert len(quick.sent()) == 1
    assert quick.claims()[number].patient_responsibility_cents == 1622
