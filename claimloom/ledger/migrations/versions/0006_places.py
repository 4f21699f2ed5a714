"""Everything stands under its place in the journal, bodies are packed, and no document repeats what the journal says.

The journal is carried over first, a page a transaction (``claimloom.ledger.migrations.carry``), by whoever upgrades;
here comes what is left of it, and the other tables in one transaction. Standings and their sums are folds of other
tables: they are made by ``claimloom.ledger.migration.migrate`` afterwards, by the present code.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic import op

from claimloom.ledger.migrations.carry import carry, put_in_place, start
from claimloom.reference.therapy_codes import therapy_code
from schemas.event import derived_id
from schemas.remittance import ClaimReconciled

revision = "0006"
down_revision = "0005"

SEQ = sa.BigInteger().with_variant(sa.Integer, "sqlite")
SORTED = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
PAGE = 1000
# On SQLite these are their key alone: no row beside it.
KEYS_ALONE = ("inbox", "claim_lines", "accumulators", "adjustments", "flagged")
TABLES: dict[str, list[sa.Column[Any]]] = {
    "claims": [
        sa.Column("place", SEQ, primary_key=True, autoincrement=False),
        sa.Column("claim_id", sa.String(36), nullable=False, unique=True),
        sa.Column("patient_control_number", SORTED, nullable=False, unique=True),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("clinic", sa.Text(), nullable=False),
        sa.Column("session_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("patient_id", sa.Text(), nullable=False),
        sa.Column("payer_id", sa.Text(), nullable=False),
        sa.Column("payer_name", sa.Text(), nullable=False),
        sa.Column("member_id", sa.Text(), nullable=False),
        sa.Column("discipline", sa.String(3), nullable=False),
        sa.Column("date_of_service", sa.String(10), nullable=False),
        sa.Column("billed_cents", sa.BigInteger(), nullable=False),
        sa.Column("expected_allowed_cents", sa.BigInteger()),
        sa.Column("pool_minutes", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("pool_units", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("number", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("patient_name", SORTED, nullable=False, server_default=""),
    ],
    "claim_lines": [
        sa.Column("claim", SEQ, primary_key=True, autoincrement=False),
        sa.Column("line_number", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("line_control_number", sa.Text(), nullable=False),
        sa.Column("procedure_code", sa.String(5), nullable=False),
        sa.Column("modifiers", sa.Text(), nullable=False),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.Column("charge_cents", sa.BigInteger(), nullable=False),
        sa.Column("rendering_npi", sa.String(10), nullable=False),
        sa.Column("billing_npi", sa.String(10), nullable=False),
        sa.Column("tenant", sa.Text(), nullable=False, server_default=""),
    ],
    "accumulators": [
        sa.Column("claim", SEQ, primary_key=True, autoincrement=False),
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("patient_id", sa.Text(), nullable=False),
        sa.Column("session_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("date_of_service", sa.String(10), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False, server_default="0"),
    ],
    "scrubs": [
        sa.Column("claim", SEQ, primary_key=True, autoincrement=False),
        sa.Column("place", SEQ, nullable=False),
        sa.Column("verdict", sa.String(5), nullable=False),
        sa.Column("rules_version", sa.Text(), nullable=False),
        sa.Column("tenant", sa.Text(), nullable=False, server_default=""),
        sa.Column("errors", sa.Text(), nullable=False, server_default=""),
    ],
    "submissions": [
        sa.Column("claim", SEQ, primary_key=True, autoincrement=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("interchange_control_number", sa.String(9), nullable=False),
        sa.Column("group_control_number", sa.String(9), nullable=False),
        sa.Column("transaction_control_number", sa.String(9), nullable=False),
        sa.Column("batch_id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("submitted_on", sa.String(10), nullable=False),
        sa.Column("tenant", sa.Text(), nullable=False, server_default=""),
    ],
    "acknowledgments": [
        sa.Column("place", SEQ, primary_key=True, autoincrement=False),
        sa.Column("claim", SEQ),
        sa.Column("patient_control_number", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(5), nullable=False),
        sa.Column("level", sa.String(13), nullable=False),
        sa.Column("accepted", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("payer_claim_control_number", sa.Text(), nullable=False),
        sa.Column("process_date", sa.String(10), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("tenant", sa.Text(), nullable=False, server_default=""),
        sa.Column("received_on", sa.String(10), nullable=False, server_default=""),
    ],
    "remittances": [
        sa.Column("place", SEQ, primary_key=True, autoincrement=False),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("claim", SEQ),
        sa.Column("patient_control_number", sa.Text(), nullable=False),
        sa.Column("payer_claim_control_number", sa.Text(), nullable=False),
        sa.Column("payment_id", sa.String(36), nullable=False),
        sa.Column("trace_number", sa.Text(), nullable=False),
        sa.Column("payment_date", sa.String(10), nullable=False),
        sa.Column("paid_cents", sa.BigInteger(), nullable=False),
        sa.Column("provider_adjustment_cents", sa.BigInteger(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("transaction_index", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
    ],
    "adjustments": [
        sa.Column("place", SEQ, primary_key=True, autoincrement=False),
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("line_control_number", sa.Text(), nullable=False),
        sa.Column("group_code", sa.String(2), nullable=False),
        sa.Column("reason", sa.String(5), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("tenant", sa.Text(), nullable=False, server_default=""),
    ],
    "reconciliations": [
        sa.Column("place", SEQ, primary_key=True, autoincrement=False),
        sa.Column("claim", SEQ),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("patient_control_number", sa.Text(), nullable=False),
        sa.Column("remittance", SEQ),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("causes", sa.Text(), nullable=False, server_default="[]"),
        sa.Column("total_paid_cents", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("received_on", sa.String(10), nullable=False, server_default=""),
        sa.Column("clinic", sa.Text(), nullable=False, server_default=""),
        sa.Column("trace_number", sa.Text(), nullable=False, server_default=""),
        sa.Column("billed_cents", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("paid_cents", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("expected_paid_cents", sa.BigInteger()),
        sa.Column("patient_cents", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("variance_cents", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("denied", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("short_cents", sa.BigInteger(), nullable=False, server_default="0"),
    ],
    "work_items": [
        sa.Column("place", SEQ, primary_key=True, autoincrement=False),
        sa.Column("id", sa.String(36), nullable=False, unique=True),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("about", SEQ, nullable=False),
        sa.Column("claim", SEQ),
        sa.Column("patient_control_number", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("due", sa.String(10), nullable=False),
        sa.Column("recoverable_cents", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(6), nullable=False),
        sa.Column("clinic", sa.Text(), nullable=False, server_default=""),
        sa.Column("payer_id", sa.Text(), nullable=False, server_default=""),
        sa.Column("patient_id", sa.Text(), nullable=False, server_default=""),
        sa.Column("visit", sa.Text(), nullable=False, server_default=""),
        sa.Column("day", sa.String(10), nullable=False, server_default=""),
        sa.Column("score", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("overtaken", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("listed", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("owner", sa.Text(), nullable=False, server_default=""),
        sa.Column("outcome", sa.Text(), nullable=False, server_default=""),
    ],
    "decisions": [
        sa.Column("place", SEQ, primary_key=True, autoincrement=False),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("work", SEQ),
        sa.Column("about", SEQ),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("time", SORTED, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("fields", sa.Text(), nullable=False),
    ],
    "standings": [
        sa.Column("place", SEQ, primary_key=True, autoincrement=False),
        sa.Column("claim_id", sa.String(36), nullable=False),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("clinic", sa.Text(), nullable=False),
        sa.Column("number", SORTED, nullable=False),
        sa.Column("payer_id", sa.Text(), nullable=False),
        sa.Column("payer_name", sa.Text(), nullable=False),
        sa.Column("patient_id", sa.Text(), nullable=False),
        sa.Column("patient_name", SORTED, nullable=False),
        sa.Column("visit", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("day", SORTED, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("flags", sa.Text(), nullable=False),
        sa.Column("claimless", sa.Integer(), nullable=False),
        sa.Column("billed_cents", sa.BigInteger(), nullable=False),
        sa.Column("expected_cents", sa.BigInteger()),
        sa.Column("paid_cents", sa.BigInteger(), nullable=False),
        sa.Column("patient_cents", sa.BigInteger(), nullable=False),
        sa.Column("variance_cents", sa.BigInteger(), nullable=False),
        sa.Column("short_cents", sa.BigInteger(), nullable=False),
        sa.Column("replaced_by", sa.Text(), nullable=False),
        sa.Column("submitted_on", sa.String(10), nullable=False),
        sa.Column("answered_on", sa.String(10), nullable=False),
        sa.Column("outcome", SEQ),
        sa.Column("held_for", sa.Text(), nullable=False),
    ],
    "flagged": [
        sa.Column("tenant", sa.Text(), primary_key=True),
        sa.Column("flag", sa.String(12), primary_key=True),
        sa.Column("claimless", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("day", SORTED, primary_key=True),
        sa.Column("number", SORTED, primary_key=True),
        sa.Column("place", SEQ, primary_key=True, autoincrement=False),
    ],
    "inbox": [
        sa.Column("service", sa.String(40), primary_key=True),
        sa.Column("place", SEQ, primary_key=True, autoincrement=False),
        sa.Column("outcome", sa.String(8), nullable=False),
    ],
}
INDEXES = (
    ("claims_member_day", "claims", "tenant member_id date_of_service", None),
    ("claims_name", "claims", "tenant patient_name", None),
    ("claims_patient_day", "claims", "tenant patient_id date_of_service", None),
    ("claims_session", "claims", "tenant session_id", None),
    ("claim_lines_tenant", "claim_lines", "tenant", None),
    ("accumulators_patient", "accumulators", "tenant patient_id", None),
    ("scrubs_tenant", "scrubs", "tenant", None),
    ("submissions_batch", "submissions", "batch_id", None),
    ("submissions_file", "submissions", "file_name", None),
    ("submissions_group", "submissions", "group_control_number transaction_control_number", None),
    ("submissions_interchange", "submissions", "interchange_control_number", None),
    ("submissions_tenant", "submissions", "tenant", None),
    ("acknowledgments_claim", "acknowledgments", "claim", None),
    ("acknowledgments_number", "acknowledgments", "payer_claim_control_number", None),
    ("acknowledgments_tenant", "acknowledgments", "tenant", None),
    ("remittances_claim", "remittances", "claim", None),
    ("remittances_number", "remittances", "payer_claim_control_number", None),
    ("remittances_payment", "remittances", "payment_id", None),
    ("adjustments_tenant", "adjustments", "tenant", None),
    ("reconciliations_claim", "reconciliations", "claim", None),
    ("reconciliations_remittance", "reconciliations", "remittance", None),
    ("work_items_about", "work_items", "about state", None),
    ("work_items_claim", "work_items", "claim", None),
    ("work_items_clinic", "work_items", "tenant clinic score due id", "listed = 1"),
    ("work_items_due", "work_items", "tenant kind due", "listed = 1"),
    ("work_items_kind", "work_items", "tenant kind score due id", "listed = 1"),
    ("work_items_payer", "work_items", "tenant payer_id score due id", "listed = 1"),
    ("work_items_queue", "work_items", "tenant score due id", "listed = 1"),
    ("decisions_about", "decisions", "about kind", None),
    ("decisions_tenant", "decisions", "tenant", None),
    ("decisions_work", "decisions", "work", None),
    ("standings_clinic", "standings", "tenant clinic claimless day number place", None),
    ("standings_order", "standings", "tenant claimless day number place", None),
    ("standings_payer", "standings", "tenant payer_id claimless day number place", None),
    ("standings_payment", "standings", "number", "claimless = 1"),
    ("standings_silent", "standings", "tenant payer_name submitted_on", "submitted_on <> '' and answered_on = ''"),
    ("standings_state", "standings", "tenant state claimless day number place", None),
    ("flagged_place", "flagged", "place", None),
)
CLAIM = "left join claim_places c on c.claim_id = o.claim_id"
EVENT = "join journal j on j.id = o.event_id"
# What the old rows (o) become: other values than those of the same name, and how these are found.
MOVED = {
    "inbox": ({"place": "j.seq"}, EVENT),
    "claims": ({"place": "c.place", "pool_minutes": "0", "pool_units": "0"}, CLAIM.removeprefix("left ")),
    "claim_lines": ({"claim": "c.place"}, CLAIM.removeprefix("left ")),
    "accumulators": ({"claim": "c.place"}, CLAIM.removeprefix("left ")),
    "scrubs": (
        {
            "claim": "c.place",
            "place": "(select max(j.seq) from journal j where j.claim = c.place and j.type = 'claim-scrubbed')",
        },
        CLAIM.removeprefix("left "),
    ),
    "submissions": ({"claim": "c.place"}, CLAIM.removeprefix("left ")),
    "acknowledgments": ({"place": "j.seq", "claim": "c.place"}, f"{EVENT} {CLAIM}"),
    "remittances": ({"place": "j.seq", "claim": "c.place"}, f"{EVENT} {CLAIM}"),
    "adjustments": ({"place": "j.seq"}, EVENT),
    "reconciliations": (
        {
            "place": "j.seq",
            "claim": "c.place",
            "remittance": "(select r.seq from journal r where r.id = o.remittance_id)",
            "causes": "'[]'",
        },
        f"{EVENT} {CLAIM}",
    ),
    "work_items": (
        {
            "place": "w.place",
            "claim": "c.place",
            "about": "coalesce((select a.place from claim_places a where a.claim_id = o.about), w.place)",
        },
        f"join work_places w on w.id = o.id {CLAIM}",
    ),
    "decisions": (
        {
            "place": "j.seq",
            "work": "w.place",
            "about": "coalesce((select a.place from claim_places a where a.claim_id = o.about), w.place)",
        },
        "join journal j on j.id = o.id left join work_places w on w.id = o.work_id",
    ),
}


def upgrade() -> None:
    """The rest of the journal, then table after table."""
    connection = op.get_bind()
    start(connection)
    while carry(connection):
        pass
    op.execute("create table claim_places (claim_id varchar(36) primary key, place bigint not null)")
    op.execute(
        "insert into claim_places select claim_id, min(seq) from journal "
        "where type = 'claim-built' and claim_id is not null group by claim_id"
    )
    put_in_place(connection)
    _work_places()
    for name, columns in TABLES.items():
        _remake(name, columns)
    op.drop_table("claim_places")
    op.drop_table("work_places")


def _work_places() -> None:
    """A work item's id is derived from the event that opened it: each event is asked what it would have opened."""
    op.execute("create table work_places (id varchar(36) primary key, place bigint not null)")
    known = set(op.get_bind().scalars(sa.text("select id from work_items")))
    last = 0
    types = "'claim-scrubbed', 'claim-submitted', 'claim-acknowledged', 'claim-reconciled'"
    query = sa.text(f"select seq, id from journal where type in ({types}) and seq > :last order by seq limit {PAGE}")
    while rows := op.get_bind().execute(query, {"last": last}).all() if known else []:
        last = rows[-1].seq
        found = [{"id": str(derived_id("work", row.id)), "place": row.seq} for row in rows]
        if some := [each for each in found if each["id"] in known]:
            op.get_bind().execute(sa.text("insert into work_places (id, place) values (:id, :place)"), some)


