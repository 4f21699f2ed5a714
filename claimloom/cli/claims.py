"""``claims``: the claims of a ledger, listed, exported and found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer
from rich.table import Table

from claimloom.cli.ledger import note_reads, one_tenant, reading, scope_of
from claimloom.cli.options import (
    ALL,
    After,
    Clinic,
    Data,
    Flag,
    Json,
    Limit,
    Payer,
    Since,
    State,
    Tenant,
    Until,
    day,
)
from claimloom.cli.output import notes, out, print_json, say_next, visible
from claimloom.cli.row import flags_of, variance_of
from claimloom.errors import PlainError
from claimloom.ledger.views.claims import FOUND_AT_MOST, ClaimRow, all_claims, check_wanted, claim_page, search_claims
from claimloom.ledger.views.scope import Page, Wanted
from claimloom.ledger.views.totals import Sum, sums
from schemas.money import usd

COLUMNS = ("Claim", "Payer", "State", "Flags", "Billed", "Expected", "Paid", "Patient", "Variance")
MONEY = COLUMNS[4:]
ROOM = 125
LEFT_OUT = ("Flags", "Billed", "Patient")


def list_claims(
    data: Data = None,
    tenant: Tenant = "",
    clinic: Clinic = "",
    payer: Payer = "",
    state: State = "",
    flag: Flag = "",
    since: Since = None,
    until: Until = None,
    limit: Limit = 50,
    after: After = "",
    as_json: Json = False,
) -> None:
    """List claims with state, flags and money; payments that fit no claim stand at the end."""
    wanted = Wanted(state=state, flag=flag, payer=payer, since=day(since), until=day(until))
    with reading(data) as connection:
        scope = scope_of(tenant, clinic)
        check_wanted(connection, scope, wanted)
        if limit == 0 and as_json:
            for row in all_claims(connection, scope, wanted, after):
                print_json(row.json())
            return
        page = claim_page(connection, scope, wanted, Page(limit or ALL, after))
        counted = sums(connection, scope, wanted)
    if as_json:
        for row in page.rows:
            print_json(row.json())
        say_next(page.next)
        return
    out.print(_table(page.rows))
    out.print(_foot(counted, len(page.rows), page.next))
    say_next(page.next)


def _foot(counted: Sequence[Sum], shown: int, following: str) -> str:
    """How many are shown, and what was billed over all of them: of a visit once, and nothing of payments alone."""
    payments = sum(each.count for each in counted if each.claimless)
    replaced = sum(each.count for each in counted if each.replaced)
    every = sum(each.count for each in counted)
    cents = sum(each.billed_cents for each in counted if not each.claimless and not each.replaced)
    said = f"{shown} of {every} claims{' and payments' if payments else ''}, {usd(cents)} billed"
    for count, words in ((replaced, "replaced"), (payments, "payments without a claim")):
        if count:
            said += f"; {count} {words}, not counted"
    return said + ("; --limit 0 shows all" if following else "")


def _table(rows: Sequence[ClaimRow]) -> Table:
    """All columns where there is room; in a narrow terminal the ones that say what to look at."""
    wide = out.width >= ROOM
    columns = COLUMNS if wide else tuple(name for name in COLUMNS if name not in LEFT_OUT)
    table = Table(*columns, box=None, pad_edge=False)
    for column in table.columns:
        column.no_wrap = column.header not in ("Payer", "State", "Flags")
        column.justify = "right" if column.header in MONEY else "left"
    for row in rows:
        expected = "" if row.expected_paid_cents is None else usd(row.expected_paid_cents)
        cells = {
            "Claim": visible(row.patient_control_number),
            "Payer": visible(row.payer),
            "State": row.state if wide else "\n".join((row.state, *flags_of(row))),
            "Flags": ", ".join(flags_of(row)),
            "Billed": usd(row.billed_cents),
            "Expected": expected,
            "Paid": usd(row.paid_cents),
            "Patient": usd(row.patient_responsibility_cents),
            "Variance": variance_of(row),
        }
        table.add_row(*(cells[name] for name in columns))
    return table


def export(
    data: Data = None,
    tenant: Tenant = "",
    clinic: Clinic = "",
    payer: Payer = "",
    state: State = "",
    flag: Flag = "",
    since: Since = None,
    until: Until = None,
    limit: Limit = 0,
    after: After = "",
    as_json: Json = True,
) -> None:
    """Print a line of JSON a claim, for other programs; amounts in cents."""
    list_claims(data, tenant, clinic, payer, state, flag, since, until, limit, after, as_json=True)


def find(
    text: Annotated[
        str,
        typer.Argument(help="Patient's name or id, visit id, claim number, payer's number of it, check number."),
    ],
    data: Data = None,
    tenant: Tenant = "",
    as_json: Json = False,
) -> None:
    """Find the claims that a text names. Who looked is noted for each claim that is shown."""
    with reading(data) as connection:
        scope = one_tenant(connection, tenant)
        rows = search_claims(connection, scope, text)
    if not rows:
        raise PlainError("no claim of that name or number; names may be cut short at the end, numbers are given whole")
    note_reads(data, "claims find", [row.claim_id for row in rows if row.claim_id])
    if as_json:
        for row in rows:
            print_json(row.json())
    else:
        out.print(_table(rows))
        alone = any(not row.claim_id for row in rows)
        out.print(f"{len(rows)} claims{' and payments' if alone else ''}")
    if len(rows) == FOUND_AT_MOST:
        notes.print("more are not shown; say more of the name", soft_wrap=True)
