"""Where a claim stands: a fold over its scrub, submission, acknowledgments, remittances and its visit's corrections.

Acknowledgments are put into one order (TA1, 999, clearinghouse, payer; then process date, then receipt), so that the
state is the same in whatever order they came. A remittance beats every acknowledgment. Rows are asked for by the
places of the claims in hand and folded here: a database that plans a join of all of it anew by its statistics may take
a square of their number.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Column, Connection, Row, Table, select

from claimloom.ledger.books.acknowledgments import acknowledgments
from claimloom.ledger.books.claims import FIRST, claims
from claimloom.ledger.books.reconciliations import ADJUDICATED, reconciliations
from claimloom.ledger.books.scrubs import scrubs
from claimloom.ledger.books.submissions import TEST, submissions
from claimloom.ledger.database import among

LEVELS: Final = {"interchange": 0, "syntax": 1, "clearinghouse": 2, "payer": 3}
REJECTED: Final = frozenset({"batch_rejected", "syntax_rejected", "ch_rejected", "payer_rejected"})
NOT_OUT: Final = REJECTED | {"built", "clean", "held", "withdrawn", "superseded", "reversed"}
"""States of a claim that no payer has, or has any more."""
CLAIM_COLUMNS: Final = tuple(
    claims.c[name]
    for name in (
        "place",
        "claim_id",
        "tenant",
        "clinic",
        "session_id",
        "version",
        "patient_control_number",
        "patient_id",
        "patient_name",
        "payer_id",
        "payer_name",
        "date_of_service",
        "expected_paid_cents",
        "billed_cents",
        "in_line",
        "frequency",
    )
)
OUTCOME_COLUMNS: Final = tuple(each for each in reconciliations.columns if each.name != "causes")
ANSWER_COLUMNS: Final = tuple(
    acknowledgments.c[name] for name in ("claim", "place", "level", "state", "process_date", "number", "received_on")
)

SCRUB_COLUMNS: Final = (scrubs.c.claim, scrubs.c.verdict, scrubs.c.errors, scrubs.c.warned)
SENT_COLUMNS: Final = tuple(submissions.c[name] for name in ("claim", "submitted_on", "usage", "since"))


@dataclass(slots=True)
class Known:
    """What the ledger holds of a claim, as far as it says how it stands."""

    claim: Row[Any]
    verdict: str = ""
    errors: str = ""
    warned: str = ""
    sent: bool = False
    submitted_on: str = ""
    since: int = 0
    """Where a claim goes out that had been in a test file: what was answered before that speaks of the test."""
    is_test: bool = False
    answers: list[Row[Any]] = field(default_factory=list)
    outcomes: list[Row[Any]] = field(default_factory=list)
    replaced_by: str = ""
    """Number of the newest claim of the visit in this line, if that is not this one."""

    @property
    def outcome(self) -> Row[Any] | None:
        """The newest reconciliation that says how the claim stands."""
        found = [row for row in self.outcomes if row.outcome in ADJUDICATED]
        return max(found, key=lambda row: int(row.number)) if found else None

    @property
    def state(self) -> str:
        """built, held, clean, withdrawn, superseded, sent, those of the acknowledgments, paid, denied, reversed."""
        if outcome := self.outcome:
            return ADJUDICATED[outcome.outcome]
        if self.sent:
            return _answered(row for row in self.answers if row.place > self.since)
        if self.replaced_by:
            return "superseded"
        return self.verdict or "built"


def _answered(answers: Iterable[Row[Any]]) -> str:
    # A TA1 that takes the interchange says nothing of a claim; that the payer has it adds nothing once it accepted it.
    said = [each for each in answers if each.level != "interchange" or each.state == "batch_rejected"]
    if not said:
        return "sent"
    newest = max(said, key=_place)
    if newest.state != "payer_received":
        return str(newest.state)
    firm = [each for each in said if each.state != "payer_received"]
    return "payer_accepted" if firm and max(firm, key=_place).state == "payer_accepted" else "payer_received"


def _place(answer: Row[Any]) -> tuple[int, str, int]:
    return LEVELS.get(answer.level, -1), answer.process_date, answer.number


def known_of(connection: Connection, places: Collection[int]) -> dict[int, Known]:
    """What is known of each of the claims that are here. One that came by a topic alone is not: its maker's table does
    not hold it, whatever else is said of it.
    """
    found = {row.place: Known(row) for row in fetch(connection, claims, places, CLAIM_COLUMNS)}
    some = list(found)
    for row in fetch(connection, scrubs, some, SCRUB_COLUMNS):
        known = found[row.claim]
        known.verdict, known.errors, known.warned = row.verdict, row.errors, row.warned
    for row in fetch(connection, submissions, some, SENT_COLUMNS):
        known = found[row.claim]
        known.sent, known.submitted_on, known.since = True, row.submitted_on, row.since or 0
        known.is_test = row.usage == TEST
    for row in fetch(connection, acknowledgments, some, ANSWER_COLUMNS):
        found[row.claim].answers.append(row)
    for row in fetch(connection, reconciliations, some, OUTCOME_COLUMNS):
        found[row.claim].outcomes.append(row)
    successors = _successors(connection, [each.claim for each in found.values()])
    for place, number in successors.items():
        found[place].replaced_by = number
    return found


def _successors(connection: Connection, rows: Sequence[Row[Any]]) -> dict[int, str]:
    newest: dict[Line, tuple[int, int, str]] = {}
    for row in of_visits(connection, {(row.tenant, row.session_id) for row in rows}):
        known = newest.get(in_line(row), (0, 0, ""))
        newest[in_line(row)] = max(known, (row.version, row.place, row.patient_control_number))
    found = {}
    for row in rows:
        _, place, number = newest[in_line(row)]
        if place != row.place:
            found[row.place] = number
    return found


Line = tuple[str, str, str]


def in_line(row: Any) -> Line:
    """The line that a claim stands in: tenant, visit, and which of the visit's (``books/claims.py``)."""
    return row.tenant, row.session_id, row.in_line


