"""Work: what a person has to do, opened and closed by what happens to a claim and by what people decide.

Which items stand on the list, and what they are worth in all, is kept beside them, so that no list is counted.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Index,
    Integer,
    Select,
    String,
    Table,
    Text,
    func,
    literal_column,
    select,
)

from claimloom.accounts.by_people import ASKED, MONEY
from claimloom.ledger.books.acknowledgments import acknowledgments
from claimloom.ledger.books.claims import claims, is_newer, places_of_claims
from claimloom.ledger.books.common import OVERTAKEN, Row, add_to_totals, overtaken, typed
from claimloom.ledger.books.ranking import (
    FILING_ENDS,
    NEXT_PAYER,
    NO_999,
    NO_ACK,
    NO_ANSWER,
    NO_PAYER_ACK,
    NO_TA1,
    WHOLE,
    score,
    urgency,
)
from claimloom.ledger.books.receipts import INTERCHANGE, claims_of, files_of, is_heard_of
from claimloom.ledger.books.reconciliations import ADJUDICATED, UNPOSTED, reconciliations
from claimloom.ledger.books.submissions import submissions
from claimloom.ledger.database import among, insert_new, insert_or_update
from claimloom.ledger.journal import event_places
from claimloom.ledger.states import earlier_claims, fetch, of_visits
from claimloom.ledger.tables import Sorted, index_where, metadata, place
from claimloom.topology import Book, Received
from schemas.acknowledgment import ClaimAcknowledged
from schemas.decision import DecisionMade, Tick
from schemas.event import derived_id
from schemas.followup import NextAction, Unbilled, WorkFound
from schemas.money import cents_of
from schemas.remittance import NOT_OURS, ClaimReconciled
from schemas.topics import Topic

# Stages of a claim's way, and the stage at which a kind of work item is opened; other kinds come with a remittance.
# RECEIVED, ACCEPTED: by the payer itself.
SCRUBBED, SUBMITTED, RECEIVED, ACCEPTED, ANSWERED, RECONCILED = range(1, 7)
FIRM: Final = ("clearinghouse", "payer")
"""Levels of an acknowledgment that speaks of the claim itself: a 277CA."""
OF_FILES: Final = (NO_TA1, NO_999)
SILENCES: Final = (*OF_FILES, NO_ACK, NO_PAYER_ACK, FILING_ENDS)
STAGE: Final = {
    **dict.fromkeys((*OF_FILES, NO_ACK), SUBMITTED),
    FILING_ENDS: RECEIVED,
    NO_PAYER_ACK: ACCEPTED,
    "held": SCRUBBED,
    "rejected": ANSWERED,
    "conflict": ANSWERED,
}
LEASE: Final = "lease"
# An item that is off the list until its day.
ASLEEP: Final = "asleep"
# An item whose last day comes near, and moves up the list.
NEARING: Final = "nearing"
# What of an item ends when what is awaited of it is due.
ENDS: Final = {LEASE: "owner", ASLEEP: "not_before"}
# A payment that is not ours to post, a dead letter about which nothing is to be done: said by a decision of that kind.
SET_ASIDE: Final = "set_aside"
WRITE_OFF, UNDO, MATCH_LINE = "write_off", "undo", "match_line"
# Decisions that end an item, whatever else follows from them.
ENDING: Final = frozenset(
    ("close", SET_ASIDE, "bill_next_payer", "forwarded", "void", "resend", "refund", WRITE_OFF, "to_patient")
)
# What of an item can change.
MOVING: Final = ("state", "overtaken", "listed", "owner", "outcome", "not_before", "score", "urgency")
_LISTED = "listed = 1"
_UNBILLED = "kind = 'not_billed'"
UNBILLED: Final[ColumnElement[bool]] = literal_column("work_items.kind") == literal_column("'not_billed'")
"""As the index says it: so it is used."""


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
    Index("decisions_tenant", "tenant"),
)
awaited = Table(
    "awaited",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("about", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("due", Text, nullable=False),
    Index("awaited_due", "kind", "due"),
)


class _Items:
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
        _end(self.connection, NEARING, [row["id"] for row in changed if row["state"] == "closed" and row["last_day"]])
        sums: dict[tuple[str, ...], list[int]] = defaultdict(lambda: [0, 0])
        for row in changed:
            for each, sign in ((self.before.get(row["place"]), -1), (row, 1)):
                if each and each["listed"]:
                    total = sums[each["tenant"], each["clinic"], each["payer_id"], each["kind"]]
                    total[0] += sign
                    total[1] += sign * each["recoverable_cents"]
        add_to_totals(self.connection, work_totals, {key: tuple(values) for key, values in sums.items()})


def work_items_of(connection: Connection, received: Sequence[Received]) -> None:
    """What a person has to do, opened and closed by what happens to a claim.

    Events of one topic come in their order, events of different topics in any: an answer may be seen after the payment
    that settles it. So an item is closed by what comes later on a claim's way, whichever is read first. Items of a
    claim that a corrected visit overtook stay open, off the list, save a payment in suspense: that money has come,
    whatever was billed.
    """
    over = overtaken(connection, [each for each in received if each.event.type in MAY_OVERTAKE])
    subjects = {_about(each) for each in received} | over
    query = select(work_items).where(among(connection, work_items.c.about, subjects), work_items.c.state == "open")
    items = _Items(connection, connection.execute(query))
    # Only what opens an item needs to know its claim, and how far it is: most events do not.
    opening = [each for each in received if _next_action(each)]
    facts = _facts(connection, {each.claim for each in opening if each.claim is not None})
    sent, decided = _far(connection, {_about(each) for each in opening})
    found = _found(connection, {each.place for each in opening})
    billed = _billed_since(connection, opening)
    heard = _heard(connection, {_about(each) for each in opening if _is_silence(each)})
    for item in (item for about in over for item in items.about[about]):
        item["state"] = "closed"  # what fitted nothing found its claim
    for each in received:
        subject = _about(each)
        settled = _settles(each)
        for item in items.about[subject]:
            # What was found in an answer is settled by later ones alone, whichever is seen first.
            of_before = item["kind"] == NEXT_PAYER and each.place < item["place"]
            if item["state"] == "open" and STAGE.get(item["kind"], RECONCILED) <= settled and not of_before:
                item["state"] = "closed"
        if action := _next_action(each):
            for older in items.about[subject] if action.kind == NEXT_PAYER else ():
                if older["kind"] == NEXT_PAYER and older["place"] < each.place:
                    older["state"] = "closed"
            item = _work_item(each, subject, action) | facts.get(each.claim or 0, {}) | _visit_of(each)
            stage = STAGE.get(action.kind, RECONCILED)
            over_already = (stage < SUBMITTED and subject in sent) or (stage < RECONCILED and subject in decided)
            answered_since = action.kind == NEXT_PAYER and decided.get(subject, 0) > each.place
            answered_since |= action.kind == NO_ANSWER and subject in decided
            answered_since |= stage <= heard.get(subject, 0)
            answered_since |= action.kind in OF_FILES and _file_heard_of(connection, action.kind, each.claim)
            if over_already or answered_since or each.place in found or each.place in billed:
                item["state"] = "closed"
            items.put(item)
    items.write()
    _end_of_files(connection, received)
    new = [item for item in items.rows.values() if item["place"] not in items.before]
    asleep = [_awaited(item, ASLEEP, item["not_before"]) for item in new if item["not_before"]]
    days = {each.place: each.event.time.date() for each in opening}
    insert_new(connection, awaited, [*asleep, *_nearing((item, days[item["place"]]) for item in new)])


def _far(connection: Connection, opening: set[int]) -> tuple[set[int], dict[int, int]]:
    """Claims that were sent, and those that were decided upon, with the place of what said so last."""
    if not opening:
        return set(), {}
    sent = connection.scalars(select(submissions.c.claim).where(among(connection, submissions.c.claim, opening)))
    mine = among(connection, reconciliations.c.claim, opening)
    outcome = reconciliations.c.outcome.in_(list(ADJUDICATED))
    columns = (reconciliations.c.claim, func.max(reconciliations.c.place))
    last = connection.execute(select(*columns).where(mine, outcome).group_by(reconciliations.c.claim)).all()
    return set(sent), {row[0]: row[1] for row in last}


def _unbilled(each: Received) -> Unbilled | None:
    return each.data.unbilled if isinstance(each.data, WorkFound) else None


def _visit_of(each: Received) -> Row:
    """What the list shows of a visit that has no claim."""
    visit = _unbilled(each)
    if visit is None:
        return {}
    day = visit.date_of_service.isoformat()
    return {"payer_id": visit.payer_id, "patient_id": visit.patient_id, "visit": visit.session_id, "day": day}


def _billed_since(connection: Connection, opening: Sequence[Received]) -> set[int]:
    """Of events about visits without a claim the places of those whose visit has one since, or was told anew. What was
    open about a visit is closed by what is told of it later.
    """
    told: dict[tuple[str, str], dict[int, int]] = defaultdict(dict)
    for each in opening:
        if visit := _unbilled(each):
            told[each.event.tenant, visit.session_id][each.place] = visit.revision
    if not told:
        return set()
    versions: dict[tuple[str, str], int] = defaultdict(int)
    for claim in of_visits(connection, told.keys()):
        versions[claim.tenant, claim.session_id] = max(versions[claim.tenant, claim.session_id], claim.version)
    items = _Items(connection, connection.execute(_open_unbilled(connection, told.keys())))
    over: set[int] = set()
    for key, revisions in told.items():
        before = [row for row in items.rows.values() if (row["tenant"], row["visit"]) == key]
        last = max([*revisions, *(row["place"] for row in before)])
        for row in before:
            row["state"] = "open" if row["place"] == last else "closed"
        over |= {at for at, revision in revisions.items() if at != last or versions[key] >= revision}
    items.write()
    return over


def _open_unbilled(connection: Connection, visits: Collection[tuple[str, str]]) -> Select[Any]:
    mine = (
        among(connection, work_items.c.tenant, {tenant for tenant, _ in visits}),
        among(connection, work_items.c.visit, {name for _, name in visits}),
    )
    return select(work_items).where(UNBILLED, *mine, work_items.c.state == "open")


def _is_silence(each: Received) -> bool:
    action = _next_action(each)
    return action is not None and action.kind in SILENCES


def _heard(connection: Connection, silent: set[int]) -> dict[int, int]:
    """Of claims that are said to be unanswered how far somebody has heard of them since they went out."""
    if not silent:
        return {}
    mine = among(connection, acknowledgments.c.claim, silent)
    columns = (*(acknowledgments.c[name] for name in ("claim", "place", "level", "state")), submissions.c.since)
    query = select(*columns).outerjoin(submissions, submissions.c.claim == acknowledgments.c.claim)
    found: dict[int, int] = {}
    for row in connection.execute(query.where(mine)):
        if row.place > (row.since or 0):
            found[row.claim] = max(found.get(row.claim, 0), _stage_of(row.level, row.state))
    return found


def _stage_of(level: str, state: str) -> int:
    """How far a claim has come by an acknowledgment: what was sent has arrived somewhere, or at the payer."""
    if level == "payer":
        return RECEIVED if state == "payer_received" else ACCEPTED
    return SUBMITTED if level in FIRM else 0


def _end_of_files(connection: Connection, received: Sequence[Received]) -> None:
    """What is said of any claim of a file ends the question whether it arrived; so does the same question asked of each
    of its claims.
    """
    said = [each for each in received if each.claim is not None and _shows_arrival(each)]
    if not said:
        return
    kinds = work_items.c.kind.in_(OF_FILES) & (work_items.c.state == "open") & (work_items.c.listed == 1)
    mine = among(connection, work_items.c.tenant, {each.event.tenant for each in said})
    items = _Items(connection, connection.execute(select(work_items).where(mine, kinds)))
    claims_of_items = {row["claim"] for row in items.rows.values()}
    files = files_of(connection, claims_of_items | {each.claim for each in said if each.claim}) if items.rows else {}
    for row in items.rows.values():
        own = files.get(row["claim"])
        of_all = row["kind"] == NO_TA1
        for each in said:
            other = files.get(each.claim or 0)
            same = own and other and (own.file_name == other.file_name if of_all else own.batch_id == other.batch_id)
            if same and (of_all or getattr(each.data, "level", "") != INTERCHANGE):
                row["state"] = "closed"
    items.write()


def _shows_arrival(each: Received) -> bool:
    if isinstance(each.data, WorkFound):
        return each.data.next_action.kind == NO_ACK
    return each.event.type in MAY_OVERTAKE


def _file_heard_of(connection: Connection, kind: str, claim: int | None) -> bool:
    sent = files_of(connection, [claim]).get(claim) if claim else None
    return sent is not None and is_heard_of(connection, kind, claims_of(connection, kind, sent))


def _found(connection: Connection, opening: set[int]) -> set[int]:
    """Payments and answers that fitted no claim and have found it since."""
    found: set[int] = set()
    for table, stands in ((reconciliations, reconciliations.c.outcome), (acknowledgments, acknowledgments.c.state)):
        if opening:
            mine = among(connection, table.c.place, opening)
            found |= set(connection.scalars(select(table.c.place).where(mine, stands == OVERTAKEN)))
    return found


def _facts(connection: Connection, about: set[int]) -> dict[int, Row]:
    """What the list shows and filters by, of each claim."""
    if not about:
        return {}
    later = claims.alias()
    overtaken = select(later.c.place).where(is_newer(later, claims)).correlate(claims).exists()
    query = select(
        claims.c.place,
        claims.c.clinic,
        claims.c.payer_id,
        claims.c.patient_id,
        claims.c.session_id.label("visit"),
        claims.c.date_of_service.label("day"),
        overtaken.label("overtaken"),
    ).where(among(connection, claims.c.place, about))
    found = {row.place: dict(row._mapping) for row in connection.execute(query).all()}
    for row in found.values():
        row["overtaken"] = int(row["overtaken"])
        del row["place"]
    return found


def _next_action(each: Received) -> NextAction | None:
    """What it asks a person to do. Of a claim that was sent nothing is asked, so its payload is not read."""
    action = None if each.event.type == Topic.CLAIM_SUBMITTED else getattr(each.data, "next_action", None)
    return action if isinstance(action, NextAction) else None


def _decides(each: Received) -> bool:
    """Whether it says how a claim stands after all its payments; without one that is not its own, as before it."""
    outcome = each.data.outcome if isinstance(each.data, ClaimReconciled) else ""
    return outcome in ADJUDICATED or outcome == UNPOSTED


def _sends_on(each: Received) -> bool:
    """Whether a payer says that the claim is another's (CLP02 = 23): its answer, or the other's, ends that work."""
    return isinstance(each.data, ClaimReconciled) and each.data.status_code == NOT_OURS


def _about(each: Received) -> int:
    """The claim's place, or that of the event itself where it is about no claim."""
    told = each.event.type
    apart = told == Topic.CONFLICT_FOUND or (
        told == Topic.CLAIM_RECONCILED and not _decides(each) and not _sends_on(each)
    )
    return each.place if each.claim is None or apart else each.claim


