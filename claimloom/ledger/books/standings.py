"""Standings: how each claim stands now, one narrow row each, and the sums of these rows.

The fold asks ``claimloom.ledger.states`` for the claims that an event touches, whatever the event says. So a row is the
same in whatever order events come, and equal to the fold over everything. Sums are kept by what a row loses and gains.
A payment that fits no claim has a row too, under the place of the event that said so.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from operator import add
from typing import Any, Final

from sqlalchemy import BigInteger, Column, Connection, Index, Integer, String, Table, Text, select, text

from claimloom.ledger.books.claims import FIRST, VOID, claims
from claimloom.ledger.books.common import Row, add_to_totals, overtaken
from claimloom.ledger.books.decisions import SET_ASIDE, decisions
from claimloom.ledger.books.reconciliations import reconciliations
from claimloom.ledger.database import among, insert_new, insert_or_update
from claimloom.ledger.journal import event_places
from claimloom.ledger.states import OUTCOME_COLUMNS, REJECTED, Known, earlier_claims, known_of
from claimloom.ledger.tables import Sorted, index_where, metadata, place
from claimloom.topology import Book, Received
from schemas.decision import DecisionMade
from schemas.topics import Topic

FLAGS: Final = (
    *("underpaid", "overpaid", "denied", "held", "warned", "rejected", "suspense", "unmatched", "replaced", "test"),
)
CLAIMLESS: Final = ("unmatched", "suspense")
SILENT: Final = text("submitted_on <> '' and answered_on = ''")
WAITING: Final = text("submitted_on <> '' and outcome is null and replaced_by = ''")
"""Claims that went out, of whose money nobody has said anything."""

standings = Table(
    "standings",
    metadata,
    place(),
    Column("claim_id", String(36), nullable=False),
    Column("tenant", Text, nullable=False),
    Column("clinic", Text, nullable=False),
    Column("number", Sorted, nullable=False),
    Column("payer_id", Text, nullable=False),
    Column("payer_name", Text, nullable=False),
    Column("patient_id", Text, nullable=False),
    Column("patient_name", Sorted, nullable=False),
    Column("visit", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("day", Sorted, nullable=False),
    Column("state", Text, nullable=False),
    Column("flags", Text, nullable=False),
    Column("claimless", Integer, nullable=False),
    Column("billed_cents", BigInteger, nullable=False),
    Column("expected_cents", BigInteger),
    Column("paid_cents", BigInteger, nullable=False),
    Column("patient_cents", BigInteger, nullable=False),
    Column("variance_cents", BigInteger, nullable=False),
    Column("short_cents", BigInteger, nullable=False),
    Column("replaced_by", Text, nullable=False),
    Column("submitted_on", String(10), nullable=False),
    Column("answered_on", String(10), nullable=False),
    place("outcome", primary_key=False),
    Column("held_for", Text, nullable=False),
    Column("in_line", Text, nullable=False, server_default=FIRST),
    Column("awaited_cents", BigInteger),
    Column("warned", Text, nullable=False, server_default=""),
    Index("standings_order", "tenant", "claimless", "day", "number", "place"),
    Index("standings_state", "tenant", "state", "claimless", "day", "number", "place"),
    Index("standings_clinic", "tenant", "clinic", "claimless", "day", "number", "place"),
    Index("standings_payer", "tenant", "payer_id", "claimless", "day", "number", "place"),
    index_where("claimless = 1", "standings_payment", "number"),
    index_where(str(SILENT), "standings_silent", "tenant", "payer_name", "submitted_on"),
    index_where(str(WAITING), "standings_waiting", "tenant", "payer_id", "submitted_on"),
)
flagged = Table(
    "flagged",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("flag", String(12), primary_key=True),
    Column("claimless", Integer, primary_key=True),
    Column("day", Sorted, primary_key=True),
    Column("number", Sorted, primary_key=True),
    place(),
    Index("flagged_place", "place"),
    sqlite_with_rowid=False,
)
totals = Table(
    "totals",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("grain", String(6), primary_key=True),
    Column("key", Text, primary_key=True),
    Column("day", Sorted, primary_key=True),
    Column("state", Text, primary_key=True),
    Column("flags", Text, primary_key=True),
    Column("replaced", Integer, primary_key=True),
    Column("count", BigInteger, nullable=False),
    Column("sent", BigInteger, nullable=False),
    Column("billed_cents", BigInteger, nullable=False),
    Column("paid_cents", BigInteger, nullable=False),
    Column("short_cents", BigInteger, nullable=False),
    Column("awaited_cents", BigInteger, nullable=False, server_default="0"),
)
held_totals = Table(
    "held_totals",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("clinic", Text, primary_key=True),
    Column("code", Text, primary_key=True),
    Column("message", Text, primary_key=True),
    Column("count", BigInteger, nullable=False),
    Column("cents", BigInteger, nullable=False),
)
# What of a claim's row can change: the rest is as the claim was built.
MOVING: Final = (
    *("state", "flags", "expected_cents", "paid_cents", "patient_cents", "variance_cents", "short_cents"),
    *("replaced_by", "submitted_on", "answered_on", "outcome", "held_for", "awaited_cents", "warned"),
)
PAGE: Final = 500
NOTHING: Final = (0,) * 6
"""Of each sum of ``totals``."""


def standing_of(connection: Connection, places: Collection[int]) -> list[Row]:
    """The rows of claims, and of payments that fit no claim, by their places, as everything known now makes them."""
    known = known_of(connection, places)
    rest = [each for each in places if each not in known]
    payments: Sequence[Any] = ()
    if rest:
        of_none = reconciliations.c.claim.is_(None) & reconciliations.c.outcome.in_(CLAIMLESS)
        mine = among(connection, reconciliations.c.place, rest)
        query = select(*OUTCOME_COLUMNS).where(of_none, mine)
        payments = connection.execute(query).all()
    waiting = {row.place for each in known.values() for row in each.outcomes if row.outcome == "suspense"}
    aside = _set_aside(connection, waiting | {row.place for row in payments})
    return [*(_of_claim(each, aside) for each in known.values()), *(_of_payment(row, aside) for row in payments)]


def _set_aside(connection: Connection, places: Collection[int]) -> set[int]:
    """Payments that a person set aside."""
    if not places:
        return set()
    mine = among(connection, decisions.c.about, places)
    return set(connection.scalars(select(decisions.c.about).where(mine, decisions.c.kind == SET_ASIDE)))


def _of_claim(known: Known, aside: set[int]) -> Row:
    claim, outcome, state = known.claim, known.outcome, known.state
    since = -1 if outcome is None else outcome.number
    # Waits in suspense, and none that balances came after it.
    suspended = any(
        row.outcome == "suspense" and row.number > since and row.place not in aside for row in known.outcomes
    )
    answered = [row.received_on for row in (*known.answers, *known.outcomes)]
    return {
        "place": claim.place,
        "claim_id": claim.claim_id,
        "tenant": claim.tenant,
        "clinic": claim.clinic,
        "number": claim.patient_control_number,
        "payer_id": claim.payer_id,
        "payer_name": claim.payer_name,
        "patient_id": claim.patient_id,
        "patient_name": claim.patient_name,
        "visit": claim.session_id,
        "version": claim.version,
        "day": claim.date_of_service,
        "state": state,
        "flags": _flags(known, state, outcome, suspended),
        "claimless": 0,
        "billed_cents": 0 if claim.frequency == VOID else claim.billed_cents,
        "expected_cents": outcome.expected_paid_cents if outcome else None,
        "paid_cents": outcome.total_paid_cents if outcome else 0,
        "patient_cents": outcome.patient_cents if outcome else 0,
        "variance_cents": outcome.variance_cents if outcome else 0,
        "short_cents": outcome.short_cents if outcome else 0,
        "replaced_by": known.replaced_by,
        "submitted_on": known.submitted_on,
        "answered_on": max(answered, default=""),
        "outcome": outcome.place if outcome else None,
        # What it should bring, as long as nobody said what it brings.
        "awaited_cents": None if outcome or known.replaced_by else claim.expected_paid_cents,
        "held_for": known.errors if state == "held" and not known.replaced_by else "",
        "in_line": claim.in_line,
        "warned": known.warned if _is_warned(known, state) else "",
    }


def _is_warned(known: Known, state: str) -> bool:
    """Whether what a rule warns of can still be heeded: nobody refused the claim, decided on it or corrected it."""
    over = known.replaced_by or known.outcome or state in REJECTED
    return known.verdict == "clean" and bool(known.warned) and not over


def _flags(known: Known, state: str, outcome: Any, suspended: bool) -> str:
    found = {"suspense"} if suspended else set()
    if known.replaced_by:
        # What was wrong with a replaced claim is over; a payment that could not be posted still waits.
        found.add("replaced")
    else:
        if state == "held":
            found.add("held")
        if _is_warned(known, state):
            found.add("warned")
        if state in REJECTED:
            found.add("rejected")
        if known.is_test and not known.outcomes:
            found.add("test")
        if outcome and outcome.denied:
            found.add("denied")
        # Taken back and never corrected is missing as well.
        if outcome and outcome.outcome in ("underpaid", "overpaid", "reversed") and outcome.short_cents:
            found.add("underpaid" if outcome.short_cents < 0 else "overpaid")
    return ",".join(flag for flag in FLAGS if flag in found)


def _of_payment(row: Any, aside: set[int]) -> Row:
    gone = row.place in aside
    return {
        "place": row.place,
        "claim_id": "",
        "tenant": row.tenant,
        "clinic": row.clinic,
        "number": row.patient_control_number,
        "payer_id": "",
        "payer_name": row.trace_number,
        "patient_id": "",
        "patient_name": "",
        "visit": "",
        "version": 0,
        "day": "",
        "state": SET_ASIDE if gone else row.outcome,
        "flags": "" if gone else row.outcome,
        "claimless": 1,
        "billed_cents": row.billed_cents,
        "expected_cents": None,
        "paid_cents": row.paid_cents if row.outcome == "unmatched" else 0,
        "patient_cents": 0,
        "variance_cents": 0,
        "short_cents": 0,
        "replaced_by": "",
        "submitted_on": "",
        "answered_on": row.received_on,
        "outcome": row.place,
        "held_for": "",
        "in_line": FIRST,
        "awaited_cents": None,
        "warned": "",
    }


def account_events(connection: Connection, received: Sequence[Received]) -> None:
    """Every event that says something of a claim or a payment into standings, flagged and totals."""
    touched: set[int] = set()
    aside: set[str] = set()
    built: set[int] = set()
    for each in received:
        if each.event.type == Topic.DECISION_MADE:
            assert isinstance(each.data, DecisionMade)
            aside |= {each.data.about} if each.data.kind == SET_ASIDE else set()
        elif each.claim is not None:
            touched.add(each.claim)
            built |= {each.claim} if each.event.type == Topic.CLAIM_BUILT else set()
        elif each.event.type == Topic.CLAIM_RECONCILED:
            touched.add(each.place)
    touched |= overtaken(connection, [each for each in received if each.event.type == Topic.CLAIM_RECONCILED])
    if aside:
        touched |= _standing_for(connection, set(event_places(connection, aside).values()))
    keep(connection, touched | earlier_claims(connection, built))


def _standing_for(connection: Connection, payments: set[int]) -> set[int]:
    """The places themselves, and of payments that belong to a claim that claim's."""
    mine = among(connection, reconciliations.c.place, payments)
    found = connection.scalars(select(reconciliations.c.claim).where(mine, reconciliations.c.claim.is_not(None)))
    return payments | set(found)


