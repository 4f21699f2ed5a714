"""A ledger of schema 0028: what ties payments to lines of banks stays, and entries of other sums are made anew."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from alembic.command import upgrade
from alembic.config import Config
from sqlalchemy import Engine, inspect, text

from claimloom.ledger import migration
from claimloom.ledger.database import open_engine
from claimloom.ledger.migration import HEAD
from tests.command import claimloom
from tests.runtime import contract
from tests.test_deposits import CASE, HEADERS
from tests.test_payments import given

pytestmark = pytest.mark.migrates
BEFORE = "0028"


def to_before(engine: Engine) -> dict[str, list[str]]:
    """Makes an empty ledger of that schema, and gives the columns of its tables."""
    config = Config()
    config.set_main_option("script_location", str(Path(migration.__file__).parent / "migrations"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        upgrade(config, BEFORE)
    there = inspect(engine)
    names = [name for name in there.get_table_names() if name != "alembic_version"]
    return {name: [each["name"] for each in there.get_columns(name)] for name in names}


def as_it_was(now: Engine, before: Engine) -> None:
    """The rows, as far as that schema has their columns; ties stood with the payments' sums."""
    tables = to_before(before)
    with now.connect() as one, before.begin() as other:
        here = {name: {each["name"] for each in inspect(one).get_columns(name)} for name in tables}
        for name, columns in tables.items():
            if name.startswith("sqlite"):
                continue
            both = [each for each in columns if each in here[name]]
            marks = ", ".join(f":{each}" for each in both)
            other.execute(text(f"delete from {name}"))
            for row in one.execute(text(f"select {', '.join(both)} from {name}")).all():
                put = text(f"insert into {name} ({', '.join(both)}) values ({marks})")
                other.execute(put, dict(zip(both, row, strict=True)))
        for row in one.execute(text("select payment_id, deposit, awaits_money from payments")).all():
            put = text(
                "update money_in set deposit = :deposit, awaits_money = :awaits_money where payment_id = :payment_id"
            )
            other.execute(put, row._asdict())


def test_ties_stay_and_entries_are_made_anew(tmp_path: Path) -> None:
    now = tmp_path / "now"
    now.mkdir()
    given(now, CASE, "1.edi", "2.edi")  # two payments; one has its money
    third = (now / "2.edi").read_text().replace("EFT9922", "EFT9933")
    (now / "3.edi").write_text(third.replace("BPR*I*25.31*C*ACH*CCP", "BPR*H*0*C*NON*"))  # it moves nothing
    assert claimloom("remits", "import", "3.edi", "--as-of", "2026-12-15", cwd=now).returncode == 0
    (now / "bank.csv").write_text(HEADERS + "12/02/2026,A,45.31,EFT9921\n12/09/2026,B,9.99,\n")
    assert claimloom("deposits", "import", "bank.csv", "--as-of", "2026-12-20", cwd=now).returncode == 0
    engine = open_engine(f"sqlite:///{now}/claimloom-data/claimloom.db")
    before = tmp_path / "before"
    before.mkdir()
    for each in (now / "claimloom-data").iterdir():
        if each.is_file() and not each.name.startswith("claimloom.db"):
            (before / each.name).write_bytes(each.read_bytes())
    old = open_engine(f"sqlite:///{before}/claimloom.db")
    as_it_was(engine, old)
    with old.begin() as connection:  # the patient's part stood over what the payer keeps from them
        moved = "update postings set patient_cents = patient_cents + 500, receivable_cents = receivable_cents - 500"
        assert connection.execute(text(f"{moved} where kind = 'answer'")).rowcount == 2
    environment = {"CLAIMLOOM_DATA": str(before), "CLAIMLOOM_AS_OF": "2026-12-20"}
    done = claimloom("db", "upgrade", environment=environment)
    assert done.stdout.startswith(f"from {BEFORE} to {HEAD}"), done.stderr
    assert contract.contents(old) == contract.contents(engine)
    contract.replayed_equal(before, "")
    listed = claimloom("deposits", "list", "--json", environment=environment).stdout.splitlines()
    rows = list(map(json.loads, listed))
    assert [row["trace_number"] for row in rows if row["kind"] == "payment"] == ["EFT9922"]
    old.dispose()
    engine.dispose()
