"""Shortfalls: what a line was paid less than expected, by cause, when it was found, and what of it is missing still."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import BigInteger, Column, Connection, Index, Integer, String, Table, Text

from claimloom.ledger.books.claims import claims
from claimloom.ledger.books.common import Row, about_claims
from claimloom.ledger.books.reconciliations import ADJUDICATED, UNPOSTED
from claimloom.ledger.database import among, insert_or_update
from claimloom.ledger.tables import metadata, place
from claimloom.topology import Book, Received
from schemas.remittance import NOT_SHORT, ClaimReconciled
from schemas.topics import Topic

shortfalls = Table(
    "shortfalls",
    metadata,
    place("claim"),
    Column("line_control_number", Text, primary_key=True),
    Column("cause", Text, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("clinic", Text, nullable=False),
    Column("payer_id", Text, nullable=False),
    Column("payer_name", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("paid_on", String(10), nullable=False),
    Column("found_cents", BigInteger, nullable=False),
    Column("now_cents", BigInteger, nullable=False),
    Column("basis_points", Integer, nullable=False),
    Index("shortfalls_day", "tenant", "paid_on"),
    sqlite_with_rowid=False,
)
STANDS: Final = frozenset((*ADJUDICATED, UNPOSTED))
# Denials have their own work; what is neither under- nor overpaid is no shortfall.
NONE_OF_IT: Final = NOT_SHORT | {"denied"}
LATE_INTEREST: Final = "late_interest"
_MOVING: Final = ("found_cents", "now_cents", "basis_points", "paid_on")


def claim_reconciled(connection: Connection, received: Sequence[Received]) -> None:
    """``claim-reconciled`` into shortfalls. What a later answer makes good stays, with nothing missing now."""
    told = [each for each in about_claims(received, ClaimReconciled) if each[2].outcome in STANDS]
    short = [each for each in told if _missing(each[2])]
    before = shortfalls.select().where(among(connection, shortfalls.c.claim, {at for _, at, _ in told}))
    rows: dict[tuple[int, str, str], Row] = {}
    for known in connection.execute(before).all() if told else ():
        rows[known.claim, known.line_control_number, known.cause] = dict(known._mapping)
    if not rows and not short:
        return
    payers = _payers(connection, {at for _, at, _ in short})
    changed: set[tuple[int, str, str]] = set()
    for each, at, result in told:
        for key in [key for key in rows if key[0] == at]:
            rows[key]["now_cents"] = 0
            changed.add(key)
        codes = {line.line_control_number: line for line in result.lines}
        for number, name, cents in _missing(result):
            key = (at, number, name)
            line = codes.get(number)
            payer_id, payer_name = payers.get(at, ("", ""))
            row = rows.setdefault(
                key,
                {
                    "claim": at,
                    "line_control_number": key[1],
                    "cause": key[2],
                    "tenant": each.event.tenant,
                    "clinic": each.event.clinic,
                    "payer_id": payer_id,
                    "payer_name": payer_name,
                    "code": line.procedure_code if line else "",
                    "found_cents": 0,
                    "now_cents": 0,
                },
            )
            row["now_cents"] += cents
            row["found_cents"] = max(row["found_cents"], row["now_cents"])
            row["paid_on"] = result.payment_date.isoformat() if result.payment_date else ""
            due = line.expected_allowed_cents if line else None
            row["basis_points"] = (line.actual_allowed_cents - due) * 10_000 // due if line and due else 0
            changed.add(key)
    insert_or_update(connection, shortfalls, [rows[key] for key in sorted(changed)], _MOVING)


def _missing(result: ClaimReconciled) -> list[tuple[str, str, int]]:
    """What of a claim is missing: number of the line, cause and cents. Interest is owed beside what was expected."""
    found = [(each.line_control_number, each.cause, -each.amount_cents) for each in result.causes if _is_short(each)]
    if (late := result.late_interest) and late.missing_cents:
        found.append(("", LATE_INTEREST, late.missing_cents))
    return found


def _is_short(cause: Any) -> bool:
    return cause.amount_cents < 0 and cause.cause not in NONE_OF_IT


def _payers(connection: Connection, places: set[int]) -> dict[int, tuple[str, str]]:
    columns = (claims.c.place, claims.c.payer_id, claims.c.payer_name)
    query = claims.select().with_only_columns(*columns).where(among(connection, claims.c.place, places))
    return {row.place: (row.payer_id, row.payer_name) for row in connection.execute(query).all()}


SHORTFALLS: Final = Book("shortfalls", (shortfalls,), {Topic.CLAIM_RECONCILED: claim_reconciled})
