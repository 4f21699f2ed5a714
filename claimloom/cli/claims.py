"""``claims`` and ``worklist``: what happened to each claim, and what to do next."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from claimloom.cli.common import AsOf, Data, Json, notes, opened, out, print_json
from claimloom.cli.story import tell
from claimloom.errors import PlainError
from claimloom.ledger import audit
from claimloom.ledger.queries import CLAIMLESS, FLAGS, ClaimRow, claim_rows, events_of, find_claim, work_rows
from claimloom.x12.checking.balance import usd

claims = typer.Typer(no_args_is_help=True, help="Claims and their money.")
Filter = Annotated[str, typer.Option(help="Only these.")]
COLUMNS = ("Claim", "Payer", "State", "Flags", "Billed", "Expected", "Paid", "Patient", "Variance")
MONEY = COLUMNS[4:]
ROOM = 125
LEFT_OUT = ("Flags", "Billed", "Patient")


def add_to(app: typer.Typer) -> None:
    """Put the commands on the command line."""
    app.add_typer(claims, name="claims")
    app.command()(worklist)


@claims.command("list")
def list_claims(
    data: Data = None,
    clinic: Filter = "",
    state: Filter = "",
    flag: Filter = "",
    payer: Filter = "",
    limit: Annotated[int, typer.Option(min=0, help="0: all")] = 50,
    as_json: Json = False,
) -> None:
    """List claims with state, flags and money; payments that fit no claim stand at the end."""
    rows = _rows(data, clinic, state, flag, payer)
    if as_json:
        for row in rows:
            print_json(row.json())
        return
    out.print(_table(rows[: limit or None]))
    out.print(_foot(rows, min(limit or len(rows), len(rows))))


def _foot(rows: Sequence[ClaimRow], shown: int) -> str:
    """How many are shown, and what was billed over all of them: of a visit once, and nothing of payments alone."""
    payments = [row for row in rows if row.state in CLAIMLESS]
    replaced = [row for row in rows if row.replaced_by]
    cents = sum(row.billed_cents for row in rows if row.state not in CLAIMLESS and not row.replaced_by)
    said = f"{shown} of {len(rows)} claims{' and payments' if payments else ''}, {usd(cents)} billed"
    for some, words in ((replaced, "replaced"), (payments, "payments without a claim")):
        if some:
            said += f"; {len(some)} {words}, not counted"
    return said + ("; --limit 0 shows all" if shown < len(rows) else "")


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
            "Claim": row.patient_control_number,
            "Payer": row.payer,
            "State": row.state if wide else "\n".join((row.state, *_flags(row))),
            "Flags": ", ".join(_flags(row)),
            "Billed": usd(row.billed_cents),
            "Expected": expected,
            "Paid": usd(row.paid_cents),
            "Patient": usd(row.patient_responsibility_cents),
            "Variance": _signed(row),
        }
        table.add_row(*(cells[name] for name in columns))
    return table


@claims.command("export")
def export(
    data: Data = None,
    clinic: Filter = "",
    state: Filter = "",
    flag: Filter = "",
    payer: Filter = "",
    as_json: Json = True,
) -> None:
    """Print a line of JSON a claim, for other programs; amounts in cents."""
    for row in _rows(data, clinic, state, flag, payer):
        print_json(row.json())


@claims.command("show")
def show(
    claim: Annotated[str, typer.Argument(help="Claim number, claim id, or the EMR's session id.")],
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Tell a claim's story, from minutes to money."""
    with opened(data) as system:
        with system.engine.connect() as connection:
            found = find_claim(connection, claim)
        if not found:
            raise PlainError(f"claim {claim}: not here; claims list shows all")
        newest = found[-1]
        audit.record(system.engine, "claims show", newest.claim_id)
        with system.engine.connect() as connection:
            rows = {row.patient_control_number: row for row in claim_rows(connection)}
            row = rows[newest.patient_control_number]
            events = events_of(connection, newest.claim_id)
            number = row.patient_control_number
            items = [item for item in work_rows(connection) if item.patient_control_number == number]
    told = [(event, *tell(event)) for event in events]
    if as_json:
        head = row.json() | {
            "claim_id": newest.claim_id,
            "session_id": newest.session_id,
            "version": newest.version,
            "clinic": newest.clinic,
            "date_of_service": newest.date_of_service,
            "next": [item.json() for item in items],
        }
        lines = [
            {
                "time": event.time.isoformat(),
                "type": event.type,
                "id": str(event.id),
                "summary": said,
                "details": details,
                "data": event.data if event.type in ("claim-scrubbed", "claim-reconciled") else None,
            }
            for event, said, details in told
        ]
        print_json({"claim": head, "events": lines})
        return
    flags = "".join(f", {flag}" for flag in _flags(row))
    out.print(f"[bold]{row.patient_control_number}[/bold]  {row.payer}  {newest.date_of_service}  {row.state}{flags}")
    expected = "unknown" if row.expected_paid_cents is None else usd(row.expected_paid_cents)
    amounts = f"billed {usd(row.billed_cents)}, expected {expected}, paid {usd(row.paid_cents)}"
    out.print(f"{amounts}, patient {usd(row.patient_responsibility_cents)}, variance {_signed(row) or 'unknown'}")
    for event, said, details in told:
        out.print(f"[dim]{event.time:%Y-%m-%d %H:%M}[/dim] [bold]{event.type}[/bold] {said}", highlight=False)
        for detail in details:
            out.print(f"    {detail}")
    for item in items:
        out.print(f"[bold]To do by {item.due}[/bold] ({item.kind}, {usd(item.recoverable_cents)}): {item.action}")
    if row.replaced_by:
        out.print(f"Replaced: what is billed, expected and to do stands in {row.replaced_by}; here only what was paid")
    if len(found) > 1:
        others = ", ".join(each.patient_control_number for each in found[:-1])
        notes.print(f"earlier versions or other claims of that name: {others}")


