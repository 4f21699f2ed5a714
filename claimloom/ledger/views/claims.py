"""Claims and their money: a page of them, one by its name, those that a text fits."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from itertools import islice
from operator import attrgetter
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, Select, func, select, union

from claimloom.ledger.books.acknowledgments import acknowledgments
from claimloom.ledger.books.reconciliations import reconciliations
from claimloom.ledger.books.remittances import payments, remittances
from claimloom.ledger.books.standings import CLAIMLESS, FLAGS, SET_ASIDE, flagged, standings
from claimloom.ledger.database import among, begins
from claimloom.ledger.views.scope import (
    MOST,
    Page,
    Rows,
    Scope,
    Wanted,
    check_days,
    check_known,
    in_order,
    kinds_of,
    one_of,
    read_on,
)
from claimloom.ledger.views.totals import check_payer, check_scope, payer_ids, tenants_known
from schemas.remittance import ClaimReconciled

ORDER: Final = ("claimless", "day", "number", "id")
FOUND_AT_MOST: Final = 200
NAME_WORDS: Final = 8
STATES: Final = (
    *("built", "held", "clean", "superseded", "sent"),
    *("batch_rejected", "syntax_ok", "syntax_rejected", "ch_accepted", "ch_rejected"),
    *("payer_received", "payer_accepted", "payer_rejected"),
    *("paid", "denied", "reversed", *CLAIMLESS, SET_ASIDE),
)


@dataclass(slots=True)
class ClaimRow:
    """A claim and its money, as ``claims list`` and ``claims export`` give it; amounts in cents.

    Of a corrected visit every claim but the last names that one in ``replaced_by``: what was billed, expected and is
    missing counts there, only payments that came count where they were posted.
    """

    patient_control_number: str
    payer: str
    state: str
    flags: list[str]
    billed_cents: int
    expected_paid_cents: int | None
    paid_cents: int
    patient_responsibility_cents: int
    variance_cents: int
    causes: list[dict[str, Any]] = field(default_factory=list)
    replaced_by: str = ""
    claim_id: str = ""
    tenant: str = ""
    clinic: str = ""
    payer_id: str = ""
    patient_id: str = ""
    visit_id: str = ""
    date_of_service: str = ""
    submitted_on: str = ""
    last_answer_on: str = ""

    def json(self) -> dict[str, Any]:
        """The row as the public interface has it."""
        return asdict(self)


def claim_page(connection: Connection, scope: Scope, wanted: Wanted, page: Page) -> Rows[ClaimRow]:
    """Claims in the order of day and number, then payments that fit no claim."""
    query, order = _query(connection, scope, wanted)
    rows, following = read_on(connection, query, scope.tenants or tenants_known(connection), order, page)
    return Rows(_rows(connection, rows), following)


def all_claims(connection: Connection, scope: Scope, wanted: Wanted = Wanted(), after: str = "") -> Iterator[ClaimRow]:
    """The same to the end, for who exports; never more rows in hand than a page of each tenant."""
    query, order = _query(connection, scope, wanted)
    place = Page(after=after).place(kinds_of(order)) if after else None
    rows = in_order(connection, query, scope.tenants or tenants_known(connection), order, place)
    while some := list(islice(rows, MOST)):
        yield from _rows(connection, some)


def _query(connection: Connection, scope: Scope, wanted: Wanted) -> tuple[Callable[[str], Select[Any]], list[Any]]:
    table = flagged if wanted.flag else standings  # few rows have a flag: they are read in the flag's own order
    fits = list(_fits(connection, scope, wanted))

    def query(tenant: str) -> Select[Any]:
        asked = select(standings).where(standings.c.tenant == tenant, *fits)
        if wanted.flag:
            mine = (flagged.c.tenant == tenant) & (flagged.c.flag == wanted.flag)
            asked = asked.join(flagged, flagged.c.id == standings.c.id).where(mine)
        return asked

    return query, [table.c[name] for name in ORDER]


def check_wanted(connection: Connection, scope: Scope, wanted: Wanted) -> None:
    """PlainError, with the nearest names, for a scope or filter that names nothing known here."""
    check_scope(connection, scope)
    check_days(wanted)
    check_known("flag", wanted.flag, FLAGS)
    check_known("state", wanted.state, STATES)
    check_payer(connection, scope, wanted)


def _fits(connection: Connection, scope: Scope, wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    if scope.clinics:
        yield one_of(connection, standings.c.clinic, scope.clinics)
    if scope.clinics or wanted.payer or wanted.since or wanted.until:
        yield standings.c.claimless == 0
    if wanted.state:
        yield standings.c.state == wanted.state
    if wanted.payer:
        yield one_of(connection, standings.c.payer_id, payer_ids(connection, wanted.payer))
    if wanted.since:
        yield standings.c.day >= wanted.since
    if wanted.until:
        yield standings.c.day <= wanted.until


def _rows(connection: Connection, found: Sequence[Row[Any]]) -> list[ClaimRow]:
    causes = _causes(connection, [row.outcome_id for row in found if row.outcome_id and not row.claimless])
    return [
        ClaimRow(
            patient_control_number=row.number,
            payer=row.payer_name,
            state=row.state,
            flags=[flag for flag in row.flags.split(",") if flag],
            billed_cents=row.billed_cents,
            expected_paid_cents=row.expected_cents,
            paid_cents=row.paid_cents,
            patient_responsibility_cents=row.patient_cents,
            variance_cents=row.variance_cents,
            causes=causes.get(row.outcome_id, []),
            replaced_by=row.replaced_by,
            claim_id="" if row.claimless else row.id,
            tenant=row.tenant,
            clinic=row.clinic,
            payer_id=row.payer_id,
            patient_id=row.patient_id,
            visit_id=row.visit,
            date_of_service=row.day,
            submitted_on=row.submitted_on,
            last_answer_on=row.answered_on,
        )
        for row in found
    ]


def _causes(connection: Connection, outcomes: Iterable[str]) -> dict[str, list[dict[str, Any]]]:
    query = select(reconciliations.c.event_id, reconciliations.c.document)
    found = {}
    for row in connection.execute(query.where(among(connection, reconciliations.c.event_id, outcomes))):
        result = ClaimReconciled.model_validate_json(row.document)
        found[row.event_id] = [cause.model_dump(mode="json") for cause in result.causes]
    return found


def find_claim(connection: Connection, scope: Scope, name: str) -> list[Row[Any]]:
    """Claims by control number, claim id or EMR session id; the newest version last."""
    tenants = among(connection, standings.c.tenant, scope.tenants or tenants_known(connection))
    named = union(*(select(standings.c.id).where(column == name) for column in (standings.c.id, standings.c.number)))
    of_visit = select(standings.c.id).where(tenants, standings.c.visit == name)
    ids = {each for query in (named, of_visit) for each in connection.scalars(query)}
    rows = (row for row in _by_ids(connection, scope, ids) if not row.claimless)
    return sorted(rows, key=attrgetter("tenant", "version"))


def rows_of(connection: Connection, scope: Scope, claim_ids: Iterable[str]) -> list[ClaimRow]:
    """The rows of some claims."""
    found = _by_ids(connection, scope, claim_ids)
    return _rows(connection, sorted(found, key=attrgetter("tenant", *ORDER)))


def search_claims(connection: Connection, scope: Scope, text: str) -> list[ClaimRow]:
    """Claims that a text names: the patient's name (its beginning) or id, the visit, the claim's number or the
    payer's, or the number of a check; at most 200, the newest day first. Of a check also what fits no claim.
    """
    tenants = one_of(connection, standings.c.tenant, scope.tenants or tenants_known(connection))
    text = text.strip()
    if not text:
        return []
    direct = [
        standings.c.visit == text,
        standings.c.patient_id == text,
    ]
    ids = [select(standings.c.id).where(tenants, each).limit(FOUND_AT_MOST) for each in direct]
    for name in _names(text):
        by_name = (
            select(standings.c.id)
            .where(tenants, begins(standings.c.patient_name, name))
            .order_by(standings.c.patient_name)
        )
        ids.append(by_name.limit(FOUND_AT_MOST))
    ids.append(select(standings.c.id).where(standings.c.number == text).limit(FOUND_AT_MOST))
    for table in (acknowledgments, remittances):
        mine = table.c.payer_claim_control_number == text
        ids.append(select(table.c.claim_id).where(mine, table.c.claim_id.is_not(None)).limit(FOUND_AT_MOST))
    check = among(connection, payments.c.tenant, scope.tenants or tenants_known(connection))
    by_check = select(payments.c.payment_id).where(check, payments.c.trace_number == text)
    # A payment that fits no claim has a row under the id of the event that said so.
    stands = select(func.coalesce(reconciliations.c.claim_id, reconciliations.c.event_id)).join(
        remittances, remittances.c.event_id == reconciliations.c.remittance_id
    )
    has_row = reconciliations.c.claim_id.is_not(None) | reconciliations.c.outcome.in_(CLAIMLESS)
    for told in (remittances.c.payment_id.in_(by_check), remittances.c.payer_claim_control_number == text):
        ids.append(stands.where(told, has_row).limit(FOUND_AT_MOST))
    found = {each for query in ids for each in connection.scalars(query)}
    rows = sorted(_by_ids(connection, scope, found), key=lambda row: (row.number, row.id))
    rows.sort(key=lambda row: str(row.day), reverse=True)
    return _rows(connection, rows[:FOUND_AT_MOST])


def _names(text: str) -> list[str]:
    """What a text may mean as the beginning of a name: last name first, or the other way round where it has no comma.
    Of several words nobody knows which are the last name.
    """
    name = " ".join(text.casefold().split())
    last, comma, first = name.partition(",")
    found = [text.casefold(), f"{last.strip()}, {first.strip()}" if comma else name]
    words = [] if comma else name.split()[:NAME_WORDS]
    for place in range(1, len(words)):
        before, behind = " ".join(words[:place]), " ".join(words[place:])
        found += [f"{before}, {behind}", f"{behind}, {before}"]
    return list(dict.fromkeys(found))


def _by_ids(connection: Connection, scope: Scope, ids: Iterable[str]) -> list[Row[Any]]:
    """Rows of these ids that are in scope. That is looked at here: asked for ids and a tenant together, SQLite without
    statistics goes by the tenant and reads all that it has.
    """
    rows = connection.execute(select(standings).where(among(connection, standings.c.id, ids))).all()
    return [
        row
        for row in rows
        if (not scope.tenants or row.tenant in scope.tenants) and (not scope.clinics or row.clinic in scope.clinics)
    ]
