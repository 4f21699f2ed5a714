"""Where a claim stands: a fold over its scrub, submission, acknowledgments and remittances, worked out when asked.

Acknowledgments are put into one order (TA1, 999, clearinghouse, payer; then process date, then receipt), so that the
state is the same in whatever order they came. A remittance beats every acknowledgment.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Row, Table, select

from claimloom.ledger.database import among
from claimloom.ledger.projections import ADJUDICATED
from claimloom.ledger.tables import acknowledgments, claims, reconciliations, scrubs, submissions

LEVELS: Final = {"interchange": 0, "syntax": 1, "clearinghouse": 2, "payer": 3}
REJECTED: Final = frozenset({"batch_rejected", "syntax_rejected", "ch_rejected", "payer_rejected"})


@dataclass(frozen=True, slots=True)
class Answer:
    """One acknowledgment, as far as the state goes."""

    level: str
    state: str
    process_date: str = ""
    number: int = 0


def acknowledged_state(answers: Sequence[Answer]) -> str:
    """State of a sent claim by its acknowledgments."""
    state = "sent"
    for answer in sorted(answers, key=lambda each: (LEVELS[each.level], each.process_date, each.number)):
        if answer.level == "interchange" and answer.state != "batch_rejected":
            continue
        if answer.state == "payer_received" and state == "payer_accepted":
            continue
        state = answer.state
    return state


def claim_states(connection: Connection, claim_ids: Collection[str]) -> dict[str, str]:
    """State of each claim: built, held, clean, sent, ..., paid, denied, reversed, superseded."""
    verdicts = {row.claim_id: row.verdict for row in fetch(connection, scrubs, claim_ids)}
    sent = {row.claim_id for row in fetch(connection, submissions, claim_ids)}
    answers: dict[str, list[Answer]] = {}
    for row in fetch(connection, acknowledgments, claim_ids):
        answers.setdefault(row.claim_id, []).append(Answer(row.level, row.state, row.process_date, row.number))
    outcomes = newest_outcomes(connection, claim_ids)
    superseded = superseded_claims(connection, claim_ids)
    states = {}
    for claim_id in claim_ids:
        if claim_id in outcomes:
            state = ADJUDICATED[outcomes[claim_id].outcome]
        elif claim_id in sent:
            state = acknowledged_state(answers.get(claim_id, []))
        elif claim_id in superseded:
            state = "superseded"
        else:
            state = {"clean": "clean", "held": "held"}.get(verdicts.get(claim_id, ""), "built")
        states[claim_id] = state
    return states


def newest_outcomes(connection: Connection, claim_ids: Collection[str]) -> dict[str, Row[Any]]:
    """The newest reconciliation of each claim that says how the claim stands."""
    found: dict[str, Row[Any]] = {}
    for row in sorted(fetch(connection, reconciliations, claim_ids), key=lambda each: each.number):
        if row.outcome in ADJUDICATED:
            found[row.claim_id] = row
    return found


def superseded_claims(connection: Connection, claim_ids: Collection[str]) -> set[str]:
    """Those of the claims of whose session a higher revision is there."""
    mine = {row.claim_id: (row.tenant, row.session_id, row.version) for row in fetch(connection, claims, claim_ids)}
    newest = newest_versions(connection, {(tenant, session_id) for tenant, session_id, _ in mine.values()})
    return {claim_id for claim_id, (tenant, session, version) in mine.items() if version < newest[tenant, session]}


def newest_versions(connection: Connection, sessions: Collection[tuple[str, str]]) -> Mapping[tuple[str, str], int]:
    """The highest revision that was built of each (tenant, session id)."""
    newest: dict[tuple[str, str], int] = {}
    mine = among(connection, claims.c.session_id, {session_id for _, session_id in sessions})
    for row in connection.execute(select(claims.c.tenant, claims.c.session_id, claims.c.version).where(mine)):
        key = (row.tenant, row.session_id)
        newest[key] = max(newest.get(key, 0), row.version)
    return newest


def fetch(connection: Connection, table: Table, claim_ids: Collection[str]) -> list[Row[Any]]:
    """Rows of a table about some claims."""
    if not claim_ids:
        return []
    return list(connection.execute(select(table).where(among(connection, table.c.claim_id, claim_ids))).all())
