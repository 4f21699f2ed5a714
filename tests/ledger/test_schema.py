"""The migrations and the tables say the same, and a ledger of a newer version is not touched."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

from claimloom.errors import PlainError
from claimloom.ledger.books import FOLDED
from claimloom.ledger.database import open_engine
from claimloom.ledger.migration import HEAD, migrate, open_ledger
from claimloom.ledger.tables import metadata

pytestmark = pytest.mark.migrates


def test_migrations_make_the_tables_as_declared(tmp_path: Path) -> None:
    engine = open_ledger(f"sqlite:///{tmp_path}/claimloom.db")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
        assert context.get_current_revision() == HEAD
    assert set(inspect(engine).get_table_names()) == {*metadata.tables, "alembic_version"}
    engine.dispose()


# These are asked for by their claim or payment; erasing a tenant reads them whole.
WITHOUT_INDEX = {"remittances", "reconciliations", "work_items"}


def test_every_table_of_a_book_is_known_by_tenant() -> None:
    """Erasure takes a tenant's rows from each."""
    without = set()
    for table in FOLDED:
        whole = [each for each in table.indexes if "where" not in each.info]
        keys = [next(iter(each.columns)).name for each in (table.primary_key, *whole)]
        if "tenant" not in keys:
            without.add(table.name)
        assert "tenant" in table.columns, table.name
    assert without == WITHOUT_INDEX


def test_half_made_ledger_is_finished(tmp_path: Path) -> None:
    """A process killed while it made the schema leaves nothing or all: the migration is one transaction."""
    url = f"sqlite:///{tmp_path}/claimloom.db"
    engine = open_engine(url)
    with engine.connect() as connection:
        connection.execute(text("create table alembic_version (version_num varchar(32) not null)"))
        connection.commit()
    migrate(engine)
    assert inspect(engine).has_table("journal")
    engine.dispose()


def test_newer_ledger_is_refused_in_one_line(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/claimloom.db"
    engine = open_ledger(url)
    with engine.begin() as connection:
        connection.execute(text("update alembic_version set version_num = '9999'"))
    engine.dispose()
    with pytest.raises(PlainError, match="newer than"):
        open_ledger(url)