def of_visits(connection: Connection, visits: Collection[tuple[str, str]]) -> Sequence[Row[Any]]:
    """Claims of visits (tenant and visit), and of others of these tenants that share an id with one."""
    mine = (  # the tenants too: the index begins with them
        among(connection, claims.c.tenant, {tenant for tenant, _ in visits}),
        among(connection, claims.c.session_id, {session_id for _, session_id in visits}),
    )
    names = ("place", "tenant", "session_id", "version", "patient_control_number", "claim_id", "payer_id")
    columns = (*names, "in_line", "frequency", "replaces")
    return connection.execute(select(*(claims.c[name] for name in columns)).where(*mine)).all()


def earlier_claims(connection: Connection, built: Collection[int]) -> set[int]:
    """Claims whose place in their line of the visit claims took that were built since."""
    if not built:
        return set()
    columns = (claims.c.tenant, claims.c.session_id, claims.c.in_line, claims.c.version, claims.c.place)
    again = (claims.c.version > 1) | (claims.c.in_line != FIRST)
    newest: dict[Line, tuple[int, int]] = {}
    for row in connection.execute(select(*columns).where(among(connection, claims.c.place, built), again)).all():
        newest[in_line(row)] = max(newest.get(in_line(row), (0, 0)), (row.version, row.place))
    rows = of_visits(connection, {line[:2] for line in newest}) if newest else ()
    return {row.place for row in rows if (row.version, row.place) < newest.get(in_line(row), (0, 0))}


def claim_states(connection: Connection, places: Collection[int]) -> dict[int, str]:
    """State of each claim."""
    return {place: known.state for place, known in known_of(connection, places).items()}


def superseded_claims(connection: Connection, places: Collection[int]) -> set[int]:
    """Those of the claims whose place in their line of the visit another one took."""
    rows = fetch(connection, claims, places, CLAIM_COLUMNS)
    return set(_successors(connection, rows)) if rows else set()


def fetch(
    connection: Connection, table: Table, places: Collection[int], columns: Sequence[Column[Any]] = ()
) -> list[Row[Any]]:
    """Rows of a table about some claims, which are given by their places; of the claims themselves too."""
    if not places:
        return []
    query = select(*columns) if columns else select(table)
    about = table.c.place if table is claims else table.c.claim
    return list(connection.execute(query.where(among(connection, about, places))).all())
