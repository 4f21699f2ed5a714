"""Of a claim that went out before a backup was put back it is known whether that was in a test file."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """ISA15 of the file; empty of what was remembered before."""
    op.add_column("went_out", sa.Column("usage", sa.String(1), nullable=False, server_default=""))


def downgrade() -> None:
    """There is no way back from more knowledge to less; take the backup made before the upgrade."""
    raise NotImplementedError("take the backup made before the upgrade")
