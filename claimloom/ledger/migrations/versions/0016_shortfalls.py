"""What lines were paid less than expected, by cause; empty until answers are read, or after a replay."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """One row a claim, line and cause."""
    place = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    op.create_table(
        "shortfalls",
        sa.Column("claim", place, primary_key=True, autoincrement=False),
        sa.Column("line_control_number", sa.Text, primary_key=True),
        sa.Column("cause", sa.Text, primary_key=True),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("clinic", sa.Text, nullable=False),
        sa.Column("payer_id", sa.Text, nullable=False),
        sa.Column("payer_name", sa.Text, nullable=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("paid_on", sa.String(10), nullable=False),
        sa.Column("found_cents", sa.BigInteger, nullable=False),
        sa.Column("now_cents", sa.BigInteger, nullable=False),
        sa.Column("basis_points", sa.Integer, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("shortfalls_day", "shortfalls", ["tenant", "paid_on"])


def downgrade() -> None:
    """There is no way back from more knowledge to less; take the backup made before the upgrade."""
    raise NotImplementedError("take the backup made before the upgrade")
