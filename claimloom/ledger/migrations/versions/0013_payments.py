"""Of each payment it is kept where every cent of it went, and of each amount at provider level what it is tied to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
SEQ = sa.BigInteger().with_variant(sa.Integer, "sqlite")
SORTED = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
SUMS = ("amount_cents", "posted_cents", "provider_level_cents", "unmatched_cents")


def upgrade() -> None:
    """Tables and indexes; what older events give is folded behind it (``claimloom.ledger.books.refold``)."""
    _provider_level()
    _payments()


def _provider_level() -> None:
    op.create_table(
        "provider_level",
        sa.Column("place", SEQ, primary_key=True, autoincrement=False),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("remittance", SEQ),
        sa.Column("payment_id", sa.String(36), nullable=False),
        sa.Column("day", sa.String(10), nullable=False),
        *(
            sa.Column(name, sa.Text(), nullable=False)
            for name in ("code", "reference", "patient_control_number", "pair")
        ),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.Column("is_work", sa.Integer(), nullable=False),
    )
    op.create_index("provider_level_pair", "provider_level", ["tenant", "pair", "place"])
    op.create_index("provider_level_payment", "provider_level", ["payment_id"])
    op.create_table(
        "pairs",
        sa.Column("tenant", sa.Text(), primary_key=True),
        sa.Column("pair", sa.Text(), primary_key=True),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=False),
    )
    op.execute("create index pairs_open on pairs (tenant, pair) where cents <> 0")


def _payments() -> None:
    op.create_table(
        "money_in",
        sa.Column("payment_id", sa.String(36), primary_key=True),
        sa.Column("place", SEQ),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("payer_name", SORTED, nullable=False),
        *(
            sa.Column(name, sa.Text(), nullable=False)
            for name in ("payer_id", "payee_npi", "payee_tax_id", "trace_number", "trace_key")
        ),
        sa.Column("day", SORTED, nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in SUMS),
        sa.Column("is_open", sa.Integer(), nullable=False),
    )
    op.create_index("money_in_order", "money_in", ["tenant", "day", "payment_id"])
    op.create_index("money_in_payer", "money_in", ["tenant", "payer_name", "day", "payment_id"])
    op.create_index("money_in_payer_id", "money_in", ["tenant", "payer_id"])
    op.create_index("money_in_trace", "money_in", ["tenant", "trace_key"])
    op.execute("create index money_in_open on money_in (tenant, day, payment_id) where is_open = 1")
    op.create_table(
        "money_totals",
        sa.Column("tenant", sa.Text(), primary_key=True),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("count", "open", *SUMS)),
    )


def downgrade() -> None:
    """There is no way back from more knowledge to less; take the backup made before the upgrade."""
    raise NotImplementedError("take the backup made before the upgrade")
