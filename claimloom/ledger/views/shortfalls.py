"""What payers paid less than expected: by payer, code, cause and month, and what runs through many lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, case, exists, func, select

from claimloom.ledger.books.shortfalls import shortfalls
from claimloom.ledger.books.work_items import work_items
from claimloom.ledger.views.scope import Scope, Wanted, one_of
from claimloom.ledger.views.totals import payer_ids, tenants_known

GRAINS: Final = ("payer", "code", "cause", "month")
LEAST_LINES: Final = 5
TREND_DAYS: Final = 30
DRIFT_POINTS: Final = 100
"""A line counts as drifting when it is allowed more than one per cent less or more: level L3, below every limit of a
single line.
"""

UNDERPAID: Final = "underpaid"


@dataclass(frozen=True, slots=True)
class TrendLevel:
    """From how many lines of a month on a trend is told, each allowed so much less, in hundredths of a per cent."""

    lines: int = LEAST_LINES
    points: int = DRIFT_POINTS


NO_LEVELS: Final[Mapping[str, TrendLevel]] = {}


@dataclass(slots=True)
class ShortfallSum:
    """Lines paid less than expected that are alike in what was asked for; cents.

    ``found`` is what was missing when it was seen. Of that ``recovered`` came since; of the rest ``disputed`` is where
    somebody closed the work as done, ``given_up`` where it was closed otherwise, and ``open`` what nobody closed.
    """

    payer_id: str
    payer: str
    code: str
    cause: str
    month: str
    lines: int
    found_cents: int
    open_cents: int
    disputed_cents: int
    given_up_cents: int
    recovered_cents: int

    def json(self) -> dict[str, Any]:
        """For programs; what was not asked for is left out."""
        return {name: value for name, value in asdict(self).items() if value != ""}


@dataclass(frozen=True, slots=True)
class Drift:
    """A code that a payer allows less of, line after line."""

    payer_id: str
    payer: str
    code: str
    lines: int
    missing_cents: int
    percent: str

    def json(self) -> dict[str, Any]:
        """For programs."""
        return asdict(self) | {"trend": True}


def underpaid(
    connection: Connection, scope: Scope, wanted: Wanted, by: Sequence[str] = ("payer", "cause")
) -> list[ShortfallSum]:
    """Sums by some of ``GRAINS``, the most that is open first. Days are those of the payments."""
    columns: dict[str, ColumnElement[Any]] = {
        "payer": shortfalls.c.payer_id,
        "code": shortfalls.c.code,
        "cause": shortfalls.c.cause,
        "month": func.substr(shortfalls.c.paid_on, 1, 7).label("month"),
    }
    keys = [columns[name] for name in GRAINS if name in by]
    mine = _mine(connection, scope, wanted)
    sums = (func.count(), func.sum(shortfalls.c.found_cents), func.sum(shortfalls.c.now_cents))
    found: dict[tuple[Any, ...], ShortfallSum] = {}
    # A payer may have several names: the first counts.
    query = select(*keys, func.min(shortfalls.c.payer_name), *sums).where(*mine).group_by(*keys)
    for *key, name, lines, seen, now in connection.execute(query).all():
        known = dict(zip((column.name for column in keys), key, strict=True))
        found[tuple(key)] = ShortfallSum(
            known.get("payer_id", ""),
            name if "payer" in by else "",
            known.get("code", ""),
            known.get("cause", ""),
            known.get("month", ""),
            lines,
            int(seen),
            int(now),
            0,
            0,
            int(seen) - int(now),
        )
    disputed = func.sum(case((work_items.c.outcome == "done", shortfalls.c.now_cents), else_=0))
    later = work_items.alias()
    is_later = (
        (later.c.claim == work_items.c.claim) & (later.c.kind == UNDERPAID) & (later.c.place > work_items.c.place)
    )
    closed = (
        select(*keys, func.sum(shortfalls.c.now_cents), disputed)
        .join(work_items, work_items.c.claim == shortfalls.c.claim)
        .where(*mine, work_items.c.kind == UNDERPAID, work_items.c.state == "closed", work_items.c.outcome != "")
        .where(~exists().where(is_later))  # of a claim's items the newest says how it stands
    )
    for *key, now, done in connection.execute(closed.group_by(*keys)).all():
        row = found[tuple(key)]
        row.open_cents -= int(now)
        row.disputed_cents, row.given_up_cents = int(done), int(now) - int(done)
    most = sorted(found.values(), key=lambda row: (row.payer_id, row.code, row.cause, row.month))
    return sorted(most, key=lambda row: (-row.open_cents, -row.found_cents))


def drifts(
    connection: Connection,
    scope: Scope,
    today: date,
    least: int = LEAST_LINES,
    levels: Mapping[str, TrendLevel] = NO_LEVELS,
) -> list[Drift]:
    """Codes of which a payer allowed more than one per cent less on so many lines within a month, still missing on
    each: a short payment that shows in no line by itself. ``levels``: of payers that have other limits.
    """
    since = (today - timedelta(days=TREND_DAYS)).isoformat()
    of_line, usual = shortfalls.c, TrendLevel(least)
    points: Any = usual.points
    if levels:
        points = case(
            {payer_id: each.points for payer_id, each in levels.items()}, value=of_line.payer_id, else_=points
        )
    # A line may be short for several causes, each of which says what is allowed of the line.
    lines = func.count(of_line.line_control_number.distinct())
    query = (
        select(
            of_line.payer_id,
            func.min(of_line.payer_name),
            of_line.code,
            lines,
            func.sum(of_line.now_cents),
            func.avg(-of_line.basis_points),
        )
        .where(*_mine(connection, scope, Wanted(since=since)), of_line.now_cents > 0, of_line.basis_points < -points)
        .group_by(of_line.payer_id, of_line.code)
        .having(lines >= min((least, *(each.lines for each in levels.values()))))
    )
    found = [
        Drift(payer_id, name, code, count, int(cents), f"{float(less) / 100:.1f}")
        for payer_id, name, code, count, cents, less in connection.execute(query).all()
        if count >= levels.get(payer_id, usual).lines
    ]
    return sorted(found, key=lambda row: (-row.missing_cents, row.payer_id, row.code))


def _mine(connection: Connection, scope: Scope, wanted: Wanted) -> list[Any]:
    tenants = scope.tenants or tenants_known(connection) or [""]
    conditions: list[Any] = [one_of(connection, shortfalls.c.tenant, tenants), shortfalls.c.paid_on >= wanted.since]
    if wanted.until:
        conditions.append(shortfalls.c.paid_on <= wanted.until)
    if scope.clinics:
        conditions.append(one_of(connection, shortfalls.c.clinic, scope.clinics))
    if wanted.payer:
        conditions.append(one_of(connection, shortfalls.c.payer_id, payer_ids(connection, wanted.payer) or [""]))
    return conditions
