"""``claims``: the claims of a ledger, listed, exported and found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from claimloom.cli.ledger import note_list, one_tenant, reading, scope_of
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
from claimloom.cli.output import Grid, notes, out, print_json, say_next
from claimloom.cli.row import expected_of, flags_of, variance_of
from claimloom.errors import PlainError
from claimloom.ledger.views.claims import FOUND_AT_MOST, ClaimRow, all_claims, check_wanted, claim_page, search_claims
from claimloom.ledger.views.scope import Page, Wanted
from claimloom.ledger.views.totals import Sum, sums
from schemas.money import usd
from schemas.words import counted

COLUMNS = ("Claim", "Payer", "State", "Flags", "Billed", "Expected", "Paid", "Patient", "Variance")
MONEY = COLUMNS[4:]
ROOM = 125
# Where there is less: what stands above and below each other.
NARROW = (("Claim", "Payer"), ("State", "Flags"), ("Billed", "Expected"), ("Paid", "Patient"), ("Variance",))


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
        found = sums(connection, scope, wanted)
        action = "claims export" if as_json else "claims list"
        if limit == 0 and as_json:
            note_list(data, action, scope, wanted, sum(each.count for each in found), None)
            for row in all_claims(connection, scope, wanted, after):
                print_json(row.json())
            return
        page = claim_page(connection, scope, wanted, Page(limit or ALL, after))
        numbers = [row.patient_control_number for row in page.rows if row.claim_id]
        note_list(data, action, scope, wanted, len(page.rows), numbers)
    if as_json:
        for row in page.rows:
            print_json(row.json())
        say_next(page.next)
        return
    out.grid(_table(page.rows))
    out.print(_foot(found, len(page.rows), page.next))
    say_next(page.next)


def _foot(found: Sequence[Sum], shown: int, following: str) -> str:
    """How many are shown, and what was billed over all of them: of a visit once, and nothing of payments alone."""
    payments = sum(each.count for each in found if each.claimless)
    replaced = sum(each.count for each in found if each.replaced)
    every = sum(each.count for each in found)
    cents = sum(each.billed_cents for each in found if not each.claimless and not each.replaced)
    said = f"{shown} of {_claims(every, payments)}, {usd(cents)} billed"
    for count, words in (
        (replaced, "replaced"),
        (payments, "payment without a claim" if payments == 1 else "payments without a claim"),
    ):
        if count:
            said += f"; {count} {words}, not counted"
    return said + ("; --limit 0 shows all" if following else "")


def _claims(every: int, payments: int) -> str:
    """So many rows by what they are; some of them may be payments without a claim."""
    if every == payments == 1:
        return "1 payment"
    return f"{every:,} claims and payments" if payments else counted(every, "claim")


def _table(rows: Sequence[ClaimRow]) -> Grid:
    """A line a claim where there is room; in a narrow terminal two."""
    wide = out.width >= ROOM
    columns = [(name,) for name in COLUMNS] if wide else NARROW
    right = [at for at, names in enumerate(columns) if names[0] in MONEY]
    folding = [at for at, names in enumerate(columns) if not {"Payer", "State", "Flags"}.isdisjoint(names)]
    grid = Grid(*columns, right=right, folding=folding)
    for row in rows:
        cells = {
            "Claim": row.patient_control_number,
            "Payer": row.payer,
            "State": row.state,
            "Flags": ", ".join(flag for flag in flags_of(row) if flag != row.state),
            "Billed": usd(row.billed_cents),
            "Expected": expected_of(row),
            "Paid": usd(row.paid_cents),
            "Patient": usd(row.patient_responsibility_cents),
            "Variance": variance_of(row),
        }
        grid.add(*([cells[name] for name in names] for names in columns))
    return grid


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
    """Find the claims that a text names. Who looked is noted, and which claims were shown."""
    with reading(data) as connection:
        scope = one_tenant(connection, tenant)
        rows = search_claims(connection, scope, text)
    numbers = [row.patient_control_number for row in rows if row.claim_id]
    note_list(data, "claims find", scope, Wanted(), len(rows), numbers)
    if not rows:
        raise PlainError("no claim of that name or number; names may be cut short at the end, numbers are given whole")
    if as_json:
        for row in rows:
            print_json(row.json())
    else:
        out.grid(_table(rows))
        out.print(_claims(len(rows), sum(not row.claim_id for row in rows)))
    if len(rows) == FOUND_AT_MOST:
        notes.print("more are not shown; say more of the name", soft_wrap=True)