def _settles(each: Received) -> int:
    """Up to which stage of the claim's way what was to do is done or overtaken by this; 0: nothing is."""
    if each.event.type == Topic.CLAIM_RECONCILED:
        return RECONCILED if _decides(each) else 0
    if isinstance(each.data, ClaimAcknowledged):
        return _stage_of(each.data.level, each.data.state)
    # Sent, or sent once more: whatever did not come of it before is asked for anew.
    return {Topic.CLAIM_SUBMITTED: ACCEPTED, Topic.CLAIM_SCRUBBED: SCRUBBED}.get(Topic(each.event.type), 0)


def _work_item(each: Received, subject: int, action: NextAction) -> Row:
    weight = urgency(action.last_day, each.event.time.date()).weight
    return {
        "place": each.place,
        "id": str(derived_id("work", each.event.id)),
        "tenant": each.event.tenant,
        "about": subject,
        "claim": each.claim,
        "patient_control_number": getattr(each.data, "patient_control_number", ""),
        "kind": action.kind,
        "reason": action.reason,
        "action": action.action,
        "due": action.due.isoformat(),
        "recoverable_cents": action.recoverable_cents,
        "state": "open",
        "clinic": each.event.clinic,
        "payer_id": "",
        "patient_id": "",
        "visit": "",
        "day": "",
        "score": score(action.kind, action.recoverable_cents, weight, of_charge=action.of_charge),
        "of_charge": int(action.of_charge),
        "last_day": action.last_day.isoformat() if action.last_day else "",
        "urgency": weight,
        "overtaken": 0,
        "listed": 0,
        "owner": "",
        "outcome": "",
        "not_before": _asleep_until(each),
    }


