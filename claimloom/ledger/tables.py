"""Tables of the ledger. Money is integer cents, ids and times are text, documents are JSON text.

Each projection has one owner service that writes it (``OWNERS``); others read. Identifiers are text rather than a
native UUID so that SQLite and PostgreSQL give the same bytes in an export. On PostgreSQL the journal is partitioned by
``month`` (its keys have the month beside them there, as partitions demand); everything else is the same table.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, String, Table, Text

metadata = MetaData()
Seq = BigInteger().with_variant(Integer, "sqlite")

journal = Table(
    "journal",
    metadata,
    Column("seq", Seq, primary_key=True, autoincrement=True),
    Column("id", String(36), nullable=False, unique=True),
    Column("type", String(32), nullable=False),
    Column("tenant", Text, nullable=False),
    Column("claim_id", String(36)),
    Column("body", Text, nullable=False),
    Column("source", String(40), nullable=False, server_default=""),
    Column("caused_by", String(36)),
    Column("month", String(7), nullable=False, server_default=""),
    Index("journal_type_seq", "type", "seq"),
    Index("journal_claim", "claim_id"),
    Index("journal_cause", "caused_by"),
)
inbox = Table(
    "inbox",
    metadata,
    Column("service", String(40), primary_key=True),
    Column("event_id", String(36), primary_key=True),
    Column("outcome", String(8), nullable=False),
)
positions = Table(
    "positions",
    metadata,
    Column("service", String(40), primary_key=True),
    Column("seq", Seq, nullable=False),
)
files = Table(
    "files",
    metadata,
    Column("name", Text, primary_key=True),
    Column("direction", String(3), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("state", String(10), nullable=False),
    Column("content", LargeBinary, nullable=False),
)
claims = Table(
    "claims",
    metadata,
    Column("claim_id", String(36), primary_key=True),
    Column("patient_control_number", String(38), nullable=False, unique=True),
    Column("tenant", Text, nullable=False),
    Column("clinic", Text, nullable=False),
    Column("session_id", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("patient_id", Text, nullable=False),
    Column("payer_id", Text, nullable=False),
    Column("payer_name", Text, nullable=False),
    Column("member_id", Text, nullable=False),
    Column("discipline", String(3), nullable=False),
    Column("date_of_service", String(10), nullable=False),
    Column("billed_cents", BigInteger, nullable=False),
    Column("expected_allowed_cents", BigInteger),
    Column("document", Text, nullable=False),
    Column("number", Integer, nullable=False, server_default="0"),
    Index("claims_session", "tenant", "session_id"),
    Index("claims_patient_day", "tenant", "patient_id", "date_of_service"),
    Index("claims_member_day", "tenant", "member_id", "date_of_service"),
)
claim_lines = Table(
    "claim_lines",
    metadata,
    Column("claim_id", String(36), primary_key=True),
    Column("line_number", Integer, primary_key=True),
    Column("line_control_number", Text, nullable=False),
    Column("procedure_code", String(5), nullable=False),
    Column("modifiers", Text, nullable=False),
    Column("units", Integer, nullable=False),
    Column("charge_cents", BigInteger, nullable=False),
    Column("rendering_npi", String(10), nullable=False),
    Column("billing_npi", String(10), nullable=False),
)
accumulators = Table(
    "accumulators",
    metadata,
    Column("claim_id", String(36), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("patient_id", Text, nullable=False),
    Column("session_id", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("date_of_service", String(10), nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("number", Integer, nullable=False, server_default="0"),
    Index("accumulators_patient", "tenant", "patient_id"),
)
scrubs = Table(
    "scrubs",
    metadata,
    Column("claim_id", String(36), primary_key=True),
    Column("verdict", String(5), nullable=False),
    Column("findings", Text, nullable=False),
    Column("smallest_fix", Text, nullable=False),
    Column("rules_version", Text, nullable=False),
)
submissions = Table(
    "submissions",
    metadata,
    Column("claim_id", String(36), primary_key=True),
    Column("file_name", Text, nullable=False),
    Column("interchange_control_number", String(9), nullable=False),
    Column("group_control_number", String(9), nullable=False),
    Column("transaction_control_number", String(9), nullable=False),
    Column("batch_id", Text, nullable=False),
    Column("position", Integer, nullable=False),
    Column("submitted_on", String(10), nullable=False),
    Index("submissions_interchange", "interchange_control_number"),
    Index("submissions_group", "group_control_number", "transaction_control_number"),
    Index("submissions_batch", "batch_id"),
)
control_numbers = Table(
    "control_numbers",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("last", BigInteger, nullable=False),
)
acknowledgments = Table(
    "acknowledgments",
    metadata,
    Column("event_id", String(36), primary_key=True),
    Column("claim_id", String(36)),
    Column("patient_control_number", Text, nullable=False),
    Column("kind", String(5), nullable=False),
    Column("level", String(13), nullable=False),
    Column("accepted", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("payer_claim_control_number", Text, nullable=False),
    Column("process_date", String(10), nullable=False),
    Column("number", Integer, nullable=False),
    Index("acknowledgments_claim", "claim_id"),
    Index("acknowledgments_number", "payer_claim_control_number"),
)
remittances = Table(
    "remittances",
    metadata,
    Column("event_id", String(36), primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("claim_id", String(36)),
    Column("patient_control_number", Text, nullable=False),
    Column("payer_claim_control_number", Text, nullable=False),
    Column("payment_id", String(36), nullable=False),
    Column("trace_number", Text, nullable=False),
    Column("payment_date", String(10), nullable=False),
    Column("paid_cents", BigInteger, nullable=False),
    Column("provider_adjustment_cents", BigInteger, nullable=False),
    Column("file_name", Text, nullable=False),
    Column("transaction_index", Integer, nullable=False),
    Column("position", Integer, nullable=False),
    Column("document", Text, nullable=False),
    Index("remittances_claim", "claim_id"),
    Index("remittances_payment", "payment_id"),
    Index("remittances_number", "payer_claim_control_number"),
)
payments = Table(
    "payments",
    metadata,
    Column("payment_id", String(36), primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("payer_name", Text, nullable=False),
    Column("trace_number", Text, nullable=False),
    Column("payment_date", String(10), nullable=False),
    Column("total_paid_cents", BigInteger, nullable=False),
)
adjustments = Table(
    "adjustments",
    metadata,
    Column("event_id", String(36), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("line_control_number", Text, nullable=False),
    Column("group_code", String(2), nullable=False),
    Column("reason", String(5), nullable=False),
    Column("amount_cents", BigInteger, nullable=False),
)
reconciliations = Table(
    "reconciliations",
    metadata,
    Column("event_id", String(36), primary_key=True),
    Column("claim_id", String(36)),
    Column("tenant", Text, nullable=False),
    Column("patient_control_number", Text, nullable=False),
    Column("remittance_id", String(36), nullable=False),
    Column("outcome", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("document", Text, nullable=False),
    Column("total_paid_cents", BigInteger, nullable=False, server_default="0"),
    Index("reconciliations_claim", "claim_id"),
)
work_items = Table(
    "work_items",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("about", Text, nullable=False),
    Column("claim_id", String(36)),
    Column("patient_control_number", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("due", String(10), nullable=False),
    Column("recoverable_cents", BigInteger, nullable=False),
    Column("state", String(6), nullable=False),
    Index("work_items_about", "about", "state"),
)
dead_letters = Table(
    "dead_letters",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("service", String(40), nullable=False),
    Column("event_id", String(36), nullable=False),
    Column("event_type", String(32), nullable=False),
    Column("error_type", Text, nullable=False),
    Column("error", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
)
tenant_keys = Table(
    "tenant_keys",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("key_id", String(36), primary_key=True),
    Column("master_id", Text, nullable=False),
    Column("wrapped", Text, nullable=False),
    Column("state", String(8), nullable=False),
)
audit = Table(
    "audit",
    metadata,
    Column("seq", Seq, primary_key=True, autoincrement=True),
    Column("time", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("claim_id", String(36), nullable=False),
    Index("audit_claim", "claim_id"),
)

OWNERS: dict[str, str] = {
    "claims": "claim_builder",
    "claim_lines": "claim_builder",
    "accumulators": "claim_builder",
    "scrubs": "claim_scrubber",
    "submissions": "claim_submitter",
    "control_numbers": "claim_submitter",
    "acknowledgments": "acknowledgment_intake",
    "remittances": "remittance_intake",
    "payments": "remittance_intake",
    "adjustments": "remittance_intake",
    "reconciliations": "remittance_reconciler",
    "work_items": "followup_queue",
    "dead_letters": "followup_queue",
}
PROJECTIONS: tuple[Table, ...] = tuple(metadata.tables[name] for name in OWNERS)
