"""The command line. People read the default output; with ``--json`` stdout holds JSON and nothing else.

Exit 0 fine, 1 findings, 2 cannot read or misuse; an error is one line on stderr.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Sequence
from typing import Annotated

import typer
from sqlalchemy.exc import SQLAlchemyError

from claimloom.cli import claims, edi, figures, operate, rules, run
from claimloom.cli.common import log_to_stderr, said_of
from claimloom.errors import PlainError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Claims engine for therapy billing: visits in, clean 837P claims out, every dollar accounted for.",
)
for part in (run, claims, figures, edi, rules, operate):
    part.add_to(app)


@app.callback()
def options(
    db: Annotated[
        str,
        typer.Option("--db", metavar="URL", help="postgresql://USER@HOST/NAME instead of the data folder's SQLite."),
    ] = "",
) -> None:
    """Settings of all commands come from CLAIMLOOM_*; this one is named often enough to have a flag."""
    if db:
        os.environ["CLAIMLOOM_DB"] = db


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point: what a person can mend becomes one line on stderr and exit 2, never a traceback."""
    log_to_stderr(logging.CRITICAL)
    logging.getLogger().setLevel(logging.CRITICAL)  # what libraries say is no answer to a person
    try:
        app(arguments)
    except (PlainError, OSError, SQLAlchemyError) as error:
        _stop(said_of(error))
    except KeyboardInterrupt:
        _stop("stopped; run it again, it goes on where it was")


def _stop(message: str) -> None:
    sys.stderr.write(f"claimloom: {message}\n")
    raise SystemExit(2) from None