def _asleep_until(each: Received) -> str:
    """Its day, of an item that is not to be listed before; empty if that day is here."""
    day = each.data.not_before if isinstance(each.data, WorkFound) else None
    return day.isoformat() if day and day > each.event.time.date() else ""


def overtaken_by(connection: Connection, received: Sequence[Received]) -> None:
    """``claim-built`` of a corrected visit takes what was to do about its earlier claims off the list, and ends what
    was to do about a visit that had none.
    """
    _billed_at_last(connection, {each.claim for each in received if each.claim is not None})
    gone = earlier_claims(connection, {each.claim for each in received if each.claim is not None})
    if not gone:
        return
    items = _Items(
        connection, connection.execute(select(work_items).where(among(connection, work_items.c.claim, gone)))
    )
    for row in items.rows.values():
        row["overtaken"] = 1
    items.write()


def _billed_at_last(connection: Connection, built: set[int]) -> None:
    rows = fetch(connection, claims, built, (claims.c.place, claims.c.tenant, claims.c.session_id))
    visits = {(row.tenant, row.session_id) for row in rows}
    items = _Items(connection, connection.execute(_open_unbilled(connection, visits)) if visits else ())
    for row in items.rows.values():
        row["state"] = "closed" if (row["tenant"], row["visit"]) in visits else "open"
    items.write()


