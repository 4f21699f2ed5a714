"""Reach a ledger on SQLite or PostgreSQL: engines, locks, and inserting what may already be there."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    CursorResult,
    Engine,
    ExceptionContext,
    Integer,
    Row,
    Table,
    Text,
    TypeDecorator,
    any_,
    create_engine,
    event,
    literal,
    select,
    text,
)
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.visitors import InternalTraversal

from claimloom.errors import PlainError
from claimloom.rights import make_file

STATEMENT_SECONDS: Final = 60
# Shorter than a statement may take: who waits for another's lock is told so, and not that its statement was too slow.
LOCK_SECONDS: Final[float] = 30
_EXPECTED: Final = "database {}: sqlite:///FILE or postgresql://USER@HOST/NAME is expected"
# A statement that ran into its time limit is a fault of what it asked, not of a database that is away.
TIMED_OUT: Final = "57014"
# A server that only reads is a standby, or one whose disk is being mended: it takes the step later.
READ_ONLY: Final = "25006"
# Read-only, busy, locked, out of memory, interrupted, disk fault, full, cannot be opened, locking protocol.
SQLITE_AWAY: Final = frozenset({5, 6, 7, 8, 9, 10, 13, 14, 15})
# Connecting gives no state, only the server's sentence.
REFUSALS: Final = {
    "password authentication failed": "the database refuses the user or its password",
    "no password supplied": "the database wants a password; see CLAIMLOOM_DB_PASSWORD_FILE",
    '" does not exist': "the database, or its user, does not exist",
    "no pg_hba.conf entry": "the database lets nobody in from here as this user (pg_hba.conf)",
}


def open_engine(url: str) -> Engine:
    """Engine for a database URL, ``sqlite:///FILE`` or ``postgresql://USER@HOST/DATABASE``."""
    return _postgres_engine(url) if _is_postgres(url) else _sqlite_engine(url)


def open_reader(url: str) -> Engine:
    """Engine for those who only look: what it reads in one transaction is of one moment, and it locks nothing out.

    On SQLite a writer's transaction holds the whole database from its beginning, so reading through that engine would
    wait for every other reader. Each transaction begins plainly: without BEGIN each SELECT would see another moment.
    """
    if _is_postgres(url):
        return _postgres_engine(url, isolation_level="REPEATABLE READ", more="-c default_transaction_read_only=on")
    path = _sqlite_file(url)
    engine = create_engine(f"sqlite:///file:{quote(path)}?mode=ro&uri=true", hide_parameters=True)

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        for pragma in ("query_only=1", _waiting()):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN")

    return engine


def _is_postgres(url: str) -> bool:
    return url.startswith(("postgresql://", "postgres://"))


def _postgres_engine(url: str, *, isolation_level: Any = None, more: str = "") -> Engine:
    # Dead connections are found before a step begins, and no statement waits for ever.
    limits = f"-c statement_timeout={STATEMENT_SECONDS}s -c lock_timeout={int(LOCK_SECONDS * 1000)}"
    options = f"{limits} -c idle_in_transaction_session_timeout=300s {more}".strip()
    try:
        engine = create_engine(
            "postgresql+psycopg://" + url.partition("://")[2],
            pool_pre_ping=True,
            hide_parameters=True,  # an error's text is logged by libraries, and parameters hold patients
            connect_args={"connect_timeout": 5, "options": options, "application_name": "claimloom"},
            **({"isolation_level": isolation_level} if isolation_level else {}),
        )
    except ValueError:  # a port that is no number
        raise PlainError(f"database {_without_password(url)}: postgresql://USER@HOST:PORT/NAME is expected") from None
    event.listen(engine, "handle_error", _leave_read_only)
    return engine


def _sqlite_file(url: str) -> str:
    if not url.startswith("sqlite:///"):
        raise PlainError(_EXPECTED.format(_without_password(url)))
    return url.removeprefix("sqlite:///")


