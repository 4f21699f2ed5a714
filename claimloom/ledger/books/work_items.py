"""Items of work: the rows that a person sees, and the sums of those that stand on the list."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Index,
    Integer,
    String,
    Table,
    Text,
    literal_column,
)

from claimloom.ledger.books.awaited import NEARING, end_waiting
from claimloom.ledger.books.common import Row, add_to_totals
from claimloom.ledger.books.ranking import NO_835, NO_DEPOSIT, WHOLE
from claimloom.ledger.database import insert_or_update
from claimloom.ledger.tables import index_where, metadata, place

# What of an item can change.
MOVING: Final = ("state", "overtaken", "listed", "owner", "outcome", "not_before", "score", "urgency")
_LISTED = "listed = 1"
_UNBILLED = "kind = 'not_billed'"
UNBILLED: Final[ColumnElement[bool]] = literal_column("work_items.kind") == literal_column("'not_billed'")
"""As the index says it: so it is used."""
OF_MONEY: Final = f"kind in ('{NO_DEPOSIT}', '{NO_835}')"


def _queue(name: str, *first: str) -> Index:
    """An index in the order of the list, of what stands on it alone."""
    return index_where(_LISTED, name, *first, "score", "due", "id")


work_items = Table(
    "work_items",
    metadata,
    place(),
    Column("id", String(36), nullable=False, unique=True),
    Column("tenant", Text, nullable=False),
    place("about", primary_key=False, nullable=False),
    place("claim", primary_key=False),
    Column("patient_control_number", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("due", String(10), nullable=False),
    Column("recoverable_cents", BigInteger, nullable=False),
    Column("state", String(6), nullable=False),
    Column("clinic", Text, nullable=False, server_default=""),
    Column("payer_id", Text, nullable=False, server_default=""),
    Column("patient_id", Text, nullable=False, server_default=""),
    Column("visit", Text, nullable=False, server_default=""),
    Column("day", String(10), nullable=False, server_default=""),
    Column("score", BigInteger, nullable=False, server_default="0"),
    Column("overtaken", Integer, nullable=False, server_default="0"),
    Column("listed", Integer, nullable=False, server_default="0"),
    Column("owner", Text, nullable=False, server_default=""),
    Column("outcome", Text, nullable=False, server_default=""),
    Column("not_before", String(10), nullable=False, server_default=""),
    Column("of_charge", Integer, nullable=False, server_default="0"),
    Column("last_day", String(10), nullable=False, server_default=""),
    # How much the days left to that count, in hundredths.
    Column("urgency", Integer, nullable=False, server_default=str(WHOLE)),
    Index("work_items_about", "about", "state"),
    Index("work_items_claim", "claim"),
    _queue("work_items_queue", "tenant"),
    _queue("work_items_kind", "tenant", "kind"),
    _queue("work_items_clinic", "tenant", "clinic"),
    _queue("work_items_payer", "tenant", "payer_id"),
    index_where(_LISTED, "work_items_due", "tenant", "kind", "due"),
    index_where(_UNBILLED, "work_items_unbilled", "tenant", "visit"),
    index_where(OF_MONEY, "work_items_money", "tenant", "about"),
)
work_totals = Table(
    "work_totals",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("clinic", Text, primary_key=True),
    Column("payer_id", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("count", BigInteger, nullable=False),
    Column("cents", BigInteger, nullable=False),
)


class Items:
    """Items in hand: changed here, written once, and what the list gained or lost by it put into the totals."""

    def __init__(self, connection: Connection, rows: Iterable[Any]) -> None:
        self.connection = connection
        self.rows: dict[int, Row] = {row.place: dict(row._mapping) for row in rows}
        self.before = {each: dict(row) for each, row in self.rows.items()}
        self.about: dict[int, list[Row]] = defaultdict(list)
        for row in self.rows.values():
            self.about[row["about"]].append(row)

    def put(self, row: Row) -> None:
        """A new item."""
        if row["place"] not in self.rows:
            self.rows[row["place"]] = row
            self.about[row["about"]].append(row)

    def write(self) -> None:
        """Rows and totals as they are now."""
        changed = [row for each, row in self.rows.items() if row != self.before.get(each)]
        lost = {
            name
            for row in changed
            for name, value in self.before.get(row["place"], {}).items()
            if row[name] != value and name not in MOVING
        }
        assert not lost, f"{', '.join(sorted(lost))} of an item is not written: it is not in MOVING"
        for row in changed:
            stands = row["state"] == "open" and not row["not_before"]
            row["listed"] = int(stands and (not row["overtaken"] or row["kind"] == "suspense"))
            if row["state"] == "closed":
                row["owner"] = ""
        insert_or_update(self.connection, work_items, changed, MOVING)
        end_waiting(
            self.connection, NEARING, [row["id"] for row in changed if row["state"] == "closed" and row["last_day"]]
        )
        sums: dict[tuple[str, ...], list[int]] = defaultdict(lambda: [0, 0])
        for row in changed:
            for each, sign in ((self.before.get(row["place"]), -1), (row, 1)):
                if each and each["listed"]:
                    total = sums[each["tenant"], each["clinic"], each["payer_id"], each["kind"]]
                    total[0] += sign
                    total[1] += sign * each["recoverable_cents"]
        add_to_totals(self.connection, work_totals, {key: tuple(values) for key, values in sums.items()})
