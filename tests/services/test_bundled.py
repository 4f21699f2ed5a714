"""Lines that a payer pays as one: under a common code (SVC06 tells ours), or within a line that it adds. What is
allowed is compared in sum, whatever part of it is the patient's.

Sources: 835 guide 1.10.2.6, X12 RFI 2320 (OA-94 and CO-97), RFI 2551 (a payer adds a line of its own, without SVC06).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from tests.command import claimloom
from tests.runtime import contract
from tests.services.payers_say import PLAN, Desk, begin, remittance, told
from tests.services.test_visit_numbers import agreed

# Of 225.00 in two lines 60.00 and 25.00 are allowed.
FEES = 'payer_ids = ["44444"]\n[[terms]]\nfrom = 2025-01-01\nfees = { "97530" = 3000, "97535" = 2500 }\n'


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = begin(tmp_path, date(2026, 11, 20))
    agreed(made, FEES)
    made.visit(told([PLAN]))
    yield made
    made.system.close()


def paying(number: str, lines: str, paid: str, trace: str = "T77", charge: str = "225") -> str:
    """An 835 whose lines are told as ``SVC|CAS CAS|number``, one a line."""
    text = remittance(number, [], trace=trace, paid=paid, payer=("EXAMPLE COMMERCIAL", "44444"), charge=charge)
    made: list[str] = []
    for line in lines.split():
        service, cas, ours = line.split("|")
        made += [f"SVC*HC:{service}", "DTM*472*20261116", *(f"CAS*{each}" for each in cas.split(";") if each)]
        made += [f"REF*6R*{number}-{ours}"] if ours else []
    head, tail = text.split("\nSE*")
    head, *level = head.split("\nPLB*")
    count, rest = tail.split("*", 1)
    after = [*(f"PLB*{each}" for each in level), f"SE*{int(count) + len(made)}*{rest}"]
    return "\n".join([head, *(f"{each}~" for each in made), *after])


def stands(desk: Desk) -> tuple[int | None, int, list[str], list[str], list[str]]:
    """Expected and off of the one claim, its flags, causes and work."""
    (row,) = desk.claims().values()
    causes = [each["cause"] for each in row.causes]
    return row.expected_paid_cents, row.variance_cents, row.flags, causes, [each.kind for each in desk.work()]


def balances(desk: Desk) -> tuple[int, int, int]:
    """What the payer owes, what the patient owes and what is given up by contract."""
    desk.system.close()
    done = claimloom("accounts", "show", "S-1", "--json", "--data", desk.folder)
    found = json.loads(done.stdout)["balances"]
    return found["receivable"], found["patient"], found["contractual"]


TAKEN_IN = "97530:GO*150*0**2|CO*97*150|1 97535:GO*75*0**1|CO*97*75|2"
RIGHT = {
    "under one of our codes": "97530:GO*150*85**2|OA*94*-75;CO*45*140|1 97530:GO*75*0**0*HC:97535:GO|CO*97*75|2",
    "under another code": "97139:GO*150*85**2*HC:97530:GO|OA*94*-75;CO*45*140|1 "
    "97139:GO*75*0**0*HC:97535:GO|CO*97*75|2",
    "in a line added at the end": f"{TAKEN_IN} 97139:GO*0*85**1|OA*94*-225;CO*45*140|",
    "in a line added before them": f"97139:GO*0*85**1|OA*94*-225;CO*45*140| {TAKEN_IN}",
    "in a line lifted by the payment alone": f"{TAKEN_IN} 97139:GO*0*85**1|OA*94*-85|",
    "one of two": "97530:GO*150*60**2|CO*45*90|1 97535:GO*75*0**1|CO*97*75|2 97139:GO*0*25**1|OA*94*-75;CO*45*50|",
}


@pytest.mark.parametrize("which", RIGHT)
def test_lines_paid_as_one_and_right_ask_for_nothing(desk: Desk, which: str) -> None:
    (number,) = desk.claims()
    desk.give(paying(number, RIGHT[which], "85"))
    assert stands(desk) == (8500, 0, [], [], [])
    contract.standings_equal_the_fold(desk.system.engine)
    assert balances(desk) == (0, 0, 14000)


def test_an_added_line_with_the_charges_of_those_that_it_is_for(desk: Desk) -> None:
    (number,) = desk.claims()  # X12 RFI 2551: CLP03 is the sum of all lines then, more than was billed
    desk.give(paying(number, f"{TAKEN_IN} 97139:GO*225*85**1|CO*45*140|", "85", charge="450"))
    assert stands(desk) == (8500, 0, [], [], [])
    assert balances(desk) == (0, 0, 14000)


SHARES = {
    "17 as one": ("97530:GO*150*68**2|OA*94*-75;CO*45*140;PR*2*17|1 97530:GO*75*0**0*HC:97535:GO|CO*97*75|2", 17),
    "70 as one": ("97530:GO*150*15**2|OA*94*-75;CO*45*140;PR*1*70|1 97530:GO*75*0**0*HC:97535:GO|CO*97*75|2", 70),
    "all as one": ("97530:GO*150*0**2|OA*94*-75;CO*45*140;PR*1*85|1 97530:GO*75*0**0*HC:97535:GO|CO*97*75|2", 85),
    "of the line taken in": (
        "97530:GO*150*68**2|OA*94*-58;CO*45*140|1 97530:GO*75*0**0*HC:97535:GO|CO*97*58;PR*2*17|2",
        17,
    ),
    "17 added": (f"{TAKEN_IN} 97139:GO*0*68**1|OA*94*-225;CO*45*140;PR*2*17|", 17),
    "70 added": (f"{TAKEN_IN} 97139:GO*0*15**1|OA*94*-225;CO*45*140;PR*1*70|", 70),
    "each of its own": ("97530:GO*150*15**2|CO*45*90;PR*1*45|1 97535:GO*75*0**1|CO*45*50;PR*1*25|2", 70),
}


@pytest.mark.parametrize("which", SHARES)
def test_the_patients_share_of_lines_paid_as_one_is_of_all_of_them(desk: Desk, which: str) -> None:
    (number,) = desk.claims()
    lines, share = SHARES[which]
    desk.give(paying(number, lines, str(85 - share)))
    assert stands(desk) == (8500 - share * 100, 0, [], [], [])
    assert balances(desk) == (0, share * 100, 14000)


def test_an_added_line_that_pays_too_little(desk: Desk) -> None:
    (number,) = desk.claims()
    desk.give(paying(number, f"{TAKEN_IN} 97139:GO*0*60**1|OA*94*-225;CO*45*165|", "60"))
    assert stands(desk) == (8500, -2500, ["underpaid"], ["bundled"], ["underpaid"])
    assert balances(desk)[0] == 2500


# Lawful neighbours: what is included and paid with nothing is denied, and money on a line of nobody's is too much.
NEIGHBOURS = {
    "included and paid with nothing": (
        "97530:GO*150*60**2|CO*45*90|1 97535:GO*75*0**1|CO*97*75|2",
        "60",
        (8500, -2500, ["denied"], ["denied"], ["denied"]),
    ),
    "a line of nobody's beside ours": (
        "97530:GO*150*60**2|CO*45*90|1 97535:GO*75*25**1|CO*45*50|2 98960:GO*0*10**1|OA*94*-10|",
        "95",
        (8500, 1000, ["overpaid"], ["line_not_ours"], ["overpaid"]),
    ),
    "a line for information": (
        "97530:GO*150*60**2|CO*45*90|1 97535:GO*75*25**1|CO*45*50|2 98960:GO*0*0**1||",
        "85",
        (8500, 0, [], [], []),
    ),
}


@pytest.mark.parametrize("which", NEIGHBOURS)
def test_what_is_not_paid_as_one(desk: Desk, which: str) -> None:
    (number,) = desk.claims()
    lines, paid, expected = NEIGHBOURS[which]
    desk.give(paying(number, lines, paid))
    assert stands(desk) == expected
