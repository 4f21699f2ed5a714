"""What ties payments to lines of banks is kept by who reads both; money without an 835, and the other way, is work."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0028"
PLACE = sa.BigInteger().with_variant(sa.Integer, "sqlite")
ACCOUNTS = ("postings", "account_totals", "money_in", "money_totals")


def upgrade() -> None:
    """What ``money_in`` knew of ties goes to ``payments``; entries are made anew after this (``books/refold.py``),
    since what payers keep from a patient bounds what stands with them.
    """
    op.add_column("payments", sa.Column("place", PLACE, nullable=True))
    op.add_column("payments", sa.Column("payer_id", sa.Text(), nullable=False, server_default=""))
    op.add_column("payments", sa.Column("net_cents", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("payments", sa.Column("method", sa.Text(), nullable=False, server_default=""))
    op.add_column("payments", sa.Column("deposit", PLACE, nullable=True))
    op.add_column("payments", sa.Column("awaits_money", sa.Integer(), nullable=False, server_default="0"))
    op.execute(
        "update payments set place = (select min(place) from remittances r where r.payment_id = payments.payment_id), "
        "net_cents = total_paid_cents"
    )
    op.execute(
        "update payments set net_cents = m.amount_cents, method = m.method, deposit = m.deposit "
        "from money_in m where m.payment_id = payments.payment_id"
    )
    op.execute("update payments set awaits_money = 1 where deposit is null and net_cents > 0 and method <> 'NON'")
    op.create_index("payments_net", "payments", ["tenant", "net_cents"])
    op.create_index("payments_day", "payments", ["tenant", "payment_date", "payment_id"])
    awaits = "(tenant, payment_date, payment_id) where awaits_money = 1"
    op.execute(f"create index payments_awaits on payments {awaits}")
    for name in ("money_in_awaits", "money_in_amount"):
        op.drop_index(name, "money_in")
    op.drop_column("money_in", "deposit")
    op.drop_column("money_in", "awaits_money")
    op.execute("create index work_items_money on work_items (tenant, about) where kind in ('no_deposit', 'no_835')")
    for table in ACCOUNTS:
        op.execute(f"delete from {table}")
    op.execute(  # lines that banks told before are no news to who closes work by them
        "insert into inbox (service, place, outcome) select 'followup_queue', seq, 'done' from journal "
        "where type = 'deposit-told' on conflict do nothing"
    )


def downgrade() -> None:
    """There is no way back from more knowledge to less; take the backup made before the upgrade."""
    raise NotImplementedError("take the backup made before the upgrade")
