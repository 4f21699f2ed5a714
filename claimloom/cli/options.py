"""The options that several commands have, and what is read off them."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Final

import typer

ALL: Final = 1_000_000_000
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Data = Annotated[
    Path | None,
    typer.Option("--data", help="Data folder; default CLAIMLOOM_DATA, else ./claimloom-data.", show_default=False),
]
AsOf = Annotated[datetime | None, typer.Option("--as-of", formats=["%Y-%m-%d"], help="Business date, to repeat a run.")]
Tenant = Annotated[str, typer.Option("--tenant", help="Only of this tenant.")]
Clinic = Annotated[str, typer.Option("--clinic", help="Only of this clinic.")]
Payer = Annotated[str, typer.Option("--payer", help="Only of this payer, by its id or name.")]
State = Annotated[str, typer.Option("--state", help="Only in this state.")]
Flag = Annotated[str, typer.Option("--flag", help="Only with this flag.")]
Kind = Annotated[str, typer.Option("--kind", help="Only of this kind.")]
Since = Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day of service.")]
Until = Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day of service.")]
Limit = Annotated[int, typer.Option("--limit", min=0, max=ALL, help="Rows of a page; 0: all")]
After = Annotated[str, typer.Option("--after", help="Go on behind the place that the page before ended with.")]


def day(given: datetime | None) -> str:
    """A day as it stands in the ledger; empty for none."""
    return given.date().isoformat() if given else ""
