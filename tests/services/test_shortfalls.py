"""What payers paid less than expected, summed up: found, made good, disputed, given up; and what runs through lines."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from claimloom.ledger.books.work_items import work_items
from claimloom.ledger.database import open_engine, open_reader
from claimloom.ledger.views.scope import EVERYTHING, Scope, Wanted
from claimloom.ledger.views.shortfalls import Drift, ShortfallSum, drifts, underpaid
from claimloom.remit.answers import Posted
from schemas.remittance import Adjustment
from tests.command import claimloom
from tests.desk.test_day import OT, paid
from tests.services.test_day import DAY, numbered, stands, told

YEAR = Wanted(since="2026-01-01")


def less(cents: int) -> Posted:
    """OT's claim, allowed so much less than is due, by the fee alone."""
    right = paid(OT, full=1)
    (line,) = right.claim.lines
    assert line.allowed_cents is not None
    allowed = line.allowed_cents - cents
    share = (allowed * 2 + 5) // 10
    cut = ((allowed - share) * 2 + 50) // 100
    pays = allowed - share - cut
    parts = [("PR", "2", share), ("CO", "253", cut), ("CO", "45", line.charge_cents - allowed)]
    changed = line.model_copy(
        update={
            "paid_cents": pays,
            "allowed_cents": allowed,
            "adjustments": [Adjustment(group=group, reason=code, amount_cents=each) for group, code, each in parts],
        }
    )
    claim = right.claim.model_copy(update={"paid_cents": pays, "lines": [changed]})
    return Posted(right.header, claim, right.order)


def sums(folder: Path) -> list[ShortfallSum]:
    engine = open_reader(f"sqlite:///{folder / 'claimloom.db'}")
    with engine.connect() as connection:
        found = underpaid(connection, EVERYTHING, YEAR, ("payer", "code", "cause", "month"))
        assert underpaid(connection, Scope(("other",)), YEAR) == []
        assert underpaid(connection, EVERYTHING, Wanted(since="2027-01-01")) == []
    engine.dispose()
    return found


def trends(folder: Path, least: int) -> list[Drift]:
    engine = open_reader(f"sqlite:///{folder / 'claimloom.db'}")
    with engine.connect() as connection:
        found = drifts(connection, EVERYTHING, DAY, least)
    engine.dispose()
    return found


def test_short_fee_is_found_and_what_comes_later_is_recovered(tmp_path: Path) -> None:
    stands(tmp_path, (OT, less(500)))
    (row,) = sums(tmp_path)
    assert (row.code, row.cause, row.month, row.lines) == ("97530", "contract_rate", "2026-11", 1)
    assert row.open_cents == row.found_cents == 392  # 80 % of 5.00, less 2 %
    assert (row.disputed_cents, row.given_up_cents, row.recovered_cents) == (0, 0, 0)
    (drift,) = trends(tmp_path, 1)
    assert (drift.code, drift.lines, drift.missing_cents) == ("97530", 1, 392)
    assert trends(tmp_path, 2) == []
    (tmp_path / "inbound" / "again.edi").write_bytes(told(9, OT, numbered(tmp_path, OT, paid(OT, full=1))))
    done = claimloom("run", "--until-idle", "--data", tmp_path, "--as-of", DAY.isoformat())
    assert done.returncode == 0, done.stderr
    (row,) = sums(tmp_path)
    assert (row.found_cents, row.open_cents, row.recovered_cents) == (392, 0, 392)
    assert trends(tmp_path, 1) == []


@pytest.mark.parametrize(("outcome", "disputed", "given_up"), [("done", 392, 0), ("not_worth_it", 0, 392)])
def test_what_a_person_closed_is_disputed_or_given_up(
    tmp_path: Path, outcome: str, disputed: int, given_up: int
) -> None:
    found = stands(tmp_path, (OT, less(500)))
    number = found["OT"]["patient_control_number"]
    closing = ("decide", "close", number, "--reason", "letter sent", "--with", f"outcome={outcome}")
    done = claimloom(*closing, "--data", tmp_path)
    assert done.returncode == 0, done.stderr
    (row,) = sums(tmp_path)
    assert (row.open_cents, row.disputed_cents, row.given_up_cents) == (0, disputed, given_up)


def test_what_is_paid_right_is_no_shortfall(tmp_path: Path) -> None:
    stands(tmp_path, (OT, paid(OT, full=1)))
    assert sums(tmp_path) == []
    said = claimloom("underpayments", "--data", tmp_path)
    assert (said.returncode, said.stdout) == (0, "no line was paid less than expected\n")


@pytest.mark.parametrize(("state", "outcome", "left"), [("closed", "done", (0, 392)), ("open", "", (392, 0))])
def test_of_several_items_of_a_claim_the_newest_says_how_it_stands(
    tmp_path: Path, state: str, outcome: str, left: tuple[int, int]
) -> None:
    found = stands(tmp_path, (OT, less(500)))
    number = found["OT"]["patient_control_number"]
    closing = ("decide", "close", number, "--reason", "letter sent", "--with", "outcome=done", "--data", tmp_path)
    assert claimloom(*closing).returncode == 0
    engine = open_engine(f"sqlite:///{tmp_path / 'claimloom.db'}")
    with engine.begin() as connection:
        row = connection.execute(select(work_items)).one()._asdict()
        later = row | {"place": 10_000, "id": "later", "state": state, "outcome": outcome}
        connection.execute(work_items.insert().values(later))
    engine.dispose()
    (row,) = sums(tmp_path)
    assert (row.open_cents, row.disputed_cents) == left


def test_a_payer_may_have_a_trend_level_of_its_own(tmp_path: Path) -> None:
    stands(tmp_path, (OT, less(500)))
    asked = ("underpayments", "--data", tmp_path, "--as-of", DAY.isoformat(), "--json")
    assert "trend" not in claimloom(*asked).stdout
    (tmp_path / "payers").mkdir(exist_ok=True)
    own = tmp_path / "payers" / "medicare.toml"
    head = 'payer_ids = ["06102"]\npayer_class = "medicare_b"\ncontract = "medicare"\n'
    own.write_text(f"{head}trend_lines = 1\n")
    assert '"trend": true' in claimloom(*asked).stdout
    own.write_text(f'{head}trend_lines = 1\ntrend_share = "0.50"\n')
    assert "trend" not in claimloom(*asked).stdout
