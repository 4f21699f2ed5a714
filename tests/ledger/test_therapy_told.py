"""What a visit told of the year's therapy dollars is there after an upgrade of a ledger that did not keep it."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, select, text

from claimloom.ledger.books.claims import accumulators
from claimloom.ledger.database import open_engine
from claimloom.ledger.migration import migrate
from tests.command import claimloom
from tests.ledger.older import back_to_0035

CASE = Path(__file__).parents[1] / "cases/threshold_told_once_and_counted_on/visits.jsonl"


def told(connection: Connection) -> list[tuple[str, str, int, int]]:
    columns = accumulators.c
    query = select(columns.session_id, columns.name, columns.amount, columns.number)
    return sorted(tuple(row) for row in connection.execute(query.where(columns.name.like("therapy told%"))).all())


def test_an_older_ledger_learns_what_its_visits_told(tmp_path: Path) -> None:
    done = claimloom("sessions", "import", CASE, "--as-of", "2026-05-20", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    engine = open_engine(f"sqlite:///{tmp_path / 'claimloom-data/claimloom.db'}")
    with engine.begin() as connection:
        before = told(connection)
        connection.execute(accumulators.delete().where(accumulators.c.name.like("therapy told%")))
        back_to_0035(connection)
        connection.execute(text("update alembic_version set version_num = '0034'"))
    migrate(engine)
    with engine.connect() as connection:
        assert told(connection) == before
    # Of Medicare's patients alone: an Advantage plan has no threshold.
    assert [(one, amount) for one, _, amount, _ in before] == [("V1", 241000), ("V5", 235000)]
    engine.dispose()
