"""The first schema: journal, inbox, positions, files and all projections.

Written out, and never changed: later revisions build on what this one made.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

SEQ = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create every table of the first version."""
    op.create_table(
        "accumulators",
        sa.Column("claim_id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("patient_id", sa.Text(), nullable=False),
        sa.Column("session_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("date_of_service", sa.String(length=10), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("claim_id", "name"),
    )
    op.create_index("accumulators_patient", "accumulators", ["tenant", "patient_id"], unique=False)
    op.create_table(
        "acknowledgments",
        sa.Column("event_id", sa.String(length=36), nullable=False),
        sa.Column("claim_id", sa.String(length=36), nullable=True),
        sa.Column("patient_control_number", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=5), nullable=False),
        sa.Column("level", sa.String(length=13), nullable=False),
        sa.Column("accepted", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("payer_claim_control_number", sa.Text(), nullable=False),
        sa.Column("process_date", sa.String(length=10), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("event_id"),
    )
    op.create_index("acknowledgments_claim", "acknowledgments", ["claim_id"], unique=False)
    op.create_index("acknowledgments_number", "acknowledgments", ["payer_claim_control_number"], unique=False)
    op.create_table(
        "adjustments",
        sa.Column("event_id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("line_control_number", sa.Text(), nullable=False),
        sa.Column("group_code", sa.String(length=2), nullable=False),
        sa.Column("reason", sa.String(length=5), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", "number"),
    )
    op.create_table(
        "audit",
        sa.Column("seq", SEQ, autoincrement=True, nullable=False),
        sa.Column("time", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("claim_id", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
    )
    op.create_index("audit_claim", "audit", ["claim_id"], unique=False)
    op.create_table(
        "claim_lines",
        sa.Column("claim_id", sa.String(length=36), nullable=False),
        sa.Column("line_number", sa.Integer(), nullable=False),
        sa.Column("line_control_number", sa.Text(), nullable=False),
        sa.Column("procedure_code", sa.String(length=5), nullable=False),
        sa.Column("modifiers", sa.Text(), nullable=False),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.Column("charge_cents", sa.BigInteger(), nullable=False),
        sa.Column("rendering_npi", sa.String(length=10), nullable=False),
        sa.Column("billing_npi", sa.String(length=10), nullable=False),
        sa.PrimaryKeyConstraint("claim_id", "line_number"),
    )
    op.create_table(
        "claims",
        sa.Column("claim_id", sa.String(length=36), nullable=False),
        sa.Column("patient_control_number", sa.String(length=38), nullable=False),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("clinic", sa.Text(), nullable=False),
        sa.Column("session_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("patient_id", sa.Text(), nullable=False),
        sa.Column("payer_id", sa.Text(), nullable=False),
        sa.Column("payer_name", sa.Text(), nullable=False),
        sa.Column("member_id", sa.Text(), nullable=False),
        sa.Column("discipline", sa.String(length=3), nullable=False),
        sa.Column("date_of_service", sa.String(length=10), nullable=False),
        sa.Column("billed_cents", sa.BigInteger(), nullable=False),
        sa.Column("expected_allowed_cents", sa.BigInteger(), nullable=True),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("claim_id"),
        sa.UniqueConstraint("patient_control_number"),
    )
    op.create_index("claims_member_day", "claims", ["tenant", "member_id", "date_of_service"], unique=False)
    op.create_index("claims_patient_day", "claims", ["tenant", "patient_id", "date_of_service"], unique=False)
    op.create_index("claims_session", "claims", ["tenant", "session_id"], unique=False)
    op.create_table(
        "control_numbers",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "dead_letters",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("service", sa.String(length=40), nullable=False),
        sa.Column("event_id", sa.String(length=36), nullable=False),
        sa.Column("event_type", sa.String(length=32), nullable=False),
        sa.Column("error_type", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "files",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("direction", sa.String(length=3), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "inbox",
        sa.Column("service", sa.String(length=40), nullable=False),
        sa.Column("event_id", sa.String(length=36), nullable=False),
        sa.Column("outcome", sa.String(length=8), nullable=False),
        sa.PrimaryKeyConstraint("service", "event_id"),
    )
    op.create_table(
        "journal",
        sa.Column("seq", SEQ, autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("type", sa.String(length=32), nullable=False),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("claim_id", sa.String(length=36), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("id"),
    )
    op.create_index("journal_claim", "journal", ["claim_id"], unique=False)
    op.create_index("journal_type_seq", "journal", ["type", "seq"], unique=False)
    op.create_table(
        "payments",
        sa.Column("payment_id", sa.String(length=36), nullable=False),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("payer_name", sa.Text(), nullable=False),
        sa.Column("trace_number", sa.Text(), nullable=False),
        sa.Column("payment_date", sa.String(length=10), nullable=False),
        sa.Column("total_paid_cents", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("payment_id"),
    )
    op.create_table(
        "positions",
        sa.Column("service", sa.String(length=40), nullable=False),
        sa.Column("seq", SEQ, nullable=False),
        sa.PrimaryKeyConstraint("service"),
    )
    op.create_table(
        "reconciliations",
        sa.Column("event_id", sa.String(length=36), nullable=False),
        sa.Column("claim_id", sa.String(length=36), nullable=True),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("patient_control_number", sa.Text(), nullable=False),
        sa.Column("remittance_id", sa.String(length=36), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("event_id"),
    )
    op.create_index("reconciliations_claim", "reconciliations", ["claim_id"], unique=False)
    op.create_table(
        "remittances",
        sa.Column("event_id", sa.String(length=36), nullable=False),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("claim_id", sa.String(length=36), nullable=True),
        sa.Column("patient_control_number", sa.Text(), nullable=False),
        sa.Column("payer_claim_control_number", sa.Text(), nullable=False),
        sa.Column("payment_id", sa.String(length=36), nullable=False),
        sa.Column("trace_number", sa.Text(), nullable=False),
        sa.Column("payment_date", sa.String(length=10), nullable=False),
        sa.Column("paid_cents", sa.BigInteger(), nullable=False),
        sa.Column("provider_adjustment_cents", sa.BigInteger(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("transaction_index", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("event_id"),
    )
    op.create_index("remittances_claim", "remittances", ["claim_id"], unique=False)
    op.create_index("remittances_number", "remittances", ["payer_claim_control_number"], unique=False)
    op.create_index("remittances_payment", "remittances", ["payment_id"], unique=False)
    op.create_table(
        "scrubs",
        sa.Column("claim_id", sa.String(length=36), nullable=False),
        sa.Column("verdict", sa.String(length=5), nullable=False),
        sa.Column("findings", sa.Text(), nullable=False),
        sa.Column("smallest_fix", sa.Text(), nullable=False),
        sa.Column("rules_version", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("claim_id"),
    )
    op.create_table(
        "submissions",
        sa.Column("claim_id", sa.String(length=36), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("interchange_control_number", sa.String(length=9), nullable=False),
        sa.Column("group_control_number", sa.String(length=9), nullable=False),
        sa.Column("transaction_control_number", sa.String(length=9), nullable=False),
        sa.Column("batch_id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("submitted_on", sa.String(length=10), nullable=False),
        sa.PrimaryKeyConstraint("claim_id"),
    )
    op.create_index("submissions_batch", "submissions", ["batch_id"], unique=False)
    op.create_index(
        "submissions_group", "submissions", ["group_control_number", "transaction_control_number"], unique=False
    )
    op.create_index("submissions_interchange", "submissions", ["interchange_control_number"], unique=False)
    op.create_table(
        "work_items",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("claim_id", sa.String(length=36), nullable=True),
        sa.Column("patient_control_number", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("due", sa.String(length=10), nullable=False),
        sa.Column("recoverable_cents", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=6), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("work_items_about", "work_items", ["about", "state"], unique=False)


def downgrade() -> None:
    """Remove them again."""
    op.drop_table("work_items")
    op.drop_table("submissions")
    op.drop_table("scrubs")
    op.drop_table("remittances")
    op.drop_table("reconciliations")
    op.drop_table("positions")
    op.drop_table("payments")
    op.drop_table("journal")
    op.drop_table("inbox")
    op.drop_table("files")
    op.drop_table("dead_letters")
    op.drop_table("control_numbers")
    op.drop_table("claims")
    op.drop_table("claim_lines")
    op.drop_table("audit")
    op.drop_table("adjustments")
    op.drop_table("acknowledgments")
    op.drop_table("accumulators")
