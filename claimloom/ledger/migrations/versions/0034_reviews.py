"""The scrubber hears what reviewers say of the claims that it drew."""

from __future__ import annotations

from alembic import op

revision = "0034"
down_revision = "0030"


def upgrade() -> None:
    """No decision of before is news to it; decisions of reviewers are counted by an index of their own."""
    op.execute("drop index if exists decisions_tenant")
    op.execute("create index decisions_kind on decisions (tenant, kind)")
    op.execute(
        "insert into inbox (service, place, outcome) select 'claim_scrubber', seq, 'done' from journal "
        "where type = 'decision-made' on conflict do nothing"
    )


def downgrade() -> None:
    """There is no way back from more knowledge to less; take the backup made before the upgrade."""
    raise NotImplementedError("take the backup made before the upgrade")
