"""Every row says whose it is; what leaves has one table; standings, sums of them, decisions and what is awaited.

What new columns hold is taken from the documents and events beside them. Standings are folds of other tables: they are
made by ``claimloom.ledger.database.migrate`` after the last migration, by the present code.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

SORTED = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
PENDING = sa.text("state = 'pending'")
LISTED = sa.text("listed = 1")
SILENT = sa.text("submitted_on <> '' and answered_on = ''")
PAGE = 1000
# Weights of the order of the list as they were at this revision.
LIKELIHOOD = {"held": 90, "rejected": 90, "underpaid": 70, "suspense": 60, "unmatched": 60, "denied": 50, "review": 40}


def upgrade() -> None:
    """Add, fill, index."""
    _tenants()
    _claims()
    _scrubs()
    _reconciliations()
    _outbox()
    _counters()
    _work()
    _new_tables()
    _served_before()


def _text(name: str, length: int | None = None) -> sa.Column[Any]:
    return sa.Column(name, sa.String(length) if length else sa.Text(), nullable=False, server_default="")


def _cents(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.BigInteger(), nullable=False, server_default="0")


def _tenants() -> None:
    for table in ("claim_lines", "scrubs", "submissions", "acknowledgments", "adjustments", "dead_letters", "audit"):
        op.add_column(table, _text("tenant"))
    for table in ("claim_lines", "scrubs", "submissions", "audit"):
        op.execute(f"update {table} set tenant = c.tenant from claims c where c.claim_id = {table}.claim_id")
    for table, key in (("acknowledgments", "event_id"), ("dead_letters", "id")):
        op.execute(f"update {table} set tenant = j.tenant from journal j where j.id = {table}.{key}")
    op.execute("update adjustments set tenant = r.tenant from remittances r where r.event_id = adjustments.event_id")
    for table in ("claim_lines", "scrubs", "submissions", "acknowledgments", "adjustments", "dead_letters"):
        op.create_index(f"{table}_tenant", table, ["tenant"])
    op.create_index("submissions_file", "submissions", ["file_name"])
    op.create_index("payments_trace", "payments", ["tenant", "trace_number"])
    op.add_column("acknowledgments", _text("received_on", 10))
    _times("acknowledgments")


def _times(table: str) -> None:
    """The day on which an event came, from its envelope, which is never sealed."""
    day = f"substr({_of_event('time')}, 1, 10)"
    op.execute(f"update {table} set received_on = {day} from journal j where j.id = {table}.event_id")


def _of_event(name: str) -> str:
    """A value of an event's envelope."""
    return f"j.body::json->>'{name}'" if _postgres() else f"json_extract(j.body, '$.{name}')"


def _postgres() -> bool:
    return bool(op.get_bind().dialect.name == "postgresql")


def _documents(table: str, key: str, document: str, where: str) -> Iterator[tuple[str, Any]]:
    """Every document of a table with its row's key, a page at a time."""
    last = ""
    query = sa.text(
        f"select {key}, {document} from {table} where {key} > :last and {where} order by {key} limit {PAGE}"
    )
    while rows := op.get_bind().execute(query, {"last": last}).all():
        last = rows[-1][0]
        for row in rows:
            yield row[0], json.loads(row[1])


def _fill(
    table: str,
    key: str,
    values: Callable[[Any], dict[str, Any]],
    *,
    document: str = "document",
    where: str = "1 = 1",
) -> None:
    some: list[dict[str, Any]] = []

    def write() -> None:
        if some:
            names = ", ".join(f"{name} = :{name}" for name in some[0] if name != "row_key")
            op.get_bind().execute(sa.text(f"update {table} set {names} where {key} = :row_key"), some)
            some.clear()

    for each, content in _documents(table, key, document, where):
        some.append({"row_key": each} | values(content))
        if len(some) == PAGE:
            write()
    write()


def _claims() -> None:
    op.add_column("claims", sa.Column("patient_name", SORTED, nullable=False, server_default=""))

    def name(claim: dict[str, Any]) -> dict[str, Any]:
        person = claim["patient"]["name"]
        return {"patient_name": f"{person['last']}, {person.get('first', '')}".casefold().strip(", ")}

    _fill("claims", "claim_id", name)
    op.create_index("claims_name", "claims", ["tenant", "patient_name"])


def _scrubs() -> None:
    op.add_column("scrubs", _text("errors"))

    def errors(findings: list[dict[str, Any]]) -> dict[str, Any]:
        found: dict[str, str] = {}
        for each in findings:
            if each["severity"] == "error":
                found.setdefault(each["code"], each["message"].partition(":")[0])
        return {"errors": json.dumps(sorted(found.items()))}

    _fill("scrubs", "claim_id", errors, document="findings", where="verdict = 'held'")


