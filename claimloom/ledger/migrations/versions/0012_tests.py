"""Of a claim it is known whether it went out in a test file alone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """ISA15 of its file; empty of what went out before that was kept, which counts as sent."""
    op.add_column("submissions", sa.Column("usage", sa.String(1), nullable=False, server_default=""))
    op.add_column("submissions", sa.Column("since", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True))
    op.execute("create index submissions_test on submissions (claim) where usage = 'T'")


def downgrade() -> None:
    """There is no way back from more knowledge to less; take the backup made before the upgrade."""
    raise NotImplementedError("take the backup made before the upgrade")