@claims.command("reads")
def reads(
    claim: Annotated[str, typer.Argument(help="Claim number, claim id, or the EMR's session id.")],
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Say who looked at a claim, and when."""
    with opened(data) as system:
        with system.engine.connect() as connection:
            found = [row.claim_id for row in find_claim(connection, claim)]
        if not found:
            raise PlainError(f"claim {claim}: not here; claims list shows all")
        rows = audit.reads(system.engine, found)
    for row in rows:
        if as_json:
            print_json(row)
        else:
            out.print(f"{row['time']} {row['actor']} {row['action']} {row['patient_control_number']}")
    if not as_json:
        out.print(f"{len(rows)} reads")


def worklist(
    data: Data = None,
    kind: Filter = "",
    limit: Annotated[int, typer.Option(min=0, help="0: all")] = 20,
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """List what to do next, the most money that is likely to come first."""
    with opened(data, as_of=as_of) as system, system.engine.connect() as connection:
        rows = work_rows(connection, kind=kind)
        today = system.today.isoformat()
    if as_json:
        for row in rows:
            print_json(row.json())
        return
    for row in rows[: limit or None]:
        late = " [red]overdue[/red]" if row.due < today else ""
        out.print(
            f"[bold]{row.rank}. {row.patient_control_number or 'no claim'}[/bold] {row.kind}, "
            f"{usd(row.recoverable_cents)}, by {row.due}{late}"
        )
        out.print(f"   {row.reason}")
        out.print(f"   [bold]do:[/bold] {row.action}")
    total = usd(sum(row.recoverable_cents for row in rows))
    out.print(f"{min(limit or len(rows), len(rows))} of {len(rows)} items, {total} to gain in all")


def _rows(data: Path | None, clinic: str, state: str, flag: str, payer: str) -> list[ClaimRow]:
    if flag and flag not in FLAGS:
        raise PlainError(f"flag {flag}: choose one of {', '.join(FLAGS)}")
    with opened(data) as system, system.engine.connect() as connection:
        return claim_rows(connection, clinic=clinic, state=state, flag=flag, payer=payer)


def _flags(row: ClaimRow) -> list[str]:
    return [f"replaced by {row.replaced_by}" if flag == "replaced" else flag for flag in row.flags]


def _signed(row: ClaimRow) -> str:
    return "" if row.expected_paid_cents is None else usd(row.variance_cents)
