"""What claims should bring that nobody has answered yet is a kept sum, by payer and clinic."""

from __future__ import annotations

from collections import Counter

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    """The sums of what stands in ``standings``."""
    op.add_column("totals", sa.Column("awaited_cents", sa.BigInteger, nullable=False, server_default="0"))
    rows = op.get_bind().execute(
        sa.text(
            "select tenant, clinic, payer_id, day, state, flags, sum(awaited_cents) as cents from standings "
            "where awaited_cents is not null group by tenant, clinic, payer_id, day, state, flags"
        )
    )
    sums: Counter[tuple[str, ...]] = Counter()
    for tenant, clinic, payer_id, day, state, flags, cents in rows.all():
        for grain, key in (("all", ""), ("clinic", clinic), ("payer", payer_id)):
            sums[tenant, grain, key, day, state, flags] += int(cents)
    names = ("tenant", "grain", "key", "day", "state", "flags")
    changes = [dict(zip(names, key, strict=True)) | {"cents": cents} for key, cents in sorted(sums.items())]
    if changes:
        mine = " and ".join(f"{name} = :{name}" for name in names)
        update = f"update totals set awaited_cents = :cents where {mine} and replaced = 0"
        op.get_bind().execute(sa.text(update), changes)


def downgrade() -> None:
    """There is no way back from more knowledge to less; take the backup made before the upgrade."""
    raise NotImplementedError("take the backup made before the upgrade")
