"""``x12 mask``, ``diff``, ``split``, ``join``, ``ack``: files made of files."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from claimloom.cli.x12_common import File, of_file
from claimloom.errors import PlainError
from claimloom.x12.mask import mask

Output = Annotated[
    Path | None, typer.Option("--out", help="Where to write it; default standard output.", show_default=False)
]


def add_to(x12: typer.Typer) -> None:
    """Put the commands on the command line."""
    x12.command("mask")(mask_file)


def mask_file(file: File, to: Output = None) -> None:
    """Print the file with nobody in it: same structure, findings and balances; fit for a bug report."""
    _write(of_file(file, mask), to)


def _write(data: bytes, to: Path | None) -> None:
    if to is None:
        sys.stdout.buffer.write(data)
        sys.stdout.flush()
        return
    try:
        with to.open("xb") as file:
            file.write(data)
    except FileExistsError:
        raise PlainError(f"{to}: is there already; choose another name") from None
    except OSError as error:
        raise PlainError(f"{to}: {error.strerror}") from None
