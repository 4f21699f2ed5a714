"""Whether journal and audit are what was written into them: the chain's records walked, and each row looked at.

Everything is read a page at a time. What is remembered of a row is a bit, by which those are found that no
record speaks of. A row is named by its place, tenant and type, never by what it says.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Connection, LargeBinary, Row, case, cast, func, literal, select

from claimloom.ledger.chain import AUDITED, MARK, check_key, first_record, read_places, told
from claimloom.ledger.chain_key import ChainKey
from claimloom.ledger.database import among
from claimloom.ledger.heads import ChainEnd, Published, chains, lacking, present
from claimloom.ledger.journal import event_ids, event_places
from claimloom.ledger.tables import audit, chain, journal, tenant_keys
from claimloom.packing import PackedError, unpack

PAGE: Final = 2000
KEPT: Final = 1000
"""Faults that are told; the others are counted."""
ROWS: Final = {"journal": journal, "audit": audit}


class Misfit(NamedTuple):
    """Something that does not fit, as a sentence, and where: the place in the journal or the audit, if it is of one."""

    said: str
    kept: str = "journal"
    place: int | None = None
    tenant: str = ""
    type: str = ""


@dataclass(slots=True)
class Verified:
    """How many rows fit their records, how many are older than the chain, and what does not fit."""

    events: int = 0
    reads: int = 0
    records: int = 0
    older: int = 0
    erased: list[str] = field(default_factory=list)
    ends: list[ChainEnd] = field(default_factory=list)
    faults: list[Misfit] = field(default_factory=list)
    more: int = 0


class _Seen:
    """Places, a bit each."""

    def __init__(self) -> None:
        self._bits: dict[int, bytearray] = {}

    def add(self, place: int) -> None:
        page = self._bits.setdefault(place >> 13, bytearray(1024))
        page[(place & 8191) >> 3] |= 1 << (place & 7)

    def __contains__(self, place: int) -> bool:
        page = self._bits.get(place >> 13)
        return page is not None and bool(page[(place & 8191) >> 3] & 1 << (place & 7))


def verify(connection: Connection, key: ChainKey, published: Published | None) -> Verified:
    """Look at everything; PlainError if the key is not that of the ledger's chain. ``published`` was read before the
    transaction of this connection began: the ledger knows more since, and never less.
    """
    found = Verified()
    for fault in _Walker(connection, key, found).faults(published):
        if len(found.faults) < KEPT:
            found.faults.append(fault)
        else:
            found.more += 1
    found.ends = present(connection)
    return found


class _Walker:
    def __init__(self, connection: Connection, key: ChainKey, found: Verified) -> None:
        self.connection = connection
        self.key = key
        self.found = found
        self.seen = {kept: _Seen() for kept in ROWS}

    def faults(self, published: Published | None) -> Iterator[Misfit]:
        first = first_record(self.connection)
        if first is None:
            yield Misfit("the chain's first record is gone: no row can be held against it", "ledger")
            return
        check_key(first, self.key)
        for kept, tenant in chains(self.connection):
            yield from self._chain(kept, tenant, first.link)
        for kept, since in zip(ROWS, map(int, first.places.split()), strict=True):
            yield from self._unspoken(kept, since)
        if published:
            yield from self._cut(published)
        yield from self._erased()

    def _chain(self, kept: str, tenant: str, link: str) -> Iterator[Misfit]:
        """The records of a chain in their order, each with its rows."""
        number, last = 0, 0
        for records in self._records(kept, tenant):
            spoken = {each.number: _places(each) for each in records}
            rows = self._rows(kept, [place for some in spoken.values() for place in some or ()])
            for record in records:
                places = spoken[record.number]
                whose = f"tenant {tenant}" if kept == "journal" else "the audit"
                name = f"record {record.number} of {whose}"
                if record.number != number + 1:
                    gone = f"records {number + 1} to {record.number - 1} of {whose} are gone, "
                    until = f" and before {places[0]}" if places else ""
                    yield Misfit(f"{gone}which spoke of places after {last}{until}", kept, None, tenant)
                if places is None:
                    yield Misfit(f"{name} was changed: it names no places", kept, None, tenant)
                else:
                    digests = yield from self._spoken(kept, tenant, record, places, rows)
                    whole = len(digests) == len(places) and record.number == number + 1
                    if whole and record.link != self.key.link(link, told(record), digests):
                        where = f" ({record.places})" if places else ""
                        yield Misfit(f"{name}{where} was changed, or made without the key", kept, None, tenant)
                    last = places[-1] if places else last
                if record.kind == "erased":
                    self.found.erased.append(tenant)
                number, link = record.number, record.link
                self.found.records += 1

    def _records(self, kept: str, tenant: str) -> Iterator[list[Row[Any]]]:
        """Some at a time, that speak of about a page of rows."""
        last = -1
        query = select(chain).where(chain.c.kept == kept, chain.c.tenant == tenant).order_by(chain.c.number).limit(200)
        while page := self.connection.execute(query.where(chain.c.number > last)).all():
            some: list[Row[Any]] = []
            for record in page:
                some.append(record)
                if sum(len(each.marks) for each in some) >= PAGE * MARK:
                    yield some
                    some = []
            if some:
                yield some
            last = page[-1].number

    def _rows(self, kept: str, places: Sequence[int]) -> dict[int, Row[Any]]:
        table = ROWS[kept]
        query = select(*_columns(self.connection, kept)).where(among(self.connection, table.c.seq, places))
        return {row.seq: row for row in self.connection.execute(query).all()} if places else {}

    def _spoken(
        self, kept: str, tenant: str, record: Row[Any], places: Sequence[int], rows: dict[int, Row[Any]]
    ) -> Generator[Misfit, None, list[bytes]]:
        """The rows of a record; returns the digests of those that are as they were."""
        digests = []
        fit: list[Row[Any]] = []
        for at, place in enumerate(places):
            self.seen[kept].add(place)
            row = rows.get(place)
            if row is None:
                yield Misfit(f"{kept} place {place} (tenant {tenant}): the row is gone", kept, place, tenant)
                continue
            digest = self._digest(kept, row)
            if digest[:MARK] != record.marks[at * MARK : (at + 1) * MARK]:
                yield _fault(kept, row, "what it says was changed")
                continue
            digests.append(digest)
            fit.append(row)
        if kept == "journal":
            self.found.events += len(fit)
            yield from _beside(self.connection, fit, tenant)
        else:
            self.found.reads += len(fit)
        return digests

    def _digest(self, kept: str, row: Row[Any]) -> bytes:
        try:
            if kept == "audit":
                return self.key.row(kept, [getattr(row, name) for name in AUDITED], "")
            return self.key.row(kept, [row.seq, row.id, row.type], unpack(row.body).decode())
        except (PackedError, ValueError, TypeError):
            return b""  # no text of ours

    def _unspoken(self, kept: str, since: int) -> Iterator[Misfit]:
        """Rows that no record speaks of."""
        table, last = ROWS[kept], None
        name = table.c.type if kept == "journal" else table.c.action
        query = select(table.c.seq, table.c.tenant, name.label("type")).order_by(table.c.seq).limit(PAGE)
        while page := self.connection.execute(query if last is None else query.where(table.c.seq > last)).all():
            last = page[-1].seq
            older = [row.seq for row in page if 0 < row.seq < since and row.seq not in self.seen[kept]]
            for row in page:
                if row.seq not in self.seen[kept] and not 0 < row.seq < since:
                    yield _fault(kept, row, "no record speaks of it: it was put in, or its record was taken out")
            if kept == "journal":
                self.found.older += len(older)
                yield from _beside(self.connection, list(self._rows(kept, older).values()), None)

    def _cut(self, published: Published) -> Iterator[Misfit]:
        for each in lacking(self.connection, published):
            whose = {"audit": "the audit", "ledger": "the ledger"}.get(each.kept, f"tenant {each.tenant}")
            said = f"record {each.number} of {whose}, published at {published.time}, is not here"
            yield Misfit(f"{said}: the end was cut off, or an older ledger put back", each.kept, None, each.tenant)

    def _erased(self) -> Iterator[Misfit]:
        gone = select(tenant_keys.c.tenant).where(tenant_keys.c.state == "erased").distinct()
        for tenant in sorted(set(self.connection.scalars(gone)) - set(self.found.erased)):
            yield Misfit(f"tenant {tenant}: its keys are erased, and no record of its chain says so", tenant=tenant)


def _columns(connection: Connection, kept: str) -> list[Any]:
    if kept == "audit":
        return [*(audit.c[name] for name in AUDITED), audit.c.action.label("type")]
    # As bytes, whatever somebody put there: on SQLite what is sealed stands as text; packed bytes as text reads nobody.
    names = ("seq", "id", "type", "tenant", "source", "caused_by")
    body: ColumnElement[bytes] = cast(journal.c.body, LargeBinary)
    if connection.dialect.name == "sqlite":
        fits = (func.typeof(journal.c.body) == "blob") | (func.substr(journal.c.body, 1, 1) == "{")
        body = case((fits, body), else_=literal(b"", LargeBinary))
    return [*(journal.c[name] for name in names), body.label("body")]


def _places(record: Row[Any]) -> list[int] | None:
    try:
        return read_places(record.places, len(record.marks) // MARK)
    except ValueError:
        return None


def _fault(kept: str, row: Any, said: str) -> Misfit:
    return Misfit(
        f"{kept} place {row.seq} (tenant {row.tenant}, {row.type}): {said}", kept, row.seq, row.tenant, row.type
    )


def _beside(connection: Connection, rows: Sequence[Row[Any]], tenant: str | None) -> Iterator[Misfit]:
    """Columns that do not agree with what the event says: whose it is, who made it, and what it follows from."""
    said: dict[int, dict[str, Any]] = {}
    for row in rows:
        try:
            said[row.seq] = json.loads(unpack(row.body))
        except (PackedError, ValueError):
            yield _fault("journal", row, "it is no event")
    if not said:
        return
    ids = event_ids(connection, {row.caused_by for row in rows if row.caused_by})
    unnamed = [event["caused_by"] for row in rows if row.caused_by is None and (event := said.get(row.seq))]
    there = event_places(connection, [each for each in unnamed if each])
    for row in rows:
        if (event := said.get(row.seq)) is None:
            continue
        cause = event["caused_by"]
        wrong = [name for name in ("id", "type", "tenant") if getattr(row, name) != event[name]]
        wrong += ["tenant"] if tenant not in (None, row.tenant) and "tenant" not in wrong else []
        wrong += ["source"] if row.source not in ("", event["source"]) else []
        # What an event follows from may have come after it, from a topic; then it has no place here.
        if ids.get(row.caused_by) != cause if row.caused_by is not None else there.get(cause, row.seq) < row.seq:
            wrong.append("caused_by")
        if wrong:
            yield _fault("journal", row, f"{', '.join(wrong)} beside it is not what the event says")