def _remake(name: str, columns: list[sa.Column[Any]]) -> None:
    """A table anew, with what was in it."""
    there = sa.inspect(op.get_bind())
    for index in there.get_indexes(name):
        if not index.get("duplicates_constraint"):
            op.drop_index(str(index["name"]), name)
    old = f"{name}_0005"
    op.rename_table(name, old)
    if op.get_bind().dialect.name == "postgresql":
        keys = [there.get_pk_constraint(name)["name"], *(each["name"] for each in there.get_unique_constraints(name))]
        for key in keys:
            op.execute(f"alter table {old} rename constraint {key} to {key}_0005")
    op.create_table(name, *columns, **({"sqlite_with_rowid": False} if name in KEYS_ALONE else {}))
    if name in MOVED:
        other, joined = MOVED[name]
        names = [column.name for column in columns]
        values = ", ".join(other.get(each, f"o.{each}") for each in names)
        order = next(each for each in ("place", "claim") if each in names)
        op.execute(
            f"insert into {name} ({', '.join(names)}) select {values} from {old} o {joined} order by {other[order]}"
        )
        if name == "claims":
            _fill(
                old,
                "claim_id",
                "update claims set pool_minutes = :minutes, pool_units = :units where claim_id = :key",
                _pool,
            )
        if name == "reconciliations":
            by_id = "place = (select seq from journal where id = :key)"
            _fill(old, "event_id", f"update reconciliations set causes = :causes where {by_id}", _causes)
    op.drop_table(old)
    for index_name, table, on, where in INDEXES:
        if table == name:
            condition = sa.text(where) if where else None
            op.create_index(index_name, table, on.split(), sqlite_where=condition, postgresql_where=condition)


def _fill(old: str, key: str, change: str, values: Callable[[str], dict[str, Any]]) -> None:
    """Columns that are a part of the documents of before."""
    last = ""
    query = sa.text(f"select {key} as key, document from {old} where {key} > :last order by {key} limit {PAGE}")
    while rows := op.get_bind().execute(query, {"last": last}).all():
        last = rows[-1].key
        op.get_bind().execute(sa.text(change), [{"key": row.key} | values(row.document) for row in rows])


def _pool(document: str) -> dict[str, Any]:
    units = json.loads(document)["units"]
    pooled = 0
    for each in units["codes"]:
        known = therapy_code(each["code"])
        pooled += each["units"] if each["minutes"] and known and known.counts_in_cms_15min_pool else 0
    return {"minutes": units["pool_minutes"], "units": pooled}


def _causes(document: str) -> dict[str, Any]:
    causes = ClaimReconciled.model_validate_json(document).causes  # with the fields that came later, as replay has them
    return {"causes": json.dumps([cause.model_dump(mode="json") for cause in causes])}


def downgrade() -> None:
    """There is no way back from more knowledge to less; take the backup made before the upgrade."""
    raise NotImplementedError("take the backup made before the upgrade")
