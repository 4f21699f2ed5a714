"""``worklist``: what to do next."""

from __future__ import annotations

from claimloom.cli.folder import settings_of
from claimloom.cli.ledger import note_list, reading, scope_of
from claimloom.cli.options import ALL, After, AsOf, Clinic, Data, Json, Kind, Limit, Payer, Since, Tenant, Until, day
from claimloom.cli.output import Styled, bold, out, print_json, say_next
from claimloom.ledger.views.scope import Page, Wanted
from claimloom.ledger.views.worklist import check_work, work_page, work_total
from schemas.money import usd
from schemas.words import counted


def worklist(
    data: Data = None,
    tenant: Tenant = "",
    clinic: Clinic = "",
    payer: Payer = "",
    kind: Kind = "",
    since: Since = None,
    until: Until = None,
    limit: Limit = 20,
    after: After = "",
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """List what to do next, the most money that is likely to come first."""
    wanted = Wanted(kind=kind, payer=payer, since=day(since), until=day(until))
    with reading(data) as connection:
        scope = scope_of(tenant, clinic)
        check_work(connection, scope, wanted)
        page = work_page(connection, scope, wanted, Page(limit or ALL, after))
        count, cents = work_total(connection, scope, wanted)
    note_list(data, "worklist", scope, wanted, len(page.rows), [row.patient_control_number for row in page.rows])
    if as_json:
        for row in page.rows:
            print_json(row.json())
        say_next(page.next)
        return
    today = settings_of(data, as_of).now().date().isoformat()
    for row in page.rows:
        late = [Styled(" overdue", "red")] if row.due < today else []
        taken = f", taken by {row.owner}" if row.owner else ""
        out.print(
            bold(f"{row.rank}. {row.patient_control_number or 'no claim'}"),
            f" {row.kind}, {usd(row.recoverable_cents)}{' of charge' if row.of_charge else ''}, by {row.due}",
            *late,
            taken,
        )
        out.print(f"   {row.reason}")
        out.print("   ", bold("do:"), f" {row.action}")
    more = "; --limit 0 shows all" if page.next else ""
    out.print(f"{len(page.rows)} of {counted(count, 'item')}, {usd(cents)} to gain in all{more}")
    say_next(page.next)
