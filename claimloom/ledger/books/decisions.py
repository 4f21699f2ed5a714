"""Decisions of people, and what becomes of the items that they are about."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from sqlalchemy import Column, Connection, Index, Table, Text, select

from claimloom.accounts.by_people import ASKED, MONEY
from claimloom.ledger.books.awaited import LEASE, awaited, awaited_of, end_waiting, nearing
from claimloom.ledger.books.claims import places_of_claims
from claimloom.ledger.books.common import Row, typed
from claimloom.ledger.books.reconciliations import decided_last
from claimloom.ledger.books.work_items import Items, work_items
from claimloom.ledger.database import among, insert_new
from claimloom.ledger.journal import event_places
from claimloom.ledger.tables import Sorted, metadata, place
from claimloom.topology import Received
from schemas.decision import DecisionMade
from schemas.money import cents_of

# A payment that is not ours to post, a dead letter about which nothing is to be done: said by a decision of that kind.
SET_ASIDE: Final = "set_aside"
WRITE_OFF, UNDO, MATCH_LINE = "write_off", "undo", "match_line"
REVIEWED: Final = ("review_passed", "review_failed")
# Decisions that end an item, whatever else follows from them.
ENDING: Final = frozenset(
    ("close", SET_ASIDE, "bill_next_payer", "forwarded", "void", "resend", "refund", WRITE_OFF, "to_patient", *REVIEWED)
)
decisions = Table(
    "decisions",
    metadata,
    place(),
    Column("tenant", Text, nullable=False),
    place("work", primary_key=False),
    place("about", primary_key=False),
    Column("kind", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("time", Sorted, nullable=False),
    Column("reason", Text, nullable=False),
    Column("fields", Text, nullable=False),
    Index("decisions_work", "work"),
    Index("decisions_about", "about", "kind"),
    Index("decisions_kind", "tenant", "kind"),
)


def decided(connection: Connection, received: Sequence[Received]) -> None:
    """``decision-made`` into decisions, and onto the item that it is about. A dead letter and a claim are none; who
    undoes a decision has its item before him again.
    """
    pairs = list(typed(received, DecisionMade))
    ids = {str(made.work_id) for _, made in pairs}
    undone = _undone(connection, {str(made.work_id) for _, made in pairs if made.kind == UNDO})
    mine = among(connection, work_items.c.id, ids) | among(connection, work_items.c.place, undone.values())
    items = Items(connection, connection.execute(select(work_items).where(mine)))
    named = {row["id"]: row for row in items.rows.values()}
    named |= {decision: items.rows[at] for decision, at in undone.items()}
    # Both may come in one batch.
    named |= {str(each.event.id): named[str(made.work_id)] for each, made in pairs if str(made.work_id) in named}
    found = [(each.event, each.place, made, named.get(str(made.work_id))) for each, made in pairs]
    others = event_places(connection, ids - set(named))
    about = places_of_claims(connection, {made.about for _, made in pairs})
    rows = [
        {
            "place": at,
            "tenant": event.tenant,
            "work": item["place"] if item else others.get(str(made.work_id)),
            "about": about.get(made.about) or (item["about"] if item else None),
            "kind": made.kind,
            "actor": made.actor,
            "time": event.time.isoformat(),
            "reason": made.reason,
            "fields": json.dumps(made.fields),
        }
        for event, at, made, item in found
    ]
    insert_new(connection, decisions, rows)
    answered = decided_last(connection, {item["about"] for *_, made, item in found if item and made.kind == UNDO})
    leases: dict[str, Row | None] = {}
    again: list[tuple[Row, date]] = []
    for event, _, made, item in found:
        if item is None:
            continue
        if made.kind == "take" and item["state"] == "open":
            item["owner"] = made.actor
            leases[item["id"]] = awaited_of(item, LEASE, made.fields["until"])
        elif made.kind == "release":
            item["owner"] = ""
            leases[item["id"]] = None
        elif made.kind in ENDING and not is_asked(made.kind, made.fields) and not _is_of_a_part(made, item):
            item["state"] = "closed"
            item["outcome"] = made.fields.get("outcome", made.kind)
            leases[item["id"]] = None
        elif made.kind == UNDO and answered.get(item["about"], 0) <= item["place"]:
            item["state"], item["outcome"] = "open", ""  # no answer since has settled it
            again.append((item, event.time.date()))
    items.write()
    end_waiting(connection, LEASE, leases)
    insert_new(connection, awaited, [*(row for row in leases.values() if row), *nearing(again)])


def _undone(connection: Connection, told: set[str]) -> dict[str, int]:
    """By the ids of decisions the places of the items that they were about."""
    if not told:
        return {}
    places = event_places(connection, told)
    query = select(decisions.c.place, decisions.c.work).where(among(connection, decisions.c.place, places.values()))
    works = {row.place: row.work for row in connection.execute(query) if row.work is not None}
    return {decision: works[at] for decision, at in places.items() if at in works}


def _is_of_a_part(made: DecisionMade, item: Row) -> bool:
    """Whether it moves less money than the item is about: the rest is still to do."""
    cents = cents_of(made.fields.get("amount", "")) or 0
    return made.kind in MONEY and "whole" not in made.fields and cents < item["recoverable_cents"]


def is_asked(kind: str, fields: Mapping[str, str]) -> bool:
    """Whether a write-off waits for a second person."""
    return kind == WRITE_OFF and fields.get("state") == ASKED
