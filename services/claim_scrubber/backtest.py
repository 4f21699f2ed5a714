"""Rules asked again of claims that were built before, beside what payers answered: what a pack would have done.

The facts of a claim are those that it was built with, and its rules are taken for the day on which it was scrubbed.
Other claims of its patient are seen as they stand now, and payers by their files of today.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from itertools import islice
from typing import Any, Final

from sqlalchemy import Connection, select

from claimloom.ledger.books.scrubs import scrubs
from claimloom.ledger.database import among
from claimloom.ledger.journal import payloads
from claimloom.ledger.states import REJECTED
from claimloom.ledger.views.claims import ClaimRow, all_claims, claim_place
from claimloom.ledger.views.scope import Scope, Wanted
from claimloom.scrub import scrub
from claimloom.scrub.packs import Pack
from schemas.claim import ClaimBuilt, ClaimScrubbed, Severity
from services.claim_scrubber.around import Beside, ToAsk, cases_of

PAGE: Final = 500


@dataclass(slots=True)
class RuleCount:
    """What a rule holds, by what became of these claims; cents. ``caught``: denied or refused, with what they should
    have brought and did not; ``false``: paid, with what was paid; the rest nobody has answered.
    """

    rule: str
    holds: int = 0
    caught: int = 0
    caught_cents: int = 0
    false: int = 0
    false_cents: int = 0
    unanswered: int = 0
    warns: int = 0

    def json(self) -> dict[str, Any]:
        """For programs."""
        return asdict(self)


@dataclass(slots=True)
class Backtest:
    """All of it: ``newly`` are held by the pack alone, ``freed`` were held and are so no more. ``missed``: denied, and
    nothing held them.
    """

    claims: int = 0
    held: int = 0
    held_before: int = 0
    newly: int = 0
    freed: int = 0
    missed: int = 0
    missed_cents: int = 0
    total: RuleCount = field(default_factory=lambda: RuleCount(""))
    rules: dict[str, RuleCount] = field(default_factory=dict)


def backtest(
    connection: Connection, scope: Scope, since: str, around: Beside, pack_of: Callable[[str], Pack]
) -> Backtest:
    """What the packs of tenants say of all claims for services from a day on."""
    found = Backtest()
    rows = all_claims(connection, scope, Wanted(since=since))
    for row, asked, before in _asked(connection, rows):
        (case,) = cases_of(connection, around, [asked])
        _count(found, row, before, scrub(case, pack_of(asked.tenant)))
    return found


def _asked(connection: Connection, rows: Iterator[ClaimRow]) -> Iterator[tuple[ClaimRow, ToAsk, ClaimScrubbed]]:
    """Claims that were scrubbed, with what was found in them then; what was taken back is none."""
    while some := list(islice(rows, PAGE)):
        places = {claim_place(connection, row.claim_id): row for row in some if row.claim_id}
        mine = among(connection, scrubs.c.claim, [each for each in places if each])
        at = {row.claim: row.place for row in connection.execute(select(scrubs.c.claim, scrubs.c.place).where(mine))}
        built = payloads(connection, list(at), ClaimBuilt)
        before = payloads(connection, list(at.values()), ClaimScrubbed)
        for claim, place in at.items():
            told = before[place]
            if told.verdict != "withdrawn" and built[claim].claim.frequency_code != "8":
                row = places[claim]
                yield row, ToAsk(row.tenant, built[claim], claim, told.as_of), told


def _count(found: Backtest, row: ClaimRow, before: ClaimScrubbed, after: ClaimScrubbed) -> None:
    found.claims += 1
    holding = {each.code for each in after.findings if each.severity is Severity.ERROR}
    # Who was drawn for review had nothing wrong with it.
    was_held = before.verdict == "held" and not before.review
    found.held += bool(holding)
    found.held_before += was_held
    found.newly += bool(holding) and not was_held
    found.freed += was_held and not holding
    warning = {each.code for each in after.findings if each.severity is Severity.WARN}
    for code in holding | warning:
        found.rules.setdefault(code, RuleCount(code))
    if holding:
        _add([found.total, *(found.rules[code] for code in holding)], row)
    elif _is_refused(row) and not row.replaced_by:
        found.missed += 1
        found.missed_cents += _lost(row)
    for code in warning:
        found.rules[code].warns += 1


def _add(counts: Iterable[RuleCount], row: ClaimRow) -> None:
    for each in counts:
        each.holds += 1
        if _is_refused(row):
            each.caught += 1
            each.caught_cents += _lost(row)
        elif row.state == "paid":
            each.false += 1
            each.false_cents += row.paid_cents
        else:
            each.unanswered += 1


def _is_refused(row: ClaimRow) -> bool:
    return row.state == "denied" or "denied" in row.flags or row.state in REJECTED


def _lost(row: ClaimRow) -> int:
    """What a claim should have brought and did not: its charge where nobody knows what is due."""
    due = row.billed_cents if row.expected_paid_cents is None else row.expected_paid_cents
    return max(due - row.paid_cents, 0)
