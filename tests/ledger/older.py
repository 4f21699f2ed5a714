"""A ledger as it was before its newest schemas, for tests of the way up."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, text

SINCE_0035: Final = (
    "drop table self_paid",
    "drop table self_paid_totals",
    "drop table unbilled_visits",
    "alter table scrubs drop column warned",
    "alter table standings drop column warned",
)


def back_to_0035(connection: Connection) -> None:
    """Without what later schemas brought."""
    for said in SINCE_0035:
        connection.execute(text(said))
    connection.execute(text("update alembic_version set version_num = '0035'"))
