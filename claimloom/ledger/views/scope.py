"""Whose rows a view shows, which of them, and from where on."""

from __future__ import annotations

import base64
import heapq
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import islice
from operator import attrgetter
from typing import Any, Final, Generic, TypeVar

from sqlalchemy import ColumnElement, Connection, Row, Select, Table, literal, tuple_

from claimloom.errors import PlainError
from claimloom.ledger.database import among

T = TypeVar("T")
MOST: Final = 1000
SHOWN: Final = 12


@dataclass(frozen=True, slots=True)
class Scope:
    """Tenants and clinics whose rows may be seen; empty: all of them, for whoever runs the system."""

    tenants: tuple[str, ...] = ()
    clinics: tuple[str, ...] = ()

    def of(self, connection: Connection, table: Table) -> list[ColumnElement[bool]]:
        """The conditions on a table that has both columns."""
        found = [] if not self.tenants else [one_of(connection, table.c.tenant, self.tenants)]
        return found if not self.clinics else [*found, one_of(connection, table.c.clinic, self.clinics)]

    def holds(self, row: Any) -> bool:
        """The same of a row in hand, that has both columns."""
        tenant, clinic = not self.tenants or row.tenant in self.tenants, not self.clinics or row.clinic in self.clinics
        return tenant and clinic


EVERYTHING: Final = Scope()


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rows: every field that is given must fit. ``since`` and ``until`` are days of service, both included."""

    state: str = ""
    flag: str = ""
    payer: str = ""
    kind: str = ""
    since: str = ""
    until: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """At most ``size`` rows behind the place ``after``, which is what a page before gave as ``next``."""

    size: int = 50
    after: str = ""

    def place(self, kinds: Sequence[type]) -> list[Any]:
        """Where to go on, a value of each kind; PlainError for what no page gave."""
        try:
            found = json.loads(base64.urlsafe_b64decode(self.after.encode()))
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, list) or [type(each) for each in found] != list(kinds) or not all(map(_fits, found)):
            raise PlainError("--after is no place in this list; take it from the page before, with the same filters")
        return found


def _fits(value: Any) -> bool:
    """Whether a database has room for it: 64 bits, and text that is some."""
    if isinstance(value, int):
        return -(2**63) <= value < 2**63
    return str(value).isprintable()


def kinds_of(order: Sequence[Any]) -> list[type]:
    """What stands in columns, as a place holds it."""
    return [column.type.python_type for column in order]


@dataclass(frozen=True, slots=True)
class Rows(Generic[T]):
    """The rows of a page, and where the next begins; empty: there is none."""

    rows: list[T]
    next: str = ""


def cursor(*values: Any) -> str:
    """The place behind a row."""
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode()


def one_of(connection: Connection, column: ColumnElement[Any], values: Sequence[str]) -> ColumnElement[bool]:
    """Equality where it is one value, so that the rows behind it stay in the order of an index."""
    return column == values[0] if len(values) == 1 else among(connection, column, values)


def in_order(
    connection: Connection,
    query: Callable[[str], Select[Any]],
    tenants: Sequence[str],
    order: Sequence[Any],
    place: Sequence[Any] | None = None,
    chunk: int = MOST,
) -> Iterator[Row[Any]]:
    """All rows behind a place in the ascending order of the columns, fetched some at a time.

    Each tenant's rows are read in the order of an index that begins with the tenant, and put together here: over the
    rows of several the database would have to sort all of them.
    """
    names = [column.name for column in order]

    def of(tenant: str) -> Iterator[Row[Any]]:
        at = place
        while True:
            mine = query(tenant)
            if at is not None:
                mine = mine.where(tuple_(*order) > tuple_(*(literal(value) for value in at)))
            rows = connection.execute(mine.order_by(*order).limit(chunk)).all()
            yield from rows
            if len(rows) < chunk:
                return
            at = [getattr(rows[-1], name) for name in names]

    return heapq.merge(*map(of, tenants), key=attrgetter(*names))


def read_on(
    connection: Connection,
    query: Callable[[str], Select[Any]],
    tenants: Sequence[str],
    order: Sequence[Any],
    page: Page,
) -> tuple[list[Row[Any]], str]:
    """A page of ``in_order``, and the place behind it, empty at the end."""
    place = page.place(kinds_of(order)) if page.after else None
    found = list(islice(in_order(connection, query, tenants, order, place, page.size + 1), page.size + 1))
    if len(found) <= page.size:
        return found, ""
    return found[: page.size], cursor(*(getattr(found[page.size - 1], column.name) for column in order))


def check_days(wanted: Wanted) -> None:
    """PlainError for days between which no day lies."""
    if wanted.since and wanted.until and wanted.since > wanted.until:
        raise PlainError(f"--from {wanted.since} is after --to {wanted.until}; no day lies between")


def check_known(what: str, value: str, known: Iterable[str]) -> None:
    """PlainError with the nearest names if a filter names nothing that is there."""
    names = list(dict.fromkeys(known))
    if not value or value in names:
        return
    if not names:
        raise PlainError(f"{what} {value}: not known; there is none yet")
    folds = list(dict.fromkeys(name.casefold() for name in names))
    folded = value.casefold()
    near = [each for each in folds if folded in each] or get_close_matches(folded, folds, n=3, cutoff=0.6)
    if near:
        nearest = [name for fold in near for name in names if name.casefold() == fold]
        raise PlainError(f"{what} {value}: not known; is it one of {', '.join(nearest[:3])}?")
    more = f" ({len(names)} in all)" if len(names) > SHOWN else ""
    raise PlainError(f"{what} {value}: choose one of {', '.join(names[:SHOWN])}{more}")
