"""Tables of the ledger that are no folds: journal, inbox, positions, what leaves, keys, who read what, the chain,
and which claims went out that a restored ledger does not know as sent.

The folds of the journal stand in ``claimloom.ledger.books``. Money is integer cents, public ids and times are text.

Inside the ledger everything is known by its **place**: the number (``seq``) under which the journal has the event that
made it. A claim's place is that of its ``claim-built``. Places come one after the other, so the rows of a batch stand
beside each other in every table and index, however much is stored; the public ids, which are derived and so lie
everywhere, have one index each, in ``journal`` and ``claims``. Public ids are text rather than a native UUID so that
SQLite and PostgreSQL give the same bytes in an export.

Every table that holds something of a tenant says whose it is; ``inbox`` and ``positions`` hold places alone. On
PostgreSQL the journal is partitioned by ``month`` (its keys have the month beside them there, as partitions demand).
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Dialect,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import CreateIndex

from claimloom.packing import is_packed, pack, unpack

metadata = MetaData()
Seq = BigInteger().with_variant(Integer, "sqlite")
# Text whose order both databases agree on, by code points: lists are read on from where they were left.
Sorted = Text().with_variant(Text(collation="C"), "postgresql")


class Packed(TypeDecorator[bytes]):
    """Bytes that stand packed (``claimloom.packing``); what was never packed is read as well."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: bytes | None, dialect: Dialect) -> bytes | None:
        """As it is written."""
        return None if value is None else pack(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> bytes | None:
        """As it was."""
        return None if value is None else unpack(bytes(value))


class PackedText(TypeDecorator[str]):
    """The same for text. Bytes are packed text already: what also goes to a topic is packed once. What is not (sealed)
    is text to SQLite as well, which would not look for words in a blob.
    """

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: str | bytes | None, dialect: Dialect) -> Any:
        """As it is written."""
        kept = pack(value.encode()) if isinstance(value, str) else value
        return kept if kept is None or is_packed(kept) or dialect.name != "sqlite" else kept.decode()

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:
        """As it was."""
        return value if value is None or isinstance(value, str) else unpack(bytes(value)).decode()


def place(name: str = "place", **more: Any) -> Column[int]:
    """A column that holds a place in the journal, as the key unless it is said to be something else."""
    return Column(name, Seq, autoincrement=False, **({"primary_key": True} | more))


def index_where(where: str, name: str, *columns: str) -> Index:
    """An index of the rows that fit a condition alone. SQLAlchemy's own words for that load a whole dialect each."""
    return Index(name, *columns, info={"where": where})


@compiles(CreateIndex)
def _create_index(element: CreateIndex, compiler: Any, **arguments: Any) -> str:
    made: str = compiler.visit_create_index(element, **arguments)
    where = element.element.info.get("where")
    return f"{made} WHERE {where}" if where else made


journal = Table(
    "journal",
    metadata,
    Column("seq", Seq, primary_key=True, autoincrement=True),
    Column("id", String(36), nullable=False, unique=True),
    Column("type", String(32), nullable=False),
    Column("tenant", Text, nullable=False),
    Column("claim", Seq),
    Column("body", PackedText, nullable=False),
    Column("source", String(40), nullable=False, server_default=""),
    Column("caused_by", Seq),
    Column("month", String(7), nullable=False, server_default=""),
    Index("journal_type_seq", "type", "seq"),
    Index("journal_claim", "claim"),
    Index("journal_cause", "caused_by"),
)
inbox = Table(
    "inbox",
    metadata,
    Column("service", String(40), primary_key=True),
    place(),
    Column("outcome", String(8), nullable=False),
    sqlite_with_rowid=False,
)
positions = Table(
    "positions",
    metadata,
    Column("service", String(40), primary_key=True),
    Column("seq", Seq, nullable=False),
)
outbox = Table(
    "outbox",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("courier", String(20), nullable=False),
    Column("name", Text, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("body", Packed, nullable=False),
    Column("state", String(10), nullable=False),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("next_try", Text, nullable=False, server_default=""),
    UniqueConstraint("courier", "name"),
    index_where("state = 'pending'", "outbox_pending", "courier", "name"),
    Index("outbox_tenant", "tenant"),
)
unsent = Table(
    "unsent",
    metadata,
    Column("event_id", String(36), primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("since", Text, nullable=False),
    Index("unsent_tenant", "tenant"),
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
    Column("tenant", Text, nullable=False, server_default=""),
    Index("audit_claim", "claim_id"),
)
chain = Table(
    "chain",
    metadata,
    # What of: journal, audit, or the ledger itself.
    Column("kept", String(8), primary_key=True),
    Column("tenant", Text, primary_key=True),
    place("number"),
    Column("kind", String(8), nullable=False),
    Column("places", Text, nullable=False),
    Column("marks", LargeBinary, nullable=False),
    Column("link", String(64), nullable=False),
)
went_out = Table(
    "went_out",
    metadata,
    # CLM01. Whose it is, the claim says once it is known again.
    Column("patient_control_number", Sorted, primary_key=True),
    Column("file_name", Text, nullable=False),
    Column("interchange_control_number", String(9), nullable=False),
    Column("group_control_number", String(9), nullable=False),
    Column("transaction_control_number", String(9), nullable=False),
    Column("batch_id", Text, nullable=False),
    Column("position", Integer, nullable=False),
    Column("claims_in_file", Integer, nullable=False),
    Column("submitted_on", String(10), nullable=False),
    Column("partner", Text, nullable=False),
    Column("usage", String(1), nullable=False, server_default=""),
)
