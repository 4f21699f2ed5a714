"""Visits that gave no claim are kept by their day: their minutes count with those of the day's other visits."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0036"
PLACE = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Its rows are made by ``claimloom/ledger/books/refold.py``; what was told before says nothing of minutes."""
    op.create_table(
        "unbilled_visits",
        sa.Column("place", PLACE, primary_key=True, autoincrement=False),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("clinic", sa.Text(), nullable=False),
        sa.Column("session_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("patient_id", sa.Text(), nullable=False),
        sa.Column("date_of_service", sa.String(10), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("unbilled_visits_day", "unbilled_visits", ["tenant", "patient_id", "date_of_service"])
    op.create_index("unbilled_visits_visit", "unbilled_visits", ["tenant", "session_id"])


def downgrade() -> None:
    """There is no way back from more knowledge to less; take the backup made before the upgrade."""
    raise NotImplementedError("take the backup made before the upgrade")
