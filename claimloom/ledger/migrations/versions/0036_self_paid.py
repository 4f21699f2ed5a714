"""Visits that their patients pay, and the sums of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
SEQ = sa.BigInteger().with_variant(sa.Integer, "sqlite")
SORTED = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Nobody could tell of one before."""
    op.create_table(
        "self_paid",
        sa.Column("tenant", sa.Text(), primary_key=True),
        sa.Column("session_id", SORTED, primary_key=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("clinic", sa.Text(), nullable=False),
        sa.Column("day", SORTED, nullable=False),
        sa.Column("charge_cents", sa.BigInteger(), nullable=False),
        sa.Column("place", SEQ, nullable=False),
    )
    op.create_index("self_paid_order", "self_paid", ["tenant", "day", "session_id", "place"])
    op.create_table(
        "self_paid_totals",
        sa.Column("tenant", sa.Text(), primary_key=True),
        sa.Column("clinic", sa.Text(), primary_key=True),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=False),
    )


def downgrade() -> None:
    """There is no way back from more knowledge to less; take the backup made before the upgrade."""
    raise NotImplementedError("take the backup made before the upgrade")
