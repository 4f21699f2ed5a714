"""What people decided about money moves it; of decisions of before it is posted now, as after a replay."""

from __future__ import annotations

revision = "0022"
down_revision = "0020"


def upgrade() -> None:
    """Nothing of the tables changes: what was not posted is with the next revision (``books/refold.py``)."""


def downgrade() -> None:
    """There is no way back from more knowledge to less; take the backup made before the upgrade."""
    raise NotImplementedError("take the backup made before the upgrade")
