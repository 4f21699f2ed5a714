"""Claims that went out and that a ledger put back from a backup does not know as sent: each with its file.

Files to send are read for it (``claimloom.restored``). When such a claim is ready to be sent, the submitter tells of
the file that it went out in, so that answers find it, and sends nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, select

from claimloom.claim_number import claim_number
from claimloom.ledger.books.claims import FIRST, VOID, claims
from claimloom.ledger.books.scrubs import scrubs
from claimloom.ledger.books.submissions import TEST, submissions
from claimloom.ledger.database import among, insert_new
from claimloom.ledger.states import NOT_OUT, fetch, in_line, known_of, of_visits, superseded_claims
from claimloom.ledger.tables import went_out
from schemas.event import derived_id

ORIGINAL: Final = "1"


class ReadyPlace(NamedTuple):
    """A claim that is clean and went out: its place, and that of the event that says it is clean."""

    claim: int
    scrubbed: int


def sent_before(connection: Connection, numbers: Collection[str]) -> dict[str, dict[str, Any]]:
    """Where the claims of these numbers (CLM01) stand on the wire, of those that went out."""
    if not numbers:
        return {}
    query = select(went_out).where(among(connection, went_out.c.patient_control_number, numbers))
    found = {}
    for row in connection.execute(query).mappings():
        where = dict(row)
        found[where.pop("patient_control_number")] = where
    return found


def file_before(connection: Connection, tenant: str, visit: str, revision: int, payer_id: str) -> str:
    """The file in which an earlier revision of a visit went out to a payer, and of which the ledger knows nothing else:
    its number follows from what it is about. Empty if there is none; of a test no payer has anything.
    """
    names = (derived_id("claim", tenant, visit, earlier, payer_id) for earlier in range(1, revision))
    numbers = [claim_number(name, earlier) for earlier, name in enumerate(names, 1)]
    rows = sent_before(connection, numbers)
    out = {number: str(where["file_name"]) for number, where in rows.items() if where["usage"] != TEST}
    known = (
        select(claims.c.patient_control_number)
        .join(submissions, submissions.c.claim == claims.c.place)
        .where(among(connection, claims.c.patient_control_number, out))
    )
    told = set(connection.scalars(known)) if out else set()
    return next((out[number] for number in reversed(numbers) if number in out.keys() - told), "")


def out_before(connection: Connection, places: Collection[int]) -> dict[str, str]:
    """Of claims those that would go out as originals (CLM05-3 = 1) of corrected visits though their payer has an
    earlier version: by claim id where that went out. Who built them did not know it: a ledger that was put back learns
    it late.
    """
    rows = fetch(connection, claims, places) if places else []
    asked = [row for row in rows if row.version > 1 and row.frequency == ORIGINAL and row.replaces is None]
    found = {}
    for row in asked:
        name = _out_in_line(connection, row)
        if not name and row.in_line == FIRST:
            file = file_before(connection, row.tenant, row.session_id, row.version, row.payer_id)
            name = f"an earlier version, in {file}" if file else ""
        if name:
            found[row.claim_id] = name
    return found


def _out_in_line(connection: Connection, row: Any) -> str:
    """The newest earlier version in a claim's line that its payer has, for the same person; empty if it has none."""
    others = of_visits(connection, {(row.tenant, row.session_id)})
    voided = {other.replaces for other in others if other.frequency == VOID}
    earlier = [
        other.place
        for other in others
        if in_line(other) == in_line(row) and other.version < row.version and other.frequency != VOID
    ]
    known = known_of(connection, [each for each in earlier if each not in voided])
    whose = {other.place: other for other in fetch(connection, claims, list(known))}
    for place in sorted(known, reverse=True):
        each, same = known[place], whose[place]
        theirs = (same.payer_id, same.patient_id, same.member_id) == (row.payer_id, row.patient_id, row.member_id)
        if theirs and each.state not in NOT_OUT and not each.is_test:
            return f"version {each.claim.version}, sent {each.submitted_on}"
    return ""


def remember(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> int:
    """Claims of a file that went out; returns how many were not remembered yet."""
    return insert_new(connection, went_out, rows)


def known_numbers(connection: Connection, numbers: Collection[str]) -> dict[str, str]:
    """Of these claims those that are in the ledger, each with its tenant."""
    number = claims.c.patient_control_number
    query = select(number, claims.c.tenant).where(among(connection, number, numbers))
    return {row.patient_control_number: row.tenant for row in connection.execute(query)}


def ready(connection: Connection) -> list[ReadyPlace]:
    """Claims that went out, that are clean, and that the ledger does not know as sent."""
    query = (
        select(claims.c.place, scrubs.c.place.label("scrubbed"))
        .join(went_out, went_out.c.patient_control_number == claims.c.patient_control_number)
        .join(scrubs, scrubs.c.claim == claims.c.place)
        .outerjoin(submissions, submissions.c.claim == claims.c.place)
        .where(scrubs.c.verdict == "clean", submissions.c.claim.is_(None))
        .order_by(scrubs.c.place)
    )
    return [ReadyPlace(row.place, row.scrubbed) for row in connection.execute(query)]


def to_send(connection: Connection) -> int:
    """How many claims are clean, in no file that the ledger knows, and overtaken by no newer revision."""
    query = (
        select(scrubs.c.claim)
        .outerjoin(submissions, submissions.c.claim == scrubs.c.claim)
        .where(scrubs.c.verdict == "clean", submissions.c.claim.is_(None))
    )
    found = set(connection.scalars(query))
    return len(found - superseded_claims(connection, found)) if found else 0


def unmatched(connection: Connection) -> list[str]:
    """Numbers (CLM01) of claims that went out and that the ledger does not know as sent."""
    number = went_out.c.patient_control_number
    query = (
        select(number)
        .outerjoin(claims, claims.c.patient_control_number == number)
        .outerjoin(submissions, submissions.c.claim == claims.c.place)
        .where(submissions.c.claim.is_(None))
        .order_by(number)
    )
    return list(connection.scalars(query))
