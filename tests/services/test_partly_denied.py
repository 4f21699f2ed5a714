"""A payer that paid one line and refused another: what can be mended is mended before the next payer is billed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from tests.services.payers_say import FIRST_LINES, MEDICARE, PLAN, SUPPLEMENT, Desk, Line, begin, remittance
from tests.services.test_third_payer import owed, same_after_replay, sent_first

PLAN_SAYS = ("EXAMPLE COMMERCIAL", "44444")


@pytest.fixture
def partly(tmp_path: Path) -> Iterator[Desk]:
    made = begin(tmp_path, date(2026, 11, 20))
    yield made
    made.system.close()


def answer(number: str, *cas: str, payer: tuple[str, str] = PLAN_SAYS) -> str:
    """The first line paid with a share of 11.56, the second wholly taken off for a reason."""
    lines = (FIRST_LINES[0], Line("HC:97535:GO", "75", "0", cas))
    return remittance(number, lines, trace="EFT1", paid="45.31", payer=payer)


@pytest.mark.parametrize("cas", ["CO*16*75", "CO*252*75", "CO*197*75", "CO*4*75", "PR*27*75", "CO*18*75", "OA*133*75"])
def test_line_that_can_be_mended_holds_the_next_payer_back(partly: Desk, cas: str) -> None:
    number = sent_first(partly, PLAN, SUPPLEMENT)
    partly.give(answer(number, cas))
    assert [each.place for each in partly.sent()] == ["P"]
    assert [each for each in partly.work() if each.kind == "next_payer"] == []


@pytest.mark.parametrize(
    ("cas", "asked"),
    [
        (("PR*3*75",), 8656),
        (("CO*45*45", "PR*3*30"), 4156),
        (("PR*204*75",), 8656),
        (("PR*119*75",), 8656),
        (("PR*96*50", "PR*2*25"), 8656),
        (("OA*119*75",), 8656),
        (("PR*45*75",), 8656),
        (("CO*45*75",), 1156),
        (("CO*97*75",), 1156),
        (("CO*29*75",), 1156),
        (("CO*50*75",), 1156),
        (("CO*119*75",), 1156),
    ],
    ids=str,
)
@pytest.mark.parametrize("payer", ["plan", "medicare"])
def test_next_payer_is_asked_for_all_that_is_left(partly: Desk, payer: str, cas: tuple[str, ...], asked: int) -> None:
    first, says = (PLAN, PLAN_SAYS) if payer == "plan" else (MEDICARE, ("MEDICARE PART B IL", "06102"))
    number = sent_first(partly, first, SUPPLEMENT)
    partly.give(answer(number, *cas, payer=says))
    assert [each.place for each in partly.sent()] == ["P", "S"]
    payers, patient, _ = owed(partly)
    assert (payers["EXAMPLE SUPPLEMENT"], patient) == (asked, 0)


def test_who_waits_for_a_correction_is_asked_about_in_time_and_billed_by_decision(partly: Desk) -> None:
    number = sent_first(partly, PLAN, SUPPLEMENT)
    partly.give(answer(number, "CO*16*75"))
    partly.on(date(2026, 12, 31))
    (item,) = [each for each in partly.work() if each.kind == "next_payer"]
    assert "EXAMPLE SUPPLEMENT comes next and waits: CO-16 of EXAMPLE COMMERCIAL was not mended" in item.reason
    assert item.recoverable_cents == 1156
    partly.decide("bill_next_payer", number)
    second = partly.sent()[1]
    assert second.having("CAS*") == ["CAS*CO*45*83.1**59*9.11**253*.92", "CAS*PR*2*11.56", "CAS*CO*16*75"]
    assert [each for each in partly.work() if each.kind == "next_payer"] == []
    assert owed(partly)[0]["EXAMPLE SUPPLEMENT"] == 1156
    same_after_replay(partly)


def test_answer_to_the_mended_line_bills_the_next_payer_once(partly: Desk) -> None:
    number = sent_first(partly, PLAN, SUPPLEMENT)
    partly.give(answer(number, "CO*16*75"))
    partly.give(
        remittance(
            number, FIRST_LINES[1:], trace="EFT2", paid="18.27", charge="75", payer=PLAN_SAYS, day="20261215", first=2
        )
    )
    partly.on(date(2026, 12, 31))
    assert [(each.place, each.frequency) for each in partly.sent()] == [("P", "1"), ("S", "1")]
    assert [each for each in partly.work() if each.kind == "next_payer"] == []
    assert owed(partly)[0]["EXAMPLE SUPPLEMENT"] == 1622