def _reconciliations() -> None:
    op.create_index("reconciliations_remittance", "reconciliations", ["remittance_id"])
    for name in ("clinic", "trace_number"):
        op.add_column("reconciliations", _text(name))
    op.add_column("reconciliations", _text("received_on", 10))
    for name in ("billed_cents", "paid_cents", "patient_cents", "variance_cents", "short_cents"):
        op.add_column("reconciliations", _cents(name))
    op.add_column("reconciliations", sa.Column("denied", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("reconciliations", sa.Column("expected_paid_cents", sa.BigInteger()))

    def columns(result: dict[str, Any]) -> dict[str, Any]:
        causes = result.get("causes", [])
        return {
            "trace_number": result.get("trace_number", ""),
            "billed_cents": result.get("billed_cents", 0),
            "paid_cents": result.get("paid_cents", 0),
            "patient_cents": result.get("patient_responsibility_cents", 0),
            "variance_cents": result.get("variance_cents", 0),
            "short_cents": sum(each["amount_cents"] for each in causes if each["cause"] not in ("denied", "rounding")),
            "denied": int(result["outcome"] == "denied" or any(each["cause"] == "denied" for each in causes)),
            "expected_paid_cents": result.get("expected_paid_cents"),
        }

    _fill("reconciliations", "event_id", columns)
    _times("reconciliations")
    op.execute(
        f"update reconciliations set clinic = {_of_event('clinic')} from journal j "
        "where j.id = reconciliations.event_id"
    )


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("courier", sa.String(20), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False, server_default="0"),
        _text("next_try"),
        sa.UniqueConstraint("courier", "name"),
    )
    # The name is the id of what was sent before there were ids: it fits, and is as unique.
    op.execute(
        "insert into outbox (id, tenant, courier, name, sha256, body, state) select substr(files.name, 1, 36), "
        "coalesce((select min(s.tenant) from submissions s where s.file_name = files.name), ''), 'folder', files.name, "
        "files.sha256, files.content, files.state from files"
    )
    op.drop_table("files")
    op.create_index("outbox_pending", "outbox", ["courier", "name"], sqlite_where=PENDING, postgresql_where=PENDING)
    op.create_index("outbox_tenant", "outbox", ["tenant"])
    op.create_table(
        "unsent",
        sa.Column("event_id", sa.String(36), primary_key=True),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("since", sa.Text(), nullable=False),
    )
    op.create_index("unsent_tenant", "unsent", ["tenant"])


def _counters() -> None:
    op.rename_table("control_numbers", "control_numbers_0003")
    if _postgres():
        op.execute("alter index control_numbers_pkey rename to control_numbers_0003_pkey")
    op.create_table(
        "control_numbers",
        sa.Column("tenant", sa.Text(), primary_key=True),
        sa.Column("partner", sa.Text(), primary_key=True),
        sa.Column("kind", sa.String(20), primary_key=True),
        sa.Column("last", sa.BigInteger(), nullable=False),
    )
    op.execute("insert into control_numbers select '', '', name, last from control_numbers_0003")
    op.drop_table("control_numbers_0003")


def _work() -> None:
    for name in ("clinic", "payer_id", "patient_id", "visit", "owner", "outcome"):
        op.add_column("work_items", _text(name))
    op.add_column("work_items", _text("day", 10))
    op.add_column("work_items", _cents("score"))
    for name in ("overtaken", "listed"):
        op.add_column("work_items", sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
    later = (
        "exists (select 1 from claims n where n.tenant = c.tenant and n.session_id = c.session_id "
        "and n.version > c.version)"
    )
    op.execute(
        "update work_items set clinic = c.clinic, payer_id = c.payer_id, patient_id = c.patient_id, "
        f"visit = c.session_id, day = c.date_of_service, overtaken = case when {later} then 1 else 0 end "
        "from claims c where c.claim_id = work_items.claim_id"
    )
    op.execute(
        f"update work_items set clinic = {_of_event('clinic')} from journal j where j.id = work_items.about "
        "and work_items.claim_id is null"
    )
    weight = " ".join(f"when '{kind}' then {value}" for kind, value in LIKELIHOOD.items())
    op.execute(
        f"update work_items set score = -recoverable_cents * case kind {weight} when 'overpaid' then 0 else 30 end, "
        "listed = case when state = 'open' and (overtaken = 0 or kind = 'suspense') then 1 else 0 end"
    )
    where: dict[str, Any] = {"sqlite_where": LISTED, "postgresql_where": LISTED}
    op.create_index("work_items_claim", "work_items", ["claim_id"])
    for name, first in (("queue", []), ("kind", ["kind"]), ("clinic", ["clinic"]), ("payer", ["payer_id"])):
        op.create_index(f"work_items_{name}", "work_items", ["tenant", *first, "score", "due", "id"], **where)
    op.create_index("work_items_due", "work_items", ["tenant", "kind", "due"], **where)
    op.create_table(
        "work_totals",
        *(sa.Column(name, sa.Text(), primary_key=True) for name in ("tenant", "clinic", "payer_id", "kind")),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=False),
    )
    op.execute(
        "insert into work_totals select tenant, clinic, payer_id, kind, count(*), sum(recoverable_cents) "
        "from work_items where listed = 1 group by tenant, clinic, payer_id, kind"
    )
    op.create_table(
        "decisions",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("work_id", sa.String(36), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("about", "kind", "actor")),
        sa.Column("time", SORTED, nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("reason", "fields")),
    )
    op.create_index("decisions_work", "decisions", ["work_id"])
    op.create_index("decisions_about", "decisions", ["about", "kind"])
    op.create_index("decisions_tenant", "decisions", ["tenant"])
    op.create_table(
        "awaited",
        *(sa.Column(name, sa.Text(), primary_key=True) for name in ("tenant", "about", "kind")),
        sa.Column("due", sa.Text(), nullable=False),
    )
    op.create_index("awaited_due", "awaited", ["kind", "due"])


def _new_tables() -> None:
    op.create_table(
        "standings",
        sa.Column("id", sa.String(36), primary_key=True),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("tenant", "clinic")),
        sa.Column("number", SORTED, nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("payer_id", "payer_name", "patient_id")),
        sa.Column("patient_name", SORTED, nullable=False),
        sa.Column("visit", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("day", SORTED, nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("state", "flags")),
        sa.Column("claimless", sa.Integer(), nullable=False),
        sa.Column("billed_cents", sa.BigInteger(), nullable=False),
        sa.Column("expected_cents", sa.BigInteger()),
        *(
            sa.Column(name, sa.BigInteger(), nullable=False)
            for name in ("paid_cents", "patient_cents", "variance_cents", "short_cents")
        ),
        sa.Column("replaced_by", sa.Text(), nullable=False),
        *(sa.Column(name, sa.String(10), nullable=False) for name in ("submitted_on", "answered_on")),
        sa.Column("outcome_id", sa.String(36), nullable=False),
        sa.Column("held_for", sa.Text(), nullable=False),
    )
    for name, first in (("order", []), ("state", ["state"]), ("clinic", ["clinic"]), ("payer", ["payer_id"])):
        op.create_index(f"standings_{name}", "standings", ["tenant", *first, "claimless", "day", "number", "id"])
    op.create_index("standings_number", "standings", ["number"])
    op.create_index("standings_visit", "standings", ["tenant", "visit"])
    op.create_index("standings_patient", "standings", ["tenant", "patient_id"])
    op.create_index("standings_name", "standings", ["tenant", "patient_name"])
    op.create_index(
        "standings_silent",
        "standings",
        ["tenant", "payer_name", "submitted_on"],
        sqlite_where=SILENT,
        postgresql_where=SILENT,
    )
    op.create_table(
        "flagged",
        sa.Column("tenant", sa.Text(), primary_key=True),
        sa.Column("flag", sa.String(12), primary_key=True),
        sa.Column("claimless", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("day", SORTED, primary_key=True),
        sa.Column("number", SORTED, primary_key=True),
        sa.Column("id", sa.String(36), primary_key=True),
    )
    op.create_index("flagged_id", "flagged", ["id"])
    op.create_table(
        "totals",
        sa.Column("tenant", sa.Text(), primary_key=True),
        sa.Column("grain", sa.String(6), primary_key=True),
        sa.Column("key", sa.Text(), primary_key=True),
        sa.Column("day", SORTED, primary_key=True),
        *(sa.Column(name, sa.Text(), primary_key=True) for name in ("state", "flags")),
        sa.Column("replaced", sa.Integer(), primary_key=True, autoincrement=False),
        *(
            sa.Column(name, sa.BigInteger(), nullable=False)
            for name in ("count", "sent", "billed_cents", "paid_cents", "short_cents")
        ),
    )
    op.create_table(
        "held_totals",
        *(sa.Column(name, sa.Text(), primary_key=True) for name in ("tenant", "clinic", "code", "message")),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "visit_totals",
        *(sa.Column(name, sa.Text(), primary_key=True) for name in ("tenant", "clinic")),
        sa.Column("count", sa.BigInteger(), nullable=False),
    )
    op.execute(
        f"insert into visit_totals select j.tenant, {_of_event('clinic')}, count(*) from journal j "
        "where j.type = 'session-completed' group by 1, 2"
    )


def _served_before() -> None:
    """What services consume from now on and the tables hold already: no event of before is news to them."""
    for service, types in (
        (
            "account_keeper",
            ("claim-built", "claim-scrubbed", "claim-submitted", "claim-acknowledged", "claim-reconciled"),
        ),
        ("followup_queue", ("claim-built",)),
    ):
        names = ", ".join(f"'{each}'" for each in types)
        op.execute(
            f"insert into inbox (service, event_id, outcome) select '{service}', id, 'done' from journal "
            f"where type in ({names}) on conflict do nothing"
        )
    op.execute(
        "insert into positions (service, seq) select 'account_keeper', max(seq) from journal "
        "having max(seq) is not null"
    )


def downgrade() -> None:
    """There is no way back from more knowledge to less; take the backup made before the upgrade."""
    raise NotImplementedError("take the backup made before the upgrade")
