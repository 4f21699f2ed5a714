"""Of work it is known until when it helps, and how near that day is."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0024"


def upgrade() -> None:
    """What was found before keeps its place: nobody said its last day."""
    op.add_column("work_items", sa.Column("last_day", sa.String(10), nullable=False, server_default=""))
    op.add_column("work_items", sa.Column("urgency", sa.Integer, nullable=False, server_default="100"))


def downgrade() -> None:
    """There is no way back from more knowledge to less; take the backup made before the upgrade."""
    raise NotImplementedError("take the backup made before the upgrade")
