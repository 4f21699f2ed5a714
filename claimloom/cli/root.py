"""The command line itself: the options before a command, and how a command ends."""

from __future__ import annotations

import logging
import os
import sys
import warnings
from collections.abc import Sequence
from typing import Annotated, Any, Final, NoReturn, cast

import typer

from claimloom.cli import print_version
from claimloom.cli.commands import COMMANDS
from claimloom.cli.faults import said_of
from claimloom.cli.output import one_line
from claimloom.cli.tree import group

# What the extra "server" of pyproject.toml brings, by the names it is imported under.
SERVER: Final = frozenset({"aiokafka", "faust", "mode", "psycopg", "uvloop"})
# Of every wrong command line; typer does not export it by name.
USAGE_ERROR: Final = cast("type[Exception]", typer.BadParameter.__bases__[0])
INTERRUPTED: Final = 130
HELP: Final = "Claims engine for therapy billing: visits in, clean 837P claims out, every dollar accounted for."


def _print_version(wanted: bool) -> None:
    if wanted:
        print_version()
        raise typer.Exit(0)


def options(
    db: Annotated[
        str,
        typer.Option("--db", metavar="URL", help="postgresql://USER@HOST/NAME instead of the data folder's SQLite."),
    ] = "",
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    """Settings of all commands come from CLAIMLOOM_*; this one is named often enough to have a flag."""
    if db:
        os.environ["CLAIMLOOM_DB"] = db


def run(arguments: Sequence[str]) -> NoReturn:
    """Run a command line: what a person can mend becomes one line on stderr and exit 2, never a traceback."""
    logging.getLogger().setLevel(logging.CRITICAL)  # what libraries say is no answer to a person
    if not sys.warnoptions:
        warnings.simplefilter("ignore")  # nor is what they warn of, which quotes values
    line = group("claimloom", HELP, COMMANDS, options)
    try:
        status = line.main(arguments, prog_name="claimloom", standalone_mode=False)
    except USAGE_ERROR as error:
        _misused(error)
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing not in SERVER:
            raise
        needs = 'Kafka and PostgreSQL need the extra "server", in a clone: pip install ".[server]"'
        _stop(f"{missing} is not installed; {needs}")
    except Exception as error:  # noqa: BLE001 - a traceback would end with what it quotes
        _stop(said_of(error))
    if status == INTERRUPTED:
        _stop("stopped; run it again, it goes on where it was")
    raise SystemExit(status if isinstance(status, int) else 0)


def _misused(error: Any) -> NoReturn:
    """A command line that cannot be read, in one line; of a command without anything the help was printed."""
    if type(error).__name__ == "NoArgsIsHelpError":
        raise SystemExit(2) from None
    where = error.ctx.command_path if error.ctx else "claimloom"
    said = error.format_message().rstrip(".").replace("Value error, ", "")
    said = said.replace("formats '%Y-%m-%d'", "form YYYY-MM-DD")
    _stop(f"{said}; see {where} --help")


def _stop(message: str) -> NoReturn:
    sys.stderr.write(f"claimloom: {one_line(message)}\n")
    raise SystemExit(2) from None
