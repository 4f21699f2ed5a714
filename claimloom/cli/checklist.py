"""``checklist``: what a visit's documentation needs, and what of it is there."""

from __future__ import annotations

from typing import Annotated

import typer

from claimloom.cli.ledger import note_reads, reading, scope_of
from claimloom.cli.options import Data, Json, Tenant
from claimloom.cli.output import Grid, bold, out, print_json
from claimloom.desk.checklist import MatterState
from claimloom.desk.checklist import checklist as matters_of
from claimloom.errors import PlainError
from claimloom.ledger.views.claims import find_claim
from claimloom.ledger.views.self_paid import self_paid_visits
from claimloom.ledger.views.story import events_of
from claimloom.ledger.views.totals import check_scope
from claimloom.payers import Payers
from claimloom.scrub.case import Case
from claimloom.settings import read_settings
from schemas.claim import ClaimBuilt, ClaimScrubbed
from schemas.topics import payload


def checklist(
    visit: Annotated[str, typer.Argument(help="The EMR's session id, or a claim number.")],
    data: Data = None,
    tenant: Tenant = "",
    as_json: Json = False,
) -> None:
    """Say what a visit's documentation needs, and what of it is there. Exit 1 if something is missing."""
    with reading(data) as connection:
        scope = scope_of(tenant, "")
        check_scope(connection, scope)
        found = find_claim(connection, scope, visit)
        if not found and self_paid_visits(connection, scope, visit):
            raise PlainError(f"visit {visit}: its patient pays it, no payer asks for anything; claims show tells more")
        if not found:
            raise PlainError(f"visit {visit}: no claim of it is here; claims list shows all")
        newest = found[-1]
        told = [payload(event) for event in events_of(connection, scope, newest.claim_id)]
    note_reads(data, "checklist", [newest.claim_id])
    built = next((each for each in reversed(told) if isinstance(each, ClaimBuilt)), None)
    scrubbed = next((each for each in reversed(told) if isinstance(each, ClaimScrubbed)), None)
    if built is None or scrubbed is None:
        raise PlainError(f"visit {visit}: its claim is not scrubbed yet; claimloom run does what is open")
    settings = read_settings(data)
    payers = Payers.of(settings.data)
    coverage, session = built.claim.coverage, built.session
    payer = payers.config(coverage.payer_id, coverage.payer_class, session.date_of_service)
    matters = matters_of(scrubbed, Case(built.claim, session, payer, scrubbed.as_of))
    if as_json:
        for each in matters:
            print_json({"matter": each.name, "state": each.state.value, "why": each.why, "source": each.source})
    else:
        out.print(bold(scrubbed.patient_control_number), f"  visit of {session.date_of_service}, {payer.name}")
        table = Grid("Matter", "State", "Why")
        for each in matters:
            source = f" ({each.source})" if each.source and each.state is MatterState.NOT_NEEDED else ""
            table.add(each.name, each.state.value, each.why + source)
        out.grid(table)
    raise typer.Exit(1 if any(each.state is MatterState.MISSING for each in matters) else 0)
