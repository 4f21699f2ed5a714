"""The day of a patient: the claims that went out for it, of all visits and disciplines, in one look-up."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, select

from claimloom.ledger.books.claims import VOID, claim_lines, claims
from claimloom.ledger.books.submissions import submissions
from claimloom.ledger.database import among


def day_of(connection: Connection, places: Collection[int]) -> dict[int, list[int]]:
    """By claim the places of other claims of its patient's day that went out to its payer from its billing provider: of
    each visit the newest, unless that is a void. Claims that are alone on their day are left out.
    """
    mine, other = claims, claims.alias()
    line, other_line = claim_lines, claim_lines.alias()
    query = (
        select(mine.c.place, other.c.place, other.c.session_id, other.c.version, other.c.frequency)
        .join(
            other,
            (other.c.tenant == mine.c.tenant)
            & (other.c.patient_id == mine.c.patient_id)
            & (other.c.date_of_service == mine.c.date_of_service)
            & (other.c.payer_id == mine.c.payer_id)
            & (other.c.in_line == mine.c.in_line)
            & (other.c.session_id != mine.c.session_id),
        )
        .join(line, (line.c.claim == mine.c.place) & (line.c.line_number == 1))
        .join(other_line, (other_line.c.claim == other.c.place) & (other_line.c.line_number == 1))
        .join(submissions, submissions.c.claim == other.c.place)
        .where(among(connection, mine.c.place, places), other_line.c.billing_npi == line.c.billing_npi)
    )
    newest: dict[int, dict[str, tuple[int, int, str]]] = {}
    for place, found, session_id, version, frequency in connection.execute(query).all():
        of_visit = newest.setdefault(place, {})
        of_visit[session_id] = max(of_visit.get(session_id, (0, 0, "")), (version, found, frequency))
    days = {
        place: sorted(found for _, found, frequency in of_visit.values() if frequency != VOID)
        for place, of_visit in newest.items()
    }
    return {place: others for place, others in days.items() if others}
