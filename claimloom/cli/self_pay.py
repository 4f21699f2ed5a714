"""``claims self-pay``: the visits that their patients pay, for who bills these."""

from __future__ import annotations

from claimloom.cli.ledger import note_list, reading, scope_of
from claimloom.cli.options import ALL, After, Clinic, Data, Json, Limit, Tenant
from claimloom.cli.output import Grid, out, print_json, say_next
from claimloom.ledger.views.scope import Page, Wanted
from claimloom.ledger.views.self_paid import self_paid_page, self_paid_sums
from claimloom.ledger.views.totals import check_scope
from schemas.money import usd
from schemas.words import counted


def list_self_pay(
    data: Data = None,
    tenant: Tenant = "",
    clinic: Clinic = "",
    limit: Limit = 50,
    after: After = "",
    as_json: Json = False,
) -> None:
    """List visits that their patients pay: no claim goes out, and what each is charged."""
    with reading(data) as connection:
        scope = scope_of(tenant, clinic)
        check_scope(connection, scope)
        count, cents = self_paid_sums(connection, scope)
        page = self_paid_page(connection, scope, Page(limit or ALL, after))
    note_list(data, "claims self-pay", scope, Wanted(), len(page.rows), [])
    if as_json:
        for row in page.rows:
            print_json(row.json())
    else:
        grid = Grid("Visit", "Day", "Patient", "Charged", "For", right=(3,), folding=(4,))
        for row in page.rows:
            grid.add(row.visit_id, row.date_of_service, row.patient_id, usd(row.charge_cents), row.services)
        out.grid(grid)
        out.print(f"{len(page.rows)} of {counted(count, 'visit')}, {usd(cents)} charged to patients, no claim")
    say_next(page.next)
