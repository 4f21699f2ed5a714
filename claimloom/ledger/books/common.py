"""What the folds of all books share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeVar

from sqlalchemy import Column, Connection, Table, bindparam, func, select

from claimloom.ledger.database import among, insert_or_add
from claimloom.ledger.journal import event_places
from claimloom.topology import Received
from schemas.values import Noun

Row = dict[str, Any]
N = TypeVar("N", bound=Noun)

OVERTAKEN: Final = "matched"
"""How a payment (its outcome) or an answer (its state) stands that fitted nothing, once its claim came: what it came to
then stands in a row of its own.
"""


def typed(received: Sequence[Received], payload: type[N]) -> Iterator[tuple[Received, N]]:
    """Each event with its payload as the model that its topic has."""
    for each in received:
        assert isinstance(each.data, payload)
        yield each, each.data


def about_claims(received: Sequence[Received], payload: type[N]) -> Iterator[tuple[Received, int, N]]:
    """The same with the place of its claim, of events that are about one which is here."""
    for each, data in typed(received, payload):
        if each.claim is not None:
            yield each, each.claim, data


def places_of(connection: Connection, columns: Sequence[Column[Any]], keys: Sequence[tuple[Any, ...]]) -> list[int]:
    """For each row to come its place among those of its key, counted from 0 in the order they were written.

    One key's events are handled one after the other wherever they are handled, so this is the order of that key. What
    has no key has no order.
    """
    count: Counter[tuple[Any, ...]] = Counter()
    known = [key for key in keys if key[-1]]
    # Every part of the key, the tenant too: the index begins with it, and without it all of the table would be read.
    some = [among(connection, column, {key[place] for key in known}) for place, column in enumerate(columns)]
    for row in connection.execute(select(*columns, func.count()).where(*some).group_by(*columns)).all():
        count[tuple(row[:-1])] = row[-1]
    found = []
    for key in keys:
        found.append(count[key] if key[-1] else 0)
        count[key] += 1
    return found


def overtaken(connection: Connection, received: Iterable[Received]) -> set[int]:
    """Places of the events by which payments or answers fitted nothing, of which these (``claim-reconciled``,
    ``claim-acknowledged``) say otherwise.
    """
    ids = {str(event_id) for each in received if (event_id := getattr(each.data, "overtakes", None))}
    return set(event_places(connection, ids).values())


def search_name(last: str, first: str) -> str:
    """A person's name as it is looked for: last name first, without regard to case."""
    return f"{last}, {first}".casefold().strip(", ")


def add_to_totals(connection: Connection, table: Table, changes: Mapping[tuple[str, ...], tuple[int, ...]]) -> None:
    """Add to sums kept by key; a sum of nothing leaves no row, so that the order of events shows nowhere.

    The table's key columns come first, its first other column counts.
    """
    keys = [column.name for column in table.primary_key]
    sums = [column.name for column in table.columns if column.name not in keys]
    names = (*keys, *sums)
    rows: list[Row] = [
        dict(zip(names, (*key, *values), strict=True)) for key, values in sorted(changes.items()) if any(values)
    ]
    if not rows:
        return
    told = insert_or_add(connection, table, rows)
    empty = {tuple(row[: len(keys)]) for row in told if not row[len(keys)]}
    fewer = [row for row in rows if row[sums[0]] < 0 and (not told or tuple(row[name] for name in keys) in empty)]
    if fewer:
        mine = [table.c[name] == bindparam(f"key_{name}") for name in keys]
        gone = [{f"key_{name}": row[name] for name in keys} for row in fewer]
        connection.execute(table.delete().where(*mine, table.c[sums[0]] == 0), gone)
