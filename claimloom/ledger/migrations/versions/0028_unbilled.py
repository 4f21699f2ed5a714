"""Work about a visit that has no claim is found by the visit."""

from __future__ import annotations

from alembic import op

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    """What could not be billed before is a dead letter, and stays one until it is tried again."""
    op.execute("create index work_items_unbilled on work_items (tenant, visit) where kind = 'not_billed'")


def downgrade() -> None:
    """There is no way back from more knowledge to less; take the backup made before the upgrade."""
    raise NotImplementedError("take the backup made before the upgrade")
