"""Of work it is known whether its worth is what should be paid, or a charge."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """What was found before keeps its place."""
    op.add_column("work_items", sa.Column("of_charge", sa.Integer, nullable=False, server_default="0"))


def downgrade() -> None:
    """There is no way back from more knowledge to less; take the backup made before the upgrade."""
    raise NotImplementedError("take the backup made before the upgrade")
