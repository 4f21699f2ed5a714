"""What was paid on a claim stands beside its outcome, so that sums need not open every document."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the column and fill it from the documents."""
    op.add_column("reconciliations", sa.Column("total_paid_cents", sa.BigInteger(), nullable=False, server_default="0"))
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "update reconciliations set total_paid_cents = coalesce((document::json->>'total_paid_cents')::bigint, 0)"
        )
    else:
        op.execute(
            "update reconciliations set total_paid_cents = coalesce(json_extract(document, '$.total_paid_cents'), 0)"
        )


def downgrade() -> None:
    """There is no way back from more knowledge to less; take the backup made before the upgrade."""
    raise NotImplementedError("take the backup made before the upgrade")
