"""``x12 describe`` for people and ``x12 read`` for programs."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from textwrap import wrap
from typing import Annotated, Final

import typer

from claimloom.cli.output import out, print_json
from claimloom.cli.x12.files import TERMINAL_WIDTH, File, Files, Phi, of_file, width
from claimloom.x12.reading.files import read_some
from claimloom.x12.showing.describe import Row, describe
from claimloom.x12.showing.tree import lines

STYLES: Final = {
    "title": "bold cyan",
    "head": "dim underline",
    "claim": "bold",
    "good": "green",
    "bad": "red",
    "warn": "yellow",
    "faint": "dim",
}
NARROWEST: Final = 24


def describe_files(files: Files, show_phi: Phi = False) -> None:
    """Print files as a person reads them. Names, member ids and birth dates are blanked unless you ask for them."""
    for number, path in enumerate(files):
        document = of_file(path, read_some)
        if len(files) > 1:
            if number:
                out.print()
            out.print(str(path), style="dim")
        print_rows(describe(document, show_phi=show_phi))


def read_file(
    file: File,
    as_json: Annotated[bool, typer.Option("--json", help="As it does without it.")] = True,
) -> None:
    """Print all values as JSON Lines: a line a claim of 837P and 835, then a line a transaction set.

    They hold names and member ids. Each segment and loop has its number and its byte in the file.
    """
    for line in lines(of_file(file, read_some)):
        print_json({"file": str(file)} | line)


def print_rows(rows: Iterable[Row]) -> None:
    """Rows with their amounts in columns, those of one title under each other."""
    count = 0

    def table(row: Row) -> int:
        nonlocal count
        count += row.tone == "title"
        return count

    for number, (_, some) in enumerate(groupby(rows, key=table)):
        if number:
            out.print()
        _table(list(some))


def _table(rows: list[Row]) -> None:
    columns = max((len(row.amounts) for row in rows), default=0)
    widths = [
        max((len(row.amounts[at]) for row in rows if at < len(row.amounts)), default=0) + 2 for at in range(columns)
    ]
    room = max((width() or TERMINAL_WIDTH) - sum(widths) - 1, NARROWEST)
    for row in rows:
        style = STYLES.get(row.tone, "")
        indent = "  " * row.depth
        if not row.amounts:
            for line in _fitted(row.text, indent, width()):
                out.print(line, style=style)
            continue
        # text may run on over the columns that have nothing in this row
        lead = next((at for at, amount in enumerate(row.amounts) if amount), len(row.amounts))
        wide = room + sum(widths[:lead])
        *before, last = _fitted(row.text, indent, wide) or [indent]
        for line in before:
            out.print(line, style=style)
        cells = [amount.rjust(widths[at]) for at, amount in enumerate(row.amounts) if at >= lead]
        out.print(f"{last.ljust(wide)}{''.join(cells)}".rstrip(), style=style)


def _fitted(text: str, indent: str, columns: int) -> list[str]:
    """The text in lines of so many columns; 0: in one."""
    if not columns or len(indent) + len(text) <= columns:
        return [f"{indent}{text}"]
    return wrap(text, columns, initial_indent=indent, subsequent_indent=f"{indent}  ", break_on_hyphens=False)
