"""Sums over claims: kept, never counted when asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, func, select

from claimloom.ledger.books.claims import FIRST, VOID, claims
from claimloom.ledger.books.decisions import SET_ASIDE
from claimloom.ledger.books.payments import money_totals
from claimloom.ledger.books.standings import CLAIMLESS, SILENT, standings, totals
from claimloom.ledger.books.visits import visit_totals
from claimloom.ledger.database import among
from claimloom.ledger.views.scope import Scope, Wanted, check_known, one_of
from claimloom.ledger.views.self_paid import self_paid_sums, self_paying

ADJUDICATED_STATES: Final = ("paid", "denied", "reversed")
ANSWERED: Final = ("ch_accepted", "payer_received", "payer_accepted", *ADJUDICATED_STATES)
SUMS: Final = ("count", "sent", "billed_cents", "paid_cents", "short_cents", "awaited_cents")


@dataclass(frozen=True, slots=True)
class Sum:
    """Claims that stand alike: how many, how many of them were sent, and their cents."""

    state: str
    flags: tuple[str, ...]
    replaced: bool
    count: int
    sent: int
    billed_cents: int
    paid_cents: int
    short_cents: int
    awaited_cents: int

    @property
    def claimless(self) -> bool:
        """Payments that fit no claim."""
        return self.state in (*CLAIMLESS, SET_ASIDE)


def sums(connection: Connection, scope: Scope, wanted: Wanted = Wanted()) -> list[Sum]:
    """Claims by state, flags, and whether a corrected visit replaced them."""
    payer = payer_ids(connection, wanted.payer) if wanted.payer else []
    if scope.clinics and wanted.payer:
        return _counted(connection, scope, wanted, payer)
    grain: str = "all"
    keys: tuple[str, ...] = ("",)
    if scope.clinics:
        grain, keys = "clinic", scope.clinics
    elif wanted.payer:
        grain, keys = "payer", tuple(payer)
    sums_of = [func.sum(totals.c[name]).label(name) for name in SUMS]
    query = select(totals.c.state, totals.c.flags, totals.c.replaced, *sums_of).where(
        among(connection, totals.c.tenant, scope.tenants or tenants_known(connection)),
        totals.c.grain == grain,
        one_of(connection, totals.c.key, keys or ("",)),
        *_days(totals.c.day, wanted),
        *([totals.c.state.not_in((*CLAIMLESS, SET_ASIDE))] if grain != "all" else []),
    )
    rows = connection.execute(query.group_by(totals.c.state, totals.c.flags, totals.c.replaced))
    return [each for each in map(_sum, rows) if _fits(each, wanted)]


def _counted(connection: Connection, scope: Scope, wanted: Wanted, payer: Sequence[str]) -> list[Sum]:
    """Clinics and a payer together are no sum that is kept: their claims are counted."""
    replaced = (standings.c.replaced_by != "").label("replaced")
    sent = func.count(func.nullif(standings.c.submitted_on, "")).label("sent")
    cents = [func.sum(standings.c[name]).label(name) for name in SUMS[2:]]
    query = select(standings.c.state, standings.c.flags, replaced, func.count().label("count"), sent, *cents).where(
        *scope.of(connection, standings),
        one_of(connection, standings.c.payer_id, payer or ("",)),
        standings.c.claimless == 0,
        *_days(standings.c.day, wanted),
    )
    rows = connection.execute(query.group_by(standings.c.state, standings.c.flags, replaced))
    return [each for each in map(_sum, rows) if _fits(each, wanted)]


def _days(column: ColumnElement[Any], wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    if wanted.since:
        yield column >= wanted.since
    if wanted.until:
        yield column <= wanted.until
    if wanted.since or wanted.until:
        yield column != ""


def _sum(row: Row[Any]) -> Sum:
    flags = tuple(flag for flag in row.flags.split(",") if flag)
    return Sum(row.state, flags, bool(row.replaced), *(int(getattr(row, name) or 0) for name in SUMS))


def _fits(each: Sum, wanted: Wanted) -> bool:
    return (not wanted.state or each.state == wanted.state) and (not wanted.flag or wanted.flag in each.flags)


def summary(connection: Connection, scope: Scope, wanted: Wanted = Wanted()) -> dict[str, int]:
    """Counts and cents of everything in scope, as ``demo`` and ``run`` print it; a visit's dollars count once."""
    found = sums(connection, scope, wanted)
    rows = [each for each in found if not each.claimless]
    own = [each for each in rows if not each.replaced]

    def count(some: Iterable[Sum], flag: str = "", states: Sequence[str] = ()) -> int:
        return sum(
            each.count for each in some if (not flag or flag in each.flags) and (not states or each.state in states)
        )

    visits = select(func.sum(visit_totals.c.count)).where(*scope.of(connection, visit_totals))
    self_pay, self_pay_cents = self_paid_sums(connection, scope)
    return {
        "sessions": int(connection.scalar(visits) or 0),
        "self_pay": self_pay,
        "self_pay_cents": self_pay_cents,
        "claims": count(own),
        "replaced": count(each for each in rows if each.replaced),
        "held": count(own, "held"),
        "warned": count(own, "warned"),
        "submitted": sum(each.sent for each in rows),
        "acknowledged": count(own, states=ANSWERED),
        "rejected": count(own, "rejected"),
        "paid": count(own, states=("paid",)),
        "denied": count(own, "denied"),
        "underpaid": count(own, "underpaid"),
        "overpaid": count(own, "overpaid"),
        "suspense": count(found, "suspense"),
        "unmatched": count(found, "unmatched"),
        "billed_cents": sum(each.billed_cents for each in own),
        "paid_cents": sum(each.paid_cents for each in rows),
        "underpaid_cents": sum(-each.short_cents for each in own if "underpaid" in each.flags),
        "provider_level_cents": _provider_level(connection, scope),
        "awaited_cents": sum(each.awaited_cents for each in own),
    }