def decided(connection: Connection, received: Sequence[Received]) -> None:
    """``decision-made`` into decisions, and onto the item that it is about. A dead letter and a claim are none; who
    undoes a decision has its item before him again.
    """
    pairs = list(typed(received, DecisionMade))
    ids = {str(made.work_id) for _, made in pairs}
    undone = _undone(connection, {str(made.work_id) for _, made in pairs if made.kind == UNDO})
    mine = among(connection, work_items.c.id, ids) | among(connection, work_items.c.place, undone.values())
    items = _Items(connection, connection.execute(select(work_items).where(mine)))
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
    _, answered = _far(connection, {item["about"] for *_, made, item in found if item and made.kind == UNDO})
    leases: dict[str, Row | None] = {}
    again: list[tuple[Row, date]] = []
    for event, _, made, item in found:
        if item is None:
            continue
        if made.kind == "take" and item["state"] == "open":
            item["owner"] = made.actor
            leases[item["id"]] = _awaited(item, LEASE, made.fields["until"])
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
    _end(connection, LEASE, leases)
    insert_new(connection, awaited, [*(row for row in leases.values() if row), *_nearing(again)])


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


def _awaited(item: Row, kind: str, due: str) -> Row:
    return {"tenant": item["tenant"], "about": item["id"], "kind": kind, "due": due}


