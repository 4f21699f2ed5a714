"""A payment is known by its trace number, however its sources write it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """As what the ledger has gives it: without spaces, in capitals, without zeros before it."""
    op.add_column("payments", sa.Column("trace_key", sa.Text(), nullable=False, server_default=""))
    plain = "upper(replace(trace_number, ' ', ''))"
    op.execute(
        f"update payments set trace_key = case when ltrim({plain}, '0') = '' then {plain} else ltrim({plain}, '0') end"
    )
    op.create_index("payments_trace_key", "payments", ["tenant", "trace_key"])


def downgrade() -> None:
    """There is no way back from more knowledge to less; take the backup made before the upgrade."""
    raise NotImplementedError("take the backup made before the upgrade")
