"""``decide``: what a person decides about a work item."""

from __future__ import annotations

from typing import Annotated, cast
from uuid import uuid4

import typer

from claimloom.cli.ledger import scope_of
from claimloom.cli.options import AsOf, Data, Json, Tenant
from claimloom.cli.output import out, print_json
from claimloom.cli.system import follow, opened
from claimloom.desk.decide import KINDS, OUTCOMES, Decision
from claimloom.errors import PlainError
from claimloom.ledger.audit import who
from claimloom.ledger.books.decisions import is_asked
from claimloom.ledger.views.totals import check_scope
from schemas.decision import DecisionMade
from schemas.topics import payload
from schemas.words import counted

ENDS = "|".join(OUTCOMES)
HELP = "; ".join(f"{kind}, {row.help}" for kind, row in KINDS.items())


def decide(
    kind: Annotated[str, typer.Argument(help=f"{HELP}.")],
    about: Annotated[
        str,
        typer.Argument(
            metavar="ABOUT",
            help="Id of the work item (worklist --json); or the claim or visit; or id of a dead letter or a decision.",
        ),
    ],
    reason: Annotated[str, typer.Option("--reason", help="Why, in your words.")] = "",
    fields: Annotated[
        list[str] | None,
        typer.Option(
            "--with",
            metavar="NAME=VALUE",
            help=f"What the kind needs: outcome={'|'.join(OUTCOMES)} of close, amount=12.50, type=small_balance of "
            "write_off, claim=NUMBER of match, payment=TRACE of unpost.",
        ),
    ] = None,
    key: Annotated[
        str, typer.Option("--key", help="Told again with the same key it is the same decision; default: a new one.")
    ] = "",
    data: Data = None,
    tenant: Tenant = "",
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Write down what was decided about a work item or a claim; what follows from it is done at once."""
    with opened(data, as_of=as_of) as system:
        limit = system.settings.write_off_limit_cents
        decision = Decision(kind, who(), key or str(uuid4()), system.now(), reason, _named(fields or []), limit)
        if not system.settings.broker:
            system.runtime.run_until_idle()  # the clock first: a lease that ran out stands in nobody's way
        scope = scope_of(tenant, "")
        with system.engine.connect() as connection:
            check_scope(connection, scope)
        made = system.decide(scope, about, decision)
        follow(system, [made])
    waits = is_asked(kind, cast("DecisionMade", payload(made.event)).fields)
    if as_json:
        print_json({"event": str(made.event.id), "kind": kind, "about": about})
    else:
        second = "; a second person decides the same, then it is done" if waits else ""
        files = f"; {counted(system.files_written, 'file')} to send in outbound/" if system.files_written else ""
        out.print(f"{kind} {about}: written down{second}{files}")


def _named(fields: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for each in fields:
        name, equals, value = each.partition("=")
        if not equals or not name:
            raise PlainError(f"--with {each}: NAME=VALUE is expected")
        if name in found:
            raise PlainError(f"--with {name}: is given twice; say which of {found[name]} and {value} it is")
        found[name] = value
    return found
