"""``payments``: what came, and where every cent of it went."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Final

import typer

from claimloom.cli.ledger import note_list, reading, scope_of
from claimloom.cli.options import ALL, After, Data, Json, Limit, Tenant, day
from claimloom.cli.output import Grid, Styled, out, print_json, say_next
from claimloom.errors import PlainError
from claimloom.ledger.views.deposits import deposits_of
from claimloom.ledger.views.payments import (
    OPEN,
    PARTS,
    LevelRow,
    PaymentPart,
    PaymentRow,
    PaymentSums,
    check_payments,
    find_payments,
    open_pairs,
    parts_of,
    payment_page,
    payment_sums,
)
from claimloom.ledger.views.scope import Page, Scope, Wanted
from claimloom.ledger.views.totals import check_scope
from schemas.money import usd
from schemas.words import counted

Payer = Annotated[str, typer.Option("--payer", help="Only of this payer, by its id or name in the 835.")]
Since = Annotated[
    datetime | None, typer.Option("--from", "--since", formats=["%Y-%m-%d"], help="First day of payment.")
]
Until = Annotated[datetime | None, typer.Option("--to", "--until", formats=["%Y-%m-%d"], help="Last day of payment.")]
Open = Annotated[bool, typer.Option("--open", help="Only those of which something waits for a person or a payment.")]
COLUMNS: Final = (
    "Date",
    "Payer",
    "Trace",
    "Amount",
    "Posted",
    "Provider level",
    "Suspense",
    "Unmatched",
    "Deposit",
    "Waits",
)
OUTCOMES: Final = {
    "suspense": "in suspense, does not balance",
    "unmatched": "of a claim that is not here",
    "provider_level": "at provider level",
    "matched": "at provider level",
    "duplicate": "told again, not posted",
    "information": "nothing to post",
}


def list_payments(
    data: Data = None,
    tenant: Tenant = "",
    payer: Payer = "",
    since: Since = None,
    until: Until = None,
    is_open: Open = False,
    limit: Limit = 50,
    after: After = "",
    as_json: Json = False,
) -> None:
    """List payments: what each brought, and where every cent of it went."""
    wanted = Wanted(state=OPEN if is_open else "", payer=payer, since=day(since), until=day(until))
    with reading(data) as connection:
        scope = scope_of(tenant, "")
        check_scope(connection, scope)
        check_payments(connection, scope, wanted)
        page = payment_page(connection, scope, wanted, Page(limit or ALL, after))
        sums = payment_sums(connection, scope)
        uneven = open_pairs(connection, scope)
    numbers = [each.patient_control_number for row in page.rows for each in row.provider_level]
    note_list(data, "payments list", scope, wanted, len(page.rows), [each for each in numbers if each])
    if as_json:
        for row in page.rows:
            print_json(row.json())
    else:
        out.grid(_table(page.rows))
        out.print(_foot(sums, len(page.rows), page.next))
        for each in uneven:
            out.print(f"  open at provider level: {_open(each)}")
    say_next(page.next)


def _foot(sums: PaymentSums, shown: int, following: str) -> str:
    said = f"{shown} of {counted(sums.count, 'payment')}, {usd(sums.amount_cents)} in all"
    if sums.open:
        said += f"; {sums.open} with something that waits"
    return said + ("; --limit 0 shows all" if following else "")


def _table(rows: Sequence[PaymentRow]) -> Grid:
    grid = Grid(*COLUMNS, right=range(3, 8), folding=(1, 9))
    for row in rows:
        cents = (row.amount_cents, row.posted_cents, row.provider_level_cents, row.suspense_cents, row.unmatched_cents)
        grid.add(
            row.date,
            row.payer,
            row.trace_number or row.payment_id,
            *map(usd, cents),
            row.deposit_date,
            ", ".join(_waits(row)),
        )
    return grid


def _waits(row: PaymentRow) -> list[str]:
    found = [name for name, cents in (("suspense", row.suspense_cents), ("unmatched", row.unmatched_cents)) if cents]
    found += ["provider level"] if any(each.open_cents for each in row.provider_level) else []
    if row.deposit_cents is not None and row.deposit_cents != row.amount_cents:
        found.append(f"the bank told {usd(row.deposit_cents)}")
    return found + (["leaves the account"] if row.amount_cents < 0 else [])


def _open(each: LevelRow) -> str:
    """What is open of a pair, in words."""
    about = f" for claim {each.patient_control_number}" if each.patient_control_number else ""
    name = f"{each.code} {each.meaning}{about}, reference {each.reference or 'none'}"
    if each.open_cents < 0:
        return f"{usd(-each.open_cents)} will be taken by a later payment ({name})"
    return f"{usd(each.open_cents)} taken that no payment here gave back ({name})"


def show_payment(
    name: Annotated[str, typer.Argument(help="Trace number (TRN02), or the payment's id.")],
    data: Data = None,
    tenant: Tenant = "",
    as_json: Json = False,
) -> None:
    """Tell where every cent of a payment went: claims, provider level, what waits."""
    with reading(data) as connection:
        scope = scope_of(tenant, "")
        check_scope(connection, scope)
        rows = find_payments(connection, scope, name)
        parts = {row.payment_id: parts_of(connection, scope, row.payment_id) for row in rows}
        came = deposits_of(connection, scope, [row.payment_id for row in rows])
    if not rows:
        raise PlainError(f"payment {name}: not here; payments list shows trace numbers")
    numbers = [part.patient_control_number for some in parts.values() for part in some if part.patient_control_number]
    note_list(data, "payments show", Scope(scope.tenants), Wanted(), len(rows), numbers)
    for row in rows:
        if as_json:
            said = [
                {"patient_control_number": each.patient_control_number, "cents": each.cents, "outcome": each.outcome}
                for each in parts[row.payment_id]
            ]
            lines = [each.json() for each in came.get(row.payment_id, [])]
            print_json(row.json() | {"parts": said, "deposits": lines})
        else:
            _tell(row, parts[row.payment_id])
            for each in came.get(row.payment_id, []):
                out.print(f"  bank: {usd(each.amount_cents)} on {each.date}, tied {each.why}")
            if row.awaits_money:
                out.print("  bank: no deposit told yet")


def _tell(row: PaymentRow, parts: Sequence[PaymentPart]) -> None:
    leaves = " leaves the account" if row.amount_cents < 0 else ""
    out.print(
        Styled(f"{row.trace_number or row.payment_id}", "bold"),
        f" {row.payer}, {row.date or 'no day'}, {row.method}, {usd(row.amount_cents)}{leaves}",
    )
    sums = Grid("", "Dollars", "", right=(1,))
    sums.add("posted to claims", usd(row.posted_cents), "")
    sums.add("provider level", usd(row.provider_level_cents), _of_open(row))
    sums.add("suspense", usd(row.suspense_cents), "does not balance, not posted" if row.suspense_cents else "")
    sums.add("unmatched", usd(row.unmatched_cents), "of claims that are not here" if row.unmatched_cents else "")
    sums.add("payment", usd(row.amount_cents), "")
    out.grid(sums)
    for each in row.provider_level:
        takes = "takes" if each.cents > 0 else "gives"
        about = f", claim {each.patient_control_number}" if each.patient_control_number else ""
        said = (
            f"  PLB {each.code} ({each.meaning}) {takes} {usd(abs(each.cents))}, reference {each.reference or 'none'}"
        )
        out.print(f"{said}{about}; account {each.account}")
        if each.open_cents:
            out.print(f"    open: {_open(each)}")
        elif each.pair:
            out.print("    even: given and taken are the same")
    for part in parts:
        if part.outcome in ("provider_level", "matched"):
            continue
        said = OUTCOMES.get(part.outcome, f"posted, claim {part.outcome.replace('_', ' ')}")
        out.print(f"  {part.patient_control_number or 'no claim'} {usd(part.cents)}: {said}")
    if len(parts) == PARTS:
        out.print(f"  only the first {PARTS:,} parts are shown")


def _of_open(row: PaymentRow) -> str:
    return "part of it is open" if any(each.open_cents for each in row.provider_level) else ""