def _provider_level(connection: Connection, scope: Scope) -> int:
    """What payers took (less than zero) and gave beside all claims; of no clinic."""
    query = select(func.sum(money_totals.c.provider_level_cents))
    if scope.tenants:
        query = query.where(one_of(connection, money_totals.c.tenant, scope.tenants))
    return 0 if scope.clinics else int(connection.scalar(query) or 0)


@dataclass(frozen=True, slots=True)
class Awaited:
    """What the claims of a payer should bring that nobody has answered yet; None: nothing is known to expect of it."""

    payer_id: str
    payer: str
    awaited_cents: int | None

    def json(self) -> dict[str, Any]:
        """For programs."""
        return asdict(self)


def awaited_by_payer(connection: Connection, scope: Scope) -> list[Awaited]:
    """Payers of whom money is awaited, the most first, then those of whom nothing is known to expect."""
    if scope.clinics:
        cents = func.sum(standings.c.awaited_cents)
        query = select(standings.c.payer_id, cents).where(*scope.of(connection, standings), standings.c.claimless == 0)
        query = query.group_by(standings.c.payer_id)
    else:
        tenants = among(connection, totals.c.tenant, scope.tenants or tenants_known(connection))
        query = select(totals.c.key, func.sum(totals.c.awaited_cents)).where(tenants, totals.c.grain == "payer")
        query = query.group_by(totals.c.key)
    found: dict[str, int | None] = {payer_id: int(cents) for payer_id, cents in connection.execute(query) if cents}
    for payer_id in payers_without_fees(connection, scope):
        found.setdefault(payer_id, None)
    names: dict[str, str] = {}
    for payer_id, name in sorted(payers_named(connection, scope)) if found else ():
        names.setdefault(payer_id, name)
    rows = [Awaited(payer_id, names.get(payer_id) or payer_id, cents) for payer_id, cents in found.items()]
    return sorted(rows, key=lambda row: (row.awaited_cents is None, -(row.awaited_cents or 0), row.payer_id))


def dollars_by_state(connection: Connection, scope: Scope) -> dict[str, tuple[int, int, int]]:
    """For each state: claims, billed and paid cents; payments that fit no claim stand under their own.

    Claims that were sent and then replaced stand under ``replaced``, so that the other states count a visit once.
    """
    found: dict[str, tuple[int, int, int]] = {}
    for each in sums(connection, scope):
        state = "replaced" if each.replaced and each.state != "superseded" else each.state
        count, billed, paid = found.get(state, (0, 0, 0))
        found[state] = (count + each.count, billed + each.billed_cents, paid + each.paid_cents)
    return found