def keep(connection: Connection, places: Collection[int]) -> None:
    """Bring the rows of these claims and payments, and the sums, to what is known now."""
    rows = standing_of(connection, places)
    query = select(standings).where(among(connection, standings.c.place, places))
    names = standings.columns.keys()
    before = {row.place: dict(zip(names, row, strict=True)) for row in connection.execute(query).all()}
    changed = [row for row in rows if row != before.get(row["place"])]
    insert_or_update(connection, standings, changed, MOVING)
    _keep_flags(connection, changed, before)
    add_to_totals(connection, totals, _changes(changed, before))
    _keep_held(connection, changed, before)
    _end(connection, [before[each] for each in before.keys() - {row["place"] for row in rows}])


def _end(connection: Connection, rows: Collection[Row]) -> None:
    """Payments that found their claim have no row any more; only they end."""
    if not rows:
        return
    places = [row["place"] for row in rows]
    for table in (standings, flagged):
        connection.execute(table.delete().where(among(connection, table.c.place, places)))
    add_to_totals(connection, totals, _changes([], {}, rows))


def _changes(
    changed: Iterable[Row], before: dict[str, Row], gone: Iterable[Row] = ()
) -> dict[tuple[Any, ...], tuple[int, ...]]:
    """What the sums lose and gain. Many rows differ in nothing that a sum is kept by: these are added up first."""
    alike: dict[tuple[Any, ...], tuple[int, ...]] = {}
    pairs = [pair for row in changed for pair in ((before.get(row["place"]), -1), (row, 1))]
    for each, sign in [*pairs, *((row, -1) for row in gone)]:
        if each:
            whose = (each["tenant"], each["clinic"], each["payer_id"])
            of = (*whose, each["day"], each["state"], each["flags"], int(bool(each["replaced_by"])))
            count, sent, billed, paid, short, awaited = alike.get(of, NOTHING)
            alike[of] = (
                count + sign,
                sent + (sign if each["submitted_on"] else 0),
                # A visit's charge counts once, however many payers it is billed to.
                billed + (sign * each["billed_cents"] if each["in_line"] == FIRST else 0),
                paid + sign * each["paid_cents"],
                short + sign * each["short_cents"],
                awaited + sign * (each["awaited_cents"] or 0),
            )
    sums: dict[tuple[Any, ...], tuple[int, ...]] = {}
    for (tenant, clinic, payer_id, *shared), values in alike.items():
        for grain, key in (("all", ""), ("clinic", clinic), ("payer", payer_id)):
            of = (tenant, grain, key, *shared)
            sums[of] = tuple(map(add, sums.get(of, NOTHING), values))
    return sums


