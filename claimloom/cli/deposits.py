"""``deposits``: what the bank says, beside what the payers say."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from claimloom.accounts.bank_lines import is_statement, read_statement
from claimloom.cli.ledger import note_list, reading, scope_of
from claimloom.cli.options import ALL, After, AsOf, Data, Json, Limit, Tenant, day
from claimloom.cli.output import Grid, notes, out, print_json, say_next
from claimloom.cli.payments import Since, Until
from claimloom.cli.system import opened
from claimloom.cli.totals import dead_in, finish
from claimloom.doors import look
from claimloom.errors import PlainError
from claimloom.ledger.tenants import owner_of
from claimloom.ledger.views.deposits import AwaitedRow, DepositRow, awaited_page, deposit_page
from claimloom.ledger.views.payments import OPEN
from claimloom.ledger.views.scope import Page, Wanted, check_days
from claimloom.ledger.views.totals import check_scope
from schemas.money import usd
from schemas.words import counted

Whose = Annotated[str, typer.Option("--tenant", help="Whose the file is, where several tenants are here.")]
Open = Annotated[bool, typer.Option("--open", help="Only lines without an 835; and 835s without money.")]


def import_deposits(
    file: Path, data: Data = None, tenant: Whose = "", as_of: AsOf = None, as_json: Json = False
) -> None:
    """Read a bank's statement (CSV, BAI2, CAMT.053) and tie its lines to payments; with one bad line nothing of it."""
    start = time.monotonic()
    _look_at(file)
    with opened(data, as_of=as_of) as system:
        with system.engine.connect() as connection:
            owner_of(connection, tenant)
        if system.settings.broker:
            notes.print(f"{system.folder.bring(file, tenant).name}: is in inbound, the workers take it")
            raise typer.Exit(0)
        dead_before = dead_in(system)
        system.folder.bring(file, tenant)
        taken = system.run_until_idle()
        finish(system, taken, start, dead_before, as_json=as_json, totals=False)


def _look_at(file: Path) -> None:
    """PlainError for what is no statement, before it is copied anywhere."""
    try:
        if file.is_dir():
            raise PlainError(f"{file}: is a folder; name a file in it")
        head = look(file)
        if not head.kinds and is_statement(head.first):
            return
        fault = "" if head.kinds else next(iter(read_statement(head.first).faults), "")
    except OSError as error:
        raise PlainError(f"{file}: {error.strerror}") from None
    if head.first.startswith(b"ISA"):
        raise PlainError(f"{file}: this is X12; use claimloom remits import")
    raise PlainError(f"{file}: {fault or 'no statement of a bank (CSV with a line of headers, BAI2 or CAMT.053)'}")


def list_deposits(
    data: Data = None,
    tenant: Tenant = "",
    since: Since = None,
    until: Until = None,
    is_open: Open = False,
    limit: Limit = 50,
    after: After = "",
    as_json: Json = False,
) -> None:
    """List what the bank told, with the payment of each line; and payments whose money did not come."""
    wanted = Wanted(state=OPEN if is_open else "", since=day(since), until=day(until))
    with reading(data) as connection:
        scope = scope_of(tenant, "")
        check_scope(connection, scope)
        check_days(wanted)
        page = deposit_page(connection, scope, wanted, Page(limit or ALL, after))
        awaited = awaited_page(connection, scope, wanted, Page(limit or ALL)) if not after else None
    note_list(data, "deposits list", scope, wanted, len(page.rows), [])
    missing = awaited.rows if awaited else []
    if as_json:
        for said in [*(row.json() for row in page.rows), *(row.json() for row in missing)]:
            print_json(said)
    else:
        out.grid(_lines(page.rows))
        out.print(counted(len(page.rows), "line of the bank", "lines of the bank"))
        if missing:
            out.print()
            out.grid(_awaited(missing))
            more = "; --limit 0 shows all" if awaited and awaited.next else ""
            out.print(f"{counted(len(missing), 'payment')} of which no bank told{more}")
    say_next(page.next)


def _lines(rows: Sequence[DepositRow]) -> Grid:
    grid = Grid("Date", "Amount", "Bank", "Payment", "Why", right=(1,), folding=(2, 4))
    for row in rows:
        said = " ".join(filter(None, (row.trace, row.reference, row.payer, row.description)))
        why = row.why
        if row.payment_amount_cents is not None and row.payment_amount_cents != row.amount_cents:
            why += f"; the 835 says {usd(row.payment_amount_cents)}: ask payer and bank"
        payment = row.trace_number or row.payment_id
        grid.add(row.date, usd(row.amount_cents), said, f"{payment} {row.payment_payer}".strip(), why)
    return grid


def _awaited(rows: Sequence[AwaitedRow]) -> Grid:
    grid = Grid("Date", "Amount", "Payer", "Trace", right=(1,), folding=(2,))
    for row in rows:
        grid.add(row.date, usd(row.amount_cents), row.payer, row.trace_number or row.payment_id)
    return grid
