"""The first schema: journal, inbox, positions, files and all projections."""

from __future__ import annotations

from alembic import op

from claimloom.ledger.tables import metadata

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create every table of the first version."""
    metadata.create_all(op.get_bind())


def downgrade() -> None:
    """Remove them again."""
    metadata.drop_all(op.get_bind())
