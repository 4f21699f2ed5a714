"""Which line of a claim a line of a payment is for: scored, asked where that is too little, decided and undone.

A payer echoes our number of a line (REF*6R) or tells its code (SVC06), 835 guide 2110; it does not always.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from claimloom.errors import PlainError
from tests.command import claimloom
from tests.runtime import contract
from tests.services.payers_say import MEDICARE, PLAN, SUPPLEMENT, Desk, begin, told
from tests.services.test_bundled import FEES, paying, stands
from tests.services.test_money_decided import balances
from tests.services.test_next_payer import same_after_replay
from tests.services.test_visit_numbers import agreed

# Of line 2 neither our number nor its code is told, and it does not stand at its place: 60 points and no way to it.
LOST = "97112:GO*75*25**1|CO*45*50| 97530:GO*150*60**2|CO*45*90|1"
NAMED = "97530:GO*150*60**2|CO*45*90|1 97535:GO*75*25**1|CO*45*50|2"
RIGHT = {"contractual": 14000, "paid": 8500}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = begin(tmp_path, date(2026, 11, 20))
    agreed(made, FEES)
    made.visit(told([PLAN]))
    yield made
    made.system.close()


def number_of(desk: Desk) -> str:
    (number,) = desk.claims()
    return number


def test_a_line_that_fits_too_little_is_asked_about_and_put_by_a_person(desk: Desk) -> None:
    number = number_of(desk)
    desk.give(paying(number, LOST, "85"))
    assert stands(desk)[3:] == (["line_missing", "line_not_ours"], ["review"])
    (item,) = desk.work()
    assert "line 1 of payment T77 (97112, $25.00)" in item.reason
    assert "it could be line 2 (charge, modifiers, units, date: 60)" in item.reason
    assert "match_line" in item.action
    desk.decide("match_line", number, payment="T77", line="1", to="2")
    assert stands(desk) == (8500, 0, [], [], [])
    assert balances(desk, number) == RIGHT
    same_after_replay(desk)


def test_what_was_decided_of_a_line_is_undone(desk: Desk) -> None:
    number = number_of(desk)
    desk.give(paying(number, LOST, "85"))
    before = (stands(desk), balances(desk, number))
    desk.decide("match_line", number, payment="T77", line="1", to="2")
    desk.decide("undo", number)
    assert (stands(desk), balances(desk, number)) == before
    with pytest.raises(PlainError, match="was undone already"):
        desk.decide("undo", number, reason="once more")
    desk.decide("match_line", number, payment="T77", line="1", to="2", reason="it is line 2 all the same")
    assert stands(desk) == (8500, 0, [], [], [])
    contract.standings_equal_the_fold(desk.system.engine)
    same_after_replay(desk)


def test_a_payment_whose_lines_are_all_put_to_none_pays_nothing_of_the_claim(desk: Desk) -> None:
    number = number_of(desk)
    desk.give(paying(number, NAMED, "85"))
    for line in ("1", "2"):
        desk.decide("match_line", number, payment="T77", line=line, to="none", reason=f"not line {line}")
    assert stands(desk) == (8500, 0, ["underpaid"], ["line_missing", "line_missing", "line_put_aside"], ["underpaid"])
    same_after_replay(desk)


def test_a_line_that_is_put_to_none_leaves_its_line_unanswered(desk: Desk) -> None:
    number = number_of(desk)
    desk.give(paying(number, NAMED, "85"))
    assert stands(desk) == (8500, 0, [], [], [])
    desk.decide("match_line", number, payment="T77", line="2", to="none")
    assert stands(desk) == (8500, 0, ["underpaid"], ["line_missing", "line_put_aside"], ["underpaid"])
    desk.decide("undo", number)
    assert stands(desk) == (8500, 0, [], [], [])
    assert balances(desk, number) == RIGHT
    same_after_replay(desk)


def test_two_lines_that_the_payer_mixed_up(desk: Desk) -> None:
    number = number_of(desk)
    desk.give(paying(number, "97530:GO*150*25**2|CO*45*125|1 97535:GO*75*60**1|CO*45*15|2", "85"))
    assert stands(desk)[3] != []
    desk.decide("match_line", number, payment="T77", line="1", to="2")
    desk.decide("match_line", number, payment="T77", line="2", to=f"{number}-1", reason="and the other one")
    causes = [each for each in stands(desk)[3] if each != "recode"]
    assert causes == []
    assert balances(desk, number)["paid"] == 8500


ANSWERS = {
    "pays": (LOST, "85", "T77"),
    "takes back": ("97112:GO*-75*-25**1|CO*45*-50| 97530:GO*-150*-60**2|CO*45*-90|1", "-85", "T78"),
    "pays again": (NAMED, "85", "T79"),
}


@pytest.mark.parametrize(
    "order",
    [each for each in itertools.permutations([*ANSWERS, "decided"]) if each.index("pays") < each.index("decided")],
)
def test_later_answers_and_the_decision_in_any_order(desk: Desk, order: tuple[str, ...]) -> None:
    number = number_of(desk)
    for each in order:
        if each == "decided":
            desk.decide("match_line", number, payment="T77", line="1", to="2")
            continue
        lines, paid, trace = ANSWERS[each]
        text = paying(number, lines, paid, trace, charge="-225" if paid[0] == "-" else "225")
        desk.give(text.replace(f"CLP*{number}*1*-", f"CLP*{number}*22*-"))
    assert stands(desk) == (8500, 0, [], [], [])
    assert balances(desk, number) == RIGHT
    contract.standings_equal_the_fold(desk.system.engine)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"payment": "T77", "line": "1"}, "needs to: --with to=LINE of the claim, or none"),
        ({}, "payment=TRACE --with line=NUMBER .claims show counts those of the payment. --with to=LINE of the claim"),
        ({"payment": "T77", "line": "3", "to": "2"}, "line 3: the payment has 2 lines for this claim"),
        ({"payment": "T77", "line": "one", "to": "2"}, "line one: the payment has 2 lines"),
        ({"payment": "T77", "line": "1", "to": "9"}, "to 9: the claim has no such line; it is one of 1 to 2, or none"),
        ({"payment": "T99", "line": "1", "to": "2"}, "payment T99: none of this claim"),
    ],
)
def test_a_line_that_is_not_there(desk: Desk, fields: dict[str, str], said: str) -> None:
    desk.give(paying(number_of(desk), LOST, "85"))
    with pytest.raises(PlainError, match=said):
        desk.decide("match_line", number_of(desk), **fields)


def test_of_two_answers_in_a_payment_the_one_is_named(desk: Desk) -> None:
    number = number_of(desk)
    text = paying(number, LOST, "85")
    claim = text[text.index("CLP*") : text.index("SE*2")]
    again = claim.replace("CLP*", "CLP*", 1).replace("1126330000501", "1126330000777")
    count = int(text.split("\nSE*")[1].split("*")[0])
    doubled = text.replace(claim, claim + again).replace(f"SE*{count}*", f"SE*{count + again.count('~')}*")
    desk.give(doubled.replace("BPR*I*85*", "BPR*I*170*"))
    with pytest.raises(PlainError, match=r"answers the claim 2 times; say which: line=1\.1, or line=2\.1"):
        desk.decide("match_line", number, payment="T77", line="1", to="2")
    desk.decide("match_line", number, payment="T77", line="2.1", to="2")
    desk.decide("match_line", number, payment="T77", line="1.1", to="2", reason="this one too")
    assert stands(desk)[3] == ["duplicate_payment", "duplicate_payment"]


def test_the_next_payer_is_billed_once_the_line_has_its_place(tmp_path: Path) -> None:
    desk = begin(tmp_path, date(2026, 11, 20))
    desk.visit(told([MEDICARE, SUPPLEMENT]))
    (number,) = desk.claims()
    lines = (
        "97112:GO*75*18.27**1|CO*45*43.95**59*7.75**253*0.37;PR*2*4.66| "
        "97530:GO*150*45.31**2|CO*45*83.1**59*9.11**253*0.92;PR*2*11.56|1"
    )
    text = paying(number, lines, "63.58").replace("REF*2U*44444", "REF*2U*06102")
    desk.give(text.replace("EXAMPLE COMMERCIAL", "MEDICARE PART B IL"))
    assert len(desk.sent()) == 1
    desk.decide("match_line", number, payment="T77", line="1", to="2")
    _, second = desk.sent()
    assert second.place == "S"
    assert second.having("SVD*") == ["SVD*06102*45.31*HC:97530:GO**2", "SVD*06102*18.27*HC:97112:GO**1"]
    same_after_replay(desk)
    desk.system.close()


def test_claims_show_says_what_speaks_for_a_line(desk: Desk) -> None:
    number = number_of(desk)
    desk.give(paying(number, LOST, "85"))
    desk.system.close()
    said = claimloom("claims", "show", number, "--data", desk.folder).stdout
    assert "line 1 of the answer (97112) is none of this claim's; it could be line 2 (charge, modifiers" in said
    words = ("--data", desk.folder, "--reason", "it is")
    done = claimloom(
        *("decide", "match_line", number, "--with", "payment=T77", "--with", "line=1", "--with", "to=2"), *words
    )
    assert done.returncode == 0, done.stderr
    story = json.loads(claimloom("claims", "show", number, "--json", "--data", desk.folder).stdout)
    details = [each for told in story["events"] for each in told["details"]]
    assert (
        "line 1 of the answer (97112) is line 2, by decision: charge, modifiers, units, date agree, 60 of 100"
        in details
    )
    text = claimloom("claims", "show", number, "--data", desk.folder).stdout
    assert "    line 1, 97112: " in text
    assert "decision match_line: line 1 of the answer is for line 2, by " in text
    (made,) = story["claim"]["decisions"]
    assert (made["kind"], made["fields"]["to"]) == ("match_line", f"{number}-2")


def test_undo_of_what_cannot_be_taken_back_says_what_can(desk: Desk) -> None:
    number = number_of(desk)
    with pytest.raises(PlainError, match=f"{number}: nothing of it can be taken back; what can: refund, write_off"):
        desk.decide("undo", number)
    with pytest.raises(PlainError, match="decision NOPE: not here by id, claim or visit"):
        desk.decide("undo", "NOPE")
