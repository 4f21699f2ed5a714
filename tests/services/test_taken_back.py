"""A reversal of a payment that never came here waits apart until that comes; in any order the end is the same."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import permutations
from pathlib import Path

import pytest

from claimloom.ledger.books.postings import account_totals
from tests.ledger.test_accounts import even, result, rows
from tests.runtime import contract
from tests.services.payers_say import FIRST_LINES, PLAN, SUPPLEMENT, Desk, Line, accepted, begin, remittance, told

DAY = date(2026, 11, 20)
PLAN_SAYS = ("EXAMPLE COMMERCIAL", "44444")
LESS = (Line("HC:97530:GO", "150", "40", ("CO*45*100", "PR*2*10")), Line("HC:97535:GO", "75", "20", ("CO*45*55",)))
BACK = (
    Line("HC:97530:GO", "-150", "-40", ("CO*45*-100", "PR*2*-10")),
    Line("HC:97535:GO", "-75", "-20", ("CO*45*-55",)),
)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = begin(tmp_path, DAY)
    yield made
    made.system.close()


def files(number: str) -> dict[str, str]:
    """A payment, its reversal of a later day, and what was paid anew with it."""
    return {
        "paid": remittance(number, LESS, trace="EFT1", paid="60", payer=PLAN_SAYS),
        "back": remittance(
            number, BACK, trace="EFT2", paid="-60", charge="-225", status="22", day="20261210", payer=PLAN_SAYS
        ),
        "anew": remittance(number, FIRST_LINES, trace="EFT3", paid="63.58", day="20261210", payer=PLAN_SAYS),
    }


def apart(desk: Desk) -> int:
    """Cents that were taken back of what never came here."""
    return sum(row["cents"] for row in rows(desk.system.engine, account_totals) if row["account"] == "taken_back")


def test_in_any_order_the_claim_is_paid_what_it_was_paid_here(tmp_path: Path) -> None:
    ends = []
    for count, order in enumerate(permutations(("paid", "back", "anew"))):
        desk = begin(tmp_path / str(count), DAY)
        desk.visit(told([PLAN]))
        (sent,) = desk.sent()
        desk.on(date(2026, 12, 12))
        here: set[str] = set()
        for name in order:
            desk.give(files(sent.number)[name])
            here.add(name)
            even(desk.system.engine)
            never_seen = "back" in here and "paid" not in here
            assert apart(desk) == (6000 if never_seen else 0)
            row = desk.claims()[sent.number]
            kept = 6000 if "paid" in here and "back" not in here else 0
            assert row.paid_cents == kept + (6358 if "anew" in here else 0)
            if never_seen and "anew" in here:
                assert ["never read here" in each.reason for each in desk.work()] == [True]
        assert [each for each in desk.work() if "never read here" in each.reason] == []
        contract.standings_equal_the_fold(desk.system.engine)
        left, _ = result(desk.system.engine)
        ends.append({account: cents for (_, account), cents in left.items()})
        before = contract.contents(desk.system.engine)
        desk.system.runtime.replay()
        assert contract.contents(desk.system.engine) == before
        desk.system.close()
    assert ends == [ends[0]] * 6
    assert ends[0]["paid"] == 6358


def test_of_two_reversals_the_one_whose_payment_came_is_no_question(desk: Desk) -> None:
    """The nearest neighbour: what was paid before it here can be what it takes back, though its amounts are others."""
    desk.visit(told([PLAN]))
    (sent,) = desk.sent()
    desk.on(date(2026, 12, 12))
    desk.give(remittance(sent.number, FIRST_LINES, trace="EFT0", paid="63.58", payer=PLAN_SAYS))
    desk.give(files(sent.number)["back"])
    assert (apart(desk), desk.claims()[sent.number].paid_cents) == (0, 358)
    even(desk.system.engine)


def test_the_next_payer_is_billed_by_what_was_paid_anew(desk: Desk) -> None:
    desk.visit(told([PLAN, SUPPLEMENT]))
    (sent,) = desk.sent()
    desk.on(date(2026, 12, 12))
    for name in ("back", "anew"):
        desk.give(files(sent.number)[name])
    assert desk.sent()[1].having("AMT*D*") == ["AMT*D*63.58"]


def test_another_version_that_was_paid_bears_nothing_of_it(desk: Desk) -> None:
    payers = desk.folder / "payers"
    payers.mkdir(exist_ok=True)
    contract_of_plan = 'contract = "percent_of_medicare"\npercent_of_medicare = 0.9\n'
    (payers / "plan.toml").write_text(f'payer_ids = ["44444"]\npayer_class = "commercial"\n{contract_of_plan}')
    desk.on(DAY)
    desk.visit(told([PLAN]))
    (first,) = desk.sent()
    desk.give(accepted(first.number, "1126330000501", batch="B1"))
    desk.visit(told([PLAN], revision=2, diagnoses=["M25.561", "M54.50"]))
    second = desk.sent()[1]
    assert second.frequency == "7"
    desk.on(date(2026, 12, 12))
    desk.give(files(first.number)["back"])
    desk.give(files(second.number)["anew"])
    assert apart(desk) == 6000
    row = desk.claims()[second.number]
    assert row.expected_paid_cents
    assert (row.paid_cents, row.variance_cents) == (6358, 6358 - row.expected_paid_cents)
    even(desk.system.engine)
