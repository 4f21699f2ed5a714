"""Views: each takes a scope, pages give every row once and in order, lists and sums agree, and nothing is read whole.

Over two tenants whose days interleave, on SQLite and on PostgreSQL.
"""

from __future__ import annotations

import importlib
import inspect
import itertools
import json
import os
import pkgutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.exc import DBAPIError

from claimloom.desk.decide import Decision
from claimloom.errors import PlainError
from claimloom.ledger import views
from claimloom.ledger.books.claims import claims
from claimloom.ledger.books.standings import FLAGS, standings
from claimloom.ledger.database import beginning, open_engine, open_reader
from claimloom.ledger.migration import migrate
from claimloom.ledger.views.accounts import BY, accounts_of, balances, trial_balance
from claimloom.ledger.views.claims import (
    STATES,
    all_claims,
    check_wanted,
    claim_page,
    claim_place,
    find_claim,
    rows_of,
    search_claims,
)
from claimloom.ledger.views.deposits import awaited_page, deposit_page, deposits_of
from claimloom.ledger.views.held import held_reasons
from claimloom.ledger.views.letters import dead_letter_count, dead_letter_rows, named_letters
from claimloom.ledger.views.payments import (
    check_payments,
    find_payments,
    open_pairs,
    parts_of,
    payers_paying,
    payment_page,
    payment_sums,
)
from claimloom.ledger.views.reviews import reviews
from claimloom.ledger.views.scope import EVERYTHING, Page, Scope, Wanted
from claimloom.ledger.views.self_paid import self_paid_page, self_paid_sums, self_paid_visits, self_paying
from claimloom.ledger.views.shortfalls import GRAINS, drifts, underpaid
from claimloom.ledger.views.story import claims_of_event, event_by_id, events_of
from claimloom.ledger.views.totals import (
    awaited_by_payer,
    check_payer,
    check_scope,
    clinics_known,
    dollars_by_state,
    payer_ids,
    payers_named,
    payers_without_fees,
    silent_days,
    summary,
    sums,
    tenants_known,
)
from claimloom.ledger.views.worklist import (
    by_kind,
    check_work,
    decisions_about,
    due_by,
    item_by_id,
    items_of,
    named_item,
    work_page,
    work_tenants,
    work_total,
)
from claimloom.sandbox.visits import make_visits
from claimloom.settings import Settings
from claimloom.system import System
from tests.ledger.growing import grow
from tests.runtime import contract
from tests.runtime.test_contract import InProcess
from tests.sessions import visit
from tools.local import new_database

SEED: Final = 14
TENANTS: Final = ("demo", "other")
ALL: Final = 1_000_000
# What takes no scope, and why.
WITHOUT_SCOPE: Final = {
    "accounts.age_of": "names the days between two in hand",
    "scope.cursor": "a place in a list, of values in hand",
    "scope.one_of": "a condition on a column",
    "scope.in_order": "reads what a view asks, tenant by tenant",
    "scope.read_on": "the same, a page of it",
    "scope.check_known": "compares names in hand",
    "scope.check_days": "compares days in hand",
    "scope.kinds_of": "what stands in columns",
    "totals.tenants_known": "says which scopes there are",
    "totals.payer_ids": "what a name of a payer stands for, of whichever tenant",
    "worklist.work_tenants": "says which scopes there are",
    "story.claims_of_event": "ids for the note of who looks at an event that one may see",
    "claims.claim_place": "a number, that says nothing of the claim",
}


def functions() -> Iterator[tuple[str, Callable[..., Any]]]:
    for module in pkgutil.iter_modules(views.__path__):
        loaded = importlib.import_module(f"{views.__name__}.{module.name}")
        for name, each in inspect.getmembers(loaded, inspect.isfunction):
            if each.__module__ == loaded.__name__ and not name.startswith("_"):
                yield f"{module.name}.{name}", each


