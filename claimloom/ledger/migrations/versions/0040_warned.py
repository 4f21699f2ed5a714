"""Claims that went out with a warning are listed; of claims of before nothing is told."""

from __future__ import annotations

from alembic import op

revision = "0040"
down_revision = "0038"


def upgrade() -> None:
    """Where a rule warns of a clean claim, by its name."""
    op.execute("alter table scrubs add column warned text not null default ''")
    op.execute("alter table standings add column warned text not null default ''")


def downgrade() -> None:
    """There is no way back from more knowledge to less; take the backup made before the upgrade."""
    raise NotImplementedError("take the backup made before the upgrade")
