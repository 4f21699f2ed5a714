"""The work list: what is open, the most money that is likely to come first."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from operator import attrgetter
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, Select, Table, and_, func, literal_column, select

from claimloom.errors import PlainError
from claimloom.ledger.books.claims import claims
from claimloom.ledger.books.decisions import decisions
from claimloom.ledger.books.ranking import LIKELIHOOD, likelihood, why
from claimloom.ledger.books.standings import standings
from claimloom.ledger.books.work_items import UNBILLED, work_items, work_totals
from claimloom.ledger.database import among
from claimloom.ledger.journal import event_ids
from claimloom.ledger.views.claims import claim_place, find_claim
from claimloom.ledger.views.scope import (
    Page,
    Rows,
    Scope,
    Wanted,
    check_days,
    check_known,
    cursor,
    in_order,
    kinds_of,
    one_of,
)
from claimloom.ledger.views.totals import check_payer, check_scope, payer_ids

ORDER: Final = ("score", "due", "id")
# As the indexes of the list say it, word for word: so these are used.
LISTED: Final[ColumnElement[bool]] = literal_column("work_items.listed") == literal_column("1")


@dataclass(slots=True)
class WorkRow:
    """Something to do."""

    id: str
    patient_control_number: str
    kind: str
    reason: str
    action: str
    due: str
    recoverable_cents: int
    rank: int
    owner: str = ""
    tenant: str = ""
    clinic: str = ""
    payer_id: str = ""
    patient_id: str = ""
    visit_id: str = ""
    date_of_service: str = ""
    submitted_on: str = ""
    last_answer_on: str = ""
    of_charge: bool = False
    """``recoverable_cents`` is what was charged, since nobody knows what should be paid."""
    last_day: str = ""
    """After it nothing helps any more; empty if there is none."""
    likelihood_percent: int = 0
    urgency_percent: int = 100
    """How much the days left to the last one count; 100 where it is far."""
    why: str = ""
    """Why it ranks where it does."""

    def json(self) -> dict[str, Any]:
        """The row as the public interface has it."""
        return asdict(self)


def work_page(connection: Connection, scope: Scope, wanted: Wanted, page: Page) -> Rows[WorkRow]:
    """What is open. What a corrected visit overtook is not on the list, save a payment in suspense: that money has
    come, whatever was billed.
    """
    order = [work_items.c[name] for name in ORDER]
    fits = list(_fits(connection, scope, wanted))

    def query(tenant: str) -> Select[Any]:
        return select(work_items).where(work_items.c.tenant == tenant, *fits)

    # A row's rank is its place in the list: the place where a page begins says how many came before.
    *place, before = page.place([*kinds_of(order), int]) if page.after else (None, 0)
    tenants = scope.tenants or work_tenants(connection)
    size = page.size + 1
    start = place if page.after else None
    rows = list(islice(in_order(connection, query, tenants, order, start, size), size))
    more = len(rows) > page.size
    rows = rows[: page.size]
    following = cursor(*(getattr(rows[-1], name) for name in ORDER), before + len(rows)) if more else ""
    return Rows(_rows(connection, rows, before + 1), following)


def work_total(connection: Connection, scope: Scope, wanted: Wanted) -> tuple[int, int]:
    """How many items that is in all, and what they bring."""
    if wanted.since or wanted.until:  # days are no sum that is kept: the items of the list are counted
        query = select(func.count(), func.sum(work_items.c.recoverable_cents)).where(
            *scope.of(connection, work_items), *_fits(connection, Scope(), wanted)
        )
    else:
        query = select(func.sum(work_totals.c.count), func.sum(work_totals.c.cents)).where(
            *scope.of(connection, work_totals), *_of(connection, work_totals, wanted)
        )
    count, cents = connection.execute(query).one()
    return int(count or 0), int(cents or 0)


def by_kind(connection: Connection, scope: Scope) -> dict[str, tuple[int, int]]:
    """Items and cents of each kind."""
    query = select(work_totals.c.kind, func.sum(work_totals.c.count), func.sum(work_totals.c.cents))
    rows = connection.execute(query.where(*scope.of(connection, work_totals)).group_by(work_totals.c.kind))
    return {kind: (int(count), int(cents)) for kind, count, cents in rows}


def due_by(connection: Connection, scope: Scope, kinds: Iterable[str], latest: str) -> dict[str, int]:
    """Items of each kind that are due by a day."""
    found = dict.fromkeys(kinds, 0)
    for tenant in scope.tenants or work_tenants(connection):
        for kind in found:
            mine = (work_items.c.tenant == tenant) & (work_items.c.kind == kind) & (work_items.c.due <= latest)
            query = select(func.count()).select_from(work_items).where(mine, LISTED)
            found[kind] += connection.scalar(query) or 0
    return found


def items_of(connection: Connection, scope: Scope, claim_id: str) -> list[WorkRow]:
    """What is to do about one claim."""
    # By the claim alone, the rest is looked at here: asked for the list too, SQLite would read all of a tenant's list.
    query = select(work_items).where(work_items.c.claim == claim_place(connection, claim_id))
    rows = [row for row in connection.execute(query).all() if row.listed and scope.holds(row)]
    return _rows(connection, sorted(rows, key=attrgetter(*ORDER)), 1)


def item_by_id(connection: Connection, scope: Scope, name: str) -> Row[Any] | None:
    """An item, open or not."""
    query = select(work_items).where(work_items.c.id == name, *scope.of(connection, work_items))
    return connection.execute(query).first()


def named_item(connection: Connection, scope: Scope, name: str) -> Row[Any]:
    """The item of an id, or the one about the claim of that number, id or visit; PlainError if it is none or several.

    What is open is meant; where nothing is, what was: who is told that it is closed knows where he stands.
    """
    if row := item_by_id(connection, scope, name):
        return row
    places = {claim.place for claim in find_claim(connection, scope, name)}
    query = select(work_items).where(among(connection, work_items.c.claim, places)).order_by(work_items.c.id)
    items = [*connection.execute(query).all()] if places else []
    for tenant in scope.tenants or work_tenants(connection):  # a visit that has no claim
        unbilled = (UNBILLED, work_items.c.tenant == tenant, work_items.c.visit == name)
        items += [row for row in connection.execute(select(work_items).where(*unbilled)).all() if scope.holds(row)]
    found = [each for each in items if each.listed] or items
    if not found:
        named = "worklist --json shows the id of each, by which a payment without a claim is named"
        raise PlainError(f"work item {name}: not here by id, claim or visit; {named}")
    if len(found) > 1:
        said = ", ".join(f"{each.kind} {each.id}" for each in found)
        raise PlainError(f"{name}: {len(found)} things to do; say which by its id: {said}")
    return found[0]


def decisions_about(connection: Connection, scope: Scope, claim_id: str) -> list[dict[str, Any]]:
    """What people decided about what was to do for one claim, oldest first; ``undone``: it was taken back."""
    at = claim_place(connection, claim_id)
    columns = (decisions.c[name] for name in ("place", "time", "actor", "kind", "reason", "fields"))
    query = (
        select(decisions.c.tenant, claims.c.clinic, *columns, work_items.c.id.label("work_id"))
        .join(claims, claims.c.place == decisions.c.about)
        .outerjoin(work_items, work_items.c.place == decisions.c.work)
        .where(decisions.c.about == at)
        .order_by(decisions.c.place)
    )
    names = ("time", "actor", "kind", "reason", "fields", "work_id")
    rows = [row for row in connection.execute(query).all() if scope.holds(row)]
    ids = event_ids(connection, [row.place for row in rows])
    fields = {row.place: json.loads(row.fields) for row in rows}
    undone = {fields[row.place]["decision"] for row in rows if row.kind == "undo"}
    return [
        {name: getattr(row, name) for name in names}
        | {"fields": fields[row.place], "work_id": row.work_id or "", "id": ids[row.place]}
        | {"undone": ids[row.place] in undone}
        for row in rows
    ]


def check_work(connection: Connection, scope: Scope, wanted: Wanted) -> None:
    """PlainError, with the nearest names, for a scope or filter that names nothing known here."""
    check_scope(connection, scope)
    check_days(wanted)
    check_known("kind", wanted.kind, LIKELIHOOD)
    check_payer(connection, scope, wanted)


def work_tenants(connection: Connection) -> list[str]:
    """Tenants of whom there is something to do."""
    return sorted(connection.scalars(select(work_totals.c.tenant).distinct()))


def _fits(connection: Connection, scope: Scope, wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    yield LISTED
    if scope.clinics:
        yield one_of(connection, work_items.c.clinic, scope.clinics)
    yield from _of(connection, work_items, wanted)
    if wanted.since:
        yield work_items.c.day >= wanted.since
    if wanted.until:
        yield and_(work_items.c.day <= wanted.until, work_items.c.day != "")


def _of(connection: Connection, table: Table, wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    if wanted.kind:
        yield table.c.kind == wanted.kind
    if wanted.payer:
        yield one_of(connection, table.c.payer_id, payer_ids(connection, wanted.payer))


def _rows(connection: Connection, found: Sequence[Row[Any]], first: int) -> list[WorkRow]:
    """Rows as they are shown, ranked from ``first``. Days are asked for by the claims of these rows: a server that
    joined the list with them might read all claims for a page.
    """
    columns = (standings.c.place, standings.c.submitted_on, standings.c.answered_on)
    mine = among(connection, standings.c.place, {row.claim for row in found if row.claim})
    days = {row.place: row for row in connection.execute(select(*columns).where(mine))}
    return [
        WorkRow(
            id=row.id,
            patient_control_number=row.patient_control_number,
            kind=row.kind,
            reason=row.reason,
            action=row.action,
            due=row.due,
            recoverable_cents=row.recoverable_cents,
            rank=rank,
            owner=row.owner,
            tenant=row.tenant,
            clinic=row.clinic,
            payer_id=row.payer_id,
            patient_id=row.patient_id,
            visit_id=row.visit,
            date_of_service=row.day,
            submitted_on=days[row.claim].submitted_on if row.claim in days else "",
            last_answer_on=days[row.claim].answered_on if row.claim in days else "",
            of_charge=bool(row.of_charge),
            last_day=row.last_day,
            likelihood_percent=likelihood(row.kind),
            urgency_percent=row.urgency,
            why=why(row.kind, row.recoverable_cents, row.urgency, row.last_day, of_charge=bool(row.of_charge)),
        )
        for rank, row in enumerate(found, first)
    ]