def test_every_view_takes_a_scope() -> None:
    without = {
        name
        for name, each in functions()
        if str((found := inspect.signature(each).parameters.get("scope")) and found.annotation) != "Scope"
    }
    assert without == set(WITHOUT_SCOPE)


def filled(folder: Path, db: str = "") -> System:
    """Two tenants: the whole way of the first, and the visits of the second among its days, some held; one note."""
    made = InProcess(folder, db)
    contract.whole_way(made, list(make_visits(SEED, 16, contract.DAY)), SEED)
    others = [each.visit | {"tenant": "other"} for each in make_visits(SEED + 1, 14, contract.DAY)]
    made.deliver({"other.jsonl": "".join(json.dumps(each) + "\n" for each in others).encode()})
    paying = visit(session_id="PAYING", self_pay=True, coverages=[]).model_dump(mode="json")
    paid = [paying, paying | {"tenant": "other"}, paying | {"session_id": "PAYING-2"}]
    made.deliver({"paying.jsonl": "".join(json.dumps(each) + "\n" for each in paid).encode()})
    with made.system.engine.connect() as connection:
        item = work_page(connection, EVERYTHING, Wanted(), Page(1)).rows[0]
    said = Decision("note", "anna", "noted", made.system.now(), "asked the payer")
    made.system.decide(EVERYTHING, item.id, said)
    made.system.run_until_idle()
    return made.system


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.server)])
def ledger(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    url = ""
    if request.param == "postgresql":
        url = new_database(request.getfixturevalue("postgres"), psycopg)
        engine = open_engine(url)
        migrate(engine)
        engine.dispose()
    system = filled(tmp_path_factory.mktemp("views"), url)
    yield system
    system.close()


@pytest.fixture
def reader(ledger: System) -> Iterator[Connection]:
    engine = open_reader(ledger.settings.database_url)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


SCOPES: Final = (EVERYTHING, Scope(("demo",)), Scope(("other",)), Scope(TENANTS), Scope(("demo",), ("riverside",)))
WANTED: Final = (
    Wanted(),
    Wanted(state="paid"),
    Wanted(flag="underpaid"),
    Wanted(flag="held"),
    Wanted(payer="06102"),
    Wanted(since="2026-11-10"),
    Wanted(since="2026-11-05", until="2026-11-12", payer="06102"),
    Wanted(state="held", flag="held"),
)


@pytest.mark.parametrize("size", [1, 3, 7])
def test_pages_of_claims_give_every_row_once_and_in_order(reader: Connection, size: int) -> None:
    for scope, wanted in itertools.product(SCOPES, WANTED):
        whole = list(all_claims(reader, scope, wanted))
        walked, page = [], Page(size)
        while True:
            found = claim_page(reader, scope, wanted, page)
            assert len(found.rows) <= size
            walked += found.rows
            if not found.next:
                break
            page = Page(size, found.next)
        assert walked == whole, (scope, wanted)
        order = [(row.state in ("unmatched", "suspense") and not row.claim_id, row.date_of_service) for row in whole]
        assert order == sorted(order)
        assert len({(row.claim_id, row.patient_control_number) for row in whole}) == len(whole)
    days = [(row.date_of_service, row.tenant) for row in all_claims(reader, EVERYTHING)]
    assert len([1 for one, next_one in itertools.pairwise(days) if one[1] != next_one[1]]) > 3  # they interleave


@pytest.mark.parametrize("size", [1, 4])
def test_pages_of_work_give_every_row_once_and_in_order(reader: Connection, size: int) -> None:
    some = (Wanted(), Wanted(kind="held"), Wanted(payer="06102"), Wanted(until="2026-11-12"), Wanted(kind="denied"))
    for scope, wanted in itertools.product(SCOPES, some):
        whole = work_page(reader, scope, wanted, Page(ALL)).rows
        walked, page = [], Page(size)
        while True:
            found = work_page(reader, scope, wanted, page)
            walked += found.rows
            if not found.next:
                break
            page = Page(size, found.next)
        assert walked == whole, (scope, wanted)
        assert [row.rank for row in whole] == list(range(1, len(whole) + 1))


day = st.dates(date(2026, 10, 20), date(2026, 11, 25)).map(str) | st.just("")


@given(
    scope=st.builds(
        Scope,
        st.sampled_from([(), ("demo",), ("other",), TENANTS]),
        st.sampled_from([(), ("riverside",), ("prairie",), ("riverside", "prairie")]),
    ),
    wanted=st.builds(
        Wanted,
        state=st.sampled_from(["", "", *STATES]),
        flag=st.sampled_from(["", "", *FLAGS]),
        payer=st.sampled_from(["", "", "06102", "77777", "MEDICARE PART B IL"]),
        since=day,
        until=day,
    ),
    kind=st.sampled_from(["", "held", "denied", "suspense", "underpaid"]),
)
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_sum_is_that_of_the_list_behind_it(reader: Connection, scope: Scope, wanted: Wanted, kind: str) -> None:
    rows = list(all_claims(reader, scope, wanted))
    counted = sums(reader, scope, wanted)
    assert sum(each.count for each in counted) == len(rows)
    assert sum(each.billed_cents for each in counted) == sum(row.billed_cents for row in rows)
    assert sum(each.paid_cents for each in counted) == sum(row.paid_cents for row in rows)
    assert sum(each.sent for each in counted) == sum(bool(row.submitted_on) for row in rows)
    assert sum(each.awaited_cents for each in counted) == sum(row.awaited_cents or 0 for row in rows)
    shown = replace(wanted, state="", flag="", kind=kind)
    work = work_page(reader, scope, shown, Page(ALL)).rows
    assert work_total(reader, scope, shown) == (len(work), sum(row.recoverable_cents for row in work))


@pytest.mark.parametrize("scope", SCOPES)
def test_what_is_awaited_of_payers_is_that_of_their_claims(reader: Connection, scope: Scope) -> None:
    rows = [row for row in all_claims(reader, scope) if row.claim_id]
    told = awaited_by_payer(reader, scope)
    for each in told:
        of_payer = [row.awaited_cents for row in rows if row.payer_id == each.payer_id]
        assert each.awaited_cents == sum(filter(None, of_payer))
    known = {row.payer_id for row in rows if row.awaited_cents}
    assert known == {each.payer_id for each in told}
    assert sum(each.awaited_cents or 0 for each in told) == summary(reader, scope)["awaited_cents"] > 0


@pytest.mark.parametrize("size", [1, 2, 5])
def test_pages_of_visits_that_patients_pay_give_every_one_once(reader: Connection, size: int) -> None:
    for scope in SCOPES:
        whole = self_paid_page(reader, scope, Page(ALL)).rows
        walked, page = [], Page(size)
        while (found := self_paid_page(reader, scope, page)).next:
            walked += found.rows
            page = Page(size, found.next)
        assert walked + found.rows == whole, scope
        assert self_paid_sums(reader, scope) == (len(whole), sum(each.charge_cents for each in whole))
    assert [len(self_paid_page(reader, scope, Page()).rows) for scope in SCOPES] == [3, 2, 1, 3, 2]


def test_the_summary_is_that_of_the_scope(reader: Connection) -> None:
    whole = summary(reader, EVERYTHING)
    parts = [summary(reader, Scope((tenant,))) for tenant in TENANTS]
    assert {name: sum(part[name] for part in parts) for name in whole} == whole
    assert whole["sessions"] > parts[0]["sessions"] > 0


def test_a_number_cut_short_is_found_in_its_tenant_alone(reader: Connection) -> None:
    by_tenant = {row.tenant: row for row in reader.execute(select(claims).order_by(claims.c.patient_control_number))}
    one, other = (by_tenant[tenant] for tenant in TENANTS)
    column = claims.c.patient_control_number

    def found(start: str, tenant: str) -> set[str]:
        return {row.patient_control_number for row in beginning(reader, claims, column, start, tenant)}

    for row, foreign in ((one, other.tenant), (other, one.tenant)):
        number = row.patient_control_number
        assert number in found(number[:10], row.tenant)
        assert found(number, row.tenant) == {number}
        assert found(number[:10], foreign) == set()
        assert found(f"{number[:9]}_", row.tenant) == found(f"{number[:9]}%", row.tenant) == set()


def test_a_payer_that_claims_name_differently_keeps_silent_under_each_name(tmp_path: Path) -> None:
    system = System(Settings(tmp_path, as_of=contract.DAY, quiet_seconds=0))
    made = [visit(session_id=f"S-{name}").model_dump(mode="json") for name in ("A", "B")]
    made[1]["coverages"][0]["payer_name"] = "MEDICARE B"
    made[1]["date_of_service"] = "2026-11-17"
    (tmp_path / "inbound" / "visits.jsonl").write_text("".join(json.dumps(each) + "\n" for each in made))
    system.run_until_idle()
    with system.engine.connect() as connection:
        found = silent_days(connection, EVERYTHING, contract.DAY + timedelta(days=9))
    system.close()
    assert found == {"MEDICARE PART B IL": 9, "MEDICARE B": 9}


# A clinic and a payer together are no sum that is kept: over a year and a day's grain that would be a row a claim.
COUNTED: Final = "sums of a clinic and a payer"


def no_letter(connection: Connection, scope: Scope, name: str) -> None:
    """Nothing was given up here."""
    with pytest.raises(PlainError, match="not here, or mended"):
        named_letters(connection, scope, name)


def _is_alone(connection: Connection, visit: str) -> bool:
    """Whether one thing is to do about a visit, and so the visit names it."""
    try:
        return named_item(connection, EVERYTHING, visit).visit == visit
    except PlainError:
        return False


def asked(connection: Connection) -> list[tuple[str, Callable[[], Any]]]:
    """Every view, asked as commands ask it."""
    first = next(row for row in all_claims(connection, EVERYTHING) if row.claim_id)
    listed = work_page(connection, EVERYTHING, Wanted(), Page(200)).rows
    item = next(each for each in listed if each.visit_id and _is_alone(connection, each.visit_id))
    first_event = events_of(connection, EVERYTHING, first.claim_id)[0].id
    payment = payment_page(connection, EVERYTHING, Wanted(), Page(1)).rows[0]
    of_payments = (Wanted(), Wanted(state="open"), Wanted(payer=payment.payer), Wanted(since="2026-11-10"))
    found: list[tuple[str, Callable[[], Any]]] = []
    for scope, wanted in itertools.product(SCOPES, WANTED):
        found.append(("claim_page", partial(claim_page, connection, scope, wanted, Page(5))))
        both = scope.clinics and wanted.payer
        found.append((COUNTED if both else "sums", partial(sums, connection, scope, wanted)))
    for scope in SCOPES:
        for wanted in (Wanted(), Wanted(kind="held"), Wanted(payer="06102"), Wanted(kind="held", payer="06102")):
            found.append(("work_page", partial(work_page, connection, scope, wanted, Page(5))))
            found.append(("work_total", partial(work_total, connection, scope, wanted)))
        for name in (first.claim_id, first.patient_control_number, first.visit_id):
            found.append(("find_claim", partial(find_claim, connection, scope, name)))
        for name in (first.patient_id, "ell", "paul ellis", first.visit_id):
            found.append(("search_claims", partial(search_claims, connection, scope, name)))
        for wanted in (Wanted(), Wanted(state="open"), Wanted(since="2026-11-10")):
            found.append(("deposit_page", partial(deposit_page, connection, scope, wanted, Page(5))))
            found.append(("awaited_page", partial(awaited_page, connection, scope, wanted, Page(5))))
        for wanted in of_payments:
            found.append(("payment_page", partial(payment_page, connection, scope, wanted, Page(5))))
        found += [
            ("accounts_of", partial(accounts_of, connection, scope, first.visit_id)),
            ("trial_balance", partial(trial_balance, connection, scope)),
            *(("balances", partial(balances, connection, scope, contract.DAY, by)) for by in BY),
            ("deposits_of", partial(deposits_of, connection, scope, [payment.payment_id])),
            ("payment_sums", partial(payment_sums, connection, scope)),
            ("find_payments", partial(find_payments, connection, scope, payment.trace_number)),
            ("parts_of", partial(parts_of, connection, scope, payment.payment_id)),
            ("open_pairs", partial(open_pairs, connection, scope)),
            ("payers_paying", partial(payers_paying, connection, scope)),
            ("rows_of", partial(rows_of, connection, scope, [first.claim_id])),
            ("claim_place", partial(claim_place, connection, first.claim_id)),
            ("items_of", partial(items_of, connection, scope, first.claim_id)),
            ("item_by_id", partial(item_by_id, connection, scope, item.id)),
            ("named_item", partial(named_item, connection, Scope(), item.visit_id)),
            ("events_of", partial(events_of, connection, scope, first.claim_id)),
            ("event_by_id", partial(event_by_id, connection, scope, first.claim_id)),
            ("claims_of_event", partial(claims_of_event, connection, str(first_event))),
            ("by_kind", partial(by_kind, connection, scope)),
            ("due_by", partial(due_by, connection, scope, ["held"], "2026-12-01")),
            ("self_paid_sums", partial(self_paid_sums, connection, scope)),
            ("self_paying", partial(self_paying, connection, scope)),
            ("self_paid_visits", partial(self_paid_visits, connection, scope, "PAYING")),
            ("self_paid_page", partial(self_paid_page, connection, scope, Page(5))),
            ("summary", partial(summary, connection, scope)),
            ("dollars_by_state", partial(dollars_by_state, connection, scope)),
            ("decisions_about", partial(decisions_about, connection, scope, str(first.claim_id))),
            ("underpaid", partial(underpaid, connection, scope, Wanted(since="2026-01-01"), GRAINS)),
            ("drifts", partial(drifts, connection, scope, contract.DAY)),
            ("held_reasons", partial(held_reasons, connection, scope)),
            ("reviews", partial(reviews, connection, scope)),
            ("silent_days", partial(silent_days, connection, scope, contract.DAY)),
            ("payers_named", partial(payers_named, connection, scope)),
            ("payers_without_fees", partial(payers_without_fees, connection, scope)),
            (COUNTED if scope.clinics else "awaited_by_payer", partial(awaited_by_payer, connection, scope)),
            ("dead_letter_rows", partial(dead_letter_rows, connection, scope)),
            ("dead_letter_count", partial(dead_letter_count, connection, scope)),
            ("named_letters", partial(no_letter, connection, scope, str(first_event))),
        ]
    of_payer = Wanted(payer="06102")
    return [
        *found,
        ("check_payments", partial(check_payments, connection, EVERYTHING, Wanted(payer=payment.payer))),
        ("check_wanted", partial(check_wanted, connection, EVERYTHING, of_payer)),
        ("check_work", partial(check_work, connection, EVERYTHING, of_payer)),
        ("check_scope", partial(check_scope, connection, SCOPES[-1])),
        ("check_payer", partial(check_payer, connection, EVERYTHING, of_payer)),
        ("clinics_known", partial(clinics_known, connection, EVERYTHING)),
        ("payer_ids", partial(payer_ids, connection, "MEDICARE PART B IL")),
        ("tenants_known", partial(tenants_known, connection)),
        ("work_tenants", partial(work_tenants, connection)),
    ]


# Read all that there is on purpose, or what another view asks.
NOT_ASKED: Final = {"claims.all_claims", "scope.in_order", "scope.read_on", "scope.one_of"}


def test_every_view_is_asked(reader: Connection) -> None:
    known = {name for name, _ in asked(reader)}
    asking = {name for name, each in functions() if "connection" in inspect.signature(each).parameters}
    assert {name for name in asking if name.partition(".")[2] not in known} == NOT_ASKED


def instructions(reader: Engine) -> dict[str, int]:
    """What each view takes of SQLite: thousands of instructions of its machine, of which a row read takes some ten."""
    found: dict[str, int] = {}
    with reader.connect() as connection:
        for name, ask in asked(connection):
            ticks = itertools.count()
            connection.connection.driver_connection.set_progress_handler(lambda: next(ticks) * 0, 1000)  # noqa: B023
            ask()
            connection.connection.driver_connection.set_progress_handler(None, 0)
            found[name] = max(found.get(name, 0), next(ticks))
    return found


def test_without_statistics_no_view_reads_more_in_a_larger_ledger(tmp_path: Path) -> None:
    """SQLite guesses then, and nobody tells a small clinic to run ANALYZE."""
    system = filled(tmp_path, "")
    reader = open_reader(system.settings.database_url)
    small = instructions(reader)
    reader.dispose()
    grow(system.engine, 100)
    reader = open_reader(system.settings.database_url)
    large = instructions(reader)
    reader.dispose()
    system.close()
    more = {name: (small[name], large[name]) for name in large if large[name] > 2 * small[name] + 20}
    # What was short in some days is added up when it is asked for: a report.
    assert more.keys() <= {COUNTED, "underpaid"}, more


def test_a_reader_beside_a_writer_does_not_wait_and_sees_one_moment(ledger: System, reader: Connection) -> None:
    count = select(func.count()).select_from(standings)
    first = summary(reader, EVERYTHING), reader.scalar(count)
    answered = threading.Event()
    with ledger.engine.begin() as writer:
        writer.execute(standings.update().values(clinic=standings.c.clinic))  # its lock is held
        other = open_reader(ledger.settings.database_url)
        with other.connect() as another:

            def ask(asking: Connection = another) -> None:
                summary(asking, EVERYTHING)
                answered.set()

            thread = threading.Thread(target=ask)
            thread.start()
            assert answered.wait(5)
            thread.join()
        other.dispose()
    more = make_visits(SEED + 2, 3, contract.DAY)
    said = "".join(json.dumps(each.visit | {"session_id": f"{each.visit['session_id']}-late"}) + "\n" for each in more)
    (ledger.settings.data / "inbound" / "late.jsonl").write_text(said)
    ledger.run_until_idle()
    assert (summary(reader, EVERYTHING), reader.scalar(count)) == first
    fresh = open_reader(ledger.settings.database_url)
    with fresh.connect() as connection:
        assert connection.scalar(count) == first[1] + 3  # type: ignore[operator]
    fresh.dispose()


def test_a_reader_cannot_write(reader: Connection) -> None:
    with pytest.raises(DBAPIError, match=r"readonly|read-only"):
        reader.execute(standings.delete())


@pytest.mark.process
def test_lists_are_given_beside_an_open_reader_and_an_open_writer(ledger: System, reader: Connection) -> None:
    """What is read waits for nobody. That it was read is written down before it is shown, and on SQLite one writes at a
    time: there a list comes when the writer ends.
    """
    summary(reader, EVERYTHING)
    environment = {"CLAIMLOOM_DATA": str(ledger.settings.data), "CLAIMLOOM_DB": ledger.settings.db}
    called = [sys.executable, "-m", "claimloom", "worklist", "--json"]
    with ledger.engine.begin() as writer:
        writer.execute(standings.update().values(clinic=standings.c.clinic))
        lists = [subprocess.Popen(called, env=os.environ | environment, stdout=subprocess.PIPE) for _ in range(2)]
        if ledger.engine.dialect.name != "sqlite":
            for each in lists:
                each.wait(60)
    shown = [each.communicate(timeout=60)[0] for each in lists]
    assert [each.returncode for each in lists] == [0, 0]
    assert shown[0] == shown[1] != b""