def _keep_flags(connection: Connection, changed: Iterable[Row], before: dict[str, Row]) -> None:
    gone: list[int] = []
    new: list[Row] = []
    for row in changed:
        was = before.get(row["place"])
        if was and was["flags"] == row["flags"] and (was["day"], was["number"]) == (row["day"], row["number"]):
            continue
        if was and was["flags"]:
            gone.append(row["place"])
        new += [
            {name: row[name] for name in ("tenant", "claimless", "day", "number", "place")} | {"flag": flag}
            for flag in filter(None, row["flags"].split(","))
        ]
    if gone:
        connection.execute(flagged.delete().where(among(connection, flagged.c.place, gone)))
    insert_new(connection, flagged, new)


def _keep_held(connection: Connection, changed: Iterable[Row], before: dict[str, Row]) -> None:
    sums: dict[tuple[str, ...], list[int]] = defaultdict(lambda: [0, 0])
    for row in changed:
        for each, sign in ((before.get(row["place"]), -1), (row, 1)):
            if each and each["held_for"]:
                for code, message in json.loads(each["held_for"]):
                    total = sums[each["tenant"], each["clinic"], code, message]
                    total[0] += sign
                    total[1] += sign * each["billed_cents"]
    add_to_totals(connection, held_totals, {key: tuple(values) for key, values in sums.items()})


def rebuild(connection: Connection) -> int:
    """Make all rows anew from what the other books hold; returns how many. For a ledger from before there were any."""
    for table in STANDINGS.tables:
        connection.execute(table.delete())
    count = 0
    for column in (claims.c.place, reconciliations.c.place):
        last = 0
        while some := connection.scalars(select(column).where(column > last).order_by(column).limit(PAGE)).all():
            last = some[-1]
            keep(connection, set(some))
            count += len(some)
    return count


WATCHED: Final = (
    Topic.CLAIM_BUILT,
    Topic.CLAIM_SCRUBBED,
    Topic.CLAIM_SUBMITTED,
    Topic.CLAIM_ACKNOWLEDGED,
    Topic.CLAIM_RECONCILED,
    Topic.DECISION_MADE,
)
STANDINGS: Final = Book("standings", (standings, flagged, totals, held_totals), dict.fromkeys(WATCHED, account_events))
