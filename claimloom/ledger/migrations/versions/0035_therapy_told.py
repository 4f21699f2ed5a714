"""What visits tell of the year's therapy dollars is kept in an accumulator more, folded from the journal."""

from __future__ import annotations

revision = "0035"
down_revision = "0034"


def upgrade() -> None:
    """Its rows are made by ``claimloom/ledger/books/refold.py``."""


def downgrade() -> None:
    """There is no way back from more knowledge to less; take the backup made before the upgrade."""
    raise NotImplementedError("take the backup made before the upgrade")
