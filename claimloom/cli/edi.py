"""``x12``: look into a file of any of the transactions of a claim's life, and make others of it."""

from __future__ import annotations

import typer

from claimloom.cli import x12_change, x12_check, x12_show

x12 = typer.Typer(no_args_is_help=True, help="Look into X12 files.")


def add_to(app: typer.Typer) -> None:
    """Put the commands on the command line."""
    for part in (x12_check, x12_show, x12_change):
        part.add_to(x12)
    app.add_typer(x12, name="x12")
