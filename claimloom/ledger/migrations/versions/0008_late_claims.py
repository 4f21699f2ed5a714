"""Payments and answers that fit no claim are asked for by what a claim that comes later is known by."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Whom a payment names is known of those that come from now on; those from before are found by their numbers."""
    op.add_column("reconciliations", sa.Column("member_id", sa.Text(), nullable=False, server_default=""))
    for name, column in (("number", "patient_control_number"), ("member", "member_id")):
        op.execute(
            f"create index reconciliations_late_{name} on reconciliations (tenant, {column}) "
            "where claim is null and outcome in ('unmatched', 'suspense')"
        )
    late = "acknowledgments (tenant, patient_control_number) where state = 'unmatched'"
    op.execute(f"create index acknowledgments_late on {late}")
    op.execute(
        "insert into positions (service, seq) "
        "select 'acknowledgment_intake', coalesce(max(seq), 0) from journal where true on conflict do nothing"
    )


def downgrade() -> None:
    """There is no way back from more knowledge to less; take the backup made before the upgrade."""
    raise NotImplementedError("take the backup made before the upgrade")
