"""Claims that were built before they said how many payers come after theirs are told it by their visits."""

from __future__ import annotations

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    """No table differs: the rows are made anew from the journal after this (``books/refold.py``)."""


def downgrade() -> None:
    """There is no way back from more knowledge to less; take the backup made before the upgrade."""
    raise NotImplementedError("take the backup made before the upgrade")
