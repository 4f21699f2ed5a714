"""Files of which no TA1 or no 999 came: one item of work a file, at the first of its claims that waits.

How long is waited is the partner's setting (``ta1_hours``, ``syntax_hours``), in hours of working days. A TA1 comes
where the file asked for one (ISA14), a 999 where positive ones are sent. What came of any claim of a transaction (ST),
or an 835, shows that the file was received.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row, case, func, select

from claimloom.desk.silence import NO_999, NO_TA1, UnansweredFile, unreceived
from claimloom.desk.working_time import after
from claimloom.ledger.books.receipts import SentIn, claims_of, is_heard_of
from claimloom.ledger.books.standings import standings
from claimloom.ledger.books.submissions import TEST, submissions
from claimloom.ledger.books.work_items import work_items
from claimloom.ledger.database import among
from claimloom.ledger.journal import claims_at
from claimloom.ledger.outbound import body_of_file
from claimloom.ledger.tables import journal
from claimloom.ledger.vault import read_envelope
from claimloom.ledger.views.totals import tenants_known
from claimloom.partners import Partners
from schemas.topics import Topic
from services.claim_builder.silent import Silence

SENT: Final = "sent"
ISA_BYTES: Final = 106


def unreceived_files(connection: Connection, now: datetime, partners: Partners) -> Iterator[Silence]:
    """Files that nobody answered in time and of which nobody was told yet."""
    for tenant in tenants_known(connection):
        partner = partners.of(tenant)
        clocks = {NO_TA1: partner.ta1_hours, NO_999: partner.syntax_hours}
        rows = _waiting(connection, tenant, now.date()) if any(clocks.values()) else []
        for kind, hours in clocks.items():
            files: set[str] = set()
            for row in rows if hours else ():
                whose = row.file_name if kind == NO_TA1 else row.batch_id
                if whose not in files and _is_late(connection, kind, row, hours, now):
                    files.add(whose)
                    yield from _told(connection, tenant, kind, row, hours, now.date())


def _waiting(connection: Connection, tenant: str, today: date) -> list[Row[Any]]:
    """Transactions of files that count, with claims of which nothing was heard, and what is to be had of those."""
    mine, sent = standings.c, submissions.c
    known = func.coalesce(mine.awaited_cents, 0)
    query = (
        select(
            *(sent.file_name, sent.batch_id, sent.interchange_control_number, sent.submitted_on),
            *(func.min(mine.place).label("place"), func.count().label("claims")),
            func.sum(known).label("worth"),
            func.sum(mine.billed_cents).label("billed"),
            func.sum(case((known == 0, 0), else_=1)).label("priced"),
        )
        .join(submissions, sent.claim == mine.place)
        .where(mine.tenant == tenant, mine.state == SENT, mine.claimless == 0, mine.replaced_by == "")
        .where(mine.submitted_on <= today.isoformat(), sent.usage != TEST)
        .group_by(sent.file_name, sent.batch_id, sent.interchange_control_number, sent.submitted_on)
        .order_by(sent.file_name, sent.batch_id)
    )
    return list(connection.execute(query).all())


def _is_late(connection: Connection, kind: str, row: Row[Any], hours: int, now: datetime) -> bool:
    if after(datetime.combine(date.fromisoformat(row.submitted_on), time(), tzinfo=UTC), hours) > now:
        return False  # so late in no case: the hour need not be looked for
    if after(_went_out(connection, row), hours) > now:
        return False
    of_file = claims_of(connection, kind, SentIn(row.file_name, row.batch_id))
    if is_heard_of(connection, kind, of_file):
        return False
    told = among(connection, work_items.c.claim, of_file) & (work_items.c.kind == kind) & (work_items.c.overtaken == 0)
    since = work_items.c.place > func.coalesce(submissions.c.since, 0)
    query = select(work_items.c.place).join(submissions, submissions.c.claim == work_items.c.claim)
    if connection.scalar(query.where(told, since).limit(1)) is not None:
        return False
    return kind != NO_TA1 or asks_for_ta1(body_of_file(connection, row.file_name))


def asks_for_ta1(body: bytes | None) -> bool:
    """Whether a file of ours asked for a TA1 (ISA14 = 1)."""
    elements = body[:ISA_BYTES].split(body[3:4]) if body else []
    return elements[14:15] == [b"1"]


def _went_out(connection: Connection, row: Row[Any]) -> datetime:
    """When the file was made; one that was sent before the ledger knew of it at the end of its day."""
    query = select(journal.c.body).where(journal.c.claim == row.place, journal.c.type == Topic.CLAIM_SUBMITTED)
    for body in connection.scalars(query.order_by(journal.c.seq.desc())):
        made = read_envelope(connection, body).time
        if made.date().isoformat() == row.submitted_on:
            return made
    return datetime.combine(date.fromisoformat(row.submitted_on) + timedelta(days=1), time(), tzinfo=UTC)


def _told(connection: Connection, tenant: str, kind: str, row: Row[Any], hours: int, today: date) -> Iterator[Silence]:
    worth = int(row.worth) if row.priced else None
    number = row.interchange_control_number
    sent = UnansweredFile(row.file_name, number, row.submitted_on, row.claims, worth, int(row.billed))
    claim = claims_at(connection, {row.place}).get(row.place)
    if claim is not None:
        clinic = connection.scalar(select(standings.c.clinic).where(standings.c.place == row.place)) or ""
        yield Silence(claim, tenant, clinic, row.submitted_on, unreceived(kind, sent, hours, today), row.file_name)
