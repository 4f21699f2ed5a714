"""Of a claim it is known what its payer should pay before it says anything; not of those built before that."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """Two columns; empty of what is there already, as after a replay."""
    op.add_column("claims", sa.Column("expected_paid_cents", sa.BigInteger, nullable=True))
    op.add_column("standings", sa.Column("awaited_cents", sa.BigInteger, nullable=True))


def downgrade() -> None:
    """There is no way back from more knowledge to less; take the backup made before the upgrade."""
    raise NotImplementedError("take the backup made before the upgrade")
