"""The day of a patient: the claims that were built for it, of all visits and disciplines, in one look-up. Pricing,
scrubbing and the pooling of minutes ask here, and take what their rule counts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from typing import Any, Final

from sqlalchemy import Connection, Row, select

from claimloom.ledger.books.claims import VOID, claim_lines, claims
from claimloom.ledger.books.submissions import submissions
from claimloom.ledger.database import among
from claimloom.ledger.states import fetch

DayKey = tuple[str, str, str]
"""Tenant, patient, date of service as ISO text."""
COLUMNS: Final = tuple(
    claims.c[name]
    for name in (
        *("place", "tenant", "patient_id", "date_of_service", "number"),
        *("session_id", "version", "frequency", "in_line", "payer_id"),
    )
)


def claims_on(connection: Connection, days: Collection[DayKey]) -> dict[DayKey, list[Row[Any]]]:
    """The claims of each of some patients' days, in the order in which they were built: of every payer, version and
    state, voids among them.
    """
    found: dict[DayKey, list[Row[Any]]] = defaultdict(list)
    if not days:
        return found
    # The tenants too: the index begins with them, and without them all of the table would be read.
    keys = (claims.c.tenant, claims.c.patient_id, claims.c.date_of_service)
    mine = (among(connection, column, {day[at] for day in days}) for at, column in enumerate(keys))
    wanted = set(days)
    for row in connection.execute(select(*COLUMNS).where(*mine)).all():
        if (key := (row.tenant, row.patient_id, row.date_of_service)) in wanted:
            found[key].append(row)
    for rows in found.values():
        rows.sort(key=lambda row: (row.number, row.place))
    return found


def day_of(connection: Connection, places: Collection[int]) -> dict[int, list[int]]:
    """By claim the places of other claims of its patient's day that went out to its payer from its billing provider: of
    each visit the newest, unless that is a void. Claims that are alone on their day are left out.
    """
    asked = fetch(connection, claims, places, COLUMNS)
    around = claims_on(connection, {(row.tenant, row.patient_id, row.date_of_service) for row in asked})
    others = {
        row.place: [
            each
            for each in around[row.tenant, row.patient_id, row.date_of_service]
            if each.session_id != row.session_id and (each.payer_id, each.in_line) == (row.payer_id, row.in_line)
        ]
        for row in asked
    }
    near = {each.place for rows in others.values() for each in rows}
    if not near:
        return {}
    sent = {row.claim for row in fetch(connection, submissions, list(near), (submissions.c.claim,))}
    npis = _billing_npis(connection, near | others.keys())
    days: dict[int, list[int]] = {}
    for place, rows in others.items():
        newest: dict[str, Row[Any]] = {}
        for each in sorted(rows, key=lambda row: (row.version, row.place)):
            if each.place in sent and npis.get(each.place) == npis.get(place):
                newest[each.session_id] = each
        if found := sorted(each.place for each in newest.values() if each.frequency != VOID):
            days[place] = found
    return days


def _billing_npis(connection: Connection, places: Collection[int]) -> dict[int, str]:
    columns = (claim_lines.c.claim, claim_lines.c.line_number, claim_lines.c.billing_npi)
    rows = fetch(connection, claim_lines, list(places), columns)
    return {row.claim: row.billing_npi for row in rows if row.line_number == 1}
