"""Work: what a person has to do, opened and closed by what happens to a claim and by what people decide.

Which items stand on the list, and what they are worth in all, is kept beside them, so that no list is counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection, select

from claimloom.ledger.books.acknowledgments import acknowledgments
from claimloom.ledger.books.awaited import ASLEEP, awaited, awaited_of, nearing
from claimloom.ledger.books.claims import claims, is_newer
from claimloom.ledger.books.common import OVERTAKEN, Row, overtaken
from claimloom.ledger.books.decisions import decided, decisions
from claimloom.ledger.books.deposits import tied_among
from claimloom.ledger.books.list_clock import ticked
from claimloom.ledger.books.money_apart import money_met, money_of
from claimloom.ledger.books.ranking import (
    FILING_ENDS,
    NEXT_PAYER,
    NO_ACK,
    NO_ANSWER,
    NO_CLAIM,
    NO_PAYER_ACK,
    score,
    urgency,
)
from claimloom.ledger.books.reconciliations import ADJUDICATED, UNPOSTED, decided_last, reconciliations
from claimloom.ledger.books.submissions import submissions
from claimloom.ledger.books.taken import TAKEN, net_what_was_taken, touched_by
from claimloom.ledger.books.unanswered import (
    ACCEPTED,
    ANSWERED,
    MAY_OVERTAKE,
    OF_FILES,
    RECEIVED,
    RECONCILED,
    SCRUBBED,
    SUBMITTED,
    end_of_files,
    file_heard_of,
    heard,
    stage_of,
)
from claimloom.ledger.books.unbilled import billed_at_last, billed_since, visit_of
from claimloom.ledger.books.work_items import Items, work_items, work_totals
from claimloom.ledger.database import among, insert_new
from claimloom.ledger.states import earlier_claims
from claimloom.topology import Book, Received
from schemas.acknowledgment import ClaimAcknowledged
from schemas.event import derived_id
from schemas.followup import NextAction, WorkFound
from schemas.remittance import NOT_OURS, ClaimReconciled
from schemas.topics import Topic

SILENCES: Final = (*OF_FILES, NO_ACK, NO_PAYER_ACK, FILING_ENDS)
# A clean claim that was drawn for a second pair of eyes.
REVIEW: Final = "claim_review"
STAGE: Final = {
    **dict.fromkeys((*OF_FILES, NO_ACK), SUBMITTED),
    FILING_ENDS: RECEIVED,
    NO_PAYER_ACK: ACCEPTED,
    **dict.fromkeys(("held", REVIEW), SCRUBBED),
    "rejected": ANSWERED,
    "conflict": ANSWERED,
}


def work_items_of(connection: Connection, received: Sequence[Received]) -> None:
    """What a person has to do, opened and closed by what happens to a claim.

    Events of one topic come in their order, events of different topics in any: an answer may be seen after the payment
    that settles it. So an item is closed by what comes later on a claim's way, whichever is read first. Items of a
    claim that a corrected visit overtook stay open, off the list, save a payment in suspense: that money has come,
    whatever was billed.
    """
    over = overtaken(connection, [each for each in received if each.event.type in MAY_OVERTAKE])
    subjects = {_about(each) for each in received} | over
    stands = (work_items.c.state == "open") | (work_items.c.outcome == TAKEN)
    query = select(work_items).where(among(connection, work_items.c.about, subjects), stands)
    items = Items(connection, connection.execute(query))
    # Only what opens an item needs to know its claim, and how far it is: most events do not.
    opening = [each for each in received if _next_action(each)]
    facts = _facts(connection, {each.claim for each in opening if each.claim is not None})
    new_ones = {_about(each) for each in opening}
    sent, last = _sent(connection, new_ones), decided_last(connection, new_ones)
    found = _found(connection, {each.place for each in opening})
    billed = billed_since(connection, opening)
    money = money_of(connection, opening)
    tied = tied_among(connection, [row["about"] for row in money.values()])
    known = heard(connection, {_about(each) for each in opening if _is_silence(each)})
    for item in (item for about in over for item in items.about[about]):
        item["state"] = "closed"  # what fitted nothing found its claim, or a newer word of its pair says what is open
        item["outcome"] = "" if item["outcome"] == TAKEN else item["outcome"]
    for each in received:
        subject = _about(each)
        settled = _settles(each)
        for item in items.about[subject]:
            # What was found in an answer is settled by later ones alone, whichever is seen first.
            of_before = item["kind"] == NEXT_PAYER and each.place < item["place"]
            if STAGE.get(item["kind"], RECONCILED) <= settled and not of_before:
                item["state"] = "closed"
                item["outcome"] = "" if item["outcome"] == TAKEN else item["outcome"]
        if (action := _next_action(each)) and action.kind != NO_CLAIM:  # that ended what was to do about the visit
            for older in items.about[subject] if action.kind == NEXT_PAYER else ():
                if older["kind"] == NEXT_PAYER and older["place"] < each.place:
                    older["state"] = "closed"
            item = (
                _work_item(each, subject, action)
                | facts.get(each.claim or 0, {})
                | visit_of(each)
                | money.get(each.place, {})
            )
            stage = STAGE.get(action.kind, RECONCILED)
            over_already = (stage < SUBMITTED and subject in sent) or (stage < RECONCILED and subject in last)
            answered_since = action.kind == NEXT_PAYER and last.get(subject, 0) > each.place
            answered_since |= action.kind == NO_ANSWER and subject in last
            answered_since |= stage <= known.get(subject, 0)
            answered_since |= action.kind in OF_FILES and file_heard_of(connection, action.kind, each.claim)
            if over_already or answered_since or each.place in found | billed or item["about"] in tied:
                item["state"] = "closed"
            items.put(item)
    items.write()
    end_of_files(connection, received)
    money_met(connection, [each for each in received if each.event.type == Topic.CLAIM_RECONCILED])
    new = [item for item in items.rows.values() if item["place"] not in items.before]
    asleep = [awaited_of(item, ASLEEP, item["not_before"]) for item in new if item["not_before"]]
    days = {each.place: each.event.time.date() for each in opening}
    insert_new(connection, awaited, [*asleep, *nearing((item, days[item["place"]]) for item in new)])
    net_what_was_taken(connection, touched_by(received))


def _sent(connection: Connection, some: set[int]) -> set[int]:
    mine = among(connection, submissions.c.claim, some)
    return set(connection.scalars(select(submissions.c.claim).where(mine))) if some else set()


def _is_silence(each: Received) -> bool:
    action = _next_action(each)
    return action is not None and action.kind in SILENCES


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
        return stage_of(each.data.level, each.data.state)
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
        "owner": action.for_whom,
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
    billed_at_last(connection, {each.claim for each in received if each.claim is not None})
    gone = earlier_claims(connection, {each.claim for each in received if each.claim is not None})
    if not gone:
        return
    items = Items(connection, connection.execute(select(work_items).where(among(connection, work_items.c.claim, gone))))
    for row in items.rows.values():
        row["overtaken"] = 1
    items.write()


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
        Topic.DEPOSIT_TOLD: money_met,
        Topic.CLAIM_BUILT: overtaken_by,
        Topic.DECISION_MADE: decided,
        Topic.TICK: ticked,
    },
)
