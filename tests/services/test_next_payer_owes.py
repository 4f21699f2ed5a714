"""What a payer leaves to the payer after it is that one's to decide: an account in which all decided is even."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select

from claimloom.ledger.books.postings import ACCOUNTS_BOOK
from claimloom.ledger.tables import inbox, journal
from claimloom.ledger.vault import read_typed
from claimloom.ledger.views.accounts import Account, accounts_of
from claimloom.ledger.views.scope import EVERYTHING
from claimloom.runtime.step import run_step
from tests.ledger.test_accounts import even, result
from tests.services.payers_say import FIRST_LINES, PLAN, SUPPLEMENT, THIRD, Desk, Line, begin, remittance, told

DAY, PAID = date(2026, 11, 20), date(2026, 12, 2)
LEFT = (1156, 466)
"""Of the two lines of 150.00 and 75.00, by the first payer."""


@pytest.fixture
def two_payers(tmp_path: Path) -> Iterator[Desk]:
    made = begin(tmp_path, DAY)
    yield made
    made.system.close()


def account(desk: Desk) -> Account:
    (number, *_) = [each.number for each in desk.sent()]
    with desk.system.engine.connect() as connection:
        (found,) = accounts_of(connection, EVERYTHING, number)
    return found


def owed(desk: Desk) -> tuple[dict[str, int], int]:
    found = account(desk)
    return {name: cents for name, cents in found.payers.items() if cents}, found.balances["patient"]


def dollars(cents: int) -> str:
    return f"{cents / 100:.2f}".rstrip("0").rstrip(".")


def later(number: str, shares: tuple[int, int], paid: tuple[int, int], trace: str, payer: tuple[str, str]) -> str:
    """A later payer pays of each line's share; the rest is the patient's, all else was decided before it (OA-23)."""
    lines = []
    for (code, charge), share, cents in zip((("97530", 15000), ("97535", 7500)), shares, paid, strict=True):
        cas = [f"OA*23*{dollars(charge - share)}"]
        cas += [f"PR*2*{dollars(share - cents)}"] if share > cents else []
        lines.append(Line(f"HC:{code}:GO", dollars(charge), dollars(cents), tuple(cas)))
    return remittance(number, lines, trace=trace, paid=dollars(sum(paid)), day="20261203", status="2", payer=payer)


@pytest.mark.parametrize("seed", range(3))
def test_account_of_which_all_payers_decided_owes_the_patients_share_alone(two_payers: Desk, seed: int) -> None:
    desk, chance = two_payers, random.Random(seed)
    desk.visit(told([PLAN, SUPPLEMENT, THIRD]))
    number = desk.sent()[0].number
    desk.on(PAID)
    first = remittance(number, FIRST_LINES, trace="EFT1", paid="63.58", payer=("EXAMPLE COMMERCIAL", "44444"))
    desk.give(first)
    assert owed(desk) == ({"EXAMPLE SUPPLEMENT": 1622}, 0)
    some = (chance.randrange(1, 1156), 466)
    second = later(desk.sent()[1].number, LEFT, some, "S1", ("EXAMPLE SUPPLEMENT", "88888"))
    desk.give(second)
    rest = (1156 - some[0], 0)
    assert owed(desk) == ({"EXAMPLE THIRD": rest[0]}, 0)
    paid = (chance.randrange(0, rest[0] + 1), 0)
    third = later(desk.sent()[2].number, rest, paid, "T1", ("EXAMPLE THIRD", "33333"))
    again = [first, second, third]
    chance.shuffle(again)
    for text in (third, *again):
        desk.give(text)
        assert owed(desk) == ({}, rest[0] - paid[0])
    even(desk.system.engine)
    in_any_order(desk, chance)


def in_any_order(desk: Desk, chance: random.Random) -> None:
    """Claims of one visit may be heard of in any order: only events of one claim keep theirs."""
    engine = desk.system.engine
    wanted = result(engine)
    with engine.connect() as connection:
        bodies = connection.scalars(select(journal.c.body).order_by(journal.c.seq)).all()
        events = [
            each for each in (read_typed(connection, body) for body in bodies) if each.type in ACCOUNTS_BOOK.folds
        ]
    keeper = next(each for each in desk.system.runtime.services if each.name == "account_keeper")
    with engine.begin() as connection:
        for table in ACCOUNTS_BOOK.tables:
            connection.execute(table.delete())
        connection.execute(inbox.delete().where(inbox.c.service == keeper.name))
    begun, *others = events
    turns = [str(event.payload.claim_id) for event in others]
    chance.shuffle(turns)
    own = {name: [event for event in others if str(event.payload.claim_id) == name] for name in turns}
    for event in (begun, *(own[name].pop(0) for name in turns)):
        run_step(engine, keeper, [event], clock=desk.system.now)
        even(engine)
    assert result(engine) == wanted


def test_share_of_a_claim_that_was_sent_on_is_not_the_patients_yet(two_payers: Desk) -> None:
    desk = two_payers
    desk.visit(told([PLAN, SUPPLEMENT]))
    number = desk.sent()[0].number
    desk.on(PAID)
    plan = ("EXAMPLE COMMERCIAL", "44444")
    desk.give(remittance(number, FIRST_LINES, trace="EFT1", paid="63.58", status="19", payer=plan))
    assert owed(desk) == ({}, 1622)
    assert account(desk).next_payer_cents == 1622
    desk.give(later(number, LEFT, (1000, 466), "S1", ("EXAMPLE SUPPLEMENT", "88888")))
    assert owed(desk) == ({}, 156)
    assert account(desk).next_payer_cents == 0