def _sqlite_engine(url: str) -> Engine:
    if not url.startswith("sqlite:"):
        raise PlainError(_EXPECTED.format(_without_password(url)))
    engine = create_engine(url, hide_parameters=True)

    # BEGIN IMMEDIATE: a step reads before it writes; a deferred transaction would fail with SQLITE_BUSY at the
    # first write if another process had written in between.
    @event.listens_for(engine, "do_connect")
    def _make(_dialect: Any, _record: Any, _arguments: Any, _named: Any) -> None:
        # SQLite gives its log the rights of the file.
        file = url.removeprefix("sqlite:///") if url.startswith("sqlite:///") else ""  # one in memory has none
        if (path := Path(file)).name and not path.exists():
            with suppress(FileExistsError):
                make_file(path)

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        for pragma in (_waiting(), "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def _waiting() -> str:
    """Milliseconds that a statement waits for another process to let go of the ledger."""
    return f"busy_timeout={int(LOCK_SECONDS * 1000)}"


def _leave_read_only(context: ExceptionContext) -> None:
    """A connection to what was the primary stays there: after a failover the next one finds the server that writes."""
    if getattr(context.original_exception, "sqlstate", None) == READ_ONLY:
        context.is_disconnect = True


def _without_password(url: str) -> str:
    return re.sub(r"//([^:/@]+):[^@]*@", r"//\1:***@", url)


@contextmanager
def transaction(engine: Engine) -> Iterator[Connection]:
    """One transaction: committed at the end of the block, rolled back if it raises."""
    with engine.begin() as connection:
        yield connection


def give_back_free_pages(engine: Engine) -> None:
    """What was deleted still stands in pages that SQLite keeps for later, and in its log: written anew without them."""
    if engine.dialect.name == "sqlite":
        with closing(engine.raw_connection()) as connection:
            connection.driver_connection.execute("VACUUM")  # type: ignore[union-attr]
            connection.driver_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # type: ignore[union-attr]


def is_away(error: Exception) -> bool:
    """Whether the database is away, full, locked, read-only or broke off for another's sake: the same step may go
    later.
    """
    if not isinstance(error, DBAPIError):
        return False
    if getattr(error.orig, "sqlstate", None) == TIMED_OUT:
        return False
    code = getattr(error.orig, "sqlite_errorcode", None)
    if code is not None:
        # The low byte is the kind; SQLite calls a statement that does not fit the schema operational as well.
        return code & 0xFF in SQLITE_AWAY
    return error.connection_invalidated or isinstance(error, OperationalError | InterfaceError)


def is_of_another_schema(error: Exception) -> bool:
    """Whether the database does not know what a statement names, or does not let this user do it: no event's fault.

    Statements are fixed, so this is a schema of another version, or rights that somebody took away.
    """
    if not isinstance(error, DBAPIError):
        return False
    said = str(error.orig)
    return str(getattr(error.orig, "sqlstate", None) or "").startswith("42") or said.startswith(
        ("no such table", "no such column", "table ")
    )


def is_no_events_fault(error: Exception) -> bool:
    """Whether it is for the database, and not for what was to be done: no event may be given up for it."""
    return is_away(error) or is_of_another_schema(error)


def refusal(error: Exception) -> str:
    """Why a server that is there does not let us in, if that is what the error says: waiting would change nothing."""
    said = str(error.orig) if isinstance(error, DBAPIError) else ""
    for sign, why in REFUSALS.items():
        if sign in said:
            return why
    return ""


def lock(connection: Connection, names: Iterable[str]) -> None:
    """Hold names until the end of the transaction, so that workers who look at the same thing go one after the other.

    On SQLite the transaction itself holds the whole database. Names are taken in one order, so that no two wait for
    each other.
    """
    if connection.dialect.name != "postgresql":
        return
    digests = (hashlib.blake2b(name.encode(), digest_size=8).digest() for name in set(names))
    keys = sorted(int.from_bytes(each, "big", signed=True) for each in digests)
    if keys:
        query = text("select pg_advisory_xact_lock(key) from unnest(cast(:keys as bigint[])) as key")
        connection.execute(query, {"keys": keys})


def insert_new(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> int:
    """Insert rows whose key is not there yet; known keys are left as they stand. All rows have the same columns.

    Returns how many were new.
    """
    return _insert(connection, table, rows, "on conflict do nothing").rowcount if rows else 0


def insert_or_update(
    connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]], moving: Sequence[str] = ()
) -> None:
    """Insert rows, each key once; for known keys the other columns take the new values, or only those that can change
    (``moving``): SQLite writes every index anew that holds a column which is set, whether its value is another or not.
    """
    if rows:
        keys = [column.name for column in table.primary_key]
        others = ", ".join(f"{name} = excluded.{name}" for name in moving or rows[0] if name not in keys)
        _insert(connection, table, rows, f"on conflict ({', '.join(keys)}) do update set {others}")


def insert_or_add(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> list[Any]:
    """Insert rows, each key once; for known keys the other columns are added to what stands there.

    PostgreSQL gives the rows as they stand then, since there a statement a row is dear; SQLite gives none.
    """
    if not rows:
        return []
    keys = [column.name for column in table.primary_key]
    names = [name for name in rows[0] if name not in keys]
    others = ", ".join(f"{name} = {table.name}.{name} + excluded.{name}" for name in names)
    ending = f"on conflict ({', '.join(keys)}) do update set {others}"
    if connection.dialect.name != "postgresql":
        _insert(connection, table, rows, ending)
        return []
    whole = ", ".join(f"{table.name}.{name}" for name in (*keys, *names))
    return list(_insert(connection, table, rows, f"{ending} returning {whole}").all())


def insert_telling(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]], column: str) -> set[Any]:
    """Insert rows of integers and plain text without NUL, and give that column of those that were new.

    On PostgreSQL a row that another transaction is inserting is waited for: whoever comes second learns that the first
    has it, or takes it over if the first gave up.
    """
    if not rows:
        return set()
    if connection.dialect.name == "postgresql":
        return set(_insert(connection, table, rows, f"on conflict do nothing returning {column}").scalars())
    names = list(rows[0])
    values = ", ".join(f"json_extract(value, '$[{place}]')" for place in range(len(names)))
    new = f"insert into {table.name} ({', '.join(names)}) select {values} from json_each(?) where true"  # noqa: S608
    every = json.dumps([[row[name] for name in names] for row in rows])
    told = connection.exec_driver_sql(f"{new} on conflict do nothing returning {column}", (every,))
    return set(told.scalars().all())


