"""The chain: for what a transaction put into the journal or the audit, a record that nobody can make without the key.

Who can write the database can change any row of it. So each transaction ends with a record for every tenant of whom it
journalled something: a keyed digest (HMAC-SHA256) over the record before it and over the rows' places, ids, types and
texts. The key stands outside the database (``claimloom.ledger.chain_key``). ``claimloom.ledger.verification`` walks the
records and says what does not fit; ``claimloom.ledger.heads`` keeps where the chains ended, outside the database too.

The first record of a ledger says from which places on rows are chained; of what is older, no record speaks. A record
holds eight bytes of each row's digest, by which a row that was changed is found among those of its record.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

from sqlalchemy import Connection, Engine, Row, func, select, text

from claimloom.errors import PlainError
from claimloom.ledger.chain_key import ChainKey, keep_key, key_of, make_key, needed_key, read_key
from claimloom.ledger.database import insert_new, lock, transaction
from claimloom.ledger.tables import audit, chain, journal

Kept = Literal["journal", "audit", "ledger"]
MOST: Final = 1000
"""Rows of one record: a transaction of more makes several."""
MARK: Final = 8
_NOTES: Final = "claimloom.chain"


class Noted(NamedTuple):
    """A row that a transaction put in, and the digest of what it says."""

    kept: Kept
    tenant: str
    seq: int
    digest: bytes


@contextmanager
def chained(engine: Engine) -> Iterator[Connection]:
    """A transaction that may put rows into the journal or the audit. Their records are made at its very end: what the
    next transaction of a tenant waits for is the commit alone.
    """
    with transaction(engine) as connection:
        notes: list[Noted] = []
        info = connection.info  # a connection that breaks off would not give it any more
        info[_NOTES] = notes
        try:
            yield connection
            _record(connection, notes)
        finally:
            info.pop(_NOTES, None)


def note_events(connection: Connection, rows: Iterable[tuple[int, str, str, str, str]]) -> None:
    """Rows that were put into the journal: place, tenant, id, type and text of each."""
    notes, key = _notes(connection)
    notes += [Noted("journal", tenant, seq, key.row("journal", [seq, *of], body)) for seq, tenant, *of, body in rows]


def note_reads(connection: Connection, rows: Iterable[Sequence[Any]]) -> None:
    """Rows that were put into the audit, each with its columns in the order of ``AUDITED``."""
    notes, key = _notes(connection)
    notes += [Noted("audit", "", row[0], key.row("audit", row, "")) for row in rows]


AUDITED: Final = ("seq", "time", "actor", "action", "claim_id", "tenant")


def _notes(connection: Connection) -> tuple[list[Noted], ChainKey]:
    found: list[Noted] | None = connection.info.get(_NOTES)
    if found is None:
        raise RuntimeError("what is journalled or audited goes through a chained transaction")
    return found, key_of(connection.engine)


def _record(connection: Connection, notes: Sequence[Noted]) -> None:
    if not notes:
        return
    names = sorted({(each.kept, each.tenant) for each in notes})
    lock(connection, [f"chain {kept} {tenant}" for kept, tenant in names])
    before = ends(connection, names)
    first = _first_link(connection) if len(before) < len(names) else ""
    key = key_of(connection.engine)
    rows = []
    for name, some in groupby(sorted(notes), key=lambda each: (each.kept, each.tenant)):
        number, link = before.get(name, (0, first))
        mine = list(some)
        for start in range(0, len(mine), MOST):
            part = mine[start : start + MOST]
            number += 1
            digests = [each.digest for each in part]
            places = written_places([each.seq for each in part])
            link = key.link(link, [*name, number, "rows", places], digests)
            rows.append(_row(name, number, "rows", places, digests, link))
    _put(connection, rows)


def end(connection: Connection, tenant: str) -> None:
    """The tenant is erased: the last record of its chain, which says so. Once, however often it is erased."""
    name = ("journal", tenant)
    lock(connection, [f"chain journal {tenant}"])
    number, before = ends(connection, [name]).get(name, (0, _first_link(connection)))
    last = (chain.c.kept == "journal") & (chain.c.tenant == tenant) & (chain.c.number == number)
    if connection.scalar(select(chain.c.kind).where(last)) != "erased":
        link = key_of(connection.engine).link(before, [*name, number + 1, "erased", ""], [])
        _put(connection, [_row(name, number + 1, "erased", "", [], link)])


def use_chain(engine: Engine, file: Path) -> None:
    """Chain what is written by this engine, with the key of that file; PlainError if it is not the ledger's. A ledger
    that has no chain gets one, and a key if there is none.
    """
    with engine.connect() as connection:
        first = first_record(connection)
    if first is None:
        first = _begin(engine, read_key(file) or make_key(file))
    key = needed_key(file)
    check_key(first, key)
    keep_key(engine, key)


def begin_anew(engine: Engine, file: Path) -> None:
    """A new chain from here on, by the key of that file or a new one: of what is older no record speaks any more.
    PlainError if the key of the present chain is there.
    """
    key = read_key(file)
    with transaction(engine) as connection:
        lock(connection, ["chain"])
        first = first_record(connection)
        if first is not None and key is not None and first.link == key.link("", told(first), []):
            raise PlainError(f"{file}: is the key that this ledger is chained by; there is nothing to begin anew")
        connection.execute(chain.delete())
    _begin(engine, key or make_key(file))


def check_key(first: Row[Any], key: ChainKey) -> None:
    """PlainError if a ledger is not chained by that key."""
    if first.link != key.link("", told(first), []):
        raise PlainError(
            "the key is not the one that this ledger is chained by, or the chain's first record was changed; see "
            "CLAIMLOOM_CHAIN_KEY_FILE"
        )


def told(record: Row[Any]) -> list[Any]:
    """What a record says, beside its rows."""
    return [record.kept, record.tenant, record.number, record.kind, record.places]


def _begin(engine: Engine, key: ChainKey) -> Row[Any]:
    """The first record of a ledger that has none: rows from now on are chained."""
    with transaction(engine) as connection:
        lock(connection, ["chain"])
        if first_record(connection) is None:
            since = [(connection.scalar(select(func.max(table.c.seq))) or 0) + 1 for table in (journal, audit)]
            places = " ".join(map(str, since))
            link = key.link("", ["ledger", "", 0, "begin", places], [])
            _put(connection, [_row(("ledger", ""), 0, "begin", places, [], link)])
        found = first_record(connection)
    assert found is not None
    return found


def first_record(connection: Connection) -> Row[Any] | None:
    """The record that says from which places on rows of the journal and of the audit are chained."""
    return connection.execute(select(chain).where(chain.c.kept == "ledger", chain.c.number == 0)).first()


def _first_link(connection: Connection) -> str:
    """What the first record of a tenant follows."""
    found = first_record(connection)
    if found is None:
        raise PlainError("the chain's first record was taken out of the ledger: claimloom verify")
    return str(found.link)


def _put(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    if insert_new(connection, chain, rows) != len(rows):
        raise RuntimeError("a record of the chain is there already")


def _row(name: tuple[str, str], number: int, kind: str, places: str, digests: Sequence[bytes], link: str) -> Any:
    marks = b"".join([each[:MARK] for each in digests])
    key = {"kept": name[0], "tenant": name[1], "number": number}
    return key | {"kind": kind, "places": places, "marks": marks, "link": link}


_ENDS: Final = {
    "sqlite": (
        "select c.kept, c.tenant, c.number, c.link from json_each(:names) n cross join chain c on "
        "c.kept = json_extract(n.value, '$[0]') and c.tenant = json_extract(n.value, '$[1]') and c.number = (select "
        "max(number) from chain where kept = json_extract(n.value, '$[0]') and tenant = json_extract(n.value, '$[1]'))"
    ),
    "postgresql": (
        "select c.kept, c.tenant, c.number, c.link from json_array_elements(cast(:names as json)) n cross join lateral "
        "(select * from chain where kept = n.value ->> 0 and tenant = n.value ->> 1 order by number desc limit 1) c"
    ),
}


def ends(connection: Connection, names: Sequence[tuple[str, str]]) -> dict[tuple[str, str], tuple[int, str]]:
    """Number and link of the last record of each chain (what is kept, and whose), of those that have one."""
    query = text(_ENDS[connection.dialect.name])
    rows = connection.execute(query, {"names": json.dumps(names)}).all()
    return {(row.kept, row.tenant): (row.number, row.link) for row in rows}


def written_places(places: Sequence[int]) -> str:
    """Ascending places as text: ``12-15,18``."""
    runs: list[list[int]] = []
    for place in places:
        if runs and place == runs[-1][1] + 1:
            runs[-1][1] = place
        else:
            runs.append([place, place])
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in runs)


def read_places(said: str, count: int) -> list[int]:
    """The places that a text names; ValueError if they are not so many, ascending."""
    found: list[int] = []
    for run in said.split(",") if said else []:
        first, _, last = run.partition("-")
        places = range(int(first), int(last or first) + 1)
        if len(found) + len(places) > count or (found and places and places[0] <= found[-1]):
            raise ValueError(said[:40])
        found += places
    if len(found) != count:
        raise ValueError(said[:40])
    return found