def silent_days(connection: Connection, scope: Scope, today: date) -> dict[str, int]:
    """By payer: days since the oldest claim was sent that nobody has answered in any way, 0 if there is none.

    A payer whose claims name it differently stands there under each name that waits.
    """
    found: dict[str, int] = {}
    name, oldest = func.min(standings.c.payer_name), func.min(standings.c.submitted_on)
    for tenant in scope.tenants or tenants_known(connection):
        found |= {payer: found.get(payer, 0) for _, payer in payers_named(connection, Scope((tenant,)))}
        mine, payer = standings.c.tenant == tenant, ""
        # By steps into the index, as ``tenants_known``.
        while payer := connection.scalar(select(name).where(mine, SILENT, standings.c.payer_name > payer)) or "":
            sent = connection.scalar(select(oldest).where(mine, SILENT, standings.c.payer_name == payer))
            found[payer] = max(found.get(payer, 0), (today - date.fromisoformat(str(sent))).days)
    return found


def tenants_known(connection: Connection) -> list[str]:
    """All tenants of whom there is anything, found by as many steps into the index as there are tenants."""
    found: list[str] = []
    last: str | None = ""
    while (last := connection.scalar(select(func.min(totals.c.tenant)).where(totals.c.tenant > last))) is not None:
        found.append(last)
    return found


def clinics_known(connection: Connection, scope: Scope) -> list[str]:
    """Clinics that have claims."""
    return sorted(_keys(connection, scope, "clinic"))


def _keys(connection: Connection, scope: Scope, grain: str) -> set[str]:
    """By steps into the index, as ``tenants_known``."""
    found: set[str] = set()
    for tenant in scope.tenants or tenants_known(connection):
        mine = (totals.c.tenant == tenant) & (totals.c.grain == grain)
        last: str | None = ""
        while (last := connection.scalar(select(func.min(totals.c.key)).where(mine, totals.c.key > last))) is not None:
            found.add(last)
    return found


def payers_named(connection: Connection, scope: Scope) -> set[tuple[str, str]]:
    """Payers that have claims, each as id and name; a name is that of one of its claims."""
    found = set()
    for tenant in scope.tenants or tenants_known(connection):
        for payer_id in _keys(connection, Scope((tenant,)), "payer"):
            mine = (standings.c.tenant == tenant) & (standings.c.payer_id == payer_id)
            # In the order of an index: without one a server may look for the first through the whole table.
            order = (standings.c[name] for name in ("claimless", "day", "number", "place"))
            name = connection.scalar(select(standings.c.payer_name).where(mine).order_by(*order).limit(1))
            found.add((payer_id, name or ""))
    return found


def payers_without_fees(connection: Connection, scope: Scope) -> list[str]:
    """Ids of payers of whose newest claim nothing could be expected: no contract, and no fees of their class."""
    found = set()
    for tenant in scope.tenants or tenants_known(connection):
        for payer_id in _keys(connection, Scope((tenant,)), "payer"):
            mine = (standings.c.tenant == tenant) & (standings.c.payer_id == payer_id) & (standings.c.claimless == 0)
            # What a later payer owes rests on the one before it, and a void asks for nothing.
            by_itself = (claims.c.in_line == FIRST) & (claims.c.frequency != VOID)
            order = (standings.c[name].desc() for name in ("claimless", "day", "number", "place"))
            query = select(claims.c.expected_allowed_cents).join(standings, standings.c.place == claims.c.place)
            newest = connection.execute(query.where(mine, by_itself).order_by(*order).limit(1)).first()
            if newest is not None and newest.expected_allowed_cents is None:
                found.add(payer_id)
    return sorted(found)


def payer_ids(connection: Connection, payer: str) -> list[str]:
    """The ids of a payer that is given by id or by name; itself if there is none."""
    return sorted({each for each, name in payers_named(connection, Scope()) if payer in (each, name)}) or [payer]


def check_scope(connection: Connection, scope: Scope) -> None:
    """PlainError, with the nearest names, for a tenant or clinic of which nothing is known."""
    if not scope.tenants and not scope.clinics:
        return
    tenants, clinics = self_paying(connection, Scope(scope.tenants))  # they may have no claim
    for tenant in scope.tenants:
        check_known("tenant", tenant, sorted({*tenants_known(connection), *tenants}))
    for clinic in scope.clinics:
        check_known("clinic", clinic, sorted({*clinics_known(connection, scope), *clinics}))


def check_payer(connection: Connection, scope: Scope, wanted: Wanted) -> None:
    """PlainError, with the nearest names, for a payer that has no claims here."""
    if wanted.payer:
        check_known("payer", wanted.payer, (name for pair in sorted(payers_named(connection, scope)) for name in pair))
