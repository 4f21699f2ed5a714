"""Claims that wait for an answer are found by payer and day."""

from __future__ import annotations

from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Of claims that went out, of whose money nobody has said anything."""
    op.execute(
        "create index standings_waiting on standings (tenant, payer_id, submitted_on) "
        "where submitted_on <> '' and outcome is null and replaced_by = ''"
    )


def downgrade() -> None:
    """There is no way back from more knowledge to less; take the backup made before the upgrade."""
    raise NotImplementedError("take the backup made before the upgrade")
