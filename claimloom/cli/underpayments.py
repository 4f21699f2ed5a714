"""``underpayments``: what payers paid less than expected, what became of it, and what runs through many lines."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated

import typer

from claimloom.cli.folder import settings_of
from claimloom.cli.ledger import reading, scope_of
from claimloom.cli.options import AsOf, Clinic, Data, Json, Payer, Tenant
from claimloom.cli.output import Grid, bold, out, print_json
from claimloom.errors import PlainError
from claimloom.ledger.views.scope import Wanted
from claimloom.ledger.views.shortfalls import GRAINS, LEAST_LINES, TrendLevel, drifts, underpaid
from claimloom.ledger.views.totals import check_payer, check_scope
from claimloom.payers import Payers
from claimloom.remit.cause_words import cause_words
from claimloom.settings import Settings
from schemas.money import usd
from schemas.values import PayerClass
from schemas.words import counted

Days = Annotated[int, typer.Option("--days", min=1, max=3660, help="Payments of so many days up to the business date.")]


def underpayments(
    by: Annotated[str, typer.Option("--by", help="Any of payer, code, cause, month, with commas.")] = "payer,cause",
    days: Days = 366,
    least: Annotated[int, typer.Option("--least", min=2, help="A trend has at least so many lines.")] = LEAST_LINES,
    data: Data = None,
    tenant: Tenant = "",
    clinic: Clinic = "",
    payer: Payer = "",
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Sum up what payers paid less than expected: found, open, disputed, given up and recovered; and trends."""
    grains = tuple(each.strip() for each in by.split(",") if each.strip())
    if not grains or (wrong := [each for each in grains if each not in GRAINS]):
        raise PlainError(f"--by {by}: any of {', '.join(GRAINS)} is expected" + (f", not {wrong[0]}" if grains else ""))
    settings = settings_of(data, as_of)
    today = settings.now().date()
    wanted = Wanted(payer=payer, since=(today - timedelta(days=days)).isoformat())
    with reading(data) as connection:
        scope = scope_of(tenant, clinic)
        check_scope(connection, scope)
        check_payer(connection, scope, wanted)
        rows = underpaid(connection, scope, wanted, grains)
        trends = drifts(connection, scope, today, least, _levels(settings, today))
    if as_json:
        for told in (*[row.json() for row in rows], *[trend.json() for trend in trends]):
            print_json(told)
        return
    if not rows:
        out.print("no line was paid less than expected")
        return
    heads = [name for name in GRAINS if name in grains]
    sums = ("lines", "found", "open", "disputed", "given up", "recovered")
    grid = Grid(*heads, *sums, right=range(len(heads), len(heads) + len(sums)))
    for row in rows:
        names = {
            "payer": row.payer,
            "code": row.code or "whole claim",
            "cause": cause_words(row.cause),
            "month": row.month,
        }
        cents = (row.found_cents, row.open_cents, row.disputed_cents, row.given_up_cents, row.recovered_cents)
        grid.add(*(names[name] for name in heads), str(row.lines), *map(usd, cents))
    out.grid(grid)
    total = sum(row.open_cents for row in rows)
    whose = "claims list --flag underpaid names the claims that lack it in sum, claims show CLAIM the arithmetic"
    out.print(f"{usd(total)} open; {whose}")
    for trend in trends:
        out.print(
            bold(f"{trend.payer} {trend.code}"),
            f" is allowed {trend.percent} % less on {counted(trend.lines, 'line')} of the last 30 days, "
            f"{usd(trend.missing_cents)} in all: dispute the fee, not the lines",
        )


def _levels(settings: Settings, today: date) -> dict[str, TrendLevel]:
    """Of payers whose file says from where on a trend is one."""
    payers = Payers.of(settings.data)
    found = {}
    for payer_id in payers.ids():
        payer = payers.config(payer_id, PayerClass.COMMERCIAL, today)
        level = TrendLevel(payer.trend_lines, int(payer.trend_share * 10_000))
        if level != TrendLevel():
            found[payer_id] = level
    return found
