"""Accounts of visits, payments and payers: entries that sum to zero, and their sums."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
SEQ = sa.BigInteger().with_variant(sa.Integer, "sqlite")
SORTED = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
LEGS = ("charge", "receivable", "patient", "contractual", "write_off", "payment", "cash", "other")


def upgrade() -> None:
    """Tables and indexes; what older events give is folded behind it (``claimloom.ledger.books.refold``)."""
    op.create_table(
        "postings",
        sa.Column("place", SEQ, primary_key=True, autoincrement=False),
        sa.Column("part", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("stands_at", SEQ),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("tenant", "clinic")),
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("visit", sa.Text(), nullable=False),
        sa.Column("claim", SEQ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("served", sa.String(10), nullable=False),
        sa.Column("payer_id", sa.Text(), nullable=False),
        sa.Column("payment_id", sa.String(36), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("other", "reasons")),
        *(sa.Column(f"{name}_cents", sa.BigInteger(), nullable=False) for name in LEGS),
        sqlite_with_rowid=False,
    )
    op.create_index("postings_visit", "postings", ["tenant", "visit", "stands_at"])
    op.create_table(
        "account_totals",
        *(sa.Column(name, sa.Text(), primary_key=True) for name in ("tenant", "account")),
        *(sa.Column(name, SORTED, primary_key=True) for name in ("day", "served")),
        *(sa.Column(name, sa.Text(), primary_key=True) for name in ("clinic", "payer_id")),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("count", "cents")),
    )


def downgrade() -> None:
    """There is no way back from more knowledge to less; take the backup made before the upgrade."""
    raise NotImplementedError("take the backup made before the upgrade")
