"""Work about claims and files that nobody answered: how far somebody has heard of them since."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection, select

from claimloom.ledger.books.acknowledgments import acknowledgments
from claimloom.ledger.books.ranking import NO_999, NO_ACK, NO_TA1
from claimloom.ledger.books.receipts import INTERCHANGE, claims_of, files_of, is_heard_of
from claimloom.ledger.books.submissions import submissions
from claimloom.ledger.books.work_items import Items, work_items
from claimloom.ledger.database import among
from claimloom.topology import Received
from schemas.followup import WorkFound
from schemas.topics import Topic

# Stages of a claim's way, and the stage at which a kind of work item is opened; other kinds come with a remittance.
# RECEIVED, ACCEPTED: by the payer itself.
SCRUBBED, SUBMITTED, RECEIVED, ACCEPTED, ANSWERED, RECONCILED = range(1, 7)
FIRM: Final = ("clearinghouse", "payer")
"""Levels of an acknowledgment that speaks of the claim itself: a 277CA."""
OF_FILES: Final = (NO_TA1, NO_999)
MAY_OVERTAKE: Final = (Topic.CLAIM_ACKNOWLEDGED, Topic.CLAIM_RECONCILED)


def heard(connection: Connection, silent: set[int]) -> dict[int, int]:
    """Of claims that are said to be unanswered how far somebody has heard of them since they went out."""
    if not silent:
        return {}
    mine = among(connection, acknowledgments.c.claim, silent)
    columns = (*(acknowledgments.c[name] for name in ("claim", "place", "level", "state")), submissions.c.since)
    query = select(*columns).outerjoin(submissions, submissions.c.claim == acknowledgments.c.claim)
    found: dict[int, int] = {}
    for row in connection.execute(query.where(mine)):
        if row.place > (row.since or 0):
            found[row.claim] = max(found.get(row.claim, 0), stage_of(row.level, row.state))
    return found


def stage_of(level: str, state: str) -> int:
    """How far a claim has come by an acknowledgment: what was sent has arrived somewhere, or at the payer."""
    if level == "payer":
        return RECEIVED if state == "payer_received" else ACCEPTED
    return SUBMITTED if level in FIRM else 0


def end_of_files(connection: Connection, received: Sequence[Received]) -> None:
    """What is said of any claim of a file ends the question whether it arrived; so does the same question asked of each
    of its claims.
    """
    said = [each for each in received if each.claim is not None and _shows_arrival(each)]
    if not said:
        return
    kinds = work_items.c.kind.in_(OF_FILES) & (work_items.c.state == "open") & (work_items.c.listed == 1)
    mine = among(connection, work_items.c.tenant, {each.event.tenant for each in said})
    items = Items(connection, connection.execute(select(work_items).where(mine, kinds)))
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


def file_heard_of(connection: Connection, kind: str, claim: int | None) -> bool:
    sent = files_of(connection, [claim]).get(claim) if claim else None
    return sent is not None and is_heard_of(connection, kind, claims_of(connection, kind, sent))
