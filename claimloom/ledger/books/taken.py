"""What a payer took beside its claims (PLB WO, 72) by the name of one of them, against what it had paid that too much.

As far as the two are the same money, both ask for nothing more: the item of the overpayment and that of the take-back
end, or say what is left. What names another claim changes neither. The amount that counts is what was taken and not
given back: a reversal that comes with its own WO moves nothing here (X12 RFI 227, 1976, 2370).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, Final

from sqlalchemy import Connection, select

from claimloom.ledger.books.awaited import awaited, nearing
from claimloom.ledger.books.claims import claims
from claimloom.ledger.books.common import Row
from claimloom.ledger.books.provider_level import PROVIDER_LEVEL_OUTCOME, provider_level
from claimloom.ledger.books.ranking import score
from claimloom.ledger.books.reconciliations import reconciliations, short_cents
from claimloom.ledger.books.work_items import Items, work_items
from claimloom.ledger.database import among, insert_new
from claimloom.ledger.journal import payloads, time_at
from claimloom.ledger.states import of_visits
from claimloom.topology import Received
from schemas.money import usd
from schemas.remittance import ClaimReconciled

OVERPAID, REVIEW = "overpaid", "review"
CODES: Final = ("WO", "72")
"""PLB03-1 of a recovery and of its counterpart, a refund that is acknowledged: one account."""
TAKEN: Final = "taken_back"
"""Outcome of an item that ended by it."""


def touched_by(received: Sequence[Received]) -> set[int]:
    """Claims that are said to be overpaid, or that a payer names at provider level."""
    found: set[int] = set()
    for each in received:
        told = each.data
        if each.claim is None or not isinstance(told, ClaimReconciled):
            continue
        if told.outcome in (PROVIDER_LEVEL_OUTCOME, OVERPAID):
            found.add(each.claim)
    return found


def net_what_was_taken(connection: Connection, some: Collection[int]) -> None:
    """Items about these claims, and about other versions of theirs, as they stand after all that was taken."""
    if not some:
        return
    for line in _lines_of(connection, some):
        taken = _taken(connection, line)
        if not taken:
            continue
        about = (work_items.c.kind.in_((OVERPAID, REVIEW))) & among(connection, work_items.c.claim, line)
        items = Items(connection, connection.execute(select(work_items).where(about)))
        standing = [row for row in items.rows.values() if row["state"] == "open" or row["outcome"] == TAKEN]
        told = payloads(connection, {row["place"] for row in standing}, ClaimReconciled)
        over = [row for row in standing if row["kind"] == OVERPAID]
        takes = [row for row in standing if row["place"] in taken]
        too_much = sum(max(short_cents(told[row["place"]]), 0) for row in over)
        same = min(too_much, max(sum(taken.values()), 0))
        _lessen(over, told, same)
        _lessen(takes, told, same)
        items.write()
        again = [
            row for at, row in items.rows.items() if (items.before[at]["state"], row["state"]) == ("closed", "open")
        ]
        days = {row["place"]: time_at(connection, row["place"]).date() for row in again}
        insert_new(connection, awaited, list(nearing((row, days[row["place"]]) for row in again)))


def _lines_of(connection: Connection, some: Collection[int]) -> Iterator[set[int]]:
    """Of each line of a visit's claims that one of these stands in all versions, by place."""
    columns = (claims.c.place, claims.c.tenant, claims.c.session_id, claims.c.in_line)
    rows = connection.execute(select(*columns).where(among(connection, claims.c.place, some))).all()
    named = {(row.tenant, row.session_id, row.in_line) for row in rows}
    lines: dict[tuple[str, ...], set[int]] = {}
    for row in of_visits(connection, {key[:2] for key in named}):
        lines.setdefault((row.tenant, row.session_id, row.in_line), set()).add(row.place)
    return (lines[key] for key in sorted(named))


def _taken(connection: Connection, line: Collection[int]) -> dict[int, int]:
    """By the place of each event that says so what was taken by the name of one of these claims; given: less than 0."""
    mine = among(connection, reconciliations.c.claim, line)
    query = select(provider_level.c.place, provider_level.c.code, provider_level.c.cents)
    rows = connection.execute(
        query.join(reconciliations, reconciliations.c.place == provider_level.c.place).where(mine)
    )
    return {row.place: row.cents for row in rows if row.code in CODES}


def _lessen(rows: Iterable[Row], told: Any, same: int) -> None:
    """Items less what is the same money, the oldest first."""
    for row in sorted(rows, key=lambda row: int(row["place"])):
        result = told[row["place"]]
        action = result.next_action
        whole = max(short_cents(result), 0) if row["kind"] == OVERPAID else action.recoverable_cents
        part = min(same, whole)
        same -= part
        left = whole - part
        row["state"], row["outcome"] = ("open", "") if left or not part else ("closed", TAKEN)
        said = f"; {usd(part)} is what the payer took of it (PLB), {usd(left)} is left" if part else ""
        row["reason"] = action.reason + said
        row["recoverable_cents"] = action.recoverable_cents if row["kind"] == OVERPAID else left
        is_charge = bool(row["of_charge"])
        row["score"] = score(row["kind"], row["recoverable_cents"], row["urgency"], of_charge=is_charge)