def _insert(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]], ending: str) -> CursorResult[Any]:
    """All rows by one statement. To PostgreSQL a column goes as one binary array: row by row costs it and the worker a
    multiple of that, and in the text form of an array every quote of a document would be escaped.
    """
    names = list(rows[0])
    columns = ", ".join(names)
    values = [_written(connection, table.c[name], [row[name] for row in rows]) for name in names]
    if connection.dialect.name == "postgresql":
        arrays = ", ".join(f"%b::{_type(table.c[name])}[]" for name in names)
        statement = f"insert into {table.name} ({columns}) select * from unnest({arrays}) {ending}"  # noqa: S608
        return connection.exec_driver_sql(statement, tuple(values))
    marks = ", ".join("?" * len(names))
    statement = f"insert into {table.name} ({columns}) values ({marks}) {ending}"  # noqa: S608
    return connection.exec_driver_sql(statement, list(zip(*values, strict=True)))


def _written(connection: Connection, column: Column[Any], values: list[Any]) -> list[Any]:
    """Values as the column's type has them written, where it says something of that."""
    if not isinstance(column.type, TypeDecorator):
        return values
    return [column.type.process_bind_param(each, connection.dialect) for each in values]


def _type(column: Column[Any]) -> str:
    # A collation is the column's own: an array of values is cast to the type alone.
    return str(column.type.compile(_postgres())).partition(" COLLATE ")[0]


@cache
def _postgres() -> Any:
    from sqlalchemy.dialects import postgresql  # noqa: PLC0415 - large, and needed with PostgreSQL alone

    return postgresql.dialect()  # type: ignore[no-untyped-call]


def among(connection: Connection, column: ColumnElement[Any], values: Iterable[Any]) -> ColumnElement[bool]:
    """Whether a column of text or places holds one of the values, however many: they travel as one parameter, so the
    statement stays the same for any number of them and is prepared once.
    """
    some = list(values)
    if connection.dialect.name == "postgresql":
        from sqlalchemy.dialects import postgresql  # noqa: PLC0415 - see _postgres

        kind = BigInteger if isinstance(column.type, Integer) else Text
        return column == any_(literal(some, postgresql.ARRAY(kind)))
    return _Among(column, literal(json.dumps(some), Text))


class _Among(ColumnElement[bool]):
    """``column IN`` the values of a JSON array, in one piece: put together from SQLAlchemy's own, of which it takes
    ten, it costs more than most statements take to run.
    """

    type = Boolean()
    _traverse_internals = [  # noqa: RUF012 - as its base declares it
        ("column", InternalTraversal.dp_clauseelement),
        ("values", InternalTraversal.dp_clauseelement),
    ]

    def __init__(self, column: ColumnElement[Any], values: ColumnElement[str]) -> None:
        self.column = column
        self.values = values

    @property
    def _from_objects(self) -> list[Any]:
        return self.column._from_objects

    def self_group(self, against: Any = None) -> _Among:
        """As it is: compared with 1, as truth is on SQLite, it would be served by no index."""
        return self


@compiles(_Among)
def _compiled(element: _Among, compiler: SQLCompiler, **arguments: Any) -> str:
    column, values = (compiler.process(each, **arguments) for each in (element.column, element.values))
    return f"{column} IN (SELECT value FROM json_each({values}))"  # noqa: S608 - texts that SQLAlchemy wrote


def owned(
    connection: Connection,
    table: Table,
    column: ColumnElement[Any],
    values: Collection[Any],
    tenant: str,
    columns: Sequence[Column[Any]] = (),
) -> list[Row[Any]]:
    """Rows of a tenant in whose column one of the values stands; all their columns, or those that are given.

    Whose they are is looked at here: asked for both together, SQLite without statistics goes by the tenant and reads
    all that it has.
    """
    if not values:
        return []
    query = select(*columns) if columns else select(table)
    rows = connection.execute(query.where(among(connection, column, values))).all()
    return [row for row in rows if row.tenant == tenant]


def begins(column: ColumnElement[Any], start: str) -> ColumnElement[bool]:
    """Whether a column that is ordered by characters (``Sorted``) begins so: a range, which an index serves. SQLite's
    LIKE uses none. No BETWEEN: PostgreSQL takes no collation inside it.
    """
    return (column >= start) & (column <= f"{start}\U0010ffff")


def beginning(
    connection: Connection, table: Table, column: ColumnElement[Any], start: str, tenant: str
) -> list[Row[Any]]:
    """Rows of a tenant whose column begins so. Whose they are is looked at here, as in ``owned``."""
    rows = connection.execute(select(table).where(begins(column, start))).all()
    return [row for row in rows if row.tenant == tenant]
