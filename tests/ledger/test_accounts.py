"""The books are even: every row, every tenant, every day, every payment, whatever came first, twice, or late.

Over the whole way of some visits with the invented payer, whose files say everything that is posted: payments, what
does not balance, what is of no claim, provider level, reversals, replaced claims.
"""

from __future__ import annotations

import json
import random
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from claimloom.ledger.books.payments import money_in, money_totals, suspense_cents
from claimloom.ledger.books.postings import ACCOUNTS_BOOK, LEGS, OWED, account_totals, postings
from claimloom.ledger.books.provider_level import pairs, provider_level
from claimloom.ledger.tables import inbox, journal
from claimloom.ledger.vault import read_typed
from claimloom.sandbox.payer import Payer
from claimloom.sandbox.visits import make_visits
from claimloom.settings import Settings
from claimloom.system import System
from tests.ledger.test_standings import Ledger, _again
from tests.runtime import contract

SEED = 9
# Of no claims here, with amounts at provider level.
BESIDE_CLAIMS = Path(__file__).parents[2] / "edi_samples/835/835_example.edi"
VISITS = list(make_visits(SEED, 14, contract.DAY))


def lines(some: list[Any]) -> bytes:
    return "".join(json.dumps(each.visit) + "\n" for each in some).encode()


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What the payer answers to all visits."""
    folder = tmp_path_factory.mktemp("asked")
    system = System(Settings(folder, as_of=contract.DAY, quiet_seconds=0))
    (folder / "inbound" / "visits.jsonl").write_bytes(lines(VISITS))
    system.run_until_idle()
    payer = Payer(SEED, contract.DAY)
    found: dict[str, bytes] = {}
    for path in sorted((folder / "outbound").iterdir()):
        found |= payer.answer(path.read_text())
    found |= payer.later()
    system.close()
    return {name: content for name, content in found.items() if name.startswith("835")}


def rows(engine: Engine, table: Any) -> list[dict[str, Any]]:
    with engine.connect() as connection:
        return [dict(row._mapping) for row in connection.execute(select(table))]


def even(engine: Engine) -> None:
    """Nothing is off anywhere, and every sum is that of its rows."""
    found = rows(engine, postings)
    days: dict[tuple[str, str], int] = defaultdict(int)
    sums: dict[tuple[str, ...], int] = defaultdict(int)
    of_payments: dict[str, int] = defaultdict(int)
    for row in found:
        assert sum(row[name] for name in LEGS) == 0, row
        days[row["tenant"], row["day"]] += sum(row[name] for name in LEGS)
        of_payments[row["payment_id"]] += row["payment_cents"]
        for name in LEGS:
            account = name.removesuffix("_cents")
            served = row["served"] if account in OWED else ""
            key = (row["tenant"], row["other"] if account == "other" else account)
            sums[*key, row["day"], served, row["clinic"], row["payer_id"]] += row[name]
    assert set(days.values()) <= {0}
    kept = {
        tuple(row[column.name] for column in account_totals.primary_key.columns): row["cents"]
        for row in rows(engine, account_totals)
    }
    assert {key: cents for key, cents in kept.items() if cents} == {key: cents for key, cents in sums.items() if cents}
    assert sum(kept.values()) == 0
    payments = rows(engine, money_in)
    for row in payments:
        assert of_payments[row["payment_id"]] == -suspense_cents(row), row
    for total in rows(engine, money_totals):
        mine = [row for row in payments if row["tenant"] == total["tenant"]]
        assert total["amount_cents"] == sum(row["amount_cents"] for row in mine)
        assert (total["count"], total["open"]) == (len(mine), sum(row["is_open"] for row in mine))
    of_pairs: dict[tuple[str, str], int] = defaultdict(int)
    for row in rows(engine, provider_level):
        of_pairs[row["tenant"], row["pair"]] += row["cents"]
    assert {(row["tenant"], row["pair"]): row["cents"] for row in rows(engine, pairs)} == {
        key: cents for key, cents in of_pairs.items() if key[1]
    }


def result(engine: Engine) -> tuple[dict[Any, int], dict[str, Any]]:
    """What is left in the end: cents by visit and account, and where the cents of each payment are."""
    left: dict[Any, int] = defaultdict(int)
    for row in rows(engine, postings):
        for name in LEGS:
            # Found late, it comes out of what was of nobody; else out of its payment.
            left[row["visit"], "paid" if name in ("payment_cents", "other_cents") else name] += row[name]
    names = ("amount_cents", "posted_cents", "provider_level_cents", "unmatched_cents", "is_open")
    payments = {row["trace_number"]: tuple(row[name] for name in names) for row in rows(engine, money_in)}
    return {key: cents for key, cents in left.items() if cents and key[0]}, payments


def told(folder: Path, steps: list[dict[str, bytes]]) -> tuple[dict[Any, int], dict[str, Any]]:
    """All of it, in these steps; even after each."""
    folder.mkdir()
    system = System(Settings(folder, as_of=contract.DAY, quiet_seconds=0))
    for step in steps:
        for name, content in step.items():
            (folder / "inbound" / name).write_bytes(content)
        system.run_until_idle()
        even(system.engine)
    found = result(system.engine)
    contract.replayed_equal(folder, "")
    system.close()
    return found


def test_any_order_any_repetition_any_subset_that_is_completed(tmp_path: Path, answers: dict[str, bytes]) -> None:
    wanted = told(tmp_path / "in order", [{"v.jsonl": lines(VISITS)}, answers])
    left, payments = wanted
    assert sum(cents for (_, name), cents in left.items() if name == "receivable_cents") > 0
    assert {row[0] for row in payments.values()} != {0}
    chance = random.Random(SEED)
    for number in range(2):
        names = list(answers)
        chance.shuffle(names)
        some = {name: answers[name] for name in names[: len(names) // 2]}
        again = {f"again-{name}": answers[name] for name in chance.sample(names, 2)}
        rest = {name: answers[name] for name in names if name not in some}
        half = len(VISITS) // 2
        steps = [{"1.jsonl": lines(VISITS[:half])}, some, again, {"2.jsonl": lines(VISITS[half:])}, rest, again]
        assert told(tmp_path / str(number), steps) == wanted


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    made = Ledger(tmp_path)
    yield made
    made.system.close()


def test_a_keeper_that_hears_events_in_any_order_ends_with_the_same(ledger: Ledger) -> None:
    contract.whole_way(ledger, VISITS, SEED)
    ledger.deliver({"beside-claims.edi": BESIDE_CLAIMS.read_bytes()})
    even(ledger.engine)
    wanted = result(ledger.engine)
    with ledger.engine.connect() as connection:
        bodies = connection.scalars(select(journal.c.body).order_by(journal.c.seq)).all()
        events = [read_typed(connection, body) for body in bodies]
    keeper = ledger.service("account_keeper")
    mine = [event for event in events if event.type in ACCOUNTS_BOOK.folds]
    with ledger.engine.begin() as connection:
        for table in ACCOUNTS_BOOK.tables:
            connection.execute(table.delete())
        connection.execute(inbox.delete().where(inbox.c.service == keeper.name))
    chance = random.Random(SEED)
    chance.shuffle(mine)
    while mine:
        size = chance.randrange(1, 30)
        _again(ledger, keeper, mine[:size])
        if chance.random() < 0.5:
            _again(ledger, keeper, mine[: size // 2])
        even(ledger.engine)
        mine = mine[size:]
    assert result(ledger.engine) == wanted
