"""Which clinics bill under an NPI: asked of every payment, so it must not be looked for among all claims."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make the table and fill it from the claims."""
    names = ("tenant", sa.Text()), ("npi", sa.String(10)), ("clinic", sa.Text())
    op.create_table("billing_providers", *(sa.Column(name, kind, primary_key=True) for name, kind in names))
    op.execute(
        "insert into billing_providers (tenant, npi, clinic) select distinct c.tenant, l.billing_npi, c.clinic "
        "from claims c join claim_lines l on l.claim_id = c.claim_id"
    )


def downgrade() -> None:
    """There is no way back from more knowledge to less; take the backup made before the upgrade."""
    raise NotImplementedError("take the backup made before the upgrade")
