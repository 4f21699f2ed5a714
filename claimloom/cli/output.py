"""What all commands print with: two printers, and JSON on stdout."""

from __future__ import annotations

import json
import os
import re
import sys
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from rich.console import Console

# In a pipe there is no width to fit into: lines stay whole, so that a table can be cut and searched.
PIPE_WIDTH: Final = 240
# The styles that our texts are marked with.
MARKS: Final = re.compile(r"\[/?(?:bold|dim|red|yellow)\]")
FORCING: Final = frozenset({"FORCE_COLOR", "TTY_COMPATIBLE"})


class Printer:
    """Prints as a console of rich does, which is imported for what needs it: a terminal, a table, a text of pieces.

    A line of text in a pipe is written as it is, its marks left out.
    """

    def __init__(self, *, stderr: bool) -> None:
        self.stderr = stderr

    @cached_property
    def console(self) -> Console:
        """The console; stdout's keeps lines whole. In our texts ``:B:`` is a component of an element, and no emoji."""
        from rich.console import Console  # noqa: PLC0415 - see above

        if self.stderr:
            return Console(stderr=True, highlight=False, emoji=False)
        width = None if sys.stdout.isatty() else PIPE_WIDTH
        return Console(soft_wrap=True, highlight=False, emoji=False, width=width)

    @property
    def width(self) -> int:
        """Columns."""
        return self.console.width

    @property
    def is_terminal(self) -> bool:
        """Whether a person looks at it, or something that takes colours."""
        stream = sys.stderr if self.stderr else sys.stdout
        return stream.isatty() or not FORCING.isdisjoint(os.environ)

    def print(self, what: Any = "", *, style: str | None = None, markup: bool = True, soft_wrap: bool = False) -> None:
        """A line, or anything that rich prints. Texts of others that may hold brackets come with ``markup=False``."""
        if isinstance(what, str) and not self.is_terminal and (soft_wrap or not self.stderr):
            line = MARKS.sub("", what) if markup else what
            if line.isprintable() and not (markup and "[" in line):
                (sys.stderr if self.stderr else sys.stdout).write(line + "\n")
                return
        self.console.print(what, style=style, markup=markup, soft_wrap=soft_wrap or not self.stderr)


out = Printer(stderr=False)
notes = Printer(stderr=True)


def say_next(place: str) -> None:
    """Of JSON the next page's place stands on stderr: stdout is for rows."""
    if place:
        notes.print(f"there is more; the next page: --after {place}", markup=False, soft_wrap=True)


def print_json(value: Any) -> None:
    """One line of JSON on stdout."""
    sys.stdout.write(json.dumps(value) + "\n")
