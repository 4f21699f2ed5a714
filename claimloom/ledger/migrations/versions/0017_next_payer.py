"""Claims of a visit stand in lines, one for each payer in its order; work may wait for its day."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
PLACE = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """All claims of before went to the first payer, and none waits: how many payers come after it, they did not say."""
    op.add_column("claims", sa.Column("in_line", sa.Text(), nullable=False, server_default="P"))
    op.add_column("claims", sa.Column("frequency", sa.String(1), nullable=False, server_default="1"))
    op.add_column("claims", sa.Column("payers_after", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("claims", sa.Column("replaces", PLACE, nullable=True))
    op.add_column("claims", sa.Column("waits", sa.Integer(), nullable=False, server_default="0"))
    op.execute("create index claims_waiting on claims (replaces) where waits = 1")
    op.add_column("standings", sa.Column("in_line", sa.Text(), nullable=False, server_default="P"))
    op.add_column("work_items", sa.Column("not_before", sa.String(10), nullable=False, server_default=""))
    _served_before()


def _served_before() -> None:
    """What services consume from now on: no event of before is news to them."""
    answers = "'claim-acknowledged', 'claim-reconciled', 'decision-made'"
    for service, types in (("claim_builder", answers), ("claim_submitter", "'decision-made'")):
        op.execute(
            f"insert into inbox (service, place, outcome) select '{service}', seq, 'done' from journal "
            f"where type in ({types}) on conflict do nothing"
        )


def downgrade() -> None:
    """There is no way back from more knowledge to less; take the backup made before the upgrade."""
    raise NotImplementedError("take the backup made before the upgrade")
