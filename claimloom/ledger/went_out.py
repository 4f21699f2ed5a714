"""Claims that went out and that a ledger put back from a backup does not know as sent: each with its file.

Files to send are read for it (``claimloom.restored``). When such a claim is ready to be sent, the submitter tells of
the file that it went out in, so that answers find it, and sends nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from claimloom.ledger.books.claims import claims
from claimloom.ledger.books.scrubs import scrubs
from claimloom.ledger.books.submissions import submissions
from claimloom.ledger.database import among, insert_new
from claimloom.ledger.states import superseded_claims
from claimloom.ledger.tables import went_out


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
