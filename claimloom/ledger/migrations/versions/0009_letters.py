"""Dead letters are read where they stand, in the journal: the table that was folded of them goes."""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Who gave up on an event journalled its letter with it; the inbox says whether it stays so."""
    op.drop_table("dead_letters")


def downgrade() -> None:
    """There is no way back from more knowledge to less; take the backup made before the upgrade."""
    raise NotImplementedError("take the backup made before the upgrade")
