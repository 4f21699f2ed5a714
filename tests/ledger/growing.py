"""A ledger made large: its rows many times over, under other places, ids, numbers and tenants."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from sqlalchemy import Engine, Table, text

from claimloom.ledger.books import FOLDED
from claimloom.ledger.tables import inbox, journal, outbox

PLACES: Final = frozenset({"seq", "place", "claim", "about", "work", "outcome", "remittance", "caused_by"})
# Ids that another table has too, and those that none has: they lie everywhere, as derived ones do.
SHARED_IDS: Final = frozenset({"payment_id", "event_id"})
OWN_IDS: Final = frozenset({"id"})
OTHERS: Final = frozenset(
    {"number", "visit", "patient_id", "session_id", "patient_control_number", "batch_id", "trace_number", "name"}
)
SQLITE_UUID: Final = " || '-' || ".join(f"lower(hex(randomblob({size})))" for size in (4, 2, 2, 2, 6))
# A row a counter, or few and not growing with claims.
LEFT: Final = frozenset({"control_numbers", "awaited"})


def grow(engine: Engine, times: int, *, tenants: bool = False, left: Collection[str] = LEFT) -> dict[str, int]:
    """Each row so many times more, of other ``tenants`` or of the same; the number of rows of each table after it."""
    sizes = {}
    sqlite = engine.dialect.name == "sqlite"
    with engine.begin() as connection:
        step = connection.scalar(text("select max(seq) from journal"))
        for table in [*FOLDED, inbox, journal, outbox]:
            if table.name in left:
                continue
            names = [column.name for column in table.columns]
            values = ", ".join(_value(table, name, int(step or 0), tenants, sqlite) for name in names)
            numbers = "with recursive n(n) as (select 1 union all select n + 1 from n where n < :times)"
            insert = f"insert into {table.name} ({', '.join(names)})"
            asked = f"select {values} from {table.name}, n where 1 = 1 on conflict do nothing"
            statement = f"{insert} {numbers} {asked}" if sqlite else f"{numbers} {insert} {asked}"
            connection.execute(text(statement), {"times": times})
            sizes[table.name] = connection.scalar(text(f"select count(*) from {table.name}")) or 0
        if not sqlite:
            drawn = "select setval(pg_get_serial_sequence('journal', 'seq'), max(seq)) from journal"
            connection.execute(text(drawn))
    return sizes


def _value(table: Table, name: str, step: int, tenants: bool, sqlite: bool) -> str:
    column = table.c[name]
    if name in PLACES and "INT" in str(column.type):
        return f"{name} + n.n * {step}"
    if name in OWN_IDS:
        return SQLITE_UUID if sqlite else "gen_random_uuid()::text"
    if name == "claim_id":
        number = "printf('%012x', n.n)" if sqlite else "lpad(to_hex(n.n), 12, '0')"
        return f"case when claim_id = '' then '' else substr(claim_id, 1, 24) || {number} end"
    if name in SHARED_IDS:
        return f"substr(n.n || '-' || {name}, 1, 36)"
    if name == "tenant" and tenants:
        return "tenant || n.n"
    if name == "payer_claim_control_number":
        return f"case when {name} = '' then '' else n.n || {name} end"
    return f"substr(n.n || '-' || {name}, 1, 38)" if name in OTHERS and "INT" not in str(column.type) else name


def analyze(engine: Engine) -> None:
    """Statistics, by which a planner decides otherwise."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("analyze")
