"""What all commands print with: two printers, and JSON on stdout.

Whatever others wrote is made visible here, and only here: a piece of a line is one line, a cell of a grid one line or
those that it is given.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Collection, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

# In a pipe there is no width to fit into: lines stay whole, so that a table can be cut and searched.
PIPE_WIDTH: Final = 240
# What a terminal would obey instead of showing it: control characters, marks that turn the direction of writing, and
# bytes that were no text.
OBEYED: Final = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
# Longer than any path that somebody has.
LINE: Final = 2000
FORCING: Final = frozenset({"FORCE_COLOR", "TTY_COMPATIBLE"})


class Styled(NamedTuple):
    """A piece of a line, in a style of rich."""

    text: str
    style: str


def bold(text: object) -> Styled:
    """A piece that stands out."""
    return Styled(str(text), "bold")


def visible(text: str) -> str:
    """A text of others as it may be shown, in one line: what a terminal would obey stands there as its escape."""
    return OBEYED.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def same_json(text: str) -> str:
    """A text of JSON as it may be shown: the same values, in characters that no terminal obeys."""
    return "\n".join(OBEYED.sub(lambda found: f"\\u{ord(found[0]):04x}", line) for line in text.split("\n"))


def one_line(text: str) -> str:
    """The same of what may be very long: its two ends."""
    line = visible(text)
    return line if len(line) <= LINE else f"{line[: LINE // 2]} ... {line[-LINE // 2 :]}"


class Grid:
    """Rows of cells under headings; a cell of several lines is given as these. ``right`` names columns of numbers,
    ``folding`` those that may be broken where there is no room.
    """

    def __init__(
        self, *columns: str | Sequence[str], right: Collection[int] = (), folding: Collection[int] = ()
    ) -> None:
        self.columns = [_lines(each) for each in columns]
        self.right = right
        self.folding = folding
        self.rows: list[list[list[str]]] = []

    def add(self, *cells: str | Sequence[str]) -> None:
        """A row."""
        self.rows.append([_lines(each) for each in cells])

    def table(self) -> Table:
        """For a terminal."""
        from rich.table import Table  # noqa: PLC0415 - see Printer
        from rich.text import Text  # noqa: PLC0415

        table = Table(box=None, pad_edge=False)
        for at, name in enumerate(self.columns):
            kept = at not in self.folding and bool(self.folding)
            table.add_column(Text("\n".join(name)), justify="right" if at in self.right else "left", no_wrap=kept)
        for row in self.rows:
            table.add_row(*(Text("\n".join(cell)) for cell in row))
        return table

    def lines(self) -> list[str]:
        """For a pipe: as wide as they are, and nothing behind the last word."""
        every = [self.columns, *self.rows]
        widths = [max(len(line) for row in every for line in row[at] or [""]) for at in range(len(self.columns))]
        found = []
        for row in every:
            for number in range(max(len(cell) for cell in row)):
                cells = (cell[number] if number < len(cell) else "" for cell in row)
                placed = (
                    text.rjust(width) if at in self.right else text.ljust(width)
                    for at, (text, width) in enumerate(zip(cells, widths, strict=True))
                )
                found.append("  ".join(placed).rstrip())
        return found


def _lines(cell: str | Sequence[str]) -> list[str]:
    return [visible(each) for each in ([cell] if isinstance(cell, str) else cell)]


class Printer:
    """Prints as a console of rich does, which is imported for what needs it: a terminal, a table, a text of pieces.

    Texts hold no marks, since most of what is printed comes from others' files: what has a style is a piece of its own.
    """

    def __init__(self, *, stderr: bool) -> None:
        self.stderr = stderr

    @cached_property
    def console(self) -> Console:
        """The console; stdout's keeps lines whole. In our texts ``:B:`` is a component of an element, and no emoji."""
        from rich.console import Console  # noqa: PLC0415 - see above

        if self.stderr:
            return Console(stderr=True, highlight=False, emoji=False, markup=False)
        width = None if sys.stdout.isatty() else PIPE_WIDTH
        return Console(soft_wrap=True, highlight=False, emoji=False, markup=False, width=width)

    @property
    def width(self) -> int:
        """Columns."""
        return self.console.width

    @property
    def is_terminal(self) -> bool:
        """Whether a person looks at it, or something that takes colours."""
        stream = sys.stderr if self.stderr else sys.stdout
        return stream.isatty() or not FORCING.isdisjoint(os.environ)

    def print(self, *pieces: str | Styled, style: str = "", soft_wrap: bool = False) -> None:
        """A line of pieces, all of it in a style if one is given."""
        soft_wrap = soft_wrap or not self.stderr
        texts = [Styled(piece, "") if isinstance(piece, str) else piece for piece in pieces]
        shown = [(visible(each.text), each.style) for each in texts]
        if not self.is_terminal and soft_wrap:
            self._write("".join(text for text, _ in shown))
        else:
            from rich.text import Text  # noqa: PLC0415 - see above

            self.console.print(Text.assemble(*shown, style=style), soft_wrap=soft_wrap)

    def grid(self, grid: Grid) -> None:
        """A grid: in the room that a terminal has, in a pipe line by line."""
        if self.is_terminal:
            self.console.print(grid.table(), soft_wrap=True)
            return
        for line in grid.lines():
            self._write(line)

    def _write(self, line: str) -> None:
        (sys.stderr if self.stderr else sys.stdout).write(f"{line}\n")


out = Printer(stderr=False)
notes = Printer(stderr=True)


def say_next(place: str) -> None:
    """Of JSON the next page's place stands on stderr: stdout is for rows."""
    if place:
        notes.print(f"there is more; the next page: --after {place}", soft_wrap=True)


def print_json(value: Any) -> None:
    """One line of JSON on stdout."""
    sys.stdout.write(json.dumps(value) + "\n")
