"""What people decided about lines of payments: which line of a claim each is for."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping

from sqlalchemy import Connection, select

from claimloom.ledger.books.decisions import MATCH_LINE, UNDO, decisions
from claimloom.ledger.database import among
from claimloom.ledger.journal import event_ids, event_places
from claimloom.lines import Decided

NO_LINE = "none"


def lines_decided(connection: Connection, claims: Collection[int]) -> dict[tuple[int, int], Decided]:
    """By the places of a claim and of a remittance the newest of each line, without what was undone."""
    if not claims:
        return {}
    columns = (decisions.c.place, decisions.c.about, decisions.c.kind, decisions.c.fields)
    mine = among(connection, decisions.c.about, claims) & decisions.c.kind.in_((MATCH_LINE, UNDO))
    rows = connection.execute(select(*columns).where(mine).order_by(decisions.c.place)).all()
    said = {row.place: (row.about, json.loads(row.fields)) for row in rows if row.kind == MATCH_LINE}
    if not said:
        return {}
    undone = {json.loads(row.fields).get("decision") for row in rows if row.kind == UNDO}
    ids = event_ids(connection, said)
    places = event_places(connection, {fields["remittance"] for _, fields in said.values()})
    found: dict[tuple[int, int], dict[int, str]] = {}
    for at, (claim, fields) in said.items():
        if ids[at] not in undone and (remittance := places.get(fields["remittance"])) is not None:
            found.setdefault((claim, remittance), {}).update(of_line(fields))
    return {key: tuple(sorted(some.items())) for key, some in found.items()}


def of_line(fields: Mapping[str, str]) -> dict[int, str]:
    """By the number of a line in its answer our number of the line that it is for, empty for none."""
    return {int(fields["line"]): "" if fields["to"] == NO_LINE else fields["to"]}