def _nearing(items: Iterable[tuple[Row, date]]) -> Iterator[Row]:
    """Of open items, as they are on a day, when they move up the list."""
    for item, today in items:
        last = date.fromisoformat(item["last_day"]) if item["last_day"] else None
        if item["state"] == "open" and (until := urgency(last, today).until):
            yield _awaited(item, NEARING, until.isoformat())


def _end(connection: Connection, kind: str, items: Collection[str]) -> None:
    if not items:
        return
    mine = among(connection, awaited.c.about, items)
    connection.execute(awaited.delete().where(mine, awaited.c.kind == kind))


def ticked(connection: Connection, received: Sequence[Received]) -> None:
    """``tick``: who took an item and let its time pass has it no longer; what waited for its day is on the list."""
    for each, tick in typed(received, Tick):
        if tick.service != KEEPER:
            continue
        for kind, column in ENDS.items():
            over = set(connection.scalars(select(awaited.c.about).where(_over(kind, each.event.time.isoformat()))))
            query = select(work_items).where(among(connection, work_items.c.id, over))
            items = _Items(connection, connection.execute(query) if over else ())
            for row in items.rows.values():
                row[column] = ""
            items.write()
            _end(connection, kind, over)
        _moved_up(connection, each.event.time)


def _moved_up(connection: Connection, now: datetime) -> None:
    """Items whose last day has come nearer count more, and less when it is over."""
    over = set(connection.scalars(select(awaited.c.about).where(_over(NEARING, now.isoformat()))))
    query = select(work_items).where(among(connection, work_items.c.id, over))
    items = _Items(connection, connection.execute(query) if over else ())
    for row in items.rows.values():
        if row["state"] == "open":
            row["urgency"] = urgency(date.fromisoformat(row["last_day"]), now.date()).weight
            is_charge = bool(row["of_charge"])
            row["score"] = score(row["kind"], row["recoverable_cents"], row["urgency"], of_charge=is_charge)
    items.write()
    _end(connection, NEARING, over)
    insert_new(connection, awaited, list(_nearing((row, now.date()) for row in items.rows.values())))


def _over(kind: str, now: str) -> Any:
    return (awaited.c.kind == kind) & (awaited.c.due <= now)


def is_due(connection: Connection, now: str) -> bool:
    """Whether a clock has something to do."""
    asked = (select(awaited.c.about).where(_over(kind, now)).limit(1) for kind in (*ENDS, NEARING))
    return any(connection.scalar(query) is not None for query in asked)


KEEPER: Final = "followup_queue"
MAY_OVERTAKE: Final = (Topic.CLAIM_ACKNOWLEDGED, Topic.CLAIM_RECONCILED)
WATCHED: Final = (
    Topic.CLAIM_SCRUBBED,
    Topic.CLAIM_SUBMITTED,
    Topic.CLAIM_ACKNOWLEDGED,
    Topic.CLAIM_RECONCILED,
    Topic.CONFLICT_FOUND,
    Topic.WORK_FOUND,
)
WORK: Final = Book(
    "work",
    (work_items, work_totals, decisions, awaited),
    {
        **dict.fromkeys(WATCHED, work_items_of),
        Topic.CLAIM_BUILT: overtaken_by,
        Topic.DECISION_MADE: decided,
        Topic.TICK: ticked,
    },
)
