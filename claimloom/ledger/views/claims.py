"""Claims and their money: a page of them, one by its name, those that a text fits."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from itertools import islice
from operator import attrgetter
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, Select, func, literal_column, select

from claimloom.ledger.books.acknowledgments import acknowledgments
from claimloom.ledger.books.claims import FIRST, claims
from claimloom.ledger.books.decisions import SET_ASIDE
from claimloom.ledger.books.reconciliations import reconciliations
from claimloom.ledger.books.remittances import payments, remittances
from claimloom.ledger.books.standings import CLAIMLESS, FLAGS, flagged, standings
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

ORDER: Final = ("claimless", "day", "number", "place")
# As the index says it, word for word: so it is used.
CLAIMLESS_ROWS: Final[ColumnElement[bool]] = literal_column("standings.claimless") == literal_column("1")
FOUND_AT_MOST: Final = 200
NAME_WORDS: Final = 8
STATES: Final = (
    *("built", "held", "clean", "withdrawn", "superseded", "sent"),
    *("batch_rejected", "syntax_ok", "syntax_rejected", "ch_accepted", "ch_rejected"),
    *("payer_received", "payer_accepted", "payer_rejected", "ack_conflict"),
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
    awaited_cents: int | None = None
    """What it should bring, as long as no answer says what it brings; None afterwards, or where nothing is expected."""
    warned_by: list[str] = field(default_factory=list)
    """Rules that warn of it, as long as that can be heeded."""

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
        asked = select(standings)
        if wanted.flag:
            mine = (flagged.c.tenant == tenant) & (flagged.c.flag == wanted.flag)
            asked = asked.join(flagged, flagged.c.place == standings.c.place).where(mine)
        return asked.where(standings.c.tenant == tenant, *fits)

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
    causes = _causes(connection, [row.outcome for row in found if row.outcome and not row.claimless])
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
            causes=causes.get(row.outcome, []),
            replaced_by=row.replaced_by,
            claim_id=row.claim_id,
            tenant=row.tenant,
            clinic=row.clinic,
            payer_id=row.payer_id,
            patient_id=row.patient_id,
            visit_id=row.visit,
            date_of_service=row.day,
            submitted_on=row.submitted_on,
            last_answer_on=row.answered_on,
            awaited_cents=row.awaited_cents,
            warned_by=[rule for rule in row.warned.split(",") if rule],
        )
        for row in found
    ]


def _causes(connection: Connection, outcomes: Iterable[int]) -> dict[int, list[dict[str, Any]]]:
    query = select(reconciliations.c.place, reconciliations.c.causes)
    rows = connection.execute(query.where(among(connection, reconciliations.c.place, outcomes)))
    return {row.place: json.loads(row.causes) for row in rows}


def find_claim(connection: Connection, scope: Scope, name: str) -> list[Row[Any]]:
    """Claims by control number, claim id or EMR session id; the newest of the first payer last."""
    tenants = among(connection, claims.c.tenant, scope.tenants or tenants_known(connection))
    named = (
        claims.c.claim_id == name,
        claims.c.patient_control_number == name,
        tenants & (claims.c.session_id == name),
    )
    found = {each for condition in named for each in connection.scalars(select(claims.c.place).where(condition))}
    rows = _at(connection, scope, found)
    return sorted(rows, key=lambda row: (row.tenant, row.in_line == FIRST, row.version, row.place))


def claim_place(connection: Connection, claim_id: str) -> int | None:
    """Where the journal has a claim's ``claim-built``: by that everything knows it."""
    return connection.scalar(select(claims.c.place).where(claims.c.claim_id == claim_id))


def rows_of(connection: Connection, scope: Scope, claim_ids: Iterable[str]) -> list[ClaimRow]:
    """The rows of some claims."""
    known = connection.scalars(select(claims.c.place).where(among(connection, claims.c.claim_id, claim_ids)))
    found = _at(connection, scope, set(known))
    return _rows(connection, sorted(found, key=attrgetter("tenant", *ORDER)))


def search_claims(connection: Connection, scope: Scope, text: str) -> list[ClaimRow]:
    """Claims that a text names: the patient's name (its beginning) or id, the visit, the claim's number or the
    payer's, or the number of a check; at most 200, the newest day first. Of a check also what fits no claim.
    """
    tenants = one_of(connection, claims.c.tenant, scope.tenants or tenants_known(connection))
    text = text.strip()
    if not text:
        return []
    direct = [claims.c.session_id == text, claims.c.patient_id == text]
    asked = [select(claims.c.place).where(tenants, each).limit(FOUND_AT_MOST) for each in direct]
    for name in _names(text):
        by_name = (
            select(claims.c.place).where(tenants, begins(claims.c.patient_name, name)).order_by(claims.c.patient_name)
        )
        asked.append(by_name.limit(FOUND_AT_MOST))
    asked.append(select(claims.c.place).where(claims.c.patient_control_number == text))
    of_none = (CLAIMLESS_ROWS, standings.c.number == text)
    asked.append(select(standings.c.place).where(*of_none).limit(FOUND_AT_MOST))
    for table in (acknowledgments, remittances):
        mine = table.c.payer_claim_control_number == text
        asked.append(select(table.c.claim).where(mine, table.c.claim.is_not(None)).limit(FOUND_AT_MOST))
    check = among(connection, payments.c.tenant, scope.tenants or tenants_known(connection))
    by_check = select(payments.c.payment_id).where(check, payments.c.trace_number == text)
    # A payment that fits no claim has a row under the place of the event that said so.
    stands = select(func.coalesce(reconciliations.c.claim, reconciliations.c.place)).join(
        remittances, remittances.c.place == reconciliations.c.remittance
    )
    has_row = reconciliations.c.claim.is_not(None) | reconciliations.c.outcome.in_(CLAIMLESS)
    for told in (remittances.c.payment_id.in_(by_check), remittances.c.payer_claim_control_number == text):
        asked.append(stands.where(told, has_row).limit(FOUND_AT_MOST))
    found = {each for query in asked for each in connection.scalars(query)}
    rows = sorted(_at(connection, scope, found), key=lambda row: (row.number, row.place))
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


def _at(connection: Connection, scope: Scope, places: Iterable[int]) -> list[Row[Any]]:
    """Rows at these places that are in scope. That is looked at here: asked for places and a tenant together, SQLite
    without statistics goes by the tenant and reads all that it has.
    """
    rows = connection.execute(select(standings).where(among(connection, standings.c.place, places)))
    return [row for row in rows if scope.holds(row)]
