"""Three payers in line, of whom some send the claim on by themselves: who comes next is asked of the newest of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import permutations
from pathlib import Path

import pytest

from claimloom.ledger.views.accounts import accounts_of
from claimloom.ledger.views.scope import EVERYTHING
from tests.ledger.test_accounts import even
from tests.runtime import contract
from tests.services.payers_say import FIRST_LINES, MEDICARE, SUPPLEMENT, THIRD, Desk, Line, begin, remittance, told

DAY, PAID = date(2026, 11, 20), date(2026, 12, 2)
SECOND_SAYS, THIRD_SAYS = ("EXAMPLE SUPPLEMENT", "88888"), ("EXAMPLE THIRD", "33333")
SECOND_LINES = (
    Line("HC:97530:GO", "150", "10", ("OA*23*138.44", "PR*2*1.56")),
    Line("HC:97535:GO", "75", "4.66", ("OA*23*70.34",)),
)
THIRD_LINES = (
    Line("HC:97530:GO", "150", "1", ("OA*23*148.44", "PR*3*0.56")),
    Line("HC:97535:GO", "75", "0", ("OA*23*75",)),
)


@pytest.fixture
def three(tmp_path: Path) -> Iterator[Desk]:
    made = begin(tmp_path, DAY)
    yield made
    made.system.close()


def sent_first(desk: Desk, *coverages: dict[str, object]) -> str:
    """A visit with these insurances; the number of the claim to the first."""
    desk.visit(told(coverages))
    (sent,) = desk.sent()
    desk.on(PAID)
    return sent.number


def medicare_says(number: str) -> str:
    return remittance(number, FIRST_LINES, trace="EFT1", paid="63.58", status="19", more=["MOA***MA18"])


def second_says(number: str, status: str = "2", lines: tuple[Line, ...] = SECOND_LINES, paid: str = "14.66") -> str:
    return remittance(number, lines, trace="S1", paid=paid, day="20261209", status=status, payer=SECOND_SAYS)


def third_says(number: str, status: str = "3") -> str:
    return remittance(number, THIRD_LINES, trace="T1", paid="1", day="20261216", status=status, payer=THIRD_SAYS)


def owed(desk: Desk) -> tuple[dict[str, int], int, int]:
    """What each payer owes, what stands with the patient, and what of that the next payer decides first."""
    with desk.system.engine.connect() as connection:
        (found,) = accounts_of(connection, EVERYTHING, desk.sent()[0].number)
    even(desk.system.engine)
    return (
        {name: cents for name, cents in found.payers.items() if cents},
        found.balances["patient"],
        found.next_payer_cents,
    )


def same_after_replay(desk: Desk) -> None:
    contract.standings_equal_the_fold(desk.system.engine)
    before = contract.contents(desk.system.engine)
    desk.system.runtime.replay()
    assert contract.contents(desk.system.engine) == before


@pytest.mark.parametrize("order", list(permutations(range(2))), ids=str)
@pytest.mark.parametrize("status", ["2", "1", "4"])
def test_third_is_billed_when_the_second_answers_our_first_claim(
    three: Desk, order: tuple[int, int], status: str
) -> None:
    number = sent_first(three, MEDICARE, SUPPLEMENT, THIRD)
    texts = medicare_says(number), second_says(number, status)
    for at in order:
        assert len(three.sent()) == 1
        three.give(texts[at])
    first, third = three.sent()
    assert (third.payer, third.place, third.frequency) == ("33333", "T", "1")
    assert [each.split("*")[1] for each in third.having("SBR*")] == ["P", "S"]
    assert third.having("AMT*D*") == ["AMT*D*63.58", "AMT*D*14.66"]
    assert [each.split("*")[1:3] for each in third.having("SVD*")] == [
        *(["06102", "45.31"], ["88888", "10"], ["06102", "18.27"], ["88888", "4.66"]),
    ]
    assert third.having("CAS*OA") == ["CAS*OA*23*138.44", "CAS*OA*23*70.34"]
    assert third.having("CAS*PR") == ["CAS*PR*2*11.56", "CAS*PR*2*1.56", "CAS*PR*2*4.66"]
    for text in texts:
        three.give(text)
    assert len(three.sent()) == 2
    assert owed(three) == ({"EXAMPLE THIRD": 156}, 0, 0)
    assert three.claims()[first.number].patient_responsibility_cents == 0
    assert three.work() == []
    three.give(third_says(third.number))
    assert owed(three) == ({}, 56, 0)
    same_after_replay(three)


def test_second_that_sends_it_on_is_waited_for_too(three: Desk) -> None:
    number = sent_first(three, MEDICARE, SUPPLEMENT, THIRD)
    three.give(medicare_says(number))
    three.on(date(2026, 12, 10))
    three.give(second_says(number, "20"))
    assert len(three.sent()) == 1
    assert owed(three) == ({}, 156, 156)
    three.on(date(2027, 1, 7))
    assert three.work() == []
    three.on(date(2027, 1, 8))  # thirty days after the second's payment
    (item,) = three.work()
    assert "EXAMPLE SUPPLEMENT sent the claim on to EXAMPLE THIRD" in item.reason
    assert (item.kind, item.recoverable_cents) == ("next_payer", 156)
    three.decide("bill_next_payer", number)
    assert [(each.payer, each.place) for each in three.sent()] == [("06102", "P"), ("33333", "T")]
    assert three.work() == []


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
def test_all_three_answer_our_first_claim(three: Desk, order: tuple[int, ...]) -> None:
    number = sent_first(three, MEDICARE, SUPPLEMENT, THIRD)
    texts = medicare_says(number), second_says(number, "20"), third_says(number)
    for at in (*order, *order):
        three.give(texts[at])
    assert len(three.sent()) == 1
    assert owed(three) == ({}, 56, 0)
    row = three.claims()[number]
    assert (row.paid_cents, row.patient_responsibility_cents) == (7924, 56)
    assert [each.cause for each in row.causes if each.cause == "duplicate_payment"] == []
    assert three.work() == []
    same_after_replay(three)


def test_second_that_lacks_information_is_mended_first(three: Desk) -> None:
    number = sent_first(three, MEDICARE, SUPPLEMENT, THIRD)
    three.give(medicare_says(number))
    lines = tuple(
        Line(each.code, each.charge, "0", (f"OA*23*{earlier}", f"CO*252*{asked}"))
        for each, earlier, asked in zip(SECOND_LINES, ("138.44", "70.34"), ("11.56", "4.66"), strict=True)
    )
    three.give(second_says(number, lines=lines, paid="0"))
    assert len(three.sent()) == 1
    (item,) = three.work()
    assert item.kind == "denied"
    assert "next payer refuses: CO-252" in item.reason
    three.decide("bill_next_payer", number)  # who refused it gets what it lacks from us
    assert [(each.payer, each.place) for each in three.sent()] == [("06102", "P"), ("88888", "S")]
    assert three.sent()[1].having("AMT*D*") == ["AMT*D*63.58"]


def test_second_whose_denial_is_final_leaves_all_to_the_third(three: Desk) -> None:
    number = sent_first(three, MEDICARE, SUPPLEMENT, THIRD)
    three.give(medicare_says(number))
    lines = tuple(
        Line(each.code, each.charge, "0", (f"OA*23*{earlier}", f"PR*119*{asked}"))
        for each, earlier, asked in zip(SECOND_LINES, ("138.44", "70.34"), ("11.56", "4.66"), strict=True)
    )
    three.give(second_says(number, lines=lines, paid="0"))
    assert [(each.payer, each.place) for each in three.sent()] == [("06102", "P"), ("33333", "T")]
    assert owed(three) == ({"EXAMPLE THIRD": 1622}, 0, 0)
    same_after_replay(three)


def test_share_is_the_patients_when_the_second_is_the_last(three: Desk) -> None:
    number = sent_first(three, MEDICARE, SUPPLEMENT)
    three.give(medicare_says(number))
    three.give(second_says(number))
    assert len(three.sent()) == 1
    assert owed(three) == ({}, 156, 0)
    assert three.claims()[number].patient_responsibility_cents == 156
    three.decide("bill_next_payer", number)  # nobody is left
    assert len(three.sent()) == 1
    assert ["no payer comes after EXAMPLE SUPPLEMENT" in each.reason for each in three.work()] == [True]


def test_word_that_it_was_forwarded_ends_with_that_payers_answer(three: Desk) -> None:
    number = sent_first(three, MEDICARE, SUPPLEMENT, THIRD)
    three.give(medicare_says(number))
    three.on(date(2027, 1, 2))
    three.decide("forwarded", number)
    three.give(second_says(number))
    assert [each.place for each in three.sent()] == ["P", "T"]


def test_word_that_the_second_forwarded_it_holds_the_third_back(three: Desk) -> None:
    number = sent_first(three, MEDICARE, SUPPLEMENT, THIRD)
    three.give(medicare_says(number))
    three.give(second_says(number, "20"))
    three.on(date(2027, 1, 10))
    three.decide("forwarded", number)
    again = (FIRST_LINES[0], Line("HC:97535:GO", "75", "18.28", ("CO*45*43.95**59*7.75**253*0.36", "PR*2*4.66")))
    three.give(remittance(number, again, trace="EFT9", paid="63.59", day="20270109"))
    assert [each.place for each in three.sent()] == ["P"]


def test_third_answers_the_claim_that_we_sent_to_the_second(three: Desk) -> None:
    number = sent_first(three, MEDICARE, SUPPLEMENT, THIRD)
    three.give(remittance(number, FIRST_LINES, trace="EFT1", paid="63.58"))
    second = three.sent()[1].number
    three.give(second_says(second, "20"))
    assert owed(three)[1:] == (156, 156)
    three.give(third_says(second))
    assert [each.place for each in three.sent()] == ["P", "S"]
    row = three.claims()[second]
    assert (row.paid_cents, row.patient_responsibility_cents) == (1566, 56)
    assert owed(three) == ({}, 56, 0)
    same_after_replay(three)


def test_second_that_calls_itself_third_is_still_the_second(three: Desk) -> None:
    number = sent_first(three, MEDICARE, SUPPLEMENT, THIRD)
    three.give(remittance(number, FIRST_LINES, trace="EFT1", paid="63.58"))
    three.give(second_says(three.sent()[1].number, "3"))
    assert [each.place for each in three.sent()] == ["P", "S", "T"]
