"""Lines of banks' statements, and the payments that they are tied to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
SEQ = sa.BigInteger().with_variant(sa.Integer, "sqlite")
SORTED = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """No bank told anything before; payments with money wait for it."""
    op.add_column("money_in", sa.Column("deposit", SEQ, nullable=True))
    op.add_column("money_in", sa.Column("awaits_money", sa.Integer(), nullable=False, server_default="0"))
    op.create_index("money_in_amount", "money_in", ["tenant", "amount_cents"])
    op.execute("create index money_in_awaits on money_in (tenant, day, payment_id) where awaits_money = 1")
    op.execute("update money_in set awaits_money = 1 where amount_cents <> 0")
    op.create_table(
        "deposits",
        sa.Column("place", SEQ, primary_key=True, autoincrement=False),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("day", SORTED, nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        *(
            sa.Column(name, sa.Text(), nullable=False)
            for name in ("trace", "reference", "description", "payer", "account", "file_name")
        ),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("payment_id", sa.String(36), nullable=False),
        sa.Column("tied_by", sa.String(8), nullable=False),
    )
    op.create_index("deposits_order", "deposits", ["tenant", "day", "place"])
    op.create_index("deposits_amount", "deposits", ["tenant", "amount_cents"])
    op.create_index("deposits_payment", "deposits", ["payment_id"])
    op.execute("create index deposits_open on deposits (tenant, day, place) where payment_id = ''")
    op.create_table(
        "deposit_numbers",
        sa.Column("tenant", sa.Text(), primary_key=True),
        sa.Column("number", sa.Text(), primary_key=True),
        sa.Column("place", SEQ, primary_key=True, autoincrement=False),
        sa.Column("is_firm", sa.Integer(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("deposit_numbers_place", "deposit_numbers", ["place"])


def downgrade() -> None:
    """There is no way back from more knowledge to less; take the backup made before the upgrade."""
    raise NotImplementedError("take the backup made before the upgrade")
